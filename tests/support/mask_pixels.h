// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the pixels of a mask are, for tests.
#pragma once

#include <QImage>

#include <algorithm>

namespace studio::test {

// How many pixels are white.
inline int whiteIn(const QImage& mask) {
  int count = 0;
  for (int y = 0; y < mask.height(); ++y) {
    const uchar* row = mask.constScanLine(y);
    count += static_cast<int>(std::count(row, row + mask.width(), 255));
  }
  return count;
}

// Nothing between black and white.
inline bool isBinary(const QImage& mask) {
  for (int y = 0; y < mask.height(); ++y) {
    const uchar* row = mask.constScanLine(y);
    if (std::any_of(
            row, row + mask.width(), [](uchar value) { return value != 0 && value != 255; }))
      return false;
  }
  return true;
}

}  // namespace studio::test
