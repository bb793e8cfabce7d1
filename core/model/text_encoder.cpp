// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A pre-norm causal transformer over 77 tokens.
#include "core/model/text_encoder.h"

#include "core/base/check.h"
#include "core/model/attention.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace studio {

TextEncoder TextEncoder::load(TensorSource& source, const TextEncoderConfig& config) {
  const std::int64_t width = config.width;
  const std::string root = "text_model.";
  TextEncoder encoder;
  encoder.config_ = config;
  encoder.tokens_ = source.take(kTokenTable, {config.vocabulary, width});
  // Of fifty thousand rows a prompt asks for 77: the table stays in the computer's memory.
  if (encoder.tokens_.is_cuda()) encoder.tokens_ = encoder.tokens_.to(at::kCPU);
  encoder.positions_ = source.take(root + "embeddings.position_embedding.weight", {config.positions, width});
  for (int i = 0; i < config.layers; ++i) {
    const std::string name = root + "encoder.layers." + std::to_string(i);
    Layer layer;
    layer.norm1 = LayerNorm::load(source, name + ".layer_norm1", width, config.norm_eps);
    layer.norm2 = LayerNorm::load(source, name + ".layer_norm2", width, config.norm_eps);
    std::vector<at::Tensor> weights, biases;
    for (const char* part : {".self_attn.q_proj", ".self_attn.k_proj", ".self_attn.v_proj"}) {
      weights.push_back(source.take(name + part + ".weight", {width, width}));
      biases.push_back(source.take(name + part + ".bias", {width}));
    }
    layer.qkv = Linear(at::cat(weights, 0), at::cat(biases, 0));
    layer.out = Linear::load(source, name + ".self_attn.out_proj", width, width);
    layer.up = Linear::load(source, name + ".mlp.fc1", width, config.mlp_width);
    layer.down = Linear::load(source, name + ".mlp.fc2", config.mlp_width, width);
    encoder.layers_.push_back(std::move(layer));
  }
  encoder.final_norm_ = LayerNorm::load(source, root + "final_layer_norm", width, config.norm_eps);
  if (config.projection_dim > 0) {
    encoder.projection_ = Linear::load(source, "text_projection", width, config.projection_dim, false);
  }
  return encoder;
}

void TextEncoder::visit_layers(const LayerVisitor& visit) {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const std::string name = "text_model.encoder.layers." + std::to_string(i);
    Layer& layer = layers_[i];
    visit_fused(
        visit,
        {name + ".self_attn.q_proj", name + ".self_attn.k_proj", name + ".self_attn.v_proj"},
        layer.qkv);
    visit_layer(visit, name + ".self_attn.in_proj", layer.qkv);
    visit_layer(visit, name + ".self_attn.out_proj", layer.out);
    visit_layer(visit, name + ".mlp.fc1", layer.up);
    visit_layer(visit, name + ".mlp.fc2", layer.down);
  }
  if (config_.projection_dim > 0) visit_layer(visit, "text_projection", projection_);
}

void TextEncoder::visit_tensors(const TensorVisitor& visit) {
  visit(positions_);
  for (Layer& layer : layers_) {
    for (LayerNorm* norm : {&layer.norm1, &layer.norm2}) norm->visit_tensors(visit);
    for (Linear* linear : {&layer.qkv, &layer.out, &layer.up, &layer.down}) linear->visit_tensors(visit);
  }
  final_norm_.visit_tensors(visit);
  projection_.visit_tensors(visit);
}

at::Tensor TextEncoder::run_layer(const Layer& layer, const at::Tensor& x) const {
  const at::Tensor qkv = layer.qkv.forward(layer.norm1.forward(x));
  const std::int64_t width = config_.width;
  const auto part = [&](int i) { return split_heads(qkv.narrow(-1, i * width, width), config_.heads); };
  const at::Tensor attended = join_heads(attention(part(0), part(1), part(2), /*is_causal=*/true));
  const at::Tensor after = layer.out.forward_add(attended, x);
  at::Tensor hidden = layer.up.forward(layer.norm2.forward(after));
  hidden = config_.quick_gelu ? hidden * at::sigmoid(hidden * 1.702) : at::gelu(hidden);
  return layer.down.forward_add(hidden, after);
}

EncodedText TextEncoder::encode(const std::vector<std::vector<std::int64_t>>& ids, std::int64_t eos, int clip_skip) const {
  STUDIO_CHECK(clip_skip >= 0 && clip_skip < config_.layers, clip_skip);
  if (gate_) gate_->enter();
  std::vector<at::Tensor> rows;
  std::vector<std::int64_t> eos_at;
  for (const auto& row : ids) {
    STUDIO_CHECK(static_cast<std::int64_t>(row.size()) == config_.positions, row.size());
    STUDIO_CHECK(*std::max_element(row.begin(), row.end()) < config_.vocabulary && *std::min_element(row.begin(), row.end()) >= 0);
    rows.push_back(at::tensor(row, at::kLong));
    const auto found = std::find(row.begin(), row.end(), eos);
    STUDIO_CHECK(found != row.end());
    eos_at.push_back(found - row.begin());
  }
  const at::Device device = positions_.device();
  at::Tensor x = at::embedding(tokens_, at::stack(rows)).to(device) + positions_;
  EncodedText encoded;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (i + 1 + clip_skip == layers_.size()) encoded.states = x;
    x = run_layer(layers_[i], x);
  }
  if (config_.projection_dim > 0) {
    const at::Tensor sample = at::arange(x.size(0), at::TensorOptions(at::kLong).device(device));
    const at::Tensor at_eos = x.index({sample, at::tensor(eos_at, at::kLong).to(x.device())});
    encoded.pooled = projection_.forward(final_norm_.forward(at_eos));
  }
  return encoded;
}

}  // namespace studio
