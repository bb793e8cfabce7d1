// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// SHA-256 over tensors: a model's identity, whatever its files' headers and layout say.
#pragma once

#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "core/base/sha256.h"

namespace studio {

class TensorHash {
 public:
  void add(std::string_view text);
  // Dtype, shape and bytes. The tensor must be on the CPU.
  void add(const at::Tensor& tensor);
  // Hex digest; call once.
  std::string finish() { return hash_.finish(); }

 private:
  Sha256 hash_;
};

}  // namespace studio
