// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Jobs and sweeps in turn, on one thread. Every one ends in exactly one terminal event, whatever its
// runner throws; all events come from that one thread. Live jobs do not wait their turn: they run
// between two steps of whatever runs.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <thread>
#include <vector>

#include "core/api/engine.h"

namespace studio {

class JobQueue {
 public:
  struct Sweep {
    SweepSpec spec;  // as submitted; the grid has its seed drawn
    std::shared_ptr<const SweepGrid> grid;
    SweepOptions options;
  };
  struct Job {
    JobId id = 0;
    GenerationRequest request;  // of a sweep: its base
    RunOptions options;
    std::shared_ptr<const Sweep> sweep;  // null: a single job
    bool is_live() const { return options.priority == RunOptions::Priority::Live; }
  };

  // What a runner sees of the queue while its job runs.
  class Context {
   public:
    // Throws StopRequested when the job was cancelled. Also lets waiting jobs be announced and
    // cancelled, so call it often.
    void checkpoint();
    // For a runner that can wait as it stands: runs the live jobs that have come, to their ends, and
    // stays while the job is paused. Throws StopRequested when the job was cancelled. `while_still`: done
    // once when it stays; its checkpoint throws StopRequested when something better is to be done, and
    // what was begun is done anew when the job still stands after that.
    using StandstillWork = std::function<void(const std::function<void()>& checkpoint)>;
    void between_steps(const StandstillWork& while_still = {});
    // Whether between_steps() would do more than return. Worker thread; announces waiting jobs.
    bool is_wanted_between_steps();
    void emit(const JobEvent& event);

   private:
    friend class JobQueue;
    // Whether it was done.
    bool do_while_still(const StandstillWork& work);
    Context(JobQueue& queue, JobId id, bool is_live, std::stop_token stop)
        : queue_(queue), id_(id), is_live_(is_live), stop_(std::move(stop)) {}
    JobQueue& queue_;
    JobId id_;
    bool is_live_;
    std::stop_token stop_;
    bool has_started_ = false;
  };

  // Returns Finished, SweepFinished or Failed; may throw StopRequested, which becomes Cancelled. Emits
  // Started or SweepStarted itself; the queue emits Started for a single job's runner that fails before.
  // While a runner is inside between_steps() it is called again, for live jobs.
  using Runner = std::function<JobEvent(const Job&, Context&)>;
  // Runs between jobs, when nothing waits.
  struct Task {
    // `checkpoint` throws StopRequested when the queue is closing, a job waits that it does not help, or
    // a newer task prepares something else.
    // Also lets jobs be announced and cancelled, so call it often.
    std::function<void(const std::function<void()>& checkpoint)> run;
    // Whether a job with this request is better off when the task goes on first; absent: never.
    std::function<bool(const GenerationRequest&)> helps;
    std::string prepares;  // empty: it is not ended for a newer task
  };

  JobQueue(Runner runner, JobObserver& observer);
  // Blocks: cancels all, emits every terminal event, joins.
  ~JobQueue();
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  // Must not block. Any thread.
  JobId submit(GenerationRequest request, RunOptions options);
  JobId submit(Sweep sweep);
  void cancel(JobId job);
  // A paused job that runs stands still at its next between_steps(); one that waits is passed over by
  // those behind it until it is resumed, and then keeps its place. No effect on an unknown or ended job.
  void set_paused(JobId job, bool paused);
  // A background task; a newer one replaces one that has not started.
  void post(Task task);

 private:
  JobId add(Job job);
  void work(const std::stop_token& quit);
  void drain_inbox();
  // Takes the waiting job that goes next: live ones first, then the first that is not paused.
  std::optional<Job> take_next(bool live_only);
  bool has_live_job();
  const GenerationRequest* next_request();
  void run_job(const Job& job);
  JobEvent outcome_of(const Job& job, Context& context);
  void run_task(const Task& task, const std::stop_token& quit);
  bool is_outdated(const Task& task);
  void serve_live_jobs();
  bool is_paused(JobId job);
  void emit(JobId id, const JobEvent& event) { observer_.on_event(id, event); }

  Runner runner_;
  JobObserver& observer_;
  std::deque<Job> waiting_;  // the worker's own

  std::mutex mutex_;  // guards what follows
  std::condition_variable_any wake_;
  JobId last_id_ = 0;
  std::uint64_t changes_ = 0;  // grows with everything that may end a wait
  std::deque<Job> arrived_;          // not yet announced
  std::set<JobId> alive_;            // submitted, no terminal event yet
  std::set<JobId> cancelled_;        // of those, to be cancelled
  std::set<JobId> paused_;           // of those, to stand still
  std::map<JobId, std::stop_source> running_;  // one, and live jobs inside it
  std::unique_ptr<const Task> task_;

  std::jthread worker_;  // last: starts when the rest is ready
};

}  // namespace studio
