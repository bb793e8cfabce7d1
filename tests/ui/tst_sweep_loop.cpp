// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The sweep page stays at hand: no turn of the event loop is long while a grid fills, is zoomed, or
// scrolls through ten thousand pictures.
#include "tests/support/event_loop_meter.h"
#include "tests/ui/sweep_desk.h"

#include <QDir>
#include <QScrollBar>
#include <QTimer>
#include <QWheelEvent>

using namespace studio;
using namespace studio::test;

class TestSweepLoop : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void cleanup() { desk_.reset(); }

  void whileFortyEightCellsFill_data() {
    QTest::addColumn<int>("size_px");
    QTest::addColumn<int>("at_least");
    QTest::newRow("128 px") << 128 << 15;
    QTest::newRow("256 px") << 256 << 3;
  }
  void whileFortyEightCellsFill() {
    QFETCH(int, size_px);
    QFETCH(int, at_least);
    desk_ =
        std::make_unique<SweepDesk>(FakeScript{.step_ms = 4, .size_px = size_px, .measured = true});
    desk_->page->setSpec(
        sweepOf({{kSigma, "0.3, 0.5, 0.7, 1, 2, 4, 8, inf"}, {kScale, "0, 1, 2, 3, 4, 5"}}, 8));
    QVERIFY(desk_->canRun());
    Q_EMIT desk_->page->editor()->runAsked();
    EventLoopMeter meter;
    meter.run(3000);
    QVERIFY2(desk_->page->cells().finished() >= at_least,
             qPrintable(QString::number(desk_->page->cells().finished())));
    report(meter);
  }

  void whileAllCellsAreZoomed() {
    desk_ = std::make_unique<SweepDesk>(FakeScript{.step_ms = 1, .size_px = 96, .measured = true});
    desk_->page->setSpec(
        sweepOf({{kSigma, "0.3, 0.5, 0.7, 1, 2, 4, 8, inf"}, {kScale, "0, 1, 2, 3, 4, 5"}}, 1));
    QVERIFY(desk_->canRun());
    QVERIFY(desk_->runToEnd());
    SweepGridView* grid = desk_->page->grid();
    QTimer hand;
    int turns = 0;
    connect(&hand, &QTimer::timeout, this, [&] {
      const QPoint at = grid->rectOf(17).center();
      QWheelEvent event(at,
                        grid->viewport()->mapToGlobal(at),
                        {},
                        QPoint(0, ++turns / 20 % 2 == 0 ? 60 : -60),
                        Qt::NoButton,
                        Qt::NoModifier,
                        Qt::NoScrollPhase,
                        false);
      QApplication::sendEvent(grid->viewport(), &event);
    });
    hand.start(16);
    EventLoopMeter meter;
    meter.run(2500);
    QVERIFY(turns > 80);
    report(meter);
  }

  void whileTenThousandScroll() {
    desk_ = std::make_unique<SweepDesk>();
    // Real files; a few hundred serve for all cells.
    const QString folder = desk_->dir.filePath(QStringLiteral("many"));
    QVERIFY(QDir().mkpath(folder + "/cells"));
    for (int i = 0; i < 200; ++i) {
      QImage image(128, 128, QImage::Format_RGB32);
      for (int y = 0; y < 128; ++y) {
        for (int x = 0; x < 128; ++x)
          image.setPixel(x, y, qRgb((x * i) & 255, (y * 3) & 255, (x ^ y) & 255));
      }
      QVERIFY(image.save(folder + QStringLiteral("/cells/%1.png").arg(i)));
    }
    SweepFolder opened{.folder = folder.toStdString()};
    opened.grid = std::make_shared<SweepGrid>(
        read_sweep(sweepOf({{"seed", "1-100"}, {kScale, "0..10[100]"}}), fake_catalogue()).value());
    for (int i = 0; i < 10'000; ++i) {
      opened.picture_of_cell.push_back(i);
      opened.twin_of_cell.push_back(-1);
      CellResult result;
      result.state = CellState::Finished;
      result.file = "cells/" + std::to_string(i % 200) + ".png";
      opened.pictures.push_back(result);
    }
    QElapsedTimer clock;
    clock.start();
    desk_->page->setFolder(opened);
    const qint64 opening_ms = clock.elapsed();
    SweepGridView* grid = desk_->page->grid();
    grid->setTileSize(128);
    QTimer hand;
    int moves = 0;
    connect(&hand, &QTimer::timeout, this, [&] {
      ++moves;
      grid->verticalScrollBar()->setValue(grid->verticalScrollBar()->value() + 40);
      if (moves % 40 == 0)
        grid->horizontalScrollBar()->setValue((moves * 97) %
                                              grid->horizontalScrollBar()->maximum());
    });
    hand.start(16);
    EventLoopMeter meter;
    meter.run(3000);
    QVERIFY(moves > 100);
    QVERIFY2(opening_ms < 500, qPrintable(QString::number(opening_ms)));
    QVERIFY(desk_->page->images().bytesKept() < 260 << 20);
    report(meter);
    hand.stop();
    // And they do come.
    QTRY_VERIFY(
        desk_->page->images()
            .sizeOf(desk_->page->cells().picture(*grid->cellAt(grid->viewport()->rect().center())))
            .isValid());
  }

 private:
  static void report(const EventLoopMeter& meter) {
    const double p99 = meter.percentile(0.99), most = meter.maximum();
    qInfo("%zu turns, 99 %% within %.2f ms, longest %.2f ms", meter.turns(), p99, most);
    QVERIFY(meter.turns() > 300);
    QVERIFY2(p99 <= 16, qPrintable(QString::number(p99)));
    QVERIFY2(most <= 60, qPrintable(QString::number(most)));
  }

  std::unique_ptr<SweepDesk> desk_;
};

QTEST_MAIN(TestSweepLoop)
#include "tst_sweep_loop.moc"
