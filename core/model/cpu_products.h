// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Products of some rows with a matrix that was laid out for them: for passes that keep rows in a core's cache from one
// product to the next, and use each as soon as it is there. Large products by themselves are oneDNN's.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

#include <c10/util/BFloat16.h>

#include "core/model/cpu_lanes.h"

namespace studio::cpu {

inline constexpr std::int64_t kPanel = 32;    // columns that are made at once
inline constexpr std::int64_t kRowStep = 16;  // rows come in sixteens

STUDIO_INLINE std::int64_t rounded_up(std::int64_t count, std::int64_t step) { return (count + step - 1) / step * step; }

// A matrix's depth is filled up to a multiple of it.
template <class Number>
inline constexpr std::int64_t kDepthStep = std::is_same_v<Number, float> ? 1 : 32;

// A matrix [depth, columns] lies in panels of 32 columns, one after the other. Of fp32 a panel is [depth][32]; of bf16 it
// is [2][depth / 2][16][2], as the instructions want it: two halves of 16 columns, pairs of rows beside each other.
inline constexpr std::int64_t kHalfPanel = kPanel / 2;
STUDIO_INLINE std::uint32_t pair_of(at::BFloat16 first, at::BFloat16 second) { return first.x | static_cast<std::uint32_t>(second.x) << 16U; }

// Lays out the matrix whose columns are the rows of `from`, as those of a layer's weight and of a head's keys are; what
// fills panels up is 0.
// Shapes: from [columns, depth]; panels [rounded_up(columns, 32) * rounded_up(depth, kDepthStep)].
template <class Value>
STUDIO_INLINE void lay_out_transposed(const Value* from, std::int64_t stride, std::int64_t columns, std::int64_t depth, float* panels) {
  for (std::int64_t column = 0; column < rounded_up(columns, kPanel); ++column) {
    float* const to = panels + column / kPanel * kPanel * depth + column % kPanel;
    for (std::int64_t row = 0; row < depth; ++row) to[row * kPanel] = column < columns ? widened(from[column * stride + row]) : 0.0F;
  }
}

STUDIO_INLINE void lay_out_transposed(const at::BFloat16* from, std::int64_t stride, std::int64_t columns, std::int64_t depth, at::BFloat16* panels) {
  const std::int64_t pairs = rounded_up(depth, kDepthStep<at::BFloat16>) / 2;
  for (std::int64_t column = 0; column < rounded_up(columns, kPanel); ++column) {
    at::BFloat16* const to = panels + 2 * (column / kHalfPanel * kHalfPanel * pairs + column % kHalfPanel);
    const at::BFloat16* const its = from + column * stride;
    const std::int64_t given = column < columns ? depth : 0;
    for (std::int64_t i = 0; i < pairs; ++i) {
      const at::BFloat16 none(0, at::BFloat16::from_bits());
      const std::uint32_t pair = pair_of(2 * i < given ? its[2 * i] : none, 2 * i + 1 < given ? its[2 * i + 1] : none);
      std::memcpy(to + 2 * i * kHalfPanel, &pair, sizeof pair);
    }
  }
}

// Lays out `from` [depth, columns] itself, such as a head's values.
template <class Value>
STUDIO_INLINE void lay_out(const Value* from, std::int64_t stride, std::int64_t depth, std::int64_t columns, float* panels) {
  for (std::int64_t first = 0; first < columns; first += kPanel) {
    for (std::int64_t row = 0; row < depth; ++row) {
      float* const to = panels + first * depth + row * kPanel;
      const Value* const its = from + row * stride + first;
      for (std::int64_t column = 0; column < kPanel; ++column) to[column] = first + column < columns ? widened(its[column]) : 0.0F;
    }
  }
}

STUDIO_INLINE void lay_out(const at::BFloat16* from, std::int64_t stride, std::int64_t depth, std::int64_t columns, at::BFloat16* panels) {
  const std::int64_t pairs = rounded_up(depth, kDepthStep<at::BFloat16>) / 2;
  for (std::int64_t first = 0; first < rounded_up(columns, kPanel); first += kHalfPanel) {
    at::BFloat16* const to = panels + 2 * first * pairs;
    const std::int64_t given = first < columns ? (columns - first < kHalfPanel ? columns - first : kHalfPanel) : 0;
    for (std::int64_t i = 0; i < pairs; ++i) {
      at::BFloat16 above[kHalfPanel] = {}, below[kHalfPanel] = {};
      if (2 * i < depth) std::memcpy(above, from + 2 * i * stride + first, 2 * given);
      if (2 * i + 1 < depth) std::memcpy(below, from + (2 * i + 1) * stride + first, 2 * given);
      std::uint32_t both[kHalfPanel];
      for (std::int64_t column = 0; column < kHalfPanel; ++column) both[column] = pair_of(above[column], below[column]);
      std::memcpy(to + 2 * i * kHalfPanel, both, sizeof both);
    }
  }
}

// c = a times one panel, summed in fp32. Shapes: a [rows, depth], c [rows, 32], rows a multiple of 16, depth one of
// kDepthStep; rows lie *_stride numbers apart.
template <class Number>
using Multiply = void (*)(const Number* a, std::int64_t a_stride, std::int64_t rows, const Number* panel, std::int64_t depth, float* c,
                          std::int64_t c_stride);

template <class Number>
struct Multiplier {
  const char* name;
  Multiply<Number> run;
  bool has_tiles = false;  // only inside a TileScope
};

// Those that run on this processor, the fastest first; of bf16 none where it has no instructions for them.
template <class Number>
std::span<const Multiplier<Number>> multipliers();

// Sets this thread's AMX tiles up for as long as it is there, where `multiplier` needs them.
class TileScope {
 public:
  explicit TileScope(bool has_tiles);
  ~TileScope();
  TileScope(const TileScope&) = delete;
  TileScope& operator=(const TileScope&) = delete;

 private:
  [[maybe_unused]] bool has_tiles_;
};

// Memory for `count` numbers, where whole vectors and cache lines begin.
struct FreeAligned {
  void operator()(void* its) const { ::operator delete[](its, std::align_val_t(64)); }
};
template <class Number>
std::unique_ptr<Number[], FreeAligned> aligned_numbers(std::int64_t count) {
  return std::unique_ptr<Number[], FreeAligned>(
      static_cast<Number*>(::operator new[](static_cast<std::size_t>(count) * sizeof(Number), std::align_val_t(64))));
}

}  // namespace studio::cpu
