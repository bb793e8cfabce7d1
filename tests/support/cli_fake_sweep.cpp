// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The smallest runner that a sweep's folder can be used by.
#include "tests/support/cli_fake_sweep.h"

#include "core/base/sha256.h"
#include "core/io/files.h"
#include "core/io/png.h"
#include "core/io/request_json.h"
#include "core/sweep/sweep_files.h"
#include "core/sweep/sweep_store.h"

#include <algorithm>
#include <map>

namespace studio::testing {
namespace {

constexpr double kRowsAStep = 2;

double scale_of(const GenerationRequest& request) {
  const auto found = request.guidance.find("seg.scale");
  return found == request.guidance.end() ? 3.0 : std::get<double>(found->second);
}

// Cells with equal jobs share a picture; scale 0 makes the blur irrelevant.
std::string key_of(GenerationRequest request, const Catalogue& catalogue) {
  if (scale_of(request) == 0) request.guidance.erase("seg.sigma");
  return sha256_hex(request_to_json(request, catalogue));
}

bool is_in(const std::vector<std::string>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

struct Plan {
  std::vector<GenerationRequest> requests;
  std::vector<std::string> keys;
  std::vector<int> picture_of_cell, twin_of_cell, order;
};

Plan plan_of(const SweepGrid& grid, const Catalogue& catalogue) {
  Plan plan;
  std::map<std::string, int> known;
  const auto picture_for = [&](const GenerationRequest& request) {
    const std::string key = key_of(request, catalogue);
    const auto [place, is_new] = known.emplace(key, static_cast<int>(plan.keys.size()));
    if (is_new) {
      plan.keys.push_back(key);
      plan.requests.push_back(request);
    }
    return place->second;
  };
  plan.picture_of_cell.resize(grid.cells());
  plan.twin_of_cell.assign(grid.cells(), -1);
  for (const std::size_t cell : cell_order(grid)) {
    const GenerationRequest request = grid.request(cell, catalogue);
    plan.picture_of_cell[cell] = picture_for(request);
    if (grid.spec.twin) plan.twin_of_cell[cell] = picture_for(unguided_twin(request, catalogue));
  }
  return plan;
}

SweepForecast forecast_of(const SweepGrid& grid,
                          const Plan& plan,
                          const std::vector<CellResult>& pictures) {
  SweepForecast forecast;
  forecast.cells = grid.cells();
  forecast.pictures = forecast.distinct_cells = plan.keys.size();
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const double rows = kRowsAStep * static_cast<double>(plan.requests[i].steps);
    forecast.rows_shared += rows;
    if (pictures[i].state == CellState::Finished) {
      ++forecast.finished;
    } else {
      forecast.rows_left += rows;
    }
  }
  forecast.rows_naive =
      kRowsAStep * static_cast<double>(grid.spec.base.steps) * static_cast<double>(grid.cells());
  forecast.seconds_left = forecast.rows_left / 1000;
  forecast.bytes_left = grid.spec.base.model == "huge"
                            ? 1e15
                            : 1000 * static_cast<double>(plan.keys.size() - forecast.finished);
  forecast.bytes_free = 1e12;
  for (const int picture : plan.picture_of_cell) {
    const std::string& model = plan.requests[static_cast<std::size_t>(picture)].model;
    if (model != "none") continue;
    if (forecast.impossible_cells++ == 0)
      forecast.problem = Error{ErrorCode::ModelUnloadable, "no model is named none"};
  }
  return forecast;
}

class FakeRun {
 public:
  FakeRun(JobId job,
          const SweepOptions& options,
          const Catalogue& catalogue,
          JobObserver& observer,
          const std::function<bool(bool)>& wait_step)
      : job_(job),
        options_(options),
        catalogue_(catalogue),
        observer_(observer),
        wait_step_(wait_step) {}

