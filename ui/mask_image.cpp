// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A mask that is painted: pixels, steps of undo, and the soft edge.
#include "ui/mask_image.h"

#include <QPainter>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

namespace studio::ui {
namespace {

constexpr uchar kWhite = 255;
// Up to here the blur is exact; beyond, every so many pixels are one.
constexpr double kExactSigma = 8;

QImage shrunk(const QImage& mask, int factor) {
  QImage made((mask.width() + factor - 1) / factor,
              (mask.height() + factor - 1) / factor,
              QImage::Format_Grayscale8);
  for (int y = 0; y < made.height(); ++y) {
    uchar* to = made.scanLine(y);
    const int y_end = std::min((y + 1) * factor, mask.height());
    for (int x = 0; x < made.width(); ++x) {
      const int x_end = std::min((x + 1) * factor, mask.width());
      int sum = 0;
      for (int v = y * factor; v < y_end; ++v) {
        const uchar* from = mask.constScanLine(v);
        for (int u = x * factor; u < x_end; ++u) sum += from[u];
      }
      to[x] = static_cast<uchar>(sum / ((y_end - y * factor) * (x_end - x * factor)));
    }
  }
  return made;
}

std::vector<float> gaussian(double sigma) {
  const int radius = static_cast<int>(std::ceil(3 * sigma));
  std::vector<float> kernel;
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) {
    const double value = std::exp(-0.5 * (i / sigma) * (i / sigma));
    kernel.push_back(static_cast<float>(value));
    sum += value;
  }
  for (float& value : kernel) value = static_cast<float>(value / sum);
  return kernel;
}

QImage blurred(const QImage& mask, double sigma) {
  const std::vector<float> kernel = gaussian(sigma);
  const int radius = static_cast<int>(kernel.size()) / 2, width = mask.width(),
            height = mask.height();
  QImage made(mask.size(), QImage::Format_Grayscale8);
  std::vector<float> column(static_cast<std::size_t>(width) + 2 * radius),
      row(static_cast<std::size_t>(width));
  for (int y = 0; y < height; ++y) {
    std::fill(column.begin(), column.end(), 0.0F);
    for (int tap = -radius; tap <= radius; ++tap) {
      const uchar* from = mask.constScanLine(std::clamp(y + tap, 0, height - 1));
      const float weight = kernel[static_cast<std::size_t>(tap + radius)];
      float* to = column.data() + radius;
      for (int x = 0; x < width; ++x) to[x] += weight * from[x];
    }
    std::fill_n(column.begin(), radius, column[static_cast<std::size_t>(radius)]);
    std::fill_n(
        column.end() - radius, radius, column[static_cast<std::size_t>(radius + width) - 1]);
    std::fill(row.begin(), row.end(), 0.0F);
    for (std::size_t tap = 0; tap < kernel.size(); ++tap) {
      const float* from = column.data() + tap;
      for (int x = 0; x < width; ++x) row[static_cast<std::size_t>(x)] += kernel[tap] * from[x];
    }
    uchar* to = made.scanLine(y);
    for (int x = 0; x < width; ++x)
      to[x] = static_cast<uchar>(std::clamp(row[static_cast<std::size_t>(x)] + 0.5F, 0.0F, 255.0F));
  }
  return made;
}

}  // namespace

