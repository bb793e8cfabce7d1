// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Linear, convolution and norm layers: oneDNN on packed weights where it applies, plain operators else.
#include "core/model/layers.h"

#include "core/base/check.h"
#include "core/base/guard.h"
#include "core/base/normal_tensors.h"
#include "core/model/cpu_kernels.h"
#include "core/model/cuda_ops.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <vector>

namespace studio {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using Text = std::optional<std::string_view>;

// The packed operators have no C++ header; they are reached through the dispatcher by name.
template <class Signature>
c10::TypedOperatorHandle<Signature> packed_operator(const char* name, const char* overload) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

constexpr std::size_t kMostLayouts = 3;
constexpr std::size_t kSmallWeightBytes = 8U << 20U;

thread_local bool keeps_plain = false;

at::Tensor pack_linear(const at::Tensor& weight) {
  static const auto reorder =
      packed_operator<at::Tensor(const at::Tensor&, std::optional<c10::SymInt>)>("mkldnn::_reorder_linear_weight", "");
  return reorder.call(weight.contiguous(), std::nullopt);
}

// oneDNN has bf16 from AVX-512 on, with instructions for it or by widening; the packed operators refuse it elsewhere.
// LibTorch has no public word for that, so they are asked, once.
bool packs_bf16() {
  static const bool packs = [] {
    const NormalTensors normal;
    return static_cast<bool>(to_result([]() -> Result<void> {
      pack_linear(at::zeros({32, 32}, at::kBFloat16));
      return {};
    }));
  }();
  return packs;
}

bool can_pack(const at::Tensor& weight) {
  if (keeps_plain || !weight.device().is_cpu()) return false;
  if (!at::globalContext().hasMKLDNN() || !at::globalContext().userEnabledMkldnn()) return false;
  return weight.scalar_type() == at::kFloat || (weight.scalar_type() == at::kBFloat16 && packs_bf16());
}

thread_local std::int64_t flop_count = 0;

std::int64_t rows_of(const at::Tensor& x) { return x.size(-1) == 0 ? 0 : x.numel() / x.size(-1); }

void visit_defined(at::Tensor& tensor, const TensorVisitor& visit) {
  if (tensor.defined()) visit(tensor);
}

// y + bias + other, each of which may be undefined; `wide`: in fp32. y [B,C,H,W] may be overwritten.
at::Tensor add_bias(const at::Tensor& y, const at::Tensor& bias, const at::Tensor& other, bool wide = false) {
  if (!bias.defined() && !other.defined()) return y;
  if (const auto fused = gpu::add_bias(y, bias, other, wide)) return *fused;
  at::Tensor sum = bias.defined() ? y + bias.view({1, -1, 1, 1}) : y;
  if (wide) sum = sum.to(at::kFloat);
  return other.defined() ? sum + other : sum;
}

bool use_packed(const PackedWeight& weight, const at::Tensor& x) { return weight.is_packed() && !wants_gradient(x); }

// Whether `other` may be added or multiplied in the pass that reads x.
bool can_join(const at::Tensor& other, const at::Tensor& x) {
  return other.scalar_type() == x.scalar_type() && !wants_gradient(other);
}

}  // namespace

PlainWeights::PlainWeights() : before_(keeps_plain) { keeps_plain = true; }
PlainWeights::~PlainWeights() { keeps_plain = before_; }

bool wants_gradient(const at::Tensor& x) { return at::GradMode::is_enabled() && x.requires_grad(); }

std::int64_t flops_done() { return flop_count; }
void reset_flops() { flop_count = 0; }
void count_flops(std::int64_t flops) { flop_count += flops; }

struct PackedWeight::State {
  // A convolution's layout depends on the input and on how many threads share the work; on some processors
  // a layout made for one picture costs a slow reordering in every call with two.
  struct Layout {
    std::array<std::int64_t, 4> use;  // pictures, height, width, threads
    at::Tensor weight;
  };
  std::mutex mutex;
  at::Tensor plain;             // until it is packed
  at::Tensor packed;            // of a linear layer
  std::vector<Layout> layouts;  // of a convolution, last used first
  int stride = 1, padding = 0;

