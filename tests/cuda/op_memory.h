// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Arrays that are in the host's memory and a GPU's, and what comparing them found.
#pragma once

#include "cuda/api/ops.h"

#include <cstdint>
#include <string>
#include <vector>

namespace studio::cuda::testing {

// A GPU's memory. allocate: aligned to 16 at least. Both copies wait until all work on the GPU is done.
class Memory {
 public:
  virtual ~Memory() = default;
  virtual void* allocate(std::int64_t bytes) = 0;
  virtual void write(void* to, const void* from, std::int64_t bytes) = 0;
  virtual void read(void* to, const void* from, std::int64_t bytes) = 0;
};

// The same array in both memories. Behind its end a strip of poison shows writes that go too far.
struct Array {
  std::vector<std::uint8_t> host;
  std::uint8_t* allocation = nullptr;
  std::int64_t begin = 0, count = 0;
  DType dtype = DType::F32;

  void* on_host() { return host.data() + begin; }
  void* on_gpu() { return allocation + begin; }
};

// What an element may differ by: absolute + relative * |expected|. A value that lies between two of a type may be
// rounded to either.
struct Tolerance {
  double absolute = 0, relative = 0;
};

struct Comparison {
  std::string problem;    // empty: all is well
  double worst_part = 0;  // largest error as a part of what is allowed
};

}  // namespace studio::cuda::testing
