// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// SHA-256 as 64 lower-case hex digits, of bytes at once or piece by piece.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace studio {

// Threads: one at a time. Errors: CheckError when the library refuses, as it does without memory.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void add(const void* data, std::size_t size);
  void add(std::string_view bytes) { add(bytes.data(), bytes.size()); }
  // Of all that was added. Call once.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace studio
