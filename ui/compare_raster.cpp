// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One picture or difference map as the screen shows it: a value says what, a pure function paints
// it.
#include "ui/compare_raster.h"

#include "ui/compare_palette.h"
#include "ui/compare_stats.h"

#include <QFontMetrics>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

namespace studio::ui {
namespace {

const QString kGlyphs = QStringLiteral("0123456789+\u2212");
constexpr int kPlus = 10, kMinus = 11;

// The difference at a pixel of the source; `known` is false where there is nothing to compare.
struct MapReader {
  const RasterJob& job;

  const QRgb* line(const QImage& image, int y) const {
    return y < 0 || y >= image.height() ? nullptr
                                        : reinterpret_cast<const QRgb*>(image.constScanLine(y));
  }
  bool known(int x, int y) const {
    return job.source.rect().contains(x, y) && job.other.rect().contains(QPoint(x, y) - job.offset);
  }
  // Writes the differences of the columns [first, last] of a source row; 0 where none is known.
  void read(int y, int first, int last, float* out) const {
    const QRgb* a = line(job.source, y);
    const QRgb* b = line(job.other, y - job.offset.y());
    const int shift = job.offset.x(), width = job.other.width();
    for (int x = first; x <= last; ++x) {
      const int at = x - shift;
      const bool inside = a != nullptr && b != nullptr && at >= 0 && at < width;
      out[x - first] = !inside ? 0.0F
                       : job.kind == RasterJob::Kind::Heat
                           ? static_cast<float>(largestDifference(a[x], b[at]))
                           : static_cast<float>(brightnessDifference(a[x], b[at]));
    }
  }
};

// Colours by difference: the palettes' own entries, looked up once.
class Colours {
 public:
  explicit Colours(const RasterJob& job) : job_(job), scale_(std::max(1e-6, job.full_scale)) {
    for (int i = 0; i < kEntries; ++i) {
      const double share = i == 0 ? 0 : (i - 0.5) / (kEntries - 1);
      up_[i] = job.kind == RasterJob::Kind::Heat ? heatColour(share) : signedColour(share);
      down_[i] = signedColour(-share);
    }
  }
  QRgb of(float difference) const {
    // Rounded away from nothing: what differs at all is never painted as equal.
    const double share = std::min(1.0, std::abs(static_cast<double>(difference)) / scale_);
    const auto at = static_cast<std::size_t>(std::ceil(share * (kEntries - 1)));
    return difference < 0 && job_.kind == RasterJob::Kind::Signed ? down_[at] : up_[at];
  }

 private:
  static constexpr int kEntries = 256;
  const RasterJob& job_;
  double scale_;
  std::array<QRgb, kEntries> up_{}, down_{};
};

int sourceAt(int target, int source, int full) {
  return std::min(source - 1, static_cast<int>((target + 0.5) * source / full));
}

// Every screen pixel takes the difference of the one source pixel under its middle.
QImage pickedMap(const RasterJob& job, const QRect& part) {
  const Colours colours(job);
  const MapReader reader{job};
  QImage made(part.size(), QImage::Format_RGB32);
  std::vector<int> columns(static_cast<std::size_t>(part.width()));
  for (int x = 0; x < part.width(); ++x)
    columns[x] = sourceAt(part.left() + x, job.source.width(), job.full.width());
  std::vector<QRgb> row(static_cast<std::size_t>(columns.back() - columns.front() + 1));
  std::vector<float> values(row.size());
  int painted = -1;
  for (int y = 0; y < part.height(); ++y) {
    const int line = sourceAt(part.top() + y, job.source.height(), job.full.height());
    if (line != painted) {
      reader.read(line, columns.front(), columns.back(), values.data());
      for (std::size_t x = 0; x < row.size(); ++x) {
        const bool known = reader.known(columns.front() + static_cast<int>(x), line);
        row[x] = known ? colours.of(values[x]) : job.blank;
      }
      painted = line;
    }
    auto* to = reinterpret_cast<QRgb*>(made.scanLine(y));
    for (int x = 0; x < part.width(); ++x) to[x] = row[columns[x] - columns.front()];
  }
  return made;
}

// Only single samples: cheap however large the pictures.
QImage sampledMap(const RasterJob& job, const QRect& part) {
  const Colours colours(job);
  const MapReader reader{job};
  QImage made(part.size(), QImage::Format_RGB32);
  for (int y = 0; y < part.height(); ++y) {
    const int line = sourceAt(part.top() + y, job.source.height(), job.full.height());
    auto* to = reinterpret_cast<QRgb*>(made.scanLine(y));
    for (int x = 0; x < part.width(); ++x) {
      const int column = sourceAt(part.left() + x, job.source.width(), job.full.width());
      float value = 0;
      reader.read(line, column, column, &value);
      to[x] = reader.known(column, line) ? colours.of(value) : job.blank;
    }
  }
  return made;
}

QImage averagedMap(const RasterJob& job, const QRect& part) {
  const Colours colours(job);
  const MapReader reader{job};
  const double ratio_x = double(job.source.width()) / job.full.width();
  const double ratio_y = double(job.source.height()) / job.full.height();
  // Borders of the screen pixels in the source, at whole source pixels: no value counts twice.
  const auto border = [](double at, int most) {
    return std::clamp(static_cast<int>(std::lround(at)), 0, most);
  };
  std::vector<int> columns;
  for (int x = 0; x <= part.width(); ++x)
    columns.push_back(border((part.left() + x) * ratio_x, job.source.width()));
  const int first = columns.front();
  std::vector<float> values(static_cast<std::size_t>(std::max(1, job.source.width() - first)));
  std::vector<double> sums(static_cast<std::size_t>(part.width()));
  QImage made(part.size(), QImage::Format_RGB32);
  for (int y = 0; y < part.height(); ++y) {
    const int from =
        std::min(border((part.top() + y) * ratio_y, job.source.height()), job.source.height() - 1);
    const int to = std::max(from + 1, border((part.top() + y + 1) * ratio_y, job.source.height()));
    std::fill(sums.begin(), sums.end(), 0.0);
    for (int line = from; line < to; ++line) {
      reader.read(line, first, std::max(first, columns.back() - 1), values.data());
      for (int x = 0; x < part.width(); ++x) {
        float sum = 0;
        for (int i = columns[x]; i < columns[x + 1]; ++i) sum += values[i - first];
        sums[x] += sum;
      }
    }
    auto* out = reinterpret_cast<QRgb*>(made.scanLine(y));
    for (int x = 0; x < part.width(); ++x) {
      const int under = std::max(1, columns[x + 1] - columns[x]) * (to - from);
      const bool known = reader.known(columns[x], from);
      out[x] = known ? colours.of(static_cast<float>(sums[x] / under)) : job.blank;
    }
  }
  return made;
}

bool isEnlarging(const RasterJob& job) {
  return job.full.width() >= job.source.width() && job.full.height() >= job.source.height();
}

// Writes digits into the pixels of one raster.
class ValueWriter {
 public:
  ValueWriter(const RasterJob& job, QImage& image) : job_(job), image_(image) {}

