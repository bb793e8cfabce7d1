// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Linear and norm layers: oneDNN on packed weights where it applies, plain operators else.
#include "core/model/layers.h"

#include "core/base/check.h"
#include "core/model/cpu_kernels.h"
#include "core/model/cuda_ops.h"
#include "core/model/packed_operators.h"

#include <ATen/ATen.h>

#include <iterator>
#include <utility>
#include <vector>

namespace studio {
namespace {

std::int64_t rows_of(const at::Tensor& x) { return x.size(-1) == 0 ? 0 : x.numel() / x.size(-1); }

}  // namespace

void Linear::visit_tensors(const TensorVisitor& visit) {
  weight_.visit_tensors(visit);
  visit_defined(bias_, visit);
}

void Linear::scale_output(double factor) {
  visit_tensors([&](at::Tensor& tensor) { tensor = tensor * factor; });
}

void GroupNorm::visit_tensors(const TensorVisitor& visit) {
  visit_defined(weight_, visit);
  visit_defined(bias_, visit);
}

void LayerNorm::visit_tensors(const TensorVisitor& visit) {
  visit_defined(weight_, visit);
  visit_defined(bias_, visit);
}

Linear::Linear(at::Tensor weight, at::Tensor bias)
    : weight_(PackedWeight::linear(weight)), bias_(std::move(bias)), in_(weight.size(1)), out_(weight.size(0)) {}

Linear Linear::load(TensorSource& source, const std::string& name, std::int64_t in, std::int64_t out, bool has_bias) {
  at::Tensor weight = source.take(name + ".weight", {out, in});
  return {std::move(weight), has_bias ? source.take(name + ".bias", {out}) : at::Tensor()};
}

at::Tensor Linear::forward(const at::Tensor& x, Activation activation) const {
  if (adapters_ == nullptr) return forward_base(x, activation);
  const at::Tensor y = with_adapters(x, forward_base(x, Activation::None));
  return activation == Activation::Gelu ? at::gelu(y) : y;
}

at::Tensor Linear::with_adapters(const at::Tensor& x, at::Tensor y) const {
  y = y.contiguous();
  adapters_->apply(x.reshape({-1, in_}), y.view({-1, out_}), bias_);
  return y;
}

at::Tensor Linear::forward_base(const at::Tensor& x, Activation activation) const {
  STUDIO_CHECK(x.size(-1) == in_, "linear of ", in_, " inputs got ", x.size(-1));
  count_flops(2 * rows_of(x) * in_ * out_);
  if (use_packed(weight_, x)) {
    static const auto linear =
        packed_operator<at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                                   std::string_view, Scalars, Text)>("mkldnn::_linear_pointwise", "");
    const std::optional<at::Tensor> bias = bias_.defined() ? std::optional(bias_) : std::nullopt;
    const bool gelu = activation == Activation::Gelu;
    return linear.call(x, weight_.packed(), bias, gelu ? "gelu" : "none", Scalars(), gelu ? Text("none") : std::nullopt);
  }
  const at::Tensor y = at::linear(x, weight_.plain(), bias_);
  return activation == Activation::Gelu ? at::gelu(y) : y;
}

at::Tensor Linear::forward_binary(const at::Tensor& x, const at::Tensor& other, const char* operation) const {
  STUDIO_CHECK(x.size(-1) == in_, "linear of ", in_, " inputs got ", x.size(-1));
  count_flops(2 * rows_of(x) * in_ * out_);
  static const auto linear = packed_operator<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                                        const std::optional<at::Tensor>&, std::string_view)>(
      "mkldnn::_linear_pointwise", "binary");
  const std::optional<at::Tensor> bias = bias_.defined() ? std::optional(bias_) : std::nullopt;
  return linear.call(x, other, weight_.packed(), bias, operation);
}

at::Tensor Linear::forward_add(const at::Tensor& x, const at::Tensor& other) const {
  // DoRA scales what the layer makes, not what is added to it.
  if (adapters_ != nullptr && !adapters_->only_adds()) return forward(x) + other;
  const bool is_fused = use_packed(weight_, x) && can_join(other, x);
  const at::Tensor y =
      is_fused ? forward_binary(x, other, "add") : forward_base(x, Activation::None) + other;
  return adapters_ == nullptr ? y : with_adapters(x, y);
}

