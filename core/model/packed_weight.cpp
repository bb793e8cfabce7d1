// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Packing, and finding the layout that fits an input.
#include "core/model/packed_weight.h"

#include "core/base/check.h"
#include "core/base/guard.h"
#include "core/base/normal_tensors.h"
#include "core/model/packed_operators.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <vector>

namespace studio {
namespace {

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
    // What cuDNN wants beside channels-last maps, and minimal filtering; they would turn the weight round in every call.
    const bool is_for_gpu = weight.is_cuda() || keeps_plain;
    result.plain_ = is_for_gpu ? weight.contiguous(at::MemoryFormat::ChannelsLast) : std::move(weight);
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

}  // namespace studio
