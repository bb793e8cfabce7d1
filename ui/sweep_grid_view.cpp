// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The grid of a sweep's pictures: its layout.
#include "ui/sweep_grid_view.h"

#include "ui/job_text.h"

#include <QAccessible>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

constexpr int kGap = 6;
constexpr int kMargin = 12;
constexpr int kHeader = 30;
constexpr int kFrame = 3;  // of the selected tile, below the header
constexpr int kCaption = 20;
constexpr int kMostSide = 112;
constexpr int kMostFitting = 320;
constexpr double kMostZoom = 32;

}  // namespace

SweepGridView::SweepGridView(SweepCells& cells, CellImages& images, QWidget* parent)
    : QAbstractScrollArea(parent), cells_(cells), images_(images) {
  setObjectName(QStringLiteral("sweepGrid"));
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setMinimumSize(220, 160);
  setAccessibleName(tr("Grid of the sweep's pictures"));
  viewport()->setMouseTracking(true);
  setCornerWidget(new QWidget(this));
  viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
  const auto redraw = [this] { viewport()->update(); };
  connect(&cells_, &SweepCells::reset, this, [this] {
    setHovered(std::nullopt);
    relayout();
    verticalScrollBar()->setValue(0);
    horizontalScrollBar()->setValue(0);
  });
  connect(&cells_, &SweepCells::shownAxesChanged, this, [this] { relayout(); });
  connect(&cells_, &SweepCells::pictureChanged, this, [this, redraw](int picture) {
    // A step of a picture concerns the tiles of its cells only.
    if (!cells_.isStepping(picture)) return redraw();
    for (int row = 0; row < layout_.rows; ++row) {
      for (int column = 0; column < layout_.columns; ++column) {
        if (isTile(column, row) && cells_.picture(cellOf(column, row)) == picture)
          viewport()->update(tileRect(column, row).adjusted(-2, -2, 2, 2));
      }
    }
  });
  connect(&cells_, &SweepCells::marksChanged, this, redraw);
  connect(&cells_, &SweepCells::verdictsChanged, this, [this, redraw] {
    kept_only_ ? relayout() : redraw();
  });
  connect(&cells_, &SweepCells::starsChanged, this, redraw);
  connect(&cells_, &SweepCells::currentChanged, this, [this] {
    ensureVisible(cells_.current());
    viewport()->update();
    tellReaders();
  });
  connect(&images_, &CellImages::ready, this, [this] {
    // The first picture's true shape may differ from what the job says.
    if (!cells_.isEmpty() && layout_.tile.height() > 0 &&
        std::abs(aspect().height() -
                 static_cast<double>(layout_.tile.height()) / layout_.tile.width()) > 0.03) {
      relayout();
    }
    viewport()->update();
  });
  relayout();
}

QSizeF SweepGridView::aspect() const {
  const int picture = cells_.picture(cells_.current());
  QSize size = images_.sizeOf(picture);
  if (size.isEmpty() && !cells_.isEmpty()) {
    const GenerationRequest& base = cells_.grid().spec.base;
    if (base.width_px && base.height_px)
      size = QSize(static_cast<int>(*base.width_px), static_cast<int>(*base.height_px));
  }
  if (size.isEmpty()) return {1, 1};
  return {1, std::clamp(static_cast<double>(size.height()) / size.width(), 0.25, 4.0)};
}

std::size_t SweepGridView::shownCount() const {
  if (kept_only_) return kept_.size();
  return cells_.isEmpty() ? 0 : cells_.axisSize(cells_.across()) * cells_.axisSize(cells_.down());
}

int SweepGridView::fittingSide(int columns, int rows, int caption) const {
  const double tall = aspect().height();
  const int across =
      (viewport()->width() - 2 * kMargin - layout_.side - (columns - 1) * kGap) / columns;
  const double down = (viewport()->height() - kMargin - layout_.header - kFrame -
                       (rows - 1) * kGap - rows * caption - kMargin) /
                      (tall * rows);
  return static_cast<int>(std::min<double>(across, down));
}

void SweepGridView::relayout() {
  const int before = shownTileSize();
  layOut();
  if (shownTileSize() != before) Q_EMIT tileSizeChanged();
}

