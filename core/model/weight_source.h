// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Where modules get their tensors from while a model is built.
#pragma once

#include <string>

#include <ATen/core/Tensor.h>

namespace studio {

class WeightSource {
 public:
  virtual ~WeightSource() = default;
  // The tensor of that name and shape, in the model's dtype and on its device, as a normal tensor
  // (not an inference one) without requires_grad. A missing or misshapen tensor is recorded by the
  // source and zeros come back, so that one pass over a model finds every defect.
  virtual at::Tensor take(const std::string& name, at::IntArrayRef shape) = 0;
  virtual bool has(const std::string& name) const = 0;
};

}  // namespace studio
