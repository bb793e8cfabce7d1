// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// DPM-Solver++ of second order that reuses the previous prediction instead of asking the model
// twice.
#include "core/sampling/scheduled_sampler.h"

#include <ATen/ATen.h>

#include <cmath>

namespace studio {
namespace {

// First order at the first step of a run, at the last (it ends at sigma 0), and where two
// neighbouring sigmas are equal, where diffusers divides by 0. Source: Lu 2022 (DPM-Solver++),
// algorithm 2; diffusers 0.30.3 DPMSolverMultistepScheduler (dpmsolver++, midpoint, solver_order 2,
// final_sigmas_type zero).
class Dpmpp2m final : public VariancePreserving {
 public:
  explicit Dpmpp2m(const SamplerSettings& settings)
      : VariancePreserving(settings, TimestepGrid::Interior) {}

  StepResult step(int step,
                  const at::Tensor& latents,
                  const at::Tensor& output,
                  const NoiseSource&) override {
    const at::Tensor clean = begin_and_split(step, latents, output).clean;
    const SignalNoise here = signal_noise(schedule_.sigmas[step]);
    const SignalNoise next = signal_noise(schedule_.sigmas[step + 1]);
    const double width = next.lambda() - here.lambda();

    at::Tensor direction = clean;
    if (previous_clean_.defined() && step + 1 < steps()) {
      const double previous_width =
          here.lambda() - signal_noise(schedule_.sigmas[step - 1]).lambda();
      if (previous_width > 0.0 && width > 0.0)
        direction = clean + (clean - previous_clean_) * (0.5 * width / previous_width);
    }
    previous_clean_ = clean;
    return {latents * (next.sigma / here.sigma) - direction * (next.alpha * std::expm1(-width)),
            clean};
  }

  std::unique_ptr<Sampler> clone() const override { return std::make_unique<Dpmpp2m>(*this); }

 private:
  at::Tensor previous_clean_;  // undefined before the first step of a run
};

}  // namespace

const SamplerInfo& dpmpp_2m_sampler() {
  static const SamplerInfo info{
      .card = {.id = "dpmpp_2m",
               .label = "DPM++ 2M",
               .source = "Lu 2022, arXiv 2211.01095, algorithm 2; diffusers "
                         "DPMSolverMultistepScheduler",
               .doc = "Second-order steps from the last two predictions; good from about 15 steps.",
               .params = {}},
      .make = [](const SamplerSettings& settings) -> std::unique_ptr<Sampler> {
        return std::make_unique<Dpmpp2m>(settings);
      }};
  return info;
}

}  // namespace studio
