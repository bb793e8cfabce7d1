// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Two axes as a surface with a puck: moving it flips through the finished cells.
#pragma once

#include "ui/sweep_cells.h"

#include <QTimer>
#include <QWidget>

namespace studio::ui {

class CellImages;
class CellPicture;

class SweepPad : public QWidget {
  Q_OBJECT
 public:
  explicit SweepPad(SweepCells& cells, QWidget* parent = nullptr);
  QSize sizeHint() const override { return {234, 150}; }
  QSize minimumSizeHint() const override { return {120, 90}; }
  QPointF placeOf(std::size_t column, std::size_t row) const;

 Q_SIGNALS:
  // The puck rests on a cell that is not there yet.
  void missing(std::size_t cell);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  QRectF field() const;
  void moveTo(QPointF point);
  void rested();
  void drawDots(QPainter& painter);

  SweepCells& cells_;
  QTimer rest_;
  bool dragging_ = false;
  QPointF hand_;
};

// The pad beside the picture it chooses.
class SweepPadView : public QWidget {
  Q_OBJECT
 public:
  SweepPadView(SweepCells& cells, CellImages& images, QWidget* parent = nullptr);
  SweepPad* pad() const { return pad_; }
  CellPicture* picture() const { return picture_; }

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  void prefetch();

  SweepCells& cells_;
  CellPicture* picture_;
  SweepPad* pad_;
};

}  // namespace studio::ui
