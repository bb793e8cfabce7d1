// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The picture: guided against unguided under a wipe, side by side, flipped or alone; zoomed
// together.
#include "ui/compare_view.h"

#include "ui/resample.h"
#include "ui/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

constexpr double kMargin = 16;
constexpr double kSideGap = 12;
constexpr double kHandleReach = 12;
constexpr double kHandleRadius = 14;
constexpr double kMinZoom = 0.05;
constexpr double kMaxZoom = 16;
// From here on pixels are what one wants to see.
constexpr double kExactPixelsFrom = 8;
constexpr double kInsetShare = 0.28;
constexpr double kKeyWipe = 0.02;
constexpr double kStaleOpacity = 0.35;

}  // namespace

CompareView::CompareView(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAttribute(Qt::WA_OpaquePaintEvent);
  setAccessibleName(tr("Picture"));
  setAccessibleDescription(
      tr("Guided against unguided. Left and right move the wipe, plus and minus zoom, hold F or "
         "Space to flip."));
}

void CompareView::setPicture(Side side, const QImage& image) {
  const QSize before = pictureSize();
  Pane& changed = panes_[index(side)];
  changed.picture = image;
  changed.forming = changed.held = {};
  if (pictureSize() != before) clampCentre();
  update();
  Q_EMIT zoomChanged();
}

void CompareView::setForming(Side side, const QImage& preview, Forming where) {
  Pane& changed = panes_[index(side)];
  const bool was_in_place = !changed.forming.isNull() && !changed.inset;
  changed.inset = where == Forming::Inset && !changed.picture.isNull();
  // Going back to an older picture would flicker.
  if (!changed.inset) {
    changed.held = {};
  } else if (was_in_place) {
    changed.held = changed.forming;
  }
  changed.forming = preview;
  update();
}

void CompareView::setExpectedSize(QSize size) {
  expected_ = size;
  update();
  Q_EMIT zoomChanged();
}

void CompareView::clearForming() {
  for (Pane& each : panes_) {
    // With nothing better to show, what has formed so far stays.
    if (!each.picture.isNull()) each.forming = each.held = {};
  }
  update();
}

bool CompareView::isForming() const {
  return std::any_of(
      panes_.begin(), panes_.end(), [](const Pane& each) { return !each.forming.isNull(); });
}

void CompareView::setLabel(Side side, const QString& text) {
  panes_[index(side)].label = text;
  update();
}

void CompareView::setStale(Side side, bool stale) {
  if (panes_[index(side)].stale == stale) return;
  panes_[index(side)].stale = stale;
  update();
}

void CompareView::setEmptyText(const QString& text) {
  empty_text_ = text;
  update();
}

void CompareView::setMode(CompareMode mode) {
  if (mode == mode_) return;
  mode_ = mode;
  flipped_ = false;
  update();
  Q_EMIT modeChanged(mode);
  Q_EMIT zoomChanged();
}

void CompareView::setWipe(double share) {
  wipe_ = std::clamp(share, 0.0, 1.0);
  update();
}

void CompareView::setFlipped(bool flipped) {
  if (flipped == flipped_) return;
  flipped_ = flipped;
  update();
}

const QImage& CompareView::shown(Side side) const {
  const Pane& each = pane(side);
  if (!each.forming.isNull() && !each.inset) return each.forming;
  return each.held.isNull() ? each.picture : each.held;
}

// Previews are smaller than the picture they become; they fill the same frame.
QSize CompareView::pictureSize() const {
  for (const Side side : {Side::Guided, Side::Twin}) {
    if (!pane(side).picture.isNull()) return pane(side).picture.size();
  }
  if (!expected_.isEmpty()) return expected_;
  for (const Side side : {Side::Guided, Side::Twin}) {
    if (!pane(side).forming.isNull()) return pane(side).forming.size();
  }
  return {};
}

QRectF CompareView::viewport(Side side) const {
  const QRectF whole = rect();
  if (mode_ != CompareMode::SideBySide) return whole;
  const double half = std::floor((whole.width() - kSideGap) / 2);
  return side == Side::Twin ? QRectF(0, 0, half, whole.height())
                            : QRectF(whole.width() - half, 0, half, whole.height());
}

bool CompareView::knowsSize() const {
  return !expected_.isEmpty() || std::any_of(panes_.begin(), panes_.end(), [](const Pane& each) {
    return !each.picture.isNull();
  });
}

double CompareView::shownZoom() const {
  if (zoom_ > 0) return zoom_;
  const QSizeF size = pictureSize();
  if (size.isEmpty()) return 1;
  const QRectF view = viewport(Side::Guided).adjusted(kMargin, kMargin, -kMargin, -kMargin);
  return std::max(kMinZoom, std::min(view.width() / size.width(), view.height() / size.height()));
}

