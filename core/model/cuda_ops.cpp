// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Finds the libraries and hands tensors over as pointers.
#include "core/model/cuda_ops.h"

#include "core/base/resources.h"
#include "cuda/api/ops.h"

#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <dlfcn.h>

#include <array>
#include <filesystem>

namespace studio::gpu {
namespace {

struct Library {
  void* handle = nullptr;
  std::string why_none;
};

// Beside the program, above its tests, or where it is installed.
Library open_library(const std::string& name) {
  constexpr std::array kPlaces{".", "..", "../lib/seg-studio"};
  std::string why = name + " is not beside the program (it is built where nvcc is found)";
  if (program_folder().empty()) return {nullptr, why};
  for (const char* place : kPlaces) {
    const std::filesystem::path file = std::filesystem::path(program_folder()) / place / name;
    std::error_code failed;
    if (!std::filesystem::exists(file, failed)) continue;
    if (void* const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) return {handle, ""};
    why = name + " cannot be loaded: " + dlerror();
  }
  return {nullptr, why};
}

struct Kernels {
  const cuda::Ops* ops = nullptr;
  std::string why_none;
};

const Kernels& kernels() {
  static const Kernels found = [] {
    Library library = open_library("libstudio_cuda.so");
    if (library.handle == nullptr) return Kernels{nullptr, std::move(library.why_none)};
    const auto entry = reinterpret_cast<cuda::OpsEntry>(dlsym(library.handle, cuda::kOpsEntry));
    const cuda::Ops* const ops = entry == nullptr ? nullptr : entry(cuda::kOpsVersion);
    return Kernels{ops, ops == nullptr ? "libstudio_cuda.so is of another version of this program" : ""};
  }();
  return found;
}

struct Graphs {
  MakeGraphPool make = nullptr;
  std::string why_none;
};

const Graphs& graphs() {
  static const Graphs found = [] {
    Library library = open_library("libstudio_cuda_graphs.so");
    if (library.handle == nullptr) return Graphs{nullptr, std::move(library.why_none)};
    const auto make = reinterpret_cast<MakeGraphPool>(dlsym(library.handle, kGraphsEntry));
    return Graphs{make, make == nullptr ? "libstudio_cuda_graphs.so is of another version of this program" : ""};
  }();
  return found;
}

std::optional<cuda::DType> dtype_of(const at::Tensor& x) {
  switch (x.scalar_type()) {
    case at::kFloat: return cuda::DType::F32;
    case at::kHalf: return cuda::DType::F16;
    case at::kBFloat16: return cuda::DType::BF16;
    default: return std::nullopt;
  }
}

cuda::Stream stream_of(const at::Tensor& x) {
  const c10::impl::VirtualGuardImpl device(c10::DeviceType::CUDA);
  return {device.getStreamNativeHandle(device.getStream(x.device())), x.device().index()};
}

const void* pointer_or_null(const at::Tensor& x) { return x.defined() ? x.const_data_ptr() : nullptr; }

bool is_of(const at::Tensor& x, const at::Tensor& like) {
  return x.scalar_type() == like.scalar_type() && x.device() == like.device() && x.is_contiguous();
}
bool is_absent_or_of(const at::Tensor& x, const at::Tensor& like) { return !x.defined() || is_of(x, like); }
bool is_absent_or_like(const at::Tensor& x, const at::Tensor& like) {
  return !x.defined() || (x.sizes() == like.sizes() && x.scalar_type() == like.scalar_type());
}
bool has_last_channels(const at::Tensor& map) { return map.is_contiguous(at::MemoryFormat::ChannelsLast); }
bool is_parameter_of(const at::Tensor& x, const at::Tensor& like) {
  return x.device() == like.device() && x.is_contiguous() && (x.scalar_type() == at::kFloat || x.scalar_type() == like.scalar_type());
}

}  // namespace

const std::string& why_no_kernels() { return kernels().why_none; }
const std::string& why_no_graphs() { return graphs().why_none; }

bool can_fuse(const at::Tensor& x) { return x.is_cuda() && dtype_of(x) && !wants_gradient(x) && kernels().ops != nullptr; }

bool can_fuse(const JoinedMap& x) {
  const bool fits = !x.second.defined() || (x.second.scalar_type() == x.first.scalar_type() && x.second.device() == x.first.device() &&
                                            !wants_gradient(x.second));
  return fits && can_fuse(x.first);
}

std::optional<at::Tensor> group_norm(const GroupNormInput& input, const at::Tensor& weight, const at::Tensor& bias,
                                     std::int64_t groups, double eps, bool silu) {
  constexpr auto kLayout = at::MemoryFormat::ChannelsLast;
  const at::Tensor x = input.x.first.contiguous(kLayout);
  const at::Tensor second = input.x.second.defined() ? input.x.second.contiguous(kLayout) : at::Tensor();
  const std::int64_t channels = input.x.channels();
  const std::vector<std::int64_t> sizes{x.size(0), channels, x.size(2), x.size(3)};
  const bool has_fit_second = !second.defined() || (second.size(0) == sizes[0] && second.sizes().slice(2) == x.sizes().slice(2));
  const bool has_fit_offset = !input.offset.defined() || (input.offset.scalar_type() == x.scalar_type() && input.offset.stride(1) == 1);
  const bool fits = has_fit_second && has_fit_offset && is_absent_or_of(input.input_bias, x) && is_parameter_of(weight, x) &&
                    is_parameter_of(bias, x) && weight.scalar_type() == bias.scalar_type();
  if (!fits) return std::nullopt;
  cuda::GroupNormSilu call;
  call.dtype = call.out_dtype = *dtype_of(x);
  call.parameter_dtype = *dtype_of(weight);
  call.first = {x.const_data_ptr(), x.size(1)};
  if (second.defined()) call.second = {second.const_data_ptr(), second.size(1)};
  call.offset = pointer_or_null(input.offset);
  call.offset_stride = input.offset.defined() ? std::max(input.offset.stride(0), channels) : 0;
  call.input_bias = pointer_or_null(input.input_bias);
  call.weight = weight.const_data_ptr();
  call.bias = bias.const_data_ptr();
  call.samples = x.size(0);
  call.positions = x.size(2) * x.size(3);
  call.groups = groups;
  call.eps = static_cast<float>(eps);
  call.silu = silu;
  at::Tensor out = at::empty(sizes, x.options(), kLayout);
  call.out = out.mutable_data_ptr();
  call.workspace_bytes = kernels().ops->group_norm_silu_workspace(call);
  const at::Tensor workspace = at::empty({call.workspace_bytes}, x.options().dtype(at::kByte).memory_format(std::nullopt));
  call.workspace = workspace.mutable_data_ptr();
  if (kernels().ops->group_norm_silu(call, stream_of(x)).error != nullptr) return std::nullopt;
  return out;
}

std::optional<at::Tensor> geglu(const at::Tensor& value, const at::Tensor& gate) {
  const std::int64_t inner = value.size(-1), stride = value.dim() < 2 ? inner : value.stride(-2);
  // Rows of all leading dimensions follow each other at one stride.
  const auto has_even_rows = [&](const at::Tensor& x) {
    for (std::int64_t d = 0; d + 2 < x.dim(); ++d) {
      if (x.stride(d) != x.stride(d + 1) * x.size(d + 1)) return false;
    }
    return x.stride(-1) == 1;
  };
  if (gate.scalar_type() != value.scalar_type() || gate.strides() != value.strides() || !has_even_rows(value)) return std::nullopt;
  at::Tensor out = at::empty(value.sizes(), value.options());
  cuda::Geglu call;
  call.dtype = *dtype_of(value);
  call.value = value.const_data_ptr();
  call.gate = gate.const_data_ptr();
  call.stride = stride;
  call.out = out.mutable_data_ptr();
  call.rows = inner == 0 ? 0 : value.numel() / inner;
  call.inner = inner;
  if (kernels().ops->geglu(call, stream_of(value)).error != nullptr) return std::nullopt;
  return out;
}

std::optional<at::Tensor> linear_geglu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (!x.is_contiguous() || !is_of(weight, x) || !is_absent_or_of(bias, x)) return std::nullopt;
  cuda::LinearGeglu call;
  call.dtype = *dtype_of(x);
  call.x = x.const_data_ptr();
  call.weight = weight.const_data_ptr();
  call.bias = pointer_or_null(bias);
  call.channels = weight.size(1);
  call.inner = weight.size(0) / 2;
  call.rows = call.channels == 0 ? 0 : x.numel() / call.channels;
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = call.inner;
  at::Tensor out = at::empty(shape, x.options());
  call.out = out.mutable_data_ptr();
  if (kernels().ops->linear_geglu(call, stream_of(x)).error != nullptr) return std::nullopt;
  return out;
}

