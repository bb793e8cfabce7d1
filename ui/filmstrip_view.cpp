// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One axis of a sweep as a strip of pictures under the one that is looked at.
#include "ui/filmstrip_view.h"

#include "ui/cell_picture.h"
#include "ui/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kFrame = 104;
constexpr int kGap = 8;
constexpr int kTop = 10;
constexpr int kLabel = 20;

}  // namespace

Filmstrip::Filmstrip(SweepCells& cells, CellImages& images, QWidget* parent)
    : QAbstractScrollArea(parent), cells_(cells), images_(images) {
  setObjectName(QStringLiteral("filmstrip"));
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFixedHeight(kTop + kFrame + kLabel + 18);
  setAccessibleName(tr("Pictures along one axis"));
  const auto redraw = [this] { viewport()->update(); };
  connect(&cells_, &SweepCells::reset, this, &Filmstrip::relayout);
  connect(&cells_, &SweepCells::shownAxesChanged, this, &Filmstrip::relayout);
  connect(&cells_, &SweepCells::pictureChanged, this, redraw);
  connect(&images_, &CellImages::ready, this, redraw);
  connect(&cells_, &SweepCells::currentChanged, this, [this] {
    const QRect frame = rectOf(index());
    auto* bar = horizontalScrollBar();
    if (frame.left() < kGap) bar->setValue(bar->value() + frame.left() - kFrame / 2);
    if (frame.right() > viewport()->width() - kGap)
      bar->setValue(bar->value() + frame.right() - viewport()->width() + kFrame / 2);
    setAccessibleDescription(cells_.cellText(cells_.current()));
    viewport()->update();
  });
}

std::size_t Filmstrip::index() const {
  return cells_.isEmpty() || cells_.across() < 0
             ? 0
             : cells_.position(cells_.current())[static_cast<std::size_t>(cells_.across())];
}

QRect Filmstrip::rectOf(std::size_t index) const {
  const int wide = static_cast<int>(count()) * (kFrame + kGap) - kGap;
  const int left = std::max(16, (viewport()->width() - wide) / 2);
  return {left + static_cast<int>(index) * (kFrame + kGap) - horizontalScrollBar()->value(),
          kTop,
          kFrame,
          kFrame};
}

void Filmstrip::relayout() {
  const int wide = static_cast<int>(count()) * (kFrame + kGap) - kGap + 32;
  horizontalScrollBar()->setRange(0, std::max(0, wide - viewport()->width()));
  horizontalScrollBar()->setPageStep(viewport()->width());
  horizontalScrollBar()->setSingleStep(kFrame / 2);
  viewport()->update();
}

void Filmstrip::drawFrame(QPainter& painter, std::size_t index) {
  const Theme& t = theme();
  const QRect frame = rectOf(index);
  const std::size_t cell = [&] {
    auto there = cells_.position(cells_.current());
    there[static_cast<std::size_t>(cells_.across())] = index;
    return cells_.cellAt(there);
  }();
  const double ratio = devicePixelRatioF();
  const int side = static_cast<int>(kFrame * ratio);
  const CellProgress* const running = cells_.progress(cells_.picture(cell));
  painter.setPen(Qt::NoPen);
  painter.setBrush(t.panel);
  painter.drawRoundedRect(frame, 5, 5);
  if (cells_.isFinished(cell)) {
    const CellImages::Tile tile =
        images_.tile(this, cells_.picture(cell), -1, CellLook::Plain, {side, side, 1, 0.5, 0.5});
    if (!tile.image.isNull()) {
      QImage image = tile.image;
      image.setDevicePixelRatio(ratio);
      painter.drawImage(QPointF(frame.topLeft()) + QPointF(tile.at) / ratio, image);
    }
  } else if (running != nullptr && !running->preview.isNull()) {
    painter.drawImage(frame, running->preview);
  } else {
    const CellState state = cells_.resultOfCell(cell).state;
    painter.setPen(state == CellState::Failed ? t.bad : t.muted);
    painter.drawText(frame,
                     Qt::AlignCenter,
                     state == CellState::Failed ? tr("failed")
                     : cells_.isPlan()          ? tr("–")
                                                : tr("waiting"));
  }
  const bool current = cell == cells_.current();
  if (current) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(t.accent, hasFocus() ? 3 : 2));
    painter.drawRoundedRect(QRectF(frame).adjusted(-1, -1, 1, 1), 6, 6);
  }
  painter.setPen(current ? t.text : t.muted);
  const QRect label(frame.left(), frame.bottom() + 3, frame.width(), kLabel);
  painter.drawText(
      label,
      Qt::AlignCenter,
      painter.fontMetrics().elidedText(
          cells_.valueLabel(cells_.across(), index).simplified(), Qt::ElideRight, kFrame));
}