QRectF CompareView::target(Side side) const {
  const QSizeF size = QSizeF(pictureSize()) * shownZoom();
  const QRectF view = viewport(side);
  const double dpr = devicePixelRatioF();
  const QPointF middle = view.center();
  const QPointF shift =
      zoom_ > 0 ? QPointF((0.5 - centre_.x()) * size.width(), (0.5 - centre_.y()) * size.height())
                : QPointF();
  // On whole device pixels both sides sample alike.
  const auto snapped = [dpr](double value) { return std::round(value * dpr) / dpr; };
  return {snapped(middle.x() - size.width() / 2 + shift.x()),
          snapped(middle.y() - size.height() / 2 + shift.y()),
          snapped(size.width()),
          snapped(size.height())};
}

QRectF CompareView::visible(Side side) const { return target(side) & viewport(side); }

bool CompareView::wiping() const {
  return mode_ == CompareMode::Wipe && !flipped_ && !shown(Side::Twin).isNull() &&
         !shown(Side::Guided).isNull();
}

double CompareView::wipeX() const {
  const QRectF area = visible(Side::Guided);
  return std::round((area.left() + wipe_ * area.width()) * devicePixelRatioF()) /
         devicePixelRatioF();
}

// The side seen when only one is.
Side CompareView::topSide() const {
  const Side wanted = flipped_ ? Side::Twin : Side::Guided;
  const Side other = flipped_ ? Side::Guided : Side::Twin;
  return shown(wanted).isNull() ? other : wanted;
}

void CompareView::drawSide(QPainter& painter, Side side, const QRectF& clip) const {
  const QImage& image = shown(side);
  const QRectF area = clip & viewport(side);
  const QRectF whole = target(side);
  const QRectF seen = visible(side);
  if (image.isNull() || area.isEmpty() || seen.isEmpty()) return;
  const double dpr = devicePixelRatioF();
  const QSize full(static_cast<int>(std::lround(whole.width() * dpr)),
                   static_cast<int>(std::lround(whole.height() * dpr)));
  const QPointF offset = (seen.topLeft() - whole.topLeft()) * dpr;
  const QRect part(static_cast<int>(std::floor(offset.x())),
                   static_cast<int>(std::floor(offset.y())),
                   static_cast<int>(std::ceil(seen.width() * dpr)) + 1,
                   static_cast<int>(std::ceil(seen.height() * dpr)) + 1);
  const QImage& scaled = scaledPart(pane(side), image, full, part & QRect(QPoint(0, 0), full));
  painter.save();
  painter.setClipRect(area);
  if (pane(side).stale) painter.setOpacity(kStaleOpacity);
  painter.drawImage(whole.topLeft() + QPointF(part.topLeft()) / dpr, scaled);
  painter.restore();
}

const QImage& CompareView::scaledPart(const Pane& each,
                                      const QImage& image,
                                      QSize full,
                                      const QRect& part) const {
  const bool soft = &image != &each.picture || image.size() != pictureSize();
  const bool exact = zoom_ >= kExactPixelsFrom && !soft;
  if (each.scaled_from != image.cacheKey() || each.scaled_full != full ||
      each.scaled_part != part || each.scaled.isNull()) {
    each.scaled = resampled(image,
                            full,
                            part,
                            exact  ? Resampling::ExactPixels
                            : soft ? Resampling::Soft
                                   : Resampling::Smooth);
    each.scaled_from = image.cacheKey();
    each.scaled_full = full;
    each.scaled_part = part;
  }
  each.scaled.setDevicePixelRatio(devicePixelRatioF());
  return each.scaled;
}

void CompareView::drawPicture(QPainter& painter) const {
  if (mode_ == CompareMode::SideBySide) {
    drawSide(painter, Side::Twin, viewport(Side::Twin));
    drawSide(painter, Side::Guided, viewport(Side::Guided));
    return;
  }
  if (!wiping()) return drawSide(painter, topSide(), rect());
  const double x = wipeX();
  drawSide(painter, Side::Twin, QRectF(0, 0, x, height()));
  drawSide(painter, Side::Guided, QRectF(x, 0, width() - x, height()));
}

QImage CompareView::renderPicture() const {
  const double dpr = devicePixelRatioF();
  QImage image(size() * dpr, QImage::Format_RGB32);
  image.setDevicePixelRatio(dpr);
  image.fill(theme().canvas);
  QPainter painter(&image);
  drawPicture(painter);
  return image;
}

