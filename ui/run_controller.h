// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Runs a job and its unguided twin, and in live mode the newest value only.
#pragma once

#include "core/api/engine.h"
#include "ui/picture.h"

#include <QObject>

#include <optional>

namespace studio::ui {

class JobBridge;

// What the status strip shows.
struct RunStatus {
  Side side = Side::Guided;
  Phase phase = Phase::LoadingModel;
  double fraction = 0;
  int step = 0, steps = 0;
  double steps_per_second = 0;
  double seconds_left = 0;
};

// One job at a time: first the guided one, then its twin unless that was made already. In live mode
// a newer value cancels the running job as soon as that has shown one preview, so a moving slider
// always has something to show and the newest value never waits for an old one to finish.
// Threads: GUI thread. Driven by events alone.
class RunController : public QObject {
  Q_OBJECT
 public:
  RunController(const Catalogue& catalogue, JobBridge& bridge, QObject* parent = nullptr);

  // A job asked for before the engine is there runs as soon as it is. Null takes the engine away.
  void attach(Engine* engine);
  bool hasEngine() const { return engine_ != nullptr; }
  // Largest share of a run's time for previews, 0..1.
  void setPreviewBudget(double share) { preview_budget_ = share; }
  void setPreviewChoice(const PreviewChoice& choice);

  void generate(const GenerationRequest& request);
  void follow(const GenerationRequest& request);  // live: newest wins
  void cancel();
  bool isRunning() const { return active_.has_value() || waiting_.has_value(); }
  // The hand moves on: the running live job took the place of one that had come to nothing yet, and
  // its own picture can be recognised before long.
  bool isHurrying() const;
  // Whether a picture can be recognised after `step` of `steps`.
  static bool isRecognisable(int step, int steps) { return 3 * step >= steps; }
  // A pair shown from the gallery: its twin need not run again.
  void rememberTwin(std::shared_ptr<const Picture> twin, const GenerationRequest& request);

  // UNet rows and seconds this job and its twin would take, from jobs measured so far.
  struct Forecast {
    double rows = 0;
    double seconds = 0;
    bool exact = false;  // rows of jobs with the same guidance are known
  };
  std::optional<Forecast> forecast(const GenerationRequest& request) const;

 Q_SIGNALS:
  void runningChanged(bool running);
  void jobStarted(studio::ui::Side side, const studio::GenerationRequest& resolved, bool live);
  void statusChanged(const studio::ui::RunStatus& status);
  void previewReady(studio::ui::Side side, int step, int steps, const QImage& preview, bool live);
  void pictureReady(studio::ui::Side side,
                    const std::shared_ptr<const studio::ui::Picture>& picture);
  void pairReady(const studio::ui::Pair& pair, bool live);
  void jobEnded(studio::ui::Side side, bool finished);
  void cancelled();
  void failed(const studio::Error& error);
  // Something about the running job that a person should know: why its model is loaded again. What
  // previews lack is told once.
  void noted(const QString& sentence);
  // The engine did not take the twin; the pair has come without it.
  void twinRefused(const studio::Error& error);

 private:
  struct Job {
    JobId id = 0;
    Side side = Side::Guided;
    GenerationRequest request;
    bool live = false;
    bool started = false;
    bool previewed = false;
    bool hurried = false;  // in place of a live job that was cut short early
    RunStatus status;
  };
  struct Wish {
    GenerationRequest request;
    bool live = false;
  };
  struct Measured {
    GenerationRequest key;  // without what cannot change the number of rows a step
    double rows_per_step = 0;
  };

  void handle(JobId id, const JobEvent& event);
  void learnRows(const GenerationRequest& resolved, double rows);
  void onStarted(const Started& started);
  void onStep(const StepDone& step);
  void onPreview(const Preview& preview);
  void onFinished(const Finished& finished);
  void onGuidedFinished(const std::shared_ptr<const Picture>& picture, bool live);
  Result<void> start(const GenerationRequest& request, Side side, bool live);
  void startTwin(const GenerationRequest& request);
  void startWish();
  void dropActive();
  void announce();
  void deliverPair(const std::shared_ptr<const Picture>& twin);
  std::optional<double> rowsPerStep(const GenerationRequest& request, bool& exact) const;

  const Catalogue& catalogue_;
  Engine* engine_ = nullptr;
  std::optional<Job> active_;
  std::optional<Wish> waiting_;
  std::shared_ptr<const Picture> guided_;  // finished, its twin still to come
  bool guided_is_live_ = false;
  std::shared_ptr<const Picture> twin_;
  std::optional<GenerationRequest> twin_request_;  // comparable()
  std::vector<Measured> measured_;
  double seconds_per_row_ = 0;
  double preview_budget_ = 0.03;
  PreviewChoice preview_choice_;
  std::string last_note_;
  bool was_running_ = false;
  bool cut_early_ = false;  // of the live job that made way last
};

}  // namespace studio::ui
