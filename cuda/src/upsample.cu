// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Maps doubled in height and width: a thread reads a pack of channels once and writes it to four places.
#include "cuda/src/vectors.cuh"

namespace studio::cuda {
namespace {

// As launch_rows() launches it: its rows are the positions of x, those of all samples after each other.
template <class T, int kPack>
__global__ void __launch_bounds__(kMostThreads) copy_to_four(Upsample call, Tiling tiling) {
  const int in_tile = static_cast<int>(threadIdx.x) % tiling.columns, row = static_cast<int>(threadIdx.x) / tiling.columns;
  const std::int64_t channel = (static_cast<std::int64_t>(blockIdx.y) * tiling.columns + in_tile) * kPack;
  if (channel >= call.channels) return;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * tiling.rows * kRowsPerThread + row;
  const std::int64_t positions = call.samples * call.height * call.width;
  const auto position_of = [&](int i) { return first + static_cast<std::int64_t>(i) * tiling.rows; };
  Pack<T, kPack> packs[kRowsPerThread];
#pragma unroll
  for (int i = 0; i < kRowsPerThread; ++i) {
    if (position_of(i) < positions) packs[i] = load_pack<T, kPack>(static_cast<const T*>(call.x) + position_of(i) * call.channels + channel);
  }
#pragma unroll
  for (int i = 0; i < kRowsPerThread; ++i) {
    if (position_of(i) >= positions) break;
    const std::int64_t line = position_of(i) / call.width, column = position_of(i) - line * call.width;
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
  if (const char* error = why_refused(call)) return {error};
  if (is_empty(call)) return {};
  if (const Status status = use_device(stream); status.error != nullptr) return status;
  const auto handle = static_cast<cudaStream_t>(stream.handle);
  return with_type(call.dtype, [&](auto kind) {
    using T = decltype(kind);
    const bool is_wide = call.channels % kWide<T> == 0 && is_aligned(call.x) && is_aligned(call.out);
    return is_wide ? launch<T, kWide<T>>(call, handle) : launch<T, 1>(call, handle);
  });
}

}  // namespace studio::cuda
