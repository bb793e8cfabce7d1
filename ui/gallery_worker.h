// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The thread side of GalleryIndex: keeps the database and the folder in step, in short turns so
// that questions in between are answered.
#pragma once

#include "ui/gallery_files.h"
#include "ui/gallery_marks.h"
#include "ui/gallery_store.h"

#include <QElapsedTimer>
#include <QObject>
#include <QSet>
#include <QTimer>

#include <atomic>
#include <memory>

class QFileSystemWatcher;

namespace studio::ui {

// What both threads touch.
struct GalleryShared {
  std::atomic<bool> stop = false;
  std::atomic<int> newest_query = 0;  // older questions need no answer
  std::atomic<int> newest_details = 0;
  SharedEngine engine;
};

class GalleryWorker : public QObject {
  Q_OBJECT
 public:
  GalleryWorker(const Catalogue& catalogue, GalleryShared& shared, bool full_text);
  ~GalleryWorker() override;

  // All of these run on the worker's thread.
  void open(const QString& folder, bool read_only);
  void query(const GalleryQuery& query, int number);
  void details(const QString& path, int number);
  void rescan();
  void notice(const QStringList& paths);
  void setMarks(const QStringList& paths, const GalleryMarkChange& change);
  // Tells them by marksChanged(), whether they have changed or not.
  void tellMarks(const QStringList& paths);
  void takeEngine();

 Q_SIGNALS:
  void rowsReady(const std::shared_ptr<studio::ui::GalleryRows>& rows,
                 const studio::ui::GalleryQuery& query);
  void detailsReady(const std::shared_ptr<studio::ui::GalleryDetails>& details);
  void marksChanged(const QHash<QString, studio::ui::GalleryMark>& marks);
  // Files of these pictures are gone.
  void vanished(const QStringList& paths);
  // total 0: the folder is being listed. done == total: nothing is left to do.
  void progress(int done, int total);
  void problem(const QString& message);
  void failed(const QString& message);

 private:
  void openStore();
  void goToMemory();
  bool recover();
  void scan();
  void scanDirty();
  void put(const std::vector<GalleryFile>& files);
  void drop(const QStringList& paths);
  void reloadMarks();
  void continueSoon();
  void step();
  void insertSome();
  bool readSome();
  void finish();
  void answer();
  void answerSometimes();
  void tellProgress(bool always);
  void watch(const QStringList& folders);
  void noteFolder(const QString& folder);
  QString indexFile() const;

  const Catalogue& catalogue_;
  GalleryShared& shared_;
  GallerySearch search_;
  GalleryStore store_;
  GalleryMarks marks_;
  QFileSystemWatcher* watcher_;
  QTimer* dirty_timer_;
  QString folder_;
  bool read_only_ = false;
  bool in_memory_ = false;
  bool needs_check_ = false;
  bool is_listing_ = false;
  bool step_pending_ = false;
  int recoveries_ = 0;
  QHash<QString, GalleryStore::Known> known_;
  std::vector<GalleryFile> waiting_;          // to be put into the index, newest last
  std::vector<GalleryStore::Unread> unread_;  // to be read, newest last
  QSet<qint64> without_engine_;               // wait for one
  QSet<QString> dirty_;                       // folders to list again
  GalleryQuery query_;
  bool has_query_ = false;
  bool is_news_ = true;  // the last answer is outdated
  QDate answered_on_;    // groups by day are outdated after midnight
  QElapsedTimer since_answer_, since_progress_;
};

}  // namespace studio::ui