Summed Linear::forward_add_norm(const at::Tensor& x, const at::Tensor& other, const LayerNorm& norm) const {
  if (adapters_ == nullptr && gpu::can_fuse(x) && !wants_gradient(other)) {
    STUDIO_CHECK(x.size(-1) == in_, "linear of ", in_, " inputs got ", x.size(-1));
    if (const auto fused = norm.fused_sum(at::linear(x, weight_.plain()), bias_, other)) {
      count_flops(2 * rows_of(x) * in_ * out_);
      return *fused;
    }
  }
  const std::int64_t without_x = other.size(0) - x.size(0);
  if (without_x == 0) return {forward_add(x, other), {}};
  return {at::cat({other.narrow(0, 0, without_x) + bias_, forward_add(x, other.narrow(0, without_x, x.size(0)))}, 0), {}};
}

void Linear::add_product_to(const at::Tensor& sum, const at::Tensor& x) const {
  STUDIO_CHECK(x.size(-1) == in_ && adapters_ == nullptr, "linear of ", in_, " inputs got ", x.size(-1));
  count_flops(2 * rows_of(x) * in_ * out_);
  sum.view({-1, out_}).addmm_(x.reshape({-1, in_}), weight_.plain().t());
}

at::Tensor Linear::forward_fp8(const at::Tensor& x) const {
  STUDIO_CHECK(x.size(-1) == in_, "linear of ", in_, " inputs got ", x.size(-1));
  const auto y = fp8_->multiply(x, bias_);
  if (!y) return forward(x);
  count_flops(2 * rows_of(x) * in_ * out_);
  return adapters_ == nullptr ? *y : with_adapters(x, *y);
}

at::Tensor Linear::forward_geglu(const at::Tensor& x) const {
  if (adapters_ == nullptr && gpu::can_fuse(x)) {
    STUDIO_CHECK(x.size(-1) == in_, "linear of ", in_, " inputs got ", x.size(-1));
    if (const auto fused = gpu::linear_geglu(x, weight_.plain(), bias_)) {
      count_flops(2 * rows_of(x) * in_ * out_);
      return *fused;
    }
  }
  const std::vector<at::Tensor> halves = forward(x).chunk(2, -1);
  return gated(halves[0], halves[1]);
}

at::Tensor Linear::forward_mul(const at::Tensor& x, const at::Tensor& other) const {
  const bool is_fused = adapters_ == nullptr && use_packed(weight_, x) && can_join(other, x);
  if (is_fused) return forward_binary(x, other, "mul");
  return forward(x) * other;
}

GroupNorm GroupNorm::load(TensorSource& source, const std::string& name, std::int64_t channels, std::int64_t groups,
                          double eps) {
  GroupNorm norm;
  norm.weight_ = source.take(name + ".weight", {channels});
  norm.bias_ = source.take(name + ".bias", {channels});
  norm.groups_ = groups;
  norm.eps_ = eps;
  return norm;
}

at::Tensor GroupNorm::forward(const at::Tensor& x) const { return run({x}, {}, {}, false); }

at::Tensor GroupNorm::forward_silu(const at::Tensor& x, const at::Tensor& offset, const at::Tensor& input_bias) const {
  return run({x}, offset, input_bias, true);
}

at::Tensor GroupNorm::forward_silu(const JoinedMap& x) const { return run(x, {}, {}, true); }

template <class Value>
at::Tensor GroupNorm::run_fused(const at::Tensor& x, const at::Tensor& offset, bool silu) const {
  const at::Tensor in = x.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor add = offset.defined() ? offset.contiguous() : offset;
  at::Tensor out = at::empty_like(in, at::MemoryFormat::ChannelsLast);
  const cpu::GroupNormShape shape{x.size(0), x.size(2) * x.size(3), x.size(1), groups_, static_cast<float>(eps_)};
  cpu::group_norm(shape, in.const_data_ptr<Value>(), add.defined() ? add.const_data_ptr<Value>() : nullptr,
                  weight_.const_data_ptr<Value>(), bias_.const_data_ptr<Value>(), silu, out.mutable_data_ptr<Value>());
  return out;
}

