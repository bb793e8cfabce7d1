// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Rounding and layout.
#include "core/pipeline/pictures.h"

#include "core/base/check.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace studio {
namespace {

// The 3x3 mean that hides single latents; what is beyond an edge is as the edge. Source: InvokeAI's
// SDXL_SMOOTH_MATRIX, scaled to keep flat areas exactly.
double smoothed(const std::vector<double>& picture, std::int64_t height, std::int64_t width, std::int64_t y, std::int64_t x, int rgb) {
  constexpr double kCentre = .4711, kSide = .0964, kCorner = .0358, kAll = kCentre + 4 * kSide + 4 * kCorner;
  double sum = 0;
  for (std::int64_t down = -1; down <= 1; ++down) {
    const std::int64_t row = std::clamp(y + down, std::int64_t{0}, height - 1);
    for (std::int64_t right = -1; right <= 1; ++right) {
      const std::int64_t column = std::clamp(x + right, std::int64_t{0}, width - 1);
      const double weight = down == 0 && right == 0 ? kCentre : down == 0 || right == 0 ? kSide : kCorner;
      sum += weight * picture[3 * (row * width + column) + rgb];
    }
  }
  return sum / kAll;
}

}  // namespace

ImageRgb8 to_image(const at::Tensor& picture) {
  STUDIO_CHECK(picture.dim() == 3 && picture.size(0) == 3, picture.sizes());
  const at::Tensor bytes = at::nan_to_num(picture.to(at::kCPU, at::kFloat), 0.0, 1.0, 0.0)
                               .clamp(0, 1).mul(255).round().to(at::kByte).permute({1, 2, 0}).contiguous();
  ImageRgb8 image{static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), {}};
  image.pixels.resize(bytes.numel());
  std::memcpy(image.pixels.data(), bytes.const_data_ptr<std::uint8_t>(), image.pixels.size());
  return image;
}

ImageRgb8 preview_image(const at::Tensor& x0, const PreviewFactors& preview) {
  const at::Tensor latents = x0.to(at::kCPU, at::kFloat).contiguous();
  STUDIO_CHECK(latents.dim() == 3 && latents.size(0) == 4, latents.sizes());
  const std::int64_t height = latents.size(1), width = latents.size(2), pixels = height * width;
  const float* const values = latents.const_data_ptr<float>();
  std::vector<double> plain(3 * pixels);
  for (std::int64_t p = 0; p < pixels; ++p) {
    for (int rgb = 0; rgb < 3; ++rgb) {
      double sum = preview.bias[rgb];
      for (int channel = 0; channel < 4; ++channel) sum += values[channel * pixels + p] * preview.factors[channel][rgb];
      plain[3 * p + rgb] = sum;
    }
  }
  ImageRgb8 image{static_cast<int>(width), static_cast<int>(height), {}};
  image.pixels.resize(3 * pixels);
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      for (int rgb = 0; rgb < 3; ++rgb) {
        const double level = (smoothed(plain, height, width, y, x, rgb) + 1.0) / 2.0 * 255.0;
        image.pixels[3 * (y * width + x) + rgb] = level >= 255.0 ? 255 : level > 0.0 ? static_cast<std::uint8_t>(level + 0.5) : 0;
      }
    }
  }
  return image;
}

}  // namespace studio