QImage softened(const QImage& mask, double sigma_px) {
  if (mask.isNull() || sigma_px <= 0) return mask;
  if (sigma_px <= kExactSigma) return blurred(mask, sigma_px);
  const int factor = static_cast<int>(sigma_px / (kExactSigma / 2));
  const QImage small = blurred(shrunk(mask, factor), sigma_px / factor);
  return small.scaled(small.size() * factor, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
      .copy(mask.rect())
      .convertToFormat(QImage::Format_Grayscale8);
}

MaskImage::MaskImage(QSize size, std::size_t undo_bytes)
    : image_(size, QImage::Format_Grayscale8), most_bytes_(undo_bytes) {
  image_.fill(0);
  clean_ = image_;
}

void MaskImage::adopt(const QImage& mask) {
  replace(mask);
  steps_.clear();
  at_ = bytes_ = 0;
  count();
  setClean();
}

double MaskImage::whiteShare() const {
  const double pixels = static_cast<double>(image_.width()) * image_.height();
  return pixels > 0 ? static_cast<double>(white_) / pixels : 0;
}

bool MaskImage::isWhite() const {
  return white_ == static_cast<qint64>(image_.width()) * image_.height();
}

void MaskImage::count() {
  white_ = 0;
  for (int y = 0; y < image_.height(); ++y) {
    const uchar* row = image_.constScanLine(y);
    white_ += std::count(row, row + image_.width(), kWhite);
  }
}

void MaskImage::begin() {
  before_ = image_;
  dirty_ = {};
}

QRect MaskImage::disc(QPointF centre, double radius, bool white) {
  const int top = std::max(0, static_cast<int>(std::ceil(centre.y() - radius - 0.5)));
  const int bottom =
      std::min(image_.height() - 1, static_cast<int>(std::floor(centre.y() + radius - 0.5)));
  QRect touched;
  const auto paint = [&](int y, int left, int right) {
    left = std::max(left, 0);
    right = std::min(right, image_.width() - 1);
    if (left > right) return;
    std::memset(
        image_.scanLine(y) + left, white ? kWhite : 0, static_cast<std::size_t>(right - left + 1));
    touched |= QRect(QPoint(left, y), QPoint(right, y));
  };
  for (int y = top; y <= bottom; ++y) {
    const double dy = y + 0.5 - centre.y();
    const double half = std::sqrt(std::max(0.0, radius * radius - dy * dy));
    paint(y,
          static_cast<int>(std::ceil(centre.x() - half - 0.5)),
          static_cast<int>(std::floor(centre.x() + half - 0.5)));
  }
  // The finest brush still paints the pixel it is on.
  const QPoint on(static_cast<int>(std::floor(centre.x())),
                  static_cast<int>(std::floor(centre.y())));
  if (image_.rect().contains(on)) paint(on.y(), on.x(), on.x());
  return touched;
}

QRect MaskImage::line(QPointF from, double from_radius, QPointF to, double to_radius, bool white) {
  const QPointF way = to - from;
  const double length = std::hypot(way.x(), way.y());
  // Discs so close that their edge is straight to a fraction of a pixel.
  const double stride = std::max(0.5, std::min(from_radius, to_radius) / 8);
  const int discs = static_cast<int>(std::ceil(length / stride));
  QRect touched;
  for (int i = 0; i <= discs; ++i) {
    const double at = discs > 0 ? static_cast<double>(i) / discs : 1;
    touched |= disc(from + at * way, from_radius + at * (to_radius - from_radius), white);
  }
  dirty_ |= touched;
  return touched;
}

QRect MaskImage::polygon(const QPolygonF& corners, bool white) {
  if (corners.size() < 3) return {};
  QPainter painter(&image_);
  painter.setPen(Qt::NoPen);
  painter.setBrush(white ? Qt::white : Qt::black);
  painter.drawPolygon(corners, Qt::WindingFill);
  painter.end();
  const QRect touched =
      corners.boundingRect().toAlignedRect().adjusted(-1, -1, 1, 1) & image_.rect();
  dirty_ |= touched;
  return touched;
}

QRect MaskImage::rectangle(const QRectF& area, bool white) {
  const QRectF normal = area.normalized();
  const QRect touched = QRect(QPoint(static_cast<int>(std::floor(normal.left())),
                                     static_cast<int>(std::floor(normal.top()))),
                              QPoint(static_cast<int>(std::floor(normal.right())),
                                     static_cast<int>(std::floor(normal.bottom())))) &
                        image_.rect();
  for (int y = touched.top(); y <= touched.bottom(); ++y)
    std::memset(image_.scanLine(y) + touched.left(),
                white ? kWhite : 0,
                static_cast<std::size_t>(touched.width()));
  dirty_ |= touched;
  return touched;
}

QRect MaskImage::fill(bool white) {
  image_.fill(white ? kWhite : 0);
  return dirty_ = image_.rect();
}

QRect MaskImage::invert() {
  for (int y = 0; y < image_.height(); ++y) {
    uchar* row = image_.scanLine(y);
    for (int x = 0; x < image_.width(); ++x) row[x] = static_cast<uchar>(kWhite - row[x]);
  }
  return dirty_ = image_.rect();
}

QRect MaskImage::replace(const QImage& mask) {
  const QImage grey = mask.convertToFormat(QImage::Format_Grayscale8);
  if (grey.size() != image_.size()) return {};
  for (int y = 0; y < image_.height(); ++y) {
    const uchar* from = grey.constScanLine(y);
    uchar* to = image_.scanLine(y);
    for (int x = 0; x < image_.width(); ++x) to[x] = from[x] >= 128 ? kWhite : 0;
  }
  return dirty_ = image_.rect();
}

bool MaskImage::end() {
  Step step{dirty_, {}};
  const qsizetype row_bytes = (step.rect.width() + 7) / 8;
  step.changed.resize(row_bytes * step.rect.height());
  uchar any = 0;
  auto* to = reinterpret_cast<uchar*>(step.changed.data());
  for (int y = step.rect.top(); y <= step.rect.bottom(); ++y, to += row_bytes) {
    const uchar* now = image_.constScanLine(y) + step.rect.left();
    const uchar* then = before_.constScanLine(y) + step.rect.left();
    for (qsizetype byte = 0; byte < row_bytes; ++byte) {
      const int from = static_cast<int>(byte) * 8, bits = std::min(8, step.rect.width() - from);
      uchar packed = 0;
      for (int bit = 0; bit < bits; ++bit)
        packed |= static_cast<uchar>(((now[from + bit] ^ then[from + bit]) & 1) << bit);
      to[byte] = packed;
      any |= packed;
    }
  }
  before_ = {};
  if (any == 0) return false;
  while (steps_.size() > at_) {
    bytes_ -= cost(steps_.back());
    steps_.pop_back();
  }
  bytes_ += cost(step);
  steps_.push_back(std::move(step));
  // The last one can always be undone.
  while (bytes_ > most_bytes_ && steps_.size() > 1) {
    bytes_ -= cost(steps_.front());
    steps_.pop_front();
  }
  at_ = steps_.size();
  count();
  return true;
}

QRect MaskImage::flip(const Step& step) {
  const qsizetype row_bytes = (step.rect.width() + 7) / 8;
  const auto* from = reinterpret_cast<const uchar*>(step.changed.constData());
  for (int y = step.rect.top(); y <= step.rect.bottom(); ++y, from += row_bytes) {
    uchar* row = image_.scanLine(y) + step.rect.left();
    for (int x = 0; x < step.rect.width(); ++x) {
      if ((from[x / 8] >> (x % 8)) & 1) row[x] = static_cast<uchar>(kWhite - row[x]);
    }
  }
  count();
  return step.rect;
}

QRect MaskImage::undo() { return canUndo() ? flip(steps_[--at_]) : QRect(); }
QRect MaskImage::redo() { return canRedo() ? flip(steps_[at_++]) : QRect(); }

}  // namespace studio::ui
