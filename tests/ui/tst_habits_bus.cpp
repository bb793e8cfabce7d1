// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The desktop over a session bus of the test's own: what it is told, and that a bad bus holds
// nobody up.
#include "tests/support/event_loop_meter.h"
#include "ui/busy.h"
#include "ui/desktop_bus.h"

#include <QDBusConnection>
#include <QDBusContext>
#include <QDBusMessage>
#include <QDBusVariant>
#include <QElapsedTimer>
#include <QProcess>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QWidget>

#include <cstring>
#include <memory>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace studio::ui;

namespace {

// A socket that takes connections and never says a word.
class DeafBus {
 public:
  explicit DeafBus(const QString& path) : descriptor_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const QByteArray bytes = path.toLocal8Bit();
    std::strncpy(address.sun_path, bytes.constData(), sizeof(address.sun_path) - 1);
    ok_ = ::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
          ::listen(descriptor_, 4) == 0;
  }
  ~DeafBus() { ::close(descriptor_); }
  bool ok() const { return ok_; }

 private:
  int descriptor_;
  bool ok_ = false;
};

}  // namespace

// The desktop's half: a notification server and the settings portal.
class FakeDesktop : public QObject, protected QDBusContext {
  Q_OBJECT
  Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")

 public:
  QVariantList last;
  bool refuses = false;

 public Q_SLOTS:
  uint Notify(const QString& app,
              uint replaces,
              const QString& icon,
              const QString& title,
              const QString& body,
              const QStringList& actions,
              const QVariantMap& hints,
              int timeout_ms) {
    if (refuses) {
      sendErrorReply("org.test.Refused", "no notifications today");
      return 0;
    }
    last = {app, replaces, icon, title, body, actions, hints, timeout_ms};
    return 7;
  }
};

class FakePortal : public QObject {
  Q_OBJECT
  Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.Settings")

 public Q_SLOTS:
  QDBusVariant Read(const QString&, const QString&) {
    return QDBusVariant(QVariant::fromValue(QDBusVariant(2u)));  // light
  }
};

class Launcher : public QObject {
  Q_OBJECT

 public:
  QList<QVariantMap> updates;
  QString app;

 public Q_SLOTS:
  void update(const QString& uri, const QVariantMap& properties) {
    app = uri;
    updates << properties;
  }
};

