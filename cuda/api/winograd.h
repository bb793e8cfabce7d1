// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The passes around the products of a 3x3 convolution.
#pragma once

#include "cuda/api/types.h"

#include <cstdint>

namespace studio::cuda {

// Winograd's minimal filtering, of a 3x3 convolution of step 1 that keeps the size. With the matrices B, G and A of the source,
// and d the pixels around a tile, zeros beyond the edges: V = B^T d B, U = G g G^T of a weight's g, M = their products summed over
// the channels, and the tile is A^T M A. Tiles of a line follow each other, then lines, then samples.
//
// F(2x2,3x3), where `doubles` is false: tiles are of 2x2 pixels, ceil(height / 2) lines of ceil(width / 2) a sample; d, V, U and M
// are 4x4: 16 products in place of 36 for four pixels.
// B^T = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1], G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1], A^T = [1 1 1 0; 0 1 -1 -1].
//
// F(2x2,2x2), where it is true: of the map doubled in height and width by nearest neighbours. Of its pixels each sees 2x2 of the
// map: pixel (2 p - i, 2 q - j), for i, j = 0, 1, those at p - 1 and p, q - 1 and q, with weights that are sums of g's. Tiles are
// of 2x2 places (p,q), floor(height / 2) + 1 lines of floor(width / 2) + 1 a sample; d, V, U and M are 3x3, with four U and M, the
// parts 2 i + j: 36 products in place of 144 for 16 pixels.
// B^T = [1 -1 0; 0 1 0; 0 1 -1], G = [1 0 0; 1 1 1; 0 1 1] for i = 0, [1 1 0; 1 1 1; 0 0 1] for i = 1, A^T = [1 1 0; 0 1 -1].
//
// Range:  channels are a multiple of 4, arrays are aligned to four numbers; computed in fp32, rounded once.
// Source: Lavin and Gray 2015 (Fast Algorithms for Convolutional Neural Networks), arXiv 1509.09308, section 4.1.

// Numbers of a tile's V, U or M.
constexpr std::int64_t winograd_numbers(bool doubles) { return doubles ? 9 : 16; }
// Lines of tiles for a map of this height; columns for this width.
constexpr std::int64_t winograd_lines(std::int64_t side, bool doubles) { return doubles ? side / 2 + 1 : (side + 1) / 2; }

// Shapes: x [samples,height,width,channels], out [numbers,tiles,channels]: V. They do not overlap.
struct WinogradInput {
  DType dtype = DType::F32;
  bool doubles = false;
  const void* x = nullptr;
  void* out = nullptr;
  std::int64_t samples = 0, height = 0, width = 0, channels = 0;
};

// Shapes: weight [outputs,3,3,channels], out [numbers,parts,outputs,channels]: U. They do not overlap.
struct WinogradWeight {
  DType dtype = DType::F32;
  bool doubles = false;
  const void* weight = nullptr;
  void* out = nullptr;
  std::int64_t outputs = 0, channels = 0;
};

// out = A^T M A + bias + residual.
// Shapes: products [numbers,tiles,parts,channels]: M; bias [channels] or null; residual null or as out: [samples,height,width,
//         channels], of twice the height and width where it doubles. height and width are the map's. out may be residual.
struct WinogradOutput {
  DType dtype = DType::F32;
  bool doubles = false;
  const void *products = nullptr, *bias = nullptr, *residual = nullptr;
  void* out = nullptr;
  std::int64_t samples = 0, height = 0, width = 0, channels = 0;
};

// Tiles of a WinogradInput or WinogradOutput.
template <class Call>
constexpr std::int64_t winograd_tiles(const Call& call) {
  return call.samples * winograd_lines(call.height, call.doubles) * winograd_lines(call.width, call.doubles);
}

}  // namespace studio::cuda
