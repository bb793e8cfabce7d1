// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window's pages beside the picture: queue, sweeps, gallery and comparison, and what they ask
// for.
#include "ui/banner.h"
#include "ui/busy.h"
#include "ui/compare_view.h"
#include "ui/control_panel.h"
#include "ui/gallery_grid.h"
#include "ui/gallery_page.h"
#include "ui/gallery_strip.h"
#include "ui/job_text.h"
#include "ui/main_actions.h"
#include "ui/main_window.h"
#include "ui/param_diff_table.h"
#include "ui/project_desk.h"
#include "ui/queue_model.h"
#include "ui/queue_panel.h"
#include "ui/status_strip.h"
#include "ui/sweep_desk.h"
#include "ui/sweep_grid_view.h"
#include "ui/sweep_page.h"
#include "ui/undo_command.h"

#include <QDir>
#include <QFileInfo>
#include <QScopedValueRollback>
#include <QUndoStack>

namespace studio::ui {
namespace {

// Pictures of files with the jobs inside; runs on the pool.
Result<std::vector<ComparePicture>> readPictures(Engine& engine,
                                                 const Catalogue& catalogue,
                                                 std::vector<ComparePicture> pictures,
                                                 const QStringList& files) {
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    ComparePicture& picture = pictures[i];
    const std::string path = files[static_cast<qsizetype>(i)].toStdString();
    if (picture.image.isNull()) {
      auto pixels = engine.load_png(path);
      if (!pixels) return pixels.error();
      picture.image = toQImage(pixels.value());
    }
    if (!picture.label.isEmpty()) continue;
    auto job = engine.load_job(path);
    if (job) picture.request = std::move(job).value();
    picture.label = job ? guidanceText(picture.request, catalogue, MainWindow::tr("unguided"))
                        : QFileInfo(files[static_cast<qsizetype>(i)]).fileName();
  }
  return pictures;
}

}  // namespace

// --- queue ------------------------------------------------------------------------------------

void MainWindow::connectQueue() {
  connect(controls_, &ControlPanel::queueAsked, this, &MainWindow::addToQueue);
  connect(queue_, &QueueModel::pairReady, this, [this](const Pair& pair) { gallery_->add(pair); });
  connect(queue_, &QueueModel::noted, this, [this](const QString& sentence) {
    banner_->show(Banner::Kind::Note, sentence);
  });
  connect(queue_, &QueueModel::changed, this, &MainWindow::updateQueueCount);
  connect(queue_, &QueueModel::pausedChanged, this, &MainWindow::updateQueueCount);
  connect(queue_,
          &QueueModel::progress,
          this,
          [this](const QString& text, double fraction, double left) {
            if (runner_->isRunning()) return;  // what somebody waits for is shown first
            // The page tells more of the sweep it shows.
            if (!sweep_page_->isRunning()) status_->showProgress(text, fraction, left);
            actions_->progress().setProgress(fraction, left, text);
          });
  connect(queue_, &QueueModel::ended, this, [this](const QString& id, QueueState state) {
    const int row = queue_->rowOf(id);
    if (row < 0) return;
    const QueueItem& item = queue_->item(row);
    if (state == QueueState::Cancelled) {
      actions_->progress().idle();
    } else {
      actions_->progress().finished(state == QueueState::Failed ? tr("Not all could be made")
                                                                : tr("The queue's item is done"),
                                    QStringLiteral("%1 · %2").arg(item.title, item.note));
    }
    if (!runner_->isRunning()) status_->showWaiting(item.note);
  });
  connect(queue_panel_, &QueuePanel::closeAsked, this, [this] { showQueue(false); });
  connect(
      status_, &StatusStrip::queueClicked, this, [this] { showQueue(!queue_panel_->isVisible()); });
  connect(queue_panel_, &QueuePanel::opened, this, [this](const QString& id) {
    const int row = queue_->rowOf(id);
    if (row < 0) return;
    if (!queue_->item(row).sweep) {
      page_switch_->show(Page::Picture);
      view_->clearPictures();
      return applyUndoably(queue_->item(row).job, tr("Job of the queue"));
    }
    page_switch_->show(Page::Sweep);
    sweep_desk_->showItem(id);
  });
}

void MainWindow::addToQueue() {
  if (!controls_->commitTyped()) return;
  const QScopedValueRollback quiet(quiet_, true);
  controls_->rollSeedUnlessLocked();
  queue_->addJob(controls_->request());
  showQueue(true);
}

void MainWindow::showQueue(bool shown) {
  queue_panel_->setVisible(shown);
  updateSide();
}

void MainWindow::updateQueueCount() {
  status_->setQueue(queue_->activeCount(), queue_->isPaused());
}

void MainWindow::showPage(Page page) {
  page_switch_->show(page);
  if (page == Page::Picture) view_->setFocus();
}