void SweepGridView::layOut() {
  layout_ = {};
  if (cells_.isEmpty()) {
    updateScrollBars();
    viewport()->update();
    return;
  }
  kept_ = kept_only_ ? cells_.kept() : std::vector<std::size_t>();
  const auto across =
      static_cast<int>(kept_only_ ? kept_.size() : cells_.axisSize(cells_.across()));
  const double tall = aspect().height();
  layout_.wrapped = kept_only_ || cells_.down() < 0;
  if (across == 0) {
    updateScrollBars();
    return viewport()->update();
  }
  if (layout_.wrapped) {
    layout_.caption = kCaption;
    layout_.header = kMargin - 4;
    int side = tile_size_;
    if (side == 0) {
      // The number of columns that makes the tiles largest.
      for (int columns = 1; columns <= across; ++columns) {
        const int rows = (across + columns - 1) / columns;
        const int fits = fittingSide(columns, rows, kCaption);
        if (fits > side) side = fits, layout_.columns = columns;
        if (columns > 200) break;
      }
      side = std::clamp(side, 72, kMostFitting);
    }
    const int room = viewport()->width() - 2 * kMargin + kGap;
    const int most = std::max(1, room / (side + kGap));
    layout_.columns = tile_size_ == 0 && layout_.columns > 0 ? std::min(layout_.columns, most)
                                                             : std::min(across, most);
    layout_.rows = (across + layout_.columns - 1) / layout_.columns;
    layout_.tile = QSize(side, static_cast<int>(std::lround(side * tall)));
  } else {
    layout_.columns = across;
    layout_.rows = static_cast<int>(cells_.axisSize(cells_.down()));
    layout_.header = kHeader;
    QFont small = font();
    small.setPixelSize(12);
    const QFontMetrics metrics(small);
    int widest = 24;
    for (int row = 0; row < std::min(layout_.rows, 200); ++row)
      widest =
          std::max(widest,
                   metrics.horizontalAdvance(
                       cells_.valueLabel(cells_.down(), static_cast<std::size_t>(row)).left(60)));
    layout_.side = std::min(widest, kMostSide) + 12;
    const int side =
        tile_size_ > 0
            ? tile_size_
            : std::clamp(fittingSide(layout_.columns, layout_.rows, 0), 64, kMostFitting);
    layout_.tile = QSize(side, static_cast<int>(std::lround(side * tall)));
  }
  const int wide = layout_.columns * (layout_.tile.width() + kGap) - kGap;
  const int high = layout_.rows * (layout_.tile.height() + layout_.caption + kGap) - kGap;
  layout_.contents =
      QSize(layout_.side + wide + 2 * kMargin, layout_.header + kFrame + high + kMargin);
  layout_.left = std::max(kMargin + layout_.side, (viewport()->width() - wide + layout_.side) / 2);
  layout_.top = layout_.header + kFrame;
  updateScrollBars();
  viewport()->update();
}

void SweepGridView::updateScrollBars() {
  const QSize seen = viewport()->size();
  horizontalScrollBar()->setRange(0, std::max(0, layout_.contents.width() - seen.width()));
  horizontalScrollBar()->setPageStep(seen.width());
  horizontalScrollBar()->setSingleStep(std::max(1, layout_.tile.width() / 2));
  verticalScrollBar()->setRange(0, std::max(0, layout_.contents.height() - seen.height()));
  verticalScrollBar()->setPageStep(seen.height());
  verticalScrollBar()->setSingleStep(std::max(1, layout_.tile.height() / 2));
}

QRect SweepGridView::tileRect(int column, int row) const {
  return {
      QPoint(layout_.left + column * (layout_.tile.width() + kGap) - horizontalScrollBar()->value(),
             layout_.top + row * (layout_.tile.height() + layout_.caption + kGap) +
                 layout_.caption - verticalScrollBar()->value()),
      layout_.tile};
}

bool SweepGridView::isTile(int column, int row) const {
  if (column < 0 || row < 0 || column >= layout_.columns || row >= layout_.rows) return false;
  return !layout_.wrapped ||
         static_cast<std::size_t>(row) * layout_.columns + column < shownCount();
}

std::size_t SweepGridView::cellOf(int column, int row) const {
  if (layout_.wrapped) {
    const std::size_t index = static_cast<std::size_t>(row) * layout_.columns + column;
    return kept_only_ ? kept_.at(index) : cells_.cellAtShown(index, 0);
  }
  return cells_.cellAtShown(static_cast<std::size_t>(column), static_cast<std::size_t>(row));
}

// Negative when it is not among those shown.
std::pair<int, int> SweepGridView::placeOf(std::size_t cell) const {
  if (kept_only_) {
    const auto found = std::find(kept_.begin(), kept_.end(), cell);
    if (found == kept_.end() || layout_.columns == 0) return {-1, -1};
    const int index = static_cast<int>(found - kept_.begin());
    return {index % layout_.columns, index / layout_.columns};
  }
  const auto there = cells_.position(cell);
  const auto index = [&](int axis) {
    return axis < 0 ? 0 : static_cast<int>(there[static_cast<std::size_t>(axis)]);
  };
  if (!layout_.wrapped) return {index(cells_.across()), index(cells_.down())};
  return {index(cells_.across()) % layout_.columns, index(cells_.across()) / layout_.columns};
}

QRect SweepGridView::rectOf(std::size_t cell) const {
  if (cells_.isEmpty() || cell >= cells_.cells()) return {};
  const auto [column, row] = placeOf(cell);
  return isTile(column, row) && cellOf(column, row) == cell ? tileRect(column, row) : QRect();
}

