// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Pictures and masks brought to a job's size.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/api/image.h"

namespace studio {

// Scaled, keeping its shape, until it fills the size, and cropped around its middle. Bicubic with antialias
// (that of torch's upsample_bicubic2d_aa, which is PIL's), values outside [0,1] cut off. A picture of the
// size comes back as it is.
// Shapes: returns [1,3,H,W] in [0,1], fp32 on the CPU.
at::Tensor fit_picture(const ImageRgb8& picture, std::int64_t width_px, std::int64_t height_px);

// A mask laid over a whole picture of the given size, whatever its own, and then scaled and cropped with it;
// bilinear with antialias on its luma (ITU-R 601), at least half white counts as white.
// Shapes: returns [1,1,H,W], 0 or 1, fp32 on the CPU.
at::Tensor fit_mask(const ImageRgb8& mask, const ImageRgb8& picture, std::int64_t width_px, std::int64_t height_px);

// A mask [1,1,H,W] of 0 and 1 with a soft edge: Gaussian of this standard deviation, cut off at three of it,
// borders repeated. What lies further from the edge stays exactly 0 or 1. 0: the mask itself.
at::Tensor soften_mask(const at::Tensor& mask, double sigma_px);

// True where any pixel of a latent's factor x factor pixels is white. [1,1,H,W] -> [1,1,H/f,W/f], bool.
at::Tensor latent_mask(const at::Tensor& mask, int factor);

}  // namespace studio
