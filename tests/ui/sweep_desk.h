// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep page on the fake engine, for tests that use it as a person does.
#pragma once

#include "tests/support/fake_catalogue.h"
#include "tests/support/fake_engine.h"
#include "ui/axis_edit.h"
#include "ui/axis_row.h"
#include "ui/cell_images.h"
#include "ui/cell_panel.h"
#include "ui/cell_picture.h"
#include "ui/cell_plot.h"
#include "ui/filmstrip_view.h"
#include "ui/job_bridge.h"
#include "ui/job_text.h"
#include "ui/picture.h"
#include "ui/pool_tasks.h"
#include "ui/sweep_cells.h"
#include "ui/sweep_editor.h"
#include "ui/sweep_forecast_box.h"
#include "ui/sweep_grid_view.h"
#include "ui/sweep_notice.h"
#include "ui/sweep_pad.h"
#include "ui/sweep_page.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

namespace studio::test {

using namespace studio::ui;

inline constexpr char kSigma[] = "guidance.seg.sigma";
inline constexpr char kScale[] = "guidance.seg.scale";

inline SweepSpec sweepOf(const std::vector<SweepAxis>& axes, std::int64_t steps = 4) {
  SweepSpec spec;
  spec.base = firstJob(fake_catalogue());
  spec.base.steps = steps;
  spec.axes = axes;
  return spec;
}

// The page with what an application does for it. Runs go to a folder of their own.
struct SweepDesk {
  explicit SweepDesk(FakeScript script = {.step_ms = 2, .size_px = 48, .measured = true}) {
    engine = std::make_unique<FakeEngine>(bridge, script);
    page = std::make_unique<SweepPage>(fake_catalogue(), tasks);
    QObject::connect(&bridge, &JobBridge::happened, page.get(), &SweepPage::handle);
    QObject::connect(
        page.get(),
        &SweepPage::runAsked,
        page.get(),
        [this](const SweepSpec& spec, SweepOptions options) {
          if (options.folder.empty())
            options.folder = dir.filePath(QStringLiteral("run%1").arg(++runs)).toStdString();
          auto submitted = engine->submit_sweep(spec, options);
          if (!submitted)
            return page->showRefused(QString::fromStdString(submitted.error().message));
          job = submitted.value();
        });
    QObject::connect(page.get(), &SweepPage::pauseAsked, page.get(), [this](bool pause) {
      engine->set_paused(job, pause);
    });
    QObject::connect(
        page.get(), &SweepPage::stopAsked, page.get(), [this] { engine->cancel(job); });
    QObject::connect(page.get(), &SweepPage::bringForwardAsked, page.get(), [this](int picture) {
      engine->bring_forward(job, picture);
    });
    page->setEngine(engine.get());
    GenerationRequest base = firstJob(fake_catalogue());
    base.steps = 4;
    page->setBase(base);
    page->resize(1440, 868);
    page->show();
    QApplication::setActiveWindow(page.get());
  }
  ~SweepDesk() {
    tasks.finish();
    page.reset();
    engine.reset();
  }
  AxisRow* row(std::size_t index) { return page->editor()->rows().at(index); }
  void click(QPushButton* button) { QTest::mouseClick(button, Qt::LeftButton); }
  void clickCell(std::size_t cell, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    QTest::mouseClick(
        page->grid()->viewport(), Qt::LeftButton, modifiers, page->grid()->rectOf(cell).center());
  }
  bool runToEnd() {
    click(page->editor()->runButton());
    return QTest::qWaitFor([&] { return !page->isRunning(); }, 20000);
  }
  bool canRun() {
    return QTest::qWaitFor(
        [&] {
          return page->editor()->runButton()->isEnabled() &&
                 page->editor()->forecastBox()->valueOf("pictures") != QStringLiteral("–");
        },
        5000);
  }

  QTemporaryDir dir;
  JobBridge bridge;
  PoolTasks tasks;
  std::unique_ptr<FakeEngine> engine;
  std::unique_ptr<SweepPage> page;
  JobId job = 0;
  int runs = 0;
};

}  // namespace studio::test
