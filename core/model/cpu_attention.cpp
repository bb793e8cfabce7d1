// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A head's keys are turned round once and its values copied, both in fp32; then some queries at a time get all their
// scores, the softmax of them, and the sum of values. Written in vectors of the compiler's.
#include "core/model/cpu_attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include <ATen/Parallel.h>

#include "core/model/cpu_lanes.h"

namespace studio::cpu {
namespace {

template <int kBytes>
struct Lanes {
  typedef float Floats __attribute__((vector_size(kBytes)));
  typedef std::int32_t Ints __attribute__((vector_size(kBytes)));
  static constexpr std::int64_t kCount = kBytes / 4;
  // Of a product's result: as many as the registers hold, so that sums need not wait for each other.
  static constexpr std::int64_t kRows = kBytes == 64 ? 8 : 4, kVectors = 2;
};

constexpr std::int64_t kGroup = 16;   // queries whose scores are there at once
constexpr std::int64_t kBlock = 64;   // queries of a task; less, and turning keys round would count
constexpr std::int64_t kMostLanes = 16;
constexpr std::int64_t kMostHeadNumbers = 1 << 16;  // of keys, and of values

std::int64_t rounded_up(std::int64_t count, std::int64_t step) { return (count + step - 1) / step * step; }

// Of one thread.
struct Room {
  explicit Room(const AttentionShape& shape)
      : keys(rounded_up(shape.keys, 2 * kMostLanes)),
        numbers(new(std::align_val_t(64)) float[2 * keys * shape.width + kGroup * (keys + 2 * shape.width)]),
        turned(numbers.get()),
        values(turned + keys * shape.width),
        scores(values + keys * shape.width),
        queries(scores + kGroup * keys),
        sums(queries + kGroup * shape.width) {}

