// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Shared parts of samplers.
#include "core/sampling/scheduled_sampler.h"

#include "core/base/check.h"

#include <ATen/ATen.h>

#include <cmath>

namespace studio {

void ScheduledSampler::check_in_range(int step) const {
  STUDIO_CHECK(step >= 0 && step < steps(), "step ", step, " of ", steps());
}

double ScheduledSampler::timestep(int step) const {
  check_in_range(step);
  return schedule_.timesteps[step];
}

double ScheduledSampler::noise_sigma(int step) const {
  check_in_range(step);
  return schedule_.sigmas[step];
}

at::Tensor ScheduledSampler::begin_step(int step,
                                        const at::Tensor& latents,
                                        const at::Tensor& output) {
  check_in_range(step);
  STUDIO_CHECK(next_step_ < 0 || step == next_step_, "step ", step, " instead of ", next_step_);
  STUDIO_CHECK(
      latents.sizes() == output.sizes(), "latents ", latents.sizes(), ", output ", output.sizes());
  next_step_ = step + 1;
  return output.to(latents.scalar_type());
}

VarianceExploding::VarianceExploding(const SamplerSettings& settings, TimestepGrid grid)
    : ScheduledSampler(make_schedule(settings, grid), settings.config.prediction),
      starts_above_noise_(settings.spacing == Spacing::Leading) {}

double VarianceExploding::initial_noise_scale() const {
  const double sigma = schedule_.sigmas.front();
  return starts_above_noise_ ? std::sqrt(sigma * sigma + 1.0) : sigma;
}

at::Tensor VarianceExploding::model_input(int step, const at::Tensor& latents) const {
  const double sigma = noise_sigma(step);
  return latents / std::sqrt(sigma * sigma + 1.0);
}

at::Tensor VarianceExploding::noised(int step,
                                     const at::Tensor& clean,
                                     const at::Tensor& unit_noise) const {
  return clean + unit_noise.to(clean.options()) * noise_sigma(step);
}

// Source: diffusers 0.30.3 EulerDiscreteScheduler.step; its (x - clean) / sigma is written out for
// a velocity, where the difference would lose what matters at a sigma of 4096.
CleanAndNoise VarianceExploding::begin_and_split(int step,
                                                 const at::Tensor& latents,
                                                 const at::Tensor& output) {
  const at::Tensor out = begin_step(step, latents, output);
  const double sigma = schedule_.sigmas[step];
  const double variance = sigma * sigma + 1.0, root = std::sqrt(variance);
  switch (prediction_) {
    case Prediction::Epsilon:
      return {latents - out * sigma, out};
    case Prediction::Velocity:
      return {latents / variance - out * (sigma / root), latents * (sigma / variance) + out / root};
    case Prediction::Clean:
      return {out, (latents - out) / sigma};
  }
  STUDIO_CHECK(false, "unknown prediction");
  return {};
}

at::Tensor VarianceExploding::moved(int step,
                                    const at::Tensor& latents,
                                    const CleanAndNoise& parts,
                                    double sigma) const {
  if (prediction_ == Prediction::Epsilon)
    return latents + parts.noise * (sigma - schedule_.sigmas[step]);
  return parts.clean + parts.noise * sigma;
}

double SignalNoise::lambda() const { return std::log(alpha) - std::log(sigma); }

SignalNoise signal_noise(double noise_sigma) {
  const double alpha = 1.0 / std::sqrt(noise_sigma * noise_sigma + 1.0);
  return {alpha, noise_sigma * alpha};
}

at::Tensor VariancePreserving::model_input(int step, const at::Tensor& latents) const {
  check_in_range(step);
  return latents;
}

at::Tensor VariancePreserving::noised(int step,
                                      const at::Tensor& clean,
                                      const at::Tensor& unit_noise) const {
  const SignalNoise level = signal_noise(noise_sigma(step));
  return clean * level.alpha + unit_noise.to(clean.options()) * level.sigma;
}

CleanAndNoise VariancePreserving::begin_and_split(int step,
                                                  const at::Tensor& latents,
                                                  const at::Tensor& output) {
  const at::Tensor out = begin_step(step, latents, output);
  const SignalNoise level = signal_noise(schedule_.sigmas[step]);
  switch (prediction_) {
    case Prediction::Epsilon:
      return {(latents - out * level.sigma) / level.alpha, out};
    case Prediction::Velocity:
      return {latents * level.alpha - out * level.sigma, out * level.alpha + latents * level.sigma};
    case Prediction::Clean:
      return {out, (latents - out * level.alpha) / level.sigma};
  }
  STUDIO_CHECK(false, "unknown prediction");
  return {};
}

}  // namespace studio
