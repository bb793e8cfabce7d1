// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a guidance method may change or watch inside the UNet: self-attention of chosen layers, attention
// probabilities, block outputs. The UNet knows only these interfaces, never a method.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace studio {

struct MapSize {
  std::int64_t height = 0, width = 0;  // tokens of this layer, not image pixels
};

// Self-attention layers of a UNet in order: d0.. (down), m0.. (mid), u0.. (up), numbered through.
struct LayerCounts {
  int down = 0, mid = 0, up = 0;
  int total() const { return down + mid + up; }
};

class LayerSet {
 public:
  LayerSet() = default;
  explicit LayerSet(std::vector<bool> members) : members_(std::move(members)) {}
  static LayerSet all(int count) { return LayerSet(std::vector<bool>(count, true)); }
  bool contains(int layer) const { return layer < static_cast<int>(members_.size()) && members_[layer]; }
  // The lowest layer in the set; -1 when empty.
  int first() const {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (members_[i]) return static_cast<int>(i);
    }
    return -1;
  }
  // The members' numbers, "4,5": equal for equal sets, however they were written.
  std::string key() const {
    std::string text;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (members_[i]) text += (text.empty() ? "" : ",") + std::to_string(i);
    }
    return text;
  }
  bool operator==(const LayerSet&) const = default;

 private:
  std::vector<bool> members_;
};

// A change of queries alone: their map [h,w], for each column of a head, becomes along_y * map * along_x^T. Matrices in fp32,
// [h,h] and [w,w], on the queries' device; undefined: every query becomes the mean of all.
struct QueryMix {
  at::Tensor along_y, along_x;
};

// Stateless: one edit may serve several rows, steps and layers.
class AttentionEdit {
 public:
  virtual ~AttentionEdit() = default;
  // Replaces one self-attention. Shapes: q, k, v [B,H,h*w,D] with any strides, map = {h,w}; returns
  // [B,H,h*w,D] (may be an expanded view). Differentiable.
  virtual at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, MapSize map) const = 0;
  // What attend() does, where that is plain attention with changed queries: it can be done in one pass with other rows'.
  virtual std::optional<QueryMix> query_mix(const at::Tensor& /*q*/, MapSize /*map*/) const { return std::nullopt; }
  // Says exactly what attend() computes: edits with equal keys give equal bits. "": nothing is known, so
  // this edit equals only itself.
  virtual std::string key() const { return {}; }

  // Edits of one kind differ in numbers alone, which follow() can take over; "" for one that cannot be followed.
  virtual std::string kind() const { return {}; }
  // Another edit of the same kind and numbers, for work that is recorded once and run for many edits: after its
  // first attend() for a map, what it reads stays where it is in memory.
  virtual std::shared_ptr<AttentionEdit> follower() const { return nullptr; }
  virtual void follow(const AttentionEdit& /*edit*/) {}
};

enum class UnetPart { Down, Mid, Up };
struct BlockId {
  UnetPart part = UnetPart::Mid;
  int block = 0;
  int resnet = -1;  // -1: the block's own output
};

// Sees what one row computes. Calls come during the forward pass, in layer order, on its thread;
// tensors carry the graph when the row is evaluated with gradients. Reduce inside the call: keeping
// every map of a large model does not fit in memory. A row with an observer always runs whole.
class LayerObserver {
 public:
  virtual ~LayerObserver() = default;
  virtual bool wants_self_attention(int /*layer*/) const { return false; }
  virtual bool wants_cross_attention(int /*layer*/) const { return false; }
  virtual bool wants_block(BlockId /*block*/) const { return false; }
  // probabilities [B,H,h*w,h*w], rows summing to 1.
  virtual void on_self_attention(int /*layer*/, const at::Tensor& /*probabilities*/, MapSize /*map*/) {}
  // probabilities [B,H,h*w,M], M tokens: 77, or more with long prompts.
  virtual void on_cross_attention(int /*layer*/, const at::Tensor& /*probabilities*/, MapSize /*map*/) {}
  // output [B,C,h,w].
  virtual void on_block(BlockId /*block*/, const at::Tensor& /*output*/) {}
};

}  // namespace studio