  struct Free {
    void operator()(float* its) const { ::operator delete[](its, std::align_val_t(64)); }
  };
  std::int64_t keys;  // with those that fill the last vectors up
  std::unique_ptr<float[], Free> numbers;
  float *turned;   // [keys / tile, width, tile]
  float *values;   // [keys, width]
  float *scores;   // [kGroup, keys]
  float *queries;  // [kGroup, width]
  float *sums;     // [kGroup, width]
};

template <class Floats>
STUDIO_INLINE Floats load(const float* from) {
  Floats lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

// c = a b. Shapes: a [kRows, depth], b [depth, kVectors vectors], c [kRows, kVectors vectors]; rows are *_stride apart.
template <class Floats, std::int64_t kRows, std::int64_t kVectors>
STUDIO_INLINE void multiply(const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride, std::int64_t depth, float* c,
                            std::int64_t c_stride) {
  constexpr std::int64_t kCount = sizeof(Floats) / sizeof(float);
  Floats sums[kRows][kVectors] = {};
  for (std::int64_t i = 0; i < depth; ++i) {
    Floats row[kVectors];
#pragma GCC unroll 2
    for (std::int64_t v = 0; v < kVectors; ++v) row[v] = load<Floats>(b + i * b_stride + v * kCount);
#pragma GCC unroll 8
    for (std::int64_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
      for (std::int64_t v = 0; v < kVectors; ++v) sums[r][v] += a[r * a_stride + i] * row[v];
    }
  }
#pragma GCC unroll 8
  for (std::int64_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::int64_t v = 0; v < kVectors; ++v) std::memcpy(c + r * c_stride + v * kCount, &sums[r][v], sizeof(Floats));
  }
}

template <class Its, class Value>
STUDIO_INLINE void read_head(const AttentionShape& shape, const Value* k, std::int64_t k_stride, const Value* v, std::int64_t v_stride,
                             const Room& room) {
  constexpr std::int64_t kTile = Its::kVectors * Its::kCount;
  for (std::int64_t m = 0; m < room.keys; ++m) {
    float* const column = room.turned + m / kTile * kTile * shape.width + m % kTile;
    const Value* const from = k + m * k_stride;
    for (std::int64_t d = 0; d < shape.width; ++d) column[d * kTile] = m < shape.keys ? widened(from[d]) : 0.0F;
  }
  for (std::int64_t m = 0; m < shape.keys; ++m) {
    for (std::int64_t d = 0; d < shape.width; ++d) room.values[m * shape.width + d] = widened(v[m * v_stride + d]);
  }
}

// Makes e^(scale (score - largest)) of each and returns their sum; what fills the row up becomes 0.
template <class Its>
STUDIO_INLINE float exponentials(float* scores, std::int64_t keys, std::int64_t all_keys, float scale) {
  using Floats = typename Its::Floats;
  constexpr float kLeast = -87.0F;  // where e^x leaves the normal numbers
  std::fill(scores + keys, scores + all_keys, -std::numeric_limits<float>::infinity());
  Floats largest = load<Floats>(scores);
  for (std::int64_t m = Its::kCount; m < all_keys; m += Its::kCount) {
    const Floats its = load<Floats>(scores + m);
    largest = its > largest ? its : largest;
  }
  float most = largest[0];
  for (std::int64_t i = 1; i < Its::kCount; ++i) most = std::max(most, largest[i]);
  Floats sums = {};
  for (std::int64_t m = 0; m < all_keys; m += Its::kCount) {
    // Of a NaN every comparison is false: it stays one.
    const Floats x = (load<Floats>(scores + m) - most) * scale;
    const auto is_least = x < kLeast;
    const Floats power = exp_of<Floats, typename Its::Ints>(is_least ? Floats{} : x);
    const Floats its = is_least ? Floats{} : power;
    std::memcpy(scores + m, &its, sizeof its);
    sums += its;
  }
  float sum = 0;
  for (std::int64_t i = 0; i < Its::kCount; ++i) sum += sums[i];
  return sum;
}

// Of `count` queries; `out` rows lie heads * width apart.
template <class Its, class Value>
STUDIO_INLINE void attend_group(const AttentionShape& shape, const Value* q, std::int64_t q_stride, std::int64_t count, const Room& room,
                                Value* out) {
  using Floats = typename Its::Floats;
  constexpr std::int64_t kRows = Its::kRows, kTile = Its::kVectors * Its::kCount;
  const std::int64_t width = shape.width, rows = rounded_up(count, kRows);
  for (std::int64_t n = 0; n < rows; ++n) {
    for (std::int64_t d = 0; d < width; ++d) room.queries[n * width + d] = n < count ? widened(q[n * q_stride + d]) : 0.0F;
  }
  for (std::int64_t m = 0; m < room.keys; m += kTile) {
    for (std::int64_t n = 0; n < rows; n += kRows) {
      multiply<Floats, kRows, Its::kVectors>(room.queries + n * width, width, room.turned + m * width, kTile, width,
                                             room.scores + n * room.keys + m, room.keys);
    }
  }
  const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(width)));
  float totals[kGroup];
  for (std::int64_t n = 0; n < count; ++n) totals[n] = exponentials<Its>(room.scores + n * room.keys, shape.keys, room.keys, scale);
  for (std::int64_t n = 0; n < rows; n += kRows) {
    std::int64_t d = 0;
    for (; d + kTile <= width; d += kTile) {
      multiply<Floats, kRows, Its::kVectors>(room.scores + n * room.keys, room.keys, room.values + d, width, shape.keys,
                                             room.sums + n * width + d, width);
    }
    if (d < width) {
      multiply<Floats, kRows, 1>(room.scores + n * room.keys, room.keys, room.values + d, width, shape.keys, room.sums + n * width + d, width);
    }
  }
  for (std::int64_t n = 0; n < count; ++n) {
    for (std::int64_t d = 0; d < width; ++d) store(room.sums[n * width + d] / totals[n], out[n * shape.heads * width + d]);
  }
}