at::Tensor GroupNorm::run(const JoinedMap& input, const at::Tensor& offset, const at::Tensor& input_bias, bool silu) const {
  if (gpu::can_fuse(input)) {
    if (const auto fused = gpu::group_norm({input, offset, input_bias}, weight_, bias_, groups_, eps_, silu)) return *fused;
  }
  const at::Tensor x = input.concatenated();
  if (input_bias.defined()) return run({x + input_bias.view({1, -1, 1, 1})}, offset, {}, silu);
  if (x.device().is_cpu() && !wants_gradient(x)) {
    if (x.scalar_type() == at::kFloat) return run_fused<float>(x, offset, silu);
    if (x.scalar_type() == at::kBFloat16) return run_fused<at::BFloat16>(x, offset, silu);
  }
  const at::Tensor shifted = offset.defined() ? x + offset.unsqueeze(-1).unsqueeze(-1) : x;
  // On CPUs the channels-last kernel subtracts squares: a mean of 1000 deviations leaves it no digit.
  const bool is_cpu = x.device().is_cpu();
  const at::Tensor in = is_cpu ? shifted.contiguous() : shifted;
  const at::Tensor y = at::group_norm(in, groups_, weight_, bias_, eps_);
  const at::Tensor out = silu ? at::silu(y) : y;
  return is_cpu ? out.contiguous(at::MemoryFormat::ChannelsLast) : out;
}

LayerNorm LayerNorm::load(TensorSource& source, const std::string& name, std::int64_t channels, double eps) {
  LayerNorm norm;
  norm.weight_ = source.take(name + ".weight", {channels});
  norm.bias_ = source.take(name + ".bias", {channels});
  norm.eps_ = eps;
  return norm;
}

namespace {

at::Tensor sum_of(const at::Tensor& x, at::TensorList biases) {
  at::Tensor sum = x;
  for (const at::Tensor& bias : biases) sum = sum + bias;
  return sum;
}

}  // namespace

at::Tensor LayerNorm::forward(const at::Tensor& x) const { return forward_biased(x, {}); }

at::Tensor LayerNorm::forward_biased(const at::Tensor& x, at::TensorList biases) const {
  if (gpu::can_fuse(x)) {
    if (const auto fused = gpu::layer_norm(x, biases, weight_, bias_, eps_)) return *fused;
  }
  return at::layer_norm(sum_of(x, biases), {x.size(-1)}, weight_, bias_, eps_);
}

at::Tensor LayerNorm::add_and_forward(const at::Tensor& x, at::TensorList biases) const {
  if (gpu::can_fuse(x)) {
    if (const auto fused = gpu::layer_norm(x, biases, weight_, bias_, eps_, /*keeps_sum=*/true)) return *fused;
  }
  add_biases(x, biases);
  return forward(x);
}

std::optional<Summed> LayerNorm::fused_sum(const at::Tensor& x, at::TensorList x_biases, const at::Tensor& other) const {
  if (!gpu::can_fuse(x) || wants_gradient(other)) return std::nullopt;
  const auto fused = gpu::add_layer_norm(x, x_biases, other, weight_, bias_, eps_);
  if (!fused) return std::nullopt;
  return Summed{fused->sum, fused->normed};
}

Summed LayerNorm::forward_sum(const at::Tensor& x, at::TensorList x_biases, const at::Tensor& other) const {
  if (const auto fused = fused_sum(x, x_biases, other)) return *fused;
  return {sum_of(x, x_biases) + other, {}};
}

at::Tensor Summed::normed_by(const LayerNorm& norm) const { return normed.defined() ? normed : norm.forward(sum); }

void add_biases(const at::Tensor& x, at::TensorList biases) {
  if (gpu::can_fuse(x) && gpu::add_biases(x, biases)) return;
  for (const at::Tensor& bias : biases) x.add_(bias);
}

at::Tensor gated(const at::Tensor& value, const at::Tensor& gate) {
  if (gpu::can_fuse(value) && !wants_gradient(gate)) {
    if (const auto fused = gpu::geglu(value, gate)) return *fused;
  }
  return value * at::gelu(gate);
}

}  // namespace studio