void CompareView::drawInset(QPainter& painter, Side side) const {
  const Pane& each = pane(side);
  const QRectF area = visible(side);
  if (each.forming.isNull() || !each.inset || area.isEmpty()) return;
  const double width = std::max(72.0, std::min(area.width(), area.height()) * kInsetShare);
  const QSizeF size(width, width * each.forming.height() / std::max(1, each.forming.width()));
  const QRectF frame(area.right() - size.width() - 10,
                     area.bottom() - size.height() - 10,
                     size.width(),
                     size.height());
  painter.save();
  QPainterPath path;
  path.addRoundedRect(frame, 6, 6);
  painter.setClipPath(path);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.drawImage(frame, each.forming);
  painter.setClipping(false);
  painter.setPen(QPen(QColor(255, 255, 255, 210), 1.5));
  painter.drawRoundedRect(frame, 6, 6);
  painter.restore();
}

void CompareView::drawHandle(QPainter& painter) const {
  if (!wiping()) return;
  const QRectF area = visible(Side::Guided);
  const double x = wipeX();
  painter.setPen(Qt::NoPen);
  painter.setBrush(QColor(0, 0, 0, 60));
  painter.drawRect(QRectF(x - 2, area.top(), 4, area.height()));
  painter.setBrush(Qt::white);
  painter.drawRect(QRectF(x - 1, area.top(), 2, area.height()));
  const QPointF middle(x, area.center().y());
  if (by_keyboard_ || dragging_wipe_) {
    painter.setBrush(theme().accent);
    painter.drawEllipse(middle, kHandleRadius + 3, kHandleRadius + 3);
  }
  painter.setBrush(Qt::white);
  painter.drawEllipse(middle, kHandleRadius, kHandleRadius);
  painter.setPen(QPen(QColor(0x33373f), 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  for (const double way : {-1.0, 1.0}) {
    painter.drawPolyline(QPolygonF{middle + QPointF(way * 3.5, -4),
                                   middle + QPointF(way * 7.5, 0),
                                   middle + QPointF(way * 3.5, 4)});
  }
}

void CompareView::drawLabel(QPainter& painter, Side side, bool left, const QRectF& area) const {
  const QString letter = side == Side::Twin ? QStringLiteral("A") : QStringLiteral("B");
  const QFontMetricsF metrics(font());
  const double room = std::max(40.0, area.width() - 24);
  const QString text = metrics.elidedText(pane(side).label, Qt::ElideRight, room - 44);
  const double letter_width = metrics.horizontalAdvance(letter);
  const QSizeF size(letter_width + 7 + metrics.horizontalAdvance(text) + 18, metrics.height() + 8);
  const QRectF pill(left ? area.left() + 12 : area.right() - 12 - size.width(),
                    area.top() + 10,
                    size.width(),
                    size.height());
  painter.setPen(Qt::NoPen);
  painter.setBrush(QColor(8, 9, 11, 205));
  painter.drawRoundedRect(pill, 5, 5);
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  painter.setPen(side == Side::Twin ? QColor(0xaeb4bf) : QColor(0x8fbcff));
  painter.setFont(bold);
  painter.drawText(pill.adjusted(9, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, letter);
  painter.setFont(font());
  painter.setPen(QColor(0xf0f2f5));
  painter.drawText(
      pill.adjusted(9 + letter_width + 7, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, text);
}

void CompareView::drawLabels(QPainter& painter) const {
  const auto has = [this](Side side) {
    return !shown(side).isNull() && !pane(side).label.isEmpty();
  };
  if (mode_ == CompareMode::SideBySide) {
    for (const Side side : {Side::Twin, Side::Guided}) {
      if (has(side)) drawLabel(painter, side, true, viewport(side));
    }
    return;
  }
  if (wiping()) {
    const double half = width() / 2.0;
    if (has(Side::Twin)) drawLabel(painter, Side::Twin, true, QRectF(0, 0, half, height()));
    if (has(Side::Guided)) drawLabel(painter, Side::Guided, false, QRectF(half, 0, half, height()));
    return;
  }
  const Side side = topSide();
  if (has(side)) drawLabel(painter, side, side == Side::Twin, rect());
}

void CompareView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), theme().canvas);
  if (shown(Side::Guided).isNull() && shown(Side::Twin).isNull()) {
    painter.setPen(theme().muted);
    painter.drawText(
        rect().adjusted(40, 0, -40, 0), Qt::AlignCenter | Qt::TextWordWrap, empty_text_);
    return;
  }
  drawPicture(painter);
  painter.setRenderHint(QPainter::Antialiasing);
  drawInset(painter, Side::Twin);
  drawInset(painter, Side::Guided);
  drawHandle(painter);
  drawLabels(painter);
  if (by_keyboard_ && !wiping()) {
    painter.setPen(QPen(theme().accent, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
  }
}

void CompareView::clampCentre() {
  const QSizeF size = QSizeF(pictureSize()) * shownZoom();
  const QRectF view = viewport(Side::Guided);
  const auto clamped = [](double value, double picture, double room) {
    if (picture <= room) return 0.5;
    const double half = room / 2 / picture;
    return std::clamp(value, half, 1 - half);
  };
  if (size.isEmpty()) return;
  centre_ = {clamped(centre_.x(), size.width(), view.width()),
             clamped(centre_.y(), size.height(), view.height())};
}

void CompareView::setZoom(double zoom) {
  zoom_ = zoom <= 0 ? 0 : std::clamp(zoom, kMinZoom, kMaxZoom);
  if (zoom_ == 0) centre_ = {0.5, 0.5};
  clampCentre();
  update();
  Q_EMIT zoomChanged();
}

void CompareView::zoomBy(double factor, QPointF around) {
  const Side side =
      mode_ == CompareMode::SideBySide && around.x() < width() / 2.0 ? Side::Twin : Side::Guided;
  const QRectF before = target(side);
  if (before.isEmpty()) return;
  const QPointF share((around.x() - before.left()) / before.width(),
                      (around.y() - before.top()) / before.height());
  zoom_ = std::clamp(shownZoom() * factor, kMinZoom, kMaxZoom);
  const QSizeF size = QSizeF(pictureSize()) * zoom_;
  const QPointF middle = viewport(side).center();
  centre_ = {share.x() - (around.x() - middle.x()) / size.width(),
             share.y() - (around.y() - middle.y()) / size.height()};
  clampCentre();
  update();
  Q_EMIT zoomChanged();
}

bool CompareView::nearHandle(QPointF point) const {
  const QRectF area = visible(Side::Guided);
  return wiping() && std::abs(point.x() - wipeX()) <= kHandleReach && point.y() >= area.top() &&
         point.y() <= area.bottom();
}

void CompareView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton) return;
  last_point_ = event->position();
  if (event->button() == Qt::LeftButton && nearHandle(event->position())) {
    dragging_wipe_ = true;
  } else {
    panning_ = true;
    if (mode_ == CompareMode::Flip && event->button() == Qt::LeftButton) setFlipped(true);
  }
  update();
}

void CompareView::mouseMoveEvent(QMouseEvent* event) {
  const QPointF point = event->position();
  if (dragging_wipe_) {
    const QRectF area = visible(Side::Guided);
    if (area.width() > 0) setWipe((point.x() - area.left()) / area.width());
  } else if (panning_ && zoom_ > 0) {
    const QSizeF size = QSizeF(pictureSize()) * zoom_;
    if (!size.isEmpty())
      centre_ -= QPointF((point.x() - last_point_.x()) / size.width(),
                         (point.y() - last_point_.y()) / size.height());
    clampCentre();
    update();
  } else {
    setCursor(nearHandle(point) ? Qt::SplitHCursor : Qt::ArrowCursor);
  }
  last_point_ = point;
}

void CompareView::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton && mode_ == CompareMode::Flip) setFlipped(false);
  dragging_wipe_ = panning_ = false;
  update();
}

