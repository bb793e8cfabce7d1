// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Minimal filtering's passes on made-up data, compared with the reference. Knows neither Qt nor a GPU, as op_check.h.
#pragma once

#include "tests/cuda/made_arrays.h"

#include <algorithm>

namespace studio::cuda::testing {

struct WinogradCase {
  const char* name = "";
  std::int64_t samples = 1, height = 2, width = 2, channels = 4, outputs = 4;
  bool bias = true, residual = true, in_place = false, doubles = false;
};

inline std::vector<WinogradCase> winograd_cases() {
  return {
      {.name = "640 channels", .samples = 2, .height = 8, .width = 6, .channels = 640, .outputs = 24},
      {.name = "odd height and width", .samples = 3, .height = 7, .width = 5, .channels = 36, .outputs = 12, .residual = false},
      {.name = "one pixel", .samples = 1, .height = 1, .width = 1, .channels = 4, .outputs = 1, .bias = false},
      {.name = "one line", .samples = 2, .height = 1, .width = 131, .channels = 12, .outputs = 130, .bias = false, .residual = false},
      {.name = "in place", .samples = 3, .height = 10, .width = 3, .channels = 1280, .outputs = 3, .in_place = true},
      {.name = "doubled, 640 channels", .samples = 2, .height = 8, .width = 6, .channels = 640, .outputs = 24, .residual = false, .doubles = true},
      {.name = "doubled, odd height and width", .samples = 3, .height = 7, .width = 5, .channels = 36, .outputs = 12, .doubles = true},
      {.name = "doubled, one pixel", .samples = 1, .height = 1, .width = 1, .channels = 4, .outputs = 1, .bias = false, .doubles = true},
  };
}

class WinogradRun : private MadeArrays {
 public:
  WinogradRun(const WinogradCase& one, DType dtype, const Ops& ops, Memory& memory) : MadeArrays(memory, false, 20264), case_(one), dtype_(dtype), ops_(ops) {}

  // The worst of the three passes.
  Comparison run() {
    Comparison worst;
    for (const Comparison& one : {input(), weight(), output()}) {
      if (!one.problem.empty()) return one;
      worst.worst_part = std::max(worst.worst_part, one.worst_part);
    }
    return worst;
  }

 private:
  std::int64_t pixels() const { return case_.samples * case_.height * case_.width; }
  std::int64_t parts() const { return case_.doubles ? 4 : 1; }
  // Of the numbers of V, for one channel; of M, for one channel of one part.
  std::int64_t filtered() const {
    return winograd_numbers(case_.doubles) * case_.samples * winograd_lines(case_.height, case_.doubles) * winograd_lines(case_.width, case_.doubles);
  }

  // Calls the pass and its reference, whose parameters are call_with(what makes a pointer of an array).
  template <class Pass, class CallWith>
  Comparison check(Pass pass, Pass reference, const CallWith& call_with, Array& out, const char* name) {
    if (const Status status = pass(call_with([](Array& array) { return array.on_gpu(); }), {}); status.error != nullptr) return {status.error};
    if (const Status status = reference(call_with([](Array& array) { return array.on_host(); }), {}); status.error != nullptr) return {status.error};
    // Sums of up to 16 numbers of size 1, in fp32, rounded once.
    return compare(out, name, {1e-5, dtype_ == DType::F32 ? 2e-5 : dtype_ == DType::F16 ? 1e-3 : 8e-3});
  }

  Comparison input() {
    Array x = numbers(pixels() * case_.channels, dtype_, 0, 1), out = poisoned(filtered() * case_.channels, dtype_);
    const auto call_with = [&](auto&& pointer) {
      return WinogradInput{dtype_, case_.doubles, pointer(x), pointer(out), case_.samples, case_.height, case_.width, case_.channels};
    };
    return check(ops_.winograd_input, ref::winograd_input, call_with, out, "input");
  }

  Comparison weight() {
    Array weight = numbers(9 * case_.outputs * case_.channels, dtype_, 0, 1);
    Array out = poisoned(winograd_numbers(case_.doubles) * parts() * case_.outputs * case_.channels, dtype_);
    const auto call_with = [&](auto&& pointer) { return WinogradWeight{dtype_, case_.doubles, pointer(weight), pointer(out), case_.outputs, case_.channels}; };
    return check(ops_.winograd_weight, ref::winograd_weight, call_with, out, "weight");
  }

  Comparison output() {
    Array products = numbers(filtered() * parts() * case_.channels, dtype_, 0, 1), bias = numbers(case_.channels, dtype_, 0, 1);
    const std::int64_t count = pixels() * parts() * case_.channels;
    Array residual = numbers(count, dtype_, 0, 1), own_out = poisoned(count, dtype_);
    Array& out = case_.in_place ? residual : own_out;
    const auto call_with = [&](auto&& pointer) {
      WinogradOutput call{dtype_, case_.doubles, pointer(products)};
      if (case_.bias) call.bias = pointer(bias);
      if (case_.residual) call.residual = pointer(residual);
      call.out = pointer(out);
      call.samples = case_.samples;
      call.height = case_.height;
      call.width = case_.width;
      call.channels = case_.channels;
      return call;
    };
    return check(ops_.winograd_output, ref::winograd_output, call_with, out, "output");
  }

  const WinogradCase& case_;
  DType dtype_;
  const Ops& ops_;
};

}  // namespace studio::cuda::testing
