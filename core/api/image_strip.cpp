// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Several pictures as one, from left to right.
#include "core/api/image_strip.h"

#include <algorithm>

namespace studio {

ImageRgb8 side_by_side(std::span<const std::shared_ptr<const ImageRgb8>> images) {
  ImageRgb8 strip;
  for (const auto& image : images) {
    strip.width_px += image->width_px;
    strip.height_px = std::max(strip.height_px, image->height_px);
  }
  const std::size_t stride = 3 * static_cast<std::size_t>(strip.width_px);
  strip.pixels.resize(stride * static_cast<std::size_t>(strip.height_px));
  std::size_t left = 0;
  for (const auto& image : images) {
    const std::size_t row = 3 * static_cast<std::size_t>(image->width_px);
    for (std::size_t y = 0; y < static_cast<std::size_t>(image->height_px); ++y) {
      std::copy_n(image->pixels.data() + y * row, row, strip.pixels.data() + y * stride + left);
    }
    left += row;
  }
  return strip;
}

}  // namespace studio
