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

Matrix input_matrix(bool doubles) {  // B^T
  if (doubles) return {{1, -1, 0}, {0, 1, 0}, {0, 1, -1}};
  return {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
}
Matrix weight_matrix(bool doubles, std::int64_t part) {  // G
  if (!doubles) return {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  return part == 0 ? Matrix{{1, 0, 0}, {1, 1, 1}, {0, 1, 1}} : Matrix{{1, 1, 0}, {1, 1, 1}, {0, 0, 1}};
}
Matrix output_matrix(bool doubles) {  // A^T
  if (doubles) return {{1, 1, 0}, {0, 1, -1}};
  return {{1, 1, 1, 0}, {0, 1, -1, -1}};
}

// The numbers of left * inner(i,j) * right^T, line by line.
template <class Inner>
std::vector<double> around(const Matrix& left, const Inner& inner, const Matrix& right) {
  std::vector<double> result;
  for (const std::vector<double>& line : left) {
    for (const std::vector<double>& column : right) {
      double sum = 0;
      for (std::size_t i = 0; i < line.size(); ++i) {
        for (std::size_t j = 0; j < column.size(); ++j) sum += line[i] * inner(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)) * column[j];
      }
      result.push_back(sum);
    }
  }
  return result;
}

// Calls work(sample, line of tiles, column of tiles, number of the tile).
template <class Call, class Work>
void for_each_tile(const Call& call, const Work& work) {
  std::int64_t tile = 0;
  for (std::int64_t s = 0; s < call.samples; ++s) {
    for (std::int64_t y = 0; y < winograd_lines(call.height, call.doubles); ++y) {
      for (std::int64_t x = 0; x < winograd_lines(call.width, call.doubles); ++x) work(s, y, x, tile++);
    }
  }
}

std::int64_t parts_of(bool doubles) { return doubles ? 4 : 1; }

}  // namespace

Status winograd_input(const WinogradInput& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  const Matrix filter = input_matrix(call.doubles);
  for_each_tile(call, [&](std::int64_t s, std::int64_t line, std::int64_t column, std::int64_t tile) {
    for (std::int64_t c = 0; c < call.channels; ++c) {
      const auto pixel = [&](std::int64_t i, std::int64_t j) {
        const std::int64_t y = 2 * line - 1 + i, x = 2 * column - 1 + j;
        const bool is_inside = y >= 0 && y < call.height && x >= 0 && x < call.width;
        return is_inside ? get(call.x, call.dtype, ((s * call.height + y) * call.width + x) * call.channels + c) : 0.0;
      };
      std::int64_t number = 0;
      for (const double v : around(filter, pixel, filter)) put(call.out, call.dtype, (number++ * winograd_tiles(call) + tile) * call.channels + c, v);
    }
  });
  return {};
}

Status winograd_weight(const WinogradWeight& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  const std::int64_t parts = parts_of(call.doubles);
  for (std::int64_t part = 0; part < parts; ++part) {
    for (std::int64_t output = 0; output < call.outputs; ++output) {
      for (std::int64_t c = 0; c < call.channels; ++c) {
        const auto weight = [&](std::int64_t i, std::int64_t j) { return get(call.weight, call.dtype, ((output * 3 + i) * 3 + j) * call.channels + c); };
        std::int64_t number = 0;
        for (const double u : around(weight_matrix(call.doubles, part / 2), weight, weight_matrix(call.doubles, part % 2))) {
          put(call.out, call.dtype, ((number++ * parts + part) * call.outputs + output) * call.channels + c, u);
        }
      }
    }
  }
  return {};
}

Status winograd_output(const WinogradOutput& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  const std::int64_t parts = parts_of(call.doubles), times = call.doubles ? 2 : 1, height = times * call.height, width = times * call.width;
  const Matrix filter = output_matrix(call.doubles);
  for_each_tile(call, [&](std::int64_t s, std::int64_t line, std::int64_t column, std::int64_t tile) {
    for (std::int64_t part = 0; part < parts; ++part) {
      for (std::int64_t c = 0; c < call.channels; ++c) {
        const auto side = static_cast<std::int64_t>(filter.front().size());
        const auto product = [&](std::int64_t i, std::int64_t j) {
          return get(call.products, call.dtype, (((i * side + j) * winograd_tiles(call) + tile) * parts + part) * call.channels + c);
        };
        std::int64_t number = 0;
        for (const double sum : around(filter, product, filter)) {
          const std::int64_t y = times * (2 * line + number / 2) - part / 2, x = times * (2 * column + number % 2) - part % 2;
          ++number;
          if (y < 0 || y >= height || x < 0 || x >= width) continue;
          const std::int64_t to = ((s * height + y) * width + x) * call.channels + c;
          const double bias = call.bias == nullptr ? 0.0 : get(call.bias, call.dtype, c);
          const double residual = call.residual == nullptr ? 0.0 : get(call.residual, call.dtype, to);
          put(call.out, call.dtype, to, sum + bias + residual);
        }
      }
    }
  });
  return {};
}

}  // namespace studio::cuda::ref
