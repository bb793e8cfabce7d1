// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Pixels of the boundary type as Qt's fast format.
#include "ui/picture.h"

namespace studio::ui {

QImage toQImage(const ImageRgb8& image) {
  const auto needed = std::size_t(3) * image.width_px * image.height_px;
  if (image.width_px <= 0 || image.height_px <= 0 || image.pixels.size() < needed) return {};
  QImage made(image.width_px, image.height_px, QImage::Format_RGB32);
  const std::uint8_t* from = image.pixels.data();
  for (int y = 0; y < image.height_px; ++y) {
    auto* to = reinterpret_cast<QRgb*>(made.scanLine(y));
    for (int x = 0; x < image.width_px; ++x, from += 3) to[x] = qRgb(from[0], from[1], from[2]);
  }
  return made;
}

}  // namespace studio::ui
