// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Group norm that reads its input once: a cluster of blocks takes some adjacent groups of a sample, and each block a share of
// the positions, which it copies into its shared memory. There it finds the means and squares of its share. The blocks tell
// each other theirs, and write their shares normalised. A thread copies, counts and writes the same packs of channels, so
// that only statistics are shared.
#include "cuda/src/group_norm_cluster.h"

#include "cuda/src/group_norm.cuh"
#include "cuda/src/hopper_cluster.cuh"
#include "cuda/src/hopper_gpu.cuh"
#include "cuda/src/vectors.cuh"

#include <algorithm>
#include <array>
#include <atomic>
#include <type_traits>

namespace studio::cuda {
namespace {

constexpr int kManyThreads = 512, kFewThreads = 256;  // of a block
constexpr int kMostGroups = kFewThreads / 32;         // of a cluster: a warp merges each
constexpr int kMostCluster = 16, kPortableCluster = 8;
constexpr int kLeastSpan = 64, kMostSpan = 512, kMostChannels = kMostSpan / 2;  // bytes of a cluster's channels in a position
constexpr int kMostBytes = 96 * 1024;  // of a share: two fit on a multiprocessor, of which one copies while the other writes
constexpr int kBatch = 4;              // positions that a thread counts at a time
constexpr int kAhead = 4;              // batches that are copied meanwhile

// How a call is spread over blocks.
struct Mapping {
  int groups = 0;   // of a cluster
  int cluster = 0;  // blocks
  int columns = 0;  // packs of a position
  int rows = 0;     // positions that a block's threads take at a time
  int threads = 0;
  int width = 0;                // channels of a group
  int each = 0, left_over = 0;  // positions of any block, and blocks that have one more
  int data_bytes = 0, part_bytes = 0;

  __device__ int positions_of(int rank) const { return each + (rank < left_over ? 1 : 0); }
  __device__ int begin_of(int rank) const { return each * rank + min(rank, left_over); }
};

// Statistics of those of a thread's channels that belong to the same group.
struct Part {
  float count, mean, squares;
};

struct Shared {
  alignas(16) FactorShift factors[kMostChannels];  // weight and bias at first
  float offsets[kMostChannels];
  alignas(8) ChannelStatistics of_blocks[kMostGroups][kMostCluster];  // sent by all blocks of the cluster
  hopper::Barrier is_told;
};

// A thread has one or two parts. A multiprocessor keeps 1 KB of each block for itself.
constexpr int kMostDynamicBytes = kMostBytes + 2 * kManyThreads * static_cast<int>(sizeof(Part));
static_assert(2 * (kMostDynamicBytes + sizeof(Shared) + 1024) <= 228 * 1024);

// Channels begin, begin + 1, .. end - 1 as one. Means are added as differences from one of them, which does not lose digits.
template <int kPack>
__device__ Part part_of(const ChannelStatistics (&channels)[kPack], int begin, int end, float pivot, float count) {
  float differences = 0.0F;
#pragma unroll
  for (int k = 0; k < kPack; ++k) differences += k >= begin && k < end ? channels[k].mean - pivot : 0.0F;
  const float mean = pivot + differences / static_cast<float>(max(end - begin, 1));
  float squares = 0.0F;
#pragma unroll
  for (int k = 0; k < kPack; ++k) {
    const float away = channels[k].mean - mean;
    squares += k >= begin && k < end ? channels[k].squares + count * (away * away) : 0.0F;
  }
  return {count * static_cast<float>(end - begin), mean, squares};
}

// The share of one block, as one thread sees it.
template <class T>
struct Share {
  int column = 0, row = 0;
  int begin = 0, positions = 0;  // of the block
  int own = 0;                   // of them, this thread's: row, row + rows, ..
  T* slot = nullptr;             // where its first pack is kept
  int slot_step = 0;             // to its next one, in numbers

