// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Samplers, noise, texts and pictures of a resolved job.
#include "core/pipeline/run_parts.h"

#include "core/api/conditioning_params.h"
#include "core/api/model_params.h"
#include "core/api/speed_params.h"
#include "core/base/device_streams.h"
#include "core/base/sha256.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace studio {
namespace {

// What decode() does when memory is short: about a sixth of the memory of the usual tiles.
constexpr VaeTiling kSmallTiles{.largest_map_bytes = 0, .tile = 40, .overlap = 12};

class SeededNoise {
 public:
  SeededNoise(std::int64_t seed, const at::TensorOptions& options)
      // Samplers that draw noise have a generator of their own, so that the first latents depend on the seed alone.
      : generator_(at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed) + 1)), options_(options) {}
  // The handle would be shared by copies; what a copy needs is the generator's state.
  SeededNoise(const SeededNoise& other) : generator_(other.generator_.clone()), options_(other.options_) {}
  SeededNoise(SeededNoise&&) = default;
  SeededNoise& operator=(const SeededNoise&) = delete;
  SeededNoise& operator=(SeededNoise&&) = delete;
  ~SeededNoise() = default;

  at::Tensor operator()(at::IntArrayRef shape) const { return send(at::randn(shape, generator_, at::kFloat), options_); }

 private:
  at::Generator generator_;
  at::TensorOptions options_;
};

at::Tensor decode_by(const Vae& vae, const at::Tensor& latents, bool less_memory, const std::function<void()>& checkpoint) {
  if (!less_memory) return vae.decode(latents, decode_tiling(less_memory), checkpoint).to(at::kFloat);
  std::vector<at::Tensor> pictures;
  for (std::int64_t i = 0; i < latents.size(0); ++i) {
    pictures.push_back(vae.decode(latents.narrow(0, i, 1), decode_tiling(less_memory), checkpoint).to(at::kFloat));
  }
  return at::cat(pictures, 0);
}

TimeIds time_ids(const SizeIds& sizes) { return {std::vector<double>(sizes.begin(), sizes.end())}; }

}  // namespace

SchedulerConfig scheduler_for(const GenerationRequest& request, const SchedulerConfig& own) {
  const ModelParams params = model_params(request.sections);
  SchedulerConfig config = own;
  if (params.prediction) config.prediction = parse_prediction(*params.prediction).value();
  if (params.zero_snr) config.has_zero_snr = *params.zero_snr;
  return config;
}

Result<std::unique_ptr<Sampler>> sampler_of(const GenerationRequest& request, const SchedulerConfig& scheduler) {
  auto spacing = parse_spacing(request.spacing.value_or("leading"));
  if (!spacing) return spacing.error();
  auto sigmas = parse_sigma_kind(request.sigmas);
  if (!sigmas) return sigmas.error();
  return make_sampler(request.sampler, {scheduler_for(request, scheduler), static_cast<int>(request.steps), spacing.value(), sigmas.value()});
}

StepInfo step_info(const Sampler& sampler, int step, const at::Tensor& latents) {
  return {step, sampler.steps(), sampler.timestep(step), sampler.noise_sigma(step), latents};
}

int first_step_of(const GenerationRequest& request) {
  const auto start = start_settings(request.sections);
  return start && start.value().is_on() ? first_step_of(static_cast<int>(request.steps), start.value().strength) : 0;
}

NoiseSource seeded_noise(std::int64_t seed, const at::TensorOptions& options) { return SeededNoise(seed, options); }

at::Tensor first_noise(const GenerationRequest& resolved, const SdxlModel& model) {
  const int factor = model.vae.config().factor();
  const auto batch = static_cast<std::int64_t>(resolved.prompts.size());
  auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(*resolved.seed));
  return at::randn({batch, model.vae.config().latent_channels, *resolved.height_px / factor, *resolved.width_px / factor},
                   generator, at::kFloat);
}

bool needs_negative(const Terms& terms, const Sampler& sampler) {
  for (int step = 0; step < sampler.steps(); ++step) {
    for (const auto& term : terms) {
      for (const Branch& branch : term->plan(step_info(sampler, step))) {
        if (branch.text == Text::Negative) return true;
      }
    }
  }
  return false;
}

Result<Texts> encode_texts(PromptEncoder& prompts, const GenerationRequest& resolved, bool with_negative) {
  std::optional<std::optional<std::string>> negative;
  if (with_negative) negative = resolved.negative_prompt;
  return prompts.encode_texts(resolved.prompts, negative, text_options(resolved.sections));
}

std::string padding_key(const GenerationRequest& request, const Terms& terms, const Sampler& sampler, bool zeros_for_empty_negative) {
  if (text_options(request.sections).syntax == PromptSyntax::Plain || !needs_negative(terms, sampler)) return "";
  return negative_key(request, zeros_for_empty_negative);
}

std::string negative_key(const GenerationRequest& request, bool zeros_for_empty_negative) {
  if (!request.negative_prompt && zeros_for_empty_negative) return "zeros";
  return "text " + request.negative_prompt.value_or("");
}

