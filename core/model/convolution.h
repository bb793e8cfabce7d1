// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Feature maps, [B,C,H,W] in channels-last memory, and their convolutions. Threads: as layers.h.
#pragma once

#include "core/model/adapters.h"
#include "core/model/packed_weight.h"
#include "core/weights/checkpoint.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace studio {

// [B,C,H,W] in channels-last memory -> tokens [B,H*W,C] and back; views, no copy.
at::Tensor to_tokens(const at::Tensor& map);
at::Tensor to_map(const at::Tensor& tokens, std::int64_t height, std::int64_t width);

// A feature map, or two that stand for their concatenation along channels, as an up block's input and its skip do.
// Shapes: first [B,C1,H,W], second [B,C2,H,W] or undefined; the map they stand for is [B,C1+C2,H,W].
struct JoinedMap {
  at::Tensor first;
  at::Tensor second = {};
  std::int64_t channels() const { return first.size(1) + (second.defined() ? second.size(1) : 0); }
  // In channels-last memory; first itself where it is alone.
  at::Tensor concatenated() const;
};

class Conv2d {
 public:
  Conv2d() = default;
  static Conv2d load(TensorSource& source, const std::string& name, std::int64_t in, std::int64_t out,
                     int kernel, int stride = 1, int padding = 0, bool has_bias = true);

  // x [B,in,H,W] -> [B,out,H',W'].
  at::Tensor forward(const at::Tensor& x) const;
  // The same; where a GPU can, a 1x1 convolution of two maps is a sum of two products.
  at::Tensor forward(const JoinedMap& x) const;
  // forward(x) + other, in one pass where possible; `other` itself may become the sum where that saves a copy.
  at::Tensor forward_add(const at::Tensor& x, const at::Tensor& other, bool may_overwrite = false) const;
  // The same; of bf16 and fp16 the sum is in fp32.
  at::Tensor forward_add_wide(const at::Tensor& x, const at::Tensor& other) const;
  // forward() of x with every pixel doubled in height and width, of a 3x3 convolution that keeps the size; cheaper after
  // prepare_doubling(), which keeps a second weight.
  at::Tensor forward_doubled(const at::Tensor& x) const;
  void prepare_doubling();
  // Whether minimal filtering takes less time than a 3x3 convolution of these channels: its passes over the map are many, and
  // only many channels make up for them.
  static bool suits_filtering(std::int64_t in, std::int64_t out) { return in * out >= 300 * (in + out); }
  // From here on fp16 maps on a GPU go through minimal filtering (cuda/api/winograd.h) where it suits; after prepare_doubling()
  // forward_doubled()'s. keeps_weight: its weight is made now and stays; else it is made in every call.
  void use_filtering(bool keeps_weight);
  // forward(x), where the bias may be left for whoever comes next: then it is in `bias` and not in `y`.
  struct Unfinished {
    at::Tensor y, bias;
  };
  Unfinished forward_unfinished(const at::Tensor& x) const;
  at::Tensor weight() const { return weight_.plain(); }
  std::vector<std::int64_t> weight_shape() const { return {out_, in_, kernel_, kernel_}; }
  void visit_tensors(const TensorVisitor& visit);
  void scale_output(double factor);
  // The same where its input has become `factor` times what it was.
  void scale_bias(double factor);
  // As Linear's.
  void set_adapters(std::shared_ptr<const AdapterStack> adapters) {
    adapters_ = std::move(adapters);
  }

 private:
  at::Tensor forward_base(const at::Tensor& x) const;
  at::Tensor without_bias(const at::Tensor& x) const;
  // On a GPU, where gpu::can_fuse(x): without_bias(x) + bias + other, which may be undefined.
  at::Tensor fused_sum(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& other) const;
  // The same by minimal filtering, in winograd.cpp, of the map or of the doubled map; nothing where that is not used or does
  // not serve x.
  std::optional<at::Tensor> filtered_sum(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& other, bool doubles = false) const;
  at::Tensor forward_base_add(const at::Tensor& x, const at::Tensor& other, bool may_overwrite) const;
  at::Tensor with_adapters(const at::Tensor& x, const at::Tensor& y) const;
  bool uses_packed(const at::Tensor& x) const;
  // With this layer's step and padding.
  at::Tensor convolve(const PackedWeight& weight, bool uses_packed, const at::Tensor& x, const at::Tensor& bias) const;
  bool is_3x3_that_keeps_size() const { return kernel_ == 3 && stride_ == 1 && padding_ == 1; }
  // Whether it is one product of all positions with the weight as a matrix.
  bool is_product() const { return kernel_ == 1 && stride_ == 1 && padding_ == 0; }

  PackedWeight weight_;
  std::optional<PackedWeight> doubling_;  // [4*out,in,2,2]
  bool uses_filtering_ = false;
  at::Tensor filters_;  // [16,out,in] or [9,4*out,in], undefined where none is kept
  at::Tensor bias_;
  std::int64_t in_ = 0, out_ = 0;
  int kernel_ = 1, stride_ = 1, padding_ = 0;
  std::shared_ptr<const AdapterStack> adapters_;
};

}  // namespace studio