namespace {

// What all uses of the pass share: x and its biases, in one type and memory; the norm's parameters, or undefined.
std::optional<cuda::AddLayerNorm> layer_norm_call(const at::Tensor& x, at::TensorList x_biases, const at::Tensor& weight, const at::Tensor& bias,
                                                  double eps) {
  cuda::AddLayerNorm call;
  if (!x.is_contiguous() || x_biases.size() > std::size(call.x_biases)) return std::nullopt;
  for (std::size_t i = 0; i < x_biases.size(); ++i) {
    if (!is_absent_or_of(x_biases[i], x)) return std::nullopt;
    call.x_biases[i] = pointer_or_null(x_biases[i]);
  }
  call.dtype = call.parameter_dtype = *dtype_of(x);
  if (weight.defined()) {
    if (!is_parameter_of(weight, x) || !is_parameter_of(bias, x) || weight.scalar_type() != bias.scalar_type()) return std::nullopt;
    call.parameter_dtype = *dtype_of(weight);
    call.weight = weight.const_data_ptr();
    call.bias = bias.const_data_ptr();
  }
  call.x = x.const_data_ptr();
  call.channels = x.size(-1);
  call.rows = call.channels == 0 ? 0 : x.numel() / call.channels;
  call.eps = static_cast<float>(eps);
  return call;
}

}  // namespace

