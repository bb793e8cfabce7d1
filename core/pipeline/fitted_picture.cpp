// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Crops in whole pixels, then torch's resampling.
#include "core/pipeline/fitted_picture.h"

#include "core/api/picture_crop.h"
#include "core/base/check.h"

#include <ATen/ATen.h>

#include <cmath>

namespace studio {
namespace {

// [1,3,h,w] in [0,1].
at::Tensor cropped(const ImageRgb8& picture, const PictureCrop& crop) {
  STUDIO_CHECK(picture.width_px > 0 && picture.height_px > 0);
  const at::Tensor bytes = at::from_blob(const_cast<std::uint8_t*>(picture.pixels.data()), {picture.height_px, picture.width_px, 3}, at::kByte);
  return bytes.narrow(0, crop.y, crop.height).narrow(1, crop.x, crop.width).permute({2, 0, 1}).to(at::kFloat).contiguous().div_(255).unsqueeze(0);
}

}  // namespace

at::Tensor fit_picture(const ImageRgb8& picture, std::int64_t width_px, std::int64_t height_px) {
  const at::Tensor part = cropped(picture, crop_for(picture.width_px, picture.height_px, width_px, height_px));
  if (part.size(2) == height_px && part.size(3) == width_px) return part;
  return at::_upsample_bicubic2d_aa(part, {height_px, width_px}, /*align_corners=*/false).clamp_(0, 1);
}

at::Tensor fit_mask(const ImageRgb8& mask, const ImageRgb8& picture, std::int64_t width_px, std::int64_t height_px) {
  const PictureCrop crop = crop_for(picture.width_px, picture.height_px, width_px, height_px);
  const at::Tensor rgb = cropped(mask, same_part(crop, picture.width_px, picture.height_px, mask.width_px, mask.height_px));
  const at::Tensor luma = rgb.select(1, 0) * 0.299 + rgb.select(1, 1) * 0.587 + rgb.select(1, 2) * 0.114;
  at::Tensor fitted = luma.unsqueeze(1);
  if (fitted.size(2) != height_px || fitted.size(3) != width_px) {
    fitted = at::_upsample_bilinear2d_aa(fitted, {height_px, width_px}, /*align_corners=*/false);
  }
  return fitted.ge(0.5).to(at::kFloat);
}

at::Tensor soften_mask(const at::Tensor& mask, double sigma_px) {
  STUDIO_CHECK(sigma_px >= 0, sigma_px);
  const auto radius = static_cast<std::int64_t>(std::ceil(3 * sigma_px));
  if (radius == 0) return mask;
  const at::Tensor x = at::arange(-radius, radius + 1, at::kFloat);
  at::Tensor kernel = at::exp(-0.5 * (x / sigma_px).square());
  kernel = kernel / kernel.sum();
  const at::Tensor padded = at::replication_pad2d(mask, {radius, radius, radius, radius});
  const at::Tensor blurred = at::conv2d(at::conv2d(padded, kernel.view({1, 1, -1, 1})), kernel.view({1, 1, 1, -1}));
  // Sums of the whole kernel are 1 but for rounding, and so are what they leave out of 0.
  const at::Tensor is_white = blurred.gt(1 - 1e-5);
  return at::where(is_white, at::ones_like(blurred), at::where(blurred.lt(1e-5), at::zeros_like(blurred), blurred));
}

at::Tensor latent_mask(const at::Tensor& mask, int factor) {
  return at::max_pool2d(mask, {factor, factor}).gt(0.5);
}

}  // namespace studio
