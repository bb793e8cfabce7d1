// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Runs a sweep in a folder, picture by picture, and says how it goes. What a sweep needs of an engine it
// gets through SweepHost, so that tests can bring their own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/api/engine.h"
#include "core/pipeline/loaded_model.h"
#include "core/pipeline/preview_decoders.h"
#include "core/pipeline/preview_maker.h"
#include "core/pipeline/step_loop.h"
#include "core/sweep/speed_book.h"
#include "core/sweep/sweep_plan.h"
#include "core/sweep/sweep_store.h"

namespace studio {

struct SweepHost {
  const Catalogue* catalogue = nullptr;
  std::string dtype;  // what models compute in: part of every picture's key
  SpeedBook* speed = nullptr;
  std::function<void()> checkpoint = [] {};     // many times a step; may throw StopRequested
  std::function<void()> between_steps = [] {};  // may take as long as it likes; may throw StopRequested
  // Before between_steps: what is worth doing, once, if the run stands still there; may be empty.
  std::function<void(StandstillWork)> while_still = [](StandstillWork) {};
  // The one that previews of a lane's pictures are made with, and what to say when it cannot be had. Asked
  // before the lanes begin.
  std::function<PreviewDecoders::Choice(int lane)> preview_decoder = [](int) { return PreviewDecoders::Choice(); };
  std::function<void(const JobEvent&)> emit = [](const JobEvent&) {};
  // From configuration files alone; with the weights' hash where that is known.
  std::function<Result<ModelOutline>(const ModelUse& model)> outline;
  // The model, loaded when it is not; progress is told with 0..1.
  using Load = std::function<Result<std::shared_ptr<LoadedModel>>(const ModelUse& model, const std::function<void(double)>& progress)>;
  Load load;
  // Further devices that make pictures beside the first one, each on a thread of its own, which begins with
  // enter_lane(). Of all other functions only mark and on_latents are called there, the latter by one thread at a time.
  std::vector<Load> more_lanes;
  std::function<void()> enter_lane = [] {};
  // Whether between_steps() would do more than return.
  std::function<bool()> is_wanted_between_steps = [] { return false; };
  // Why a model that is loaded already will be loaded again, as a sentence; "" for none.
  std::function<std::string(const ModelUse& model)> reason_to_reload = [](const ModelUse&) {
    return std::string();
  };
  std::string note;  // to be told at the start; "" for none
  // Of files that jobs name; null: the run has its own.
  ContentHashes* contents = nullptr;
  // A waiting picture that somebody wants next.
  std::function<std::optional<int>()> take_forwarded = [] { return std::nullopt; };
  // Right after SweepStarted, when options.start_paused.
  std::function<void()> pause = [] {};
  // Each picture's last latents [B,4,h,w], fp32 on the CPU, for whoever wants to compare them.
  std::function<void(int picture, const at::Tensor& latents)> on_latents = [](int, const at::Tensor&) {};
  std::int64_t most_snapshot_bytes = 1'000'000'000;
  MarkEvent mark = mark_event;  // see RunInputs
};

// The models of a grid; those that cannot be read carry the reason.
std::vector<SweepModel> outline_models(const SweepGrid& grid, const SweepHost& host);

// What a sweep costs. `result_of` knows what earlier runs made, by picture; may be empty. `folder`: where
// it will be; "" leaves the free space unknown. Errors: none.
SweepForecast forecast_sweep(const SweepPlan& plan, const std::vector<CellResult>& results, const std::string& folder, const SpeedBook& speed,
                             const Catalogue& catalogue);

// Errors: Io when what is left needs more than the folder's disk has free.
Result<void> check_disk(const SweepForecast& forecast, const SweepOptions& options);

// Runs the sweep of an open folder to its end: emits SweepStarted and everything after but the terminal
// event, all from the thread of the caller. A picture that cannot be made is noted and the others go on.
// Errors: Io when the folder cannot be written any more or its disk is too small: what is finished stays.
// Throws StopRequested from the host's functions; nothing finished is lost then.
Result<SweepFinished> run_sweep(SweepStore& store, const SweepOptions& options, const SweepHost& host);

}  // namespace studio
