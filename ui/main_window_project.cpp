// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window's project, its presets, and the way to another project.
#include "ui/banner.h"
#include "ui/busy.h"
#include "ui/control_panel.h"
#include "ui/gallery_page.h"
#include "ui/main_actions.h"
#include "ui/main_window.h"
#include "ui/preset_panel.h"
#include "ui/preset_sweep_dialog.h"
#include "ui/project_desk.h"
#include "ui/projects_dialog.h"
#include "ui/queue_model.h"
#include "ui/status_strip.h"
#include "ui/sweep_desk.h"
#include "ui/sweep_page.h"

#include <QTime>
#include <QTimer>

namespace studio::ui {
namespace {

constexpr int kKeepQueueMs = 200;

}  // namespace

void MainWindow::connectProject() {
  connect(project_, &ProjectDesk::opened, this, &MainWindow::takeProject);
  connect(project_, &ProjectDesk::problem, this, [this](const QString& text) {
    banner_->show(Banner::Kind::Error, text);
  });
  connect(project_, &ProjectDesk::note, this, [this](const QString& text) {
    banner_->show(Banner::Kind::Note, text);
  });
  connect(project_, &ProjectDesk::saved, this, [this] {
    status_->setSaved(QTime::currentTime().toString(QStringLiteral("HH:mm")));
  });
  // Many changes at once are one.
  keep_queue_ = new QTimer(this);
  keep_queue_->setSingleShot(true);
  keep_queue_->setInterval(kKeepQueueMs);
  connect(queue_, &QueueModel::changed, keep_queue_, qOverload<>(&QTimer::start));
  connect(keep_queue_, &QTimer::timeout, this, [this] {
    if (engine_ != nullptr) project_->keepPart(Project::kQueue, queue_->toJson(false));
  });
}

// The last session's job with its newest pair; on the first start the job that shows what this is
// about.
void MainWindow::takeProject(Project* project) {
  gallery_page_->openProject(project_->folder(), project == nullptr || project->isReadOnly());
  if (project != nullptr && project->job() && !touched_) {
    GenerationRequest request = *project->job();
    if (!model_override_.isEmpty()) request.model = model_override_.toStdString();
    applyRequest(request);
  } else if (!touched_ && model_override_.isEmpty() && !settings_.lastModel().isEmpty()) {
    GenerationRequest request = controls_->request();
    request.model = settings_.lastModel().toStdString();
    applyRequest(request);
  }
  sweep_page_->setBase(controls_->request());
  gallery_->setReadOnly(project != nullptr && project->isReadOnly());
  openWithModel();
  if (project == nullptr) return;
  actions_->progress().setBaseTitle(tr("%1 — SEG Studio").arg(project->name()));
  // What waits there is the other studio's to make.
  const QStringList problems = project->isReadOnly()
                                   ? QStringList()
                                   : queue_->restore(project->part(Project::kQueue).toObject());
  updateQueueCount();
  if (queue_->activeCount() > 0) showQueue(true);
  if (!problems.isEmpty()) banner_->show(Banner::Kind::Error, problems.join(QChar(' ')));
  sweep_desk_->restore(project->part(Project::kSweeps));
}

void MainWindow::showPresets() {
  if (project_->presets() == nullptr)
    return banner_->show(Banner::Kind::Note,
                         engine_error_.isEmpty()
                             ? tr("The engine is still starting; try again in a moment.")
                             : engine_error_);
  if (presets_ == nullptr) {
    presets_ = new PresetDialog(*project_->presets(), *undo_, this);
    presets_->setAttribute(Qt::WA_DeleteOnClose);
    PresetPanel* panel = presets_->panel();
    panel->setFolder(settings_.lastFolder());
    connect(panel, &PresetPanel::folderChanged, this, [this](const QString& folder) {
      settings_.setLastFolder(folder);
    });
    connect(panel,
            &PresetPanel::applyAsked,
            this,
            [this](const GenerationRequest& result, const QString& what) {
              applyUndoably(result, what);
            });
    connect(controls_, &ControlPanel::edited, panel, [this, panel] {
      panel->setCurrent(controls_->request());
    });
  }
  presets_->panel()->setCurrent(controls_->request());
  presets_->panel()->setPicture(pair_ ? pair_->guided->image : QImage());
  presets_->show();
  presets_->raise();
}

void MainWindow::sweepOverPresets() {
  if (project_->presets() == nullptr)
    return banner_->show(Banner::Kind::Note,
                         tr("The engine is still starting; try again in a moment."));
  auto* dialog =
      new PresetSweepDialog(*project_->presets(), sweep_page_->editor()->spec().base, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &PresetSweepDialog::chosen, sweep_page_->editor(), &SweepEditor::setListed);
  dialog->open();
}

void MainWindow::showProjects() {
  auto* dialog =
      new ProjectsDialog(project_->recent(), project_->folder(), settings_.projectFolder(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &ProjectsDialog::openAsked, this, [this](const QString& folder) {
    Q_EMIT projectAsked(folder, {});
  });
  connect(dialog, &ProjectsDialog::createAsked, this, &MainWindow::projectAsked);
  dialog->open();
}

void MainWindow::makeProject() {
  auto* dialog = new NewProjectDialog(settings_.projectFolder(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &NewProjectDialog::createAsked, this, &MainWindow::projectAsked);
  dialog->open();
}

}  // namespace studio::ui
