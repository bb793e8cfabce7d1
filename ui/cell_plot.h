// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Numbers of a sweep's cells as lines over an axis, with their spread where one axis is averaged.
#pragma once

#include "ui/sweep_cells.h"

#include <QWidget>

#include <optional>

class QComboBox;
class QLabel;

namespace studio::ui {

enum class CellNumber { TwinDistance, Seconds, GuidanceNorm, RowEvaluations };
QString nameOf(CellNumber number);
// nullopt while the cell is not finished or has no such number.
std::optional<double> numberOf(const CellResult& result, CellNumber number);

class CellPlot : public QWidget {
  Q_OBJECT
 public:
  explicit CellPlot(SweepCells& cells, QWidget* parent = nullptr);

  // Axes: `lines` and `mean` may be -1. The axes not named stand where the views stand.
  void setAxes(int along, int lines, int mean);
  void setNumber(CellNumber number);
  void setCompact(bool compact);
  struct Point {
    std::size_t cell = 0;  // the one looked at first among those averaged
    int count = 0;
    double mean = 0, least = 0, most = 0;
  };
  // By line, then by place along the axis; count 0: nothing known there.
  const std::vector<std::vector<Point>>& points() const { return points_; }
  QPointF placeOf(std::size_t line, std::size_t place) const;
  QString readingAt(std::size_t line, std::size_t place) const;
  QSize sizeHint() const override { return {320, compact_ ? 118 : 320}; }
  QSize minimumSizeHint() const override { return {160, 90}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void collect();
  QRectF area() const;
  QColor colourOf(std::size_t line) const;
  std::optional<std::pair<std::size_t, std::size_t>> nearest(QPointF point) const;
  void drawFrame(QPainter& painter);
  void drawLine(QPainter& painter, std::size_t line);
  void drawNames(QPainter& painter);
  void drawReading(QPainter& painter);
  std::size_t currentLine() const;

  SweepCells& cells_;
  CellNumber number_ = CellNumber::TwinDistance;
  int along_ = -1, lines_ = -1, mean_ = -1;
  bool compact_ = false;
  bool stale_ = true;
  std::vector<std::vector<Point>> points_;
  double top_ = 1;
  std::optional<std::pair<std::size_t, std::size_t>> hovered_;
};

// The plot with its choices.
class CellPlotView : public QWidget {
  Q_OBJECT
 public:
  explicit CellPlotView(SweepCells& cells, QWidget* parent = nullptr);
  CellPlot* plot() const { return plot_; }
  QComboBox* numberBox() const { return number_; }
  QComboBox* meanBox() const { return mean_; }

 private:
  void fill();
  void choose();

  SweepCells& cells_;
  QComboBox *number_, *along_, *lines_, *mean_;
  CellPlot* plot_;
};

// The axis whose numbers mean nothing by themselves, to average over: seeds. -1: none.
int likelyMeanAxis(const SweepCells& cells);

}  // namespace studio::ui
