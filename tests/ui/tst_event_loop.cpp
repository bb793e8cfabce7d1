// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window stays at hand while a job with previews runs: no turn of the event loop is long.
#include "tests/support/event_loop_meter.h"
#include "tests/support/fake_catalogue.h"
#include "tests/support/fake_engine.h"
#include "ui/control_panel.h"
#include "ui/job_bridge.h"
#include "ui/main_window.h"
#include "ui/param_row.h"
#include "ui/param_slider.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

using namespace studio;
using namespace studio::ui;

class TestEventLoop : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    bridge_ = std::make_unique<JobBridge>();
    window_ = std::make_unique<MainWindow>(
        test::fake_catalogue(),
        *bridge_,
        WindowOptions{dir_->filePath("settings.ini"), dir_->filePath("gallery"), {}});
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
  }
  void cleanup() {
    window_.reset();
    engine_.reset();
    bridge_.reset();
  }

  void whileAJobRuns_data() {
    QTest::addColumn<int>("size_px");
    QTest::newRow("128 px") << 128;
    QTest::newRow("1024 px") << 1024;
  }
  void whileAJobRuns() {
    QFETCH(int, size_px);
    engine_ = std::make_unique<test::FakeEngine>(
        *bridge_, test::FakeScript{.step_ms = 40, .size_px = size_px});
    const QSignalSpy previews(window_->runner(), &RunController::previewReady);
    const QSignalSpy pairs(window_->runner(), &RunController::pairReady);
    window_->attachEngine(engine_.get());
    test::EventLoopMeter meter;
    meter.run(3000);
    QVERIFY2(previews.count() > 20, qPrintable(QString::number(previews.count())));
    QVERIFY(size_px > 128 || pairs.count() == 1);
    report(meter);
  }

  void whileALiveSliderMoves() {
    engine_ = std::make_unique<test::FakeEngine>(*bridge_, test::FakeScript{.step_ms = 30});
    window_->controls()->setLive(true);
    window_->attachEngine(engine_.get());
    auto* row = window_->findChild<ParamRow*>("guidance.seg.scale");
    auto* slider = qobject_cast<ParamSlider*>(row->control());
    QTimer hand;
    int moves = 0;
    connect(&hand, &QTimer::timeout, slider, [&] {
      QTest::keyClick(slider->slider(), ++moves / 30 % 2 == 0 ? Qt::Key_Right : Qt::Key_Left);
    });
    test::EventLoopMeter meter;
    hand.start(16);
    meter.run(3000);
    QVERIFY(moves > 100);
    report(meter);
  }

 private:
  static void report(const test::EventLoopMeter& meter) {
    const double p99 = meter.percentile(0.99), most = meter.maximum();
    qInfo("%zu turns, 99 %% within %.2f ms, longest %.2f ms", meter.turns(), p99, most);
    QVERIFY(meter.turns() > 1000);
    QVERIFY2(p99 <= 16, qPrintable(QString::number(p99)));
    QVERIFY2(most <= 60, qPrintable(QString::number(most)));
  }

  std::unique_ptr<QTemporaryDir> dir_;
  std::unique_ptr<JobBridge> bridge_;
  std::unique_ptr<test::FakeEngine> engine_;
  std::unique_ptr<MainWindow> window_;
};

QTEST_MAIN(TestEventLoop)
#include "tst_event_loop.moc"
