// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Keeps what the compare view paints: small jobs are done at once, large ones by a thread of its
// own while the frame before stays.
#pragma once

#include "ui/compare_raster.h"
#include "ui/compare_stats.h"

#include <QElapsedTimer>
#include <QObject>
#include <QThreadPool>

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <optional>

namespace studio::ui {

// What a slot holds; `job` is what `image` was made of, which may be older than what is wanted.
struct Raster {
  QImage image;
  RasterJob job;
};

class CompareStore : public QObject {
  Q_OBJECT
 public:
  enum class Wait { No, Yes };
  static constexpr std::size_t kSlots = 8;

  explicit CompareStore(QObject* parent = nullptr);
  ~CompareStore() override;  // waits for the thread

  // Jobs of one frame share a few milliseconds; what does not fit goes to the thread.
  void beginFrame();

  // The slot's raster, fresh when the job is cheap or `wait` says so; else the last one, and
  // ready() follows. Only the newest job of a slot is done.
  const Raster& raster(std::size_t slot, const RasterJob& job, Wait wait);
  // A few samples of the same, for a slot that has nothing fitting.
  const QImage& rough(std::size_t slot, const RasterJob& job);
  void drop(std::size_t slot);

  // Null while it is being measured; an inner nullopt when nothing overlaps.
  using Stats = std::optional<DifferenceStats>;
  const Stats* stats(const QImage& first, const QImage& second, QPoint offset, Wait wait);

  bool isSettled() const { return running_ == 0; }

 Q_SIGNALS:
  void ready();

 private:
  struct Slot {
    Raster shown;
    Raster rough;
    std::optional<RasterJob> at_work, next;
    std::shared_ptr<std::atomic<bool>> stop;  // of the job at work
  };
  struct Measured {
    qint64 first, second;
    QPoint offset;
    bool done;
    Stats stats;
  };
  void abandon(std::size_t slot);
  void start(std::size_t slot, const RasterJob& job);
  void finish(std::size_t slot, bool abandoned, const RasterJob& job, const QImage& image);
  void measure(const QImage& first, const QImage& second, const Measured& key);
  Measured* find(qint64 first, qint64 second, QPoint offset);

  std::array<Slot, kSlots> slots_;
  std::deque<Measured> measured_;
  QElapsedTimer frame_;
  double spent_ms_ = 0;
  int running_ = 0;
  QThreadPool pool_;
};

}  // namespace studio::ui
