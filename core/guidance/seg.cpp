// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Smoothed Energy Guidance: away from the prediction with blurred self-attention queries.
#include "core/base/normal_tensors.h"
#include "core/guidance/guidance.h"
#include "core/guidance/query_blur.h"
#include "core/guidance/step_window.h"
#include "core/model/attention.h"
#include "core/model/layer_names.h"

#include <ATen/ATen.h>

#include <array>
#include <mutex>
#include <vector>

namespace studio {

const TermInfo& seg_term();

namespace {

// Source: Hong 2024 (SEG), Proposition 3.1; SusungHong/SEG-SDXL pipeline_seg.py. Differs: the map's
// true height and width are used, so pictures need not be square.
class QueryBlur final : public AttentionEdit {
 public:
  explicit QueryBlur(double blur_sigma) : blur_sigma_(blur_sigma) {}

  at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, MapSize map) const override {
    if (blur_sigma_ > kInfiniteBlurSigma) {
      // All queries are equal: one attention row a head serves every position.
      return attention(q.mean(2, /*keepdim=*/true), k, v).expand_as(q);
    }
    return attention(blur_queries(q, map, matrices(q, map)), k, v);
  }
  std::optional<QueryMix> query_mix(const at::Tensor& q, MapSize map) const override {
    if (blur_sigma_ > kInfiniteBlurSigma) return QueryMix{};
    const BlurMatrices blur = matrices(q, map);
    return QueryMix{blur.along_y, blur.along_x};
  }
  std::string key() const override {
    return "blur " + (blur_sigma_ > kInfiniteBlurSigma ? std::string("inf") : exact_text(blur_sigma_));
  }
  std::string kind() const override { return blur_sigma_ > kInfiniteBlurSigma ? "mean query" : "blurred query"; }
  std::shared_ptr<AttentionEdit> follower() const override { return std::make_shared<QueryBlur>(blur_sigma_); }
  void follow(const AttentionEdit& edit) override {
    const auto& other = dynamic_cast<const QueryBlur&>(edit);
    if (other.blur_sigma_ == blur_sigma_) return;
    const std::lock_guard lock(mutex_);
    for (Table& table : tables_) {
      const BlurMatrices fresh = blur_matrices(other.blur_sigma_, table.map, table.matrices.along_x.options().device(at::kCPU));
      table.matrices.along_x.copy_(fresh.along_x);
      table.matrices.along_y.copy_(fresh.along_y);
    }
    blur_sigma_ = other.blur_sigma_;
  }

 private:
  struct Table {
    MapSize map;
    BlurMatrices matrices;
  };

  // Made once for each size: a step asks for them in every layer.
  BlurMatrices matrices(const at::Tensor& q, MapSize map) const {
    const at::TensorOptions options = q.options().dtype(blur_dtype(q));
    const std::lock_guard lock(mutex_);
    for (const Table& table : tables_) {
      const bool is_it = table.map.height == map.height && table.map.width == map.width &&
                         table.matrices.along_x.device() == q.device() && table.matrices.along_x.dtype() == options.dtype();
      if (is_it) return table.matrices;
    }
    const NormalTensors normal;
    tables_.push_back({map, blur_matrices(blur_sigma_, map, options)});
    return tables_.back().matrices;
  }

  double blur_sigma_;
  mutable std::mutex mutex_;
  mutable std::vector<Table> tables_;
};

// Adds s (eps_c - eps_blurred). Source: as above; the paper's eq. 9 with gamma is s = gamma - 1.
class Seg final : public GuidanceTerm {
 public:
  Seg(double scale, double blur_sigma, LayerSet layers, StepWindow window)
      : scale_(scale), layers_(std::move(layers)), window_(window), blur_(std::make_shared<QueryBlur>(blur_sigma)) {}