std::optional<SumAndNorm> add_layer_norm(const at::Tensor& x, at::TensorList x_biases, const at::Tensor& residual,
                                         const at::Tensor& weight, const at::Tensor& bias, double eps) {
  auto call = layer_norm_call(x, x_biases, weight, bias, eps);
  const at::Tensor other = residual.contiguous();
  if (!call || !is_of(other, x) || other.sizes().slice(1) != x.sizes().slice(1) || other.size(0) < x.size(0)) return std::nullopt;
  SumAndNorm result{at::empty_like(other), at::empty_like(other)};
  call->residual = other.const_data_ptr();
  call->sum = result.sum.mutable_data_ptr();
  call->out = result.normed.mutable_data_ptr();
  const std::int64_t rows_of_x = call->rows;
  call->rows = call->channels == 0 ? 0 : other.numel() / call->channels;
  call->rows_without_x = call->rows - rows_of_x;
  if (kernels().ops->add_layer_norm(*call, stream_of(x)).error != nullptr) return std::nullopt;
  return result;
}

std::optional<at::Tensor> layer_norm(const at::Tensor& x, at::TensorList x_biases, const at::Tensor& weight, const at::Tensor& bias,
                                     double eps, bool keeps_sum) {
  auto call = layer_norm_call(x, x_biases, weight, bias, eps);
  if (!call) return std::nullopt;
  at::Tensor out = at::empty_like(x);
  if (keeps_sum) call->sum = x.mutable_data_ptr();
  call->out = out.mutable_data_ptr();
  if (kernels().ops->add_layer_norm(*call, stream_of(x)).error != nullptr) return std::nullopt;
  return out;
}

bool add_biases(const at::Tensor& x, at::TensorList biases) {
  auto call = layer_norm_call(x, biases, {}, {}, 0.0);
  if (!call) return false;
  call->sum = x.mutable_data_ptr();
  return kernels().ops->add_layer_norm(*call, stream_of(x)).error == nullptr;
}

