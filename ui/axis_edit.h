// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The field for an axis's values: every value has a coloured ground while it is typed.
#pragma once

#include "core/api/sweep.h"

#include <QPlainTextEdit>

namespace studio::ui {

class AxisEdit : public QPlainTextEdit {
  Q_OBJECT
 public:
  explicit AxisEdit(QWidget* parent = nullptr);
  ~AxisEdit() override;

  void setParam(const ParamSpec* spec, const std::string& path);  // reads the text anew
  QString values() const { return toPlainText(); }
  void setValues(const QString& values);  // no signal
  const AxisReading& reading() const { return reading_; }
  // The first token that is not good, in words; "" when all are.
  QString problem() const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void edited();     // every letter
  void committed();  // once for each finished edit

 protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void insertFromMimeData(const QMimeData* source) override;

 private:
  class Colours;
  struct Chip {
    int begin, length;  // UTF-16
    TokenState state;
  };
  void read(const QString& text);
  void commit();
  void fitHeight();

  const ParamSpec* spec_ = nullptr;
  std::string path_;
  AxisReading reading_;
  std::vector<Chip> chips_;
  Colours* colours_;
  QString told_;       // text of the last edited()
  QString committed_;  // text of the last committed()
};

}  // namespace studio::ui
