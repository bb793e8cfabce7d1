// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Two axes as a surface with a puck: moving it flips through the finished cells.
#include "ui/sweep_pad.h"

#include "ui/cell_picture.h"
#include "ui/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

constexpr int kRestMs = 120;     // a puck in flight asks for nothing
constexpr double kEdge = 16;     // room for the puck at the ends
constexpr double kLabels = 20;   // below and left of the field
constexpr double kDotsFrom = 6;  // closer dots are left out

}  // namespace

SweepPad::SweepPad(SweepCells& cells, QWidget* parent) : QWidget(parent), cells_(cells) {
  setObjectName(QStringLiteral("sweepPad"));
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Pad over two axes"));
  setToolTip(tr("Drag the puck, or use the arrow keys, to flip through the cells"));
  setCursor(Qt::CrossCursor);
  rest_.setSingleShot(true);
  rest_.setInterval(kRestMs);
  connect(&rest_, &QTimer::timeout, this, &SweepPad::rested);
  const auto redraw = [this] { update(); };
  connect(&cells_, &SweepCells::reset, this, redraw);
  connect(&cells_, &SweepCells::pictureChanged, this, [this](int picture) {
    if (!cells_.isStepping(picture)) update();
  });
  connect(&cells_, &SweepCells::shownAxesChanged, this, redraw);
  connect(&cells_, &SweepCells::currentChanged, this, [this] {
    setAccessibleDescription(cells_.cellText(cells_.current()));
    update();
  });
}

QRectF SweepPad::field() const { return QRectF(rect()).adjusted(0.5, 0.5, -0.5, -kLabels); }

QPointF SweepPad::placeOf(std::size_t column, std::size_t row) const {
  const QRectF area = field().adjusted(kEdge, kEdge, -kEdge, -kEdge);
  const auto share = [](std::size_t index, std::size_t size) {
    return size < 2 ? 0.5 : static_cast<double>(index) / static_cast<double>(size - 1);
  };
  return {area.left() + area.width() * share(column, cells_.axisSize(cells_.across())),
          area.top() + area.height() * share(row, cells_.axisSize(cells_.down()))};
}

void SweepPad::drawDots(QPainter& painter) {
  const Theme& t = theme();
  const std::size_t columns = cells_.axisSize(cells_.across()),
                    rows = cells_.axisSize(cells_.down());
  const QRectF area = field();
  if (area.width() / static_cast<double>(columns) < kDotsFrom ||
      area.height() / static_cast<double>(rows) < kDotsFrom)
    return;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      const CellState state = cells_.resultOfCell(cells_.cellAtShown(column, row)).state;
      const QPointF at = placeOf(column, row);
      const bool solid = state == CellState::Finished || state == CellState::Failed;
      const QColor colour = state == CellState::Failed    ? t.bad
                            : state == CellState::Running ? t.accent
                                                          : t.muted;
      painter.setPen(solid ? QPen(Qt::NoPen) : QPen(colour, 1.2));
      painter.setBrush(solid ? QBrush(colour) : QBrush(Qt::NoBrush));
      painter.drawEllipse(at, 2.6, 2.6);
    }
  }
}

void SweepPad::paintEvent(QPaintEvent*) {
  const Theme& t = theme();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(hasFocus() ? t.accent : t.line, 1));
  painter.setBrush(t.field);
  painter.drawRoundedRect(field(), 6, 6);
  if (cells_.isEmpty()) return;
  drawDots(painter);
  const auto there = cells_.position(cells_.current());
  const auto index = [&](int axis) { return axis < 0 ? 0 : there[static_cast<std::size_t>(axis)]; };
  const QPointF snapped = placeOf(index(cells_.across()), index(cells_.down()));
  const QPointF puck = dragging_ ? hand_ : snapped;
  QColor halo = t.accent;
  halo.setAlpha(70);
  painter.setPen(Qt::NoPen);
  if (dragging_) {
    painter.setPen(QPen(t.accent, 1, Qt::DotLine));
    painter.drawLine(puck, snapped);
    painter.setPen(Qt::NoPen);
  }
  painter.setBrush(halo);
  painter.drawEllipse(puck, 11, 11);
  painter.setBrush(t.accent);
  painter.drawEllipse(puck, 6.5, 6.5);
  QFont small = font();
  small.setPixelSize(11);
  painter.setFont(small);
  painter.setPen(t.muted);
  QString text = cells_.valueLabel(cells_.across(), index(cells_.across())).simplified();
  if (cells_.down() >= 0)
    text += QStringLiteral("   ↓ ") +
            cells_.valueLabel(cells_.down(), index(cells_.down())).simplified();
  text.prepend(QStringLiteral("→ "));
  const QRectF foot(4, height() - kLabels + 2, width() - 8, kLabels - 2);
  painter.drawText(
      foot,
      Qt::AlignLeft | Qt::AlignVCenter,
      painter.fontMetrics().elidedText(text, Qt::ElideRight, static_cast<int>(foot.width())));
}

