// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Minimal filtering, as products with the matrices of its source.
#include "cuda/api/check_params.h"
#include "cuda/ref/ref_ops.h"

#include <cstddef>
#include <vector>

namespace studio::cuda::ref {
namespace {

using Matrix = std::vector<std::vector<double>>;

const Matrix& input_matrix() {  // B^T
  static const Matrix matrix{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
  return matrix;
}
const Matrix& weight_matrix() {  // G
  static const Matrix matrix{{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  return matrix;
}
const Matrix& output_matrix() {  // A^T
  static const Matrix matrix{{1, 1, 1, 0}, {0, 1, -1, -1}};
  return matrix;
}

// matrix * inner(i,j) * matrix^T.
template <class Inner>
Matrix around(const Matrix& matrix, const Inner& inner) {
  Matrix result(matrix.size(), std::vector<double>(matrix.size(), 0.0));
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    for (std::size_t j = 0; j < matrix.size(); ++j) {
      for (std::size_t k = 0; k < matrix[i].size(); ++k) {
        for (std::size_t l = 0; l < matrix[j].size(); ++l) {
          result[i][j] += matrix[i][k] * inner(static_cast<std::int64_t>(k), static_cast<std::int64_t>(l)) * matrix[j][l];
        }
      }
    }
  }
  return result;
}

// Calls work(sample, line of tiles, column of tiles, number of the tile).
template <class Call, class Work>
void for_each_tile(const Call& call, const Work& work) {
  std::int64_t tile = 0;
  for (std::int64_t s = 0; s < call.samples; ++s) {
    for (std::int64_t y = 0; y < (call.height + 1) / 2; ++y) {
      for (std::int64_t x = 0; x < (call.width + 1) / 2; ++x) work(s, y, x, tile++);
    }
  }
}

template <class Call>
std::int64_t tiles_of(const Call& call) {
  return call.samples * ((call.height + 1) / 2) * ((call.width + 1) / 2);
}

// Number of a pixel's first channel; -1 beyond the edges.
template <class Call>
std::int64_t pixel(const Call& call, std::int64_t s, std::int64_t y, std::int64_t x) {
  const bool is_inside = y >= 0 && y < call.height && x >= 0 && x < call.width;
  return is_inside ? ((s * call.height + y) * call.width + x) * call.channels : -1;
}

}  // namespace

Status winograd_input(const WinogradInput& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  for_each_tile(call, [&](std::int64_t s, std::int64_t y, std::int64_t x, std::int64_t tile) {
    for (std::int64_t c = 0; c < call.channels; ++c) {
      const Matrix v = around(input_matrix(), [&](std::int64_t i, std::int64_t j) {
        const std::int64_t from = pixel(call, s, 2 * y - 1 + i, 2 * x - 1 + j);
        return from < 0 ? 0.0 : get(call.x, call.dtype, from + c);
      });
      for (std::int64_t i = 0; i < 16; ++i) put(call.out, call.dtype, (i * tiles_of(call) + tile) * call.channels + c, v[i / 4][i % 4]);
    }
  });
  return {};
}

Status winograd_weight(const WinogradWeight& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  for (std::int64_t output = 0; output < call.outputs; ++output) {
    for (std::int64_t c = 0; c < call.channels; ++c) {
      const Matrix u = around(weight_matrix(), [&](std::int64_t i, std::int64_t j) {
        return get(call.weight, call.dtype, ((output * 3 + i) * 3 + j) * call.channels + c);
      });
      for (std::int64_t i = 0; i < 16; ++i) put(call.out, call.dtype, (i * call.outputs + output) * call.channels + c, u[i / 4][i % 4]);
    }
  }
  return {};
}

Status winograd_output(const WinogradOutput& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  for_each_tile(call, [&](std::int64_t s, std::int64_t y, std::int64_t x, std::int64_t tile) {
    for (std::int64_t c = 0; c < call.channels; ++c) {
      const Matrix pixels = around(output_matrix(), [&](std::int64_t i, std::int64_t j) {
        return get(call.products, call.dtype, ((4 * i + j) * tiles_of(call) + tile) * call.channels + c);
      });
      for (std::int64_t i = 0; i < 4; ++i) {
        const std::int64_t to = pixel(call, s, 2 * y + i / 2, 2 * x + i % 2);
        if (to < 0) continue;
        const double bias = call.bias == nullptr ? 0.0 : get(call.bias, call.dtype, c);
        const double residual = call.residual == nullptr ? 0.0 : get(call.residual, call.dtype, to + c);
        put(call.out, call.dtype, to + c, pixels[i / 2][i % 2] + bias + residual);
      }
    }
  });
  return {};
}

}  // namespace studio::cuda::ref
