// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The desktop around the window over D-Bus: launcher progress, notifications, dark or light.
#include "ui/desktop_bus.h"

#include "ui/desktop_bus_worker.h"

#include <QCoreApplication>
#include <QDBusMessage>
#include <QDBusPendingCall>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QFileInfo>
#include <QThread>

namespace studio::ui {
namespace {

constexpr int kGoodbyeMs = 250;
constexpr int kAnswerMs = 5000;  // for a notification

const QString kLauncherPath = QStringLiteral("/com/canonical/unity/launcherentry/%1");
const QString kLauncher = QStringLiteral("com.canonical.Unity.LauncherEntry");
const QString kNotifyService = QStringLiteral("org.freedesktop.Notifications");
const QString kNotifyPath = QStringLiteral("/org/freedesktop/Notifications");
const QString kPortal = QStringLiteral("org.freedesktop.portal.Desktop");
const QString kPortalPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString kPortalSettings = QStringLiteral("org.freedesktop.portal.Settings");
const QString kAppearance = QStringLiteral("org.freedesktop.appearance");
const QString kScheme = QStringLiteral("color-scheme");
constexpr uint kDarkScheme = 1, kLightScheme = 2;

QString sessionAddress() {
  const QString stated = qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS");
  // "autolaunch:" would start a bus of our own.
  if (!stated.isEmpty()) return stated.startsWith(QLatin1String("autolaunch")) ? QString() : stated;
  const QString socket = qEnvironmentVariable("XDG_RUNTIME_DIR") + QStringLiteral("/bus");
  return socket != QLatin1String("/bus") && QFileInfo::exists(socket)
             ? QStringLiteral("unix:path=") + socket
             : QString();
}

}  // namespace

// --- worker
// ----------------------------------------------------------------------------------------

DesktopBusWorker::~DesktopBusWorker() {
  if (!bus_) return;
  const QString name = bus_->name();
  bus_.reset();
  QDBusConnection::disconnectFromBus(name);
}

// May take as long as the bus likes.
bool DesktopBusWorker::connected() {
  if (!tried_) {
    tried_ = true;
    const QString address = sessionAddress();
    if (address.isEmpty()) return false;
    const QString name = QStringLiteral("seg-studio-%1").arg(quintptr(this), 0, 16);
    QDBusConnection bus = QDBusConnection::connectToBus(address, name);
    if (!bus.isConnected()) {
      QDBusConnection::disconnectFromBus(name);
      return false;
    }
    bus_ = bus;
    bus_->connect(kNotifyService,
                  kNotifyPath,
                  kNotifyService,
                  QStringLiteral("ActionInvoked"),
                  this,
                  SLOT(actionInvoked(uint, QString)));
    bus_->connect(kPortal,
                  kPortalPath,
                  kPortalSettings,
                  QStringLiteral("SettingChanged"),
                  this,
                  SLOT(settingChanged(QString, QString, QDBusVariant)));
  }
  return bus_ && bus_->isConnected();
}

void DesktopBusWorker::start() {
  if (connected()) readScheme();
}

void DesktopBusWorker::readScheme() {
  QDBusMessage call =
      QDBusMessage::createMethodCall(kPortal, kPortalPath, kPortalSettings, QStringLiteral("Read"));
  call << kAppearance << kScheme;
  call.setAutoStartService(false);
  auto* answer = new QDBusPendingCallWatcher(bus_->asyncCall(call), this);
  connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer] {
    const QDBusPendingReply<QDBusVariant> reply = *answer;
    if (!reply.isError()) takeScheme(reply.value().variant());
    answer->deleteLater();
  });
}

void DesktopBusWorker::takeScheme(const QVariant& value) {
  QVariant inner = value;
  // Read() wraps its value once more.
  if (inner.userType() == qMetaTypeId<QDBusVariant>())
    inner = inner.value<QDBusVariant>().variant();
  const uint scheme = inner.toUInt();
  if (scheme == kDarkScheme || scheme == kLightScheme) Q_EMIT prefersDark(scheme == kDarkScheme);
}

