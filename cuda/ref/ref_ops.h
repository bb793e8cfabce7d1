// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The functions of cuda/api/ops.h on the CPU, in double, obvious and slow: what kernels are compared with.
#pragma once

#include "cuda/api/ops.h"

namespace studio::cuda::ref {

// As their namesakes, on pointers to the host's memory; the stream and the workspace are ignored, and the work
// is done when they return. Threads: any. Blocks.
Status group_norm_silu(const GroupNormSilu& call, Stream stream = {});
Status geglu(const Geglu& call, Stream stream = {});
Status add_layer_norm(const AddLayerNorm& call, Stream stream = {});
Status add_bias(const AddBias& call, Stream stream = {});
Status attention(const Attention& call, Stream stream = {});
Status quantise_rows(const QuantiseRows& call, Stream stream = {});
Status linear_geglu(const LinearGeglu& call, Stream stream = {});
Status interleave(const Interleave& call, Stream stream = {});
Status winograd_input(const WinogradInput& call, Stream stream = {});
Status winograd_weight(const WinogradWeight& call, Stream stream = {});
Status winograd_output(const WinogradOutput& call, Stream stream = {});

// Value `index` of an array of dtype.
double get(const void* array, DType dtype, std::int64_t index);
// Stores value rounded to the nearest of dtype, ties to even.
void put(void* array, DType dtype, std::int64_t index, double value);
// value as put() and get() would give it back.
double rounded(double value, DType dtype);
// e4m3 to double and back, rounded likewise; beyond 448 it is 448.
double fp8_value(std::uint8_t bits);
std::uint8_t fp8_bits(double value);

}  // namespace studio::cuda::ref
