// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The thread side of GalleryIndex.
#include "ui/gallery_worker.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QFileSystemWatcher>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr int kFirstInserted = 400;  // one page, shown before the rest
constexpr int kInserted = 2000;      // a turn
constexpr int kReadTurnMs = 30;
constexpr int kUnreadFetched = 1000;
constexpr int kAnswerEveryMs = 700;
constexpr int kProgressEveryMs = 100;
constexpr int kDirtyMs = 250;
constexpr qint64 kYoungMs = 10000;  // a broken file this new may still be on its way
constexpr int kSecondLooksMs[] = {1500, 12000};
constexpr int kMostRecoveries = 2;

}  // namespace

GalleryWorker::GalleryWorker(const Catalogue& catalogue, GalleryShared& shared, bool full_text)
    : catalogue_(catalogue),
      shared_(shared),
      search_(catalogue),
      store_(catalogue, full_text),
      watcher_(new QFileSystemWatcher(this)),
      dirty_timer_(new QTimer(this)) {
  dirty_timer_->setSingleShot(true);
  connect(dirty_timer_, &QTimer::timeout, this, &GalleryWorker::scanDirty);
  connect(watcher_, &QFileSystemWatcher::directoryChanged, this, &GalleryWorker::noteFolder);
}

GalleryWorker::~GalleryWorker() = default;

QString GalleryWorker::indexFile() const {
  return QDir(folder_).filePath(QStringLiteral("gallery.sqlite"));
}

void GalleryWorker::open(const QString& folder, bool read_only) {
  store_.close();
  if (!watcher_->directories().isEmpty()) watcher_->removePaths(watcher_->directories());
  known_.clear();
  waiting_.clear();
  unread_.clear();
  without_engine_.clear();
  dirty_.clear();
  recoveries_ = 0;
  is_news_ = true;
  folder_ = QDir::cleanPath(folder);
  read_only_ = read_only;
  const QFileInfo info(folder_);
  if (!info.exists() && !read_only_) QDir().mkpath(folder_);
  if (!QFileInfo(folder_).isDir()) {
    Q_EMIT failed(tr("There is no folder %1.").arg(QDir::toNativeSeparators(folder_)));
    return;
  }
  if (const QString why = marks_.open(folder_, read_only_); !why.isEmpty()) Q_EMIT problem(why);
  openStore();
  if (store_.isOpen()) scan();
}

void GalleryWorker::openStore() {
  in_memory_ = read_only_ || !QFileInfo(folder_).isWritable();
  const GalleryStore::Opened opened =
      in_memory_ ? store_.openMemory(indexFile()) : store_.openFile(indexFile());
  if (opened == GalleryStore::Opened::Failed) {
    if (in_memory_) {
      QString why;
      store_.takeFailure(&why);
      Q_EMIT failed(tr("The gallery's index cannot be made: %1").arg(why));
      return;
    }
    return goToMemory();
  }
  needs_check_ = opened == GalleryStore::Opened::AsItWas && !in_memory_;
  known_ = store_.known();
  // What is there is shown before the folder is looked through.
  if (opened == GalleryStore::Opened::AsItWas) {
    store_.begin();
    store_.setAllMarks(marks_.all());
    store_.commit();
    answer();
  }
}

void GalleryWorker::goToMemory() {
  QString why;
  store_.takeFailure(&why);
  in_memory_ = true;
  needs_check_ = false;
  if (store_.openMemory({}) == GalleryStore::Opened::Failed) {
    Q_EMIT failed(tr("The gallery's index cannot be made: %1").arg(why));
    return;
  }
  known_.clear();
  Q_EMIT problem(
      tr("The gallery's index cannot be written to %1 (%2). It stays in memory; pictures, "
         "ratings and tags are not affected.")
          .arg(QDir::toNativeSeparators(indexFile()), why));
}

