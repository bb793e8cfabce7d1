// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What samplers share: a schedule, the order of steps, and one of two conventions for the state.
#pragma once

#include "core/sampling/sampler.h"
#include "core/sampling/schedule.h"

namespace studio {

// What an output says of a state: the clean latents it points at and the noise over them, unit
// normal.
struct CleanAndNoise {
  at::Tensor clean, noise;
};

class ScheduledSampler : public Sampler {
 public:
  int steps() const final { return static_cast<int>(schedule_.timesteps.size()); }
  double timestep(int step) const final;
  double noise_sigma(int step) const final;

 protected:
  ScheduledSampler(Schedule schedule, Prediction prediction)
      : schedule_(std::move(schedule)), prediction_(prediction) {}

  // Records that `step` is taken. Errors: throws CheckError when it is not the next one or the
  // shapes differ. Returns the output in the latents' dtype.
  at::Tensor begin_step(int step, const at::Tensor& latents, const at::Tensor& output);
  void check_in_range(int step) const;

  Schedule schedule_;
  Prediction prediction_;

 private:
  int next_step_ = -1;  // -1: not begun, any step may be the first
};

// State x = clean + sigma noise; the model sees x / sqrt(sigma^2 + 1).
class VarianceExploding : public ScheduledSampler {
 public:
  double initial_noise_scale() const final;
  at::Tensor model_input(int step, const at::Tensor& latents) const final;
  at::Tensor noised(int step, const at::Tensor& clean, const at::Tensor& unit_noise) const final;

 protected:
  VarianceExploding(const SamplerSettings& settings, TimestepGrid grid);
  // begin_step(), and what the output says.
  CleanAndNoise begin_and_split(int step, const at::Tensor& latents, const at::Tensor& output);
  // The state at the lower level `sigma` on the straight line through `latents` and the clean
  // latents.
  at::Tensor moved(int step,
                   const at::Tensor& latents,
                   const CleanAndNoise& parts,
                   double sigma) const;

 private:
  // Leading does not start at the last training timestep, where noise alone stands in for the
  // state.
  bool starts_above_noise_;
};

// The signal and noise parts of a state x = alpha clean + sigma noise with alpha^2 + sigma^2 = 1.
struct SignalNoise {
  double alpha = 1.0;
  double sigma = 0.0;
  // log(alpha / sigma), half the log signal-to-noise ratio; infinity when clean.
  double lambda() const;
};
SignalNoise signal_noise(double noise_sigma);

// State x = sqrt(abar) clean + sqrt(1 - abar) noise, abar = 1 / (1 + sigma^2); the model sees x
// itself.
class VariancePreserving : public ScheduledSampler {
 public:
  double initial_noise_scale() const final { return 1.0; }
  at::Tensor model_input(int step, const at::Tensor& latents) const final;
  at::Tensor noised(int step, const at::Tensor& clean, const at::Tensor& unit_noise) const final;

 protected:
  using ScheduledSampler::ScheduledSampler;
  VariancePreserving(const SamplerSettings& settings, TimestepGrid grid)
      : ScheduledSampler(make_schedule(settings, grid), settings.config.prediction) {}
  // begin_step(), and what the output says.
  CleanAndNoise begin_and_split(int step, const at::Tensor& latents, const at::Tensor& output);
};

}  // namespace studio
