// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The grid of a sweep's pictures: how it is painted.
#include "ui/gallery_stars.h"
#include "ui/job_text.h"
#include "ui/resample.h"
#include "ui/sweep_grid_view.h"
#include "ui/theme.h"

#include <QPaintEvent>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kRadius = 5;
constexpr int kGap = 6;
constexpr int kWordsFrom = 72;    // narrower tiles say nothing
constexpr int kSoftenedFrom = 2;  // a preview is spread this much before the painter scales it

QFont smallFont(const QFont& font, int px) {
  QFont small = font;
  small.setPixelSize(px);
  return small;
}

QColor faded(QColor colour, int alpha) {
  colour.setAlpha(alpha);
  return colour;
}

}  // namespace

void SweepGridView::paintEvent(QPaintEvent* event) {
  const Theme& t = theme();
  const QRegion& region = event->region();
  QPainter painter(viewport());
  painter.fillRect(viewport()->rect(), t.canvas);
  tiles_painted_ = 0;
  // A part alone, such as a tile whose picture is being made, takes back nothing that the others
  // have asked for.
  if (region == QRegion(viewport()->rect())) images_.beginFrame(this);
  if (cells_.isEmpty() || shownCount() == 0) {
    painter.setPen(t.muted);
    painter.drawText(
        viewport()->rect().adjusted(40, 0, -40, 0),
        Qt::AlignCenter | Qt::TextWordWrap,
        cells_.isEmpty() ? empty_text_ : tr("No cell is kept yet. Choose one and press K."));
    return;
  }
  drawTiles(painter, region);
  drawHeaders(painter, region);
}

void SweepGridView::drawTiles(QPainter& painter, const QRegion& region) {
  const int wide = layout_.tile.width() + kGap;
  const int high = layout_.tile.height() + layout_.caption + kGap;
  const int x = horizontalScrollBar()->value() - layout_.left;
  const int y = verticalScrollBar()->value() - layout_.top;
  const int first_column = std::max(0, x / wide), first_row = std::max(0, y / high);
  const int last_column = std::min(layout_.columns - 1, (x + viewport()->width()) / wide);
  const int last_row = std::min(layout_.rows - 1, (y + viewport()->height()) / high);
  for (int row = first_row; row <= last_row; ++row) {
    for (int column = first_column; column <= last_column; ++column) {
      if (!isTile(column, row)) continue;
      const QRect frame = tileRect(column, row);
      if (!region.intersects(frame.adjusted(-3, -3 - layout_.caption, 3, 3))) continue;
      const std::size_t cell = cellOf(column, row);
      ++tiles_painted_;
      drawTile(painter, frame, cell);
      if (!layout_.wrapped) continue;
      painter.setFont(smallFont(font(), 12));
      painter.setPen(cell == cells_.current() ? theme().text : theme().muted);
      const QRect caption(
          frame.left(), frame.top() - layout_.caption, frame.width(), layout_.caption);
      texts_.draw(painter, caption, Qt::AlignCenter, captionOf(cell).simplified());
    }
  }
}

void SweepGridView::drawTile(QPainter& painter, const QRect& frame, std::size_t cell) {
  const Theme& t = theme();
  const CellResult& result = cells_.resultOfCell(cell);
  const CellProgress* const running = cells_.progress(cells_.picture(cell));
  painter.setRenderHint(QPainter::Antialiasing);
  if (result.state == CellState::Finished) {
    drawPicture(painter, frame, cell);
  } else if (running != nullptr && !running->preview.isNull()) {
    drawRunning(painter, frame, *running);
  } else {
    painter.setPen(Qt::NoPen);
    painter.setBrush(cells_.isPlan() ? t.window : t.panel);
    painter.drawRoundedRect(frame, kRadius, kRadius);
    if (cells_.isPlan()) {
      painter.setPen(QPen(t.line, 1, Qt::DashLine));
      painter.setBrush(Qt::NoBrush);
      painter.drawRoundedRect(QRectF(frame).adjusted(0.5, 0.5, -0.5, -0.5), kRadius, kRadius);
    } else if (result.state == CellState::Failed) {
      drawWords(painter, frame, tr("Failed: %1").arg(QString::fromStdString(result.error)), t.bad);
    } else if (result.state == CellState::Skipped) {
      drawWords(painter, frame, tr("left out"), t.muted);
    } else if (running != nullptr) {
      drawWords(painter, frame, tr("starting"), t.text);
    } else {
      const bool next = cells_.isNext(cells_.picture(cell));
      const bool asked = cells_.isAsked(cells_.picture(cell));
      drawWords(painter,
                frame,
                next    ? tr("next")
                : asked ? tr("waiting")
                        : tr("not in this run"),
                next ? t.text : t.muted);
    }
  }
  if (running) {
    const double share =
        running->steps > 0 ? static_cast<double>(running->step) / running->steps : 0;
    const QRectF track(frame.left() + 8, frame.bottom() - 9, frame.width() - 16, 4);
    painter.setPen(Qt::NoPen);
    painter.setBrush(faded(t.canvas, 170));
    painter.drawRoundedRect(track, 2, 2);
    painter.setBrush(t.accent);
    painter.drawRoundedRect(QRectF(track.left(), track.top(), track.width() * share, 4), 2, 2);
  }
  drawMarks(painter, frame, cell);
}

