// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The grid of a sweep's pictures: what the hand does in it.
#include "ui/sweep_grid_view.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

constexpr int kGap = 6;
constexpr double kMostZoom = 32;

}  // namespace

void SweepGridView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton) return;
  pressed_ = event->pos();
  last_ = event->position();
  dragged_ = false;
}

void SweepGridView::mouseMoveEvent(QMouseEvent* event) {
  if (!pressed_) return setHovered(cellAt(event->pos()));
  if (!dragged_ && (event->pos() - *pressed_).manhattanLength() < QApplication::startDragDistance())
    return;
  if (!dragged_) viewport()->setCursor(Qt::ClosedHandCursor);
  dragged_ = true;
  const QPointF moved = event->position() - last_;
  last_ = event->position();
  if (zoom_ > 1) {
    setZoom(zoom_,
            centre_ - QPointF(moved.x() / (layout_.tile.width() * zoom_),
                              moved.y() / (layout_.tile.height() * zoom_)));
  } else {
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() - static_cast<int>(moved.x()));
    verticalScrollBar()->setValue(verticalScrollBar()->value() - static_cast<int>(moved.y()));
  }
}

void SweepGridView::mouseReleaseEvent(QMouseEvent* event) {
  const bool clicked = pressed_ && !dragged_ && event->button() == Qt::LeftButton;
  pressed_.reset();
  viewport()->unsetCursor();
  if (!clicked) return;
  const auto cell = cellAt(event->pos());
  if (!cell) return;
  if (event->modifiers() & Qt::ControlModifier) {
    if (cells_.marked().empty()) cells_.setMarked({cells_.current()});
    cells_.toggleMarked(*cell);
  } else if (event->modifiers() & Qt::ShiftModifier) {
    markRange(cells_.current(), *cell);
  } else {
    cells_.setMarked({});
    cells_.setCurrent(*cell);
    if (!cells_.isPlan() && cells_.resultOfCell(*cell).state == CellState::Waiting)
      Q_EMIT waitingClicked(*cell);
  }
}

void SweepGridView::mouseDoubleClickEvent(QMouseEvent* event) {
  const auto cell = cellAt(event->pos());
  if (cell && event->button() == Qt::LeftButton) Q_EMIT opened(*cell);
}

void SweepGridView::markRange(std::size_t from, std::size_t to) {
  const auto [c0, r0] = placeOf(from);
  const auto [c1, r1] = placeOf(to);
  std::set<std::size_t> marked;
  for (int row = std::min(r0, r1); row <= std::max(r0, r1); ++row) {
    for (int column = std::min(c0, c1); column <= std::max(c0, c1); ++column) {
      if (isTile(column, row)) marked.insert(cellOf(column, row));
    }
  }
  cells_.setMarked(std::move(marked));
}

void SweepGridView::wheelEvent(QWheelEvent* event) {
  const double turns = event->angleDelta().y() / 120.0;
  const QPoint point = event->position().toPoint();
  if (event->modifiers() & Qt::ControlModifier) {
    setTileSize(static_cast<int>(std::lround(shownTileSize() * std::pow(1.15, turns))));
    return event->accept();
  }
  const auto cell = cellAt(point);
  if (!zoom_linked_ || !cell || event->modifiers() & Qt::ShiftModifier || turns == 0) {
    // Shift scrolls the grid even over pictures.
    QScrollBar* bar = std::abs(event->angleDelta().x()) > std::abs(event->angleDelta().y())
                          ? horizontalScrollBar()
                          : verticalScrollBar();
    QApplication::sendEvent(bar, event);
    return event->accept();
  }
  const QRect frame = rectOf(*cell);
  const QPointF off((event->position().x() - frame.left()) / frame.width() - 0.5,
                    (event->position().y() - frame.top()) / frame.height() - 0.5);
  const double zoom = std::clamp(zoom_ * std::pow(1.25, turns), 1.0, kMostZoom);
  setZoom(zoom, centre_ + off * (1 / zoom_ - 1 / zoom));
  event->accept();
}

void SweepGridView::moveCurrent(int dx, int dy) {
  if (cells_.isEmpty()) return;
  auto [column, row] = placeOf(cells_.current());
  if (shownCount() == 0) return;
  if (column < 0) return cells_.setCurrent(cellOf(0, 0));
  if (layout_.wrapped) {
    const auto count = static_cast<long>(shownCount());
    const long index = static_cast<long>(row) * layout_.columns + column + dx +
                       static_cast<long>(dy) * layout_.columns;
    if (index < 0 || index >= count) return;
    return cells_.setCurrent(cellOf(static_cast<int>(index % layout_.columns),
                                    static_cast<int>(index / layout_.columns)));
  }
  column = std::clamp(column + dx, 0, layout_.columns - 1);
  row = std::clamp(row + dy, 0, layout_.rows - 1);
  cells_.setCurrent(cellOf(column, row));
}

