// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Attention in which every query of a head is their mean: one query, whose output goes to every position.
#pragma once

#include "cuda/src/vectors.cuh"

namespace studio::cuda {

constexpr int kHeadSize = 64;
constexpr int kMeanParts = kHeadSize / 8;                   // threads that share a token
constexpr int kMeanFloats = kHeadSize * 64 + kHeadSize + 32;  // of shared memory, beside one for each key

template <int kThreads>
__device__ __forceinline__ float reduce_block(float value, float* scratch, bool takes_most) {
  const auto join = [&](float a, float b) { return takes_most ? fmaxf(a, b) : a + b; };
#pragma unroll
  for (int by = 16; by > 0; by /= 2) value = join(value, __shfl_xor_sync(~0U, value, by));
  __syncthreads();
  if (threadIdx.x % 32 == 0) scratch[threadIdx.x / 32] = value;
  __syncthreads();
  float all = scratch[0];
  for (int i = 1; i < kThreads / 32; ++i) all = join(all, scratch[i]);
  return all;
}

// sums[64] of partial sums of 8 columns by each thread; all threads get them in `columns`.
template <int kThreads>
__device__ __forceinline__ void gather_columns(const float (&sums)[8], float factor, float* partial, float* columns) {
  const int part = static_cast<int>(threadIdx.x) % kMeanParts, lane = static_cast<int>(threadIdx.x) / kMeanParts;
  __syncthreads();
  store_floats<float, 8>(partial + lane * kHeadSize + part * 8, sums);
  __syncthreads();
  if (threadIdx.x < kHeadSize) {
    float sum = 0.0F;
    for (int i = 0; i < kThreads / kMeanParts; ++i) sum += partial[i * kHeadSize + threadIdx.x];
    columns[threadIdx.x] = sum * factor;
  }
  __syncthreads();
}

// For one head. q [queries,64], k, v [keys,64], out [queries,64]: rows of adjacent numbers. memory: kMeanFloats + keys floats, aligned to 16. All threads
// of the block take part. The mean is rounded to T, as LibTorch's mean is; the rest is in fp32.
template <class T, int kThreads>
__device__ void attend_with_mean(const T* q, std::int64_t q_stride, int queries, const T* k, const T* v, std::int64_t kv_stride, int keys, T* out,
                                 std::int64_t out_stride, float* memory) {
  constexpr int kTokens = kThreads / kMeanParts;
  static_assert(kTokens <= 64);
  const int part = static_cast<int>(threadIdx.x) % kMeanParts, lane = static_cast<int>(threadIdx.x) / kMeanParts;
  float* const partial = memory;
  float* const columns = memory + kHeadSize * 64;
  float* const scratch = columns + kHeadSize;
  float* const scores = scratch + 32;

  float sums[8] = {};
#pragma unroll 4
  for (int token = lane; token < queries; token += kTokens) {
    const Pack<T, 8> values = load_pack<T, 8>(q + token * q_stride + part * 8);
#pragma unroll
    for (int i = 0; i < 8; ++i) sums[i] += to_float(values.values[i]);
  }
  gather_columns<kThreads>(sums, 1.0F / static_cast<float>(queries), partial, columns);
  float query[8];
#pragma unroll
  for (int i = 0; i < 8; ++i) query[i] = to_float(from_float<T>(columns[part * 8 + i]));

  constexpr float kScale = 0.125F * 1.44269504088896341F;
  float most = -INFINITY;
#pragma unroll 4
  for (int first = 0; first < keys; first += kTokens) {
    const int token = min(first + lane, keys - 1);
    const Pack<T, 8> values = load_pack<T, 8>(k + token * kv_stride + part * 8);
    float score = 0.0F;
#pragma unroll
    for (int i = 0; i < 8; ++i) score += query[i] * to_float(values.values[i]);
#pragma unroll
    for (int by = 1; by < kMeanParts; by *= 2) score += __shfl_xor_sync(~0U, score, by);
    score *= kScale;
    most = fmaxf(most, score);
    if (part == 0) scores[token] = score;
  }
  most = reduce_block<kThreads>(most, scratch, true);
  float sum = 0.0F;
  float outputs[8] = {};
#pragma unroll 4
  for (int token = lane; token < keys; token += kTokens) {
    const float weight = exp2_fast(scores[token] - most);
    const Pack<T, 8> values = load_pack<T, 8>(v + token * kv_stride + part * 8);
    if (part == 0) sum += weight;
#pragma unroll
    for (int i = 0; i < 8; ++i) outputs[i] += weight * to_float(values.values[i]);
  }
  sum = reduce_block<kThreads>(sum, scratch, false);
  gather_columns<kThreads>(outputs, 1.0F / sum, partial, columns);
  float result[8];
#pragma unroll
  for (int i = 0; i < 8; ++i) result[i] = columns[part * 8 + i];
  for (int token = lane; token < queries; token += kTokens) store_floats<T, 8>(out + token * out_stride + part * 8, result);
}

}  // namespace studio::cuda
