// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A whole run, in the order of the SEG authors' pipeline.
#include "core/pipeline/pipeline.h"

#include "core/api/conditioning_params.h"
#include "core/base/check.h"
#include "core/base/device.h"
#include "core/base/guard.h"
#include "core/model/recordings.h"
#include "core/pipeline/step_loop.h"

#include <ATen/ATen.h>

#include <chrono>
#include <deque>
#include <random>

namespace studio {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string spacing_id(Spacing spacing) {
  switch (spacing) {
    case Spacing::Leading: return "leading";
    case Spacing::Trailing: return "trailing";
    case Spacing::Linspace: return "linspace";
  }
  return "leading";
}

Result<std::int64_t> resolved_side(const char* path, const std::optional<std::int64_t>& side, const ModelOutline& model) {
  const std::int64_t value = side.value_or(model.native_size_px);
  const std::int64_t multiple = model.size_multiple_px;
  if (value % multiple == 0 && value > 0) return value;
  const std::int64_t below = value / multiple * multiple;
  return Error{ErrorCode::InvalidArgument,
               std::string(path) + " is " + std::to_string(value) + ", but must be a multiple of " + std::to_string(multiple) +
                   " for this model: " + (below > 0 ? std::to_string(below) + " or " : "") + std::to_string(below + multiple)};
}

// What can be said of the texts before a model is loaded.
Result<void> check_texts(const GenerationRequest& request, const ModelOutline& model) {
  const TextOptions options = text_options(request.sections);
  if (model.text_layers > 0 && options.clip_skip >= model.text_layers) {
    return Error{ErrorCode::InvalidArgument, "conditioning.clip_skip is " + std::to_string(options.clip_skip) +
                                                 ", but must be from 0 to " + std::to_string(model.text_layers - 1) +
                                                 " for this model, whose text encoders are that shallow"};
  }
  if (options.syntax != PromptSyntax::Weighted) return {};
  for (std::size_t i = 0; i < request.prompts.size(); ++i) {
    const std::string path = request.prompts.size() == 1 ? "prompt" : "prompt[" + std::to_string(i) + "]";
    if (auto parsed = parse_weighted_prompt(request.prompts[i]); !parsed) return std::move(parsed).in_context(path).error();
  }
  if (auto parsed = parse_weighted_prompt(request.negative_prompt.value_or("")); !parsed) {
    return std::move(parsed).in_context("negative_prompt").error();
  }
  return {};
}

PreviewSetup preview_setup(const RunInputs& inputs) {
  const RunOptions& options = inputs.options;
  return {.method = options.preview.method,
          .budget = options.previews ? options.preview_budget : 0.0,
          .decoder = inputs.preview_decoder,
          .known = inputs.preview_costs,
          .less_memory = options.less_memory};
}

// Whether work that found no memory finds more now, as recordings gave theirs back.
template <class T>
bool is_worth_again(const Result<T>& result, c10::Device device) {
  return !result && result.error().code == ErrorCode::OutOfMemory && forget_recordings(device);
}

// One step; when there is no memory for it, the same with one row at a time.
Result<StepOutcome> make_step(Denoiser& denoiser, const SdxlModel& model, const RunCallbacks& callbacks) {
  // Memory is asked for here, not when the device gets there.
  const auto step = [&]() -> Result<StepOutcome> { return denoiser.step(callbacks.checkpoint); };
  auto outcome = to_result(step);
  if (is_worth_again(outcome, model.device)) outcome = to_result(step);
  if (outcome || outcome.error().code != ErrorCode::OutOfMemory || denoiser.saves_memory()) return outcome;
  callbacks.on_note("there was not enough memory: from here on this job computes one row of a step at a time");
  denoiser.save_memory();
  release_unused_memory(model.device);
  return to_result(step);
}

// The pictures; when there is no memory for them at once, in tiles.
Result<at::Tensor> make_pictures(const RunMaterial& material, const at::Tensor& latents, const RunOptions& options, const RunCallbacks& callbacks) {
  const auto decoded = [&](bool less_memory) {
    return to_result([&]() -> Result<at::Tensor> { return finished_pictures(material, latents, less_memory, callbacks.checkpoint); });
  };
  auto pictures = decoded(options.less_memory);
  if (is_worth_again(pictures, material.model.device)) pictures = decoded(options.less_memory);
  if (pictures || pictures.error().code != ErrorCode::OutOfMemory || options.less_memory) return pictures;
  callbacks.on_note("there was not enough memory: the picture is decoded in tiles");
  release_unused_memory(material.model.device);
  return decoded(true);
}

// A step that was asked for.
struct AskedStep {
  StepOutcome outcome;
  at::Tensor latents;
  int done = 0;
};

Result<void> run_steps(Denoiser& denoiser, const SdxlModel& model, const RunInputs& inputs, const RunCallbacks& callbacks, RunResult& result) {
  const int first_step = denoiser.next_step(), steps = denoiser.steps();
  // Weights that come in turns are waited for in the middle of a step.
  const bool can_be_ahead = model.placement == nullptr && !inputs.can_stop_inside;
  PreviewMaker previews(preview_setup(inputs), callbacks.on_preview, callbacks.on_note);
  constexpr int kNoSweep = -1;
  std::deque<AskedStep> asked;
  int seen = first_step;
  const auto seconds_left = [&] { return result.seconds / (seen - first_step) * (steps - seen); };
  const auto ask = [&]() -> Result<void> {
    auto made = make_step(denoiser, model, callbacks);
    if (!made) return made.error();
    asked.push_back({std::move(made).value(), denoiser.latents(), denoiser.next_step()});
    return {};
  };
  const auto see = [&](const SeenStep& time) {
    const AskedStep step = std::move(asked.front());
    asked.pop_front();
    seen = step.done;
    previews.plan().stepped(time.seconds);
    result.seconds += time.seconds;
    result.row_evaluations += step.outcome.row_evaluations;
    if (inputs.keep_steps) result.steps.push_back(step.latents);
    const double left = seconds_left();
    previews.after_step(model, step.outcome.x0, {seen, kNoSweep, left, time.is_ahead});
    callbacks.while_still(seen == steps ? StandstillWork() : previews.upgrade(model, step.outcome.x0, seen, kNoSweep));
    callbacks.on_step(
        {.step = seen, .steps = steps, .ms = time.seconds * 1e3, .seconds_left = left, .preview_share = previews.plan().share()});
  };
  auto done = run_step_loop({.device = model.device,
                             .is_done = [&] { return denoiser.is_done(); },
                             .ask = ask,
                             .see = see,
                             // The first step says what steps cost, and its preview answers a moved slider.
                             .may_go_ahead = [&] { return can_be_ahead && seen > first_step && !previews.needs_device(seconds_left()); },
                             .checkpoint = callbacks.checkpoint,
                             .between_steps = callbacks.between_steps,
                             .is_wanted_between_steps = callbacks.is_wanted_between_steps,
                             .mark = inputs.mark});
  if (!done) return done;
  result.seconds += previews.plan().spent_seconds();
  result.preview_share = previews.plan().share();
  result.preview_costs = previews.plan().measured();
  return {};
}

}  // namespace

