// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Gradients, thinning, and following edges from the strong pixels.
#include "core/pipeline/canny.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace studio {
namespace {

// A frame of one pixel around everything spares the loops their borders.
struct Gradients {
  std::vector<int> dx, dy, strength;
  int stride = 0;
};

Gradients gradients_of(const ImageRgb8& picture) {
  const int width = picture.width_px, height = picture.height_px;
  Gradients all;
  all.stride = width + 2;
  for (auto* values : {&all.dx, &all.dy, &all.strength}) values->assign(std::size_t(all.stride) * (height + 2), 0);
  const auto value = [&](int x, int y, int channel) -> int {
    return picture.pixels[3 * (std::size_t(std::clamp(y, 0, height - 1)) * width + std::clamp(x, 0, width - 1)) + channel];
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::size_t at = std::size_t(y + 1) * all.stride + x + 1;
      all.strength[at] = -1;
      for (int c = 0; c < 3; ++c) {
        const int left = value(x - 1, y - 1, c) + 2 * value(x - 1, y, c) + value(x - 1, y + 1, c);
        const int right = value(x + 1, y - 1, c) + 2 * value(x + 1, y, c) + value(x + 1, y + 1, c);
        const int above = value(x - 1, y - 1, c) + 2 * value(x, y - 1, c) + value(x + 1, y - 1, c);
        const int below = value(x - 1, y + 1, c) + 2 * value(x, y + 1, c) + value(x + 1, y + 1, c);
        const int dx = right - left, dy = below - above, strength = std::abs(dx) + std::abs(dy);
        if (strength <= all.strength[at]) continue;  // of equal channels the first
        all.dx[at] = dx;
        all.dy[at] = dy;
        all.strength[at] = strength;
      }
    }
  }
  return all;
}

// Whether no neighbour across the edge is stronger. The direction falls into one of four, split at 22.5 and
// 67.5 degrees; tan(22.5 degrees) in 15 binary places is part of the original's arithmetic.
bool is_ridge(const Gradients& all, std::size_t at) {
  constexpr int kShift = 15, kTan22 = 13573;
  const int strength = all.strength[at], dx = all.dx[at], dy = all.dy[at];
  const auto x = static_cast<std::int64_t>(std::abs(dx)), y = static_cast<std::int64_t>(std::abs(dy)) << kShift;
  const std::int64_t tan22 = x * kTan22, tan67 = tan22 + (x << (kShift + 1));
  const auto stride = static_cast<std::ptrdiff_t>(all.stride);
  const auto near = [&](std::ptrdiff_t offset) { return all.strength[static_cast<std::size_t>(static_cast<std::ptrdiff_t>(at) + offset)]; };
  if (y < tan22) return strength > near(-1) && strength >= near(1);
  if (y > tan67) return strength > near(-stride) && strength >= near(stride);
  const std::ptrdiff_t side = (dx ^ dy) < 0 ? -1 : 1;
  return strength > near(-stride - side) && strength > near(stride + side);
}

}  // namespace

ImageRgb8 canny_edges(const ImageRgb8& picture, double low, double high) {
  const auto weakest = static_cast<int>(std::floor(std::min(low, high))), strong = static_cast<int>(std::floor(std::max(low, high)));
  const Gradients all = gradients_of(picture);
  enum : char { kNone, kCandidate, kEdge };
  std::vector<char> state(all.strength.size(), kNone);
  std::vector<std::size_t> open;  // edges whose neighbours were not looked at
  for (int y = 1; y <= picture.height_px; ++y) {
    for (int x = 1; x <= picture.width_px; ++x) {
      const std::size_t at = std::size_t(y) * all.stride + x;
      if (all.strength[at] <= weakest || !is_ridge(all, at)) continue;
      state[at] = all.strength[at] > strong ? kEdge : kCandidate;
      if (state[at] == kEdge) open.push_back(at);
    }
  }
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    for (const std::size_t row : {at - all.stride, at, at + all.stride}) {
      for (const std::size_t neighbour : {row - 1, row, row + 1}) {
        if (state[neighbour] != kCandidate) continue;
        state[neighbour] = kEdge;
        open.push_back(neighbour);
      }
    }
  }
  ImageRgb8 edges{picture.width_px, picture.height_px, std::vector<std::uint8_t>(picture.pixels.size(), 0)};
  for (int y = 0; y < picture.height_px; ++y) {
    for (int x = 0; x < picture.width_px; ++x) {
      if (state[std::size_t(y + 1) * all.stride + x + 1] != kEdge) continue;
      std::fill_n(edges.pixels.begin() + static_cast<std::ptrdiff_t>(3) * (static_cast<std::ptrdiff_t>(y) * picture.width_px + x), 3, 255);
    }
  }
  return edges;
}

}  // namespace studio
