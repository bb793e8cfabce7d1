// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Scales pictures for the screen, the same way whatever part of them is shown.
#include "ui/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace studio::ui {
namespace {

constexpr int kTaps = 4;

struct Tap {
  std::array<int, kTaps> from;
  std::array<float, kTaps> weight;
};

// Catmull-Rom: keeps edges crisp, exact at the source's pixels.
// Source: Keys 1981, cubic convolution with a = -1/2.
float cubic(float x) {
  x = std::abs(x);
  if (x < 1) return (1.5F * x - 2.5F) * x * x + 1;
  if (x < 2) return ((-0.5F * x + 2.5F) * x - 4) * x + 2;
  return 0;
}

// Cubic B-spline: never leaves the range of its neighbours.
float spline(float x) {
  x = std::abs(x);
  if (x < 1) return (4 + (3 * x - 6) * x * x) / 6;
  if (x < 2) return (2 - x) * (2 - x) * (2 - x) / 6;
  return 0;
}

using Kernel = float (*)(float);

std::vector<Tap> tapsFor(int source, int full, int first, int count, Kernel kernel) {
  std::vector<Tap> taps(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const double at = (first + i + 0.5) * source / full - 0.5;
    const int base = static_cast<int>(std::floor(at));
    for (int k = 0; k < kTaps; ++k) {
      taps[i].from[k] = std::clamp(base - 1 + k, 0, source - 1);
      taps[i].weight[k] = kernel(static_cast<float>(at - (base - 1 + k)));
    }
  }
  return taps;
}

// One source row, spread to the columns of the part: blue, green, red in planes.
void spreadRow(const QRgb* row, const std::vector<Tap>& columns, float* out) {
  const std::size_t width = columns.size();
  for (std::size_t x = 0; x < width; ++x) {
    float blue = 0, green = 0, red = 0;
    for (int k = 0; k < kTaps; ++k) {
      const QRgb pixel = row[columns[x].from[k]];
      const float weight = columns[x].weight[k];
      blue += weight * static_cast<float>(qBlue(pixel));
      green += weight * static_cast<float>(qGreen(pixel));
      red += weight * static_cast<float>(qRed(pixel));
    }
    out[x] = blue;
    out[width + x] = green;
    out[2 * width + x] = red;
  }
}

int toByte(float value) { return static_cast<int>(std::min(255.0F, std::max(0.0F, value + 0.5F))); }

void mixRows(const std::array<const float*, kTaps>& rows,
             const Tap& tap,
             std::size_t width,
             QRgb* out) {
  const float w0 = tap.weight[0], w1 = tap.weight[1], w2 = tap.weight[2], w3 = tap.weight[3];
  const float *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
  for (std::size_t x = 0; x < width; ++x) {
    const auto mix = [&](std::size_t i) {
      return toByte(w0 * a[i] + w1 * b[i] + w2 * c[i] + w3 * d[i]);
    };
    out[x] =
        0xFF000000U | static_cast<QRgb>(mix(2 * width + x) << 16 | mix(width + x) << 8 | mix(x));
  }
}

QImage enlarged(const QImage& source, QSize full, const QRect& part, Kernel kernel) {
  const std::vector<Tap> columns =
      tapsFor(source.width(), full.width(), part.left(), part.width(), kernel);
  const std::vector<Tap> lines =
      tapsFor(source.height(), full.height(), part.top(), part.height(), kernel);
  const int first = lines.front().from.front(), last = lines.back().from.back();
  const std::size_t width = columns.size(), stride = 3 * width;
  std::vector<float> spread(stride * static_cast<std::size_t>(last - first + 1));
  for (int y = first; y <= last; ++y) {
    spreadRow(reinterpret_cast<const QRgb*>(source.constScanLine(y)),
              columns,
              spread.data() + stride * static_cast<std::size_t>(y - first));
  }
  QImage made(part.size(), QImage::Format_RGB32);
  for (int y = 0; y < part.height(); ++y) {
    std::array<const float*, kTaps> rows{};
    for (int k = 0; k < kTaps; ++k)
      rows[k] = spread.data() + stride * static_cast<std::size_t>(lines[y].from[k] - first);
    mixRows(rows, lines[y], width, reinterpret_cast<QRgb*>(made.scanLine(y)));
  }
  return made;
}

QImage nearest(const QImage& source, QSize full, const QRect& part) {
  QImage made(part.size(), QImage::Format_RGB32);
  std::vector<int> columns(static_cast<std::size_t>(part.width()));
  for (int x = 0; x < part.width(); ++x) {
    columns[x] =
        std::min(source.width() - 1,
                 static_cast<int>((part.left() + x + 0.5) * source.width() / full.width()));
  }
  for (int y = 0; y < part.height(); ++y) {
    const int line =
        std::min(source.height() - 1,
                 static_cast<int>((part.top() + y + 0.5) * source.height() / full.height()));
    const auto* from = reinterpret_cast<const QRgb*>(source.constScanLine(line));
    auto* to = reinterpret_cast<QRgb*>(made.scanLine(y));
    for (int x = 0; x < part.width(); ++x) to[x] = from[columns[x]];
  }
  return made;
}

// What share of which source pixels lies under each target pixel.
struct Cover {
  int first, last;
  float first_weight, last_weight, whole;  // weights sum to 1
};

std::vector<Cover> coversFor(int source, int full, int first, int count) {
  std::vector<Cover> covers(static_cast<std::size_t>(count));
  const double ratio = double(source) / full;
  for (int i = 0; i < count; ++i) {
    const double from = (first + i) * ratio, to = (first + i + 1) * ratio;
    Cover& cover = covers[i];
    cover.first = std::clamp(static_cast<int>(std::floor(from)), 0, source - 1);
    cover.last = std::clamp(static_cast<int>(std::ceil(to)) - 1, cover.first, source - 1);
    const double span = std::min(to, double(source)) - from;
    cover.whole = static_cast<float>(1 / span);
    if (cover.first == cover.last) {
      cover.first_weight = 1;
      cover.last_weight = 0;
    } else {
      cover.first_weight = static_cast<float>((cover.first + 1 - from) / span);
      cover.last_weight = static_cast<float>((std::min(to, double(source)) - cover.last) / span);
    }
  }
  return covers;
}

// Means over the columns of each target pixel: blue, green, red side by side.
void gatherRow(const QRgb* row, const std::vector<Cover>& columns, float weight, float* sums) {
  for (const Cover& cover : columns) {
    const QRgb left = row[cover.first], right = row[cover.last];
    int blue = 0, green = 0, red = 0;
    for (int x = cover.first + 1; x < cover.last; ++x) {
      blue += qBlue(row[x]);
      green += qGreen(row[x]);
      red += qRed(row[x]);
    }
    const float wl = cover.first_weight, wr = cover.last_weight, w = cover.whole;
    sums[0] += weight * (wl * qBlue(left) + w * blue + wr * qBlue(right));
    sums[1] += weight * (wl * qGreen(left) + w * green + wr * qGreen(right));
    sums[2] += weight * (wl * qRed(left) + w * red + wr * qRed(right));
    sums += 3;
  }
}

// Every target pixel is the mean of the area under it; only the part is looked at.
QImage averaged(const QImage& source, QSize full, const QRect& part) {
  const auto columns = coversFor(source.width(), full.width(), part.left(), part.width());
  const auto lines = coversFor(source.height(), full.height(), part.top(), part.height());
  QImage made(part.size(), QImage::Format_RGB32);
  std::vector<float> sums(3 * columns.size());
  for (int y = 0; y < part.height(); ++y) {
    std::fill(sums.begin(), sums.end(), 0.0F);
    const Cover& line = lines[y];
    for (int from = line.first; from <= line.last; ++from) {
      const float weight = from == line.first  ? line.first_weight
                           : from == line.last ? line.last_weight
                                               : line.whole;
      gatherRow(
          reinterpret_cast<const QRgb*>(source.constScanLine(from)), columns, weight, sums.data());
    }
    auto* to = reinterpret_cast<QRgb*>(made.scanLine(y));
    for (std::size_t x = 0; x < columns.size(); ++x) {
      const float* sum = sums.data() + 3 * x;
      to[x] = qRgb(toByte(sum[2]), toByte(sum[1]), toByte(sum[0]));
    }
  }
  return made;
}

}  // namespace

QImage resampled(const QImage& source, QSize full, const QRect& part, Resampling how) {
  const QRect inside = part & QRect(QPoint(0, 0), full);
  if (source.isNull() || inside.isEmpty()) return {};
  if (how == Resampling::ExactPixels) return nearest(source, full, inside);
  if (full == source.size()) return source.copy(inside);
  if (full.width() >= source.width() && full.height() >= source.height()) {
    return enlarged(source, full, inside, how == Resampling::Soft ? spline : cubic);
  }
  return averaged(source, full, inside);
}

}  // namespace studio::ui
