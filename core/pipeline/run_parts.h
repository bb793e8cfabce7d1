// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The pieces a run is made of, for single jobs and for sweeps that put them together differently.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/api/request.h"
#include "core/model/model_outline.h"
#include "core/model/sdxl_model.h"
#include "core/pipeline/attachments.h"
#include "core/pipeline/denoise.h"
#include "core/pipeline/prompts.h"

namespace studio {

// Errors: those of make_sampler(). The request's spacing is resolved.
Result<std::unique_ptr<Sampler>> sampler_of(const GenerationRequest& request, const SchedulerConfig& scheduler);

StepInfo step_info(const Sampler& sampler, int step, const at::Tensor& latents = {});

// The first step that a job runs: 0 unless it starts from a picture.
int first_step_of(const GenerationRequest& request);

// Unit normal noise from the job's second generator. A copy of the source draws the same numbers from
// where the original stands, each on its own.
NoiseSource seeded_noise(std::int64_t seed, const at::TensorOptions& options);

// [B,4,h,w] in fp32 on the CPU, from the seed alone.
at::Tensor first_noise(const GenerationRequest& resolved, const SdxlModel& model);

// The model's noise schedule and kind of prediction, with what the job says in their place.
SchedulerConfig scheduler_for(const GenerationRequest& request, const SchedulerConfig& own);

// Whether any term asks for the negative prompt at some step.
bool needs_negative(const Terms& terms, const Sampler& sampler);
// Errors: those of PromptEncoder::encode_texts().
Result<Texts> encode_texts(PromptEncoder& prompts, const GenerationRequest& resolved, bool with_negative);

// Stands for the negative prompt in branch_key(): equal texts for equal embeddings.
std::string negative_key(const GenerationRequest& request, bool zeros_for_empty_negative);

// What else the embeddings of the prompts depend on: long prompts are padded to the length of the negative
// one when that is asked for. "" where nothing else does.
std::string padding_key(const GenerationRequest& request, const Terms& terms, const Sampler& sampler, bool zeros_for_empty_negative);

// Of the UNet and, with a ControlNet, of that; it keeps the ControlNet alive.
struct JobConditioning {
  std::shared_ptr<Conditioning> unet, control;
  std::shared_ptr<const ControlNet> net;
};
JobConditioning condition(const SdxlModel& model, const Texts& texts, const Sampler& sampler, const GenerationRequest& resolved,
                          const std::optional<ControlUse>& control);

// What a run is made of, but for its sampler's history and its terms' states.
struct RunMaterial {
  const SdxlModel& model;
  const GenerationRequest& resolved;
  const Attachments& attachments;
  JobConditioning conditioning;
  at::Tensor noise;  // [B,4,h,w] unit normal, on the model's device, in fp32 (fp64 with an fp64 model)
};
// `unit_noise` as a run keeps it.
at::Tensor state_noise(const at::Tensor& unit_noise, const SdxlModel& model);
// Why this model does not do SpeedSettings::fp8, as a sentence's end; "" when it does. Threads: any. May try it on the GPU, once.
std::string why_no_fp8(const SdxlModel& model);
// What to tell whoever asked for it, for such a reason.
std::string note_on_missing_fp8(const std::string& why);

Denoiser::Parts parts_of(const RunMaterial& material, std::unique_ptr<Sampler> sampler, Terms terms, RowSharing sharing, bool less_memory);
// A run from its beginning: from noise, or from a picture with noise of its first step's level. A start that
// leaves out no step is from noise alone. Source of the last rule: diffusers' inpainting at strength 1.
Denoiser denoiser_of(const RunMaterial& material, Denoiser::Parts parts);

// How decode() cuts pictures.
VaeTiling decode_tiling(bool less_memory);

// Latents to pictures [B,3,H,W] in [0,1], fp32. With less_memory one at a time and in tiles. A VAE in a narrow
// precision that does not bear it after all decodes in fp32.
at::Tensor decode(const SdxlModel& model, const at::Tensor& latents, bool less_memory, const std::function<void()>& checkpoint);

// The same, with everything outside a start picture's mask put back to that picture's pixels.
at::Tensor finished_pictures(const RunMaterial& material, const at::Tensor& latents, bool less_memory, const std::function<void()>& checkpoint);
// Errors: ModelUnloadable, saying what makes the last latents, or the pictures decoded from them, not finite.
Result<void> check_latents(const at::Tensor& latents);
Result<void> check_pictures(const at::Tensor& pictures);

// SHA-256 of the latents as contiguous fp32 numbers; 64 hex digits.
std::string hash_latents(const at::Tensor& latents);

}  // namespace studio
