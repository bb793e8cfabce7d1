// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the compare view shows and where on it: state and geometry, without a widget.
#include "ui/compare_scene.h"

#include <QLineF>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace studio::ui {
namespace {

constexpr double kMargin = 16;
constexpr double kGap = 12;
constexpr double kKnobDistance = 56;
// Previews round their sides; that is no other shape.
constexpr double kSameShape = 0.03;

QRectF inner(const QRectF& cell) { return cell.adjusted(kMargin, kMargin, -kMargin, -kMargin); }

double zoomInto(const QRectF& cell, const QSizeF& picture) {
  const QRectF room = inner(cell);
  return std::min(room.width() / picture.width(), room.height() / picture.height());
}

// Columns of the grid in which `count` pictures are largest; in doubt the flatter one.
int columnsFor(int count, const QSizeF& view, const QSizeF& picture) {
  int best = count;
  double most = -1;
  for (int columns = count; columns >= 1; --columns) {
    const int rows = (count + columns - 1) / columns;
    const QRectF cell(0,
                      0,
                      (view.width() - (columns - 1) * kGap) / columns,
                      (view.height() - (rows - 1) * kGap) / rows);
    const double zoom = zoomInto(cell, picture);
    if (zoom > most * 1.001 + 1e-9) {
      most = zoom;
      best = columns;
    }
  }
  return best;
}

double dot(QPointF a, QPointF b) { return a.x() * b.x() + a.y() * b.y(); }

}  // namespace

double tidyAngle(double degrees) {
  if (!std::isfinite(degrees)) return 0;
  const double turned = std::remainder(degrees, 360.0);
  return turned <= -180 ? turned + 360 : turned;
}

const QImage& ComparePane::shown() const {
  if (!forming.isNull() && !inset) return forming;
  return held.isNull() ? picture : held;
}

bool CompareScene::isEmpty() const {
  for (int i = 0; i < count(); ++i) {
    if (has(i)) return false;
  }
  return true;
}

int CompareScene::top() const {
  if (mode == CompareMode::Blink && !flipped && blink_at < count() && has(blink_at))
    return blink_at;
  const int wanted = flipped ? first() : second();
  if (has(wanted)) return wanted;
  const int instead = flipped ? second() : first();
  if (has(instead)) return instead;
  for (int i = 0; i < count(); ++i) {
    if (has(i)) return i;
  }
  return wanted;
}

// Previews are smaller than the picture they become; they fill the same frame.
QSize CompareScene::pictureSize() const {
  const auto candidates =
      picked.empty() ? std::array<int, 2>{1, 0} : std::array<int, 2>{reference, other};
  for (const int i : candidates) {
    if (!pane(i).picture.isNull()) return pane(i).picture.size();
  }
  if (!expected.isEmpty()) return expected;
  for (const int i : candidates) {
    if (!pane(i).forming.isNull()) return pane(i).forming.size();
  }
  return {};
}

bool CompareScene::knowsSize() const {
  if (!expected.isEmpty()) return true;
  for (int i = 0; i < count(); ++i) {
    if (!pane(i).picture.isNull()) return true;
  }
  return false;
}

QRectF CompareScene::cell(int index) const {
  const QRectF whole(QPointF(0, 0), size);
  if (!isGrid() || count() < 2) return whole;
  const QSizeF picture = pictureSize();
  const int columns = columnsFor(count(), size, picture.isEmpty() ? QSizeF(1, 1) : picture);
  const int rows = (count() + columns - 1) / columns;
  // A swapped pair changes its places; more pictures keep theirs.
  const int place = swapped && count() == 2 ? 1 - index : index;
  const int column = place % columns, row = place / columns;
  const double width = std::floor((size.width() - (columns - 1) * kGap) / columns);
  const double height = std::floor((size.height() - (rows - 1) * kGap) / rows);
  const double left = column == columns - 1 ? size.width() - width : column * (width + kGap);
  const double top = row == rows - 1 ? size.height() - height : row * (height + kGap);
  return {snapped(left), snapped(top), width, height};
}

int CompareScene::cellAt(QPointF point) const {
  if (!isGrid()) return second();
  for (int i = 0; i < count(); ++i) {
    if (cell(i).contains(point)) return i;
  }
  return second();
}

double CompareScene::shownZoom() const {
  if (zoom > 0) return zoom;
  const QSizeF picture = pictureSize();
  if (picture.isEmpty()) return 1;
  return std::clamp(zoomInto(cell(0), picture), kMinZoom, 1e4);
}

