// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Rebinding shortcuts: the registry's rules, and the editor with real keys.
#include "tests/support/accessible_names.h"
#include "tests/ui/desk.h"
#include "ui/action_registry.h"
#include "ui/settings_store.h"
#include "ui/shortcut_editor.h"

#include <QLabel>
#include <QLineEdit>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QToolButton>
#include <QTreeWidget>

using namespace studio;
using namespace studio::ui;
using studio::test::Desk;

namespace {

using Keys = QList<QKeySequence>;

struct Bench {
  explicit Bench(SettingsStore* settings = nullptr) : actions(&window, settings) {
    const auto run = [this](const QString& id) { return [this, id] { ran << id; }; };
    actions.add({"seed.new",
                 "Edit",
                 "&New seed",
                 {QKeySequence("Ctrl+R")},
                 run("seed.new"),
                 "Draws another seed"});
    actions.add({"picture.generate",
                 "Job",
                 "&Generate",
                 {QKeySequence("Ctrl+Return"), QKeySequence("Ctrl+Enter")},
                 run("picture.generate")});
    actions.add({"view.fit", "View", "&Fit", {QKeySequence("Ctrl+0")}, run("view.fit")});
    actions.add({"file.folder", "File", "Show the folder…", {}, run("file.folder")});
    actions.addFixedKey({"On the picture",
                         "Hold F or Space",
                         "See the unguided twin",
                         {QKeySequence(Qt::Key_F), QKeySequence(Qt::Key_Space)}});
    window.resize(400, 300);
    window.show();
    window.activateWindow();
  }

  QMainWindow window;
  ActionRegistry actions;
  QStringList ran;
};

struct Editor {
  explicit Editor(ActionRegistry& actions) : dialog(actions) {
    dialog.show();
    dialog.activateWindow();
    ready = QTest::qWaitForWindowActive(&dialog);
  }
  QTreeWidget* tree() { return dialog.findChild<QTreeWidget*>("shortcutTree"); }
  ShortcutRecorder* recorder() { return dialog.findChild<ShortcutRecorder*>("recordKeys"); }
  QPushButton* button(const char* name) { return dialog.findChild<QPushButton*>(name); }
  QLineEdit* search() { return dialog.findChild<QLineEdit*>("shortcutSearch"); }
  QTreeWidgetItem* row(const QString& text) {
    const auto found = tree()->findItems(text, Qt::MatchExactly | Qt::MatchRecursive, 0);
    return found.isEmpty() ? nullptr : found.first();
  }
  QStringList visible() {
    QStringList texts;
    for (int i = 0; i < tree()->topLevelItemCount(); ++i) {
      QTreeWidgetItem* head = tree()->topLevelItem(i);
      for (int j = 0; j < head->childCount() && !head->isHidden(); ++j) {
        if (!head->child(j)->isHidden()) texts << head->child(j)->text(0);
      }
    }
    texts.sort();
    return texts;
  }
  void record(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) {
    QTest::mouseClick(recorder(), Qt::LeftButton);
    QTest::keyClick(recorder(), key, modifiers);
  }

  ShortcutEditor dialog;
  bool ready = false;
};

}  // namespace

