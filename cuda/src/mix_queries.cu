// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A block of threads mixes 16 lines of a map for 16 columns of a head: first along y, from all lines of the map, then along x.
// Both are products on the tensor cores, so that any blur costs the same. Numbers that are not of the data's type (the
// weights along y, what is mixed along y) go in as two of it, the second what rounding took off the first.
#include "cuda/src/mix_queries.h"

#include "cuda/src/hopper.cuh"
#include "cuda/src/hopper_gpu.cuh"
#include "cuda/src/vectors.cuh"

#include <algorithm>

namespace studio::cuda {
namespace {

using hopper::copy_16, hopper::end_copies, hopper::wait_copies;

constexpr int kHeadSize = 64, kLines = 16, kColumns = 16, kThreads = 256, kWarps = kThreads / 32;
constexpr int kTokenBytes = kColumns * 2;

struct Args {
  const void* q;
  void* out;
  AttentionStrides stride;
  int heads, height, width;
  MixedRow rows[kMostRows];
  QueryMix mixes[kMostMixes];
};

// kSixteens: of the tokens of a padded line.
template <int kSixteens>
struct Sizes {
  static constexpr int kWidth = 16 * kSixteens;
  static constexpr int kLineBytes = kWidth * kTokenBytes + 16;  // 16 more: lines begin in different banks
  static constexpr int kSlabBytes = kLines * kLineBytes;
  static constexpr int kSlabs = kSixteens <= 2 ? 4 : kSixteens <= 4 ? 3 : 2;  // several blocks fit on a multiprocessor
  static constexpr int kWeightBytes = kWidth * 2 + 16;
  static constexpr int kSharedBytes = kSlabs * kSlabBytes + kWidth * kWeightBytes;
};

__device__ __forceinline__ void load_tiles(std::uint32_t (&tiles)[4], std::uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(tiles[0]), "=r"(tiles[1]), "=r"(tiles[2]), "=r"(tiles[3])
               : "r"(address)
               : "memory");
}
__device__ __forceinline__ void load_tiles_turned(std::uint32_t (&tiles)[4], std::uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(tiles[0]), "=r"(tiles[1]), "=r"(tiles[2]), "=r"(tiles[3])
               : "r"(address)
               : "memory");
}

// d += a b. Shapes: a [16,16], b [16,8], d [16,8], as a warp holds them.
template <class T>
__device__ __forceinline__ void multiply(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
  if constexpr (std::is_same_v<T, __half>) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  } else {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
}

// Two numbers as two of T each: rounded, and what that took off.
template <class T>
__device__ __forceinline__ void split(float first, float second, std::uint32_t& rounded, std::uint32_t& rest) {
  rounded = hopper::pair<T>(first, second);
  const T* const taken = reinterpret_cast<const T*>(&rounded);
  rest = hopper::pair<T>(first - to_float(taken[0]), second - to_float(taken[1]));
}

