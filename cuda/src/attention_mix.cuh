// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Queries mixed along both sides of their map, some columns of a head at a time, by a whole block of threads.
#pragma once

#include "cuda/src/vectors.cuh"

namespace studio::cuda {

constexpr int kHeadSize = 64;
// A slice has 16 columns of a head, or 8 where a map is too large for 16.
constexpr int kWideSlice = 16, kNarrowSlice = 8;
constexpr int kMixStep = 4;  // neighbours of a line that a thread makes, of 4 columns

__host__ __device__ constexpr std::int64_t round_up_to_step(std::int64_t side) { return (side + kMixStep - 1) / kMixStep * kMixStep; }

// Floats of shared memory: the map's columns and both matrices.
__host__ __device__ constexpr std::int64_t mix_floats(std::int64_t height, std::int64_t width, int columns) {
  return height * width * columns + height * (round_up_to_step(height) + kMixStep) + width * (round_up_to_step(width) + kMixStep);
}

// One side's matrix as mix_line() reads it: rows [from][output], a few numbers apart so that a column's lie in different
// banks. Output i of block b of kMixStep is position b + i * blocks: neighbouring threads write to neighbouring places.
struct Weights {
  float* rows;
  int side, blocks, pitch;

  __device__ Weights(float*& memory, int its_side)
      : rows(memory), side(its_side), blocks(static_cast<int>(round_up_to_step(its_side)) / kMixStep), pitch((blocks + 1) * kMixStep) {
    memory += side * pitch;
  }
  __device__ void load(const float* matrix) const {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    for (int to = static_cast<int>(threadIdx.x) / 32; to < blocks * kMixStep; to += static_cast<int>(blockDim.x) / 32) {
      float* const output = rows + to % blocks * kMixStep + to / blocks;
      for (int from = lane; from < side; from += 32) output[from * pitch] = to < side ? __ldg(matrix + to * side + from) : 0.0F;
    }
  }
};

// sums[i] += sum over all `from` of the weights of output i of a block times map[from * stride][4 columns].
__device__ __forceinline__ void mix_line(const float* map, int stride, const Weights& weights, int block, float4 (&sums)[kMixStep]) {
#pragma unroll 8
  for (int from = 0; from < weights.side; ++from) {
    const float4 value = *reinterpret_cast<const float4*>(map + from * stride);
    const float4 four = *reinterpret_cast<const float4*>(weights.rows + from * weights.pitch + block * kMixStep);
    const float weight[kMixStep] = {four.x, four.y, four.z, four.w};
#pragma unroll
    for (int i = 0; i < kMixStep; ++i) {
      sums[i].x += weight[i] * value.x, sums[i].y += weight[i] * value.y;
      sums[i].z += weight[i] * value.z, sums[i].w += weight[i] * value.w;
    }
  }
}

// Columns of queries [height * width,64] of one head.
template <class T>
struct MixSlice {
  const T* from;
  std::int64_t stride;
  T* to;  // rows of 64
  int height, width;
  const float *along_y, *along_x;
};

// to = along_y * map * along_x^T for kColumns columns, summed in fp32 and rounded once. memory: mix_floats(), aligned to 16.
template <class T, int kColumns, int kThreads>
__device__ void mix_slice(const MixSlice<T>& slice, float* memory) {
  const int thread = static_cast<int>(threadIdx.x), height = slice.height, width = slice.width, positions = height * width;
  float* const map = memory;
  memory += positions * kColumns;
  const Weights along_x(memory, width), along_y(memory, height);
  along_x.load(slice.along_x);
  along_y.load(slice.along_y);
  constexpr int kParts = kColumns / 8;
#pragma unroll 4
  for (int i = thread; i < positions * kParts; i += kThreads) {
    const Pack<T, 8> values = load_pack<T, 8>(slice.from + i / kParts * slice.stride + i % kParts * 8);
    float wide[8];
#pragma unroll
    for (int k = 0; k < 8; ++k) wide[k] = to_float(values.values[k]);
    store_floats<float, 8>(map + i * 8, wide);
  }
  __syncthreads();

  // Along x, in place: as many whole lines at a time as there are threads for.
  constexpr int kFours = kColumns / 4;
  const int across = along_x.blocks * kFours, lines = max(kThreads / across, 1);
  for (int first = 0; first < height; first += lines) {
    const int y = first + thread / across, block = thread % across / kFours, four = thread % kFours;
    const bool has_work = thread < lines * across && y < height;
    float* const line = map + y * width * kColumns + four * 4;
    float4 sums[kMixStep] = {};
    if (has_work) mix_line(line, kColumns, along_x, block, sums);
    __syncthreads();
#pragma unroll
    for (int i = 0; i < kMixStep; ++i) {
      const int x = block + i * along_x.blocks;
      if (has_work && x < width) *reinterpret_cast<float4*>(line + x * kColumns) = sums[i];
    }
  }
  __syncthreads();

  // Along y, to where it belongs. Neighbouring threads have neighbouring x.
  for (int item = thread; item < width * along_y.blocks * kFours; item += kThreads) {
    const int four = item % kFours, x = item / kFours % width, block = item / kFours / width;
    float4 sums[kMixStep] = {};
    mix_line(map + x * kColumns + four * 4, width * kColumns, along_y, block, sums);
#pragma unroll
    for (int i = 0; i < kMixStep; ++i) {
      const int y = block + i * along_y.blocks;
      if (y >= height) continue;
      T values[4] = {from_float<T>(sums[i].x), from_float<T>(sums[i].y), from_float<T>(sums[i].z), from_float<T>(sums[i].w)};
      *reinterpret_cast<uint2*>(slice.to + static_cast<std::int64_t>(y * width + x) * kHeadSize + four * 4) = reinterpret_cast<const uint2&>(values);
    }
  }
  __syncthreads();
}

}  // namespace studio::cuda