void SweepGridView::drawPicture(QPainter& painter, const QRect& frame, std::size_t cell) {
  const Theme& t = theme();
  const CellLook wanted = look();
  const int twin = cells_.twin(cell);
  if (wanted != CellLook::Plain && cells_.result(twin).state != CellState::Finished) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.panel);
    painter.drawRoundedRect(frame, kRadius, kRadius);
    return drawWords(
        painter, frame, twin < 0 ? tr("no twin in this sweep") : tr("twin not computed"), t.muted);
  }
  const CellImages::Tile tile = images_.tile(this, cells_.picture(cell), twin, wanted, framing());
  if (tile.image.isNull()) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.panel);
    painter.drawRoundedRect(frame, kRadius, kRadius);
    if (!tile.problem.isEmpty()) drawWords(painter, frame, tile.problem, t.bad);
    return;
  }
  const double ratio = devicePixelRatioF();
  const bool fills = tile.at == QPoint(0, 0) && tile.image.width() + 1 >= frame.width() * ratio &&
                     tile.image.height() + 1 >= frame.height() * ratio;
  if (!fills) painter.fillRect(frame, t.panel);
  QImage image = tile.image;
  image.setDevicePixelRatio(ratio);
  painter.drawImage(QPointF(frame.topLeft()) + QPointF(tile.at) / ratio, image);
  drawCorners(painter, frame);
}

// Previews are small, and each is drawn many times until the next one comes.
const QImage& SweepGridView::softened(const QImage& preview) {
  constexpr std::size_t kMostKept = 16;
  const auto kept = softened_.find(preview.cacheKey());
  if (kept != softened_.end()) return kept->second;
  if (softened_.size() >= kMostKept) softened_.clear();
  const QSize full = preview.size() * kSoftenedFrom;
  return softened_[preview.cacheKey()] =
             resampled(preview, full, QRect(QPoint(), full), Resampling::Soft);
}

void SweepGridView::drawRunning(QPainter& painter, const QRect& frame, const CellProgress& progress) {
  const QImage& soft = softened(progress.preview);
  const Placing placing = placeIn(
      {frame.width() * 4, frame.height() * 4, zoom_, centre_.x(), centre_.y()}, soft.size());
  if (placing.full.isEmpty()) return;
  const double sx = static_cast<double>(soft.width()) / placing.full.width();
  const double sy = static_cast<double>(soft.height()) / placing.full.height();
  const QRectF source(placing.part.left() * sx,
                      placing.part.top() * sy,
                      placing.part.width() * sx,
                      placing.part.height() * sy);
  const QRectF target(frame.left() + placing.at.x() / 4.0,
                      frame.top() + placing.at.y() / 4.0,
                      placing.part.width() / 4.0,
                      placing.part.height() / 4.0);
  painter.fillRect(frame, theme().panel);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.drawImage(target, soft, source);
  drawCorners(painter, frame);
}

// Rounds what was painted square.
void SweepGridView::drawCorners(QPainter& painter, const QRect& frame) {
  QPainterPath path;
  path.addRect(frame);
  path.addRoundedRect(frame, kRadius, kRadius);
  // Only the corners need it.
  painter.save();
  QRegion corners;
  for (const QPoint corner : {frame.topLeft(),
                              frame.topRight() - QPoint(kRadius - 1, 0),
                              frame.bottomLeft() - QPoint(0, kRadius - 1),
                              frame.bottomRight() - QPoint(kRadius - 1, kRadius - 1)})
    corners += QRect(corner, QSize(kRadius, kRadius));
  painter.setClipRegion(corners);
  painter.fillPath(path, theme().canvas);
  painter.restore();
}

void SweepGridView::drawWords(QPainter& painter,
                              const QRect& frame,
                              const QString& text,
                              const QColor& colour) {
  if (frame.width() < kWordsFrom) return;
  const QRect room = frame.adjusted(8, 8, -8, -8);
  painter.setFont(smallFont(font(), 12));
  painter.setPen(colour);
  texts_.draw(painter, room, Qt::AlignCenter, text, TextFit::WordsOrPart);
}

