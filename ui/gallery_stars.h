// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Stars: drawn ones for tiles, and a control that sets them.
#pragma once

#include <QPainterPath>
#include <QWidget>

namespace studio::ui {

// A five-pointed star that fits into `box`.
QPainterPath starPath(const QRectF& box);
// `count` stars of `side` pixels in a row, the first at `at`.
void drawStars(QPainter& painter, const QPointF& at, qreal side, int count, const QColor& colour);

// Five stars to click, or the keys 0 to 5 and the arrows. -1 shows that several pictures differ.
class StarRating : public QWidget {
  Q_OBJECT
 public:
  explicit StarRating(QWidget* parent = nullptr);

  int rating() const { return rating_; }
  void setRating(int rating);  // without a signal
  QSize sizeHint() const override;

 Q_SIGNALS:
  void rated(int stars);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  int starAt(const QPoint& point) const;
  void choose(int stars);

  int rating_ = 0;
  int hovered_ = 0;
};

}  // namespace studio::ui
