// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window on the fake engine: for looking at it, and for pictures of it, without a model.
#include "tests/support/fake_catalogue.h"
#include "tests/support/fake_engine.h"
#include "ui/job_bridge.h"
#include "ui/main_window.h"
#include "ui/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QTimer>

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  QCommandLineParser parser;
  parser.addHelpOption();
  parser.addOptions({{"gallery", "Folder of the pairs.", "folder", "window-demo/gallery"},
                     {"settings", "Settings file.", "file", "window-demo/settings.ini"},
                     {"step-ms", "Milliseconds a step.", "ms", "40"},
                     {"fail", "The second job fails."},
                     {"light", "Light theme."}});
  parser.process(app);
  using namespace studio;
  ui::applyTheme(app, parser.isSet("light") ? ui::lightTheme() : ui::darkTheme());
  ui::JobBridge bridge;
  std::unique_ptr<test::FakeEngine> engine;
  int code = 0;
  {
    ui::MainWindow window(
        test::fake_catalogue(), bridge, {parser.value("settings"), parser.value("gallery"), {}});
    window.show();
    QTimer::singleShot(200, &window, [&] {
      engine = std::make_unique<test::FakeEngine>(
          bridge, test::FakeScript{.step_ms = parser.value("step-ms").toInt(), .load_ms = 400});
      if (parser.isSet("fail")) {
        engine->fail_next({ErrorCode::OutOfMemory,
                           "1024 x 1024 needs about 9.4 GB, but only 7.1 GB are free: choose a "
                           "smaller size or close other programs"});
      }
      window.attachEngine(engine.get());
    });
    code = QApplication::exec();
  }
  return code;
}
