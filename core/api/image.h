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

}  // namespace studio