std::int64_t draw_seed() { return static_cast<std::int64_t>(std::random_device{}()); }

Result<GenerationRequest> resolve(const GenerationRequest& request, const ModelOutline& model) {
  GenerationRequest resolved = request;
  auto width = resolved_side("width", request.width_px, model);
  if (!width) return width.error();
  auto height = resolved_side("height", request.height_px, model);
  if (!height) return height.error();
  resolved.width_px = width.value();
  resolved.height_px = height.value();
  if (!resolved.spacing) resolved.spacing = spacing_id(model.scheduler.spacing);
  if (!resolved.seed) resolved.seed = draw_seed();
  if (auto texts = check_texts(resolved, model); !texts) return texts.error();
  if (auto sampler = sampler_of(resolved, model.scheduler); !sampler) return sampler.error();
  if (auto terms = make_terms(resolved.guidance, model.layers); !terms) return terms.error();
  if (auto start = start_settings(resolved.sections); !start) return start.error();
  if (auto control = control_settings(resolved.sections); !control) return control.error();
  return resolved;
}

Result<GenerationRequest> resolve(const GenerationRequest& request, const SdxlModel& model) { return resolve(request, outline_of(model)); }

Result<RunResult> run(const GenerationRequest& resolved, const SdxlModel& model, PromptEncoder& prompts,
                      const RunInputs& inputs, const RunCallbacks& callbacks) {
  auto sampler = sampler_of(resolved, model.scheduler);
  if (!sampler) return sampler.error();
  auto terms = make_terms(resolved.guidance, model.unet.self_attention_layers());
  if (!terms) return terms.error();

  RunResult result;
  result.latents_init = inputs.latents_init.defined() ? inputs.latents_init : first_noise(resolved, model);
  callbacks.on_phase(Phase::Encoding, 0.0);
  callbacks.checkpoint();
  auto encoded = encode_texts(prompts, resolved, needs_negative(terms.value(), *sampler.value()));
  if (!encoded) return encoded.error();
  const Texts& texts = encoded.value();
  result.positive = texts.positive;
  result.negative = texts.negative;
  const RunMaterial material{model, resolved, inputs.attachments,
                             condition(model, texts, *sampler.value(), resolved, inputs.attachments.control),
                             state_noise(result.latents_init, model)};
  Denoiser::Parts parts = parts_of(material, std::move(sampler).value(), std::move(terms).value(), inputs.options.sharing, inputs.options.less_memory);
  parts.can_stop_inside = inputs.can_stop_inside;
  Denoiser denoiser = denoiser_of(material, std::move(parts));
  callbacks.on_phase(Phase::Denoising, 0.0);
  if (auto done = run_steps(denoiser, model, inputs, callbacks, result); !done) return done.error();
  if (auto finite = check_latents(denoiser.latents()); !finite) return finite.error();
  callbacks.on_phase(Phase::Decoding, 0.0);
  callbacks.checkpoint();
  result.latents_hash = hash_latents(denoiser.latents());
  const Clock::time_point decoding = Clock::now();
  auto pictures = make_pictures(material, denoiser.latents(), inputs.options, callbacks);
  if (!pictures) return pictures.error();
  result.pictures = std::move(pictures).value();
  if (auto finite = check_pictures(result.pictures); !finite) return finite.error();
  result.decode_seconds = seconds_since(decoding);
  return result;
}

Result<double> count_rows(const GenerationRequest& resolved, const SdxlModel& model) {
  auto sampler = sampler_of(resolved, model.scheduler);
  if (!sampler) return sampler.error();
  auto terms = make_terms(resolved.guidance, model.unet.self_attention_layers());
  if (!terms) return terms.error();
  double rows = 0;
  for (int step = first_step_of(resolved); step < sampler.value()->steps(); ++step) {
    rows += count_branches(terms.value(), step_info(*sampler.value(), step));
  }
  return rows;
}

}  // namespace studio
