// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The grid of a sweep's pictures: fills while it runs, all cells zoomed and moved together.
#pragma once

#include "ui/cell_images.h"
#include "ui/painted_text.h"
#include "ui/sweep_cells.h"

#include <QAbstractScrollArea>

#include <map>
#include <optional>

namespace studio::ui {

// Two axes with sticky headers, or one axis wrapped like text with its value above each tile. Only
// visible tiles are looked at.
class SweepGridView : public QAbstractScrollArea {
  Q_OBJECT
 public:
  static constexpr int kLeastTile = 48, kMostTile = 640;

  SweepGridView(SweepCells& cells, CellImages& images, QWidget* parent = nullptr);

  // Side of a tile in logical pixels; 0: as large as lets the whole grid be seen.
  int tileSize() const { return tile_size_; }
  void setTileSize(int side);
  int shownTileSize() const { return layout_.tile.width(); }

  // The wheel zooms all pictures at the same place; else it scrolls the grid.
  bool isZoomLinked() const { return zoom_linked_; }
  void setZoomLinked(bool linked);
  double zoom() const { return zoom_; }
  QPointF centre() const { return centre_; }  // shares of the picture in the middle of each tile
  void setZoom(double zoom, QPointF centre);

  // Only the kept cells of the whole sweep, one after the other with their values above them.
  bool keptOnly() const { return kept_only_; }
  void setKeptOnly(bool only);

  CellLook look() const { return twin_held_ ? CellLook::Twin : look_; }
  void setLook(CellLook look);
  void setTwinHeld(bool held);

  // Where a cell is painted, in the viewport; empty when it is not among those shown.
  QRect rectOf(std::size_t cell) const;
  std::optional<std::size_t> cellAt(QPoint point) const;
  std::optional<std::size_t> hovered() const { return hovered_; }
  void setEmptyText(const QString& text) {
    empty_text_ = text;
    viewport()->update();
  }
  // Tiles painted by the last paint event.
  int tilesPainted() const { return tiles_painted_; }

 Q_SIGNALS:
  void waitingClicked(std::size_t cell);
  void opened(std::size_t cell);
  void hoverChanged();
  void menuAsked(std::size_t cell, const QPoint& global);
  void compareAsked();
  void zoomChanged();
  void tileSizeChanged();

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  bool viewportEvent(QEvent* event) override;

 private:
  struct Layout {
    int columns = 0, rows = 0;
    bool wrapped = false;  // one axis, broken into rows
    QSize tile{0, 0};
    int left = 0, top = 0;     // of the first tile in the contents
    int caption = 0;           // above each tile
    int header = 0, side = 0;  // height of the column labels, width of the row labels
    QSize contents;
  };
  void relayout();
  void layOut();
  void updateScrollBars();
  QSizeF aspect() const;
  int fittingSide(int columns, int rows, int caption) const;
  QRect tileRect(int column, int row) const;  // in the viewport
  std::size_t cellOf(int column, int row) const;
  bool isTile(int column, int row) const;
  std::pair<int, int> placeOf(std::size_t cell) const;
  std::size_t shownCount() const;
  QString captionOf(std::size_t cell) const;
  Framing framing() const;
  void ensureVisible(std::size_t cell);
  void lookKey(QKeyEvent* event);
  void moveCurrent(int dx, int dy);
  void markRange(std::size_t from, std::size_t to);
  void setHovered(std::optional<std::size_t> cell);
  void tellReaders();
  QString toolTipOf(std::size_t cell) const;

  void drawTiles(QPainter& painter, const QRegion& region);
  void drawTile(QPainter& painter, const QRect& frame, std::size_t cell);
  void drawPicture(QPainter& painter, const QRect& frame, std::size_t cell);
  const QImage& softened(const QImage& preview);
  void drawRunning(QPainter& painter, const QRect& frame, const CellProgress& progress);
  void drawWords(QPainter& painter, const QRect& frame, const QString& text, const QColor& colour);
  void drawMarks(QPainter& painter, const QRect& frame, std::size_t cell);
  void drawHeaders(QPainter& painter, const QRegion& region);
  void drawColumnHeaders(QPainter& painter, const QRect& head);
  void drawRowHeaders(QPainter& painter, const QRect& side);
  void drawCorners(QPainter& painter, const QRect& frame);

  SweepCells& cells_;
  CellImages& images_;
  Layout layout_;
  int tile_size_ = 0;
  bool zoom_linked_ = true;
  double zoom_ = 1;
  QPointF centre_{0.5, 0.5};
  CellLook look_ = CellLook::Plain;
  bool twin_held_ = false;
  bool kept_only_ = false;
  std::vector<std::size_t> kept_;  // then: what is shown
  std::optional<std::size_t> hovered_;
  std::optional<QPoint> pressed_;
  std::optional<std::size_t> range_from_;
  QPointF last_;
  bool dragged_ = false;
  QString empty_text_;
  std::map<qint64, QImage> softened_;  // by the preview's cacheKey()
  PaintedTexts texts_;
  int tiles_painted_ = 0;
};

}  // namespace studio::ui
