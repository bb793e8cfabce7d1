// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A picture against itself differs nowhere: not in any mode, angle, zoom, size, or density of the
// screen. Registered for several densities; QT_SCALE_FACTOR says which.
#include "tests/support/fake_engine.h"
#include "ui/compare_palette.h"
#include "ui/compare_view.h"
#include "ui/theme.h"

#include <QTest>

#include <cmath>

using namespace studio;
using namespace studio::ui;

namespace {

QImage picture(int width, int height) {
  GenerationRequest request;
  request.seed = 43;
  request.guidance["seg.scale"] = 3.0;
  return toQImage(test::fake_picture(request, width, height, 1.0));
}

// Equal pixels in other memory, as two files would have them.
QImage again(const QImage& image) {
  QImage copy = image;
  copy.detach();
  return copy;
}

}  // namespace

class TestCompareZero : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void densityIsAsAsked() {
    const double wanted = qEnvironmentVariable("QT_SCALE_FACTOR", "1").toDouble();
    CompareView view;
    view.show();
    QCOMPARE(view.devicePixelRatioF(), wanted);
    qInfo("device pixel ratio %g", wanted);
  }

  void everywhere_data() {
    QTest::addColumn<QSize>("size");
    QTest::addColumn<double>("zoom");
    QTest::addColumn<QSize>("window");
    QTest::newRow("fitted") << QSize(128, 128) << 0.0 << QSize(300, 260);
    QTest::newRow("fitted, odd") << QSize(120, 88) << 0.0 << QSize(301, 257);
    QTest::newRow("shrunk") << QSize(512, 384) << 0.0 << QSize(300, 260);
    QTest::newRow("0.37") << QSize(512, 384) << 0.37 << QSize(300, 260);
    QTest::newRow("1") << QSize(128, 128) << 1.0 << QSize(300, 260);
    QTest::newRow("1.73") << QSize(128, 128) << 1.73 << QSize(300, 260);
    QTest::newRow("3.37") << QSize(128, 128) << 3.37 << QSize(299, 261);
    QTest::newRow("9.1, exact pixels") << QSize(128, 128) << 9.1 << QSize(300, 260);
    QTest::newRow("33.3, with values") << QSize(128, 128) << 33.3 << QSize(300, 260);
  }
  void everywhere() {
    QFETCH(QSize, size);
    QFETCH(double, zoom);
    QFETCH(QSize, window);
    CompareView view;
    view.resize(window);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    const QImage image = picture(size.width(), size.height());
    view.setPicture(Side::Twin, image);
    view.setPicture(Side::Guided, again(image));
    view.setZoom(zoom);
    if (zoom > 0) view.zoomBy(1.0, {30, 40});
    view.setMode(CompareMode::Single);
    const QImage single = view.renderPicture();
    QCOMPARE(single.size(), window * view.devicePixelRatioF());
    for (const CompareMode mode :
         {CompareMode::Wipe, CompareMode::Flip, CompareMode::Blink, CompareMode::Checker}) {
      view.setMode(mode);
      QCOMPARE(view.renderPicture(), single);
      view.setFlipped(true);
      QCOMPARE(view.renderPicture(), single);
      view.setFlipped(false);
      view.setSwapped(true);
      QCOMPARE(view.renderPicture(), single);
      view.setSwapped(false);
    }
    for (const int cell : {8, 13, 48, 200}) {
      view.setMode(CompareMode::Checker);
      view.setCheckerCell(cell);
      QCOMPARE(view.renderPicture(), single);
    }
    view.setMode(CompareMode::Wipe);
    for (const double angle : {0.0, 1.0, 30.0, 45.0, 77.7, 90.0, 133.0, 180.0, -90.0, -12.5}) {
      view.setWipeAngle(angle);
      for (const double wipe : {0.0, 1.0 / 3, 0.5, 0.777, 1.0}) {
        view.setWipe(wipe);
        QVERIFY2(view.renderPicture() == single,
                 qPrintable(QString("%1, %2").arg(angle).arg(wipe)));
      }
    }
    mapsAreZero(view, zoom >= 32);
    const auto stats = view.difference(1);
    QVERIFY(stats);
    QCOMPARE(stats->max, 0);
    QCOMPARE(stats->mean, 0.0);
    QCOMPARE(stats->rmse, 0.0);
    QVERIFY(std::isinf(stats->psnr));
  }

  void fourOfOneAreZero() {
    CompareView view;
    view.resize(503, 401);
    view.show();
    const QImage image = picture(128, 96);
    std::vector<ComparePicture> four;
    for (int i = 0; i < 4; ++i) four.push_back({again(image), QString::number(i), {}});
    view.setPictures(four);
    for (const double zoom : {0.0, 1.37, 8.3}) {
      view.setZoom(zoom);
      for (int reference = 0; reference < 4; ++reference) {
        view.setReference(reference);
        for (int i = 0; i < 4; ++i) {
          QVERIFY(view.difference(i));
          QVERIFY(view.difference(i)->isZero());
        }
        view.setMode(CompareMode::SideBySide);
        const QImage all = view.renderPicture();
        view.setMode(CompareMode::Difference);
        const QImage maps = view.renderPicture();
        for (int i = 0; i < 4; ++i) {
          const QRect area = middleOf(view, i);
          // Every cell samples alike, and every map but the reference's own picture is black.
          QCOMPARE(all.copy(area), all.copy(middleOf(view, 0)));
          if (i == reference) {
            QCOMPARE(maps.copy(area), all.copy(area));
          } else {
            QVERIFY(isAll(maps.copy(area), heatColour(0)));
          }
        }
      }
    }
  }

  // The test above would not mean much if maps were black whatever they show.
  void onePixelThatDiffersShows() {
    CompareView view;
    view.resize(300, 260);
    view.show();
    const QImage image = picture(128, 128);
    QImage other = again(image);
    const QRgb before = other.pixel(64, 64);
    other.setPixel(64, 64, qRgb(qRed(before), qGreen(before) ^ 1, qBlue(before)));
    view.setPicture(Side::Twin, image);
    view.setPicture(Side::Guided, other);
    QCOMPARE(view.difference(1)->max, 1);
    for (const CompareMode mode : {CompareMode::Difference, CompareMode::SignedDifference}) {
      view.setMode(mode);
      for (const double zoom : {0.0, 1.0, 3.37, 9.0}) {
        view.setZoom(zoom);
        const QImage map = view.renderPicture();
        const QRgb zero = mode == CompareMode::Difference ? heatColour(0) : signedColour(0);
        int differing = 0;
        const QRect area = middleOf(view, 1);
        for (int y = area.top(); y <= area.bottom(); ++y) {
          for (int x = area.left(); x <= area.right(); ++x) differing += map.pixel(x, y) != zero;
        }
        const double side = std::max(1.0, view.shownZoom() * view.devicePixelRatioF());
        QVERIFY2(differing >= std::floor(side) * std::floor(side),
                 qPrintable(QString::number(differing)));
        QVERIFY2(differing <= std::ceil(side) * std::ceil(side),
                 qPrintable(QString::number(differing)));
      }
    }
  }

 private:
  // The device pixels of a picture that are in its cell, a little inside.
  static QRect middleOf(const CompareView& view, int index) {
    const double dpr = view.devicePixelRatioF();
    const QRectF seen = view.frameOf(index) & view.cellOf(index);
    const QPointF middle = seen.center() * dpr;
    const QSizeF size = (seen.size() * dpr - QSizeF(3, 3)).boundedTo(QSizeF(120, 90) * dpr);
    const auto whole = [](double at) { return static_cast<int>(std::floor(at + 1e-6)); };
    const QPointF corner = middle - QPointF(size.width(), size.height()) / 2;
    return {QPoint(whole(corner.x()), whole(corner.y())), size.toSize()};
  }
  static bool isAll(const QImage& image, QRgb colour) {
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x) {
        if (image.pixel(x, y) != colour) return false;
      }
    }
    return !image.isNull();
  }
  static void mapsAreZero(CompareView& view, bool has_values) {
    for (const CompareMode mode : {CompareMode::Difference, CompareMode::SignedDifference}) {
      view.setMode(mode);
      const QRgb zero = mode == CompareMode::Difference ? heatColour(0) : signedColour(0);
      for (const double gain : {0.0, 1.0, 64.0}) {
        view.setGain(gain);
        const QImage map = view.renderPicture();
        // Digits lie on the map: three zeros a pixel, and nothing else.
        QSet<QRgb> colours;
        for (int y = 0; y < map.height(); ++y) {
          for (int x = 0; x < map.width(); ++x) colours.insert(map.pixel(x, y));
        }
        colours.remove(theme().canvas.rgb());
        QVERIFY(colours.contains(zero));
        if (!has_values) QCOMPARE(colours.size(), 1);
        for (const QRgb colour : colours) QVERIFY(qRed(colour) == qBlue(colour));
      }
    }
  }
};

QTEST_MAIN(TestCompareZero)
#include "tst_compare_zero.moc"
