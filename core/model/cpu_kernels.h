// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Fused CPU passes in plain C++ over channels-last fp32 memory, for steps where the tensor library has
// no fused operator or a slow one. Each is held to the plain operators by a test.
#pragma once

#include <cstdint>

namespace studio::cpu {

struct GroupNormShape {
  std::int64_t batch = 0, positions = 0, channels = 0, groups = 1;
  float eps = 1e-5F;
};

// out = act(group_norm(x + offset) * weight + bias), act = SiLU or identity.
// Shapes: x and out [batch, positions, channels], contiguous; offset [batch, channels] or null; weight
// and bias [channels]. channels divisible by groups. Statistics are summed in double. x == out is fine.
// Threads: splits the work over the tensor library's pool.
void group_norm(const GroupNormShape& shape, const float* x, const float* offset, const float* weight,
                const float* bias, bool silu, float* out);

}  // namespace studio::cpu
