// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A whole run, in the order of the SEG authors' pipeline.
#include "core/pipeline/pipeline.h"

#include "core/base/check.h"
#include "core/pipeline/pictures.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <chrono>
#include <random>

namespace studio {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

Result<std::unique_ptr<Sampler>> sampler_of(const GenerationRequest& request, const SdxlModel& model) {
  auto spacing = parse_spacing(request.spacing.value_or("leading"));
  if (!spacing) return spacing.error();
  auto sigmas = parse_sigma_kind(request.sigmas);
  if (!sigmas) return sigmas.error();
  return make_sampler(request.sampler, {model.scheduler, static_cast<int>(request.steps), spacing.value(), sigmas.value()});
}

std::string spacing_id(Spacing spacing) {
  switch (spacing) {
    case Spacing::Leading: return "leading";
    case Spacing::Trailing: return "trailing";
    case Spacing::Linspace: return "linspace";
  }
  return "leading";
}

Result<std::int64_t> resolved_side(const char* path, const std::optional<std::int64_t>& side, const SdxlModel& model) {
  const std::int64_t value = side.value_or(model.native_size_px());
  const std::int64_t multiple = model.size_multiple_px();
  if (value % multiple == 0 && value > 0) return value;
  const std::int64_t below = value / multiple * multiple;
  return Error{ErrorCode::InvalidArgument,
               std::string(path) + " is " + std::to_string(value) + ", but must be a multiple of " + std::to_string(multiple) +
                   " for this model: " + (below > 0 ? std::to_string(below) + " or " : "") + std::to_string(below + multiple)};
}

NoiseSource noise_source(std::int64_t seed, const at::Tensor& like) {
  // Samplers that draw noise have a generator of their own, so that the first latents depend on the seed alone.
  auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed) + 1);
  return [generator, options = like.options()](at::IntArrayRef shape) { return at::randn(shape, generator, at::kFloat).to(options); };
}

struct Texts {
  TextInput positive;
  std::optional<TextInput> negative;
};

// Whether any term asks for the negative prompt at some step.
bool needs_negative(const std::vector<std::unique_ptr<GuidanceTerm>>& terms, const Sampler& sampler, const at::Tensor& latents) {
  for (int step = 0; step < sampler.steps(); ++step) {
    const StepInfo info{step, sampler.steps(), sampler.timestep(step), sampler.noise_sigma(step), latents};
    for (const auto& term : terms) {
      for (const Branch& branch : term->plan(info)) {
        if (branch.text == Text::Negative) return true;
      }
    }
  }
  return false;
}

Conditioning condition(const SdxlModel& model, const Texts& texts, const Sampler& sampler, const GenerationRequest& request) {
  std::vector<TextInput> inputs{texts.positive};
  if (texts.negative) inputs.push_back(*texts.negative);
  std::vector<double> timesteps;
  for (int step = 0; step < sampler.steps(); ++step) timesteps.push_back(sampler.timestep(step));
  const auto height = static_cast<double>(*request.height_px), width = static_cast<double>(*request.width_px);
  return model.unet.condition(std::move(inputs), TimeIds{{height, width, 0, 0, height, width}}, std::move(timesteps));
}

at::Tensor first_noise(const GenerationRequest& request, const SdxlModel& model) {
  const int factor = model.vae.config().factor();
  const auto batch = static_cast<std::int64_t>(request.prompts.size());
  auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(*request.seed));
  return at::randn({batch, model.vae.config().latent_channels, *request.height_px / factor, *request.width_px / factor},
                   generator, at::kFloat);
}

}  // namespace

std::int64_t draw_seed() { return static_cast<std::int64_t>(std::random_device{}()); }

