// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// All presets there are: those of the program, the user's own, and the open project's.
#pragma once

#include "ui/preset.h"
#include "ui/project.h"
#include "ui/project_tasks.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QPointer>

#include <vector>

class QTimer;

namespace studio::ui {

enum class PresetPlace { Project, User, BuiltIn };

struct PresetEntry {
  QString id;  // the same as long as the preset exists
  PresetPlace place = PresetPlace::User;
  Preset preset;
  QString file;     // "" in a project
  QString problem;  // a sentence: the file cannot be read and `preset` is empty
  QString summary;  // presetSummary() of the preset

  bool isUsable() const { return problem.isEmpty(); }
  bool isEditable() const { return place != PresetPlace::BuiltIn && isUsable(); }

  bool operator==(const PresetEntry&) const = default;
};

// Threads: the GUI thread. Changes show at once; files follow on a thread of its own, in order.
class PresetStore : public QObject {
  Q_OBJECT
 public:
  // Folders are read when the event loop turns; ones that are missing hold no presets. The user's
  // is made with the first preset. The catalogue must outlive the store.
  PresetStore(const Catalogue& catalogue,
              const JobCodec& codec,
              const QString& built_in_folder,
              const QString& user_folder,
              QObject* parent = nullptr);
  // Blocks until what was changed is on disk.
  ~PresetStore() override;

  // "presets" in the user's data folder.
  static QString defaultUserFolder();

  // Adds the presets of a project; null takes them away.
  void setProject(Project* project);
  Project* project() const { return project_; }

  const Catalogue& catalogue() const { return catalogue_; }
  // The project's, then the user's, then the program's own.
  const std::vector<PresetEntry>& entries() const { return entries_; }
  const PresetEntry* find(const QString& id) const;
  // A preset of that name that could be replaced there.
  const PresetEntry* findByName(PresetPlace place, const QString& name) const;
  bool canKeepIn(PresetPlace place) const;
  bool isLoaded() const { return loaded_; }

  // `id`: "" for a new one, or that of a preset that was removed. Returns the id.
  QString add(PresetPlace place, const Preset& preset, const QString& id = {});
  void replace(const QString& id, const Preset& preset);
  // A file goes to the trash.
  void remove(const QString& id);
  // Also for the program's own.
  void setStarred(const QString& id, bool starred);

  // Reads files on the thread; `then` gets what could be read and a sentence for each other file.
  void readFiles(
      const QStringList& paths,
      std::function<void(const std::vector<Preset>& presets, const QStringList& problems)> then);
  void writeFile(const QString& id, const QString& path);

  // Blocks until all files are written; for tests and the end of the program.
  void finish() { tasks_.finish(); }

 Q_SIGNALS:
  void changed();
  // Sentences for the user.
  void problem(const QString& sentence);
  void note(const QString& sentence);

 private:
  struct Loaded {
    std::vector<PresetEntry> built_in, user;
    QStringList stars;
  };

  void reload();
  void take(const Loaded& loaded);
  void watch();
  void followProject();
  void storeUser(const PresetEntry& entry);
  void storeProject();
  void storeStars();
  void report(const Result<void>& done);
  PresetEntry* entry(const QString& id);
  void insertSorted(PresetEntry entry);

  const Catalogue& catalogue_;
  const JobCodec codec_;
  const QString built_in_folder_, user_folder_;
  QPointer<Project> project_;
  std::vector<PresetEntry> entries_;
  SerialTasks tasks_;
  QFileSystemWatcher watcher_;
  QTimer* settle_;
  quint64 changes_ = 0;
  bool loaded_ = false;
  bool storing_project_ = false;
};

}  // namespace studio::ui
