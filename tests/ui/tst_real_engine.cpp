// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window on the real engine and the demo model: prompt while the model computes, and quick to
// show what a slider changed.
#include "core/make_engine.h"
#include "tests/support/event_loop_meter.h"
#include "ui/compare_view.h"
#include "ui/control_panel.h"
#include "ui/gallery_model.h"
#include "ui/job_bridge.h"
#include "ui/main_window.h"
#include "ui/param_row.h"
#include "ui/param_slider.h"

#include <QFile>
#include <QImage>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace studio;
using namespace studio::ui;

class TestRealEngine : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> dir_;
  std::unique_ptr<JobBridge> bridge_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<MainWindow> window_;

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    bridge_ = std::make_unique<JobBridge>();
    window_ = std::make_unique<MainWindow>(
        catalogue(), *bridge_, WindowOptions{dir_->filePath("settings.ini"), dir_->filePath("gallery"), {}});
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    EngineConfig config;
    config.resources_path = STUDIO_RESOURCES_DIR;
    config.device = "cpu";
    auto engine = make_engine(config, *bridge_);
    if (!engine) QFAIL(engine.error().message.c_str());
    engine_ = std::move(engine).value();
  }
  void cleanup() {
    window_.reset();
    engine_.reset();
    bridge_.reset();
  }

  // The first start: the model loads, then the job of the first start and its twin run.
  void firstStartMakesAPair() {
    QSignalSpy pairs(window_->runner(), &RunController::pairReady);
    window_->attachEngine(engine_.get());
    QTRY_COMPARE_WITH_TIMEOUT(pairs.count(), 1, 240000);
    QTRY_COMPARE_WITH_TIMEOUT(window_->gallery()->rowCount(), 1, 5000);
  }

  void eventLoopWhileAJobRuns() {
    window_->attachEngine(engine_.get());
    QSignalSpy previews(window_->runner(), &RunController::previewReady);
    QTRY_VERIFY_WITH_TIMEOUT(previews.count() > 0, 240000);  // loaded and running
    test::EventLoopMeter meter;
    meter.run(2500);
    const double p99 = meter.percentile(0.99), most = meter.maximum();
    qInfo("%zu turns, 99 %% within %.2f ms, longest %.2f ms", meter.turns(), p99, most);
    QVERIFY(meter.turns() > 500);
    QVERIFY2(p99 <= 16, qPrintable(QString::number(p99)));
    QVERIFY2(most <= 60, qPrintable(QString::number(most)));
  }

  // From the slider's last change to the first preview made with it.
  void livePreviewFollowsTheSlider() {
    if (!qEnvironmentVariableIsSet("STUDIO_TIMED")) {
      QSKIP("a speed: run by hand on a quiet machine, ctest --preset slow");
    }
    window_->controls()->setLive(true);
    window_->attachEngine(engine_.get());
    QSignalSpy pairs(window_->runner(), &RunController::pairReady);
    QTRY_COMPARE_WITH_TIMEOUT(pairs.count(), 1, 240000);
    auto* slider = qobject_cast<ParamSlider*>(window_->findChild<ParamRow*>("guidance.seg.scale")->control());
    QVERIFY(slider != nullptr);
    std::vector<double> waits_ms;
    for (int trial = 0; trial < 7; ++trial) {
      // A drag, always onwards (a value seen before would come from the engine's recent results): several
      // values, so that a job for an older one is under way when the hand stops.
      for (int move = 0; move < 5; ++move) {
        QTest::keyClick(slider->slider(), Qt::Key_Right);
        QTest::qWait(20);
      }
      QElapsedTimer clock;
      clock.start();
      double wait_ms = -1;
      bool newest_started = false;
      GenerationRequest wanted;
      const auto started = connect(window_->runner(), &RunController::jobStarted, this,
                                   [&](Side side, const GenerationRequest& resolved, bool) {
                                     newest_started = side == Side::Guided && resolved.guidance == wanted.guidance;
                                   });
      const auto shown = connect(window_->runner(), &RunController::previewReady, this, [&](Side side, int, int, const QImage&, bool) {
        if (newest_started && side == Side::Guided && wait_ms < 0) wait_ms = static_cast<double>(clock.nsecsElapsed()) / 1e6;
      });
      QTest::keyClick(slider->slider(), Qt::Key_Right);
      wanted = window_->controls()->request();
      QTRY_VERIFY_WITH_TIMEOUT(wait_ms >= 0 || pairs.count() > 100, 5000);
      disconnect(started);
      disconnect(shown);
      waits_ms.push_back(wait_ms);
    }
    std::sort(waits_ms.begin(), waits_ms.end());
    qInfo("slider to first preview: median %.0f ms, longest %.0f ms", waits_ms[waits_ms.size() / 2], waits_ms.back());
    QVERIFY2(waits_ms[waits_ms.size() / 2] <= 150, qPrintable(QString::number(waits_ms[waits_ms.size() / 2])));
  }

  // A picture and a mask in the window's job: run, dragged live, kept by the project, undone.
  void repaintsUnderAMask() {
    QImage picture(96, 96, QImage::Format_RGB32), mask(96, 96, QImage::Format_Grayscale8);
    picture.fill(qRgb(200, 120, 40));
    mask.fill(0);
    for (int y = 0; y < 96; ++y) std::fill_n(mask.scanLine(y), 32, uchar(255));
    QVERIFY(picture.save(dir_->filePath("picture.png")) && mask.save(dir_->filePath("mask.png")));
    GenerationRequest request = window_->controls()->request();
    request.steps = 4;
    request.width_px = request.height_px = 96;
    request.seed = 5;
    request.sections["start.image"] = dir_->filePath("picture.png").toStdString();
    request.sections["start.mask"] = dir_->filePath("mask.png").toStdString();
    request.sections["start.mask_blur"] = 2.0;
    QFile job(dir_->filePath("job.json"));
    QVERIFY(job.open(QIODevice::WriteOnly));
    job.write(QByteArray::fromStdString(engine_->job_json(request)));
    job.close();
    window_->attachEngine(engine_.get());
    QSignalSpy pairs(window_->runner(), &RunController::pairReady);
    QTRY_COMPARE_WITH_TIMEOUT(pairs.count(), 1, 240000);
    window_->openJob(job.fileName());
    QTRY_COMPARE(window_->controls()->request(), request);
    window_->controls()->setLive(true);
    QTRY_VERIFY_WITH_TIMEOUT(pairs.count() >= 2 && !window_->runner()->isRunning(), 120000);
    const auto shown = [&] { return window_->view()->picture(Side::Guided); };
    QCOMPARE(shown().size(), QSize(96, 96));
    // Far from the mask the picture stays to the bit.
    for (int y = 0; y < 96; ++y) QCOMPARE(shown().pixel(60, y), qRgb(200, 120, 40));
    QVERIFY(shown().copy(0, 0, 24, 96) != picture.copy(0, 0, 24, 96));
    const QImage before = shown();
    for (const char* path : {"start.strength", "start.mask_blur"}) {
      auto* slider = qobject_cast<ParamSlider*>(window_->findChild<ParamRow*>(path)->control());
      QVERIFY(slider != nullptr && slider->isVisible());
      const GenerationRequest was = window_->controls()->request();
      const auto count = pairs.count();
      for (int i = 0; i < 4; ++i) QTest::keyClick(slider->slider(), Qt::Key_Left);
      QTRY_VERIFY_WITH_TIMEOUT(pairs.count() > count && !window_->runner()->isRunning(), 120000);
      QVERIFY2(shown() != before, path);
      QVERIFY(window_->controls()->request() != was);
    }
    const GenerationRequest kept = window_->controls()->request();
    QVERIFY(kept.sections.contains("start.strength"));
    // The project has it after the next start.
    window_->close();
    window_.reset();
    engine_.reset();
    bridge_.reset();
    auto dir = std::move(dir_);
    init();
    window_.reset();
    dir_ = std::move(dir);
    window_ = std::make_unique<MainWindow>(
        catalogue(), *bridge_, WindowOptions{dir_->filePath("settings.ini"), dir_->filePath("gallery"), {}});
    window_->show();
    window_->attachEngine(engine_.get());
    QTRY_COMPARE_WITH_TIMEOUT(window_->controls()->request().sections, kept.sections, 10000);
  }

  void closingMidJobIsClean() {
    window_->attachEngine(engine_.get());
    QSignalSpy previews(window_->runner(), &RunController::previewReady);
    QTRY_VERIFY_WITH_TIMEOUT(previews.count() > 2, 240000);
  }
};

QTEST_MAIN(TestRealEngine)
#include "tst_real_engine.moc"
