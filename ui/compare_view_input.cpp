// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Mouse and keys of the compare view.
#include "ui/compare_view.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QLineF>
#include <QMenu>
#include <QMouseEvent>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace studio::ui {
namespace {

constexpr double kReach = 12;
constexpr double kKeyWipe = 0.02;
constexpr double kKeyTurn = 15, kFineTurn = 1;
constexpr double kTurnSteps = 15;  // with Shift
constexpr double kWheelZoom = 1.25;
constexpr int kFarNudge = 10;

double bearing(QPointF from, QPointF to) {
  return std::atan2(to.x() - from.x(), from.y() - to.y()) * 180 / std::numbers::pi;
}

}  // namespace

bool CompareView::nearKnob(QPointF point) const {
  const auto knob = scene_.wipeKnob();
  return knob && QLineF(*knob, point).length() <= kReach;
}

bool CompareView::nearLine(QPointF point) const {
  const auto line = scene_.wipeLine();
  if (!line) return false;
  const QPointF handle = *scene_.wipeHandle();
  if (QLineF(handle, point).length() <= kReach + 2) return true;
  const QPointF normal = scene_.wipeNormal();
  const QPointF away = point - handle;
  const double across = away.x() * normal.x() + away.y() * normal.y();
  const double along = away.x() * normal.y() - away.y() * normal.x();
  return std::abs(across) <= kReach && std::abs(along) <= line->length() / 2;
}

// What is seen there: of the wipe the side that the point is on.
int CompareView::pictureAt(QPointF point) const {
  if (scene_.isGrid()) return scene_.cellAt(point);
  if (!scene_.isWiping()) return scene_.isMap() ? scene_.other : scene_.top();
  const bool on_first = scene_.wipeSide(scene_.cell(0), true).containsPoint(point, Qt::WindingFill);
  return on_first ? scene_.first() : scene_.second();
}

void CompareView::showCursor(QPointF point) {
  if (nearKnob(point)) return setCursor(Qt::PointingHandCursor);
  if (!nearLine(point)) return setCursor(linked_ ? Qt::ArrowCursor : Qt::SizeAllCursor);
  // The cursor's arrows go across the line.
  static constexpr Qt::CursorShape kShapes[] = {
      Qt::SplitHCursor, Qt::SizeFDiagCursor, Qt::SplitVCursor, Qt::SizeBDiagCursor};
  const double turned = std::fmod(scene_.angle + 360 + 22.5, 180);
  setCursor(kShapes[static_cast<int>(turned / 45) % 4]);
}

void CompareView::startDrag(QPointF point, Qt::MouseButton button, Qt::KeyboardModifiers keys) {
  const bool left = button == Qt::LeftButton;
  const bool turning = keys & (Qt::ControlModifier | Qt::AltModifier);
  if (left && scene_.isWiping() && (nearKnob(point) || turning)) {
    drag_ = Drag::Turn;
    pivot_ = scene_.wipeHandle().value_or(scene_.wipeArea().center());
    press_angle_ = scene_.angle;
  } else if (left && nearLine(point)) {
    drag_ = Drag::Wipe;
  } else if (left && (!linked_ || keys & Qt::ShiftModifier) && scene_.count() > 1) {
    drag_ = Drag::Move;
    moved_ = scene_.cellAt(point);
    if (scene_.isWiping() &&
        scene_.wipeSide(scene_.cell(0), true).containsPoint(point, Qt::WindingFill))
      moved_ = scene_.first();
    press_offsets_.clear();
    for (int i = 0; i < count(); ++i) press_offsets_.push_back(scene_.pane(i).offset);
  } else {
    drag_ = Drag::Pan;
    if (scene_.mode == CompareMode::Flip && left) setFlipped(true);
  }
}

void CompareView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton) return;
  last_point_ = press_point_ = event->position();
  startDrag(event->position(), event->button(), event->modifiers());
  update();
}

void CompareView::turnTo(QPointF point, bool in_steps) {
  if (QLineF(pivot_, point).length() < 4 || QLineF(pivot_, press_point_).length() < 1) return;
  double angle = press_angle_ + bearing(pivot_, point) - bearing(pivot_, press_point_);
  if (in_steps) angle = std::round(angle / kTurnSteps) * kTurnSteps;
  // Whole tenths: a drag ends on a number one can read and type.
  scene_.turnWipe(std::round(angle * 10) / 10, pivot_);
  optionChanged();
}

