// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Keeps what the compare view paints: small jobs are done at once, large ones by a thread of its
// own while the frame before stays.
#include "ui/compare_store.h"

#include <algorithm>
#include <utility>

namespace studio::ui {
namespace {

constexpr double kFrameMs = 5;  // of work on the GUI thread, leaving room for the painting itself
constexpr int kRoughSide = 96;
constexpr std::size_t kMeasuredKept = 12;
constexpr double kMeasurePixelsAtOnce = 6e5;

}  // namespace

CompareStore::CompareStore(QObject* parent) : QObject(parent) { pool_.setMaxThreadCount(1); }

CompareStore::~CompareStore() {
  pool_.clear();
  pool_.waitForDone();
}

void CompareStore::beginFrame() { spent_ms_ = 0; }

const Raster& CompareStore::raster(std::size_t slot, const RasterJob& job, Wait wait) {
  Slot& own = slots_[slot];
  if (!own.shown.image.isNull() && own.shown.job == job) {
    abandon(slot);
    return own.shown;
  }
  const double cost = costOf(job);
  if (wait == Wait::Yes || spent_ms_ + cost <= kFrameMs) {
    frame_.start();
    own.shown = {paintRaster(job), job};
    abandon(slot);
    // A slow machine takes longer than foreseen.
    spent_ms_ += std::max(cost, static_cast<double>(frame_.nsecsElapsed()) / 1e6);
    return own.shown;
  }
  if (!own.at_work) {
    start(slot, job);
  } else if (*own.at_work == job) {
    own.next.reset();
  } else {
    own.next = job;
  }
  return own.shown;
}

const QImage& CompareStore::rough(std::size_t slot, const RasterJob& job) {
  Slot& own = slots_[slot];
  if (own.rough.image.isNull() || !(own.rough.job == job))
    own.rough = {paintRough(job, kRoughSide), job};
  return own.rough.image;
}

void CompareStore::drop(std::size_t slot) {
  slots_[slot].shown = slots_[slot].rough = {};
  abandon(slot);
}

// What the thread still does for the slot comes too late.
void CompareStore::abandon(std::size_t slot) {
  Slot& own = slots_[slot];
  own.next.reset();
  if (!own.at_work) return;
  own.at_work.reset();
  own.stop->store(true);
}

void CompareStore::start(std::size_t slot, const RasterJob& job) {
  Slot& own = slots_[slot];
  own.at_work = job;
  own.stop = std::make_shared<std::atomic<bool>>(false);
  ++running_;
  pool_.start([this, slot, job, stop = own.stop] {
    // One that still waits when nobody wants it any more costs nothing.
    const QImage image = *stop ? QImage() : paintRaster(job);
    QMetaObject::invokeMethod(
        this,
        [this, slot, stop, job, image] { finish(slot, *stop, job, image); },
        Qt::QueuedConnection);
  });
}

void CompareStore::finish(std::size_t slot,
                          bool abandoned,
                          const RasterJob& job,
                          const QImage& image) {
  --running_;
  if (!abandoned) {
    Slot& own = slots_[slot];
    own.at_work.reset();
    own.shown = {image, job};
    if (own.next) start(slot, *std::exchange(own.next, std::nullopt));
  }
  Q_EMIT ready();
}

CompareStore::Measured* CompareStore::find(qint64 first, qint64 second, QPoint offset) {
  const auto found = std::find_if(measured_.begin(), measured_.end(), [&](const Measured& each) {
    return each.first == first && each.second == second && each.offset == offset;
  });
  return found == measured_.end() ? nullptr : &*found;
}

const CompareStore::Stats* CompareStore::stats(const QImage& first,
                                               const QImage& second,
                                               QPoint offset,
                                               Wait wait) {
  Measured* known = find(first.cacheKey(), second.cacheKey(), offset);
  if (known != nullptr && known->done) return &known->stats;
  const double pixels = double(first.width()) * first.height();
  const bool at_once = wait == Wait::Yes || pixels <= kMeasurePixelsAtOnce;
  if (known == nullptr) {
    if (measured_.size() >= kMeasuredKept) measured_.pop_front();
    measured_.push_back({first.cacheKey(), second.cacheKey(), offset, false, {}});
    known = &measured_.back();
    if (!at_once) measure(first, second, *known);
  }
  if (!at_once) return nullptr;
  known->stats = differenceStats(first, second, offset);
  known->done = true;
  return &known->stats;
}

void CompareStore::measure(const QImage& first, const QImage& second, const Measured& key) {
  ++running_;
  pool_.start([this, first, second, key] {
    const Stats stats = differenceStats(first, second, key.offset);
    QMetaObject::invokeMethod(
        this,
        [this, key, stats] {
          --running_;
          if (Measured* known = find(key.first, key.second, key.offset)) {
            known->stats = stats;
            known->done = true;
          }
          Q_EMIT ready();
        },
        Qt::QueuedConnection);
  });
}

}  // namespace studio::ui
