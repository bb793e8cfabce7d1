// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Group norm in one launch, of maps that fit into the shared memory of a few multiprocessors each.
#pragma once

#include "cuda/api/ops.h"

#include <optional>

namespace studio::cuda {

// Does what group_norm_silu() does, without a workspace; nothing where the GPU or the sizes are not made for it. That follows
// from sizes, types and the GPU alone.
// Range:   channels of both inputs fill whole 16 bytes, inputs and output are aligned to 16; the call is not empty.
// Threads: any. The stream's device is the current one.
std::optional<Status> group_norm_in_clusters(const GroupNormSilu& call, Stream stream);

}  // namespace studio::cuda
