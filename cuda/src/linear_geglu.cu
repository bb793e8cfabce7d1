// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A linear layer with GEGLU behind it on Hopper's warpgroup products. A block of threads makes 128 x 128 numbers of the output
// after the other, of twice as many projections: one warp copies tiles of x and of the weights, two warpgroups multiply. What
// they multiplied before is gated meanwhile, piece by piece between the products. Two blocks with the same columns share the
// copies of the weights. Where the last tiles would keep at most half of the pairs of blocks busy, each is cut into two halves.
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
constexpr int kHalf = kTile / 2;                // columns of half a tile
constexpr int kDepth = 64, kDepthBytes = 128;   // of products in one stage
constexpr int kStages = 4;
constexpr int kGroups = 2, kGroupThreads = 128, kBlockThreads = (kGroups + 1) * kGroupThreads;
constexpr int kTileBytes = kTile * kDepthBytes;
constexpr int kPart = 64, kPartBytes = kPart * 2;  // of the output's columns, which leave together
constexpr int kPiece = 8, kPieces = kTile / kPiece;  // of them, which are gated between two products

struct Stage {
  std::uint8_t x[kTileBytes];
  std::uint8_t weights[2 * kTileBytes];  // rows of values, then as many of gates
};

struct Shared {
  Stage stages[kStages];
  alignas(128) std::uint8_t results[kTile * kPartBytes];  // rows; 16 bytes i of row r are in place i ^ r % 8
  float bias[kGroups][2][2 * kTile];
  Barrier is_in[kStages], is_read[kStages];
};
constexpr int kSharedBytes = sizeof(Shared) + 1024;  // copies need an alignment that is not promised
static_assert(kSharedBytes <= 227 * 1024);

struct Args {
  const void* bias;
  void* out;
  int rows, inner;
  int steps;                   // of kDepth
  int pair_rows;               // tiles of two blocks, down
  int step_down, step_across;  // from one tile of a pair of blocks to its next
  int end_down, end_across;    // of the tiles that are done whole, the next one's place
  int halves;                  // of the tiles from there on; each pair of blocks has at most one
};

struct Maps {
  CUtensorMap x, weight, half_weight;
};

// Where one begins, in the output.
struct Tile {
  int row, column;
};

// The tiles of a pair of blocks, those of the same columns one after the other, then its half of one; this block's rows of each.
// Divides only to begin and for the half.
class Turns {
 public:
  __device__ Turns(const Args& args, unsigned rank)
      : args_(args), pair_(static_cast<int>(blockIdx.x) / 2), rank_(static_cast<int>(rank)), down_(pair_ % args.pair_rows), across_(pair_ / args.pair_rows) {}
  __device__ bool is_over() const { return across_ > args_.end_across || (across_ == args_.end_across && down_ >= args_.end_down); }
  __device__ Tile tile() const { return place(down_, across_); }
  __device__ void advance() {
    down_ += args_.step_down;
    across_ += args_.step_across;
    if (down_ < args_.pair_rows) return;
    down_ -= args_.pair_rows;
    ++across_;
  }
  __device__ bool has_half() const { return pair_ < args_.halves; }
  // Both halves of a tile are neighbours' at a time, which read the same rows of x.
  __device__ Tile half() const {
    const int down = args_.end_down + pair_ / 2;
    const Tile whole = place(down % args_.pair_rows, args_.end_across + down / args_.pair_rows);
    return {whole.row, whole.column + pair_ % 2 * kHalf};
  }

 private:
  __device__ Tile place(int down, int across) const { return {(2 * down + rank_) * kTile, across * kTile}; }

