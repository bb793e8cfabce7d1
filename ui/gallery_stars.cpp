// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Stars: drawn ones for tiles, and a control that sets them.
#include "ui/gallery_stars.h"

#include "ui/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace studio::ui {
namespace {

constexpr int kStars = 5;
constexpr int kSide = 16;
constexpr int kStep = 24;

}  // namespace

QPainterPath starPath(const QRectF& box) {
  QPainterPath path;
  constexpr double kInner = 0.42;
  for (int i = 0; i < 10; ++i) {
    const double angle = std::numbers::pi * (i / 5.0 - 0.5);
    const double reach = box.width() / 2 * (i % 2 == 0 ? 1.0 : kInner);
    const QPointF point(box.center().x() + reach * std::cos(angle),
                        box.center().y() + box.height() * 0.04 + reach * std::sin(angle));
    if (i == 0) {
      path.moveTo(point);
    } else {
      path.lineTo(point);
    }
  }
  path.closeSubpath();
  return path;
}

void drawStars(QPainter& painter, const QPointF& at, qreal side, int count, const QColor& colour) {
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour);
  for (int i = 0; i < count; ++i)
    painter.drawPath(starPath({at.x() + i * (side + 1), at.y(), side, side}));
}

StarRating::StarRating(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("starRating"));
  setAccessibleName(tr("Rating"));
  setToolTip(tr("Rating: click a star, or press 0 to 5. Clicking the last star again clears it."));
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setCursor(Qt::PointingHandCursor);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

QSize StarRating::sizeHint() const { return {kStars * kStep, 24}; }

void StarRating::setRating(int rating) {
  rating_ = std::clamp(rating, -1, kStars);
  setAccessibleDescription(rating_ < 0 ? tr("The pictures differ")
                                       : tr("%n star(s)", nullptr, rating_));
  update();
}

void StarRating::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const Theme& t = theme();
  const int filled = hovered_ > 0 ? hovered_ : rating_;
  for (int i = 0; i < kStars; ++i) {
    const QPainterPath star = starPath(
        {i * double(kStep) + (kStep - kSide) / 2.0, (height() - kSide) / 2.0, kSide, kSide});
    if (i < filled) {
      painter.fillPath(star, isEnabled() ? t.accent : t.muted);
    } else {
      painter.setPen(QPen(t.muted, 1.2, rating_ < 0 ? Qt::DotLine : Qt::SolidLine));
      painter.setBrush(Qt::NoBrush);
      painter.drawPath(star);
    }
  }
  if (!hasFocus()) return;
  painter.setPen(QPen(t.accent, 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
}

int StarRating::starAt(const QPoint& point) const {
  return rect().contains(point) ? std::clamp(point.x() / kStep + 1, 1, kStars) : 0;
}

void StarRating::choose(int stars) {
  setRating(stars);
  Q_EMIT rated(stars);
}

void StarRating::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return QWidget::mousePressEvent(event);
  const int star = starAt(event->position().toPoint());
  hovered_ = 0;
  if (star > 0) choose(star == rating_ ? 0 : star);
}

void StarRating::mouseMoveEvent(QMouseEvent* event) {
  hovered_ = starAt(event->position().toPoint());
  update();
}

void StarRating::leaveEvent(QEvent*) {
  hovered_ = 0;
  update();
}

void StarRating::keyPressEvent(QKeyEvent* event) {
  const int key = event->key();
  if (key >= Qt::Key_0 && key <= Qt::Key_5) return choose(key - Qt::Key_0);
  if (key == Qt::Key_Right || key == Qt::Key_Up) return choose(std::min(kStars, rating_ + 1));
  if (key == Qt::Key_Left || key == Qt::Key_Down) return choose(std::max(0, rating_ - 1));
  QWidget::keyPressEvent(event);
}

}  // namespace studio::ui