// On the page that is shown; 0 fits.
void MainWindow::zoomPage(int direction) {
  constexpr double kStep = 1.25;
  const double factor = direction > 0 ? kStep : 1 / kStep;
  switch (page_switch_->page()) {
    case Page::Picture:
      return direction == 0 ? view_->fit() : view_->zoomBy(factor, view_->rect().center());
    case Page::Sweep: {
      SweepGridView* grid = sweep_page_->grid();
      if (sweep_page_->mode() != SweepViewMode::Grid) return;
      if (direction != 0) return grid->setZoom(grid->zoom() * factor, grid->centre());
      // First whole pictures, then the whole grid.
      return grid->zoom() > 1 ? grid->setZoom(1, {0.5, 0.5}) : grid->setTileSize(0);
    }
    case Page::Gallery: {
      GalleryGrid* grid = gallery_page_->grid();
      return grid->setTileSide(direction == 0
                                   ? GalleryGrid::kUsualSide
                                   : grid->tileSide() + direction * GalleryGrid::kSideStep);
    }
  }
}

// --- sweeps -----------------------------------------------------------------------------------

void MainWindow::connectSweeps() {
  sweep_desk_ =
      new SweepDesk({catalogue_, *sweep_page_, *queue_, *project_, tasks_, bridge_}, this);
  connect(sweep_desk_, &SweepDesk::problem, this, [this](const QString& text) {
    banner_->show(Banner::Kind::Error, text);
  });
  connect(queue_panel_, &QueuePanel::skipAsked, sweep_desk_, &SweepDesk::skipInterrupted);
  connect(controls_, &ControlPanel::sweepAsked, this, &MainWindow::varyJob);
  connect(controls_, &ControlPanel::edited, this, [this] {
    sweep_page_->setBase(controls_->request());
  });
  sweep_page_->setBase(controls_->request());
  connect(
      queue_, &QueueModel::sweepEvent, this, [this](const QString&, JobId, const JobEvent& event) {
        const auto* cell = std::get_if<CellChanged>(&event);
        if (cell == nullptr || !cell->image) return;
        const int row = queue_->runningRow();
        if (row < 0) return;
        const QDir folder(QString::fromStdString(queue_->item(row).options.folder));
        gallery_page_->noticePicture(folder.filePath(QString::fromStdString(cell->result.file)));
      });
  connect(sweep_page_,
          &SweepPage::statusChanged,
          this,
          [this](const QString& text, double fraction, double left) {
            if (runner_->isRunning()) return;
            if (!text.isEmpty()) return status_->showProgress(text, fraction, left);
            if (queue_->runningRow() < 0) status_->showWaiting(tr("Ready"));
          });
  connect(sweep_page_, &SweepPage::openAsked, this, &MainWindow::openSweepPicture);
  connect(sweep_page_, &SweepPage::rateAsked, gallery_page_, &GalleryPage::rate);
  connect(sweep_page_, &SweepPage::starsAsked, gallery_page_, &GalleryPage::askStars);
  connect(gallery_page_, &GalleryPage::starsChanged, sweep_page_, &SweepPage::showStars);
  connect(sweep_page_, &SweepPage::presetsAsked, this, &MainWindow::sweepOverPresets);
  connect(
      sweep_page_, &SweepPage::compareAsked, this, [this](const QVector<SweepCompareItem>& items) {
        std::vector<ComparePicture> pictures;
        QStringList files;
        for (const SweepCompareItem& item : items) {
          pictures.push_back({item.image, item.label, item.request});
          files << item.file;
        }
        compare(std::move(pictures), files);
      });
}

// From the job as it stands on the picture's page.
void MainWindow::varyJob() {
  if (!controls_->commitTyped()) return;
  sweep_page_->setBase(controls_->request());
  page_switch_->show(Page::Sweep);
}

void MainWindow::openSweepPicture(const GenerationRequest& request, const QString& file) {
  page_switch_->show(Page::Picture);
  view_->clearPictures();
  applyUndoably(
      request, tr("Job of a cell"), QFileInfo::exists(file) ? Follow::No : Follow::IfLive);
  if (QFileInfo::exists(file)) openPicture(file);
}

// --- gallery ----------------------------------------------------------------------------------

