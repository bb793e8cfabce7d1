// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The bottom line: what is going on, how far, how fast, and what was saved.
#pragma once

#include "ui/run_controller.h"

#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;

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
  // What stands in place of "Saved ..." while it is more telling: "Journal flushed".
  void setSavedText(const QString& text);
  // Jobs that wait, and whether the queue stands still.
  void setQueue(int waiting, bool paused = false);
  // What the next job needs of the memory; "" for nothing to say.
  void setMemory(const QString& text, bool fits);
  // Progress of something other than one job: "Sweep: cell 15 of 16 · step 9 of 20". `fraction`
  // below 0: not known; `seconds_left` below 0: likewise.
  void showProgress(const QString& phase, double fraction, double seconds_left);

 Q_SIGNALS:
  void queueClicked();

 private:
  QLabel* phase_;
  QProgressBar* bar_;
  QLabel* numbers_;
  QLabel* memory_;
  QPushButton* queue_;
  QLabel* gallery_;
  QLabel* saved_;
};

}  // namespace studio::ui
