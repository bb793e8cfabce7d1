// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the compare view shows and where on it: state and geometry, without a widget.
#pragma once

#include <QImage>
#include <QPoint>
#include <QPolygonF>
#include <QRect>
#include <QString>

#include <array>
#include <optional>
#include <vector>

namespace studio::ui {

// Kept in settings as a number: new ones come last.
enum class CompareMode {
  Wipe,
  SideBySide,
  Flip,
  Single,
  Blink,
  Difference,
  SignedDifference,
  Checker
};
inline constexpr int kCompareModes = 8;

// What lies under the cursor.
struct PixelReadout {
  QPoint pixel;                             // of the picture that rules the frame
  std::vector<std::optional<QRgb>> values;  // one a picture; none outside it or while it forms

  bool operator==(const PixelReadout&) const = default;
};

struct ComparePane {
  QImage picture;  // the last good one
  QImage forming;
  QImage held;  // formed so far of a job that made way; stays in place under an inset
  bool inset = false;
  bool stale = false;
  QString label;
  QPoint offset;  // by hand, in pixels of the frame

  const QImage& shown() const;
  // The finished picture, not one that forms.
  bool isWhole() const { return !picture.isNull() && &shown() == &picture; }
};

struct CompareScene {
  static constexpr double kMinZoom = 0.05, kMaxZoom = 64;

  std::array<ComparePane, 2> pair;  // twin, guided
  std::vector<ComparePane> picked;  // in place of the pair
  CompareMode mode = CompareMode::Wipe;
  double wipe = 0.5;  // share of the visible picture, across the line
  double angle = 0;   // degrees clockwise; 0 is an upright line
  double zoom = 0;    // logical pixels a picture pixel; 0 fits
  QPointF centre{0.5, 0.5};
  int reference = 0, other = 1;
  int blink_at = 0;
  bool flipped = false;
  bool swapped = false;
  int checker_cell = 48;  // logical pixels
  double gain = 0;        // 0: automatic
  QSize expected;         // of a first picture on its way
  QSizeF size;            // of the view, logical pixels
  double dpr = 1;

  // --- Which pictures -------------------------------------------------------------------------
  int count() const { return static_cast<int>(picked.empty() ? pair.size() : picked.size()); }
  ComparePane& pane(int index) { return picked.empty() ? pair[index] : picked[index]; }
  const ComparePane& pane(int index) const { return picked.empty() ? pair[index] : picked[index]; }
  bool has(int index) const { return !pane(index).shown().isNull(); }
  bool isEmpty() const;
  // Of the two in modes that show two: left of the wipe, and right of it.
  int first() const { return swapped ? other : reference; }
  int second() const { return swapped ? reference : other; }
  bool showsBoth() const { return first() != second() && has(first()) && has(second()); }
  bool isWiping() const { return mode == CompareMode::Wipe && !flipped && showsBoth(); }
  bool isMap() const {
    return mode == CompareMode::Difference || mode == CompareMode::SignedDifference;
  }
  // One frame for every picture, instead of one for all.
  bool isGrid() const { return mode == CompareMode::SideBySide || (isMap() && count() > 2); }
  // The picture that is seen when only one is.
  int top() const;
  QString letter(int index) const { return QString(QChar('A' + index)); }

  // --- Where ----------------------------------------------------------------------------------
  // The size that rules the frame: of the reference; of a pair the guided picture, as its twin may
  // belong to the job before.
  QSize pictureSize() const;
  bool knowsSize() const;
  double shownZoom() const;
  QRectF cell(int index) const;
  int cellAt(QPointF point) const;
  // Where the frame lies in the cell of a picture, moved by nothing.
  QRectF frame(int index) const;
  // Where the picture itself lies: fitted into the frame, moved by its offset.
  QRectF target(int index) const;
  QRectF visible(int index) const { return target(index) & cell(index); }
  QPoint offsetBetween(int from, int to) const { return pane(to).offset - pane(from).offset; }
  void clampCentre();
  void setZoom(double wanted);
  void zoomBy(double factor, QPointF around);
  void panBy(QPointF pixels);
  std::optional<PixelReadout> readoutAt(QPointF point) const;

  // --- The wipe's line ------------------------------------------------------------------------
  QRectF wipeArea() const { return frame(0) & cell(0); }
  // Across the line, towards the second picture.
  QPointF wipeNormal() const;
  // The part of `area` on the first picture's side, or on the second's.
  QPolygonF wipeSide(const QRectF& area, bool of_first) const;
  // Where the line crosses what is visible; empty when it does not.
  std::optional<QLineF> wipeLine() const;
  std::optional<QPointF> wipeHandle() const;
  // The knob that turns the line.
  std::optional<QPointF> wipeKnob() const;
  void moveWipeTo(QPointF point);
  // Turns the line about a point, which it goes through afterwards.
  void turnWipe(double degrees, QPointF about);

  double snapped(double logical) const;
  // On whole device pixels, in device pixels.
  QRect device(const QRectF& logical) const;

 private:
  double wipePosition() const;
  std::pair<double, double> wipeExtent() const;
};

// Into the range above -180 up to 180.
double tidyAngle(double degrees);

}  // namespace studio::ui