void Filmstrip::paintEvent(QPaintEvent*) {
  QPainter painter(viewport());
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.fillRect(viewport()->rect(), theme().panel);
  painter.setPen(theme().line);
  painter.drawLine(0, 0, viewport()->width(), 0);
  images_.beginFrame(this);
  QFont small = font();
  small.setPixelSize(12);
  painter.setFont(small);
  for (std::size_t i = 0; i < count(); ++i) {
    const QRect frame = rectOf(i);
    if (frame.right() < 0) continue;
    if (frame.left() > viewport()->width()) break;
    drawFrame(painter, i);
  }
}

void Filmstrip::go(std::size_t index) {
  if (index >= count()) return;
  cells_.setAt(cells_.across(), index);
  if (!cells_.isPlan() && cells_.resultOfCell(cells_.current()).state == CellState::Waiting)
    Q_EMIT missing(cells_.current());
}

void Filmstrip::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  relayout();
}

void Filmstrip::scrollContentsBy(int, int) { viewport()->update(); }

void Filmstrip::mousePressEvent(QMouseEvent* event) {
  for (std::size_t i = 0; i < count(); ++i) {
    if (rectOf(i).contains(event->pos())) return go(i);
  }
}

void Filmstrip::mouseDoubleClickEvent(QMouseEvent* event) {
  if (!cells_.isEmpty() && rectOf(index()).contains(event->pos())) Q_EMIT opened(cells_.current());
}

void Filmstrip::wheelEvent(QWheelEvent* event) {
  const QPoint turn = event->angleDelta();
  const int by = std::abs(turn.x()) > std::abs(turn.y()) ? turn.x() : turn.y();
  horizontalScrollBar()->setValue(horizontalScrollBar()->value() - by);
  event->accept();
}

void Filmstrip::keyPressEvent(QKeyEvent* event) {
  if (count() == 0) return event->ignore();
  const std::size_t at = index();
  switch (event->key()) {
    case Qt::Key_Left:
      return at > 0 ? go(at - 1) : void();
    case Qt::Key_Right:
      return go(at + 1);
    case Qt::Key_Home:
      return go(0);
    case Qt::Key_End:
      return go(count() - 1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
      return Q_EMIT opened(cells_.current());
    case Qt::Key_Up:
    case Qt::Key_Down: {
      if (cells_.down() < 0) break;
      const std::size_t row = cells_.at(cells_.down());
      if (event->key() == Qt::Key_Up && row > 0) cells_.setAt(cells_.down(), row - 1);
      if (event->key() == Qt::Key_Down) cells_.setAt(cells_.down(), row + 1);
      viewport()->update();
      return;
    }
    default:
      break;
  }
  event->ignore();
}

FilmstripView::FilmstripView(SweepCells& cells, CellImages& images, QWidget* parent)
    : QWidget(parent),
      picture_(new CellPicture(cells, images, this)),
      strip_(new Filmstrip(cells, images, this)) {
  setObjectName(QStringLiteral("filmstripView"));
  picture_->setShowsNeighbour(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  auto* room = new QVBoxLayout;
  room->setContentsMargins(16, 16, 16, 12);
  room->addWidget(picture_);
  layout->addLayout(room, 1);
  layout->addWidget(strip_);
  setFocusProxy(strip_);
}

}  // namespace studio::ui
