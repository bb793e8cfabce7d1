// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The models, LoRAs, VAEs and ControlNets in the folders the user watches, with what the user has
// marked. Files are looked at in the background, and again when a folder changes.
#pragma once

#include "core/api/engine.h"
#include "ui/pool_tasks.h"

#include <QDateTime>
#include <QHash>
#include <QObject>
#include <QThread>
#include <QTimer>

#include <atomic>
#include <memory>
#include <vector>

namespace studio::ui {

class SettingsStore;

struct LibraryEntry {
  FoundModel found;
  QString name;    // for a person
  QString value;   // how a job names it: a path, or the name of one that comes with the program
  QString root;    // the watched folder it is in; "" for those that come with the program
  QString folder;  // that holds it
  QString folded;  // name, folder and kind in small letters, for searching
  bool is_favourite = false;
  QDateTime used;  // invalid: never
  int seen = 0;    // in which look

  bool isBundled() const { return root.isEmpty(); }
};

class ModelLibrary : public QObject {
  Q_OBJECT
 public:
  explicit ModelLibrary(SettingsStore& settings, QObject* parent = nullptr);
  ~ModelLibrary() override;

  // Begins to look. Null: stops, waits for what runs, and forgets the engine.
  void attach(Engine* engine);
  bool hasEngine() const { return engine_ != nullptr; }

  const std::vector<LibraryEntry>& entries() const { return entries_; }
  const LibraryEntry* find(const QString& value) const;
  // Usable ones as jobs name them: favourites first, then the latest used, a bounded number.
  QStringList files(FileKind kind) const;

  QStringList folders() const;
  // A folder inside another one that is watched may be added, too. False when it is there already.
  bool addFolder(const QString& folder);
  void removeFolder(const QString& folder);
  // Why a watched folder cannot be read, or that it holds more than is listed; "" when all is well.
  QString problemOf(const QString& folder) const { return problems_.value(folder); }

  void look();
  void stopLooking();
  bool isLooking() const { return looking_ > 0; }
  // Of the folder that is looked at now; total 0 while its files are still searched for.
  int done() const { return done_; }
  int total() const { return total_; }
  QString lookedAt() const { return looked_at_; }

  void setFavourite(const QString& value, bool favourite);
  void noteUsed(const QString& value);

  // One at a time; another one is left alone while one is hashed.
  void hash(const QString& path);
  void stopHashing();
  QString hashing() const { return hashing_; }  // path; "" for none
  double hashed() const { return hashed_; }     // 0..1

 Q_SIGNALS:
  void changed();     // entries, or what is known of one
  void progressed();  // of looking or hashing
  void foldersChanged();
  void problem(const QString& text);

 private:
  struct Inbox;
  void lookInto(const QString& root, const std::string& folder);
  void post(const std::shared_ptr<Inbox>& inbox);
  void take(const std::shared_ptr<Inbox>& inbox);
  bool add(FoundModel found, const QString& root);
  void finishFolder(const QString& root, const Result<FoundModels>& result, bool is_stopped);
  void watch(const std::vector<std::string>& folders);
  void unwatch(const QString& folder);
  void noticeChange();
  void reindex();

  SettingsStore& settings_;
  Engine* engine_ = nullptr;
  std::vector<LibraryEntry> entries_;
  QHash<QString, std::size_t> places_;  // by path
  QHash<QString, QString> problems_;    // by watched folder
  QHash<QString, bool> favourites_;
  QVariantMap used_;
  PoolTasks looks_, hashes_;
  std::shared_ptr<std::atomic<bool>> stop_look_, stop_hash_;
  int looking_ = 0;  // folders that are not done
  int look_ = 0;
  bool again_ = false;
  int done_ = 0, total_ = 0;
  QString looked_at_, hashing_;
  double hashed_ = 0;
  QTimer settle_;  // until a folder that changed is looked at
  QThread watch_thread_;
  QObject* watch_home_;  // lives there
};

// A name for people: of a hub's cache the name there, of a file without a name of its own the
// folder's.
QString modelName(const QString& path);

}  // namespace studio::ui
