// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// GEGLU: values times gelu of gates.
#include "cuda/src/vectors.cuh"

namespace studio::cuda {
namespace {

// As launch_rows() launches it.
template <class T, int kPack>
__global__ void __launch_bounds__(kMostThreads) gate_values(Geglu call, Tiling tiling) {
  const RowsOfColumn place(tiling);
  const std::int64_t column = place.column * kPack;
  if (column >= call.inner) return;
  const T* value = static_cast<const T*>(call.value) + column;
  const T* gate = static_cast<const T*>(call.gate) + column;
  T* out = static_cast<T*>(call.out) + column;

  Pack<T, kPack> values[kRowsPerThread], gates[kRowsPerThread];
#pragma unroll
  for (int i = 0; i < kRowsPerThread; ++i) {
    const std::int64_t at = place.row(i);
    if (at >= call.rows) continue;
    values[i] = load_pack<T, kPack>(value + at * call.stride);
    gates[i] = load_pack<T, kPack>(gate + at * call.stride);
  }
#pragma unroll
  for (int i = 0; i < kRowsPerThread; ++i) {
    const std::int64_t at = place.row(i);
    if (at >= call.rows) continue;
    float products[kPack];
#pragma unroll
    for (int k = 0; k < kPack; ++k) products[k] = to_float(values[i].values[k]) * gelu<T>(to_float(gates[i].values[k]));
    store_floats<T, kPack>(out + at * call.inner, products);
  }
}

template <class T, int kPack>
Status launch(const Geglu& call, cudaStream_t stream) {
  return launch_rows(gate_values<T, kPack>, call, call.rows, call.inner / kPack, "GEGLU: there are too many rows or columns.", stream);
}

}  // namespace

Status geglu(const Geglu& call, Stream stream) {
  return run(call, stream, [&](auto kind, cudaStream_t handle) {
    using T = decltype(kind);
    const bool is_wide = call.inner % kWide<T> == 0 && call.stride % kWide<T> == 0 && is_aligned(call.value) && is_aligned(call.gate) &&
                         is_aligned(call.out);
    return is_wide ? launch<T, kWide<T>>(call, handle) : launch<T, 1>(call, handle);
  });
}

}  // namespace studio::cuda