class TestShortcuts : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void plainTexts() {
    QCOMPARE(plainText("&Open job or picture…"), QStringLiteral("Open job or picture"));
    QCOMPARE(plainText("Salt && pepper"), QStringLiteral("Salt & pepper"));
    QCOMPARE(plainText("&"), QString());
  }

  void differencesAreKept() {
    QTemporaryDir dir;
    SettingsStore settings(dir.filePath("settings.ini"));
    {
      Bench bench(&settings);
      QVERIFY(settings.shortcutChanges().isEmpty());
      bench.actions.setKeys("seed.new", {QKeySequence("Ctrl+J"), QKeySequence("Ctrl+,")});
      bench.actions.setKeys("view.fit", {});
      bench.actions.setKeys("picture.generate", bench.actions.keys("picture.generate"));
      QCOMPARE(settings.shortcutChanges().keys(), QStringList({"seed.new", "view.fit"}));
    }
    SettingsStore read(dir.filePath("settings.ini"));
    Bench again(&read);
    QCOMPARE(again.actions.keys("seed.new"),
             Keys({QKeySequence("Ctrl+J"), QKeySequence("Ctrl+,")}));
    QVERIFY(again.actions.action("view.fit")->shortcuts().isEmpty());
    QVERIFY(again.actions.isChanged("view.fit"));
    again.actions.reset("view.fit");
    QCOMPARE(again.actions.keys("view.fit"), Keys{QKeySequence("Ctrl+0")});
    again.actions.resetAll();
    QVERIFY(read.shortcutChanges().isEmpty());
    QCOMPARE(again.actions.action("seed.new")->shortcuts(), Keys{QKeySequence("Ctrl+R")});
  }

  void backAtTheDefaultIsNoChange() {
    QTemporaryDir dir;
    SettingsStore settings(dir.filePath("settings.ini"));
    Bench bench(&settings);
    bench.actions.takeKeys("seed.new", QKeySequence("Ctrl+J"));
    QVERIFY(bench.actions.isChanged("seed.new"));
    bench.actions.setKeys("seed.new", {QKeySequence("Ctrl+R")});
    QVERIFY(!bench.actions.isChanged("seed.new"));
    bench.actions.takeKeys("view.fit", QKeySequence("Ctrl+R"));
    QVERIFY(bench.actions.keys("seed.new").isEmpty());
    bench.actions.takeKeys("seed.new", QKeySequence("Ctrl+R"));
    QVERIFY(settings.shortcutChanges().isEmpty());
  }

  // Two actions never have one key: what was chosen counts before defaults.
  void noKeyIsAmbiguous() {
    QTemporaryDir dir;
    SettingsStore settings(dir.filePath("settings.ini"));
    settings.setShortcutChange("view.fit", "Ctrl+R");
    Bench bench(&settings);
    QCOMPARE(bench.actions.action("view.fit")->shortcuts(), Keys{QKeySequence("Ctrl+R")});
    QVERIFY(bench.actions.action("seed.new")->shortcuts().isEmpty());
    QCOMPARE(static_cast<int>(bench.actions.clashes().size()), 1);
    QCOMPARE(bench.actions.clashes().front().loser, QStringLiteral("seed.new"));
    QVERIFY(QTest::qWaitForWindowActive(&bench.window));
    QTest::keyClick(&bench.window, Qt::Key_R, Qt::ControlModifier);
    QCOMPARE(bench.ran, QStringList{"view.fit"});
    QVERIFY(bench.actions.keysText("seed.new").isEmpty());
  }

  void registeredTwiceIsReported() {
    Bench bench;
    QTest::ignoreMessage(QtCriticalMsg, "the action \"view.fit\" is registered twice");
    QAction* first = bench.actions.action("view.fit");
    QCOMPARE(bench.actions.add({"view.fit", "View", "Again"}), first);
  }

  void menusAreFilled() {
    Bench bench;
    QMenu menu;
    bench.actions.fill(&menu, {"seed.new", "", "nobody", "view.fit"});
    QCOMPARE(menu.actions().size(), 3);
    QVERIFY(menu.actions()[1]->isSeparator());
    QToolButton button;
    bench.actions.describe(&button, "view.fit", "Fits the picture");
    QVERIFY(button.toolTip().contains(QKeySequence("Ctrl+0").toString(QKeySequence::NativeText)));
    bench.actions.setKeys("view.fit", {});
    QCOMPARE(button.toolTip(), QStringLiteral("Fits the picture"));
  }

  void adoptedActionsMayGo() {
    Bench bench;
    auto* foreign = new QAction("Foreign");
    foreign->setShortcut(QKeySequence("Ctrl+J"));
    bench.actions.adopt(foreign, "foreign", "Other");
    QCOMPARE(bench.actions.ownerOf(QKeySequence("Ctrl+J")), QStringLiteral("foreign"));
    delete foreign;
    QCOMPARE(bench.actions.action("foreign"), nullptr);
    QVERIFY(bench.actions.ownerOf(QKeySequence("Ctrl+J")).isEmpty());
  }

  void recordsKeys_data() {
    QTest::addColumn<int>("key");
    QTest::addColumn<int>("modifiers");
    QTest::addColumn<QString>("text");
    QTest::newRow("letter") << int(Qt::Key_J) << int(Qt::ControlModifier) << "Ctrl+J";
    QTest::newRow("with Shift") << int(Qt::Key_J) << int(Qt::ControlModifier | Qt::ShiftModifier)
                                << "Ctrl+Shift+J";
    QTest::newRow("function key") << int(Qt::Key_F6) << 0 << "F6";
    QTest::newRow("sign that needs Shift")
        << int(Qt::Key_Question) << int(Qt::ControlModifier | Qt::ShiftModifier) << "Ctrl+?";
    QTest::newRow("Tab") << int(Qt::Key_Tab) << int(Qt::ControlModifier) << "Ctrl+Tab";
    QTest::newRow("Return") << int(Qt::Key_Return) << int(Qt::AltModifier) << "Alt+Return";
    QTest::newRow("Delete") << int(Qt::Key_Delete) << 0 << "Del";
    QTest::newRow("digit with Shift")
        << int(Qt::Key_3) << int(Qt::ControlModifier | Qt::ShiftModifier) << "Ctrl+Shift+3";
  }
  void recordsKeys() {
    QFETCH(int, key);
    QFETCH(int, modifiers);
    QFETCH(QString, text);
    Bench bench;
    Editor editor(bench.actions);
    QVERIFY(editor.ready);
    editor.tree()->setCurrentItem(editor.row("Show the folder"));
    editor.record(static_cast<Qt::Key>(key), Qt::KeyboardModifiers(modifiers));
    QCOMPARE(bench.actions.keys("file.folder"),
             Keys{QKeySequence(text, QKeySequence::PortableText)});
    QCOMPARE(editor.row("Show the folder")->text(2), QStringLiteral("changed"));
    QVERIFY(!editor.recorder()->isRecording());
  }

  void modifiersAloneAndEscapeRecordNothing() {
    Bench bench;
    Editor editor(bench.actions);
    QVERIFY(editor.ready);
    editor.tree()->setCurrentItem(editor.row("Fit"));
    QTest::mouseClick(editor.recorder(), Qt::LeftButton);
    QTest::keyPress(editor.recorder(), Qt::Key_Control);
    QVERIFY(editor.recorder()->isRecording());
    QTest::keyRelease(editor.recorder(), Qt::Key_Control);
    QTest::keyClick(editor.recorder(), Qt::Key_Escape);
    QVERIFY(!editor.recorder()->isRecording());
    QVERIFY2(editor.dialog.isVisible(), "Escape ends the recording, not the dialog");
    QTest::mouseClick(editor.recorder(), Qt::LeftButton);
    editor.search()->setFocus();
    QVERIFY(!editor.recorder()->isRecording());
    QCOMPARE(bench.actions.keys("view.fit"), Keys{QKeySequence("Ctrl+0")});
  }

  void conflictIsAskedAndResolved() {
    Bench bench;
    Editor editor(bench.actions);
    QVERIFY(editor.ready);
    editor.tree()->setCurrentItem(editor.row("Fit"));
    QVERIFY(!editor.button("takeKeys")->isVisible());
    editor.record(Qt::Key_R, Qt::ControlModifier);
    QVERIFY(editor.button("takeKeys")->isVisible());
    QVERIFY(editor.dialog.findChild<QLabel*>("rowError")->text().contains("New seed"));
    QCOMPARE(bench.actions.keys("view.fit"), Keys{QKeySequence("Ctrl+0")});
    QTest::mouseClick(editor.button("leaveKeys"), Qt::LeftButton);
    QVERIFY(!editor.button("takeKeys")->isVisible());
    QCOMPARE(bench.actions.keys("seed.new"), Keys{QKeySequence("Ctrl+R")});
    editor.record(Qt::Key_R, Qt::ControlModifier);
    QTest::keyClick(editor.button("takeKeys"), Qt::Key_Space);
    QCOMPARE(bench.actions.keys("view.fit"),
             Keys({QKeySequence("Ctrl+0"), QKeySequence("Ctrl+R")}));
    QVERIFY(bench.actions.keys("seed.new").isEmpty());
    QVERIFY(bench.actions.clashes().empty());
  }

  void fixedKeysWarnToo() {
    Bench bench;
    Editor editor(bench.actions);
    QVERIFY(editor.ready);
    editor.tree()->setCurrentItem(editor.row("Fit"));
    editor.record(Qt::Key_F);
    QVERIFY(editor.dialog.findChild<QLabel*>("rowError")->text().contains("unguided twin"));
    editor.tree()->setCurrentItem(editor.row("See the unguided twin"));
    QVERIFY(!editor.recorder()->isEnabled());
    QVERIFY(!editor.button("takeKeys")->isVisible());
    QCOMPARE(bench.actions.keys("view.fit"), Keys{QKeySequence("Ctrl+0")});
  }

  void removeAndReset() {
    Bench bench;
    Editor editor(bench.actions);
    QVERIFY(editor.ready);
    editor.tree()->setCurrentItem(editor.row("Generate"));
    QVERIFY(!editor.button("resetOne")->isEnabled());
    QVERIFY(!editor.button("resetAll")->isEnabled());
    QCOMPARE(editor.dialog.findChildren<QToolButton*>("keyChip").size(), 2);
    QTest::mouseClick(editor.dialog.findChildren<QToolButton*>("keyChip").first(), Qt::LeftButton);
    QCOMPARE(bench.actions.keys("picture.generate"), Keys{QKeySequence("Ctrl+Enter")});
    editor.record(Qt::Key_G, Qt::ControlModifier);
    QCOMPARE(bench.actions.keys("picture.generate").size(), 2);
    QTest::mouseClick(editor.button("resetOne"), Qt::LeftButton);
    QCOMPARE(bench.actions.keys("picture.generate").first(), QKeySequence("Ctrl+Return"));
    editor.tree()->setCurrentItem(editor.row("New seed"));
    editor.record(Qt::Key_J, Qt::ControlModifier);
    QTest::mouseClick(editor.button("resetAll"), Qt::LeftButton);
    QVERIFY(!bench.actions.isChanged("seed.new"));
    QVERIFY(!editor.button("resetAll")->isEnabled());
  }

  void searchByTextAndByKeys() {
    Bench bench;
    Editor editor(bench.actions);
    QVERIFY(editor.ready);
    QCOMPARE(editor.visible().size(), 5);
    QTest::keyClicks(editor.search(), "seed");
    QCOMPARE(editor.visible(), QStringList{"New seed"});
    QCOMPARE(editor.tree()->currentItem()->text(0), QStringLiteral("New seed"));
    editor.search()->selectAll();
    QTest::keyClicks(editor.search(), "twin");
    QCOMPARE(editor.visible(), QStringList{"See the unguided twin"});
    auto* by_keys = editor.dialog.findChild<ShortcutRecorder*>("searchKeys");
    QTest::mouseClick(by_keys, Qt::LeftButton);
    QTest::keyClick(by_keys, Qt::Key_Enter, Qt::ControlModifier);
    QCOMPARE(editor.visible(), QStringList{"Generate"});
    QTest::mouseClick(by_keys, Qt::LeftButton);
    QTest::keyClick(by_keys, Qt::Key_Space);
    QCOMPARE(editor.visible(), QStringList{"See the unguided twin"});
    QTest::mouseClick(by_keys, Qt::LeftButton);
    QTest::keyClick(by_keys, Qt::Key_F9);
    QVERIFY(editor.visible().isEmpty());
    QTest::mouseClick(editor.button("showAll"), Qt::LeftButton);
    QCOMPARE(editor.visible().size(), 5);
    QVERIFY(bench.ran.isEmpty());
  }

  void editorIsAccessible() {
    Bench bench;
    Editor editor(bench.actions);
    QVERIFY(editor.ready);
    const QStringList problems = test::accessibilityProblems(&editor.dialog);
    QVERIFY2(problems.isEmpty(), qPrintable(problems.join("\n")));
  }

  // --- the real window
  // ------------------------------------------------------------------------------

  void theWindowHasNoClash() {
    QTemporaryDir dir;
    Desk desk(dir);
    auto* actions = desk.window->findChild<ActionRegistry*>();
    QVERIFY(actions != nullptr);
    for (const auto& clash : actions->clashes())
      QFAIL(qPrintable(clash.keys.toString() + ": " + clash.owner + ", " + clash.loser));
    QVERIFY(actions->entries().size() > 20);
    QSet<QString> texts;
    for (const auto& entry : actions->entries()) {
      QVERIFY2(!entry.text.isEmpty() && !entry.category.isEmpty(), qPrintable(entry.id));
      QVERIFY2(entry.id.contains('.'), qPrintable(entry.id));
      const QString text = entry.category + '/' + entry.text;
      QVERIFY2(!texts.contains(text), qPrintable(text));
      texts.insert(text);
    }
    // Nothing in the menus that palette and editor do not know.
    for (const QMenu* menu : desk.window->menuBar()->findChildren<QMenu*>()) {
      for (const QAction* action : menu->actions()) {
        if (action->isSeparator() || action->menu() != nullptr) continue;
        QVERIFY2(!action->property("actionId").toString().isEmpty(), qPrintable(action->text()));
      }
    }
  }

  void reboundKeyWorksInTheWindow() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    QTest::keyClick(desk.window.get(), Qt::Key_F1);
    auto* dialog = desk.window->findChild<ShortcutEditor*>("shortcutEditor");
    QVERIFY(dialog != nullptr);
    QVERIFY(QTest::qWaitForWindowActive(dialog));
    QTest::keyClicks(dialog->findChild<QLineEdit*>("shortcutSearch"), "new seed");
    auto* recorder = dialog->findChild<ShortcutRecorder*>("recordKeys");
    QTest::mouseClick(recorder, Qt::LeftButton);
    QTest::keyClick(recorder, Qt::Key_F7);
    dialog->close();
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    const auto before = desk.window->controls()->request().seed;
    QTest::keyClick(desk.window.get(), Qt::Key_F7);
    QVERIFY(desk.window->controls()->request().seed != before);
    QVERIFY(SettingsStore(dir.filePath("settings.ini")).shortcutChanges().contains("seed.new"));
  }
};

QTEST_MAIN(TestShortcuts)
#include "tst_shortcuts.moc"
