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
                                        const at::Tensor& epsilon) {
  check_in_range(step);
  STUDIO_CHECK(next_step_ < 0 || step == next_step_, "step ", step, " instead of ", next_step_);
  STUDIO_CHECK(latents.sizes() == epsilon.sizes(),
               "latents ",
               latents.sizes(),
               ", epsilon ",
               epsilon.sizes());
  next_step_ = step + 1;
  return epsilon.to(latents.scalar_type());
}

VarianceExploding::VarianceExploding(const SamplerSettings& settings, TimestepGrid grid)
    : ScheduledSampler(make_schedule(settings, grid)),
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

at::Tensor VariancePreserving::predicted_clean(int step,
                                               const at::Tensor& latents,
                                               const at::Tensor& epsilon) const {
  const SignalNoise level = signal_noise(noise_sigma(step));
  return (latents - epsilon * level.sigma) / level.alpha;
}

}  // namespace studio