  const Args& args_;
  int pair_, rank_, down_, across_;
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

// Brings what the products of a tile of kColumns columns read.
template <int kColumns>
__device__ __forceinline__ void copy(Shared& shared, const Maps& maps, const Args& args, Tile tile, Ring& ring) {
  constexpr int kWeightBytes = kColumns * kDepthBytes;
  const CUtensorMap& weight = kColumns == kTile ? maps.weight : maps.half_weight;
  const auto rank = static_cast<int>(rank_in_cluster());
  const int first = tile.column + rank * args.inner;  // rank 0 brings values' weights to both blocks, rank 1 gates'
#pragma unroll 1
  for (int step = 0; step < args.steps; ++step, ring.advance()) {
    Stage& stage = shared.stages[ring.stage];
    Barrier& is_in = shared.is_in[ring.stage];
    // Of a barrier that nobody has passed yet, the round before counts as done.
    shared.is_read[ring.stage].wait(ring.round ^ 1U);
    is_in.arrive_expecting(sizeof(stage.x) + 2 * kWeightBytes);
    copy_tile(stage.x, maps.x, step * kDepth, tile.row, is_in);
    copy_tile_to_both(stage.weights + rank * kWeightBytes, weight, step * kDepth, first, is_in);
  }
}

// One thread's work.
__device__ __forceinline__ void copy_all(Shared& shared, const Maps& maps, const Args& args, unsigned rank) {
  Ring ring;
  Turns turns(args, rank);
  for (; !turns.is_over(); turns.advance()) copy<kTile>(shared, maps, args, turns.tile(), ring);
  if (turns.has_half()) copy<kHalf>(shared, maps, args, turns.half(), ring);
}

// Both blocks' copies wait for both blocks' readers.
__device__ __forceinline__ void leave(Barrier& barrier) {
  const unsigned lane = threadIdx.x % 32;
  if (lane < 2) arrive_at(barrier, lane);
}

// What a thread has of a tile's projections, two to a register: of 8 columns after the other the two of its row, then of the
// row 8 below; values, then gates. Those of half a tile take the first half of either's places.
struct Projections {
  std::uint32_t pairs[kTile / 2];
  bool are_there = false;
  int rows_left = 0, columns_left = 0;  // of the output, from the first 16 bytes on that this thread writes
};

template <class T>
__device__ __forceinline__ std::uint32_t gated(std::uint32_t value_pair, std::uint32_t gate_pair) {
  asm volatile("" : "+r"(value_pair), "+r"(gate_pair));  // else the compiler takes pairs apart long before and has no registers left
  const T* const values = reinterpret_cast<const T*>(&value_pair);
  const T* const gates = reinterpret_cast<const T*>(&gate_pair);
  return pair<T>(to_float(values[0]) * gelu<T>(to_float(gates[0])), to_float(values[1]) * gelu<T>(to_float(gates[1])));
}

// A thread's places in the 16 rows of shared memory that its warp's results go through; 8 threads read one of 4 rows at a time.
struct Places {
  std::uint32_t to;  // the first 16 bytes of the row whose place in a tile this thread names
  const std::uint8_t* from[2];  // the first threads': of row 0, with row 8 behind it, and of row 4, with row 12

  __device__ Places(Shared& shared, int group) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    std::uint8_t* const results = shared.results + (group * 64 + static_cast<int>(threadIdx.x) % kGroupThreads / 32 * 16) * kPartBytes;
    to = shared_address(results + lane % 16 * kPartBytes + (lane % 8 << 4));
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
  std::uint32_t to_row = places.to;
  asm volatile("" : "+r"(to_row));  // else the compiler keeps all places in registers
  store_tiles(to_row ^ of_part << 4, gated<T>(projections.pairs[2 * piece], projections.pairs[kTile / 4 + 2 * piece]),
              gated<T>(projections.pairs[2 * piece + 1], projections.pairs[kTile / 4 + 2 * piece + 1]));
  if (of_part + 1 != kPiecesOfPart) return;
  __syncwarp();
  const std::int64_t row = args.rows - projections.rows_left, four_rows = static_cast<std::int64_t>(args.inner) * 4 * sizeof(T);
  std::uint8_t* to = static_cast<std::uint8_t*>(args.out) + (row * args.inner + (args.inner - projections.columns_left + part * kPart)) * sizeof(T);
#pragma unroll
  for (int i = 0; i < 4; ++i, to += four_rows) {
    const uint4 numbers = *reinterpret_cast<const uint4*>(places.from[i % 2] + i / 2 * 8 * kPartBytes);
    if (4 * i < projections.rows_left && part * kPart < projections.columns_left) *reinterpret_cast<uint4*>(to) = numbers;
  }
  __syncwarp();
}

// How far a group is.
struct Progress {
  Ring ring;
  int turn = 0;
  Projections before;  // not gated yet
};

// Multiplies a tile of kColumns columns, and gates the one before meanwhile.
template <class T, int kColumns>
__device__ __forceinline__ void multiply(Shared& shared, const Args& args, const Places& places, int group, Tile tile, Progress& progress) {
  const int thread = static_cast<int>(threadIdx.x) % kGroupThreads;
  Ring& ring = progress.ring;
  Projections& before = progress.before;
  const int of_columns = thread % kColumns, column = tile.column + of_columns;
  const bool has_bias = args.bias != nullptr && column < args.inner;
  const T* const from = static_cast<const T*>(args.bias) + column;
  const float of_value = has_bias ? to_float(from[0]) : 0.0F, of_gate = has_bias ? to_float(from[args.inner]) : 0.0F;
  float sums[kColumns];  // of 64 rows' values and gates, 128 threads' share
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
      for (int i = 0; i < kDepth / 16; ++i) {
        if constexpr (kColumns == kTile) {
          multiply_wide<T>(sums, x.after(32 * i), weights.after(32 * i), step > 0 || i > 0);
        } else {
          multiply_rows<T>(sums, x.after(32 * i), weights.after(32 * i), step > 0 || i > 0);
        }
      }
      end_group();
      if (step > 0) {
        wait_groups<1>();
        leave(shared.is_read[last.stage]);
      }
      last = ring;
      ring.advance();
    }
    if (before.are_there) gate<T>(places, before, args, piece);
  }
  wait_groups<0>();
  pin(sums);
  leave(shared.is_read[last.stage]);
  float* const bias = shared.bias[group][progress.turn];  // not that of the tile before, which others may still read
  progress.turn ^= 1;
  bias[of_columns] = of_value;  // of half a tile two threads write the same
  bias[kColumns + of_columns] = of_gate;
  await_group(group);
