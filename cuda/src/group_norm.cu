// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// GroupNorm with SiLU over channels-last maps, in three launches: statistics of each channel over a chunk of
// positions; their union over a group, as one factor and one shift a channel; applying these.
// A pack of channels may belong to several groups, and a group to both inputs. Statistics of single channels do
// not mind, and the offset of a channel only moves its mean. Maps that fit into shared memory take one launch on
// Hopper's GPUs: group_norm_cluster.cu.
#include "cuda/src/group_norm.cuh"
#include "cuda/src/group_norm_cluster.h"
#include "cuda/src/vectors.cuh"

namespace studio::cuda {
namespace {

constexpr int kBatch = 4;  // positions that a thread loads before it uses the first
// Blocks that a launch aims at: four and eight for each of the 132 multiprocessors of the largest GPUs.
constexpr std::int64_t kStatisticsBlocks = 528, kApplyBlocks = 1056;
constexpr int kMergeThreads = 256;
// Narrow blocks with many rows leave few chunks to be merged; 40 packs of fp16 are 320 channels.
constexpr int kMostColumns = 40;

struct Plan {
  Tiling tiling;
  bool is_wide = false;
  std::int64_t channels = 0;
  std::int64_t chunk = 1, chunks = 1;              // positions a block of statistics, and such blocks a sample
  std::int64_t apply_chunk = 1, apply_chunks = 1;  // likewise of the last launch
};

// Mean and sum of squared differences of `count` values.
struct Moments {
  float count = 0.0F, mean = 0.0F, squares = 0.0F;

