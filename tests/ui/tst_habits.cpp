// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Themes, icons, progress in the title, settings, and whether every control has a name.
#include "tests/support/accessible_names.h"
#include "tests/ui/desk.h"
#include "ui/action_registry.h"
#include "ui/busy.h"
#include "ui/icon_resource.h"
#include "ui/icons.h"
#include "ui/settings_dialog.h"
#include "ui/settings_store.h"
#include "ui/status_strip.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QSpinBox>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QToolButton>
#include <QVBoxLayout>

using namespace studio;
using namespace studio::ui;
using studio::test::Desk;

namespace {

struct Role {
  const char* name;
  ThemeRole role;
};

constexpr double kReadable = 4.5;

// Pairs of text and ground that the style sheet spells out in one rule.
QStringList unreadableRules(const QString& sheet) {
  QStringList bad;
  static const QRegularExpression rule("([^{}]+)\\{([^{}]*)\\}");
  static const QRegularExpression ground("(?:^|[;\\s])background: (#[0-9a-f]{6})");
  static const QRegularExpression text("(?:^|[;\\s])color: (#[0-9a-f]{6})");
  for (auto match = rule.globalMatch(sheet); match.hasNext();) {
    const auto each = match.next();
    if (each.captured(1).contains("disabled")) continue;
    const auto back = ground.match(each.captured(2));
    const auto front = text.match(each.captured(2));
    if (!back.hasMatch() || !front.hasMatch()) continue;
    const double ratio = contrast(QColor(back.captured(1)), QColor(front.captured(1)));
    if (ratio < kReadable)
      bad << QStringLiteral("%1: %2").arg(each.captured(1).trimmed()).arg(ratio);
  }
  return bad;
}

}  // namespace

