// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How far guided and unguided stand apart at every step, from the previews both runs left behind.
#pragma once

#include "ui/picture.h"

#include <QImage>
#include <QWidget>

#include <map>

namespace studio::ui {

// The previews of the pair that is shown, by step.
class StepTrace {
 public:
  void clear(Side side);
  void add(Side side, int step, const QImage& preview);
  QImage at(Side side, int step) const;  // the nearest earlier one; null when there is none
  bool isEmpty() const { return guided_.empty(); }
  // Mean absolute difference of the two sides, 0..1, by step; steps only one side has are left out.
  std::map<int, double> distances() const;

 private:
  const std::map<int, QImage>& of(Side side) const { return side == Side::Twin ? twin_ : guided_; }
  std::map<int, QImage> guided_, twin_;
};

class StepPlot : public QWidget {
  Q_OBJECT
 public:
  explicit StepPlot(QWidget* parent = nullptr);

  void setDistances(std::map<int, double> distances, int steps);
  void setMarkedStep(int step);  // 0: none
  QSize sizeHint() const override { return {200, 104}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  std::map<int, double> distances_;
  int steps_ = 0;
  int marked_ = 0;
};

}  // namespace studio::ui
