// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Loads and stores of 16 bytes, or of one value where sizes or pointers do not allow that, as fp32; what
// launching kernels needs.
#pragma once

#include "cuda/api/check_params.h"
#include "cuda/api/ops.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>
#include <type_traits>

namespace studio::cuda {

__device__ inline float to_float(float value) { return value; }
__device__ inline float to_float(__half value) { return __half2float(value); }
__device__ inline float to_float(__nv_bfloat16 value) { return __bfloat162float(value); }

template <class T>
__device__ inline T from_float(float value) {
  if constexpr (sizeof(T) == 4) {
    return value;
  } else if constexpr (std::is_same_v<T, __half>) {
    return __float2half_rn(value);
  } else {
    return __float2bfloat16_rn(value);
  }
}

__device__ inline float reciprocal_fast(float x) {
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

__device__ inline float exp2_fast(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// x times the normal distribution's share below x, which is gelu by erf; for results of type T. Of the share beyond |x|, times
// e^(x^2 / 2), a polynomial in 1 / (1 + p |x|), fitted by least squares: relative error below 2e-6, of 16-bit types below 3e-5.
template <class T>
__device__ inline float gelu(float x) {
  constexpr bool kIsShort = sizeof(T) == 2;
  const float size = fabsf(x), t = reciprocal_fast(fmaf(size, kIsShort ? 0.25F : 0.35F, 1.0F));
  float share;
  if constexpr (kIsShort) {
    share = fmaf(t, 0.24586111F, -0.11425474F);
    share = fmaf(share, t, 0.18940604F);
    share = fmaf(share, t, 0.077225298F);
    share = fmaf(share, t, 0.10177406F);
  } else {
    share = fmaf(t, 0.047120601F, -0.19440427F);
    share = fmaf(share, t, 0.22703871F);
    share = fmaf(share, t, -0.00410976680F);
    share = fmaf(share, t, 0.14884709F);
    share = fmaf(share, t, 0.13562493F);
    share = fmaf(share, t, 0.13988265F);
  }
  return fmaxf(x, 0.0F) - fminf(size, 30.0F) * (share * t * exp2_fast(x * x * -0.72134752F));  // infinity times 0 would not be 0
}

// Values of type T in 16 bytes.
template <class T>
constexpr int kWide = 16 / static_cast<int>(sizeof(T));

// kCount neighbours in memory, moved by accesses of up to 16 bytes: kCount * sizeof(T) is a multiple of 16 with
// pointers aligned to 16, or kCount is 1.
template <class T, int kCount>
struct alignas(kCount == 1 ? sizeof(T) : 16) Pack {
  T values[kCount];
};

template <class T, int kCount>
__device__ inline Pack<T, kCount> load_pack(const T* from) {
  static_assert(kCount == 1 || kCount * sizeof(T) % 16 == 0);
  Pack<T, kCount> pack;
  if constexpr (kCount == 1) {
    pack.values[0] = *from;
  } else {
    constexpr int kPieces = kCount * static_cast<int>(sizeof(T)) / 16;
#pragma unroll
    for (int i = 0; i < kPieces; ++i) reinterpret_cast<uint4*>(&pack)[i] = reinterpret_cast<const uint4*>(from)[i];
  }
  return pack;
}

template <class T, int kCount>
__device__ inline void store_pack(T* to, const Pack<T, kCount>& pack) {
  static_assert(kCount == 1 || kCount * sizeof(T) % 16 == 0);
  if constexpr (kCount == 1) {
    *to = pack.values[0];
  } else {
    constexpr int kPieces = kCount * static_cast<int>(sizeof(T)) / 16;
#pragma unroll
    for (int i = 0; i < kPieces; ++i) reinterpret_cast<uint4*>(to)[i] = reinterpret_cast<const uint4*>(&pack)[i];
  }
}

template <class T, int kCount>
__device__ inline void store_floats(T* to, const float (&values)[kCount]) {
  Pack<T, kCount> pack;
#pragma unroll
  for (int i = 0; i < kCount; ++i) pack.values[i] = from_float<T>(values[i]);
  store_pack<T, kCount>(to, pack);
}

// One value of an array whose type is known at run time; all threads of a kernel take the same branch.
__device__ inline float load_value(const void* array, DType dtype, std::int64_t index) {
  if (dtype == DType::F32) return static_cast<const float*>(array)[index];
  if (dtype == DType::F16) return __half2float(static_cast<const __half*>(array)[index]);
  return __bfloat162float(static_cast<const __nv_bfloat16*>(array)[index]);
}

inline bool is_aligned(const void* pointer) { return is_aligned_to(pointer, 16); }

inline std::int64_t divide_up(std::int64_t value, std::int64_t by) { return (value + by - 1) / by; }

// Threads [0, columns * rows) of a block work on `columns` neighbouring packs of `rows` rows at a time; `tiles`
// such blocks stand side by side.
struct Tiling {
  int columns = 1, rows = 1;
  std::int64_t tiles = 1;
};

constexpr int kMostThreads = 256;

// Full warps where a row takes several wide blocks, so that they begin at whole sectors of memory.
inline Tiling tile(std::int64_t packs, int most_columns = kMostThreads) {
  Tiling tiling;
  tiling.tiles = divide_up(packs, most_columns);
  const std::int64_t share = divide_up(packs, tiling.tiles);
  const bool is_rounded = tiling.tiles > 1 && most_columns == kMostThreads;
  tiling.columns = static_cast<int>(is_rounded ? divide_up(share, 32) * 32 : share);
  tiling.tiles = divide_up(packs, tiling.columns);
  tiling.rows = kMostThreads / tiling.columns;
  return tiling;
}

// This library has a CUDA runtime of its own, whose idea of the current device may differ from the caller's.
inline Status use_device(Stream stream) {
  int current = -1;
  if (cudaGetDevice(&current) == cudaSuccess && current == stream.device) return {};
  const cudaError_t error = cudaSetDevice(stream.device);
  return {error == cudaSuccess ? nullptr : cudaGetErrorString(error)};
}

inline Status launch_status() {
  const cudaError_t error = cudaGetLastError();
  return {error == cudaSuccess ? nullptr : cudaGetErrorString(error)};
}

// How many rows of its column a thread of launch_rows() has: first, first + step, ..
constexpr int kRowsPerThread = 4;

// Where a thread of launch_rows() works.
struct RowsOfColumn {
  std::int64_t column;  // number of its pack in a row
  std::int64_t first;   // row
  int step;

  __device__ explicit RowsOfColumn(const Tiling& tiling)
      : column(static_cast<std::int64_t>(blockIdx.y) * tiling.columns + static_cast<int>(threadIdx.x) % tiling.columns),
        first(static_cast<std::int64_t>(blockIdx.x) * tiling.rows * kRowsPerThread + static_cast<int>(threadIdx.x) / tiling.columns),
        step(tiling.rows) {}
  __device__ std::int64_t row(int i) const { return first + static_cast<std::int64_t>(i) * step; }
};

// Launches kernel(call, tiling) over `rows` rows of `packs` packs; grid: blocks of rows, tiles. `refusal`: the sentence
// for sizes that no grid holds.
template <class Kernel, class Call>
Status launch_rows(Kernel kernel, const Call& call, std::int64_t rows, std::int64_t packs, const char* refusal, cudaStream_t stream) {
  const Tiling tiling = tile(packs);
  const std::int64_t blocks = divide_up(rows, static_cast<std::int64_t>(tiling.rows) * kRowsPerThread);
  if (tiling.tiles > 65535 || blocks > 0x7fffffffLL) return {refusal};
  const dim3 grid(static_cast<unsigned>(blocks), static_cast<unsigned>(tiling.tiles));
  kernel<<<grid, static_cast<unsigned>(tiling.columns * tiling.rows), 0, stream>>>(call, tiling);
  return launch_status();
}

// The sum over a warp, known to all of it.
__device__ inline float sum_of_warp(float value) {
#pragma unroll
  for (int lanes = 16; lanes > 0; lanes /= 2) value += __shfl_xor_sync(0xffffffffU, value, lanes);
  return value;
}

// The sum over all kThreads of a block, known to all of them; may be called again.
template <int kThreads>
__device__ float sum_of_block(float value) {
  __shared__ float of_warp[kThreads / 32];
  value = sum_of_warp(value);
  __syncthreads();  // the last call's values have been read
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = value;
  __syncthreads();
  float total = 0.0F;
#pragma unroll
  for (int warp = 0; warp < kThreads / 32; ++warp) total += of_warp[warp];
  return total;
}

// Calls work(T()) with the type of a dtype.
template <class Work>
Status with_type(DType dtype, const Work& work) {
  switch (dtype) {
    case DType::F32: return work(float());
    case DType::F16: return work(__half());
    case DType::BF16: return work(__nv_bfloat16());
  }
  return {"The number type is none of fp32, fp16 and bf16."};
}

// What passes begin with that need no more: nothing for what is wrong or empty; else work(T(), stream) on the call's GPU, with
// the type of its numbers.
template <class Call, class Work>
Status run(const Call& call, Stream stream, const Work& work) {
  if (const char* error = why_refused(call)) return {error};
  if (is_empty(call)) return {};
  if (const Status status = use_device(stream); status.error != nullptr) return status;
  return with_type(call.dtype, [&](auto kind) { return work(kind, static_cast<cudaStream_t>(stream.handle)); });
}

}  // namespace studio::cuda
