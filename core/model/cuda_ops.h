// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The fused GPU passes of cuda/api on tensors, and captured graphs of GPU work. Both live in libraries that are
// loaded when there is a GPU; where they are missing, or refuse, LibTorch's own operators take over.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/model/attention_edit.h"
#include "core/model/layers.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace studio::gpu {

// Why the fused passes, or graphs, cannot be had on this computer, as a sentence's end; "" when they can.
// Threads: any. Blocks while the library is loaded, once.
const std::string& why_no_kernels();
const std::string& why_no_graphs();

// The same for attention() and linear_geglu() on this GPU, where the other passes can be had.
std::string why_no_hopper(c10::Device device);

// Whether the passes below may be tried on x: it is on a GPU, in fp32, fp16 or bf16, and no gradient is asked of it.
bool can_fuse(const at::Tensor& x);
// The same of both maps, which are of one type and on one GPU.
bool can_fuse(const JoinedMap& x);

// All return nothing where the pass refuses these types or sizes. Their arithmetic, types and what may be undefined
// are described in cuda/api/ops.h. Threads: any; the work is queued on the current stream.

// Shapes: x [B,C,H,W] in any layout, of two maps no copy is made; offset [B,C] with adjacent channels, or undefined;
// input_bias [C] or undefined. Returns [B,C,H,W] in channels-last memory.
struct GroupNormInput {
  JoinedMap x;
  at::Tensor offset, input_bias;
};
std::optional<at::Tensor> group_norm(const GroupNormInput& input, const at::Tensor& weight, const at::Tensor& bias,
                                     std::int64_t groups, double eps, bool silu);

// Shapes: value, gate [..,N], equal strides, rows of adjacent numbers; returns [..,N].
std::optional<at::Tensor> geglu(const at::Tensor& value, const at::Tensor& gate);

// Shapes: x [..,C], weight [2 * N,C], bias [2 * N] or undefined; returns [..,N].
std::optional<at::Tensor> linear_geglu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

// Shapes: x, residual [B,N,C]; residual may have more samples: the first ones have no x; x_biases [C] each, at most three.
struct SumAndNorm {
  at::Tensor sum, normed;
};
std::optional<SumAndNorm> add_layer_norm(const at::Tensor& x, at::TensorList x_biases, const at::Tensor& residual,
                                         const at::Tensor& weight, const at::Tensor& bias, double eps);

// The norm of x + x_biases. keeps_sum: x becomes that sum, rounded.
// Shapes: x [..,C], x_biases [C] each, at most three; returns [..,C].
std::optional<at::Tensor> layer_norm(const at::Tensor& x, at::TensorList x_biases, const at::Tensor& weight, const at::Tensor& bias,
                                     double eps, bool keeps_sum = false);
// x += biases; false where that is refused. Shapes: as above.
bool add_biases(const at::Tensor& x, at::TensorList biases);

// A map of twice the height and width, whose pixel (2 y + i, 2 x + j) is what x has at (y + i, x + j) in the channels
// C (2 i + j) to C (2 i + j + 1), and bias. Shapes: x [B,4*C,H+1,W+1] in any layout, bias [C] or undefined; returns
// [B,C,2*H,2*W] in channels-last memory.
std::optional<at::Tensor> interleave(const at::Tensor& x, const at::Tensor& bias);

// The passes around a 3x3 convolution's products, of which V [16,tiles,C] has the tiles of x [B,C,H,W], U [16,out,C] the weight
// [out,C,3,3], both in channels-last memory, and M = V U^T [16,tiles,out]. The last writes the map, and bias [out] and
// residual, either of which may be undefined, into out [B,out,H,W]; false where that is refused. doubles: of the map doubled in
// height and width, which out then is; V is [9,tiles,C], U [9,4*out,C].
std::optional<at::Tensor> winograd_input(const at::Tensor& x, bool doubles);
std::optional<at::Tensor> winograd_weight(const at::Tensor& weight, bool doubles);
bool winograd_output(const at::Tensor& products, const at::Tensor& bias, const at::Tensor& residual, const at::Tensor& out, bool doubles);

// x + bias + residual of channels-last maps, in x's memory unless `wide` asks for fp32.
// Shapes: x, residual [B,C,H,W]; residual may be undefined; bias [C] or undefined.
std::optional<at::Tensor> add_bias(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& residual, bool wide = false);

// Rows of x [rows,N] in fp8 (e4m3) and a scale for each, [rows,1] in fp32.
struct QuantisedRows {
  at::Tensor values, scales;
};
std::optional<QuantisedRows> quantise_rows(const at::Tensor& x);

// Attention of heads of 64 numbers in fp16 or bf16. Row i of the result reads the queries, keys and values of sample
// rows[i].source; its queries undergo mixes[rows[i].mix], -1 for none.
// Shapes: q [S,H,N,64], k, v [S,H,M,64] in any layout with adjacent numbers; map = {h,w} with h*w = N where a row has a mix;
// returns [rows,H,N,64], the tokens of all heads adjacent.
struct AttentionRow {
  int source = 0, mix = -1;
};
std::optional<at::Tensor> attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const std::vector<AttentionRow>& rows,
                                    const std::vector<QueryMix>& mixes = {}, MapSize map = {});

// GPU work that was recorded once, to be run again on the same memory.
class Graph {
 public:
  virtual ~Graph() = default;
  // Queues it on the current stream. Threads: one at a time. Must not block.
  virtual void replay() = 0;
};

// Memory that graphs share; they may not run at the same time. The pool outlives them.
class GraphPool {
 public:
  virtual ~GraphPool() = default;
  // Records what `work` queues on the current stream of `device`, without running it. `work` may not wait for the
  // GPU or copy from the host's memory. What it allocates belongs to the pool and stays where it is.
  // Errors: throws LibTorch's errors and those of `work`. Blocks.
  virtual std::unique_ptr<Graph> capture(const std::function<void()>& work) = 0;
};

// Null where there are no graphs.
std::unique_ptr<GraphPool> make_graph_pool(c10::Device device);

// The graph library's one exported function: a pool of the GPU with this number, which the caller deletes.
using MakeGraphPool = GraphPool* (*)(int device);
inline constexpr const char* kGraphsEntry = "studio_cuda_graph_pool";

}  // namespace studio::gpu
