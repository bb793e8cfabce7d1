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
                  const at::Tensor& output,
                  const NoiseSource&) override {
    const CleanAndNoise parts = begin_and_split(step, latents, output);
    return {moved(step, latents, parts, schedule_.sigmas[step + 1]), parts.clean};
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
