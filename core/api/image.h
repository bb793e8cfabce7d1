// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Owned 8-bit pixels: the only picture type that crosses the boundary between core and its users.
#pragma once

#include <cstdint>
#include <vector>

namespace studio {

// Shapes: pixels holds height_px rows of width_px RGB triples, no padding, sRGB, top row first.
struct ImageRgb8 {
  int width_px = 0;
  int height_px = 0;
  std::vector<std::uint8_t> pixels;
};

// How far two pictures of one size are apart, in steps of 0..255 over all channels.
struct PictureDifference {
  bool same_size = false;  // the rest is 0 when false
  int largest = 0;
  double mean = 0;
};
inline PictureDifference difference(const ImageRgb8& a, const ImageRgb8& b) {
  PictureDifference result;
  result.same_size = a.width_px == b.width_px && a.height_px == b.height_px && a.pixels.size() == b.pixels.size();
  if (!result.same_size || a.pixels.empty()) return result;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    const int apart = a.pixels[i] > b.pixels[i] ? a.pixels[i] - b.pixels[i] : b.pixels[i] - a.pixels[i];
    result.largest = apart > result.largest ? apart : result.largest;
    sum += apart;
  }
  result.mean = static_cast<double>(sum) / static_cast<double>(a.pixels.size());
  return result;
}

}  // namespace studio
