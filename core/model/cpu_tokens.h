// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Everything of a transformer's blocks but self-attention in one pass on CPUs: each thread takes some tokens from layer to
// layer while they are in its core's cache. Layer by layer a small model waits longer for calls than for products.
#pragma once

#include <cstdint>
#include <span>

#include <c10/util/BFloat16.h>

namespace studio::cpu {

// A linear layer. Shapes: panels as cpu_products.h lays out a weight [out, in]; bias [out] in fp32 or null.
template <class Value>
struct PanelLayer {
  const Value* panels = nullptr;
  const float* bias = nullptr;
  std::int64_t in = 0, out = 0;
};

struct NormLayer {
  const float *weight = nullptr, *bias = nullptr;  // [C]
  float eps = 1e-5F;
};

// From a block's self-attention, before its last layer, to the block's end.
template <class Value>
struct TokenBlock {
  PanelLayer<Value> self_out, cross_q, cross_out;
  PanelLayer<Value> ff_in;   // 32 values, their 32 gates, the next values..; its bias likewise
  PanelLayer<Value> ff_out;
  NormLayer cross_norm, ff_norm;
  std::int64_t heads = 1;
};

// What there is to do, in this order: x is `enter` of input, or sum as it is; `block` from attended on; then `leave` and
// the residual are the end, or the sum and the next block's queries, keys and values.
// Shapes: tokens [samples, tokens, C] each, contiguous; C a multiple of 32. What is null is left out.
template <class Value>
struct TokenPass {
  std::int64_t samples = 0, tokens = 0, channels = 0;
  const Value* input = nullptr;
  PanelLayer<Value> enter;
  const Value* sum = nullptr;
  std::span<const std::int64_t> sum_of;  // which sample of `sum` belongs to each sample
  const TokenBlock<Value>* block = nullptr;
  const Value* attended = nullptr;
  // Laid out by lay_out_text(), for each sample; null for one whose text is all zero: it gets cross_out's bias alone.
  std::span<const Value* const> text;
  std::int64_t text_tokens = 0;
  PanelLayer<Value> leave;
  const Value* residual = nullptr;
  std::span<const std::int64_t> residual_of;
  Value* out = nullptr;
  NormLayer next_norm;
  PanelLayer<Value> qkv;
  Value *sum_out = nullptr, *qkv_out = nullptr;  // qkv_out [samples, tokens, 3 C]
};

// Whether a pass is worth it on this processor: of bf16 where it has instructions for products, of fp32 where it has
// vectors wider than 16 bytes and the build knows them. Elsewhere passes of bf16 may not be asked for.
template <class Value>
bool is_pass_worth_it();

// Between reading and writing everything but the factors of products is in fp32: a bf16 sum is rounded once a pass. A
// token's result depends on nothing but its sample: not on other samples, nor on the number of threads.
// Threads: splits the tokens over the tensor library's pool.
void pass_tokens(const TokenPass<float>& pass);
void pass_tokens(const TokenPass<at::BFloat16>& pass);

// Numbers that the keys and values [tokens, channels] of one text take; channels / heads a multiple of 32.
template <class Value>
std::int64_t text_numbers(std::int64_t tokens, std::int64_t channels, std::int64_t heads);
template <class Value>
void lay_out_text(const Value* k, const Value* v, std::int64_t tokens, std::int64_t channels, std::int64_t heads, Value* to);

// Numbers of a layer's panels: weight [out, in], both multiples of 32.
template <class Value>
void lay_out_weight(const Value* weight, std::int64_t out, std::int64_t in, Value* to);

}  // namespace studio::cpu