JobConditioning condition(const SdxlModel& model, const Texts& texts, const Sampler& sampler, const GenerationRequest& resolved,
                          const std::optional<ControlUse>& control) {
  std::vector<TextInput> inputs{texts.positive};
  if (texts.negative) inputs.push_back(*texts.negative);
  std::vector<double> timesteps;
  for (int step = 0; step < sampler.steps(); ++step) timesteps.push_back(sampler.timestep(step));
  const SizeConditioning sizes = size_conditioning(resolved.sections, *resolved.width_px, *resolved.height_px);
  std::vector<TimeIds> ids{time_ids(sizes.positive)};
  if (texts.negative) ids.push_back(time_ids(sizes.negative));
  JobConditioning made;
  made.unet = std::make_shared<Conditioning>(model.unet.condition(inputs, ids, timesteps));
  if (!control) return made;
  made.net = control->net;
  made.control = std::make_shared<Conditioning>(made.net->condition(std::move(inputs), std::move(ids), std::move(timesteps)));
  return made;
}

at::Tensor state_noise(const at::Tensor& unit_noise, const SdxlModel& model) {
  return unit_noise.to(model.device, model.dtype == at::kDouble ? at::kDouble : at::kFloat);
}

std::string why_no_fp8(const SdxlModel& model) {
  if (model.placement != nullptr) return "the model's weights come to the GPU and go again";
  return why_no_fp8(model.device, model.dtype);
}

std::string note_on_missing_fp8(const std::string& why) {
  return why.empty() ? "" : "products in fp8 are left out, and pictures are as without: " + why;
}

Denoiser::Parts parts_of(const RunMaterial& material, std::unique_ptr<Sampler> sampler, Terms terms, RowSharing sharing, bool less_memory) {
  const at::Tensor& noise = material.noise;
  Denoiser::Parts parts{.unet = &material.model.unet,
                        .sampler = std::move(sampler),
                        .terms = std::move(terms),
                        .conditioning = material.conditioning.unet,
                        .noise = seeded_noise(*material.resolved.seed, noise.options()),
                        .sharing = sharing,
                        .one_row_at_a_time = less_memory,
                        .negative = negative_key(material.resolved, material.model.index.zeros_for_empty_negative),
                        .control = material.attachments.control,
                        .control_conditioning = material.conditioning.control};
  const SpeedSettings speed = speed_settings(material.resolved.sections);
  parts.encoder_every = speed.encoder_every;
  parts.fp8 = speed.fp8 && why_no_fp8(material.model).empty();
  if (parts.fp8) material.model.unet.prepare_fp8();
  const auto& start = material.attachments.start;
  if (start && start->repaint.defined()) parts.kept = KeptLatents{start->clean_latents.to(noise.options()).expand_as(noise), noise, start->repaint};
  return parts;
}

Denoiser denoiser_of(const RunMaterial& material, Denoiser::Parts parts) {
  const auto& start = material.attachments.start;
  const Sampler& sampler = *parts.sampler;
  const int first_step = start ? start->first_step : 0;
  if (first_step == 0) {
    const at::Tensor latents = material.noise * sampler.initial_noise_scale();
    return {std::move(parts), latents};
  }
  const at::Tensor clean = start->clean_latents.to(material.noise.options()).expand_as(material.noise);
  const at::Tensor latents = first_step < sampler.steps() ? sampler.noised(first_step, clean, material.noise) : clean.clone();
  return {std::move(parts), latents, first_step};
}

VaeTiling decode_tiling(bool less_memory) { return less_memory ? kSmallTiles : VaeTiling(); }

at::Tensor decode(const SdxlModel& model, const at::Tensor& latents, bool less_memory, const std::function<void()>& checkpoint) {
  const at::Tensor pictures = decode_by(model.vae, latents.to(model.vae_dtype), less_memory, checkpoint);
  const auto is_finite = [](const at::Tensor& x) { return at::isfinite(x).all().item<bool>(); };
  if (!c10::isReducedFloatingType(model.vae_dtype) || is_finite(pictures) || !is_finite(latents)) return pictures;
  // Its configuration says that it bears this precision; its numbers say otherwise.
  return decode_by(model.vae.in_dtype(at::kFloat), latents.to(at::kFloat), less_memory, checkpoint);
}

at::Tensor finished_pictures(const RunMaterial& material, const at::Tensor& latents, bool less_memory, const std::function<void()>& checkpoint) {
  const at::Tensor made = decode(material.model, latents, less_memory, checkpoint);
  const auto& start = material.attachments.start;
  if (!start || !start->paste_weights.defined()) return made;
  const at::Tensor weights = start->paste_weights.to(made.options()), picture = start->picture.to(made.options());
  // Not by arithmetic where the picture stays: its own pixels, bit for bit.
  return at::where(weights.eq(0), picture, picture + (made - picture) * weights);
}

Result<void> check_latents(const at::Tensor& latents) {
  if (at::isfinite(latents).all().item<bool>()) return {};
  return Error{ErrorCode::ModelUnloadable,
               "the latents are not finite (NaN or infinite) after the last step: a weight of the model is broken (\"seg-cli check\" with the "
               "model names it), the guidance is too strong, or the precision too small for these settings"};
}

Result<void> check_pictures(const at::Tensor& pictures) {
  if (at::isfinite(pictures).all().item<bool>()) return {};
  return Error{ErrorCode::ModelUnloadable,
               "the decoded picture is not finite (NaN or infinite): a weight of the VAE is broken (\"seg-cli check\" with the model names it), "
               "or the precision too small for its decoder"};
}

std::string hash_latents(const at::Tensor& latents) {
  const at::Tensor plain = latents.to(at::kCPU, at::kFloat).contiguous();
  return sha256_hex({static_cast<const char*>(plain.const_data_ptr()), plain.nbytes()});
}

}  // namespace studio
