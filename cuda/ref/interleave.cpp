// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Interleaving, as its definition says.
#include "cuda/api/check_params.h"
#include "cuda/ref/ref_ops.h"

namespace studio::cuda::ref {

Status interleave(const Interleave& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  for (std::int64_t s = 0; s < call.samples; ++s) {
    for (std::int64_t y = 0; y < 2 * call.height; ++y) {
      for (std::int64_t x = 0; x < 2 * call.width; ++x) {
        const std::int64_t line = s * (call.height + 1) + y / 2 + y % 2, part = 2 * (y % 2) + x % 2;
        const std::int64_t from = (4 * (line * (call.width + 1) + x / 2 + x % 2) + part) * call.channels;
        const std::int64_t to = ((s * 2 * call.height + y) * 2 * call.width + x) * call.channels;
        for (std::int64_t c = 0; c < call.channels; ++c) {
          const float bias = call.bias == nullptr ? 0 : get(call.bias, call.dtype, c);
          put(call.out, call.dtype, to + c, get(call.x, call.dtype, from + c) + bias);
        }
      }
    }
  }
  return {};
}

}  // namespace studio::cuda::ref
