// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Blur matrices and their use on [B,H,h*w,D] queries.
#include "core/guidance/query_blur.h"

#include "core/base/check.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace studio {
namespace {

std::int64_t kernel_size(double blur_sigma, std::int64_t length) {
  const std::int64_t largest = length % 2 == 1 ? length : length + 1;
  // Compare before converting: 6 sigma may exceed any integer.
  if (6.0 * blur_sigma >= static_cast<double>(largest)) return largest;
  const auto wanted = static_cast<std::int64_t>(std::ceil(6.0 * blur_sigma));
  return std::min(largest, wanted + 1 - wanted % 2);
}

}  // namespace

at::ScalarType blur_dtype(const at::Tensor& query) { return query.scalar_type() == at::kDouble ? at::kDouble : at::kFloat; }

at::Tensor blur_matrix(double blur_sigma, std::int64_t length) {
  STUDIO_CHECK(blur_sigma > 0 && length >= 1, blur_sigma, " ", length);
  at::Tensor matrix = at::zeros({length, length}, at::kDouble);
  auto entry = matrix.accessor<double, 2>();
  const std::int64_t radius = (kernel_size(blur_sigma, length) - 1) / 2;
  std::vector<double> weights;
  double total = 0;
  for (std::int64_t offset = -radius; offset <= radius; ++offset) {
    const double z = static_cast<double>(offset) / blur_sigma;
    weights.push_back(std::exp(-0.5 * z * z));
    total += weights.back();
  }
  for (std::int64_t row = 0; row < length; ++row) {
    for (std::int64_t offset = -radius; offset <= radius; ++offset) {
      std::int64_t column = std::abs(row + offset);                      // reflects at the first sample
      if (column >= length) column = 2 * (length - 1) - column;          // and at the last
      entry[row][column] += weights[offset + radius] / total;
    }
  }
  return matrix;
}

BlurMatrices blur_matrices(double blur_sigma, MapSize map, const at::TensorOptions& options) {
  const at::Tensor along_x = blur_matrix(blur_sigma, map.width).to(options);
  return {map.height == map.width ? along_x.clone() : blur_matrix(blur_sigma, map.height).to(options), along_x};
}

at::Tensor blur_queries(const at::Tensor& query_bhnd, MapSize map, const BlurMatrices& matrices) {
  STUDIO_CHECK(query_bhnd.dim() == 4 && query_bhnd.size(2) == map.height * map.width, query_bhnd.sizes());
  const at::Tensor query_bhyxd = query_bhnd.to(matrices.along_x.scalar_type()).unflatten(2, {map.height, map.width});
  const at::Tensor along_x = at::matmul(matrices.along_x, query_bhyxd);
  const at::Tensor along_y = at::matmul(matrices.along_y, along_x.flatten(3));
  return along_y.reshape(query_bhnd.sizes()).to(query_bhnd.scalar_type());
}

at::Tensor blur_queries(const at::Tensor& query_bhnd, MapSize map, double blur_sigma) {
  STUDIO_CHECK(query_bhnd.dim() == 4 && query_bhnd.size(2) == map.height * map.width, query_bhnd.sizes());
  if (blur_sigma > kInfiniteBlurSigma) return query_bhnd.mean(2, /*keepdim=*/true).expand_as(query_bhnd);
  return blur_queries(query_bhnd, map, blur_matrices(blur_sigma, map, query_bhnd.options().dtype(blur_dtype(query_bhnd))));
}

}  // namespace studio
