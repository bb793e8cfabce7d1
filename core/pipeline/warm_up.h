// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Makes a GPU ready for a job before it is asked for: the first evaluations of a process load its code and choose its
// kernels, and recordings are made at the second one of a kind.
#pragma once

#include <functional>

#include "core/api/request.h"
#include "core/api/result.h"
#include "core/pipeline/loaded_model.h"

namespace studio {

// Evaluates every kind of step of this request twice, and decodes once, for nothing but that it has been done. Steps
// under a ControlNet are never recorded and are left out; a picture to start from changes no kind.
// `checkpoint` is called many times an evaluation and may throw StopRequested.
// Errors: those of resolve() and of texts; throws what checkpoint throws, and tensor errors. Blocks.
Result<void> warm_up(const GenerationRequest& request, LoadedModel& loaded, const std::function<void()>& checkpoint);

}  // namespace studio
