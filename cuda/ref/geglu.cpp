// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// GEGLU, alone and behind a linear layer, as its definition says.
#include "cuda/api/check_params.h"
#include "cuda/ref/ref_ops.h"

#include <cmath>
#include <vector>

namespace studio::cuda::ref {
namespace {

double gelu(double gate) { return gate * 0.5 * std::erfc(-gate / std::sqrt(2.0)); }

}  // namespace

Status geglu(const Geglu& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  for (std::int64_t row = 0; row < call.rows; ++row) {
    for (std::int64_t i = 0; i < call.inner; ++i) {
      const double value = get(call.value, call.dtype, row * call.stride + i);
      const double gate = get(call.gate, call.dtype, row * call.stride + i);
      put(call.out, call.dtype, row * call.inner + i, value * gelu(gate));
    }
  }
  return {};
}

Status linear_geglu(const LinearGeglu& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  std::vector<double> projections(static_cast<std::size_t>(2 * call.inner));
  for (std::int64_t row = 0; row < call.rows; ++row) {
    for (std::int64_t to = 0; to < 2 * call.inner; ++to) {
      double sum = call.bias == nullptr ? 0.0 : get(call.bias, call.dtype, to);
      for (std::int64_t i = 0; i < call.channels; ++i) {
        sum += get(call.x, call.dtype, row * call.channels + i) * get(call.weight, call.dtype, to * call.channels + i);
      }
      projections[static_cast<std::size_t>(to)] = rounded(sum, call.dtype);
    }
    for (std::int64_t i = 0; i < call.inner; ++i) put(call.out, call.dtype, row * call.inner + i, projections[i] * gelu(projections[call.inner + i]));
  }
  return {};
}

}  // namespace studio::cuda::ref
