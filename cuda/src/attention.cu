// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Attention on Hopper's warpgroup products. A block of threads takes 192 queries of one head after the other: one warp
// copies queries, keys and values, three warpgroups multiply 64 queries each. Scores of the next keys are computed while
// those before meet their values. Queries that are mixed are made by the warpgroup that needs them, of lines of their map
// that come through the same ring as keys and values.
// Source: Shah et al. 2024 (FlashAttention-3), algorithm 2; the mixed queries: Hong 2024 (SEG), Proposition 3.1.
#include "cuda/src/attention_mean.cuh"
#include "cuda/src/attention_work.cuh"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>

namespace studio::cuda {
namespace {

using namespace hopper;
using namespace attention_work;

constexpr int kGroupThreads = 128, kBlockThreads = (kGroups + 1) * kGroupThreads;
constexpr int kBlockKeys = 128, kStages = 4;
constexpr int kTileBytes = kBlockKeys * kHeadSize * 2, kQueryBytes = kGroupQueries * kHeadSize * 2;
constexpr int kScores = kBlockKeys / 2, kOutputs = kHeadSize / 2;  // numbers of one thread
constexpr int kMostBands = 6144;

struct Shared {
  std::uint8_t keys[kStages][kTileBytes];
  std::uint8_t values[kStages][kTileBytes];
  std::uint8_t queries[kGroups][kQueryBytes];
  Barrier keys_are_in[kStages], values_are_in[kStages], keys_are_read[kStages], values_are_read[kStages];
  Barrier queries_are_in, queries_are_read;
  Band bands[kMostBands];  // of the lines of each mix
  Band band;  // what the queries need that are mixed now
};
static_assert(kTileBytes == kSlabTokens * kTokenBytes);
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
  CUtensorMap queries, lines, keys, values;
};

// What all threads of a warp have alike, read from one: so the compiler knows it, and keeps what follows out of their registers.
__device__ __forceinline__ int uniform(int value) { return __shfl_sync(~0U, value, 0); }
__device__ __forceinline__ Band uniform(const Band& band) { return {uniform(band.first), uniform(band.last)}; }

// How often lines of a map come through the ring: a slab in the place of keys, one in that of values.
__device__ int steps_of(const Args& args, const Band& band) { return max(band.last - band.first + 2 * args.slab_lines, 0) >> args.step_shift; }

// The lines that some groups' queries need.
__device__ Band band_of(const Shared& shared, const Args& args, const Item& item, int first_group, int groups) {
  const int first = item.first_query + first_group * kGroupQueries;
  return band_of(shared.bands + args.mixes[item.row] * args.map.height, args.map, first, min(first + groups * kGroupQueries, args.queries));
}

// One thread's work.
template <bool kMixes>
__device__ void copy_all(Shared& shared, const Maps& maps, const Args& args) {
  Ring ring;
  unsigned round = 0;
  for (Turns turns; turns.number(args) < args.items(); turns.advance(), round ^= 1U) {
    const Item item(args, turns.number(args));
    const int source = args.sources[item.row];
    // Of a barrier that nobody has passed yet, the round before counts as done.
    shared.queries_are_read.wait(round ^ 1U);
    if (kMixes && item.is_mixed) {
      const Band band = band_of(shared, args, item, 0, item.groups);
      shared.band = band;
      shared.queries_are_in.arrive();
      int y = band.first;
      for (int step = steps_of(args, band); step > 0; --step, y += 2 * args.slab_lines, ring.advance()) {
        const int stage = ring.stage;
        shared.keys_are_read[stage].wait(ring.round ^ 1U);
        shared.keys_are_in[stage].arrive_expecting(kTileBytes);
        copy_lines(shared.keys[stage], maps.lines, y, item.head, source, shared.keys_are_in[stage]);
        shared.values_are_read[stage].wait(ring.round ^ 1U);
        shared.values_are_in[stage].arrive_expecting(kTileBytes);
        copy_lines(shared.values[stage], maps.lines, y + args.slab_lines, item.head, source, shared.values_are_in[stage]);
      }
    } else {
      shared.queries_are_in.arrive_expecting(kGroups * kQueryBytes);
      for (int group = 0; group < kGroups; ++group) {
        copy_box(shared.queries[group], maps.queries, item.first_query + group * kGroupQueries, item.head, source, shared.queries_are_in);
      }
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
__device__ void let_pass(Shared& shared, int steps, Ring& ring) {
  leave(shared.queries_are_read);
  for (int i = 0; i < steps; ++i, ring.advance()) {
    shared.keys_are_in[ring.stage].wait(ring.round);
    leave(shared.keys_are_read[ring.stage]);
    shared.values_are_in[ring.stage].wait(ring.round);
    leave(shared.values_are_read[ring.stage]);
  }
}

// Makes a group's mixed queries.
template <class T, int kParts>
__device__ __forceinline__ void mix_queries(Shared& shared, const Args& args, const Item& item, int group, Ring& ring) {
  constexpr int kLines = kSlabTokens / (16 * kParts), kLineBytes = 16 * kParts * kTokenBytes;
  constexpr int kToSecond = offsetof(Shared, values) - kTileBytes;  // from where the first slab ends
  const QueryMix& mix = args.mix[args.mixes[item.row]];
  const Band all = uniform(shared.band), own = uniform(band_of(shared, args, item, group, 1));
  Mixer<T, kParts> mixer(mix.along_y, mix.along_x, args.map, item.first_query + group * kGroupQueries);
  int y = all.first;
  for (int step = steps_of(args, all); step > 0; --step, ring.advance()) {
    const int stage = ring.stage;
    const Rows keys = describe_rows(shared.keys[stage]);
    shared.keys_are_in[stage].wait(ring.round);
    shared.values_are_in[stage].wait(ring.round);
#pragma unroll 1
    for (int line = 0; line < 2 * kLines; line += 2, y += 2) {
      if (y + 1 < own.first || y > own.last) continue;
      const auto place = [&](int i) { return keys.after(i * kLineBytes + (i < kLines ? 0 : kToSecond)); };
      mixer.add(place(line), place(line + 1), y, [&] { shared.values_are_in[stage].wait(ring.round); });
    }
    leave(shared.keys_are_read[stage]);
    leave(shared.values_are_read[stage]);
  }
  mixer.store(shared.queries[group]);
  show_memory_to_products();
  await_group(group);
}

// The work of one group.
template <class T, bool kMixes>
__device__ __forceinline__ void attend(Shared& shared, const Args& args, int group) {
  const int thread = static_cast<int>(threadIdx.x) % kGroupThreads;
  const Rows queries = describe_rows(shared.queries[group]), keys = describe_rows(shared.keys), values = describe_rows(shared.values);
  Ring ring;
  unsigned round = 0;
  for (Turns turns; turns.number(args) < args.items(); turns.advance(), round ^= 1U) {
    const Item item(args, turns.number(args));
    shared.queries_are_in.wait(round);
    if (group >= item.groups) {
      let_pass(shared, args.key_tiles + (kMixes && item.is_mixed ? steps_of(args, uniform(shared.band)) : 0), ring);
      continue;
    }
    if (kMixes && item.is_mixed) {
      switch (args.slab_lines) {
        case 8: mix_queries<T, 1>(shared, args, item, group, ring); break;
        case 4: mix_queries<T, 2>(shared, args, item, group, ring); break;
        case 2: mix_queries<T, 4>(shared, args, item, group, ring); break;
        default: mix_queries<T, 8>(shared, args, item, group, ring);
      }
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
  for (int i = idle_place(args); i < args.mean_rows * args.heads; i += static_cast<int>(gridDim.x)) {
    const int row = i / args.heads, head = i % args.heads, source = args.sources[row];
    const std::int64_t first = static_cast<std::int64_t>(args.rows[row]) * args.queries * args.heads + head;
    attend_with_mean<T, kBlockThreads>(head_of<T>(args.q, args.q_stride, source, head), args.q_stride.token, args.queries,
                                       head_of<T>(args.k, args.kv_stride, source, head), head_of<T>(args.v, args.kv_stride, source, head),
                                       args.kv_stride.token, args.keys, static_cast<T*>(args.out) + first * kHeadSize,
                                       static_cast<std::int64_t>(args.heads) * kHeadSize, memory);
    __syncthreads();
  }
}

// kMixes: whether there are mixed queries. Calls without any are most, and faster without the registers that mixing takes.
template <class T, bool kMixes>
__global__ void __launch_bounds__(kBlockThreads, 1) attention_kernel(const __grid_constant__ Maps maps, const __grid_constant__ Args args) {
  extern __shared__ std::uint8_t memory[];
  auto* const start = reinterpret_cast<std::uint8_t*>((reinterpret_cast<std::uintptr_t>(memory) + 1023) / 1024 * 1024);
  if (threadIdx.x == 0) {
    for (const CUtensorMap* map : {&maps.queries, &maps.keys, &maps.values}) fetch_map(*map);
    if (kMixes) fetch_map(maps.lines);
  }
  if (args.mean_rows > 0) attend_with_means<T>(reinterpret_cast<float*>(start), args);
  Shared& shared = *reinterpret_cast<Shared*>(start);
  if (kMixes) {
    for (int mix = 0; mix < args.mix_count; ++mix) {
      if (args.mix[mix].along_y != nullptr) find_bands(args.mix[mix].along_y, args.map.height, shared.bands + mix * args.map.height);
    }
  }
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
  const int group = uniform(static_cast<int>(threadIdx.x) / kGroupThreads) - 1;
  if (group < 0) {
    give_registers_back<32>();
    if (threadIdx.x == 0) copy_all<kMixes>(shared, maps, args);
  } else {
    take_registers<160>();
    attend<T, kMixes>(shared, args, group);
  }
}

using Kernel = void (*)(Maps, Args);

Kernel kernel_for(DType dtype, bool mixes) {
  if (dtype == DType::F16) return mixes ? attention_kernel<__half, true> : attention_kernel<__half, false>;
  return mixes ? attention_kernel<__nv_bfloat16, true> : attention_kernel<__nv_bfloat16, false>;
}

// How the driver describes tiles: found at run time, so that no program is linked with the driver.
using Encode = decltype(&cuTensorMapEncodeTiled);

Encode find_encode() {
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult result{};
  const cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry, 12000, cudaEnableDefault, &result);
  return error == cudaSuccess && result == cudaDriverEntryPointSuccess ? reinterpret_cast<Encode>(entry) : nullptr;
}

template <int kSides>
struct Described {
  const void* data;
  std::array<std::int64_t, kSides - 1> sizes, strides;  // after the 64 numbers of a head
  std::array<std::int64_t, kSides - 1> box;
};

template <int kSides>
bool describe(CUtensorMap& map, const Described<kSides>& tokens, DType dtype) {
  static const Encode encode = find_encode();
  if (encode == nullptr) return false;
  std::array<cuuint64_t, kSides> sizes{kHeadSize};
  std::array<cuuint64_t, kSides - 1> strides{};
  std::array<cuuint32_t, kSides> box{kHeadSize}, each{1};
  for (int i = 1; i < kSides; ++i) {
    sizes[i] = static_cast<cuuint64_t>(tokens.sizes[i - 1]);
    strides[i - 1] = static_cast<cuuint64_t>(tokens.strides[i - 1]) * 2;
    box[i] = static_cast<cuuint32_t>(tokens.box[i - 1]);
    each[i] = 1;
  }
  const CUtensorMapDataType type = dtype == DType::F16 ? CU_TENSOR_MAP_DATA_TYPE_FLOAT16 : CU_TENSOR_MAP_DATA_TYPE_BFLOAT16;
  return encode(&map, type, kSides, const_cast<void*>(tokens.data), sizes.data(), strides.data(), box.data(), each.data(), CU_TENSOR_MAP_INTERLEAVE_NONE,
                CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

bool describe_all(Maps& maps, const Attention& call, const Args& args) {
  const AttentionStrides &q = call.q_stride, &kv = call.kv_stride;
  const auto tokens = [&](const void* data, std::int64_t count, const AttentionStrides& stride, std::int64_t box) {
    return Described<4>{data, {count, call.heads, call.samples}, {stride.token, stride.head, stride.sample}, {box, 1, 1}};
  };
  const bool is_done = describe(maps.queries, tokens(call.q, call.queries, q, kGroupQueries), call.dtype) &&
                       describe(maps.keys, tokens(call.k, call.keys, kv, kBlockKeys), call.dtype) &&
                       describe(maps.values, tokens(call.v, call.keys, kv, kBlockKeys), call.dtype);
  if (!is_done || args.mixed_rows == 0) return is_done;
  return describe(maps.lines,
                  Described<5>{call.q, {call.width, call.height, call.heads, call.samples}, {q.token, q.token * call.width, q.head, q.sample},
                               {kSlabTokens / args.slab_lines, args.slab_lines, 1, 1}},
                  call.dtype);
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
    for (const DType dtype : {DType::F16, DType::BF16}) {
      for (const bool mixes : {false, true}) {
        if (error != cudaSuccess || processors < 1) continue;
        error = cudaFuncSetAttribute(kernel_for(dtype, mixes), cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
      }
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
                                                         : call.width <= kSlabTokens && call.height * call.mix_count <= kMostBands;
    if (!fits) return "attention: the map is too large for queries to be mixed.";
  }
  return nullptr;
}

}  // namespace

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
  args.map = {static_cast<int>(call.height), static_cast<int>(call.width), 1.0F / static_cast<float>(call.width)};
  args.full_tiles = static_cast<int>(call.queries / kBlockQueries);
  args.key_tiles = static_cast<int>(divide_up(call.keys, kBlockKeys));
  for (args.slab_lines = 8, args.step_shift = 4; args.slab_lines > 1 && call.width > kSlabTokens / args.slab_lines; args.slab_lines /= 2) --args.step_shift;
  std::copy_n(call.mixes, call.mix_count, args.mix);
  args.mix_count = static_cast<int>(call.mix_count);
  int next = 0;
  for (const RowKind kind : {RowKind::Mean, RowKind::Mixed, RowKind::Plain}) {
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
  const std::int64_t row_heads = call.heads * (args.plain_rows + args.mixed_rows);
  if (row_heads * divide_up(call.queries, kGroupQueries) > 0x3fffffffLL) return {"attention: there are too many tokens."};
  // A last round of full tiles for a part of the blocks is split, where that gives each block no more than one piece.
  const int full = args.full_items(), left = full % gpu.processors;
  const auto can_split = [&](int pieces) { return full > left && pieces * left + args.short_items() <= gpu.processors; };
  args.pieces = can_split(3) ? 3 : 2;
  args.whole_items = can_split(2) ? full - left : full;
  const std::int64_t blocks = std::min<std::int64_t>(gpu.processors, args.items() + call.heads * args.mean_rows);
  args.last_first = static_cast<int>((args.items() - 1) / blocks * blocks);

  Maps maps{};
  if (!describe_all(maps, call, args)) return {"attention: the driver cannot describe these arrays."};
  kernel_for(call.dtype, args.mixed_rows > 0)<<<static_cast<unsigned>(blocks), kBlockThreads, kSharedBytes, static_cast<cudaStream_t>(stream.handle)>>>(maps, args);
  return launch_status();
}

}  // namespace studio::cuda
