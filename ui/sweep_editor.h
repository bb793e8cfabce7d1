// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The left panel of the sweep page: axes, forecast, time, order, and the buttons that run it.
#pragma once

#include "ui/sweep_forecaster.h"

#include <QStringList>
#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QMenu;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace studio::ui {

class AxisRow;
class ForecastBox;
class TimeBox;
struct TimeFrame;

class SweepEditor : public QWidget {
  Q_OBJECT
 public:
  explicit SweepEditor(const Catalogue& catalogue, QWidget* parent = nullptr);
  ~SweepEditor() override;

  SweepSpec spec() const;
  void setSpec(const SweepSpec& spec);  // no signal
  // One cell a job instead of axes; `names` are what the cells are called, such as presets' names.
  void setListed(const std::vector<GenerationRequest>& jobs, const QStringList& names);
  void setListedNames(const QStringList& names);  // of those that are there; no signal
  const QStringList& listedNames() const { return listed_names_; }
  // The job on the main page; the base follows it only when asked.
  void setCurrentJob(const GenerationRequest& job);
  void showOutlook(const SweepOutlook& outlook);
  void showAsking();
  // Why it cannot run; "" when it can.
  QString problem() const;

  enum class RunState { Idle, Continuable, Starting, Running, Paused, Stopping };
  void setRunState(RunState state, bool can_export);
  const QString& runText() const { return run_text_; }

  const std::vector<AxisRow*>& rows() const { return rows_; }
  TimeBox* timeBox() const { return time_; }
  ForecastBox* forecastBox() const { return forecast_; }
  QPushButton* runButton() const { return run_; }
  QPushButton* stopButton() const { return stop_; }
  QPushButton* exportButton() const { return export_; }
  QMenu* presetMenu() const { return preset_menu_; }

 public Q_SLOTS:
  void addAxis();
  void swapFirstTwo();

 Q_SIGNALS:
  void edited();       // any change, every letter: for the forecast
  void specChanged();  // once for each finished edit
  void runAsked();     // or pause, or go on: see RunState
  void stopAsked();
  void presetsAsked();  // a cell a preset

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void buildTop(QVBoxLayout* body);
  void buildListed(QVBoxLayout* body);
  void buildBottom(QVBoxLayout* body);
  void buildButtons(QVBoxLayout* layout);
  AxisRow* makeRow(const SweepAxis& axis);
  void removeRow(AxisRow* row);
  void moveRow(AxisRow* row, int to);
  void dragRow(AxisRow* row, int global_y);
  void arrange();
  void checkConflicts();
  void changed(bool final);
  void showBase();
  void showListed();
  void showButtons();
  TimeFrame timeFrame(const SweepOutlook& outlook, bool steps_vary) const;

  const Catalogue& catalogue_;
  const std::vector<JobParam> params_;
  GenerationRequest base_, current_job_;
  bool base_follows_ = true;  // until a spec of its own came
  std::vector<GenerationRequest> listed_;
  QStringList listed_names_;
  std::vector<AxisRow*> rows_;
  QVBoxLayout* axes_;
  QWidget* listed_box_;
  QLabel* listed_text_;
  QLabel* base_text_;
  QToolButton* use_current_;
  QToolButton* swap_;
  QPushButton *add_, *preset_;
  QMenu* preset_menu_;
  ForecastBox* forecast_;
  TimeBox* time_;
  QComboBox* order_;
  QCheckBox* twin_;
  QPushButton *run_, *stop_, *export_;
  QLabel* run_note_;
  RunState state_ = RunState::Idle;
  bool can_export_ = false;
  bool moved_ = false;  // by the drag that goes on
  QString outlook_problem_;
  QString run_text_;
};

}  // namespace studio::ui
