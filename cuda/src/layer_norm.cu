// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Residual sum and LayerNorm in one pass: a warp holds a row of up to 1280 channels in registers. Longer, odd or
// unaligned rows take a block each, which reads them again for each step.
#include "cuda/src/vectors.cuh"

namespace studio::cuda {
namespace {

constexpr int kWarps = 8;
constexpr int kThreads = 32 * kWarps;
constexpr int kValuesPerUnit = 8;  // of a lane; a unit of a warp is 256 channels
constexpr int kMostUnits = 5;

// kPack parameters from `index` on; both types' arrays are aligned to 16 bytes.
template <class T, int kPack>
__device__ inline void add_parameters(const void* array, DType dtype, std::int64_t index, float (&values)[kPack]) {
  if (array == nullptr) return;
  if (dtype == DType::F32) {
    const Pack<float, kPack> pack = load_pack<float, kPack>(static_cast<const float*>(array) + index);
#pragma unroll
    for (int k = 0; k < kPack; ++k) values[k] += pack.values[k];
  } else {
    const Pack<T, kPack> pack = load_pack<T, kPack>(static_cast<const T*>(array) + index);
#pragma unroll
    for (int k = 0; k < kPack; ++k) values[k] += to_float(pack.values[k]);
  }
}

// One warp a row; lane l has packs l, l + 32, .. of it, kPacks at most. What is alike in all rows is brought into shared memory
// while the rows come: read where it is needed, it would cost another trip to memory each time.
template <class T, int kPacks>
__global__ void __launch_bounds__(kThreads, sizeof(T) == 2 ? 3 : 2) add_norm_in_warp(AddLayerNorm call) {
  constexpr int kPack = kWide<T>;
  __shared__ __align__(16) float biases[32 * kPacks * kPack], norm_weight[32 * kPacks * kPack], norm_bias[32 * kPacks * kPack];
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32;
  const bool is_there = row < call.rows;
  const int lane = static_cast<int>(threadIdx.x) % 32, channels = static_cast<int>(call.channels);
  const auto channel_of = [&](int i) { return (lane + 32 * i) * kPack; };
  const bool has_x = is_there && row >= call.rows_without_x;
  const T* x = static_cast<const T*>(call.x) + (has_x ? (row - call.rows_without_x) * channels : 0);
  const bool has_residual = is_there && call.residual != nullptr;
  const T* residual = static_cast<const T*>(call.residual) + (has_residual ? row * channels : 0);

  Pack<T, kPack> of_x[kPacks], of_residual[kPacks];
#pragma unroll
  for (int i = 0; i < kPacks; ++i) {
    if (channel_of(i) >= channels) continue;
    if (has_x) of_x[i] = load_pack<T, kPack>(x + channel_of(i));
    if (has_residual) of_residual[i] = load_pack<T, kPack>(residual + channel_of(i));
  }
  for (int c = static_cast<int>(threadIdx.x) * kPack; c < channels; c += kThreads * kPack) {
    float bias[kPack] = {}, weight[kPack] = {}, shift[kPack] = {};
    for (const void* x_bias : call.x_biases) add_parameters<T, kPack>(x_bias, call.dtype, c, bias);
    add_parameters<T, kPack>(call.weight, call.parameter_dtype, c, weight);
    add_parameters<T, kPack>(call.bias, call.parameter_dtype, c, shift);
    store_floats<float, kPack>(biases + c, bias);
    store_floats<float, kPack>(norm_weight + c, weight);
    store_floats<float, kPack>(norm_bias + c, shift);
  }
  __syncthreads();
  if (!is_there) return;  // the whole warp
  float sums[kPacks][kPack];
  float total = 0.0F;
#pragma unroll
  for (int i = 0; i < kPacks; ++i) {
    if (channel_of(i) >= channels) continue;
#pragma unroll
    for (int k = 0; k < kPack; ++k) {
      sums[i][k] = biases[channel_of(i) + k];
      if (has_x) sums[i][k] += to_float(of_x[i].values[k]);
      if (has_residual) sums[i][k] += to_float(of_residual[i].values[k]);
      total += sums[i][k];
    }
    if (call.sum != nullptr) store_floats<T, kPack>(static_cast<T*>(call.sum) + row * channels + channel_of(i), sums[i]);
  }
  if (call.out == nullptr) return;
  const float mean = sum_of_warp(total) / static_cast<float>(channels);
  float squares = 0.0F;
#pragma unroll
  for (int i = 0; i < kPacks; ++i) {
    if (channel_of(i) >= channels) continue;
#pragma unroll
    for (int k = 0; k < kPack; ++k) squares += (sums[i][k] - mean) * (sums[i][k] - mean);
  }
  const float scale = rsqrtf(sum_of_warp(squares) / static_cast<float>(channels) + call.eps);
#pragma unroll
  for (int i = 0; i < kPacks; ++i) {
    if (channel_of(i) >= channels) continue;
    float values[kPack];
#pragma unroll
    for (int k = 0; k < kPack; ++k) {
      values[k] = fmaf((sums[i][k] - mean) * scale, norm_weight[channel_of(i) + k], norm_bias[channel_of(i) + k]);
    }
    store_floats<T, kPack>(static_cast<T*>(call.out) + row * channels + channel_of(i), values);
  }
}

// One block a row, any row. The sum is written last: it may stand where x or the residual does.
template <class T>
__global__ void __launch_bounds__(kThreads) add_norm_in_block(AddLayerNorm call) {
  const std::int64_t begin = static_cast<std::int64_t>(blockIdx.x) * call.channels;
  const std::int64_t row = blockIdx.x;
  const bool has_x = row >= call.rows_without_x;
  const T* x = static_cast<const T*>(call.x) + (has_x ? (row - call.rows_without_x) * call.channels : 0);
  const bool has_residual = call.residual != nullptr;
  const T* residual = static_cast<const T*>(call.residual) + (has_residual ? begin : 0);
  const auto sum_at = [&](std::int64_t c) {
    float sum = 0.0F;
    for (const void* x_bias : call.x_biases) sum += x_bias == nullptr ? 0.0F : load_value(x_bias, call.dtype, c);
    if (has_x) sum += to_float(x[c]);
    return has_residual ? sum + to_float(residual[c]) : sum;
  };
  float total = 0.0F;
  for (std::int64_t c = threadIdx.x; c < call.channels; c += kThreads) total += sum_at(c);
  const float mean = sum_of_block<kThreads>(total) / static_cast<float>(call.channels);
  float squares = 0.0F;
  for (std::int64_t c = threadIdx.x; c < call.channels; c += kThreads) {
    const float away = sum_at(c) - mean;
    squares += away * away;
  }
  const float scale = rsqrtf(sum_of_block<kThreads>(squares) / static_cast<float>(call.channels) + call.eps);
  for (std::int64_t c = threadIdx.x; c < call.channels; c += kThreads) {
    const float sum = sum_at(c);
    if (call.sum != nullptr) static_cast<T*>(call.sum)[begin + c] = from_float<T>(sum);
    if (call.out == nullptr) continue;
    const float y = fmaf((sum - mean) * scale, load_value(call.weight, call.parameter_dtype, c),
                         load_value(call.bias, call.parameter_dtype, c));
    static_cast<T*>(call.out)[begin + c] = from_float<T>(y);
  }
}

// Launches the warp kernel with as few units as hold the row.
template <class T, int kUnits>
void launch_warps(const AddLayerNorm& call, cudaStream_t stream) {
  if constexpr (kUnits < kMostUnits) {
    if (call.channels > 32LL * kValuesPerUnit * kUnits) return launch_warps<T, kUnits + 1>(call, stream);
  }
  const auto blocks = static_cast<unsigned>(divide_up(call.rows, kWarps));
  add_norm_in_warp<T, kUnits * kValuesPerUnit / kWide<T>><<<blocks, kThreads, 0, stream>>>(call);
}

bool is_wide(const AddLayerNorm& call) {
  for (const void* pointer : {call.x, call.residual, call.x_biases[0], call.x_biases[1], call.x_biases[2], call.weight, call.bias}) {
    if (!is_aligned(pointer)) return false;
  }
  return is_aligned(call.sum) && is_aligned(call.out) && call.channels % (16 / bytes_of(call.dtype)) == 0 &&
         call.channels <= 32LL * kValuesPerUnit * kMostUnits;
}

}  // namespace

Status add_layer_norm(const AddLayerNorm& call, Stream stream) {
  if (const char* error = why_refused(call)) return {error};
  if (is_empty(call)) return {};
  if (call.rows > 0x7fffffffLL) return {"layer norm: there are too many rows."};
  if (const Status status = use_device(stream); status.error != nullptr) return status;
  const auto handle = static_cast<cudaStream_t>(stream.handle);
  return with_type(call.dtype, [&](auto kind) {
    using T = decltype(kind);
    if (is_wide(call)) {
      launch_warps<T, 1>(call, handle);
    } else {
      add_norm_in_block<T><<<static_cast<unsigned>(call.rows), kThreads, 0, handle>>>(call);
    }
    return launch_status();
  });
}

}  // namespace studio::cuda
