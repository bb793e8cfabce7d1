// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The desktop around the window over D-Bus: launcher progress, notifications, dark or light.
#pragma once

#include <QObject>
#include <QString>

#include <memory>
#include <optional>

namespace studio::ui {

class DesktopBusWorker;

// All of it happens on a thread of its own, since a session bus may be missing, slow or stuck;
// without one everything is silently dropped, and notifications are answered by notRaised().
// Nothing here blocks, the destructor waits for a quarter of a second at most. Threads: GUI thread.
class DesktopBus : public QObject {
  Q_OBJECT
 public:
  // `desktop_file`: name of the program's desktop file without its ending.
  explicit DesktopBus(const QString& desktop_file, QObject* parent = nullptr);
  ~DesktopBus() override;

  // The bar on the launcher's icon; nothing takes it away. `fraction` is 0 to 1.
  void setProgress(std::optional<double> fraction);
  // A notification of the desktop, plain text. A newer one takes the place of the last.
  void notify(const QString& title, const QString& text);

  // Whether there can be a session bus at all; never starts one.
  static bool mayHaveBus();

 Q_SIGNALS:
  void raised(const QString& title);     // the desktop shows it
  void notRaised(const QString& title);  // no desktop took it
  void activated();                      // the notification was clicked
  void prefersDark(bool dark);  // at the start and at each change; never when it is unknown

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
  DesktopBusWorker* worker_ = nullptr;  // lives on the thread
};

}  // namespace studio::ui
