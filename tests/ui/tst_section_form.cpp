// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Sections of a job in the control panel: folded away until used, rows that appear when they matter,
// numbers that may be absent, files that are chosen.
#include "tests/support/fake_catalogue.h"
#include "ui/control_panel.h"
#include "ui/param_row.h"
#include "ui/resting_line_edit.h"
#include "ui/param_slider.h"
#include "ui/section_form.h"

#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace studio;
using namespace studio::ui;

namespace {

const Catalogue& catalogueWithStyle() {
  static const std::vector<ParamSpec> specs = [] {
    ParamSpec file{.key = "1.file", .label = "File", .unit = "", .doc = "A file with a style."};
    file.kind = ParamKind::Text;
    file.initial = std::string();
    file.max = 400;
    file.absent_means = "no style";
    file.path_of = "*.bin";
    ParamSpec weight{.key = "1.weight", .label = "Weight", .unit = "", .doc = "How strongly."};
    weight.initial = 1.0;
    weight.min = -2, weight.max = 2, weight.step = 0.1;
    weight.needs = "1.file";
    ParamSpec left{.key = "left", .label = "Left", .unit = "px", .doc = "Where it was cut."};
    left.kind = ParamKind::Integer;
    left.initial = std::int64_t{0};
    left.min = 0, left.max = 100, left.step = 1;
    left.absent_means = "the middle";
    return std::vector{file, weight, left};
  }();
  static const Catalogue catalogue = [] {
    Catalogue made = test::fake_catalogue();
    made.sections = {
        {.id = "style", .label = "Style", .source = "", .doc = "A style.", .params = specs}};
    return made;
  }();
  return catalogue;
}

}  // namespace

class TestSectionForm : public QObject {
  Q_OBJECT

  std::unique_ptr<ControlPanel> panel_;
  SectionForm* section() { return panel_->findChild<SectionForm*>(QStringLiteral("section.style")); }
  ParamRow* row(const char* path) { return panel_->findChild<ParamRow*>(QString::fromLatin1(path)); }
  QLineEdit* number(const char* path) {
    return qobject_cast<ParamSlider*>(row(path)->control())->field()->findChild<QLineEdit*>();
  }

 private Q_SLOTS:
  void aLongTextShowsWhatMatters() {
    RestingLineEdit line;
    const auto room = [&](const QString& text) { return line.fontMetrics().horizontalAdvance(text); };
    line.setText("/a/very/long/way/to/some/picture.png");
    QCOMPARE(line.shownIn(room(line.text())), line.text());
    QCOMPARE(line.shownIn(room("picture.png") + 2), QString("picture.png"));
    QVERIFY(line.shownIn(room("pictu…")).startsWith("pic"));
    line.setText("no path at all");
    QVERIFY(line.shownIn(room("no path")).startsWith("no"));
    QVERIFY(line.shownIn(room("no path")).endsWith(QChar(0x2026)));
    line.setText("/");
    QCOMPARE(line.shownIn(room("/")), QString("/"));
  }

  void init() {
    panel_ = std::make_unique<ControlPanel>(catalogueWithStyle());
    panel_->resize(306, 900);
    panel_->show();
    QVERIFY(QTest::qWaitForWindowExposed(panel_.get()));
  }
  void cleanup() { panel_.reset(); }

  void foldedUntilUsed() {
    QVERIFY(section() != nullptr);
    QVERIFY(!section()->isOpen());
    QVERIFY(!row("style.1.file")->isVisible());
    auto* heading = section()->findChild<QPushButton*>(QStringLiteral("sectionHeading"));
    QTest::mouseClick(heading, Qt::LeftButton);
    QVERIFY(row("style.1.file")->isVisible());
    QVERIFY2(!row("style.1.weight")->isVisible(), "does nothing without a file");
    GenerationRequest request = panel_->request();
    section()->setOpen(false);
    request.sections["style.1.file"] = std::string("a.bin");
    panel_->setRequest(request);
    QVERIFY2(section()->isOpen(), "the job uses it");
    QVERIFY(heading->text().contains(QLatin1Char('1')));
    QVERIFY(row("style.1.weight")->isVisible());
  }

  void typedFileBringsItsWeight() {
    section()->setOpen(true);
    auto* combo = qobject_cast<QComboBox*>(row("style.1.file")->control());
    QSignalSpy edited(panel_.get(), &ControlPanel::edited);
    combo->lineEdit()->setFocus();
    QTest::keyClicks(combo->lineEdit(), QStringLiteral("file:///pictures/x%20y.bin"));
    QTest::keyClick(combo->lineEdit(), Qt::Key_Return);
    QCOMPARE(edited.size(), 1);
    QCOMPARE(std::get<std::string>(panel_->request().sections.at("style.1.file")),
             std::string("/pictures/x y.bin"));
    QVERIFY(row("style.1.weight")->isVisible());
    QVERIFY(row("style.1.file")->findChild<QToolButton*>() != nullptr);
    combo->lineEdit()->clear();
    QTest::keyClick(combo->lineEdit(), Qt::Key_Return);
    QVERIFY(panel_->request().sections.empty());
    QVERIFY(!row("style.1.weight")->isVisible());
  }

  void numbersMayBeAbsent() {
    section()->setOpen(true);
    QLineEdit* field = number("style.left");
    QCOMPARE(field->text(), QStringLiteral("auto"));
    QSignalSpy committed(panel_.get(), &ControlPanel::committed);
    // The declared number itself is a value, too, not the absence of one.
    field->setFocus();
    field->selectAll();
    QTest::keyClicks(field, QStringLiteral("0"));
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(std::get<std::int64_t>(panel_->request().sections.at("style.left")), 0);
    QCOMPARE(committed.size(), 1);
    field->selectAll();
    QTest::keyClick(field, Qt::Key_Delete);
    QTest::keyClick(field, Qt::Key_Return);
    QVERIFY(panel_->request().sections.empty());
    QCOMPARE(field->text(), QStringLiteral("auto"));
    QCOMPARE(committed.size(), 2);
    QVERIFY(panel_->commitTyped());
    QVERIFY(panel_->request().sections.empty());
  }
};

QTEST_MAIN(TestSectionForm)
#include "tst_section_form.moc"
