// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The picture that a parameter names, small, below its row; as large as the panel at a click.
#pragma once

#include <QImage>
#include <QWidget>

class QLabel;
class QToolButton;

namespace studio::ui {

class PictureWell : public QWidget {
  Q_OBJECT
 public:
  static constexpr int kSmall = 76;  // of the shown picture's longer side, logical pixels

  // `name`: of the parameter, for a screen reader.
  explicit PictureWell(const QString& name, QWidget* parent = nullptr);

  enum class State { Empty, Loading, Shown, Failed };
  State state() const { return state_; }
  void showEmpty();
  void showLoading();  // what was shown before stays
  // `facts`: "1024 × 768".
  void showPicture(const QImage& picture, const QString& facts);
  void showFailure(const QString& sentence);
  // While files are dragged over it.
  void setDropHovered(bool hovered);
  // A button beside the picture.
  QToolButton* addButton(const QString& text, const QString& tip);

  const QImage& picture() const { return picture_; }
  QString text() const;
  bool isLarge() const { return large_; }
  void setLarge(bool large);
  // The longer side that is wanted of a picture now, in device pixels.
  int wantedSide() const;

 Q_SIGNALS:
  void sideChanged();  // another size of picture is wanted
  void shown();        // came into view

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void showEvent(QShowEvent* event) override;
  bool event(QEvent* event) override;

 private:
  void setState(State state, const QString& text);
  void layOut();
  QRect frame() const;

  State state_ = State::Empty;
  QImage picture_;
  const QString name_;
  QLabel* text_;
  QWidget* beside_;
  bool large_ = false, drop_hovered_ = false;
};

}  // namespace studio::ui
