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
#include <QTimer>

#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace {

using studio::Engine;
using studio::EngineConfig;
using studio::Result;

struct Options {
  EngineConfig engine;
  std::optional<studio::MemoryMode> memory;  // as given
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
       {"gallery", QApplication::translate("main", "Folder of the project."), "folder"},
       {"model",
        QApplication::translate("main", "Bundled name, diffusers folder or .safetensors file."),
        "name"},
       {"device", QApplication::translate("main", "auto, cpu or cuda:N; several with commas share a sweep."), "device", "auto"},
       {"threads",
        QApplication::translate("main", "CPU threads of the model; 0: one a core."),
        "number",
        "0"},
       {"memory",
        QApplication::translate("main", "auto, resident, 8gb or 6gb; else as in the settings."),
        "mode"},
       {"settings",
        QApplication::translate("main", "Settings file instead of the user's own."),
        "file"}});
  parser.process(app);
  Options options;
  options.engine.resources_path = parser.value("resources").toStdString();
  options.engine.hash_file = studio::usual_hash_file();
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
  if (parser.isSet("memory")) {
    const auto mode = studio::ui::memoryModeOf(parser.value("memory"));
    if (!mode) {
      qCritical("--memory is \"%s\", but must be auto, resident, 8gb or 6gb",
                qPrintable(parser.value("memory")));
      std::exit(2);
    }
    options.memory = mode;
  }
  if (parser.isSet("gallery")) {
    options.window.gallery_folder = QFileInfo(parser.value("gallery")).absoluteFilePath();
  }
  options.window.model = parser.value("model");
  return options;
}

// The window of one project at a time, on one engine that outlives them all. The engine is made
// beside the event loop and handed over on the GUI thread.
class Studio {
 public:
  explicit Studio(Options options) : options_(std::move(options)) { showProject({}, {}); }
  ~Studio() {
    if (maker_.joinable()) maker_.join();
    // In this order: window, engine, bridge.
    window_.reset();
    made_.reset();
  }

  // After the first paint, so that the window is on screen before anything is loaded.
  void startEngine() {
    maker_ = std::thread([this] {
      made_ = studio::make_engine(options_.engine, bridge_);
      if (!*made_ && !options_.memory && options_.engine.memory != studio::MemoryMode::Auto) {
        // A mode that was kept in the settings is for a GPU, which may not be there today.
        EngineConfig plain = options_.engine;
        plain.memory = studio::MemoryMode::Auto;
        made_ = studio::make_engine(plain, bridge_);
      }
      QMetaObject::invokeMethod(
          &bridge_,
          [this] {
            maker_.join();
            is_made_ = true;
            handOver();
          },
          Qt::QueuedConnection);
    });
  }

 private:
  void showProject(const QString& folder, const QString& name) {
    studio::ui::WindowOptions options = options_.window;
    if (!folder.isEmpty()) options.gallery_folder = folder;
    options.project_name = name;
    if (window_) window_->keepSettings();
    auto next = std::make_unique<studio::ui::MainWindow>(studio::catalogue(), bridge_, options);
    QObject::connect(
        next.get(),
        &studio::ui::MainWindow::projectAsked,
        &bridge_,
        [this](const QString& asked, const QString& asked_name) { showProject(asked, asked_name); },
        Qt::QueuedConnection);
    // The new one is there before the old one goes, or the program would end with its last window.
    // The old one keeps its state first: both may be about the same settings.
    const std::unique_ptr<studio::ui::MainWindow> old = std::exchange(window_, std::move(next));
    if (old) window_->restoreGeometry(old->saveGeometry());
    window_->show();
    if (old) old->close();
    handOver();
  }

  void handOver() {
    if (!is_made_) return;  // made_ is still the maker's
    if (*made_) {
      window_->attachEngine(made_->value().get());
    } else {
      window_->showEngineError(made_->error());
    }
  }

  const Options options_;
  studio::ui::JobBridge bridge_;
  std::thread maker_;
  std::optional<Result<std::unique_ptr<Engine>>> made_;
  bool is_made_ = false;
  std::unique_ptr<studio::ui::MainWindow> window_;
};

}  // namespace

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("SEG Studio"));
  QApplication::setDesktopFileName(QStringLiteral("seg-studio"));
#ifdef STUDIO_VERSION
  QApplication::setApplicationVersion(QStringLiteral(STUDIO_VERSION));
#endif
  Options options = readOptions(app);
  const studio::ui::SettingsStore settings(options.window.settings_file);
  options.engine.memory = options.memory.value_or(settings.memoryMode());
  studio::ui::setInterfaceTextPx(settings.textPx());
  studio::ui::applyTheme(app, studio::ui::themeFor(settings.themeChoice()));
  Studio studio(std::move(options));
  QTimer::singleShot(0, &app, [&studio] { studio.startEngine(); });
  return QApplication::exec();
}
