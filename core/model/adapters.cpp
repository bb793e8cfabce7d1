// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The two small products, and DoRA's scale of each output row.
#include "core/model/adapters.h"

#include "core/base/check.h"
#include "core/base/normal_tensors.h"
#include "core/model/layers.h"

#include <ATen/ATen.h>

namespace studio {

RowNorms row_norms(const at::Tensor& weight,
                   const at::Tensor& up,
                   const at::Tensor& down,
                   double scale) {
  // Half precision has no room for sums of squares.
  const at::ScalarType wide = weight.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const at::Tensor w = weight.flatten(1).to(wide), a = down.flatten(1).to(wide), b = up.to(wide);
  STUDIO_CHECK(w.size(0) == b.size(0) && w.size(1) == a.size(1) && a.size(0) == b.size(1),
               w.sizes(),
               b.sizes(),
               a.sizes());
  return {w.square().sum(1),
          (b * at::mm(w, a.t())).sum(1) * scale,
          (b * at::mm(b, at::mm(a, a.t()))).sum(1) * (scale * scale)};
}

void AdapterStack::add(std::shared_ptr<const Adapter> adapter, double weight) {
  // Views outlive the job that makes them: their numbers may not be inference tensors.
  const NormalTensors normal;
  Use use{std::move(adapter), weight, {}};
  for (const AdapterPiece& piece : use.adapter->pieces) {
    at::Tensor scales;
    if (piece.magnitude.defined()) {
      const RowNorms& norms = piece.norms;
      const at::Tensor square =
          norms.base + norms.cross * (2 * weight) + norms.delta * (weight * weight);
      // A row of zeros has no direction to scale; it stays zero.
      const at::Tensor norm = square.clamp_min(0).sqrt();
      scales =
          at::where(norm > 0, piece.magnitude.to(norm.scalar_type()) / norm, at::ones_like(norm))
              .to(piece.up.scalar_type());
      only_adds_ = false;
    }
    use.row_scales.push_back(std::move(scales));
  }
  uses_.push_back(std::move(use));
}

void AdapterStack::apply_use(const Use& use,
                             const at::Tensor& low,
                             const at::Tensor& y,
                             const at::Tensor& bias) {
  for (std::size_t i = 0; i < use.adapter->pieces.size(); ++i) {
    const AdapterPiece& piece = use.adapter->pieces[i];
    const std::int64_t rows = piece.up.size(0), rank = piece.up.size(1);
    const at::Tensor part = y.narrow(1, piece.first_row, rows);
    const at::Tensor& scales = use.row_scales[i];
    const at::Tensor part_bias =
        bias.defined() && scales.defined() ? bias.narrow(0, piece.first_row, rows) : at::Tensor();
    if (part_bias.defined()) part.sub_(part_bias);
    part.addmm_(low.narrow(1, piece.first_rank, rank), piece.up.t(), 1, piece.scale * use.weight);
    if (scales.defined()) part.mul_(scales);
    if (part_bias.defined()) part.add_(part_bias);
    count_flops(2 * y.size(0) * rows * rank);
  }
}

void AdapterStack::apply(const at::Tensor& x, const at::Tensor& y, const at::Tensor& bias) const {
  for (const Use& use : uses_) {
    count_flops(2 * x.size(0) * use.adapter->down.numel());
    apply_use(use, at::linear(x, use.adapter->down), y, bias);
  }
}

at::Tensor AdapterStack::apply_convolution(const at::Tensor& x,
                                           const at::Tensor& y,
                                           const at::Tensor& bias,
                                           int stride,
                                           int padding) const {
  const auto rows = [](const at::Tensor& map) { return to_tokens(map).flatten(0, 1); };
  const at::Tensor sum = rows(y);
  for (const Use& use : uses_) {
    const at::Tensor low =
        rows(at::conv2d(x, use.adapter->down, {}, {stride, stride}, {padding, padding}));
    count_flops(2 * low.size(0) * use.adapter->down.numel());
    apply_use(use, low, sum, bias);
  }
  return to_map(sum.unflatten(0, {y.size(0), -1}), y.size(2), y.size(3));
}

}  // namespace studio
