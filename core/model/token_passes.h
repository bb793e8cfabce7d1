// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A transformer on a CPU, where its layers are small enough: all but self-attention in one pass a block (cpu_tokens.h).
#pragma once

#include "core/model/conditioning.h"
#include "core/model/layers.h"
#include "core/model/unet_rows.h"

#include <memory>
#include <span>
#include <vector>

namespace studio {

// A transformer block's layers, borrowed. Values and gates are its GEGLU's halves.
struct BlockLayers {
  const LayerNorm *self_norm, *cross_norm, *ff_norm;
  const Linear *qkv, *self_out, *cross_q, *cross_out, *ff_value, *ff_gate, *ff_out;
  std::int64_t heads;
};

// Holds copies of the weights as the passes read them.
// Threads: any.
class TokenPasses {
 public:
  // Null where a pass does not take the layers: other devices, weights that may still change, widths that are not
  // multiples of 32, and weights that do not stay in a core's cache from some tokens to the next; oneDNN's then.
  static std::shared_ptr<const TokenPasses> lay_out(const Linear& enter, std::span<const BlockLayers> blocks, const Linear& leave);
  ~TokenPasses();
  // Of the weights; the tokens' must be the same.
  at::ScalarType type() const;

  // Tokens between two blocks, and the next one's queries, keys and values. Shapes: sum [n*B,N,C], qkv [n*B,N,3*C].
  struct Between {
    at::Tensor sum, qkv;
  };
  // tokens [n*B,N,C], before the transformer's first layer.
  Between enter(const at::Tensor& tokens) const;
  // Block `index` after its self-attention, for the active rows, and perhaps more than `sum` has. text: keys and values of the
  // rows that have one, or null where none has.
  Between run_block(std::size_t index, const at::Tensor& attended, const at::Tensor& sum, const ActiveRows& rows, const KeyValue* text) const;
  // The last block likewise, the transformer's last layer, and the sum with its residual [m*B,N,C]: [n*B,N,C].
  at::Tensor run_last_block(const at::Tensor& attended, const at::Tensor& sum, const ActiveRows& rows, const KeyValue* text,
                            const at::Tensor& residual) const;

 private:
  struct Layers;  // of one numeric type
  explicit TokenPasses(std::unique_ptr<Layers> layers);
  std::unique_ptr<Layers> layers_;
};

}  // namespace studio
