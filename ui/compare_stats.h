// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How far two pictures stand apart, in numbers.
#pragma once

#include <QImage>
#include <QPoint>
#include <QRect>

#include <optional>

namespace studio::ui {

struct DifferenceStats {
  QRect compared;             // in pixels of the first picture
  int max = 0;                // largest difference of one channel, 0..255
  double mean = 0;            // mean absolute difference of all channel values
  double rmse = 0;            // root of the mean square difference
  double max_brightness = 0;  // largest difference of brightness, either way
  double psnr = 0;            // dB against 255; infinite for equal pictures

  bool isZero() const { return max == 0; }
  bool operator==(const DifferenceStats&) const = default;
};

// Compares what the pictures share when the second is moved by `offset` pixels; red, green and blue
// count alike, alpha does not count.
// Shapes: both Format_RGB32, any sizes.
// Errors: nullopt when a picture is null or nothing overlaps.
// Threads: any.
std::optional<DifferenceStats> differenceStats(const QImage& first,
                                               const QImage& second,
                                               QPoint offset = {});

// The largest of the channels' differences, 0..255: zero only where the colours are equal.
int largestDifference(QRgb first, QRgb second);
// Second minus first in brightness (Rec. 709 weights on the stored values), -255..255.
double brightnessDifference(QRgb first, QRgb second);

}  // namespace studio::ui
