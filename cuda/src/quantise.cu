// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Rows as fp8, each at a scale of its own: a warp a row, which reads it twice, the second time from the cache.
#include "cuda/src/vectors.cuh"

#include <cuda_fp8.h>

namespace studio::cuda {
namespace {

constexpr int kWarps = 8;

template <int kCount>
struct alignas(kCount) Bytes {
  std::uint8_t values[kCount];
};

template <class T, int kPack>
__global__ void __launch_bounds__(32 * kWarps) quantise(QuantiseRows call) {
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32;
  if (row >= call.rows) return;  // the whole warp
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const T* const from = static_cast<const T*>(call.x) + row * call.channels;
  float most = 0.0F;
#pragma unroll 4
  for (std::int64_t i = lane * kPack; i < call.channels; i += 32 * kPack) {
    const Pack<T, kPack> values = load_pack<T, kPack>(from + i);
#pragma unroll
    for (int k = 0; k < kPack; ++k) {
      const float size = fabsf(to_float(values.values[k]));
      // Not fmaxf, which would let what is not a number pass.
      most = size <= most ? most : size;
    }
  }
#pragma unroll
  for (int lanes = 16; lanes > 0; lanes /= 2) {
    const float other = __shfl_xor_sync(0xffffffffU, most, lanes);
    most = other <= most ? most : other;
  }
  if (lane == 0) call.scales[row] = most / kMostFp8;
  const float factor = most > 0.0F ? kMostFp8 / most : most;
  auto* const to = static_cast<std::uint8_t*>(call.out) + row * call.channels;
#pragma unroll 4
  for (std::int64_t i = lane * kPack; i < call.channels; i += 32 * kPack) {
    const Pack<T, kPack> values = load_pack<T, kPack>(from + i);
    Bytes<kPack> bytes;
#pragma unroll
    for (int k = 0; k < kPack; ++k) bytes.values[k] = __nv_cvt_float_to_fp8(to_float(values.values[k]) * factor, __NV_SATFINITE, __NV_E4M3);
    *reinterpret_cast<Bytes<kPack>*>(to + i) = bytes;
  }
}

}  // namespace

Status quantise_rows(const QuantiseRows& call, Stream stream) {
  if (const char* error = why_refused(call)) return {error};
  if (is_empty(call)) return {};
  const std::int64_t blocks = divide_up(call.rows, kWarps);
  if (blocks > 0x7fffffffLL) return {"fp8: there are too many rows."};
  if (const Status status = use_device(stream); status.error != nullptr) return status;
  const auto handle = static_cast<cudaStream_t>(stream.handle);
  return with_type(call.dtype, [&](auto kind) {
    using T = decltype(kind);
    const bool is_wide = call.channels % kWide<T> == 0 && is_aligned(call.x) && is_aligned(call.out);
    const auto kernel = is_wide ? quantise<T, kWide<T>> : quantise<T, 1>;
    kernel<<<static_cast<unsigned>(blocks), 32 * kWarps, 0, handle>>>(call);
    return launch_status();
  });
}

}  // namespace studio::cuda
