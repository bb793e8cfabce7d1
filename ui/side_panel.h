// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The right panel: the pair in numbers, its steps, and its parameters against its twin's.
#pragma once

#include "core/api/request.h"
#include "ui/picture.h"
#include "ui/step_plot.h"

#include <QWidget>

class QGridLayout;
class QLabel;
class QSlider;

namespace studio::ui {

class SidePanel : public QWidget {
  Q_OBJECT
 public:
  explicit SidePanel(const Catalogue& catalogue, QWidget* parent = nullptr);

  void showPair(const Pair& pair);
  // `steps` of the job; its last one is the finished picture.
  void showTrace(const StepTrace& trace, int steps);
  void forgetTrace();

 Q_SIGNALS:
  void stepChosen(int step);  // look at both sides at this step; 0: the finished pictures

 private:
  void fillNumbers(const Pair& pair);
  void fillParameters(const Pair& pair);
  void showStep(int step);

  const Catalogue& catalogue_;
  QLabel* step_heading_;
  QSlider* step_slider_;
  StepPlot* plot_;
  QGridLayout* numbers_;
  QGridLayout* parameters_;
  std::map<int, double> distances_;
};

}  // namespace studio::ui
