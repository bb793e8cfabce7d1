// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The command palette as it is used: typed into, run by keys and by mouse, with every parameter in
// it.
#include "tests/ui/desk.h"
#include "ui/action_registry.h"
#include "ui/banner.h"
#include "ui/command_palette.h"
#include "ui/command_palette_list.h"
#include "ui/command_palette_places.h"
#include "ui/gallery_filter.h"
#include "ui/gallery_page.h"
#include "ui/main_actions.h"
#include "ui/preset_store.h"
#include "ui/project_desk.h"
#include "ui/project_file.h"
#include "ui/settings_store.h"

#include <QLineEdit>
#include <QListView>
#include <QMainWindow>
#include <QPlainTextEdit>
#include <QSignalSpy>

using namespace studio;
using namespace studio::ui;
using studio::test::Desk;

namespace {

// A window with a few commands.
struct Bench {
  explicit Bench(SettingsStore* settings = nullptr)
      : actions(&window, settings), palette(actions, settings, &window) {
    window.resize(900, 700);
    edit = new QPlainTextEdit(&window);
    window.setCentralWidget(edit);
    const auto count = [this](const QString& id) { return [this, id] { ran << id; }; };
    actions.add({"picture.generate",
                 "Job",
                 "&Generate",
                 {QKeySequence("Ctrl+Return")},
                 count("picture.generate")});
    actions.add({"view.fit", "View", "&Fit", {QKeySequence("Ctrl+0")}, count("view.fit")});
    actions.add({"view.full", "View", "Full &screen", {QKeySequence("F11")}, count("view.full")});
    actions.add(
        {"gallery.folder", "File", "Show the &gallery folder…", {}, count("gallery.folder")});
    actions.add({"edit.undo", "Edit", "Undo", {}, count("edit.undo")})->setEnabled(false);
    actions.explainDisabled("edit.undo", [] { return QStringLiteral("Nothing to undo"); });
    window.show();
    window.activateWindow();
  }
  QLineEdit* field() { return palette.findChild<QLineEdit*>("paletteEdit"); }
  QListView* list() { return palette.findChild<QListView*>("paletteList"); }
  QStringList titles() {
    QStringList all;
    for (int row = 0; row < list()->model()->rowCount(); ++row)
      all << list()->model()->index(row, 0).data().toString();
    return all;
  }
  const PaletteItem& item(int row) {
    return static_cast<const PaletteModel*>(list()->model())->item(row);
  }
  void type(const QString& text) {
    field()->selectAll();
    QTest::keyClicks(field(), text);
  }

  QMainWindow window;
  ActionRegistry actions;
  CommandPalette palette;
  QPlainTextEdit* edit;
  QStringList ran;
};

}  // namespace

