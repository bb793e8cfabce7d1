// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The compare view as a person uses it: mouse, keys and the bar, in every mode and with two to four
// pictures; the table of parameter differences.
#include "tests/support/fake_catalogue.h"
#include "ui/compare_controls.h"
#include "ui/compare_palette.h"
#include "ui/compare_view.h"
#include "ui/param_diff_table.h"
#include "ui/theme.h"
#include "ui/view_bar.h"

#include <QActionGroup>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTest>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>

using namespace studio;
using namespace studio::ui;

namespace {

const QRgb kRed = qRgb(255, 0, 0), kBlue = qRgb(0, 0, 255), kGreen = qRgb(0, 255, 0),
           kGrey = qRgb(90, 90, 90);

QImage plain(QRgb colour, int width = 64, int height = 64) {
  QImage image(width, height, QImage::Format_RGB32);
  image.fill(colour);
  return image;
}

// Its pixels tell where they are.
QImage chart(int width = 64, int height = 64) {
  QImage image(width, height, QImage::Format_RGB32);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) image.setPixel(x, y, qRgb(3 * x, 3 * y, 100));
  }
  return image;
}

// The view under its bar, A red and B blue.
struct Desk {
  explicit Desk(QSize size = {500, 420}) {
    auto* layout = new QVBoxLayout(&window);
    layout->setContentsMargins(0, 0, 0, 0);
    view = new CompareView(&window);
    bar = new ViewBar(*view, &window);
    layout->addWidget(bar);
    layout->addWidget(view, 1);
    window.resize(900, 600);
    window.show();
    view->setFixedSize(size);
    view->setPicture(Side::Twin, plain(kRed));
    view->setPicture(Side::Guided, plain(kBlue));
    if (!QTest::qWaitForWindowExposed(&window)) qWarning("the window was not exposed");
  }
  void showMany(int count) {
    const QRgb colours[] = {kRed, kBlue, kGreen, kGrey};
    std::vector<ComparePicture> pictures;
    for (int i = 0; i < count; ++i) {
      GenerationRequest request;
      request.seed = i;
      pictures.push_back({plain(colours[i]), QString::number(i), request});
    }
    view->setPictures(std::move(pictures));
  }
  QRgb at(double x, double y) const {
    const QImage image = view->renderPicture();
    return image.pixel(int(x * image.width()), int(y * image.height()));
  }
  QRgb middleOf(int index) const {
    return view->renderPicture().pixel(
        (view->frameOf(index) & view->cellOf(index)).center().toPoint());
  }
  void drag(QPoint from, QPoint to, Qt::KeyboardModifiers keys = {}) const {
    QTest::mousePress(view, Qt::LeftButton, keys, from);
    for (const QPoint& point : {(from + to) / 2, to}) {
      QMouseEvent move(
          QEvent::MouseMove, point, view->mapToGlobal(point), Qt::NoButton, Qt::LeftButton, keys);
      QApplication::sendEvent(view, &move);
    }
    QTest::mouseRelease(view, Qt::LeftButton, keys, to);
  }
  QPoint centre() const { return view->rect().center(); }
  template <class T>
  T* find(const char* name) const {
    return window.findChild<T*>(QLatin1String(name));
  }

  QWidget window;
  CompareView* view;
  ViewBar* bar;
};

void type(QAbstractSpinBox* box, const QString& text) {
  box->setFocus();
  box->selectAll();
  QTest::keyClicks(box, text);
  QTest::keyClick(box, Qt::Key_Return);
}

}  // namespace

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
    desk.view->setFocus();
    QTest::keyClick(desk.view, Qt::Key_Escape);
    QVERIFY(!desk.view->showsPictures());
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
    CompareView view;
    ViewBar bar(view);
    bar.show();
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

QTEST_MAIN(TestCompareModes)
#include "tst_compare_modes.moc"