Result<GenerationRequest> resolve(const GenerationRequest& request, const SdxlModel& model) {
  GenerationRequest resolved = request;
  auto width = resolved_side("width", request.width_px, model);
  if (!width) return width.error();
  auto height = resolved_side("height", request.height_px, model);
  if (!height) return height.error();
  resolved.width_px = width.value();
  resolved.height_px = height.value();
  if (!resolved.spacing) resolved.spacing = spacing_id(model.scheduler.spacing);
  if (!resolved.seed) resolved.seed = draw_seed();
  if (auto sampler = sampler_of(resolved, model); !sampler) return sampler.error();
  if (auto terms = make_terms(resolved.guidance, model.unet.self_attention_layers()); !terms) return terms.error();
  return resolved;
}

Result<RunResult> run(const GenerationRequest& resolved, const SdxlModel& model, PromptEncoder& prompts,
                      const RunInputs& inputs, const RunCallbacks& callbacks) {
  auto sampler = sampler_of(resolved, model);
  if (!sampler) return sampler.error();
  auto terms = make_terms(resolved.guidance, model.unet.self_attention_layers());
  if (!terms) return terms.error();

  RunResult result;
  result.latents_init = inputs.latents_init.defined() ? inputs.latents_init : first_noise(resolved, model);
  callbacks.on_phase(Phase::Encoding, 0.0);
  callbacks.checkpoint();
  Texts texts{prompts.encode(resolved.prompts), std::nullopt};
  if (needs_negative(terms.value(), *sampler.value(), result.latents_init)) {
    texts.negative = prompts.encode_negative(resolved.negative_prompt, static_cast<std::int64_t>(resolved.prompts.size()));
  }
  result.positive = texts.positive;
  result.negative = texts.negative;

  const at::ScalarType state = model.dtype == at::kDouble ? at::kDouble : at::kFloat;
  const at::Tensor noise = result.latents_init.to(model.device, state);
  const int first_step = inputs.start ? inputs.start->first_step : 0;
  const at::Tensor latents = inputs.start ? sampler.value()->noised(first_step, inputs.start->clean_latents.to(noise.options()), noise)
                                          : noise * sampler.value()->initial_noise_scale();
  Conditioning conditioning = condition(model, texts, *sampler.value(), resolved);
  Denoiser denoiser({&model.unet, std::move(sampler).value(), std::move(terms).value(), std::move(conditioning),
                     noise_source(*resolved.seed, noise), inputs.options.sharing},
                    latents, first_step);

  callbacks.on_phase(Phase::Denoising, 0.0);
  const Clock::time_point start = Clock::now();
  while (!denoiser.is_done()) {
    callbacks.checkpoint();
    const Clock::time_point step_start = Clock::now();
    const StepOutcome outcome = denoiser.step(callbacks.checkpoint);
    const int done = denoiser.next_step();
    result.row_evaluations += outcome.row_evaluations;
    if (inputs.keep_steps) result.steps.push_back(denoiser.latents());
    if (inputs.options.previews) {
      const at::Tensor first = outcome.x0.select(0, 0);
      callbacks.on_preview({.step = done, .image = std::make_shared<const ImageRgb8>(preview_image(first, model.preview))});
    }
    const double per_step = seconds_since(start) / (done - first_step);
    callbacks.on_step({.step = done, .steps = denoiser.steps(), .ms = seconds_since(step_start) * 1e3, .seconds_left = per_step * (denoiser.steps() - done)});
  }
  result.seconds = seconds_since(start);
  callbacks.on_phase(Phase::Decoding, 0.0);
  callbacks.checkpoint();
  result.pictures = model.vae.decode(denoiser.latents().to(model.vae_dtype), {}, callbacks.checkpoint).to(at::kFloat);
  return result;
}

Result<double> count_rows(const GenerationRequest& resolved, const SdxlModel& model) {
  auto sampler = sampler_of(resolved, model);
  if (!sampler) return sampler.error();
  auto terms = make_terms(resolved.guidance, model.unet.self_attention_layers());
  if (!terms) return terms.error();
  double rows = 0;
  for (int step = 0; step < sampler.value()->steps(); ++step) {
    rows += count_branches(terms.value(), {step, sampler.value()->steps(), sampler.value()->timestep(step), sampler.value()->noise_sigma(step), {}});
  }
  return rows;
}

}  // namespace studio
