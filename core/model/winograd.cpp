// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// 3x3 convolutions by minimal filtering: fewer products, as one batch of matrix products between three passes.
#include "core/base/normal_tensors.h"
#include "core/model/convolution.h"
#include "core/model/cuda_ops.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace studio {
namespace {

// Smaller maps read more of the weight than they save.
constexpr std::int64_t kFewestPixels = 256;
// Of tiles and their products together: beyond it a few samples at a time. More would not stay in the level 2 cache until it is
// read, and takes memory.
constexpr std::int64_t kMostBytes = 150'000'000;

}  // namespace

void Conv2d::use_filtering(bool keeps_weight) {
  // In bf16 the tiles' sums would lose what its convolution does not.
  uses_filtering_ = is_3x3_that_keeps_size() && suits_filtering(in_, out_) && weight_.plain().scalar_type() == at::kHalf;
  if (!uses_filtering_ || !keeps_weight) return;
  const NormalTensors normal;
  filters_ = gpu::winograd_weight(weight_.plain(), doubling_.has_value()).value_or(at::Tensor());
}

std::optional<at::Tensor> Conv2d::filtered_sum(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& other, bool doubles) const {
  const std::int64_t pixels = x.size(2) * x.size(3), times = doubles ? 2 : 1;
  if (!uses_filtering_ || doubles != doubling_.has_value() || pixels < kFewestPixels) return std::nullopt;
  const std::optional<at::Tensor> filters = filters_.defined() ? filters_ : gpu::winograd_weight(weight_.plain(), doubles);
  if (!filters) return std::nullopt;
  at::Tensor out = at::empty({x.size(0), out_, times * x.size(2), times * x.size(3)}, x.options(), at::MemoryFormat::ChannelsLast);
  // A tile of four pixels has 16 numbers a channel, or 9 where it doubles.
  const std::int64_t sample_bytes = pixels * (doubles ? 9 : 16) / 4 * (in_ + filters->size(1)) * x.element_size();
  const std::int64_t at_once = std::max<std::int64_t>(1, kMostBytes / sample_bytes);
  for (std::int64_t first = 0; first < x.size(0); first += at_once) {
    const auto some = [&](const at::Tensor& map) { return map.defined() ? map.narrow(0, first, std::min(at_once, x.size(0) - first)) : map; };
    const auto tiles = gpu::winograd_input(some(x), doubles);
    if (!tiles || !gpu::winograd_output(at::bmm(*tiles, filters->transpose(1, 2)), bias, some(other), some(out), doubles)) return std::nullopt;
    count_flops(2 * tiles->numel() * filters->size(1));
  }
  return out;
}

}  // namespace studio