  at::Tensor dense() const {
    if (plain.defined()) return plain;
    return (layouts.empty() ? packed : layouts.front().weight).to_dense();
  }
};

PackedWeight PackedWeight::linear(at::Tensor weight) {
  PackedWeight result;
  if (can_pack(weight)) {
    result.state_ = std::make_shared<State>();
    result.state_->packed = pack_linear(weight);
  } else {
    result.plain_ = std::move(weight);
  }
  return result;
}

PackedWeight PackedWeight::convolution(at::Tensor weight, int stride, int padding) {
  PackedWeight result;
  // A single channel has no layout of its own, and the packed operators refuse it.
  if (can_pack(weight) && weight.size(0) > 1 && weight.size(1) > 1) {
    result.state_ = std::make_shared<State>();
    result.state_->plain = std::move(weight);
    result.state_->stride = stride;
    result.state_->padding = padding;
  } else {
    // What cuDNN wants beside channels-last maps; it would turn the weight round in every call.
    result.plain_ = weight.is_cuda() ? weight.contiguous(at::MemoryFormat::ChannelsLast) : std::move(weight);
  }
  return result;
}

at::Tensor PackedWeight::packed() const {
  const std::lock_guard lock(state_->mutex);
  return state_->packed;
}

at::Tensor PackedWeight::packed_for(const at::Tensor& x) const {
  static const auto reorder =
      packed_operator<at::Tensor(const at::Tensor&, c10::SymIntArrayRef, c10::SymIntArrayRef, c10::SymIntArrayRef,
                                 c10::SymInt, at::OptionalSymIntArrayRef)>("mkldnn::_reorder_convolution_weight", "");
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  const std::array<std::int64_t, 4> use{x.size(0), x.size(2), x.size(3), at::get_num_threads()};
  auto& layouts = state.layouts;
  if (const auto known = std::find_if(layouts.begin(), layouts.end(), [&](const auto& one) { return one.use == use; });
      known != layouts.end()) {
    std::rotate(layouts.begin(), known, known + 1);
    return layouts.front().weight;
  }
  // Packed weights outlive the job that first uses them: they may not be inference tensors.
  const c10::InferenceMode off(false);
  const at::Tensor plain = state.dense();
  const std::vector<c10::SymInt> pad{state.padding, state.padding}, step{state.stride, state.stride}, one{1, 1};
  const std::vector<c10::SymInt> input(x.sizes().begin(), x.sizes().end());
  at::Tensor packed = reorder.call(plain.contiguous(at::MemoryFormat::ChannelsLast), pad, step, one, 1, at::OptionalSymIntArrayRef(input));
  state.plain.reset();
  // A guided picture and its twin take turns. Of large weights one layout is all there is room for.
  if (layouts.size() == (plain.nbytes() <= kSmallWeightBytes ? kMostLayouts : 1)) layouts.pop_back();
  layouts.insert(layouts.begin(), {use, std::move(packed)});
  return layouts.front().weight;
}

at::Tensor PackedWeight::plain() const {
  if (state_ == nullptr) return plain_;
  const std::lock_guard lock(state_->mutex);
  return state_->dense();
}

void PackedWeight::visit_tensors(const TensorVisitor& visit) {
  STUDIO_CHECK(!is_packed());
  visit_defined(plain_, visit);
}

void Linear::visit_tensors(const TensorVisitor& visit) {
  weight_.visit_tensors(visit);
  visit_defined(bias_, visit);
}

void Conv2d::visit_tensors(const TensorVisitor& visit) {
  weight_.visit_tensors(visit);
  if (doubling_) doubling_->visit_tensors(visit);
  visit_defined(bias_, visit);
}

void Linear::scale_output(double factor) {
  visit_tensors([&](at::Tensor& tensor) { tensor = tensor * factor; });
}

void Conv2d::scale_output(double factor) {
  visit_tensors([&](at::Tensor& tensor) { tensor = tensor * factor; });
}