// Grid: slices of 16 columns of tiles of 16 lines, heads, rows.
template <class T, int kSixteens>
__global__ void __launch_bounds__(kThreads) mix_kernel(const __grid_constant__ Args args) {
  using S = Sizes<kSixteens>;
  constexpr int kTokensOfWarp = S::kWidth / kWarps;  // along a line
  extern __shared__ __align__(16) std::uint8_t memory[];
  hopper::await_kernel_before();
  hopper::let_next_kernel_begin();  // not before: the next one trusts that all before this one is done
  const int slice = static_cast<int>(blockIdx.x) % (kHeadSize / kColumns), first_line = static_cast<int>(blockIdx.x) / (kHeadSize / kColumns) * kLines;
  const int head = static_cast<int>(blockIdx.y), thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
  const MixedRow row = args.rows[blockIdx.z];
  const QueryMix mix = args.mixes[row.mix];
  const int height = args.height, width = args.width;
  const T* const from = static_cast<const T*>(args.q) + row.source * args.stride.sample + head * args.stride.head + slice * kColumns;
  const std::uint32_t slabs = hopper::shared_address(memory), weights = slabs + S::kSlabs * S::kSlabBytes;
  const int slab_count = (height + kLines - 1) / kLines;

  const auto copy_slab = [&](int slab) {
    if (slab < slab_count) {
      const std::uint32_t to = slabs + slab % S::kSlabs * S::kSlabBytes;
#pragma unroll
      for (int i = thread; i < kLines * S::kWidth * 2; i += kThreads) {
        const int line = i / (S::kWidth * 2), x = i / 2 % S::kWidth, y = slab * kLines + line;
        const bool is_there = y < height && x < width;
        const T* const token = from + (is_there ? static_cast<std::int64_t>(y) * width + x : 0) * args.stride.token;
        copy_16(to + line * S::kLineBytes + x * kTokenBytes + i % 2 * 16, token + i % 2 * 8, is_there);
      }
    }
    end_copies();
  };
  for (int slab = 0; slab < S::kSlabs - 1; ++slab) copy_slab(slab);
  for (int i = thread; i < S::kWidth * S::kWidth; i += kThreads) {
    const int to = i / S::kWidth, x = i % S::kWidth;
    const float weight = to < width && x < width ? __ldg(mix.along_x + to * width + x) : 0.0F;
    *reinterpret_cast<T*>(memory + S::kSlabs * S::kSlabBytes + to * S::kWeightBytes + x * 2) = from_float<T>(weight);
  }

  // Along y: rows are lines of the result, columns are tokens' numbers, eight by eight.
  float sums[kTokensOfWarp][2][4] = {}, along_y[4][2];
  const auto load_weights = [&](int slab) {
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const int to = first_line + lane / 4 + i / 2 % 2 * 8, y = slab * kLines + lane % 4 * 2 + i / 4 * 8 + i % 2;
      along_y[i / 2][i % 2] = to < height && y < height ? __ldg(mix.along_y + to * height + y) : 0.0F;
    }
  };
  load_weights(0);
  for (int slab = 0; slab < slab_count; ++slab) {
    std::uint32_t rounded[4], rest[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) split<T>(along_y[i][0], along_y[i][1], rounded[i], rest[i]);
    load_weights(slab + 1);  // long before they are needed
    wait_copies<S::kSlabs - 2>();
    __syncthreads();
    copy_slab(slab + S::kSlabs - 1);
    const std::uint32_t line = slabs + slab % S::kSlabs * S::kSlabBytes + (lane / 8 % 2 * 8 + lane % 8) * S::kLineBytes + lane / 16 * 16;
#pragma unroll
    for (int i = 0; i < kTokensOfWarp; ++i) {
      std::uint32_t tiles[4];
      load_tiles_turned(tiles, line + (warp * kTokensOfWarp + i) * kTokenBytes);
#pragma unroll
      for (int eight = 0; eight < 2; ++eight) {
        multiply<T>(sums[i][eight], rounded, tiles[2 * eight], tiles[2 * eight + 1]);
        multiply<T>(sums[i][eight], rest, tiles[2 * eight], tiles[2 * eight + 1]);
      }
    }
  }
  wait_copies<0>();
  __syncthreads();

  // What came out, in the place of the first slabs: rounded, then the rest. The two eights of every second four tokens change
  // places, so that eight tokens lie in different banks.
#pragma unroll
  for (int i = 0; i < kTokensOfWarp; ++i) {
    const int x = warp * kTokensOfWarp + i;
#pragma unroll
    for (int eight = 0; eight < 2; ++eight) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        std::uint8_t* const to = memory + (lane / 4 + 8 * half) * S::kLineBytes + x * kTokenBytes + (eight ^ (x / 4 % 2)) * 16 + lane % 4 * 4;
        split<T>(sums[i][eight][2 * half], sums[i][eight][2 * half + 1], *reinterpret_cast<std::uint32_t*>(to),
                 *reinterpret_cast<std::uint32_t*>(to + S::kSlabBytes));
      }
    }
  }
  __syncthreads();

  // Along x: rows are tokens of two lines of the result.
  constexpr int kLinesOfWarp = kLines / kWarps;
  const int token = lane / 8 % 2 * 8 + lane % 8, own_line = warp * kLinesOfWarp;
  const std::uint32_t weight = weights + token * S::kWeightBytes + lane / 16 * 16;
  const std::uint32_t mixed = slabs + own_line * S::kLineBytes + token * kTokenBytes + ((lane / 16) ^ (token / 4 % 2)) * 16;
  std::uint32_t tiles[kLinesOfWarp][kSixteens][2][4];
