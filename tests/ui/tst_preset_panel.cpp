// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The preset panel and its dialogs, used with keys and mouse.
#include "tests/support/event_loop_meter.h"
#include "tests/ui/project_codec.h"
#include "ui/preset_dialogs.h"
#include "ui/preset_list.h"
#include "ui/preset_panel.h"
#include "ui/preset_save_dialog.h"
#include "ui/preset_table.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>
#include <QUndoStack>
#include <QUrl>

using namespace studio;
using namespace studio::ui;
using test::fake_catalogue;
using test::projectCodec;

namespace {

QByteArray fileText(const QString& name, const PresetValues& values) {
  Preset preset;
  preset.name = name;
  preset.values = values;
  return presetText(preset);
}

void store(const QString& path, const QByteArray& text) {
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(text);
}

}  // namespace

class TestPresetPanel : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    home_ = std::make_unique<QTemporaryDir>();
    qputenv("XDG_DATA_HOME", home_->path().toLocal8Bit());  // the trash of this test
    qRegisterMetaType<GenerationRequest>();
  }
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir(dir_->path()).mkpath("built-in"));
    QVERIFY(QDir(dir_->path()).mkpath("user"));
    store(dir_->filePath("built-in/a.json"),
          fileText("Paper one", {{"guidance.seg.sigma", 1.0}, {"guidance.seg.scale", 3.0}}));
    store(dir_->filePath("built-in/b.json"),
          fileText("Paper two", {{"guidance.seg.sigma", 2.0}, {"steps", std::int64_t{12}}}));
    store(dir_->filePath("user/mine.json"), fileText("Mine", {{"steps", std::int64_t{40}}}));
    undo_ = std::make_unique<QUndoStack>();
    open();
  }
  void cleanup() {
    panel_.reset();
    store_.reset();
    project_.reset();
    undo_.reset();
  }

  void showsAllAndFilters() {
    QCOMPARE(names(), QStringList({"Mine", "Paper one", "Paper two"}));
    auto* filter = panel_->findChild<QLineEdit*>("presetFilter");
    QTest::keyClicks(filter, "sigma PAPER 2");
    QCOMPARE(names(), QStringList({"Paper two"}));
    QTest::keyClick(filter, Qt::Key_Return);
    QVERIFY(list()->hasFocus());
    QSignalSpy applied(panel_.get(), &PresetPanel::applyAsked);
    QTest::keyClick(list(), Qt::Key_Return);
    QCOMPARE(applied.size(), 1);
    filter->setText("nothing like it");
    QCOMPARE(names(), QStringList());
  }

  void aClickAndApplyGivesTheWholeRequest() {
    QSignalSpy applied(panel_.get(), &PresetPanel::applyAsked);
    GenerationRequest now;
    now.prompts = {"a cat"};
    now.seed = 5;
    panel_->setCurrent(now);
    QVERIFY(!button("applyPreset")->isEnabled());
    click("Paper two");
    QTest::mouseClick(button("applyPreset"), Qt::LeftButton);
    QCOMPARE(applied.size(), 1);
    const auto request = applied.first().at(0).value<GenerationRequest>();
    QCOMPARE(request.steps, 12);
    QCOMPARE(request.guidance.at("seg.sigma"), ParamValue(2.0));
    QCOMPARE(request.prompts.front(), std::string("a cat"));
    QCOMPARE(*request.seed, 5);
    QVERIFY(applied.first().at(1).toString().contains("Paper two"));
    QCOMPARE(undo_->count(), 0);  // that step is the receiver's
  }

  void aDoubleClickApplies() {
    QSignalSpy applied(panel_.get(), &PresetPanel::applyAsked);
    const QPoint at = list()->visualRect(indexOf("Mine")).center();
    QTest::mouseClick(list()->viewport(), Qt::LeftButton, {}, at);
    QTest::mouseDClick(list()->viewport(), Qt::LeftButton, {}, at);
    QCOMPARE(applied.size(), 1);
  }

  void theStarIsClickedAndUndone() {
    const QRect row = list()->visualRect(indexOf("Paper two"));
    QTest::mouseClick(list()->viewport(), Qt::LeftButton, {}, {row.right() - 18, row.top() + 16});
    QCOMPARE(names().first(), QString("Paper two"));  // starred ones come first
    undo_->undo();
    QCOMPARE(names().last(), QString("Paper two"));
    undo_->redo();
    store_->finish();
    reopen();
    QCOMPARE(names().first(), QString("Paper two"));
    QFile built_in(dir_->filePath("built-in/b.json"));
    QVERIFY(built_in.open(QIODevice::ReadOnly));
    QVERIFY(!built_in.readAll().contains("star"));
    click("Mine");
    QTest::keyClick(list(), Qt::Key_Asterisk);
    QVERIFY(find("Mine")->preset.starred);
  }

  void currentSettingsAreSaved() {
    GenerationRequest now;
    now.seed = 7;
    now.steps = 33;
    now.guidance["seg.scale"] = 8.0;
    panel_->setCurrent(now);
    QImage picture(300, 300, QImage::Format_RGB32);
    picture.fill(Qt::green);
    panel_->setPicture(picture);
    QTest::mouseClick(panel_->findChild<QWidget*>("savePresetButton"), Qt::LeftButton);
    auto* dialog = panel_->findChild<SavePresetDialog*>();
    QVERIFY(dialog != nullptr && dialog->isVisible());
    auto* save = dialog->findChild<QPushButton*>("save");
    QVERIFY(!save->isEnabled());
    QTest::keyClicks(dialog->findChild<QLineEdit*>("name"), "Green");
    QVERIFY(save->isEnabled());
    // What differs from the declarations is chosen; the seed is taken out with the space bar.
    auto* tree = dialog->findChild<QTreeWidget*>("parameters");
    QCOMPARE(checked(tree), QStringList({"SEG scale", "Seed", "Steps"}));
    for (QTreeWidgetItemIterator it(tree); *it != nullptr; ++it) {
      if ((*it)->text(0) == "Seed") tree->setCurrentItem(*it);
    }
    QTest::keyClick(tree, Qt::Key_Space);
    QCOMPARE(checked(tree), QStringList({"SEG scale", "Steps"}));
    QTest::keyClick(dialog, Qt::Key_Return);
    QTRY_VERIFY(panel_->findChild<SavePresetDialog*>() == nullptr);
    const PresetEntry* kept = find("Green");
    QVERIFY(kept != nullptr);
    QCOMPARE(kept->preset.values.size(), 2u);
    QCOMPARE(QImage::fromData(kept->preset.picture).width(), kPresetPictureSide);
    QVERIFY(kept->place == PresetPlace::User);
    store_->finish();
    QVERIFY(QFile::exists(kept->file));
    undo_->undo();
    QVERIFY(find("Green") == nullptr);
    undo_->redo();
    QVERIFY(find("Green") != nullptr);
    store_->finish();
    reopen();
    QVERIFY(find("Green") != nullptr);
  }

  void theSameNameReplacesAndUndoBringsItBack() {
    GenerationRequest now;
    now.seed = 7;
    panel_->setCurrent(now);
    panel_->save();
    auto* dialog = panel_->findChild<SavePresetDialog*>();
    QTest::keyClicks(dialog->findChild<QLineEdit*>("name"), "Mine");
    auto* save = dialog->findChild<QPushButton*>("save");
    QCOMPARE(save->text(), QString("Replace"));
    QTest::mouseClick(save, Qt::LeftButton);
    QCOMPARE(names().count("Mine"), 1);
    QVERIFY(find("Mine")->preset.values.contains("seed"));
    undo_->undo();
    QVERIFY(find("Mine")->preset.values.contains("steps"));
    QVERIFY(!find("Mine")->preset.values.contains("seed"));
  }

  void noSettingChosenSaysSo() {
    panel_->save();
    auto* dialog = panel_->findChild<SavePresetDialog*>();
    QTest::keyClicks(dialog->findChild<QLineEdit*>("name"), "X");
    QTest::mouseClick(dialog->findChild<QPushButton*>("checkAll"), Qt::LeftButton);
    QVERIFY(dialog->findChild<QPushButton*>("save")->isEnabled());
    QTest::mouseClick(dialog->findChild<QPushButton*>("checkNone"), Qt::LeftButton);
    QVERIFY(!dialog->findChild<QPushButton*>("save")->isEnabled());
  }

  void renamedWithF2() {
    click("Mine");
    QTest::keyClick(list(), Qt::Key_F2);
    auto* dialog = panel_->findChild<NameDialog*>();
    QVERIFY(dialog != nullptr);
    QTest::keyClicks(dialog->findChild<QLineEdit*>("name"), "Ours");
    QTest::keyClick(dialog, Qt::Key_Return);
    QVERIFY(find("Ours") != nullptr && find("Mine") == nullptr);
    undo_->undo();
    QVERIFY(find("Mine") != nullptr);
    QTRY_VERIFY(panel_->findChild<NameDialog*>() == nullptr);
    click("Paper one");
    QTest::keyClick(list(), Qt::Key_F2);
    QVERIFY(panel_->findChild<NameDialog*>() == nullptr);  // the program's own stay
  }

  void duplicatedAndDeleted() {
    click("Paper one");
    QTest::keyClick(list(), Qt::Key_D, Qt::ControlModifier);
    QVERIFY(find("Paper one copy") != nullptr);
    QVERIFY(find("Paper one copy")->isEditable());
    QTest::keyClick(list(), Qt::Key_Delete);
    QVERIFY(find("Paper one copy") == nullptr);
    click("Paper one");
    QTest::keyClick(list(), Qt::Key_Delete);
    QVERIFY(find("Paper one") != nullptr);
  }

  void deletingGoesToTheTrashAndBack() {
    const QString path = dir_->filePath("user/mine.json");
    click("Mine");
    QTest::keyClick(list(), Qt::Key_Delete);
    QVERIFY(find("Mine") == nullptr);
    store_->finish();
    QVERIFY(!QFile::exists(path));
    // The trash of the user, or of the disk that the file is on.
    QVERIFY(!QFile::exists(dir_->filePath("user/deleted/mine.json")));
    auto* link = message();
    QVERIFY(link->text().contains("href"));
    Q_EMIT link->linkActivated("undo");
    QVERIFY(find("Mine") != nullptr);
    store_->finish();
    QVERIFY(QFile::exists(path));
    QVERIFY(!message()->isVisible());
  }

  void withoutATrashTheFileIsKeptBesideTheOthers() {
    QTemporaryDir other;
    store(other.filePath("Trash"), "a file where the trash should be");
    qputenv("XDG_DATA_HOME", other.path().toLocal8Bit());
    QSignalSpy notes(store_.get(), &PresetStore::note);
    click("Mine");
    QTest::keyClick(list(), Qt::Key_Delete);
    QTRY_COMPARE(notes.size(), 1);
    qputenv("XDG_DATA_HOME", home_->path().toLocal8Bit());
    QVERIFY(QFile::exists(dir_->filePath("user/deleted/mine.json")));
    QVERIFY(message()->text().contains("deleted/mine.json"));
    QVERIFY(message()->text().contains("href"));
  }

  void importedAndExported() {
    store(dir_->filePath("x.json"), fileText("Imported", {{"seed", std::int64_t{1}}}));
    store(dir_->filePath("bad.json"),
          "{\"format\":\"seg-studio/preset\",\"version\":1,\"set\":{\"steps\":0}}");
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(dir_->filePath("x.json")),
                  QUrl::fromLocalFile(dir_->filePath("bad.json"))});
    QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(panel_.get(), &enter);
    QDropEvent drop({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(panel_.get(), &drop);
    QTRY_VERIFY(find("Imported") != nullptr);
    QVERIFY2(message()->text().contains("bad.json") && message()->text().contains("steps is 0"),
             qPrintable(message()->text()));
    QCOMPARE(list()->selectedIds(), QStringList({find("Imported")->id}));
    panel_->exportTo(dir_->filePath("out.json"));
    QTRY_VERIFY(QFile::exists(dir_->filePath("out.json")));
    panel_->importFiles({dir_->filePath("out.json")});
    QTRY_COMPARE(names().count("Imported"), 2);
    undo_->undo();
    QCOMPARE(names().count("Imported"), 1);
  }

  void twoAreCompared() {
    click("Paper one");
    QVERIFY(!button("compareButton")->isEnabled());
    click("Paper two", Qt::ControlModifier);
    QTest::mouseClick(button("compareButton"), Qt::LeftButton);
    auto* dialog = panel_->findChild<ComparePresetsDialog*>();
    QVERIFY(dialog != nullptr);
    auto* table = dialog->findChild<PresetTable*>();
    QCOMPARE(table->model()->columnCount(), 4);
    QCOMPARE(table->model()->rowCount(), 3);
    QTest::mouseClick(dialog->findChild<QCheckBox*>("onlyDifferent"), Qt::LeftButton, {}, {8, 8});
    QCOMPARE(table->model()->rowCount(), 3);  // all three differ: one leaves what the other sets
    QTest::keyClick(dialog, Qt::Key_Escape);
    QTRY_VERIFY(panel_->findChild<ComparePresetsDialog*>() == nullptr);
  }

  void stackedReorderedAndApplied() {
    QSignalSpy applied(panel_.get(), &PresetPanel::applyAsked);
    click("Paper one");
    click("Paper two", Qt::ControlModifier);
    QTest::mouseClick(button("stackButton"), Qt::LeftButton);
    auto* dialog = panel_->findChild<StackPresetsDialog*>();
    QVERIFY(dialog != nullptr);
    auto* order = dialog->findChild<QListWidget*>("stackList");
    auto* table = dialog->findChild<PresetTable*>();
    QCOMPARE(order->item(0)->text(), QString("Paper one"));
    QCOMPARE(cell(table, "Blur sigma", 2), QString("2"));
    QVERIFY(isStruckOut(table, "Blur sigma", 3));
    order->setCurrentRow(1);
    QTest::keyClick(order, Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(order->item(0)->text(), QString("Paper two"));
    QCOMPARE(cell(table, "Blur sigma", 2), QString("1"));
    auto* more = dialog->findChild<QComboBox*>("stackMore");
    more->setCurrentIndex(more->findText("Mine"));
    Q_EMIT more->activated(more->currentIndex());
    QCOMPARE(order->count(), 3);
    QCOMPARE(cell(table, "Steps", 2), QString("40"));
    QTest::mouseClick(dialog->findChild<QPushButton*>("stackRemove"), Qt::LeftButton);
    QCOMPARE(order->count(), 2);
    QCOMPARE(cell(table, "Steps", 2), QString("12"));
    QTest::mouseClick(dialog->findChild<QPushButton*>("applyStack"), Qt::LeftButton);
    QCOMPARE(applied.size(), 1);
    const auto request = applied.first().at(0).value<GenerationRequest>();
    QCOMPARE(request.steps, 12);
    QCOMPARE(request.guidance.at("seg.sigma"), ParamValue(1.0));
  }

  void aBrokenFileIsShownWithItsReason() {
    store(dir_->filePath("user/broken.json"), presetBroken());
    reopen();
    const PresetEntry* broken = find("broken.json");
    QVERIFY(broken != nullptr && !broken->isUsable());
    QVERIFY2(broken->problem.contains("guidance.seg.scale is -1"), qPrintable(broken->problem));
    QSignalSpy applied(panel_.get(), &PresetPanel::applyAsked);
    click("broken.json");
    QVERIFY(!button("applyPreset")->isEnabled());
    QTest::keyClick(list(), Qt::Key_Return);
    QCOMPARE(applied.size(), 0);
    QTest::keyClick(list(), Qt::Key_Delete);
    QVERIFY(find("broken.json") == nullptr);
    QVERIFY(!message()->text().contains("href"));
  }

  void filesOfAnotherStudioAppear() {
    store(dir_->filePath("user/new.json"), fileText("New", {{"seed", std::int64_t{3}}}));
    QTRY_VERIFY(find("New") != nullptr);
    QVERIFY(QFile::remove(dir_->filePath("user/new.json")));
    QTRY_VERIFY(find("New") == nullptr);
  }

  void aProjectHasItsOwn() {
    auto load = createProject(dir_->filePath("study"), "Study", fake_catalogue(), projectCodec());
    QVERIFY(load);
    project_ = std::make_unique<Project>(std::move(load).value(), projectCodec());
    store_->setProject(project_.get());
    GenerationRequest now;
    now.seed = 9;
    panel_->setCurrent(now);
    panel_->save();
    auto* dialog = panel_->findChild<SavePresetDialog*>();
    QTest::keyClicks(dialog->findChild<QLineEdit*>("name"), "Ours");
    auto* place = dialog->findChild<QComboBox*>("place");
    QTest::keyClick(place, Qt::Key_Down);
    QTest::mouseClick(dialog->findChild<QPushButton*>("save"), Qt::LeftButton);
    QCOMPARE(project_->presets().size(), 1u);
    QCOMPARE(project_->presets().front().name, QString("Ours"));
    QVERIFY(project_->flush());
    click("Ours");
    QTest::keyClick(list(), Qt::Key_Delete);
    QVERIFY(project_->presets().empty());
    undo_->undo();
    QCOMPARE(project_->presets().size(), 1u);
    store_->setProject(nullptr);
    QVERIFY(find("Ours") == nullptr);
  }

  void aFolderThatCannotBeWrittenIsSaid() {
    panel_.reset();
    store_.reset();
    store(dir_->filePath("file"), "x");
    open(dir_->filePath("file/presets"));
    panel_->setCurrent({});
    Preset preset;
    preset.name = "Lost";
    preset.values = {{"seed", std::int64_t{1}}};
    QSignalSpy problems(store_.get(), &PresetStore::problem);
    store_->add(PresetPlace::User, preset);
    QTRY_COMPARE(problems.size(), 1);
    QVERIFY(message()->isVisibleTo(panel_.get()));
    QTRY_VERIFY(find("Lost") == nullptr);  // what is not stored is not shown
  }

  void thousandsKeepTheLoopFree() {
    for (int i = 0; i < 2000; ++i) {
      store(dir_->filePath(QString("user/many%1.json").arg(i)),
            fileText(QString("Many %1").arg(i), {{"seed", std::int64_t{i}}}));
    }
    panel_.reset();
    store_.reset();
    store_ = std::make_unique<PresetStore>(
        fake_catalogue(), projectCodec(), dir_->filePath("built-in"), dir_->filePath("user"));
    panel_ = std::make_unique<PresetPanel>(*store_, *undo_);
    panel_->show();
    test::EventLoopMeter meter;
    meter.run(1200);
    QTRY_VERIFY(store_->isLoaded());
    QCOMPARE(list()->model()->rowCount(), 2003);
    QVERIFY2(meter.percentile(0.99) <= 16, qPrintable(QString::number(meter.percentile(0.99))));
    QVERIFY2(meter.maximum() <= 60, qPrintable(QString::number(meter.maximum())));
  }

 private:
  void open(const QString& user = {}) {
    store_ = std::make_unique<PresetStore>(fake_catalogue(),
                                           projectCodec(),
                                           dir_->filePath("built-in"),
                                           user.isEmpty() ? dir_->filePath("user") : user);
    panel_ = std::make_unique<PresetPanel>(*store_, *undo_);
    panel_->resize(300, 700);
    panel_->show();
    QVERIFY(QTest::qWaitForWindowActive(panel_.get()));
    QTRY_VERIFY(store_->isLoaded());
  }
  void reopen() {
    panel_.reset();
    store_.reset();
    open();
  }
  static QByteArray presetBroken() {
    return R"({"format":"seg-studio/preset","version":1,"set":{"guidance.seg.scale":-1}})";
  }
  PresetList* list() { return panel_->list(); }
  QPushButton* button(const char* name) { return panel_->findChild<QPushButton*>(name); }
  QLabel* message() {
    for (auto* label : panel_->findChildren<QLabel*>()) {
      if (label->accessibleName() == "Message about presets") return label;
    }
    return nullptr;
  }
  QStringList names() {
    QStringList all;
    for (int row = 0; row < list()->model()->rowCount(); ++row)
      all << list()->model()->index(row, 0).data().toString();
    return all;
  }
  QModelIndex indexOf(const QString& name) {
    return list()->model()->index(static_cast<int>(names().indexOf(name)), 0);
  }
  void click(const QString& name, Qt::KeyboardModifiers modifiers = {}) {
    QVERIFY(names().contains(name));
    list()->scrollTo(indexOf(name));
    const QRect row = list()->visualRect(indexOf(name));
    QTest::mouseClick(list()->viewport(), Qt::LeftButton, modifiers, {40, row.center().y()});
    list()->setFocus();
  }
  const PresetEntry* find(const QString& name) {
    for (const PresetEntry& entry : store_->entries()) {
      if (entry.preset.name == name) return &entry;
    }
    return nullptr;
  }
  static QStringList checked(QTreeWidget* tree) {
    QStringList labels;
    for (QTreeWidgetItemIterator it(tree); *it != nullptr; ++it) {
      if ((*it)->childCount() == 0 && (*it)->checkState(0) == Qt::Checked) labels << (*it)->text(0);
    }
    labels.sort();
    return labels;
  }
  static QModelIndex at(PresetTable* table, const QString& label, int column) {
    for (int row = 0; row < table->model()->rowCount(); ++row) {
      if (table->model()->index(row, 0).data().toString() == label)
        return table->model()->index(row, column);
    }
    return {};
  }
  static QString cell(PresetTable* table, const QString& label, int column) {
    return at(table, label, column).data().toString();
  }
  static bool isStruckOut(PresetTable* table, const QString& label, int column) {
    return at(table, label, column).data(Qt::FontRole).value<QFont>().strikeOut();
  }

  std::unique_ptr<QTemporaryDir> home_, dir_;
  std::unique_ptr<QUndoStack> undo_;
  std::unique_ptr<Project> project_;
  std::unique_ptr<PresetStore> store_;
  std::unique_ptr<PresetPanel> panel_;
};

QTEST_MAIN(TestPresetPanel)
#include "tst_preset_panel.moc"