// After a failure of the database: begins anew from the files. Returns whether there was one.
bool GalleryWorker::recover() {
  QString why;
  GalleryStore::Failure failure = store_.takeFailure(&why);
  if (failure == GalleryStore::Failure::None) return false;
  if (!in_memory_ && !QFileInfo::exists(indexFile())) failure = GalleryStore::Failure::Damaged;
  waiting_.clear();
  unread_.clear();
  without_engine_.clear();
  known_.clear();
  store_.close();
  if (++recoveries_ > kMostRecoveries && in_memory_) {
    Q_EMIT failed(tr("The gallery's index fails again and again: %1").arg(why));
    return true;
  }
  if (failure == GalleryStore::Failure::Damaged && !in_memory_ && recoveries_ <= kMostRecoveries) {
    QFile::remove(indexFile());
    openStore();
  } else {
    in_memory_ = true;
    needs_check_ = false;
    if (store_.openMemory({}) == GalleryStore::Opened::Failed) {
      Q_EMIT failed(tr("The gallery's index cannot be made: %1").arg(why));
      return true;
    }
    Q_EMIT problem(tr("The gallery's index cannot be written to %1 (%2). It stays in memory; "
                      "pictures, ratings and tags are not affected.")
                       .arg(QDir::toNativeSeparators(indexFile()), why));
  }
  if (store_.isOpen()) scan();
  return true;
}

void GalleryWorker::scan() {
  is_listing_ = true;
  tellProgress(true);
  GalleryListing listing = listPictures(folder_, shared_.stop);
  is_listing_ = false;
  if (shared_.stop) return;
  if (!listing.problem.isEmpty()) {
    Q_EMIT failed(listing.problem);
    return;
  }
  watch(listing.folders);
  QSet<QString> present;
  present.reserve(static_cast<qsizetype>(listing.files.size()));
  for (const GalleryFile& file : listing.files) present.insert(file.path);
  QStringList gone;
  for (auto it = known_.begin(); it != known_.end(); ++it) {
    if (!present.contains(it.key())) gone << it.key();
  }
  drop(gone);
  put(listing.files);
  unread_.clear();
  continueSoon();
}

void GalleryWorker::rescan() {
  if (!store_.isOpen()) {
    if (!folder_.isEmpty()) open(folder_, read_only_);
    return;
  }
  reloadMarks();
  if (answered_on_ != QDate::currentDate()) is_news_ = true;
  scan();
}

void GalleryWorker::reloadMarks() {
  if (!marks_.isStale()) return;
  if (const QString why = marks_.open(folder_, read_only_); !why.isEmpty()) {
    Q_EMIT problem(why);
    return;
  }
  store_.begin();
  store_.setAllMarks(marks_.all());
  store_.commit();
  answer();
}

void GalleryWorker::noteFolder(const QString& folder) {
  if (!folder.startsWith(folder_)) return;  // of the project before
  dirty_.insert(folder);
  if (!dirty_timer_->isActive()) dirty_timer_->start(kDirtyMs);
}

// Lists the folders that changed; a folder that is new or gone makes everything be listed.
void GalleryWorker::scanDirty() {
  if (!store_.isOpen()) return;
  const QSet<QString> dirty = std::exchange(dirty_, {});
  const QStringList watched = watcher_->directories();
  for (const QString& folder : dirty) {
    const GalleryListing listing = listFolder(folder_, folder);
    const bool has_new = std::any_of(listing.folders.begin(),
                                     listing.folders.end(),
                                     [&](const QString& one) { return !watched.contains(one); });
    if (has_new || !QFileInfo(folder).isDir()) return scan();
    QString prefix = QDir(folder_).relativeFilePath(folder);
    prefix = prefix == QLatin1String(".") ? QString() : prefix + QLatin1Char('/');
    QSet<QString> present;
    for (const GalleryFile& file : listing.files) present.insert(file.path);
    QStringList gone;
    for (auto it = known_.begin(); it != known_.end(); ++it) {
      const bool here =
          it.key().startsWith(prefix) && it.key().indexOf(QLatin1Char('/'), prefix.size()) < 0;
      if (here && !present.contains(it.key())) gone << it.key();
    }
    drop(gone);
    put(listing.files);
  }
  reloadMarks();
  continueSoon();
}

void GalleryWorker::drop(const QStringList& paths) {
  if (paths.isEmpty()) return;
  store_.begin();
  for (const QString& path : paths) {
    const auto found = known_.constFind(path);
    if (found == known_.constEnd()) continue;
    store_.remove(found->id);
    known_.erase(found);
  }
  store_.commit();
  unread_.clear();
  answer();
  Q_EMIT vanished(paths);
}

