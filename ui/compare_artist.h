// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Paints a compare scene: the pictures or maps in every mode, and what lies over them.
#pragma once

#include "ui/compare_scene.h"
#include "ui/compare_store.h"

#include <QCoreApplication>
#include <QFont>
#include <QRegion>

class QPainter;

namespace studio::ui {

// The two images a map is made of, or why there is none.
struct MapSource {
  QImage from, to;
  QPoint offset;  // of `to`, in pixels of `from`
  QString problem;
};

class CompareArtist {
  Q_DECLARE_TR_FUNCTIONS(CompareView)
 public:
  CompareArtist(const CompareScene& scene,
                CompareStore& store,
                CompareStore::Wait wait,
                std::shared_ptr<const DigitAtlas> digits);

  // From here on, in logical pixels a picture pixel, values are written into the pixels.
  static constexpr double kValuesFrom = 32;

  void paintPictures(QPainter& painter) const;
  struct Focus {
    bool by_keyboard = false;
    bool wipe_moves = false;
    std::optional<QPointF> cursor;
  };
  void paintMarks(QPainter& painter, const QFont& font, Focus focus) const;

  MapSource mapSource(int index) const;
  // Null while it is measured.
  const CompareStore::Stats* stats(int index) const;
  // nullopt while it is not known.
  std::optional<double> fullScale() const;

 private:
  void paintBoth(QPainter& painter) const;
  void paintPane(QPainter& painter, int index) const;
  void paintMap(QPainter& painter, int index) const;
  void paintJob(
      QPainter& painter, std::size_t slot, RasterJob job, const QRect& whole, int cell) const;
  QRegion checkerCells() const;
  void paintLabels(QPainter& painter, const QFont& font) const;
  void paintFoot(QPainter& painter, const QFont& font, std::optional<QPointF> cursor) const;
  QString labelOf(int index) const;
  QString numbersOf(int index, bool is_short) const;
  QStringList notes() const;
  bool isSigned() const { return scene_.mode == CompareMode::SignedDifference; }

  const CompareScene& scene_;
  CompareStore& store_;
  CompareStore::Wait wait_;
  std::shared_ptr<const DigitAtlas> digits_;
};

}  // namespace studio::ui
