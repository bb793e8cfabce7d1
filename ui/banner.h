// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A message in the window, above the picture: it never blocks and goes when dismissed.
#pragma once

#include <QFrame>

class QLabel;
class QToolButton;

namespace studio::ui {

class Banner : public QFrame {
  Q_OBJECT
 public:
  enum class Kind { Error, Note };

  explicit Banner(QWidget* parent = nullptr);

  void show(Kind kind, const QString& text);
  void dismiss();
  void dismissErrors();
  QString text() const;
  void refreshIcons();

 private:
  Kind kind_ = Kind::Note;
  QLabel* text_;
  QToolButton* close_;
};

}  // namespace studio::ui