// Escape lets the marks go before it means anything to the window.
bool SweepGridView::event(QEvent* event) {
  if (event->type() == QEvent::ShortcutOverride && !cells_.marked().empty() &&
      static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
    event->accept();
    return true;
  }
  return QAbstractScrollArea::event(event);
}

void SweepGridView::keyPressEvent(QKeyEvent* event) {
  const bool mark = event->modifiers() & Qt::ShiftModifier;
  const auto go = [&](int dx, int dy) {
    if (mark && !range_from_) range_from_ = cells_.current();
    moveCurrent(dx, dy);
    if (mark) markRange(*range_from_, cells_.current());
    if (!mark) range_from_.reset();
  };
  switch (event->key()) {
    case Qt::Key_Left:
      return go(-1, 0);
    case Qt::Key_Right:
      return go(1, 0);
    case Qt::Key_Up:
      return go(0, -1);
    case Qt::Key_Down:
      return go(0, 1);
    case Qt::Key_Home:
      return shownCount() == 0 ? void() : cells_.setCurrent(cellOf(0, 0));
    case Qt::Key_End:
      if (shownCount() > 0) {
        const auto last = static_cast<int>(shownCount()) - 1;
        cells_.setCurrent(layout_.wrapped ? cellOf(last % layout_.columns, last / layout_.columns)
                                          : cellOf(layout_.columns - 1, layout_.rows - 1));
      }
      return;
    case Qt::Key_PageUp:
      return go(0, -std::max(1, viewport()->height() / (layout_.tile.height() + kGap)));
    case Qt::Key_PageDown:
      return go(0, std::max(1, viewport()->height() / (layout_.tile.height() + kGap)));
    default:
      return lookKey(event);
  }
}

// Keys that do something with the cell, or with how all are seen.
void SweepGridView::lookKey(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Space:
      return cells_.isEmpty() ? void() : cells_.toggleMarked(cells_.current());
    case Qt::Key_Return:
    case Qt::Key_Enter:
      return cells_.isEmpty() ? void() : Q_EMIT opened(cells_.current());
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return setZoom(zoom_ * 1.25, centre_);
    case Qt::Key_Minus:
      return setZoom(zoom_ / 1.25, centre_);
    case Qt::Key_Z:
      return setZoom(1, {0.5, 0.5});
    case Qt::Key_C:
      return Q_EMIT compareAsked();
    case Qt::Key_F:
      if (!cells_.isEmpty() && !cells_.isPlan()) Q_EMIT waitingClicked(cells_.current());
      return;
    case Qt::Key_K:
    case Qt::Key_X: {
      if (cells_.isEmpty() || cells_.isPlan()) return;
      const Verdict asked = event->key() == Qt::Key_K ? Verdict::Kept : Verdict::Rejected;
      const bool already = cells_.verdict(cells_.current()) == asked;
      return cells_.setVerdict(cells_.current(), already ? Verdict::None : asked);
    }
    case Qt::Key_T:
      if (!event->isAutoRepeat()) setTwinHeld(true);
      return;
    case Qt::Key_Escape:
      if (!cells_.marked().empty()) return cells_.setMarked({});
      break;
    case Qt::Key_Menu: {
      if (cells_.isEmpty()) return;
      const QRect frame = rectOf(cells_.current());
      return Q_EMIT menuAsked(cells_.current(), viewport()->mapToGlobal(frame.center()));
    }
    default:
      break;
  }
  event->ignore();
}

void SweepGridView::keyReleaseEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_T && !event->isAutoRepeat()) return setTwinHeld(false);
  event->ignore();
}

void SweepGridView::focusOutEvent(QFocusEvent* event) {
  setTwinHeld(false);
  QAbstractScrollArea::focusOutEvent(event);
}

void SweepGridView::contextMenuEvent(QContextMenuEvent* event) {
  if (event->reason() == QContextMenuEvent::Keyboard) return;  // the key has its own way
  const auto cell = cellAt(event->pos());
  if (!cell) return;
  cells_.setCurrent(*cell);
  Q_EMIT menuAsked(*cell, event->globalPos());
}

bool SweepGridView::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::Leave) setHovered(std::nullopt);
  if (event->type() == QEvent::ToolTip) {
    auto* help = static_cast<QHelpEvent*>(event);
    const auto cell = cellAt(help->pos());
    if (cell) {
      QToolTip::showText(help->globalPos(), toolTipOf(*cell), viewport(), rectOf(*cell));
    } else {
      QToolTip::hideText();
    }
    return true;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

}  // namespace studio::ui
