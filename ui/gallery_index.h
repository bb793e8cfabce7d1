// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What is in a project's picture folders, answered from an index that a thread of its own keeps in
// step with the files. The files and ratings.jsonl are the truth; the index may be deleted, damaged
// or outdated at any time and is then made again in the background.
#pragma once

#include "ui/gallery_types.h"
#include "ui/gallery_worker.h"

#include <QObject>
#include <QThread>

namespace studio::ui {

// Lives on the GUI thread; no call blocks but setEngine(nullptr) and the destructor, which wait for
// the one file that is being read.
class GalleryIndex : public QObject {
  Q_OBJECT
 public:
  // `full_text` false: as if SQLite had no FTS5. The catalogue must outlive the index.
  explicit GalleryIndex(const Catalogue& catalogue,
                        QObject* parent = nullptr,
                        bool full_text = true);
  ~GalleryIndex() override;

  // Jobs are read through it; without one, pictures of this program wait. Must outlive the index or
  // be taken away first.
  void setEngine(Engine* engine);
  // Answers to the last query follow as the index grows. A folder that does not exist is made
  // unless `read_only`; with that, the index stays in memory and marks are refused.
  void open(const QString& folder, bool read_only);
  // Only the newest question is answered; it is answered again when pictures change.
  void query(const GalleryQuery& query);
  // Only the newest question is answered.
  void askDetails(const QString& path);
  // Looks for what other programs have changed.
  void rescan();
  // Pictures that were just written or removed; absolute, or relative to the project.
  void notice(const QStringList& paths);
  void setMarks(const QStringList& paths, const GalleryMarkChange& change);
  // Answered by marksChanged(), also for pictures that nobody has marked.
  void askMarks(const QStringList& paths);

  QString folder() const { return folder_; }
  bool isReadOnly() const { return read_only_; }
  QString absolute(const QString& path) const;

 Q_SIGNALS:
  void rowsReady(const std::shared_ptr<studio::ui::GalleryRows>& rows,
                 const studio::ui::GalleryQuery& query);
  void detailsReady(const std::shared_ptr<studio::ui::GalleryDetails>& details);
  void marksChanged(const QHash<QString, studio::ui::GalleryMark>& marks);
  // Files of these pictures are gone, whoever removed them; relative paths.
  void vanished(const QStringList& paths);
  // total 0: the folder is being listed. done == total: the index is in step with the files.
  void progress(int done, int total);
  void problem(const QString& message);
  // There is nothing to show and why.
  void failed(const QString& message);

 private:
  template <class Call>
  void post(Call call) {
    QMetaObject::invokeMethod(worker_, std::move(call), Qt::QueuedConnection);
  }

  GalleryShared shared_;
  QThread thread_;
  GalleryWorker* worker_;
  QString folder_;
  bool read_only_ = false;
};

}  // namespace studio::ui