void SweepPad::moveTo(QPointF point) {
  if (cells_.isEmpty()) return;
  const QRectF area = field().adjusted(kEdge, kEdge, -kEdge, -kEdge);
  hand_ = QPointF(std::clamp(point.x(), area.left(), area.right()),
                  std::clamp(point.y(), area.top(), area.bottom()));
  const auto nearest = [](double share, std::size_t size) {
    return static_cast<std::size_t>(
        std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(size - 1)));
  };
  const double x = area.width() > 0 ? (hand_.x() - area.left()) / area.width() : 0;
  const double y = area.height() > 0 ? (hand_.y() - area.top()) / area.height() : 0;
  cells_.setCurrent(cells_.cellAtShown(nearest(x, cells_.axisSize(cells_.across())),
                                       nearest(y, cells_.axisSize(cells_.down()))));
  update();
  rest_.start();
}

void SweepPad::rested() {
  if (cells_.isEmpty() || cells_.isPlan()) return;
  if (cells_.resultOfCell(cells_.current()).state == CellState::Waiting)
    Q_EMIT missing(cells_.current());
}

void SweepPad::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  dragging_ = true;
  moveTo(event->position());
}

void SweepPad::mouseMoveEvent(QMouseEvent* event) {
  if (dragging_) moveTo(event->position());
}

void SweepPad::mouseReleaseEvent(QMouseEvent*) {
  dragging_ = false;
  update();
}

void SweepPad::keyPressEvent(QKeyEvent* event) {
  if (cells_.isEmpty()) return event->ignore();
  auto there = cells_.position(cells_.current());
  const auto step = [&](int axis, int by) {
    if (axis < 0) return;
    auto& index = there[static_cast<std::size_t>(axis)];
    const long next = static_cast<long>(index) + by;
    index = static_cast<std::size_t>(
        std::clamp(next, 0L, static_cast<long>(cells_.axisSize(axis)) - 1));
  };
  switch (event->key()) {
    case Qt::Key_Left:
      step(cells_.across(), -1);
      break;
    case Qt::Key_Right:
      step(cells_.across(), 1);
      break;
    case Qt::Key_Up:
      step(cells_.down(), -1);
      break;
    case Qt::Key_Down:
      step(cells_.down(), 1);
      break;
    default:
      return event->ignore();
  }
  cells_.setCurrent(cells_.cellAt(there));
  rest_.start();
}

void SweepPad::focusInEvent(QFocusEvent*) { update(); }
void SweepPad::focusOutEvent(QFocusEvent*) { update(); }

SweepPadView::SweepPadView(SweepCells& cells, CellImages& images, QWidget* parent)
    : QWidget(parent),
      cells_(cells),
      picture_(new CellPicture(cells, images, this)),
      pad_(new SweepPad(cells, this)) {
  setObjectName(QStringLiteral("sweepPadView"));
  picture_->setShowsNeighbour(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 12);
  layout->setSpacing(12);
  layout->addWidget(picture_, 5);
  layout->addWidget(pad_, 2);
  setFocusProxy(pad_);
  connect(&cells_, &SweepCells::currentChanged, this, &SweepPadView::prefetch);
}

void SweepPadView::prefetch() {
  if (isVisible()) picture_->prefetch(2);
}

void SweepPadView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  prefetch();
}

void SweepPadView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  prefetch();
}

}  // namespace studio::ui
