// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Maps doubled in height and width: a thread reads a pack of channels once and writes it to four places.
#include "cuda/src/vectors.cuh"

namespace studio::cuda {
namespace {

// As launch_rows() launches it: its rows are the positions of x, those of all samples after each other.
template <class T, int kPack>
__global__ void __launch_bounds__(kMostThreads) copy_to_four(Upsample call, Tiling tiling) {
  const RowsOfColumn place(tiling);
  const std::int64_t channel = place.column * kPack;
  if (channel >= call.channels) return;
  const std::int64_t positions = call.samples * call.height * call.width;
  Pack<T, kPack> packs[kRowsPerThread];
#pragma unroll
  for (int i = 0; i < kRowsPerThread; ++i) {
    if (place.row(i) < positions) packs[i] = load_pack<T, kPack>(static_cast<const T*>(call.x) + place.row(i) * call.channels + channel);
  }
#pragma unroll
  for (int i = 0; i < kRowsPerThread; ++i) {
    if (place.row(i) >= positions) break;
    const std::int64_t line = place.row(i) / call.width, column = place.row(i) - line * call.width;
    T* const to = static_cast<T*>(call.out) + (4 * line * call.width + 2 * column) * call.channels + channel;
    const std::int64_t next_line = 2 * call.width * call.channels;
    store_pack<T, kPack>(to, packs[i]);
    store_pack<T, kPack>(to + call.channels, packs[i]);
    store_pack<T, kPack>(to + next_line, packs[i]);
    store_pack<T, kPack>(to + next_line + call.channels, packs[i]);
  }
}

template <class T, int kPack>
Status launch(const Upsample& call, cudaStream_t stream) {
  return launch_rows(copy_to_four<T, kPack>, call, call.samples * call.height * call.width, call.channels / kPack,
                     "upsampling: there are too many positions or channels.", stream);
}

}  // namespace

Status upsample(const Upsample& call, Stream stream) {
  return run(call, stream, [&](auto kind, cudaStream_t handle) {
    using T = decltype(kind);
    const bool is_wide = call.channels % kWide<T> == 0 && is_aligned(call.x) && is_aligned(call.out);
    return is_wide ? launch<T, kWide<T>>(call, handle) : launch<T, 1>(call, handle);
  });
}

}  // namespace studio::cuda
