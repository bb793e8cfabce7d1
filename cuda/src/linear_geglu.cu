// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A linear layer with GEGLU behind it on Hopper's warpgroup products. A block of threads makes 128 x 128 numbers of the output
// after the other, of twice as many projections: one warp copies tiles of x and of the weights, two warpgroups multiply. What
// they multiplied before is gated meanwhile, piece by piece between the products. Two blocks with the same columns share the
// copies of the weights.
#include "cuda/src/hopper_cluster.cuh"
#include "cuda/src/hopper_gpu.cuh"
#include "cuda/src/tensor_map.cuh"
#include "cuda/src/vectors.cuh"

#include <algorithm>
#include <array>
#include <atomic>

namespace studio::cuda {
namespace {

using namespace hopper;

constexpr int kTile = 128;                      // rows, and columns of the output
constexpr int kDepth = 64, kDepthBytes = 128;   // of products in one stage
constexpr int kStages = 4;
constexpr int kGroups = 2, kGroupThreads = 128, kBlockThreads = (kGroups + 1) * kGroupThreads;
constexpr int kTileBytes = kTile * kDepthBytes;
constexpr int kProjections = 2 * kTile;  // values', then gates'; of one row
constexpr int kPart = 64, kPartBytes = kPart * 2;  // of the output's columns, which leave together
constexpr int kPiece = 8, kPieces = kTile / kPiece;  // of them, which are gated between two products

struct Stage {
  std::uint8_t x[kTileBytes];
  std::uint8_t weights[2][kTileBytes];  // of values, of gates
};

struct Shared {
  Stage stages[kStages];
  std::uint8_t results[kTile * kPartBytes];  // rows; 16 bytes i of row r are in place i ^ r % 8
  float bias[kGroups][2][kProjections];
  Barrier is_in[kStages], is_read[kStages];
};
constexpr int kSharedBytes = sizeof(Shared) + 1024;  // copies need an alignment that is not promised
static_assert(kSharedBytes <= 227 * 1024);

struct Args {
  const void* bias;
  void* out;
  int rows, inner;
  int steps;                    // of kDepth
  int pair_rows, tile_columns;  // tiles of two blocks, down, and across
  int step_down, step_across;   // from one tile of a pair of blocks to its next
};

struct Maps {
  CUtensorMap x, weight;
};

// The tiles of a pair of blocks, those of the same columns one after the other; this block's half of each. Divides only once.
class Turns {
 public:
  __device__ Turns(const Args& args, unsigned rank)
      : args_(args), rank_(static_cast<int>(rank)), down_(static_cast<int>(blockIdx.x) / 2 % args.pair_rows), across_(static_cast<int>(blockIdx.x) / 2 / args.pair_rows) {}
  __device__ bool is_over() const { return across_ >= args_.tile_columns; }
  __device__ int row() const { return (2 * down_ + rank_) * kTile; }
  __device__ int column() const { return across_ * kTile; }
  __device__ void advance() {
    down_ += args_.step_down;
    across_ += args_.step_across;
    if (down_ < args_.pair_rows) return;
    down_ -= args_.pair_rows;
    ++across_;
  }

 private:
  const Args& args_;
  int rank_, down_, across_;
};

// Counts through the stages. A barrier's phase is that of the round.
struct Ring {
  int stage = 0;
  unsigned round = 0;
  __device__ void advance() {
    if (++stage < kStages) return;
    stage = 0;
    round ^= 1U;
  }
};

// One thread's work.
__device__ void copy_all(Shared& shared, const Maps& maps, const Args& args, unsigned rank) {
  Ring ring;
  for (Turns turns(args, rank); !turns.is_over(); turns.advance()) {
    const int first = turns.column() + static_cast<int>(rank) * args.inner;  // each block brings half of the weights to both
    for (int step = 0; step < args.steps; ++step, ring.advance()) {
      Stage& stage = shared.stages[ring.stage];
      Barrier& is_in = shared.is_in[ring.stage];
      // Of a barrier that nobody has passed yet, the round before counts as done.
      shared.is_read[ring.stage].wait(ring.round ^ 1U);
      is_in.arrive_expecting(sizeof(Stage));
      copy_tile(stage.x, maps.x, step * kDepth, turns.row(), is_in);
      copy_tile_to_both(stage.weights[rank], maps.weight, step * kDepth, first, is_in);
    }
  }
}

// Both blocks' copies wait for both blocks' readers.
__device__ __forceinline__ void leave(Barrier& barrier) {
  const unsigned lane = threadIdx.x % 32;
  if (lane < 2) arrive_at(barrier, lane);
}

// What a thread has of a tile's projections, two to a register: of 8 columns after the other the two of its row, then of the
// row 8 below; values, then gates.
struct Projections {
  std::uint32_t pairs[kProjections / 4];
  std::uint8_t* to = nullptr;           // where this thread's first 16 bytes of the output go
  int rows_left = 0, columns_left = 0;  // of the output from there on
};

template <class T>
__device__ __forceinline__ std::uint32_t gated(std::uint32_t value_pair, std::uint32_t gate_pair) {
  const T* const values = reinterpret_cast<const T*>(&value_pair);
  const T* const gates = reinterpret_cast<const T*>(&gate_pair);
  return pair<T>(to_float(values[0]) * gelu<T>(to_float(gates[0])), to_float(values[1]) * gelu<T>(to_float(gates[1])));
}

// A thread's places in the 16 rows of shared memory that its warp's results go through; 8 threads read one of 4 rows at a time.
struct Places {
  std::uint32_t to;  // the row whose place in a tile this thread names
  int swizzle;
  const std::uint8_t* from[2];  // the first threads': of row 0, with row 8 behind it, and of row 4, with row 12

