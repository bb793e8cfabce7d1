// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The sampler seam: from noise to latents, one model prediction a step. A sampler is a value with its
// own history, so a run can be parked between two steps, forked, and continued exactly.
#pragma once

#include "core/api/catalogue.h"
#include "core/api/result.h"

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace studio {

enum class Spacing { Leading, Trailing, Linspace };
enum class SigmaKind { Model, Karras };
// What a UNet's output stands for: the noise, v = alpha noise - sigma clean (in the
// variance-preserving convention), or the clean latents.
enum class Prediction { Epsilon, Velocity, Clean };

// The ids of job files: leading, trailing, linspace; model, karras; epsilon, v_prediction, sample.
// Errors: InvalidArgument naming the text and what is allowed.
Result<Spacing> parse_spacing(std::string_view id);
Result<SigmaKind> parse_sigma_kind(std::string_view id);
Result<Prediction> parse_prediction(std::string_view id);

// Noise levels given in numbers instead of by training timesteps, and a data spread other than 1.
// Source: Karras 2022 (EDM), table 1; diffusers EDMEulerScheduler.
struct EdmConfig {
  double sigma_min = 0.002, sigma_max = 80.0;
  double sigma_data = 0.5;
  double rho = 7.0;
  bool is_exponential = false;  // evenly spaced in log sigma instead of sigma^(1/rho)
};

// A model's scheduler_config.json, as far as samplers need it. Source: diffusers configuration.
struct SchedulerConfig {
  int num_train_timesteps = 1000;
  double beta_start = 0.00085;
  double beta_end = 0.012;
  std::string beta_schedule = "scaled_linear";  // or "linear"
  int steps_offset = 1;
  Spacing spacing = Spacing::Leading;
  Prediction prediction = Prediction::Epsilon;
  bool has_zero_snr = false;    // betas rescaled so that the last timestep is noise alone
  int lcm_original_steps = 50;  // the grid that an LCM was distilled on
  double lcm_timestep_scale = 10.0;
  std::optional<EdmConfig> edm;  // then the betas and their timesteps are not used
};

struct SamplerSettings {
  SchedulerConfig config;
  int steps = 25;  // 1 .. config.num_train_timesteps
  Spacing spacing = Spacing::Leading;
  SigmaKind sigmas = SigmaKind::Model;
};

struct StepResult {
  at::Tensor latents;  // after the step
  at::Tensor x0;       // the model's estimate of the clean latents at this step
};

// Unit normal noise of the given shape, fp32, from the job's second generator.
using NoiseSource = std::function<at::Tensor(at::IntArrayRef shape)>;

// Shapes: latents, output, x0 [B,4,h,w], fp32 (fp64 in gradient tests), on one device.
// Threads: a sampler belongs to one thread at a time. Errors: CheckError on a step out of order.
class Sampler {
 public:
  virtual ~Sampler() = default;

  virtual int steps() const = 0;
  // Timestep the model is asked with; may be fractional.
  virtual double timestep(int step) const = 0;
  // Noise sigma at a step, in the variance-exploding convention: sqrt((1 - abar) / abar).
  virtual double noise_sigma(int step) const = 0;
  // First latents = unit noise times this.
  virtual double initial_noise_scale() const = 0;
  // Latents as the model wants to see them: latents / sqrt(sigma^2 + 1) for variance-exploding states.
  virtual at::Tensor model_input(int step, const at::Tensor& latents) const = 0;
  // Steps must come in order, from 0 or from the first step of a start from a picture.
  // output: the UNet's, after guidance, in the model's own kind of prediction.
  virtual StepResult step(int step,
                          const at::Tensor& latents,
                          const at::Tensor& output,
                          const NoiseSource& noise) = 0;
  // Latents that stand at `step`'s noise level over a clean picture: where image-to-image starts.
  virtual at::Tensor noised(int step, const at::Tensor& clean, const at::Tensor& unit_noise) const = 0;
  // Copies the history too; tensors are shared, they are never written in place.
  virtual std::unique_ptr<Sampler> clone() const = 0;
};

struct SamplerInfo {
  Card card;
  std::unique_ptr<Sampler> (*make)(const SamplerSettings& settings);
  // The sentence saying why this sampler cannot do these settings, or ""; null: it does all that
  // find_settings_problem() lets pass.
  std::string (*find_problem)(const SamplerSettings& settings) = nullptr;
};

// In the order forms show them. euler, euler_a, ddim, dpmpp_2m, unipc, lcm.
std::span<const SamplerInfo* const> samplers();

// Errors: InvalidArgument for an unknown id or settings the sampler cannot do (the message says which).
Result<std::unique_ptr<Sampler>> make_sampler(std::string_view id, const SamplerSettings& settings);

}  // namespace studio