// Takes what is new or has changed; the newest is put in first.
void GalleryWorker::put(const std::vector<GalleryFile>& files) {
  for (const GalleryFile& file : files) {
    const auto found = known_.constFind(file.path);
    if (found == known_.constEnd() || found->modified_ms != file.modified_ms ||
        found->bytes != file.bytes)
      waiting_.push_back(file);
  }
  std::stable_sort(waiting_.begin(), waiting_.end(), [](const auto& a, const auto& b) {
    return a.modified_ms < b.modified_ms;
  });
}

void GalleryWorker::notice(const QStringList& paths) {
  if (!store_.isOpen()) return;
  QStringList gone;
  const QDir dir(folder_);
  for (const QString& path : paths) {
    const QString relative =
        QDir::isAbsolutePath(path) ? dir.relativeFilePath(QDir::cleanPath(path)) : path;
    if (!isGalleryPath(relative)) continue;
    const QFileInfo info(dir.filePath(relative));
    if (info.isFile()) {
      put({{relative, info.lastModified().toMSecsSinceEpoch(), info.size()}});
    } else if (known_.contains(relative)) {
      gone << relative;
    }
  }
  drop(gone);
  continueSoon();
}

void GalleryWorker::takeEngine() {
  without_engine_.clear();
  unread_.clear();
  if (store_.isOpen()) continueSoon();
}

void GalleryWorker::continueSoon() {
  if (step_pending_ || shared_.stop) return;
  step_pending_ = true;
  QMetaObject::invokeMethod(this, &GalleryWorker::step, Qt::QueuedConnection);
}

void GalleryWorker::step() {
  step_pending_ = false;
  if (shared_.stop || !store_.isOpen()) return;
  if (!waiting_.empty()) {
    insertSome();
  } else if (!readSome()) {
    if (recover()) return;
    return finish();
  }
  if (recover()) return;
  tellProgress(false);
  answerSometimes();
  continueSoon();
}

void GalleryWorker::insertSome() {
  const std::size_t most = static_cast<std::size_t>(known_.isEmpty() ? kFirstInserted : kInserted);
  const bool first = known_.isEmpty();
  store_.begin();
  for (std::size_t i = 0; i < most && !waiting_.empty(); ++i) {
    const GalleryFile file = std::move(waiting_.back());
    waiting_.pop_back();
    const qint64 id = store_.putListed(file, marks_.of(file.path));
    known_.insert(file.path, {id, file.modified_ms, file.bytes});
    without_engine_.remove(id);
  }
  store_.commit();
  unread_.clear();
  is_news_ = true;
  if (first) answer();
}

// One turn of reading. Returns whether anything was left to read.
bool GalleryWorker::readSome() {
  if (unread_.empty()) {
    unread_ = store_.unread(kUnreadFetched, without_engine_);
    std::reverse(unread_.begin(), unread_.end());
  }
  if (unread_.empty()) return false;
  QElapsedTimer turn;
  turn.start();
  store_.begin();
  while (!unread_.empty() && !shared_.stop && turn.elapsed() < kReadTurnMs) {
    const GalleryStore::Unread one = unread_.back();
    unread_.pop_back();
    const auto reading = readPictureFacts(folder_, one.path, catalogue_, shared_.engine);
    if (!reading) {
      without_engine_.insert(one.id);
      continue;
    }
    store_.setReading(one.id, *reading);
    const GalleryStore::Known known = known_.value(one.path);
    const qint64 age = QDateTime::currentMSecsSinceEpoch() - known.modified_ms;
    if (reading->kind == GalleryKind::Broken && age >= 0 && age < kYoungMs) {
      const QString folder = QFileInfo(QDir(folder_).filePath(one.path)).absolutePath();
      for (const int ms : kSecondLooksMs)
        QTimer::singleShot(ms, this, [this, folder] { noteFolder(folder); });
    }
  }
  store_.commit();
  is_news_ = true;
  return true;
}

void GalleryWorker::finish() {
  if (is_news_) answer();
  if (std::exchange(needs_check_, false)) store_.check();
  if (recover()) return;
  tellProgress(true);
}