  // Source: Chan, Golub, LeVeque 1979, eq. 2.1: no large numbers are subtracted, whatever the mean.
  __device__ void merge(const Moments& other) {
    if (other.count == 0.0F) return;
    const float total = count + other.count;
    const float share = other.count / total;
    const float difference = other.mean - mean;
    mean += difference * share;
    squares += other.squares + difference * difference * count * share;
    count = total;
  }
};

std::int64_t chunk_of(const GroupNormSilu& call, const Tiling& tiling, std::int64_t blocks) {
  const std::int64_t step = static_cast<std::int64_t>(tiling.rows) * kBatch;
  const std::int64_t wanted = divide_up(call.positions * tiling.tiles * call.samples, blocks);
  return divide_up(wanted > 1 ? wanted : 1, step) * step;
}

// The size of the workspace may not depend on how pointers lie.
Plan plan_of(const GroupNormSilu& call, bool is_wide) {
  Plan plan;
  plan.channels = channels_of(call);
  plan.is_wide = is_wide;
  plan.tiling = tile(plan.channels / (is_wide ? 16 / bytes_of(call.dtype) : 1), kMostColumns);
  plan.chunk = chunk_of(call, plan.tiling, kStatisticsBlocks);
  plan.chunks = divide_up(call.positions, plan.chunk);
  plan.apply_chunk = chunk_of(call, plan.tiling, kApplyBlocks);
  plan.apply_chunks = divide_up(call.positions, plan.apply_chunk);
  return plan;
}

bool channels_fill_packs(const GroupNormSilu& call) {
  const std::int64_t width = 16 / bytes_of(call.dtype);
  return call.first.channels % width == 0 && call.second.channels % width == 0;
}

std::int64_t bytes_for(const GroupNormSilu& call, const Plan& plan) {
  const auto pair = static_cast<std::int64_t>(sizeof(FactorShift));
  return call.samples * plan.channels * (plan.chunks + 1) * pair;
}

// Adds positions begin, begin + step, ..
template <class T, int kPack, int kFull>
__device__ void add_positions(const Column<T>& column, std::int64_t begin, int step, float count_before,
                              ChannelStatistics (&statistics)[kPack]) {
  Pack<T, kPack> packs[kFull];
#pragma unroll
  for (int i = 0; i < kFull; ++i) {
    packs[i] = load_pack<T, kPack>(column.data + (begin + static_cast<std::int64_t>(i) * step) * column.stride);
  }
  add_packs(packs, count_before, statistics);
}

// Grid: chunks, tiles, samples. partial [samples,chunks,channels].
template <class T, int kPack>
__global__ void __launch_bounds__(kMostThreads)
    channel_statistics(GroupNormSilu call, Plan plan, ChannelStatistics* partial) {
  // [rows,columns,kPack]; one place is left free after each pack, so that a warp's packs begin in different banks.
  constexpr int kStride = kPack == 1 ? 1 : kPack + 1;
  __shared__ ChannelStatistics shared[kMostThreads * kStride];
  const int columns = plan.tiling.columns, rows = plan.tiling.rows;
  const int in_tile = static_cast<int>(threadIdx.x) % columns, row = static_cast<int>(threadIdx.x) / columns;
  const std::int64_t sample = blockIdx.z, chunk = blockIdx.x;
  const std::int64_t first_channel = static_cast<std::int64_t>(blockIdx.y) * columns * kPack;
  const std::int64_t channel = first_channel + static_cast<std::int64_t>(in_tile) * kPack;
  const std::int64_t begin = chunk * plan.chunk;
  const std::int64_t end = begin + plan.chunk < call.positions ? begin + plan.chunk : call.positions;

  ChannelStatistics statistics[kPack] = {};
  if (channel < plan.channels) {
    const Column<T> column = column_of<T>(call, sample, channel);
    float count = 0.0F;
    std::int64_t position = begin + row;
    for (; position + static_cast<std::int64_t>(kBatch - 1) * rows < end; position += static_cast<std::int64_t>(kBatch) * rows) {
      add_positions<T, kPack, kBatch>(column, position, rows, count, statistics);
      count += kBatch;
    }
    for (; position < end; position += rows) {
      add_positions<T, kPack, 1>(column, position, rows, count, statistics);
      count += 1.0F;
    }
  }
#pragma unroll
  for (int k = 0; k < kPack; ++k) shared[(row * columns + in_tile) * kStride + k] = statistics[k];
  __syncthreads();

  // Each channel's rows. Row r had positions begin + r, begin + r + rows, ..: one more where some are left over.
  const std::int64_t each = (end - begin) / rows, left_over = (end - begin) % rows;
  for (int c = static_cast<int>(threadIdx.x); c < columns * kPack; c += static_cast<int>(blockDim.x)) {
    if (first_channel + c >= plan.channels) break;
    Moments all;
    for (int r = 0; r < rows; ++r) {
      const ChannelStatistics one = shared[(r * columns + c / kPack) * kStride + c % kPack];
      all.merge({static_cast<float>(each + (r < left_over ? 1 : 0)), one.mean, one.squares});
    }
    partial[(sample * plan.chunks + chunk) * plan.channels + first_channel + c] = {all.mean, all.squares};
  }
}

// Grid: groups, samples. y = x * factor + shift, with offset, weight and bias in it. result [samples,channels].
__global__ void __launch_bounds__(kMergeThreads)
    merge_groups(GroupNormSilu call, Plan plan, const ChannelStatistics* partial, FactorShift* result) {
  const std::int64_t sample = blockIdx.y;
  const int width = static_cast<int>(plan.channels / call.groups);
  const std::int64_t first_channel = static_cast<std::int64_t>(blockIdx.x) * width;
  const auto offset_at = [&](std::int64_t channel) { return offset_of(call, sample, channel); };
  const ChannelStatistics* entries_of = partial + sample * plan.chunks * plan.channels;
  // Means are added as differences from one of them: no large numbers are, whatever they are.
  const float pivot = entries_of[first_channel].mean + offset_at(first_channel);
  const auto entries = static_cast<std::uint32_t>(plan.chunks * width);
  const auto visit = [&](const auto& take) {
#pragma unroll 4
    for (std::uint32_t entry = threadIdx.x; entry < entries; entry += kMergeThreads) {
      // At most a few thousand chunks of a few thousand channels: 32 bits divide faster.
      const std::uint32_t chunk = entry / static_cast<std::uint32_t>(width);
      const std::int64_t channel = first_channel + (entry - chunk * width);
      const std::int64_t left = call.positions - chunk * plan.chunk;
      const ChannelStatistics one = entries_of[chunk * plan.channels + channel];
      take(static_cast<float>(left < plan.chunk ? left : plan.chunk), one.mean + offset_at(channel), one.squares);
    }
  };
  const float count = static_cast<float>(call.positions) * static_cast<float>(width);
  float differences = 0.0F;
  visit([&](float values, float mean, float) { differences += values * (mean - pivot); });
  const float mean_of_all = pivot + sum_of_block<kMergeThreads>(differences) / count;
  float squares = 0.0F;
  visit([&](float values, float mean, float own) { squares += own + values * (mean - mean_of_all) * (mean - mean_of_all); });
  const float scale = rsqrtf(sum_of_block<kMergeThreads>(squares) / count + call.eps);
  for (int c = static_cast<int>(threadIdx.x); c < width; c += kMergeThreads) {
    const std::int64_t channel = first_channel + c;
    const float factor = scale * load_value(call.weight, call.parameter_dtype, channel);
    const float shift = (offset_at(channel) - mean_of_all) * factor + load_value(call.bias, call.parameter_dtype, channel);
    result[sample * plan.channels + channel] = {factor, shift};
  }
}

// Grid: chunks, tiles, samples.
template <class T, class Out, int kPack>
__global__ void __launch_bounds__(kMostThreads)
    apply(GroupNormSilu call, Plan plan, const FactorShift* factors) {
  const int columns = plan.tiling.columns, rows = plan.tiling.rows;
  const int in_tile = static_cast<int>(threadIdx.x) % columns, row = static_cast<int>(threadIdx.x) / columns;
  const std::int64_t sample = blockIdx.z;
  const std::int64_t channel = (static_cast<std::int64_t>(blockIdx.y) * columns + in_tile) * kPack;
  if (channel >= plan.channels) return;
  // The statistics read the end last: what the cache still holds of a large map is there.
  const std::int64_t begin = static_cast<std::int64_t>(gridDim.x - 1 - blockIdx.x) * plan.apply_chunk;
  const std::int64_t end = begin + plan.apply_chunk < call.positions ? begin + plan.apply_chunk : call.positions;

  const Column<T> column = column_of<T>(call, sample, channel);
  Out* out = static_cast<Out*>(call.out) + sample * call.positions * plan.channels + channel;
  FactorShift with[kPack];
  factors += sample * plan.channels + channel;
  load_factors(factors, with);

  std::int64_t position = begin + row;
  for (; position + static_cast<std::int64_t>(kBatch - 1) * rows < end; position += static_cast<std::int64_t>(kBatch) * rows) {
    Pack<T, kPack> packs[kBatch];
#pragma unroll
    for (int i = 0; i < kBatch; ++i) {
      packs[i] = load_pack<T, kPack>(column.data + (position + static_cast<std::int64_t>(i) * rows) * column.stride);
    }
#pragma unroll
    for (int i = 0; i < kBatch; ++i) {
      apply_pack<Out, kPack>(packs[i], with, call.silu, out + (position + static_cast<std::int64_t>(i) * rows) * plan.channels);
    }
  }
  for (; position < end; position += rows) {
    apply_pack<Out, kPack>(load_pack<T, kPack>(column.data + position * column.stride), with, call.silu,
                           out + position * plan.channels);
  }
}

template <class T, class Out, int kPack>
Status launch(const GroupNormSilu& call, const Plan& plan, cudaStream_t stream) {
  auto* factors = static_cast<FactorShift*>(call.workspace);
  auto* partial = reinterpret_cast<ChannelStatistics*>(factors + call.samples * plan.channels);
  const auto tiles = static_cast<unsigned>(plan.tiling.tiles), samples = static_cast<unsigned>(call.samples);
  const auto threads = static_cast<unsigned>(plan.tiling.columns * plan.tiling.rows);
  const auto grid = [&](std::int64_t chunks) { return dim3(static_cast<unsigned>(chunks), tiles, samples); };
  channel_statistics<T, kPack><<<grid(plan.chunks), threads, 0, stream>>>(call, plan, partial);
  if (const Status status = launch_status(); status.error != nullptr) return status;
  merge_groups<<<dim3(static_cast<unsigned>(call.groups), samples), kMergeThreads, 0, stream>>>(call, plan, partial, factors);
  if (const Status status = launch_status(); status.error != nullptr) return status;
  apply<T, Out, kPack><<<grid(plan.apply_chunks), threads, 0, stream>>>(call, plan, factors);
  return launch_status();
}

template <class T, class Out>
Status launch(const GroupNormSilu& call, const Plan& plan, cudaStream_t stream) {
  return plan.is_wide ? launch<T, Out, kWide<T>>(call, plan, stream) : launch<T, Out, 1>(call, plan, stream);
}

}  // namespace

std::int64_t group_norm_silu_workspace(const GroupNormSilu& call) {
  if (why_shape_refused(call) != nullptr || is_empty(call)) return 0;
  const std::int64_t narrow = bytes_for(call, plan_of(call, false));
  if (!channels_fill_packs(call)) return narrow;
  const std::int64_t wide = bytes_for(call, plan_of(call, true));
  return wide > narrow ? wide : narrow;
}

Status group_norm_silu(const GroupNormSilu& call, Stream stream) {
  if (const char* error = why_refused(call)) return {error};
  if (is_empty(call)) return {};
  if (call.workspace == nullptr || !is_aligned(call.workspace) || call.workspace_bytes < group_norm_silu_workspace(call)) {
    return {"group norm: the workspace is missing, too small or not aligned to 16 bytes."};
  }
  if (const Status status = use_device(stream); status.error != nullptr) return status;
  const bool is_wide = channels_fill_packs(call) && is_aligned(call.first.data) && is_aligned(call.second.data) && is_aligned(call.out);
  if (is_wide) {
    if (const std::optional<Status> done = group_norm_in_clusters(call, stream)) return *done;
  }
  const Plan plan = plan_of(call, is_wide);
  if (plan.tiling.tiles > 65535 || plan.chunks * (plan.channels / call.groups) > 0xffffffffLL) {
    return {"group norm: there are too many channels."};
  }
  const auto handle = static_cast<cudaStream_t>(stream.handle);
  return with_type(call.dtype, [&](auto kind) {
    using T = decltype(kind);
    return call.out_dtype == call.dtype ? launch<T, T>(call, plan, handle) : launch<T, float>(call, plan, handle);
  });
}

}  // namespace studio::cuda
