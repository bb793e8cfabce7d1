// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Random tensors with a seed of their own, and layers loaded from tensors made up by a test.
#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <string>
#include <utility>
#include <vector>

#include "core/weights/checkpoint.h"

namespace studio::testing {

// Standard normal, the same on every call with the same seed and shape.
inline at::Tensor made_noise(at::IntArrayRef shape, std::uint64_t seed, at::ScalarType dtype = at::kFloat) {
  return at::randn(shape, at::detail::createCPUGenerator(seed), at::kFloat).to(dtype);
}

inline TensorSource made_source(const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                                at::ScalarType dtype = at::kFloat, c10::Device device = at::kCPU) {
  std::vector<SourceTensor> given;
  for (const auto& [name, tensor] : tensors) {
    given.push_back({name, "F32", tensor.sizes().vec(), static_cast<std::int64_t>(tensor.nbytes()), [tensor] { return tensor; }});
  }
  return {"made up", "memory", std::move(given), {}, dtype, device};
}

}  // namespace studio::testing
