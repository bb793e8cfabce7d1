// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Folder, host and run of a sweep put together.
#include "core/engine_sweeps.h"

#include "core/api/speed_params.h"
#include "core/base/device.h"
#include "core/base/guard.h"
#include "core/io/sweep_json.h"
#include "core/make_engine.h"
#include "core/pipeline/run_parts.h"
#include "core/sweep/sweep_run.h"
#include "core/sweep/sweep_store.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace studio {
namespace {

// As for single jobs: a model that does not fit is loaded again in a way that takes less of the device.
Result<std::shared_ptr<LoadedModel>> use_as_it_fits(ModelShelf& shelf, const ModelUse& use, const std::function<void(double)>& progress) {
  for (;;) {
    auto loaded = to_result([&] { return shelf.use(use, progress); });
    if (loaded || loaded.error().code != ErrorCode::OutOfMemory || !shelf.take_less_memory(use)) return loaded;
    release_unused_memory(shelf.device());
  }
}

bool asks_for_fp8(const SweepSpec& spec) {
  const auto asks = [](const GenerationRequest& request) { return speed_settings(request.sections).fp8; };
  return asks(spec.base) || std::any_of(spec.listed.begin(), spec.listed.end(), asks) ||
         std::any_of(spec.axes.begin(), spec.axes.end(), [](const SweepAxis& axis) { return axis.param == "speed.fp8"; });
}

// Finished pictures of the folder in the order of the plan: by key where the weights are known, else by
// place when the folder holds just this plan.
std::vector<CellResult> results_in(const SweepFolder& folder, const SweepPlan& plan, const std::string& dtype) {
  std::vector<CellResult> results(plan.pictures().size());
  std::unordered_map<std::string, const CellResult*> by_key;
  for (const CellResult& result : folder.pictures) by_key.emplace(result.key, &result);
  bool found_any = false;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto found = by_key.find(plan.key(static_cast<int>(i), dtype, catalogue()));
    if (found == by_key.end()) continue;
    results[i] = *found->second;
    found_any = true;
  }
  const bool is_unread = !plan.models().empty() && plan.models().front().outline.hash.empty();
  const bool is_same = folder.grid != nullptr && sweep_to_json(folder.grid->spec, catalogue()) == sweep_to_json(plan.grid().spec, catalogue());
  if (!found_any && is_unread && is_same && folder.picture_of_cell == plan.picture_of_cell() && folder.pictures.size() == results.size()) return folder.pictures;
  return results;
}

}  // namespace

void ForwardWishes::open(JobId sweep) {
  const std::lock_guard lock(mutex_);
  wishes_[sweep];
}

void ForwardWishes::close(JobId sweep) {
  const std::lock_guard lock(mutex_);
  wishes_.erase(sweep);
}

void ForwardWishes::add(JobId sweep, int picture) {
  const std::lock_guard lock(mutex_);
  const auto found = wishes_.find(sweep);
  if (found == wishes_.end()) return;
  found->second.push_back(picture);
  if (found->second.size() > kMost) found->second.pop_front();
}

std::optional<int> ForwardWishes::take(JobId sweep) {
  const std::lock_guard lock(mutex_);
  const auto found = wishes_.find(sweep);
  if (found == wishes_.end() || found->second.empty()) return std::nullopt;
  const int picture = found->second.front();
  found->second.pop_front();
  return picture;
}

Result<JobQueue::Sweep> EngineSweeps::prepare(SweepSpec spec, SweepOptions options) {
  const auto refuse = [](std::string why) { return Error{ErrorCode::InvalidArgument, std::move(why)}; };
  if (options.folder.empty()) return refuse("a sweep needs a folder for its pictures");
  if (options.shards < 1 || options.shard < 0 || options.shard >= options.shards) {
    return refuse("share " + std::to_string(options.shard + 1) + " of " + std::to_string(options.shards) + " is none; shares are 1/1, 1/2, 2/2 and so on");
  }
  if (!(options.preview_budget >= 0 && options.preview_budget <= 1)) return refuse("the part of the time for previews must be from 0 to 1");
  auto grid = read_sweep(spec, catalogue());
  if (!grid) return grid.error();
  return JobQueue::Sweep{std::move(spec), std::make_shared<const SweepGrid>(std::move(grid).value()), std::move(options)};
}

