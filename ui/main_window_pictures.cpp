// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Pictures that a job starts from or follows: taken from what is in view, and masks painted on
// them.
#include "ui/banner.h"
#include "ui/compare_view.h"
#include "ui/control_panel.h"
#include "ui/gallery_grid.h"
#include "ui/gallery_page.h"
#include "ui/gallery_strip.h"
#include "ui/job_text.h"
#include "ui/main_window.h"
#include "ui/mask_painter.h"
#include "ui/picture_desk.h"
#include "ui/picture_rows.h"
#include "ui/project_desk.h"
#include "ui/sweep_cells.h"
#include "ui/sweep_page.h"

#include <QDir>
#include <QFileInfo>
#include <QMenu>
#include <QPersistentModelIndex>
#include <QStackedWidget>

#include <algorithm>

namespace studio::ui {
namespace {

// Null: the job has no such parameter.
const JobParam* paramAt(const std::vector<JobParam>& params, const std::string& path) {
  const auto found = std::find_if(
      params.begin(), params.end(), [&](const JobParam& each) { return each.path == path; });
  return found == params.end() ? nullptr : &*found;
}

}  // namespace

void MainWindow::connectPictures() {
  connect(pictures_, &PictureDesk::takeAsked, this, &MainWindow::takePicture);
  connect(controls_->pictures(), &PictureRows::paintAsked, this, &MainWindow::paintMask);
  connect(view_, &CompareView::menuAsked, this, [this](QMenu* menu, int index) {
    menu->addSeparator();
    pictures_->addTo(*menu, sourceInView(index));
  });
  connect(strip_, &GalleryStrip::menuAsked, this, &MainWindow::showStripMenu);
  connect(gallery_page_, &GalleryPage::menuAsked, this, [this](QMenu* menu, const QString& file) {
    menu->addSeparator();
    pictures_->addTo(*menu, sourceOf(file));
  });
  connect(sweep_page_, &SweepPage::menuAsked, this, [this](QMenu* menu, const QString& file) {
    menu->addSeparator();
    pictures_->addTo(*menu, sourceOfCell(file));
  });
  // Whatever brings another picture into view.
  const auto update = [this] { pictures_->update(); };
  connect(stack_, &QStackedWidget::currentChanged, this, update);
  connect(view_, &CompareView::picturesChanged, this, update);
  connect(view_, &CompareView::optionsChanged, this, update);
  connect(gallery_, &GalleryModel::saved, this, update);
  connect(gallery_, &GalleryModel::removed, this, update);
  connect(runner_, &RunController::runningChanged, this, update);
  connect(gallery_page_->grid(), &GalleryGrid::selectionChanged, this, update);
  connect(&sweep_page_->cells(), &SweepCells::currentChanged, this, update);
  connect(&sweep_page_->cells(), &SweepCells::reset, this, update);
  connect(&sweep_page_->cells(), &SweepCells::pictureChanged, this, update);
  update();
}

PictureSource MainWindow::sourceOf(const QString& file) const {
  if (file.isEmpty()) return {{}, tr("No picture is chosen.")};
  if (QFileInfo::exists(file)) return {file, {}};
  if (removed_files_.contains(file)) return {{}, tr("The picture's file was deleted.")};
  return {{}, tr("The picture's file is not there any more.")};
}

PictureSource MainWindow::sourceOfCell(const QString& file) const {
  return file.isEmpty() ? PictureSource{{}, tr("The cell has no picture in a file yet.")}
                        : sourceOf(file);
}

PictureSource MainWindow::sourceInView(int index) const {
  if (view_->showsPictures()) return sourceOf(compared_files_.value(index));
  if (view_->isForming()) return {{}, tr("The picture is still on its way.")};
  const QString& file = index == 0 ? shown_files_.twin : shown_files_.guided;
  if (!pair_ || view_->picture(index == 0 ? Side::Twin : Side::Guided).isNull())
    return {{}, tr("There is no picture yet.")};
  if (index == 0 && view_->isStale(Side::Twin)) return {{}, tr("The unguided picture is of the job before.")};
  if (file.isEmpty())
    return {{}, tr("The picture is only in memory so far: it can be used once it is saved.")};
  return sourceOf(file);
}

// What the commands of the palette are about.
PictureSource MainWindow::currentPicture() const {
  switch (page_switch_->page()) {
    case Page::Sweep:
      return sourceOfCell(sweep_page_->currentFile());
    case Page::Gallery:
      return sourceOf(gallery_page_->currentFile());
    case Page::Picture:
      break;
  }
  return sourceInView(view_->showsPictures() ? view_->other() : 1);
}

void MainWindow::showStripMenu(int row, const QPoint& global) {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  // Rows move when a job finishes while the menu is open.
  const QPersistentModelIndex at(gallery_->index(row, 0));
  menu->addAction(tr("Open"), this, [this, at] {
    if (at.isValid()) openPair(at.row());
  });
  menu->addSeparator();
  pictures_->addTo(*menu, sourceOf(gallery_->placeOf(row, Side::Guided)));
  menu->addSeparator();
  menu->addAction(tr("Move to wastebasket"), gallery_, [this, at] {
    if (at.isValid()) gallery_->remove(at.row());
  });
  menu->popup(global);
}

// One step back in the history; the prompts stay as they are.
void MainWindow::setPath(const std::string& path, const std::optional<ParamValue>& value) {
  const GenerationRequest before = controls_->request();
  GenerationRequest request = before;
  if (auto done = set(request, catalogue_, path, value); !done)
    return banner_->show(Banner::Kind::Error, QString::fromStdString(done.error().message));
  if (request == before) return;
  const std::vector<JobParam> params = job_params(catalogue_);
  const JobParam* const param = paramAt(params, path);
  applyRequest(request);
  pushUndo(fromView(param->spec->label), before);
  edited();
}

void MainWindow::takePicture(const std::string& path, const QString& file) {
  if (!controls_->commitTyped()) return showPage(Page::Picture);
  setPath(path, ParamValue(file.toStdString()));
  showPage(Page::Picture);
  controls_->reveal(path);
  const std::vector<JobParam> params = job_params(catalogue_);
  const JobParam* const param = paramAt(params, path);
  const auto needed = std::find_if(params.begin(), params.end(), [&](const JobParam& each) {
    return each.card == param->card && each.spec->key == param->spec->needs;
  });
  if (needed == params.end() || controls_->request().sections.contains(needed->path)) return;
  banner_->show(Banner::Kind::Note,
                tr("The picture is in place. It does something once “%1” is chosen.")
                    .arg(fromView(needed->spec->label)));
}

void MainWindow::paintMask(const std::string& path) {
  if (!controls_->commitTyped()) return;
  if (engine_ == nullptr)
    return banner_->show(Banner::Kind::Note,
                         tr("The engine is still starting; try again in a moment."));
  const std::vector<JobParam> params = job_params(catalogue_);
  const JobParam* const param = paramAt(params, path);
  if (param == nullptr) return;
  MaskTask task;
  task.request = controls_->request();
  task.path = path;
  task.label = fromView(param->spec->label);
  for (const JobParam& other : params) {
    if (other.card != param->card) continue;
    if (other.spec->key == param->spec->painted_on) task.under = other.path;
    if (other.spec->softens != param->spec->key) continue;
    const auto value = get(task.request, catalogue_, other.path);
    const auto* sigma = value && value.value() ? std::get_if<double>(&*value.value()) : nullptr;
    task.softness_px = sigma == nullptr ? 0 : *sigma;
  }
  if (project_->isReadOnly()) {
    task.no_folder = tr("The project is open for reading only.");
  } else {
    task.folder = QDir(project_->folder()).filePath(QStringLiteral("masks"));
  }
  auto* painter = new MaskPainter(std::move(task), catalogue_, tasks_, *engine_, this);
  painter->setAttribute(Qt::WA_DeleteOnClose);
  connect(painter, &MaskPainter::painted, this, [this, path](const QString& file) {
    setPath(path, file.isEmpty() ? std::nullopt : std::optional<ParamValue>(file.toStdString()));
  });
  painter->open();
}

}  // namespace studio::ui
