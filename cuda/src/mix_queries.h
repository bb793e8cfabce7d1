// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Mixed queries, made before attention() starts.
#pragma once

#include "cuda/api/ops.h"

#include <cuda_runtime.h>

namespace studio::cuda {

constexpr int kMostRows = 48, kMostMixes = 8;

struct MixedRow {
  std::int16_t source, mix;
};

// out [row_count,heads,height * width,64]: the queries of rows' samples, their maps mixed.
// Range:  F16 or BF16; maps up to kMostMixWidth wide. q and q_stride as attention() wants them; other fields of the call are not read.
// Threads: any. Queues one kernel, which lets the next one begin: that one waits for it where it reads `out`
//         (griddepcontrol.wait), and nowhere before.
constexpr std::int64_t kMostMixWidth = 128;
struct MixQueries {
  const Attention* call = nullptr;
  void* out = nullptr;
  int row_count = 0;
  MixedRow rows[kMostRows];
};
Status mix_queries(const MixQueries& work, cudaStream_t stream);

}  // namespace studio::cuda
