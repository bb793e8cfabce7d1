// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Thousands of pictures as tiles: mouse, keys and selection.
#include "ui/gallery_grid.h"

#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QDir>
#include <QDrag>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMimeData>
#include <QMouseEvent>
#include <QRubberBand>
#include <QScrollBar>
#include <QToolTip>
#include <QUrl>
#include <QWheelEvent>

#include <algorithm>
#include <array>

namespace studio::ui {
namespace {

// What may stand beside a key of movement.
bool isPlainMove(Qt::KeyboardModifiers modifiers) {
  return (modifiers & ~(Qt::ShiftModifier | Qt::ControlModifier | Qt::KeypadModifier)) ==
         Qt::NoModifier;
}

}  // namespace

std::vector<int> GalleryGrid::selectedRows() const {
  std::vector<int> rows;
  if (selected_.isEmpty()) return rows;
  for (int row = 0; row < count(); ++row) {
    if (selected_.contains(entry(row)->id)) rows.push_back(row);
  }
  return rows;
}

void GalleryGrid::tellSelection() {
  const GalleryEntry* one = entry(current_);
  setAccessibleDescription(
      one == nullptr ? tr("%n picture(s)", nullptr, count())
                     : tr("%1, %2, picture %3 of %4, %5 selected")
                           .arg(one->path, one->prompt.isEmpty() ? one->caption : one->prompt)
                           .arg(current_ + 1)
                           .arg(count())
                           .arg(selected_.size()));
  QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
  QAccessible::updateAccessibility(&changed);
  viewport()->update();
  Q_EMIT selectionChanged();
}

void GalleryGrid::setCurrent(int row) {
  current_ = row;
  ensureVisible(row);
}

void GalleryGrid::select(int row) {
  if (entry(row) == nullptr) return;
  selected_ = {entry(row)->id};
  anchor_ = row;
  setCurrent(row);
  tellSelection();
}

void GalleryGrid::selectAll() {
  for (int row = 0; row < count(); ++row) selected_.insert(entry(row)->id);
  if (current_ < 0 && count() > 0) current_ = anchor_ = 0;
  tellSelection();
}

void GalleryGrid::clearSelection() {
  if (selected_.isEmpty()) return;
  selected_.clear();
  tellSelection();
}

void GalleryGrid::selectRange(int from, int to, bool keep) {
  if (!keep) selected_.clear();
  for (int row = std::min(from, to); row <= std::max(from, to); ++row) {
    if (entry(row) != nullptr) selected_.insert(entry(row)->id);
  }
}

void GalleryGrid::choose(int row, Qt::KeyboardModifiers modifiers) {
  const GalleryEntry* one = entry(row);
  if (one == nullptr) return;
  if (modifiers & Qt::ShiftModifier) {
    if (anchor_ < 0) anchor_ = current_ < 0 ? row : current_;
    selectRange(anchor_, row, modifiers & Qt::ControlModifier);
  } else if (modifiers & Qt::ControlModifier) {
    if (!selected_.remove(one->id)) selected_.insert(one->id);
    anchor_ = row;
  } else {
    selected_ = {one->id};
    anchor_ = row;
  }
  setCurrent(row);
  tellSelection();
}

void GalleryGrid::ensureVisible(int row) {
  const QRect tile = contentRect(row);
  if (tile.isNull()) return;
  QScrollBar* bar = verticalScrollBar();
  constexpr int kAir = 8;
  if (tile.top() - kAir < bar->value()) {
    // The heading over a first line comes into view with it.
    const Section& section = sections_[static_cast<std::size_t>(sectionOf(row))];
    const bool first_line = row < section.first + columns_;
    bar->setValue(first_line ? section.top : tile.top() - kAir);
  } else if (tile.bottom() + kAir > bar->value() + viewport()->height()) {
    bar->setValue(tile.bottom() + kAir - viewport()->height());
  }
}

// The tile above or below, in the same column where there is one.
int GalleryGrid::verticalTarget(bool down) const {
  auto index = static_cast<std::size_t>(sectionOf(current_));
  const Section& section = sections_[index];
  const int within = current_ - section.first, column = within % columns_;
  const int lines = (section.count + columns_ - 1) / columns_;
  const int line = within / columns_ + (down ? 1 : -1);
  if (line >= 0 && line < lines)
    return section.first + std::min(section.count - 1, line * columns_ + column);
  if ((down && index + 1 >= sections_.size()) || (!down && index == 0)) return current_;
  const Section& next = sections_[down ? index + 1 : index - 1];
  const int next_lines = (next.count + columns_ - 1) / columns_;
  const int start = down ? 0 : (next_lines - 1) * columns_;
  return next.first + std::min(next.count - 1, start + column);
}

int GalleryGrid::target(Move move) const {
  if (current_ < 0) return count() > 0 ? std::max(0, visibleRows().first) : -1;
  switch (move) {
    case Move::Left:
      return std::max(0, current_ - 1);
    case Move::Right:
      return std::min(count() - 1, current_ + 1);
    case Move::Home:
      return 0;
    case Move::End:
      return count() - 1;
    case Move::Up:
    case Move::Down:
      return verticalTarget(move == Move::Down);
    case Move::PageUp:
    case Move::PageDown:
      break;
  }
  const int lines = std::max(1, viewport()->height() / std::max(1, tileRect(current_).height()));
  const int far = current_ + (move == Move::PageDown ? lines : -lines) * columns_;
  return std::clamp(far, 0, count() - 1);
}

void GalleryGrid::moveCurrent(Move move, Qt::KeyboardModifiers modifiers) {
  const int to = target(move);
  if (to < 0) return;
  // Control moves without selecting; Space then selects.
  if ((modifiers & Qt::ControlModifier) && !(modifiers & Qt::ShiftModifier)) {
    setCurrent(to);
    return tellSelection();
  }
  choose(to, modifiers & Qt::ShiftModifier);
}

QAction* GalleryGrid::actionFor(const QKeyEvent& event) const {
  const QKeySequence pressed(event.keyCombination());
  // Digits of the number pad count like the others.
  const QKeySequence plain(
      QKeyCombination(event.modifiers() & ~Qt::KeypadModifier, static_cast<Qt::Key>(event.key())));
  for (QAction* action : actions()) {
    for (const QKeySequence& keys : action->shortcuts()) {
      if (keys == pressed || keys == plain) return action;
    }
  }
  return nullptr;
}

bool GalleryGrid::event(QEvent* event) {
  // Letters and digits mean something else in the window around: while the grid has the focus they
  // are its own.
  if (event->type() == QEvent::ShortcutOverride) {
    const auto& key = *static_cast<QKeyEvent*>(event);
    if (actionFor(key) != nullptr || key.key() == Qt::Key_Space) {
      event->accept();
      return true;
    }
  }
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
    viewport()->update();
  return QAbstractScrollArea::event(event);
}

void GalleryGrid::keyPressEvent(QKeyEvent* event) {
  static constexpr std::array kMoves = {std::pair{Qt::Key_Left, Move::Left},
                                        std::pair{Qt::Key_Right, Move::Right},
                                        std::pair{Qt::Key_Up, Move::Up},
                                        std::pair{Qt::Key_Down, Move::Down},
                                        std::pair{Qt::Key_PageUp, Move::PageUp},
                                        std::pair{Qt::Key_PageDown, Move::PageDown},
                                        std::pair{Qt::Key_Home, Move::Home},
                                        std::pair{Qt::Key_End, Move::End}};
  for (const auto& [key, move] : kMoves) {
    if (event->key() == key && isPlainMove(event->modifiers()))
      return moveCurrent(move, event->modifiers());
  }
  if (event->key() == Qt::Key_Space && current_ >= 0)
    return choose(current_, event->modifiers() | Qt::ControlModifier);
  if (QAction* action = actionFor(*event)) {
    // Switched off is not somebody else's either.
    if (action->isEnabled()) action->trigger();
    return;
  }
  QAbstractScrollArea::keyPressEvent(event);
}

void GalleryGrid::mousePressEvent(QMouseEvent* event) {
  const QPoint point = event->position().toPoint();
  const int row = rowAt(point);
  if (event->button() == Qt::RightButton) {
    if (row >= 0 && !selected_.contains(entry(row)->id)) choose(row, Qt::NoModifier);
    return;
  }
  if (event->button() != Qt::LeftButton) return;
  pressed_ = point;
  pressed_row_ = row;
  select_on_release_ = false;
  if (row >= 0) {
    // A press on a selected tile may begin a drag of all of them.
    if (event->modifiers() == Qt::NoModifier && selected_.contains(entry(row)->id)) {
      select_on_release_ = true;
    } else {
      choose(row, event->modifiers());
    }
    return;
  }
  if (!(event->modifiers() & (Qt::ControlModifier | Qt::ShiftModifier))) clearSelection();
  band_kept_ = selected_;
  band_origin_ = point + QPoint(0, verticalScrollBar()->value());
}

void GalleryGrid::mouseMoveEvent(QMouseEvent* event) {
  const QPoint point = event->position().toPoint();
  if (!(event->buttons() & Qt::LeftButton) || !pressed_) {
    const int row = rowAt(point);
    if (row == hovered_) return;
    updateTile(std::exchange(hovered_, row));
    return updateTile(hovered_);
  }
  const bool far = (point - *pressed_).manhattanLength() >= QApplication::startDragDistance();
  if (pressed_row_ >= 0) {
    if (far) startDrag();
    return;
  }
  if (band_ == nullptr && far) {
    band_ = new QRubberBand(QRubberBand::Rectangle, viewport());
    band_->show();
  }
  if (band_ == nullptr) return;
  // At the edges the pictures come along.
  const int over = point.y() < 0 ? point.y() : std::max(0, point.y() - viewport()->height());
  if (over != 0) verticalScrollBar()->setValue(verticalScrollBar()->value() + over / 2);
  const QRect band =
      QRect(band_origin_ - QPoint(0, verticalScrollBar()->value()), point).normalized();
  band_->setGeometry(band);
  selectIn(band);
}

void GalleryGrid::selectIn(const QRect& band) {
  QSet<qint64> now = band_kept_;
  const auto [first, last] = visibleRows();
  const int scroll = verticalScrollBar()->value();
  // Also what the band has left behind above or below the view.
  int from = first, to = last;
  if (band.top() < 0 || band.bottom() > viewport()->height()) {
    from = 0;
    to = count();
  }
  const QRect content = band.translated(0, scroll);
  for (int row = from; row < to; ++row) {
    if (contentRect(row).intersects(content)) now.insert(entry(row)->id);
  }
  if (now == selected_) return;
  selected_ = now;
  tellSelection();
}

void GalleryGrid::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  if (band_ != nullptr) {
    delete std::exchange(band_, nullptr);
  } else if (std::exchange(select_on_release_, false) && entry(pressed_row_) != nullptr) {
    choose(pressed_row_, Qt::NoModifier);
  }
  pressed_.reset();
  pressed_row_ = -1;
}

