// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// First in, first out, on one thread. Every job ends in exactly one terminal event, whatever its
// runner throws; all events come from that one thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <thread>
#include <vector>

#include "core/api/engine.h"

namespace studio {

class JobQueue {
 public:
  struct Job {
    JobId id = 0;
    GenerationRequest request;
    RunOptions options;
  };

  // What a runner sees of the queue while its job runs.
  class Context {
   public:
    // Throws StopRequested when the job was cancelled. Also lets waiting jobs be announced and
    // cancelled, so call it often.
    void checkpoint();
    void emit(const JobEvent& event);

   private:
    friend class JobQueue;
    Context(JobQueue& queue, JobId id, std::stop_token stop) : queue_(queue), id_(id), stop_(std::move(stop)) {}
    JobQueue& queue_;
    JobId id_;
    std::stop_token stop_;
    bool has_started_ = false;
  };

  // Returns Finished or Failed; may throw StopRequested, which becomes Cancelled. Emits Started itself;
  // the queue does it for a runner that fails before.
  using Runner = std::function<JobEvent(const Job&, Context&)>;
  // Runs between jobs, when nothing waits.
  struct Task {
    // `checkpoint` throws StopRequested when the queue is closing or a job waits that it does not help.
    // Also lets jobs be announced and cancelled, so call it often.
    std::function<void(const std::function<void()>& checkpoint)> run;
    // Whether a job with this request is better off when the task goes on first; absent: never.
    std::function<bool(const GenerationRequest&)> helps;
  };

  JobQueue(Runner runner, JobObserver& observer);
  // Blocks: cancels all, emits every terminal event, joins.
  ~JobQueue();
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  // Must not block. Any thread.
  JobId submit(GenerationRequest request, RunOptions options);
  void cancel(JobId job);
  // A background task; a newer one replaces one that has not started.
  void post(Task task);

 private:
  void work(const std::stop_token& quit);
  void drain_inbox();
  void run_next();
  JobEvent outcome_of(const Job& job, Context& context);
  void run_task(const Task& task, const std::stop_token& quit);
  void emit(JobId id, const JobEvent& event) { observer_.on_event(id, event); }

  Runner runner_;
  JobObserver& observer_;
  std::deque<Job> waiting_;  // the worker's own

  std::mutex mutex_;  // guards what follows
  std::condition_variable_any wake_;
  JobId last_id_ = 0;
  std::deque<Job> arrived_;          // not yet announced
  std::set<JobId> alive_;            // submitted, no terminal event yet
  std::set<JobId> cancelled_;        // of those, to be cancelled
  JobId running_ = 0;
  std::stop_source stop_running_;
  std::unique_ptr<const Task> task_;

  std::jthread worker_;  // last: starts when the rest is ready
};

}  // namespace studio
