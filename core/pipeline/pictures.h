// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Tensors to 8-bit pictures.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/api/image.h"
#include "core/model/configs.h"

namespace studio {

// picture [3,H,W] in [0,1] -> RGB, rounded to nearest as the original pipeline does. Values that are
// not finite become 0.
ImageRgb8 to_image(const at::Tensor& picture);

// x0 [4,h,w] in scaled model space -> an h x w picture by the model's linear factors, a little smoothed.
ImageRgb8 preview_image(const at::Tensor& x0, const PreviewFactors& preview);

}  // namespace studio