void GalleryGrid::mouseDoubleClickEvent(QMouseEvent* event) {
  const int row = rowAt(event->position().toPoint());
  if (event->button() == Qt::LeftButton && row >= 0) Q_EMIT openAsked(row);
}

std::unique_ptr<QMimeData> GalleryGrid::dragData() const {
  QList<QUrl> urls;
  for (const int row : selectedRows())
    urls << QUrl::fromLocalFile(QDir(folder_).filePath(entry(row)->path));
  if (urls.isEmpty()) return nullptr;
  auto made = std::make_unique<QMimeData>();
  made->setUrls(urls);
  return made;
}

void GalleryGrid::startDrag() {
  select_on_release_ = false;
  pressed_.reset();
  auto files = dragData();
  if (!files) return;
  auto* drag = new QDrag(this);
  drag->setMimeData(files.release());
  QImage shown = thumbOf(pressed_row_);
  if (!shown.isNull()) {
    shown.setDevicePixelRatio(devicePixelRatioF());
    drag->setPixmap(QPixmap::fromImage(shown.scaled(96 * devicePixelRatioF(),
                                                    96 * devicePixelRatioF(),
                                                    Qt::KeepAspectRatio,
                                                    Qt::SmoothTransformation)));
  }
  pressed_row_ = -1;
  drag->exec(Qt::CopyAction);
}

