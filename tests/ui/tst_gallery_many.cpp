// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Thousands of pictures: the first page comes at once, and scrolling, searching and indexing leave
// the event loop free. STUDIO_TIMED=1 (a quiet machine) takes 10,000 pictures and the promised
// bounds; otherwise it is a smaller folder, with room for what else the machine does.
#include "tests/support/event_loop_meter.h"
#include "tests/support/fake_catalogue.h"
#include "tests/support/fake_engine.h"
#include "tests/ui/gallery_folder.h"
#include "ui/gallery_filter.h"
#include "ui/gallery_grid.h"
#include "ui/gallery_index.h"
#include "ui/gallery_page.h"
#include "ui/job_bridge.h"
#include "ui/pool_tasks.h"
#include "ui/theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QScrollBar>
#include <QTest>
#include <QTimer>

using namespace studio;
using namespace studio::ui;

namespace {

bool isTimed() { return qEnvironmentVariableIntValue("STUDIO_TIMED") == 1; }

struct Desk {
  Desk() : engine(bridge, {}), page(test::fake_catalogue(), tasks) {
    page.resize(1440, 900);
    page.setEngine(&engine);
    page.show();
  }
  ~Desk() { page.setEngine(nullptr); }
  bool isFirstPageShown() {
    const auto [first, last] = page.grid()->visibleRows();
    if (last - first < 8) return false;  // short groups may fill a part of the view
    for (int row = first; row < last; ++row) {
      if (page.grid()->thumbOf(row).isNull()) return false;
    }
    return true;
  }
  bool isRead() {
    for (int row = 0; row < page.grid()->count(); ++row) {
      if (page.grid()->entry(row)->kind == GalleryKind::Unread) return false;
    }
    return page.grid()->count() > 0;
  }
  // Meters the event loop until something holds; false after a time.
  template <class Condition>
  bool meterUntil(Condition holds, int most_ms) {
    QEventLoop loop;
    QTimer look;
    bool held = false;
    QObject::connect(&look, &QTimer::timeout, &loop, [&] {
      if ((held = holds())) loop.quit();
    });
    QTimer::singleShot(most_ms, &loop, &QEventLoop::quit);
    look.start(20);
    meter.start();
    loop.exec();
    meter.stop();
    return held;
  }

  JobBridge bridge;
  test::FakeEngine engine;
  PoolTasks tasks;
  GalleryPage page;
  test::EventLoopMeter meter;
};

}  // namespace

