// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A line of text that, while nobody types in it, shows what matters of a long text.
#pragma once

#include <QLineEdit>

namespace studio::ui {

// Without the focus a text that does not fit ends in dots; of a path the file's name is shown.
class RestingLineEdit : public QLineEdit {
  Q_OBJECT
 public:
  using QLineEdit::QLineEdit;
  // What is drawn in a room of that many pixels; text() stays whole.
  QString shownIn(int room) const;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace studio::ui
