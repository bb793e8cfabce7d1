// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What every pass is given and gives back.
#pragma once

#include <cstdint>

namespace studio::cuda {

enum class DType : std::int32_t { F32, F16, BF16 };

// error: a sentence for a person, static text, or null where all went well.
struct Status {
  const char* error = nullptr;
};

// handle: a cudaStream_t, null for the default stream; device: the index of the GPU that it and all pointers
// belong to. The reference ignores both.
struct Stream {
  void* handle = nullptr;
  std::int32_t device = 0;
};

}  // namespace studio::cuda
