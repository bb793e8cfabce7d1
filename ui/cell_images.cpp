// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The pictures of a sweep, read and scaled on worker threads and kept within a bound.
#include "ui/cell_images.h"

#include "ui/compare_palette.h"

#include "ui/picture.h"
#include "ui/resample.h"

#include <QFileInfo>
#include <QImageReader>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>

namespace studio::ui {
namespace {

constexpr qsizetype kTilesKiB = 96 << 10;
constexpr qsizetype kWholesKiB = 160 << 10;
constexpr int kMostBatches = 2;
constexpr int kBatch = 8;
constexpr int kLargeTile = 320;    // from here on one tile a batch
constexpr double kPixelsFrom = 6;  // device pixels a picture pixel: show them as they are

int kib(const QImage& image) { return static_cast<int>(image.sizeInBytes() / 1024 + 1); }

}  // namespace

Placing placeIn(const Framing& framing, QSize picture) {
  Placing placing;
  if (picture.isEmpty() || framing.width_px <= 0 || framing.height_px <= 0) return placing;
  const double fit = std::min(static_cast<double>(framing.width_px) / picture.width(),
                              static_cast<double>(framing.height_px) / picture.height());
  const double scale = fit * std::max(1.0, framing.zoom);
  placing.full = QSize(std::max(1, static_cast<int>(std::lround(picture.width() * scale))),
                       std::max(1, static_cast<int>(std::lround(picture.height() * scale))));
  const auto begin = [](int full, int box, double share) {
    return full <= box
               ? 0
               : std::clamp(static_cast<int>(std::lround(share * full - box / 2.0)), 0, full - box);
  };
  const QSize seen = placing.full.boundedTo({framing.width_px, framing.height_px});
  placing.part = QRect(QPoint(begin(placing.full.width(), framing.width_px, framing.x),
                              begin(placing.full.height(), framing.height_px, framing.y)),
                       seen);
  placing.at =
      QPoint((framing.width_px - seen.width()) / 2, (framing.height_px - seen.height()) / 2);
  return placing;
}

QImage heatOf(const QImage& a, const QImage& b) {
  if (a.isNull() || a.size() != b.size()) return {};
  std::array<QRgb, 256> colours;
  for (int i = 0; i < 256; ++i) colours[i] = heatColour(static_cast<double>(i) / kDifferenceTop);
  QImage made(a.size(), QImage::Format_RGB32);
  for (int y = 0; y < a.height(); ++y) {
    const auto* left = reinterpret_cast<const QRgb*>(a.constScanLine(y));
    const auto* right = reinterpret_cast<const QRgb*>(b.constScanLine(y));
    auto* to = reinterpret_cast<QRgb*>(made.scanLine(y));
    for (int x = 0; x < a.width(); ++x) {
      const int apart = std::max({std::abs(qRed(left[x]) - qRed(right[x])),
                                  std::abs(qGreen(left[x]) - qGreen(right[x])),
                                  std::abs(qBlue(left[x]) - qBlue(right[x]))});
      to[x] = colours[static_cast<std::size_t>(apart)];
    }
  }
  return made;
}

CellImages::CellImages(QObject* parent) : QObject(parent), tiles_(kTilesKiB), wholes_(kWholesKiB) {
  pool_.setMaxThreadCount(kMostBatches);
  pool_.setThreadPriority(QThread::LowPriority);
}

CellImages::~CellImages() {
  asked_.clear();
  pool_.clear();
  pool_.waitForDone();
}

void CellImages::clear() {
  ++generation_;
  sources_.clear();
  tiles_.clear();
  wholes_.clear();
  asked_.clear();
  in_work_.clear();
  hopeless_.clear();
}

void CellImages::setPicture(int picture,
                            std::shared_ptr<const ImageRgb8> pixels,
                            const QString& file) {
  Source source;
  if (pixels) source.size = QSize(pixels->width_px, pixels->height_px);
  source.pixels = std::move(pixels);
  source.file = file;
  sources_[picture] = std::move(source);
}

void CellImages::setFile(int picture, const QString& file) {
  if (!file.isEmpty()) sources_[picture].file = file;
}

void CellImages::beginFrame(const void* client) {
  std::erase_if(asked_, [client](const Asked& asked) { return asked.client == client; });
}

QSize CellImages::sizeOf(int picture) const {
  const auto found = sources_.find(picture);
  return found == sources_.end() ? QSize() : found->second.size;
}

qsizetype CellImages::bytesKept() const {
  return (tiles_.totalCost() + wholes_.totalCost()) * qsizetype(1024);
}

CellImages::Tile CellImages::tile(
    const void* client, int picture, int twin, CellLook look, const Framing& framing) {
  if (look == CellLook::Twin) return tile(client, twin, -1, CellLook::Plain, framing);
  Tile made;
  const auto source = sources_.find(picture);
  if (source == sources_.end()) return made;
  const bool paired = look == CellLook::Difference;
  const auto other = paired ? sources_.find(twin) : source;
  if (other == sources_.end()) return made;
  made.problem = source->second.problem.isEmpty() ? other->second.problem : source->second.problem;
  if (!made.problem.isEmpty()) return made;
  const Key key{picture, paired ? twin : -1, look, framing};
  if (const QImage* known = tiles_.object(key)) {
    made.image = *known;
    made.exact = true;
    made.at = placeIn(framing, source->second.size).at;
    return made;
  }
  if (hopeless_.count(key) > 0) {
    made.problem = tr("The picture and its twin have different sizes.");
    return made;
  }
  ask(client, key);
  const QImage* whole = paired ? nullptr : wholes_.object(picture);
  if (whole == nullptr) return made;
  // Quick and rough until the worker is done.
  const Placing placing = placeIn(framing, whole->size());
  made.image = resampled(*whole, placing.full, placing.part, Resampling::ExactPixels);
  made.at = placing.at;
  return made;
}

QImage CellImages::whole(const void* client, int picture) {
  if (const QImage* known = wholes_.object(picture)) return *known;
  if (sources_.count(picture) > 0 && sources_[picture].problem.isEmpty())
    ask(client, Key{picture, -1, CellLook::Plain, {}});
  return {};
}

void CellImages::ask(const void* client, const Key& key) {
  if (in_work_.count(key) > 0) return;
  for (const Asked& asked : asked_) {
    if (asked.key == key) return;
  }
  asked_.push_back({client, key});
  // After the frame that asks has asked for all it wants.
  if (asked_.size() == 1)
    QMetaObject::invokeMethod(
        this, [this] { dispatch(); }, Qt::QueuedConnection);
}

CellImages::Input CellImages::inputOf(int picture) const {
  Input input;
  const auto found = sources_.find(picture);
  if (found == sources_.end()) return input;
  if (const QImage* known = wholes_.object(picture)) input.image = *known;
  input.pixels = found->second.pixels;
  input.file = found->second.file;
  return input;
}

QImage CellImages::read(const Input& input, QString& problem) {
  if (!input.image.isNull()) return input.image;
  if (input.pixels) return toQImage(*input.pixels);
  QImageReader reader(input.file, "png");
  QImage image = reader.read();
  if (!image.isNull()) return image.convertToFormat(QImage::Format_RGB32);
  const QString name = QFileInfo(input.file).fileName();
  problem = QFileInfo::exists(input.file)
                ? tr("%1 cannot be read: %2").arg(name, reader.errorString())
                : tr("%1 is not there any more.").arg(name);
  return {};
}

void CellImages::make(Work& work) {
  const QImage a = read(work.a, work.problem);
  if (a.isNull()) {
    work.problem_of = work.key.picture;
    return;
  }
  if (work.a.image.isNull()) work.whole_a = a;
  QImage shown = a;
  if (work.key.look == CellLook::Difference) {
    const QImage b = read(work.b, work.problem);
    if (b.isNull()) {
      work.problem_of = work.key.twin;
      return;
    }
    if (work.b.image.isNull()) work.whole_b = b;
    shown = heatOf(a, b);
    if (shown.isNull()) return;
  }
  const Placing placing = placeIn(work.key.framing, shown.size());
  if (placing.full.isEmpty()) return;
  const bool pixels = placing.full.width() >= kPixelsFrom * shown.width();
  work.tile = resampled(
      shown, placing.full, placing.part, pixels ? Resampling::ExactPixels : Resampling::Smooth);
}

void CellImages::dispatch() {
  while (batches_ < kMostBatches && !asked_.empty()) {
    std::vector<Work> batch;
    while (!asked_.empty() && batch.size() < kBatch) {
      Work work;
      work.key = asked_.front().key;
      const bool large = work.key.framing.width_px > kLargeTile;
      if (large && !batch.empty()) break;
      asked_.pop_front();
      work.a = inputOf(work.key.picture);
      if (work.key.twin >= 0) work.b = inputOf(work.key.twin);
      in_work_.insert(work.key);
      batch.push_back(std::move(work));
      if (large) break;
    }
    ++batches_;
    pool_.start([this, generation = generation_, batch = std::move(batch)]() mutable {
      for (Work& work : batch) make(work);
      auto done = std::make_shared<std::vector<Work>>(std::move(batch));
      QMetaObject::invokeMethod(
          this, [this, done, generation] { takeBack(*done, generation); }, Qt::QueuedConnection);
    });
  }
}

void CellImages::keepWhole(int picture, const QImage& image) {
  const auto source = sources_.find(picture);
  if (image.isNull() || source == sources_.end()) return;
  source->second.size = image.size();
  wholes_.insert(picture, new QImage(image), kib(image));
  // On disk it can be read again.
  if (!source->second.file.isEmpty()) source->second.pixels.reset();
}

void CellImages::takeBack(std::vector<Work>& batch, int generation) {
  --batches_;
  if (generation == generation_) {
    for (Work& work : batch) {
      in_work_.erase(work.key);
      keepWhole(work.key.picture, work.whole_a);
      keepWhole(work.key.twin, work.whole_b);
      if (work.problem_of >= 0 && sources_.count(work.problem_of) > 0)
        sources_[work.problem_of].problem = work.problem;
      if (!work.tile.isNull()) {
        tiles_.insert(work.key, new QImage(work.tile), kib(work.tile));
      } else if (work.problem_of < 0 && work.key.twin >= 0) {
        hopeless_.insert(work.key);
      }
    }
  }
  dispatch();
  Q_EMIT ready();
}

}  // namespace studio::ui
