// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The sweep page: what it asks for, and what it is told while a sweep runs.
#include "ui/axis_row.h"
#include "ui/cell_images.h"
#include "ui/cell_panel.h"
#include "ui/job_text.h"
#include "ui/sweep_cells.h"
#include "ui/sweep_forecast_box.h"
#include "ui/sweep_grid_view.h"
#include "ui/sweep_notice.h"
#include "ui/sweep_page.h"

#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QGuiApplication>
#include <QMenu>
#include <QPushButton>

#include <algorithm>

namespace studio::ui {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

using RunState = SweepEditor::RunState;

}  // namespace

bool SweepPage::isRunning() const {
  return state_ != RunState::Idle && state_ != RunState::Continuable;
}

bool SweepPage::canContinue() const {
  if (isRunning() || cells_->isEmpty() || cells_->isPlan() || cells_->folder().isEmpty())
    return false;
  bool missing = false;
  for (int picture = 0; picture < cells_->pictures() && !missing; ++picture)
    missing = cells_->result(picture).state != CellState::Finished;
  const SweepSpec spec = editor_->spec();
  return missing && (spec == asked_ || spec == cells_->grid().spec);
}

void SweepPage::showRunState() {
  if (!isRunning()) state_ = canContinue() ? RunState::Continuable : RunState::Idle;
  const bool can_export =
      !cells_->isEmpty() && cells_->finished() > 0 && !cells_->folder().isEmpty();
  editor_->setRunState(state_, can_export);
  panel_->setRunning(isRunning());
}

void SweepPage::run() {
  if (state_ == RunState::Running) return Q_EMIT pauseAsked(true);
  if (state_ == RunState::Paused) {
    pause_after_ = 0;
    notice_->dismiss();
    return Q_EMIT pauseAsked(false);
  }
  if (state_ == RunState::Continuable) return resume({});
  if (isRunning() || !editor_->problem().isEmpty()) return;
  SweepSpec spec = editor_->spec();
  asked_ = spec;
  const TimePlan plan = editor_->timeBox()->plan();
  if (plan.kind == TimePlan::Kind::FewerSteps) spec.base.steps = plan.steps;
  pause_after_ = plan.kind == TimePlan::Kind::FewerCells ? plan.cells : 0;
  startAsked(spec, {});
}

void SweepPage::resume(const SweepOptions& extra) {
  if (isRunning() || cells_->isEmpty() || cells_->isPlan()) return;
  const TimePlan plan = editor_->timeBox()->plan();
  pause_after_ = plan.kind == TimePlan::Kind::FewerCells ? plan.cells : 0;
  SweepOptions options = extra;
  options.folder = cells_->folder().toStdString();
  options.resume = !options.folder.empty();
  startAsked(cells_->grid().spec, options);
}

void SweepPage::startAsked(const SweepSpec& spec, SweepOptions options) {
  notice_->dismiss();
  job_.reset();
  state_ = RunState::Starting;
  left_ = -1;
  showRunState();
  Q_EMIT statusChanged(tr("Sweep: waiting its turn"), 0, -1);
  Q_EMIT runAsked(spec, options);
}

void SweepPage::showRefused(const QString& message) { endRun(message, true); }

void SweepPage::setFolder(const SweepFolder& folder) {
  if (isRunning() || !folder.grid) return;
  images_->clear();
  cells_->open(folder);
  for (int picture = 0; picture < cells_->pictures(); ++picture) {
    if (cells_->result(picture).state == CellState::Finished)
      images_->setFile(picture, cells_->fileOf(picture));
  }
  editor_->setSpec(folder.grid->spec);
  asked_ = folder.grid->spec;
  askForecast();
  notice_->dismiss();
  if (folder.interrupted >= 0 && folder.interrupted < cells_->pictures())
    return showInterrupted(folder.interrupted);
  QStringList problems;
  for (const std::string& problem : folder.problems) {
    if (problems.size() == 3) {
      problems << tr("And %1 more.").arg(folder.problems.size() - 3);
      break;
    }
    problems << QString::fromStdString(problem);
  }
  if (!problems.isEmpty()) notice_->show(problems.join('\n'), true, {{tr("Dismiss"), {}, {}}});
}