  JobEvent run(const SweepSpec& spec) {
    auto store = SweepStore::open(spec, options_, catalogue_);
    if (!store) return Failed{store.error()};
    store_ = std::move(store).value();
    plan_ = plan_of(store_->grid(), catalogue_);
    pictures_.resize(plan_.keys.size());
    for (std::size_t i = 0; i < pictures_.size(); ++i) {
      if (const CellResult* known = store_->find(plan_.keys[i])) pictures_[i] = *known;
      const bool is_tried_again = pictures_[i].state == CellState::Failed && is_ours(i);
      if (is_tried_again || is_in(options_.retry_keys, plan_.keys[i])) pictures_[i] = {};
      pictures_[i].key = plan_.keys[i];
    }
    if (auto noted = store_->note_plan(plan_.keys, plan_.picture_of_cell, plan_.twin_of_cell);
        !noted)
      return Failed{noted.error()};
    observer_.on_event(job_,
                       SweepStarted{options_.folder,
                                    std::make_shared<const SweepGrid>(store_->grid()),
                                    plan_.picture_of_cell,
                                    plan_.twin_of_cell,
                                    pictures_,
                                    forecast_of(store_->grid(), plan_, pictures_)});
    for (std::size_t i = 0; i < pictures_.size(); ++i) {
      if (!is_ours(i) || pictures_[i].state == CellState::Finished ||
          pictures_[i].state == CellState::Skipped)
        continue;
      auto done = make(static_cast<int>(i));
      if (!done) return Failed{done.error()};
      if (is_stopped_) break;
    }
    if (auto noted = store_->note_end(); !noted) return Failed{noted.error()};
    if (is_stopped_) return Cancelled{};
    SweepFinished finished{options_.folder};
    for (const CellResult& picture : pictures_) {
      finished.finished += picture.state == CellState::Finished ? 1 : 0;
      finished.failed += picture.state == CellState::Failed ? 1 : 0;
      finished.skipped += picture.state == CellState::Skipped ? 1 : 0;
    }
    finished.failures = failures_;
    finished.row_evaluations = rows_;
    return finished;
  }

 private:
  bool is_ours(std::size_t picture) const {
    return static_cast<int>(picture) % options_.shards == options_.shard;
  }
  Result<void> make(int index) {
    CellResult& picture = pictures_[index];
    const GenerationRequest& request = plan_.requests[index];
    if (is_in(options_.skip, picture.key) && !is_in(options_.retry_keys, picture.key)) {
      picture.state = CellState::Skipped;
      picture.error = "left out as asked";
      return told(index, store_->note_failed(picture));
    }
    if (const CellResult* adopted = store_->adopt(picture.key)) {
      picture = *adopted;
      return told(index, {});
    }
    if (auto noted = store_->note_running(picture.key); !noted) return noted;
    picture.state = CellState::Running;
    if (auto done = told(index, {}); !done) return done;
    for (int step = 1; step <= request.steps; ++step) {
      if (!wait_step_(request.model == "endless")) {
        is_stopped_ = true;
        return {};
      }
      observer_.on_event(job_,
                         StepDone{step, static_cast<int>(request.steps), 1.25, 0.5, index, 0});
    }
    // What they say tells nobody of which kind they are.
    const std::map<std::string, Error> failures{
        {"oom", {ErrorCode::OutOfMemory, "the device is full: 3 GB asked"}},
        {"unloadable", {ErrorCode::ModelUnloadable, "a tensor is missing"}},
        {"misfit", {ErrorCode::InvalidArgument, "100 is no width of this model"}},
        {"bug", {ErrorCode::Internal, "a shape does not fit"}}};
    if (const auto failure = failures.find(request.model); failure != failures.end()) {
      failures_.push_back(index);
      picture.state = CellState::Failed;
      picture.error = failure->second.message;
      picture.error_code = failure->second.code;
      return told(index, store_->note_failed(picture));
    }
    const bool less_memory = is_in(options_.less_memory_keys, picture.key);
    picture.made = less_memory ? "less memory" : "alone";
    picture.seconds = 0.01;
    picture.rows.assign(static_cast<std::size_t>(request.steps), static_cast<int>(kRowsAStep));
    picture.row_evaluations = kRowsAStep * static_cast<double>(request.steps);
    picture.latents_hash = fake_latents_hash(request);
    rows_ += picture.row_evaluations;
    Finished finished{request, {}, std::string(64, 'a')};
    for (std::size_t i = 0; i < request.prompts.size(); ++i) {
      ImageRgb8 image = fake_picture(request, i);
      if (request.model == "drift")
        image.pixels[0] = static_cast<std::uint8_t>(image.pixels[0] + 13);
      finished.images.push_back(std::make_shared<const ImageRgb8>(std::move(image)));
    }
    auto written = store_->finish(picture, finished);
    if (!written) return written.error();
    picture = written.value();
    return told(index, {});
  }

