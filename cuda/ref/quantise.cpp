// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Rows as fp8, as the definition says.
#include "cuda/api/check_params.h"
#include "cuda/ref/ref_ops.h"

#include <cmath>

namespace studio::cuda::ref {

Status quantise_rows(const QuantiseRows& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  for (std::int64_t row = 0; row < call.rows; ++row) {
    float most = 0;
    for (std::int64_t i = 0; i < call.channels; ++i) {
      const auto size = static_cast<float>(std::fabs(get(call.x, call.dtype, row * call.channels + i)));
      most = size <= most ? most : size;
    }
    call.scales[row] = most / kMostFp8;
    const float factor = most > 0 ? kMostFp8 / most : most;
    for (std::int64_t i = row * call.channels; i < (row + 1) * call.channels; ++i) {
      static_cast<std::uint8_t*>(call.out)[i] = fp8_bits(static_cast<float>(get(call.x, call.dtype, i)) * factor);
    }
  }
  return {};
}

}  // namespace studio::cuda::ref
