// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Made-up numbers in both memories, and what a pass wrote beside what the reference wrote. Knows neither Qt nor a GPU.
#pragma once

#include "cuda/api/check_params.h"
#include "cuda/ref/ref_ops.h"
#include "tests/cuda/op_memory.h"

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace studio::cuda::testing {

class MadeArrays {
 protected:
  static constexpr std::int64_t kStrip = 256;

  // shifted: arrays begin one element after an aligned address.
  MadeArrays(Memory& memory, bool shifted, unsigned seed) : memory_(memory), shifted_(shifted), random_(seed) {}

  // All bytes 0xff: not a number in any of the types.
  Array poisoned(std::int64_t count, DType dtype) {
    Array array;
    array.begin = shifted_ ? bytes_of(dtype) : 0;
    array.count = count;
    array.dtype = dtype;
    array.host.assign(static_cast<std::size_t>(array.begin + count * bytes_of(dtype) + kStrip), 0xff);
    array.allocation = static_cast<std::uint8_t*>(memory_.allocate(static_cast<std::int64_t>(array.host.size())));
    upload(array);
    return array;
  }

  void upload(const Array& array) { memory_.write(array.allocation, array.host.data(), static_cast<std::int64_t>(array.host.size())); }

  Array numbers(std::int64_t count, DType dtype, double mean, double deviation) {
    Array array = poisoned(count, dtype);
    std::normal_distribution<double> normal(mean, deviation);
    for (std::int64_t i = 0; i < count; ++i) ref::put(array.on_host(), dtype, i, normal(random_));
    upload(array);
    return array;
  }

  // What the GPU has written in `out` against what the reference has written in out.host.
  Comparison compare(Array& out, const char* name, Tolerance tolerance) {
    std::vector<std::uint8_t> actual(out.host.size());
    memory_.read(actual.data(), out.allocation, static_cast<std::int64_t>(actual.size()));
    const std::int64_t end = out.begin + out.count * bytes_of(out.dtype);
    for (std::size_t i = 0; i < actual.size(); ++i) {
      const bool is_outside = static_cast<std::int64_t>(i) < out.begin || static_cast<std::int64_t>(i) >= end;
      if (is_outside && actual[i] != 0xff) return {std::string(name) + ": written outside of the array"};
    }
    Comparison result;
    for (std::int64_t i = 0; i < out.count; ++i) {
      const double expected = ref::get(out.on_host(), out.dtype, i);
      const double got = ref::get(actual.data() + out.begin, out.dtype, i);
      const double part = std::fabs(got - expected) / (tolerance.absolute + tolerance.relative * std::fabs(expected));
      if (part <= result.worst_part) continue;
      result.worst_part = part;  // also where it is not a number
      if (!(part <= 1)) {
        result.problem = std::string(name) + "[" + std::to_string(i) + "] is " + std::to_string(got) + ", not " + std::to_string(expected);
        if (std::isnan(part)) return result;
      }
    }
    return result;
  }

  Memory& memory_;

 private:
  bool shifted_;
  std::mt19937 random_;
};

}  // namespace studio::cuda::testing
