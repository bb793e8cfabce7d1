// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The fused GPU passes of the networks, over plain pointers; what the kernel library and its reference offer.
// Every array is contiguous, row-major, channels last. The caller allocates all of it. Kernels live in a
// library of their own that is loaded when there is a GPU; it hands out one table of functions.
#pragma once

#include "cuda/api/types.h"
#include "cuda/api/winograd.h"

#include <cstdint>

namespace studio::cuda {

// One of the inputs that are read as if concatenated along channels.
struct GroupNormInput {
  const void* data = nullptr;
  std::int64_t channels = 0;
};

// out = act(group_norm(cat(first, second) + offset + input_bias) * weight + bias), act = SiLU or identity.
// Shapes: first.data [samples,positions,C1], second.data [samples,positions,C2], or null with C2 = 0; C = C1 + C2,
//         divisible by groups. offset [samples,C], offset_stride values from one sample to the next, or null. input_bias [C]
//         or null: the bias of the layer before, where that has not added it. weight, bias [C]. out
//         [samples,positions,C]. workspace: at least group_norm_silu_workspace() bytes, aligned to 16; needs no
//         initial value.
// Range:  dtype is that of both inputs, offset and input_bias; parameter_dtype is F32 or dtype; out_dtype F32 or
//         dtype. Sums, statistics and activation are in fp32; none of the sums is rounded to dtype. samples up to
//         65535; fast where C1, C2 fill whole 16 bytes and pointers are aligned to 16, right everywhere.
//         out may be first.data where C2 = 0 and out_dtype is dtype; else it overlaps no input.
struct GroupNormSilu {
  DType dtype = DType::F32, parameter_dtype = DType::F32, out_dtype = DType::F32;
  GroupNormInput first, second;
  const void* offset = nullptr;
  std::int64_t offset_stride = 0;
  const void* input_bias = nullptr;
  const void* weight = nullptr;
  const void* bias = nullptr;
  void* out = nullptr;
  void* workspace = nullptr;
  std::int64_t workspace_bytes = 0;
  std::int64_t samples = 0, positions = 0, groups = 1;
  float eps = 1e-5F;
  bool silu = true;
};

// out = value * gelu(gate), gelu by erf.
// Shapes: value, gate [rows,inner], each with `stride` numbers from one row to the next: both may be parts of one
//         projection. out [rows,inner]; it overlaps neither.
// Range:  computed in fp32; all are of dtype.
struct Geglu {
  DType dtype = DType::F32;
  const void* value = nullptr;
  const void* gate = nullptr;
  std::int64_t stride = 0;
  void* out = nullptr;
  std::int64_t rows = 0, inner = 0;
};

// out = value * gelu(gate), gelu by erf; value and gate are the halves of a linear layer's output, rounded to dtype.
// Shapes: x [rows,channels]; weight [2 * inner,channels], bias [2 * inner] or null: those of values first; out [rows,inner].
// Range:  all of dtype, F16 or BF16 on a GPU; sums in fp32. out overlaps no input.
// Errors: besides wrong parameters: GPUs other than Hopper's (9.0), channels or inner that are not multiples of 8, pointers
//         that are not multiples of 16 bytes.
// Source: Shazeer 2020 (GLU Variants Improve Transformer), equation 5.
struct LinearGeglu {
  DType dtype = DType::F16;
  const void* x = nullptr;
  const void* weight = nullptr;
  const void* bias = nullptr;
  void* out = nullptr;
  std::int64_t rows = 0, channels = 0, inner = 0;
};

// sum = x + x_biases + residual, rounded to dtype; out = layer_norm(the sum before it is rounded) * weight + bias.
// Shapes: residual, sum, out [rows,channels], residual may be null; x [rows - rows_without_x,channels]: the first
//         rows_without_x rows are x_biases + residual; x_biases [channels] each, or null; weight, bias [channels].
// Range:  all of dtype but weight and bias, which are of parameter_dtype: F32 or dtype. fp32 inside. sum may be
//         residual, and x where every row has one; out may be neither of them nor sum. Either is null where nobody wants it.
struct AddLayerNorm {
  DType dtype = DType::F32, parameter_dtype = DType::F32;
  const void* x = nullptr;
  const void* x_biases[3] = {};
  const void* residual = nullptr;
  const void* weight = nullptr;
  const void* bias = nullptr;
  void* sum = nullptr;
  void* out = nullptr;
  std::int64_t rows = 0, channels = 0, rows_without_x = 0;
  float eps = 1e-5F;
};

// out = x + bias + residual.
// Shapes: x, residual, out [rows,channels], residual may be null; bias [channels] or null.
// Range:  out_dtype is F32 or dtype, all others are of dtype; added in fp32. out may be x or residual where it is
//         of dtype.
struct AddBias {
  DType dtype = DType::F32, out_dtype = DType::F32;
  const void* x = nullptr;
  const void* bias = nullptr;
  const void* residual = nullptr;
  void* out = nullptr;
  std::int64_t rows = 0, channels = 0;
};

// out = x * (448 / most) in fp8, most the largest size in its row; scales = most / 448: x is about out * scales. Rows of zeros
// get the scale 0; what is not a number makes its row so.
// Shapes: x, out [rows,channels], scales [rows].
// Range:  x of dtype; out e4m3 (4 bits of exponent, 3 of fraction, no infinities), rounded to nearest, ties to even. Fast where
//         rows fill whole 16 bytes and x and out are aligned to 16, right everywhere. out overlaps no input.
// Source: Micikevicius et al. 2022 (FP8 Formats for Deep Learning), section 3.
struct QuantiseRows {
  DType dtype = DType::F32;
  const void* x = nullptr;
  void* out = nullptr;
  float* scales = nullptr;
  std::int64_t rows = 0, channels = 0;
};
constexpr float kMostFp8 = 448.0F;

// A map of twice the height and width from four beside each other: out[s,2 y + i,2 x + j] = x[s,y + i,x + j,2 i + j] + bias
// for i, j = 0, 1. Rounded once.
// Shapes: x [samples,height + 1,width + 1,4,channels], bias [channels] or null, out [samples,2 * height,2 * width,channels].
// Range:  of dtype. Fast where channels fill whole 16 bytes and all are aligned to 16, right everywhere. out does not overlap x.
struct Interleave {
  DType dtype = DType::F32;
  const void *x = nullptr, *bias = nullptr;
  void* out = nullptr;
  std::int64_t samples = 0, height = 0, width = 0, channels = 0;
};

// Numbers from one sample, head and token to the next; those of one token and head are adjacent.
struct AttentionStrides {
  std::int64_t sample = 0, head = 0, token = 0;
};

// How queries are changed before they meet the keys. They lie as a map [height,width] for each column of a head.
// along_y [height,height], along_x [width,width]: the map becomes along_y * map * along_x^T, as a blur does. Both null:
// every query becomes the mean of all. fp32, in the memory of the data.
struct QueryMix {
  const float* along_y = nullptr;
  const float* along_x = nullptr;
};

// A row of the output: of which sample it reads queries, keys and values, and which of the mixes its queries undergo, -1
// for none.
struct AttentionRow {
  std::int32_t source = 0, mix = -1;
};

// out = softmax(mixed(q) k^T / 8) v, for heads of 64 numbers.
// Shapes: q [samples,heads,queries,64], k, v [samples,heads,keys,64] by their strides; out [row_count,queries,heads,64].
//         rows [row_count] and mixes [mix_count] are in the host's memory and read during the call; height * width =
//         queries where a row has a mix. samples, heads, queries, keys at least 1. workspace: at least attention_workspace()
//         bytes, aligned to 16; needs no initial value.
// Range:  all of dtype, F16 or BF16 on a GPU, where along_x is rounded to dtype; mixed queries are summed in fp32 and rounded
//         once, means too. Scores, weights' sums and outputs are in fp32, weights are rounded to dtype before they meet the
//         values. Equal calls give equal bits. out overlaps no input.
// Errors: besides wrong parameters: GPUs other than Hopper's (9.0), strides or pointers that are not multiples of 16
//         bytes, more than 48 rows or 8 mixes, mixed queries of maps wider than 128, means of more than about 49,000 keys.
struct Attention {
  DType dtype = DType::F16;
  const void* q = nullptr;
  const void* k = nullptr;
  const void* v = nullptr;
  AttentionStrides q_stride, kv_stride;
  void* out = nullptr;
  std::int64_t samples = 1, heads = 1, queries = 1, keys = 1;
  std::int64_t height = 0, width = 0;
  const AttentionRow* rows = nullptr;
  std::int64_t row_count = 0;
  const QueryMix* mixes = nullptr;
  std::int64_t mix_count = 0;
  void* workspace = nullptr;
  std::int64_t workspace_bytes = 0;
};

// Bytes of workspace that a pass asks for; depends on sizes, types, and which arrays are null, not on the GPU.
// Errors:  0 where the sizes are wrong or empty.
// Threads: any. Must not block.
std::int64_t group_norm_silu_workspace(const GroupNormSilu& call);
std::int64_t attention_workspace(const Attention& call);

// The passes. Empty shapes do nothing.
// Errors:  a Status with a sentence where the parameters are wrong or a kernel cannot be launched; nothing has
//          been launched then, or the stream is in error. Errors of a running kernel come with a later call.
// Threads: any; different streams need different workspaces. Must not block: the work is only queued on the
//          stream, nothing is allocated, nothing waits. All may be captured into a CUDA graph.
Status group_norm_silu(const GroupNormSilu& call, Stream stream);
Status geglu(const Geglu& call, Stream stream);
Status add_layer_norm(const AddLayerNorm& call, Stream stream);
Status add_bias(const AddBias& call, Stream stream);
Status attention(const Attention& call, Stream stream);
Status quantise_rows(const QuantiseRows& call, Stream stream);
Status linear_geglu(const LinearGeglu& call, Stream stream);
Status interleave(const Interleave& call, Stream stream);
Status winograd_input(const WinogradInput& call, Stream stream);
Status winograd_weight(const WinogradWeight& call, Stream stream);
Status winograd_output(const WinogradOutput& call, Stream stream);

// Whether a GPU has what attention() and linear_geglu() need. Threads: any. May ask the driver, once a GPU.
Status has_hopper(std::int32_t device);

// Counts up with every change of this file: a library of another build is refused.
constexpr int kOpsVersion = 8;

struct Ops {
  std::int64_t (*group_norm_silu_workspace)(const GroupNormSilu&);
  Status (*group_norm_silu)(const GroupNormSilu&, Stream);
  Status (*geglu)(const Geglu&, Stream);
  Status (*add_layer_norm)(const AddLayerNorm&, Stream);
  Status (*add_bias)(const AddBias&, Stream);
  Status (*attention)(const Attention&, Stream);
  Status (*has_hopper)(std::int32_t device);
  Status (*quantise_rows)(const QuantiseRows&, Stream);
  Status (*linear_geglu)(const LinearGeglu&, Stream);
  std::int64_t (*attention_workspace)(const Attention&);
  Status (*interleave)(const Interleave&, Stream);
  Status (*winograd_input)(const WinogradInput&, Stream);
  Status (*winograd_weight)(const WinogradWeight&, Stream);
  Status (*winograd_output)(const WinogradOutput&, Stream);
};

// What a program looks for in the loaded library, by the name kOpsEntry.
using OpsEntry = const Ops* (*)(int version);
constexpr const char* kOpsEntry = "studio_cuda_ops";

}  // namespace studio::cuda

// The library's one exported function: its table, or null where its kOpsVersion is not `version`. The table
// lasts as long as the library is loaded. Threads: any.
extern "C" const studio::cuda::Ops* studio_cuda_ops(int version);
