// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The line under the compare modes: what the mode in use has to set, and the pixel under the
// cursor.
#pragma once

#include "ui/compare_scene.h"

#include <QWidget>

#include <optional>

class QComboBox;
class QDoubleSpinBox;
class QFontMetrics;
class QLabel;
class QSpinBox;
class QToolButton;

namespace studio::ui {

class CompareView;

// Place, colour swatches and values of every picture under the cursor, in figures of one width.
class PixelStrip : public QWidget {
  Q_OBJECT
 public:
  explicit PixelStrip(QWidget* parent = nullptr);

  void setReadout(const std::optional<PixelReadout>& readout);
  // Whose difference is shown, second minus first.
  void setCompared(int first, int second);
  // Shown while the cursor is elsewhere.
  void setHint(const QString& hint);
  QString text() const;

  QSize sizeHint() const override { return {420, 24}; }
  QSize minimumSizeHint() const override { return {0, 24}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void paintValues(QPainter& painter, const QFontMetrics& metrics) const;

  std::optional<PixelReadout> readout_;
  QString hint_;
  int first_ = 0, second_ = 1;
};

class CompareControls : public QWidget {
  Q_OBJECT
 public:
  explicit CompareControls(CompareView& view, QWidget* parent = nullptr);

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void makePictures();
  void makeValues();
  void makePlaces();
  QToolButton* addButton(const QString& name, const QString& tip);
  QLabel* addLabel(const QString& text, QWidget* buddy);
  void showIcons();
  void showState();
  void showPictures();

  CompareView& view_;
  bool narrow_ = false;
  QLabel *reference_label_, *other_label_, *angle_label_, *rate_label_, *cell_label_, *gain_label_;
  QComboBox *reference_, *other_;
  QDoubleSpinBox *angle_, *rate_, *gain_;
  QSpinBox* cell_;
  QToolButton *swap_, *linked_, *offset_, *back_;
  PixelStrip* pixel_;
};

}  // namespace studio::ui
