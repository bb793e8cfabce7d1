// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Questions to the gallery's index and its answers, across threads.
#include "ui/gallery_index.h"

#include <QDir>

namespace studio::ui {

GalleryIndex::GalleryIndex(const Catalogue& catalogue, QObject* parent, bool full_text)
    : QObject(parent), worker_(new GalleryWorker(catalogue, shared_, full_text)) {
  thread_.setObjectName(QStringLiteral("gallery index"));
  worker_->moveToThread(&thread_);
  connect(&thread_, &QThread::finished, worker_, &QObject::deleteLater);
  connect(worker_, &GalleryWorker::rowsReady, this, &GalleryIndex::rowsReady);
  connect(worker_, &GalleryWorker::detailsReady, this, &GalleryIndex::detailsReady);
  connect(worker_, &GalleryWorker::marksChanged, this, &GalleryIndex::marksChanged);
  connect(worker_, &GalleryWorker::vanished, this, &GalleryIndex::vanished);
  connect(worker_, &GalleryWorker::progress, this, &GalleryIndex::progress);
  connect(worker_, &GalleryWorker::problem, this, &GalleryIndex::problem);
  connect(worker_, &GalleryWorker::failed, this, &GalleryIndex::failed);
  thread_.start(QThread::LowPriority);
}

GalleryIndex::~GalleryIndex() {
  shared_.stop = true;
  thread_.quit();
  thread_.wait();
}

void GalleryIndex::setEngine(Engine* engine) {
  shared_.engine.set(engine);
  if (engine != nullptr) post([worker = worker_] { worker->takeEngine(); });
}

void GalleryIndex::open(const QString& folder, bool read_only) {
  folder_ = folder.isEmpty() ? QString() : QDir::cleanPath(QDir(folder).absolutePath());
  read_only_ = read_only;
  post([worker = worker_, where = folder_, read_only] { worker->open(where, read_only); });
}

void GalleryIndex::query(const GalleryQuery& query) {
  const int number = ++shared_.newest_query;
  post([worker = worker_, query, number] { worker->query(query, number); });
}

void GalleryIndex::askDetails(const QString& path) {
  const int number = ++shared_.newest_details;
  post([worker = worker_, path, number] { worker->details(path, number); });
}

void GalleryIndex::rescan() {
  post([worker = worker_] { worker->rescan(); });
}

void GalleryIndex::notice(const QStringList& paths) {
  post([worker = worker_, paths] { worker->notice(paths); });
}

void GalleryIndex::setMarks(const QStringList& paths, const GalleryMarkChange& change) {
  post([worker = worker_, paths, change] { worker->setMarks(paths, change); });
}

void GalleryIndex::askMarks(const QStringList& paths) {
  post([worker = worker_, paths] { worker->tellMarks(paths); });
}

QString GalleryIndex::absolute(const QString& path) const { return QDir(folder_).filePath(path); }

}  // namespace studio::ui