#pragma unroll
  for (int line = 0; line < kLinesOfWarp; ++line) {
#pragma unroll
    for (int part = 0; part < kSixteens; ++part) {
#pragma unroll
      for (int piece = 0; piece < 2; ++piece) {
        load_tiles_turned(tiles[line][part][piece], mixed + line * S::kLineBytes + piece * S::kSlabBytes + part * 16 * kTokenBytes);
      }
    }
  }
  T* const out = static_cast<T*>(args.out) + (static_cast<std::int64_t>(blockIdx.z) * args.heads + head) * height * width * kHeadSize + slice * kColumns;
#pragma unroll 1
  for (int to = 0; to < kSixteens; ++to) {
    float result[kLinesOfWarp][2][4] = {};
#pragma unroll
    for (int part = 0; part < kSixteens; ++part) {
      std::uint32_t a[4];
      load_tiles(a, weight + to * 16 * S::kWeightBytes + part * 32);
#pragma unroll
      for (int piece = 0; piece < 2; ++piece) {
#pragma unroll
        for (int line = 0; line < kLinesOfWarp; ++line) {
          const std::uint32_t(&b)[4] = tiles[line][part][piece];
#pragma unroll
          for (int eight = 0; eight < 2; ++eight) multiply<T>(result[line][eight], a, b[2 * eight], b[2 * eight + 1]);
        }
      }
    }
#pragma unroll
    for (int i = 0; i < 2 * kLinesOfWarp; ++i) {
      const int half = i % 2, line = i / 2, x = to * 16 + lane / 4 + 8 * half, y = first_line + own_line + line;
      if (x >= width || y >= height) continue;
      T* const at = out + (static_cast<std::int64_t>(y) * width + x) * kHeadSize + lane % 4 * 2;
#pragma unroll
      for (int eight = 0; eight < 2; ++eight) {
        *reinterpret_cast<std::uint32_t*>(at + eight * 8) = hopper::pair<T>(result[line][eight][2 * half], result[line][eight][2 * half + 1]);
      }
    }
  }
}

template <class T, int kSixteens>
Status launch(const Args& args, int row_count, cudaStream_t stream) {
  constexpr int kSharedBytes = Sizes<kSixteens>::kSharedBytes;
  const std::int64_t tiles = divide_up(args.height, kLines) * (kHeadSize / kColumns);
  if (args.heads > 65535) return {"attention: there are too many heads."};
  if (const cudaError_t error = cudaFuncSetAttribute(mix_kernel<T, kSixteens>, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes); error != cudaSuccess) {
    return {cudaGetErrorString(error)};
  }
  const dim3 grid(static_cast<unsigned>(tiles), static_cast<unsigned>(args.heads), static_cast<unsigned>(row_count));
  const cudaError_t error = launch_early(mix_kernel<T, kSixteens>, grid, kThreads, kSharedBytes, stream, args);
  return error == cudaSuccess ? launch_status() : Status{cudaGetErrorString(error)};
}

template <class T>
Status launch(const Args& args, int row_count, cudaStream_t stream) {
  if (args.width <= 16) return launch<T, 1>(args, row_count, stream);
  if (args.width <= 32) return launch<T, 2>(args, row_count, stream);
  if (args.width <= 64) return launch<T, 4>(args, row_count, stream);
  return launch<T, 8>(args, row_count, stream);
}

}  // namespace

Status mix_queries(const MixQueries& work, cudaStream_t stream) {
  const Attention& call = *work.call;
  Args args{call.q, work.out, call.q_stride, static_cast<int>(call.heads), static_cast<int>(call.height), static_cast<int>(call.width)};
  std::copy_n(work.rows, work.row_count, args.rows);
  std::copy_n(call.mixes, call.mix_count, args.mixes);
  return call.dtype == DType::F16 ? launch<__half>(args, work.row_count, stream) : launch<__nv_bfloat16>(args, work.row_count, stream);
}

}  // namespace studio::cuda
