// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the D-Bus thread does.
#pragma once

#include <QDBusConnection>
#include <QDBusVariant>
#include <QObject>
#include <QString>

#include <optional>

namespace studio::ui {

// Threads: lives on one; public functions and signals cross threads by queued calls only.
class DesktopBusWorker : public QObject {
  Q_OBJECT
 public:
  explicit DesktopBusWorker(const QString& desktop_file) : desktop_file_(desktop_file) {}
  ~DesktopBusWorker() override;

  void start();
  void setProgress(std::optional<double> fraction);
  void notify(const QString& title, const QString& text);

 Q_SIGNALS:
  void raised(const QString& title);
  void notRaised(const QString& title);
  void activated();
  void prefersDark(bool dark);

 private Q_SLOTS:
  void actionInvoked(uint id, const QString& action);
  void settingChanged(const QString& group, const QString& key, const QDBusVariant& value);

 private:
  bool connected();
  void readScheme();
  void takeScheme(const QVariant& value);

  const QString desktop_file_;
  std::optional<QDBusConnection> bus_;
  bool tried_ = false;
  uint shown_ = 0;  // id of the last notification
};

}  // namespace studio::ui