void GalleryGrid::contextMenuEvent(QContextMenuEvent* event) {
  QPoint at = event->globalPos();
  if (event->reason() == QContextMenuEvent::Keyboard && current_ >= 0)
    at = viewport()->mapToGlobal(tileRect(current_).center());
  Q_EMIT menuAsked(at);
}

void GalleryGrid::wheelEvent(QWheelEvent* event) {
  if (event->modifiers() & Qt::ControlModifier) {
    if (event->angleDelta().y() != 0) setTileSide(side_ + (event->angleDelta().y() > 0 ? 16 : -16));
    return event->accept();
  }
  QAbstractScrollArea::wheelEvent(event);
}

QString GalleryGrid::tipFor(int row) const {
  const GalleryEntry* one = entry(row);
  if (one == nullptr) return {};
  QStringList lines{QDir::toNativeSeparators(one->path)};
  if (!one->prompt.isEmpty()) lines << one->prompt;
  if (!one->mark.tags.isEmpty()) lines << tr("Tags: %1").arg(one->mark.tags.join(tr(", ")));
  if (!one->problem.isEmpty()) lines << one->problem;
  for (QString& line : lines) line = QStringLiteral("<p>%1</p>").arg(line.toHtmlEscaped());
  return lines.join(QString());
}

bool GalleryGrid::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const int row = rowAt(help->pos());
    QToolTip::showText(help->globalPos(), tipFor(row), viewport());
    return true;
  }
  if (event->type() == QEvent::Leave) updateTile(std::exchange(hovered_, -1));
  return QAbstractScrollArea::viewportEvent(event);
}

void GalleryGrid::focusInEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusInEvent(event);
  viewport()->update();
}

void GalleryGrid::focusOutEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusOutEvent(event);
  viewport()->update();
}

}  // namespace studio::ui
