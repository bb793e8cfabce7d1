// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// An engine without a model: paints synthetic pictures on its own thread, with steps, previews,
// cancelling and failures like the real one.
#pragma once

#include "core/api/engine.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace studio::test {

struct FakeScript {
  int step_ms = 40;
  int load_ms = 0;    // before the first job of the engine
  int size_px = 128;  // the "model's own size"
  bool previews = true;
  bool tells_rows_early = true;  // in Started, not only in Finished
  bool remembers = false;        // equal jobs are answered at once, without steps
};

class FakeEngine : public Engine {
 public:
  FakeEngine(JobObserver& observer, FakeScript script);
  ~FakeEngine() override;

  Result<JobId> submit(GenerationRequest request, RunOptions options) override;
  void cancel(JobId job) override;
  void preload(const std::string& model) override;
  const Catalogue& describe() const override;
  Result<GenerationRequest> parse_job(const std::string& json) const override;
  std::string job_json(const GenerationRequest& request) const override;
  Result<GenerationRequest> load_job(const std::string& path) override;
  Result<void> save_png(const std::string& path, const Finished& finished, int index) override;
  Result<ImageRgb8> load_png(const std::string& path) override;
  Result<void> save_job(const std::string& path, const GenerationRequest& request) override;
  Result<ModelReport> inspect(const std::string& model) override;
  Result<CheckReport> check(const std::string& model) override;
  std::vector<std::string> bundled_models() const override;

  // The next job that starts fails with this error after one step.
  void fail_next(Error error);
  // Every request that was accepted, in order.
  std::vector<GenerationRequest> submitted() const;
  int jobs_finished() const { return finished_; }
  int jobs_cancelled() const { return cancelled_; }

 private:
  struct Waiting {
    JobId id;
    GenerationRequest request;
  };
  void work();
  void run(const Waiting& job);
  bool answered(JobId job, const GenerationRequest& resolved);
  bool stop_asked(JobId job);
  bool pause(JobId job, int ms);
  void emit_event(JobId job, const JobEvent& event);

  JobObserver& observer_;
  const FakeScript script_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> inbox_;
  std::set<JobId> cancel_;
  std::vector<GenerationRequest> submitted_;
  std::vector<Finished> results_;  // the worker's own
  std::optional<Error> failure_;
  JobId next_id_ = 1;
  bool closing_ = false;
  bool loaded_ = false;
  std::atomic<int> finished_ = 0;
  std::atomic<int> cancelled_ = 0;
  std::thread worker_;
};

// The picture a request gives at a fraction of its steps.
ImageRgb8 fake_picture(const GenerationRequest& request, int width_px, int height_px, double done);

}  // namespace studio::test
