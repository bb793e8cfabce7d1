// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the compare view computes without a widget: statistics, colour scales, rasters, parameter
// differences.
#include "tests/support/fake_catalogue.h"
#include "ui/compare_palette.h"
#include "ui/compare_raster.h"
#include "ui/compare_scene.h"
#include "ui/compare_stats.h"
#include "ui/param_diff.h"
#include "ui/resample.h"

#include <QColor>
#include <QRandomGenerator>
#include <QTest>

#include <array>
#include <cmath>

using namespace studio;
using namespace studio::ui;

namespace {

QImage noise(int width, int height, quint32 seed) {
  QRandomGenerator random(seed);
  QImage image(width, height, QImage::Format_RGB32);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) image.setPixel(x, y, 0xff000000U | random.generate());
  }
  return image;
}

QImage plain(QRgb colour, int width = 8, int height = 8) {
  QImage image(width, height, QImage::Format_RGB32);
  image.fill(colour);
  return image;
}

struct Lab {
  double l, a, b;
};

// Source: CIE 15:2004, D65; IEC 61966-2-1. Apart from the code under test.
Lab toLab(QRgb colour) {
  const auto linear = [](int value) {
    const double v = value / 255.0;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  const double r = linear(qRed(colour)), g = linear(qGreen(colour)), b = linear(qBlue(colour));
  const auto fold = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16 / 116.0; };
  const double x = fold((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const double y = fold(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
  const double z = fold((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

double apart(const Lab& p, const Lab& q) { return std::hypot(p.l - q.l, p.a - q.a, p.b - q.b); }

}  // namespace

class TestCompareNumbers : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void statisticsOfAKnownDifference() {
    QImage a = plain(qRgb(10, 20, 30), 4, 2), b = a;
    b.setPixel(1, 1, qRgb(14, 17, 30));
    const auto stats = differenceStats(a, b);
    QVERIFY(stats);
    QCOMPARE(stats->compared, QRect(0, 0, 4, 2));
    QCOMPARE(stats->max, 4);
    QCOMPARE(stats->mean, 7 / 24.0);
    QCOMPARE(stats->rmse, std::sqrt(25 / 24.0));
    QCOMPARE(stats->psnr, 20 * std::log10(255 / std::sqrt(25 / 24.0)));
    QCOMPARE(stats->max_brightness, std::abs(0.2126 * 4 - 0.7152 * 3));
    QVERIFY(!stats->isZero());
  }

  void statisticsOfExtremes_data() {
    QTest::addColumn<QRgb>("a");
    QTest::addColumn<QRgb>("b");
    QTest::addColumn<int>("max");
    QTest::addColumn<double>("psnr");
    QTest::newRow("equal") << qRgb(1, 2, 3) << qRgb(1, 2, 3) << 0 << double(INFINITY);
    QTest::newRow("black and white") << qRgb(0, 0, 0) << qRgb(255, 255, 255) << 255 << 0.0;
    QTest::newRow("alpha does not count")
        << qRgba(1, 2, 3, 0) << qRgba(1, 2, 3, 255) << 0 << double(INFINITY);
  }
  void statisticsOfExtremes() {
    QFETCH(QRgb, a);
    QFETCH(QRgb, b);
    QFETCH(int, max);
    QFETCH(double, psnr);
    const auto stats = differenceStats(plain(a, 300, 200), plain(b, 300, 200));
    QVERIFY(stats);
    QCOMPARE(stats->max, max);
    QCOMPARE(stats->mean, double(max));
    QCOMPARE(stats->psnr, psnr);
  }

  void statisticsOfThePartThatOverlaps_data() {
    QTest::addColumn<QPoint>("offset");
    QTest::addColumn<QRect>("shared");
    QTest::newRow("none") << QPoint(0, 0) << QRect(0, 0, 40, 30);
    QTest::newRow("right and down") << QPoint(7, 3) << QRect(7, 3, 33, 27);
    QTest::newRow("left and up") << QPoint(-7, -3) << QRect(0, 0, 33, 27);
    QTest::newRow("one column") << QPoint(39, 0) << QRect(39, 0, 1, 30);
    QTest::newRow("beside each other") << QPoint(40, 0) << QRect();
  }
  void statisticsOfThePartThatOverlaps() {
    QFETCH(QPoint, offset);
    QFETCH(QRect, shared);
    // The second is the first moved back: with the offset they match.
    const QImage a = noise(40, 30, 1);
    QImage b = plain(qRgb(0, 0, 0), 40, 30);
    for (int y = 0; y < 30; ++y) {
      for (int x = 0; x < 40; ++x) {
        const QPoint from = QPoint(x, y) + offset;
        if (a.rect().contains(from)) b.setPixel(x, y, a.pixel(from));
      }
    }
    const auto stats = differenceStats(a, b, offset);
    QCOMPARE(stats.has_value(), !shared.isEmpty());
    if (!stats) return;
    QCOMPARE(stats->compared, shared);
    QVERIFY(stats->isZero());
    QCOMPARE(stats->mean, 0.0);
  }

  void statisticsOfNothing() {
    QVERIFY(!differenceStats({}, plain(qRgb(0, 0, 0))));
    QVERIFY(!differenceStats(plain(qRgb(0, 0, 0)), {}));
  }

  void differencesOfAColour() {
    QCOMPARE(largestDifference(qRgb(10, 200, 7), qRgb(13, 190, 7)), 10);
    QCOMPARE(brightnessDifference(qRgb(10, 10, 10), qRgb(30, 30, 30)), 20.0);
    QCOMPARE(brightnessDifference(qRgb(30, 30, 30), qRgb(10, 10, 10)), -20.0);
    QRandomGenerator random(3);
    for (int i = 0; i < 1000; ++i) {
      const QRgb colour = random.generate();
      QCOMPARE(largestDifference(colour, colour), 0);
      QCOMPARE(brightnessDifference(colour, colour), 0.0);
    }
  }

  void heatScaleIsEvenToTheEye() {
    QCOMPARE(heatColour(0), qRgb(0, 0, 0));
    QVERIFY(heatColour(1e-9) != qRgb(0, 0, 0));
    constexpr int kParts = 16;
    double least = 1e9, most = 0;
    for (int i = 1; i < kParts; ++i) {
      const Lab from = toLab(heatColour(double(i) / kParts));
      const Lab to = toLab(heatColour(double(i + 1) / kParts));
      QVERIFY2(to.l > from.l + 2, qPrintable(QString::number(i)));
      least = std::min(least, apart(from, to));
      most = std::max(most, apart(from, to));
    }
    QVERIFY2(most / least < 1.25, qPrintable(QString("%1 to %2").arg(least).arg(most)));
  }

  void signedScaleIsNeutralAtZeroOnly() {
    const QRgb neutral = signedColour(0);
    QCOMPARE(qRed(neutral), qGreen(neutral));
    QCOMPARE(qGreen(neutral), qBlue(neutral));
    for (int i = 1; i <= 255; ++i) {
      const Lab above = toLab(signedColour(i / 255.0)), below = toLab(signedColour(-i / 255.0));
      QVERIFY(signedColour(i / 255.0) != neutral);
      QVERIFY(signedColour(-i / 255.0) != neutral);
      // Neither side looks stronger than the other.
      QVERIFY2(std::abs(above.l - below.l) < 6, qPrintable(QString::number(i)));
      if (i > 40) QVERIFY(above.b > 5 && below.b < -5);
    }
    QCOMPARE(signedColour(7), signedColour(1));
    QCOMPARE(signedColour(-7), signedColour(-1));
    QCOMPARE(heatColour(7), heatColour(1));
  }

  void rastersDoNotDependOnTheirPart_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<QSize>("full");
    for (const int kind : {0, 1, 2}) {
      for (const QSize full : {QSize(61, 47), QSize(97, 71), QSize(431, 317), QSize(20, 13)})
        QTest::addRow("kind %d, %d wide", kind, full.width()) << kind << full;
    }
  }
  void rastersDoNotDependOnTheirPart() {
    QFETCH(int, kind);
    QFETCH(QSize, full);
    RasterJob job;
    job.kind = static_cast<RasterJob::Kind>(kind);
    job.source = noise(97, 71, 1);
    job.other = noise(97, 71, 2);
    job.full = full;
    job.part = QRect(QPoint(0, 0), full);
    const QImage whole = paintRaster(job);
    QCOMPARE(whole.size(), full);
    for (const QRect& part : {QRect(3, 5, 11, 7), QRect(full.width() / 2, 1, 6, 9)}) {
      job.part = part;
      QCOMPARE(paintRaster(job), whole.copy(part));
    }
  }

  void averagingKeepsTheMean() {
    const QImage image = noise(128, 128, 5);
    const QImage small = resampled(image, {32, 32}, {0, 0, 32, 32}, Resampling::Smooth);
    for (const QPoint at : {QPoint(0, 0), QPoint(17, 9), QPoint(31, 31)}) {
      int red = 0;
      for (int y = 0; y < 4; ++y) {
        for (int x = 0; x < 4; ++x) red += qRed(image.pixel(4 * at.x() + x, 4 * at.y() + y));
      }
      QVERIFY(std::abs(qRed(small.pixel(at)) - red / 16.0) <= 0.51);
    }
  }

  // One changed pixel among many stays visible in a map that shrinks.
  void mapsAverageDifferencesNotPictures() {
    RasterJob job;
    job.kind = RasterJob::Kind::Heat;
    job.source = plain(qRgb(100, 100, 100), 64, 64);
    job.other = job.source;
    // Up and down by the same: the mean of the pictures stays equal.
    job.other.setPixel(20, 20, qRgb(200, 200, 200));
    job.other.setPixel(21, 20, qRgb(0, 0, 0));
    job.full = {16, 16};
    job.part = {0, 0, 16, 16};
    const QImage map = paintRaster(job);
    QCOMPARE(map.pixel(5, 5), heatColour(200.0 / 16 / 255));
    QCOMPARE(map.pixel(4, 5), qRgb(0, 0, 0));
  }

  void mapScaleIsLinear() {
    RasterJob job;
    job.kind = RasterJob::Kind::Heat;
    job.source = plain(qRgb(0, 0, 0), 256, 1);
    job.other = job.source;
    for (int x = 0; x < 256; ++x) job.other.setPixel(x, 0, qRgb(0, x, 0));
    job.full = {256, 1};
    job.part = {0, 0, 256, 1};
    job.full_scale = 128;
    const QImage map = paintRaster(job);
    for (const int x : {0, 32, 64, 96, 128}) {
      const Lab wanted = toLab(heatColour(x / 128.0));
      QVERIFY2(apart(toLab(map.pixel(x, 0)), wanted) < 1.5, qPrintable(QString::number(x)));
    }
    QCOMPARE(map.pixel(255, 0), heatColour(1));
  }

  void mapWithAnOffsetIsBlankOutside() {
    RasterJob job;
    job.kind = RasterJob::Kind::Heat;
    job.source = noise(16, 16, 1);
    job.other = job.source.copy(4, 2, 12, 14).copy(0, 0, 16, 16);
    job.offset = {4, 2};
    job.full = {64, 64};
    job.part = {0, 0, 64, 64};
    job.blank = qRgb(1, 2, 3);
    const QImage map = paintRaster(job);
    QCOMPARE(map.pixel(15, 40), qRgb(1, 2, 3));
    QCOMPARE(map.pixel(40, 7), qRgb(1, 2, 3));
    QCOMPARE(map.pixel(16, 8), qRgb(0, 0, 0));
    QCOMPARE(map.pixel(63, 63), qRgb(0, 0, 0));
  }

  void anglesAreTidy_data() {
    QTest::addColumn<double>("degrees");
    QTest::addColumn<double>("tidy");
    QTest::newRow("zero") << 0.0 << 0.0;
    QTest::newRow("half") << 180.0 << 180.0;
    QTest::newRow("minus half") << -180.0 << 180.0;
    QTest::newRow("more than a turn") << 725.0 << 5.0;
    QTest::newRow("backwards") << -190.0 << 170.0;
    QTest::newRow("no number") << double(NAN) << 0.0;
    QTest::newRow("infinite") << double(INFINITY) << 0.0;
  }
  void anglesAreTidy() {
    QFETCH(double, degrees);
    QFETCH(double, tidy);
    QCOMPARE(tidyAngle(degrees), tidy);
  }

  void sidesOfALineShareTheArea() {
    CompareScene scene;
    scene.size = {400, 300};
    for (ComparePane& pane : scene.pair) pane.picture = plain(qRgb(0, 0, 0), 64, 64);
    const auto area = [](const QPolygonF& shape) {
      double sum = 0;
      for (int i = 0; i < shape.size(); ++i) {
        const QPointF a = shape[i], b = shape[(i + 1) % shape.size()];
        sum += a.x() * b.y() - b.x() * a.y();
      }
      return std::abs(sum) / 2;
    };
    const QRectF visible = scene.wipeArea();
    for (double angle = -179; angle <= 180; angle += 13) {
      scene.angle = angle;
      double before = -1;
      for (double wipe = 0; wipe <= 1; wipe += 0.125) {
        scene.wipe = wipe;
        const double first = area(scene.wipeSide(visible, true));
        const double second = area(scene.wipeSide(visible, false));
        QVERIFY(std::abs(first + second - visible.width() * visible.height()) < 1e-6);
        QVERIFY(first >= before);
        before = first;
      }
      QVERIFY(std::abs(before - visible.width() * visible.height()) < 1e-6);
    }
  }

  void parameterDifferences() {
    GenerationRequest a;
    a.seed = 43;
    a.guidance["seg.scale"] = 3.0;
    GenerationRequest b = a;
    b.seed = 44;
    b.prompts = {"a flag"};
    b.guidance["seg.sigma"] = 2.0;
    const auto rows = paramDifferences({a, b}, test::fake_catalogue());
    QCOMPARE(rows.size(), job_params(test::fake_catalogue()).size());
    QStringList differing;
    for (const ParamDiffRow& row : rows) {
      QCOMPARE(row.values.size(), std::size_t(2));
      QVERIFY(!row.label.isEmpty());
      if (!row.is_equal) differing << row.path;
      QVERIFY(row.is_equal || row.differs[1]);
      QVERIFY(!row.differs[0]);
    }
    QCOMPARE(differing, QStringList({"prompt", "seed", "guidance.seg.sigma"}));
    for (const ParamDiffRow& row : rows) {
      if (row.path == "guidance.seg.sigma")
        QCOMPARE(row.values, (std::vector<QString>{QString(QChar(0x221E)), "2"}));
      if (row.path == "prompt") QCOMPARE(row.values[0], QStringLiteral("(empty)"));
      if (row.path == "width") QVERIFY(row.values[0].contains("model"));
    }
  }

  void absentMeansTheDeclaredValue() {
    GenerationRequest a, b;
    for (const Card& card : test::fake_catalogue().terms) {
      for (const ParamSpec& spec : card.params) b.guidance[std::string(spec.key)] = spec.initial;
    }
    for (const ParamDiffRow& row : paramDifferences({a, b}, test::fake_catalogue()))
      QVERIFY2(row.is_equal, qPrintable(row.path));
  }

  // What a term would have done does not matter when it is off in both.
  void idleValuesAreEqual() {
    GenerationRequest a, b;
    a.guidance["seg.scale"] = b.guidance["seg.scale"] = 0.0;
    a.guidance["seg.sigma"] = 1.0;
    b.guidance["seg.sigma"] = 5.0;
    for (const ParamDiffRow& row : paramDifferences({a, b}, test::fake_catalogue()))
      QVERIFY2(row.is_equal, qPrintable(row.path));
    b.guidance["seg.scale"] = 1.0;
    for (const ParamDiffRow& row : paramDifferences({a, b}, test::fake_catalogue())) {
      if (row.path != "guidance.seg.sigma") continue;
      QVERIFY(!row.is_equal);
      QCOMPARE(row.values[1], QStringLiteral("5"));
    }
  }

  void valuesThatLookAlikeAreWrittenOut() {
    GenerationRequest a, b;
    a.guidance["seg.scale"] = 2.0;
    b.guidance["seg.scale"] = 2.00000001;
    for (const ParamDiffRow& row : paramDifferences({a, b}, test::fake_catalogue())) {
      if (row.path != "guidance.seg.scale") continue;
      QVERIFY(!row.is_equal);
      QVERIFY2(row.values[0] != row.values[1], qPrintable(row.values[1]));
    }
  }

  void batchesAndReferences() {
    GenerationRequest a, b, c;
    a.prompts = {"one"};
    b.prompts = {"one", "two"};
    c.prompts = {"one", "three"};
    const auto prompt = [](const std::vector<ParamDiffRow>& rows) {
      for (const ParamDiffRow& row : rows) {
        if (row.path == "prompt") return row;
      }
      return ParamDiffRow{};
    };
    const ParamDiffRow row = prompt(paramDifferences({a, b, c}, test::fake_catalogue(), 1));
    QCOMPARE(row.differs, (std::vector<bool>{true, false, true}));
    QVERIFY(row.values[1].contains("two"));
    QVERIFY(prompt(paramDifferences({b, b}, test::fake_catalogue())).is_equal);
    QVERIFY(paramDifferences({}, test::fake_catalogue()).empty());
    QCOMPARE(prompt(paramDifferences({a, b}, test::fake_catalogue(), 9)).differs,
             (std::vector<bool>{false, true}));
  }
};

QTEST_GUILESS_MAIN(TestCompareNumbers)
#include "tst_compare_numbers.moc"
