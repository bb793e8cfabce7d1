// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Three and four pictures, the bar above them, and the table of their parameters.
#include "tests/support/fake_catalogue.h"
#include "tests/ui/compare_desk.h"
#include "ui/compare_palette.h"
#include "ui/param_diff_table.h"
#include "ui/theme.h"

#include <QActionGroup>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QDoubleSpinBox>
#include <QMenu>
#include <QShortcut>
#include <QSignalSpy>
#include <QTableWidget>
#include <QToolButton>

using namespace studio;
using namespace studio::test;

class TestComparePictures : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void manyPicturesShareOneZoom_data() {
    QTest::addColumn<int>("count");
    QTest::addColumn<QSize>("size");
    for (const int count : {1, 2, 3, 4}) {
      QTest::addRow("%d, wide", count) << count << QSize(700, 300);
      QTest::addRow("%d, square", count) << count << QSize(500, 480);
      QTest::addRow("%d, tall", count) << count << QSize(300, 500);
    }
  }
  void manyPicturesShareOneZoom() {
    QFETCH(int, count);
    QFETCH(QSize, size);
    Desk desk(size);
    desk.showMany(count);
    desk.view->setMode(CompareMode::SideBySide);
    QCOMPARE(desk.view->count(), count);
    const QRgb colours[] = {kRed, kBlue, kGreen, kGrey};
    for (const double zoom : {0.0, 1.7, 6.0}) {
      desk.view->setZoom(zoom);
      desk.view->zoomBy(1.1, desk.view->cellOf(count - 1).center() + QPointF(9, 5));
      for (int i = 0; i < count; ++i) {
        QCOMPARE(desk.middleOf(i), colours[i]);
        QCOMPARE(desk.view->frameOf(i).size(), desk.view->frameOf(0).size());
        QCOMPARE(desk.view->frameOf(i).topLeft() - desk.view->cellOf(i).topLeft(),
                 desk.view->frameOf(0).topLeft() - desk.view->cellOf(0).topLeft());
        for (int other = 0; other < i; ++other)
          QVERIFY(!desk.view->cellOf(i).intersects(desk.view->cellOf(other)));
        QVERIFY(QRectF(desk.view->rect()).contains(desk.view->cellOf(i)));
      }
    }
  }

  void anyPictureIsTheReference() {
    Desk desk({600, 500});
    desk.showMany(4);
    desk.view->setMode(CompareMode::Difference);
    const QRgb colours[] = {kRed, kBlue, kGreen, kGrey};
    for (int reference = 0; reference < 4; ++reference) {
      desk.view->setReference(reference);
      for (int i = 0; i < 4; ++i) {
        if (i == reference) {
          QCOMPARE(desk.middleOf(i), colours[i]);
        } else {
          QCOMPARE(desk.middleOf(i),
                   heatColour(largestDifference(colours[i], colours[reference]) /
                              desk.view->fullScale()));
        }
      }
    }
    QTest::keyClick(desk.view, Qt::Key_R);
    QCOMPARE(desk.view->reference(), 0);
    auto* box = desk.find<QComboBox>("compareReference");
    QVERIFY(box->isVisible());
    QCOMPARE(box->currentText(), QStringLiteral("A"));
    box->setFocus();
    QTest::keyClick(box, Qt::Key_Down);
    QCOMPARE(desk.view->reference(), 1);
  }

  void twoOfManyUnderTheWipe() {
    Desk desk;
    desk.showMany(3);
    desk.view->setMode(CompareMode::Wipe);
    QCOMPARE(desk.at(0.3, 0.5), kRed);
    QCOMPARE(desk.at(0.7, 0.5), kBlue);
    QTest::keyClick(desk.view, Qt::Key_N);
    QCOMPARE(desk.at(0.7, 0.5), kGreen);
    QTest::keyClick(desk.view, Qt::Key_N);
    QCOMPARE(desk.at(0.7, 0.5), kBlue);
    // The reference and what stands against it are never the same.
    desk.view->setReference(1);
    QCOMPARE(desk.view->other(), 0);
    desk.view->setOther(1);
    QCOMPARE(desk.view->reference(), 0);
    desk.view->setReference(7);
    desk.view->setOther(-1);
    QCOMPARE(desk.view->reference(), 0);
    QCOMPARE(desk.view->other(), 1);
  }

  void blinkGoesThroughAll() {
    Desk desk;
    desk.showMany(4);
    desk.view->setMode(CompareMode::Blink);
    desk.view->setBlinkRate(5);
    for (const QRgb colour : {kGrey, kRed, kBlue, kGreen}) QTRY_COMPARE(desk.at(0.5, 0.5), colour);
  }

  void pairLivesOnBehindPickedPictures() {
    Desk desk;
    desk.showMany(3);
    QSignalSpy changed(desk.view, &CompareView::picturesChanged);
    desk.view->setPicture(Side::Guided, plain(kGrey));
    QCOMPARE(desk.at(0.7, 0.5), kBlue);
    auto* back = desk.find<QToolButton>("compareBack");
    QVERIFY(back->isVisible());
    // Escape means something else in the window, but not before the pictures are left.
    QShortcut escape(QKeySequence(Qt::Key_Escape), &desk.window);
    int escaped = 0;
    connect(&escape, &QShortcut::activated, this, [&] { ++escaped; });
    desk.window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&desk.window));
    desk.view->setFocus();
    QTest::keyClick(desk.view, Qt::Key_Escape);
    QVERIFY(!desk.view->showsPictures());
    QCOMPARE(escaped, 0);
    QTest::keyClick(desk.view, Qt::Key_Escape);
    QCOMPARE(escaped, 1);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(desk.at(0.7, 0.5), kGrey);
    QVERIFY(!back->isVisible());
    desk.view->setPictures({});
    QVERIFY(!desk.view->showsPictures());
    // More than four: the first four.
    desk.view->setPictures(std::vector<ComparePicture>(6, {plain(kRed), "x", {}}));
    QCOMPARE(desk.view->count(), 4);
    QTest::mouseClick(back, Qt::LeftButton);
    QCOMPARE(desk.view->count(), 2);
  }

  void picturesChangeInTheMiddleOfADrag() {
    Desk desk;
    desk.showMany(4);
    desk.view->setMode(CompareMode::SideBySide);
    const QPoint at = desk.view->cellOf(3).center().toPoint();
    QTest::mousePress(desk.view, Qt::LeftButton, Qt::ShiftModifier, at);
    desk.view->clearPictures();
    QMouseEvent move(QEvent::MouseMove,
                     at + QPoint(30, 0),
                     desk.view->mapToGlobal(at + QPoint(30, 0)),
                     Qt::NoButton,
                     Qt::LeftButton,
                     Qt::ShiftModifier);
    QApplication::sendEvent(desk.view, &move);
    QTest::mouseRelease(desk.view, Qt::LeftButton, Qt::ShiftModifier, at);
    QVERIFY(!desk.view->hasOffset());
  }

  void contextMenuPicksTheReference() {
    Desk desk;
    desk.showMany(4);
    desk.view->setMode(CompareMode::SideBySide);
    const QPoint at = desk.view->cellOf(2).center().toPoint();
    QContextMenuEvent event(QContextMenuEvent::Mouse, at, desk.view->mapToGlobal(at));
    QApplication::sendEvent(desk.view, &event);
    auto* menu = desk.view->findChild<QMenu*>();
    QVERIFY(menu != nullptr);
    QAction* first = menu->actions().first();
    QVERIFY2(first->text().contains('C'), qPrintable(first->text()));
    first->trigger();
    QCOMPARE(desk.view->reference(), 2);
    menu->close();
  }

  void digitsChooseModes() {
    Desk desk;
    desk.view->setFocus();
    for (int i = 0; i < kCompareModes; ++i) {
      QTest::keyClick(desk.view, static_cast<Qt::Key>(Qt::Key_1 + i));
      QCOMPARE(desk.view->mode(), static_cast<CompareMode>(i));
      QAction* action = desk.bar->modes()->actions()[i];
      QVERIFY(action->isChecked());
      QCOMPARE(action->shortcut(), QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)));
    }
    for (int i = kCompareModes - 1; i >= 0; --i) {
      desk.bar->modes()->actions()[i]->trigger();
      QCOMPARE(desk.view->mode(), static_cast<CompareMode>(i));
    }
    QTest::keyClick(desk.view, Qt::Key_9);
    QCOMPARE(desk.view->mode(), CompareMode::Wipe);
    desk.view->setMode(static_cast<CompareMode>(99));
    QCOMPARE(desk.view->mode(), CompareMode::Wipe);
  }

  void barShowsWhatTheModeSets_data() {
    QTest::addColumn<int>("mode");
    QTest::addColumn<QString>("shown");
    QTest::newRow("wipe") << int(CompareMode::Wipe) << "compareAngle";
    QTest::newRow("side by side") << int(CompareMode::SideBySide) << "";
    QTest::newRow("single") << int(CompareMode::Single) << "";
    QTest::newRow("blink") << int(CompareMode::Blink) << "compareRate";
    QTest::newRow("difference") << int(CompareMode::Difference) << "compareGain";
    QTest::newRow("signed") << int(CompareMode::SignedDifference) << "compareGain";
    QTest::newRow("checker") << int(CompareMode::Checker) << "compareCell";
  }
  void barShowsWhatTheModeSets() {
    QFETCH(int, mode);
    QFETCH(QString, shown);
    Desk desk;
    desk.view->setMode(static_cast<CompareMode>(mode));
    for (const char* name : {"compareAngle", "compareRate", "compareCell", "compareGain"}) {
      auto* box = desk.find<QAbstractSpinBox>(name);
      QCOMPARE(box->isVisible(), shown == QLatin1String(name));
      QVERIFY(!box->accessibleName().isEmpty());
    }
  }

  void valuesAreTyped() {
    Desk desk;
    type(desk.find<QAbstractSpinBox>("compareAngle"), "33.5");
    QCOMPARE(desk.view->wipeAngle(), 33.5);
    desk.view->setMode(CompareMode::Blink);
    type(desk.find<QAbstractSpinBox>("compareRate"), "4.5");
    QCOMPARE(desk.view->blinkRate(), 4.5);
    QTest::keyClick(desk.view, Qt::Key_BracketLeft);
    QCOMPARE(desk.view->blinkRate(), 4.0);
    QCOMPARE(desk.find<QDoubleSpinBox>("compareRate")->value(), 4.0);
    desk.view->setMode(CompareMode::Checker);
    type(desk.find<QAbstractSpinBox>("compareCell"), "24");
    QCOMPARE(desk.view->checkerCell(), 24);
    QTest::keyClick(desk.view, Qt::Key_BracketRight);
    QVERIFY(desk.view->checkerCell() > 24);
    desk.view->setMode(CompareMode::Difference);
    auto* gain = desk.find<QDoubleSpinBox>("compareGain");
    QTest::keyClick(gain, Qt::Key_Up);
    QCOMPARE(desk.view->gain(), 1.0);
    QTest::keyClick(gain, Qt::Key_Up);
    QCOMPARE(desk.view->gain(), 2.0);
    QTest::keyClick(gain, Qt::Key_Down);
    QTest::keyClick(gain, Qt::Key_Down);
    QCOMPARE(desk.view->gain(), 0.0);
    QVERIFY(gain->text().contains("auto"));
    QTest::keyClick(desk.view, Qt::Key_BracketRight);
    QTest::keyClick(desk.view, Qt::Key_BracketRight);
    QCOMPARE(desk.view->gain(), 2.0);
  }

  void optionsAreKept() {
    Desk desk;
    desk.view->setWipeAngle(-37.5);
    desk.view->setBlinkRate(4);
    desk.view->setCheckerCell(20);
    desk.view->setGain(8);
    CompareView again;
    again.setOptions(desk.view->options());
    QCOMPARE(again.options(), desk.view->options());
    again.setOptions({{"angle", "sideways"}, {"rate", 500}, {"cell", -3}, {"gain", 1e9}, {"x", 1}});
    QCOMPARE(again.options(), desk.view->options());
  }

  void barFitsEveryWidth() {
    // No layout around it, which would ask for more room.
    QWidget host;
    host.resize(1300, 100);
    CompareView view(&host);
    view.hide();
    ViewBar bar(view, &host);
    host.show();
    int shown_before = 0;
    for (int width = bar.minimumSizeHint().width(); width < 1300; width += 37) {
      bar.resize(width, bar.height());
      QTRY_COMPARE(bar.width(), width);
      int needed = 0, shown = 0;
      for (auto* button : bar.findChildren<QToolButton*>(Qt::FindDirectChildrenOnly)) {
        if (!button->isVisible()) continue;
        needed += button->sizeHint().width();
        ++shown;
        QVERIFY(!button->text().isEmpty());
      }
      QVERIFY2(needed <= width, qPrintable(QString("%1 in %2").arg(needed).arg(width)));
      QVERIFY(shown >= shown_before || !bar.isCollapsed());
      shown_before = shown;
    }
    QVERIFY(!bar.isCollapsed());
    view.setMode(CompareMode::Single);
    bar.resize(bar.minimumSizeHint().width(), bar.height());
    QTRY_VERIFY(bar.isCollapsed());
    auto* menu = bar.findChild<QToolButton*>("modeMenu");
    QVERIFY(menu->text().contains("Single"));
    QCOMPARE(menu->menu()->actions().size(), kCompareModes);
  }

  void paintsInEveryModeAndState() {
    Desk desk;
    for (int count = 0; count <= 4; ++count) {
      if (count == 0) {
        desk.view->clearPictures();
        desk.view->setPicture(Side::Twin, {});
        desk.view->setPicture(Side::Guided, {});
      } else {
        desk.showMany(count);
      }
      for (int mode = 0; mode < kCompareModes; ++mode) {
        desk.view->setMode(static_cast<CompareMode>(mode));
        for (const QSize size : {QSize(500, 420), QSize(40, 30), QSize(1, 1)}) {
          desk.view->setFixedSize(size);
          QVERIFY(!desk.view->grab().isNull());
          desk.view->zoomBy(3, {1, 1});
          QVERIFY(!desk.view->grab().isNull());
          desk.view->fit();
        }
      }
    }
  }

  void tableShowsDifferences() {
    ParamDiffTable panel(test::fake_catalogue());
    panel.resize(400, 460);
    panel.show();
    auto* table = panel.findChild<QTableWidget*>("table");
    QVERIFY(!table->isVisible());
    GenerationRequest a, b, c;
    a.seed = 1, b.seed = 2, c.seed = 1;
    b.model = "another";
    c.prompts = {QString(5000, 'x').toStdString()};
    panel.setJobs({a, b, c}, {"first"});
    QVERIFY(table->isVisible());
    QCOMPARE(table->columnCount(), 4);
    QCOMPARE(panel.differences(), 3);
    auto* only = panel.findChild<QCheckBox*>("hideEqual");
    QTest::mouseClick(only, Qt::LeftButton, {}, QPoint(8, only->height() / 2));
    QVERIFY(panel.hidesEqual());
    QStringList shown;
    for (int row = 0; row < table->rowCount(); ++row) {
      if (!table->isRowHidden(row)) shown << table->item(row, 0)->text();
    }
    QCOMPARE(shown, QStringList({"Model", "Prompt", "Seed"}));
    QVERIFY(panel.copyText().startsWith("Parameter\tA\tB\tC\nmodel\t"));
    table->setFocus();
    table->selectRow(3);
    QTest::keySequence(table, QKeySequence::Copy);
    QCOMPARE(QApplication::clipboard()->text(),
             QStringLiteral("Parameter\tA\tB\tC\nseed\t1\t2\t1"));
    panel.setReference(1);
    QCOMPARE(panel.differences(), 3);
    panel.setJobs({a, a});
    QCOMPARE(panel.differences(), 0);
    QVERIFY2(!table->isVisible(), "a sentence says that all are equal");
    panel.setHidesEqual(false);
    QVERIFY(table->isVisible());
    panel.setJobs({a});
    QVERIFY(!table->isVisible());
  }

  void equalRowsAreGrey() {
    ParamDiffTable panel(test::fake_catalogue());
    GenerationRequest a, b;
    a.seed = 1, b.seed = 2;
    panel.setJobs({a, b});
    auto* table = panel.findChild<QTableWidget*>("table");
    for (int row = 0; row < table->rowCount(); ++row) {
      const bool is_seed = table->item(row, 0)->text() == "Seed";
      QCOMPARE(table->item(row, 2)->foreground().color(), is_seed ? theme().accent : theme().muted);
    }
  }
};

QTEST_MAIN(TestComparePictures)
#include "tst_compare_pictures.moc"
