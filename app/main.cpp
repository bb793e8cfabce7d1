// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-studio: the window on the real engine.
#include "core/make_engine.h"
#include "ui/job_bridge.h"
#include "ui/main_window.h"
#include "ui/settings_store.h"
#include "ui/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QFileInfo>
#include <QPointer>
#include <QTimer>

#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>

namespace {

using studio::Engine;
using studio::EngineConfig;
using studio::Result;

struct Options {
  EngineConfig engine;
  studio::ui::WindowOptions window;
};

Options readOptions(const QApplication& app) {
  QCommandLineParser parser;
  parser.setApplicationDescription(
      QApplication::translate("main", "Explore Smoothed Energy Guidance on SDXL models."));
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addOptions(
      {{"resources",
        QApplication::translate("main", "Folder with models and tokenizers."),
        "folder"},
       {"gallery", QApplication::translate("main", "Folder of the finished pairs."), "folder"},
       {"model",
        QApplication::translate("main", "Bundled name, diffusers folder or .safetensors file."),
        "name"},
       {"device", QApplication::translate("main", "auto, cpu or cuda:N."), "device", "auto"},
       {"threads",
        QApplication::translate("main", "CPU threads of the model; 0: one a core."),
        "number",
        "0"},
       {"settings",
        QApplication::translate("main", "Settings file instead of the user's own."),
        "file"}});
  parser.process(app);
  Options options;
  options.engine.resources_path = parser.value("resources").toStdString();
  options.engine.device = parser.value("device").toStdString();
  bool is_number = false;
  options.engine.threads = parser.value("threads").toInt(&is_number);
  if (!is_number || options.engine.threads < 0) {
    qCritical("--threads is \"%s\", but must be a whole number from 0",
              qPrintable(parser.value("threads")));
    std::exit(2);
  }
  if (parser.isSet("settings")) {
    options.window.settings_file = QFileInfo(parser.value("settings")).absoluteFilePath();
  }
  if (parser.isSet("gallery")) {
    options.window.gallery_folder = QFileInfo(parser.value("gallery")).absoluteFilePath();
  }
  options.window.model = parser.value("model");
  return options;
}

// Makes the engine beside the event loop and hands it over on the GUI thread. Owns it.
class EngineStart {
 public:
  EngineStart(const EngineConfig& config,
              studio::ui::JobBridge& bridge,
              studio::ui::MainWindow& window) {
    maker_ = std::thread([this, config, &bridge, target = QPointer(&window)] {
      made_ = studio::make_engine(config, bridge);
      QMetaObject::invokeMethod(
          &bridge, [this, target] { handOver(target); }, Qt::QueuedConnection);
    });
  }
  ~EngineStart() {
    if (maker_.joinable()) maker_.join();
  }

 private:
  void handOver(const QPointer<studio::ui::MainWindow>& window) {
    if (maker_.joinable()) maker_.join();
    if (!window || !made_) return;
    if (*made_) {
      window->attachEngine(made_->value().get());
    } else {
      window->showEngineError(made_->error());
    }
  }

  std::thread maker_;
  std::optional<Result<std::unique_ptr<Engine>>> made_;
};

}  // namespace

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("SEG Studio"));
  QApplication::setDesktopFileName(QStringLiteral("seg-studio"));
#ifdef STUDIO_VERSION
  QApplication::setApplicationVersion(QStringLiteral(STUDIO_VERSION));
#endif
  const Options options = readOptions(app);
  studio::ui::applyTheme(
      app,
      studio::ui::themeFor(studio::ui::SettingsStore(options.window.settings_file).themeChoice()));

  // Destroyed in this order: window, engine, bridge.
  studio::ui::JobBridge bridge;
  std::unique_ptr<EngineStart> engine;
  studio::ui::MainWindow window(studio::catalogue(), bridge, options.window);
  window.show();
  // After the first paint, so that the window is on screen before anything is loaded.
  QTimer::singleShot(
      0, &window, [&] { engine = std::make_unique<EngineStart>(options.engine, bridge, window); });
  return QApplication::exec();
}
