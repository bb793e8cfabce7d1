// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Attention on Hopper's warpgroup products. A block of threads takes 192 queries of one head after the other: one warp
// copies queries, keys and values, three warpgroups multiply 64 queries each. Scores of the next keys are computed while
// those before meet their values. Queries that are mixed are made first, by blocks that have the least to do; who needs
// them waits for a counter.
// Source: Shah et al. 2024 (FlashAttention-3), algorithm 2; the mixed queries: Hong 2024 (SEG), Proposition 3.1.
#include "cuda/src/attention_mean.cuh"
#include "cuda/src/attention_mix.cuh"
#include "cuda/src/hopper.cuh"

#include <algorithm>
#include <array>
#include <atomic>

namespace studio::cuda {
namespace {

using namespace hopper;

constexpr int kGroups = 3, kGroupQueries = 64, kGroupThreads = 128;
constexpr int kBlockQueries = kGroups * kGroupQueries, kBlockThreads = (kGroups + 1) * kGroupThreads;
constexpr int kBlockKeys = 128, kStages = 4;
constexpr int kTileBytes = kBlockKeys * kHeadSize * 2, kQueryBytes = kGroupQueries * kHeadSize * 2;
constexpr int kScores = kBlockKeys / 2, kOutputs = kHeadSize / 2;  // numbers of one thread
constexpr int kMostRows = 48, kMostMixes = 8;

struct Shared {
  std::uint8_t keys[kStages][kTileBytes];
  std::uint8_t values[kStages][kTileBytes];
  std::uint8_t queries[kGroups][kQueryBytes];
  Barrier keys_are_in[kStages], values_are_in[kStages], keys_are_read[kStages], values_are_read[kStages];
  Barrier queries_are_in, queries_are_read;
};
// Of it, what mixing may use before anything else. Copies need an alignment that is not promised.
constexpr int kScratchBytes = 208 * 1024, kSharedBytes = kScratchBytes + 1024;
static_assert(sizeof(Shared) <= kScratchBytes);
constexpr int kMostMeanKeys = kScratchBytes / static_cast<int>(sizeof(float)) - kMeanFloats;

struct Args {
  const void *q, *k, *v;
  void* out;
  void* mixed;       // queries of the mixed rows, [mixed rows,heads,queries,64]
  int* counters;     // of each mixed row and head: slices that are done
  AttentionStrides q_stride, kv_stride;
  int heads, queries, keys, height, width;
  int full_tiles;    // of queries, a row and head; there may be one more, with fewer
  int whole_items;   // full tiles that are not split
  int key_tiles;
  int slice_columns;
  int mean_rows, plain_rows, mixed_rows;  // they come in this order
  std::int16_t rows[kMostRows], sources[kMostRows];
  std::int8_t mixes[kMostRows];
  QueryMix mix[kMostMixes];

  __host__ __device__ int row_heads() const { return (plain_rows + mixed_rows) * heads; }
  __host__ __device__ int full_items() const { return row_heads() * full_tiles; }
  __host__ __device__ int short_items() const { return full_tiles * kBlockQueries < queries ? row_heads() : 0; }
  __host__ __device__ int items() const { return 2 * full_items() - whole_items + short_items(); }
};

// The number-th piece of work; a block has every gridDim.x-th. What takes least time comes last: a split tile's first two
// groups of queries, its third, tiles that are not full.
struct Item {
  int row, head, first_query, groups;
  int mixed_head;  // number among the heads of mixed rows, or negative