void SweepPage::showInterrupted(int picture) {
  const std::size_t cell = cells_->cellOfPicture(picture);
  const QString what = cell < cells_->cells() ? cells_->cellText(cell) : tr("an unguided twin");
  const std::string key = cells_->result(picture).key;
  if (cell < cells_->cells()) cells_->setCurrent(cell);
  notice_->show(tr("The last run of this sweep ended without warning while it made %1. Nothing "
                   "that was finished is lost.")
                    .arg(what),
                false,
                {{tr("Skip it"),
                  tr("Leave this cell out and make the others"),
                  [this, key] { resume({.skip = {key}}); }},
                 {tr("Retry"), tr("Make it and the others as before"), [this] { resume({}); }},
                 {tr("Retry with less memory"),
                  tr("Make this cell slowly, with less memory"),
                  [this, key] { resume({.less_memory_keys = {key}}); }},
                 {tr("Leave paused"), tr("Decide later: Continue goes on"), {}}});
}

void SweepPage::handle(JobId job, const JobEvent& event) {
  if (job_ && *job_ != job) return;
  if (!job_ && state_ != RunState::Starting && !std::holds_alternative<SweepStarted>(event)) return;
  job_ = job;
  std::visit(
      Overloaded{
          [this](const Queued&) {
            if (!isRunning()) state_ = RunState::Starting;
            showRunState();
          },
          [this](const SweepStarted& started) { takeStarted(started); },
          [this](const PhaseChanged& phase) {
            if (phase.phase == Phase::LoadingModel)
              Q_EMIT statusChanged(tr("Sweep: loading the model"), phase.fraction, -1);
          },
          [this](const StepDone& step) {
            if (step.picture < 0) return;
            since_left_ms_ += step.ms;
            cells_->take(step);
            tellStatus();
          },
          [this](const Preview& preview) { cells_->take(preview); },
          [this](const CellChanged& change) { takeCell(change); },
          [this](const Paused& paused) {
            if (state_ == RunState::Stopping) return;
            state_ = paused.paused ? RunState::Paused : RunState::Running;
            showRunState();
            tellStatus();
          },
          [this](const SweepFinished& done) {
            QString text;
            if (done.failed > 0)
              text = done.failed == 1
                         ? tr("One picture failed; its tile says why. Continue tries it again.")
                         : tr("%1 pictures failed; their tiles say why. Continue tries them again.")
                               .arg(done.failed);
            endRun(text, done.failed > 0);
          },
          [this](const Failed& failed) {
            endRun(QString::fromStdString(failed.error.message), true);
          },
          [this](const Cancelled&) { endRun({}, false); },
          [](const auto&) {},
      },
      event);
}

void SweepPage::takeStarted(const SweepStarted& started) {
  notice_->dismiss();  // of an end that is over
  // The same sweep goes on: its pictures in memory are still right.
  const bool same = !cells_->isEmpty() && !cells_->isPlan() &&
                    cells_->folder() == QString::fromStdString(started.folder) &&
                    !cells_->folder().isEmpty();
  if (!same) images_->clear();
  cells_->start(started);
  for (int picture = 0; picture < cells_->pictures(); ++picture) {
    if (cells_->result(picture).state == CellState::Finished)
      images_->setFile(picture, cells_->fileOf(picture));
  }
  if (!isRunning()) asked_ = editor_->spec();
  if (state_ != RunState::Stopping) state_ = RunState::Running;
  left_ = started.forecast.seconds_are_measured ? started.forecast.seconds_left : -1;
  since_left_ms_ = 0;
  showRunState();
  tellStatus();
}

void SweepPage::takeCell(const CellChanged& change) {
  cells_->take(change);
  if (change.result.state == CellState::Finished) {
    const QString file = cells_->fileOf(change.picture);
    if (change.image) {
      images_->setPicture(change.picture, change.image, file);
    } else {
      images_->setFile(change.picture, file);
    }
  }
  if (change.seconds_left > 0 || change.rows_total > 0) left_ = change.seconds_left;
  since_left_ms_ = 0;
  if (change.result.state == CellState::Finished && cells_->finished() == 1) showRunState();
  tellStatus();
  pauseWhenEnough();
}

