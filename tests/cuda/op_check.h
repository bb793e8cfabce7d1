// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Calls of the GPU passes on made-up data, compared with the reference element by element. Knows neither Qt nor
// a GPU: whoever includes it brings the memory.
#pragma once

#include "tests/cuda/made_arrays.h"
#include "tests/cuda/op_cases.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace studio::cuda::testing {

class CaseRun : private MadeArrays {
 public:
  CaseRun(const Case& one, DType dtype, const Ops& ops, Memory& memory)
      : MadeArrays(memory, one.shifted, 20261), case_(one), dtype_(dtype), ops_(ops) {}

  Comparison run() {
    switch (case_.op) {
      case Op::GroupNorm: return group_norm();
      case Op::Geglu: return geglu();
      case Op::AddLayerNorm: return add_layer_norm();
      case Op::AddBias: return add_bias();
      case Op::QuantiseRows: return quantise_rows();
      case Op::Interleave: return interleave();
    }
    return {"no such pass"};
  }

 private:
  DType parameter_dtype() const { return case_.f32_parameters ? DType::F32 : dtype_; }

  Comparison compare(Array& out, const char* name) { return MadeArrays::compare(out, name, tolerance_of(case_, out.dtype)); }

  Comparison group_norm() {
    const std::int64_t channels = case_.first + case_.second;
    Array first = numbers(case_.samples * case_.positions * case_.first, dtype_, case_.mean, 1);
    Array second = numbers(case_.samples * case_.positions * case_.second, dtype_, case_.mean + 1, 2);
    const std::int64_t offset_stride = channels + 3;
    Array offset = numbers(case_.samples * offset_stride, dtype_, 0, 1), input_bias = numbers(channels, dtype_, 0, 1);
    Array weight = numbers(channels, parameter_dtype(), 1, 0.3), bias = numbers(channels, parameter_dtype(), 0, 0.3);
    Array own_out = poisoned(case_.samples * case_.positions * channels, case_.f32_out ? DType::F32 : dtype_);
    Array& out = case_.in_place ? first : own_out;
    const auto call_with = [&](auto&& pointer) {
      GroupNormSilu call;
      call.dtype = dtype_;
      call.parameter_dtype = parameter_dtype();
      call.out_dtype = out.dtype;
      call.first = {pointer(first), case_.first};
      if (case_.second > 0) call.second = {pointer(second), case_.second};
      if (case_.offset) call.offset = pointer(offset);
      call.offset_stride = offset_stride;
      if (case_.input_bias) call.input_bias = pointer(input_bias);
      call.weight = pointer(weight);
      call.bias = pointer(bias);
      call.out = pointer(out);
      call.samples = case_.samples;
      call.positions = case_.positions;
      call.groups = case_.groups;
      call.silu = case_.silu;
      return call;
    };
    GroupNormSilu call = call_with([](Array& array) { return array.on_gpu(); });
    call.workspace_bytes = ops_.group_norm_silu_workspace(call);
    std::vector<std::uint8_t> poison(static_cast<std::size_t>(call.workspace_bytes + kStrip), 0xff);
    const auto poison_bytes = static_cast<std::int64_t>(poison.size());
    call.workspace = memory_.allocate(poison_bytes);
    memory_.write(call.workspace, poison.data(), poison_bytes);
    if (const Status status = ops_.group_norm_silu(call, {}); status.error != nullptr) return {status.error};
    memory_.read(poison.data(), call.workspace, poison_bytes);
    const auto is_poison = [](std::uint8_t byte) { return byte == 0xff; };
    if (!std::all_of(poison.end() - kStrip, poison.end(), is_poison)) return {"written behind the workspace"};
    const Status status = ref::group_norm_silu(call_with([](Array& array) { return array.on_host(); }));
    return status.error != nullptr ? Comparison{status.error} : compare(out, "out");
  }

  Comparison geglu() {
    Array projection = numbers(case_.positions * 2 * case_.first, dtype_, 0, 2);
    Array out = poisoned(case_.positions * case_.first, dtype_);
    const auto call_on = [&](void* in, void* result) {
      const void* gate = static_cast<std::uint8_t*>(in) + case_.first * bytes_of(dtype_);
      return Geglu{dtype_, in, gate, 2 * case_.first, result, case_.positions, case_.first};
    };
    const Geglu on_gpu = call_on(projection.on_gpu(), out.on_gpu()), on_host = call_on(projection.on_host(), out.on_host());
    if (const Status status = ops_.geglu(on_gpu, {}); status.error != nullptr) return {status.error};
    if (const Status status = ref::geglu(on_host); status.error != nullptr) return {status.error};
    return compare(out, "out");
  }

