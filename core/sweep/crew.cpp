// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Lanes on threads of their own, and the caller's thread attending to them.
#include "core/sweep/crew.h"

#include "core/base/guard.h"

#include <chrono>
#include <thread>
#include <utility>

namespace studio {
namespace {

// How often the caller's thread looks after the queue when no lane has news.
constexpr std::chrono::milliseconds kTurn{5};

}  // namespace

Result<void> Crew::run(const std::function<Result<void>(int)>& work) {
  if (lanes_ == 1) return work(0);
  at_work_ = lanes_;
  std::vector<std::jthread> threads;
  const auto join = [&] {
    stop();
    threads.clear();
    emit_all();  // what was finished is told, whatever ended the run
  };
  try {
    for (int lane = 0; lane < lanes_; ++lane) threads.emplace_back([this, lane, &work] { work_on(lane, work); });
    attend();
  } catch (...) {
    join();
    throw;
  }
  join();
  if (error_) return *error_;
  return {};
}

void Crew::work_on(int lane, const std::function<Result<void>(int)>& work) {
  Result<void> done;
  try {
    done = to_result([&]() -> Result<void> {
      host_.enter_lane();
      return work(lane);
    });
  } catch (const StopRequested&) {
    // The caller's thread knows why.
  }
  const std::lock_guard lock(mutex_);
  if (!done && !error_) error_ = done.error();
  --at_work_;
  ++ended_;
  news_.notify_one();
}

// Until all lanes have ended, or one has failed.
void Crew::attend() {
  for (;;) {
    emit_all();
    host_.checkpoint();
    const bool hold = host_.is_wanted_between_steps();
    std::unique_lock lock(mutex_);
    if (ended_ == lanes_ || error_) return;
    const bool held = std::exchange(hold_, hold);
    if (hold_ && at_work_ == 0) {
      lock.unlock();
      emit_all();
      host_.between_steps();
      lock.lock();
      hold_ = false;
    }
    if (!hold_ && (held || hold)) go_on_.notify_all();
    news_.wait_for(lock, kTurn, [&] { return !events_.empty() || ended_ == lanes_ || error_ || (hold_ && at_work_ == 0); });
  }
}

void Crew::emit_all() {
  std::vector<JobEvent> events;
  {
    const std::lock_guard lock(mutex_);
    events.swap(events_);
  }
  for (const JobEvent& event : events) host_.emit(event);
}

void Crew::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  go_on_.notify_all();
  changed_.notify_all();
}

bool Crew::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stop_ || error_;
}

void Crew::emit(JobEvent event) {
  if (lanes_ == 1) return host_.emit(event);
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  news_.notify_one();
}

void Crew::checkpoint() {
  if (lanes_ == 1) return host_.checkpoint();
  if (is_stopping()) throw StopRequested{};
}

void Crew::between_steps() {
  if (lanes_ == 1) return host_.between_steps();
  std::unique_lock lock(mutex_);
  if (hold_ && !stop_) {
    --at_work_;
    news_.notify_one();
    go_on_.wait(lock, [&] { return !hold_ || stop_; });
    ++at_work_;
  }
  if (stop_ || error_) throw StopRequested{};
}

bool Crew::is_wanted_between_steps() {
  if (lanes_ == 1) return host_.is_wanted_between_steps();
  const std::lock_guard lock(mutex_);
  return hold_ || stop_ || error_;
}

void Crew::wait_until(std::unique_lock<std::mutex>& lock, const std::function<bool()>& is_true) {
  while (!is_true()) {
    // In turns: to stand still, and to stop, is told without this lock.
    changed_.wait_for(lock, kTurn);
    lock.unlock();
    between_steps();
    lock.lock();
  }
}

}  // namespace studio
