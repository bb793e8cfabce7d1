// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Weights as they are or packed for oneDNN, and what every layer asks before it runs.
#pragma once

#include "core/model/weight_tensors.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace studio {

// True when gradients flow through `x`: then only differentiable operators may be used.
bool wants_gradient(const at::Tensor& x);

// Multiply-adds times two of linear, convolution and attention products on this thread since the
// last reset; what the benchmark divides by time.
std::int64_t flops_done();
void reset_flops();
void count_flops(std::int64_t flops);

// While one is there, weights that are loaded on this thread are not packed: they may move to a GPU later, and lie as there.
class PlainWeights {
 public:
  PlainWeights();
  ~PlainWeights();
  PlainWeights(const PlainWeights&) = delete;
  PlainWeights& operator=(const PlainWeights&) = delete;

 private:
  bool before_;
};

// A weight that may be held packed for oneDNN. The plain form is made again from the packed one,
// bit for bit, when gradients or another size ask for it.
class PackedWeight {
 public:
  PackedWeight() = default;
  static PackedWeight linear(at::Tensor weight);
  static PackedWeight convolution(at::Tensor weight, int stride, int padding);
  bool is_packed() const { return state_ != nullptr; }
  at::Tensor packed() const;
  // Of a convolution whose input is x [B,in,H,W].
  at::Tensor packed_for(const at::Tensor& x) const;
  at::Tensor plain() const;
  // Errors: CheckError for a packed one, which belongs to this computer's memory.
  void visit_tensors(const TensorVisitor& visit);

 private:
  struct State;  // guarded by a mutex: weights are shared between threads
  at::Tensor plain_;
  std::shared_ptr<State> state_;
};

}  // namespace studio
