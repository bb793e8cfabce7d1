// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The building blocks of the SDXL UNet. Source: diffusers resnet.py, attention.py,
// transformers/transformer_2d.py and unets/unet_2d_blocks.py, in the variants SDXL uses.
#pragma once

#include "core/model/conditioning.h"
#include "core/model/layers.h"
#include "core/model/named_layers.h"
#include "core/model/token_passes.h"
#include "core/model/unet_rows.h"

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace studio {

// One evaluation in flight: what every block needs beside its input.
struct UnetPass {
  ActiveRows& rows;
  Conditioning& conditioning;
  int step;
  // May throw StopRequested; called between blocks, so that a stop is noticed within a fraction of a step.
  const std::function<void()>& checkpoint;
  bool fp8 = false;  // queries, keys, values and the feed-forward layers in fp8, where prepare_fp8() has been called
  int piece = 0;     // of the weights, the next to be entered
};

class ResnetBlock {
 public:
  // time_dim 0: no time embedding (VAE). time_index numbers the embedding's table.
  struct Shape {
    std::int64_t in, out, time_dim, groups;
    double eps;
    int time_index;
  };
  static ResnetBlock load(TensorSource& source, const std::string& name, const Shape& shape);

  // x [m*B,in,H,W]; time_offset [n*B,out] or undefined. n > m = 1: the rows part here, and everything
  // before is computed once. Returns [n*B,out,H,W].
  at::Tensor forward(JoinedMap x, const at::Tensor& time_offset = {}) const;
  // The same, but of bf16 and fp16 the last sum is in fp32.
  at::Tensor forward_wide(JoinedMap x, const at::Tensor& time_offset = {}) const;
  void use_filtering(bool keeps_weights);
  // From here on input and output are `factor` times what they were.
  void scale(double factor);
  const Linear& time_projection() const { return time_; }
  int time_index() const { return time_index_; }
  void visit_layers(const std::string& name, const LayerVisitor& visit);
  // The time projection's apart: those of all resnets are asked for at once.
  void visit_tensors(const TensorVisitor& visit);
  void visit_time_tensors(const TensorVisitor& visit) { time_.visit_tensors(visit); }

 private:
  // What comes before the second convolution: its input, and what is added to its output, perhaps nobody else's.
  struct Summands {
    at::Tensor h, residual;
    bool residual_is_own;
  };
  Summands before_sum(JoinedMap x, const at::Tensor& time_offset) const;

  GroupNorm norm1_, norm2_;
  Conv2d conv1_, conv2_;
  Linear time_;
  std::optional<Conv2d> shortcut_;
  int time_index_ = 0;
};

class TransformerBlock {
 public:
  struct Shape {
    std::int64_t dim, cross_dim;
    int heads;
    int layer;  // number of its self-attention over the whole UNet
  };
  static TransformerBlock load(TensorSource& source, const std::string& name, const Shape& shape);

  // x tokens [m*B,N,C], perhaps normed by this block's first norm; rows that fork at this layer are appended.
  // Returns [n*B,N,C], perhaps normed for `next`, which is null after the last block.
  Summed forward(const Summed& x, MapSize map, UnetPass& pass, const TransformerBlock* next) const;
  // Queries, keys and values [m*B,N,3*C] -> [n*B,N,C]; rows that fork at this layer are appended.
  at::Tensor self_attention(const at::Tensor& qkv, MapSize map, UnetPass& pass) const;
  // Shows observers that want to see it the cross-attention after it, where that is part of a pass; sum: this block's tokens.
  void show_cross_attention(const at::Tensor& attended, const at::Tensor& sum, MapSize map, UnetPass& pass) const;
  // Of the rows with text, for the cross-attention; null where none has one.
  const KeyValue* text_of(UnetPass& pass) const;
  BlockLayers layers() const;
  bool has_adapters() const;
  std::pair<const Linear*, const Linear*> cross_projections() const { return {&cross_k_, &cross_v_}; }
  void visit_layers(const std::string& name, const LayerVisitor& visit);
  void visit_tensors(const TensorVisitor& visit);
  void prepare_fp8() const;

 private:
  Summed cross_attention(const Summed& x, MapSize map, UnetPass& pass) const;
  // Cross-attention of the rows with text, before its last layer; normed: their tokens.
  at::Tensor attend_to_text(const at::Tensor& normed, MapSize map, UnetPass& pass) const;
  // forward() after self-attention on a GPU, without adapters: the sum stays where it is, products are added to it as they
  // are made, and biases are left to the norms that read it.
  Summed forward_in_place(const at::Tensor& attended, const at::Tensor& sum, MapSize map, UnetPass& pass,
                          const TransformerBlock* next) const;
  // GEGLU of normed tokens, before its last layer.
  at::Tensor gated_values(const at::Tensor& normed, bool fp8) const;
  // Shows rows from position `first` on, whose queries and keys q and k begin with.
  void show_probabilities(const at::Tensor& q, const at::Tensor& k, MapSize map, UnetPass& pass, bool is_cross,
                          int first) const;

  LayerNorm norm1_, norm2_, norm3_;
  Linear self_qkv_, self_out_;
  Linear cross_q_, cross_k_, cross_v_, cross_out_;
  Linear ff_value_, ff_gate_, ff_out_;
  Linear ff_both_;  // values, then gates, in one product; on GPUs in place of the two
  int heads_ = 1, layer_ = 0;
};

// GroupNorm, projection in, transformer blocks, projection out, residual.
class Transformer2d {
 public:
  struct Shape {
    std::int64_t channels, cross_dim, groups;
    int heads, depth, first_layer;
  };
  static Transformer2d load(TensorSource& source, const std::string& name, const Shape& shape);

  at::Tensor forward(const at::Tensor& x, UnetPass& pass) const;
  const std::vector<TransformerBlock>& blocks() const { return blocks_; }
  void visit_layers(const std::string& name, const LayerVisitor& visit);
  void visit_tensors(const TensorVisitor& visit);

 private:
  struct Passes;
  // What forward() does, in passes over tokens; null where they do not serve.
  const TokenPasses* token_passes(const at::Tensor& x, const UnetPass& pass) const;
  at::Tensor forward_in_passes(const TokenPasses& passes, const at::Tensor& x, UnetPass& pass) const;

  GroupNorm norm_;
  Linear in_, out_;
  std::vector<TransformerBlock> blocks_;
  std::shared_ptr<Passes> passes_;  // shared by copies, which differ in adapters alone
};

}  // namespace studio
