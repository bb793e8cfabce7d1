// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Nearest-neighbour doubling and a 3x3 convolution as one 2x2 convolution of the small map. Of the nine pixels that a
// pixel of the doubled map sees, some are the same: with their weights added there are four, so 16 products in place of 36
// for each small pixel, and the doubled map is never made.
#include "core/base/check.h"
#include "core/model/cuda_ops.h"
#include "core/model/layers.h"

#include <ATen/ATen.h>

#include <array>
#include <vector>

namespace studio {
namespace {

// Along one dimension a pixel at an even place sees [before, itself, itself], one at an odd place [itself, itself, after].
std::array<at::Tensor, 2> folded(const at::Tensor& weight, std::int64_t dim) {
  const at::Tensor first = weight.narrow(dim, 0, 1), middle = weight.narrow(dim, 1, 1), last = weight.narrow(dim, 2, 1);
  return {at::cat({first, middle + last}, dim), at::cat({first + middle, last}, dim)};
}

// [out,in,3,3] -> [4*out,in,2,2]: the outputs of even lines and columns, of even lines and odd columns, and so on. Summed in
// fp32 at least, rounded once.
at::Tensor doubling_weight(const at::Tensor& weight) {
  const at::Tensor wide = c10::isReducedFloatingType(weight.scalar_type()) ? weight.to(at::kFloat) : weight;
  std::vector<at::Tensor> four;
  for (const at::Tensor& line : folded(wide, 2)) {
    for (const at::Tensor& pixel : folded(line, 3)) four.push_back(pixel);
  }
  return at::cat(four, 0).to(weight.scalar_type());
}

// As gpu::interleave(), the bias being in x already.
at::Tensor interleave(const at::Tensor& x) {
  const std::int64_t channels = x.size(1) / 4, height = x.size(2) - 1, width = x.size(3) - 1;
  at::Tensor out = at::empty({x.size(0), channels, 2 * height, 2 * width}, x.options(), at::MemoryFormat::ChannelsLast);
  for (std::int64_t i = 0; i < 2; ++i) {
    for (std::int64_t j = 0; j < 2; ++j) {
      out.slice(2, i, {}, 2).slice(3, j, {}, 2).copy_(x.narrow(1, channels * (2 * i + j), channels).narrow(2, i, height).narrow(3, j, width));
    }
  }
  return out;
}

}  // namespace

void Conv2d::prepare_doubling() {
  STUDIO_CHECK(is_3x3_that_keeps_size());
  const std::optional<PlainWeights> as_plain = weight_.is_packed() ? std::nullopt : std::optional<PlainWeights>(std::in_place);
  doubling_ = PackedWeight::convolution(doubling_weight(weight_.plain()), 1, 1);
}

at::Tensor Conv2d::forward_doubled(const at::Tensor& x) const {
  STUDIO_CHECK(x.size(1) == in_, "convolution of ", in_, " channels got ", x.size(1));
  // Adapters are made for the doubled map.
  if (!doubling_ || adapters_ != nullptr) return forward(at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}));
  const bool is_fused = gpu::can_fuse(x);
  if (is_fused) {
    if (auto filtered = filtered_sum(x, bias_, {}, /*doubles=*/true)) return *std::move(filtered);
  }
  const at::Tensor four_biases = bias_.defined() && !is_fused ? bias_.repeat({4}) : at::Tensor();
  const at::Tensor y = convolve(*doubling_, doubling_->is_packed() && uses_packed(x), x, four_biases);
  count_flops(2 * y.numel() * in_ * 4);
  if (!is_fused) return interleave(y);
  if (const auto fused = gpu::interleave(y, bias_)) return *fused;
  return interleave(bias_.defined() ? y + bias_.repeat({4}).view({1, -1, 1, 1}) : y);
}

}  // namespace studio
