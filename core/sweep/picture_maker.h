// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Makes one picture of a sweep from the deepest state that other pictures have left for it.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "core/pipeline/content_hashes.h"
#include "core/pipeline/loaded_model.h"
#include "core/pipeline/run_parts.h"
#include "core/pipeline/step_loop.h"
#include "core/sweep/shared_steps.h"

namespace studio {

struct MadePicture {
  at::Tensor latents;   // [B,4,h,w], the last ones, fp32 on the CPU
  at::Tensor pictures;  // [B,3,H,W] in [0,1], on the CPU
  std::vector<int> rows;  // evaluated at each step
  int first_step = 0;     // above 0 for a start from a picture
  int shared_steps = 0;   // steps from the first one on that were taken from other pictures
  int rows_known = 0;     // rows of the step after these that others had evaluated
  double guidance_norm = 0;
  double step_seconds = 0, decode_seconds = 0;
};

// "steps 1-5 shared, step 6 in part, less memory": for whoever looks at the picture.
std::string how_made(const MadePicture& made, bool less_memory);
// What the file is written from, but for the images.
Finished finished_of(GenerationRequest resolved, const LoadedModel& model, const MadePicture& made);
// What is noted of it, but for its key and its file.
CellResult result_of(const MadePicture& made, const Finished& finished, bool less_memory);

struct MakingOptions {
  RowSharing sharing = RowSharing::Shared;
  bool less_memory = false;
  MarkEvent mark = mark_event;
};

struct MakingCallbacks {
  std::function<void()> checkpoint;     // many times a step; may throw StopRequested
  std::function<void()> between_steps;  // may take as long as it likes; may throw StopRequested
  std::function<bool()> is_wanted_between_steps;  // see StepLoop
  std::function<bool()> may_go_ahead;             // likewise
  // After each step that was run here.
  std::function<void(int step_done, int rows, const SeenStep& step, const StepOutcome& outcome)> on_step;
  std::function<void()> on_decoding;
};

// Threads: one at a time.
class PictureMaker {
 public:
  // `contents`: those that the plan was made with.
  PictureMaker(const SweepPlan& plan, SharedSteps& shared, const Catalogue& catalogue, ContentHashes& contents)
      : plan_(plan), shared_(shared), catalogue_(catalogue), contents_(contents) {}

  // Errors: a sentence when what comes out is not finite; throws what the callbacks throw, and tensor
  // errors. `steps_run` says how far it came, whatever happens.
  Result<MadePicture> make(int picture, LoadedModel& model, const MakingOptions& options, const MakingCallbacks& callbacks, int& steps_run);
  // Lets go of what belongs to a model that is about to leave.
  void forget_model() { conditionings_.clear(); }

 private:
  Result<Attachments> attachments_for(const GenerationRequest& request, LoadedModel& model, const MakingCallbacks& callbacks);
  Result<JobConditioning> conditioning_for(const GenerationRequest& request, LoadedModel& model, const Sampler& sampler, const Terms& terms,
                                           const std::optional<ControlUse>& control);
  Denoiser start(int picture, const RunMaterial& material, Denoiser::Parts parts, at::Tensor& guidance_sum);
  void run_steps(int picture, Denoiser& denoiser, at::Tensor& guidance_sum, const MakingOptions& options, const MakingCallbacks& callbacks,
                 MadePicture& made, int& steps_run);

  // A few: cells that differ in prompt or size often alternate.
  static constexpr std::size_t kKeptConditionings = 8;
  const SweepPlan& plan_;
  SharedSteps& shared_;
  const Catalogue& catalogue_;
  ContentHashes& contents_;
  std::list<std::pair<std::string, JobConditioning>> conditionings_;  // newest first
};

}  // namespace studio
