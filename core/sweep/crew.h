// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The lanes of a sweep: one for each device, at work at the same time, while all events still come from
// the thread that runs the sweep.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "core/sweep/sweep_run.h"

namespace studio {

// With one lane nothing is in between: it works on the caller's thread with the host's own functions.
class Crew {
 public:
  explicit Crew(const SweepHost& host) : host_(host), lanes_(1 + static_cast<int>(host.more_lanes.size())) {}

  int lanes() const { return lanes_; }
  // Calls work(0) to work(lanes - 1) and returns when all have ended. The first one that fails stops the
  // others. Errors: its error. Throws StopRequested when the host does.
  Result<void> run(const std::function<Result<void>(int lane)>& work);

  // For lanes. Events reach the host in the order in which they were given.
  void emit(JobEvent event);
  // Throws StopRequested when the sweep is to end.
  void checkpoint();
  // Stands still as long as the host does. Throws StopRequested when the sweep is to end.
  void between_steps();
  // Whether between_steps() would do more than return.
  bool is_wanted_between_steps();
  // Waits until something that another lane does makes it true. `lock` guards what is_true reads, and
  // changed() is called after each change; it is not held all the while, nor when StopRequested is thrown
  // because the sweep is to end.
  void wait_until(std::unique_lock<std::mutex>& lock, const std::function<bool()>& is_true);
  void changed() { changed_.notify_all(); }

 private:
  void work_on(int lane, const std::function<Result<void>(int lane)>& work);
  void attend();
  void emit_all();
  void stop();
  bool is_stopping();

  const SweepHost& host_;
  const int lanes_;

  std::mutex mutex_;  // guards what follows; none is held while the host is called
  std::condition_variable news_;  // of the lanes, for the caller's thread
  std::condition_variable go_on_;  // for lanes that stand still
  std::vector<JobEvent> events_;
  std::optional<Error> error_;
  int at_work_ = 0;  // lanes that neither stand still nor have ended
  int ended_ = 0;
  bool hold_ = false, stop_ = false;

  std::condition_variable changed_;  // with the lock of whoever waits
};

}  // namespace studio
