// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The queue's way through the engine: one item at a time, a job's twin right after it.
#include "ui/job_text.h"
#include "ui/queue_model.h"

#include <QDateTime>

#include <algorithm>

namespace studio::ui {

void QueueModel::startNext() {
  const auto may_start = [](const QueueItem& item) {
    return item.state == QueueState::Waiting && !item.held;
  };
  while (engine_ != nullptr && !run_ && !paused_) {
    const auto next = std::find_if(items_.begin(), items_.end(), may_start);
    if (next == items_.end()) return;
    submit(static_cast<int>(next - items_.begin()));
  }
}

// An item that the engine refuses has failed and moves away.
void QueueModel::submit(int row) {
  move(row, firstWaiting());
  row = firstWaiting();
  QueueItem& next = at(row);
  RunOptions options;
  options.less_memory = next.less_memory;
  options.preview_budget = next.options.preview_budget = preview_budget_;
  options.preview = next.options.preview = preview_choice_;
  auto job = next.sweep ? engine_->submit_sweep(*next.sweep, next.options)
                        : engine_->submit(next.job, options);
  if (!job) {
    next.state = QueueState::Failed;
    next.note = QString::fromStdString(job.error().message);
    return sortEnded(row);
  }
  next.state = QueueState::Running;
  next.note = tr("Starting");
  next.fraction = 0;
  run_ = Run{next.id, job.value(), false, nullptr, QDateTime::currentMSecsSinceEpoch()};
  touch(row);
  const QString id = next.id;
  Q_EMIT changed();
  Q_EMIT started(id, job.value());
}

void QueueModel::submitTwin(int row, const GenerationRequest& twin) {
  RunOptions options;
  options.less_memory = item(row).less_memory;
  options.preview_budget = preview_budget_;
  options.preview = preview_choice_;
  auto job = engine_->submit(twin, options);
  if (!job) {
    const auto guided = run_->guided;
    end(QueueState::Finished,
        tr("The twin was refused: %1").arg(QString::fromStdString(job.error().message)));
    Q_EMIT pairReady({guided, nullptr});
    return;
  }
  run_->job = job.value();
  run_->is_twin = true;
  if (paused_) engine_->set_paused(run_->job, true);
}

void QueueModel::end(QueueState state, const QString& note) {
  const Run run = *std::exchange(run_, std::nullopt);
  const int row = rowOf(run.id);
  const double seconds =
      static_cast<double>(QDateTime::currentMSecsSinceEpoch() - run.started_ms) / 1000.0;
  if (row >= 0) {
    at(row).state = state;
    at(row).note = note;
    at(row).seconds_left = 0;
    if (state == QueueState::Finished) at(row).fraction = 1;
    sortEnded(row);
  }
  Q_EMIT ended(run.id, state, seconds);
  startNext();
}

void QueueModel::noteStep(int row, const StepDone& step) {
  QueueItem& running = at(row);
  if (running.sweep) return;  // its row tells of whole cells
  const double half = run_->is_twin ? 1 : 0;
  running.fraction = (half + static_cast<double>(step.step) / std::max(1, step.steps)) / 2;
  running.seconds_left = step.seconds_left;
  running.note = (run_->is_twin ? tr("Twin: step %1 of %2") : tr("Step %1 of %2"))
                     .arg(step.step)
                     .arg(step.steps);
  Q_EMIT progress(running.note, running.fraction, running.seconds_left);
  touch(row);
}

void QueueModel::noteCell(int row, const CellChanged& cell) {
  QueueItem& running = at(row);
  running.fraction = cell.rows_total > 0 ? cell.rows_done / cell.rows_total : 0;
  running.seconds_left = cell.seconds_left;
  running.note = tr("%1 % done").arg(static_cast<int>(100 * running.fraction));
  if (cell.seconds_left > 0) running.note += tr(" · %1 left").arg(secondsText(cell.seconds_left));
  touch(row);
  Q_EMIT progress(
      running.title + QStringLiteral(" · ") + running.note, running.fraction, running.seconds_left);
}

void QueueModel::takePicture(int row, const Finished& finished) {
  auto picture = std::make_shared<Picture>();
  picture->finished = finished;
  if (!finished.images.empty() && finished.images.front())
    picture->image = toQImage(*finished.images.front());
  if (picture->image.isNull())
    return end(QueueState::Failed, tr("The job finished without a picture."));
  if (run_->is_twin) {
    const Pair pair{run_->guided, picture};
    end(QueueState::Finished, tr("Done"));
    Q_EMIT pairReady(pair);
    return;
  }
  const GenerationRequest twin = unguided_twin(finished.resolved, catalogue_);
  if (twin == finished.resolved) {
    end(QueueState::Finished, tr("Done"));
    Q_EMIT pairReady({picture, picture});
    return;
  }
  run_->guided = picture;
  submitTwin(row, twin);
}

void QueueModel::noteSweepEnd(const SweepFinished& finished) {
  QString note = tr("%1 pictures").arg(finished.finished);
  if (finished.failed > 0) note += tr(", %1 failed").arg(finished.failed);
  if (finished.skipped > 0) note += tr(", %1 left out").arg(finished.skipped);
  end(finished.failed > 0 ? QueueState::Failed : QueueState::Finished, note);
}

void QueueModel::handle(JobId id, const JobEvent& event) {
  if (!run_ || run_->job != id) return;
  const int row = rowOf(run_->id);
  if (row < 0) return;
  if (item(row).sweep) Q_EMIT sweepEvent(run_->id, id, event);
  if (const auto* begun = std::get_if<SweepStarted>(&event)) {
    // From here on the folder is this sweep's, with its seed drawn.
    at(row).options.resume = true;
    at(row).options.folder = begun->folder;
    if (begun->grid) at(row).sweep = begun->grid->spec;
    Q_EMIT changed();
    return;
  }
  if (const auto* begun = std::get_if<Started>(&event)) {
    // The seed is drawn now; after an unclean end the same picture is made again.
    if (!run_->is_twin) at(row).job.seed = begun->resolved.seed;
    Q_EMIT changed();
    return;
  }
  if (const auto* phase = std::get_if<PhaseChanged>(&event)) {
    if (!phase->note.empty() && !item(row).sweep) Q_EMIT noted(asSentence(phase->note));
    return;
  }
  if (const auto* step = std::get_if<StepDone>(&event)) return noteStep(row, *step);
  if (const auto* cell = std::get_if<CellChanged>(&event)) return noteCell(row, *cell);
  if (const auto* finished = std::get_if<Finished>(&event)) return takePicture(row, *finished);
  if (const auto* finished = std::get_if<SweepFinished>(&event)) return noteSweepEnd(*finished);
  if (const auto* still = std::get_if<Paused>(&event)) {
    at(row).note = still->paused ? tr("Paused") : tr("Going on");
    return touch(row);
  }
  const auto* failed = std::get_if<Failed>(&event);
  const bool is_cancelled = std::holds_alternative<Cancelled>(event);
  if (failed == nullptr && !is_cancelled) return;
  const std::shared_ptr<const Picture> guided = run_->guided;
  if (failed != nullptr) {
    end(QueueState::Failed, QString::fromStdString(failed->error.message));
  } else {
    end(QueueState::Cancelled, tr("Cancelled"));
  }
  if (guided) Q_EMIT pairReady({guided, nullptr});
}

}  // namespace studio::ui
