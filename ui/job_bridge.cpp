// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The one hop from the engine's worker to the GUI thread.
#include "ui/job_bridge.h"

#include <algorithm>

namespace studio::ui {
namespace {

bool isPreview(const JobEvent& event) { return std::holds_alternative<Preview>(event); }

}  // namespace

JobBridge::JobBridge(QObject* parent) : QObject(parent) {}

void JobBridge::on_event(JobId job, const JobEvent& event) {
  {
    const std::lock_guard lock(mutex_);
    if (isPreview(event) || is_terminal(event)) {
      std::erase_if(waiting_, [job](const auto& item) {
        return item.first == job && isPreview(item.second);
      });
    }
    waiting_.emplace_back(job, event);
    if (call_in_flight_) return;
    call_in_flight_ = true;
  }
  QMetaObject::invokeMethod(
      this, [this] { deliver(); }, Qt::QueuedConnection);
}

void JobBridge::deliver() {
  std::deque<std::pair<JobId, JobEvent>> events;
  {
    const std::lock_guard lock(mutex_);
    events.swap(waiting_);
    call_in_flight_ = false;
  }
  for (const auto& [job, event] : events) Q_EMIT happened(job, event);
}

}  // namespace studio::ui
