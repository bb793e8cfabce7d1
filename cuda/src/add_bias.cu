// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A bias a channel and a residual, added in one pass.
#include "cuda/src/vectors.cuh"

namespace studio::cuda {
namespace {

// As launch_rows() launches it.
template <class T, class Out, int kPack>
__global__ void __launch_bounds__(kMostThreads) add_to_rows(AddBias call, Tiling tiling) {
  const RowsOfColumn place(tiling);
  const std::int64_t column = place.column * kPack;
  if (column >= call.channels) return;
  const bool has_residual = call.residual != nullptr;
  const auto index_of = [&](int i) { return place.row(i) * call.channels + column; };
  const auto is_there = [&](int i) { return place.row(i) < call.rows; };

  Pack<T, kPack> of_x[kRowsPerThread], of_residual[kRowsPerThread];
#pragma unroll
  for (int i = 0; i < kRowsPerThread; ++i) {
    if (!is_there(i)) continue;
    of_x[i] = load_pack<T, kPack>(static_cast<const T*>(call.x) + index_of(i));
    if (has_residual) of_residual[i] = load_pack<T, kPack>(static_cast<const T*>(call.residual) + index_of(i));
  }
  Pack<T, kPack> bias = {};
  if (call.bias != nullptr) bias = load_pack<T, kPack>(static_cast<const T*>(call.bias) + column);
#pragma unroll
  for (int i = 0; i < kRowsPerThread; ++i) {
    if (!is_there(i)) continue;
    float sums[kPack];
#pragma unroll
    for (int k = 0; k < kPack; ++k) {
      sums[k] = to_float(of_x[i].values[k]);
      if (call.bias != nullptr) sums[k] += to_float(bias.values[k]);
      if (has_residual) sums[k] += to_float(of_residual[i].values[k]);
    }
    store_floats<Out, kPack>(static_cast<Out*>(call.out) + index_of(i), sums);
  }
}

template <class T, class Out, int kPack>
Status launch(const AddBias& call, cudaStream_t stream) {
  return launch_rows(add_to_rows<T, Out, kPack>, call, call.rows, call.channels / kPack, "bias: there are too many rows or columns.", stream);
}

template <class T, class Out>
Status launch_as_wide_as_possible(const AddBias& call, cudaStream_t stream) {
  const bool is_wide = call.channels % kWide<T> == 0 && is_aligned(call.x) && is_aligned(call.bias) && is_aligned(call.residual) &&
                       is_aligned(call.out);
  return is_wide ? launch<T, Out, kWide<T>>(call, stream) : launch<T, Out, 1>(call, stream);
}

}  // namespace

Status add_bias(const AddBias& call, Stream stream) {
  return run(call, stream, [&](auto kind, cudaStream_t handle) {
    using T = decltype(kind);
    return call.out_dtype == call.dtype ? launch_as_wide_as_possible<T, T>(call, handle) : launch_as_wide_as_possible<T, float>(call, handle);
  });
}

}  // namespace studio::cuda
