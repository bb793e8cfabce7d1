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

bool JobQueue::Context::do_while_still(const StandstillWork& work) {
  try {
    work([this] {
      checkpoint();
      if (!queue_.is_paused(id_) || queue_.has_live_job()) throw StopRequested{};
    });
    return true;
  } catch (const StopRequested&) {
    return false;  // why, the caller finds out
  }
}

void JobQueue::Context::between_steps(const StandstillWork& while_still) {
  checkpoint();
  bool stands_still = false, is_done = while_still == nullptr;
  for (;;) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(queue_.mutex_);
      seen = queue_.changes_;
    }
    const bool is_paused = queue_.is_paused(id_);
    // Live jobs take turns with each other: one goes inside another only while that one stands still.
    if (!is_live_ || is_paused) queue_.serve_live_jobs();
    checkpoint();
    if (is_paused != stands_still) {
      stands_still = is_paused;
      emit(Paused{stands_still});
    }
    if (!stands_still) return;
    if (!is_done) {
      is_done = do_while_still(while_still);
      continue;
    }
    std::unique_lock lock(queue_.mutex_);
    queue_.wake_.wait(lock, stop_, [&] { return queue_.changes_ != seen; });
  }
}

bool JobQueue::Context::is_wanted_between_steps() {
  queue_.drain_inbox();
  const std::lock_guard lock(queue_.mutex_);
  if (queue_.paused_.contains(id_)) return true;
  return !is_live_ && std::any_of(queue_.waiting_.begin(), queue_.waiting_.end(), [&](const Job& job) {
    return job.is_live() && !queue_.paused_.contains(job.id);
  });
}

void JobQueue::Context::emit(const JobEvent& event) {
  has_started_ = has_started_ || std::holds_alternative<Started>(event) || std::holds_alternative<SweepStarted>(event);
  queue_.emit(id_, event);
}

JobQueue::JobQueue(Runner runner, JobObserver& observer)
    : runner_(std::move(runner)), observer_(observer), worker_([this](const std::stop_token& quit) { work(quit); }) {}

JobQueue::~JobQueue() {
  std::map<JobId, std::stop_source> running;
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = alive_;
    running = running_;
    ++changes_;
  }
  // Outside the lock: a stop wakes whoever waits under it.
  for (auto& [id, stop] : running) stop.request_stop();
  // Only now: the worker's last turn must see what was cancelled above.
  worker_.request_stop();
  wake_.notify_all();
  worker_.join();
}

JobId JobQueue::add(Job job) {
  JobId id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = job.id = ++last_id_;
    alive_.insert(id);
    arrived_.push_back(std::move(job));
    ++changes_;
  }
  wake_.notify_all();
  return id;
}

JobId JobQueue::submit(GenerationRequest request, RunOptions options) {
  Job job;
  job.request = std::move(request);
  job.options = std::move(options);
  return add(std::move(job));
}

JobId JobQueue::submit(Sweep sweep) {
  Job job;
  job.request = sweep.grid->spec.base;
  job.sweep = std::make_shared<const Sweep>(std::move(sweep));
  return add(std::move(job));
}

void JobQueue::cancel(JobId job) {
  std::stop_source stop{std::nostopstate};
  {
    const std::lock_guard lock(mutex_);
    if (!alive_.contains(job)) return;
    cancelled_.insert(job);
    ++changes_;
    if (const auto running = running_.find(job); running != running_.end()) stop = running->second;
  }
  stop.request_stop();
  wake_.notify_all();
}

void JobQueue::set_paused(JobId job, bool paused) {
  {
    const std::lock_guard lock(mutex_);
    if (!alive_.contains(job)) return;
    if (paused) paused_.insert(job);
    else paused_.erase(job);
    ++changes_;
  }
  wake_.notify_all();
}

void JobQueue::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    task_ = std::make_unique<Task>(std::move(task));
    ++changes_;
  }
  wake_.notify_all();
}

bool JobQueue::is_paused(JobId job) {
  const std::lock_guard lock(mutex_);
  return paused_.contains(job);
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
    paused_.erase(job.id);
  }
  std::erase_if(waiting_, is_cancelled);
}

std::optional<JobQueue::Job> JobQueue::take_next(bool live_only) {
  const std::lock_guard lock(mutex_);
  const auto may_run = [&](const Job& job) { return !paused_.contains(job.id); };
  auto next = std::find_if(waiting_.begin(), waiting_.end(), [&](const Job& job) { return job.is_live() && may_run(job); });
  if (next == waiting_.end() && !live_only) next = std::find_if(waiting_.begin(), waiting_.end(), may_run);
  if (next == waiting_.end()) return std::nullopt;
  Job job = std::move(*next);
  waiting_.erase(next);
  return job;
}

bool JobQueue::has_live_job() {
  const std::lock_guard lock(mutex_);
  return std::any_of(waiting_.begin(), waiting_.end(), [&](const Job& job) { return job.is_live() && !paused_.contains(job.id); });
}

const GenerationRequest* JobQueue::next_request() {
  const std::lock_guard lock(mutex_);
  const auto next = std::find_if(waiting_.begin(), waiting_.end(), [&](const Job& job) { return !paused_.contains(job.id); });
  return next == waiting_.end() ? nullptr : &next->request;
}

void JobQueue::serve_live_jobs() {
  for (;;) {
    drain_inbox();
    const auto job = take_next(true);
    if (!job) return;
    run_job(*job);
  }
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

void JobQueue::run_job(const Job& job) {
  std::stop_source stop;
  bool is_cancelled = false;
  {
    const std::lock_guard lock(mutex_);
    running_.emplace(job.id, stop);
    // A cancel may have come since the inbox was last looked at.
    is_cancelled = cancelled_.contains(job.id);
  }
  if (is_cancelled) stop.request_stop();
  Context context(*this, job.id, job.is_live(), stop.get_token());
  const JobEvent last = outcome_of(job, context);
  // Observers count on Started before a result or a failure, however early the runner gave up.
  if (!context.has_started_ && job.sweep == nullptr && !std::holds_alternative<Cancelled>(last)) {
    emit(job.id, Started{job.request, static_cast<int>(job.request.steps), 0});
  }
  emit(job.id, last);
  const std::lock_guard lock(mutex_);
  running_.erase(job.id);
  alive_.erase(job.id);
  cancelled_.erase(job.id);
  paused_.erase(job.id);
}

bool JobQueue::is_outdated(const Task& task) {
  const std::lock_guard lock(mutex_);
  return task_ != nullptr && !task.prepares.empty() && task_->prepares != task.prepares;
}

void JobQueue::run_task(const Task& task, const std::stop_token& quit) {
  const auto checkpoint = [&] {
    drain_inbox();
    const GenerationRequest* const next = next_request();
    const bool is_in_the_way = next != nullptr && !(task.helps && task.helps(*next));
    if (quit.stop_requested() || is_in_the_way || is_outdated(task)) throw StopRequested{};
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
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      seen = changes_;
    }
    drain_inbox();
    if (const auto job = take_next(false)) {
      run_job(*job);
      continue;
    }
    std::unique_ptr<const Task> task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, quit, [&] { return changes_ != seen || task_ != nullptr; });
      // Jobs that arrived or were cancelled before the end still get their events.
      if (quit.stop_requested() && changes_ == seen) return;
      if (changes_ == seen) task = std::move(task_);
    }
    if (task != nullptr) run_task(*task, quit);
  }
}

}  // namespace studio
