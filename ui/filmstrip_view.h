// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One axis of a sweep as a strip of pictures under the one that is looked at.
#pragma once

#include "ui/cell_images.h"
#include "ui/sweep_cells.h"

#include <QAbstractScrollArea>

namespace studio::ui {

class CellPicture;

class Filmstrip : public QAbstractScrollArea {
  Q_OBJECT
 public:
  Filmstrip(SweepCells& cells, CellImages& images, QWidget* parent = nullptr);
  QSize sizeHint() const override { return {400, 152}; }
  QRect rectOf(std::size_t index) const;  // in the viewport

 Q_SIGNALS:
  void missing(std::size_t cell);
  void opened(std::size_t cell);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  std::size_t count() const { return cells_.isEmpty() ? 0 : cells_.axisSize(cells_.across()); }
  std::size_t index() const;
  void go(std::size_t index);
  void relayout();
  void drawFrame(QPainter& painter, std::size_t index);

  SweepCells& cells_;
  CellImages& images_;
};

class FilmstripView : public QWidget {
  Q_OBJECT
 public:
  FilmstripView(SweepCells& cells, CellImages& images, QWidget* parent = nullptr);
  Filmstrip* strip() const { return strip_; }
  CellPicture* picture() const { return picture_; }

 private:
  CellPicture* picture_;
  Filmstrip* strip_;
};

}  // namespace studio::ui