#pragma unroll
  for (int i = 0; i < kColumns / 2; ++i) {
    const float2 added = *reinterpret_cast<const float2*>(bias + i / 2 * 8 + thread % 4 * 2);
    std::uint32_t& both = before.pairs[i < kColumns / 4 ? i : kTile / 4 + i - kColumns / 4];
    both = pair<T>(sums[2 * i] + added.x, sums[2 * i + 1] + added.y);
    asm volatile("" : "+r"(both));  // else the compiler keeps the two in a register each
  }
  before.are_there = true;
  before.rows_left = args.rows - (tile.row + thread / 32 * 16 + group * 64 + thread % 32 / 8);
  before.columns_left = args.inner - (tile.column + thread % 8 * 8);
}

// The work of one of the groups that multiply.
template <class T>
__device__ __forceinline__ void multiply_all(Shared& shared, const Args& args, unsigned rank, int group) {
  const Places places(shared, group);
  Progress progress;
  Turns turns(args, rank);
  for (; !turns.is_over(); turns.advance()) multiply<T, kTile>(shared, args, places, group, turns.tile(), progress);
  if (turns.has_half()) multiply<T, kHalf>(shared, args, places, group, turns.half(), progress);
#pragma unroll
  for (int piece = 0; piece < kPieces; ++piece) {
    const bool is_there = progress.before.are_there && (piece < kHalf / kPiece || !turns.has_half());
    if (is_there) gate<T>(places, progress.before, args, piece);
  }
}

template <class T>
__global__ void __cluster_dims__(2) __launch_bounds__(kBlockThreads, 1) linear_geglu_kernel(const __grid_constant__ Maps maps, const __grid_constant__ Args args) {
  extern __shared__ std::uint8_t memory[];
  // Both blocks of a pair have it at the same place: they name each other's memory by their own.
  Shared& shared = *reinterpret_cast<Shared*>(memory + (1024 - shared_address(memory) % 1024) % 1024);
  const unsigned rank = rank_in_cluster();
  if (threadIdx.x == 0) {
    fetch_map(maps.x);
    fetch_map(maps.weight);
    fetch_map(maps.half_weight);
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
    multiply_all<T>(shared, args, rank, group);
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
  const std::int64_t pair_rows = divide_up(call.rows, 2 * kTile), tiles = pair_rows * divide_up(call.inner, kTile), most_pairs = gpu.processors / 2;
  const std::int64_t rest = tiles % most_pairs, cut = 2 * rest <= most_pairs ? rest : 0;  // tiles of an unfilled round, to be halved
  const std::int64_t whole = tiles - cut, pairs = std::min(most_pairs, std::max(whole, 2 * cut));
  Args args{call.bias, call.out};
  args.rows = static_cast<int>(call.rows);
  args.inner = static_cast<int>(call.inner);
  args.steps = static_cast<int>(divide_up(call.channels, kDepth));
  args.pair_rows = static_cast<int>(pair_rows);
  args.step_down = static_cast<int>(pairs % pair_rows);
  args.step_across = static_cast<int>(pairs / pair_rows);
  args.end_down = static_cast<int>(whole % pair_rows);
  args.end_across = static_cast<int>(whole / pair_rows);
  args.halves = static_cast<int>(2 * cut);
  const Described<2> weight{call.weight, {call.channels, 2 * call.inner}, {call.channels}, {kTile}};
  Described<2> half_weight = weight;
  half_weight.box = {kHalf};
  Maps maps{};
  const bool is_done = describe(maps.x, Described<2>{call.x, {call.channels, call.rows}, {call.channels}, {kTile}}, call.dtype) &&
                       describe(maps.weight, weight, call.dtype) && describe(maps.half_weight, half_weight, call.dtype);
  if (!is_done) return {"linear GEGLU: the driver cannot describe these arrays."};
  kernel_for(call.dtype)<<<static_cast<unsigned>(2 * pairs), kBlockThreads, kSharedBytes, static_cast<cudaStream_t>(stream.handle)>>>(maps, args);
  return launch_status();
}

}  // namespace studio::cuda
