// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// DDIM without added noise: the predicted clean latents, noised again to the next lower level.
#include "core/sampling/scheduled_sampler.h"

#include <ATen/ATen.h>

#include <cmath>

namespace studio {
namespace {

// The sigma each step ends at; the last is that of training timestep 0, not 0.
// With the model's sigmas a step ends floor(train / n) below its own timestep, as in diffusers:
// with trailing and linspace spacing that is near the next timestep, not always on it.
std::vector<double> target_sigmas(const SamplerSettings& settings, const Schedule& schedule) {
  const std::vector<double> table =
      training_sigmas(training_abar(settings.config, smallest_abar(settings)));
  const double stride = settings.config.num_train_timesteps / settings.steps;
  std::vector<double> targets;
  for (int i = 0; i < settings.steps; ++i) {
    if (settings.sigmas == SigmaKind::Model)
      targets.push_back(sigma_at(table, schedule.timesteps[i] - stride));
    else
      targets.push_back(i + 1 < settings.steps ? schedule.sigmas[i + 1] : table.front());
  }
  return targets;
}

// Source: Song 2020 (DDIM), eq. 12 with eta 0; diffusers 0.30.3 DDIMScheduler with clip_sample and
// set_alpha_to_one false. Differs: it has no Karras sigmas; here those run between the ends of the
// spaced sigmas, with abar = 1 / (1 + sigma^2) and fractional timesteps by log sigma. A timestep
// past the training range (leading, 1000 steps), which it cannot look up, takes the range's end.
class Ddim final : public VariancePreserving {
 public:
  explicit Ddim(const SamplerSettings& settings)
      : VariancePreserving(settings, TimestepGrid::Rounded),
        target_sigmas_(target_sigmas(settings, schedule_)) {}

  StepResult step(int step,
                  const at::Tensor& latents,
                  const at::Tensor& output,
                  const NoiseSource&) override {
    const CleanAndNoise parts = begin_and_split(step, latents, output);
    const SignalNoise target = signal_noise(target_sigmas_[step]);
    return {parts.clean * target.alpha + parts.noise * target.sigma, parts.clean};
  }

  std::unique_ptr<Sampler> clone() const override { return std::make_unique<Ddim>(*this); }

 private:
  std::vector<double> target_sigmas_;
};

}  // namespace

const SamplerInfo& ddim_sampler() {
  static const SamplerInfo info{
      .card = {.id = "ddim",
               .label = "DDIM",
               .source = "Song 2020, arXiv 2010.02502, eq. 12; diffusers DDIMScheduler",
               .doc = "First-order steps without added noise that end at the model's lowest noise.",
               .params = {}},
      .make = [](const SamplerSettings& settings) -> std::unique_ptr<Sampler> {
        return std::make_unique<Ddim>(settings);
      },
      .find_problem = [](const SamplerSettings& settings) -> std::string {
        if (!settings.config.edm) return "";
        return "sampler ddim ends at the lowest of a model's training timesteps, and this model's "
               "EDM "
               "noise levels have none; allowed: euler, euler_a, dpmpp_2m, unipc";
      }};
  return info;
}

}  // namespace studio
