// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a sweep will cost, and what of it fits into the time there is.
#pragma once

#include "ui/sweep_forecaster.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QToolButton;

namespace studio::ui {

class NotchedSlider;

// The numbers before a run.
class ForecastBox : public QWidget {
  Q_OBJECT
 public:
  explicit ForecastBox(QWidget* parent = nullptr);
  void showOutlook(const SweepOutlook& outlook);
  void showAsking();                          // the numbers shown are old
  void showNothing(const QString& text);      // no sweep to forecast
  QString valueOf(const QString& row) const;  // as shown

 private:
  struct Row {
    QLabel *name, *value;
  };
  Row addRow(const char* key, const QString& name, const QString& tip);
  void setDim(bool dim);

  std::vector<std::pair<QString, Row>> rows_;
  QLabel* note_;
};

// What part of a sweep is to be made.
struct TimePlan {
  enum class Kind { All, FewerSteps, FewerCells };
  Kind kind = Kind::All;
  std::int64_t steps = 0;  // FewerSteps: of every cell
  std::size_t cells = 0;   // to make now; FewerCells: the first ones in order
  double seconds = 0;      // estimated
  bool operator==(const TimePlan&) const = default;
};

// What the time is for.
struct TimeFrame {
  std::int64_t steps = 0;      // of the base; 0: they cannot be fewer
  QString why_fixed;           // then: a sentence
  std::size_t done_cells = 0;  // of a sweep that goes on
  bool evenly = true;          // the first cells in order lie evenly spread
};

// "3 min", "90", "1:30", "2 h", "1 h 20 min": seconds; nullopt when it is no time.
std::optional<double> secondsOf(const QString& text);

class TimeBox : public QWidget {
  Q_OBJECT
 public:
  explicit TimeBox(QWidget* parent = nullptr);

  void setForecast(const SweepForecast& forecast, const TimeFrame& frame);
  void setUnknown(const QString& why);
  TimePlan plan() const { return plan_; }
  void reset();
  std::optional<double> budget() const { return budget_; }
  void setBudget(std::optional<double> seconds);

 Q_SIGNALS:
  void planChanged();

 private:
  void choose();
  void setPosition(int position);
  void show();
  QString cellsText() const;

  QToolButton* all_;
  QComboBox* mode_;
  NotchedSlider* slider_;
  QLineEdit* field_;
  QLabel* pick_;
  SweepForecast forecast_;
  TimeFrame frame_;
  bool known_ = false;
  std::optional<double> budget_;
  TimePlan plan_;
};

QString bytesText(double bytes);
QString countText(double count);

}  // namespace studio::ui
