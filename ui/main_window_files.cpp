// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the window reads and writes: jobs and pictures, all on the pool.
#include "ui/banner.h"
#include "ui/control_panel.h"
#include "ui/main_window.h"

#include <QDir>
#include <QFileInfo>

namespace studio::ui {

void MainWindow::openJob(const QString& path) {
  if (engine_ == nullptr)
    return banner_->show(Banner::Kind::Note,
                         tr("The engine is still starting; try again in a moment."));
  Engine* engine = engine_;
  tasks_.run(
      this,
      [engine, path] { return engine->load_job(path.toStdString()); },
      [this, path](const Result<GenerationRequest>& job) {
        if (!job)
          return banner_->show(Banner::Kind::Error, QString::fromStdString(job.error().message));
        const GenerationRequest before = controls_->request();
        GenerationRequest request = job.value();
        QString note = tr("The job of %1 is restored.").arg(QFileInfo(path).fileName());
        if (request.prompts.size() > 1) {
          note += tr(" It has %1 prompts; the window takes the first.").arg(request.prompts.size());
          request.prompts.resize(1);
        }
        touched_ = true;
        applyRequest(request);
        if (before != request) pushUndo(tr("Job"), before);
        banner_->show(Banner::Kind::Note, note);
        if (controls_->isLive()) runner_->follow(request);
      });
}

void MainWindow::useModel(const QString& model) {
  const GenerationRequest before = controls_->request();
  GenerationRequest request = before;
  request.model = model.toStdString();
  applyRequest(request);
  pushUndo(tr("Model"), before);
  edited();
  // Behind the user's back, so that the next picture need not wait for it.
  if (engine_ != nullptr && !runner_->isRunning()) engine_->preload_for(controls_->request());
}

void MainWindow::savePicture(const QString& path) {
  if (engine_ == nullptr || !pair_)
    return banner_->show(Banner::Kind::Note, tr("There is no picture to save yet."));
  settings_.setLastFolder(QFileInfo(path).absolutePath());
  Engine* engine = engine_;
  tasks_.run(
      this,
      [engine, path, picture = pair_->guided] {
        return engine->save_png(path.toStdString(), picture->finished, 0);
      },
      [this, path](const Result<void>& done) {
        if (done) return banner_->show(Banner::Kind::Note, tr("Saved %1.").arg(path));
        banner_->show(Banner::Kind::Error, QString::fromStdString(done.error().message));
      });
}

void MainWindow::saveJobAs(const QString& path) {
  if (engine_ == nullptr || !controls_->commitTyped()) return;
  settings_.setLastFolder(QFileInfo(path).absolutePath());
  Engine* engine = engine_;
  tasks_.run(
      this,
      [engine, path, request = controls_->request()] {
        return engine->save_job(path.toStdString(), request);
      },
      [this, path](const Result<void>& done) {
        if (done) return banner_->show(Banner::Kind::Note, tr("Saved %1.").arg(path));
        banner_->show(Banner::Kind::Error, QString::fromStdString(done.error().message));
      });
}

}  // namespace studio::ui