// The reference is what the others are moved against: moving it moves them the other way.
void CompareView::moveTo(QPointF point) {
  const QPointF way = (point - press_point_) / std::max(1e-6, scene_.shownZoom());
  const QPoint pixels(static_cast<int>(std::lround(way.x())),
                      static_cast<int>(std::lround(way.y())));
  if (moved_ != scene_.reference) return setOffset(moved_, press_offsets_[moved_] + pixels);
  for (int i = 0; i < count(); ++i) {
    if (i != scene_.reference) setOffset(i, press_offsets_[i] - pixels);
  }
}

void CompareView::mouseMoveEvent(QMouseEvent* event) {
  const QPointF point = event->position();
  hovered_ = point;
  switch (drag_) {
    case Drag::Wipe:
      scene_.moveWipeTo(point);
      update();
      break;
    case Drag::Turn:
      turnTo(point, event->modifiers() & Qt::ShiftModifier);
      break;
    case Drag::Move:
      moveTo(point);
      break;
    case Drag::Pan:
      scene_.panBy(point - last_point_);
      update();
      break;
    case Drag::None:
      showCursor(point);
  }
  last_point_ = point;
  updateReadout();
}

void CompareView::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton && scene_.mode == CompareMode::Flip) setFlipped(false);
  drag_ = Drag::None;
  update();
}

void CompareView::mouseDoubleClickEvent(QMouseEvent* event) {
  const QPointF point = event->position();
  if (nearKnob(point)) return setWipeAngle(0);
  if (nearLine(point)) return setWipe(0.5);
  if (scene_.zoom > 0) return fit();
  zoomBy(2, point);
}

void CompareView::contextMenuEvent(QContextMenuEvent* event) {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const auto add = [menu](const QString& text, bool enabled, auto act) {
    QAction* action = menu->addAction(text, menu, act);
    action->setEnabled(enabled);
    return action;
  };
  const bool by_mouse = event->reason() == QContextMenuEvent::Mouse;
  const int index = by_mouse && scene_.isGrid() ? scene_.cellAt(event->pos()) : scene_.other;
  if (count() > 2) {
    const QString letter = scene_.letter(index);
    add(tr("Use %1 as the reference").arg(letter), index != scene_.reference, [this, index] {
      setReference(index);
    });
    add(tr("Compare %1 with the reference").arg(letter),
        index != scene_.reference && index != scene_.other,
        [this, index] { setOther(index); });
    menu->addSeparator();
  }
  add(tr("Swap the sides"), scene_.showsBoth(), [this] { setSwapped(!isSwapped()); });
  QAction* linked = add(tr("Move together"), count() > 1, [this] { setLinked(!linked_); });
  linked->setCheckable(true);
  linked->setChecked(linked_);
  add(tr("Reset the offset"), hasOffset(), [this] { resetOffsets(); });
  menu->addSeparator();
  add(tr("Fit"), scene_.zoom > 0, [this] { fit(); });
  add(tr("100 %"), true, [this] { setZoom(1); });
  if (showsPictures()) {
    menu->addSeparator();
    add(tr("Back to the pair"), true, [this] { clearPictures(); });
  }
  const bool seen = by_mouse && scene_.pictureSize().isValid();
  Q_EMIT menuAsked(menu, seen ? pictureAt(event->pos()) : scene_.other);
  menu->popup(event->globalPos());
}

void CompareView::wheelEvent(QWheelEvent* event) {
  const double notches = event->angleDelta().y() / 120.0;
  if (notches != 0) zoomBy(std::pow(kWheelZoom, notches), event->position());
  event->accept();
}

