// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Pixels of a mask under brush and lasso, the way back through its strokes, and its soft edge.
#include "ui/mask_image.h"

#include "tests/support/mask_pixels.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace studio::ui;
using studio::test::isBinary;
using studio::test::whiteIn;

class TestMaskImage : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void brushesAreRound() {
    MaskImage mask({201, 201});
    mask.begin();
    const QRect touched = mask.line({100.5, 100.5}, 60, {100.5, 100.5}, 60, true);
    QVERIFY(mask.end());
    QCOMPARE(touched, QRect(QPoint(40, 40), QPoint(160, 160)));  // pixel centres at the radius belong to it
    const double area = std::numbers::pi * 60 * 60;
    QVERIFY(std::abs(whiteIn(mask.image()) - area) < 0.005 * area);
    QCOMPARE(mask.image(), mask.image().mirrored(true, false));
    QCOMPARE(mask.image(), mask.image().mirrored(false, true));
    QVERIFY(isBinary(mask.image()));
    QVERIFY(std::abs(mask.whiteShare() - area / (201 * 201)) < 0.001);
  }

  void linesHaveNoGaps() {
    MaskImage mask({300, 100});
    mask.begin();
    mask.line({20, 50}, 10, {280, 50}, 10, true);
    mask.end();
    // A capsule: a rectangle and two half discs.
    const double area = 260 * 20 + std::numbers::pi * 100;
    QVERIFY(std::abs(whiteIn(mask.image()) - area) < 0.01 * area);
    for (int x = 20; x < 280; ++x) QCOMPARE(qGray(mask.image().pixel(x, 41)), 255);
    MaskImage fine({50, 50});
    fine.begin();
    fine.line({3.2, 3.7}, 0.05, {40.1, 22.9}, 0.05, true);
    fine.end();
    for (int x = 3; x <= 40; ++x) {
      bool on = false;
      for (int y = 0; y < 50; ++y) on = on || qGray(fine.image().pixel(x, y)) == 255;
      QVERIFY2(on, qPrintable(QString::number(x)));
    }
  }

  void paintingOutsideIsCutOff() {
    MaskImage mask({40, 30});
    mask.begin();
    QVERIFY(mask.line({-100, -100}, 20, {-100, 300}, 20, true).isEmpty());
    QVERIFY(mask.rectangle(QRectF(QPointF(-10, -10), QPointF(-5, 50)), true).isEmpty());
    QCOMPARE(mask.line({0, 0}, 5, {0, 0}, 5, true).topLeft(), QPoint(0, 0));
    mask.rectangle(QRectF(QPointF(35, 25), QPointF(90, 90)), true);
    mask.polygon({{-20, 10}, {5, 12}, {-20, 14}}, true);
    QVERIFY(mask.end());
    QCOMPARE(qGray(mask.image().pixel(39, 29)), 255);
    QVERIFY(isBinary(mask.image()));
  }

  void areasAreExact() {
    MaskImage mask({50, 40});
    mask.begin();
    mask.rectangle(QRectF(QPointF(30.2, 20.9), QPointF(10.5, 5.1)), true);
    mask.end();
    QCOMPARE(whiteIn(mask.image()), (30 - 10 + 1) * (20 - 5 + 1));
    mask.begin();
    mask.polygon({{0, 0}, {50, 0}, {50, 40}, {0, 40}}, true);
    mask.end();
    QVERIFY(mask.isWhite());
    mask.begin();
    mask.invert();
    mask.end();
    QVERIFY(mask.isBlack());
  }

  void stepsGoBackAndForth() {
    MaskImage mask({77, 53});
    std::vector<QImage> states{mask.image()};
    const auto step = [&](auto change) {
      mask.begin();
      change();
      QVERIFY(mask.end());
      states.push_back(mask.image());
    };
    step([&] { mask.line({10, 10}, 8, {60, 40}, 3, true); });
    step([&] { mask.rectangle(QRectF(20, 5, 30, 30), true); });
    step([&] { mask.line({30, 10}, 5, {30, 40}, 5, false); });
    step([&] { mask.invert(); });
    step([&] { mask.fill(true); });
    for (std::size_t i = states.size() - 1; i-- > 0;) {
      QVERIFY(!mask.undo().isEmpty());
      QCOMPARE(mask.image(), states[i]);
    }
    QVERIFY(!mask.canUndo());
    QVERIFY(mask.undo().isEmpty());
    for (std::size_t i = 1; i < 3; ++i) {
      mask.redo();
      QCOMPARE(mask.image(), states[i]);
    }
    step([&] { mask.line({5, 5}, 2, {5, 5}, 2, true); });
    QVERIFY2(!mask.canRedo(), "a new stroke is another way");
    mask.begin();
    mask.line({5, 5}, 1, {5, 5}, 1, true);
    QVERIFY2(!mask.end(), "nothing changed");
    QVERIFY(!mask.canRedo());
  }

  void memoryOfStepsIsBounded() {
    constexpr std::size_t kMost = 64 << 10;
    MaskImage mask({512, 512}, kMost);
    for (int i = 0; i < 20; ++i) {
      mask.begin();
      mask.invert();
      mask.end();
      QVERIFY(mask.undoBytes() <= kMost);
    }
    int back = 0;
    while (mask.canUndo()) mask.undo(), ++back;
    QVERIFY(back >= 1 && back < 3);
    MaskImage tight({512, 512}, 1);
    tight.begin();
    tight.fill(true);
    tight.end();
    QVERIFY2(tight.canUndo(), "the last step can always be undone");
  }

  // The same arithmetic as the job's: a normalised Gaussian cut off at three of it, borders
  // repeated.
  void softEdges_data() {
    QTest::addColumn<double>("sigma");
    for (const double sigma : {0.5, 2.0, 5.0, 8.0}) QTest::addRow("%g px", sigma) << sigma;
  }
  void softEdges() {
    QFETCH(double, sigma);
    MaskImage mask({61, 47});
    mask.begin();
    mask.rectangle(QRectF(-1, -1, 25, 20), true);
    mask.line({45, 30}, 9, {45, 30}, 9, true);
    mask.end();
    const QImage soft = softened(mask.image(), sigma);
    const int radius = static_cast<int>(std::ceil(3 * sigma));
    const auto weight = [&](int i) { return std::exp(-0.5 * i * i / (sigma * sigma)); };
    double sum = 0;
    for (int i = -radius; i <= radius; ++i) sum += weight(i);
    for (int y = 0; y < 47; y += 3) {
      for (int x = 0; x < 61; x += 3) {
        double wanted = 0;
        for (int v = -radius; v <= radius; ++v) {
          for (int u = -radius; u <= radius; ++u) {
            const int value =
                qGray(mask.image().pixel(std::clamp(x + u, 0, 60), std::clamp(y + v, 0, 46)));
            wanted += weight(u) * weight(v) * value / (sum * sum);
          }
        }
        QVERIFY2(std::abs(qGray(soft.pixel(x, y)) - wanted) <= 1,
                 qPrintable(QStringLiteral("%1, %2").arg(x).arg(y)));
      }
    }
    QCOMPARE(softened(mask.image(), 0), mask.image());
  }

  void wideSoftEdgesAreNear() {
    MaskImage mask({300, 260});
    mask.begin();
    mask.rectangle(QRectF(0, 0, 149, 259), true);
    mask.end();
    const QImage soft = softened(mask.image(), 30);
    QCOMPARE(soft.size(), mask.size());
    for (int x = 0; x < 300; x += 10) {
      const double wanted = 255 * 0.5 * std::erfc((x + 0.5 - 150) / (30 * std::numbers::sqrt2));
      QVERIFY2(std::abs(qGray(soft.pixel(x, 130)) - wanted) < 8, qPrintable(QString::number(x)));
    }
  }
};

QTEST_MAIN(TestMaskImage)
#include "tst_mask_image.moc"
