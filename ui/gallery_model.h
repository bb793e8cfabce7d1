// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The strip's pairs: those in a project's images/ folder, and in its root where older versions put
// them, newest first. The files are the truth; the model only mirrors the newest of them, the
// gallery page shows all.
#pragma once

#include "core/api/engine.h"
#include "ui/gallery_trash.h"
#include "ui/picture.h"

#include <QAbstractListModel>
#include <QCache>
#include <QImage>
#include <QSet>

#include <functional>
#include <optional>
#include <vector>

namespace studio::ui {

class PoolTasks;

class GalleryModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role {
    GuidedThumbRole = Qt::UserRole,
    TwinThumbRole,
    CaptionRole,
    SeedRole,
    PromptRole,
    ProblemRole,  // why the pair cannot be shown or was not saved
    HasTwinRole,
  };

  static constexpr int kMostRestored = 300;  // pairs read from disk at the start

  // `folder`: the project.
  GalleryModel(const Catalogue& catalogue,
               PoolTasks& tasks,
               const QString& folder,
               QObject* parent = nullptr);

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  // A pair that is on disk can be dragged to where a picture's file is taken.
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  QStringList mimeTypes() const override;
  QMimeData* mimeData(const QModelIndexList& indexes) const override;

  QString folder() const { return folder_; }
  // Another project: empty until restore(). Pairs that are being saved still get to the old one.
  void setFolder(const QString& folder);
  // New pairs stay in memory and none is removed.
  void setReadOnly(bool read_only) { read_only_ = read_only; }
  // Until then jobs in the files cannot be read nor pictures saved.
  void setEngine(Engine* engine);
  // Reads the names of the pairs on disk, no file; `then` runs when the newest are in the model.
  void restore(std::function<void()> then);
  // On top and on disk soon; `then` gets the pair's row, mostly at once. The folder is created with
  // the first pair. A picture that is here already is not added again, but its missing twin is: one
  // made in this session, or one of the files with the same job and, to the last bit, the same
  // pixels, which takes a look at the disk.
  void add(const Pair& pair, std::function<void(int row)> then = {});
  // The row of a pair this session made that has this picture; -1 when there is none.
  int rowOfEqual(const Finished& guided) const;
  // Both pictures and their jobs, from memory or from disk.
  void open(int row, std::function<void(Result<Pair>)> then);
  // Moves the pair's files to the desktop's wastebasket; the row goes when they have gone.
  void remove(int row);
  // Files that others have removed, or put back; absolute paths, those of other pictures are passed
  // over. A pair goes and comes with its guided picture.
  void forget(const QStringList& paths);
  void recall(const QStringList& paths);
  // "" while the pair is not on disk.
  QString pathOf(int row, Side side) const;
  // Where the picture lies or will lie once it is saved.
  QString placeOf(int row, Side side) const;
  // -1 when there is none.
  int rowOfPlace(const QString& path) const;

 Q_SIGNALS:
  void saved(const QString& path);
  // By remove(): where the files lie now.
  void removed(const std::vector<studio::ui::TrashedFile>& files);
  void problem(const QString& message);

 private:
  enum class State { Unread, Reading, Read };
  struct Item {
    QString id;  // "<time>-<counter>", what both file names begin with
    bool has_twin = true;
    bool on_disk = false;
    bool in_root = false;  // of an older version
    bool job_is_read = false;
    State state = State::Unread;
    QString caption, seed, prompt, problem;
    Pair pair;                              // kept while it is not on disk
    std::optional<GenerationRequest> made;  // of this session's pairs: comparable()
    std::string model_hash;
    std::optional<GenerationRequest> found;  // the file's job: comparable()
  };
  struct Files {
    QString guided, twin;
  };
  // What a file's name says about it.
  struct Place {
    QString id;
    Side side = Side::Guided;
    bool in_root = false;
  };
  struct Thumbs {
    QImage guided, twin;
  };

  QString fileOf(const Item& item, Side side) const;
  Files filesOf(const Item& item) const;
  // Nothing for files of others.
  std::optional<Place> placeIn(const QString& path) const;
  void drop(const QString& id);
  int rowOf(const QString& id) const;
  Item itemOf(const Pair& pair);
  int insertNewest(Item item);
  // Of earlier sessions: those with the same job, or whose job is not read yet.
  QStringList filesLikely(const Item& item) const;
  void addUnlessOnDisk(Item item, const QStringList& files, std::function<void(int)> then);
  void takeJob(Item& item, const Result<GenerationRequest>& request) const;
  void readJobs();
  void completeTwin(int row, const Pair& pair);
  void describe(Item& item, const GenerationRequest& request) const;
  void touch(int row);
  void read(int row);
  void save(int row);
  void takeSaved(const QString& id, const QString& guided, const Result<void>& done);
  // `id`: of the pair that goes with them; "" for none.
  void trash(const QStringList& files, const QString& id);
  QString newId();

  const Catalogue& catalogue_;
  PoolTasks& tasks_;
  QString folder_;
  bool read_only_ = false;
  Engine* engine_ = nullptr;
  std::vector<Item> items_;
  mutable QCache<QString, Thumbs> thumbs_;
  QSet<QString> unwanted_;  // removed before they were saved
  bool reading_jobs_ = false;
  int counter_ = 0;
};

}  // namespace studio::ui
