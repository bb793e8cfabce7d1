// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Commands of the pages, the queue, projects and presets.
#include "ui/action_registry.h"
#include "ui/compare_view.h"
#include "ui/gallery_page.h"
#include "ui/main_actions.h"
#include "ui/main_window.h"
#include "ui/picture_desk.h"
#include "ui/project_desk.h"
#include "ui/queue_model.h"
#include "ui/queue_panel.h"
#include "ui/settings_store.h"
#include "ui/sweep_desk.h"

#include <QFileDialog>

namespace studio::ui {
namespace {

QKeySequence keys(const char* text) { return QKeySequence(QLatin1String(text)); }

}  // namespace

void MainActions::addProjectActions() {
  const QString project = tr("Project");
  registry_->add({"project.new",
                  project,
                  tr("&New project…"),
                  {keys("Ctrl+Shift+N")},
                  [this] { window_.makeProject(); },
                  tr("A folder of its own for pictures, sweeps, presets and the queue")});
  registry_->add({"project.open",
                  project,
                  tr("O&pen project…"),
                  {keys("Ctrl+Shift+O")},
                  [this] { window_.showProjects(); },
                  tr("Recent projects, and any other folder")});
  registry_->add({"preset.show",
                  project,
                  tr("P&resets…"),
                  {keys("Ctrl+Shift+E")},
                  [this] { window_.showPresets(); },
                  tr("Apply, stack, compare and keep settings")});
}

void MainActions::addPageActions() {
  const QString view = tr("View");
  const std::pair<QString, QString> pages[] = {
      {"page.picture", "Alt+1"}, {"page.sweep", "Alt+2"}, {"page.gallery", "Alt+3"}};
  for (int i = 0; i < 3; ++i) {
    QAction* action = window_.page_switch_->actions().at(i);
    action->setShortcut(QKeySequence(pages[i].second));
    registry_->adopt(action, pages[i].first, view);
  }
  registry_->add({"gallery.search", view, tr("&Search the gallery"), {keys("Ctrl+F")}, [this] {
                    window_.showPage(Page::Gallery);
                    window_.gallery_page_->focusSearch();
                  }});
  registry_->add({"compare.end",
                  tr("Compare"),
                  tr("Back to the pair"),
                  {keys("Ctrl+B")},
                  [this] { window_.view_->clearPictures(); },
                  tr("Leaves the pictures picked for comparison")});
}

void MainActions::addQueueActions() {
  const QString queue = tr("Queue");
  QueueModel* model = window_.queue_;
  registry_->add({"queue.show", queue, tr("Show or hide the &queue"), {keys("Ctrl+J")}, [this] {
                    window_.showQueue(!window_.queue_panel_->isVisible());
                  }});
  registry_->add({"queue.pause",
                  queue,
                  tr("&Pause or resume the queue"),
                  {keys("Ctrl+Shift+J")},
                  [model] { model->setPaused(!model->isPaused()); },
                  tr("What runs stands still between two steps")});
  registry_->add({"queue.cancelAll", queue, tr("Cancel all of the queue"), {}, [model] {
                    model->cancelAll();
                  }});
  registry_->add(
      {"queue.clear", queue, tr("Clear what has ended"), {}, [model] { model->clearEnded(); }});
}

void MainActions::addSweepActions() {
  const QString sweep = tr("Sweep");
  registry_->add({"sweep.vary",
                  sweep,
                  tr("&Vary this job…"),
                  {keys("Ctrl+Shift+V")},
                  [this] { window_.varyJob(); },
                  tr("A sweep from the job as it stands")});
  registry_->add(
      {"sweep.open", sweep, tr("&Open a sweep's folder…"), {}, [this] { openSweepDialog(); }});
}

void MainActions::addPictureActions() {
  picture_ids_ = window_.pictures_->addTo(
      *registry_, tr("Picture"), [this] { return window_.currentPicture(); });
}

void MainActions::openSweepDialog() {
  auto* dialog =
      new QFileDialog(&window_, tr("Open a sweep's folder"), window_.project_->sweepsFolder());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
    window_.showPage(Page::Sweep);
    window_.sweep_desk_->openFolder(folder);
  });
  dialog->open();
}

}  // namespace studio::ui