  __device__ Places(Shared& shared, int group) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    std::uint8_t* const results = shared.results + (group * 64 + static_cast<int>(threadIdx.x) % kGroupThreads / 32 * 16) * kPartBytes;
    to = shared_address(results + lane % 16 * kPartBytes);
    swizzle = lane % 8;
    for (int i = 0; i < 2; ++i) {
      const int row = 4 * i + lane / 8;
      from[i] = results + row * kPartBytes + ((lane % 8 ^ row) << 4);
    }
  }
};

// Gates one piece of a group's 64 rows. A warp puts its 16 rows of a part into shared memory first, to write whole lines.
template <class T>
__device__ __forceinline__ void gate(const Places& places, const Projections& projections, const Args& args, int piece) {
  constexpr int kPiecesOfPart = kPart / kPiece;
  const int of_part = piece % kPiecesOfPart, part = piece / kPiecesOfPart;
  store_tiles(places.to + ((of_part ^ places.swizzle) << 4), gated<T>(projections.pairs[2 * piece], projections.pairs[kTile / 4 + 2 * piece]),
              gated<T>(projections.pairs[2 * piece + 1], projections.pairs[kTile / 4 + 2 * piece + 1]));
  if (of_part + 1 != kPiecesOfPart) return;
  __syncwarp();
  const std::int64_t four_rows = static_cast<std::int64_t>(args.inner) * 4 * sizeof(T);
  std::uint8_t* to = projections.to + part * kPartBytes;
#pragma unroll
  for (int i = 0; i < 4; ++i, to += four_rows) {
    const uint4 numbers = *reinterpret_cast<const uint4*>(places.from[i % 2] + i / 2 * 8 * kPartBytes);
    if (4 * i < projections.rows_left && part * kPart < projections.columns_left) *reinterpret_cast<uint4*>(to) = numbers;
  }
  __syncwarp();
}

// The work of one of the groups that multiply.
template <class T>
__device__ __forceinline__ void multiply(Shared& shared, const Args& args, unsigned rank, int group) {
  const int thread = static_cast<int>(threadIdx.x) % kGroupThreads;
  const Places places(shared, group);
  Ring ring;
  Projections before;
  int turn = 0;
  for (Turns turns(args, rank); !turns.is_over(); turns.advance(), turn ^= 1) {
    const int column = turns.column() + thread;
    const bool has_bias = args.bias != nullptr && column < args.inner;
    const T* const from = static_cast<const T*>(args.bias) + column;
    const float of_value = has_bias ? to_float(from[0]) : 0.0F, of_gate = has_bias ? to_float(from[args.inner]) : 0.0F;
    float sums[kProjections / 2];
    leave_unset(sums);
    Ring last = ring;
    int step = 0;
#pragma unroll
    for (int piece = 0; piece < kPieces; ++piece) {
#pragma unroll 1
      for (const int end = (piece + 1) * args.steps / kPieces; step < end; ++step) {
        shared.is_in[ring.stage].wait(ring.round);
        const Stage& stage = shared.stages[ring.stage];
        const Rows x = describe_rows(stage.x + group * (kTileBytes / kGroups)), weights = describe_rows(stage.weights);
        begin_products();
#pragma unroll
        for (int i = 0; i < kDepth / 16; ++i) multiply_wide<T>(sums, x.after(32 * i), weights.after(32 * i), step > 0 || i > 0);
        end_group();
        if (step > 0) {
          wait_groups<1>();
          leave(shared.is_read[last.stage]);
        }
        last = ring;
        ring.advance();
      }
      if (before.to != nullptr) gate<T>(places, before, args, piece);
    }
    wait_groups<0>();
    pin(sums);
    leave(shared.is_read[last.stage]);
    float* const bias = shared.bias[group][turn];  // not that of the tile before, which others may still read
    bias[thread] = of_value;
    bias[kTile + thread] = of_gate;
    await_group(group);
#pragma unroll
    for (int i = 0; i < kProjections / 4; ++i) {
      const float2 added = *reinterpret_cast<const float2*>(bias + i / 2 * 8 + thread % 4 * 2);
      before.pairs[i] = pair<T>(sums[2 * i] + added.x, sums[2 * i + 1] + added.y);
      asm volatile("" : "+r"(before.pairs[i]));  // else the compiler keeps the two in a register each
    }
    const int to_row = turns.row() + thread / 32 * 16 + group * 64 + thread % 32 / 8, to_column = turns.column() + thread % 8 * 8;
    before.rows_left = args.rows - to_row;
    before.columns_left = args.inner - to_column;
    before.to = static_cast<std::uint8_t*>(args.out) + (static_cast<std::int64_t>(to_row) * args.inner + to_column) * sizeof(T);
  }
#pragma unroll
  for (int piece = 0; piece < kPieces; ++piece) {
    if (before.to != nullptr) gate<T>(places, before, args, piece);
  }
}

template <class T>
__global__ void __cluster_dims__(2) __launch_bounds__(kBlockThreads, 1) linear_geglu_kernel(const __grid_constant__ Maps maps, const __grid_constant__ Args args) {
  extern __shared__ std::uint8_t memory[];
  // Both blocks of a pair have it at the same place: they name each other's memory by their own.
  Shared& shared = *reinterpret_cast<Shared*>(memory + (1024 - shared_address(memory) % 1024) % 1024);
  const unsigned rank = rank_in_pair();
  if (threadIdx.x == 0) {
    fetch_map(maps.x);
    fetch_map(maps.weight);
    for (int i = 0; i < kStages; ++i) {
      shared.is_in[i].init(1);
      shared.is_read[i].init(2 * kGroups * 4);
    }
    show_barriers_to_copies();
  }
  await_pair();
  const int group = __shfl_sync(~0U, static_cast<int>(threadIdx.x) / kGroupThreads, 0) - 1;
  if (group < 0) {
    give_registers_back<24>();
    if (threadIdx.x == 0) copy_all(shared, maps, args, rank);
  } else {
    take_registers<240>();
    multiply<T>(shared, args, rank, group);
  }
  __syncwarp();
  await_pair();  // the other block may still tell this one's barriers
}

using Kernel = void (*)(Maps, Args);

Kernel kernel_for(DType dtype) { return dtype == DType::F16 ? linear_geglu_kernel<__half> : linear_geglu_kernel<__nv_bfloat16>; }

const char* why_not_here(const LinearGeglu& call) {
  if (call.dtype == DType::F32) return "linear GEGLU: only fp16 and bf16 are done here.";
  if (call.channels % 8 != 0 || call.inner % 8 != 0 || !is_aligned(call.x) || !is_aligned(call.weight) || !is_aligned(call.out)) {
    return "linear GEGLU: rows must be multiples of 16 bytes.";
  }
  if (call.rows > (1 << 30) || call.channels > (1 << 24) || call.inner > (1 << 24)) return "linear GEGLU: there are too many rows or columns.";
  return nullptr;
}

}  // namespace

