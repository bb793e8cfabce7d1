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
  bool measured = false;         // forecasts know seconds before anything ran
  double bytes_free = 50e9;      // on every disk
  const Catalogue* catalogue = nullptr;  // null: fake_catalogue(), which sweeps always have
};

// A sweep with its equal cells collapsed.
struct FakePlan {
  std::shared_ptr<const SweepGrid> grid;
  std::vector<int> picture_of_cell, twin_of_cell;
  std::vector<CellResult> pictures;
  std::vector<GenerationRequest> jobs;  // one a picture
  std::vector<int> order;               // pictures as they are made: a twin before its cell
};

class FakeEngine : public Engine {
 public:
  FakeEngine(JobObserver& observer, FakeScript script);
  ~FakeEngine() override;

  Result<JobId> submit(GenerationRequest request, RunOptions options) override;
  void cancel(JobId job) override;
  void preload(const std::string& model) override;
  const Catalogue& describe() const override;
  Result<JobId> submit_sweep(SweepSpec spec, SweepOptions options) override;
  void bring_forward(JobId sweep, int picture) override;
  void set_paused(JobId job, bool paused) override;
  Result<GenerationRequest> parse_job(const std::string& json) const override;
  std::string job_json(const GenerationRequest& request) const override;
  Result<SweepSpec> parse_sweep(const std::string& json) const override;
  std::string sweep_json(const SweepSpec& spec) const override;
  Result<SweepForecast> forecast(const SweepSpec& spec, const std::string& folder) override;
  Result<SweepFolder> open_sweep(const std::string& folder) override;
  Result<void> export_sweep(const std::string& folder,
                            const ExportOptions& options,
                            const std::function<bool(double)>& keep_going) override;
  Result<GenerationRequest> load_job(const std::string& path) override;
  Result<void> save_png(const std::string& path, const Finished& finished, int index) override;
  Result<ImageRgb8> load_png(const std::string& path) override;
  // Nearest pixels. A picture under "control.image" is turned into its negative by any "kind".
  Result<SeenPicture> see_picture(const GenerationRequest& request,
                                  const std::string& path) override;
  Result<void> save_job(const std::string& path, const GenerationRequest& request) override;
  Result<ModelReport> inspect(const std::string& model) override;
  Result<CheckReport> check(const std::string& model) override;
  std::vector<std::string> bundled_models() const override;

  // The next job that starts fails with this error after one step.
  void fail_next(Error error);
  // Jobs for which `refused` is true are not taken, with this error.
  void refuse(std::function<bool(const GenerationRequest&)> refused, Error error);
  // These pictures of every later sweep fail with this reason after one step.
  void fail_pictures(std::map<int, std::string> reasons);
  // What was asked of sweeps, in order.
  std::vector<std::pair<SweepSpec, SweepOptions>> submitted_sweeps() const;
  std::vector<int> brought_forward() const;
  int forecasts_made() const { return forecasts_; }
  int pictures_seen() const { return pictures_seen_; }
  // Every request that was accepted, in order.
  std::vector<GenerationRequest> submitted() const;
  int jobs_finished() const { return finished_; }
  int jobs_cancelled() const { return cancelled_; }

 private:
  struct Sweep {
    FakePlan plan;
    SweepSpec spec;
    SweepOptions options;
    std::map<int, std::string> failures;
    std::set<std::string> known;  // keys finished in the folder before
  };
  struct Waiting {
    JobId id = 0;
    GenerationRequest request;
    bool live = false;
    std::shared_ptr<Sweep> sweep;
  };
  struct SweepRun;
  void work();
  void run(const Waiting& job);
  void run_sweep(const Waiting& job);
  Result<void> prepare_sweep(SweepRun& run);
  bool make_picture(SweepRun& run, int picture);
  void finish_picture(SweepRun& run, int picture);
  void fail_picture(SweepRun& run, int picture, const std::string& reason);
  void tell_picture(const SweepRun& run, int picture, std::shared_ptr<const ImageRgb8> image);
  int next_picture(const SweepRun& run);
  bool between_steps(JobId sweep);
  void run_live_jobs();
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
  std::function<bool(const GenerationRequest&)> refused_;
  Error refusal_;
  JobId next_id_ = 1;
  bool closing_ = false;
  bool loaded_ = false;
  std::set<JobId> paused_;
  std::map<int, std::string> failing_pictures_;
  std::vector<std::pair<SweepSpec, SweepOptions>> sweeps_;
  std::vector<int> brought_forward_;
  std::deque<std::pair<JobId, int>> forward_;
  std::atomic<int> forecasts_ = 0;
  std::atomic<int> pictures_seen_ = 0;
  std::atomic<bool> measured_ = false;
  std::atomic<int> finished_ = 0;
  std::atomic<int> cancelled_ = 0;
  std::thread worker_;
};

// Cells that must look equal share a picture. Keys are made up, but differ where pictures do.
FakePlan fake_plan(std::shared_ptr<const SweepGrid> grid, int size_px);

// The picture a request gives at a fraction of its steps.
ImageRgb8 fake_picture(const GenerationRequest& request, int width_px, int height_px, double done);

}  // namespace studio::test
