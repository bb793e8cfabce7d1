// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Mouse, pen and keys on the mask.
#include "ui/mask_canvas.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QTabletEvent>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

constexpr double kWheelZoom = 1.25, kWheelBrush = 1.15;
constexpr double kLightest = 0.1;  // of the brush, under a pen that hardly touches

}  // namespace

double MaskCanvas::radius(double pressure) const {
  return brush_ / 2 * (kLightest + (1 - kLightest) * std::clamp(pressure, 0.0, 1.0));
}

void MaskCanvas::begin(QPointF point, bool opposite, double pressure, bool straight) {
  white_ = (tool_ == MaskTool::Eraser) == opposite;
  const QPointF pixel = toPicture(point);
  mask_->begin();
  if (tool_ == MaskTool::Rectangle || tool_ == MaskTool::Lasso) {
    drag_ = tool_ == MaskTool::Rectangle ? Drag::Rectangle : Drag::Lasso;
    shape_ = QPolygonF{pixel};
    last_ = pixel;
    return;
  }
  drag_ = Drag::Stroke;
  last_radius_ = radius(pressure);
  last_ = pixel;
  const QPointF from = straight && stroke_end_ ? *stroke_end_ : pixel;
  showHard(mask_->line(from, last_radius_, pixel, last_radius_, white_));
}

void MaskCanvas::follow(QPointF point, double pressure) {
  const QPointF pixel = toPicture(point);
  if (drag_ == Drag::Stroke) {
    const double now = radius(pressure);
    showHard(mask_->line(last_, last_radius_, pixel, now, white_));
    last_radius_ = now;
    last_ = pixel;
    return;
  }
  const auto shown = [this] {
    return shape_.boundingRect().toAlignedRect().adjusted(-2, -2, 2, 2);
  };
  const QRect before = shown();
  if (drag_ == Drag::Rectangle) {
    shape_ = QPolygonF{last_, {pixel.x(), last_.y()}, pixel, {last_.x(), pixel.y()}};
  } else if (drag_ == Drag::Lasso) {
    shape_ << pixel;
  }
  updatePart(before | shown());
}

void MaskCanvas::finish() {
  const Drag done = std::exchange(drag_, Drag::None);
  if (done == Drag::None || done == Drag::Pan) return;
  QRect touched;
  if (done == Drag::Stroke) {
    stroke_end_ = last_;
  } else if (done == Drag::Rectangle && shape_.size() == 4) {
    touched = mask_->rectangle(QRectF(shape_[0], shape_[2]), white_);
  } else if (done == Drag::Lasso) {
    touched = mask_->polygon(shape_, white_);
  }
  if (!shape_.isEmpty()) {
    const QRect shown = shape_.boundingRect().toAlignedRect().adjusted(-2, -2, 2, 2);
    shape_.clear();
    updatePart(shown);
  }
  if (mask_->end()) return finishStep(touched);
  showHard(touched);
  soften();
}

void MaskCanvas::mousePressEvent(QMouseEvent* event) {
  if (!mask_ || drag_ != Drag::None) return;
  view_last_ = event->position();
  if (event->button() == Qt::MiddleButton || (space_ && event->button() == Qt::LeftButton)) {
    drag_ = Drag::Pan;
    if (zoom_ <= 0) setZoom(shownZoom());
    showCursor();
    return update(ringRect());
  }
  if (event->button() != Qt::LeftButton && event->button() != Qt::RightButton) return;
  begin(event->position(),
        event->button() == Qt::RightButton,
        1,
        event->modifiers() & Qt::ShiftModifier);
}

void MaskCanvas::mouseMoveEvent(QMouseEvent* event) {
  moveRing(event->position());
  // Whoever took the release: the stroke is over.
  if (drag_ != Drag::None && event->buttons() == Qt::NoButton) {
    finish();
    showCursor();
  }
  if (drag_ == Drag::Pan) {
    centre_ -= (event->position() - view_last_) / shownZoom();
    centre_.setX(std::clamp(centre_.x(), 0.0, static_cast<double>(mask_->size().width())));
    centre_.setY(std::clamp(centre_.y(), 0.0, static_cast<double>(mask_->size().height())));
    update();
  } else if (drag_ != Drag::None) {
    follow(event->position(), 1);
  }
  view_last_ = event->position();
}

void MaskCanvas::mouseReleaseEvent(QMouseEvent*) {
  finish();
  showCursor();
  update(ringRect());
}

// A pen's other end erases; its pressure is the brush's size.
void MaskCanvas::tabletEvent(QTabletEvent* event) {
  if (!mask_) return event->ignore();
  const bool eraser = event->pointerType() == QPointingDevice::PointerType::Eraser;
  moveRing(event->position());
  switch (event->type()) {
    case QEvent::TabletPress:
      if (event->button() != Qt::LeftButton && event->button() != Qt::RightButton)
        return event->ignore();
      if (drag_ == Drag::None && space_) return event->ignore();
      if (drag_ == Drag::None)
        begin(
            event->position(),
            (event->button() == Qt::RightButton || eraser) != (eraser && tool_ == MaskTool::Eraser),
            event->pressure(),
            false);
      break;
    case QEvent::TabletMove:
      if (drag_ == Drag::Pan) return event->ignore();
      if (drag_ != Drag::None) follow(event->position(), event->pressure());
      break;
    case QEvent::TabletRelease:
      if (drag_ == Drag::Pan) return event->ignore();
      finish();
      break;
    default:
      return event->ignore();
  }
  event->accept();
}

void MaskCanvas::wheelEvent(QWheelEvent* event) {
  const QPoint turn = event->angleDelta();
  const double notches = (turn.y() != 0 ? turn.y() : turn.x()) / 120.0;
  event->accept();
  if (notches == 0) return;
  if (event->modifiers() & Qt::ShiftModifier)
    return setBrushSize(brush_ * std::pow(kWheelBrush, notches));
  zoomBy(std::pow(kWheelZoom, notches), event->position());
}

void MaskCanvas::keyPressEvent(QKeyEvent* event) {
  if (event->key() != Qt::Key_Space) return QWidget::keyPressEvent(event);
  if (event->isAutoRepeat()) return;
  space_ = true;
  showCursor();
  update(ringRect());
}

void MaskCanvas::keyReleaseEvent(QKeyEvent* event) {
  if (event->key() != Qt::Key_Space) return QWidget::keyReleaseEvent(event);
  if (event->isAutoRepeat()) return;
  space_ = false;
  showCursor();
  update(ringRect());
}

void MaskCanvas::moveRing(std::optional<QPointF> to) {
  update(ringRect());
  ring_ = to;
  update(ringRect());
}

void MaskCanvas::showCursor() {
  if (!mask_) return unsetCursor();
  if (drag_ == Drag::Pan) return setCursor(Qt::ClosedHandCursor);
  if (space_) return setCursor(Qt::OpenHandCursor);
  // A large ring shows the place by itself.
  constexpr double kLargeRing = 12;
  const bool is_ring = tool_ == MaskTool::Brush || tool_ == MaskTool::Eraser;
  setCursor(is_ring && brush_ * shownZoom() >= kLargeRing ? Qt::BlankCursor : Qt::CrossCursor);
}

void MaskCanvas::leaveEvent(QEvent*) { moveRing(std::nullopt); }

void MaskCanvas::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  space_ = false;  // its release goes elsewhere
  showCursor();
  update();
}

}  // namespace studio::ui