std::optional<at::Tensor> interleave(const at::Tensor& x, const at::Tensor& bias) {
  if (!is_absent_or_of(bias, x)) return std::nullopt;
  constexpr auto kLayout = at::MemoryFormat::ChannelsLast;
  const at::Tensor in = x.contiguous(kLayout);
  const std::int64_t height = x.size(2) - 1, width = x.size(3) - 1, channels = x.size(1) / 4;
  at::Tensor out = at::empty({x.size(0), channels, 2 * height, 2 * width}, x.options(), kLayout);
  const cuda::Interleave call{*dtype_of(x), in.const_data_ptr(), bias.defined() ? bias.const_data_ptr() : nullptr, out.mutable_data_ptr(),
                              x.size(0), height, width, channels};
  if (kernels().ops->interleave(call, stream_of(x)).error != nullptr) return std::nullopt;
  return out;
}

std::optional<at::Tensor> add_bias(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& residual, bool wide) {
  constexpr auto kLayout = at::MemoryFormat::ChannelsLast;
  const at::Tensor other = residual.defined() ? residual.contiguous(kLayout) : residual;
  if (!has_last_channels(x) || !is_absent_or_of(bias, x) || !is_absent_or_like(other, x)) return std::nullopt;
  const bool is_new = wide && x.scalar_type() != at::kFloat;
  at::Tensor out = is_new ? at::empty_like(x, x.options().dtype(at::kFloat), kLayout) : x;
  cuda::AddBias call;
  call.dtype = *dtype_of(x);
  call.out_dtype = *dtype_of(out);
  call.x = x.const_data_ptr();
  call.bias = pointer_or_null(bias);
  call.residual = pointer_or_null(other);
  call.out = out.mutable_data_ptr();
  call.rows = x.size(0) * x.size(2) * x.size(3);
  call.channels = x.size(1);
  if (kernels().ops->add_bias(call, stream_of(x)).error != nullptr) return std::nullopt;
  return out;
}

std::optional<QuantisedRows> quantise_rows(const at::Tensor& x) {
  if (!can_fuse(x) || x.dim() != 2) return std::nullopt;
  const at::Tensor rows = x.contiguous();
  QuantisedRows result{at::empty(rows.sizes(), rows.options().dtype(at::kFloat8_e4m3fn)), at::empty({rows.size(0), 1}, rows.options().dtype(at::kFloat))};
  const cuda::QuantiseRows call{*dtype_of(rows), rows.const_data_ptr(), result.values.mutable_data_ptr(), result.scales.mutable_data_ptr<float>(),
                                rows.size(0), rows.size(1)};
  if (kernels().ops->quantise_rows(call, stream_of(rows)).error != nullptr) return std::nullopt;
  return result;
}

std::string why_no_hopper(c10::Device device) {
  if (kernels().ops == nullptr) return "";
  const char* const error = kernels().ops->has_hopper(device.index()).error;
  return error == nullptr ? "" : error;
}

namespace {

cuda::AttentionStrides strides_of(const at::Tensor& x) { return {x.stride(0), x.stride(1), x.stride(2)}; }

bool has_fit_heads(const at::Tensor& x, const at::Tensor& like) {
  constexpr std::int64_t kHeadSize = 64;
  return x.dim() == 4 && x.size(3) == kHeadSize && x.stride(3) == 1 && x.scalar_type() == like.scalar_type() && x.device() == like.device();
}

}  // namespace