void SweepPage::pauseWhenEnough() {
  if (pause_after_ == 0 || state_ != RunState::Running) return;
  std::size_t finished = 0;
  for (std::size_t cell = 0; cell < cells_->cells(); ++cell) finished += cells_->isFinished(cell);
  if (finished < pause_after_ || finished == cells_->cells()) return;
  pause_after_ = 0;
  Q_EMIT pauseAsked(true);
  notice_->show(tr("%1 of %2 cells are made, as many as fit into the time. The sweep stands still.")
                    .arg(finished)
                    .arg(cells_->cells()),
                false,
                {{tr("Make the rest"), {}, [this] { Q_EMIT pauseAsked(false); }},
                 {tr("Stop here"), {}, [this] { Q_EMIT editor_->stopAsked(); }}});
}

void SweepPage::tellStatus() {
  const int total = cells_->pictures(), done = cells_->finished() + cells_->failed();
  if (total == 0 || !isRunning()) return;
  double fraction = static_cast<double>(done) / total;
  QString text = tr("Sweep: cell %1 of %2").arg(std::min(done + 1, total)).arg(total);
  if (cells_->running() >= 0 && cells_->steps() > 0) {
    text += tr(" · step %1 of %2").arg(cells_->step()).arg(cells_->steps());
    fraction += static_cast<double>(cells_->step()) / cells_->steps() / total;
  }
  if (state_ == RunState::Paused) text = tr("Sweep paused: %1 of %2 done").arg(done).arg(total);
  if (state_ == RunState::Stopping) text = tr("Sweep: stopping…");
  Q_EMIT statusChanged(
      text, std::min(1.0, fraction), left_ < 0 ? -1 : std::max(0.0, left_ - since_left_ms_ / 1000));
}

void SweepPage::endRun(const QString& text, bool is_error) {
  job_.reset();
  pause_after_ = 0;
  cells_->endRun();
  state_ = RunState::Idle;
  if (text.isEmpty()) {
    notice_->dismiss();
  } else {
    notice_->show(text, is_error, {{tr("Dismiss"), {}, {}}});
  }
  showRunState();
  // The speed is known now, and what is left.
  askForecast();
  Q_EMIT statusChanged({}, 1, -1);
}

void SweepPage::bringForward(std::size_t cell) {
  const int picture = cells_->picture(cell);
  if (picture < 0 || !isRunning() || cells_->result(picture).state != CellState::Waiting) return;
  cells_->markForward(picture);
  Q_EMIT bringForwardAsked(picture);
}

SweepCompareItem SweepPage::compareItem(int picture,
                                        const QString& label,
                                        const GenerationRequest& request) const {
  return {picture, cells_->fileOf(picture), images_->whole(this, picture), label, request};
}

void SweepPage::compare() {
  if (cells_->isEmpty()) return;
  QVector<SweepCompareItem> items;
  std::vector<std::size_t> chosen(cells_->marked().begin(), cells_->marked().end());
  if (chosen.size() >= 2) {
    for (const std::size_t cell : chosen) {
      if (cells_->isFinished(cell))
        items << compareItem(cells_->picture(cell), cells_->cellText(cell), cells_->request(cell));
    }
  } else {
    const std::size_t cell = cells_->current();
    const int twin = cells_->twin(cell);
    if (!cells_->isFinished(cell) || cells_->result(twin).state != CellState::Finished) return;
    items << compareItem(twin, tr("unguided"), unguided_twin(cells_->request(cell), catalogue_))
          << compareItem(cells_->picture(cell), cells_->cellText(cell), cells_->request(cell));
  }
  if (items.size() >= 2) Q_EMIT compareAsked(items);
}

void SweepPage::openCell(std::size_t cell) {
  if (cells_->isEmpty() || cell >= cells_->cells()) return;
  const bool finished = cells_->isFinished(cell);
  Q_EMIT openAsked(cells_->request(cell),
                   finished ? cells_->fileOf(cells_->picture(cell)) : QString());
}

void SweepPage::takeKept() {
  const auto spec = cells_->specOfKept();
  if (!spec) return;
  setSpec(*spec);
  Q_EMIT specChanged();
}

