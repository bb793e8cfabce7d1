// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Upsampling, as its definition says.
#include "cuda/api/check_params.h"
#include "cuda/ref/ref_ops.h"

namespace studio::cuda::ref {

Status upsample(const Upsample& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  for (std::int64_t row = 0; row < call.samples * 2 * call.height; ++row) {
    for (std::int64_t column = 0; column < 2 * call.width; ++column) {
      // Rows of all samples follow each other, and each has an even number of them.
      const std::int64_t from = (row / 2 * call.width + column / 2) * call.channels, to = (row * 2 * call.width + column) * call.channels;
      for (std::int64_t c = 0; c < call.channels; ++c) put(call.out, call.dtype, to + c, get(call.x, call.dtype, from + c));
    }
  }
  return {};
}

}  // namespace studio::cuda::ref