  void writeAll(const QRect& part) {
    const auto range = [](int from, int to, int source, int full) {
      return std::pair(sourceAt(from, source, full), sourceAt(to, source, full));
    };
    const auto [left, right] =
        range(part.left(), part.right(), job_.source.width(), job_.full.width());
    const auto [top, bottom] =
        range(part.top(), part.bottom(), job_.source.height(), job_.full.height());
    for (int y = top; y <= bottom; ++y) {
      for (int x = left; x <= right; ++x) {
        const double middle_x = (x + 0.5) * job_.full.width() / job_.source.width() - part.left();
        const double middle_y = (y + 0.5) * job_.full.height() / job_.source.height() - part.top();
        writePixel({x, y}, QPoint(std::lround(middle_x), std::lround(middle_y)), part);
      }
    }
  }

 private:
  void writePixel(QPoint pixel, QPoint middle, const QRect& part) {
    const QRgb a = job_.source.pixel(pixel);
    std::array<int, 3> values{qRed(a), qGreen(a), qBlue(a)};
    if (job_.kind != RasterJob::Kind::Picture) {
      const QPoint at = pixel - job_.offset;
      if (!job_.other.rect().contains(at)) return;
      const QRgb b = job_.other.pixel(at);
      values = {qRed(b) - values[0], qGreen(b) - values[1], qBlue(b) - values[2]};
    }
    const QPoint seen(std::clamp(middle.x(), 0, part.width() - 1),
                      std::clamp(middle.y(), 0, part.height() - 1));
    const int ink = qGray(image_.pixel(seen)) < 140 ? 255 : 0;
    const int step = job_.digits->cell_height;
    for (int line = 0; line < 3; ++line)
      writeNumber(values[line], {middle.x(), middle.y() + (line - 1) * step}, ink);
  }

  void writeNumber(int value, QPoint middle, int ink) {
    std::array<int, 5> glyphs{};
    int count = 0, rest = std::abs(value);
    do {
      glyphs[count++] = rest % 10;
      rest /= 10;
    } while (rest > 0);
    const bool is_signed = job_.kind == RasterJob::Kind::Signed;
    if (is_signed && value != 0) glyphs[count++] = value < 0 ? kMinus : kPlus;
    const DigitAtlas& atlas = *job_.digits;
    QPoint at(middle.x() - count * atlas.cell_width / 2, middle.y() - atlas.cell_height / 2);
    for (int i = count - 1; i >= 0; --i, at.rx() += atlas.cell_width) blend(glyphs[i], at, ink);
  }

