// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Guidance terms, edits and observers made up by tests, and a UNet with made-up texts.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/guidance/guidance.h"
#include "core/model/attention.h"
#include "core/model/layer_names.h"
#include "core/model/unet.h"
#include "core/pipeline/denoise.h"
#include "tests/support/made_weights.h"

namespace studio::testing {

// A term whose plan and apply are given as functions.
class MadeTerm final : public GuidanceTerm {
 public:
  using Plan = std::function<std::vector<Branch>(const StepInfo&)>;
  using Apply = std::function<at::Tensor(const StepInfo&, const at::Tensor&, std::span<const at::Tensor>)>;
  MadeTerm(Plan plan, Apply apply) : plan_(std::move(plan)), apply_(std::move(apply)) {}

  std::vector<Branch> plan(const StepInfo& step) const override { return plan_(step); }
  at::Tensor apply(const StepInfo& step, const at::Tensor& epsilon, std::span<const at::Tensor> predictions) override {
    return apply_(step, epsilon, predictions);
  }

 private:
  Plan plan_;
  Apply apply_;
};

inline at::Tensor keep_epsilon(const StepInfo& /*step*/, const at::Tensor& epsilon, std::span<const at::Tensor> /*predictions*/) {
  return epsilon;
}

// Writes down what it is shown: one line a call, and the tensors.
class Recorder final : public LayerObserver {
 public:
  std::vector<std::string> calls;
  std::vector<at::Tensor> self, cross, blocks;
  std::vector<MapSize> maps;
  bool wants_all = true;

  bool wants_self_attention(int /*layer*/) const override { return wants_all; }
  bool wants_cross_attention(int /*layer*/) const override { return wants_all; }
  bool wants_block(BlockId /*block*/) const override { return wants_all; }
  void on_self_attention(int layer, const at::Tensor& probabilities, MapSize map) override {
    calls.push_back("self " + std::to_string(layer));
    self.push_back(probabilities);
    maps.push_back(map);
  }
  void on_cross_attention(int layer, const at::Tensor& probabilities, MapSize /*map*/) override {
    calls.push_back("cross " + std::to_string(layer));
    cross.push_back(probabilities);
  }
  void on_block(BlockId block, const at::Tensor& output) override {
    const char* const part = block.part == UnetPart::Down ? "down " : block.part == UnetPart::Mid ? "mid " : "up ";
    calls.push_back(part + std::to_string(block.block) + (block.resnet < 0 ? "" : "." + std::to_string(block.resnet)));
    blocks.push_back(output);
  }
};

// Plain attention, with the values and results kept.
class WatchingEdit final : public AttentionEdit {
 public:
  mutable std::vector<at::Tensor> values, results;
  at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, MapSize /*map*/) const override {
    values.push_back(v);
    results.push_back(attention(q, k, v));
    return results.back();
  }
};

// Attention with keys turned around: far from plain, so that a forgotten edit shows.
class FlippedKeys final : public AttentionEdit {
 public:
  at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, MapSize /*map*/) const override {
    return attention(q, k.flip({2}), v);
  }
};

// The blur edit of the real term.
inline std::shared_ptr<const AttentionEdit> seg_edit(double sigma, const LayerCounts& layers) {
  auto terms = make_terms({{"cfg.scale", 1.0}, {"seg.scale", 1.0}, {"seg.sigma", sigma}}, layers);
  if (!terms) qFatal("%s", terms.error().message.c_str());
  return terms.value().front()->plan({}).at(1).edit;
}

inline LayerSet layer_set(const std::string& names, const LayerCounts& counts) {
  auto set = parse_layers(names, counts);
  if (!set) qFatal("%s", set.error().message.c_str());
  return set.value();
}

// Text 0 is random, text 1 all zero (an absent negative prompt), text 2 random.
inline std::vector<TextInput> made_texts(const Unet& unet, std::int64_t batch, at::ScalarType dtype) {
  const UnetConfig& config = unet.config();
  const std::int64_t pooled = config.added_embedding_dim - 6 * config.time_id_dim;
  const auto random = [&](std::uint64_t seed) {
    return TextInput{made_noise({batch, 77, config.cross_dim}, seed, dtype), made_noise({batch, pooled}, seed + 1, dtype)};
  };
  TextInput zero = random(60);
  zero = {at::zeros_like(zero.states), at::zeros_like(zero.pooled), true};
  return {random(50), zero, random(70)};
}

inline Conditioning made_conditioning(const Unet& unet, std::int64_t batch, at::ScalarType dtype, std::vector<double> timesteps = {601.0}) {
  return unet.condition(made_texts(unet, batch, dtype), {TimeIds{{192, 128, 0, 0, 192, 128}}}, std::move(timesteps));
}

}  // namespace studio::testing
