// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Crops in whole pixels, then torch's resampling.
#include "core/pipeline/fitted_picture.h"

#include "core/base/check.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace studio {
namespace {

struct Crop {
  std::int64_t x, y, width, height;
};

// The middle part of a picture that has the shape of the target.
Crop crop_for(std::int64_t width, std::int64_t height, std::int64_t target_width, std::int64_t target_height) {
  const auto part = [](std::int64_t length, std::int64_t numerator, std::int64_t denominator) {
    const double wanted = static_cast<double>(length) * static_cast<double>(numerator) / static_cast<double>(denominator);
    return std::max<std::int64_t>(1, std::llround(wanted));
  };
  const bool is_wide = width * target_height > height * target_width;
  const std::int64_t w = is_wide ? std::min(width, part(height, target_width, target_height)) : width;
  const std::int64_t h = is_wide ? height : std::min(height, part(width, target_height, target_width));
  return {(width - w) / 2, (height - h) / 2, w, h};
}

// The same part of a picture of another size.
Crop scaled(const Crop& crop, const ImageRgb8& from, const ImageRgb8& to) {
  const auto place = [](std::int64_t at, std::int64_t length, int from_side, int to_side, std::int64_t& start, std::int64_t& size) {
    const double ratio = static_cast<double>(to_side) / from_side;
    start = std::clamp<std::int64_t>(std::llround(static_cast<double>(at) * ratio), 0, to_side - 1);
    size = std::clamp<std::int64_t>(std::llround(static_cast<double>(length) * ratio), 1, to_side - start);
  };
  Crop result{};
  place(crop.x, crop.width, from.width_px, to.width_px, result.x, result.width);
  place(crop.y, crop.height, from.height_px, to.height_px, result.y, result.height);
  return result;
}

// [1,3,h,w] in [0,1].
at::Tensor cropped(const ImageRgb8& picture, const Crop& crop) {
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
  const Crop crop = crop_for(picture.width_px, picture.height_px, width_px, height_px);
  const at::Tensor rgb = cropped(mask, scaled(crop, picture, mask));
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
