// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The picture with the mask over it, under brush and lasso. Only what a stroke touches is painted
// again.
#pragma once

#include "ui/mask_image.h"
#include "ui/pool_tasks.h"

#include <QImage>
#include <QWidget>

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace studio::ui {

enum class MaskTool { Brush, Eraser, Rectangle, Lasso };

// The left button does what the tool says, the right one the opposite. GUI thread.
class MaskCanvas : public QWidget {
  Q_OBJECT
 public:
  static constexpr double kLeastBrush = 1, kMostBrush = 512;  // diameter, in pixels of the picture
  static constexpr double kLeastZoom = 0.02, kMostZoom = 64;

  explicit MaskCanvas(QWidget* parent = nullptr);

  // The picture and its halves, for small zooms. Blocks for a moment; any thread.
  static std::vector<QImage> levelsOf(const QImage& picture);
  void setPicture(std::vector<QImage> levels, const QImage& mask);
  // Instead of a picture.
  void setMessage(const QString& text);
  bool hasPicture() const { return mask_ != nullptr; }
  const MaskImage& mask() const { return *mask_; }
  void setClean();

  MaskTool tool() const { return tool_; }
  void setTool(MaskTool tool);
  double brushSize() const { return brush_; }
  void setBrushSize(double diameter_px);
  // Shows the mask with an edge as soft as this many pixels; 0 shows it as it is.
  void setSoftness(double sigma_px);
  // What is shown of the mask; settled once nothing is being computed.
  const QImage& shownMask() const { return shown_; }
  bool isSettled() const { return !softening_; }
  bool isDragging() const { return drag_ != Drag::None; }

  void undo();
  void redo();
  void fill(bool white);
  void invert();
  void replace(const QImage& mask);

  double zoom() const { return zoom_; }  // logical pixels a picture pixel; 0 fits
  double shownZoom() const;
  void setZoom(double zoom);
  void zoomBy(double factor, QPointF around);
  QRectF pictureRect() const;
  QPointF toPicture(QPointF point) const;
  QPointF toView(QPointF pixel) const;

  QSize sizeHint() const override { return {640, 560}; }
  QSize minimumSizeHint() const override { return {200, 140}; }

 Q_SIGNALS:
  void changed();  // after every step, and those undone
  void brushSizeChanged(double diameter_px);
  void zoomChanged();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void tabletEvent(QTabletEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  enum class Drag { None, Stroke, Rectangle, Lasso, Pan };

  void begin(QPointF point, bool opposite, double pressure, bool straight);
  void follow(QPointF point, double pressure);
  void finish();
  void finishStep(QRect touched);
  double radius(double pressure) const;
  void showHard(const QRect& touched);
  void soften();
  void paintOverlay(const QRect& part);
  void makeTints();
  void updatePart(const QRect& part);
  void moveRing(std::optional<QPointF> to);
  QRect ringRect() const;
  void showCursor();
  void paintShape(QPainter& painter) const;
  void paintRing(QPainter& painter) const;

  std::unique_ptr<MaskImage> mask_;
  std::vector<QImage> levels_;
  QImage shown_;    // the mask, soft where that was computed
  QImage overlay_;  // its tint
  std::array<QRgb, 256> tints_{};
  QString message_;
  MaskTool tool_ = MaskTool::Brush;
  double brush_ = 64, softness_ = 0;
  double zoom_ = 0;
  QPointF centre_;  // pixel in the middle of the view
  Drag drag_ = Drag::None;
  bool white_ = true;
  bool space_ = false;
  QPointF last_, view_last_;
  double last_radius_ = 0;
  std::optional<QPointF> stroke_end_;  // of the last stroke, where a straight one goes on
  QPolygonF shape_;                    // of the rectangle or lasso on its way
  std::optional<QPointF> ring_;
  bool softening_ = false, soften_again_ = false;
  PoolTasks tasks_{nullptr, 1};  // last: its task uses nothing of the above, but comes back to it
};

}  // namespace studio::ui
