// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Bias and residual, as their definition says.
#include "cuda/api/check_params.h"
#include "cuda/ref/ref_ops.h"

namespace studio::cuda::ref {

Status add_bias(const AddBias& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  for (std::int64_t row = 0; row < call.rows; ++row) {
    for (std::int64_t c = 0; c < call.channels; ++c) {
      const std::int64_t index = row * call.channels + c;
      double sum = get(call.x, call.dtype, index);
      if (call.bias != nullptr) sum += get(call.bias, call.dtype, c);
      if (call.residual != nullptr) sum += get(call.residual, call.dtype, index);
      put(call.out, call.out_dtype, index, sum);
    }
  }
  return {};
}

}  // namespace studio::cuda::ref
