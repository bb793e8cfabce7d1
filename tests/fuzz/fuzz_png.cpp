// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Fuzz target: texts and pixels of a PNG.
#include "core/api/utf8.h"
#include "core/io/png.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto texts = studio::parse_png_texts({data, size}, "fuzz.png");
  if (texts) {
    for (const auto& text : texts.value()) {
      if (!studio::is_valid_utf8(text.text) || !studio::is_valid_utf8(text.keyword)) std::abort();
    }
  }
  // Large pictures only cost time here; their limit has a test of its own.
  const auto side = [&](std::size_t at) { return data[at] << 8 | data[at + 1]; };
  if (size > 24 && (side(16) != 0 || side(20) != 0 || data[18] > 3 || data[22] > 3)) return 0;
  const auto image = studio::decode_png({data, size}, "fuzz.png");
  if (!image) return image.error().message.empty() ? std::abort(), 0 : 0;
  const auto& picture = image.value();
  if (picture.pixels.size() != std::size_t{3} * picture.width_px * picture.height_px) std::abort();
  return 0;
}
