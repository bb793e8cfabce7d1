// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The picture: guided against unguided under a wipe, side by side, flipped or alone; zoomed
// together.
#pragma once

#include "ui/picture.h"

#include <QImage>
#include <QWidget>

#include <array>

class QPainter;

namespace studio::ui {

enum class CompareMode { Wipe, SideBySide, Flip, Single };

class CompareView : public QWidget {
  Q_OBJECT
 public:
  explicit CompareView(QWidget* parent = nullptr);

  // The last good picture of a side; stays until the next is set. Null takes it away.
  void setPicture(Side side, const QImage& image);
  const QImage& picture(Side side) const { return panes_[index(side)].picture; }
  // A picture that is still forming: in its place, or as an inset while the last good one stays.
  enum class Forming { InPlace, Inset };
  void setForming(Side side, const QImage& preview, Forming where);
  // Of the picture on its way, while there is none yet.
  void setExpectedSize(QSize size);
  void clearForming();
  bool isForming() const;
  void setLabel(Side side, const QString& text);
  // Dims a picture that does not belong to the other side's job.
  void setStale(Side side, bool stale);
  bool isStale(Side side) const { return panes_[index(side)].stale; }
  const QString& label(Side side) const { return panes_[index(side)].label; }
  // Shown when there is no picture at all.
  void setEmptyText(const QString& text);

  CompareMode mode() const { return mode_; }
  void setMode(CompareMode mode);
  double wipe() const { return wipe_; }  // 0..1 of the visible picture
  void setWipe(double share);
  bool isFlipped() const { return flipped_; }
  void setFlipped(bool flipped);

  // Screen pixels (logical) a picture pixel; 0 fits the picture to the view.
  double zoom() const { return zoom_; }
  double shownZoom() const;
  // False while a first picture forms whose size nobody told.
  bool knowsSize() const;
  void setZoom(double zoom);
  void zoomBy(double factor, QPointF around);
  void fit() { setZoom(0); }
  QPointF centre() const { return centre_; }  // of the view, in shares of the picture

  // What is painted inside the panes, without labels and handle.
  QImage renderPicture() const;

  QSize sizeHint() const override { return {640, 640}; }
  QSize minimumSizeHint() const override { return {220, 130}; }

 Q_SIGNALS:
  void modeChanged(studio::ui::CompareMode mode);
  void zoomChanged();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  struct Pane {
    QImage picture;
    QImage forming;
    QImage held;  // formed so far of a job that made way; stays in place under an inset
    bool inset = false;
    bool stale = false;
    QString label;
    // What was last painted, scaled: kept while neither picture nor frame changes.
    mutable QImage scaled;
    mutable qint64 scaled_from = 0;
    mutable QSize scaled_full;
    mutable QRect scaled_part;
  };
  const QImage& scaledPart(const Pane& pane,
                           const QImage& image,
                           QSize full,
                           const QRect& part) const;
  static constexpr std::size_t index(Side side) { return side == Side::Twin ? 0 : 1; }
  const Pane& pane(Side side) const { return panes_[index(side)]; }
  const QImage& shown(Side side) const;
  QSize pictureSize() const;
  QRectF viewport(Side side) const;
  QRectF target(Side side) const;
  QRectF visible(Side side) const;
  bool wiping() const;
  double wipeX() const;
  Side topSide() const;
  void drawSide(QPainter& painter, Side side, const QRectF& clip) const;
  void drawPicture(QPainter& painter) const;
  void drawInset(QPainter& painter, Side side) const;
  void drawHandle(QPainter& painter) const;
  void drawLabel(QPainter& painter, Side side, bool left, const QRectF& area) const;
  void drawLabels(QPainter& painter) const;
  void clampCentre();
  bool nearHandle(QPointF point) const;

  std::array<Pane, 2> panes_;
  CompareMode mode_ = CompareMode::Wipe;
  double wipe_ = 0.5;
  double zoom_ = 0;
  QPointF centre_{0.5, 0.5};
  bool flipped_ = false;
  bool dragging_wipe_ = false;
  bool panning_ = false;
  bool by_keyboard_ = false;
  QPointF last_point_;
  QString empty_text_;
  QSize expected_;
};

}  // namespace studio::ui
