// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The handle by which an axis is dragged to another place; it shows the axis's letter.
#pragma once

#include <QWidget>

namespace studio::ui {

class AxisGrip : public QWidget {
  Q_OBJECT
 public:
  explicit AxisGrip(QWidget* parent = nullptr);
  void setLetter(const QString& letter);
  QSize sizeHint() const override { return {30, 26}; }

 Q_SIGNALS:
  void dragged(int global_y);
  void dropped();
  void moveAsked(int by);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  QString letter_;
  bool pressed_ = false, dragging_ = false;
  int pressed_y_ = 0;
};

}  // namespace studio::ui
