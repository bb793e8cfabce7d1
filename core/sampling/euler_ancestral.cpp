// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Euler's method that overshoots each step and adds fresh noise to come back to the level.
#include "core/base/check.h"
#include "core/sampling/scheduled_sampler.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace studio {
namespace {

// Source: diffusers 0.30.3 EulerAncestralDiscreteScheduler.step. It has no Karras sigmas: those
// here are EulerDiscreteScheduler's. Noise is drawn at every step, also at the last where it weighs
// 0.
class EulerAncestral final : public VarianceExploding {
 public:
  explicit EulerAncestral(const SamplerSettings& settings)
      : VarianceExploding(settings, TimestepGrid::Even) {}

  StepResult step(int step,
                  const at::Tensor& latents,
                  const at::Tensor& output,
                  const NoiseSource& noise) override {
    const CleanAndNoise parts = begin_and_split(step, latents, output);
    const double sigma = schedule_.sigmas[step], next_sigma = schedule_.sigmas[step + 1];
    const double removed = std::max(0.0, sigma * sigma - next_sigma * next_sigma);
    const double sigma_up = next_sigma * std::sqrt(removed) / sigma;
    const double sigma_down =
        std::sqrt(std::max(0.0, next_sigma * next_sigma - sigma_up * sigma_up));

    STUDIO_CHECK(noise, "euler_a needs a noise source");
    const at::Tensor fresh = noise(latents.sizes()).to(latents.options());
    STUDIO_CHECK(fresh.sizes() == latents.sizes(), "noise ", fresh.sizes());
    return {moved(step, latents, parts, sigma_down) + fresh * sigma_up, parts.clean};
  }

  std::unique_ptr<Sampler> clone() const override {
    return std::make_unique<EulerAncestral>(*this);
  }
};

}  // namespace

const SamplerInfo& euler_ancestral_sampler() {
  static const SamplerInfo info{
      .card = {.id = "euler_a",
               .label = "Euler ancestral",
               .source = "k-diffusion sample_euler_ancestral; diffusers "
                         "EulerAncestralDiscreteScheduler",
               .doc =
                   "First-order steps with fresh noise in each; more steps give another picture.",
               .params = {}},
      .make = [](const SamplerSettings& settings) -> std::unique_ptr<Sampler> {
        return std::make_unique<EulerAncestral>(settings);
      }};
  return info;
}

}  // namespace studio
