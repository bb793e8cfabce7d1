// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// GroupNorm with SiLU, as its definition says.
#include "cuda/api/check_params.h"
#include "cuda/ref/ref_ops.h"

#include <cmath>

namespace studio::cuda::ref {
namespace {

// cat(first, second) + offset + input_bias.
double input_at(const GroupNormSilu& call, std::int64_t sample, std::int64_t position, std::int64_t channel) {
  double offset = call.offset == nullptr ? 0.0 : get(call.offset, call.dtype, sample * call.offset_stride + channel);
  if (call.input_bias != nullptr) offset += get(call.input_bias, call.dtype, channel);
  const bool is_first = channel < call.first.channels;
  const GroupNormInput& input = is_first ? call.first : call.second;
  const std::int64_t within = is_first ? channel : channel - call.first.channels;
  return get(input.data, call.dtype, (sample * call.positions + position) * input.channels + within) + offset;
}

void norm_group(const GroupNormSilu& call, std::int64_t sample, std::int64_t begin, std::int64_t end) {
  const std::int64_t channels = channels_of(call);
  const auto count = static_cast<double>(call.positions * (end - begin));
  double mean = 0, variance = 0;
  for (std::int64_t p = 0; p < call.positions; ++p) {
    for (std::int64_t c = begin; c < end; ++c) mean += input_at(call, sample, p, c) / count;
  }
  for (std::int64_t p = 0; p < call.positions; ++p) {
    for (std::int64_t c = begin; c < end; ++c) variance += std::pow(input_at(call, sample, p, c) - mean, 2) / count;
  }
  for (std::int64_t p = 0; p < call.positions; ++p) {
    for (std::int64_t c = begin; c < end; ++c) {
      double y = (input_at(call, sample, p, c) - mean) / std::sqrt(variance + call.eps);
      y = y * get(call.weight, call.parameter_dtype, c) + get(call.bias, call.parameter_dtype, c);
      if (call.silu) y = y / (1 + std::exp(-y));
      put(call.out, call.out_dtype, (sample * call.positions + p) * channels + c, y);
    }
  }
}

}  // namespace

Status group_norm_silu(const GroupNormSilu& call, Stream) {
  if (const char* error = why_refused(call)) return {error};
  const std::int64_t width = channels_of(call) / call.groups;
  for (std::int64_t sample = 0; sample < call.samples; ++sample) {
    for (std::int64_t group = 0; group < call.groups && width > 0; ++group) {
      norm_group(call, sample, group * width, (group + 1) * width);
    }
  }
  return {};
}

}  // namespace studio::cuda::ref