  Result<void> told(int index, Result<void> noted) {
    if (noted)
      observer_.on_event(job_, CellChanged{index, pictures_[index], nullptr, rows_, 0, 1.0});
    return noted;
  }

  JobId job_;
  const SweepOptions& options_;
  const Catalogue& catalogue_;
  JobObserver& observer_;
  const std::function<bool(bool)>& wait_step_;
  std::unique_ptr<SweepStore> store_;
  Plan plan_;
  std::vector<CellResult> pictures_;
  std::vector<int> failures_;
  double rows_ = 0;
  bool is_stopped_ = false;
};

}  // namespace

ImageRgb8 fake_picture(const GenerationRequest& request, std::size_t prompt) {
  ImageRgb8 image{static_cast<int>(request.width_px.value_or(2)),
                  static_cast<int>(request.height_px.value_or(1)),
                  {}};
  const std::uint8_t colour[3] = {static_cast<std::uint8_t>(scale_of(request)),
                                  static_cast<std::uint8_t>(request.seed.value_or(77)),
                                  static_cast<std::uint8_t>(prompt)};
  image.pixels.resize(3 * static_cast<std::size_t>(image.width_px) * image.height_px);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] =
        static_cast<std::uint8_t>(colour[i % 3] + (image.width_px > 2 ? (i * i) >> 7 : 0));
  }
  return image;
}

std::string fake_latents_hash(const GenerationRequest& request) {
  const ImageRgb8 image = fake_picture(request, 0);
  return sha256_hex({reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size()});
}

void run_fake_sweep(JobId job,
                    const SweepSpec& spec,
                    const SweepOptions& options,
                    const Catalogue& catalogue,
                    JobObserver& observer,
                    const std::function<bool(bool is_endless)>& wait_step) {
  observer.on_event(job, Queued{});
  const JobEvent last = FakeRun(job, options, catalogue, observer, wait_step).run(spec);
  observer.on_event(job, last);
}

Result<SweepForecast> fake_forecast(const SweepSpec& spec,
                                    const std::string& folder,
                                    const Catalogue& catalogue) {
  auto grid = read_sweep(spec, catalogue);
  if (!grid) return grid.error();
  const Plan plan = plan_of(grid.value(), catalogue);
  std::vector<CellResult> pictures(plan.keys.size());
  if (const auto read = read_sweep_folder(folder, catalogue)) {
    for (const CellResult& known : read.value().pictures) {
      const auto found = std::find(plan.keys.begin(), plan.keys.end(), known.key);
      if (found != plan.keys.end()) pictures[found - plan.keys.begin()] = known;
    }
  }
  return forecast_of(grid.value(), plan, pictures);
}

Result<void> fake_export(const std::string& folder,
                         const ExportOptions& options,
                         const Catalogue& catalogue) {
  const auto read = read_sweep_folder(folder, catalogue);
  if (!read) return read.error();
  if (read.value().grid->spec.base.model == "no-export")
    return Error{ErrorCode::Io, options.path + ": cannot be written: the disk is full"};
  if (options.kind == SweepExport::Html) return write_file(options.path, "<!doctype html>\n");
  return write_png(options.path, {1, 1, {0, 0, 0}});
}

}  // namespace studio::testing
