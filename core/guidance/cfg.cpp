// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Classifier-free guidance: away from the negative prompt's prediction.
#include "core/guidance/guidance.h"

#include <ATen/ATen.h>

#include <array>

namespace studio {

const TermInfo& cfg_term();

namespace {

// Adds (g - 1)(eps_c - eps_u), so that with the conditional start the sum is eps_u + g(eps_c - eps_u).
// Source: Ho and Salimans 2022, eq. 6, in the convention of diffusers (g = 1 is no guidance).
class Cfg final : public GuidanceTerm {
 public:
  explicit Cfg(double scale) : scale_(scale) {}

  std::vector<Branch> plan(const StepInfo& /*step*/) const override {
    return {Branch{.text = Text::Positive}, Branch{.text = Text::Negative}};
  }
  at::Tensor apply(const StepInfo& /*step*/, const at::Tensor& epsilon, std::span<const at::Tensor> predictions) override {
    return epsilon + (scale_ - 1.0) * (predictions[0] - predictions[1]);
  }
  std::optional<std::string> step_key(const StepInfo& /*step*/) const override { return "cfg " + exact_text(scale_); }
  int steady_until(const StepInfo& step) const override { return step.steps; }

 private:
  double scale_;
};

Result<std::unique_ptr<GuidanceTerm>> make(const ParamSet& params, const LayerCounts& /*layers*/) {
  const double scale = real_param(cfg_term().card, params, "cfg.scale");
  std::unique_ptr<GuidanceTerm> term;
  if (scale > 1.0) term = std::make_unique<Cfg>(scale);
  return term;
}

}  // namespace

const TermInfo& cfg_term() {
  static const std::array params{
      ParamSpec{.key = "cfg.scale",
                .label = "CFG scale",
                .unit = "",
                .doc = "How far the picture is pushed from the negative prompt towards the prompt; 1 is off and saves one evaluation a step.",
                .kind = ParamKind::Real,
                .initial = 5.0,
                .neutral = 1.0,
                .min = 1.0,
                .max = 50.0,
                .step = 0.1,
                .slider_min = 1.0,
                .slider_max = 15.0},
  };
  static const TermInfo info{Card{.id = "cfg",
                                  .label = "Classifier-free guidance",
                                  .source = "Ho and Salimans 2022, arXiv 2207.12598",
                                  .doc = "Pushes the prediction away from that for the negative prompt.",
                                  .params = params,
                                  .kept_in_twin = true},
                             make};
  return info;
}

}  // namespace studio