  __device__ Share(const Mapping& mapping, int rank, void* memory) {
    const int thread = static_cast<int>(threadIdx.x);
    column = thread % mapping.columns;
    row = thread / mapping.columns;
    begin = mapping.begin_of(rank);
    positions = mapping.positions_of(rank);
    own = row < mapping.rows && row < positions ? (positions - row + mapping.rows - 1) / mapping.rows : 0;
    slot = static_cast<T*>(memory) + thread * kWide<T>;
    slot_step = mapping.rows * mapping.columns * kWide<T>;
  }
};

// Copies a thread's packs and makes statistics of each of its channels, while later packs are on their way. `meanwhile` is done
// first.
template <class T, class Work>
__device__ __forceinline__ void take_in(const Share<T>& share, const Column<T>& from, int rows, const Work& meanwhile,
                                        ChannelStatistics (&statistics)[kWide<T>]) {
  constexpr int kPack = kWide<T>;
  const T* next = from.data + static_cast<std::int64_t>(share.begin + share.row) * from.stride;
  const std::int64_t step = rows * from.stride;
  const std::uint32_t slot = hopper::shared_address(share.slot);
  int copied = 0;
  const auto copy_batch = [&] {
#pragma unroll
    for (int i = 0; i < kBatch; ++i) {
      if (copied < share.own) hopper::copy_16(slot + copied * share.slot_step * static_cast<int>(sizeof(T)), next, true);
      next += step;
      ++copied;
    }
    hopper::end_copies();  // also of none: groups are counted
  };
#pragma unroll 1
  for (int i = 0; i < kAhead; ++i) copy_batch();
  meanwhile();
  for (int done = 0; done < share.own;) {
    hopper::wait_copies<kAhead - 1>();
    if (done + kBatch <= share.own) {
      Pack<T, kPack> packs[kBatch];
#pragma unroll
      for (int i = 0; i < kBatch; ++i) packs[i] = load_pack<T, kPack>(share.slot + (done + i) * share.slot_step);
      add_packs(packs, static_cast<float>(done), statistics);
      done += kBatch;
    } else {
      for (; done < share.own; ++done) {
        const Pack<T, kPack> packs[1] = {load_pack<T, kPack>(share.slot + done * share.slot_step)};
        add_packs(packs, static_cast<float>(done), statistics);
      }
    }
    copy_batch();
  }
}

// Parts lie in the order of channels, each with all its rows. Pack i that begins in group g has part i + g, and i + g + 1 where
// it ends in the next group. Hence those of a group are neighbours.
template <int kPack>
__device__ void put_parts(Part* parts, const Mapping& mapping, int column, int row, const ChannelStatistics (&statistics)[kPack], float count) {
  const int channel = column * kPack, group = channel / mapping.width;
  const int in_first = min((group + 1) * mapping.width - channel, kPack);
  Part* const first = parts + (column + group) * mapping.rows + row;
  *first = part_of(statistics, 0, in_first, statistics[0].mean, count);
  if (in_first < kPack) first[mapping.rows] = part_of(statistics, in_first, kPack, statistics[kPack - 1].mean, count);
}

// A warp's work: the union of a group's parts in this block.
template <int kPack>
__device__ ChannelStatistics merge_parts(const Part* parts, const Mapping& mapping, int group, int positions) {
  const int channel = group * mapping.width, lane = static_cast<int>(threadIdx.x) % 32;
  const Part* const begin = parts + (channel / kPack + group) * mapping.rows;
  const Part* const end = parts + ((channel + mapping.width - 1) / kPack + group + 1) * mapping.rows;
  const float count = fmaxf(static_cast<float>(positions) * static_cast<float>(mapping.width), 1.0F);  // a block may have no position
  const float pivot = begin->mean;
  float differences = 0.0F;
#pragma unroll 4
  for (const Part* part = begin + lane; part < end; part += 32) differences += part->count * (part->mean - pivot);
  const float mean = pivot + sum_of_warp(differences) / count;
  float squares = 0.0F;
#pragma unroll 4
  for (const Part* part = begin + lane; part < end; part += 32) {
    const float away = part->mean - mean;
    squares += part->squares + part->count * (away * away);
  }
  return {mean, sum_of_warp(squares)};
}

// A warp's work: the union of what the blocks have of a group; then what its channels are multiplied by, and what is added.
__device__ void merge_blocks(Shared& shared, const Mapping& mapping, int group, int positions, float eps) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const bool is_block = lane < mapping.cluster;
  const auto width = static_cast<float>(mapping.width);
  const ChannelStatistics one = is_block ? shared.of_blocks[group][lane] : ChannelStatistics{0.0F, 0.0F};
  const float values = is_block ? static_cast<float>(mapping.positions_of(lane)) * width : 0.0F;
  const float count = static_cast<float>(positions) * width;
  const float pivot = __shfl_sync(0xffffffffU, one.mean, 0);  // the first block has a position
  const float mean = pivot + sum_of_warp(values * (one.mean - pivot)) / count;
  const float away = one.mean - mean;
  const float scale = rsqrtf(sum_of_warp(one.squares + values * (away * away)) / count + eps);
#pragma unroll 1
  for (int c = group * mapping.width + lane; c < (group + 1) * mapping.width; c += 32) {
    const FactorShift with = shared.factors[c];
    const float factor = scale * with.factor;
    shared.factors[c] = {factor, (shared.offsets[c] - mean) * factor + with.shift};
  }
}

// Grid: clusters of a sample one after the other, samples. 64 registers let two blocks of many threads, or four of few, share
// a multiprocessor.
template <class T, class Out>
__global__ void __launch_bounds__(kManyThreads, 2) norm_in_cluster(const __grid_constant__ GroupNormSilu call, const __grid_constant__ Mapping mapping) {
  constexpr int kPack = kWide<T>;
  extern __shared__ __align__(16) std::uint8_t memory[];
  __shared__ Shared shared;
  if (threadIdx.x == 0) {
    shared.is_told.init(1);
    hopper::show_barriers_to_copies();
    shared.is_told.arrive_expecting(static_cast<unsigned>(mapping.cluster * mapping.groups) * sizeof(ChannelStatistics));
  }
  __syncwarp();
  hopper::arrive_in_cluster();
  const int rank = static_cast<int>(hopper::rank_in_cluster());
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
  const std::int64_t sample = blockIdx.y, channels = call.first.channels + call.second.channels;
  const int span = mapping.groups * mapping.width;
  const std::int64_t first_channel = static_cast<std::int64_t>(blockIdx.x / static_cast<unsigned>(mapping.cluster)) * span;
  const Share<T> share(mapping, rank, memory);
  const std::int64_t channel = first_channel + share.column * kPack;
  Part* const parts = reinterpret_cast<Part*>(memory + mapping.data_bytes);

  ChannelStatistics statistics[kPack] = {};
  const auto load_parameters = [&] {
#pragma unroll 1
    for (int c = static_cast<int>(threadIdx.x); c < span; c += mapping.threads) {
      shared.offsets[c] = offset_of(call, sample, first_channel + c);
      shared.factors[c] = {load_value(call.weight, call.parameter_dtype, first_channel + c), load_value(call.bias, call.parameter_dtype, first_channel + c)};
    }
  };
  take_in<T>(share, column_of<T>(call, sample, channel), mapping.rows, load_parameters, statistics);
  __syncthreads();
  if (share.row < mapping.rows) {
#pragma unroll
    for (int k = 0; k < kPack; ++k) statistics[k].mean += shared.offsets[share.column * kPack + k];
    put_parts(parts, mapping, share.column, share.row, statistics, static_cast<float>(share.own));
  }
  __syncthreads();
  hopper::await_cluster();
  if (warp < mapping.groups) {
    const ChannelStatistics here = merge_parts<kPack>(parts, mapping, warp, share.positions);
    if (lane < mapping.cluster) hopper::send_to_block(&shared.of_blocks[warp][rank], here.mean, here.squares, shared.is_told, static_cast<unsigned>(lane));
    // A block that has been told all is not written to any more, and may end before the others.
    shared.is_told.wait(0);
    __syncwarp();
    merge_blocks(shared, mapping, warp, static_cast<int>(call.positions), call.eps);
  }
  __syncthreads();

  FactorShift with[kPack];
  load_factors(shared.factors + share.column * kPack, with);
  Out* out = static_cast<Out*>(call.out) + (sample * call.positions + share.begin + share.row) * channels + channel;
  const std::int64_t step = mapping.rows * channels;
#pragma unroll 1
  for (int i = 0; i < share.own; ++i, out += step) {
    apply_pack<Out, kPack>(load_pack<T, kPack>(share.slot + i * share.slot_step), with, call.silu, out);
  }
}

// The mapping whose busiest multiprocessor moves the fewest bytes, where one fits. Spans that end within a sector of 32 bytes
// move all of it. Clusters of 16 find less room than smaller ones.
Mapping mapping_of(const GroupNormSilu& call, int processors, int most_cluster) {
  Mapping best;
  const std::int64_t width = channels_of(call) / call.groups, bytes = bytes_of(call.dtype);
  if (width * bytes < 16) return best;  // a pack would belong to more than two groups
  double least = 0.0;
  for (int groups = 1; groups <= kMostGroups && call.groups % groups == 0; groups *= 2) {
    const std::int64_t span = groups * width * bytes;
    if (span % 16 != 0 || span < kLeastSpan || span > kMostSpan) continue;
    for (int cluster = 2; cluster <= most_cluster; cluster *= 2) {
      const std::int64_t share = divide_up(call.positions, cluster);
      if (share > kMostBytes / span) continue;
      const std::int64_t blocks = call.samples * (call.groups / groups) * cluster, most_blocks = divide_up(blocks, processors);
      if (most_blocks * share * span > 2 * kMostBytes) continue;  // a second round of blocks costs more than the second reading
      const auto moved = static_cast<double>(most_blocks * share * (span % 32 == 0 ? span : span + 16));
      const double cost = cluster > kPortableCluster ? 1.25 * moved : moved;
      if (best.cluster != 0 && cost >= least) continue;
      least = cost;
      best.groups = groups;
      best.cluster = cluster;
      best.columns = static_cast<int>(span / 16);
      best.data_bytes = static_cast<int>(share * span);
      // Half of all threads that fit on a multiprocessor hide what they wait for; less for little work, which merging would outweigh.
      best.threads = best.data_bytes > kMostBytes / 2 || (most_blocks <= 2 && best.data_bytes > kMostBytes / 6) ? kManyThreads : kFewThreads;
      best.rows = best.threads / best.columns;
      best.width = static_cast<int>(width);
      best.each = static_cast<int>(call.positions / cluster);
      best.left_over = static_cast<int>(call.positions % cluster);
      best.part_bytes = (best.columns + best.groups) * best.rows * static_cast<int>(sizeof(Part));
    }
  }
  return best;
}

cudaLaunchConfig_t config_of(dim3 grid, int threads, int dynamic_bytes, cudaLaunchAttribute& cluster, int blocks) {
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim.x = static_cast<unsigned>(blocks);
  cluster.val.clusterDim.y = cluster.val.clusterDim.z = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.dynamicSmemBytes = static_cast<std::size_t>(dynamic_bytes);
  config.attrs = &cluster;
  config.numAttrs = 1;
  return config;
}

// The most blocks of a cluster that the current GPU runs with the largest shares, 0 for none.
template <class T, class Out>
int most_cluster_of(int device) {
  static std::array<std::atomic<int>, kMostGpus> known{};  // one more than that
  if (const int one_more = known[device].load(); one_more > 0) return one_more - 1;
  const auto kernel = norm_in_cluster<T, Out>;
  cudaError_t error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kMostDynamicBytes);
  if (error == cudaSuccess) error = cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout, cudaSharedmemCarveoutMaxShared);
  if (error == cudaSuccess) error = cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1);
  int most = 0;
  for (int blocks = kMostCluster; error == cudaSuccess && most == 0 && blocks >= kPortableCluster; blocks /= 2) {
    cudaLaunchAttribute cluster{};
    const cudaLaunchConfig_t config = config_of(dim3(static_cast<unsigned>(blocks)), kManyThreads, kMostDynamicBytes, cluster, blocks);
    int clusters = 0;
    if (cudaOccupancyMaxActiveClusters(&clusters, kernel, &config) == cudaSuccess && clusters > 0) most = blocks;
  }
  cudaGetLastError();  // that one launch is refused is no error of the call
  if (error == cudaSuccess) known[device].store(most + 1);
  return most;
}

