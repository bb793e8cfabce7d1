// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One picture or difference map as the screen shows it: a value says what, a pure function paints
// it.
#pragma once

#include "ui/resample.h"

#include <QFont>
#include <QImage>

#include <memory>

namespace studio::ui {

// Digits of one size, to be written into pixels by any thread.
struct DigitAtlas {
  int cell_width = 0, cell_height = 0;  // device pixels
  QImage cells;                         // Format_Grayscale8: opacity of "0123456789+−" in a row
};
// `pixels`: height of the font in device pixels. Only on the GUI thread.
std::shared_ptr<const DigitAtlas> digitAtlas(const QFont& font, int pixels);

struct RasterJob {
  enum class Kind { Picture, Heat, Signed };
  Kind kind = Kind::Picture;
  QImage source;  // Format_RGB32; of a map the reference
  QImage other;   // of a map what stands against it
  QPoint offset;  // of `other`, in pixels of `source`
  QSize full;     // the whole source on the screen, device pixels
  QRect part;     // what of it is wanted
  Resampling how = Resampling::Smooth;
  double full_scale = 255;                   // the difference that takes the last colour of a map
  QRgb blank = 0xFF000000U;                  // where a map has nothing to compare
  std::shared_ptr<const DigitAtlas> digits;  // set: the values are written into the pixels

  // The same pixels would come out.
  bool operator==(const RasterJob& other_job) const;
};

// Each map pixel takes the colour of its difference; where several source pixels fall on one screen
// pixel, of the mean of their differences (never of the difference of their means).
// Shapes: returns part.size(), Format_RGB32; null when there is nothing to paint.
// Threads: any.
QImage paintRaster(const RasterJob& job);

// The same area from at most side x side samples, for the moment until the real one is there.
QImage paintRough(const RasterJob& job, int side);

// About the milliseconds that paintRaster() takes.
double costOf(const RasterJob& job);

}  // namespace studio::ui
