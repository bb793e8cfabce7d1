// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Rows in fp8 through the GPU passes, products through LibTorch.
#include "core/model/fp8_weight.h"

#include "core/base/normal_tensors.h"
#include "core/model/cuda_ops.h"
#include "core/model/layers.h"

#include <ATen/ATen.h>

#include <map>

namespace studio {
namespace {

constexpr std::int64_t kStep = 16;  // LibTorch's products in fp8 are for sides that are multiples of it

// x [rows,in] times weight [out,in], transposed; scales [rows,1] and [1,out].
at::Tensor multiply_scaled(const gpu::QuantisedRows& x, const at::Tensor& weight, const at::Tensor& scales, const at::Tensor& bias,
                           at::ScalarType dtype) {
  const std::optional<at::Tensor> added = bias.defined() ? std::optional(bias) : std::nullopt;
  return at::_scaled_mm(x.values, weight.t(), x.scales, scales, added, std::nullopt, dtype, /*use_fast_accum=*/true);
}

std::string try_product(c10::Device device, at::ScalarType dtype) {
  try {
    const at::Tensor ones = at::ones({kStep, kStep}, at::TensorOptions().device(device).dtype(dtype));
    const auto rows = gpu::quantise_rows(ones);
    if (!rows) return "the kernels refuse them";
    const at::Tensor product = multiply_scaled(*rows, rows->values, rows->scales.t(), {}, dtype);
    return product.eq(static_cast<double>(kStep)).all().item<bool>() ? "" : "this GPU's products are wrong";
  } catch (const std::exception&) {
    return "they need a GPU of the Hopper generation or later";
  }
}

}  // namespace

std::string why_no_fp8(c10::Device device, at::ScalarType dtype) {
  if (!device.is_cuda()) return "they need a GPU, of the Hopper generation or later";
  if (!c10::isReducedFloatingType(dtype)) return "a model in fp32 is computed as it is";
  if (!gpu::why_no_kernels().empty()) return gpu::why_no_kernels();
  static std::mutex mutex;
  static std::map<std::pair<int, at::ScalarType>, std::string> known;
  const std::lock_guard lock(mutex);
  const auto [found, is_new] = known.try_emplace({device.index(), dtype});
  if (is_new) found->second = try_product(device, dtype);
  return found->second;
}

void Fp8Weight::prepare(const at::Tensor& weight) {
  const std::lock_guard lock(mutex_);
  const bool fits = weight.size(0) % kStep == 0 && weight.size(1) % kStep == 0;
  if (is_ready_ || !fits) return;
  const NormalTensors normal;
  const auto rows = gpu::quantise_rows(weight.detach());
  if (!rows) return;
  values_ = rows->values;
  scales_ = rows->scales.t();
  is_ready_ = true;
}

std::optional<at::Tensor> Fp8Weight::multiply(const at::Tensor& x, const at::Tensor& bias) const {
  if (!is_ready_ || wants_gradient(x)) return std::nullopt;
  const auto rows = gpu::quantise_rows(x.reshape({-1, x.size(-1)}));
  if (!rows) return std::nullopt;
  std::vector<std::int64_t> sizes = x.sizes().vec();
  sizes.back() = values_.size(0);
  return multiply_scaled(*rows, values_, scales_, bias, x.scalar_type()).view(sizes);
}

}  // namespace studio
