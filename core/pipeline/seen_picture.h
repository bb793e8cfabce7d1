// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Pictures that a job names, as it sees them.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/api/control_params.h"
#include "core/api/engine.h"

namespace studio {

// What a ControlNet sees of a picture: it, or its edges, at the job's size.
// Shapes: returns [1,3,H,W] in [0,1], fp32 on the CPU.
at::Tensor control_map(const ImageRgb8& picture, const ControlSettings& settings, std::int64_t width_px, std::int64_t height_px);

// `request` has a size and has been validated. Blocks on disk.
// Errors: InvalidArgument when it names no picture under `path`; those of read_picture().
Result<SeenPicture> see_picture(const GenerationRequest& request, const std::string& path);

}  // namespace studio
