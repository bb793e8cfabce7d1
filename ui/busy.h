// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Says outside the window how far the work is: title, launcher, notification at the end.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>

namespace studio::ui {

class DesktopBus;

// Work that is over within half a second never shows, so a live slider does not flicker in the
// title; after that at most four updates a second leave the window. Threads: GUI thread.
class ProgressReporter : public QObject {
  Q_OBJECT
 public:
  // Both outlive it; `bus` may be null.
  ProgressReporter(QWidget* window, DesktopBus* bus);

  // What the title ends in: "Flags study — SEG Studio".
  void setBaseTitle(const QString& title);
  // Work of at least this many seconds is told when it ends; 0: never.
  void setNotifyAfter(int seconds) { notify_after_s_ = seconds; }

  // `fraction` is 0 to 1, below 0 while it is unknown; `seconds_left` below 0 likewise. `text` says
  // what is going on, for screen readers and the title while nothing is known: "Loading model".
  void setProgress(double fraction, double seconds_left, const QString& text = {});
  // The work is done or has failed: tells the user who looks elsewhere, then idle().
  void finished(const QString& title, const QString& text);
  // Nothing is going on any more, and there is nothing to tell (cancelled).
  void idle();

  bool isBusy() const { return busy_; }
  double fraction() const { return busy_ ? fraction_ : -1; }

 Q_SIGNALS:
  void notified(const QString& title, const QString& text);  // handed to the desktop

 private:
  void publish();
  bool isLookedAt() const;

  QWidget* window_;
  DesktopBus* bus_;
  QString base_title_;
  QString text_;
  double fraction_ = -1;
  double seconds_left_ = -1;
  int notify_after_s_ = 10;
  bool busy_ = false;
  bool shown_ = false;
  QElapsedTimer since_;
  QTimer pause_;
};

// "0:14", "12:05", "1:02:09": minutes and seconds left.
QString clockText(double seconds);
// "62 % · 0:14 left — SEG Studio"
QString busyTitle(double fraction, double seconds_left, const QString& text, const QString& base);

}  // namespace studio::ui
