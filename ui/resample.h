// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Scales pictures for the screen, the same way whatever part of them is shown.
#pragma once

#include <QImage>
#include <QRect>

namespace studio::ui {

enum class Resampling {
  Smooth,      // bicubic upwards, averaging downwards
  Soft,        // upwards without overshoot, for previews of a few pixels
  ExactPixels  // every picture pixel a square
};

// The part `part` of `source` scaled to `full`, both in device pixels. Painters' own scaling
// depends on where a span begins, which would show a seam between two halves of one picture.
// Shapes: source is Format_RGB32; returns part.size(), Format_RGB32.
// Threads: any. The cost grows with the part and with the source pixels under it.
QImage resampled(const QImage& source, QSize full, const QRect& part, Resampling how);

}  // namespace studio::ui
