// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The four pixels that a pixel becomes, from where a convolution left them beside each other to their places.
#include "cuda/src/vectors.cuh"

namespace studio::cuda {
namespace {

// As launch_rows() launches it: its rows are the positions of the small map, those of all samples after each other.
template <class T, int kPack>
__global__ void __launch_bounds__(kMostThreads) put_four(Interleave call, Tiling tiling) {
  const RowsOfColumn place(tiling);
  const std::int64_t channel = place.column * kPack;
  if (channel >= call.channels) return;
  const std::int64_t positions = call.samples * call.height * call.width;
  float bias[kPack] = {};
  if (call.bias != nullptr) {
    const auto pack = load_pack<T, kPack>(static_cast<const T*>(call.bias) + channel);
#pragma unroll
    for (int k = 0; k < kPack; ++k) bias[k] = to_float(pack.values[k]);
  }
#pragma unroll 2
  for (int i = 0; i < kRowsPerThread; ++i) {
    if (place.row(i) >= positions) break;
    const std::int64_t line = place.row(i) / call.width, column = place.row(i) - line * call.width;
    // Lines of all samples follow each other; of x each sample has one more.
    const std::int64_t from_line = line + line / call.height;
    Pack<T, kPack> packs[4];
#pragma unroll
    for (int part = 0; part < 4; ++part) {
      const std::int64_t from = (from_line + part / 2) * (call.width + 1) + column + part % 2;
      packs[part] = load_pack<T, kPack>(static_cast<const T*>(call.x) + (4 * from + part) * call.channels + channel);
    }
#pragma unroll
    for (int part = 0; part < 4; ++part) {
      float sums[kPack];
#pragma unroll
      for (int k = 0; k < kPack; ++k) sums[k] = to_float(packs[part].values[k]) + bias[k];
      const std::int64_t to = (2 * line + part / 2) * 2 * call.width + 2 * column + part % 2;
      store_floats<T, kPack>(static_cast<T*>(call.out) + to * call.channels + channel, sums);
    }
  }
}

template <class T, int kPack>
Status launch(const Interleave& call, cudaStream_t stream) {
  return launch_rows(put_four<T, kPack>, call, call.samples * call.height * call.width, call.channels / kPack,
                     "interleaving: there are too many positions or channels.", stream);
}

}  // namespace

Status interleave(const Interleave& call, Stream stream) {
  return run(call, stream, [&](auto kind, cudaStream_t handle) {
    using T = decltype(kind);
    const bool is_wide = call.channels % kWide<T> == 0 && is_aligned(call.x) && is_aligned(call.bias) && is_aligned(call.out);
    return is_wide ? launch<T, kWide<T>>(call, handle) : launch<T, 1>(call, handle);
  });
}

}  // namespace studio::cuda
