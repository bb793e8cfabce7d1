// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What kernels and reference refuse alike.
#pragma once

#include "cuda/api/ops.h"

#include <initializer_list>

namespace studio::cuda {

inline std::int64_t bytes_of(DType dtype) { return dtype == DType::F32 ? 4 : 2; }

inline bool is_f32_or(DType actual, DType dtype) { return actual == DType::F32 || actual == dtype; }

inline std::int64_t channels_of(const GroupNormSilu& call) { return call.first.channels + call.second.channels; }

inline bool is_empty(const GroupNormSilu& call) { return call.samples == 0 || call.positions == 0 || channels_of(call) == 0; }
inline bool is_empty(const Geglu& call) { return call.rows == 0 || call.inner == 0; }
inline bool is_empty(const AddLayerNorm& call) { return call.rows == 0 || call.channels == 0; }
inline bool is_empty(const AddBias& call) { return call.rows == 0 || call.channels == 0; }
inline bool is_empty(const QuantiseRows& call) { return call.rows == 0 || call.channels == 0; }

inline bool is_empty(const LinearGeglu& call) { return call.rows == 0 || call.inner == 0; }

inline bool is_empty(const Interleave& call) { return call.samples == 0 || call.height == 0 || call.width == 0 || call.channels == 0; }

inline bool is_empty(const WinogradInput& call) { return call.samples == 0 || call.height == 0 || call.width == 0 || call.channels == 0; }
inline bool is_empty(const WinogradWeight& call) { return call.outputs == 0 || call.channels == 0; }
inline bool is_empty(const WinogradOutput& call) { return call.samples == 0 || call.height == 0 || call.width == 0 || call.channels == 0; }

inline bool is_empty(const Attention& call) { return call.row_count == 0; }

// A sentence that says what is wrong with sizes and types, or null.
inline const char* why_shape_refused(const GroupNormSilu& call) {
  if (call.samples < 0 || call.positions < 0 || call.first.channels < 0 || call.second.channels < 0) {
    return "group norm: a size is negative.";
  }
  if (call.groups < 1 || channels_of(call) % call.groups != 0) return "group norm: the groups do not divide the channels.";
  if (call.samples > 65535) return "group norm: there are more than 65535 samples.";
  if (!is_f32_or(call.parameter_dtype, call.dtype)) return "group norm: weight and bias must be fp32 or of the input's type.";
  if (!is_f32_or(call.out_dtype, call.dtype)) return "group norm: the output must be fp32 or of the input's type.";
  if (call.offset != nullptr && call.offset_stride < channels_of(call)) return "group norm: the offsets of samples overlap.";
  return nullptr;
}

// The same, with missing arrays. Empty calls need none: they do nothing.
inline const char* why_refused(const GroupNormSilu& call) {
  if (const char* error = why_shape_refused(call)) return error;
  if (is_empty(call)) return nullptr;
  const bool lacks_input = (call.first.channels > 0 && call.first.data == nullptr) ||
                           (call.second.channels > 0 && call.second.data == nullptr);
  if (lacks_input || call.weight == nullptr || call.bias == nullptr || call.out == nullptr) {
    return "group norm: an array is missing.";
  }
  return nullptr;
}

inline const char* why_refused(const Geglu& call) {
  if (call.rows < 0 || call.inner < 0) return "GEGLU: a size is negative.";
  if (is_empty(call)) return nullptr;
  if (call.stride < call.inner) return "GEGLU: rows overlap.";
  if (call.value == nullptr || call.gate == nullptr || call.out == nullptr) return "GEGLU: an array is missing.";
  return nullptr;
}

inline const char* why_refused(const AddLayerNorm& call) {
  if (call.rows < 0 || call.channels < 0) return "layer norm: a size is negative.";
  if (!is_f32_or(call.parameter_dtype, call.dtype)) return "layer norm: weight and bias must be fp32 or of the input's type.";
  if (is_empty(call)) return nullptr;
  if (call.rows_without_x < 0 || call.rows_without_x > call.rows) return "layer norm: there are not as many rows without x.";
  if ((call.x == nullptr && call.rows_without_x < call.rows) || (call.out != nullptr && (call.weight == nullptr || call.bias == nullptr)) ||
      (call.sum == nullptr && call.out == nullptr)) {
    return "layer norm: an array is missing.";
  }
  return nullptr;
}

inline const char* why_refused(const AddBias& call) {
  if (call.rows < 0 || call.channels < 0) return "bias: a size is negative.";
  if (!is_f32_or(call.out_dtype, call.dtype)) return "bias: the output must be fp32 or of the input's type.";
  if (is_empty(call)) return nullptr;
  if (call.x == nullptr || call.out == nullptr) return "bias: an array is missing.";
  return nullptr;
}

inline const char* why_refused(const QuantiseRows& call) {
  if (call.rows < 0 || call.channels < 0) return "fp8: a size is negative.";
  if (is_empty(call)) return nullptr;
  if (call.x == nullptr || call.out == nullptr || call.scales == nullptr) return "fp8: an array is missing.";
  return nullptr;
}

inline const char* why_refused(const LinearGeglu& call) {
  if (call.rows < 0 || call.inner < 0 || call.channels < 0) return "linear GEGLU: a size is negative.";
  if (is_empty(call)) return nullptr;
  if (call.channels == 0) return "linear GEGLU: there are no input channels.";
  if (call.x == nullptr || call.weight == nullptr || call.out == nullptr) return "linear GEGLU: an array is missing.";
  return nullptr;
}

inline const char* why_refused(const Interleave& call) {
  if (call.samples < 0 || call.height < 0 || call.width < 0 || call.channels < 0) return "interleaving: a size is negative.";
  if (is_empty(call)) return nullptr;
  if (call.x == nullptr || call.out == nullptr) return "interleaving: an array is missing.";
  return nullptr;
}

inline bool is_aligned_to(const void* pointer, std::int64_t bytes) { return reinterpret_cast<std::uintptr_t>(pointer) % static_cast<std::uintptr_t>(bytes) == 0; }

// What the passes of minimal filtering ask for alike. arrays: those that must be there; may_lack: those that may be null.
template <class Call>
const char* why_filtering_refused(const Call& call, std::initializer_list<std::int64_t> sizes, std::initializer_list<const void*> arrays,
                                  std::initializer_list<const void*> may_lack = {}) {
  for (const std::int64_t size : sizes) {
    if (size < 0) return "minimal filtering: a size is negative.";
  }
  if (is_empty(call)) return nullptr;
  if (call.channels % 4 != 0) return "minimal filtering: the channels are no multiple of 4.";
  for (const void* array : arrays) {
    if (array == nullptr) return "minimal filtering: an array is missing.";
  }
  for (const auto& all : {arrays, may_lack}) {
    for (const void* array : all) {
      if (!is_aligned_to(array, 4 * bytes_of(call.dtype))) return "minimal filtering: an array is not aligned to four numbers.";
    }
  }
  return nullptr;
}

inline const char* why_refused(const WinogradInput& call) {
  return why_filtering_refused(call, {call.samples, call.height, call.width, call.channels}, {call.x, call.out});
}

inline const char* why_refused(const WinogradWeight& call) { return why_filtering_refused(call, {call.outputs, call.channels}, {call.weight, call.out}); }

inline const char* why_refused(const WinogradOutput& call) {
  return why_filtering_refused(call, {call.samples, call.height, call.width, call.channels}, {call.products, call.out}, {call.bias, call.residual});
}

inline const char* why_shape_refused(const Attention& call) {
  if (call.row_count < 0 || call.mix_count < 0) return "attention: a size is negative.";
  if (is_empty(call)) return nullptr;
  if (call.samples < 1 || call.heads < 1 || call.queries < 1 || call.keys < 1) return "attention: a size is less than 1.";
  if (call.rows == nullptr || (call.mix_count > 0 && call.mixes == nullptr)) return "attention: an array is missing.";
  for (std::int64_t i = 0; i < call.row_count; ++i) {
    const AttentionRow& row = call.rows[i];
    if (row.source < 0 || row.source >= call.samples) return "attention: a row reads a sample that is not there.";
    if (row.mix >= call.mix_count) return "attention: a row's mix is not there.";
    if (row.mix < 0) continue;
    const QueryMix& mix = call.mixes[row.mix];
    if ((mix.along_y == nullptr) != (mix.along_x == nullptr)) return "attention: a mix has one matrix only.";
    if (mix.along_y != nullptr && (call.height < 1 || call.width < 1 || call.height * call.width != call.queries)) {
      return "attention: the queries do not fill their map.";
    }
  }
  return nullptr;
}

inline const char* why_refused(const Attention& call) {
  if (const char* error = why_shape_refused(call)) return error;
  if (is_empty(call)) return nullptr;
  if (call.q == nullptr || call.k == nullptr || call.v == nullptr || call.out == nullptr) return "attention: an array is missing.";
  return nullptr;
}

}  // namespace studio::cuda
