// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Residual sum and LayerNorm, as their definition says.
#include "cuda/api/check_params.h"
#include "cuda/ref/ref_ops.h"

#include <cmath>
#include <vector>

namespace studio::cuda::ref {

Status add_layer_norm(const AddLayerNorm& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  const auto count = static_cast<double>(call.channels);
  std::vector<double> sums(static_cast<std::size_t>(call.channels));
  for (std::int64_t row = 0; row < call.rows; ++row) {
    double mean = 0, variance = 0;
    for (std::int64_t c = 0; c < call.channels; ++c) {
      double& sum = sums[static_cast<std::size_t>(c)];
      sum = row < call.rows_without_x ? 0.0 : get(call.x, call.dtype, (row - call.rows_without_x) * call.channels + c);
      if (call.residual != nullptr) sum += get(call.residual, call.dtype, row * call.channels + c);
      for (const void* x_bias : call.x_biases) sum += x_bias == nullptr ? 0.0 : get(x_bias, call.dtype, c);
      mean += sum / count;
    }
    for (const double sum : sums) variance += (sum - mean) * (sum - mean) / count;
    for (std::int64_t c = 0; c < call.channels; ++c) {
      const double sum = sums[static_cast<std::size_t>(c)];
      if (call.sum != nullptr) put(call.sum, call.dtype, row * call.channels + c, sum);
      if (call.out == nullptr) continue;
      const double y = (sum - mean) / std::sqrt(variance + call.eps) * get(call.weight, call.parameter_dtype, c) +
                       get(call.bias, call.parameter_dtype, c);
      put(call.out, call.dtype, row * call.channels + c, y);
    }
  }
  return {};
}

}  // namespace studio::cuda::ref
