// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Loops written so that the compiler vectorises them; the best variant for the processor is chosen
// when the program is loaded.
#include "core/model/cpu_kernels.h"

#include <cmath>
#include <cstring>
#include <vector>

#include <ATen/Parallel.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define STUDIO_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define STUDIO_VECTOR_CLONES
#endif

namespace studio::cpu {
namespace {

// e^x for x in [-87, 87], relative error below 2e-7: x = n ln 2 + r, a degree-6 polynomial in r, and n
// put into the exponent bits. Branch-free, so loops over it vectorise.
__attribute__((always_inline)) inline float exp_in_range(float x) {
  constexpr float kLog2e = 1.44269504088896341F;
  constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  x = x < -87.0F ? -87.0F : (x > 87.0F ? 87.0F : x);
  const float shifted = x * kLog2e + 12582912.0F;  // 1.5 * 2^23: rounds to nearest
  std::int32_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  const std::int32_t n = bits - 0x4B400000;
  const auto whole = static_cast<float>(n);
  const float r = (x - whole * kLn2High) - whole * kLn2Low;
  float p = 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  const std::int32_t exponent = (n + 127) << 23;
  float scale;
  std::memcpy(&scale, &exponent, sizeof scale);
  return p * scale;
}

STUDIO_VECTOR_CLONES
void add_moments(const float* row, const float* pivot, std::int64_t channels, float* sums, float* squares) {
  for (std::int64_t c = 0; c < channels; ++c) {
    const float value = row[c] - pivot[c];
    sums[c] += value;
    squares[c] += value * value;
  }
}

STUDIO_VECTOR_CLONES
void scale_row(const float* row, const float* scale, const float* shift, std::int64_t channels, float* out) {
  for (std::int64_t c = 0; c < channels; ++c) out[c] = row[c] * scale[c] + shift[c];
}

STUDIO_VECTOR_CLONES
void scale_row_silu(const float* row, const float* scale, const float* shift, std::int64_t channels, float* out) {
  for (std::int64_t c = 0; c < channels; ++c) {
    const float value = row[c] * scale[c] + shift[c];
    out[c] = value / (1.0F + exp_in_range(-value));
  }
}

// Per-channel sums of (x - pivot) over blocks of positions in fp32, gathered in double. The pivot is the
// sample's first position: without it a mean far from zero would eat the variance's digits.
constexpr std::int64_t kBlock = 64;

struct Moments {
  std::vector<double> sums, squares;
};

void gather_moments(const float* x, const float* pivot, std::int64_t positions, std::int64_t channels,
                    Moments& total) {
  std::vector<float> sums(channels), squares(channels);
  for (std::int64_t begin = 0; begin < positions; begin += kBlock) {
    const std::int64_t end = std::min(positions, begin + kBlock);
    std::fill(sums.begin(), sums.end(), 0.0F);
    std::fill(squares.begin(), squares.end(), 0.0F);
    for (std::int64_t p = begin; p < end; ++p) {
      add_moments(x + p * channels, pivot, channels, sums.data(), squares.data());
    }
    for (std::int64_t c = 0; c < channels; ++c) {
      total.sums[c] += sums[c];
      total.squares[c] += squares[c];
    }
  }
}

struct Affine {
  const float *weight, *bias, *offset;
};

// Folds statistics, weight, bias and offset into one scale and one shift a channel.
void fold(const GroupNormShape& shape, const Moments& total, const float* pivot, const Affine& affine,
          float* scale, float* shift) {
  const std::int64_t width = shape.channels / shape.groups;
  const auto count = static_cast<double>(shape.positions);
  const auto channel_mean = [&](std::int64_t c) {
    return static_cast<double>(pivot[c]) + affine.offset[c] + total.sums[c] / count;
  };
  for (std::int64_t g = 0; g < shape.groups; ++g) {
    const std::int64_t first = g * width, last = first + width;
    double mean = 0;
    for (std::int64_t c = first; c < last; ++c) mean += channel_mean(c) / static_cast<double>(width);
    double spread = 0;  // sum of squared distances from the group's mean
    for (std::int64_t c = first; c < last; ++c) {
      const double away = channel_mean(c) - mean;
      spread += std::max(0.0, total.squares[c] - total.sums[c] * total.sums[c] / count) + count * away * away;
    }
    const double inverse = 1.0 / std::sqrt(spread / (count * static_cast<double>(width)) + shape.eps);
    for (std::int64_t c = first; c < last; ++c) {
      scale[c] = static_cast<float>(affine.weight[c] * inverse);
      shift[c] = static_cast<float>(affine.bias[c] + (affine.offset[c] - mean) * affine.weight[c] * inverse);
    }
  }
}

}  // namespace

void group_norm(const GroupNormShape& shape, const float* x, const float* offset, const float* weight,
                const float* bias, bool silu, float* out) {
  const std::int64_t channels = shape.channels, positions = shape.positions;
  const std::vector<float> no_offset(offset == nullptr ? channels : 0, 0.0F);
  const auto offset_of = [&](std::int64_t b) {
    return offset == nullptr ? no_offset.data() : offset + b * channels;
  };
  const auto pivot_of = [&](std::int64_t b) { return x + b * positions * channels; };
  // Two passes over (sample, slice of positions), so that one sample of a large map still fills all
  // threads.
  const std::int64_t slices = std::max<std::int64_t>(1, std::min<std::int64_t>(16, positions * channels / 32768));
  std::vector<Moments> partial(shape.batch * slices);
  at::parallel_for(0, shape.batch * slices, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t b = task / slices, s = task % slices;
      const std::int64_t first = positions * s / slices, last = positions * (s + 1) / slices;
      partial[task] = {std::vector<double>(channels, 0.0), std::vector<double>(channels, 0.0)};
      gather_moments(x + (b * positions + first) * channels, pivot_of(b), last - first, channels, partial[task]);
    }
  });
  std::vector<float> scale(shape.batch * channels), shift(shape.batch * channels);
  for (std::int64_t b = 0; b < shape.batch; ++b) {
    Moments& total = partial[b * slices];
    for (std::int64_t s = 1; s < slices; ++s) {
      for (std::int64_t c = 0; c < channels; ++c) {
        total.sums[c] += partial[b * slices + s].sums[c];
        total.squares[c] += partial[b * slices + s].squares[c];
      }
    }
    fold(shape, total, pivot_of(b), {weight, bias, offset_of(b)}, &scale[b * channels], &shift[b * channels]);
  }
  at::parallel_for(0, shape.batch * slices, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t b = task / slices, s = task % slices;
      const auto run = silu ? scale_row_silu : scale_row;
      for (std::int64_t p = positions * s / slices; p < positions * (s + 1) / slices; ++p) {
        const std::int64_t at = (b * positions + p) * channels;
        run(x + at, &scale[b * channels], &shift[b * channels], channels, out + at);
      }
    }
  });
}

}  // namespace studio::cpu
