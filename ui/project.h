// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// An open project: a folder with project.json, images/, sweeps/ and gallery.sqlite. Keeps what the
// window gives it and writes it to disk by itself.
#pragma once

#include "ui/pool_tasks.h"
#include "ui/project_file.h"
#include "ui/project_tasks.h"

#include <QObject>

class QTimer;

namespace studio::ui {

struct ProjectOptions {
  int autosave_ms = 1000;               // from the first change that is not on disk
  int retry_ms = 5000;                  // after a failure; doubles up to a minute
  ProjectWriter::WriteFile write_file;  // empty: writeWhole(); tests bring a full disk
};

// Threads: the GUI thread; reading and writing happen elsewhere. One write is under way at a time
// and the newest state wins. What cannot be written stays in memory and is tried again.
class Project : public QObject {
  Q_OBJECT
 public:
  using Opened = std::function<void(Result<std::unique_ptr<Project>>)>;

  // Must not block. Reads on `tasks` and calls `done` on the GUI thread while `context` lives. The
  // catalogue and what the codec refers to must outlive the project.
  static void open(const QString& path,
                   const Catalogue& catalogue,
                   const JobCodec& codec,
                   PoolTasks& tasks,
                   QObject* context,
                   Opened done);
  static void create(const QString& folder,
                     const QString& name,
                     const Catalogue& catalogue,
                     const JobCodec& codec,
                     PoolTasks& tasks,
                     QObject* context,
                     Opened done);

  Project(ProjectLoad load, const JobCodec& codec, ProjectOptions options = {});
  // Blocks until the newest state is on disk or could not be written; then others may open it.
  ~Project() override;

  QString folder() const { return folder_; }
  QString imagesFolder() const;
  QString sweepsFolder() const;
  QString galleryPath() const;  // the index; may be missing

  // What could not be read, a sentence each; empty for a sound project.
  QStringList problems() const { return problems_; }
  // "" when changes are kept; else why they are not, as "it is open in another studio (...)".
  QString readOnlyReason() const { return read_only_reason_; }
  bool isReadOnly() const { return !read_only_reason_.isEmpty(); }

  QString name() const { return state_.name; }
  void setName(const QString& name);
  QString notes() const { return state_.notes; }
  void setNotes(const QString& notes);
  const std::optional<GenerationRequest>& job() const { return state_.job; }
  void setJob(const GenerationRequest& job);
  const std::vector<Preset>& presets() const { return state_.presets; }
  void setPresets(std::vector<Preset> presets);

  // Values of other parts of the window, which only they understand. Any key that is not the
  // project's own ("format", "version", "name", "notes", "job", "presets"); setting undefined
  // removes it.
  static const QString kSweeps, kLayout, kQueue;
  QJsonValue part(const QString& key) const { return state_.parts.value(key); }
  void setPart(const QString& key, const QJsonValue& value);

  // Everything is on disk, or the project is read-only.
  bool isSaved() const { return isReadOnly() || saved_revision_ == revision_; }
  // Why the last write failed; "" when it did not.
  QString writeProblem() const { return write_problem_; }
  // Blocks until the newest state is written. Errors: Io with a sentence; the state stays in
  // memory.
  Result<void> flush();

 Q_SIGNALS:
  void nameChanged(const QString& name);
  void presetsChanged();
  void savedChanged(bool is_saved);
  // The newest state is on disk.
  void saved();
  // A sentence for the user: a write failed (said once until it works again), changes to a
  // read-only project are not kept.
  void problem(const QString& sentence);
  // A sentence for the user: another program's version was kept aside; writing works again.
  void note(const QString& sentence);

 private:
  void changed();
  void write();
  void finishWrite(quint64 revision, const Result<ProjectWriter::Written>& done);

  const QString folder_;
  const QString read_only_reason_;
  const QStringList problems_;
  const ProjectOptions options_;
  ProjectState state_;
  std::shared_ptr<ProjectLock> lock_;
  std::shared_ptr<ProjectWriter> writer_;  // used on `tasks_` only
  SerialTasks tasks_;
  QTimer* timer_;
  quint64 revision_ = 0, saved_revision_ = 0;
  bool writing_ = false;
  bool told_read_only_ = false;
  int next_retry_ms_;
  QString write_problem_;
};

}  // namespace studio::ui