template <class Value>
struct Job {
  AttentionShape shape;
  HeadRows<Value> q, k, v;
  Value* out;
  std::int64_t blocks() const { return (shape.queries + kBlock - 1) / kBlock; }
};

// Tasks are blocks of queries, those of a head one after the other.
template <int kBytes, class Value>
STUDIO_INLINE void run_tasks(const Job<Value>& job, std::int64_t begin, std::int64_t end) {
  using Its = Lanes<kBytes>;
  const AttentionShape& shape = job.shape;
  const Room room(shape);
  for (std::int64_t task = begin, known = -1; task < end; ++task) {
    const std::int64_t head_of_all = task / job.blocks(), b = head_of_all / shape.heads, h = head_of_all % shape.heads;
    const auto start_of = [&](const HeadRows<Value>& its) { return its.data + b * its.batch_stride + h * its.head_stride; };
    if (head_of_all != known) read_head<Its>(shape, start_of(job.k), job.k.row_stride, start_of(job.v), job.v.row_stride, room);
    known = head_of_all;
    const std::int64_t first = task % job.blocks() * kBlock, last = std::min(first + kBlock, shape.queries);
    for (std::int64_t n = first; n < last; n += kGroup) {
      attend_group<Its>(shape, start_of(job.q) + n * job.q.row_stride, job.q.row_stride, std::min(kGroup, last - n), room,
                        job.out + ((b * shape.queries + n) * shape.heads + h) * shape.width);
    }
  }
}

// Variants for processors are made of plain functions, not of templates.
#define STUDIO_TASKS(name, bytes, Value, target) \
  target void name(const Job<Value>& job, std::int64_t begin, std::int64_t end) { run_tasks<bytes>(job, begin, end); }
STUDIO_TASKS(tasks_16, 16, float, )
STUDIO_TASKS(tasks_16, 16, at::BFloat16, )
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define STUDIO_HAS_WIDE_TASKS
STUDIO_TASKS(tasks_32, 32, float, __attribute__((target("arch=x86-64-v3"))))
STUDIO_TASKS(tasks_32, 32, at::BFloat16, __attribute__((target("arch=x86-64-v3"))))
STUDIO_TASKS(tasks_64, 64, float, __attribute__((target("arch=x86-64-v4"))))
STUDIO_TASKS(tasks_64, 64, at::BFloat16, __attribute__((target("arch=x86-64-v4"))))
#endif
#undef STUDIO_TASKS

template <class Value>
void attend(const Job<Value>& job) {
  void (*run)(const Job<Value>&, std::int64_t, std::int64_t) = tasks_16;
#ifdef STUDIO_HAS_WIDE_TASKS
  if (__builtin_cpu_supports("x86-64-v3")) run = tasks_32;
  if (__builtin_cpu_supports("x86-64-v4")) run = tasks_64;
#endif
  const std::int64_t tasks = job.shape.batch * job.shape.heads * job.blocks();
  at::parallel_for(0, tasks, 1, [&](std::int64_t begin, std::int64_t end) { run(job, begin, end); });
}

}  // namespace

bool can_attend(const AttentionShape& shape) {
  const bool has_width = shape.width >= 16 && shape.width <= 128 && shape.width % 16 == 0;
  return has_width && shape.keys >= 1 && shape.keys * shape.width <= kMostHeadNumbers;
}

void attention(const AttentionShape& shape, const HeadRows<float>& q, const HeadRows<float>& k, const HeadRows<float>& v, float* out) {
  attend<float>({shape, q, k, v, out});
}

void attention(const AttentionShape& shape, const HeadRows<at::BFloat16>& q, const HeadRows<at::BFloat16>& k,
               const HeadRows<at::BFloat16>& v, at::BFloat16* out) {
  attend<at::BFloat16>({shape, q, k, v, out});
}

}  // namespace studio::cpu