void MainWindow::connectGalleryPage() {
  connect(gallery_, &GalleryModel::saved, gallery_page_, &GalleryPage::noticePicture);
  connect(gallery_, &GalleryModel::removed, this, [this](const std::vector<TrashedFile>& files) {
    gallery_page_->noticeRemoval(files);
    QStringList paths;
    for (const TrashedFile& file : files) paths << file.path;
    noteRemoved(paths);
    // On to the pair that the strip marks now; the job in the panel stays.
    if (paths.contains(shown_files_.guided) && !runner_->isRunning() &&
        strip_->currentIndex().isValid())
      openPair(strip_->currentIndex().row(), TakeJob::No);
  });
  connect(gallery_page_, &GalleryPage::removed, this, [this](const QStringList& paths) {
    gallery_->forget(paths);
    noteRemoved(paths);
    if (paths.contains(shown_files_.guided)) strip_->select(-1);
  });
  connect(gallery_page_, &GalleryPage::restored, this, [this](const QStringList& paths) {
    gallery_->recall(paths);
    noteRestored(paths);
    if (paths.contains(shown_files_.guided))
      strip_->select(gallery_->rowOfPlace(shown_files_.guided));
  });
  connect(gallery_page_, &GalleryPage::openAsked, this, [this](const QString& path) {
    page_switch_->show(Page::Picture);
    openPicture(path);
  });
  connect(gallery_page_, &GalleryPage::applyAsked, this, [this](const GenerationRequest& request) {
    applyUndoably(request, tr("Job of a picture"));
    banner_->show(Banner::Kind::Note, tr("The picture's job is in place on the picture's page."));
  });
  connect(gallery_page_, &GalleryPage::compareAsked, this, [this](const QStringList& paths) {
    compare(std::vector<ComparePicture>(static_cast<std::size_t>(paths.size())), paths);
  });
  connect(gallery_page_, &GalleryPage::problem, this, [this](const QString& text) {
    banner_->show(Banner::Kind::Error, text);
  });
}

// A picture of the project with its twin when the strip knows it, else alone.
void MainWindow::openPicture(const QString& path) {
  for (int row = 0; row < gallery_->rowCount(); ++row) {
    for (const Side side : {Side::Guided, Side::Twin}) {
      if (gallery_->pathOf(row, side) != path) continue;
      strip_->select(row);
      return openPair(row);
    }
  }
  if (engine_ == nullptr) return;
  Engine* engine = engine_;
  tasks_.run(
      this,
      [engine, path]() -> Result<Pair> {
        auto pixels = engine->load_png(path.toStdString());
        if (!pixels) return pixels.error();
        auto picture = std::make_shared<Picture>();
        picture->image = toQImage(pixels.value());
        auto job = engine->load_job(path.toStdString());
        if (job) picture->finished.resolved = std::move(job).value();
        picture->finished.images.push_back(
            std::make_shared<const ImageRgb8>(std::move(pixels).value()));
        return Pair{picture, nullptr};
      },
      [this, path](const Result<Pair>& read) {
        if (!read)
          return banner_->show(Banner::Kind::Error, QString::fromStdString(read.error().message));
        if (runner_->isRunning()) runner_->cancel();
        dropUnkeptPair();
        view_->clearPictures();
        view_->setPicture(Side::Guided, read.value().guided->image);
        showPair(read.value(), {path, {}});
      });
}

void MainWindow::applyUndoably(const GenerationRequest& request,
                               const QString& what,
                               Follow follow) {
  const GenerationRequest before = controls_->request();
  if (before == request) return;
  applyRequest(request);
  // Prompts too: here they are part of what was put in place.
  undo_->push(new RequestCommand(what, before, request, [this](const GenerationRequest& wanted) {
    applyRequest(wanted);
    edited();
  }));
  const QScopedValueRollback quiet(quiet_, follow == Follow::No);
  edited();
}

// --- comparison -------------------------------------------------------------------------------

void MainWindow::connectComparison() {
  connect(view_, &CompareView::picturesChanged, this, [this] {
    if (view_->showsPictures()) {
      std::vector<GenerationRequest> jobs;
      QStringList names;
      for (const ComparePicture& picture : view_->pictures()) {
        jobs.push_back(picture.request);
        names << picture.label;
      }
      diff_->setJobs(std::move(jobs), names);
      diff_->setReference(view_->reference());
    } else {
      compared_files_.clear();
      compared_labels_.clear();
    }
    updateSide();
  });
  connect(view_, &CompareView::optionsChanged, this, [this] {
    if (view_->showsPictures()) diff_->setReference(view_->reference());
  });
}

// `files`: one a picture, read where the pixels are not at hand.
void MainWindow::compare(std::vector<ComparePicture> pictures, const QStringList& files) {
  if (engine_ == nullptr || pictures.empty()) return;
  Engine* engine = engine_;
  tasks_.run(
      this,
      [engine, this_catalogue = &catalogue_, pictures = std::move(pictures), files] {
        return readPictures(*engine, *this_catalogue, pictures, files);
      },
      [this, files](Result<std::vector<ComparePicture>> read) {
        if (!read)
          return banner_->show(Banner::Kind::Error, QString::fromStdString(read.error().message));
        showComparison(std::move(read).value(), files);
      });
}

void MainWindow::showComparison(std::vector<ComparePicture> pictures, const QStringList& files) {
  page_switch_->show(Page::Picture);
  // More than two have no middle line between them.
  if (pictures.size() > 2 && view_->mode() == CompareMode::Wipe)
    view_->setMode(CompareMode::SideBySide);
  QStringList labels;
  for (const ComparePicture& picture : pictures) labels << picture.label;
  compared_files_ = files;  // the view asks for them when it has new pictures
  compared_labels_ = labels;
  view_->setPictures(std::move(pictures));
  view_->setFocus();
}

}  // namespace studio::ui
