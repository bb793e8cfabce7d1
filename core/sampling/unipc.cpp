// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// UniPC: every prediction first corrects the step that led to it, then predicts the next one.
#include "core/sampling/scheduled_sampler.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace studio {
namespace {

// One move between two noise levels, with the numbers both halves need.
struct Move {
  SignalNoise from, to;
  double width = 0.0;   // in lambda
  double growth = 0.0;  // e^-width - 1, B(h) of the paper's bh2

  Move(double from_sigma, double to_sigma)
      : from(signal_noise(from_sigma)), to(signal_noise(to_sigma)) {
    width = to.lambda() - from.lambda();
    growth = std::expm1(-width);
  }
  // The exact solution for a clean prediction that stays as it is.
  at::Tensor first_order(const at::Tensor& latents, const at::Tensor& clean) const {
    return latents * (to.sigma / from.sigma) - clean * (to.alpha * growth);
  }
};

// Weights of the corrector's two differences: solves [1 1; r 1] rho = b.
struct CorrectorWeights {
  double past = 0.0;
  double present = 0.5;
};
CorrectorWeights second_order_weights(const Move& move, double ratio) {
  const double h = -move.width;
  const double phi_1 = std::expm1(h) / h - 1.0;
  const double phi_2 = phi_1 / h - 0.5;
  const double b1 = phi_1 / move.growth;
  const double b2 = 2.0 * phi_2 / move.growth;
  const double past = (b1 - b2) / (1.0 - ratio);
  return {past, b1 - past};
}

// A step whose neighbouring sigmas are equal, where diffusers divides by 0, falls back to the order
// below or, in the corrector, keeps the latents.
// Source: Zhao 2023 (UniPC), B(h) = e^h - 1; diffusers 0.30.3 UniPCMultistepScheduler (bh2,
// solver_order 2, predict_x0, lower_order_final, final_sigmas_type zero).
class UniPc final : public VariancePreserving {
 public:
  explicit UniPc(const SamplerSettings& settings)
      : VariancePreserving(settings, TimestepGrid::Interior) {}

  StepResult step(int step,
                  const at::Tensor& latents,
                  const at::Tensor& output,
                  const NoiseSource&) override {
    // The prediction belongs to the uncorrected latents, which the model has seen.
    const at::Tensor clean = begin_and_split(step, latents, output).clean;
    const at::Tensor corrected = last_clean_.defined() ? correct(step, latents, clean) : latents;

    const int steps_left = steps() - step;
    order_ = std::min({2, steps_left, last_clean_.defined() ? 2 : 1});
    before_last_clean_ = last_clean_;
    last_clean_ = clean;
    last_latents_ = corrected;
    return {predict(step), clean};
  }

  std::unique_ptr<Sampler> clone() const override { return std::make_unique<UniPc>(*this); }

 private:
  // Where the move before `move` began, as a part of it; negative. 0 when that move had no length.
  double past_ratio(const Move& move, double past_sigma) const {
    return (signal_noise(past_sigma).lambda() - move.from.lambda()) / move.width;
  }

  at::Tensor predict(int step) const {
    const Move move(schedule_.sigmas[step], schedule_.sigmas[step + 1]);
    const at::Tensor first = move.first_order(last_latents_, last_clean_);
    if (order_ < 2 || !(move.width > 0.0)) return first;
    const double ratio = past_ratio(move, schedule_.sigmas[step - 1]);
    if (!(ratio < 0.0)) return first;
    return first - (before_last_clean_ - last_clean_) * (0.5 * move.to.alpha * move.growth / ratio);
  }

  at::Tensor correct(int step, const at::Tensor& latents, const at::Tensor& clean) const {
    const Move move(schedule_.sigmas[step - 1], schedule_.sigmas[step]);
    if (!(move.width > 0.0)) return latents;
    CorrectorWeights weights;
    at::Tensor change;
    if (order_ == 2) {
      const double ratio = past_ratio(move, schedule_.sigmas[step - 2]);
      if (ratio < 0.0) {
        weights = second_order_weights(move, ratio);
        change = (before_last_clean_ - last_clean_) * (weights.past / ratio);
      }
    }
    const at::Tensor present = (clean - last_clean_) * weights.present;
    change = change.defined() ? change + present : present;
    return move.first_order(last_latents_, last_clean_) - change * (move.to.alpha * move.growth);
  }

  at::Tensor last_clean_, before_last_clean_;  // undefined at the start of a run
  at::Tensor last_latents_;                    // corrected latents the last step started from
  int order_ = 1;                              // of the last step
};

}  // namespace

const SamplerInfo& unipc_sampler() {
  static const SamplerInfo info{
      .card = {.id = "unipc",
               .label = "UniPC",
               .source = "Zhao 2023, arXiv 2302.04867; diffusers UniPCMultistepScheduler",
               .doc =
                   "Second-order steps, each corrected by the next prediction; good at few steps.",
               .params = {}},
      .make = [](const SamplerSettings& settings) -> std::unique_ptr<Sampler> {
        return std::make_unique<UniPc>(settings);
      }};
  return info;
}

}  // namespace studio
