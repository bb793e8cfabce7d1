// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a sweep's lanes need to make previews.
#pragma once

#include <functional>

#include "core/pipeline/preview_maker.h"
#include "core/sweep/picture_maker.h"
#include "core/sweep/sweep_run.h"

namespace studio {

// For a lane, within the budget of its own time. Says through `emit` when the decoder that was asked for
// cannot be had. The caller's thread; `emit` is kept and called by the lane.
PreviewMaker previews_of_lane(const SweepOptions& options, const SweepHost& host, int lane, const std::function<void(JobEvent)>& emit);

struct PreviewedStep {
  int done = 0, steps = 0, picture = -1;
  double seconds = 0;       // the step alone
  double seconds_left = 0;  // for the whole sweep
  bool is_ahead = false;    // see SeenStep
};
// After a step: the preview that is due, and what to do when the sweep stands still now. `alone`: null for
// lanes side by side, which stand still on another thread. Returns the seconds that it took.
double preview_step(PreviewMaker& previews, const SdxlModel& model, const at::Tensor& x0, const PreviewedStep& step, const SweepHost* alone);

// Once a picture is made: what the methods cost. Its own decoding is one by the model's own decoder.
void note_costs(PreviewMaker& previews, const GenerationRequest& request, const MadePicture& made, SpeedBook& speed);

}  // namespace studio