void Conv2d::scale_bias(double factor) {
  if (bias_.defined()) bias_ = bias_ * factor;
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

Conv2d Conv2d::load(TensorSource& source, const std::string& name, std::int64_t in, std::int64_t out, int kernel,
                    int stride, int padding, bool has_bias) {
  Conv2d conv;
  conv.weight_ = PackedWeight::convolution(source.take(name + ".weight", {out, in, kernel, kernel}), stride, padding);
  if (has_bias) conv.bias_ = source.take(name + ".bias", {out});
  conv.in_ = in;
  conv.out_ = out;
  conv.kernel_ = kernel;
  conv.stride_ = stride;
  conv.padding_ = padding;
  return conv;
}

bool Conv2d::uses_packed(const at::Tensor& x) const {
  // A map of one position, like one channel, has no layout of its own; the packed operator refuses it.
  const auto after = [&](std::int64_t length) { return (length + 2 * padding_ - kernel_) / stride_ + 1; };
  return use_packed(weight_, x) && x.size(2) * x.size(3) > 1 && after(x.size(2)) * after(x.size(3)) > 1;
}

at::Tensor Conv2d::convolve(const PackedWeight& weight, bool uses_packed, const at::Tensor& x, const at::Tensor& bias) const {
  if (!uses_packed) return at::conv2d(x, weight.plain(), bias, {stride_, stride_}, {padding_, padding_});
  static const auto convolve =
      packed_operator<at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                                 c10::SymIntArrayRef, c10::SymIntArrayRef, c10::SymIntArrayRef, c10::SymInt,
                                 std::string_view, Scalars, Text)>("mkldnn::_convolution_pointwise", "");
  const std::vector<c10::SymInt> pad{padding_, padding_}, step{stride_, stride_}, one{1, 1};
  return convolve.call(x, weight.packed_for(x), bias, pad, step, one, 1, "none", Scalars(), "");
}

at::Tensor Conv2d::forward(const at::Tensor& x) const {
  return adapters_ == nullptr ? forward_base(x) : with_adapters(x, forward_base(x));
}

at::Tensor Conv2d::forward(const JoinedMap& x) const {
  if (!x.second.defined() || !is_product() || adapters_ != nullptr || !gpu::can_fuse(x)) return forward(x.concatenated());
  STUDIO_CHECK(x.channels() == in_, "convolution of ", in_, " channels got ", x.channels());
  // Each product reads its columns of the weight where they lie. The first, with the bias, is rounded once before the
  // second is added to it in fp32: no more roundings than one product and then the bias have.
  const at::Tensor weight = weight_.plain().view({out_, in_});
  const std::int64_t first = x.first.size(1);
  const at::Tensor y = at::linear(to_tokens(x.first), weight.narrow(1, 0, first), bias_);
  y.view({-1, out_}).addmm_(to_tokens(x.second).flatten(0, 1), weight.narrow(1, first, in_ - first).t());
  count_flops(2 * y.numel() * in_);
  return to_map(y, x.first.size(2), x.first.size(3));
}

at::Tensor Conv2d::with_adapters(const at::Tensor& x, const at::Tensor& y) const {
  return adapters_->apply_convolution(x, y, bias_, stride_, padding_);
}

at::Tensor Conv2d::forward_base(const at::Tensor& x) const {
  STUDIO_CHECK(x.size(1) == in_, "convolution of ", in_, " channels got ", x.size(1));
  if (gpu::can_fuse(x)) return add_bias(without_bias(x), bias_, {});
  at::Tensor y = convolve(weight_, uses_packed(x), x, bias_);
  count_flops(2 * y.numel() * in_ * kernel_ * kernel_);
  return y;
}

