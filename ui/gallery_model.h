// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The strip's pairs: those in a project's images/ folder, and in its root where older versions put
// them, newest first. The files are the truth; the model only mirrors the newest of them, the
// gallery page shows all.
#pragma once

#include "core/api/engine.h"
#include "ui/picture.h"

#include <QAbstractListModel>
#include <QCache>
#include <QImage>

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

  QString folder() const { return folder_; }
  // Another project: empty until restore(). Pairs that are being saved still get to the old one.
  void setFolder(const QString& folder);
  // New pairs stay in memory and none is removed.
  void setReadOnly(bool read_only) { read_only_ = read_only; }
  // Until then jobs in the files cannot be read nor pictures saved.
  void setEngine(Engine* engine);
  // Reads the names of the pairs on disk, no file; `then` runs when the newest are in the model.
  void restore(std::function<void()> then);
  // On top at once, on disk soon. The folder is created with the first pair. A pair made before in
  // this session is not added again; the same job's missing twin is. Returns the pair's row.
  int add(const Pair& pair);
  // The row of a pair this session made that has this picture; -1 when there is none.
  int rowOfEqual(const Finished& guided) const;
  // Both pictures and their jobs, from memory or from disk.
  void open(int row, std::function<void(Result<Pair>)> then);
  // Moves the pair's files to the desktop's wastebasket; the row goes when they have gone.
  void remove(int row);
  QString pathOf(int row, Side side) const;

 Q_SIGNALS:
  void saved(const QString& path);
  void removed(const QStringList& paths);
  void problem(const QString& message);

 private:
  enum class State { Unread, Reading, Read };
  struct Item {
    QString id;  // "<time>-<counter>", what both file names begin with
    bool has_twin = true;
    bool on_disk = false;
    bool in_root = false;  // of an older version
    State state = State::Unread;
    QString caption, seed, prompt, problem;
    Pair pair;                              // kept while it is not on disk
    std::optional<GenerationRequest> made;  // of this session's pairs: comparable()
    std::string model_hash;
  };
  struct Thumbs {
    QImage guided, twin;
  };

  QString fileOf(const Item& item, Side side) const;
  void drop(const QString& id);
  int rowOf(const QString& id) const;
  void completeTwin(int row, const Pair& pair);
  void describe(Item& item, const GenerationRequest& request) const;
  void touch(int row);
  void read(int row);
  void save(int row);
  QString newId();

  const Catalogue& catalogue_;
  PoolTasks& tasks_;
  QString folder_;
  bool read_only_ = false;
  Engine* engine_ = nullptr;
  std::vector<Item> items_;
  mutable QCache<QString, Thumbs> thumbs_;
  int counter_ = 0;
};

}  // namespace studio::ui
