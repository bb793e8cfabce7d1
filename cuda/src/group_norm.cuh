// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What both ways of group norm have in common: where channels lie, statistics of single ones, and what is written.
#pragma once

#include "cuda/src/vectors.cuh"

#include <cstdint>

namespace studio::cuda {

struct ChannelStatistics {
  float mean, squares;  // squares: sum of squared differences from the mean
};

struct FactorShift {
  float factor, shift;
};

// Where a thread's pack of channels lies: `data` points at it in position 0 of its sample.
template <class T>
struct Column {
  const T* data = nullptr;
  std::int64_t stride = 0;  // from one position to the next
};

template <class T>
__device__ Column<T> column_of(const GroupNormSilu& call, std::int64_t sample, std::int64_t channel) {
  const bool is_first = channel < call.first.channels;
  const GroupNormInput& input = is_first ? call.first : call.second;
  const std::int64_t within = is_first ? channel : channel - call.first.channels;
  return {static_cast<const T*>(input.data) + sample * call.positions * input.channels + within, input.channels};
}

// What is added to a channel of the input.
__device__ inline float offset_of(const GroupNormSilu& call, std::int64_t sample, std::int64_t channel) {
  float offset = call.offset == nullptr ? 0.0F : load_value(call.offset, call.dtype, sample * call.offset_stride + channel);
  if (call.input_bias != nullptr) offset += load_value(call.input_bias, call.dtype, channel);
  return offset;
}

// Adds `kFull` values a channel: their own mean first, then squares around it, then the union with what there was.
template <class T, int kPack, int kFull>
__device__ void add_packs(const Pack<T, kPack> (&packs)[kFull], float count_before, ChannelStatistics (&statistics)[kPack]) {
  constexpr float kCount = static_cast<float>(kFull);
  const float share = kCount / (count_before + kCount);
#pragma unroll
  for (int k = 0; k < kPack; ++k) {
    float total = 0.0F;
#pragma unroll
    for (int i = 0; i < kFull; ++i) total += to_float(packs[i].values[k]);
    const float mean = total * (1.0F / kCount);
    float squares = 0.0F;
#pragma unroll
    for (int i = 0; i < kFull; ++i) {
      const float away = to_float(packs[i].values[k]) - mean;
      squares += away * away;
    }
    const float difference = mean - statistics[k].mean;
    statistics[k].mean += difference * share;
    statistics[k].squares += squares + difference * difference * count_before * share;
  }
}

// `from` is aligned to 16 where kPack is not 1.
template <int kPack>
__device__ void load_factors(const FactorShift* from, FactorShift (&with)[kPack]) {
  if constexpr (kPack == 1) {
    with[0] = *from;
  } else {
    const auto pairs = load_pack<float, 2 * kPack>(reinterpret_cast<const float*>(from));
#pragma unroll
    for (int k = 0; k < kPack; ++k) with[k] = {pairs.values[2 * k], pairs.values[2 * k + 1]};
  }
}

// x / (1 + e^-x) of two numbers. They share a reciprocal: multiprocessors make few of these. Powers are kept below 2^60, or
// the product would overflow; what x gives then is as good as 0.
__device__ inline void silu(float& first, float& second) {
  const float of_first = 1.0F + exp2_fast(fminf(first * -1.44269504F, 60.0F));
  const float of_second = 1.0F + exp2_fast(fminf(second * -1.44269504F, 60.0F));
  const float share = reciprocal_fast(of_first * of_second);
  first *= of_second * share;
  second *= of_first * share;
}

template <class Out, int kPack, class T>
__device__ void apply_pack(const Pack<T, kPack>& pack, const FactorShift (&with)[kPack], bool has_silu, Out* out) {
  float values[kPack];
#pragma unroll
  for (int k = 0; k < kPack; ++k) values[k] = fmaf(to_float(pack.values[k]), with[k].factor, with[k].shift);
  if (has_silu) {
    if constexpr (kPack == 1) {
      float none = 0.0F;
      silu(values[0], none);
    } else {
#pragma unroll
      for (int k = 0; k < kPack; k += 2) silu(values[k], values[k + 1]);
    }
  }
  store_floats<Out, kPack>(out, values);
}

}  // namespace studio::cuda
