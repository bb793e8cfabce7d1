// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Small pictures for many tiles: decoded on a few threads, what is visible first, kept in a cache
// of bounded size.
#pragma once

#include <QCache>
#include <QHash>
#include <QImage>
#include <QObject>
#include <QString>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace studio::ui {

struct Thumb {
  QImage image;      // ARGB32_Premultiplied with round corners; null when it cannot be shown
  QString problem;   // then why
  qint64 stamp = 0;  // of the file it was made from
  int side_px = 0;   // the square it fits into, in device pixels
};

struct ThumbWish {
  qint64 id = 0;
  QString path;      // absolute
  qint64 stamp = 0;  // changes when the file does
  int side_px = 0;
  qreal radius_px = 0;  // of the corners
};

// Lives on the GUI thread.
class ThumbLoader : public QObject {
  Q_OBJECT
 public:
  static constexpr qsizetype kBudget = 128 << 20;

  // `budget`: bytes of pixels that are kept at most. The destructor waits for the pictures that are
  // being decoded.
  explicit ThumbLoader(QObject* parent = nullptr, qsizetype budget = kBudget);
  ~ThumbLoader() override;

  // The cached picture, maybe of an older file or another size; null when there is none. Valid
  // until the next event.
  const Thumb* find(qint64 id) const { return cache_.object(id); }
  // What is wanted now, most urgent first; replaces what was wanted before and has not begun.
  void want(std::vector<ThumbWish> wishes);
  void forget(qint64 id);
  // For another project: ids mean something else from here on.
  void clear();

  qsizetype bytesHeld() const { return cache_.totalCost(); }
  int decoded() const { return decoded_; }

 Q_SIGNALS:
  void ready(const QList<qint64>& ids);

 private:
  struct Result {
    qint64 id;
    int generation;
    Thumb thumb;
  };
  void work();
  void deliver();

  mutable QCache<qint64, Thumb> cache_;
  int decoded_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<ThumbWish> wishes_;  // most urgent last
  QHash<qint64, ThumbWish> in_work_;
  std::vector<Result> results_;
  bool delivery_pending_ = false;
  bool closing_ = false;
  int generation_ = 0;
  std::vector<std::thread> threads_;
};

// Decodes one picture for a wish. Blocks.
Thumb makeThumb(const ThumbWish& wish);

}  // namespace studio::ui