namespace {

// A 3x3 convolution with few outputs in fp32, for which cuDNN has only slow kernels: one product for all nine taps,
// then each tap's map is added where it belongs. weight [out,in,3,3].
at::Tensor convolve_by_product(const at::Tensor& x, const at::Tensor& weight) {
  const at::Tensor taps = weight.flip({2, 3}).permute({0, 2, 3, 1}).reshape({weight.size(0) * 9, weight.size(1)});
  const at::Tensor columns = at::matmul(taps, to_tokens(x).transpose(1, 2));
  return at::col2im(columns, {x.size(2), x.size(3)}, {3, 3}, {1, 1}, {1, 1}, {1, 1}).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

at::Tensor Conv2d::without_bias(const at::Tensor& x) const {
  constexpr std::int64_t kFewOutputs = 8;
  const bool has_few = kernel_ == 3 && stride_ == 1 && padding_ == 1 && out_ <= kFewOutputs && x.scalar_type() == at::kFloat;
  at::Tensor y = is_product() ? to_map(at::linear(to_tokens(x), weight_.plain().view({out_, in_})), x.size(2), x.size(3))
                 : has_few    ? convolve_by_product(x, weight_.plain())
                              : at::conv2d(x, weight_.plain(), {}, {stride_, stride_}, {padding_, padding_});
  count_flops(2 * y.numel() * in_ * kernel_ * kernel_);
  return y;
}

Conv2d::Unfinished Conv2d::forward_unfinished(const at::Tensor& x) const {
  STUDIO_CHECK(x.size(1) == in_, "convolution of ", in_, " channels got ", x.size(1));
  if (adapters_ != nullptr || !gpu::can_fuse(x)) return {forward(x), {}};
  return {without_bias(x), bias_};
}

at::Tensor Conv2d::forward_add_wide(const at::Tensor& x, const at::Tensor& other) const {
  if (!c10::isReducedFloatingType(x.scalar_type())) return forward_add(x, other);
  if (adapters_ == nullptr && gpu::can_fuse(x) && !wants_gradient(other)) {
    return add_bias(without_bias(x), bias_, other, /*wide=*/true);
  }
  return forward(x).to(at::kFloat) + other;
}

at::Tensor Conv2d::forward_add(const at::Tensor& x, const at::Tensor& other, bool may_overwrite) const {
  if (adapters_ == nullptr) return forward_base_add(x, other, may_overwrite);
  if (!adapters_->only_adds()) return forward(x) + other;
  return with_adapters(x, forward_base_add(x, other, may_overwrite));
}

at::Tensor Conv2d::forward_base_add(const at::Tensor& x, const at::Tensor& other, bool may_overwrite) const {
  if (gpu::can_fuse(x) && !wants_gradient(other)) return add_bias(without_bias(x), bias_, other);
  if (!uses_packed(x) || !can_join(other, x)) return forward_base(x) + other;
  static const auto add_to = packed_operator<at::Tensor&(
      at::Tensor&, const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, c10::SymIntArrayRef,
      c10::SymIntArrayRef, c10::SymIntArrayRef, c10::SymInt, std::string_view, std::optional<at::Scalar>, Text, Scalars,
      Text)>("mkldnn::_convolution_pointwise_", "binary");
  const std::vector<c10::SymInt> pad{padding_, padding_}, step{stride_, stride_}, one{1, 1};
  constexpr auto kLayout = at::MemoryFormat::ChannelsLast;
  at::Tensor y = may_overwrite && other.is_contiguous(kLayout) ? other : other.clone(kLayout);
  add_to.call(y, x, weight_.packed_for(x), bias_, pad, step, one, 1, "add", 1.0, std::nullopt, Scalars(), std::nullopt);
  count_flops(2 * y.numel() * in_ * kernel_ * kernel_);
  return y;
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

at::Tensor to_tokens(const at::Tensor& map) {
  return map.contiguous(at::MemoryFormat::ChannelsLast).permute({0, 2, 3, 1}).flatten(1, 2);
}

at::Tensor to_map(const at::Tensor& tokens, std::int64_t height, std::int64_t width) {
  return tokens.unflatten(1, {height, width}).permute({0, 3, 1, 2});
}

at::Tensor JoinedMap::concatenated() const {
  if (!second.defined()) return first;
  return to_map(at::cat({to_tokens(first), to_tokens(second)}, 2), first.size(2), first.size(3));
}

}  // namespace studio
