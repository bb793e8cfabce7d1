// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Small pictures for many tiles. There is no cache on disk: a 1024 px picture decodes in about 20
// ms, so a page of forty is there in less than half a second on two threads.
#include "ui/thumb_loader.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QImageReader>
#include <QPainter>

#include <algorithm>

namespace studio::ui {
namespace {

constexpr unsigned kMostThreads = 4;

QString text(const char* source) { return QCoreApplication::translate("ThumbLoader", source); }

QImage roundedCopy(const QImage& picture, qreal radius) {
  QImage made(picture.size(), QImage::Format_ARGB32_Premultiplied);
  made.fill(Qt::transparent);
  QPainter painter(&made);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(picture);
  painter.drawRoundedRect(made.rect(), radius, radius);
  return made;
}

}  // namespace

Thumb makeThumb(const ThumbWish& wish) {
  Thumb thumb{{}, {}, wish.stamp, wish.side_px};
  QImageReader reader(wish.path);
  reader.setAutoTransform(false);
  // By content: a wrong name must not make another decoder guess.
  reader.setDecideFormatFromContent(true);
  const QSize size = reader.size();
  QImage picture;
  if (size.isValid()) {
    const QSize fitted = size.scaled(wish.side_px, wish.side_px, Qt::KeepAspectRatio);
    reader.setScaledSize(fitted.expandedTo({1, 1}));
  }
  if (!reader.read(&picture)) {
    thumb.problem = QFileInfo::exists(wish.path) ? reader.errorString()
                                                 : text("The file is not there any more.");
    return thumb;
  }
  thumb.image =
      roundedCopy(picture.convertToFormat(QImage::Format_ARGB32_Premultiplied), wish.radius_px);
  return thumb;
}

ThumbLoader::ThumbLoader(QObject* parent, qsizetype budget) : QObject(parent), cache_(budget) {
  const unsigned count = std::clamp(std::thread::hardware_concurrency(), 2u, kMostThreads);
  for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
}

ThumbLoader::~ThumbLoader() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    wishes_.clear();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThumbLoader::want(std::vector<ThumbWish> wishes) {
  std::reverse(wishes.begin(), wishes.end());
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(wishes, [&](const ThumbWish& wish) {
      const auto found = in_work_.constFind(wish.id);
      return found != in_work_.constEnd() && found->stamp == wish.stamp &&
             found->side_px == wish.side_px;
    });
    wishes_ = std::move(wishes);
    if (wishes_.empty()) return;
  }
  wake_.notify_all();
}

void ThumbLoader::forget(qint64 id) { cache_.remove(id); }

void ThumbLoader::clear() {
  cache_.clear();
  const std::lock_guard lock(mutex_);
  wishes_.clear();
  results_.clear();
  in_work_.clear();
  ++generation_;
}

void ThumbLoader::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return closing_ || !wishes_.empty(); });
    if (closing_) return;
    const ThumbWish wish = std::move(wishes_.back());
    wishes_.pop_back();
    const int generation = generation_;
    in_work_.insert(wish.id, wish);
    lock.unlock();
    Thumb thumb = makeThumb(wish);
    lock.lock();
    if (generation != generation_) continue;
    results_.push_back({wish.id, generation, std::move(thumb)});
    if (!delivery_pending_) {
      delivery_pending_ = true;
      QMetaObject::invokeMethod(this, &ThumbLoader::deliver, Qt::QueuedConnection);
    }
  }
}

void ThumbLoader::deliver() {
  std::vector<Result> results;
  {
    const std::lock_guard lock(mutex_);
    delivery_pending_ = false;
    results.swap(results_);
    // Only here, so that a picture is not asked for again while its result waits.
    for (const Result& result : results) in_work_.remove(result.id);
  }
  QList<qint64> ids;
  for (Result& result : results) {
    const qsizetype cost = std::max<qsizetype>(256, result.thumb.image.sizeInBytes());
    cache_.insert(result.id, new Thumb(std::move(result.thumb)), cost);
    ids << result.id;
    ++decoded_;
  }
  if (!ids.isEmpty()) Q_EMIT ready(ids);
}

}  // namespace studio::ui
