// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// For what outlives the job that makes it.
#pragma once

#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

namespace studio {

// While one is there, tensors made on this thread are normal ones without a gradient, whatever mode the caller is
// in: a later gradient may not save inference tensors, and nobody may write into them outside of that mode.
struct NormalTensors {
  c10::InferenceMode off{false};
  c10::AutoGradMode no_grad{false};
};

}  // namespace studio
