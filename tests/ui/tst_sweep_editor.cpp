// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The sweep's editor: axes, values coloured while typed, forecast, time, buttons that say why not.
#include "tests/ui/sweep_desk.h"
#include "ui/axis_grip.h"
#include "ui/axis_suggest.h"
#include "ui/param_slider.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>

using namespace studio;
using namespace studio::test;

Q_DECLARE_METATYPE(studio::TokenState)

namespace {

std::vector<std::string> paths(const SweepDesk& desk) {
  std::vector<std::string> made;
  for (const SweepAxis& axis : desk.page->spec().axes) made.push_back(axis.param);
  return made;
}

// What a person reads under an axis.
QString noteOf(AxisRow* row) {
  for (const char* name : {"rowError", "note"}) {
    if (auto* label = row->findChild<QLabel*>(QLatin1String(name))) return label->text();
  }
  return {};
}

}  // namespace

class TestSweepEditor : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { desk_ = std::make_unique<SweepDesk>(); }
  void cleanup() { desk_.reset(); }

  void emptyOffersThePapersGrid() {
    auto* example = desk_->page->findChild<QPushButton*>(QStringLiteral("sweepExample"));
    QVERIFY(example != nullptr && example->text().contains("Blur sigma"));
    QVERIFY(!desk_->page->editor()->runButton()->isEnabled());
    QCOMPARE(desk_->page->editor()->runButton()->toolTip(), QStringLiteral("Add an axis first."));
    QSignalSpy changed(desk_->page.get(), &SweepPage::specChanged);
    desk_->click(example);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(paths(*desk_), (std::vector<std::string>{kSigma, kScale}));
    QVERIFY(desk_->canRun());
    QCOMPARE(desk_->page->editor()->forecastBox()->valueOf("cells"), QStringLiteral("20"));
    QCOMPARE(desk_->page->editor()->forecastBox()->valueOf("pictures"), QStringLiteral("16"));
    QVERIFY(desk_->page->editor()->forecastBox()->valueOf("shared").contains("%"));
    // The plan is shown before it runs.
    QVERIFY(desk_->page->cells().isPlan());
    QCOMPARE(desk_->page->cells().cells(), std::size_t(20));
  }

  void tokensAreColoured_data() {
    QTest::addColumn<QString>("param");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<TokenState>("state");
    QTest::newRow("good") << kSigma << "0.5" << TokenState::Good;
    QTest::newRow("infinity") << kSigma << "inf" << TokenState::Good;
    QTest::newRow("incomplete") << kScale << "1.." << TokenState::Incomplete;
    QTest::newRow("malformed") << kScale << "abc!" << TokenState::Malformed;
    QTest::newRow("out of range") << kScale << "40" << TokenState::OutOfRange;
    QTest::newRow("repeated") << "seed"
                              << "43, 43" << TokenState::Repeated;
  }
  void tokensAreColoured() {
    QFETCH(QString, param);
    QFETCH(QString, typed);
    QFETCH(TokenState, state);
    desk_->page->setSpec(sweepOf({{param.toStdString(), ""}}));
    AxisEdit* edit = desk_->row(0)->edit();
    edit->setFocus();
    QTest::keyClicks(edit, typed);
    QCOMPARE(edit->values(), typed);
    QCOMPARE(edit->reading().tokens.back().state, state);
    // The ground of the last value is painted in a colour of its own.
    QTest::qWait(0);
    const QImage shot = edit->grab().toImage();
    const QColor field = shot.pixelColor(shot.width() - 20, shot.height() / 2);
    int tinted = 0;
    for (int x = 0; x < shot.width() - 30; ++x)
      tinted += shot.pixelColor(x, shot.height() / 2 - 9) != field;
    QVERIFY2(tinted > 8, qPrintable(QString::number(tinted)));
    const bool fine = state == TokenState::Good || state == TokenState::Repeated;
    QCOMPARE(desk_->row(0)->problem().isEmpty(), fine);
    QTRY_COMPARE(desk_->page->editor()->runButton()->isEnabled(), fine);
  }

  void badValuesSayWhyInWords() {
    desk_->page->setSpec(sweepOf({{kSigma, "0.5, 1"}, {kScale, "0, 1"}}));
    QVERIFY(desk_->canRun());
    AxisEdit* edit = desk_->row(1)->edit();
    edit->setFocus();
    edit->moveCursor(QTextCursor::End);
    QTest::keyClicks(edit, ", 40");
    const QString note = noteOf(desk_->row(1));
    QVERIFY2(note.contains("40") && note.contains("20") && note.contains("SEG scale"),
             qPrintable(note));
    QPushButton* run = desk_->page->editor()->runButton();
    QVERIFY(!run->isEnabled());
    QVERIFY2(run->toolTip().contains("Axis Y") && run->toolTip().contains("40"),
             qPrintable(run->toolTip()));
    QVERIFY(edit->property("wrong").toBool());
    for (int i = 0; i < 4; ++i) QTest::keyClick(edit, Qt::Key_Backspace);
    QVERIFY(desk_->canRun());
    QCOMPARE(noteOf(desk_->row(1)), QStringLiteral("2 values"));
  }

  void hugeAndHostileValuesAreRefused_data() {
    QTest::addColumn<QString>("param");
    QTest::addColumn<QString>("values");
    QTest::newRow("a billion values") << "seed"
                                      << "1-1000000000";
    QTest::newRow("a billion spaced") << kScale << "0..5[1000000000]";
    QTest::newRow("long nonsense") << kScale << QString(20000, 'x');
    QTest::newRow("unbalanced quotes") << "prompt"
                                       << "\"a cat";
    QTest::newRow("no such sampler") << "sampler"
                                     << "nonsense";
    QTest::newRow("bad layers") << "guidance.seg.layers"
                                << "\"mid,x\"";
  }
  void hugeAndHostileValuesAreRefused() {
    QFETCH(QString, param);
    QFETCH(QString, values);
    desk_->page->setSpec(sweepOf({{param.toStdString(), values.toStdString()}}));
    QVERIFY(!desk_->row(0)->problem().isEmpty());
    QVERIFY(!desk_->page->editor()->runButton()->isEnabled());
    QVERIFY(!desk_->page->editor()->runButton()->toolTip().isEmpty());
  }

  void tooManyCellsAreRefusedByTheForecast() {
    desk_->page->setSpec(sweepOf({{"seed", "1-9000"}, {kScale, "0..5[100]"}}));
    QTRY_VERIFY(!desk_->page->editor()->problem().isEmpty());
    QVERIFY2(desk_->page->editor()->problem().contains("100,000"),
             qPrintable(desk_->page->editor()->problem()));
    QVERIFY(!desk_->page->editor()->runButton()->isEnabled());
  }

  void addRemoveAndSwap() {
    QSignalSpy changed(desk_->page.get(), &SweepPage::specChanged);
    auto* add = [&]() -> QPushButton* {
      for (auto* button : desk_->page->editor()->findChildren<QPushButton*>()) {
        if (button->text() == "+ Axis") return button;
      }
      return nullptr;
    }();
    QVERIFY(add != nullptr);
    for (int i = 0; i < 3; ++i) desk_->click(add);
    QCOMPARE(changed.count(), 3);
    QCOMPARE(paths(*desk_), (std::vector<std::string>{kSigma, kScale, "seed"}));
    desk_->page->editor()->swapFirstTwo();
    QCOMPARE(paths(*desk_), (std::vector<std::string>{kScale, kSigma, "seed"}));
    QCOMPARE(changed.count(), 4);
    for (auto* button : desk_->row(1)->findChildren<QToolButton*>()) {
      if (button->accessibleName().startsWith("Remove axis Y"))
        QTest::mouseClick(button, Qt::LeftButton);
    }
    QCOMPARE(paths(*desk_), (std::vector<std::string>{kScale, "seed"}));
    QCOMPARE(changed.count(), 5);
  }

  void reorderedByDraggingAndByKeys() {
    desk_->page->setSpec(sweepOf({{kSigma, "1, 2"}, {kScale, "1, 2"}, {"seed", "1-2"}}));
    QTest::qWait(0);
    QSignalSpy changed(desk_->page.get(), &SweepPage::specChanged);
    auto* grip = desk_->row(0)->findChild<AxisGrip*>();
    AxisRow* last = desk_->row(2);
    QTest::mousePress(grip, Qt::LeftButton);
    // Onto the lower half of the last row, in steps as a hand does.
    for (int i = 1; i <= 20; ++i) {
      const QPoint to = last->mapToGlobal(QPoint(20, last->height() - 4));
      const QPoint from = grip->mapToGlobal(QPoint(8, 8));
      QTest::mouseMove(grip, grip->mapFromGlobal(from + (to - from) * i / 20));
    }
    QTest::mouseRelease(grip, Qt::LeftButton);
    QCOMPARE(paths(*desk_), (std::vector<std::string>{kScale, "seed", kSigma}));
    QCOMPARE(changed.count(), 1);  // one drag, one change
    QTest::keyClick(desk_->row(2)->edit(), Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(paths(*desk_), (std::vector<std::string>{kScale, kSigma, "seed"}));
    QCOMPARE(changed.count(), 2);
    QTest::keyClick(desk_->row(0)->findChild<AxisGrip*>(), Qt::Key_Down);
    QCOMPARE(paths(*desk_), (std::vector<std::string>{kSigma, kScale, "seed"}));
  }

  void oneEditIsOneChange() {
    desk_->page->setSpec(sweepOf({{kScale, ""}}));
    QSignalSpy changed(desk_->page.get(), &SweepPage::specChanged);
    AxisEdit* edit = desk_->row(0)->edit();
    edit->setFocus();
    QTest::keyClicks(edit, "0, 1, 2");
    QCOMPARE(changed.count(), 0);
    QTest::keyClick(edit, Qt::Key_Return);
    QCOMPARE(changed.count(), 1);
    QTest::keyClick(edit, Qt::Key_Return);
    QCOMPARE(changed.count(), 1);
  }

  void aParameterIsFoundByTyping() {
    desk_->page->setSpec(sweepOf({{kScale, "1, 2"}}));
    QComboBox* combo = desk_->row(0)->combo();
    combo->lineEdit()->setFocus();
    combo->lineEdit()->selectAll();
    QTest::keyClicks(combo->lineEdit(), "sampl");
    QTest::keyClick(combo->lineEdit(), Qt::Key_Return);
    QCOMPARE(desk_->page->spec().axes[0].param, std::string("sampler"));
    combo->lineEdit()->selectAll();
    QTest::keyClicks(combo->lineEdit(), "no such thing");
    QTest::keyClick(combo->lineEdit(), Qt::Key_Return);
    QCOMPARE(desk_->page->spec().axes[0].param, std::string("sampler"));
  }

  void oneParameterOnTwoAxesIsRefused() {
    desk_->page->setSpec(sweepOf({{kScale, "1, 2"}, {kScale, "3"}}));
    QVERIFY(desk_->row(1)->problem().contains("axis X"));
    QVERIFY(!desk_->page->editor()->runButton()->isEnabled());
  }

  void suggestionsReadBackAsTheyAre() {
    for (const JobParam& param : job_params(fake_catalogue())) {
      for (const AxisSuggestion& suggestion :
           suggestionsFor(*param.spec, param.path, param.spec->initial)) {
        const AxisReading reading =
            read_axis(*param.spec, param.path, suggestion.values.toStdString());
        QVERIFY2(reading.problem.empty() && !reading.values.empty(),
                 qPrintable(QString::fromStdString(param.path) + ": " + suggestion.values + ": " +
                            QString::fromStdString(reading.problem)));
      }
    }
    desk_->page->setSpec(sweepOf({{kSigma, ""}}));
    auto* button = [&]() -> QToolButton* {
      for (auto* tool : desk_->row(0)->findChildren<QToolButton*>()) {
        if (tool->menu() != nullptr) return tool;
      }
      return nullptr;
    }();
    QVERIFY(button != nullptr);
    Q_EMIT button->menu()->aboutToShow();
    QVERIFY(button->menu()->actions().size() >= 3);
    QSignalSpy changed(desk_->page.get(), &SweepPage::specChanged);
    button->menu()->actions().first()->trigger();
    QCOMPARE(desk_->page->spec().axes[0].values, std::string("0.5, 1, 2, 4, inf"));
    QCOMPARE(changed.count(), 1);
  }

  void aPastedColumnBecomesAList() {
    desk_->page->setSpec(sweepOf({{kScale, ""}}));
    QGuiApplication::clipboard()->setText("0\n1\r\n2\n");
    AxisEdit* edit = desk_->row(0)->edit();
    edit->setFocus();
    edit->paste();
    QCOMPARE(edit->values(), QStringLiteral("0, 1, 2"));
  }

  void letterOutsideTheBasicPlaneKeepPlaces() {
    desk_->page->setSpec(sweepOf({{"prompt", "ein Käse, 😀 cat, third"}}));
    const AxisReading& reading = desk_->row(0)->edit()->reading();
    QCOMPARE(reading.values.size(), std::size_t(3));
    QVERIFY(desk_->row(0)->problem().isEmpty());
    desk_->row(0)->edit()->grab();  // places of the grounds are computed
  }

  void specIsKeptThroughTheEditor() {
    SweepSpec spec = sweepOf({{kSigma, "log(0.3..12)[8], inf"}, {"seed", "1-4"}}, 9);
    spec.order = SweepOrder::Rows;
    spec.twin = false;
    desk_->page->setSpec(spec);
    QVERIFY(desk_->page->spec() == spec);
  }

  void currentJobIsTakenWhenAsked() {
    desk_->page->setSpec(sweepOf({{kScale, "1, 2"}}, 7));
    GenerationRequest job = firstJob(fake_catalogue());
    job.steps = 33;
    desk_->page->setBase(job);
    QCOMPARE(desk_->page->spec().base.steps, std::int64_t(7));
    QSignalSpy changed(desk_->page.get(), &SweepPage::specChanged);
    for (auto* button : desk_->page->editor()->findChildren<QToolButton*>()) {
      if (button->text() == "Use current job") QTest::mouseClick(button, Qt::LeftButton);
    }
    QCOMPARE(desk_->page->spec().base.steps, std::int64_t(33));
    QCOMPARE(changed.count(), 1);
  }

  void forecastFollowsTypingAndTheNewestWins() {
    desk_->page->setSpec(sweepOf({{kScale, "1"}}));
    QVERIFY(desk_->canRun());
    const int before = desk_->engine->forecasts_made();
    AxisEdit* edit = desk_->row(0)->edit();
    edit->setFocus();
    edit->moveCursor(QTextCursor::End);
    for (int i = 2; i < 10; ++i) QTest::keyClicks(edit, QStringLiteral(", %1").arg(i));
    QTRY_COMPARE(desk_->page->editor()->forecastBox()->valueOf("cells"), QStringLiteral("9"));
    QVERIFY(desk_->engine->forecasts_made() <= before + 3);
  }

  void speedNotMeasuredIsSaid() {
    desk_ = std::make_unique<SweepDesk>(FakeScript{.step_ms = 2, .size_px = 48});
    desk_->page->setSpec(sweepOf({{kScale, "1, 2"}}));
    QVERIFY(desk_->canRun());
    QCOMPARE(desk_->page->editor()->forecastBox()->valueOf("time"),
             QStringLiteral("not measured yet"));
    QVERIFY(!desk_->page->findChild<QWidget*>(QStringLiteral("timeSlider"))->isEnabled());
  }

  void aFullDiskIsSaid() {
    desk_ = std::make_unique<SweepDesk>(
        FakeScript{.step_ms = 2, .size_px = 48, .measured = true, .bytes_free = 1000});
    desk_->page->setSpec(sweepOf({{kScale, "1, 2, 3"}}));
    QVERIFY(desk_->canRun());
    bool said = false;
    for (auto* label :
         desk_->page->editor()->forecastBox()->findChildren<QLabel*>(QStringLiteral("rowError")))
      said = said || label->text().contains("free");
    QVERIFY(said);
  }

  void cellsThatCannotBeMadeAreSaid_data() {
    QTest::addColumn<int>("cells");
    QTest::addColumn<QString>("text");
    QTest::newRow("some") << 2 << "2 cells cannot be made; the first: there is no model \"x\".";
    QTest::newRow("all") << 6 << "No cell can be made: there is no model \"x\".";
  }
  void cellsThatCannotBeMadeAreSaid() {
    QFETCH(int, cells);
    QFETCH(QString, text);
    ForecastBox box;
    SweepOutlook outlook;
    outlook.has_forecast = true;
    outlook.forecast.cells = 6;
    box.showOutlook(outlook);
    QVERIFY(box.findChildren<QLabel*>(QStringLiteral("rowError")).isEmpty());
    outlook.forecast.impossible_cells = static_cast<std::size_t>(cells);
    outlook.forecast.problem = Error{ErrorCode::ModelUnloadable, "there is no model \"x\""};
    box.showOutlook(outlook);
    const auto labels = box.findChildren<QLabel*>(QStringLiteral("rowError"));
    QCOMPARE(labels.size(), 1);
    QCOMPARE(labels[0]->text(), text);
  }

  void timeIHaveChoosesStepsOrCells() {
    desk_ =
        std::make_unique<SweepDesk>(FakeScript{.step_ms = 100, .size_px = 48, .measured = true});
    desk_->page->setSpec(sweepOf({{kSigma, "0.5, 1, 2, 4, inf"}, {kScale, "1, 2, 4"}}, 20));
    QVERIFY(desk_->canRun());
    TimeBox* time = desk_->page->editor()->timeBox();
    QCOMPARE(time->plan().kind, TimePlan::Kind::All);
    auto* slider = desk_->page->findChild<NotchedSlider*>(QStringLiteral("timeSlider"));
    QVERIFY(slider->isEnabled());
    QTest::mouseClick(
        slider, Qt::LeftButton, {}, QPoint(slider->width() / 2, slider->height() / 2));
    QCOMPARE(time->plan().kind, TimePlan::Kind::FewerSteps);
    QVERIFY(time->plan().steps >= 1 && time->plan().steps < 20);
    QVERIFY(time->plan().seconds <= *time->budget() + 1e-9 || time->plan().steps == 1);
    auto* field = desk_->page->findChild<QLineEdit*>(QStringLiteral("timeField"));
    field->setFocus();
    field->selectAll();
    QTest::keyClicks(field, "10 s");
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(*time->budget(), 10.0);
    auto* mode = desk_->page->findChild<QComboBox*>(QStringLiteral("timeMode"));
    mode->setFocus();
    QTest::keyClick(mode, Qt::Key_Down);
    QCOMPARE(time->plan().kind, TimePlan::Kind::FewerCells);
    QVERIFY(time->plan().cells >= 1 && time->plan().cells < 15);
    time->reset();
    QCOMPARE(time->plan().kind, TimePlan::Kind::All);
  }

  void stepsOnAnAxisLeaveOnlyFewerCells() {
    desk_->page->setSpec(sweepOf({{"steps", "4, 8, 12"}}));
    QVERIFY(desk_->canRun());
    TimeBox* time = desk_->page->editor()->timeBox();
    QTRY_VERIFY(time->plan().seconds > 0);
    time->setBudget(time->plan().seconds / 2);
    QCOMPARE(time->plan().kind, TimePlan::Kind::FewerCells);
  }

  void timesAreRead_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<double>("seconds");
    QTest::newRow("seconds") << "90" << 90.0;
    QTest::newRow("unit") << "3 min" << 180.0;
    QTest::newRow("clock") << "1:30" << 90.0;
    QTest::newRow("hours") << "1 h 20 min" << 4800.0;
    QTest::newRow("tight") << "2h" << 7200.0;
    QTest::newRow("fraction") << "1.5 min" << 90.0;
    QTest::newRow("words") << "soon" << -1.0;
    QTest::newRow("negative") << "-3" << -1.0;
    QTest::newRow("nothing") << "" << -1.0;
    QTest::newRow("zero") << "0" << -1.0;
  }
  void timesAreRead() {
    QFETCH(QString, text);
    QFETCH(double, seconds);
    QCOMPARE(secondsOf(text).value_or(-1), seconds);
  }

  void everyControlHasAName() {
    desk_->page->setSpec(sweepOf({{kSigma, "1, 2"}, {kScale, "1, 2"}, {"seed", "1-2"}}));
    QVERIFY(desk_->canRun());
    for (QWidget* widget : desk_->page->findChildren<QWidget*>()) {
      if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible()) continue;
      if (qobject_cast<QComboBox*>(widget->parentWidget()) != nullptr) continue;
      const bool named =
          !widget->accessibleName().isEmpty() || !widget->property("text").toString().isEmpty();
      QVERIFY2(named,
               qPrintable(QLatin1String(widget->metaObject()->className()) + QLatin1String(" ") +
                          widget->objectName()));
    }
  }

 private:
  std::unique_ptr<SweepDesk> desk_;
};

QTEST_MAIN(TestSweepEditor)
#include "tst_sweep_editor.moc"
