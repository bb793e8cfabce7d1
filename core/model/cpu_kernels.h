// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Fused CPU passes in plain C++ over channels-last memory, for steps where the tensor library has
// no fused operator or a slow one. Each is held to the plain operators by a test.
#pragma once

#include <cstdint>

#include <c10/util/BFloat16.h>

namespace studio::cpu {

struct GroupNormShape {
  std::int64_t batch = 0, positions = 0, channels = 0, groups = 1;
  float eps = 1e-5F;
};

// out = act(group_norm(x + offset) * weight + bias), act = SiLU or identity.
// Shapes: x and out [batch, positions, channels], contiguous; offset [batch, channels] or null; weight
// and bias [channels]. channels divisible by groups. Statistics are summed in double. x == out is fine.
// Of bf16 everything between reading and writing is in fp32 and double; out is rounded once.
// Threads: splits the work over the tensor library's pool.
void group_norm(const GroupNormShape& shape, const float* x, const float* offset, const float* weight, const float* bias,
                bool silu, float* out);
void group_norm(const GroupNormShape& shape, const at::BFloat16* x, const at::BFloat16* offset, const at::BFloat16* weight,
                const at::BFloat16* bias, bool silu, at::BFloat16* out);

// Whether this processor multiplies bf16 itself (AMX or AVX-512 BF16). Without that bf16 takes less memory than
// fp32, but more time.
bool has_bf16_instructions();
// Whether they are quicker than its fp32 ones.
bool has_quick_bf16();

}  // namespace studio::cpu
