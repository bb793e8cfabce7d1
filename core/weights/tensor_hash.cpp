// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The hash itself is OpenSSL's.
#include "core/weights/tensor_hash.h"

#include "core/base/check.h"

#include <ATen/ATen.h>
#include <openssl/evp.h>

#include <array>

namespace studio {

struct TensorHash::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  void update(const void* data, std::size_t size) { STUDIO_CHECK(EVP_DigestUpdate(state.get(), data, size) == 1); }
};

TensorHash::TensorHash() : context_(std::make_unique<Context>()) {
  STUDIO_CHECK(EVP_DigestInit_ex(context_->state.get(), EVP_sha256(), nullptr) == 1);
}

TensorHash::~TensorHash() = default;

void TensorHash::add(std::string_view text) {
  const std::uint64_t size = text.size();  // the length keeps neighbouring texts apart
  context_->update(&size, sizeof size);
  context_->update(text.data(), text.size());
}

void TensorHash::add(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.contiguous();
  add(c10::toString(plain.scalar_type()));
  const std::int64_t dims = plain.dim();
  context_->update(&dims, sizeof dims);
  context_->update(plain.sizes().data(), plain.sizes().size() * sizeof(std::int64_t));
  context_->update(plain.const_data_ptr(), plain.nbytes());
}

std::string TensorHash::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  STUDIO_CHECK(EVP_DigestFinal_ex(context_->state.get(), digest.data(), &size) == 1);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += kHex[digest[i] >> 4U];
    text += kHex[digest[i] & 15U];
  }
  return text;
}

}  // namespace studio
