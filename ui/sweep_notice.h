// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A message above the sweep with the answers one can give.
#pragma once

#include <QFrame>

#include <functional>
#include <vector>

class QHBoxLayout;
class QLabel;

namespace studio::ui {

class SweepNotice : public QFrame {
  Q_OBJECT
 public:
  struct Answer {
    QString text, tip;
    std::function<void()> act;  // the notice has gone by then
  };
  explicit SweepNotice(QWidget* parent = nullptr);
  void show(const QString& text, bool is_error, const std::vector<Answer>& answers);
  void dismiss();
  QString text() const;

 private:
  QLabel* text_;
  QHBoxLayout* buttons_;
};

}  // namespace studio::ui
