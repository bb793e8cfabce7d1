// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the window shows of a job that forms, of a finished pair and of a pair from the gallery.
#include "ui/banner.h"
#include "ui/compare_view.h"
#include "ui/control_panel.h"
#include "ui/gallery_strip.h"
#include "ui/job_text.h"
#include "ui/main_window.h"
#include "ui/picture_desk.h"
#include "ui/side_panel.h"

#include <QTimer>

namespace studio::ui {

// What the model decides is absent until it is loaded.
bool MainWindow::isTwinOf(const GenerationRequest& resolved) const {
  if (!shown_twin_) return false;
  GenerationRequest wanted = unguided_twin(resolved, catalogue_);
  if (!wanted.width_px && !wanted.height_px) {
    wanted.width_px = shown_twin_->width_px;
    wanted.height_px = shown_twin_->height_px;
  }
  if (!wanted.spacing) wanted.spacing = shown_twin_->spacing;
  return comparable(wanted, catalogue_) == comparable(*shown_twin_, catalogue_);
}

// A picture on side A that belongs to the job before says so until the new twin forms.
void MainWindow::labelTwinBeside(const GenerationRequest& resolved) {
  const bool old = shown_twin_ && !isTwinOf(resolved);
  view_->setStale(Side::Twin, old);
  if (shown_twin_)
    view_->setLabel(Side::Twin, old ? tr("unguided · previous job") : tr("unguided"));
}

void MainWindow::showStarted(Side side, const GenerationRequest& resolved) {
  forming_.clear(side);
  running_ = resolved;
  if (resolved.width_px && resolved.height_px) {
    const QSize size(static_cast<int>(*resolved.width_px), static_cast<int>(*resolved.height_px));
    view_->setExpectedSize(size);
    if (!controls_->request().width_px) controls_->setNativeSize(size);
  }
  updateEstimate();
}

// In live mode the last good picture stays in place until the next one can be recognised, but it
// does not stand still under a hand that moves on and on.
void MainWindow::showPreview(Side side, int step, int steps, const QImage& preview, bool live) {
  forming_.add(side, step, preview);
  const bool early = live && !RunController::isRecognisable(step, steps) &&
                     !runner_->isHurrying() && !view_->picture(side).isNull();
  if (!early) {
    view_->setLabel(side,
                    side == Side::Twin ? tr("unguided · on its way")
                                       : guidanceText(running_, catalogue_, tr("unguided")));
    if (side == Side::Guided) labelTwinBeside(running_);
    if (side == Side::Twin) view_->setStale(side, false);
  }
  view_->setForming(
      side, preview, early ? CompareView::Forming::Inset : CompareView::Forming::InPlace);
  pictures_->update();
}

void MainWindow::showPicture(Side side, const std::shared_ptr<const Picture>& picture) {
  const GenerationRequest& resolved = picture->finished.resolved;
  kept_traces_.keep(comparable(resolved, catalogue_), forming_.of(side));
  forming_.clear(side);
  view_->setPicture(side, picture->image);
  updateEstimate();
  if (side == Side::Guided) {
    view_->setLabel(side, guidanceText(resolved, catalogue_, tr("unguided")));
    return labelTwinBeside(resolved);
  }
  shown_twin_ = resolved;
  view_->setStale(side, false);
  view_->setLabel(side, tr("unguided"));
}

void MainWindow::showPair(const Pair& pair, const PairFiles& files) {
  pair_ = pair;
  shown_files_ = files;
  // The old twin stays beside a running job: the view does not jump between one side and two.
  if (!pair.twin && !runner_->isRunning()) {
    view_->setPicture(Side::Twin, {});
    shown_twin_.reset();
  }
  labelPair();
  const auto steps_of = [this](const std::shared_ptr<const Picture>& picture) {
    return picture ? kept_traces_.find(comparable(picture->finished.resolved, catalogue_))
                   : StepTrace::Previews();
  };
  trace_.set(Side::Guided, steps_of(pair.guided));
  trace_.set(Side::Twin, steps_of(pair.twin));
  side_->showTrace(trace_, static_cast<int>(pair.guided->finished.resolved.steps));
  side_->showPair(pair);
  pictures_->update();
}

// A job that was cancelled or failed leaves the pair before it in view.
void MainWindow::labelPair() {
  if (!pair_) return view_->setStale(Side::Twin, false);
  const GenerationRequest& resolved = pair_->guided->finished.resolved;
  view_->setLabel(
      Side::Guided,
      unlessRemoved(guidanceText(resolved, catalogue_, tr("unguided")), shown_files_.guided));
  labelTwinBeside(resolved);
  if (!view_->isStale(Side::Twin))
    view_->setLabel(Side::Twin, unlessRemoved(view_->label(Side::Twin), shown_files_.twin));
}

QString MainWindow::unlessRemoved(const QString& label, const QString& file) const {
  return removed_files_.contains(file) ? tr("%1 · deleted").arg(label) : label;
}

PairFiles MainWindow::filesOf(int row) const {
  return {gallery_->placeOf(row, Side::Guided), gallery_->placeOf(row, Side::Twin)};
}

// What is in view stays there: nobody loses what he looks at by tidying up elsewhere.
void MainWindow::noteRemoved(const QStringList& paths) {
  for (const QString& path : paths) removed_files_.insert(path);
  labelRemoved();
}

void MainWindow::noteRestored(const QStringList& paths) {
  for (const QString& path : paths) removed_files_.remove(path);
  labelRemoved();
}

void MainWindow::labelRemoved() {
  // A running job names its pictures itself, and afterwards those that stay.
  if (!runner_->isRunning()) labelPair();
  for (int i = 0; i < compared_files_.size(); ++i)
    view_->setPictureLabel(i, unlessRemoved(compared_labels_[i], compared_files_[i]));
}

// A pair of the live mode is kept once its value has stayed for a moment: what a moving slider only
// passes would flood the gallery.
void MainWindow::takePair(const Pair& pair, bool live) {
  showPair(pair);
  unkept_ = pair;
  const bool is_kept = gallery_->rowOfEqual(pair.guided->finished) >= 0;
  if (!live || is_kept) return keepPair();
  strip_->select(-1);
  settle_->start();
}

void MainWindow::keepPair() {
  settle_->stop();
  if (!unkept_) return;
  const Pair pair = *std::exchange(unkept_, std::nullopt);
  gallery_->add(pair, [this, guided = pair.guided](int row) {
    if (!pair_ || pair_->guided != guided) return;  // another is shown by now
    shown_files_ = filesOf(row);
    pictures_->update();
    strip_->select(row);
    strip_->scrollTo(strip_->currentIndex());
  });
}

void MainWindow::dropUnkeptPair() {
  settle_->stop();
  unkept_.reset();
}

void MainWindow::openPair(int row, TakeJob take_job) {
  gallery_->open(row, [this, files = filesOf(row), take_job](const Result<Pair>& opened) {
    if (!opened) {
      if (removed_files_.contains(files.guided)) return;  // while it was read
      return banner_->show(Banner::Kind::Error, QString::fromStdString(opened.error().message));
    }
    const Pair& pair = opened.value();
    if (runner_->isRunning()) runner_->cancel();
    dropUnkeptPair();
    view_->clearPictures();
    view_->setPicture(Side::Twin, pair.twin ? pair.twin->image : QImage());
    view_->setPicture(Side::Guided, pair.guided->image);
    shown_twin_.reset();
    if (pair.twin) shown_twin_ = pair.twin->finished.resolved;
    showPair(pair, files);
    updateEstimate();
    if (pair.twin)
      runner_->rememberTwin(pair.twin, unguided_twin(pair.guided->finished.resolved, catalogue_));
    const bool is_current = filesOf(strip_->currentIndex().row()).guided == files.guided;
    if (take_job == TakeJob::WithKeys && is_current && strip_->hasFocus())
      applyUndoably(pair.guided->finished.resolved, tr("Job of a picture"), Follow::No);
  });
}

void MainWindow::showStep(int step) {
  if (runner_->isRunning() || !pair_) return;
  for (const Side side : {Side::Guided, Side::Twin}) {
    if (step == 0) {
      view_->setForming(side, {}, CompareView::Forming::InPlace);
    } else {
      view_->setForming(side, trace_.at(side, step), CompareView::Forming::InPlace);
    }
  }
  pictures_->update();
}

}  // namespace studio::ui
