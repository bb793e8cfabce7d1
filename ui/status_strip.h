// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The bottom line: what is going on, how far, how fast, and what was saved.
#pragma once

#include "ui/run_controller.h"

#include <QWidget>

class QLabel;
class QProgressBar;

namespace studio::ui {

class StatusStrip : public QWidget {
  Q_OBJECT
 public:
  explicit StatusStrip(QWidget* parent = nullptr);

  void showStatus(const RunStatus& status);
  void showIdle(const QString& text);  // "Ready", "Cancelled": keeps the last numbers
  void showWaiting(const QString& text);
  void setGallerySize(int pairs);
  void setSaved(const QString& time);

 private:
  QLabel* phase_;
  QProgressBar* bar_;
  QLabel* numbers_;
  QLabel* gallery_;
  QLabel* saved_;
};

}  // namespace studio::ui
