// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Convolutions: oneDNN on packed weights, cuDNN with the passes of cuda_ops.h around it, plain operators else.
#include "core/model/convolution.h"

#include "core/base/check.h"
#include "core/model/cuda_ops.h"
#include "core/model/packed_operators.h"

#include <ATen/ATen.h>

#include <utility>

namespace studio {
namespace {

// y + bias + other, each of which may be undefined; `wide`: in fp32. y [B,C,H,W] may be overwritten.
at::Tensor add_bias(const at::Tensor& y, const at::Tensor& bias, const at::Tensor& other, bool wide = false) {
  if (!bias.defined() && !other.defined()) return y;
  if (const auto fused = gpu::add_bias(y, bias, other, wide)) return *fused;
  at::Tensor sum = bias.defined() ? y + bias.view({1, -1, 1, 1}) : y;
  if (wide) sum = sum.to(at::kFloat);
  return other.defined() ? sum + other : sum;
}

}  // namespace

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

void Conv2d::visit_tensors(const TensorVisitor& visit) {
  weight_.visit_tensors(visit);
  if (doubling_) doubling_->visit_tensors(visit);
  visit_defined(bias_, visit);
}

void Conv2d::scale_output(double factor) {
  visit_tensors([&](at::Tensor& tensor) { tensor = tensor * factor; });
}

void Conv2d::scale_bias(double factor) {
  if (bias_.defined()) bias_ = bias_ * factor;
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
  if (gpu::can_fuse(x)) return fused_sum(x, bias_, {});
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
  const bool has_few = is_3x3_that_keeps_size() && out_ <= kFewOutputs && x.scalar_type() == at::kFloat;
  at::Tensor y = is_product() ? to_map(at::linear(to_tokens(x), weight_.plain().view({out_, in_})), x.size(2), x.size(3))
                 : has_few    ? convolve_by_product(x, weight_.plain())
                              : at::conv2d(x, weight_.plain(), {}, {stride_, stride_}, {padding_, padding_});
  count_flops(2 * y.numel() * in_ * kernel_ * kernel_);
  return y;
}

at::Tensor Conv2d::fused_sum(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& other) const {
  if (auto sum = filtered_sum(x, bias, other)) return *std::move(sum);
  return add_bias(without_bias(x), bias, other);
}

Conv2d::Unfinished Conv2d::forward_unfinished(const at::Tensor& x) const {
  STUDIO_CHECK(x.size(1) == in_, "convolution of ", in_, " channels got ", x.size(1));
  if (adapters_ != nullptr || !gpu::can_fuse(x)) return {forward(x), {}};
  return {fused_sum(x, {}, {}), bias_};
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
  if (gpu::can_fuse(x) && !wants_gradient(other)) return fused_sum(x, bias_, other);
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

}  // namespace studio
