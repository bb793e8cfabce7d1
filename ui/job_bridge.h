// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The one hop from the engine's worker to the GUI thread.
#pragma once

#include "core/api/engine.h"

#include <QObject>

#include <deque>
#include <mutex>
#include <utility>

namespace studio::ui {

// Keeps only the newest preview of a job that waits to be shown and has one call in flight, so fast
// steps cannot flood the event loop. A terminal event is never merged and clears the job's waiting
// previews. Must outlive the engine.
// Threads: on_event on the engine's worker; the signal on this object's thread.
class JobBridge : public QObject, public JobObserver {
  Q_OBJECT
 public:
  explicit JobBridge(QObject* parent = nullptr);

  void on_event(JobId job, const JobEvent& event) override;

 Q_SIGNALS:
  void happened(studio::JobId job, const studio::JobEvent& event);

 private:
  void deliver();

  std::mutex mutex_;
  std::deque<std::pair<JobId, JobEvent>> waiting_;
  bool call_in_flight_ = false;
};

}  // namespace studio::ui
