// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Says outside the window how far the work is: title, launcher, notification at the end.
#include "ui/busy.h"

#include "ui/desktop_bus.h"

#include <QApplication>
#include <QStringList>
#include <QWidget>

#include <algorithm>
#include <cmath>

namespace studio::ui {
namespace {

constexpr int kFirstMs = 500;
constexpr int kPauseMs = 250;

}  // namespace

QString clockText(double seconds) {
  const auto whole = static_cast<qint64>(std::llround(std::clamp(seconds, 0.0, 3.6e6)));
  const QChar zero('0');
  if (whole < 3600) return QStringLiteral("%1:%2").arg(whole / 60).arg(whole % 60, 2, 10, zero);
  return QStringLiteral("%1:%2:%3")
      .arg(whole / 3600)
      .arg(whole % 3600 / 60, 2, 10, zero)
      .arg(whole % 60, 2, 10, zero);
}

QString busyTitle(double fraction, double seconds_left, const QString& text, const QString& base) {
  QStringList parts;
  // 100 % is for what is done.
  if (fraction >= 0)
    parts << ProgressReporter::tr("%1 %").arg(std::min(99, static_cast<int>(fraction * 100)));
  if (seconds_left >= 0 && std::isfinite(seconds_left))
    parts << ProgressReporter::tr("%1 left").arg(clockText(seconds_left));
  if (parts.isEmpty() && !text.isEmpty()) parts << text;
  if (parts.isEmpty()) return base;
  return ProgressReporter::tr("%1 — %2", "progress, then the title of the window")
      .arg(parts.join(QStringLiteral(" · ")), base);
}

ProgressReporter::ProgressReporter(QWidget* window, DesktopBus* bus)
    : QObject(window), window_(window), bus_(bus), base_title_(window->windowTitle()) {
  pause_.setSingleShot(true);
  connect(&pause_, &QTimer::timeout, this, &ProgressReporter::publish);
  if (bus_ == nullptr) return;
  connect(bus_, &DesktopBus::notRaised, this, [this] { QApplication::alert(window_); });
  connect(bus_, &DesktopBus::activated, this, [this] {
    if (window_->isMinimized()) window_->showNormal();
    window_->raise();
    window_->activateWindow();
  });
}

void ProgressReporter::setBaseTitle(const QString& title) {
  base_title_ = title;
  shown_ ? publish() : window_->setWindowTitle(base_title_);
}

void ProgressReporter::setProgress(double fraction, double seconds_left, const QString& text) {
  if (!busy_) {
    busy_ = true;
    since_.start();
    pause_.start(kFirstMs);
  }
  fraction_ = std::isnan(fraction) ? -1 : std::min(fraction, 1.0);
  seconds_left_ = seconds_left;
  text_ = text;
  if (!pause_.isActive()) pause_.start(kPauseMs);
}

void ProgressReporter::publish() {
  if (!busy_) return;
  shown_ = true;
  const QString title = busyTitle(fraction_, seconds_left_, text_, base_title_);
  if (title != window_->windowTitle()) window_->setWindowTitle(title);
  if (bus_ != nullptr) bus_->setProgress(std::max(0.0, fraction_));
}

bool ProgressReporter::isLookedAt() const {
  return window_->isVisible() && !window_->isMinimized() && QApplication::activeWindow() != nullptr;
}

void ProgressReporter::finished(const QString& title, const QString& text) {
  const bool is_long =
      busy_ && notify_after_s_ > 0 && since_.elapsed() >= qint64(notify_after_s_) * 1000;
  idle();
  if (!is_long || isLookedAt()) return;
  if (bus_ != nullptr) {
    bus_->notify(title, text);
  } else {
    QApplication::alert(window_);
  }
  Q_EMIT notified(title, text);
}

void ProgressReporter::idle() {
  pause_.stop();
  busy_ = false;
  fraction_ = seconds_left_ = -1;
  if (!shown_) return;
  shown_ = false;
  window_->setWindowTitle(base_title_);
  if (bus_ != nullptr) bus_->setProgress(std::nullopt);
}

}  // namespace studio::ui
