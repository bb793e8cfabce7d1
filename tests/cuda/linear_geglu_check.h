// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The linear layer with GEGLU on made-up data, compared with the reference. Knows neither Qt nor a GPU, as op_check.h.
#pragma once

#include "tests/cuda/op_check.h"

namespace studio::cuda::testing {

struct LinearGegluCase {
  const char* name = "";
  std::int64_t rows = 1, channels = 8, inner = 8;
  bool bias = true;
};

// Named as an H200 does them: its 66 pairs of blocks take tiles of 256 x 128 in turn, the last few in halves of 256 x 64.
inline std::vector<LinearGegluCase> linear_geglu_cases() {
  return {
      {.name = "one tile, one stage", .rows = 128, .channels = 64, .inner = 128},
      {.name = "unfilled tiles, no bias", .rows = 270, .channels = 200, .inner = 200, .bias = false},
      {.name = "1280 channels", .rows = 130, .channels = 1280, .inner = 136},
      {.name = "320 channels, many rows", .rows = 1025, .channels = 320, .inner = 128},
      {.name = "more tiles than blocks", .rows = 600, .channels = 72, .inner = 3200},
      {.name = "one row of 8 channels", .rows = 1, .channels = 8, .inner = 8},
      {.name = "halves only", .rows = 300, .channels = 64, .inner = 328},
      {.name = "one tile for each of 40 pairs", .rows = 140, .channels = 24, .inner = 5120},
      {.name = "one or two tiles for each pair", .rows = 5, .channels = 136, .inner = 12800},
      {.name = "a tile and half of an unfilled", .rows = 257, .channels = 8, .inner = 5080},
      {.name = "a tile and half of none", .rows = 257, .channels = 40, .inner = 5048},
      {.name = "3 tiles each and 2 halves", .rows = 130, .channels = 8, .inner = 25472},
      {.name = "a tile and a half for each pair", .rows = 3, .channels = 1280, .inner = 12672, .bias = false},
  };
}

// One case on a GPU. What matters of an error is its size beside its row: `worst_part` is that of the allowed 2 roundings of
// dtype.
class LinearGegluRun {
 public:
  LinearGegluRun(const LinearGegluCase& one, DType dtype, const Ops& ops, Memory& memory) : case_(one), dtype_(dtype), ops_(ops), memory_(memory) {}

  Comparison run() {
    const std::int64_t count = case_.rows * case_.inner;
    Both x = numbers(case_.rows * case_.channels, 1.0);
    Both weight = numbers(2 * case_.inner * case_.channels, 1.5 / std::sqrt(static_cast<double>(case_.channels)));
    Both bias = numbers(2 * case_.inner, 0.5);
    Both out{std::vector<std::uint8_t>(static_cast<std::size_t>(2 * count + kStrip), 0xff), memory_.allocate(2 * count + kStrip)};
    memory_.write(out.gpu, out.host.data(), 2 * count + kStrip);
    const auto call_with = [&](auto&& pointer) {
      return LinearGeglu{dtype_, pointer(x), pointer(weight), case_.bias ? pointer(bias) : nullptr, pointer(out), case_.rows, case_.channels, case_.inner};
    };
    const Status on_gpu = ops_.linear_geglu(call_with([](Both& both) { return both.gpu; }), {});
    if (on_gpu.error != nullptr) return {on_gpu.error};
    const Status on_host = ref::linear_geglu(call_with([](Both& both) -> void* { return both.host.data(); }));
    if (on_host.error != nullptr) return {on_host.error};
    std::vector<std::uint8_t> actual(out.host.size());
    memory_.read(actual.data(), out.gpu, 2 * count + kStrip);
    if (!std::all_of(actual.end() - kStrip, actual.end(), [](std::uint8_t byte) { return byte == 0xff; })) return {"written behind the array"};
    return compare(actual, out.host);
  }

 private:
  static constexpr std::int64_t kStrip = 256;
  struct Both {
    std::vector<std::uint8_t> host;
    void* gpu = nullptr;
  };

  Both numbers(std::int64_t count, double deviation) {
    Both both{std::vector<std::uint8_t>(static_cast<std::size_t>(2 * count)), memory_.allocate(2 * count)};
    std::normal_distribution<double> normal(0.0, deviation);
    for (std::int64_t i = 0; i < count; ++i) ref::put(both.host.data(), dtype_, i, normal(random_));
    memory_.write(both.gpu, both.host.data(), 2 * count);
    return both;
  }

  Comparison compare(const std::vector<std::uint8_t>& actual, const std::vector<std::uint8_t>& expected) const {
    const double allowed = 2 * (dtype_ == DType::F16 ? 1.0 / 2048 : 1.0 / 256);
    Comparison result;
    for (std::int64_t row = 0; row < case_.rows; ++row) {
      double error = 0, size = 0;
      for (std::int64_t i = row * case_.inner; i < (row + 1) * case_.inner; ++i) {
        const double want = ref::get(expected.data(), dtype_, i), got = ref::get(actual.data(), dtype_, i);
        error += (got - want) * (got - want);
        size += want * want;
      }
      const double part = std::sqrt(error / size) / allowed;
      if (part <= result.worst_part) continue;
      result.worst_part = part;
      if (part <= 1) continue;
      result.problem = "row " + std::to_string(row) + " of the output is " + std::to_string(part) + " times what is allowed away";
      if (std::isnan(part)) return result;
    }
    return result;
  }

  const LinearGegluCase& case_;
  DType dtype_;
  const Ops& ops_;
  Memory& memory_;
  std::mt19937 random_{20263};
};

}  // namespace studio::cuda::testing
