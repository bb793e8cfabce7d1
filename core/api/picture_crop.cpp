// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Crops in whole pixels.
#include "core/api/picture_crop.h"

#include <algorithm>
#include <cmath>

namespace studio {
namespace {

std::int64_t share(std::int64_t length, std::int64_t numerator, std::int64_t denominator) {
  const double wanted = static_cast<double>(length) * static_cast<double>(numerator) / static_cast<double>(denominator);
  return std::max<std::int64_t>(1, std::llround(wanted));
}

void place(std::int64_t at, std::int64_t length, std::int64_t from_side, std::int64_t to_side, std::int64_t& start, std::int64_t& size) {
  const double ratio = static_cast<double>(to_side) / static_cast<double>(from_side);
  start = std::clamp<std::int64_t>(std::llround(static_cast<double>(at) * ratio), 0, to_side - 1);
  size = std::clamp<std::int64_t>(std::llround(static_cast<double>(length) * ratio), 1, to_side - start);
}

}  // namespace

PictureCrop crop_for(std::int64_t width, std::int64_t height, std::int64_t target_width, std::int64_t target_height) {
  const bool is_wide = width * target_height > height * target_width;
  const std::int64_t w = is_wide ? std::min(width, share(height, target_width, target_height)) : width;
  const std::int64_t h = is_wide ? height : std::min(height, share(width, target_height, target_width));
  return {(width - w) / 2, (height - h) / 2, w, h};
}

PictureCrop same_part(const PictureCrop& crop, std::int64_t from_width, std::int64_t from_height, std::int64_t to_width, std::int64_t to_height) {
  PictureCrop result;
  place(crop.x, crop.width, from_width, to_width, result.x, result.width);
  place(crop.y, crop.height, from_height, to_height, result.y, result.height);
  return result;
}

MaskPlace mask_place(std::int64_t picture_width, std::int64_t picture_height, std::int64_t job_width, std::int64_t job_height) {
  const PictureCrop crop = crop_for(picture_width, picture_height, job_width, job_height);
  MaskPlace result;
  result.width = share(job_width, picture_width, crop.width);
  result.height = share(job_height, picture_height, crop.height);
  result.part = same_part(crop, picture_width, picture_height, result.width, result.height);
  return result;
}

}  // namespace studio