double CompareScene::snapped(double logical) const { return std::round(logical * dpr) / dpr; }

QRect CompareScene::device(const QRectF& logical) const {
  const auto at = [this](double value) { return static_cast<int>(std::lround(value * dpr)); };
  const int left = at(logical.left()), top = at(logical.top());
  return {left, top, at(logical.right()) - left, at(logical.bottom()) - top};
}

QRectF CompareScene::frame(int index) const {
  const QSizeF shown = QSizeF(pictureSize()) * shownZoom();
  // As in the first cell, so that every cell shows the same pixels.
  const QPointF middle = cell(0).center();
  const QPointF aside = cell(index).topLeft() - cell(0).topLeft();
  const QPointF shift =
      zoom > 0 ? QPointF((0.5 - centre.x()) * shown.width(), (0.5 - centre.y()) * shown.height())
               : QPointF();
  // On whole device pixels every picture samples alike.
  return {snapped(middle.x() - shown.width() / 2 + shift.x()) + aside.x(),
          snapped(middle.y() - shown.height() / 2 + shift.y()) + aside.y(),
          snapped(shown.width()),
          snapped(shown.height())};
}

QRectF CompareScene::target(int index) const {
  const ComparePane& each = pane(index);
  const QRectF whole = frame(index);
  const QPointF moved(snapped(each.offset.x() * shownZoom()),
                      snapped(each.offset.y() * shownZoom()));
  const QSizeF own = each.shown().size();
  if (own.isEmpty() || whole.isEmpty()) return whole.translated(moved);
  const double shape = own.width() / own.height() * whole.height() / whole.width();
  if (std::abs(shape - 1) < kSameShape) return whole.translated(moved);
  const QSizeF fitted = own.scaled(whole.size(), Qt::KeepAspectRatio);
  return {snapped(whole.center().x() - fitted.width() / 2) + moved.x(),
          snapped(whole.center().y() - fitted.height() / 2) + moved.y(),
          snapped(fitted.width()),
          snapped(fitted.height())};
}

void CompareScene::clampCentre() {
  const QSizeF shown = QSizeF(pictureSize()) * shownZoom();
  if (shown.isEmpty()) return;
  const QRectF view = cell(0);
  const auto clamped = [](double value, double picture, double room) {
    if (picture <= room) return 0.5;
    const double half = room / 2 / picture;
    return std::clamp(value, half, 1 - half);
  };
  centre = {clamped(centre.x(), shown.width(), view.width()),
            clamped(centre.y(), shown.height(), view.height())};
}

void CompareScene::setZoom(double wanted) {
  zoom = wanted > 0 ? std::clamp(wanted, kMinZoom, kMaxZoom) : 0;
  if (zoom == 0) centre = {0.5, 0.5};
  clampCentre();
}

void CompareScene::zoomBy(double factor, QPointF around) {
  const int index = cellAt(around);
  const QRectF before = frame(index);
  if (before.isEmpty()) return;
  const QPointF share((around.x() - before.left()) / before.width(),
                      (around.y() - before.top()) / before.height());
  zoom = std::clamp(shownZoom() * factor, kMinZoom, kMaxZoom);
  const QSizeF shown = QSizeF(pictureSize()) * zoom;
  const QPointF middle = cell(index).center();
  centre = {share.x() - (around.x() - middle.x()) / shown.width(),
            share.y() - (around.y() - middle.y()) / shown.height()};
  clampCentre();
}

void CompareScene::panBy(QPointF pixels) {
  const QSizeF shown = QSizeF(pictureSize()) * zoom;
  if (zoom <= 0 || shown.isEmpty()) return;
  centre -= QPointF(pixels.x() / shown.width(), pixels.y() / shown.height());
  clampCentre();
}

std::optional<PixelReadout> CompareScene::readoutAt(QPointF point) const {
  if (isEmpty()) return std::nullopt;
  const int hovered = cellAt(point);
  const QPointF inside = point - cell(hovered).topLeft();
  // The source pixel that is painted at the device pixel under the point.
  const auto pixelIn = [&](const QRectF& area, QSize source, QPointF at) -> std::optional<QPoint> {
    const QRect whole = device(area);
    const QPoint shown(static_cast<int>(std::floor(at.x() * dpr)),
                       static_cast<int>(std::floor(at.y() * dpr)));
    if (!whole.contains(shown) || source.isEmpty()) return std::nullopt;
    const auto along = [](int offset, int length, int full) {
      return std::min(length - 1, static_cast<int>((offset + 0.5) * length / full));
    };
    return QPoint(along(shown.x() - whole.left(), source.width(), whole.width()),
                  along(shown.y() - whole.top(), source.height(), whole.height()));
  };
  PixelReadout readout;
  bool any = false;
  for (int i = 0; i < count(); ++i) {
    const QPointF at = cell(i).topLeft() + inside;
    std::optional<QRgb> value;
    if (pane(i).isWhole()) {
      const auto pixel = pixelIn(target(i), pane(i).picture.size(), at);
      if (pixel) value = pane(i).picture.pixel(*pixel);
    }
    any = any || value;
    readout.values.push_back(value);
  }
  const auto place = pixelIn(frame(hovered), pictureSize(), point);
  if (!any || !place) return std::nullopt;
  readout.pixel = *place;
  return readout;
}