std::optional<std::size_t> SweepGridView::cellAt(QPoint point) const {
  if (cells_.isEmpty() || layout_.tile.isEmpty()) return std::nullopt;
  if (point.y() < layout_.header || (!layout_.wrapped && point.x() < layout_.side))
    return std::nullopt;
  const int x = point.x() + horizontalScrollBar()->value() - layout_.left;
  const int y = point.y() + verticalScrollBar()->value() - layout_.top;
  if (x < 0 || y < 0) return std::nullopt;
  const int column = x / (layout_.tile.width() + kGap);
  const int row = y / (layout_.tile.height() + layout_.caption + kGap);
  if (!isTile(column, row) || !tileRect(column, row).contains(point)) return std::nullopt;
  return cellOf(column, row);
}

void SweepGridView::setTileSize(int side) {
  side = side <= 0 ? 0 : std::clamp(side, kLeastTile, kMostTile);
  if (side == tile_size_) return;
  tile_size_ = side;
  relayout();
  if (!cells_.isEmpty()) ensureVisible(cells_.current());
  Q_EMIT tileSizeChanged();
}

void SweepGridView::setZoomLinked(bool linked) {
  zoom_linked_ = linked;
  if (!linked) setZoom(1, {0.5, 0.5});
}

void SweepGridView::setZoom(double zoom, QPointF centre) {
  zoom_ = std::clamp(zoom, 1.0, kMostZoom);
  const double half = 0.5 / zoom_;
  centre_ = QPointF(std::clamp(centre.x(), half, 1 - half), std::clamp(centre.y(), half, 1 - half));
  viewport()->update();
  Q_EMIT zoomChanged();
}

void SweepGridView::setKeptOnly(bool only) {
  if (kept_only_ == only) return;
  kept_only_ = only;
  setHovered(std::nullopt);
  relayout();
  if (!cells_.isEmpty()) ensureVisible(cells_.current());
}

QString SweepGridView::captionOf(std::size_t cell) const {
  if (kept_only_) return cells_.cellText(cell);
  const auto axis = static_cast<std::size_t>(std::max(0, cells_.across()));
  return cells_.valueLabel(cells_.across(), cells_.position(cell).at(axis));
}

void SweepGridView::setLook(CellLook look) {
  look_ = look;
  viewport()->update();
}

void SweepGridView::setTwinHeld(bool held) {
  if (twin_held_ == held) return;
  twin_held_ = held;
  viewport()->update();
}

Framing SweepGridView::framing() const {
  const double ratio = devicePixelRatioF();
  return {static_cast<int>(std::lround(layout_.tile.width() * ratio)),
          static_cast<int>(std::lround(layout_.tile.height() * ratio)),
          zoom_,
          centre_.x(),
          centre_.y()};
}

void SweepGridView::ensureVisible(std::size_t cell) {
  const QRect frame = rectOf(cell);
  if (frame.isNull()) return;
  const QRect seen(layout_.side,
                   layout_.header,
                   viewport()->width() - layout_.side,
                   viewport()->height() - layout_.header);
  const auto move = [](QScrollBar* bar, int low, int high, int from, int to) {
    if (low < from)
      bar->setValue(bar->value() + low - from - kGap);
    else if (high > to)
      bar->setValue(bar->value() + high - to + kGap);
  };
  move(horizontalScrollBar(), frame.left(), frame.right(), seen.left(), seen.right());
  move(verticalScrollBar(),
       frame.top() - layout_.caption,
       frame.bottom(),
       seen.top(),
       seen.bottom());
}

void SweepGridView::setHovered(std::optional<std::size_t> cell) {
  if (hovered_ == cell) return;
  hovered_ = cell;
  viewport()->update();
  Q_EMIT hoverChanged();
}

void SweepGridView::tellReaders() {
  if (cells_.isEmpty()) return;
  setAccessibleDescription(toolTipOf(cells_.current()));
  QAccessibleEvent event(this, QAccessible::DescriptionChanged);
  QAccessible::updateAccessibility(&event);
}

QString SweepGridView::toolTipOf(std::size_t cell) const {
  QStringList lines{cells_.cellText(cell)};
  const CellResult& result = cells_.resultOfCell(cell);
  switch (result.state) {
    case CellState::Waiting:
      lines << (cells_.isPlan() ? tr("Not started")
                : cells_.isAsked(cells_.picture(cell))
                    ? tr("Waiting: click to make it next")
                    : tr("Not among the cells that this run makes"));
      break;
    case CellState::Running:
      if (const CellProgress* const progress = cells_.progress(cells_.picture(cell)))
        lines << tr("Step %1 of %2").arg(progress->step).arg(progress->steps);
      break;
    case CellState::Finished:
      lines << tr("%1 · %2").arg(secondsText(result.seconds), QString::fromStdString(result.made));
      break;
    case CellState::Failed:
      lines << tr("Failed: %1").arg(QString::fromStdString(result.error));
      break;
    case CellState::Skipped:
      lines << tr("Left out: %1").arg(QString::fromStdString(result.error));
      break;
  }
  return lines.join('\n');
}

void SweepGridView::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  relayout();
}

void SweepGridView::scrollContentsBy(int, int) { viewport()->update(); }

}  // namespace studio::ui
