// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Where the main thread sleeps: it wakes for an event of the engine and for Ctrl-C, and only then.
#pragma once

#include "core/api/engine.h"

#include <array>
#include <deque>
#include <mutex>
#include <streambuf>
#include <utility>
#include <vector>

namespace studio::cli {

using JobNews = std::pair<JobId, JobEvent>;

// One at a time: signals belong to the process. The first SIGINT or SIGTERM is noted here; a second
// one ends the program at once, since its handler is gone.
class Inbox : public JobObserver {
 public:
  Inbox();
  ~Inbox() override;
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // Any thread.
  void on_event(JobId job, const JobEvent& event) override;

  // Blocks until there is news or an interrupt. May return nothing.
  std::vector<JobNews> wait();
  bool is_interrupted() const;

 private:
  std::mutex mutex_;
  std::deque<JobNews> news_;
};

// Standard input, which ends when the user interrupts, however long nothing comes: reading it
// otherwise goes on waiting. Needs an Inbox. Ask is_interrupted() at its end.
class InterruptibleInput : public std::streambuf {
 protected:
  int_type underflow() override;

 private:
  std::array<char, 1 << 16> piece_{};
};

}  // namespace studio::cli
