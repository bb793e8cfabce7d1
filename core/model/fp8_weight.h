// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A linear layer's weight in fp8, for products in about half the time: an approximation that a job asks for.
#pragma once

#include <ATen/core/Tensor.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

namespace studio {

// Why products in fp8 cannot be had on this device in this precision, as a sentence's end; "" when they can.
// Threads: any. May try one on the GPU, once.
std::string why_no_fp8(c10::Device device, at::ScalarType dtype);

// Source: Micikevicius et al. 2022 (FP8 Formats for Deep Learning); a scale for each output of the weight and each row of x.
class Fp8Weight {
 public:
  // Makes it from the weight [out,in], once; it takes in * out bytes of the GPU's memory. Where a side is no multiple of
  // 16, or the passes refuse, it stays unready.
  // Threads: any.
  void prepare(const at::Tensor& weight);
  // About x weight^T + bias; x [..,in] in fp16 or bf16, bias [out] or undefined. Nothing where it is not ready or the pass refuses x.
  // Threads: any.
  std::optional<at::Tensor> multiply(const at::Tensor& x, const at::Tensor& bias) const;

 private:
  std::mutex mutex_;
  std::atomic<bool> is_ready_ = false;
  at::Tensor values_, scales_;  // [out,in] in e4m3, [1,out]; stay as they are once ready
};

}  // namespace studio
