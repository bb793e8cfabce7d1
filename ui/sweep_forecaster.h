// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Asks the engine what a sweep will cost: behind the window, the newest question only.
#pragma once

#include "core/api/engine.h"

#include <QObject>
#include <QStringList>
#include <QTimer>

#include <memory>
#include <optional>

namespace studio::ui {

class PoolTasks;

struct SweepOutlook {
  std::shared_ptr<const SweepGrid> grid;  // null when the sweep is wrong
  SweepForecast forecast;
  QString problem;            // a sentence when it cannot run
  bool has_forecast = false;  // false without an engine
  bool continues = false;     // of a sweep that was begun: what is there stays as it is
  std::size_t done_cells = 0;
  QStringList collapsed;  // by axis: which values make no difference; "" when all do
};

class SweepForecaster : public QObject {
  Q_OBJECT
 public:
  static constexpr int kDebounceMs = 150;

  SweepForecaster(const Catalogue& catalogue, PoolTasks& tasks, QObject* parent = nullptr);
  void setEngine(Engine* engine);  // null: checks the values only
  // Answered once nothing newer was asked for a while.
  void ask(const SweepSpec& spec, const QString& folder);

 Q_SIGNALS:
  void asked();
  void answered(const studio::ui::SweepOutlook& outlook);

 private:
  struct Question {
    SweepSpec spec;
    QString folder;
  };
  void begin();

  const Catalogue& catalogue_;
  PoolTasks& tasks_;
  Engine* engine_ = nullptr;
  std::optional<Question> next_;
  std::optional<Question> last_;
  bool in_flight_ = false;
  QTimer debounce_;
};

}  // namespace studio::ui
