// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The pictures of a sweep, read and scaled on worker threads and kept within a bound.
#pragma once

#include "core/api/image.h"

#include <QCache>
#include <QImage>
#include <QObject>
#include <QThreadPool>

#include <compare>
#include <deque>
#include <map>
#include <memory>
#include <set>

namespace studio::ui {

enum class CellLook { Plain, Twin, Difference };

// What part of a picture a tile shows. The picture fits the box at zoom 1; `x`, `y` are the shares
// of the picture in the box's middle.
struct Framing {
  int width_px = 0, height_px = 0;  // of the box, device pixels
  double zoom = 1, x = 0.5, y = 0.5;
  auto operator<=>(const Framing&) const = default;
};
struct Placing {
  QSize full;  // of the whole picture at this zoom, device pixels
  QRect part;  // of `full` that is seen
  QPoint at;   // where that lies in the box
};
Placing placeIn(const Framing& framing, QSize picture);

// Where colours of the difference picture come from: 0 (equal) to 1 (kDifferenceTop or more).
inline constexpr int kDifferenceTop = 128;  // of 255
// Largest difference of the three channels at each pixel as heat; null when the sizes differ.
QImage heatOf(const QImage& a, const QImage& b);

// GUI thread, except for its own workers.
class CellImages : public QObject {
  Q_OBJECT
 public:
  explicit CellImages(QObject* parent = nullptr);
  ~CellImages() override;

  // Another sweep: forgets all pictures.
  void clear();
  // A picture's pixels and where they lie on disk ("": nowhere, then they stay in memory).
  void setPicture(int picture, std::shared_ptr<const ImageRgb8> pixels, const QString& file);
  void setFile(int picture, const QString& file);
  bool has(int picture) const { return sources_.count(picture) > 0; }

  // Takes back what the client asked for and what has not begun: call it when painting begins.
  void beginFrame(const void* client);
  struct Tile {
    QImage image;  // to paint in the box at `at`; null while there is nothing
    QPoint at;
    bool exact = false;
    QString problem;  // a sentence when the picture cannot be shown
  };
  // The tile if it is there; else asks for it. `twin` matters for Twin and Difference.
  Tile tile(const void* client, int picture, int twin, CellLook look, const Framing& framing);
  // The whole picture if it is in memory; null otherwise (and asked for).
  QImage whole(const void* client, int picture);
  QSize sizeOf(int picture) const;  // empty until it was read once
  qsizetype bytesKept() const;

 Q_SIGNALS:
  void ready();  // some tiles came; once a batch

 private:
  struct Key {
    int picture = -1, twin = -1;
    CellLook look = CellLook::Plain;
    Framing framing;
    auto operator<=>(const Key&) const = default;
    friend size_t qHash(const Key& key, size_t seed = 0) {
      return qHashMulti(seed,
                        key.picture,
                        key.twin,
                        static_cast<int>(key.look),
                        key.framing.width_px,
                        key.framing.height_px,
                        key.framing.zoom,
                        key.framing.x,
                        key.framing.y);
    }
  };
  struct Source {
    std::shared_ptr<const ImageRgb8> pixels;
    QString file;
    QString problem;
    QSize size;
  };
  struct Asked {
    const void* client;
    Key key;
  };
  struct Input {
    QImage image;
    std::shared_ptr<const ImageRgb8> pixels;
    QString file;
  };
  struct Work {
    Key key;
    Input a, b;
    QImage tile, whole_a, whole_b;
    QString problem;
    int problem_of = -1;
  };
  static void make(Work& work);
  static QImage read(const Input& input, QString& problem);
  Input inputOf(int picture) const;
  void ask(const void* client, const Key& key);
  void dispatch();
  void takeBack(std::vector<Work>& batch, int generation);
  void keepWhole(int picture, const QImage& image);

  std::map<int, Source> sources_;
  QCache<Key, QImage> tiles_;
  QCache<int, QImage> wholes_;
  std::deque<Asked> asked_;
  std::set<Key> in_work_;
  std::set<Key> hopeless_;  // pairs of different sizes
  int batches_ = 0;
  int generation_ = 0;
  QThreadPool pool_;
};

}  // namespace studio::ui
