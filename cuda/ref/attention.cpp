// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Attention with mixed queries, as its definition says: mixed queries are rounded once, nothing else is.
#include "cuda/api/check_params.h"
#include "cuda/ref/ref_ops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace studio::cuda::ref {
namespace {

constexpr std::int64_t kHeadSize = 64;
using Tokens = std::vector<std::array<double, kHeadSize>>;

Tokens tokens_of(const void* data, DType dtype, std::int64_t first, std::int64_t stride, std::int64_t count) {
  Tokens tokens(static_cast<std::size_t>(count));
  for (std::int64_t token = 0; token < count; ++token) {
    for (std::int64_t i = 0; i < kHeadSize; ++i) tokens[token][i] = get(data, dtype, first + token * stride + i);
  }
  return tokens;
}

Tokens mixed(const Tokens& q, const QueryMix& mix, const Attention& call) {
  Tokens result(q.size());
  for (std::int64_t to = 0; to < call.queries; ++to) {
    for (std::int64_t i = 0; i < kHeadSize; ++i) {
      double sum = 0;
      for (std::int64_t from = 0; from < call.queries; ++from) {
        const double weight = mix.along_y == nullptr ? 1.0 / static_cast<double>(call.queries)
                                                     : static_cast<double>(mix.along_y[to / call.width * call.height + from / call.width]) *
                                                           static_cast<double>(mix.along_x[to % call.width * call.width + from % call.width]);
        sum += weight * q[from][i];
      }
      result[to][i] = rounded(sum, call.dtype);
    }
  }
  return result;
}

void attend(const std::array<double, kHeadSize>& query, const Tokens& k, const Tokens& v, std::array<double, kHeadSize>& out) {
  std::vector<double> weights(k.size());
  for (std::size_t key = 0; key < k.size(); ++key) {
    for (std::int64_t i = 0; i < kHeadSize; ++i) weights[key] += query[i] * k[key][i] / 8.0;
  }
  const double most = *std::max_element(weights.begin(), weights.end());
  double sum = 0;
  for (double& weight : weights) sum += weight = std::exp(weight - most);
  out = {};
  for (std::size_t key = 0; key < k.size(); ++key) {
    for (std::int64_t i = 0; i < kHeadSize; ++i) out[i] += weights[key] / sum * v[key][i];
  }
}

}  // namespace

Status attention(const Attention& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  for (std::int64_t row = 0; row < call.row_count; ++row) {
    const AttentionRow& its = call.rows[row];
    for (std::int64_t head = 0; head < call.heads; ++head) {
      const std::int64_t kv_first = its.source * call.kv_stride.sample + head * call.kv_stride.head;
      const Tokens k = tokens_of(call.k, call.dtype, kv_first, call.kv_stride.token, call.keys);
      const Tokens v = tokens_of(call.v, call.dtype, kv_first, call.kv_stride.token, call.keys);
      Tokens q = tokens_of(call.q, call.dtype, its.source * call.q_stride.sample + head * call.q_stride.head, call.q_stride.token, call.queries);
      if (its.mix >= 0) q = mixed(q, call.mixes[its.mix], call);
      for (std::int64_t query = 0; query < call.queries; ++query) {
        std::array<double, kHeadSize> out{};
        attend(q[query], k, v, out);
        const std::int64_t first = ((row * call.queries + query) * call.heads + head) * kHeadSize;
        for (std::int64_t i = 0; i < kHeadSize; ++i) put(call.out, call.dtype, first + i, out[i]);
      }
    }
  }
  return {};
}

}  // namespace studio::cuda::ref
