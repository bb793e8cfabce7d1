// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One cell of a sweep, large: its picture, its preview while it is made, or what keeps it away.
#pragma once

#include "ui/cell_images.h"
#include "ui/sweep_cells.h"

#include <QWidget>

namespace studio::ui {

// Shows the cell that is looked at. Where that is not computed and a neighbour is allowed, the
// nearest finished one is shown and marked as what it is.
class CellPicture : public QWidget {
  Q_OBJECT
 public:
  CellPicture(SweepCells& cells, CellImages& images, QWidget* parent = nullptr);

  void setLook(CellLook look);
  void setShowsNeighbour(bool shows) { shows_neighbour_ = shows; }
  // The cell whose picture is painted now; cells() when none.
  std::size_t shownCell() const;
  // "not computed …" while another cell's picture is shown; else "".
  QString mark() const;
  // Asks for the pictures around the cell that is looked at, to flip to them at once.
  void prefetch(int radius);

 Q_SIGNALS:
  void opened(std::size_t cell);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;

 private:
  Framing framing() const;
  void drawWords(QPainter& painter, const QString& text, const QColor& colour);
  void drawChip(QPainter& painter, const QString& text);

  SweepCells& cells_;
  CellImages& images_;
  CellLook look_ = CellLook::Plain;
  bool shows_neighbour_ = false;
};

}  // namespace studio::ui