class TestHabits : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { applyTheme(*qApp, darkTheme()); }

  void contrastFormula() {
    QCOMPARE(contrast(Qt::black, Qt::white), 21.0);
    QCOMPARE(contrast(QColor(0x777777), QColor(0x777777)), 1.0);
    QVERIFY(contrast(QColor(0x777777), Qt::white) < kReadable);  // the well-known 4.48
    QVERIFY(contrast(QColor(0x757575), Qt::white) > kReadable);
  }

  void textIsReadable_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("dark") << true;
    QTest::newRow("light") << false;
  }
  void textIsReadable() {
    QFETCH(bool, dark);
    const Theme t = dark ? darkTheme() : lightTheme();
    const Role texts[] = {{"text", &Theme::text},
                          {"muted", &Theme::muted},
                          {"soft", &Theme::soft},
                          {"accent", &Theme::accent},
                          {"good", &Theme::good},
                          {"warn", &Theme::warn},
                          {"bad", &Theme::bad}};
    const Role grounds[] = {{"window", &Theme::window},
                            {"panel", &Theme::panel},
                            {"field", &Theme::field},
                            {"canvas", &Theme::canvas},
                            {"hover", &Theme::hover}};
    for (const Role& text : texts) {
      for (const Role& ground : grounds) {
        const double ratio = contrast(t.*text.role, t.*ground.role);
        QVERIFY2(ratio >= kReadable,
                 qPrintable(QStringLiteral("%1 on %2: %3").arg(text.name, ground.name).arg(ratio)));
      }
    }
    QVERIFY(contrast(t.on_accent, t.accent_strong) >= kReadable);
    QVERIFY(contrast(t.text, t.selected) >= kReadable);
    // The focus ring is no text: 3 : 1 against what it lies on.
    QVERIFY(contrast(t.accent, t.window) >= 3);
    QVERIFY(contrast(t.accent, t.hover) >= 3);
    const QStringList bad = unreadableRules(styleSheetFor(t));
    QVERIFY2(bad.isEmpty(), qPrintable(bad.join("\n")));
  }

  void styleSheetIsWhole_data() { textIsReadable_data(); }
  void styleSheetIsWhole() {
    QFETCH(bool, dark);
    const QString sheet = styleSheetFor(dark ? darkTheme() : lightTheme());
    QVERIFY2(!sheet.contains('@'), "a role without a colour");
    QCOMPARE(sheet.count('{'), sheet.count('}'));
    static const QRegularExpression url("url\\((:[^)]+)\\)");
    int pictures = 0;
    for (auto match = url.globalMatch(sheet); match.hasNext(); ++pictures) {
      const QString path = match.next().captured(1);
      QFile file(path);
      QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(path));
      QVERIFY2(QSvgRenderer(file.readAll()).isValid(), qPrintable(path));
    }
    QVERIFY(pictures > 20);
  }

  void memoryFiles() {
    QVERIFY(
        addMemoryFiles("tst-files", {{"a.txt", "first"}, {"zebra.txt", "second"}, {"0.txt", ""}}));
    QFile file(":/tst-files/zebra.txt");
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("second"));
    QVERIFY(QFile::exists(":/tst-files/a.txt"));
    QVERIFY(!QFile::exists(":/tst-files/b.txt"));
  }

  void everyGlyphDraws() {
    QSet<QByteArray> seen;
    for (const Glyph glyph : allGlyphs()) {
      const QByteArray svg = glyphSvg(glyph, Qt::red);
      QVERIFY2(QSvgRenderer(svg).isValid(), qPrintable(glyphName(glyph)));
      QVERIFY2(!seen.contains(svg), qPrintable(glyphName(glyph)));
      seen.insert(svg);
      const QImage image = glyphIcon(glyph).pixmap(QSize(16, 16), 2).toImage();
      QCOMPARE(image.size(), QSize(32, 32));
      int marked = 0;
      for (int y = 0; y < 32; ++y) {
        for (int x = 0; x < 32; ++x) marked += qAlpha(image.pixel(x, y)) > 100 ? 1 : 0;
      }
      QVERIFY2(marked > 20, qPrintable(glyphName(glyph)));
      // Nothing is cut off at the border.
      for (int i = 0; i < 32; ++i)
        QVERIFY2(qAlpha(image.pixel(i, 0)) + qAlpha(image.pixel(i, 31)) +
                         qAlpha(image.pixel(0, i)) + qAlpha(image.pixel(31, i)) <
                     200,
                 qPrintable(glyphName(glyph)));
    }
    QCOMPARE(static_cast<int>(allGlyphs().size()), static_cast<int>(Glyph::Warning) + 1);
    for (std::size_t i = 0; i < allGlyphs().size(); ++i)
      QCOMPARE(static_cast<std::size_t>(allGlyphs()[i]), i);
  }

  void iconsFollowTheTheme() {
    const QIcon icon = glyphIcon(Glyph::Stop);
    const auto strongest = [&icon] {
      const QImage image = icon.pixmap(QSize(32, 32)).toImage();
      QColor found;
      for (int y = 0; y < 32; ++y) {
        for (int x = 0; x < 32; ++x) {
          if (qAlpha(image.pixel(x, y)) == 255) found = image.pixelColor(x, y);
        }
      }
      return found;
    };
    QCOMPARE(strongest(), darkTheme().text);
    applyTheme(*qApp, lightTheme());
    QCOMPARE(strongest(), lightTheme().text);
    applyTheme(*qApp, darkTheme());
  }

  void textSizeReachesTheWindow() {
    QTemporaryDir dir;
    {
      Desk desk(dir);
      QVERIFY(desk.firstPair());
      desk.window->activateWindow();
      QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
      QTest::keyClick(desk.window.get(), Qt::Key_Comma, Qt::ControlModifier);
      auto* dialog = desk.window->findChild<SettingsDialog*>("settingsDialog");
      QVERIFY(dialog != nullptr);
      auto* text = dialog->findChild<QSpinBox*>("textSizeSpin");
      for (int i = 0; i < 3; ++i) QTest::keyClick(text, Qt::Key_Up);
      QCOMPARE(QApplication::font().pixelSize(), 16);
      dialog->close();
    }
    QCOMPARE(SettingsStore(dir.filePath("settings.ini")).textPx(), 16);
  }

  void figuresAreOfOneWidth() {
    const QFontMetricsF metrics(numberFont(QApplication::font()));
    for (const char16_t digit : std::u16string(u"123456789"))
      QCOMPARE(metrics.horizontalAdvance(QChar(digit)), metrics.horizontalAdvance(QChar('0')));
  }

  void clock_data() {
    QTest::addColumn<double>("seconds");
    QTest::addColumn<QString>("text");
    QTest::newRow("short") << 14.2 << "0:14";
    QTest::newRow("minutes") << 725.0 << "12:05";
    QTest::newRow("hours") << 3729.0 << "1:02:09";
    QTest::newRow("below zero") << -3.0 << "0:00";
    QTest::newRow("endless") << 1e300 << "1000:00:00";
  }
  void clock() {
    QFETCH(double, seconds);
    QFETCH(QString, text);
    QCOMPARE(clockText(seconds), text);
  }

  void titles() {
    QCOMPARE(busyTitle(0.62, 14, {}, "SEG Studio"),
             QStringLiteral("62 % · 0:14 left — SEG Studio"));
    QCOMPARE(busyTitle(0.999, -1, {}, "SEG Studio"), QStringLiteral("99 % — SEG Studio"));
    QCOMPARE(busyTitle(-1, -1, "Loading model", "S"), QStringLiteral("Loading model — S"));
    QCOMPARE(busyTitle(-1, -1, {}, "S"), QStringLiteral("S"));
    QCOMPARE(busyTitle(0.5, qInf(), {}, "S"), QStringLiteral("50 % — S"));
  }

  void titleShowsOnlyWhatLasts() {
    QWidget window;
    window.setWindowTitle("SEG Studio");
    ProgressReporter progress(&window, nullptr);
    QSignalSpy titles(&window, &QWidget::windowTitleChanged);
    progress.setProgress(0.5, 3);
    progress.finished("Done", "A picture");
    QCOMPARE(titles.count(), 0);
    progress.setProgress(0.62, 14);
    QTRY_COMPARE(window.windowTitle(), QStringLiteral("62 % · 0:14 left — SEG Studio"));
    // Many steps make few titles.
    titles.clear();
    for (int i = 0; i < 500; ++i) progress.setProgress(0.62 + i * 0.0005, 14);
    QTRY_VERIFY(window.windowTitle().startsWith("86 %"));
    QVERIFY(titles.count() <= 2);
    progress.setBaseTitle("Flags — SEG Studio");
    QVERIFY(window.windowTitle().endsWith("left — Flags — SEG Studio"));
    progress.idle();
    QCOMPARE(window.windowTitle(), QStringLiteral("Flags — SEG Studio"));
    QVERIFY(!progress.isBusy());
  }

  void longWorkIsToldWhenNobodyLooks_data() {
    QTest::addColumn<int>("after_s");
    QTest::addColumn<bool>("looked_at");
    QTest::addColumn<int>("told");
    QTest::newRow("long, elsewhere") << 1 << false << 1;
    QTest::newRow("long, in front") << 1 << true << 0;
    QTest::newRow("too short") << 60 << false << 0;
    QTest::newRow("never wanted") << 0 << false << 0;
  }
  void longWorkIsToldWhenNobodyLooks() {
    QFETCH(int, after_s);
    QFETCH(bool, looked_at);
    QFETCH(int, told);
    QWidget window;
    window.show();
    if (looked_at) {
      window.activateWindow();
      QVERIFY(QTest::qWaitForWindowActive(&window));
    } else {
      window.showMinimized();
    }
    ProgressReporter progress(&window, nullptr);
    progress.setNotifyAfter(after_s);
    QSignalSpy notified(&progress, &ProgressReporter::notified);
    progress.setProgress(0, 2);
    QTest::qWait(1100);  // the work itself
    progress.finished("The sweep is done", "16 cells");
    QCOMPARE(notified.count(), told);
    progress.finished("Twice", "");
    QCOMPARE(notified.count(), told);
  }

  void titleFollowsAJob() {
    QTemporaryDir dir;
    Desk desk(dir, {.step_ms = 60});
    QTRY_VERIFY_WITH_TIMEOUT(desk.window->windowTitle().contains(" %"), 8000);
    QVERIFY(desk.window->windowTitle().contains("left"));
    QVERIFY(desk.firstPair());
    QTRY_VERIFY(!desk.window->windowTitle().contains(" %"));
  }

  void statusStripTellsTheQueue() {
    StatusStrip strip;
    auto* queue = strip.findChild<QPushButton*>("queueButton");
    QCOMPARE(queue->text(), QStringLiteral("Queue: 0"));
    strip.setQueue(3);
    QCOMPARE(queue->text(), QStringLiteral("Queue: 3"));
    strip.setQueue(3, true);
    QVERIFY(queue->text().contains("paused"));
    QSignalSpy clicked(&strip, &StatusStrip::queueClicked);
    strip.show();
    QTest::mouseClick(queue, Qt::LeftButton);
    queue->setFocus();
    QTest::keyClick(queue, Qt::Key_Space);
    QCOMPARE(clicked.count(), 2);
    strip.showProgress("Sweep: cell 15 of 16", 2.0, -1);
    QVERIFY(strip.height() >= 28);
  }

  void statusStripTellsTheNewest() {
    StatusStrip strip;
    strip.show();
    const auto says = [&strip](const QString& text) {
      const auto labels = strip.findChildren<QLabel*>();
      return std::any_of(
          labels.begin(), labels.end(), [&](const QLabel* label) { return label->text() == text; });
    };
    strip.showProgress("cell 1", 0.01, -1);
    QVERIFY(says("cell 1"));  // the first one at once
    for (int i = 2; i <= 50; ++i)
      strip.showProgress(QStringLiteral("cell %1").arg(i), 0.01 * i, -1);
    QTRY_VERIFY(says("cell 50"));
    QCOMPARE(strip.findChild<QProgressBar*>()->value(), 500);
    strip.showProgress("cell 51", 0.51, 3);
    strip.showWaiting("Ready");
    QTest::qWait(250);
    QVERIFY(says("Ready") && !says("cell 51"));
    QCOMPARE(strip.findChild<QProgressBar*>()->value(), 0);
  }

  void settingsAreKeptAtOnce() {
    QTemporaryDir dir;
    SettingsStore settings(dir.filePath("settings.ini"));
    QCOMPARE(settings.notifyAfterSeconds(), 10);
    QCOMPARE(settings.previewBudgetPercent(), 3);
    QVERIFY(QDir::isAbsolutePath(settings.projectFolder()));
    SettingsDialog dialog(settings);
    QSignalSpy theme(&dialog, &SettingsDialog::themeChosen);
    QSignalSpy notify(&dialog, &SettingsDialog::notifyAfterChosen);
    QSignalSpy shortcuts(&dialog, &SettingsDialog::shortcutsAsked);
    dialog.show();
    auto* combo = dialog.findChild<QComboBox*>("themeCombo");
    combo->setFocus();
    QTest::keyClick(combo, Qt::Key_Down);
    QTest::keyClick(combo, Qt::Key_Down);
    QTRY_COMPARE(settings.themeChoice(), ThemeChoice::Light);
    QVERIFY(theme.count() >= 1);
    auto* seconds = dialog.findChild<QSpinBox*>("notifySpin");
    seconds->selectAll();
    QTest::keyClicks(seconds, "25");
    QCOMPARE(settings.notifyAfterSeconds(), 25);
    QVERIFY(notify.count() >= 1);
    auto* previews = dialog.findChild<QSpinBox*>("previewSpin");
    previews->setFocus();
    QTest::keyClick(previews, Qt::Key_Up);
    QCOMPARE(settings.previewBudgetPercent(), 4);
    for (int i = 0; i < 30; ++i) QTest::keyClick(previews, Qt::Key_Up);
    QCOMPARE(settings.previewBudgetPercent(), 20);
    auto* text = dialog.findChild<QSpinBox*>("textSizeSpin");
    QTest::keyClick(text, Qt::Key_Up);
    QCOMPARE(settings.textPx(), 14);
    QTest::mouseClick(dialog.findChild<QPushButton*>("shortcutsButton"), Qt::LeftButton);
    QCOMPARE(shortcuts.count(), 1);
    QCOMPARE(SettingsStore(dir.filePath("settings.ini")).notifyAfterSeconds(), 25);
  }

  void projectFolderMustBeAFullPath() {
    QTemporaryDir dir;
    SettingsStore settings(dir.filePath("settings.ini"));
    SettingsDialog dialog(settings);
    dialog.show();
    auto* folder = dialog.findChild<QLineEdit*>("folderEdit");
    const QString before = settings.projectFolder();
    folder->setFocus();
    folder->selectAll();
    QTest::keyClicks(folder, "my projects");
    QTest::keyClick(folder, Qt::Key_Return);
    QCOMPARE(settings.projectFolder(), before);
    QVERIFY(folder->property("wrong").toBool());
    QTRY_VERIFY(dialog.findChild<QLabel*>("rowError")->isVisible());
    folder->selectAll();
    QTest::keyClicks(folder, dir.filePath("projects"));
    QTest::keyClick(folder, Qt::Key_Return);
    QCOMPARE(settings.projectFolder(), dir.filePath("projects"));
    QVERIFY(!folder->property("wrong").toBool());
  }

  void settingsFileEditedByHand() {
    QTemporaryDir dir;
    QFile file(dir.filePath("settings.ini"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        "[window]\ntextSize=900\ntheme=77\n[habits]\nnotifyAfterSeconds=soon\n[run]\n"
        "previewPercent=-4\n[shortcuts]\nseed.new=\"Ctrl+Nonsense; Ctrl+J\"\nnobody.knows=F9\n"
        "app.quit=\n");
    file.close();
    SettingsStore settings(file.fileName());
    QCOMPARE(settings.textPx(), kUsualTextPx);
    QCOMPARE(settings.themeChoice(), ThemeChoice::System);
    QCOMPARE(settings.notifyAfterSeconds(), 10);
    QCOMPARE(settings.previewBudgetPercent(), 3);
    QWidget window;
    ActionRegistry actions(&window, &settings);
    actions.add({"seed.new", "Edit", "New seed", {QKeySequence("Ctrl+R")}});
    actions.add({"app.quit", "File", "Quit", {QKeySequence("Ctrl+Q")}});
    QCOMPARE(actions.keys("seed.new"), QList<QKeySequence>{QKeySequence("Ctrl+J")});
    QVERIFY(actions.keys("app.quit").isEmpty());
    QCOMPARE(settings.shortcutChanges().value("nobody.knows"), QStringLiteral("F9"));
  }

  void everyControlOfTheWindowHasAName() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    const QStringList problems = test::accessibilityProblems(desk.window.get());
    QVERIFY2(problems.isEmpty(), qPrintable(problems.join("\n")));
  }

  void everyControlOfTheSettingsHasAName() {
    QTemporaryDir dir;
    SettingsStore settings(dir.filePath("settings.ini"));
    SettingsDialog dialog(settings);
    dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    const QStringList problems = test::accessibilityProblems(&dialog);
    QVERIFY2(problems.isEmpty(), qPrintable(problems.join("\n")));
  }

  // The helper must find what it is for.
  void namelessAndUnreachableControlsAreFound() {
    QWidget window;
    auto* layout = new QVBoxLayout(&window);
    auto* good = new QPushButton("Good");
    auto* nameless = new QToolButton;
    nameless->setText("…");
    nameless->setFocusPolicy(Qt::StrongFocus);
    auto* unreachable = new QPushButton("Mouse only");
    unreachable->setFocusPolicy(Qt::ClickFocus);
    auto* trap = new QPlainTextEdit;
    trap->setAccessibleName("Trap");
    for (QWidget* part : {static_cast<QWidget*>(good),
                          static_cast<QWidget*>(nameless),
                          static_cast<QWidget*>(unreachable),
                          static_cast<QWidget*>(trap)})
      layout->addWidget(part);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    const QStringList names = test::namelessControls(&window);
    QCOMPARE(names.size(), 1);
    QVERIFY(names.first().contains("QToolButton"));
    const QStringList tabs = test::unreachableByTab(&window);
    QVERIFY2(tabs.filter("mouse only").size() == 1, qPrintable(tabs.join("\n")));
    QVERIFY2(tabs.filter("let go of Tab").size() >= 1, qPrintable(tabs.join("\n")));
  }
};

QTEST_MAIN(TestHabits)
#include "tst_habits.moc"
