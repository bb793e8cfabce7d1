// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Fuzz target: pictures of any format; PNG has a target of its own.
#include "core/io/picture.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0 && data[0] == 0x89) return 0;
  const auto image = studio::decode_picture({data, size}, "fuzz.jpg");
  if (!image) return image.error().message.empty() ? std::abort(), 0 : 0;
  const auto& picture = image.value();
  if (picture.pixels.size() != std::size_t{3} * picture.width_px * picture.height_px) std::abort();
  return 0;
}