class TestPalette : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void fuzzy_data() {
    QTest::addColumn<QString>("query");
    QTest::addColumn<QString>("better");
    QTest::addColumn<QString>("worse");
    QTest::newRow("whole word first") << "fit"
                                      << "Fit View"
                                      << "Profit of the view";
    QTest::newRow("start of a word") << "gal"
                                     << "Show the gallery folder"
                                     << "Illegal things";
    QTest::newRow("initials") << "fs"
                              << "Full screen"
                              << "Offset";
    QTest::newRow("words in any order") << "folder show"
                                        << "Show the gallery folder"
                                        << "Folders";
    QTest::newRow("the shorter of two") << "full"
                                        << "Full screen"
                                        << "Full screen of the other window";
    QTest::newRow("case does not matter") << "GENERATE"
                                          << "Generate"
                                          << "Degenerate";
  }
  void fuzzy() {
    QFETCH(QString, query);
    QFETCH(QString, better);
    QFETCH(QString, worse);
    const auto good = fuzzyMatch(query, better);
    const auto bad = fuzzyMatch(query, worse);
    QVERIFY(good);
    QVERIFY(!bad || good->score > bad->score);
    for (const int hit : good->hits) QVERIFY(hit >= 0 && hit < better.size());
  }

  void fuzzyRefuses() {
    QVERIFY(!fuzzyMatch("xyz", "Generate"));
    QVERIFY(!fuzzyMatch("generate quickly", "Generate"));
    QVERIFY2(!fuzzyMatch("oi", "Zoom in"), "scattered letters begin with a word");
    QCOMPARE(fuzzyMatch("", "Anything")->score, 0.0);
  }

  void typeAndReturn() {
    Bench bench;
    QVERIFY(QTest::qWaitForWindowActive(&bench.window));
    bench.edit->setFocus();
    bench.palette.open();
    QVERIFY(bench.field()->hasFocus());
    QCOMPARE(bench.list()->model()->rowCount(), 5);
    bench.type("full");
    QCOMPARE(bench.titles().first(), QStringLiteral("Full screen"));
    QCOMPARE(bench.item(0).detail, QKeySequence("F11").toString(QKeySequence::NativeText));
    QCOMPARE(bench.item(0).category, QStringLiteral("View"));
    QTest::keyClick(bench.field(), Qt::Key_Return);
    QCOMPARE(bench.ran, QStringList{"view.full"});
    QVERIFY(!bench.palette.isVisible());
    QVERIFY2(bench.edit->hasFocus(), "the focus comes back");
  }

  void arrowsPagesAndEscape() {
    Bench bench;
    QVERIFY(QTest::qWaitForWindowActive(&bench.window));
    bench.palette.open();
    QCOMPARE(bench.list()->currentIndex().row(), 0);
    QTest::keyClick(bench.field(), Qt::Key_Down);
    QCOMPARE(bench.list()->currentIndex().row(), 1);
    QTest::keyClick(bench.field(), Qt::Key_Up);
    QTest::keyClick(bench.field(), Qt::Key_Up);
    QCOMPARE(bench.list()->currentIndex().row(), 4);
    QTest::keyClick(bench.field(), Qt::Key_PageUp);
    QCOMPARE(bench.list()->currentIndex().row(), 0);
    QTest::keyClick(bench.field(), Qt::Key_Escape);
    QVERIFY(!bench.palette.isVisible());
    QVERIFY(bench.ran.isEmpty());
  }

  void mouse() {
    Bench bench;
    QVERIFY(QTest::qWaitForWindowActive(&bench.window));
    bench.palette.open();
    bench.type("fit");
    const QRect row = bench.list()->visualRect(bench.list()->model()->index(0, 0));
    QTest::mouseClick(bench.list()->viewport(), Qt::LeftButton, {}, row.center());
    QCOMPARE(bench.ran, QStringList{"view.fit"});
    bench.palette.open();
    QTest::mouseClick(bench.edit->viewport(), Qt::LeftButton, {}, QPoint(5, 600));
    QVERIFY2(!bench.palette.isVisible(), "a click beside it closes it");
  }

  void disabledSaysWhy() {
    Bench bench;
    QVERIFY(QTest::qWaitForWindowActive(&bench.window));
    bench.palette.open();
    bench.type("undo");
    QCOMPARE(bench.titles().size(), 1);
    QCOMPARE(bench.item(0).why, QStringLiteral("Nothing to undo"));
    QVERIFY(!bench.item(0).enabled);
    QVERIFY(bench.list()
                ->model()
                ->index(0, 0)
                .data(Qt::AccessibleTextRole)
                .toString()
                .contains("Nothing to undo"));
    QTest::keyClick(bench.field(), Qt::Key_Return);
    QVERIFY(bench.palette.isVisible());
    QVERIFY(bench.ran.isEmpty());
    bench.type("qqqq");
    QCOMPARE(bench.titles().size(), 0);
    QTest::keyClick(bench.field(), Qt::Key_Return);
    QTest::keyClick(bench.field(), Qt::Key_Down);
    QVERIFY(bench.palette.isVisible());
  }

  void recentOnesComeFirst() {
    QTemporaryDir dir;
    SettingsStore settings(dir.filePath("settings.ini"));
    {
      Bench bench(&settings);
      QVERIFY(QTest::qWaitForWindowActive(&bench.window));
      bench.palette.open();
      bench.type("gallery");
      QTest::keyClick(bench.field(), Qt::Key_Return);
      bench.palette.open();
      QCOMPARE(bench.titles().first(), QStringLiteral("Show the gallery folder"));
      bench.type("fit");
      QTest::keyClick(bench.field(), Qt::Key_Return);
    }
    Bench again(&settings);
    QVERIFY(QTest::qWaitForWindowActive(&again.window));
    again.palette.open();
    QCOMPARE(again.titles().mid(0, 2), QStringList({"Fit", "Show the gallery folder"}));
    QCOMPARE(again.titles().size(), 5);
  }

  void shortcutsRestWhileItIsOpen() {
    Bench bench;
    QVERIFY(QTest::qWaitForWindowActive(&bench.window));
    bench.palette.open();
    QTest::keyClick(bench.field(), Qt::Key_F11);
    QTest::keyClick(bench.field(), Qt::Key_0, Qt::ControlModifier);
    QVERIFY(bench.ran.isEmpty());
    QTest::keyClick(bench.field(), Qt::Key_Escape);
    QTest::keyClick(&bench.window, Qt::Key_F11);
    QCOMPARE(bench.ran, QStringList{"view.full"});
  }

  void providersJoin() {
    Bench bench;
    int chosen = 0;
    QString answer = "Preset one";
    bench.palette.addProvider([&](const QString& query) {
      std::vector<PaletteItem> items;
      const auto match = fuzzyMatch(query, answer);
      if (query.isEmpty() || !match) return items;
      PaletteItem item;
      item.title = answer;
      item.score = match->score;
      item.run = [&chosen] { ++chosen; };
      items.push_back(item);
      return items;
    });
    QVERIFY(QTest::qWaitForWindowActive(&bench.window));
    bench.palette.open();
    bench.type("pre");
    QCOMPARE(bench.titles().first(), QStringLiteral("Preset one"));
    answer = "Preset late";
    bench.palette.refresh();
    QCOMPARE(bench.titles().first(), QStringLiteral("Preset late"));
    QTest::keyClick(bench.field(), Qt::Key_Return);
    QCOMPARE(chosen, 1);
  }

  void opensFromTheWindowAlsoWhileTyping() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    auto* palette = desk.window->findChild<CommandPalette*>("palette");
    auto* prompt = desk.window->findChild<QPlainTextEdit*>("promptEdit");
    for (const auto& [key, modifiers] :
         {std::pair(Qt::Key_K, Qt::KeyboardModifiers(Qt::ControlModifier)),
          std::pair(Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier)}) {
      prompt->setFocus();
      QTest::keyClick(prompt, key, modifiers);
      QTRY_VERIFY(palette->isVisible());
      QTest::keyClick(QApplication::focusWidget(), key, modifiers);
      QTRY_VERIFY(!palette->isVisible());
      QVERIFY(prompt->hasFocus());
    }
  }

  void parameters_data() {
    QTest::addColumn<QString>("query");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QString>("value");
    QTest::newRow("a number") << "blur sigma 2" << QByteArray("guidance.seg.sigma") << "2";
    QTest::newRow("part of the name") << "sigm 0.5" << QByteArray("guidance.seg.sigma") << "0.5";
    QTest::newRow("infinity") << "blur sigma inf" << QByteArray("guidance.seg.sigma") << "inf";
    QTest::newRow("its sign") << "blur sigma ∞" << QByteArray("guidance.seg.sigma") << "inf";
    QTest::newRow("equals") << "seg scale = 1.5" << QByteArray("guidance.seg.scale") << "1.5";
    QTest::newRow("whole number") << "steps 30" << QByteArray("steps") << "30";
    QTest::newRow("seed") << "seed 7" << QByteArray("seed") << "7";
    QTest::newRow("choice") << "sampler ddim" << QByteArray("sampler") << "ddim";
    QTest::newRow("choice by its label")
        << "sampler ancestral" << QByteArray("sampler") << "euler_a";
    QTest::newRow("layers") << "layers mid,up" << QByteArray("guidance.seg.layers") << "mid,up";
    QTest::newRow("text with spaces")
        << "prompt a red  apple" << QByteArray("prompt") << "a red  apple";
  }
  void parameters() {
    QFETCH(QString, query);
    QFETCH(QByteArray, path);
    QFETCH(QString, value);
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    auto* palette = desk.window->findChild<CommandPalette*>("palette");
    palette->open();
    auto* field = palette->findChild<QLineEdit*>("paletteEdit");
    // Signs that no key of the test keyboard has are pasted.
    query.contains(QChar(0x221E)) ? field->setText(query) : QTest::keyClicks(field, query);
    QTest::keyClick(field, Qt::Key_Return);
    QVERIFY(!palette->isVisible());
    const auto now =
        get(desk.window->controls()->request(), test::fake_catalogue(), path.toStdString());
    QVERIFY(now && now.value());
    QCOMPARE(QString::fromStdString(to_text(*now.value())), value);
  }

  void refusedValueSaysWhatIsAllowed() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    const GenerationRequest before = desk.window->controls()->request();
    auto* palette = desk.window->findChild<CommandPalette*>("palette");
    palette->open();
    auto* field = palette->findChild<QLineEdit*>("paletteEdit");
    QTest::keyClicks(field, "seg scale 99");
    const auto* model =
        static_cast<PaletteModel*>(palette->findChild<QListView*>("paletteList")->model());
    QCOMPARE(model->rowCount(), 2);
    QVERIFY(model->item(1).title.startsWith("Search the gallery"));
    QVERIFY(!model->item(0).enabled);
    QVERIFY2(model->item(0).why.contains("20"), qPrintable(model->item(0).why));
    QTest::keyClick(field, Qt::Key_Return);
    QVERIFY(palette->isVisible());
    QCOMPARE(desk.window->controls()->request(), before);
  }

  void nameAloneShowsTheValueAndGoesOn() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    auto* palette = desk.window->findChild<CommandPalette*>("palette");
    palette->open();
    auto* field = palette->findChild<QLineEdit*>("paletteEdit");
    QTest::keyClicks(field, "blur");
    const auto* model =
        static_cast<PaletteModel*>(palette->findChild<QListView*>("paletteList")->model());
    QCOMPARE(model->item(0).title, QStringLiteral("Blur sigma"));
    QVERIFY(model->item(0).detail.startsWith(QChar(0x221E)));
    QTest::keyClick(field, Qt::Key_Tab);
    QCOMPARE(field->text(), QStringLiteral("Blur sigma "));
    QTest::keyClicks(field, "4");
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(std::get<double>(desk.window->controls()->request().guidance.at("seg.sigma")), 4.0);
    // One step to undo it.
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    QTest::keyClick(desk.window.get(), Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(
        std::isinf(std::get<double>(desk.window->controls()->request().guidance.at("seg.sigma"))));
  }

  void choicesAreFoundByTheirOwnNames_data() {
    QTest::addColumn<QString>("query");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QString>("value");
    QTest::newRow("sampler") << "dpm" << QByteArray("sampler") << "dpmpp_2m";
    QTest::newRow("words of a sampler") << "ancestral euler" << QByteArray("sampler") << "euler_a";
    QTest::newRow("model") << "emoji" << QByteArray("model") << "emoji-sdxl";
    QTest::newRow("named model") << "model emoji" << QByteArray("model") << "emoji-sdxl";
  }
  void choicesAreFoundByTheirOwnNames() {
    QFETCH(QString, query);
    QFETCH(QByteArray, path);
    QFETCH(QString, value);
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    // Something else first, so that the choice is a change.
    auto* controls = desk.window->controls();
    GenerationRequest other = controls->request();
    other.model = "elsewhere";
    controls->setRequest(other);
    auto* palette = desk.window->findChild<CommandPalette*>("palette");
    palette->open();
    auto* field = palette->findChild<QLineEdit*>("paletteEdit");
    const auto* model =
        static_cast<PaletteModel*>(palette->findChild<QListView*>("paletteList")->model());
    QTest::keyClicks(field, query);
    QTRY_VERIFY2(model->item(0).title.contains(QChar(0x2192)), qPrintable(model->item(0).title));
    QTest::keyClick(field, Qt::Key_Return);
    const auto now = get(controls->request(), test::fake_catalogue(), path.toStdString());
    QVERIFY(now && now.value());
    QCOMPARE(QString::fromStdString(to_text(*now.value())), value);
  }

  void presetThatCannotBeReadSaysWhy() {
    Preset preset;
    preset.name = "Quiet flags";
    Preset broken;
    broken.name = "Quiet too";
    const std::vector<PresetEntry> entries = {
        {.id = "1", .preset = preset, .summary = "SEG scale 1.5"},
        {.id = "2", .preset = broken, .problem = "It cannot be read."}};
    QStringList applied;
    Bench bench;
    QVERIFY(QTest::qWaitForWindowActive(&bench.window));
    bench.palette.addProvider(
        presetProvider([&] { return &entries; }, [&](const QString& id) { applied << id; }));
    bench.palette.open();
    QCOMPARE(bench.list()->model()->rowCount(), 5);
    bench.type("preset quiet");
    QCOMPARE(bench.titles(), QStringList({"Quiet too", "Quiet flags"}));
    QVERIFY(!bench.item(0).enabled);
    QCOMPARE(bench.item(0).why, QStringLiteral("It cannot be read."));
    QCOMPARE(bench.item(1).detail, QStringLiteral("SEG scale 1.5"));
    QTest::keyClick(bench.field(), Qt::Key_Return);
    QVERIFY(applied.isEmpty());
    QTest::keyClick(bench.field(), Qt::Key_Down);
    QTest::keyClick(bench.field(), Qt::Key_Return);
    QCOMPARE(applied, QStringList("1"));
  }

  void presetsProjectsAndTheGalleryFromTheWindow() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    auto* project = desk.window->findChild<ProjectDesk*>();
    QTRY_VERIFY(project != nullptr && project->project() != nullptr);
    Preset preset;
    preset.name = "Loud flags";
    preset.values["guidance.seg.scale"] = ParamValue(7.0);
    project->project()->setPresets({preset});
    auto* palette = desk.window->findChild<CommandPalette*>("palette");
    auto* field = palette->findChild<QLineEdit*>("paletteEdit");
    const auto choose = [&](const char* text) {
      palette->open();
      QTest::keyClicks(field, text);
      QTest::keyClick(field, Qt::Key_Return);
      return !palette->isVisible();
    };
    QVERIFY(choose("loud"));
    QCOMPARE(std::get<double>(desk.window->controls()->request().guidance.at("seg.scale")), 7.0);
    const QAction* undo = desk.window->actions()->registry().action("edit.undo");
    QVERIFY2(undo->text().contains("Loud flags"), qPrintable(undo->text()));

    QSignalSpy asked(desk.window.get(), &MainWindow::projectAsked);
    const QString folder = dir.filePath("other place");
    project->recent().add(folder, "Second study");
    QVERIFY(choose("open second"));
    QCOMPARE(asked.count(), 0);
    QVERIFY2(desk.window->banner()->text().contains("other place"), "nothing is made by opening");
    QVERIFY(QDir().mkpath(folder));
    QFile file(projectFilePath(folder));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QVERIFY(choose("second study"));
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked.first().first().toString(), folder);

    QVERIFY(choose("seed:43 zebra"));
    QCOMPARE(desk.window->pages()->page(), Page::Gallery);
    QCOMPARE(desk.window->galleryPage()->filter()->query().text, QStringLiteral("seed:43 zebra"));
  }

  void staysInsideSmallWindows() {
    Bench bench;
    for (const QSize size : {QSize(360, 240), QSize(1600, 1000), QSize(680, 390)}) {
      bench.window.resize(size);
      bench.palette.open();
      QVERIFY(bench.window.rect().contains(bench.palette.geometry()));
      QVERIFY(bench.list()->height() > 20);
    }
  }
};

QTEST_MAIN(TestPalette)
#include "tst_palette.moc"