std::optional<at::Tensor> attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const std::vector<AttentionRow>& rows,
                                    const std::vector<QueryMix>& mixes, MapSize map) {
  const bool fits = can_fuse(q) && c10::isReducedFloatingType(q.scalar_type()) && has_fit_heads(q, q) && has_fit_heads(k, q) && has_fit_heads(v, q) &&
                    k.sizes() == v.sizes() && k.strides() == v.strides() && q.size(0) == k.size(0) && q.size(1) == k.size(1) && !wants_gradient(k) &&
                    !wants_gradient(v);
  if (!fits) return std::nullopt;
  std::vector<cuda::AttentionRow> its_rows;
  for (const AttentionRow& row : rows) its_rows.push_back({row.source, row.mix});
  std::vector<cuda::QueryMix> its_mixes;
  for (const QueryMix& mix : mixes) {
    const bool is_mean = !mix.along_y.defined();
    its_mixes.push_back({is_mean ? nullptr : mix.along_y.const_data_ptr<float>(), is_mean ? nullptr : mix.along_x.const_data_ptr<float>()});
  }
  cuda::Attention call;
  call.dtype = *dtype_of(q);
  call.q = q.const_data_ptr();
  call.k = k.const_data_ptr();
  call.v = v.const_data_ptr();
  call.q_stride = strides_of(q);
  call.kv_stride = strides_of(k);
  call.samples = q.size(0);
  call.heads = q.size(1);
  call.queries = q.size(2);
  call.keys = k.size(2);
  call.height = map.height;
  call.width = map.width;
  call.rows = its_rows.data();
  call.row_count = static_cast<std::int64_t>(its_rows.size());
  call.mixes = its_mixes.data();
  call.mix_count = static_cast<std::int64_t>(its_mixes.size());
  at::Tensor out = at::empty({call.row_count, call.queries, call.heads, q.size(3)}, q.options());
  call.out = out.mutable_data_ptr();
  call.workspace_bytes = kernels().ops->attention_workspace(call);
  const at::Tensor workspace = at::empty({call.workspace_bytes}, q.options().dtype(at::kByte));
  call.workspace = workspace.mutable_data_ptr();
  if (kernels().ops->attention(call, stream_of(q)).error != nullptr) return std::nullopt;
  return out.transpose(1, 2);
}

std::optional<at::Tensor> winograd_input(const at::Tensor& x, bool doubles) {
  if (!can_fuse(x) || !has_last_channels(x)) return std::nullopt;
  cuda::WinogradInput call{*dtype_of(x), doubles, x.const_data_ptr(), nullptr, x.size(0), x.size(2), x.size(3), x.size(1)};
  at::Tensor out = at::empty({cuda::winograd_numbers(doubles), cuda::winograd_tiles(call), x.size(1)}, x.options().memory_format(std::nullopt));
  call.out = out.mutable_data_ptr();
  if (kernels().ops->winograd_input(call, stream_of(x)).error != nullptr) return std::nullopt;
  return out;
}

std::optional<at::Tensor> winograd_weight(const at::Tensor& weight, bool doubles) {
  if (!can_fuse(weight) || !has_last_channels(weight)) return std::nullopt;
  const std::int64_t outputs = weight.size(0), parts = doubles ? 4 : 1;
  at::Tensor out = at::empty({cuda::winograd_numbers(doubles), parts * outputs, weight.size(1)}, weight.options().memory_format(std::nullopt));
  const cuda::WinogradWeight call{*dtype_of(weight), doubles, weight.const_data_ptr(), out.mutable_data_ptr(), outputs, weight.size(1)};
  if (kernels().ops->winograd_weight(call, stream_of(weight)).error != nullptr) return std::nullopt;
  return out;
}

bool winograd_output(const at::Tensor& products, const at::Tensor& bias, const at::Tensor& residual, const at::Tensor& out, bool doubles) {
  const at::Tensor other = residual.defined() ? residual.contiguous(at::MemoryFormat::ChannelsLast) : residual;
  if (!is_of(products, out) || !is_absent_or_of(bias, out) || !has_last_channels(out) || !is_absent_or_like(other, out)) return false;
  const std::int64_t times = doubles ? 2 : 1;
  cuda::WinogradOutput call{*dtype_of(out), doubles, products.const_data_ptr(), pointer_or_null(bias), pointer_or_null(other), out.mutable_data_ptr()};
  call.samples = out.size(0);
  call.height = out.size(2) / times;
  call.width = out.size(3) / times;
  call.channels = out.size(1);
  return kernels().ops->winograd_output(call, stream_of(out)).error == nullptr;
}

std::unique_ptr<GraphPool> make_graph_pool(c10::Device device) {
  if (!device.is_cuda() || graphs().make == nullptr) return nullptr;
  return std::unique_ptr<GraphPool>(graphs().make(device.index()));
}

}  // namespace studio::gpu