class TestHabitsBus : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    qunsetenv("XDG_RUNTIME_DIR");
    qunsetenv("DBUS_SESSION_BUS_ADDRESS");
    const QString program = QStandardPaths::findExecutable("dbus-daemon");
    if (program.isEmpty()) return;
    daemon_ = std::make_unique<QProcess>();
    daemon_->start(program, {"--session", "--nofork", "--print-address=1"});
    if (!daemon_->waitForStarted() || !daemon_->waitForReadyRead(5000)) return;
    address_ = QString::fromLatin1(daemon_->readLine()).trimmed();
  }

  void cleanupTestCase() {
    if (!daemon_) return;
    daemon_->terminate();
    daemon_->waitForFinished();
  }

  void cleanup() { qunsetenv("DBUS_SESSION_BUS_ADDRESS"); }

  void withoutABus_data() {
    QTest::addColumn<QByteArray>("address");
    QTest::newRow("none") << QByteArray();
    QTest::newRow("would start one") << QByteArray("autolaunch:");
    QTest::newRow("nobody there") << QByteArray("unix:path=/nonexistent/bus");
    QTest::newRow("nonsense") << QByteArray("what is this");
  }
  void withoutABus() {
    QFETCH(QByteArray, address);
    if (!address.isEmpty()) qputenv("DBUS_SESSION_BUS_ADDRESS", address);
    DesktopBus bus("seg-studio");
    QSignalSpy failed(&bus, &DesktopBus::notRaised);
    bus.setProgress(0.5);
    bus.notify("Done", "16 cells");
    QTRY_COMPARE(failed.count(), 1);
    bus.setProgress(std::nullopt);
  }

  // The window goes on and closes while a bus takes our connection and then stays silent.
  void deafBusHoldsNobodyUp() {
    QTemporaryDir dir;
    auto deaf = std::make_unique<DeafBus>(dir.filePath("bus"));
    QVERIFY(deaf->ok());
    qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=" + dir.filePath("bus").toLocal8Bit());
    QElapsedTimer clock;
    clock.start();
    {
      DesktopBus bus("seg-studio");
      studio::test::EventLoopMeter meter;
      for (int i = 0; i < 10; ++i) bus.setProgress(i / 10.0);
      bus.notify("Done", "16 cells");
      meter.run(200);
      QVERIFY2(meter.maximum() < 60, qPrintable(QString::number(meter.maximum())));
      clock.restart();
    }
    QVERIFY2(clock.elapsed() < 1000, qPrintable(QString::number(clock.elapsed())));
    deaf.reset();  // lets the thread that was left behind go
    QTest::qWait(100);
  }

  void launcherShowsProgress() {
    if (address_.isEmpty()) QSKIP("there is no dbus-daemon to start a session bus with");
    QDBusConnection desk = QDBusConnection::connectToBus(address_, "launcher");
    Launcher launcher;
    QVERIFY(desk.connect({},
                         {},
                         "com.canonical.Unity.LauncherEntry",
                         "Update",
                         &launcher,
                         SLOT(update(QString, QVariantMap))));
    qputenv("DBUS_SESSION_BUS_ADDRESS", address_.toLocal8Bit());
    QWidget window;
    window.setWindowTitle("SEG Studio");
    DesktopBus bus("seg-studio");
    ProgressReporter progress(&window, &bus);
    progress.setProgress(0.62, 14);
    QTRY_VERIFY(!launcher.updates.isEmpty());
    QCOMPARE(launcher.app, QStringLiteral("application://seg-studio.desktop"));
    QCOMPARE(launcher.updates.last().value("progress").toDouble(), 0.62);
    QVERIFY(launcher.updates.last().value("progress-visible").toBool());
    progress.idle();
    QTRY_VERIFY(!launcher.updates.last().value("progress-visible").toBool());
    QDBusConnection::disconnectFromBus("launcher");
  }

  void notificationIsShown() {
    if (address_.isEmpty()) QSKIP("there is no dbus-daemon to start a session bus with");
    QDBusConnection desk = QDBusConnection::connectToBus(address_, "notifications");
    FakeDesktop desktop;
    QVERIFY(desk.registerService("org.freedesktop.Notifications"));
    QVERIFY(desk.registerObject(
        "/org/freedesktop/Notifications", &desktop, QDBusConnection::ExportAllSlots));
    qputenv("DBUS_SESSION_BUS_ADDRESS", address_.toLocal8Bit());
    DesktopBus bus("seg-studio");
    QSignalSpy raised(&bus, &DesktopBus::raised);
    QSignalSpy activated(&bus, &DesktopBus::activated);
    bus.notify("The sweep is done", "16 cells <b>in</b> 17 s");
    QTRY_COMPARE(raised.count(), 1);
    QCOMPARE(desktop.last[3].toString(), QStringLiteral("The sweep is done"));
    QCOMPARE(desktop.last[4].toString(), QStringLiteral("16 cells &lt;b&gt;in&lt;/b&gt; 17 s"));
    // The next one takes its place.
    bus.notify("Another", "");
    QTRY_COMPARE(raised.count(), 2);
    QCOMPARE(desktop.last[1].toUInt(), 7u);
    // A click brings the window to the front; one on a notification of others does not.
    for (const uint id : {99u, 7u}) {
      QDBusMessage click = QDBusMessage::createSignal(
          "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "ActionInvoked");
      click << id << QStringLiteral("default");
      QVERIFY(desk.send(click));
    }
    QTRY_COMPARE(activated.count(), 1);
    desktop.refuses = true;
    QSignalSpy failed(&bus, &DesktopBus::notRaised);
    bus.notify("Refused", "");
    QTRY_COMPARE(failed.count(), 1);
    desk.unregisterService("org.freedesktop.Notifications");
    QDBusConnection::disconnectFromBus("notifications");
  }

  void desktopTellsDarkOrLight() {
    if (address_.isEmpty()) QSKIP("there is no dbus-daemon to start a session bus with");
    QDBusConnection desk = QDBusConnection::connectToBus(address_, "portal");
    FakePortal portal;
    QVERIFY(desk.registerService("org.freedesktop.portal.Desktop"));
    QVERIFY(desk.registerObject(
        "/org/freedesktop/portal/desktop", &portal, QDBusConnection::ExportAllSlots));
    qputenv("DBUS_SESSION_BUS_ADDRESS", address_.toLocal8Bit());
    DesktopBus bus("seg-studio");
    QSignalSpy told(&bus, &DesktopBus::prefersDark);
    QTRY_COMPARE(told.count(), 1);
    QCOMPARE(told.last().first().toBool(), false);
    QDBusMessage change = QDBusMessage::createSignal(
        "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings", "SettingChanged");
    change << QStringLiteral("org.freedesktop.appearance") << QStringLiteral("color-scheme")
           << QVariant::fromValue(QDBusVariant(1u));
    QVERIFY(desk.send(change));
    QTRY_COMPARE(told.count(), 2);
    QCOMPARE(told.last().first().toBool(), true);
    desk.unregisterService("org.freedesktop.portal.Desktop");
    QDBusConnection::disconnectFromBus("portal");
  }

 private:
  std::unique_ptr<QProcess> daemon_;
  QString address_;
};

QTEST_MAIN(TestHabitsBus)
#include "tst_habits_bus.moc"