class TestGalleryMany : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    applyTheme(*qApp, darkTheme());
    count_ = isTimed() ? 10000 : 1500;
    QElapsedTimer clock;
    clock.start();
    folder_.fill(count_);
    qInfo("%d pictures made in %lld ms", count_, clock.elapsed());
  }

  // In this order: the next ones use the index that this one makes.
  void building() {
    Desk desk;
    QElapsedTimer clock;
    clock.start();
    desk.page.openProject(folder_.path(), false);
    QVERIFY(desk.meterUntil([&] { return desk.isFirstPageShown(); }, 20000));
    qInfo("without an index: first page after %lld ms", clock.elapsed());
    report("until the first page", desk.meter);
    QVERIFY(desk.meterUntil([&] { return desk.page.grid()->count() == count_ && desk.isRead(); },
                            120000));
    qInfo("all read after %lld ms", clock.elapsed());
    report("while the index is built", desk.meter);
  }

  void openingWithAnIndex() {
    Desk desk;
    QElapsedTimer clock;
    clock.start();
    desk.page.openProject(folder_.path(), false);
    QVERIFY(desk.meterUntil([&] { return desk.isFirstPageShown(); }, 20000));
    const qint64 ms = clock.elapsed();
    qInfo("with an index: first page after %lld ms", ms);
    QCOMPARE(desk.page.grid()->count(), count_);
    report("while it opens", desk.meter);
    QVERIFY2(ms <= (isTimed() ? 1000 : 5000), qPrintable(QString::number(ms)));
  }

  void scrolling_data() {
    QTest::addColumn<int>("step_px");
    QTest::newRow("as a wheel does") << 120;
    QTest::newRow("page after page") << 700;
    QTest::newRow("flung from end to end") << 9000;
  }
  void scrolling() {
    QFETCH(int, step_px);
    Desk desk;
    desk.page.openProject(folder_.path(), false);
    QTRY_COMPARE_WITH_TIMEOUT(desk.page.grid()->count(), count_, 20000);
    QScrollBar* bar = desk.page.grid()->verticalScrollBar();
    int way = 1, frames = 0;
    QTimer hand;
    hand.setTimerType(Qt::PreciseTimer);
    connect(&hand, &QTimer::timeout, bar, [&] {
      if (bar->value() + way * step_px > bar->maximum() || bar->value() + way * step_px < 0)
        way = -way;
      bar->setValue(bar->value() + way * step_px);
      ++frames;
    });
    hand.start(16);
    desk.meter.run(3000);
    hand.stop();
    qInfo("%d scrolls in 3 s; %.1f MB of thumbnails", frames, held(desk));
    report("while scrolling", desk.meter);
    if (isTimed()) QVERIFY2(frames >= 178, qPrintable(QString::number(frames)));
    QVERIFY(desk.page.grid()->thumbs().bytesHeld() <= ThumbLoader::kBudget);
    // What is in view in the end gets its pictures.
    QTRY_VERIFY_WITH_TIMEOUT(desk.isFirstPageShown(), 10000);
  }

  void searchingAndRating() {
    Desk desk;
    desk.page.openProject(folder_.path(), false);
    QTRY_COMPARE_WITH_TIMEOUT(desk.page.grid()->count(), count_, 20000);
    auto* field = desk.page.findChild<QLineEdit*>("gallerySearch");
    field->setFocus();
    const QString text = QStringLiteral("picture seg.scale>=2 steps=25");
    int typed = 0;
    QTimer hand;
    connect(&hand, &QTimer::timeout, field, [&] {
      if (typed < text.size()) QTest::keyClicks(field, text.mid(typed++, 1));
    });
    hand.start(60);
    const int expected = count_ * 6 / 10;
    QVERIFY(desk.meterUntil(
        [&] { return typed == text.size() && desk.page.grid()->count() == expected; }, 30000));
    hand.stop();
    report("while searching", desk.meter);
    desk.page.grid()->setFocus();
    QTest::keyClick(desk.page.grid(), Qt::Key_A, Qt::ControlModifier);
    QTest::keyClick(desk.page.grid(), Qt::Key_4);
    QVERIFY(desk.meterUntil([&] { return desk.page.grid()->entry(expected - 1)->mark.rating == 4; },
                            30000));
    report("while rating all of them", desk.meter);
    QTest::keyClick(desk.page.grid(), Qt::Key_0);
    QTRY_COMPARE_WITH_TIMEOUT(desk.page.grid()->entry(0)->mark.rating, 0, 20000);
  }

  void largePicturesInABoundedCache() {
    test::GalleryFolder folder;
    const QByteArray bytes = test::pngOf({.side_px = 1024});
    for (int i = 0; i < 120; ++i)
      QVERIFY(test::writeFile(folder.path(QStringLiteral("images/%1.png").arg(i)), bytes));
    GalleryGrid grid(nullptr, 4 << 20);
    grid.resize(900, 700);
    grid.show();
    GalleryIndex index(test::fake_catalogue());
    connect(&index, &GalleryIndex::rowsReady, &grid, [&](const auto& rows) { grid.setRows(rows); });
    index.open(folder.path(), false);
    grid.setFolder(folder.path());
    index.query({});
    QTRY_COMPARE_WITH_TIMEOUT(grid.count(), 120, 20000);
    for (int turn = 0; turn < 12; ++turn) {
      QScrollBar* bar = grid.verticalScrollBar();
      bar->setValue(bar->maximum() * (turn % 4) / 3);
      QTRY_VERIFY_WITH_TIMEOUT(!grid.thumbOf(grid.visibleRows().first).isNull(), 20000);
      QVERIFY(grid.thumbs().bytesHeld() <= 4 << 20);
    }
  }

 private:
  static double held(Desk& desk) {
    return static_cast<double>(desk.page.grid()->thumbs().bytesHeld()) / (1 << 20);
  }
  static void report(const char* when, const test::EventLoopMeter& meter) {
    const double p99 = meter.percentile(0.99), most = meter.maximum();
    qInfo("%s: %zu turns, 99 %% within %.2f ms, longest %.2f ms", when, meter.turns(), p99, most);
    QVERIFY2(p99 <= (isTimed() ? 16 : 60), qPrintable(QString::number(p99)));
    QVERIFY2(most <= (isTimed() ? 60 : 400), qPrintable(QString::number(most)));
  }

  test::GalleryFolder folder_;
  int count_ = 0;
};

QTEST_MAIN(TestGalleryMany)
#include "tst_gallery_many.moc"
