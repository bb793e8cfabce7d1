// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The compare view: wipe, flip, zoom in step, and A against A equal to the last pixel.
#include "tests/support/fake_engine.h"
#include "ui/compare_view.h"
#include "ui/theme.h"

#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

using namespace studio;
using namespace studio::ui;

namespace {

QImage picture(double scale, int width = 128, int height = 128) {
  GenerationRequest request;
  request.seed = 43;
  request.guidance["seg.scale"] = scale;
  return toQImage(test::fake_picture(request, width, height, 1.0));
}

QImage plain(QRgb colour) {
  QImage image(64, 64, QImage::Format_RGB32);
  image.fill(colour);
  return image;
}

struct Shown {
  Shown(int width = 500, int height = 420) {
    view.resize(width, height);
    view.show();
    if (!QTest::qWaitForWindowExposed(&view)) qWarning("the view was not exposed");
  }
  QRgb at(double x, double y) const {
    const QImage image = view.renderPicture();
    return image.pixel(int(x * image.width()), int(y * image.height()));
  }
  CompareView view;
};

}  // namespace

class TestCompareView : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void emptyViewPaints() {
    Shown shown;
    shown.view.setEmptyText("nothing yet");
    QVERIFY(!shown.view.grab().isNull());
    shown.view.zoomBy(2, {10, 10});
    shown.view.setPicture(Side::Guided, {});
    QVERIFY(!shown.view.grab().isNull());
  }

  void wipeShowsBothSides() {
    Shown shown;
    shown.view.setPicture(Side::Twin, plain(0xffff0000));
    shown.view.setPicture(Side::Guided, plain(0xff0000ff));
    QCOMPARE(shown.at(0.3, 0.5), 0xffff0000);
    QCOMPARE(shown.at(0.7, 0.5), 0xff0000ff);
    shown.view.setWipe(1.0);
    QCOMPARE(shown.at(0.7, 0.5), 0xffff0000);
    shown.view.setWipe(0.0);
    QCOMPARE(shown.at(0.3, 0.5), 0xff0000ff);
  }

  void dragTheHandle() {
    Shown shown;
    shown.view.setPicture(Side::Twin, plain(0xffff0000));
    shown.view.setPicture(Side::Guided, plain(0xff0000ff));
    const QPoint middle = shown.view.rect().center();
    QTest::mousePress(&shown.view, Qt::LeftButton, {}, middle);
    QTest::mouseMove(&shown.view, middle + QPoint(80, 30));
    QTest::mouseRelease(&shown.view, Qt::LeftButton, {}, middle + QPoint(80, 30));
    QVERIFY2(shown.view.wipe() > 0.65, qPrintable(QString::number(shown.view.wipe())));
    QTest::mouseMove(&shown.view, middle);
    QVERIFY(shown.view.wipe() > 0.65);
    QCOMPARE(shown.at(0.6, 0.5), 0xffff0000);
  }

  void pressBesideTheHandleDoesNotWipe() {
    Shown shown;
    shown.view.setPicture(Side::Twin, plain(0xffff0000));
    shown.view.setPicture(Side::Guided, plain(0xff0000ff));
    const QPoint away = shown.view.rect().center() + QPoint(60, 0);
    QTest::mousePress(&shown.view, Qt::LeftButton, {}, away);
    QTest::mouseMove(&shown.view, away + QPoint(50, 0));
    QTest::mouseRelease(&shown.view, Qt::LeftButton, {}, away);
    QCOMPARE(shown.view.wipe(), 0.5);
  }

  void wipeByKeys() {
    Shown shown;
    QTest::keyClick(&shown.view, Qt::Key_Right);
    QVERIFY(qAbs(shown.view.wipe() - 0.52) < 1e-9);
    QTest::keyClick(&shown.view, Qt::Key_Left, Qt::ShiftModifier);
    QVERIFY(qAbs(shown.view.wipe() - 0.42) < 1e-9);
    QTest::keyClick(&shown.view, Qt::Key_Home);
    QTest::keyClick(&shown.view, Qt::Key_Left);
    QCOMPARE(shown.view.wipe(), 0.0);
    QTest::keyClick(&shown.view, Qt::Key_End);
    QCOMPARE(shown.view.wipe(), 1.0);
  }

  void flipWhileHeld_data() {
    QTest::addColumn<int>("mode");
    QTest::addColumn<int>("key");
    for (const int mode : {0, 2, 3}) {
      QTest::addRow("mode %d, F", mode) << mode << int(Qt::Key_F);
      QTest::addRow("mode %d, space", mode) << mode << int(Qt::Key_Space);
    }
  }
  void flipWhileHeld() {
    QFETCH(int, mode);
    QFETCH(int, key);
    Shown shown;
    shown.view.setMode(static_cast<CompareMode>(mode));
    shown.view.setPicture(Side::Twin, plain(0xffff0000));
    shown.view.setPicture(Side::Guided, plain(0xff0000ff));
    QCOMPARE(shown.at(0.7, 0.5), 0xff0000ff);
    QTest::keyPress(&shown.view, static_cast<Qt::Key>(key));
    QCOMPARE(shown.at(0.7, 0.5), 0xffff0000);
    QCOMPARE(shown.at(0.3, 0.5), 0xffff0000);
    QTest::keyRelease(&shown.view, static_cast<Qt::Key>(key));
    QCOMPARE(shown.at(0.7, 0.5), 0xff0000ff);
  }

  void sideBySideZoomsTogether() {
    Shown shown(612, 400);
    const QImage image = picture(3);
    shown.view.setMode(CompareMode::SideBySide);
    shown.view.setPicture(Side::Twin, image);
    shown.view.setPicture(Side::Guided, image);
    for (const double factor : {1.0, 2.5, 0.7, 3.0}) {
      shown.view.zoomBy(factor, {100, 120});
      const QImage all = shown.view.renderPicture();
      QCOMPARE(all.copy(0, 0, 300, 400), all.copy(312, 0, 300, 400));
    }
  }

  void zoomKeepsThePointUnderTheCursor() {
    Shown shown;
    shown.view.setPicture(Side::Guided, picture(3));
    shown.view.setZoom(6);
    const QPointF cursor(300, 150);
    const auto share = [&] {
      const double side = 128 * shown.view.zoom();
      return QPointF(shown.view.centre().x() + (cursor.x() - shown.view.width() / 2.0) / side,
                     shown.view.centre().y() + (cursor.y() - shown.view.height() / 2.0) / side);
    };
    const QPointF before = share();
    QWheelEvent wheel(cursor,
                      shown.view.mapToGlobal(cursor),
                      {},
                      {0, 120},
                      Qt::NoButton,
                      Qt::NoModifier,
                      Qt::NoScrollPhase,
                      false);
    QApplication::sendEvent(&shown.view, &wheel);
    QVERIFY(shown.view.zoom() > 7);
    QVERIFY((share() - before).manhattanLength() < 1e-6);
  }

  void zoomStaysInBounds() {
    Shown shown;
    shown.view.setPicture(Side::Guided, picture(3));
    for (int i = 0; i < 60; ++i) shown.view.zoomBy(1.5, {10, 10});
    QCOMPARE(shown.view.zoom(), 64.0);
    for (int i = 0; i < 60; ++i) shown.view.zoomBy(0.5, {10, 10});
    QVERIFY(shown.view.zoom() >= 0.05);
    QTest::keyClick(&shown.view, Qt::Key_0);
    QCOMPARE(shown.view.zoom(), 0.0);
  }

  void panByDragging() {
    Shown shown;
    shown.view.setPicture(Side::Guided, picture(3));
    shown.view.setZoom(8);
    const QPointF before = shown.view.centre();
    QTest::mousePress(&shown.view, Qt::LeftButton, {}, {200, 200});
    QTest::mouseMove(&shown.view, {150, 180});
    QTest::mouseRelease(&shown.view, Qt::LeftButton, {}, {150, 180});
    QCOMPARE(shown.view.centre().x(), before.x() + 50 / (128 * 8.0));
    QCOMPARE(shown.view.centre().y(), before.y() + 20 / (128 * 8.0));
  }

  // A picture against itself shows no seam anywhere, whatever the wipe, zoom and window size.
  void sameAgainstSame_data() {
    QTest::addColumn<double>("zoom");
    QTest::addColumn<QSize>("window");
    QTest::newRow("fitted") << 0.0 << QSize(500, 420);
    QTest::newRow("fitted, odd window") << 0.0 << QSize(501, 397);
    QTest::newRow("1:1") << 1.0 << QSize(500, 420);
    QTest::newRow("fraction") << 3.37 << QSize(500, 420);
    QTest::newRow("exact pixels") << 9.0 << QSize(500, 420);
  }
  void sameAgainstSame() {
    QFETCH(double, zoom);
    QFETCH(QSize, window);
    Shown shown(window.width(), window.height());
    const QImage image = picture(3);
    shown.view.setPicture(Side::Twin, image);
    shown.view.setPicture(Side::Guided, image);
    shown.view.setZoom(zoom);
    shown.view.setMode(CompareMode::Single);
    const QImage single = shown.view.renderPicture();
    shown.view.setFlipped(true);
    QCOMPARE(shown.view.renderPicture(), single);
    shown.view.setFlipped(false);
    shown.view.setMode(CompareMode::Wipe);
    for (const double wipe : {0.0, 0.1, 1.0 / 3, 0.5, 0.777, 1.0}) {
      shown.view.setWipe(wipe);
      QCOMPARE(shown.view.renderPicture(), single);
    }
  }

  void exactPixelsWhenFarIn() {
    Shown shown;
    shown.view.setPicture(Side::Guided, picture(0));
    shown.view.setZoom(10);
    const QImage image = shown.view.renderPicture();
    QSet<QRgb> allowed;
    const QImage source = picture(0);
    for (int y = 0; y < source.height(); ++y) {
      for (int x = 0; x < source.width(); ++x) allowed.insert(source.pixel(x, y));
    }
    for (int y = 0; y < image.height(); y += 7) {
      for (int x = 0; x < image.width(); x += 7) QVERIFY(allowed.contains(image.pixel(x, y)));
    }
  }

  void lastGoodPictureStaysBehindAnInset() {
    Shown shown;
    shown.view.setMode(CompareMode::Single);
    shown.view.setPicture(Side::Guided, plain(0xff0000ff));
    shown.view.setForming(Side::Guided, plain(0xff00ff00), CompareView::Forming::Inset);
    QCOMPARE(shown.at(0.5, 0.5), 0xff0000ff);
    shown.view.setForming(Side::Guided, plain(0xff00ff00), CompareView::Forming::InPlace);
    QCOMPARE(shown.at(0.5, 0.5), 0xff00ff00);
    shown.view.clearForming();
    QCOMPARE(shown.at(0.5, 0.5), 0xff0000ff);
  }

  // A job that made way leaves what it had formed: the view does not jump back to an older picture.
  void whatHasFormedStaysBehindTheNextInset() {
    Shown shown;
    shown.view.setMode(CompareMode::Single);
    shown.view.setPicture(Side::Guided, plain(0xff0000ff));
    shown.view.setForming(Side::Guided, plain(0xff00ff00), CompareView::Forming::InPlace);
    for (int i = 0; i < 2; ++i) {
      shown.view.setForming(Side::Guided, plain(0xffff0000), CompareView::Forming::Inset);
      QCOMPARE(shown.at(0.5, 0.5), 0xff00ff00);
    }
    shown.view.clearForming();
    QCOMPARE(shown.at(0.5, 0.5), 0xff0000ff);
  }

  void insetNeedsSomethingToStayBehind() {
    Shown shown;
    shown.view.setMode(CompareMode::Single);
    shown.view.setForming(Side::Guided, plain(0xff00ff00), CompareView::Forming::Inset);
    QCOMPARE(shown.at(0.5, 0.5), 0xff00ff00);
  }
};

QTEST_MAIN(TestCompareView)
#include "tst_compare_view.moc"