void SweepGridView::drawMarks(QPainter& painter, const QRect& frame, std::size_t cell) {
  const Theme& t = theme();
  const CellResult& result = cells_.resultOfCell(cell);
  const Verdict verdict = cells_.verdict(cell);
  if (verdict == Verdict::Rejected) painter.fillRect(frame, faded(t.canvas, 170));
  QString note;
  const CellProgress* const running = cells_.progress(cells_.picture(cell));
  if (result.state == CellState::Finished) note = secondsText(result.seconds);
  if (running != nullptr && running->steps > 0)
    note = tr("step %1 of %2").arg(running->step).arg(running->steps);
  if (!note.isEmpty() && frame.width() >= kWordsFrom) {
    painter.setFont(smallFont(font(), 11));
    const int wide = texts_.widthOf(painter.font(), note) + 10;
    const QRect chip(
        frame.right() - wide - 4, frame.bottom() - 22 - (running != nullptr ? 8 : 0), wide, 17);
    painter.setPen(Qt::NoPen);
    painter.setBrush(faded(darkTheme().canvas, 190));
    painter.drawRoundedRect(chip, 3, 3);
    painter.setPen(darkTheme().text);
    texts_.draw(painter, chip, Qt::AlignCenter, note);
  }
  if (verdict != Verdict::None && frame.width() >= kLeastTile) {
    const QRectF badge(frame.left() + 6, frame.top() + 6, 17, 17);
    painter.setPen(Qt::NoPen);
    painter.setBrush(verdict == Verdict::Kept ? t.good : t.muted);
    painter.drawEllipse(badge);
    painter.setPen(QPen(t.on_accent, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const QPointF c = badge.center();
    if (verdict == Verdict::Kept) {
      painter.drawPolyline(QPolygonF{
          {c.x() - 3.6, c.y() + 0.2}, {c.x() - 1, c.y() + 2.8}, {c.x() + 3.8, c.y() - 2.8}});
    } else {
      painter.drawLine(c - QPointF(2.8, 2.8), c + QPointF(2.8, 2.8));
      painter.drawLine(c - QPointF(2.8, -2.8), c + QPointF(2.8, -2.8));
    }
  }
  if (const int stars = cells_.stars(cell); stars > 0 && frame.width() >= kWordsFrom) {
    const double wide = 11.0 * stars + 7;
    const QRectF chip(frame.left() + 4, frame.bottom() - 22, wide, 17);
    painter.setPen(Qt::NoPen);
    painter.setBrush(faded(darkTheme().canvas, 190));
    painter.drawRoundedRect(chip, 3, 3);
    drawStars(painter, chip.topLeft() + QPointF(4, 3.5), 10, stars, darkTheme().accent);
  }
  const bool current = cell == cells_.current(), marked = cells_.marked().count(cell) > 0;
  painter.setBrush(Qt::NoBrush);
  if (marked) {
    painter.setPen(QPen(t.good, 2));
    painter.drawRoundedRect(QRectF(frame).adjusted(3, 3, -3, -3), kRadius - 1, kRadius - 1);
  }
  if (current) {
    painter.setPen(QPen(t.accent, hasFocus() ? 3 : 2));
    painter.drawRoundedRect(QRectF(frame).adjusted(-1, -1, 1, 1), kRadius + 1, kRadius + 1);
  } else if (hovered_ == cell) {
    painter.setPen(QPen(faded(t.text, 130), 1.4));
    painter.drawRoundedRect(QRectF(frame).adjusted(0.5, 0.5, -0.5, -0.5), kRadius, kRadius);
  }
}

void SweepGridView::drawHeaders(QPainter& painter, const QRegion& region) {
  const Theme& t = theme();
  const QRect head(0, 0, viewport()->width(), layout_.header);
  if (layout_.wrapped) return painter.fillRect(head, t.canvas);
  painter.setFont(smallFont(font(), 12));
  if (region.intersects(head)) drawColumnHeaders(painter, head);
  const int side_right = std::max(layout_.side, tileRect(0, 0).left() - 4);
  const QRect side(0, layout_.header, side_right, viewport()->height());
  if (region.intersects(side)) drawRowHeaders(painter, side);
  painter.setClipping(false);
}

void SweepGridView::drawColumnHeaders(QPainter& painter, const QRect& head) {
  const Theme& t = theme();
  const int current_column = placeOf(cells_.current()).first;
  painter.fillRect(head, t.canvas);
  painter.setClipRect(QRect(layout_.side, 0, head.width(), head.height()));
  for (int column = 0; column < layout_.columns; ++column) {
    const QRect tile = tileRect(column, 0);
    if (tile.right() < 0 || tile.left() > viewport()->width()) continue;
    const QRect room(tile.left(), 0, tile.width(), layout_.header);
    painter.setPen(column == current_column ? t.text : t.muted);
    texts_.draw(painter,
                room,
                Qt::AlignCenter,
                cells_.valueLabel(cells_.across(), static_cast<std::size_t>(column)).simplified());
  }
  painter.setClipping(false);
}

void SweepGridView::drawRowHeaders(QPainter& painter, const QRect& side) {
  const Theme& t = theme();
  const int current_row = placeOf(cells_.current()).second;
  painter.fillRect(side, t.canvas);
  painter.setClipRect(side);
  for (int row = 0; row < layout_.rows; ++row) {
    const QRect tile = tileRect(0, row);
    if (tile.bottom() < 0 || tile.top() > viewport()->height()) continue;
    const QRect room(side.width() - layout_.side + 4, tile.top(), layout_.side - 12, tile.height());
    painter.setPen(row == current_row ? t.text : t.muted);
    texts_.draw(painter,
                room,
                Qt::AlignRight | Qt::AlignVCenter,
                cells_.valueLabel(cells_.down(), static_cast<std::size_t>(row)).simplified(),
                TextFit::Words);
  }
}

}  // namespace studio::ui
