// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The layers every network here is made of. Feature maps are [B,C,H,W] in channels-last memory, so
// that [B,H*W,C] tokens are the same bytes. Without gradients the layers run oneDNN primitives on weights
// packed once at load (CPU in fp32, and in bf16 where oneDNN has it) or fused passes (GPU, cuda_ops.h); otherwise plain differentiable operators.
// Threads: forward() may be called from several threads; load from one.
#pragma once

#include "core/model/adapters.h"
#include "core/model/convolution.h"
#include "core/model/fp8_weight.h"
#include "core/model/packed_weight.h"
#include "core/weights/checkpoint.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace studio {

enum class Activation { None, Gelu };

class LayerNorm;

// A sum and, where it came with it in one pass, its norm; else that is undefined.
struct Summed {
  at::Tensor sum, normed;
  at::Tensor normed_by(const LayerNorm& norm) const;
};

class LayerNorm {
 public:
  LayerNorm() = default;
  static LayerNorm load(TensorSource& source, const std::string& name, std::int64_t channels, double eps);

  at::Tensor forward(const at::Tensor& x) const;  // [..,C]
  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }
  double eps() const { return eps_; }
  // The norm of x + biases; biases [C] each, at most three.
  at::Tensor forward_biased(const at::Tensor& x, at::TensorList biases) const;
  // The same; x itself becomes the sum.
  at::Tensor add_and_forward(const at::Tensor& x, at::TensorList biases) const;
  // x + x_biases + other, and perhaps its norm.
  Summed forward_sum(const at::Tensor& x, at::TensorList x_biases, const at::Tensor& other) const;
  // x + x_biases + other and its norm, where a GPU does both in one pass. `other` may have more samples than x: the first ones
  // get x_biases alone.
  std::optional<Summed> fused_sum(const at::Tensor& x, at::TensorList x_biases, const at::Tensor& other) const;
  void visit_tensors(const TensorVisitor& visit);

 private:
  at::Tensor weight_, bias_;
  double eps_ = 1e-5;
};

class Linear {
 public:
  Linear() = default;
  // weight [out,in], bias [out] or undefined.
  Linear(at::Tensor weight, at::Tensor bias);
  static Linear load(TensorSource& source, const std::string& name, std::int64_t in, std::int64_t out,
                     bool has_bias = true);

  // x [..,in] -> [..,out].
  at::Tensor forward(const at::Tensor& x, Activation activation = Activation::None) const;
  // forward(x) + other, in one pass where possible; other [..,out].
  at::Tensor forward_add(const at::Tensor& x, const at::Tensor& other) const;
  // The same and perhaps its norm. `other` may have more samples than x: the first ones get bias() alone.
  Summed forward_add_norm(const at::Tensor& x, const at::Tensor& other, const LayerNorm& norm) const;
  // sum += forward(x) - bias(), where the sum lies. Shapes: sum [..,out], contiguous. Only without adapters.
  void add_product_to(const at::Tensor& sum, const at::Tensor& x) const;
  bool has_adapters() const { return adapters_ != nullptr; }
  // forward(x) * other, likewise.
  at::Tensor forward_mul(const at::Tensor& x, const at::Tensor& other) const;
  // gated() of the halves of forward(x), in one pass where possible.
  at::Tensor forward_geglu(const at::Tensor& x) const;
  // About forward(x), in fp8 where prepare_fp8() could make that weight; else forward(x).
  at::Tensor forward_fp8(const at::Tensor& x) const;
  // Of this layer and its copies, whatever their adapters. Threads: any.
  void prepare_fp8() const { fp8_->prepare(weight_.plain()); }
  const at::Tensor& bias() const { return bias_; }
  at::Tensor weight() const { return weight_.plain(); }
  // Whether the weight stays as it is and where it is.
  bool is_packed() const { return weight_.is_packed(); }
  std::int64_t in_features() const { return in_; }
  std::int64_t out_features() const { return out_; }
  void visit_tensors(const TensorVisitor& visit);
  // From here on its output is `factor` times what it was. Errors: as visit_tensors().
  void scale_output(double factor);
  // Replaces the adapters; null: none. Every forward includes them; the weight stays as it is.
  void set_adapters(std::shared_ptr<const AdapterStack> adapters) {
    adapters_ = std::move(adapters);
  }

 private:
  at::Tensor forward_base(const at::Tensor& x, Activation activation) const;
  at::Tensor with_adapters(const at::Tensor& x, at::Tensor y) const;
  at::Tensor forward_binary(const at::Tensor& x, const at::Tensor& other, const char* operation) const;

  PackedWeight weight_;
  at::Tensor bias_;
  std::int64_t in_ = 0, out_ = 0;
  std::shared_ptr<const AdapterStack> adapters_;
  std::shared_ptr<Fp8Weight> fp8_ = std::make_shared<Fp8Weight>();
};

class GroupNorm {
 public:
  GroupNorm() = default;
  static GroupNorm load(TensorSource& source, const std::string& name, std::int64_t channels,
                        std::int64_t groups, double eps);

  // x [B,C,H,W]; offset [B,C] and input_bias [C] are added to x first, or undefined.
  at::Tensor forward(const at::Tensor& x) const;
  at::Tensor forward_silu(const at::Tensor& x, const at::Tensor& offset = {}, const at::Tensor& input_bias = {}) const;
  // The same; where a GPU can, two maps are read where they lie.
  at::Tensor forward_silu(const JoinedMap& x) const;
  // From here on x comes as `factor` times what it was; the output stays the same.
  void scale_input(double factor) { eps_ *= factor * factor; }
  void visit_tensors(const TensorVisitor& visit);

 private:
  at::Tensor run(const JoinedMap& input, const at::Tensor& offset, const at::Tensor& input_bias, bool silu) const;
  template <class Value>
  at::Tensor run_fused(const at::Tensor& x, const at::Tensor& offset, bool silu) const;

  at::Tensor weight_, bias_;
  std::int64_t groups_ = 1;
  double eps_ = 1e-5;
};

// x += biases, where x lies; biases [C] each, at most three.
void add_biases(const at::Tensor& x, at::TensorList biases);

// value * gelu(gate), gelu by erf. Shapes: [..,N] each; both may be parts of one projection.
at::Tensor gated(const at::Tensor& value, const at::Tensor& gate);

}  // namespace studio