QPointF CompareScene::wipeNormal() const {
  // Whole quarters without rounding, so that their lines are straight to the last pixel.
  if (angle == 0) return {1, 0};
  if (angle == 90) return {0, 1};
  if (angle == 180) return {-1, 0};
  if (angle == -90) return {0, -1};
  const double turn = angle * std::numbers::pi / 180;
  return {std::cos(turn), std::sin(turn)};
}

std::pair<double, double> CompareScene::wipeExtent() const {
  const QRectF area = wipeArea();
  const QPointF normal = wipeNormal();
  double low = 1e300, high = -1e300;
  for (const QPointF& corner :
       {area.topLeft(), area.topRight(), area.bottomLeft(), area.bottomRight()}) {
    low = std::min(low, dot(corner, normal));
    high = std::max(high, dot(corner, normal));
  }
  return {low, high};
}

double CompareScene::wipePosition() const {
  const auto [low, high] = wipeExtent();
  const double position = low + wipe * (high - low);
  const bool upright = angle == 0 || angle == 90 || angle == 180 || angle == -90;
  return upright ? snapped(position) : position;
}

QPolygonF CompareScene::wipeSide(const QRectF& area, bool of_first) const {
  const QPointF normal = wipeNormal();
  const double position = wipePosition();
  const auto beyond = [&](QPointF point) {
    const double distance = dot(point, normal) - position;
    return of_first ? distance : -distance;
  };
  const std::array<QPointF, 4> corners{
      area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft()};
  QPolygonF kept;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const QPointF from = corners[i], to = corners[(i + 1) % corners.size()];
    const double before = beyond(from), after = beyond(to);
    if (before <= 0) kept << from;
    if ((before < 0 && after > 0) || (before > 0 && after < 0))
      kept << from + (to - from) * (before / (before - after));
  }
  return kept;
}

std::optional<QLineF> CompareScene::wipeLine() const {
  if (!isWiping()) return std::nullopt;
  const QRectF area = wipeArea();
  if (area.isEmpty()) return std::nullopt;
  const QPointF normal = wipeNormal(), along(normal.y(), -normal.x());
  const QPointF through = area.center() + normal * (wipePosition() - dot(area.center(), normal));
  double from = -1e300, to = 1e300;
  const auto limit = [&](double at, double step, double low, double high) {
    if (std::abs(step) < 1e-12) return at >= low - 1e-6 && at <= high + 1e-6;
    const double a = (low - at) / step, b = (high - at) / step;
    from = std::max(from, std::min(a, b));
    to = std::min(to, std::max(a, b));
    return true;
  };
  const bool crosses = limit(through.x(), along.x(), area.left(), area.right()) &&
                       limit(through.y(), along.y(), area.top(), area.bottom()) &&
                       from <= to + 1e-6;
  if (!crosses) return std::nullopt;
  return QLineF(through + along * from, through + along * to);
}

std::optional<QPointF> CompareScene::wipeHandle() const {
  const auto line = wipeLine();
  if (!line) return std::nullopt;
  return line->center();
}

std::optional<QPointF> CompareScene::wipeKnob() const {
  const auto line = wipeLine();
  if (!line) return std::nullopt;
  const QPointF normal = wipeNormal(), along(normal.y(), -normal.x());
  // On a short line the knob stays apart from the handle, if outside the picture.
  return line->center() + along * std::max(36.0, std::min(kKnobDistance, line->length() / 2 - 8));
}

void CompareScene::moveWipeTo(QPointF point) {
  const auto [low, high] = wipeExtent();
  if (high > low) wipe = std::clamp((dot(point, wipeNormal()) - low) / (high - low), 0.0, 1.0);
}

void CompareScene::turnWipe(double degrees, QPointF about) {
  angle = tidyAngle(degrees);
  moveWipeTo(about);
}

}  // namespace studio::ui
