// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Runs a job and its unguided twin, and in live mode the newest value only.
#include "ui/run_controller.h"

#include "ui/job_bridge.h"
#include "ui/job_text.h"

#include <algorithm>

namespace studio::ui {
namespace {

constexpr std::size_t kMeasuredKept = 64;

// Which guidance is on and every setting but the amounts: what decides the rows of a step.
GenerationRequest rowsKey(const GenerationRequest& request, const Catalogue& catalogue) {
  GenerationRequest key;
  key.model = request.model;
  key.steps = request.steps;
  for (const Card& card : catalogue.terms) {
    const bool active = isActive(card, request);
    for (const ParamSpec& spec : card.params) {
      const bool amount = spec.neutral.has_value() || spec.has_infinity;
      if (amount) {
        key.guidance[std::string(spec.key)] = active;
      } else if (active) {
        key.guidance[std::string(spec.key)] = guidanceValue(request, spec);
      }
    }
  }
  return key;
}

}  // namespace

RunController::RunController(const Catalogue& catalogue, JobBridge& bridge, QObject* parent)
    : QObject(parent), catalogue_(catalogue) {
  connect(&bridge, &JobBridge::happened, this, &RunController::handle);
}

void RunController::attach(Engine* engine) {
  if (engine == nullptr) dropActive();
  engine_ = engine;
  if (engine_ != nullptr && waiting_) startWish();
  announce();
}

void RunController::generate(const GenerationRequest& request) {
  waiting_ = Wish{request, false};
  dropActive();
  cut_early_ = false;
  startWish();
}

void RunController::follow(const GenerationRequest& request) {
  if (active_ && active_->side == Side::Guided && active_->request == request && !waiting_) return;
  waiting_ = Wish{request, true};
  // A job that has begun its steps shows one preview before it makes way; anything else goes at
  // once.
  const bool may_show_soon = active_ && active_->live && active_->side == Side::Guided &&
                             active_->started && !active_->previewed;
  if (may_show_soon) return;
  dropActive();
  startWish();
}

void RunController::cancel() {
  const bool was = isRunning();
  waiting_.reset();
  dropActive();
  cut_early_ = false;
  if (!was) return;
  Q_EMIT cancelled();
  announce();
}

void RunController::rememberTwin(std::shared_ptr<const Picture> twin,
                                 const GenerationRequest& request) {
  twin_ = std::move(twin);
  twin_request_ = comparable(request, catalogue_);
}

// Its late events are not ours any more: handle() knows only the active job.
void RunController::dropActive() {
  if (!active_) return;
  engine_->cancel(active_->id);
  const Side side = active_->side;
  cut_early_ = active_->live && side == Side::Guided &&
               !isRecognisable(active_->status.step, active_->status.steps);
  active_.reset();
  Q_EMIT jobEnded(side, false);
  if (guided_) deliverPair(nullptr);
}

bool RunController::isHurrying() const {
  constexpr double kSoonS = 1.5;
  if (!active_ || !active_->hurried || active_->status.steps_per_second <= 0) return false;
  return active_->status.steps / (3 * active_->status.steps_per_second) < kSoonS;
}

void RunController::startWish() {
  if (!waiting_ || engine_ == nullptr) return announce();
  const Wish wish = *std::exchange(waiting_, std::nullopt);
  auto done = start(wish.request, Side::Guided, wish.live);
  if (done) return;
  announce();
  Q_EMIT failed(done.error());
}

// The guided picture is good without it.
void RunController::startTwin(const GenerationRequest& request) {
  auto done = start(request, Side::Twin, false);
  if (done) return;
  deliverPair(nullptr);
  announce();
  Q_EMIT twinRefused(done.error());
}

Result<void> RunController::start(const GenerationRequest& request, Side side, bool live) {
  // What somebody waits for at the window goes between two steps of whatever the queue makes.
  RunOptions options;
  options.priority = RunOptions::Priority::Live;
  options.preview_budget = preview_budget_;
  options.preview = preview_choice_;
  auto id = engine_->submit(request, options);
  if (!id) return id.error();
  Job job;
  job.id = id.value();
  job.side = side;
  job.request = request;
  job.live = live;
  job.hurried = live && std::exchange(cut_early_, false);
  job.status.side = side;
  job.status.steps = static_cast<int>(request.steps);
  active_ = std::move(job);
  announce();
  return {};
}

void RunController::announce() {
  if (was_running_ == isRunning()) return;
  was_running_ = isRunning();
  Q_EMIT runningChanged(was_running_);
}

void RunController::handle(JobId id, const JobEvent& event) {
  if (!active_ || active_->id != id) return;
  if (const auto* started = std::get_if<Started>(&event)) return onStarted(*started);
  if (const auto* step = std::get_if<StepDone>(&event)) return onStep(*step);
  if (const auto* preview = std::get_if<Preview>(&event)) return onPreview(*preview);
  if (const auto* finished = std::get_if<Finished>(&event)) return onFinished(*finished);
  if (const auto* phase = std::get_if<PhaseChanged>(&event)) {
    active_->status.phase = phase->phase;
    active_->status.fraction = phase->fraction;
    Q_EMIT statusChanged(active_->status);
    if (phase->note.empty()) return;
    // Of previews every live job would say the same.
    if (phase->note.starts_with("previews")) {
      if (phase->note == last_note_) return;
      last_note_ = phase->note;
    }
    Q_EMIT noted(asSentence(phase->note));
    return;
  }
  const auto* failure = std::get_if<Failed>(&event);
  if (failure == nullptr && !std::holds_alternative<Cancelled>(event)) return;
  const Side side = active_->side;
  active_.reset();
  Q_EMIT jobEnded(side, false);
  if (guided_) deliverPair(nullptr);
  if (failure != nullptr) Q_EMIT failed(failure->error);
  startWish();
}

void RunController::setPreviewChoice(const PreviewChoice& choice) {
  if (choice == preview_choice_) return;
  preview_choice_ = choice;
  last_note_.clear();
}

void RunController::learnRows(const GenerationRequest& resolved, double rows) {
  if (resolved.steps <= 0 || rows <= 0) return;
  const GenerationRequest key = rowsKey(resolved, catalogue_);
  std::erase_if(measured_, [&](const Measured& known) { return known.key == key; });
  measured_.push_back({key, rows / static_cast<double>(resolved.steps)});
  if (measured_.size() > kMeasuredKept) measured_.erase(measured_.begin());
}

void RunController::onStarted(const Started& started) {
  active_->started = true;
  active_->status.steps = started.steps;
  learnRows(started.resolved, started.row_evaluations);
  Q_EMIT jobStarted(active_->side, started.resolved, active_->live);
  Q_EMIT statusChanged(active_->status);
}

void RunController::onStep(const StepDone& step) {
  RunStatus& status = active_->status;
  status.phase = Phase::Denoising;
  status.step = step.step;
  status.steps = step.steps;
  status.seconds_left = step.seconds_left;
  const double now = step.ms > 0 ? 1000.0 / step.ms : 0;
  status.steps_per_second =
      status.steps_per_second > 0 ? 0.7 * status.steps_per_second + 0.3 * now : now;
  Q_EMIT statusChanged(status);
}

void RunController::onPreview(const Preview& preview) {
  active_->previewed = true;
  if (preview.image) {
    Q_EMIT previewReady(active_->side,
                        preview.step,
                        active_->status.steps,
                        toQImage(*preview.image),
                        active_->live);
  }
  if (!waiting_) return;
  dropActive();
  startWish();
}

void RunController::onFinished(const Finished& finished) {
  const Job job = *std::exchange(active_, std::nullopt);
  if (!finished.from_cache && finished.row_evaluations > 0 && finished.seconds > 0) {
    seconds_per_row_ = finished.seconds / finished.row_evaluations;
    learnRows(finished.resolved, finished.row_evaluations);
  }
  auto picture = std::make_shared<Picture>();
  picture->finished = finished;
  if (!finished.images.empty() && finished.images.front())
    picture->image = toQImage(*finished.images.front());
  Q_EMIT jobEnded(job.side, true);
  if (picture->image.isNull()) {
    Q_EMIT failed({ErrorCode::Internal, tr("The job finished without a picture.").toStdString()});
    return startWish();
  }
  if (job.side == Side::Guided) return onGuidedFinished(picture, job.live);
  twin_ = picture;
  twin_request_ = comparable(job.request, catalogue_);
  Q_EMIT pictureReady(Side::Twin, picture);
  deliverPair(picture);
  startWish();
}

void RunController::onGuidedFinished(const std::shared_ptr<const Picture>& picture, bool live) {
  guided_ = picture;
  guided_is_live_ = live;
  Q_EMIT pictureReady(Side::Guided, picture);
  const GenerationRequest& resolved = picture->finished.resolved;
  const GenerationRequest twin_request = unguided_twin(resolved, catalogue_);
  if (twin_request == resolved) {
    twin_ = picture;
    twin_request_ = comparable(twin_request, catalogue_);
  }
  if (twin_ && twin_request_ == comparable(twin_request, catalogue_)) {
    Q_EMIT pictureReady(Side::Twin, twin_);
    deliverPair(twin_);
    return startWish();
  }
  if (waiting_) {
    deliverPair(nullptr);
    return startWish();
  }
  startTwin(twin_request);
}

void RunController::deliverPair(const std::shared_ptr<const Picture>& twin) {
  if (!guided_) return;
  const Pair pair{std::exchange(guided_, nullptr), twin};
  Q_EMIT pairReady(pair, guided_is_live_);
}

std::optional<double> RunController::rowsPerStep(const GenerationRequest& request,
                                                 bool& exact) const {
  const GenerationRequest key = rowsKey(request, catalogue_);
  for (const Measured& known : measured_) {
    if (known.key == key) return exact = true, known.rows_per_step;
  }
  GenerationRequest any_steps = key;
  for (auto known = measured_.rbegin(); known != measured_.rend(); ++known) {
    any_steps.steps = known->key.steps;
    if (known->key == any_steps) return exact = false, known->rows_per_step;
  }
  return std::nullopt;
}

std::optional<RunController::Forecast> RunController::forecast(
    const GenerationRequest& request) const {
  bool exact = false;
  const auto per_step = rowsPerStep(request, exact);
  if (!per_step) return std::nullopt;
  Forecast made{*per_step * static_cast<double>(request.steps), 0, exact};
  const double size = seconds_per_row_;
  made.seconds = made.rows * size;
  return made;
}

}  // namespace studio::ui
