// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What only the whole engine does: sweeps beside the same cells as jobs of their own, and the time from a moved slider
// to the first preview.
#include "core/make_engine.h"
#include "tests/bench/bench.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace studio::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Keeps what is waited for. Threads: any.
class Listener final : public JobObserver {
 public:
  struct Heard {
    JobId job = 0;
    JobEvent event;
    Clock::time_point at;
  };

  void on_event(JobId job, const JobEvent& event) override {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    heard_.push_back({job, event, now});
    news_.notify_all();
  }
  // The first event of this job that is_it() accepts. Forgets everything before.
  // Errors: throws std::runtime_error when the job fails first.
  template <class Test>
  Heard wait_for(JobId job, Test is_it) {
    std::unique_lock lock(mutex_);
    for (;;) {
      news_.wait(lock, [&] { return !heard_.empty(); });
      Heard next = std::move(heard_.front());
      heard_.pop_front();
      if (next.job != job) continue;
      if (is_it(next.event)) return next;
      if (const auto* failed = std::get_if<Failed>(&next.event)) throw std::runtime_error(failed->error.message);
      if (is_terminal(next.event)) throw std::runtime_error("a job ended before it did what is timed");
    }
  }
  template <class Event>
  Heard wait_for(JobId job) {
    return wait_for(job, [](const JobEvent& event) { return std::holds_alternative<Event>(event); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<Heard> heard_;
};

// One engine for all parts here; it begins when the first of them does.
class Desk {
 public:
  Engine& engine(Workshop& shop) {
    if (engine_ != nullptr) return *engine_;
    shop.drop_models();
    const Settings& settings = shop.settings();
    EngineConfig config;
    config.device = settings.device_name;
    config.precision = settings.dtype == c10::kHalf ? Precision::Float16 : settings.dtype == c10::kBFloat16 ? Precision::BFloat16 : Precision::Float32;
    config.threads = settings.threads;
    auto made = make_engine(config, listener_);
    if (!made) throw std::runtime_error(made.error().message);
    engine_ = std::move(made).value();
    return *engine_;
  }
  Listener& listener() { return listener_; }
  JobId submit(const GenerationRequest& request, const RunOptions& options) {
    const auto job = engine_->submit(request, options);
    if (!job) throw std::runtime_error(job.error().message);
    return job.value();
  }

 private:
  Listener listener_;  // outlives the engine
  std::unique_ptr<Engine> engine_;
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    static int count = 0;
    path_ = (std::filesystem::temp_directory_path() / ("seg-bench-" + std::to_string(getpid()) + "-" + std::to_string(count++))).string();
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code failed;
    std::filesystem::remove_all(path_, failed);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The engine remembers its last jobs and would not run an equal one again: each run of a body has its own seed.
GenerationRequest fresh(GenerationRequest request) {
  static std::int64_t seed = 100;
  request.seed = seed++;
  return request;
}

struct SweepSize {
  std::string sigmas, scales;
  int across = 1, down = 1;
};
// What a sweep is timed beside: what programs do that share nothing; or also this program's single jobs.
enum class Jobs { Whole, WholeAndShared };

double run_sweep(Desk& desk, Engine& engine, const SweepSpec& spec) {
  const TemporaryFolder folder;
  const auto job = engine.submit_sweep(spec, {.folder = folder.path() + "/sweep", .preview_budget = 0});
  if (!job) throw std::runtime_error(job.error().message);
  const auto done = std::get<SweepFinished>(desk.listener().wait_for<SweepFinished>(job.value()).event);
  if (done.failed > 0) throw std::runtime_error("a picture of the sweep could not be made");
  return done.row_evaluations;
}

double run_jobs(Desk& desk, Engine& engine, const SweepSpec& spec, RowSharing sharing) {
  const TemporaryFolder folder;
  const auto grid = read_sweep(spec, engine.describe());
  if (!grid) throw std::runtime_error(grid.error().message);
  double rows = 0;
  for (std::size_t cell = 0; cell < grid.value().cells(); ++cell) {
    const JobId job = desk.submit(grid.value().request(cell, engine.describe()), {.sharing = sharing, .previews = false});
    const auto done = std::get<Finished>(desk.listener().wait_for<Finished>(job).event);
    if (done.from_cache) throw std::runtime_error("a job was not run but remembered");
    rows += done.row_evaluations;
    const auto saved = engine.save_png(folder.path() + "/" + std::to_string(cell) + ".png", done, 0);
    if (!saved) throw std::runtime_error(saved.error().message);
  }
  return rows;
}

Part sweep_part(const std::shared_ptr<Desk>& desk, const SweepSize& size, int steps, Jobs beside, bool is_in_quick) {
  const int cells = size.across * size.down;
  return {"sweep, " + std::to_string(size.across) + "x" + std::to_string(size.down) + " cells, " + std::to_string(steps) + " steps, CFG + SEG",
          [=](Workshop& shop) -> Result<Row> {
            Engine& engine = desk->engine(shop);
            GenerationRequest base = picture_request(4, 2, kInfinity, steps);
            base.model = shop.settings().model_path;
            const auto spec_of = [&] {
              return SweepSpec{fresh(base), {{"guidance.seg.sigma", size.sigmas}, {"guidance.seg.scale", size.scales}}, SweepOrder::CoarseToFine, false, {}};
            };
            double swept = 0, alone = 0;
            std::vector<Rival> rivals{{"as single jobs, every row whole", [&] { alone = run_jobs(*desk, engine, spec_of(), RowSharing::Exact); }}};
            if (beside == Jobs::WholeAndShared && !shop.settings().quick) {
              rivals.push_back({"as single jobs", [&] { (void)run_jobs(*desk, engine, spec_of(), RowSharing::Shared); }});
            }
            Row row = take_turns(shop.settings(), [&] { swept = run_sweep(*desk, engine, spec_of()); }, rivals, cells == 1 ? Start::Cold : Start::Warm);
            row.more = {{"row_evaluations", swept}, {"row_evaluations_alone", alone}, {"places", {place("cells", cells, "sweep")}}};
            return row;
          },
          is_in_quick};
}

// As the window does it: the job for the last value makes way, the one for the new value goes between two steps of
// whatever else runs. The hand moves at any moment of a step.
Row drag_slider(Desk& desk, Engine& engine, const Settings& settings, GenerationRequest base) {
  const RunOptions live{.priority = RunOptions::Priority::Live};
  double blur_sigma = 1;
  const auto next_value = [&] {
    base.guidance["seg.sigma"] = blur_sigma += 0.01;
    return base;
  };
  const auto is_second_step = [](const JobEvent& event) {
    const auto* step = std::get_if<StepDone>(&event);
    return step != nullptr && step->step >= 2;
  };
  // The first jobs load the model; on a GPU the second kind of evaluation to come is recorded.
  for (int i = 0; i < 2; ++i) {
    GenerationRequest short_job = next_value();
    short_job.steps = 4;
    desk.listener().wait_for<Finished>(desk.submit(short_job, live));
  }
  JobId running = desk.submit(next_value(), live);
  std::vector<double> waits_ms;
  for (int trial = 0; trial < (settings.quick ? 6 : 20); ++trial) {
    const auto step = std::get<StepDone>(desk.listener().wait_for(running, is_second_step).event);
    const double part_of_step = std::fmod(0.618034 * trial, 1.0);
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(part_of_step * step.ms));
    const GenerationRequest moved = next_value();
    const auto start = Clock::now();
    engine.cancel(running);
    running = desk.submit(moved, live);
    const auto shown = desk.listener().wait_for<Preview>(running);
    if (std::get<Preview>(shown.event).step != 1) throw std::runtime_error("the first preview is not one of the first step");
    waits_ms.push_back(std::chrono::duration<double, std::milli>(shown.at - start).count());
  }
  engine.cancel(running);
  desk.listener().wait_for<Cancelled>(running);
  Row row;
  row.ours = timing_of(std::move(waits_ms));
  return row;
}

Part slider_part(const std::shared_ptr<Desk>& desk, bool is_inside_a_job) {
  return {std::string("slider to first preview") + (is_inside_a_job ? ", while another job waits" : ""), [=](Workshop& shop) -> Result<Row> {
            Engine& engine = desk->engine(shop);
            GenerationRequest base = picture_request(4, 2, 1, 25);
            base.model = shop.settings().model_path;
            JobId outer = 0;
            if (is_inside_a_job) {
              GenerationRequest long_job = fresh(base);
              long_job.steps = 1000;
              outer = desk->submit(long_job, {.previews = false});
              desk->listener().wait_for<StepDone>(outer);
            }
            Row row = drag_slider(*desk, engine, shop.settings(), base);
            if (is_inside_a_job) {
              engine.cancel(outer);
              desk->listener().wait_for<Cancelled>(outer);
            }
            // The goals for a GPU at 1024 x 1024 and for the demo model on two cores.
            row.more["target_ms"] = shop.settings().device.is_cuda() ? 60 : 150;
            return row;
          },
          !is_inside_a_job};
}

}  // namespace

void add_engine_parts(Parts& parts, const Settings& settings) {
  const auto desk = std::make_shared<Desk>();
  if (settings.device.is_cuda()) {
    const std::string four = "0.5, 1, 2, inf";
    parts.push_back(sweep_part(desk, {"2", "3", 1, 1}, 25, Jobs::Whole, true));
    parts.push_back(sweep_part(desk, {four, "3", 4, 1}, 25, Jobs::WholeAndShared, true));
    parts.push_back(sweep_part(desk, {four, "0, 3", 4, 2}, 25, Jobs::Whole, false));
    parts.push_back(sweep_part(desk, {four, "0, 1, 2, 3", 4, 4}, 25, Jobs::Whole, false));
  } else {
    parts.push_back(sweep_part(desk, {"2", "3", 1, 1}, 4, Jobs::Whole, true));
    parts.push_back(sweep_part(desk, {"1, 2, inf", "3", 3, 1}, 4, Jobs::WholeAndShared, true));
    parts.push_back(sweep_part(desk, {"1, 2, inf", "0, 1.5, 3", 3, 3}, 4, Jobs::Whole, false));
  }
  for (const bool is_inside_a_job : {false, true}) parts.push_back(slider_part(desk, is_inside_a_job));
}

}  // namespace studio::bench