void CompareView::mouseDoubleClickEvent(QMouseEvent* event) {
  if (nearHandle(event->position())) return setWipe(0.5);
  if (zoom_ > 0) return fit();
  zoomBy(2, event->position());
}

void CompareView::wheelEvent(QWheelEvent* event) {
  const double notches = event->angleDelta().y() / 120.0;
  if (notches != 0) zoomBy(std::pow(1.25, notches), event->position());
  event->accept();
}

void CompareView::keyPressEvent(QKeyEvent* event) {
  const double stride = event->modifiers() & Qt::ShiftModifier ? 5 * kKeyWipe : kKeyWipe;
  switch (event->key()) {
    case Qt::Key_Left:
      return setWipe(wipe_ - stride);
    case Qt::Key_Right:
      return setWipe(wipe_ + stride);
    case Qt::Key_Home:
      return setWipe(0);
    case Qt::Key_End:
      return setWipe(1);
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return zoomBy(1.25, rect().center());
    case Qt::Key_Minus:
      return zoomBy(0.8, rect().center());
    case Qt::Key_0:
      return fit();
    case Qt::Key_Space:
    case Qt::Key_F:
      if (!event->isAutoRepeat()) setFlipped(true);
      return;
    default:
      QWidget::keyPressEvent(event);
  }
}

void CompareView::keyReleaseEvent(QKeyEvent* event) {
  const bool flip_key = event->key() == Qt::Key_Space || event->key() == Qt::Key_F;
  if (!flip_key) return QWidget::keyReleaseEvent(event);
  if (!event->isAutoRepeat()) setFlipped(false);
}

void CompareView::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  // Who came by mouse knows where they are.
  by_keyboard_ = event->reason() == Qt::TabFocusReason ||
                 event->reason() == Qt::BacktabFocusReason ||
                 event->reason() == Qt::ShortcutFocusReason;
  update();
}

void CompareView::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  by_keyboard_ = false;
  // The release of a held key would go elsewhere.
  setFlipped(false);
  update();
}

void CompareView::leaveEvent(QEvent*) { unsetCursor(); }

}  // namespace studio::ui