  std::vector<Branch> plan(const StepInfo& step) const override {
    if (!window_.contains(step)) return {};
    return {Branch{.text = Text::Positive}, Branch{.text = Text::Positive, .layers = layers_, .edit = blur_}};
  }
  at::Tensor apply(const StepInfo& /*step*/, const at::Tensor& epsilon, std::span<const at::Tensor> predictions) override {
    if (predictions.empty()) return epsilon;
    return epsilon + scale_ * (predictions[0] - predictions[1]);
  }
  std::optional<std::string> step_key(const StepInfo& step) const override {
    if (!window_.contains(step)) return "";
    return "seg " + exact_text(scale_) + " " + layers_.key() + " " + blur_->key();
  }
  int steady_until(const StepInfo& step) const override { return window_.steady_until(step); }

 private:
  double scale_;
  LayerSet layers_;
  StepWindow window_;
  std::shared_ptr<const QueryBlur> blur_;
};

Result<std::unique_ptr<GuidanceTerm>> make(const ParamSet& params, const LayerCounts& counts) {
  const Card& card = seg_term().card;
  auto layers = parse_layers(text_param(card, params, "seg.layers"), counts);
  if (!layers) return std::move(layers).in_context("guidance.seg.layers").error();
  const double scale = real_param(card, params, "seg.scale");
  const StepWindow window{real_param(card, params, "seg.start"), real_param(card, params, "seg.stop")};
  std::unique_ptr<GuidanceTerm> term;
  if (scale > 0.0 && layers.value().first() >= 0 && !window.is_empty()) {
    term = std::make_unique<Seg>(scale, real_param(card, params, "seg.sigma"), layers.value(), window);
  }
  return term;
}

}  // namespace

const TermInfo& seg_term() {
  static const std::array params{
      ParamSpec{.key = "seg.sigma",
                .label = "Blur sigma",
                .unit = "positions",
                .doc = "How widely the attention queries are blurred, in positions of the layer's map; inf replaces them by their mean, and above 9999 is the same.",
                .kind = ParamKind::Real,
                .initial = kInfinity,
                .min = 0.0,
                .max = 1e9,
                .step = 0.1,
                .min_is_excluded = true,
                .has_infinity = true,
                .slider_min = 0.1,
                .slider_max = 12.0,
                .slider_scale = SliderScale::Logarithmic},
      ParamSpec{.key = "seg.scale",
                .label = "SEG scale",
                .unit = "",
                .doc = "How far the picture is pushed away from the blurred prediction; 0 is off and saves one evaluation a step.",
                .kind = ParamKind::Real,
                .initial = 3.0,
                .neutral = 0.0,
                .min = 0.0,
                .max = 20.0,
                .step = 0.1,
                .slider_min = 0.0,
                .slider_max = 10.0},
      ParamSpec{.key = "seg.layers",
                .label = "Layers",
                .unit = "",
                .doc = "Which self-attention layers are blurred: mid, down, up, or single ones such as d2,m1,u0, joined by commas.",
                .kind = ParamKind::Text,
                .initial = std::string("mid"),
                .max = 4096,
                .choices = {"mid", "down", "up", "mid,up", "down,mid", "down,mid,up"},
                .check_text = check_layers_text},
      ParamSpec{.key = "seg.start",
                .label = "Start",
                .unit = "of steps",
                .doc = "The part of the steps after which SEG begins.",
                .kind = ParamKind::Real,
                .initial = 0.0,
                .min = 0.0,
                .max = 1.0,
                .step = 0.05},
      ParamSpec{.key = "seg.stop",
                .label = "Stop",
                .unit = "of steps",
                .doc = "The part of the steps after which SEG ends.",
                .kind = ParamKind::Real,
                .initial = 1.0,
                .min = 0.0,
                .max = 1.0,
                .step = 0.05},
  };
  static const TermInfo info{Card{.id = "seg",
                                  .label = "Smoothed energy guidance",
                                  .source = "Hong 2024, arXiv 2408.00760; SusungHong/SEG-SDXL",
                                  .doc = "Pushes the prediction away from one made with blurred self-attention queries.",
                                  .params = params},
                             make};
  return info;
}

}  // namespace studio
