// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Attention on CPUs for few keys, as small pictures and texts have them: LibTorch's takes up to twice as long there.
#pragma once

#include <cstdint>

#include <c10/util/BFloat16.h>

namespace studio::cpu {

struct AttentionShape {
  std::int64_t batch = 0, heads = 0, queries = 0, keys = 0, width = 0;
};

// [batch, heads, rows, width], in any order of memory whose last dimension is contiguous; a stride may be 0.
template <class Value>
struct HeadRows {
  const Value* data = nullptr;
  std::int64_t batch_stride = 0, head_stride = 0, row_stride = 0;
};

// Whether attention() takes that shape and is worth it: a width of 16 to 128 in sixteens, and keys and values of a head
// that stay in a core's cache.
bool can_attend(const AttentionShape& shape);

// out = softmax(q k^T / sqrt(width)) v, for a shape that can_attend().
// Shapes: q [batch, heads, queries, width], k and v [batch, heads, keys, width]; out [batch, queries, heads, width],
// contiguous. Of bf16 everything between reading and writing is in fp32, but for the softmax's powers where the processor
// multiplies bf16 itself: those are rounded before they meet the values, as LibTorch's are.
// Threads: splits the work over the tensor library's pool.
void attention(const AttentionShape& shape, const HeadRows<float>& q, const HeadRows<float>& k, const HeadRows<float>& v,
               float* out);
void attention(const AttentionShape& shape, const HeadRows<at::BFloat16>& q, const HeadRows<at::BFloat16>& k,
               const HeadRows<at::BFloat16>& v, at::BFloat16* out);

}  // namespace studio::cpu
