// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A mask that is painted: white pixels and black ones, and the way back through its strokes.
#pragma once

#include <QByteArray>
#include <QImage>
#include <QPolygonF>

#include <cstddef>
#include <deque>

namespace studio::ui {

// Every change lies between begin() and end() and is one step of undo. What is painted returns the
// rectangle in which pixels may have changed. GUI thread.
class MaskImage {
 public:
  static constexpr std::size_t kUndoBytes = 32 << 20;

  explicit MaskImage(QSize size, std::size_t undo_bytes = kUndoBytes);
  // What was there before: the way back begins with it.
  void adopt(const QImage& mask);

  const QImage& image() const { return image_; }  // Format_Grayscale8, 0 and 255 only
  QSize size() const { return image_.size(); }
  double whiteShare() const;  // 0..1
  bool isBlack() const { return white_ == 0; }
  bool isWhite() const;

  void begin();
  // Round ends, tapered from one radius to the other; centres of pixels count. Coordinates in
  // pixels: the first one's centre is (0.5, 0.5).
  QRect line(QPointF from, double from_radius, QPointF to, double to_radius, bool white);
  QRect polygon(const QPolygonF& corners, bool white);
  QRect rectangle(const QRectF& area, bool white);
  QRect fill(bool white);
  QRect invert();
  // From at least half white on a pixel counts as white. Of the same size as this.
  QRect replace(const QImage& mask);
  // False when nothing changed: no step is kept then.
  bool end();

  bool canUndo() const { return at_ > 0; }
  bool canRedo() const { return at_ < steps_.size(); }
  QRect undo();
  QRect redo();
  std::size_t undoBytes() const { return bytes_; }
  // Whether it differs from what it was at setClean().
  bool isModified() const { return image_ != clean_; }
  void setClean() { clean_ = image_; }

 private:
  struct Step {
    QRect rect;
    QByteArray changed;  // a bit a pixel
  };
  static std::size_t cost(const Step& step) {
    return sizeof(Step) + static_cast<std::size_t>(step.changed.size());
  }
  QRect disc(QPointF centre, double radius, bool white);
  QRect flip(const Step& step);
  void count();

  QImage image_, before_, clean_;
  QRect dirty_;  // since begin()
  qint64 white_ = 0;
  const std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::deque<Step> steps_;
  std::size_t at_ = 0;  // steps that are done; the others were undone
};

// What a mask's soft edge lets through: a Gaussian of this standard deviation in pixels, borders
// repeated. Exact up to a few pixels of it, from there on at a lower resolution: for the eye. Any
// thread.
QImage softened(const QImage& mask, double sigma_px);

}  // namespace studio::ui
