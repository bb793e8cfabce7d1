// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Between the sweep page, the queue, the project and the engine: folders, runs, checks and exports.
#pragma once

#include "core/api/engine.h"
#include "ui/pool_tasks.h"
#include "ui/sweep_page.h"

#include <QJsonValue>
#include <QObject>

#include <atomic>
#include <memory>
#include <optional>

namespace studio::ui {

class JobBridge;
class ProjectDesk;
class QueueModel;

class SweepDesk : public QObject {
  Q_OBJECT
 public:
  // All must outlive it.
  struct Parts {
    const Catalogue& catalogue;
    SweepPage& page;
    QueueModel& queue;
    ProjectDesk& project;
    PoolTasks& tasks;
    JobBridge& bridge;
  };
  explicit SweepDesk(const Parts& parts, QObject* parent = nullptr);
  ~SweepDesk() override;

  void attach(Engine* engine);
  // The sweep that the project showed last, and one that an unclean end interrupted.
  void restore(const QJsonValue& kept);
  // Shows what a folder holds; a sentence when it cannot be read.
  // `edited`: what the editor shall hold then, when that is another sweep.
  void openFolder(const QString& folder, const std::optional<SweepSpec>& edited = std::nullopt);
  // Of the queue: its folder, or its definition when it has not begun.
  void showItem(const QString& id);
  // The cell that was running at an unclean end is left out, and the sweep goes on.
  void skipInterrupted(const QString& id);

 Q_SIGNALS:
  void problem(const QString& sentence);

 private:
  struct Running {
    QString item;
    JobId job = 0;
    SweepStarted started;  // with what became of the pictures since
  };
  struct Verification {
    JobId job = 0;
    int picture = -1;
    QString file, latents_hash;
  };
  void run(const SweepSpec& spec, SweepOptions options);
  QString newFolder() const;
  std::vector<std::string> otherFolders() const;
  void verify(int picture);
  void submitVerification(int picture, const Result<SweepFolder>& opened);
  void handle(JobId job, const JobEvent& event);
  void takeVerified(const Finished& finished);
  void exportSweep(const ExportOptions& options);
  // The page waits for a sweep that will not come: it was cancelled or refused in the queue.
  void settle();
  void takeEvent(const QString& id, JobId job, const JobEvent& event);
  void replayRunning();
  void writeOverview(const std::string& folder);
  void keepVerdictOf(std::size_t cell);
  void takeMarks(const SweepStarted& started, bool is_new);
  void keep();
  void showEdited(const SweepSpec& spec, const QJsonValue& names);
  int itemOfFolder(const QString& folder) const;

  Parts parts_;
  Engine* engine_ = nullptr;
  QString item_;                    // of the queue: the sweep that the page shows
  QString folder_;                  // what the page shows
  std::optional<Running> running_;  // the queue's sweep, whether the page shows it or not
  std::optional<Verification> verification_;
  PoolTasks exports_;  // one after the other, beside the window's quick tasks
  PoolTasks notes_;    // about cells, kept in the order in which they were made
  std::shared_ptr<std::atomic<bool>> leaving_;
};

}  // namespace studio::ui
