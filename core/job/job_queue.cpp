// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The worker's loop. No lock is held while the observer or a runner is called.
#include "core/job/job_queue.h"

#include "core/base/guard.h"

#include <algorithm>

namespace studio {

void JobQueue::Context::checkpoint() {
  queue_.drain_inbox();
  if (stop_.stop_requested()) throw StopRequested{};
}

void JobQueue::Context::emit(const JobEvent& event) { queue_.emit(id_, event); }

JobQueue::JobQueue(Runner runner, JobObserver& observer)
    : runner_(std::move(runner)), observer_(observer), worker_([this](const std::stop_token& quit) { work(quit); }) {}

JobQueue::~JobQueue() {
  worker_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = alive_;
    stop_running_.request_stop();
  }
  worker_.join();
}

JobId JobQueue::submit(GenerationRequest request, RunOptions options) {
  JobId id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = ++last_id_;
    alive_.insert(id);
    arrived_.push_back({id, std::move(request), std::move(options)});
  }
  wake_.notify_one();
  return id;
}

void JobQueue::cancel(JobId job) {
  {
    const std::lock_guard lock(mutex_);
    if (!alive_.contains(job)) return;
    cancelled_.insert(job);
    if (running_ == job) stop_running_.request_stop();
  }
  wake_.notify_one();
}

void JobQueue::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    task_ = std::move(task);
  }
  wake_.notify_one();
}

void JobQueue::drain_inbox() {
  std::deque<Job> arrived;
  std::set<JobId> cancelled;
  {
    const std::lock_guard lock(mutex_);
    if (arrived_.empty() && cancelled_.empty()) return;
    arrived.swap(arrived_);
    cancelled = cancelled_;
  }
  for (Job& job : arrived) {
    emit(job.id, Queued{});
    waiting_.push_back(std::move(job));
  }
  const auto is_cancelled = [&](const Job& job) { return cancelled.contains(job.id); };
  for (const Job& job : waiting_) {
    if (is_cancelled(job)) emit(job.id, Cancelled{});
  }
  const std::lock_guard lock(mutex_);
  for (const Job& job : waiting_) {
    if (!is_cancelled(job)) continue;
    alive_.erase(job.id);
    cancelled_.erase(job.id);
  }
  std::erase_if(waiting_, is_cancelled);
}

void JobQueue::run_next() {
  const Job job = std::move(waiting_.front());
  waiting_.pop_front();
  std::stop_source stop;
  {
    const std::lock_guard lock(mutex_);
    running_ = job.id;
    stop_running_ = stop;
    // A cancel may have come since the inbox was last looked at.
    if (cancelled_.contains(job.id)) stop.request_stop();
  }
  Context context(*this, job.id, stop.get_token());
  JobEvent last;
  try {
    last = runner_(job, context);
  } catch (const StopRequested&) {
    last = Cancelled{};
  }
  emit(job.id, last);
  const std::lock_guard lock(mutex_);
  running_ = 0;
  alive_.erase(job.id);
  cancelled_.erase(job.id);
}

void JobQueue::work(const std::stop_token& quit) {
  for (;;) {
    drain_inbox();
    if (!waiting_.empty()) {
      run_next();
      continue;
    }
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, quit, [&] { return !arrived_.empty() || task_ != nullptr; });
      // Jobs that arrived before the end still get their events.
      if (quit.stop_requested() && arrived_.empty()) return;
      if (arrived_.empty()) task.swap(task_);
    }
    if (task == nullptr) continue;
    try {
      task([&] {
        const std::lock_guard lock(mutex_);
        if (quit.stop_requested()) throw StopRequested{};
      });
    } catch (const StopRequested&) {
      // The engine is closing; nobody waits for a background task.
    }
  }
}

}  // namespace studio
