// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// From a request to pictures, without threads: tokens, latents, image.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/api/engine.h"
#include "core/pipeline/preview_maker.h"
#include "core/pipeline/run_parts.h"
#include "core/pipeline/step_loop.h"

namespace studio {

// What a run tells while it goes. Every member may be left as it is.
struct RunCallbacks {
  std::function<void()> checkpoint = [] {};  // many times a step; may throw StopRequested
  std::function<void()> between_steps = [] {};  // may take as long as it likes; may throw StopRequested
  // Whether between_steps would do more than return: only then is a GPU that is a step ahead waited for.
  std::function<bool()> is_wanted_between_steps = [] { return false; };
  // Before between_steps: what is worth doing, once, if the run stands still there; may be empty.
  std::function<void(StandstillWork)> while_still = [](StandstillWork) {};
  std::function<void(std::string)> on_note = [](std::string) {};  // a sentence to be told
  std::function<void(Phase, double fraction)> on_phase = [](Phase, double) {};
  std::function<void(const StepDone&)> on_step = [](const StepDone&) {};
  std::function<void(const Preview&)> on_preview = [](const Preview&) {};
};

struct RunResult {
  at::Tensor latents_init;          // [B,4,h,w] unit normal noise
  std::vector<at::Tensor> steps;    // latents after each step, kept when asked for
  at::Tensor pictures;              // [B,3,H,W] in [0,1], fp32
  TextInput positive;
  std::optional<TextInput> negative;  // with CFG
  double seconds = 0;               // denoising alone
  double row_evaluations = 0;
  double preview_share = 0;         // of denoising and previews together
  PreviewCosts preview_costs;       // as measured in this run
  double decode_seconds = 0;        // the whole batch
  std::string latents_hash;         // see hash_latents()
};

struct RunInputs {
  RunOptions options;
  bool keep_steps = false;
  PreviewCosts preview_costs;          // what earlier runs found
  std::shared_ptr<const TinyVae> preview_decoder;  // null: none
  at::Tensor latents_init;             // given noise, or undefined: drawn from the seed
  Attachments attachments;             // of this very job: AttachmentShelf::get()
  bool can_stop_inside = false;        // a stop is noticed within a GPU's step, which takes a little longer
  MarkEvent mark = mark_event;         // tests have devices of their own
};

// For a job that names none: short enough to be typed again.
std::int64_t draw_seed();

// The request with seed, size and spacing filled in, checked against the model.
// Errors: InvalidArgument, such as a size that is no multiple of the model's.
Result<GenerationRequest> resolve(const GenerationRequest& request, const ModelOutline& model);
Result<GenerationRequest> resolve(const GenerationRequest& request, const SdxlModel& model);

// UNet rows a resolved request asks for over all steps.
Result<double> count_rows(const GenerationRequest& resolved, const SdxlModel& model);

// Runs a resolved request. Errors: those of terms and samplers; throws StopRequested from
// callbacks.checkpoint and tensor errors. Threads: blocks; sets no global state.
Result<RunResult> run(const GenerationRequest& resolved, const SdxlModel& model, PromptEncoder& prompts,
                      const RunInputs& inputs, const RunCallbacks& callbacks);

}  // namespace studio
