// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The passes around the products of a 3x3 convolution.
#pragma once

#include "cuda/api/types.h"

#include <cstdint>

namespace studio::cuda {

// Winograd's minimal filtering F(2x2,3x3): a 3x3 convolution of step 1 that keeps the size, with 16 products in place of 36 for
// four pixels. The map is cut into tiles of 2x2 pixels, those of a line after each other, then lines, then samples:
// tiles = samples * ceil(height / 2) * ceil(width / 2). With the matrices B, G and A of the source, and d the 4x4 pixels around
// a tile, zeros beyond the edges: V = B^T d B, U = G g G^T of a weight's g, M = their products summed over the channels, and
// the tile is A^T M A.
// Range:  channels are a multiple of 4, arrays are aligned to four numbers; computed in fp32, rounded once.
// Source: Lavin and Gray 2015 (Fast Algorithms for Convolutional Neural Networks), arXiv 1509.09308, section 4.1.

// Shapes: x [samples,height,width,channels], out [16,tiles,channels]: V, its number in the 4x4 first. They do not overlap.
struct WinogradInput {
  DType dtype = DType::F32;
  const void* x = nullptr;
  void* out = nullptr;
  std::int64_t samples = 0, height = 0, width = 0, channels = 0;
};

// Shapes: weight [outputs,3,3,channels], out [16,outputs,channels]: U. They do not overlap.
struct WinogradWeight {
  DType dtype = DType::F32;
  const void* weight = nullptr;
  void* out = nullptr;
  std::int64_t outputs = 0, channels = 0;
};

// out = A^T M A + bias + residual.
// Shapes: products [16,tiles,channels]: M; bias [channels] or null; residual [samples,height,width,channels] or null, out
//         likewise. out may be residual.
struct WinogradOutput {
  DType dtype = DType::F32;
  const void *products = nullptr, *bias = nullptr, *residual = nullptr;
  void* out = nullptr;
  std::int64_t samples = 0, height = 0, width = 0, channels = 0;
};

}  // namespace studio::cuda
