// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// 64 queries mixed along both sides of their map by a warpgroup: every line of the map is multiplied by along_x on the
// tensor cores, and what comes out is summed with the numbers of along_y in fp32.
#pragma once

#include "cuda/src/hopper.cuh"

namespace studio::cuda {

constexpr int kHeadSize = 64;
constexpr int kSlabTokens = 128, kTokenBytes = kHeadSize * 2;  // a slab: lines of a map, padded to 16, 32, 64 or 128 tokens

// Queries as a map. What a query's line is takes one multiplication: exact, as queries are fewer than 2^21.
struct Map {
  int height, width;
  float lines_a_token;

  __device__ int line_of(int query) const { return __float2int_rd((static_cast<float>(query) + 0.5F) * lines_a_token); }
};

// Lines of a map, first to last; none where last < first.
struct Band {
  int first, last;
};

// bands [height]: the lines that have a part in each line of a mixed map. Of a whole block of threads.
__device__ inline void find_bands(const float* along_y, int height, Band* bands) {
  const int lane = static_cast<int>(threadIdx.x) % 32, warps = static_cast<int>(blockDim.x) / 32;
  for (int to = static_cast<int>(threadIdx.x) / 32; to < height; to += warps) {
    int least = height, most = -1;
    const float* const weights = along_y + to * height;
#pragma unroll 1
    for (int from = lane; from < height; from += 32) {
      if (__ldg(weights + from) == 0.0F) continue;
      least = min(least, from);
      most = from;
    }
    least = __reduce_min_sync(~0U, least);
    most = __reduce_max_sync(~0U, most);
    if (lane == 0) bands[to] = {least, most};
  }
}

// The lines that have a part in queries [first,end) of a map.
__device__ inline Band band_of(const Band* bands, const Map& map, int first, int end) {
  Band all{map.height, -1};
  const int last_line = map.line_of(end - 1);
#pragma unroll 1
  for (int y = map.line_of(first); y <= last_line; ++y) all = {min(all.first, bands[y].first), max(all.last, bands[y].last)};
  return all;
}

// What a thread has of the 64 mixed queries: rows t/4 and t/4 + 8 of its warp's 16, columns as products leave them.
// kParts: sixteens of tokens in a padded line.
template <class T, int kParts>
class Mixer {
 public:
  // first: the warpgroup's first query; those beyond the map become any numbers. Of what lies beyond a line or the map
  // only zeros are multiplied: weights of it may be any number too.
  __device__ __forceinline__ Mixer(const float* along_y, const float* along_x, const Map& map, int first) : last_(map.height - 1) {
    const int thread = hopper::thread_of_group();
    const float* line[2];
#pragma unroll
    for (int row = 0; row < 2; ++row) {
      const int query = min(first + thread / 32 * 16 + thread % 32 / 4 + 8 * row, map.height * map.width - 1), y = map.line_of(query);
      line[row] = along_x + (query - y * map.width) * map.width;
      along_y_[row] = along_y + y * map.height;
    }
    float weights[2][kParts][4];
#pragma unroll
    for (int part = 0; part < kParts; ++part) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int x = min(16 * part + i / 2 * 8 + thread % 4 * 2 + i % 2, map.width - 1);
#pragma unroll
        for (int row = 0; row < 2; ++row) weights[row][part][i] = __ldg(line[row] + x);
      }
    }
#pragma unroll
    for (int part = 0; part < kParts; ++part) {
#pragma unroll
      for (int i = 0; i < 4; ++i) along_x_[part][i] = hopper::pair<T>(weights[i % 2][part][i / 2 * 2], weights[i % 2][part][i / 2 * 2 + 1]);
    }
#pragma unroll
    for (float& sum : sums_) sum = 0.0F;
  }

  // Adds lines y and y + 1 of the map, which begin at `one` and `two` of shared memory; lines past its end are zeros.
  // `in_between` has no work to do, but a loop, as waiting for a barrier is: else the assembler waits for the second line's
  // products before it sums the first line's.
  template <class Loop>
  __device__ __forceinline__ void add(hopper::Rows one, hopper::Rows two, int y, const Loop& in_between) {
    float first[kHeadSize / 2], second[kHeadSize / 2], weights[2][2];
    start(first, one);
    start(second, two);
#pragma unroll
    for (int i = 0; i < 2; ++i) {
#pragma unroll
      for (int row = 0; row < 2; ++row) weights[i][row] = __ldg(along_y_[row] + min(y + i, last_));
    }
    hopper::wait_groups<1>();
    take(first, weights[0]);
    in_between();
    hopper::wait_groups<0>();
    take(second, weights[1]);
  }

  // Leaves the mixed queries as copies would leave rows of 128 bytes, swizzled.
  __device__ __forceinline__ void store(std::uint8_t* queries) const {
    const int thread = hopper::thread_of_group();
#pragma unroll
    for (int row = 0; row < 2; ++row) {
      const int query = thread / 32 * 16 + thread % 32 / 4 + 8 * row;
#pragma unroll
      for (int eight = 0; eight < kHeadSize / 8; ++eight) {
        std::uint8_t* const to = queries + query * kTokenBytes + (eight ^ query % 8) * 16 + thread % 4 * 4;
        *reinterpret_cast<std::uint32_t*>(to) = hopper::pair<T>(sums_[4 * eight + 2 * row], sums_[4 * eight + 2 * row + 1]);
      }
    }
  }

 private:
  __device__ __forceinline__ void start(float (&products)[kHeadSize / 2], hopper::Rows line) const {
    hopper::leave_unset(products);
    hopper::begin_products();
#pragma unroll
    for (int part = 0; part < kParts; ++part) {
      hopper::multiply_columns<T>(products, along_x_[part], line.after(part * 16 * kTokenBytes), part > 0);
    }
    hopper::end_group();
  }
  __device__ __forceinline__ void take(float (&products)[kHeadSize / 2], const float (&weights)[2]) {
    hopper::pin(products);
#pragma unroll
    for (int i = 0; i < kHeadSize / 2; ++i) sums_[i] = fmaf(weights[i / 2 % 2], products[i], sums_[i]);
  }

  int last_;
  const float* along_y_[2];
  std::uint32_t along_x_[kParts][4];
  float sums_[kHeadSize / 2];
};

}  // namespace studio::cuda
