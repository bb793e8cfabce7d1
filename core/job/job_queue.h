// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// First in, first out, on one thread. Every job ends in exactly one terminal event, whatever its
// runner throws; all events come from that one thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
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
  };

  // Returns Finished or Failed; may throw StopRequested, which becomes Cancelled. Emits Started itself.
  using Runner = std::function<JobEvent(const Job&, Context&)>;
  // Runs between jobs, when nothing waits. `checkpoint` throws StopRequested when the queue is closing.
  using Task = std::function<void(const std::function<void()>& checkpoint)>;

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
  Task task_;

  std::jthread worker_;  // last: starts when the rest is ready
};

}  // namespace studio
