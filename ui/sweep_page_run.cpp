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

#include <QDir>
#include <QFileDialog>
#include <QMenu>
#include <QPushButton>

#include <algorithm>
#include <utility>

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
  // What was left out stays out until it is asked for by itself.
  bool missing = false;
  for (int picture = 0; picture < cells_->pictures() && !missing; ++picture) {
    const CellState state = cells_->result(picture).state;
    missing = state != CellState::Finished && state != CellState::Skipped;
  }
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
    notice_->dismiss();
    return Q_EMIT pauseAsked(false);
  }
  if (state_ == RunState::Continuable) return resume({});
  if (isRunning() || !editor_->problem().isEmpty()) return;
  SweepSpec spec = editor_->spec();
  asked_ = spec;
  const TimePlan plan = editor_->timeBox()->plan();
  if (plan.kind == TimePlan::Kind::FewerSteps) spec.base.steps = plan.steps;
  asked_names_ = editor_->listedNames();
  SweepOptions options;
  if (plan.kind == TimePlan::Kind::FewerCells) options.most_cells = plan.cells;
  startAsked(spec, options);
}

// So many of the first cells in order hold `further` ones that are not finished.
std::size_t SweepPage::mostCells(std::size_t further) const {
  std::size_t most = 0;
  for (const std::size_t cell : cell_order(cells_->grid())) {
    if (further == 0) return most;
    ++most;
    further -= !cells_->isFinished(cell);
  }
  return 0;
}

// So many of the first cells in order were reached by the runs until now; 0: all.
std::size_t SweepPage::reachedCells() const {
  std::size_t at = 0, reached = 0;
  for (const std::size_t cell : cell_order(cells_->grid())) {
    ++at;
    if (cells_->resultOfCell(cell).state != CellState::Waiting) reached = at;
  }
  return reached == at ? 0 : reached;
}

void SweepPage::retry(int picture) {
  if (picture < 0) return;
  forward_ = picture;
  SweepOptions again;
  again.retry_keys = {cells_->result(picture).key};
  resume(again, Extent::Reached);
}

void SweepPage::resume(const SweepOptions& extra, Extent extent) {
  if (isRunning() || cells_->isEmpty() || cells_->isPlan()) return;
  const TimePlan plan = editor_->timeBox()->plan();
  SweepOptions options = extra;
  if (extent == Extent::Reached) options.most_cells = reachedCells();
  if (extent == Extent::AsPlanned && plan.kind == TimePlan::Kind::FewerCells)
    options.most_cells = mostCells(plan.cells);
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
  askStars();
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
  SweepOptions without, with_less_memory;
  without.skip = with_less_memory.less_memory_keys = {cells_->result(picture).key};
  if (cell < cells_->cells()) cells_->setCurrent(cell);
  notice_->show(tr("The last run of this sweep ended without warning while it made %1. Nothing "
                   "that was finished is lost.")
                    .arg(what),
                false,
                {{tr("Skip it"),
                  tr("Leave this cell out and make the others"),
                  [this, without] { resume(without); }},
                 {tr("Retry"), tr("Make it and the others as before"), [this] { resume({}); }},
                 {tr("Retry with less memory"),
                  tr("Make this cell slowly, with less memory"),
                  [this, with_less_memory] { resume(with_less_memory); }},
                 {tr("Leave paused"), tr("Decide later: Continue goes on"), {}}});
}