template <class T, class Out>
std::optional<Status> launch(const GroupNormSilu& call, int device, int processors, cudaStream_t stream) {
  const int most_cluster = most_cluster_of<T, Out>(device);
  const Mapping mapping = mapping_of(call, processors, most_cluster);
  if (mapping.cluster == 0) return std::nullopt;
  const std::int64_t blocks = call.groups / mapping.groups * mapping.cluster;
  if (blocks > 0x7fffffffLL) return std::nullopt;
  cudaLaunchAttribute cluster{};
  const dim3 grid(static_cast<unsigned>(blocks), static_cast<unsigned>(call.samples));
  cudaLaunchConfig_t config = config_of(grid, mapping.threads, mapping.data_bytes + mapping.part_bytes, cluster, mapping.cluster);
  config.stream = stream;
  const cudaError_t error = cudaLaunchKernelEx(&config, norm_in_cluster<T, Out>, call, mapping);
  return error == cudaSuccess ? launch_status() : Status{cudaGetErrorString(error)};
}

}  // namespace

std::optional<Status> group_norm_in_clusters(const GroupNormSilu& call, Stream stream) {
  const Gpu gpu = look_at_gpu(stream.device);
  if (gpu.error != nullptr) return std::nullopt;
  std::optional<Status> result;
  const auto handle = static_cast<cudaStream_t>(stream.handle);
  const Status known_type = with_type(call.dtype, [&](auto kind) -> Status {
    using T = decltype(kind);
    result = call.out_dtype == call.dtype ? launch<T, T>(call, stream.device, gpu.processors, handle)
                                          : launch<T, float>(call, stream.device, gpu.processors, handle);
    return {};
  });
  return known_type.error != nullptr ? known_type : result;
}

}  // namespace studio::cuda
