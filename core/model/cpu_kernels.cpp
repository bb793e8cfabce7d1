// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Loops written so that the compiler vectorises them; the best variant for the processor is chosen
// when the program is loaded.
#include "core/model/cpu_kernels.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/cpu/Utils.h>

#include "core/model/cpu_lanes.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define STUDIO_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define STUDIO_VECTOR_CLONES
#endif

namespace studio::cpu {
namespace {

// e^x for x held to [-87, 87].
STUDIO_INLINE float exp_in_range(float x) {
  // As whole numbers: of comparisons of floats the compiler makes two branches of all that follows, division included.
  const auto bits = __builtin_bit_cast(std::uint32_t, x);
  const std::uint32_t size = bits & 0x7FFFFFFFU, kMost = 0x42AE0000U;  // the bits of 87
  return exp_of<float, std::int32_t>(__builtin_bit_cast(float, (bits & 0x80000000U) | (size < kMost ? size : kMost)));
}

// Of `rows` rows, a strip of channels at a time, so that a strip's sums stay in registers.
template <class Value>
STUDIO_INLINE void add_moments_of(const Value* x, const Value* pivot, std::int64_t rows, std::int64_t channels, double* sums,
                                  double* squares) {
  constexpr std::int64_t kStrip = 64;
  for (std::int64_t first = 0; first < channels; first += kStrip) {
    const std::int64_t width = std::min(kStrip, channels - first);
    float strip_sums[kStrip] = {}, strip_squares[kStrip] = {}, middle[kStrip] = {};
    for (std::int64_t c = 0; c < width; ++c) middle[c] = widened(pivot[first + c]);
    const auto add = [&](const Value* row, std::int64_t count) __attribute__((always_inline)) {
      for (std::int64_t c = 0; c < count; ++c) {
        const float value = widened(row[c]) - middle[c];
        strip_sums[c] += value;
        strip_squares[c] += value * value;
      }
    };
    const Value* row = x + first;
    if (width == kStrip) {
      for (std::int64_t r = 0; r < rows; ++r, row += channels) add(row, kStrip);
    } else {
      for (std::int64_t r = 0; r < rows; ++r, row += channels) add(row, width);
    }
    for (std::int64_t c = 0; c < width; ++c) {
      sums[first + c] += strip_sums[c];
      squares[first + c] += strip_squares[c];
    }
  }
}

template <class Value>
STUDIO_INLINE void scale_row_of(const Value* row, const float* scale, const float* shift, std::int64_t channels, Value* out) {
  for (std::int64_t c = 0; c < channels; ++c) store(widened(row[c]) * scale[c] + shift[c], out[c]);
}

template <class Value>
STUDIO_INLINE void scale_row_silu_of(const Value* row, const float* scale, const float* shift, std::int64_t channels, Value* out) {
  for (std::int64_t c = 0; c < channels; ++c) {
    const float value = widened(row[c]) * scale[c] + shift[c];
    store(value / (1.0F + exp_in_range(-value)), out[c]);
  }
}

// Variants for processors are made of plain functions, not of templates.
#define STUDIO_ROW_LOOPS(Value)                                                                                             \
  STUDIO_VECTOR_CLONES                                                                                                      \
  void add_moments(const Value* x, const Value* pivot, std::int64_t rows, std::int64_t channels, double* sums,              \
                   double* squares) {                                                                                       \
    add_moments_of(x, pivot, rows, channels, sums, squares);                                                                \
  }                                                                                                                         \
  STUDIO_VECTOR_CLONES                                                                                                      \
  void scale_row(const Value* row, const float* scale, const float* shift, std::int64_t channels, Value* out) {             \
    scale_row_of(row, scale, shift, channels, out);                                                                         \
  }                                                                                                                         \
  STUDIO_VECTOR_CLONES                                                                                                      \
  void scale_row_silu(const Value* row, const float* scale, const float* shift, std::int64_t channels, Value* out) {        \
    scale_row_silu_of(row, scale, shift, channels, out);                                                                    \
  }
STUDIO_ROW_LOOPS(float)
STUDIO_ROW_LOOPS(at::BFloat16)
#undef STUDIO_ROW_LOOPS

// Per-channel sums of (x - pivot) over blocks of positions in fp32, gathered in double. The pivot is the
// sample's first position: without it a mean far from zero would eat the variance's digits.
constexpr std::int64_t kBlock = 64;

struct Moments {
  std::vector<double> sums, squares;
};

template <class Value>
void gather_moments(const Value* x, const Value* pivot, std::int64_t positions, std::int64_t channels, Moments& total) {
  for (std::int64_t begin = 0; begin < positions; begin += kBlock) {
    add_moments(x + begin * channels, pivot, std::min(kBlock, positions - begin), channels, total.sums.data(), total.squares.data());
  }
}

template <class Value>
struct Affine {
  const Value *weight, *bias, *offset;
};

// Folds statistics, weight, bias and offset into one scale and one shift a channel.
template <class Value>
void fold(const GroupNormShape& shape, const Moments& total, const Value* pivot, const Affine<Value>& affine, float* scale,
          float* shift) {
  const std::int64_t width = shape.channels / shape.groups;
  const auto count = static_cast<double>(shape.positions);
  const auto channel_mean = [&](std::int64_t c) {
    return static_cast<double>(widened(pivot[c])) + widened(affine.offset[c]) + total.sums[c] / count;
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
      const float weight = widened(affine.weight[c]);
      scale[c] = static_cast<float>(weight * inverse);
      shift[c] = static_cast<float>(widened(affine.bias[c]) + (widened(affine.offset[c]) - mean) * weight * inverse);
    }
  }
}

template <class Value>
void group_norm_of(const GroupNormShape& shape, const Value* x, const Affine<Value>& affine, bool silu, Value* out) {
  const std::int64_t channels = shape.channels, positions = shape.positions;
  const std::vector<Value> no_offset(affine.offset == nullptr ? channels : 0, Value(0.0F));
  const auto offset_of = [&](std::int64_t b) {
    return affine.offset == nullptr ? no_offset.data() : affine.offset + b * channels;
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
    const Affine<Value> its{affine.weight, affine.bias, offset_of(b)};
    fold(shape, total, pivot_of(b), its, &scale[b * channels], &shift[b * channels]);
  }
  at::parallel_for(0, shape.batch * slices, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t b = task / slices, s = task % slices;
      void (*run)(const Value*, const float*, const float*, std::int64_t, Value*) = scale_row;
      if (silu) run = scale_row_silu;
      for (std::int64_t p = positions * s / slices; p < positions * (s + 1) / slices; ++p) {
        const std::int64_t at = (b * positions + p) * channels;
        run(x + at, &scale[b * channels], &shift[b * channels], channels, out + at);
      }
    }
  });
}

}  // namespace

void group_norm(const GroupNormShape& shape, const float* x, const float* offset, const float* weight, const float* bias,
                bool silu, float* out) {
  group_norm_of<float>(shape, x, {weight, bias, offset}, silu, out);
}

void group_norm(const GroupNormShape& shape, const at::BFloat16* x, const at::BFloat16* offset, const at::BFloat16* weight,
                const at::BFloat16* bias, bool silu, at::BFloat16* out) {
  group_norm_of<at::BFloat16>(shape, x, {weight, bias, offset}, silu, out);
}

namespace {

bool can(const char* what) {
  const auto able = at::cpu::get_cpu_capabilities();
  return able.contains(what) && able.at(what).toBool();
}

}  // namespace

bool has_bf16_instructions() {
  static const bool has = can("amx_bf16") || can("avx512_bf16");
  return has;
}

bool has_quick_bf16() {
  // AVX-512's instruction does twice the products of one for fp32, in as much time on AMD's processors and in four times as much
  // on Intel's: an Emerald Rapids without its AMX, as virtual machines have, reaches 160 GFLOP/s in bf16 and 300 in fp32.
  static const bool has = has_bf16_instructions() && (can("amx_bf16") || __builtin_cpu_is("amd"));
  return has;
}

}  // namespace studio::cpu
