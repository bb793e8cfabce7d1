// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The right panel of the sweep page: the cell that is looked at, in large and in numbers.
#pragma once

#include "ui/cell_images.h"
#include "ui/sweep_cells.h"

#include <QWidget>

#include <memory>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace studio::ui {

class CellPicture;
class StarRating;
class SweepPad;

class CellPanel : public QWidget {
  Q_OBJECT
 public:
  CellPanel(SweepCells& cells, CellImages& images, QWidget* parent = nullptr);
  ~CellPanel() override;

  void showVerified(int picture, const PictureDifference& difference, bool latents_equal);
  void setVerifying(int picture);  // -1: none
  // Failed cells can be tried again only when nothing runs.
  void setRunning(bool running);
  void setPadWanted(bool wanted);
  SweepPad* pad() const { return pad_; }
  CellPicture* picture() const { return picture_; }
  StarRating* stars() const { return stars_; }
  QString verified() const;

 Q_SIGNALS:
  void compareAsked();
  void opened(std::size_t cell);
  void verifyAsked(int picture);
  void retryAsked(int picture);
  void newSweepAsked();
  void rated(int stars);  // the current cell's picture

 private:
  class Rows;
  void build(QWidget* content);
  void buildButtons(QVBoxLayout* body);
  void showCell();
  void showNumbers(std::size_t cell);
  void showVerdict();
  void showStars();
  void judge(Verdict verdict);

  SweepCells& cells_;
  CellPicture* picture_;
  std::unique_ptr<Rows> values_;
  std::unique_ptr<Rows> numbers_;
  QLabel* failure_;
  QLabel* verified_;
  QPushButton *compare_, *open_, *verify_, *keep_, *reject_, *retry_, *again_;
  StarRating* stars_;
  QWidget* pad_part_;
  SweepPad* pad_;
  int verifying_ = -1;
  bool running_ = false;
  bool pad_wanted_ = true;
  std::map<int, QString> verdicts_;  // of verifying, by picture
};

}  // namespace studio::ui
