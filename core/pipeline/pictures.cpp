// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Rounding and layout.
#include "core/pipeline/pictures.h"

#include "core/base/check.h"

#include <ATen/ATen.h>

#include <cstring>

namespace studio {

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
  const std::int64_t pixels = latents.size(1) * latents.size(2);
  const float* const values = latents.const_data_ptr<float>();
  ImageRgb8 image{static_cast<int>(latents.size(2)), static_cast<int>(latents.size(1)), {}};
  image.pixels.resize(3 * pixels);
  for (std::int64_t p = 0; p < pixels; ++p) {
    for (int rgb = 0; rgb < 3; ++rgb) {
      double sum = preview.bias[rgb];
      for (int channel = 0; channel < 4; ++channel) sum += values[channel * pixels + p] * preview.factors[channel][rgb];
      const double level = (sum + 1.0) / 2.0 * 255.0;
      image.pixels[3 * p + rgb] = level >= 255.0 ? 255 : level > 0.0 ? static_cast<std::uint8_t>(level + 0.5) : 0;
    }
  }
  return image;
}

}  // namespace studio
