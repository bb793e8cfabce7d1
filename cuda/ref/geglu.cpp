// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// GEGLU, as its definition says.
#include "cuda/api/check_params.h"
#include "cuda/ref/ref_ops.h"

#include <cmath>

namespace studio::cuda::ref {

Status geglu(const Geglu& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  for (std::int64_t row = 0; row < call.rows; ++row) {
    for (std::int64_t i = 0; i < call.inner; ++i) {
      const double value = get(call.value, call.dtype, row * call.stride + i);
      const double gate = get(call.gate, call.dtype, row * call.stride + i);
      const double gelu = gate * 0.5 * std::erfc(-gate / std::sqrt(2.0));
      put(call.out, call.dtype, row * call.inner + i, value * gelu);
    }
  }
  return {};
}

}  // namespace studio::cuda::ref
