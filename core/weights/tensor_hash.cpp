// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The hash itself is OpenSSL's.
#include "core/weights/tensor_hash.h"

#include <ATen/ATen.h>

namespace studio {

void TensorHash::add(std::string_view text) {
  const std::uint64_t size = text.size();  // the length keeps neighbouring texts apart
  hash_.add(&size, sizeof size);
  hash_.add(text.data(), text.size());
}

void TensorHash::add(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.contiguous();
  add(c10::toString(plain.scalar_type()));
  const std::int64_t dims = plain.dim();
  hash_.add(&dims, sizeof dims);
  hash_.add(plain.sizes().data(), plain.sizes().size() * sizeof(std::int64_t));
  hash_.add(plain.const_data_ptr(), plain.nbytes());
}

}  // namespace studio