  void blend(int glyph, QPoint at, int ink) {
    const DigitAtlas& atlas = *job_.digits;
    const int left = std::max(0, -at.x());
    const int right = std::min(atlas.cell_width, image_.width() - at.x());
    for (int y = std::max(0, -at.y()); y < std::min(atlas.cell_height, image_.height() - at.y());
         ++y) {
      const uchar* from = atlas.cells.constScanLine(y) + glyph * atlas.cell_width;
      auto* to = reinterpret_cast<QRgb*>(image_.scanLine(at.y() + y)) + at.x();
      for (int x = left; x < right; ++x) {
        if (from[x] == 0) continue;
        const int share = from[x];
        const auto mixed = [&](int under) { return (under * (255 - share) + ink * share) / 255; };
        to[x] = qRgb(mixed(qRed(to[x])), mixed(qGreen(to[x])), mixed(qBlue(to[x])));
      }
    }
  }

  const RasterJob& job_;
  QImage& image_;
};

}  // namespace

std::shared_ptr<const DigitAtlas> digitAtlas(const QFont& font, int pixels) {
  QFont sized = font;
  sized.setPixelSize(std::max(6, pixels));
  const QFontMetrics metrics(sized);
  auto atlas = std::make_shared<DigitAtlas>();
  for (const QChar glyph : kGlyphs)
    atlas->cell_width = std::max(atlas->cell_width, metrics.horizontalAdvance(glyph));
  atlas->cell_height = metrics.capHeight() + std::max(2, pixels / 4);
  QImage cells(atlas->cell_width * static_cast<int>(kGlyphs.size()),
               atlas->cell_height,
               QImage::Format_Grayscale8);
  cells.fill(0);
  QPainter painter(&cells);
  painter.setFont(sized);
  painter.setPen(Qt::white);
  const int base = (atlas->cell_height + metrics.capHeight()) / 2;
  for (int i = 0; i < kGlyphs.size(); ++i) {
    const int spare = atlas->cell_width - metrics.horizontalAdvance(kGlyphs[i]);
    painter.drawText(i * atlas->cell_width + spare / 2, base, QString(kGlyphs[i]));
  }
  painter.end();
  atlas->cells = cells;
  return atlas;
}

bool RasterJob::operator==(const RasterJob& job) const {
  const bool is_map = kind != Kind::Picture;
  return kind == job.kind && source.cacheKey() == job.source.cacheKey() && full == job.full &&
         part == job.part && how == job.how && digits == job.digits &&
         (!is_map || (other.cacheKey() == job.other.cacheKey() && offset == job.offset &&
                      full_scale == job.full_scale && blank == job.blank));
}

QImage paintRaster(const RasterJob& job) {
  const QRect part = job.part & QRect(QPoint(0, 0), job.full);
  if (job.source.isNull() || part.isEmpty()) return {};
  QImage made;
  if (job.kind == RasterJob::Kind::Picture) {
    made = resampled(job.source, job.full, part, job.how);
  } else {
    made = isEnlarging(job) ? pickedMap(job, part) : averagedMap(job, part);
  }
  if (job.digits) ValueWriter(job, made).writeAll(part);
  return made;
}

QImage paintRough(const RasterJob& job, int side) {
  const QRect part = job.part & QRect(QPoint(0, 0), job.full);
  if (job.source.isNull() || part.isEmpty()) return {};
  const double shrink = std::min(1.0, double(side) / std::max({part.width(), part.height(), 1}));
  RasterJob rough = job;
  const auto shrunk = [shrink](int length) {
    return std::max(1, static_cast<int>(std::lround(length * shrink)));
  };
  rough.full = {shrunk(job.full.width()), shrunk(job.full.height())};
  rough.part = QRect(static_cast<int>(part.left() * shrink),
                     static_cast<int>(part.top() * shrink),
                     shrunk(part.width()),
                     shrunk(part.height())) &
               QRect(QPoint(0, 0), rough.full);
  if (rough.part.isEmpty()) return {};
  if (job.kind == RasterJob::Kind::Picture)
    return resampled(job.source, rough.full, rough.part, Resampling::ExactPixels);
  return sampledMap(rough, rough.part);
}

double costOf(const RasterJob& job) {
  const QRect part = job.part & QRect(QPoint(0, 0), job.full);
  if (part.isEmpty() || job.source.isNull()) return 0;
  const double out = 1e-6 * part.width() * part.height();
  const double share = double(part.width()) / job.full.width() * part.height() / job.full.height();
  const double under = 1e-6 * share * job.source.width() * job.source.height();
  const double digits = job.digits ? 2 : 0;
  if (job.kind != RasterJob::Kind::Picture)
    return out + (isEnlarging(job) ? 12 : 6) * under + digits;
  if (job.how == Resampling::ExactPixels) return 0.6 * out + digits;
  if (!isEnlarging(job)) return 3 * under + 4 * out;
  const double lines = double(job.source.height()) * part.height() / job.full.height() + 4;
  return 1.8 * out + 3e-6 * part.width() * lines;
}

}  // namespace studio::ui
