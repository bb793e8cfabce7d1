// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Pictures as the window holds them: pixels ready to paint beside what they were made from.
#pragma once

#include "core/api/event.h"

#include <QImage>

#include <memory>

namespace studio::ui {

enum class Side { Twin, Guided };  // A and B of the compare view

struct Picture {
  QImage image;       // Format_RGB32
  Finished finished;  // images[0] holds the same pixels
};

struct Pair {
  std::shared_ptr<const Picture> guided;
  std::shared_ptr<const Picture> twin;  // null when it was not made
};

// Copies row by row; ImageRgb8 has no padding, QImage has. Null for an empty picture.
QImage toQImage(const ImageRgb8& image);

}  // namespace studio::ui
