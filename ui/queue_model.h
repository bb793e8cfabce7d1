// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What is to be made and in which order: jobs and sweeps, one at a time on the engine.
#pragma once

#include "core/api/engine.h"
#include "ui/picture.h"

#include <QAbstractListModel>
#include <QJsonObject>

#include <optional>
#include <vector>

namespace studio::ui {

enum class QueueState { Waiting, Running, Interrupted, Finished, Failed, Cancelled };

inline bool isEnded(QueueState state) {
  return state == QueueState::Finished || state == QueueState::Failed ||
         state == QueueState::Cancelled;
}

struct QueueItem {
  QString id;
  QString title, detail;
  QueueState state = QueueState::Waiting;
  bool held = false;      // waits until it is let go, while others pass
  GenerationRequest job;  // of a job; a sweep's base
  bool less_memory = false;
  std::optional<SweepSpec> sweep;
  SweepOptions options;  // of a sweep
  QString note;          // why it failed, what it is doing
  double fraction = 0;
  double seconds_left = 0;
};

// Only waiting items move; the one that runs stays first, ended ones last. Items that wait or
// failed are kept in the project; the queue comes back paused when the program ended while one ran.
// Threads: the GUI thread's.
class QueueModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role { ItemRole = Qt::UserRole, StateRole, NoteRole, FractionRole, HeldRole, DetailRole };

  explicit QueueModel(const Catalogue& catalogue, QObject* parent = nullptr);

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
  QStringList mimeTypes() const override;
  QMimeData* mimeData(const QModelIndexList& rows) const override;
  bool dropMimeData(const QMimeData* data,
                    Qt::DropAction action,
                    int row,
                    int column,
                    const QModelIndex& parent) override;

  // Null takes the engine away: what ran counts as waiting again.
  void attach(Engine* engine);
  void handle(JobId id, const JobEvent& event);

  const QueueItem& item(int row) const { return items_[static_cast<std::size_t>(row)]; }
  int rowOf(const QString& id) const;
  int runningRow() const;
  // Waiting and running ones.
  int activeCount() const;

  enum class Place { Back, Front };
  // Return the item's id.
  QString addJob(const GenerationRequest& request, Place place = Place::Back);
  QString addSweep(const SweepSpec& spec, const SweepOptions& options, Place place = Place::Back);
  void move(int from, int to);  // `to`: the row it shall have; bounded to the waiting ones
  void duplicate(int row);      // the copy is held
  void setHeld(int row, bool held);
  void cancel(int row);  // what runs keeps its finished pictures
  void cancelWaiting();
  void cancelAll();
  void remove(int row);  // of ended and interrupted ones
  void retry(int row, bool less_memory);
  // A sweep's interrupted picture is left out, its others go on.
  void retrySkipping(int row, const QString& picture_key);
  void clearEnded();

  // The running item stands still between two steps, and no other starts.
  bool isPaused() const { return paused_; }
  void setPaused(bool paused);

  // Largest share of a run's time for previews, 0..1; counts for what starts next.
  void setPreviewBudget(double share) { preview_budget_ = share; }
  void setPreviewChoice(const PreviewChoice& choice) { preview_choice_ = choice; }

  // What the project keeps. At a clean end the running item counts as waiting.
  QJsonObject toJson(bool at_clean_end) const;
  // Puts what was kept before what was added since the start; sentences about what could not be
  // read. An item that ran is marked interrupted and the queue is paused. Needs the engine.
  QStringList restore(const QJsonObject& kept);

 Q_SIGNALS:
  void changed();  // something worth keeping
  void pausedChanged(bool paused);
  void pairReady(const studio::ui::Pair& pair);
  void started(const QString& id, studio::JobId job);
  // Events of the running sweep.
  void sweepEvent(const QString& id, studio::JobId job, const studio::JobEvent& event);
  void ended(const QString& id, studio::ui::QueueState state, double seconds);
  void progress(const QString& text, double fraction, double seconds_left);
  // Something about the running job that a person should know; those of sweeps are in sweepEvent.
  void noted(const QString& sentence);

 private:
  struct Run {
    QString id;
    JobId job = 0;
    bool is_twin = false;
    std::shared_ptr<const Picture> guided;
    qint64 started_ms = 0;
  };
  QueueItem& at(int row) { return items_[static_cast<std::size_t>(row)]; }
  void touch(int row);
  void insert(QueueItem item, Place place);
  int firstWaiting() const;
  int endOfWaiting() const;
  void startNext();
  void submit(int row);
  void submitTwin(int row, const GenerationRequest& twin);
  void end(QueueState state, const QString& note);
  void sortEnded(int row);
  void noteStep(int row, const StepDone& step);
  void noteCell(int row, const CellChanged& cell);
  void takePicture(int row, const Finished& finished);
  void noteSweepEnd(const SweepFinished& finished);
  void describe(QueueItem& item) const;
  QJsonObject itemJson(const QueueItem& item, bool at_clean_end) const;
  Result<QueueItem> itemFrom(const QJsonObject& kept) const;

  const Catalogue& catalogue_;
  Engine* engine_ = nullptr;
  std::vector<QueueItem>
      items_;  // running, interrupted and waiting in order, then ended ones, newest first
  std::optional<Run> run_;
  bool paused_ = false;
  double preview_budget_ = 0.03;
  PreviewChoice preview_choice_;
};

}  // namespace studio::ui