void SweepPage::handle(JobId job, const JobEvent& event) {
  if (job_ && *job_ != job) return;
  if (!job_ && state_ != RunState::Starting && !std::holds_alternative<SweepStarted>(event)) return;
  job_ = job;
  std::visit(Overloaded{
                 [this](const Queued&) {
                   if (!isRunning()) state_ = RunState::Starting;
                   showRunState();
                 },
                 [this](const SweepStarted& started) { takeStarted(started); },
                 [this](const PhaseChanged& phase) {
                   if (!phase.note.empty())
                     notice_->show(asSentence(phase.note), false, {{tr("Dismiss"), {}, {}}});
                   if (phase.phase == Phase::LoadingModel)
                     Q_EMIT statusChanged(tr("Sweep: loading the model"), phase.fraction, -1);
                 },
                 [this](const StepDone& step) {
                   if (step.picture < 0) return;
                   if (step.seconds_left > 0) left_ = step.seconds_left;
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
                 [this](const SweepFinished& done) { endAsAsked(done); },
                 [this](const Failed& failed) {
                   endRun(QString::fromStdString(failed.error.message), true);
                 },
                 [this](const Cancelled&) { endRun({}, false); },
                 [](const auto&) {},
             },
             event);
}

void SweepPage::endAsAsked(const SweepFinished& done) {
  QStringList text;
  bool waits = false;
  for (std::size_t cell = 0; cell < cells_->cells() && !waits; ++cell)
    waits = cells_->resultOfCell(cell).state == CellState::Waiting;
  if (waits) {
    const bool evenly =
        cells_->grid().spec.order == SweepOrder::CoarseToFine && cells_->grid().spec.listed.empty();
    text << (evenly ? tr("The sweep is complete as far as asked: %1 of %2 cells, evenly spread.")
                    : tr("The sweep is complete as far as asked: %1 of %2 cells."))
                .arg(cells_->finishedCells())
                .arg(cells_->cells());
  }
  if (done.failed == 1) text << tr("One picture failed; its tile says why and can be retried.");
  if (done.failed > 1)
    text << tr("%1 pictures failed; their tiles say why and can be retried.").arg(done.failed);
  endRun(text.join(QChar(' ')), done.failed > 0, waits);
}

void SweepPage::takeStarted(const SweepStarted& started) {
  notice_->dismiss();  // of an end that is over
  // The same sweep goes on: its pictures in memory are still right.
  const bool same = !cells_->isEmpty() && !cells_->isPlan() &&
                    cells_->folder() == QString::fromStdString(started.folder) &&
                    !cells_->folder().isEmpty();
  if (!same) images_->clear();
  cells_->start(started);
  if (!same && started.grid)
    cells_->setJobNames(started.grid->axes.empty() ? asked_names_ : QStringList());
  for (int picture = 0; picture < cells_->pictures(); ++picture) {
    if (cells_->result(picture).state == CellState::Finished)
      images_->setFile(picture, cells_->fileOf(picture));
  }
  if (!isRunning()) asked_ = editor_->spec();
  if (state_ != RunState::Stopping) state_ = RunState::Running;
  left_ = started.forecast.seconds_are_measured ? started.forecast.seconds_left : -1;
  if (left_ > 0 && cells_->asked() < cells_->pictures()) {
    const double missing = cells_->pictures() - cells_->finished();
    left_ *= std::max(0, cells_->asked() - cells_->askedDone()) / std::max(1.0, missing);
  }
  if (const int first = std::exchange(forward_, -1); first >= 0 && first < cells_->pictures())
    Q_EMIT bringForwardAsked(first);
  if (!same) askStars();
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
  if (change.result.state == CellState::Finished && cells_->finished() == 1) showRunState();
  tellStatus();
}

void SweepPage::tellStatus() {
  const int total = cells_->asked(), done = cells_->askedDone();
  if (total == 0 || !isRunning()) return;
  double fraction = static_cast<double>(done) / total;
  QString text = tr("Sweep: cell %1 of %2").arg(std::min(done + 1, total)).arg(total);
  const CellProgress* const progress = cells_->progress(cells_->running());
  if (progress != nullptr && progress->steps > 0) {
    text += tr(" · step %1 of %2").arg(progress->step).arg(progress->steps);
    fraction += static_cast<double>(progress->step) / progress->steps / total;
  }
  if (state_ == RunState::Paused) text = tr("Sweep paused: %1 of %2 done").arg(done).arg(total);
  if (state_ == RunState::Stopping) text = tr("Sweep: stopping…");
  Q_EMIT statusChanged(text, std::min(1.0, fraction), left_);
}

void SweepPage::endRun(const QString& text, bool is_error, bool rest_waits) {
  job_.reset();
  forward_ = -1;
  cells_->endRun();
  state_ = RunState::Idle;
  if (text.isEmpty()) {
    notice_->dismiss();
  } else {
    std::vector<SweepNotice::Answer> answers{{tr("Dismiss"), {}, {}}};
    if (rest_waits)
      answers.insert(answers.begin(),
                     {tr("Make the rest"), tr("Make all other cells too; these are kept"), [this] {
                        resume({}, Extent::All);
                      }});
    notice_->show(text, is_error, answers);
  }
  showRunState();
  // The speed is known now, and what is left.
  askForecast();
  Q_EMIT statusChanged({}, 1, -1);
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
  for (const QString& job : cells_->jobNames()) options.job_names.push_back(job.toStdString());
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
