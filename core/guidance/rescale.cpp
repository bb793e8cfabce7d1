// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Guidance rescale: gives the guided prediction back the contrast of the conditional one.
#include "core/guidance/step_window.h"

#include <ATen/ATen.h>

#include <array>

namespace studio {

const TermInfo& cfg_term();
const TermInfo& rescale_term();

namespace {

// eps <- phi * eps * std(eps_c) / std(eps) + (1 - phi) * eps, standard deviations a sample.
// Source: Lin et al. 2023, arXiv 2305.08891, section 3.4; SusungHong/SEG-SDXL pipeline_seg.py, which
// applies it only with CFG on.
class Rescale final : public GuidanceTerm {
 public:
  Rescale(double amount, StepWindow cfg_window) : amount_(amount), cfg_window_(cfg_window) {}

  std::vector<Branch> plan(const StepInfo& step) const override {
    if (!cfg_window_.contains(step)) return {};
    return {Branch{.text = Text::Positive}};
  }
  at::Tensor apply(const StepInfo& /*step*/, const at::Tensor& epsilon, std::span<const at::Tensor> predictions) override {
    if (predictions.empty()) return epsilon;
    const auto spread = [](const at::Tensor& x) { return at::std(x, at::IntArrayRef{1, 2, 3}, /*unbiased=*/true, /*keepdim=*/true); };
    // A constant prediction has no contrast to give back; the floor keeps it finite.
    const at::Tensor ratio = spread(predictions[0]) / spread(epsilon).clamp_min(1e-12);
    return amount_ * (epsilon * ratio) + (1.0 - amount_) * epsilon;
  }
  std::optional<std::string> step_key(const StepInfo& step) const override {
    return cfg_window_.contains(step) ? "rescale " + exact_text(amount_) : "";
  }
  int steady_until(const StepInfo& step) const override { return cfg_window_.steady_until(step); }

 private:
  double amount_;
  StepWindow cfg_window_;
};

Result<std::unique_ptr<GuidanceTerm>> make(const ParamSet& params, const LayerCounts& /*layers*/) {
  const double amount = real_param(rescale_term().card, params, "cfg.rescale");
  // Without CFG the original leaves the prediction alone, so it is left alone in steps without CFG too.
  const Card& cfg = cfg_term().card;
  const StepWindow window{real_param(cfg, params, "cfg.start"), real_param(cfg, params, "cfg.stop")};
  const bool cfg_is_on = real_param(cfg, params, "cfg.scale") > 1.0 && !window.is_empty();
  std::unique_ptr<GuidanceTerm> term;
  if (amount > 0.0 && cfg_is_on) term = std::make_unique<Rescale>(amount, window);
  return term;
}

}  // namespace

const TermInfo& rescale_term() {
  static const std::array params{
      ParamSpec{.key = "cfg.rescale",
                .label = "Rescale",
                .unit = "",
                .doc = "How much of the conditional prediction's contrast the guided one gets back; 0 is off, and without CFG it does nothing.",
                .kind = ParamKind::Real,
                .initial = 0.0,
                .neutral = 0.0,
                .min = 0.0,
                .max = 1.0,
                .step = 0.05},
  };
  static const TermInfo info{Card{.id = "rescale",
                                  .label = "Guidance rescale",
                                  .source = "Lin et al. 2023, arXiv 2305.08891, section 3.4",
                                  .doc = "Counters the washed-out or burnt look of large guidance scales.",
                                  .params = params,
                                  .kept_in_twin = true},
                             make};
  return info;
}

}  // namespace studio
