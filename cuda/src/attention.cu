// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Attention on Hopper's warpgroup products. A block of threads takes 192 queries of one head after the other: one warp
// copies queries, keys and values, three warpgroups multiply 64 queries each. Scores of the next keys are computed while
// those before meet their values. Mixed queries are made by a kernel before this one; rows without any do not wait for it.
// Source: Shah et al. 2024 (FlashAttention-3), algorithm 2; the mixed queries: Hong 2024 (SEG), Proposition 3.1.
#include "cuda/src/attention_mean.cuh"
#include "cuda/src/attention_work.cuh"
#include "cuda/src/hopper.cuh"
#include "cuda/src/hopper_gpu.cuh"
#include "cuda/src/mix_queries.h"
#include "cuda/src/tensor_map.cuh"

#include <algorithm>
#include <array>
#include <atomic>

namespace studio::cuda {
namespace {

using namespace hopper;
using namespace attention_work;

constexpr int kGroupThreads = 128, kBlockThreads = (kGroups + 1) * kGroupThreads;
constexpr int kBlockKeys = 128, kStages = 4;
constexpr int kTokenBytes = kHeadSize * 2, kTileBytes = kBlockKeys * kTokenBytes, kQueryBytes = kGroupQueries * kTokenBytes;
constexpr int kScores = kBlockKeys / 2, kOutputs = kHeadSize / 2;  // numbers of one thread

struct Shared {
  std::uint8_t keys[kStages][kTileBytes];
  std::uint8_t values[kStages][kTileBytes];
  std::uint8_t queries[kGroups][kQueryBytes];
  Barrier keys_are_in[kStages], values_are_in[kStages], keys_are_read[kStages], values_are_read[kStages];
  Barrier queries_are_in, queries_are_read;
};
// What means may use before anything else. Copies need an alignment that is not promised.
constexpr int kScratchBytes = 208 * 1024, kSharedBytes = kScratchBytes + 1024;
static_assert(sizeof(Shared) <= kScratchBytes);
constexpr int kMostMeanKeys = kScratchBytes / static_cast<int>(sizeof(float)) - kMeanFloats;

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

struct Maps {
  CUtensorMap queries, mixed, keys, values;
};

// One thread's work.
__device__ void copy_all(Shared& shared, const Maps& maps, const Args& args) {
  Ring ring;
  unsigned round = 0;
  for (Turns turns; turns.number() < args.items(); turns.advance(), round ^= 1U) {
    const Item item(args, turns.number());
    const int source = args.sources[item.row];
    // Of a barrier that nobody has passed yet, the round before counts as done.
    shared.queries_are_read.wait(round ^ 1U);
    if (item.is_mixed) await_kernel_before();
    const CUtensorMap& queries = item.is_mixed ? maps.mixed : maps.queries;
    const int sample = item.is_mixed ? item.row - args.mean_rows - args.plain_rows : source;
    shared.queries_are_in.arrive_expecting(kGroups * kQueryBytes);
    for (int group = 0; group < kGroups; ++group) {
      copy_box(shared.queries[group], queries, item.first_query + group * kGroupQueries, item.head, sample, shared.queries_are_in);
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
__device__ __forceinline__ void start_scores(float (&scores)[kScores], Rows queries, Rows keys) {
  begin_products();
#pragma unroll
  for (int i = 0; i < kHeadSize / 16; ++i) multiply_rows<T>(scores, queries.after(32 * i), keys.after(32 * i), i > 0);
  end_group();
}

template <class T>
__device__ __forceinline__ void start_outputs(float (&outputs)[kOutputs], const std::uint32_t (&weights)[kBlockKeys / 16][4], Rows values, bool is_first) {
  begin_products();
#pragma unroll
  for (int i = 0; i < kBlockKeys / 16; ++i) multiply_columns<T>(outputs, weights[i], values.after(16 * kTokenBytes * i), !is_first || i > 0);
  end_group();
}

__device__ __forceinline__ void leave(Barrier& barrier) {
  if (threadIdx.x % 32 == 0) barrier.arrive();
}

template <class T>
__device__ __forceinline__ void store_outputs(const float (&outputs)[kOutputs], const float (&sums)[2], const Args& args, const Item& item, int group) {
  const int thread = thread_of_group();
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
  const Rows queries = describe_rows(shared.queries[group]), keys = describe_rows(shared.keys), values = describe_rows(shared.values);
  Ring ring;
  unsigned round = 0;
  for (Turns turns; turns.number() < args.items(); turns.advance(), round ^= 1U) {
    const Item item(args, turns.number());
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
    start_scores<T>(scores, queries, keys.after(ring.stage * kTileBytes));
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
      start_scores<T>(scores, queries, keys.after(ring.stage * kTileBytes));
      start_outputs<T>(outputs, weights, values.after(before.stage * kTileBytes), i == 1);
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
    start_outputs<T>(outputs, weights, values.after(ring.stage * kTileBytes), args.key_tiles == 1);
    wait_groups<0>();
    pin(outputs);
    leave(shared.values_are_read[ring.stage]);
    ring.advance();
    store_outputs<T>(outputs, softmax.sum, args, item, group);
  }
}

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
__global__ void __launch_bounds__(kBlockThreads, 1) attention_kernel(const __grid_constant__ Maps maps, const __grid_constant__ Args args) {
  extern __shared__ std::uint8_t memory[];
  auto* const start = reinterpret_cast<std::uint8_t*>((reinterpret_cast<std::uintptr_t>(memory) + 1023) / 1024 * 1024);
  if (threadIdx.x == 0) {
    for (const CUtensorMap* map : {&maps.queries, &maps.keys, &maps.values}) fetch_map(*map);
    if (args.mixed_rows > 0) fetch_map(maps.mixed);
  }
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
  if (args.mean_rows > 0) show_memory_to_copies();  // means have used it
  __syncthreads();
  // The compiler is told that it is alike in a warp: what follows from it stays out of each thread's registers.
  const int group = __shfl_sync(~0U, static_cast<int>(threadIdx.x) / kGroupThreads, 0) - 1;
  if (group < 0) {
    give_registers_back<32>();
    if (threadIdx.x == 0) copy_all(shared, maps, args);
  } else {
    take_registers<160>();
    attend<T>(shared, args, group);
  }
}

using Kernel = void (*)(Maps, Args);

Kernel kernel_for(DType dtype) { return dtype == DType::F16 ? attention_kernel<__half> : attention_kernel<__nv_bfloat16>; }

bool describe_all(Maps& maps, const Attention& call, const Args& args) {
  const auto tokens = [&](const void* data, std::int64_t count, std::int64_t samples, const AttentionStrides& stride, std::int64_t box) {
    return Described<4>{data, {kHeadSize, count, call.heads, samples}, {stride.token, stride.head, stride.sample}, {box, 1, 1}};
  };
  const AttentionStrides mixed{call.heads * call.queries * kHeadSize, call.queries * kHeadSize, kHeadSize};
  return describe(maps.queries, tokens(call.q, call.queries, call.samples, call.q_stride, kGroupQueries), call.dtype) &&
         describe(maps.keys, tokens(call.k, call.keys, call.samples, call.kv_stride, kBlockKeys), call.dtype) &&
         describe(maps.values, tokens(call.v, call.keys, call.samples, call.kv_stride, kBlockKeys), call.dtype) &&
         (args.mixed_rows == 0 || describe(maps.mixed, tokens(call.workspace, call.queries, args.mixed_rows, mixed, kGroupQueries), call.dtype));
}

// Once a GPU.
Status prepare(int device) {
  static std::array<std::atomic<bool>, kMostGpus> is_ready{};
  if (is_ready[device].load()) return {};
  for (const DType dtype : {DType::F16, DType::BF16}) {
    const cudaError_t error = cudaFuncSetAttribute(kernel_for(dtype), cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
    if (error != cudaSuccess) return {cudaGetErrorString(error)};
  }
  is_ready[device].store(true);
  return {};
}

enum class RowKind { Mean, Plain, Mixed };

RowKind kind_of(const Attention& call, const AttentionRow& row) {
  if (row.mix < 0) return RowKind::Plain;
  return call.mixes[row.mix].along_y == nullptr ? RowKind::Mean : RowKind::Mixed;
}

const char* why_not_here(const Attention& call) {
  const auto is_even = [](const AttentionStrides& stride) { return stride.sample % 8 == 0 && stride.head % 8 == 0 && stride.token % 8 == 0; };
  if (call.dtype == DType::F32) return "attention: only fp16 and bf16 are done here.";
  if (!is_even(call.q_stride) || !is_even(call.kv_stride) || !is_aligned(call.q) || !is_aligned(call.k) || !is_aligned(call.v) || !is_aligned(call.out) ||
      !is_aligned(call.workspace)) {
    return "attention: arrays and strides must be multiples of 16 bytes.";
  }
  if (call.row_count > kMostRows || call.mix_count > kMostMixes) return "attention: there are too many rows.";
  if (call.queries > (1 << 24) || call.keys > (1 << 24)) return "attention: there are too many tokens.";
  for (std::int64_t i = 0; i < call.row_count; ++i) {
    const int mix = call.rows[i].mix;
    if (mix < 0) continue;
    const bool fits = call.mixes[mix].along_y == nullptr ? call.keys <= kMostMeanKeys : call.width <= kMostMixWidth;
    if (!fits) return "attention: the map is too large for queries to be mixed.";
  }
  if (call.workspace_bytes < attention_workspace(call)) return "attention: the workspace is too small.";
  return nullptr;
}

}  // namespace

std::int64_t attention_workspace(const Attention& call) {
  if (why_shape_refused(call) != nullptr) return 0;
  const std::int64_t rows = std::count_if(call.rows, call.rows + call.row_count, [&](const AttentionRow& row) { return kind_of(call, row) == RowKind::Mixed; });
  return rows * call.heads * call.queries * kHeadSize * 2;
}

Status has_hopper(std::int32_t device) { return {look_at_gpu(device).error}; }

Status attention(const Attention& call, Stream stream) {
  if (const char* error = why_refused(call)) return {error};
  if (is_empty(call)) return {};
  if (const char* error = why_not_here(call)) return {error};
  if (const Status status = use_device(stream); status.error != nullptr) return status;
  const Gpu gpu = look_at_gpu(stream.device);
  if (gpu.error != nullptr) return {gpu.error};
  if (const Status status = prepare(stream.device); status.error != nullptr) return status;
  Args args{call.q, call.k, call.v, call.out};
  args.q_stride = call.q_stride;
  args.kv_stride = call.kv_stride;
  args.heads = static_cast<int>(call.heads);
  args.queries = static_cast<int>(call.queries);
  args.keys = static_cast<int>(call.keys);
  args.full_tiles = static_cast<int>(call.queries / kBlockQueries);
  args.key_tiles = static_cast<int>(divide_up(call.keys, kBlockKeys));
  MixQueries mixing{&call, call.workspace};
  int next = 0;
  for (const RowKind kind : {RowKind::Mean, RowKind::Plain, RowKind::Mixed}) {
    for (std::int64_t i = 0; i < call.row_count; ++i) {
      const AttentionRow& row = call.rows[i];
      if (kind_of(call, row) != kind) continue;
      const auto source = static_cast<std::int16_t>(row.source);
      args.rows[next] = static_cast<std::int16_t>(i);
      args.sources[next] = source;
      ++next;
      ++(kind == RowKind::Mean ? args.mean_rows : kind == RowKind::Plain ? args.plain_rows : args.mixed_rows);
      if (kind == RowKind::Mixed) mixing.rows[mixing.row_count++] = {source, static_cast<std::int16_t>(row.mix)};
    }
  }
  const std::int64_t row_heads = call.heads * (args.plain_rows + args.mixed_rows);
  if (row_heads * divide_up(call.queries, kGroupQueries) > 0x3fffffffLL) return {"attention: there are too many tokens."};
  // A last round of full tiles for a part of the blocks is split, where that gives each block no more than one piece.
  const int full = args.full_items(), left = full % gpu.processors;
  const auto can_split = [&](int pieces) { return full > left && pieces * left + args.short_items() <= gpu.processors; };
  args.pieces = can_split(3) ? 3 : 2;
  args.whole_items = can_split(2) ? full - left : full;
  const std::int64_t blocks = std::min<std::int64_t>(gpu.processors, args.items() + call.heads * args.mean_rows);

  Maps maps{};
  if (!describe_all(maps, call, args)) return {"attention: the driver cannot describe these arrays."};
  const auto handle = static_cast<cudaStream_t>(stream.handle);
  const dim3 grid(static_cast<unsigned>(blocks));
  const Kernel kernel = kernel_for(call.dtype);
  if (args.mixed_rows == 0) {
    kernel<<<grid, kBlockThreads, kSharedBytes, handle>>>(maps, args);
    return launch_status();
  }
  if (const Status status = mix_queries(mixing, handle); status.error != nullptr) return status;
  const cudaError_t error = launch_early(kernel, grid, kBlockThreads, kSharedBytes, handle, maps, args);
  return error == cudaSuccess ? launch_status() : Status{cudaGetErrorString(error)};
}

}  // namespace studio::cuda
