// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Asks the engine what a sweep will cost: behind the window, the newest question only.
#include "ui/sweep_forecaster.h"

#include "ui/axis_collapse.h"
#include "ui/pool_tasks.h"

namespace studio::ui {

SweepForecaster::SweepForecaster(const Catalogue& catalogue, PoolTasks& tasks, QObject* parent)
    : QObject(parent), catalogue_(catalogue), tasks_(tasks) {
  debounce_.setSingleShot(true);
  debounce_.setInterval(kDebounceMs);
  connect(&debounce_, &QTimer::timeout, this, &SweepForecaster::begin);
}

void SweepForecaster::setEngine(Engine* engine) {
  engine_ = engine;
  if (last_ && !next_) ask(last_->spec, last_->folder);
}

void SweepForecaster::ask(const SweepSpec& spec, const QString& folder) {
  next_ = Question{spec, folder};
  Q_EMIT asked();
  debounce_.start();
}

void SweepForecaster::begin() {
  if (in_flight_ || !next_) return;
  in_flight_ = true;
  last_ = std::move(next_);
  next_.reset();
  tasks_.run(
      this,
      [engine = engine_, &catalogue = catalogue_, question = *last_] {
        SweepOutlook outlook;
        auto grid = read_sweep(question.spec, catalogue);
        if (!grid) {
          outlook.problem = QString::fromStdString(grid.error().message);
          return outlook;
        }
        outlook.grid = std::make_shared<SweepGrid>(std::move(grid).value());
        outlook.forecast.cells = outlook.grid->cells();
        if (engine == nullptr) return outlook;
        auto forecast = engine->forecast(question.spec, question.folder.toStdString());
        if (!forecast) {
          outlook.problem = QString::fromStdString(forecast.error().message);
          return outlook;
        }
        outlook.forecast = forecast.value();
        outlook.has_forecast = true;
        outlook.collapsed =
            collapsedValues(*outlook.grid, outlook.forecast.picture_of_cell, catalogue);
        return outlook;
      },
      [this](const SweepOutlook& outlook) {
        in_flight_ = false;
        // Something newer was asked meanwhile: this answer is not to be shown.
        if (!next_) Q_EMIT answered(outlook);
        if (next_ && !debounce_.isActive()) begin();
      });
}

}  // namespace studio::ui
