// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Attention by the kernel that is fastest and right for sizes, type and device.
#include "core/model/attention.h"

#include "core/model/cpu_attention.h"
#include "core/model/cuda_ops.h"
#include "core/model/layers.h"

#include <ATen/ATen.h>
#include <ATen/SDPBackend.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace studio {
namespace {

// Scores in fp32, of some queries at a time.
at::Tensor attention_in_parts(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  constexpr std::int64_t kMostScores = 64LL << 20U;
  const std::int64_t batch = q.size(0) * q.size(1), queries = q.size(2), keys = k.size(2);
  const at::Tensor all_q = q.reshape({batch, queries, q.size(3)}), all_v = v.reshape({batch, keys, v.size(3)});
  const at::Tensor all_k = k.reshape({batch, keys, k.size(3)}).transpose(1, 2);
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(3)));
  const std::int64_t part = std::clamp<std::int64_t>(kMostScores / (batch * keys), 1, queries);
  std::vector<at::Tensor> parts;
  for (std::int64_t first = 0; first < queries; first += part) {
    const at::Tensor scores = at::bmm(all_q.narrow(1, first, std::min(part, queries - first)), all_k, at::kFloat);
    parts.push_back(at::bmm(at::softmax(scores.mul_(scale), -1).to(q.scalar_type()), all_v));
  }
  return at::cat(parts, 1).view(q.sizes());
}

template <class Value>
at::Tensor attend_on_cpu(const cpu::AttentionShape& shape, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const auto rows_of = [](const at::Tensor& x) {
    return cpu::HeadRows<Value>{x.const_data_ptr<Value>(), x.stride(0), x.stride(1), x.stride(2)};
  };
  const at::Tensor out = at::empty({shape.batch, shape.queries, shape.heads, shape.width}, q.options());
  cpu::attention(shape, rows_of(q), rows_of(k), rows_of(v), out.mutable_data_ptr<Value>());
  return out.transpose(1, 2);  // joining the heads is a view
}

// Nothing where LibTorch's is to be used.
std::optional<at::Tensor> small_cpu_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  for (const at::Tensor* x : {&q, &k, &v}) {
    if (!x->device().is_cpu() || wants_gradient(*x) || x->stride(3) != 1 || x->scalar_type() != q.scalar_type()) return std::nullopt;
  }
  const cpu::AttentionShape shape{q.size(0), q.size(1), q.size(2), k.size(2), q.size(3)};
  if (!cpu::can_attend(shape)) return std::nullopt;
  const bool is_one_query = shape.queries == 1;  // of fp32, LibTorch's is faster
  if (q.scalar_type() == at::kFloat && !is_one_query) return attend_on_cpu<float>(shape, q, k, v);
  if (q.scalar_type() == at::kBFloat16) return attend_on_cpu<at::BFloat16>(shape, q, k, v);
  return std::nullopt;
}

}  // namespace

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, bool is_causal) {
  count_flops(4 * q.size(0) * q.size(1) * q.size(2) * k.size(2) * q.size(3));
  if (q.is_cuda() && !is_causal) {
    std::vector<gpu::AttentionRow> rows;
    for (int i = 0; i < q.size(0); ++i) rows.push_back({i, -1});
    if (const auto fused = gpu::attention(q, k, v, rows)) return *fused;
  }
  if (!is_causal) {
    if (const auto attended = small_cpu_attention(q, k, v)) return *attended;
  }
  constexpr std::int64_t kWidestFused = 256;  // no fused kernel of LibTorch's takes wider heads
  if (q.is_cuda() && c10::isReducedFloatingType(q.scalar_type()) && q.size(3) > kWidestFused && !is_causal && !wants_gradient(q)) {
    return attention_in_parts(q, k, v);
  }
  // cuDNN is the fastest on Hopper, but where it has to fill its tiles up, as with 77 keys, its results change from
  // run to run (9.19 on an H200).
  constexpr std::int64_t kTile = 128;
  const bool fills_tiles = q.size(2) % kTile == 0 && k.size(2) % kTile == 0;
  const auto is_for_cudnn = [&] {
    return static_cast<at::SDPBackend>(at::_fused_sdp_choice(q, k, v, {}, 0.0, is_causal)) == at::SDPBackend::cudnn_attention;
  };
  if (q.is_cuda() && !fills_tiles && !wants_gradient(q) && is_for_cudnn()) {
    return std::get<0>(at::_scaled_dot_product_flash_attention(q, k, v, 0.0, is_causal));
  }
  return at::scaled_dot_product_attention(q, k, v, {}, 0.0, is_causal);
}

at::Tensor split_heads(const at::Tensor& x, std::int64_t heads) {
  return x.unflatten(-1, {heads, x.size(-1) / heads}).transpose(1, 2);
}

at::Tensor join_heads(const at::Tensor& x) { return x.transpose(1, 2).flatten(2); }

}  // namespace studio