  __device__ Item(const Args& args, int number) {
    const int full = args.full_items(), split = full - args.whole_items;
    int tile = args.full_tiles, row_head = number - full - split;
    first_query = 0;
    if (row_head >= 0) {
      groups = (args.queries - tile * kBlockQueries + kGroupQueries - 1) / kGroupQueries;
    } else {
      groups = number < args.whole_items ? kGroups : number < full ? kGroups - 1 : 1;
      if (number >= full) {
        number -= split;
        first_query = (kGroups - 1) * kGroupQueries;
      }
      tile = number % args.full_tiles;
      row_head = number / args.full_tiles;
    }
    row = args.mean_rows + row_head / args.heads;
    head = row_head % args.heads;
    first_query += tile * kBlockQueries;
    mixed_head = row_head - args.plain_rows * args.heads;
  }
};

template <class T>
__device__ const T* head_of(const void* data, const AttentionStrides& stride, int source, int head) {
  return static_cast<const T*>(data) + source * stride.sample + head * stride.head;
}

// Counts through the stages of a ring. A barrier's phase is that of the round.
struct Ring {
  int stage = 0;
  unsigned round = 0;
  __device__ void advance() {
    if (++stage < kStages) return;
    stage = 0;
    round ^= 1U;
  }
};

// Waits until a head's queries are mixed.
__device__ void await_mixed(const Args& args, int mixed_head) {
  int count = 0;
  do {
    asm volatile("ld.acquire.gpu.global.s32 %0, [%1];" : "=r"(count) : "l"(args.counters + mixed_head) : "memory");
  } while (count < kHeadSize / args.slice_columns);
  show_memory_to_copies();
}

struct Maps {
  CUtensorMap queries, mixed, keys, values;
};

// One thread's work.
__device__ void copy_all(Shared& shared, const Maps& maps, const Args& args) {
  Ring ring;
  unsigned round = 0;
  for (int number = static_cast<int>(blockIdx.x); number < args.items(); number += static_cast<int>(gridDim.x), round ^= 1U) {
    const Item item(args, number);
    const int source = args.sources[item.row];
    // Of a barrier that nobody has passed yet, the round before counts as done.
    shared.queries_are_read.wait(round ^ 1U);
    const bool is_mixed = item.mixed_head >= 0;
    if (is_mixed) await_mixed(args, item.mixed_head);
    shared.queries_are_in.arrive_expecting(kGroups * kQueryBytes);
    for (int group = 0; group < kGroups; ++group) {
      copy_box(shared.queries[group], is_mixed ? maps.mixed : maps.queries, item.first_query + group * kGroupQueries, item.head,
               is_mixed ? item.mixed_head / args.heads : source, shared.queries_are_in);
    }
    for (int tile = args.key_tiles - 1; tile >= 0; --tile, ring.advance()) {
      const int stage = ring.stage;
      shared.keys_are_read[stage].wait(ring.round ^ 1U);
      shared.keys_are_in[stage].arrive_expecting(kTileBytes);
      copy_box(shared.keys[stage], maps.keys, tile * kBlockKeys, item.head, source, shared.keys_are_in[stage]);
      shared.values_are_read[stage].wait(ring.round ^ 1U);
      shared.values_are_in[stage].arrive_expecting(kTileBytes);
      copy_box(shared.values[stage], maps.values, tile * kBlockKeys, item.head, source, shared.values_are_in[stage]);
    }
  }
}

// Running maximum and sum of two rows; the sum is this thread's share of it.
struct Softmax {
  static constexpr float kScale = 0.125F * 1.44269504088896341F;  // 1 / sqrt(64), and e^x as 2^x
  float most[2] = {-INFINITY, -INFINITY};
  float sum[2] = {0.0F, 0.0F};