void SweepPage::showMenu(std::size_t cell, const QPoint& global) {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const CellResult& result = cells_->resultOfCell(cell);
  const bool finished = result.state == CellState::Finished;
  const auto add = [&](const QString& text, bool enabled, auto act) {
    QAction* action = menu->addAction(text, this, act);
    action->setEnabled(enabled);
  };
  const int picture = cells_->picture(cell);
  add(tr("Open on the main page"), true, [this, cell] { openCell(cell); });
  const std::size_t marked = cells_->marked().size();
  add(marked >= 2 ? tr("Compare %1 selected").arg(marked) : tr("Compare with twin"),
      finished || marked >= 2,
      [this] { compare(); });
  add(tr("Make next"), isRunning() && result.state == CellState::Waiting, [this, cell] {
    bringForward(cell);
  });
  add(tr("Verify"), finished, [this, picture] {
    panel_->setVerifying(picture);
    Q_EMIT verifyAsked(picture);
  });
  add(tr("Retry"),
      !isRunning() && (result.state == CellState::Failed || result.state == CellState::Skipped),
      [this] { resume({}); });
  menu->addSeparator();
  const Verdict verdict = cells_->verdict(cell);
  add(verdict == Verdict::Kept ? tr("Do not keep") : tr("Keep"),
      !cells_->isPlan(),
      [this, cell, verdict] {
        cells_->setVerdict(cell, verdict == Verdict::Kept ? Verdict::None : Verdict::Kept);
      });
  add(verdict == Verdict::Rejected ? tr("Do not reject") : tr("Reject"),
      !cells_->isPlan(),
      [this, cell, verdict] {
        cells_->setVerdict(cell, verdict == Verdict::Rejected ? Verdict::None : Verdict::Rejected);
      });
  add(tr("Select for comparing"), !cells_->isPlan(), [this, cell] { cells_->toggleMarked(cell); });
  menu->addSeparator();
  add(tr("Copy values"), true, [this, cell] {
    QGuiApplication::clipboard()->setText(cells_->cellText(cell));
  });
  menu->popup(global);
}

void SweepPage::buildExportMenu() {
  export_menu_ = new QMenu(editor_->exportButton());
  connect(export_menu_, &QMenu::aboutToShow, this, [this] {
    export_menu_->clear();
    export_menu_->addAction(
        tr("Grid picture, full size…"), this, [this] { askExport(SweepExport::GridPng, 0, 0); });
    export_menu_->addAction(tr("Grid picture, at most 4096 px…"), this, [this] {
      askExport(SweepExport::GridPng, 0, 4096);
    });
    export_menu_->addAction(tr("Web page…"), this, [this] { askExport(SweepExport::Html, 0, 0); });
    export_menu_->addAction(
        tr("Table of numbers (CSV)…"), this, [this] { askExport(SweepExport::Csv, 0, 0); });
    for (int axis = 0; axis < cells_->axes(); ++axis)
      export_menu_->addAction(tr("Animation along %1…").arg(cells_->axisName(axis)),
                              this,
                              [this, axis] { askExport(SweepExport::Animation, axis, 1024); });
  });
  editor_->exportButton()->setMenu(export_menu_);
}

void SweepPage::askExport(SweepExport kind, int along, int longest_side_px) {
  if (cells_->isEmpty()) return;
  ExportOptions options;
  options.kind = kind;
  options.across = cells_->across();
  options.down = cells_->down();
  options.along = along;
  options.longest_side_px = longest_side_px;
  for (int axis = 0; axis < cells_->axes(); ++axis) options.at.push_back(cells_->at(axis));
  const auto [name, filter] = [kind]() -> std::pair<QString, QString> {
    switch (kind) {
      case SweepExport::GridPng:
        return {QStringLiteral("grid.png"), tr("Pictures (*.png)")};
      case SweepExport::Html:
        return {QStringLiteral("sweep.html"), tr("Web pages (*.html)")};
      case SweepExport::Csv:
        return {QStringLiteral("sweep.csv"), tr("Tables (*.csv)")};
      case SweepExport::Animation:
        return {QStringLiteral("sweep.png"), tr("Animated pictures (*.png)")};
    }
    return {};
  }();
  auto* dialog = new QFileDialog(this, tr("Export the sweep"), cells_->folder(), filter);
  dialog->setObjectName(QStringLiteral("exportDialog"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(name.section('.', -1));
  dialog->selectFile(name);
  connect(dialog, &QFileDialog::fileSelected, this, [this, options](const QString& path) mutable {
    options.path = path.toStdString();
    Q_EMIT exportAsked(options);
  });
  dialog->open();
}

}  // namespace studio::ui
