// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Classifier-free guidance: away from the negative prompt's prediction, in all steps or an interval of them.
#include "core/guidance/step_window.h"

#include <ATen/ATen.h>

#include <array>

namespace studio {

const TermInfo& cfg_term();

namespace {

// Adds (g - 1)(eps_c - eps_u), so that with the conditional start the sum is eps_u + g(eps_c - eps_u).
// Source: Ho and Salimans 2022, eq. 6, in the convention of diffusers (g = 1 is no guidance); the interval of
// Kynkaanniemi et al. 2024, arXiv 2404.07724, eq. 5. Differs: it is given in steps, not noise levels.
class Cfg final : public GuidanceTerm {
 public:
  Cfg(double scale, StepWindow window) : scale_(scale), window_(window) {}

  std::vector<Branch> plan(const StepInfo& step) const override {
    if (!window_.contains(step)) return {};
    return {Branch{.text = Text::Positive}, Branch{.text = Text::Negative}};
  }
  at::Tensor apply(const StepInfo& /*step*/, const at::Tensor& epsilon, std::span<const at::Tensor> predictions) override {
    if (predictions.empty()) return epsilon;
    return epsilon + (scale_ - 1.0) * (predictions[0] - predictions[1]);
  }
  std::optional<std::string> step_key(const StepInfo& step) const override {
    return window_.contains(step) ? "cfg " + exact_text(scale_) : "";
  }
  int steady_until(const StepInfo& step) const override { return window_.steady_until(step); }

 private:
  double scale_;
  StepWindow window_;
};

Result<std::unique_ptr<GuidanceTerm>> make(const ParamSet& params, const LayerCounts& /*layers*/) {
  const Card& card = cfg_term().card;
  const double scale = real_param(card, params, "cfg.scale");
  const StepWindow window{real_param(card, params, "cfg.start"), real_param(card, params, "cfg.stop")};
  std::unique_ptr<GuidanceTerm> term;
  if (scale > 1.0 && !window.is_empty()) term = std::make_unique<Cfg>(scale, window);
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
      ParamSpec{.key = "cfg.start",
                .label = "Start",
                .unit = "of steps",
                .doc = "The part of the steps after which CFG begins; steps without it save one evaluation each, and the picture is another.",
                .kind = ParamKind::Real,
                .initial = 0.0,
                .min = 0.0,
                .max = 1.0,
                .step = 0.05},
      ParamSpec{.key = "cfg.stop",
                .label = "Stop",
                .unit = "of steps",
                .doc = "The part of the steps after which CFG ends; steps without it save one evaluation each, and the picture is another.",
                .kind = ParamKind::Real,
                .initial = 1.0,
                .min = 0.0,
                .max = 1.0,
                .step = 0.05},
  };
  static const TermInfo info{Card{.id = "cfg",
                                  .label = "Classifier-free guidance",
                                  .source = "Ho and Salimans 2022, arXiv 2207.12598; interval: Kynkaanniemi et al. 2024, arXiv 2404.07724",
                                  .doc = "Pushes the prediction away from that for the negative prompt.",
                                  .params = params,
                                  .kept_in_twin = true},
                             make};
  return info;
}

}  // namespace studio
