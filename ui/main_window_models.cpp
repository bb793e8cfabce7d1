// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window's models: the browser, what it puts into the job, and the model the studio opens with.
#include "ui/banner.h"
#include "ui/control_panel.h"
#include "ui/file_slots.h"
#include "ui/job_text.h"
#include "ui/main_window.h"
#include "ui/model_browser.h"
#include "ui/model_library.h"

#include <QFileInfo>
#include <QTimer>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kOfferMs = 400;
constexpr qint64 kNoteAgainMs = 60'000;
constexpr FileKind kPartKinds[] = {FileKind::Lora, FileKind::Vae, FileKind::ControlNet};

}  // namespace

void MainWindow::connectLibrary() {
  library_ = new ModelLibrary(settings_, this);
  // Many files are found one after the other.
  offer_ = new QTimer(this);
  offer_->setSingleShot(true);
  offer_->setInterval(kOfferMs);
  connect(offer_, &QTimer::timeout, this, &MainWindow::offerFiles);
  connect(library_, &ModelLibrary::changed, offer_, [this] {
    if (!offer_->isActive()) offer_->start();
  });
  connect(runner_, &RunController::pairReady, this, [this](const Pair& pair) {
    noteUsed(pair.guided->finished.resolved);
  });
}

void MainWindow::offerFiles() {
  for (const FileKind kind : {FileKind::Model, FileKind::Lora, FileKind::Vae, FileKind::ControlNet})
    controls_->setFiles(kind, library_->files(kind));
}

QStringList MainWindow::filesOf(const GenerationRequest& request) const {
  QStringList files{QString::fromStdString(request.model)};
  for (const FileKind kind : kPartKinds) {
    for (const std::string& file : filesIn(request, catalogue_, kind))
      files << QString::fromStdString(file);
  }
  return files;
}

// Live pictures come many a second.
void MainWindow::noteUsed(const GenerationRequest& request) {
  const QStringList files = filesOf(request);
  if (files == noted_files_ && noted_.isValid() && noted_.elapsed() < kNoteAgainMs) return;
  noted_files_ = files;
  noted_.start();
  settings_.setLastModel(files.front());
  for (const QString& file : files) library_->noteUsed(file);
}

void MainWindow::showModels() {
  if (browser_ == nullptr) {
    browser_ = new ModelBrowser(*library_, settings_.lastFolder(), this);
    browser_->setAttribute(Qt::WA_DeleteOnClose);
    connect(browser_, &ModelBrowser::useAsked, this, &MainWindow::useFile);
  }
  browser_->setInUse(filesOf(controls_->request()));
  browser_->show();
  browser_->raise();
  browser_->activateWindow();
}

void MainWindow::useFile(FileKind kind, const QString& value) {
  const LibraryEntry* entry = library_->find(value);
  const QString name = entry == nullptr ? value : entry->name;
  if (kind == FileKind::Model) {
    if (controls_->request().model == value.toStdString())
      return browser_->showNote(tr("%1 is the job's model already.").arg(name));
    useModel(value);
    settings_.setLastModel(value);
    return browser_->showNote(tr("%1 is the job's model now.").arg(name));
  }
  const GenerationRequest before = controls_->request();
  const auto placed = withFile(before, catalogue_, kind, value.toStdString());
  if (!placed) return browser_->showProblem(QString::fromStdString(placed.error().message));
  const QString label = QString::fromStdString(placed.value().label);
  applyRequest(placed.value().request);
  pushUndo(label, before);
  edited();
  if (engine_ != nullptr && !runner_->isRunning()) engine_->preload_for(controls_->request());
  browser_->showNote(tr("%1 is in the job now, as %2.").arg(name, label));
}

// The job of the last session may name a model that was moved or deleted since.
void MainWindow::openWithModel() {
  if (engine_ == nullptr || touched_ || !model_override_.isEmpty()) return showFirstPicture();
  const std::string model = controls_->request().model;
  tasks_.run(
      this,
      [engine = engine_, model] {
        const std::vector<std::string> bundled = engine->bundled_models();
        return std::find(bundled.begin(), bundled.end(), model) != bundled.end() ||
               QFileInfo::exists(QString::fromStdString(model));
      },
      [this, model](bool is_there) {
        if (!is_there && controls_->request().model == model) {
          const GenerationRequest before = controls_->request();
          GenerationRequest request = before;
          request.model = firstJob(catalogue_).model;
          applyRequest(request);
          pushUndo(tr("Model"), before);
          banner_->show(
              Banner::Kind::Note,
              tr("The model %1 is not there any more: the job uses %2, which comes with the "
                 "program.")
                  .arg(QString::fromStdString(model), QString::fromStdString(request.model)));
        }
        showFirstPicture();
      });
}

}  // namespace studio::ui
