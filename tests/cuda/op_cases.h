// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The shapes and options that the GPU passes are checked with.
#pragma once

#include "tests/cuda/op_memory.h"

#include <cstdint>
#include <vector>

namespace studio::cuda::testing {

enum class Op { GroupNorm, Geglu, AddLayerNorm, AddBias, QuantiseRows, Interleave };

struct Case {
  Op op = Op::GroupNorm;
  const char* name = "";
  std::int64_t samples = 1, positions = 1;  // samples: of GroupNorm only; positions: rows of the others
  std::int64_t first = 1, second = 0;       // channels; inner of GEGLU; second: width of Interleave, whose height is positions
  std::int64_t groups = 32;
  double mean = 0;  // of the input, in standard deviations
  bool offset = false, input_bias = false, no_residual = false, silu = true, f32_out = false, f32_parameters = false;
  bool shifted = false;  // arrays begin one element after an aligned address
  bool in_place = false, no_sum = false, no_out = false, more_biases = false;
  std::int64_t without_x = 0;  // rows
};

inline std::vector<Case> group_norm_cases() {
  const Op op = Op::GroupNorm;
  return {
      {.op = op, .name = "320 channels with an offset", .samples = 2, .positions = 4096, .first = 320, .offset = true},
      {.op = op, .name = "1280 channels", .positions = 1024, .first = 1280, .input_bias = true, .f32_parameters = true},
      {.op = op, .name = "1280 and 640, a group in both", .samples = 3, .positions = 255, .first = 1280, .second = 640},
      {.op = op, .name = "640 and 320 with an offset", .samples = 2, .positions = 101, .first = 640, .second = 320, .offset = true, .input_bias = true},
      {.op = op, .name = "1280 and 1280", .positions = 1024, .first = 1280, .second = 1280},
      {.op = op, .name = "a decoder's 128 channels", .positions = 65537, .first = 128},
      {.op = op, .name = "mean of 1000 deviations", .positions = 4096, .first = 512, .mean = 1000},
      {.op = op, .name = "33 channels in 3 groups", .samples = 2, .positions = 77, .first = 33, .groups = 3},
      {.op = op, .name = "30 and 45 channels in 5 groups", .samples = 3, .positions = 50, .first = 30, .second = 45, .groups = 5, .offset = true},
      {.op = op, .name = "one position", .samples = 2, .positions = 1, .first = 64},
      {.op = op, .name = "one group of 2600", .positions = 37, .first = 2600, .groups = 1},
      {.op = op, .name = "groups of one", .positions = 300, .first = 32},
      {.op = op, .name = "one channel", .positions = 7, .first = 1, .groups = 1},
      {.op = op, .name = "2563 channels in 11 groups", .positions = 19, .first = 2563, .groups = 11},
      {.op = op, .name = "unaligned arrays", .samples = 2, .positions = 333, .first = 320, .shifted = true},
      {.op = op, .name = "in place", .samples = 3, .positions = 500, .first = 640, .offset = true, .in_place = true},
      {.op = op, .name = "no SiLU, fp32 out", .samples = 2, .positions = 1000, .first = 640, .silu = false, .f32_out = true},
      {.op = op, .name = "fp32 out, odd", .samples = 2, .positions = 60, .first = 21, .groups = 7, .f32_out = true, .f32_parameters = true},
      // Of these, the names say what a block or a cluster of them gets where one launch does all.
      {.op = op, .name = "groups of 10, 16 blocks, offsets", .positions = 1003, .first = 320, .offset = true, .input_bias = true},
      {.op = op, .name = "groups of 10, large shares", .positions = 16381, .first = 40, .groups = 4},
      {.op = op, .name = "groups of 10, shares too large", .positions = 24577, .first = 40, .groups = 4, .mean = 1000},
      {.op = op, .name = "groups of 20, positions left over", .samples = 2, .positions = 1021, .first = 640, .input_bias = true},
      {.op = op, .name = "groups of 20, far from zero", .positions = 1000, .first = 320, .second = 320, .mean = 1000, .offset = true},
      {.op = op, .name = "groups of 60, 5 samples", .samples = 5, .positions = 77, .first = 1280, .second = 640, .offset = true},
      {.op = op, .name = "groups of 80, one in both", .positions = 515, .first = 1288, .second = 1272, .f32_out = true},
      {.op = op, .name = "groups of 40, one in both", .samples = 2, .positions = 700, .first = 48, .second = 152, .groups = 5, .offset = true},
      {.op = op, .name = "groups of 40, 5 samples", .samples = 5, .positions = 130, .first = 1280, .offset = true, .input_bias = true},
      {.op = op, .name = "groups of 8, far from zero", .positions = 4000, .first = 96, .groups = 12, .mean = 1000},
      {.op = op, .name = "groups of 30, one position", .positions = 1, .first = 640, .second = 320, .offset = true},
      {.op = op, .name = "groups of 10, two positions", .samples = 3, .positions = 2, .first = 320},
      {.op = op, .name = "groups of 256, each in a cluster", .samples = 2, .positions = 90, .first = 1024, .groups = 4, .silu = false},
      {.op = op, .name = "640 and 320, unaligned, offsets", .samples = 2, .positions = 101, .first = 640, .second = 320, .offset = true, .input_bias = true, .shifted = true},
  };
}

inline std::vector<Case> other_cases() {
  return {
      {.op = Op::Geglu, .name = "2560 wide", .positions = 301, .first = 2560},
      {.op = Op::Geglu, .name = "5120 wide", .positions = 67, .first = 5120},
      {.op = Op::Geglu, .name = "33 wide", .positions = 7, .first = 33},
      {.op = Op::Geglu, .name = "2053 wide", .positions = 9, .first = 2053},
      {.op = Op::Geglu, .name = "one value", .positions = 1, .first = 1},
      {.op = Op::Geglu, .name = "8 wide, many rows", .positions = 5000, .first = 8},
      {.op = Op::Geglu, .name = "unaligned arrays", .positions = 10, .first = 320, .shifted = true},
      {.op = Op::AddLayerNorm, .name = "1280 channels", .positions = 301, .first = 1280, .offset = true},
      {.op = Op::AddLayerNorm, .name = "640 channels", .positions = 300, .first = 640, .f32_parameters = true},
      {.op = Op::AddLayerNorm, .name = "320 channels", .positions = 1001, .first = 320, .offset = true, .f32_parameters = true},
      {.op = Op::AddLayerNorm, .name = "1024 channels, large mean", .positions = 40, .first = 1024, .mean = 1000},
      {.op = Op::AddLayerNorm, .name = "768 channels", .positions = 33, .first = 768},
      {.op = Op::AddLayerNorm, .name = "256 channels", .positions = 17, .first = 256, .offset = true},
      {.op = Op::AddLayerNorm, .name = "8 channels", .positions = 5, .first = 8},
      {.op = Op::AddLayerNorm, .name = "1281 channels", .positions = 9, .first = 1281, .offset = true},
      {.op = Op::AddLayerNorm, .name = "2560 channels", .positions = 3, .first = 2560},
      {.op = Op::AddLayerNorm, .name = "no residual", .positions = 65, .first = 1280, .offset = true, .no_residual = true},
      {.op = Op::AddLayerNorm, .name = "no residual, odd", .positions = 5, .first = 99, .offset = true, .no_residual = true},
      {.op = Op::AddLayerNorm, .name = "no x in 11 rows", .positions = 33, .first = 640, .offset = true, .without_x = 11},
      {.op = Op::AddLayerNorm, .name = "no x in 3 rows, odd", .positions = 7, .first = 99, .offset = true, .without_x = 3},
      {.op = Op::AddLayerNorm, .name = "one channel", .positions = 3, .first = 1},
      {.op = Op::AddLayerNorm, .name = "unaligned arrays", .positions = 20, .first = 640, .offset = true, .shifted = true},
      {.op = Op::AddLayerNorm, .name = "sum in place", .positions = 90, .first = 1280, .offset = true, .in_place = true},
      {.op = Op::AddLayerNorm, .name = "no sum", .positions = 90, .first = 1280, .offset = true, .no_residual = true, .no_sum = true},
      {.op = Op::AddLayerNorm, .name = "no sum, odd", .positions = 5, .first = 77, .no_sum = true, .more_biases = true},
      {.op = Op::AddLayerNorm, .name = "only the sum, three biases", .positions = 90, .first = 640, .offset = true, .no_residual = true, .in_place = true, .no_out = true, .more_biases = true},
      {.op = Op::AddLayerNorm, .name = "only the sum, odd", .positions = 7, .first = 1283, .no_out = true, .more_biases = true},
      {.op = Op::AddLayerNorm, .name = "three biases", .positions = 300, .first = 1280, .offset = true, .no_residual = true, .f32_parameters = true, .no_sum = true, .more_biases = true},
      {.op = Op::AddLayerNorm, .name = "sum in place, odd", .positions = 90, .first = 77, .in_place = true},
      {.op = Op::QuantiseRows, .name = "1280 channels", .positions = 301, .first = 1280},
      {.op = Op::QuantiseRows, .name = "5120 channels", .positions = 17, .first = 5120},
      {.op = Op::QuantiseRows, .name = "99 channels, large mean", .positions = 9, .first = 99, .mean = 1000},
      {.op = Op::QuantiseRows, .name = "one value", .positions = 1, .first = 1},
      {.op = Op::QuantiseRows, .name = "unaligned arrays", .positions = 20, .first = 640, .shifted = true},
      {.op = Op::Interleave, .name = "640 channels", .samples = 2, .positions = 9, .first = 640, .second = 13, .offset = true},
      {.op = Op::Interleave, .name = "77 channels", .samples = 3, .positions = 5, .first = 77, .second = 1, .offset = true},
      {.op = Op::Interleave, .name = "2600 channels", .positions = 1, .first = 2600, .second = 3},
      {.op = Op::Interleave, .name = "unaligned arrays", .positions = 4, .first = 64, .second = 4, .shifted = true},
      {.op = Op::AddBias, .name = "320 channels", .positions = 4097, .first = 320, .offset = true},
      {.op = Op::AddBias, .name = "1280 channels in place", .positions = 301, .first = 1280, .offset = true, .in_place = true},
      {.op = Op::AddBias, .name = "no bias, fp32 out", .positions = 100, .first = 640, .f32_out = true},
      {.op = Op::AddBias, .name = "no residual", .positions = 33, .first = 512, .offset = true, .no_residual = true},
      {.op = Op::AddBias, .name = "odd, fp32 out", .positions = 19, .first = 77, .offset = true, .f32_out = true},
      {.op = Op::AddBias, .name = "2600 channels", .positions = 5, .first = 2600, .offset = true},
      {.op = Op::AddBias, .name = "unaligned arrays", .positions = 20, .first = 640, .offset = true, .shifted = true},
  };
}

inline const char* name_of(Op op) {
  switch (op) {
    case Op::GroupNorm: return "group_norm_silu";
    case Op::Geglu: return "geglu";
    case Op::AddLayerNorm: return "add_layer_norm";
    case Op::AddBias: return "add_bias";
    case Op::QuantiseRows: return "quantise_rows";
    case Op::Interleave: return "interleave";
  }
  return "";
}
inline const char* name_of(DType dtype) { return dtype == DType::F32 ? "fp32" : dtype == DType::F16 ? "fp16" : "bf16"; }

// A mean has seven digits too, which deviations from it lack.
inline Tolerance tolerance_of(const Case& one, DType dtype) {
  const double relative = dtype == DType::F32 ? 2e-5 : dtype == DType::F16 ? 1e-3 : 8e-3;
  return {1e-5 + 1e-6 * one.mean, relative};
}

}  // namespace studio::cuda::testing
