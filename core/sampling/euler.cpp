// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Euler's method on the probability-flow equation: one straight move along the noise a step.
#include "core/sampling/scheduled_sampler.h"

#include <ATen/ATen.h>

namespace studio {
namespace {

// Source: diffusers 0.30.3 EulerDiscreteScheduler.step without churn; its noise is never used there
// and is not drawn here.
class Euler final : public VarianceExploding {
 public:
  explicit Euler(const SamplerSettings& settings)
      : VarianceExploding(settings, TimestepGrid::Even) {}

  StepResult step(int step,
                  const at::Tensor& latents,
                  const at::Tensor& epsilon,
                  const NoiseSource&) override {
    const at::Tensor noise_direction = begin_step(step, latents, epsilon);
    const double sigma = schedule_.sigmas[step], next_sigma = schedule_.sigmas[step + 1];
    return {latents + noise_direction * (next_sigma - sigma), latents - noise_direction * sigma};
  }

  std::unique_ptr<Sampler> clone() const override { return std::make_unique<Euler>(*this); }
};

}  // namespace

const SamplerInfo& euler_sampler() {
  static const SamplerInfo info{
      .card = {.id = "euler",
               .label = "Euler",
               .source = "Karras 2022, algorithm 2; diffusers EulerDiscreteScheduler",
               .doc = "First-order steps without added noise; the sampler of the SEG paper.",
               .params = {}},
      .make = [](const SamplerSettings& settings) -> std::unique_ptr<Sampler> {
        return std::make_unique<Euler>(settings);
      }};
  return info;
}

}  // namespace studio
