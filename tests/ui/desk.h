// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A window on the fake engine, for tests that use it as a person does.
#pragma once

#include "tests/support/fake_catalogue.h"
#include "tests/support/fake_engine.h"
#include "ui/control_panel.h"
#include "ui/job_bridge.h"
#include "ui/main_window.h"
#include "ui/param_row.h"
#include "ui/param_slider.h"

#include <QApplication>
#include <QDropEvent>
#include <QMimeData>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

namespace studio::test {

using namespace studio::ui;

// A window with its engine; `dir` outlives restarts.
struct Desk {
  explicit Desk(const QTemporaryDir& dir,
                FakeScript script = {.step_ms = 4},
                const QString& gallery = {}) {
    QStandardPaths::setTestModeEnabled(true);  // the user's own presets stay out of it
    window = std::make_unique<MainWindow>(
        script.catalogue == nullptr ? fake_catalogue() : *script.catalogue,
        bridge,
        WindowOptions{dir.filePath("settings.ini"),
                      gallery.isEmpty() ? dir.filePath("gallery") : gallery,
                      {}});
    window->show();
    engine = std::make_unique<FakeEngine>(bridge, script);
    QObject::connect(
        window->runner(), &RunController::pairReady, window.get(), [this](const Pair& pair) {
          pairs.push_back(pair);
        });
    QObject::connect(
        window->runner(), &RunController::previewReady, window.get(), [this] { ++previews; });
    window->attachEngine(engine.get());
  }
  ~Desk() {
    window.reset();
    engine.reset();
  }
  bool firstPair() {
    return QTest::qWaitFor([&] { return !pairs.empty() && !window->runner()->isRunning(); }, 20000);
  }
  bool idle() {
    return QTest::qWaitFor([&] { return !window->runner()->isRunning(); }, 20000);
  }
  void setLive(bool live) { window->controls()->setLive(live); }
  ParamSlider* slider(const char* path) {
    auto* row = window->findChild<ParamRow*>(path);
    return row == nullptr ? nullptr : qobject_cast<ParamSlider*>(row->control());
  }
  GenerationRequest last() { return engine->submitted().back(); }
  void drop(const QString& path) {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window.get(), &enter);
    QDropEvent event({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window.get(), &event);
  }

  JobBridge bridge;
  std::unique_ptr<FakeEngine> engine;
  std::unique_ptr<MainWindow> window;
  std::vector<Pair> pairs;
  int previews = 0;
};

}  // namespace studio::test
