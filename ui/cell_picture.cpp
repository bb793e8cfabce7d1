// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One cell of a sweep, large: its picture, its preview while it is made, or what keeps it away.
#include "ui/cell_picture.h"

#include "ui/theme.h"

#include <QPainter>

#include <algorithm>

namespace studio::ui {

CellPicture::CellPicture(SweepCells& cells, CellImages& images, QWidget* parent)
    : QWidget(parent), cells_(cells), images_(images) {
  setObjectName(QStringLiteral("cellPicture"));
  setAccessibleName(tr("Picture of the selected cell"));
  const auto redraw = [this] { update(); };
  connect(&cells_, &SweepCells::reset, this, redraw);
  connect(&cells_, &SweepCells::pictureChanged, this, [this](int picture) {
    // A step of another cell's picture shows nothing here.
    if (!cells_.isStepping(picture) || picture == cells_.picture(cells_.current())) update();
  });
  connect(&cells_, &SweepCells::currentChanged, this, [this] {
    setAccessibleDescription(cells_.isEmpty() ? QString() : cells_.cellText(cells_.current()));
    update();
  });
  connect(&images_, &CellImages::ready, this, redraw);
}

void CellPicture::setLook(CellLook look) {
  look_ = look;
  update();
}

std::size_t CellPicture::shownCell() const {
  if (cells_.isEmpty()) return 0;
  const std::size_t cell = cells_.current();
  const CellProgress* const running = cells_.progress(cells_.picture(cell));
  const bool has_preview = running != nullptr && !running->preview.isNull();
  if (cells_.isFinished(cell) || !shows_neighbour_ || has_preview) return cell;
  return cells_.nearestFinished(cell);
}

QString CellPicture::mark() const {
  if (cells_.isEmpty() || cells_.isPlan()) return {};
  const std::size_t shown = shownCell();
  if (shown == cells_.current() || shown >= cells_.cells()) return {};
  return tr("Not computed. Nearest: %1").arg(cells_.cellText(shown));
}

Framing CellPicture::framing() const {
  const double ratio = devicePixelRatioF();
  return {static_cast<int>(width() * ratio), static_cast<int>(height() * ratio), 1, 0.5, 0.5};
}

void CellPicture::prefetch(int radius) {
  static const char kAhead = 0;  // a client of its own
  images_.beginFrame(&kAhead);
  if (cells_.isEmpty() || cells_.isPlan()) return;
  const auto there = cells_.position(cells_.current());
  const auto index = [&](int axis) {
    return axis < 0 ? 0 : static_cast<int>(there[static_cast<std::size_t>(axis)]);
  };
  const int columns = static_cast<int>(cells_.axisSize(cells_.across()));
  const int rows = static_cast<int>(cells_.axisSize(cells_.down()));
  const int column = index(cells_.across()), row = index(cells_.down());
  for (int y = std::max(0, row - radius); y <= std::min(rows - 1, row + radius); ++y) {
    for (int x = std::max(0, column - radius); x <= std::min(columns - 1, column + radius); ++x) {
      const std::size_t cell =
          cells_.cellAtShown(static_cast<std::size_t>(x), static_cast<std::size_t>(y));
      if (cells_.isFinished(cell))
        (void)images_.tile(&kAhead, cells_.picture(cell), cells_.twin(cell), look_, framing());
    }
  }
}

void CellPicture::paintEvent(QPaintEvent*) {
  const Theme& t = theme();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  images_.beginFrame(this);
  const auto ground = [&] {
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.field);
    painter.drawRoundedRect(rect(), 5, 5);
  };
  if (cells_.isEmpty()) return ground();
  const std::size_t cell = shownCell();
  if (cell >= cells_.cells()) {
    ground();
    return drawWords(painter, tr("Not computed yet"), t.muted);
  }
  const CellResult& result = cells_.resultOfCell(cell);
  const CellProgress* const running = cells_.progress(cells_.picture(cell));
  if (running != nullptr && !running->preview.isNull()) {
    const QSizeF size =
        QSizeF(running->preview.size()).scaled(QSizeF(this->size()), Qt::KeepAspectRatio);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawImage(
        QRectF(QPointF((width() - size.width()) / 2, (height() - size.height()) / 2), size),
        running->preview);
    return drawChip(painter, tr("Step %1 of %2").arg(running->step).arg(running->steps));
  }
  if (result.state != CellState::Finished) {
    ground();
    if (result.state == CellState::Failed)
      return drawWords(painter, tr("Failed: %1").arg(QString::fromStdString(result.error)), t.bad);
    if (result.state == CellState::Skipped) return drawWords(painter, tr("Left out"), t.muted);
    return drawWords(painter,
                     cells_.isPlan() ? tr("Not started")
                     : running != nullptr ? tr("Starting")
                                     : tr("Waiting"),
                     t.muted);
  }
  if (look_ != CellLook::Plain && cells_.result(cells_.twin(cell)).state != CellState::Finished) {
    ground();
    return drawWords(painter,
                     cells_.twin(cell) < 0 ? tr("No twin in this sweep") : tr("Twin not computed"),
                     t.muted);
  }
  const CellImages::Tile tile =
      images_.tile(this, cells_.picture(cell), cells_.twin(cell), look_, framing());
  if (tile.image.isNull()) {
    ground();
    if (!tile.problem.isEmpty()) drawWords(painter, tile.problem, t.bad);
    return;
  }
  QImage image = tile.image;
  image.setDevicePixelRatio(devicePixelRatioF());
  painter.drawImage(QPointF(tile.at) / devicePixelRatioF(), image);
  const QString marked = mark();
  if (marked.isEmpty()) return;
  QColor veil = t.canvas;
  veil.setAlpha(120);
  painter.fillRect(
      QRectF(QPointF(tile.at) / devicePixelRatioF(), QSizeF(image.size()) / devicePixelRatioF()),
      veil);
  drawChip(painter, marked);
}

void CellPicture::drawWords(QPainter& painter, const QString& text, const QColor& colour) {
  painter.setPen(colour);
  painter.drawText(rect().adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap, text);
}

void CellPicture::drawChip(QPainter& painter, const QString& text) {
  QFont small = font();
  small.setPixelSize(12);
  painter.setFont(small);
  const QString shown = painter.fontMetrics().elidedText(text, Qt::ElideRight, width() - 32);
  const int wide = painter.fontMetrics().horizontalAdvance(shown) + 16;
  const QRectF chip((width() - wide) / 2.0, height() - 34, wide, 24);
  QColor ground = darkTheme().canvas;
  ground.setAlpha(210);
  painter.setPen(Qt::NoPen);
  painter.setBrush(ground);
  painter.drawRoundedRect(chip, 5, 5);
  painter.setPen(darkTheme().text);
  painter.drawText(chip, Qt::AlignCenter, shown);
}

void CellPicture::mouseDoubleClickEvent(QMouseEvent*) {
  if (!cells_.isEmpty() && shownCell() < cells_.cells()) Q_EMIT opened(shownCell());
}

}  // namespace studio::ui