void GalleryWorker::tellProgress(bool always) {
  if (!always && since_progress_.isValid() && since_progress_.elapsed() < kProgressEveryMs) return;
  since_progress_.start();
  const int total = static_cast<int>(known_.size() + qsizetype(waiting_.size()));
  const int left = store_.isOpen() ? store_.countUnread() : 0;
  const int open = std::max(0, left - static_cast<int>(without_engine_.size()));
  const int done = std::max(0, total - static_cast<int>(waiting_.size()) - open);
  // An index with nothing left to read may still be older than the files.
  if (is_listing_ && done == total) {
    Q_EMIT progress(0, 0);
  } else {
    Q_EMIT progress(done, total);
  }
}

void GalleryWorker::answerSometimes() {
  if (since_answer_.isValid() && since_answer_.elapsed() < kAnswerEveryMs) return;
  answer();
}

void GalleryWorker::query(const GalleryQuery& query, int number) {
  if (number < shared_.newest_query) return;
  query_ = query;
  has_query_ = true;
  if (!store_.isOpen()) return;
  answer();
  recover();
}

void GalleryWorker::answer() {
  if (!has_query_ || shared_.stop || !store_.isOpen()) return;
  auto rows = std::make_shared<GalleryRows>(store_.rows(query_, search_));
  // Half an answer would look like pictures that are gone; recover() follows.
  if (store_.hasFailed()) return;
  since_answer_.start();
  answered_on_ = QDate::currentDate();
  is_news_ = false;
  Q_EMIT rowsReady(rows, query_);
}

void GalleryWorker::details(const QString& path, int number) {
  if (number < shared_.newest_details || !store_.isOpen()) return;
  auto details = std::make_shared<GalleryDetails>();
  const auto entry = store_.entry(path);
  if (entry) {
    details->entry = *entry;
    details->twin_path = store_.twinOf(path);
  } else {
    details->entry.path = path;
  }
  const QString file = QDir(folder_).filePath(path);
  if (!entry || !QFileInfo::exists(file)) {
    details->entry.kind = GalleryKind::Broken;
    details->entry.problem = tr("%1 is not there any more.").arg(path);
  } else {
    const PngFacts facts = probePng(file);
    details->foreign_text = facts.foreign_text;
    if (facts.has_job) {
      if (auto job = shared_.engine.loadJob(file); job && *job) {
        details->request = job->value();
        details->params = paramTexts(*details->request, catalogue_);
      }
    }
  }
  Q_EMIT detailsReady(details);
  recover();
}

void GalleryWorker::setMarks(const QStringList& paths, const GalleryMarkChange& change) {
  QHash<QString, GalleryMark> made;
  for (const QString& path : paths) {
    const GalleryMark before = marks_.of(path), after = changed(before, change);
    if (!(before == after)) made.insert(path, after);
  }
  if (made.isEmpty()) return;
  if (const QString why = marks_.set(made); !why.isEmpty()) {
    Q_EMIT problem(why);
    return tellMarks(paths);
  }
  if (store_.isOpen()) {
    store_.begin();
    for (auto it = made.begin(); it != made.end(); ++it) store_.setMark(it.key(), it.value());
    store_.commit();
  }
  Q_EMIT marksChanged(made);
  const bool asked = !query_.text.trimmed().isEmpty() || query_.least_rating > 0 ||
                     query_.only_favourites || !query_.tag.isEmpty() ||
                     query_.sort == GallerySort::Rating;
  if (asked || !change.add_tags.isEmpty() || !change.remove_tags.isEmpty()) answer();
  recover();
}

void GalleryWorker::tellMarks(const QStringList& paths) {
  QHash<QString, GalleryMark> marks;
  for (const QString& path : paths) marks.insert(path, marks_.of(path));
  Q_EMIT marksChanged(marks);
}

void GalleryWorker::watch(const QStringList& folders) {
  const QStringList before = watcher_->directories();
  const QSet<QString> old(before.begin(), before.end());
  QStringList added;
  for (const QString& folder : folders) {
    if (!old.contains(folder)) added << folder;
  }
  // Folders beyond the system's limit are looked through when the window becomes active.
  if (!added.isEmpty()) watcher_->addPaths(added);
}

}  // namespace studio::ui
