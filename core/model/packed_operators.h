// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// LibTorch's operators on weights packed for oneDNN, for the layers alone. They have no C++ header; they are reached through
// the dispatcher by name.
#pragma once

#include "core/model/packed_weight.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <optional>
#include <string_view>

namespace studio {

using Scalars = c10::List<std::optional<at::Scalar>>;
using Text = std::optional<std::string_view>;

template <class Signature>
c10::TypedOperatorHandle<Signature> packed_operator(const char* name, const char* overload) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

inline bool use_packed(const PackedWeight& weight, const at::Tensor& x) { return weight.is_packed() && !wants_gradient(x); }

// Whether `other` may be added or multiplied in the pass that reads x.
inline bool can_join(const at::Tensor& other, const at::Tensor& x) {
  return other.scalar_type() == x.scalar_type() && !wants_gradient(other);
}

}  // namespace studio