Status linear_geglu(const LinearGeglu& call, Stream stream) {
  if (const char* error = why_refused(call)) return {error};
  if (is_empty(call)) return {};
  if (const char* error = why_not_here(call)) return {error};
  if (const Status status = use_device(stream); status.error != nullptr) return status;
  const Gpu gpu = look_at_gpu(stream.device);
  if (gpu.error != nullptr) return {gpu.error};
  static std::array<std::atomic<bool>, kMostGpus> is_ready{};
  if (!is_ready[stream.device].load()) {
    for (const DType dtype : {DType::F16, DType::BF16}) {
      const cudaError_t error = cudaFuncSetAttribute(kernel_for(dtype), cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
      if (error != cudaSuccess) return {cudaGetErrorString(error)};
    }
    is_ready[stream.device].store(true);
  }
  Args args{call.bias, call.out};
  args.rows = static_cast<int>(call.rows);
  args.inner = static_cast<int>(call.inner);
  args.steps = static_cast<int>(divide_up(call.channels, kDepth));
  args.pair_rows = static_cast<int>(divide_up(call.rows, 2 * kTile));
  args.tile_columns = static_cast<int>(divide_up(call.inner, kTile));
  const auto pairs = static_cast<int>(std::min<std::int64_t>(gpu.processors / 2, static_cast<std::int64_t>(args.pair_rows) * args.tile_columns));
  args.step_down = pairs % args.pair_rows;
  args.step_across = pairs / args.pair_rows;
  Maps maps{};
  const bool is_done = describe(maps.x, Described<2>{call.x, {call.channels, call.rows}, {call.channels}, {kTile}}, call.dtype) &&
                       describe(maps.weight, Described<2>{call.weight, {call.channels, 2 * call.inner}, {call.channels}, {kTile}}, call.dtype);
  if (!is_done) return {"linear GEGLU: the driver cannot describe these arrays."};
  kernel_for(call.dtype)<<<static_cast<unsigned>(2 * pairs), kBlockThreads, kSharedBytes, static_cast<cudaStream_t>(stream.handle)>>>(maps, args);
  return launch_status();
}

}  // namespace studio::cuda
