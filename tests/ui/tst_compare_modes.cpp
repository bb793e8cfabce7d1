// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Two pictures compared as a person does it, with mouse and keys, in every mode.
#include "tests/ui/compare_desk.h"
#include "ui/compare_controls.h"
#include "ui/compare_palette.h"
#include "ui/theme.h"

#include <QSignalSpy>
#include <QToolButton>

#include <cmath>

using namespace studio;
using namespace studio::test;

class TestCompareModes : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void wipeAtAnAngle_data() {
    QTest::addColumn<double>("angle");
    QTest::addColumn<QPointF>("red");
    QTest::addColumn<QPointF>("blue");
    QTest::newRow("upright") << 0.0 << QPointF(0.3, 0.5) << QPointF(0.7, 0.5);
    QTest::newRow("level") << 90.0 << QPointF(0.5, 0.3) << QPointF(0.5, 0.7);
    QTest::newRow("turned round") << 180.0 << QPointF(0.7, 0.5) << QPointF(0.3, 0.5);
    QTest::newRow("level, from below") << -90.0 << QPointF(0.5, 0.7) << QPointF(0.5, 0.3);
    QTest::newRow("slanted") << 45.0 << QPointF(0.4, 0.4) << QPointF(0.6, 0.6);
    QTest::newRow("slanted back") << 135.0 << QPointF(0.6, 0.4) << QPointF(0.4, 0.6);
    QTest::newRow("12.5 degrees") << 12.5 << QPointF(0.4, 0.5) << QPointF(0.6, 0.5);
  }
  void wipeAtAnAngle() {
    QFETCH(double, angle);
    QFETCH(QPointF, red);
    QFETCH(QPointF, blue);
    Desk desk;
    desk.view->setWipeAngle(angle);
    QCOMPARE(desk.at(red.x(), red.y()), kRed);
    QCOMPARE(desk.at(blue.x(), blue.y()), kBlue);
    desk.view->setWipe(1);
    QCOMPARE(desk.at(blue.x(), blue.y()), kRed);
    desk.view->setWipe(0);
    QCOMPARE(desk.at(red.x(), red.y()), kBlue);
  }

  void turnByDragging_data() {
    QTest::addColumn<QPoint>("from");
    QTest::addColumn<int>("keys");
    QTest::newRow("knob") << QPoint(0, -56) << int(Qt::NoModifier);
    QTest::newRow("with Ctrl, from anywhere") << QPoint(0, -120) << int(Qt::ControlModifier);
    QTest::newRow("with Alt, from anywhere") << QPoint(0, -120) << int(Qt::AltModifier);
  }
  void turnByDragging() {
    QFETCH(QPoint, from);
    QFETCH(int, keys);
    Desk desk;
    const QPoint middle = desk.centre();
    QSignalSpy changed(desk.view, &CompareView::optionsChanged);
    desk.drag(middle + from, middle + QPoint(90, 0), Qt::KeyboardModifiers(keys));
    QVERIFY2(std::abs(desk.view->wipeAngle() - 90) < 1.5,
             qPrintable(QString::number(desk.view->wipeAngle())));
    QVERIFY(!changed.isEmpty());
    QVERIFY(std::abs(desk.view->wipe() - 0.5) < 0.02);
    QCOMPARE(desk.at(0.5, 0.3), kRed);
    // It stays: after the drag, in another mode and back.
    const double angle = desk.view->wipeAngle();
    desk.view->setMode(CompareMode::Difference);
    desk.view->setMode(CompareMode::Wipe);
    QCOMPARE(desk.view->wipeAngle(), angle);
  }

  void turnInSteps() {
    Desk desk;
    const QPoint middle = desk.centre();
    desk.drag(middle + QPoint(0, -100),
              middle + QPoint(60, -90),
              Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(desk.view->wipeAngle(), 30.0);
  }

  // The line goes through the point that was under the handle, also away from the middle.
  void turnsAboutItsHandle() {
    Desk desk;
    desk.view->setWipe(0.25);
    const QRectF frame = desk.view->frameOf(0);
    const QPoint handle(int(frame.left() + frame.width() / 4), desk.centre().y());
    desk.drag(handle + QPoint(0, -56), handle + QPoint(40, -40));
    QVERIFY(std::abs(desk.view->wipeAngle() - 45) < 1.5);
    const QImage image = desk.view->renderPicture();
    QCOMPARE(image.pixel(handle + QPoint(-6, -6)), kRed);
    QCOMPARE(image.pixel(handle + QPoint(6, 6)), kBlue);
  }

  void moveASlantedLine() {
    Desk desk;
    desk.view->setWipeAngle(45);
    const double before = desk.view->wipe();
    desk.drag(desk.centre(), desk.centre() + QPoint(50, 50));
    QVERIFY(desk.view->wipe() > before + 0.1);
    QCOMPARE(desk.view->wipeAngle(), 45.0);
    QCOMPARE(desk.at(0.55, 0.55), kRed);
  }

  void turnByKeys() {
    Desk desk;
    desk.view->setFocus();
    QTest::keyClick(desk.view, Qt::Key_BracketRight);
    QCOMPARE(desk.view->wipeAngle(), 15.0);
    QTest::keyClick(desk.view, Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(desk.view->wipeAngle(), 16.0);
    QTest::keyClick(desk.view, Qt::Key_Left, Qt::ControlModifier);
    QTest::keyClick(desk.view, Qt::Key_BracketLeft);
    QCOMPARE(desk.view->wipeAngle(), 0.0);
    QCOMPARE(desk.view->wipe(), 0.5);
    for (int i = 0; i < 24; ++i) QTest::keyClick(desk.view, Qt::Key_BracketRight);
    QCOMPARE(desk.view->wipeAngle(), 0.0);
    for (int i = 0; i < 12; ++i) QTest::keyClick(desk.view, Qt::Key_BracketRight);
    QCOMPARE(desk.view->wipeAngle(), 180.0);
  }

  void doubleClickStraightens() {
    Desk desk;
    desk.view->setWipeAngle(90);
    const QPoint knob = desk.centre() + QPoint(56, 0);
    QTest::mouseDClick(desk.view, Qt::LeftButton, {}, knob);
    QCOMPARE(desk.view->wipeAngle(), 0.0);
  }

  void swapSides() {
    Desk desk;
    QTest::keyClick(desk.view, Qt::Key_T);
    QVERIFY(desk.view->isSwapped());
    QCOMPARE(desk.at(0.3, 0.5), kBlue);
    QCOMPARE(desk.at(0.7, 0.5), kRed);
    desk.view->setMode(CompareMode::SideBySide);
    QCOMPARE(desk.at(0.2, 0.5), kBlue);
    auto* button = desk.find<QToolButton>("compareSwap");
    QVERIFY(button->isChecked());
    QTest::mouseClick(button, Qt::LeftButton);
    QVERIFY(!desk.view->isSwapped());
    QCOMPARE(desk.at(0.2, 0.5), kRed);
  }

  void flipHoldsInEveryMode_data() {
    QTest::addColumn<int>("mode");
    for (const CompareMode mode : {CompareMode::Wipe,
                                   CompareMode::Flip,
                                   CompareMode::Single,
                                   CompareMode::Blink,
                                   CompareMode::Difference,
                                   CompareMode::SignedDifference,
                                   CompareMode::Checker})
      QTest::addRow("mode %d", int(mode)) << int(mode);
  }
  void flipHoldsInEveryMode() {
    QFETCH(int, mode);
    Desk desk;
    desk.view->setMode(static_cast<CompareMode>(mode));
    QTest::keyPress(desk.view, Qt::Key_F);
    const QImage held = desk.view->renderPicture();
    QCOMPARE(held.pixel(int(0.3 * held.width()), held.height() / 2), kRed);
    QCOMPARE(held.pixel(int(0.7 * held.width()), held.height() / 2), kRed);
    QVERIFY(!desk.view->isBlinking());
    QTest::keyRelease(desk.view, Qt::Key_F);
    QVERIFY(!desk.view->isFlipped());
  }

  void blinkTakesTurns() {
    Desk desk;
    desk.view->setMode(CompareMode::Blink);
    desk.view->setBlinkRate(5);
    QVERIFY(desk.view->isBlinking());
    for (int i = 0; i < 2; ++i) {
      QTRY_COMPARE(desk.at(0.5, 0.5), kRed);
      QTRY_COMPARE(desk.at(0.5, 0.5), kBlue);
    }
  }

  void blinkStopsWhenHidden() {
    Desk desk;
    QVERIFY(!desk.view->isBlinking());
    desk.view->setMode(CompareMode::Blink);
    QVERIFY(desk.view->isBlinking());
    desk.window.hide();
    QVERIFY(!desk.view->isBlinking());
    desk.window.show();
    QTRY_VERIFY(desk.view->isBlinking());
    desk.view->setPicture(Side::Twin, {});
    QVERIFY2(!desk.view->isBlinking(), "one picture alone does not blink");
    desk.view->setPicture(Side::Twin, plain(kRed));
    QVERIFY(desk.view->isBlinking());
    desk.view->setMode(CompareMode::Single);
    QVERIFY(!desk.view->isBlinking());
  }

  void blinkRateStaysInRange_data() {
    QTest::addColumn<double>("asked");
    QTest::addColumn<double>("rate");
    QTest::newRow("2") << 2.0 << 2.0;
    QTest::newRow("3.5") << 3.5 << 3.5;
    QTest::newRow("too slow") << 0.0 << 2.0;
    QTest::newRow("too fast") << 60.0 << 5.0;
    QTest::newRow("no number") << double(NAN) << 3.0;
  }
  void blinkRateStaysInRange() {
    QFETCH(double, asked);
    QFETCH(double, rate);
    Desk desk;
    desk.view->setBlinkRate(asked);
    QCOMPARE(desk.view->blinkRate(), rate);
  }

  void checkerShowsBoth_data() {
    QTest::addColumn<int>("cell");
    QTest::newRow("8") << 8;
    QTest::newRow("48") << 48;
    QTest::newRow("97") << 97;
  }
  void checkerShowsBoth() {
    QFETCH(int, cell);
    Desk desk;
    desk.view->setMode(CompareMode::Checker);
    desk.view->setCheckerCell(cell);
    const QImage image = desk.view->renderPicture();
    const QRect frame = desk.view->frameOf(0).toRect();
    for (int row = 0; row * cell + cell / 2 < frame.height(); ++row) {
      for (int column = 0; column * cell + cell / 2 < frame.width(); ++column) {
        const QPoint middle = frame.topLeft() + QPoint(column, row) * cell + QPoint(cell, cell) / 2;
        QCOMPARE(image.pixel(middle), (row + column) % 2 == 0 ? kRed : kBlue);
      }
    }
  }

  void differenceMap() {
    Desk desk;
    QImage a = plain(qRgb(100, 100, 100)), b = a;
    for (int y = 0; y < 64; ++y) {
      for (int x = 32; x < 64; ++x)
        b.setPixel(x, y, y < 32 ? qRgb(140, 100, 100) : qRgb(100, 80, 100));
    }
    desk.view->setPicture(Side::Twin, a);
    desk.view->setPicture(Side::Guided, b);
    desk.view->setMode(CompareMode::Difference);
    QCOMPARE(desk.at(0.3, 0.5), heatColour(0));
    QCOMPARE(desk.view->fullScale(), 40.0);
    QCOMPARE(desk.at(0.7, 0.3), heatColour(1));
    QCOMPARE(desk.at(0.7, 0.7), heatColour(0.5));
    desk.view->setGain(1);
    QCOMPARE(desk.view->fullScale(), 255.0);
    QCOMPARE(desk.at(0.7, 0.3), heatColour(40 / 255.0));
    desk.view->setGain(51);
    QCOMPARE(desk.at(0.7, 0.7), heatColour(1));
    QCOMPARE(desk.at(0.3, 0.5), heatColour(0));
    QCOMPARE(desk.view->difference(1)->max, 40);
    QCOMPARE(desk.view->difference(1)->mean, (40 / 4.0 + 20 / 4.0) / 3);
  }

  void signedMapTurnsWithTheSides() {
    Desk desk;
    QImage b = plain(kGrey);
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 64; ++x) {
        const int value = x < 20 ? 90 : x < 42 ? 150 : 30;
        b.setPixel(x, y, qRgb(value, value, value));
      }
    }
    desk.view->setPicture(Side::Twin, plain(kGrey));
    desk.view->setPicture(Side::Guided, b);
    desk.view->setMode(CompareMode::SignedDifference);
    QCOMPARE(desk.at(0.2, 0.5), signedColour(0));
    QCOMPARE(desk.at(0.5, 0.5), signedColour(1));
    QCOMPARE(desk.at(0.8, 0.5), signedColour(-1));
    desk.view->setSwapped(true);
    QCOMPARE(desk.at(0.2, 0.5), signedColour(0));
    QCOMPARE(desk.at(0.5, 0.5), signedColour(-1));
    QCOMPARE(desk.at(0.8, 0.5), signedColour(1));
  }

  void differenceSaysWhyThereIsNone_data() {
    QTest::addColumn<QImage>("twin");
    QTest::addColumn<QString>("word");
    QTest::newRow("equal sizes") << plain(kRed) << QString();
    QTest::newRow("other size") << plain(kRed, 128, 96) << "128 × 96";
    QTest::newRow("no twin") << QImage() << "two pictures";
  }
  void differenceSaysWhyThereIsNone() {
    QFETCH(QImage, twin);
    QFETCH(QString, word);
    Desk desk;
    desk.view->setMode(CompareMode::Difference);
    desk.view->setPicture(Side::Twin, twin);
    const QString problem = desk.view->differenceProblem(1);
    QCOMPARE(problem.isEmpty(), word.isEmpty());
    QVERIFY2(problem.contains(word), qPrintable(problem));
    QCOMPARE(desk.view->difference(1).has_value(), word.isEmpty());
    // No stale map stands for it, and the sentence is painted.
    if (!word.isEmpty()) QCOMPARE(desk.at(0.5, 0.5), theme().canvas.rgb());
    QVERIFY(!desk.view->grab().isNull());
  }

  // While one side forms, the finished ones are compared.
  void differenceStaysWhileAPictureForms() {
    Desk desk;
    desk.view->setMode(CompareMode::Difference);
    const QImage before = desk.view->renderPicture();
    desk.view->setForming(Side::Guided, plain(kGreen, 8, 8), CompareView::Forming::InPlace);
    QCOMPARE(desk.view->renderPicture(), before);
    // Two previews of one step are compared as they are.
    desk.view->setForming(Side::Twin, plain(kGreen, 8, 8), CompareView::Forming::InPlace);
    QCOMPARE(desk.at(0.5, 0.5), heatColour(0));
  }

  void otherShapesKeepTheirs() {
    Desk desk;
    desk.view->setPicture(Side::Twin, plain(kRed, 64, 32));
    desk.view->setMode(CompareMode::SideBySide);
    const QRectF a = desk.view->frameOf(0), b = desk.view->frameOf(1);
    QVERIFY(std::abs(a.width() / a.height() - 2) < 0.03);
    QVERIFY(std::abs(b.width() / b.height() - 1) < 0.03);
    QVERIFY(std::abs(a.width() - b.width()) < 2);
    // Twice the size in the same shape fills the frame.
    desk.view->setPicture(Side::Twin, plain(kRed, 128, 128));
    QCOMPARE(desk.view->frameOf(0).size(), desk.view->frameOf(1).size());
    // The empty part of the frame shows nothing of the other picture.
    desk.view->setPicture(Side::Twin, plain(kRed, 64, 16));
    desk.view->setMode(CompareMode::Wipe);
    QCOMPARE(desk.at(0.35, 0.2), theme().canvas.rgb());
    desk.view->setSwapped(true);
    QCOMPARE(desk.at(0.65, 0.2), theme().canvas.rgb());
  }

  void offsetStaysWhileSynced() {
    Desk desk;
    desk.view->setMode(CompareMode::SideBySide);
    desk.view->setZoom(4);
    const QPoint inside = desk.view->cellOf(1).center().toPoint();
    desk.drag(inside, inside + QPoint(20, -12), Qt::ShiftModifier);
    QCOMPARE(desk.view->offset(1), QPoint(5, -3));
    QCOMPARE(desk.view->offset(0), QPoint(0, 0));
    const auto apart = [&] {
      return desk.view->frameOf(1).topLeft() - desk.view->cellOf(1).topLeft() -
             (desk.view->frameOf(0).topLeft() - desk.view->cellOf(0).topLeft());
    };
    QCOMPARE(apart(), QPointF(20, -12));
    desk.drag(inside, inside + QPoint(-30, 10));
    QCOMPARE(desk.view->offset(1), QPoint(5, -3));
    QCOMPARE(apart(), QPointF(20, -12));
    desk.view->zoomBy(2, inside);
    QCOMPARE(apart(), QPointF(40, -24));
    desk.view->setMode(CompareMode::Wipe);
    QCOMPARE(desk.view->offset(1), QPoint(5, -3));
    auto* reset = desk.find<QToolButton>("compareOffset");
    QVERIFY(reset->isVisible());
    QVERIFY2(reset->text().contains("+5"), qPrintable(reset->text()));
    QTest::mouseClick(reset, Qt::LeftButton);
    QVERIFY(!desk.view->hasOffset());
    QVERIFY(!reset->isVisible());
  }

  void unlockedADragMovesOnePicture() {
    Desk desk;
    desk.view->setMode(CompareMode::SideBySide);
    desk.view->setZoom(4);
    QTest::keyClick(desk.view, Qt::Key_L);
    QVERIFY(!desk.view->isLinked());
    QVERIFY(!desk.find<QToolButton>("compareLinked")->isChecked());
    // Dragging the reference moves what stands against it the other way.
    const QPoint inside = desk.view->cellOf(0).center().toPoint();
    desk.drag(inside, inside + QPoint(8, 8));
    QCOMPARE(desk.view->offset(0), QPoint(0, 0));
    QCOMPARE(desk.view->offset(1), QPoint(-2, -2));
    QTest::mouseClick(desk.find<QToolButton>("compareLinked"), Qt::LeftButton);
    QVERIFY(desk.view->isLinked());
    QTest::keyClick(desk.view, Qt::Key_Right, Qt::AltModifier);
    QTest::keyClick(desk.view, Qt::Key_Down, Qt::AltModifier | Qt::ShiftModifier);
    QCOMPARE(desk.view->offset(1), QPoint(-1, 8));
    QTest::keyClick(desk.view, Qt::Key_O);
    QVERIFY(!desk.view->hasOffset());
  }

  void differenceFollowsTheOffset() {
    Desk desk;
    QImage moved = plain(0xff000000);
    const QImage whole = chart();
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 59; ++x) moved.setPixel(x, y, whole.pixel(x + 5, y));
    }
    desk.view->setPicture(Side::Twin, whole);
    desk.view->setPicture(Side::Guided, moved);
    desk.view->setMode(CompareMode::Difference);
    QVERIFY(desk.view->difference(1)->max > 0);
    desk.view->setOffset(1, {5, 0});
    QVERIFY(desk.view->difference(1)->isZero());
    QCOMPARE(desk.view->difference(1)->compared, QRect(5, 0, 59, 64));
    QCOMPARE(desk.at(0.6, 0.5), heatColour(0));
    desk.view->setOffset(1, {64, 0});
    QVERIFY2(!desk.view->difference(1), "nothing overlaps");
    QCOMPARE(desk.at(0.5, 0.5), theme().canvas.rgb());
  }

  void readoutTellsExactValues() {
    Desk desk;
    const QImage a = chart();
    QImage b = a;
    b.setPixel(10, 20, qRgb(1, 2, 3));
    desk.view->setPicture(Side::Twin, a);
    desk.view->setPicture(Side::Guided, b);
    QSignalSpy changed(desk.view, &CompareView::readoutChanged);
    for (const CompareMode mode :
         {CompareMode::Wipe, CompareMode::SideBySide, CompareMode::Difference}) {
      desk.view->setMode(mode);
      for (const double zoom : {0.0, 5.3}) {
        desk.view->setZoom(zoom);
        if (zoom > 0) {
          desk.view->zoomBy(1.001, desk.view->cellOf(1).topLeft());
          continue;
        }
        const QRectF frame = desk.view->frameOf(1);
        const QPointF at(frame.left() + 10.5 * frame.width() / 64,
                         frame.top() + 20.5 * frame.height() / 64);
        QTest::mouseMove(desk.view, at.toPoint());
        QTRY_VERIFY(!changed.isEmpty());
        const auto readout = desk.view->readoutAt(at);
        QVERIFY(readout);
        QCOMPARE(readout->pixel, QPoint(10, 20));
        QCOMPARE(readout->values.size(), std::size_t(2));
        QCOMPARE(*readout->values[0], a.pixel(10, 20));
        QCOMPARE(*readout->values[1], qRgb(1, 2, 3));
      }
    }
    desk.view->setMode(CompareMode::Wipe);
    desk.view->fit();
    const QRectF frame = desk.view->frameOf(1);
    QTest::mouseMove(desk.view,
                     (frame.topLeft() + QPointF(10.5, 20.5) * frame.width() / 64).toPoint());
    auto* strip = desk.find<PixelStrip>("pixelStrip");
    QTRY_COMPARE(strip->text(), QStringLiteral("x 10, y 20; A 30 60 100; B 1 2 3"));
    QVERIFY(!strip->grab().isNull());
    QVERIFY(!desk.view->readoutAt({1, 1}));
  }

  void readoutIsThePaintedPixel() {
    Desk desk;
    const QImage image = chart();
    desk.view->setPicture(Side::Twin, image);
    desk.view->setPicture(Side::Guided, image);
    desk.view->setMode(CompareMode::Single);
    desk.view->setZoom(9.7);
    const QImage painted = desk.view->renderPicture();
    for (int y = 3; y < painted.height(); y += 17) {
      for (int x = 3; x < painted.width(); x += 13) {
        const auto readout = desk.view->readoutAt(QPointF(x, y));
        if (!readout) continue;
        QCOMPARE(*readout->values[1], painted.pixel(x, y));
      }
    }
  }

  void valuesAreWrittenIntoLargePixels() {
    Desk desk;
    desk.view->setMode(CompareMode::Single);
    const auto inks = [&] {
      const QImage image = desk.view->renderPicture();
      int other = 0;
      for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
          const QRgb pixel = image.pixel(x, y);
          other += pixel != kBlue && pixel != theme().canvas.rgb();
        }
      }
      return other;
    };
    desk.view->setZoom(30);
    QCOMPARE(inks(), 0);
    desk.view->setZoom(32);
    // Three numbers a pixel in some two hundred pixels.
    QVERIFY2(inks() > 5000, qPrintable(QString::number(inks())));
    // Other values look different.
    const QImage blue = desk.view->renderPicture();
    desk.view->setPicture(Side::Guided, plain(qRgb(0, 0, 254)));
    QVERIFY(desk.view->renderPicture() != blue);
  }
};

QTEST_MAIN(TestCompareModes)
#include "tst_compare_modes.moc"
