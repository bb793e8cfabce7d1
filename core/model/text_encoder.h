// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The CLIP text transformers of SDXL (CLIP-L and OpenCLIP bigG differ by configuration only).
#pragma once

#include "core/model/configs.h"
#include "core/model/layers.h"
#include "core/model/named_layers.h"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace studio {

// The table of words. It is read on the host wherever the model is.
inline constexpr std::string_view kTokenTable = "text_model.embeddings.token_embedding.weight";

struct EncodedText {
  at::Tensor states;  // [B,77,width]: output of the last layer but one (or an earlier one), without the final norm
  at::Tensor pooled;  // [B,projection_dim]: final norm at the first EOS, projected; undefined without projection
};

// Source: transformers modeling_clip.py; SDXL's use of it: diffusers pipeline_stable_diffusion_xl.py.
class TextEncoder {
 public:
  static TextEncoder load(TensorSource& source, const TextEncoderConfig& config);

  const TextEncoderConfig& config() const { return config_; }
  // Every linear layer under its transformers name; the joined query, key and value projection,
  // which only other layouts have, as "self_attn.in_proj".
  void visit_layers(const LayerVisitor& visit);
  // All but the table of words.
  void visit_tensors(const TensorVisitor& visit);
  void set_gate(std::shared_ptr<WeightGate> gate) { gate_ = std::move(gate); }
  // ids [B][77], every id below the vocabulary. eos marks where the pooled state is read: its first
  // occurrence, which equals the original's arg-max of ids for CLIP's own vocabularies.
  // clip_skip: how many layers before the last but one the states are taken from; 0 .. layers - 1, where
  // layers - 1 gives the embeddings. The pooled state is the last layer's whatever it is.
  EncodedText encode(const std::vector<std::vector<std::int64_t>>& ids, std::int64_t eos, int clip_skip = 0) const;

 private:
  struct Layer {
    LayerNorm norm1, norm2;
    Linear qkv, out, up, down;
  };
  at::Tensor run_layer(const Layer& layer, const at::Tensor& x) const;

  TextEncoderConfig config_;
  at::Tensor tokens_, positions_;
  std::vector<Layer> layers_;
  LayerNorm final_norm_;
  Linear projection_;
  std::shared_ptr<WeightGate> gate_;  // null: the weights are always there
};

}  // namespace studio
