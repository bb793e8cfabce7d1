// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What attention is asked for, and how its tiles of queries are dealt out to blocks of threads.
#pragma once

#include "cuda/api/ops.h"
#include "cuda/src/mix_queries.h"

namespace studio::cuda::attention_work {

constexpr int kGroups = 3, kGroupQueries = 64, kBlockQueries = kGroups * kGroupQueries;
struct Args {
  const void *q, *k, *v;
  void* out;
  AttentionStrides q_stride, kv_stride;
  int heads, queries, keys;
  int full_tiles;    // of queries, a row and head; there may be one more, with fewer
  int whole_items;   // full tiles that are not split
  int pieces;        // of each that is: 2, of two groups of queries and one, or 3
  int key_tiles;
  int mean_rows, plain_rows, mixed_rows;  // they come in this order
  std::int16_t rows[kMostRows], sources[kMostRows];

  __host__ __device__ int row_heads() const { return (plain_rows + mixed_rows) * heads; }
  __host__ __device__ int full_items() const { return row_heads() * full_tiles; }
  __host__ __device__ int short_items() const { return full_tiles * kBlockQueries < queries ? row_heads() : 0; }
  __host__ __device__ int items() const { return whole_items + pieces * (full_items() - whole_items) + short_items(); }
};

// The number-th piece of work. What takes least time comes last: split tiles' first, second and third pieces, and tiles that
// are not full.
struct Item {
  int row, head, first_query, groups;
  bool is_mixed;

  __device__ Item(const Args& args, int number) {
    const int split = args.full_items() - args.whole_items;
    int tile = args.full_tiles, row_head = number - args.whole_items - args.pieces * split;
    groups = kGroups;
    first_query = 0;
    if (row_head >= 0) {
      groups = (args.queries - tile * kBlockQueries + kGroupQueries - 1) / kGroupQueries;
    } else {
      if (number >= args.whole_items) {
        const int piece = (number - args.whole_items) / split, first_groups = kGroups + 1 - args.pieces;
        number -= piece * split;
        groups = piece == 0 ? first_groups : 1;
        first_query = (piece == 0 ? 0 : piece - 1 + first_groups) * kGroupQueries;
      }
      tile = number % args.full_tiles;
      row_head = number / args.full_tiles;
    }
    row = args.mean_rows + row_head / args.heads;
    head = row_head % args.heads;
    first_query += tile * kBlockQueries;
    is_mixed = row_head >= args.plain_rows * args.heads;
  }
};

// The numbers of a block's pieces: every gridDim.x-th.
class Turns {
 public:
  __device__ int number() const { return number_; }
  __device__ void advance() { number_ += static_cast<int>(gridDim.x); }

 private:
  int number_ = static_cast<int>(blockIdx.x);
};

// This block's place when those with the least to do are counted first.
__device__ inline int idle_place() { return static_cast<int>(gridDim.x - 1 - blockIdx.x); }

}  // namespace studio::cuda::attention_work
