// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Attention to one head, for the passes that have it as a part: cpu_attention.cpp and cpu_tokens.cpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/model/cpu_products.h"

namespace studio::cpu {

// A head's keys, turned round, and its values, as products take them; the values come after the keys.
template <class Number>
struct Head {
  std::int64_t keys = 0, width = 0;
  const Number* panels = nullptr;

  std::int64_t key_numbers() const { return rounded_up(keys, kPanel) * rounded_up(width, kDepthStep<Number>); }
  std::int64_t numbers() const { return key_numbers() + rounded_up(width, kPanel) * rounded_up(keys, kDepthStep<Number>); }
};

template <class Number, class Value>
STUDIO_INLINE void lay_out_head(const Head<Number>& head, const Value* k, std::int64_t k_stride, const Value* v, std::int64_t v_stride,
                                Number* panels) {
  lay_out_transposed(k, k_stride, head.keys, head.width, panels);
  lay_out(v, v_stride, head.keys, head.width, panels + head.key_numbers());
}

// Queries whose scores are there at once: those should stay in a core's nearest cache, and fill two tiles of AMX.
template <class Number>
inline constexpr std::int64_t kAttentionRows = std::is_same_v<Number, float> ? 16 : 32;

template <class Number>
struct AttentionRoom {
  explicit AttentionRoom(std::int64_t keys)
      : stride(rounded_up(keys, kPanel)),
        scores(aligned_numbers<float>(kAttentionRows<Number> * (stride + kPanel))),
        weights(std::is_same_v<Number, float> ? nullptr : aligned_numbers<Number>(kAttentionRows<Number> * stride)),
        sums(scores.get() + kAttentionRows<Number> * stride) {}

  std::int64_t stride;
  std::unique_ptr<float[], FreeAligned> scores;
  std::unique_ptr<Number[], FreeAligned> weights;
  float* sums;                           // [kAttentionRows, 32]
  float totals[kAttentionRows<Number>];  // of each query's weights
};

// Makes e^(scale (score - largest)) of each and returns their sum; what fills the row up becomes 0. out may be scores.
template <class Its, class Number>
STUDIO_INLINE float exponentials(float* scores, std::int64_t keys, std::int64_t all_keys, float scale, Number* out) {
  using Floats = typename Its::Floats;
  constexpr float kLeast = -87.0F;  // where e^x leaves the normal numbers
  std::fill(scores + keys, scores + all_keys, -std::numeric_limits<float>::infinity());
  Floats largest = load<Its>(scores);
  for (std::int64_t m = Its::kCount; m < all_keys; m += Its::kCount) {
    const Floats its = load<Its>(scores + m);
    largest = its > largest ? its : largest;
  }
  float most = largest[0];
  for (std::int64_t i = 1; i < Its::kCount; ++i) most = std::max(most, largest[i]);
  Floats sums = {};
  for (std::int64_t m = 0; m < all_keys; m += Its::kCount) {
    // Of a NaN every comparison is false: it stays one.
    const Floats x = (load<Its>(scores + m) - most) * scale;
    const auto is_least = x < kLeast;
    const Floats power = exp_of<Floats, typename Its::Ints>(is_least ? Floats{} : x);
    const Floats its = is_least ? Floats{} : power;
    store<Its>(its, out + m);
    sums += its;
  }
  float sum = 0;
  for (std::int64_t i = 0; i < Its::kCount; ++i) sum += sums[i];
  return sum;
}

// Attention of some queries: use(first column, columns) is called for each panel of the result, of which room.sums then
// has the sums and room.totals what they are to be divided by.
// Shapes: q [rows, width], rows a multiple of 16 and at most kAttentionRows, filled up with 0 to the width's depth.
template <class Its, class Number, class Use>
STUDIO_INLINE void attend_rows(const Number* q, std::int64_t q_stride, std::int64_t rows, const Head<Number>& head, Multiply<Number> multiply,
                               AttentionRoom<Number>& room, Use use) {
  const std::int64_t width = rounded_up(head.width, kDepthStep<Number>), depth = rounded_up(head.keys, kDepthStep<Number>);
  for (std::int64_t m = 0; m < room.stride; m += kPanel) {
    multiply(q, q_stride, rows, head.panels + m * width, width, room.scores.get() + m, room.stride);
  }
  const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(head.width)));
  const Number* weights;
  if constexpr (std::is_same_v<Number, float>) {
    weights = room.scores.get();
  } else {
    weights = room.weights.get();
  }
  for (std::int64_t n = 0; n < rows; ++n) {
    room.totals[n] = exponentials<Its>(room.scores.get() + n * room.stride, head.keys, room.stride, scale, const_cast<Number*>(weights) + n * room.stride);
  }
  for (std::int64_t d = 0; d < head.width; d += kPanel) {
    multiply(weights, room.stride, rows, head.panels + head.key_numbers() + d * depth, depth, room.sums, kPanel);
    use(d, std::min(kPanel, head.width - d));
  }
}

}  // namespace studio::cpu
