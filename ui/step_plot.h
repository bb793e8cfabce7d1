// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How far guided and unguided stand apart at every step, from the previews both runs left behind.
#pragma once

#include "core/api/request.h"
#include "ui/picture.h"

#include <QImage>
#include <QWidget>

#include <deque>
#include <map>

namespace studio::ui {

// The previews of a job that is running or of the pair that is shown, by step.
class StepTrace {
 public:
  using Previews = std::map<int, QImage>;

  void clear(Side side) { own(side).clear(); }
  void add(Side side, int step, const QImage& preview);
  void set(Side side, Previews previews) { own(side) = std::move(previews); }
  const Previews& of(Side side) const { return side == Side::Twin ? twin_ : guided_; }
  QImage at(Side side, int step) const;  // the nearest earlier one; null when there is none
  bool isEmpty() const { return guided_.empty(); }
  // Mean absolute difference of the two sides, 0..1, by step; steps only one side has are left out.
  std::map<int, double> distances() const;

 private:
  Previews& own(Side side) { return side == Side::Twin ? twin_ : guided_; }
  Previews guided_, twin_;
};

// The previews of the session's finished jobs, so that a pair that is shown again has its steps:
// the newest ones, up to a bound in bytes.
class KeptTraces {
 public:
  static constexpr qsizetype kMostBytes = 64 << 20;

  // `job`: comparable().
  void keep(const GenerationRequest& job, const StepTrace::Previews& previews);
  StepTrace::Previews find(const GenerationRequest& job) const;
  qsizetype bytes() const { return bytes_; }

 private:
  struct Kept {
    GenerationRequest job;
    StepTrace::Previews previews;
    qsizetype bytes = 0;
  };
  std::deque<Kept> kept_;  // oldest first
  qsizetype bytes_ = 0;
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
