// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Scaled dot-product attention of heads.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace studio {

// Scaled dot-product attention, scale 1/sqrt(D). Shapes: q [B,H,N,D], k and v [B,H,M,D] with any
// strides; returns [B,H,N,D]. is_causal masks keys after the query.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, bool is_causal = false);

// [B,N,H*D] -> [B,H,N,D], a view.
at::Tensor split_heads(const at::Tensor& x, std::int64_t heads);
// [B,H,N,D] -> [B,N,H*D].
at::Tensor join_heads(const at::Tensor& x);

}  // namespace studio
