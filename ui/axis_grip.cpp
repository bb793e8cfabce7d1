// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The handle by which an axis is dragged to another place; it shows the axis's letter.
#include "ui/axis_grip.h"

#include "ui/theme.h"

#include <QApplication>
#include <QMouseEvent>
#include <QPainter>

namespace studio::ui {

AxisGrip::AxisGrip(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("axisGrip"));
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::OpenHandCursor);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setToolTip(
      tr("Drag to another place, or Alt+Up and Alt+Down: the first axis is shown across, the "
         "second down"));
}

void AxisGrip::setLetter(const QString& letter) {
  letter_ = letter;
  update();
}

void AxisGrip::paintEvent(QPaintEvent*) {
  const Theme& t = theme();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  if (hasFocus()) {
    painter.setPen(QPen(t.accent, 1));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
  }
  painter.setPen(Qt::NoPen);
  painter.setBrush(underMouse() || dragging_ ? t.text : t.muted);
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 2; ++column)
      painter.drawEllipse(QPointF(6 + 4 * column, height() / 2.0 + 4 * (row - 1)), 1.1, 1.1);
  }
  painter.setPen(t.text);
  painter.drawText(QRectF(14, 0, width() - 14, height()), Qt::AlignCenter, letter_);
}

void AxisGrip::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  pressed_ = true;
  pressed_y_ = event->globalPosition().toPoint().y();
}

void AxisGrip::mouseMoveEvent(QMouseEvent* event) {
  if (!pressed_) return;
  const int y = event->globalPosition().toPoint().y();
  if (!dragging_ && std::abs(y - pressed_y_) < QApplication::startDragDistance()) return;
  if (!dragging_) setCursor(Qt::ClosedHandCursor);
  dragging_ = true;
  Q_EMIT dragged(y);
}

void AxisGrip::mouseReleaseEvent(QMouseEvent*) {
  const bool was = dragging_;
  pressed_ = dragging_ = false;
  setCursor(Qt::OpenHandCursor);
  update();
  if (was) Q_EMIT dropped();
}

void AxisGrip::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Up) return Q_EMIT moveAsked(-1);
  if (event->key() == Qt::Key_Down) return Q_EMIT moveAsked(1);
  event->ignore();
}

void AxisGrip::focusInEvent(QFocusEvent*) { update(); }
void AxisGrip::focusOutEvent(QFocusEvent*) { update(); }

}  // namespace studio::ui
