// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The bottom line: what is going on, how far, how fast, and what was saved.
#pragma once

#include "ui/run_controller.h"

#include <QTimer>
#include <QWidget>

#include <optional>

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

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void queueClicked();

 protected:
  void resizeEvent(QResizeEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Told {
    QString phase;
    double done = 0;
    QString numbers;
  };
  void tell(const Told& told);
  void tellNext();

  // Fills the strip without being in a layout: a new text lays out this line, not the window.
  QWidget* line_;
  QTimer rest_;
  std::optional<Told> next_;
  int told_height_ = -1;
  QLabel* phase_;
  QProgressBar* bar_;
  QLabel* numbers_;
  QLabel* memory_;
  QPushButton* queue_;
  QLabel* gallery_;
  QLabel* saved_;
};

}  // namespace studio::ui