  Comparison add_layer_norm() {
    const std::int64_t rows = case_.positions, channels = case_.first;
    Array x = numbers((rows - case_.without_x) * channels, dtype_, case_.mean, 1), residual = numbers(rows * channels, dtype_, 0, 1);
    Array x_bias = numbers(channels, dtype_, 0, 1), second = numbers(channels, dtype_, 0, 1), third = numbers(channels, dtype_, 0, 1);
    Array weight = numbers(channels, parameter_dtype(), 1, 0.3), bias = numbers(channels, parameter_dtype(), 0, 0.3);
    Array own_sum = poisoned(rows * channels, dtype_), out = poisoned(rows * channels, dtype_);
    Array& sum = !case_.in_place ? own_sum : case_.no_residual ? x : residual;
    const auto call_with = [&](auto&& pointer) {
      AddLayerNorm call;
      call.dtype = dtype_;
      call.parameter_dtype = parameter_dtype();
      call.x = pointer(x);
      if (case_.offset) call.x_biases[0] = pointer(x_bias);
      if (case_.more_biases) {
        call.x_biases[1] = pointer(second);
        call.x_biases[2] = pointer(third);
      }
      if (!case_.no_residual) call.residual = pointer(residual);
      call.weight = pointer(weight);
      call.bias = pointer(bias);
      if (!case_.no_sum) call.sum = pointer(sum);
      if (!case_.no_out) call.out = pointer(out);
      call.rows = rows;
      call.channels = channels;
      call.rows_without_x = case_.without_x;
      return call;
    };
    const AddLayerNorm call = call_with([](Array& array) { return array.on_gpu(); });
    if (const Status status = ops_.add_layer_norm(call, {}); status.error != nullptr) return {status.error};
    const Status status = ref::add_layer_norm(call_with([](Array& array) { return array.on_host(); }));
    if (status.error != nullptr) return {status.error};
    const Comparison of_sum = case_.no_sum ? Comparison{} : compare(sum, "sum"), of_out = case_.no_out ? Comparison{} : compare(out, "out");
    if (!of_sum.problem.empty()) return of_sum;
    return {of_out.problem, std::max(of_sum.worst_part, of_out.worst_part)};
  }

  Comparison add_bias() {
    const std::int64_t rows = case_.positions, channels = case_.first;
    Array x = numbers(rows * channels, dtype_, case_.mean, 1), residual = numbers(rows * channels, dtype_, 0, 1);
    Array bias = numbers(channels, dtype_, 0, 1);
    Array own_out = poisoned(rows * channels, case_.f32_out ? DType::F32 : dtype_);
    Array& out = case_.in_place ? x : own_out;
    const auto call_with = [&](auto&& pointer) {
      AddBias call;
      call.dtype = dtype_;
      call.out_dtype = out.dtype;
      call.x = pointer(x);
      if (case_.offset) call.bias = pointer(bias);
      if (!case_.no_residual) call.residual = pointer(residual);
      call.out = pointer(out);
      call.rows = rows;
      call.channels = channels;
      return call;
    };
    const Status on_gpu = ops_.add_bias(call_with([](Array& array) { return array.on_gpu(); }), {});
    if (on_gpu.error != nullptr) return {on_gpu.error};
    const Status on_host = ref::add_bias(call_with([](Array& array) { return array.on_host(); }));
    return on_host.error != nullptr ? Comparison{on_host.error} : compare(out, "out");
  }

  Comparison interleave() {
    const std::int64_t height = case_.positions, width = case_.second, channels = case_.first;
    Array x = numbers(case_.samples * (height + 1) * (width + 1) * 4 * channels, dtype_, 0, 1), bias = numbers(channels, dtype_, 0, 1);
    Array out = poisoned(case_.samples * height * width * 4 * channels, dtype_);
    const auto call_with = [&](auto&& pointer) {
      return Interleave{dtype_, pointer(x), case_.offset ? pointer(bias) : nullptr, pointer(out), case_.samples, height, width, channels};
    };
    if (const Status on_gpu = ops_.interleave(call_with([](Array& array) { return array.on_gpu(); }), {}); on_gpu.error != nullptr) return {on_gpu.error};
    const Status on_host = ref::interleave(call_with([](Array& array) { return array.on_host(); }));
    return on_host.error != nullptr ? Comparison{on_host.error} : compare(out, "out");
  }

  // Compared as what they stand for; a row of zeros is among them.
  Comparison quantise_rows() {
    const std::int64_t rows = case_.positions, channels = case_.first;
    Array x = numbers(rows * channels, dtype_, case_.mean, 1);
    for (std::int64_t i = 0; i < channels && rows > 1; ++i) ref::put(x.on_host(), dtype_, channels + i, 0);
    upload(x);
    // Bytes in an array of 16-bit numbers; as many as fill it.
    const std::int64_t pairs = (rows * channels + 1) / 2;
    Array bytes = poisoned(pairs, DType::F16), scales = poisoned(rows, DType::F32);
    const auto call_with = [&](auto&& pointer) {
      return QuantiseRows{dtype_, pointer(x), pointer(bytes), static_cast<float*>(pointer(scales)), rows, channels};
    };
    const Status on_gpu = ops_.quantise_rows(call_with([](Array& array) { return array.on_gpu(); }), {});
    if (on_gpu.error != nullptr) return {on_gpu.error};
    const Status on_host = ref::quantise_rows(call_with([](Array& array) { return array.on_host(); }));
    if (on_host.error != nullptr) return {on_host.error};
    Comparison of_scales = compare(scales, "scales");
    if (!of_scales.problem.empty()) return of_scales;
    std::vector<std::uint8_t> actual(bytes.host.size());
    memory_.read(actual.data(), bytes.allocation, static_cast<std::int64_t>(actual.size()));
    for (std::size_t i = 0; i < actual.size(); ++i) {
      if (actual[i] != bytes.host[i]) return {"byte " + std::to_string(i) + " is " + std::to_string(actual[i]) + ", not " + std::to_string(bytes.host[i])};
    }
    return of_scales;
  }

  const Case& case_;
  DType dtype_;
  const Ops& ops_;
};

}  // namespace studio::cuda::testing
