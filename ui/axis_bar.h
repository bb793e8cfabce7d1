// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Which axes of a sweep of many are shown across and down, and where the others stand.
#pragma once

#include "ui/sweep_cells.h"

#include <QWidget>

class QComboBox;
class QHBoxLayout;

namespace studio::ui {

// Hides itself when there are only two axes.
class AxisBar : public QWidget {
  Q_OBJECT
 public:
  explicit AxisBar(SweepCells& cells, QWidget* parent = nullptr);
  // False hides it whatever the axes: the view has its own choices.
  void setWanted(bool wanted);

 private:
  void build();
  void show();

  SweepCells& cells_;
  bool wanted_ = true;
  QComboBox *across_, *down_;
  QHBoxLayout* sliders_;
  std::vector<std::pair<int, QWidget*>> stands_;  // axis, its slider and texts
};

}  // namespace studio::ui