// Arrows move the line, brackets and Ctrl with arrows turn it.
bool CompareView::wipeKey(const QKeyEvent& event) {
  const bool shift = event.modifiers() & Qt::ShiftModifier;
  const bool turning = event.modifiers() & Qt::ControlModifier;
  const double stride = shift ? 5 * kKeyWipe : kKeyWipe;
  const double turn = turning ? kFineTurn : kKeyTurn;
  switch (event.key()) {
    case Qt::Key_Left:
      turning ? setWipeAngle(scene_.angle - turn) : setWipe(scene_.wipe - stride);
      return true;
    case Qt::Key_Right:
      turning ? setWipeAngle(scene_.angle + turn) : setWipe(scene_.wipe + stride);
      return true;
    case Qt::Key_Home:
      setWipe(0);
      return true;
    case Qt::Key_End:
      setWipe(1);
      return true;
    case Qt::Key_BracketLeft:
    case Qt::Key_BracketRight:
      if (scene_.mode != CompareMode::Wipe) return false;
      setWipeAngle(scene_.angle + (event.key() == Qt::Key_BracketLeft ? -turn : turn));
      return true;
    default:
      return false;
  }
}

// Zoom, places and offsets of the pictures.
bool CompareView::pictureKey(const QKeyEvent& event) {
  const int far = event.modifiers() & Qt::ShiftModifier ? kFarNudge : 1;
  if (event.modifiers() & Qt::AltModifier) {
    const auto nudge = [this](int x, int y) {
      setOffset(scene_.other, offset(scene_.other) + QPoint(x, y));
      return true;
    };
    switch (event.key()) {
      case Qt::Key_Left:
        return nudge(-far, 0);
      case Qt::Key_Right:
        return nudge(far, 0);
      case Qt::Key_Up:
        return nudge(0, -far);
      case Qt::Key_Down:
        return nudge(0, far);
      default:
        return false;
    }
  }
  switch (event.key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      zoomBy(kWheelZoom, rect().center());
      return true;
    case Qt::Key_Minus:
      zoomBy(1 / kWheelZoom, rect().center());
      return true;
    case Qt::Key_0:
      fit();
      return true;
    case Qt::Key_T:
      setSwapped(!scene_.swapped);
      return true;
    case Qt::Key_L:
      setLinked(!linked_);
      return true;
    case Qt::Key_O:
      resetOffsets();
      return true;
    default:
      return false;
  }
}

void CompareView::nextOther(int step) {
  int next = scene_.other;
  do {
    next = (next + step + count()) % count();
  } while (next == scene_.reference && count() > 1);
  setOther(next);
}

// Modes, and the value of a mode that has one.
bool CompareView::optionKey(const QKeyEvent& event) {
  const int mode = event.key() - Qt::Key_1;
  if (mode >= 0 && mode < kCompareModes) {
    setMode(static_cast<CompareMode>(mode));
    return true;
  }
  if (count() > 2 && event.key() == Qt::Key_R) {
    setReference((scene_.reference + 1) % count());
    return true;
  }
  if (count() > 2 && event.key() == Qt::Key_N) {
    nextOther(event.modifiers() & Qt::ShiftModifier ? -1 : 1);
    return true;
  }
  const bool less = event.key() == Qt::Key_BracketLeft;
  if (!less && event.key() != Qt::Key_BracketRight) return false;
  switch (scene_.mode) {
    case CompareMode::Blink:
      setBlinkRate(blink_rate_ + (less ? -0.5 : 0.5));
      return true;
    case CompareMode::Checker:
      setCheckerCell(less ? scene_.checker_cell * 3 / 4 : scene_.checker_cell * 4 / 3 + 1);
      return true;
    case CompareMode::Difference:
    case CompareMode::SignedDifference:
      // Below the least gain lies the automatic one.
      setGain(scene_.gain <= 0
                  ? (less ? 0 : kLeastGain)
                  : (less && scene_.gain <= kLeastGain ? 0 : scene_.gain * (less ? 0.5 : 2)));
      return true;
    default:
      return false;
  }
}

void CompareView::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Space || event->key() == Qt::Key_F) {
    if (!event->isAutoRepeat()) setFlipped(true);
    return;
  }
  if (event->key() == Qt::Key_Escape && showsPictures()) return clearPictures();
  const bool with_alt = event->modifiers() & Qt::AltModifier;
  const bool with_ctrl = event->modifiers() & (Qt::ControlModifier | Qt::MetaModifier);
  const bool taken = (!with_ctrl && pictureKey(*event)) || (!with_alt && wipeKey(*event)) ||
                     (!with_alt && !with_ctrl && optionKey(*event));
  if (!taken) QWidget::keyPressEvent(event);
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

void CompareView::leaveEvent(QEvent*) {
  unsetCursor();
  hovered_.reset();
  updateReadout();
}

}  // namespace studio::ui