  // Turns scores into weights; `shrink`: what all that was summed before is multiplied by.
  __device__ __forceinline__ void take(float (&scores)[kScores], float (&shrink)[2]) {
#pragma unroll
    for (int row = 0; row < 2; ++row) {
      float highest = scores[2 * row];
#pragma unroll
      for (int i = 0; i < kScores; i += 4) highest = fmaxf(highest, fmaxf(scores[i + 2 * row], scores[i + 2 * row + 1]));
      highest = fmaxf(highest, __shfl_xor_sync(~0U, highest, 1));
      highest = fmaxf(highest, __shfl_xor_sync(~0U, highest, 2));
      const float now = fmaxf(most[row], highest);
      shrink[row] = exp2_fast((most[row] - now) * kScale);
      most[row] = now;
      const float shift = now * kScale;
      float added = 0.0F;
#pragma unroll
      for (int i = 0; i < kScores; i += 4) {
#pragma unroll
        for (int column = 0; column < 2; ++column) {
          float& score = scores[i + 2 * row + column];
          score = exp2_fast(fmaf(score, kScale, -shift));
          added += score;
        }
      }
      sum[row] = sum[row] * shrink[row] + added;
    }
  }
};

// Weights as left factors: a product's result lies as its left factor does.
template <class T>
__device__ __forceinline__ void to_factors(const float (&weights)[kScores], std::uint32_t (&a)[kBlockKeys / 16][4]) {
#pragma unroll
  for (int i = 0; i < kBlockKeys / 16; ++i) {
#pragma unroll
    for (int part = 0; part < 4; ++part) a[i][part] = pair<T>(weights[8 * i + 2 * part], weights[8 * i + 2 * part + 1]);
  }
}

template <class T>
__device__ __forceinline__ void start_scores(float (&scores)[kScores], const std::uint8_t* queries, const std::uint8_t* keys) {
  begin_products();
#pragma unroll
  for (int i = 0; i < kHeadSize / 16; ++i) multiply_rows<T>(scores, describe_rows(queries + 32 * i), describe_rows(keys + 32 * i), i > 0);
  end_group();
}

template <class T>
__device__ __forceinline__ void start_outputs(float (&outputs)[kOutputs], const std::uint32_t (&weights)[kBlockKeys / 16][4],
                                              const std::uint8_t* values, bool is_first) {
  begin_products();
#pragma unroll
  for (int i = 0; i < kBlockKeys / 16; ++i) multiply_columns<T>(outputs, weights[i], describe_rows(values + 2048 * i), !is_first || i > 0);
  end_group();
}

__device__ __forceinline__ void leave(Barrier& barrier) {
  if (threadIdx.x % 32 == 0) barrier.arrive();
}

template <class T>
__device__ __forceinline__ void store_outputs(const float (&outputs)[kOutputs], const float (&sums)[2], const Args& args, const Item& item, int group) {
  const int thread = static_cast<int>(threadIdx.x) % kGroupThreads;
#pragma unroll
  for (int row = 0; row < 2; ++row) {
    float sum = sums[row];
    sum += __shfl_xor_sync(~0U, sum, 1);
    sum += __shfl_xor_sync(~0U, sum, 2);
    const float by = 1.0F / sum;
    const int query = item.first_query + group * kGroupQueries + thread / 32 * 16 + thread % 32 / 4 + 8 * row;
    if (query >= args.queries) continue;
    const std::int64_t token = static_cast<std::int64_t>(args.rows[item.row]) * args.queries + query;
    T* const to = static_cast<T*>(args.out) + (token * args.heads + item.head) * kHeadSize + thread % 4 * 2;
#pragma unroll
    for (int k = 0; k < kOutputs; k += 4) {
      *reinterpret_cast<std::uint32_t*>(to + 2 * k) = pair<T>(outputs[k + 2 * row] * by, outputs[k + 2 * row + 1] * by);
    }
  }
}

// What a group does about a tile of which it has no query.
__device__ void let_pass(Shared& shared, int key_tiles, Ring& ring) {
  leave(shared.queries_are_read);
  for (int i = 0; i < key_tiles; ++i, ring.advance()) {
    shared.keys_are_in[ring.stage].wait(ring.round);
    leave(shared.keys_are_read[ring.stage]);
    shared.values_are_in[ring.stage].wait(ring.round);
    leave(shared.values_are_read[ring.stage]);
  }
}

// The work of one group.
template <class T>
__device__ __forceinline__ void attend(Shared& shared, const Args& args, int group) {
  const int thread = static_cast<int>(threadIdx.x) % kGroupThreads;
  const std::uint8_t* const queries = shared.queries[group];
  Ring ring;
  unsigned round = 0;
  for (int number = static_cast<int>(blockIdx.x); number < args.items(); number += static_cast<int>(gridDim.x), round ^= 1U) {
    const Item item(args, number);
    shared.queries_are_in.wait(round);
    if (group >= item.groups) {
      let_pass(shared, args.key_tiles, ring);
      continue;
    }
    float scores[kScores], outputs[kOutputs], shrink[2];
    std::uint32_t weights[kBlockKeys / 16][4];
    Softmax softmax;
#pragma unroll
    for (float& value : scores) value = 0.0F;
#pragma unroll
    for (float& value : outputs) value = 0.0F;

    shared.keys_are_in[ring.stage].wait(ring.round);
    start_scores<T>(scores, queries, shared.keys[ring.stage]);
    wait_groups<0>();
    pin(scores);
    leave(shared.keys_are_read[ring.stage]);
    if (args.key_tiles == 1) leave(shared.queries_are_read);
    // The last tile comes first: it alone may have fewer keys.
    const int left = args.keys - (args.key_tiles - 1) * kBlockKeys;
    if (left < kBlockKeys) {
#pragma unroll
      for (int i = 0; i < kScores; ++i) {
        if (i / 4 * 8 + thread % 4 * 2 + i % 2 >= left) scores[i] = -INFINITY;
      }
    }
    softmax.take(scores, shrink);
    shared.values_are_in[ring.stage].wait(ring.round);
    to_factors<T>(scores, weights);

    for (int i = 1; i < args.key_tiles; ++i) {
      const Ring before = ring;
      ring.advance();
      shared.keys_are_in[ring.stage].wait(ring.round);
      start_scores<T>(scores, queries, shared.keys[ring.stage]);
      start_outputs<T>(outputs, weights, shared.values[before.stage], i == 1);
      wait_groups<1>();
      pin(scores);
      leave(shared.keys_are_read[ring.stage]);
      if (i + 1 == args.key_tiles) leave(shared.queries_are_read);
      softmax.take(scores, shrink);
      // Here, although these values are not needed yet: the assembler moves a wait for products before all that is in one
      // block with it, and weights would be worked out after the products, not beside them.
      shared.values_are_in[ring.stage].wait(ring.round);
      wait_groups<0>();
      pin(outputs);
      leave(shared.values_are_read[before.stage]);
#pragma unroll
      for (int k = 0; k < kOutputs; ++k) outputs[k] *= shrink[k / 2 % 2];
      to_factors<T>(scores, weights);
    }
    start_outputs<T>(outputs, weights, shared.values[ring.stage], args.key_tiles == 1);
    wait_groups<0>();
    pin(outputs);
    leave(shared.values_are_read[ring.stage]);
    ring.advance();
    store_outputs<T>(outputs, softmax.sum, args, item, group);
  }
}

// This block's place when those with the least to do are counted first.
__device__ int idle_place() { return static_cast<int>(gridDim.x - 1 - blockIdx.x); }

template <class T>
__device__ void attend_with_means(float* memory, const Args& args) {
  for (int i = idle_place(); i < args.mean_rows * args.heads; i += static_cast<int>(gridDim.x)) {
    const int row = i / args.heads, head = i % args.heads, source = args.sources[row];
    const std::int64_t first = static_cast<std::int64_t>(args.rows[row]) * args.queries * args.heads + head;
    attend_with_mean<T, kBlockThreads>(head_of<T>(args.q, args.q_stride, source, head), args.q_stride.token, args.queries,
                                       head_of<T>(args.k, args.kv_stride, source, head), head_of<T>(args.v, args.kv_stride, source, head),
                                       args.kv_stride.token, args.keys, static_cast<T*>(args.out) + first * kHeadSize,
                                       static_cast<std::int64_t>(args.heads) * kHeadSize, memory);
    __syncthreads();
  }
}

template <class T>
__device__ void mix_queries(float* memory, const Args& args) {
  // By the blocks that have fewer full tiles than others; where they are few, by all: they would be waited for.
  const auto blocks = static_cast<int>(gridDim.x), idle = blocks - args.full_items() % blocks;
  const int helpers = idle < blocks / 4 ? blocks : idle;
  if (idle_place() >= helpers) return;
  const int slices = kHeadSize / args.slice_columns;
  for (int i = idle_place(); i < args.mixed_rows * args.heads * slices; i += helpers) {
    const int column = i % slices * args.slice_columns, mixed_head = i / slices, row = args.mean_rows + args.plain_rows + mixed_head / args.heads;
    const QueryMix& mix = args.mix[args.mixes[row]];
    const T* const from = head_of<T>(args.q, args.q_stride, args.sources[row], mixed_head % args.heads) + column;
    T* const to = static_cast<T*>(args.mixed) + static_cast<std::int64_t>(mixed_head) * args.queries * kHeadSize + column;
    const MixSlice<T> slice{from, args.q_stride.token, to, args.height, args.width, mix.along_y, mix.along_x};
    if (args.slice_columns == kWideSlice) {
      mix_slice<T, kWideSlice, kBlockThreads>(slice, memory);
    } else {
      mix_slice<T, kNarrowSlice, kBlockThreads>(slice, memory);
    }
    if (threadIdx.x == 0) {
      __threadfence();
      atomicAdd(args.counters + mixed_head, 1);
    }
  }
}

template <class T>
__global__ void __launch_bounds__(kBlockThreads, 1) attention_kernel(const __grid_constant__ Maps maps, const __grid_constant__ Args args) {
  extern __shared__ std::uint8_t memory[];
  auto* const start = reinterpret_cast<std::uint8_t*>((reinterpret_cast<std::uintptr_t>(memory) + 1023) / 1024 * 1024);
  if (args.mixed_rows > 0) mix_queries<T>(reinterpret_cast<float*>(start), args);
  if (args.mean_rows > 0) attend_with_means<T>(reinterpret_cast<float*>(start), args);
  Shared& shared = *reinterpret_cast<Shared*>(start);
  if (threadIdx.x == 0) {
    for (int i = 0; i < kStages; ++i) {
      shared.keys_are_in[i].init(1);
      shared.values_are_in[i].init(1);
      shared.keys_are_read[i].init(kGroups * 4);
      shared.values_are_read[i].init(kGroups * 4);
    }
    shared.queries_are_in.init(1);
    shared.queries_are_read.init(kGroups * 4);
    show_barriers_to_copies();
  }
  show_memory_to_copies();  // mixing has used it
  __syncthreads();
  if (threadIdx.x < kGroupThreads) {
    give_registers_back<32>();
    if (threadIdx.x == 0) copy_all(shared, maps, args);
  } else {
    take_registers<160>();
    attend<T>(shared, args, static_cast<int>(threadIdx.x) / kGroupThreads - 1);
  }
}

// How the driver describes tiles: found at run time, so that no program is linked with the driver.
using Encode = decltype(&cuTensorMapEncodeTiled);

Encode find_encode() {
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult result{};
  const cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry, 12000, cudaEnableDefault, &result);
  return error == cudaSuccess && result == cudaDriverEntryPointSuccess ? reinterpret_cast<Encode>(entry) : nullptr;
}

struct Tokens {
  const void* data;
  AttentionStrides stride;
  std::int64_t count, samples;
};

bool describe(CUtensorMap& map, const Tokens& tokens, const Attention& call, int box_tokens) {
  static const Encode encode = find_encode();
  if (encode == nullptr) return false;
  const auto sizes = std::array<cuuint64_t, 4>{kHeadSize, static_cast<cuuint64_t>(tokens.count), static_cast<cuuint64_t>(call.heads),
                                               static_cast<cuuint64_t>(tokens.samples)};
  const auto bytes = [](std::int64_t numbers) { return static_cast<cuuint64_t>(numbers) * 2; };
  const std::array<cuuint64_t, 3> strides{bytes(tokens.stride.token), bytes(tokens.stride.head), bytes(tokens.stride.sample)};
  const std::array<cuuint32_t, 4> box{kHeadSize, static_cast<cuuint32_t>(box_tokens), 1, 1}, each{1, 1, 1, 1};
  const CUtensorMapDataType type = call.dtype == DType::F16 ? CU_TENSOR_MAP_DATA_TYPE_FLOAT16 : CU_TENSOR_MAP_DATA_TYPE_BFLOAT16;
  return encode(&map, type, 4, const_cast<void*>(tokens.data), sizes.data(), strides.data(), box.data(), each.data(), CU_TENSOR_MAP_INTERLEAVE_NONE,
                CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

struct Gpu {
  const char* error = nullptr;
  int processors = 0;
};

// Whether a GPU has the instructions, and how many multiprocessors; asked once of each.
Gpu look_at_gpu(int device) {
  static std::array<std::atomic<int>, 64> known{};  // processors, or -1
  if (device < 0 || device >= static_cast<int>(known.size())) return {"attention: there is no such GPU."};
  int processors = known[device].load();
  if (processors == 0) {
    int major = 0, minor = 0;
    cudaError_t error = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
    if (error == cudaSuccess) error = cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
    if (error == cudaSuccess) error = cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
    if (major != 9 || minor != 0) processors = -1;
    for (const void* kernel : {reinterpret_cast<const void*>(attention_kernel<__half>), reinterpret_cast<const void*>(attention_kernel<__nv_bfloat16>)}) {
      if (error == cudaSuccess && processors > 0) error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
    }
    if (error != cudaSuccess) return {cudaGetErrorString(error)};
    known[device].store(processors);
  }
  return {processors > 0 ? nullptr : "attention: this GPU is not of the Hopper kind (9.0).", processors};
}

enum class RowKind { Mean, Plain, Mixed };

RowKind kind_of(const Attention& call, const AttentionRow& row) {
  if (row.mix < 0) return RowKind::Plain;
  return call.mixes[row.mix].along_y == nullptr ? RowKind::Mean : RowKind::Mixed;
}

bool fits_in_scratch(const Attention& call, int columns) {
  return mix_floats(call.height, call.width, columns) * static_cast<std::int64_t>(sizeof(float)) <= kScratchBytes;
}

const char* why_not_here(const Attention& call) {
  const auto is_even = [](const AttentionStrides& stride) { return stride.sample % 8 == 0 && stride.head % 8 == 0 && stride.token % 8 == 0; };
  if (call.dtype == DType::F32) return "attention: only fp16 and bf16 are done here.";
  if (!is_even(call.q_stride) || !is_even(call.kv_stride) || !is_aligned(call.q) || !is_aligned(call.k) || !is_aligned(call.v) || !is_aligned(call.out)) {
    return "attention: arrays and strides must be multiples of 16 bytes.";
  }
  if (call.row_count > kMostRows || call.mix_count > kMostMixes) return "attention: there are too many rows.";
  if (call.queries > (1 << 24) || call.keys > (1 << 24)) return "attention: there are too many tokens.";
  for (std::int64_t i = 0; i < call.row_count; ++i) {
    const int mix = call.rows[i].mix;
    if (mix < 0) continue;
    const bool fits = call.mixes[mix].along_y == nullptr ? call.keys <= kMostMeanKeys
                                                         : fits_in_scratch(call, kNarrowSlice) && call.width <= kBlockThreads && call.height <= kBlockThreads;
    if (!fits) return "attention: the map is too large for queries to be mixed.";
  }
  const std::int64_t workspace = attention_workspace(call);
  if (workspace > 0 && (call.workspace == nullptr || call.workspace_bytes < workspace || !is_aligned(call.workspace) || call.counters == nullptr)) {
    return "attention: the workspace or the counters are missing.";
  }
  return nullptr;
}

}  // namespace

std::int64_t attention_workspace(const Attention& call) {
  if (why_refused(call) != nullptr) return 0;
  std::int64_t mixed = 0;
  for (std::int64_t i = 0; i < call.row_count; ++i) mixed += kind_of(call, call.rows[i]) == RowKind::Mixed ? 1 : 0;
  return mixed * call.heads * call.queries * kHeadSize * bytes_of(call.dtype);
}

Status can_attend(std::int32_t device) { return {look_at_gpu(device).error}; }

Status attention(const Attention& call, Stream stream) {
  if (const char* error = why_refused(call)) return {error};
  if (is_empty(call)) return {};
  if (const char* error = why_not_here(call)) return {error};
  if (const Status status = use_device(stream); status.error != nullptr) return status;
  const Gpu gpu = look_at_gpu(stream.device);
  if (gpu.error != nullptr) return {gpu.error};
  Args args{call.q, call.k, call.v, call.out};
  args.q_stride = call.q_stride;
  args.kv_stride = call.kv_stride;
  args.heads = static_cast<int>(call.heads);
  args.queries = static_cast<int>(call.queries);
  args.keys = static_cast<int>(call.keys);
  args.height = static_cast<int>(call.height);
  args.width = static_cast<int>(call.width);
  args.full_tiles = static_cast<int>(call.queries / kBlockQueries);
  args.key_tiles = static_cast<int>(divide_up(call.keys, kBlockKeys));
  args.slice_columns = fits_in_scratch(call, kWideSlice) ? kWideSlice : kNarrowSlice;
  std::copy_n(call.mixes, call.mix_count, args.mix);
  int next = 0;
  for (const RowKind kind : {RowKind::Mean, RowKind::Plain, RowKind::Mixed}) {
    for (std::int64_t i = 0; i < call.row_count; ++i) {
      const AttentionRow& row = call.rows[i];
      if (kind_of(call, row) != kind) continue;
      args.rows[next] = static_cast<std::int16_t>(i);
      args.sources[next] = static_cast<std::int16_t>(row.source);
      args.mixes[next] = static_cast<std::int8_t>(row.mix);
      ++next;
      ++(kind == RowKind::Mean ? args.mean_rows : kind == RowKind::Plain ? args.plain_rows : args.mixed_rows);
    }
  }
  args.counters = static_cast<int*>(call.counters);
  args.mixed = call.workspace;
  const std::int64_t row_heads = call.heads * (args.plain_rows + args.mixed_rows);
  if (row_heads * divide_up(call.queries, kGroupQueries) > 0x3fffffffLL) return {"attention: there are too many tokens."};
  // A last round of full tiles for a part of the blocks is split, where that gives each block no more than one piece.
  const int full = args.full_items(), left = full % gpu.processors;
  const bool is_split = full > left && 2 * left + args.short_items() <= gpu.processors;
  args.whole_items = is_split ? full - left : full;
  const std::int64_t blocks = std::min<std::int64_t>(gpu.processors, args.items() + call.heads * args.mean_rows);

  const AttentionStrides mixed_stride{call.heads * call.queries * kHeadSize, call.queries * kHeadSize, kHeadSize};
  Maps maps{};
  const bool is_described = describe(maps.queries, {call.q, call.q_stride, call.queries, call.samples}, call, kGroupQueries) &&
                            describe(maps.keys, {call.k, call.kv_stride, call.keys, call.samples}, call, kBlockKeys) &&
                            describe(maps.values, {call.v, call.kv_stride, call.keys, call.samples}, call, kBlockKeys) &&
                            (args.mixed_rows == 0 || describe(maps.mixed, {call.workspace, mixed_stride, call.queries, args.mixed_rows}, call, kGroupQueries));
  if (!is_described) return {"attention: the driver cannot describe these arrays."};
  const auto kernel = call.dtype == DType::F16 ? attention_kernel<__half> : attention_kernel<__nv_bfloat16>;
  // Blocks that wait for others' mixed queries need these others to run: all together or not at all.
  cudaLaunchAttribute together{};
  together.id = cudaLaunchAttributeCooperative;
  together.val.cooperative = 1;
  cudaLaunchConfig_t launch{};
  launch.gridDim = dim3(static_cast<unsigned>(blocks));
  launch.blockDim = dim3(kBlockThreads);
  launch.dynamicSmemBytes = kSharedBytes;
  launch.stream = static_cast<cudaStream_t>(stream.handle);
  launch.attrs = &together;
  launch.numAttrs = args.mixed_rows > 0 ? 1 : 0;
  (void)cudaLaunchKernelEx(&launch, kernel, maps, args);
  return launch_status();
}

}  // namespace studio::cuda
