// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How far two pictures stand apart, in numbers.
#include "ui/compare_stats.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace studio::ui {
namespace {

constexpr double kWeights = 10000;

// Source: ITU-R BT.709, luma, in ten-thousandths.
int weighted(int red, int green, int blue) { return 2126 * red + 7152 * green + 722 * blue; }

}  // namespace

int largestDifference(QRgb first, QRgb second) {
  return std::max({std::abs(qRed(first) - qRed(second)),
                   std::abs(qGreen(first) - qGreen(second)),
                   std::abs(qBlue(first) - qBlue(second))});
}

double brightnessDifference(QRgb first, QRgb second) {
  // Whole numbers until the end: equal colours give exactly 0.
  return weighted(qRed(second) - qRed(first),
                  qGreen(second) - qGreen(first),
                  qBlue(second) - qBlue(first)) /
         kWeights;
}

std::optional<DifferenceStats> differenceStats(const QImage& first,
                                               const QImage& second,
                                               QPoint offset) {
  if (first.isNull() || second.isNull()) return std::nullopt;
  const QRect shared = first.rect() & second.rect().translated(offset);
  if (shared.isEmpty()) return std::nullopt;
  DifferenceStats stats;
  stats.compared = shared;
  quint64 sum = 0, squares = 0;
  for (int y = shared.top(); y <= shared.bottom(); ++y) {
    const auto* a = reinterpret_cast<const QRgb*>(first.constScanLine(y)) + shared.left();
    const auto* b = reinterpret_cast<const QRgb*>(second.constScanLine(y - offset.y())) +
                    (shared.left() - offset.x());
    int most = 0, most_weighted = 0;
    quint64 row_sum = 0, row_squares = 0;
    for (int x = 0; x < shared.width(); ++x) {
      const int red = qRed(a[x]) - qRed(b[x]);
      const int green = qGreen(a[x]) - qGreen(b[x]);
      const int blue = qBlue(a[x]) - qBlue(b[x]);
      most_weighted = std::max(most_weighted, std::abs(weighted(red, green, blue)));
      most = std::max(most, std::max(std::abs(red), std::max(std::abs(green), std::abs(blue))));
      row_sum += static_cast<unsigned>(std::abs(red) + std::abs(green) + std::abs(blue));
      row_squares += static_cast<unsigned>(red * red + green * green + blue * blue);
    }
    stats.max = std::max(stats.max, most);
    stats.max_brightness = std::max(stats.max_brightness, most_weighted / kWeights);
    sum += row_sum;
    squares += row_squares;
  }
  const double values = 3.0 * shared.width() * shared.height();
  stats.mean = static_cast<double>(sum) / values;
  stats.rmse = std::sqrt(static_cast<double>(squares) / values);
  stats.psnr =
      squares == 0 ? std::numeric_limits<double>::infinity() : 20 * std::log10(255 / stats.rmse);
  return stats;
}

}  // namespace studio::ui