JobEvent EngineSweeps::run(const JobQueue::Job& job, JobQueue::Context& context, const std::function<void()>& pause,
                           const std::function<void()>& enter_lane) {
  const SweepOptions& options = job.sweep->options;
  struct Wishes {
    ForwardWishes& all;
    JobId sweep;
    ~Wishes() { all.close(sweep); }
  } wishes{wishes_, job.id};
  wishes_.open(job.id);
  auto store = SweepStore::open(job.sweep->spec, options, catalogue());
  if (!store) return Failed{store.error()};
  SweepHost host;
  host.catalogue = &catalogue();
  host.dtype = dtype_;
  host.speed = &speed_;
  host.checkpoint = [&] { context.checkpoint(); };
  StandstillWork while_still;
  host.between_steps = [&] { context.between_steps(std::exchange(while_still, {})); };
  host.while_still = [&](StandstillWork work) { while_still = std::move(work); };
  std::vector<PreviewDecoders> more_decoders;
  for (const ModelShelf& shelf : more_models_) more_decoders.push_back(shelf.decoders());
  host.preview_decoder = [&](int lane) { return (lane == 0 ? decoders_ : more_decoders[lane - 1]).get(options.preview); };
  host.emit = [&](const JobEvent& event) { context.emit(event); };
  host.outline = [&](const ModelUse& use) { return models_.outline(use); };
  host.reason_to_reload = [&](const ModelUse& use) { return models_.reason_to_reload(use); };
  if (asks_for_fp8(job.sweep->spec)) host.note = note_on_missing_fp8(why_no_fp8(models_.device(), models_.dtype()));
  host.load = [&](const ModelUse& use, const std::function<void(double)>& progress) { return use_as_it_fits(models_, use, progress); };
  for (ModelShelf& shelf : more_models_) {
    host.more_lanes.push_back([&shelf](const ModelUse& use, const std::function<void(double)>& progress) { return use_as_it_fits(shelf, use, progress); });
  }
  host.enter_lane = enter_lane;
  host.is_wanted_between_steps = [&] { return context.is_wanted_between_steps(); };
  host.contents = &contents_;
  host.take_forwarded = [&] { return wishes_.take(job.id); };
  host.pause = pause;
  auto done = run_sweep(*store.value(), options, host);
  if (!done) return Failed{done.error()};
  return std::move(done).value();
}

Result<SweepForecast> EngineSweeps::forecast(const SweepSpec& spec, const std::string& folder) const {
  SweepSpec wanted = spec;
  std::optional<SweepFolder> there;
  if (!folder.empty()) {
    if (auto kept = read_sweep_spec(folder, catalogue()); kept && kept.value()) {
      wanted = with_seeds_of(std::move(wanted), *kept.value());
      if (auto read = read_sweep_folder(folder, catalogue())) there = std::move(read).value();
    }
  }
  auto grid = read_sweep(wanted, catalogue());
  if (!grid) return grid.error();
  const auto shared = std::make_shared<const SweepGrid>(std::move(grid).value());
  SweepHost host;
  host.catalogue = &catalogue();
  host.outline = [&](const ModelUse& use) { return models_.outline(use); };
  const SweepPlan plan = SweepPlan::make(shared, catalogue(), outline_models(*shared, host), contents_);
  const std::vector<CellResult> results = there ? results_in(*there, plan, dtype_) : std::vector<CellResult>();
  return forecast_sweep(plan, results, folder, speed_, catalogue());
}

}  // namespace studio
