// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A head's keys and values are laid out once; then some queries at a time get all their scores, the softmax of them, and
// the sum of values.
#include "core/model/cpu_attention.h"

#include <algorithm>

#include <ATen/Parallel.h>

#include "core/model/cpu_attention_head.h"

namespace studio::cpu {
namespace {

constexpr std::int64_t kBlock = 64;                 // queries of a task; less, and laying heads out would count
constexpr std::int64_t kMostHeadNumbers = 1 << 16;  // of keys, and of values

STUDIO_INLINE void convert(float from, float& to) { to = from; }
STUDIO_INLINE void convert(at::BFloat16 from, at::BFloat16& to) { to = from; }
STUDIO_INLINE void convert(at::BFloat16 from, float& to) { to = widened(from); }

template <class Value, class Number>
struct Job {
  AttentionShape shape;
  HeadRows<Value> q, k, v;
  Value* out;
  Multiplier<Number> multiplier;
  std::int64_t blocks() const { return (shape.queries + kBlock - 1) / kBlock; }
};

// Tasks are blocks of queries, those of a head one after the other.
template <int kBytes, class Value, class Number>
STUDIO_INLINE void run_tasks(const Job<Value, Number>& job, std::int64_t begin, std::int64_t end) {
  using Its = Lanes<kBytes>;
  constexpr std::int64_t kGroup = kAttentionRows<Number>;
  const AttentionShape& shape = job.shape;
  const TileScope tiles(job.multiplier.has_tiles);
  Head<Number> head{shape.keys, shape.width};
  const auto panels = aligned_numbers<Number>(head.numbers());
  head.panels = panels.get();
  const std::int64_t depth = rounded_up(shape.width, kDepthStep<Number>);
  const auto queries = aligned_numbers<Number>(kGroup * depth);
  AttentionRoom<Number> room(shape.keys);
  for (std::int64_t task = begin, known = -1; task < end; ++task) {
    const std::int64_t head_of_all = task / job.blocks(), b = head_of_all / shape.heads, h = head_of_all % shape.heads;
    const auto start_of = [&](const HeadRows<Value>& its) { return its.data + b * its.batch_stride + h * its.head_stride; };
    if (head_of_all != known) lay_out_head(head, start_of(job.k), job.k.row_stride, start_of(job.v), job.v.row_stride, panels.get());
    known = head_of_all;
    const std::int64_t first = task % job.blocks() * kBlock, last = std::min(first + kBlock, shape.queries);
    for (std::int64_t n = first; n < last; n += kGroup) {
      const std::int64_t count = std::min(kGroup, last - n), rows = rounded_up(count, kRowStep);
      for (std::int64_t r = 0; r < rows; ++r) {
        const Value* const q = start_of(job.q) + (n + r) * job.q.row_stride;
        const std::int64_t given = r < count ? shape.width : 0;
        for (std::int64_t d = 0; d < given; ++d) convert(q[d], queries[r * depth + d]);
        std::fill(queries.get() + r * depth + given, queries.get() + (r + 1) * depth, Number(0.0F));
      }
      Value* const out = job.out + ((b * shape.queries + n) * shape.heads + h) * shape.width;
      attend_rows<Its>(queries.get(), depth, rows, head, job.multiplier.run, room, [&](std::int64_t column, std::int64_t columns) {
        for (std::int64_t r = 0; r < count; ++r) {
          Value* const its = out + r * shape.heads * shape.width + column;
          for (std::int64_t d = 0; d < columns; ++d) store(room.sums[r * kPanel + d] / room.totals[r], its[d]);
        }
      });
    }
  }
}

// Variants for processors are made of plain functions, not of templates.
#define STUDIO_TASKS(name, bytes, Value, Number, target) \
  target void name(const Job<Value, Number>& job, std::int64_t begin, std::int64_t end) { run_tasks<bytes>(job, begin, end); }
STUDIO_TASKS(tasks_16, 16, float, float, )
STUDIO_TASKS(tasks_16, 16, at::BFloat16, float, )
STUDIO_TASKS(tasks_32, 32, float, float, STUDIO_V3)
STUDIO_TASKS(tasks_32, 32, at::BFloat16, float, STUDIO_V3)
STUDIO_TASKS(tasks_64, 64, float, float, STUDIO_V4)
STUDIO_TASKS(tasks_64, 64, at::BFloat16, float, STUDIO_V4)
STUDIO_TASKS(tasks_64, 64, at::BFloat16, at::BFloat16, STUDIO_V4)
#undef STUDIO_TASKS

template <class Value, class Number>
void split(const Job<Value, Number>& job, void (*run)(const Job<Value, Number>&, std::int64_t, std::int64_t)) {
  const std::int64_t tasks = job.shape.batch * job.shape.heads * job.blocks();
  at::parallel_for(0, tasks, 1, [&](std::int64_t begin, std::int64_t end) { run(job, begin, end); });
}

template <class Value>
void attend(const AttentionShape& shape, const HeadRows<Value>& q, const HeadRows<Value>& k, const HeadRows<Value>& v, Value* out) {
  if constexpr (std::is_same_v<Value, at::BFloat16>) {
    if (const auto of_bf16 = multipliers<at::BFloat16>(); !of_bf16.empty()) {
      return split<Value, at::BFloat16>({shape, q, k, v, out, of_bf16.front()}, tasks_64);
    }
  }
  using Run = void (*)(const Job<Value, float>&, std::int64_t, std::int64_t);
  split<Value, float>({shape, q, k, v, out, multipliers<float>().front()}, for_this_processor<Run>(tasks_16, tasks_32, tasks_64));
}

}  // namespace

bool can_attend(const AttentionShape& shape) {
  const bool has_width = shape.width >= 16 && shape.width <= 128 && shape.width % 16 == 0;
  return has_width && shape.keys >= 1 && shape.keys * shape.width <= kMostHeadNumbers;
}

void attention(const AttentionShape& shape, const HeadRows<float>& q, const HeadRows<float>& k, const HeadRows<float>& v, float* out) {
  attend(shape, q, k, v, out);
}

void attention(const AttentionShape& shape, const HeadRows<at::BFloat16>& q, const HeadRows<at::BFloat16>& k,
               const HeadRows<at::BFloat16>& v, at::BFloat16* out) {
  attend(shape, q, k, v, out);
}

}  // namespace studio::cpu
