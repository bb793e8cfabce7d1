// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Latent consistency models: each step goes all the way to clean latents, which are noised again.
#include "core/base/check.h"
#include "core/sampling/scheduled_sampler.h"

#include <ATen/ATen.h>

#include <cmath>
#include <sstream>

namespace studio {
namespace {

constexpr double kSigmaData = 0.5;

// Timesteps of the distillation's grid, from its end in even strides. Source: diffusers 0.30.3
// LCMScheduler.set_timesteps with strength 1.
Schedule lcm_schedule(const SamplerSettings& settings) {
  const std::string problem = find_settings_problem(settings);
  STUDIO_CHECK(problem.empty(), problem);
  const int original = settings.config.lcm_original_steps;
  const int stride = settings.config.num_train_timesteps / original;
  const std::vector<double> table =
      training_sigmas(training_abar(settings.config, smallest_abar(settings)));
  const double distance = static_cast<double>(original) / settings.steps;
  Schedule schedule;
  for (int i = 0; i < settings.steps; ++i) {
    const int place = original - static_cast<int>(std::floor(i * distance));
    schedule.timesteps.push_back(place * stride - 1);
    schedule.sigmas.push_back(sigma_at(table, schedule.timesteps.back()));
  }
  schedule.sigmas.push_back(0.0);
  return schedule;
}

// Source: Luo 2023 (LCM), algorithm 1 and eq. 9; diffusers 0.30.3 LCMScheduler.step. The last step
// draws no noise.
class Lcm final : public VariancePreserving {
 public:
  explicit Lcm(const SamplerSettings& settings)
      : VariancePreserving(lcm_schedule(settings), settings.config.prediction),
        timestep_scale_(settings.config.lcm_timestep_scale) {}

  StepResult step(int step,
                  const at::Tensor& latents,
                  const at::Tensor& output,
                  const NoiseSource& noise) override {
    const CleanAndNoise parts = begin_and_split(step, latents, output);
    const double time = timestep(step) * timestep_scale_;
    const double spread = time * time + kSigmaData * kSigmaData;
    const at::Tensor clean =
        parts.clean * (time / std::sqrt(spread)) + latents * (kSigmaData * kSigmaData / spread);
    if (step + 1 == steps()) return {clean, clean};
    STUDIO_CHECK(noise, "lcm needs a noise source");
    const at::Tensor fresh = noise(latents.sizes()).to(latents.options());
    STUDIO_CHECK(fresh.sizes() == latents.sizes(), "noise ", fresh.sizes());
    const SignalNoise next = signal_noise(schedule_.sigmas[step + 1]);
    return {clean * next.alpha + fresh * next.sigma, clean};
  }

  std::unique_ptr<Sampler> clone() const override { return std::make_unique<Lcm>(*this); }

 private:
  double timestep_scale_;
};

std::string find_lcm_problem(const SamplerSettings& settings) {
  const int original = settings.config.lcm_original_steps;
  std::ostringstream text;
  if (settings.config.edm)
    text << "sampler lcm needs a model's training timesteps, and this model's EDM noise levels "
            "have none; "
            "allowed: euler, euler_a, dpmpp_2m, unipc";
  else if (settings.sigmas == SigmaKind::Karras)
    text << "sampler lcm visits the noise levels a model was distilled for; sigmas must be model";
  else if (original < 1 || original > settings.config.num_train_timesteps)
    text << "original_inference_steps " << original
         << " of the model's scheduler is not allowed; allowed: 1 to "
         << settings.config.num_train_timesteps;
  else if (settings.steps > original)
    text << "steps " << settings.steps << " is not allowed with sampler lcm; allowed: 1 to "
         << original << ", the noise levels a model was distilled for";
  return text.str();
}

}  // namespace

const SamplerInfo& lcm_sampler() {
  static const SamplerInfo info{
      .card = {.id = "lcm",
               .label = "LCM",
               .source = "Luo 2023, arXiv 2310.04378; diffusers LCMScheduler",
               .doc =
                   "For latent consistency models and LoRAs: 1 to 8 steps with fresh noise, on the "
                   "timesteps of their training whatever the spacing; CFG scale 1 to 2.",
               .params = {}},
      .make = [](const SamplerSettings& settings) -> std::unique_ptr<Sampler> {
        return std::make_unique<Lcm>(settings);
      },
      .find_problem = &find_lcm_problem};
  return info;
}

}  // namespace studio