void DesktopBusWorker::settingChanged(const QString& group,
                                      const QString& key,
                                      const QDBusVariant& value) {
  if (group == kAppearance && key == kScheme) takeScheme(value.variant());
}

void DesktopBusWorker::setProgress(std::optional<double> fraction) {
  if (!connected()) return;
  const QString app = QStringLiteral("application://%1.desktop").arg(desktop_file_);
  uint hash = 5381;  // any stable number of the program
  for (const QChar letter : app) hash = hash * 33 + letter.unicode();
  QDBusMessage update =
      QDBusMessage::createSignal(kLauncherPath.arg(hash), kLauncher, QStringLiteral("Update"));
  update << app
         << QVariantMap{{QStringLiteral("progress"), fraction.value_or(0)},
                        {QStringLiteral("progress-visible"), fraction.has_value()}};
  bus_->send(update);
}

void DesktopBusWorker::notify(const QString& title, const QString& text) {
  if (!connected()) return Q_EMIT notRaised(title);
  QDBusMessage call = QDBusMessage::createMethodCall(
      kNotifyService, kNotifyPath, kNotifyService, QStringLiteral("Notify"));
  // The body may hold markup by the protocol, so ours is escaped.
  call << QCoreApplication::applicationName() << shown_ << desktop_file_ << title
       << text.toHtmlEscaped() << QStringList{QStringLiteral("default"), tr("Show")}
       << QVariantMap{{QStringLiteral("desktop-entry"), desktop_file_}} << -1;
  auto* answer = new QDBusPendingCallWatcher(bus_->asyncCall(call, kAnswerMs), this);
  connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer, title] {
    const QDBusPendingReply<uint> reply = *answer;
    answer->deleteLater();
    if (reply.isError()) return Q_EMIT notRaised(title);
    shown_ = reply.value();
    Q_EMIT raised(title);
  });
}

void DesktopBusWorker::actionInvoked(uint id, const QString&) {
  if (id != 0 && id == shown_) Q_EMIT activated();
}

// --- the side of the window
// ------------------------------------------------------------------------

class DesktopBus::Thread : public QThread {};

DesktopBus::DesktopBus(const QString& desktop_file, QObject* parent) : QObject(parent) {
  if (!mayHaveBus()) return;
  thread_ = std::make_unique<Thread>();
  thread_->setObjectName(QStringLiteral("desktop bus"));
  worker_ = new DesktopBusWorker(desktop_file);
  worker_->moveToThread(thread_.get());
  connect(thread_.get(), &QThread::finished, worker_, &QObject::deleteLater);
  connect(worker_, &DesktopBusWorker::raised, this, &DesktopBus::raised);
  connect(worker_, &DesktopBusWorker::notRaised, this, &DesktopBus::notRaised);
  connect(worker_, &DesktopBusWorker::activated, this, &DesktopBus::activated);
  connect(worker_, &DesktopBusWorker::prefersDark, this, &DesktopBus::prefersDark);
  thread_->start();
  QMetaObject::invokeMethod(worker_, &DesktopBusWorker::start, Qt::QueuedConnection);
}

DesktopBus::~DesktopBus() {
  if (!thread_) return;
  thread_->quit();
  // A thread that a stuck bus holds is left behind; the end of the process ends it.
  if (!thread_->wait(kGoodbyeMs)) (void)thread_.release();
}

bool DesktopBus::mayHaveBus() { return !sessionAddress().isEmpty(); }

void DesktopBus::setProgress(std::optional<double> fraction) {
  if (worker_ == nullptr) return;
  QMetaObject::invokeMethod(
      worker_,
      [worker = worker_, fraction] { worker->setProgress(fraction); },
      Qt::QueuedConnection);
}

void DesktopBus::notify(const QString& title, const QString& text) {
  if (worker_ == nullptr) return Q_EMIT notRaised(title);
  QMetaObject::invokeMethod(
      worker_,
      [worker = worker_, title, text] { worker->notify(title, text); },
      Qt::QueuedConnection);
}

}  // namespace studio::ui
