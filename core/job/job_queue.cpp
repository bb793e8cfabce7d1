// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The worker's loop. No lock is held while the observer or a runner is called.
#include "core/job/job_queue.h"

#include "core/base/check.h"
#include "core/base/guard.h"

#include <algorithm>

namespace studio {

void JobQueue::Context::checkpoint() {
  queue_.drain_inbox();
  if (stop_.stop_requested()) throw StopRequested{};
}

void JobQueue::Context::emit(const JobEvent& event) {
  has_started_ = has_started_ || std::holds_alternative<Started>(event);
  queue_.emit(id_, event);
}

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
    task_ = std::make_unique<Task>(std::move(task));
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

JobEvent JobQueue::outcome_of(const Job& job, Context& context) {
  try {
    auto last = to_result([&]() -> Result<JobEvent> {
      JobEvent event = runner_(job, context);
      STUDIO_CHECK(is_terminal(event), "a job ended in the event ", event.index());
      return event;
    });
    if (!last) return Failed{last.error()};
    return std::move(last).value();
  } catch (const StopRequested&) {
    return Cancelled{};
  }
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
  const JobEvent last = outcome_of(job, context);
  // Observers count on Started before a result or a failure, however early the runner gave up.
  if (!context.has_started_ && !std::holds_alternative<Cancelled>(last)) {
    emit(job.id, Started{job.request, static_cast<int>(job.request.steps), 0});
  }
  emit(job.id, last);
  const std::lock_guard lock(mutex_);
  running_ = 0;
  alive_.erase(job.id);
  cancelled_.erase(job.id);
}

void JobQueue::run_task(const Task& task, const std::stop_token& quit) {
  const auto checkpoint = [&] {
    drain_inbox();
    const bool is_in_the_way = !waiting_.empty() && !(task.helps && task.helps(waiting_.front().request));
    if (quit.stop_requested() || is_in_the_way) throw StopRequested{};
  };
  try {
    // Nobody waits for a background task: a failure shows when a job needs what it was to prepare.
    (void)to_result([&]() -> Result<void> {
      task.run(checkpoint);
      return {};
    });
  } catch (const StopRequested&) {
    // The queue is closing, or a job goes first.
  }
}

void JobQueue::work(const std::stop_token& quit) {
  for (;;) {
    drain_inbox();
    if (!waiting_.empty()) {
      run_next();
      continue;
    }
    std::unique_ptr<const Task> task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, quit, [&] { return !arrived_.empty() || task_ != nullptr; });
      // Jobs that arrived before the end still get their events.
      if (quit.stop_requested() && arrived_.empty()) return;
      if (arrived_.empty()) task = std::move(task_);
    }
    if (task != nullptr) run_task(*task, quit);
  }
}

}  // namespace studio
