// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep in the window on the real engine and the demo model, while a live slider moves beside it:
// its pictures are those that another engine makes alone, and the event loop turns all the time.
#include "tests/support/engine_bench.h"
#include "tests/support/event_loop_meter.h"
#include "ui/axis_edit.h"
#include "ui/axis_row.h"
#include "ui/cell_panel.h"
#include "ui/control_panel.h"
#include "ui/gallery_model.h"
#include "ui/job_bridge.h"
#include "ui/main_window.h"
#include "ui/param_row.h"
#include "ui/param_slider.h"
#include "ui/picture.h"
#include "ui/queue_model.h"
#include "ui/sweep_cells.h"
#include "ui/sweep_editor.h"
#include "ui/sweep_grid_view.h"
#include "ui/sweep_page.h"

#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <numeric>

using namespace studio;
using namespace studio::ui;

namespace {

constexpr char kSigma[] = "guidance.seg.sigma";
constexpr char kScale[] = "guidance.seg.scale";
constexpr int kLargestAllowed = 1;  // of 255, as in seg-cli sweep --verify

// Speed is for a quiet machine: by hand, with ctest --preset slow.
bool isTimed() { return qEnvironmentVariableIsSet("STUDIO_TIMED"); }

void report(const char* when, const test::EventLoopMeter& meter) {
  const double p99 = meter.percentile(0.99), most = meter.maximum();
  qInfo("%s: %zu turns, 99 %% within %.2f ms, longest %.2f ms", when, meter.turns(), p99, most);
  QVERIFY(meter.turns() > 300);
  if (!isTimed()) return;
  QVERIFY2(p99 <= 16, qPrintable(QString::number(p99)));
  QVERIFY2(most <= 60, qPrintable(QString::number(most)));
}

}  // namespace

class TestRealSweep : public QObject {
  Q_OBJECT

 private:
  SweepPage& page() { return *window_->sweepPage(); }
  void click(const char* name) {
    auto* button = window_->findChild<QPushButton*>(name);
    QVERIFY2(button != nullptr && button->isVisible(), name);
    QVERIFY2(button->isEnabled(), name);
    QTest::mouseClick(button, Qt::LeftButton);
  }
  void typeAxis(const char* path, const char* values) {
    page().editor()->addAxis();
    AxisRow* row = page().editor()->rows().back();
    QComboBox* combo = row->combo();
    combo->lineEdit()->setFocus();
    combo->lineEdit()->selectAll();
    QTest::keyClicks(combo->lineEdit(), path);
    QTest::keyClick(combo->lineEdit(), Qt::Key_Return);
    row->edit()->setFocus();
    row->edit()->selectAll();
    QTest::keyClicks(row->edit(), values);
    QTest::keyClick(row->edit(), Qt::Key_Return);
    QCOMPARE(row->axis(), (SweepAxis{path, values}));
  }
  // The window with its first pair made and a job of few steps in its controls.
  void begin(std::int64_t steps) {
    window_->attachEngine(engine_.get());
    QSignalSpy pairs(window_->runner(), &RunController::pairReady);
    QTRY_COMPARE_WITH_TIMEOUT(pairs.count(), 1, 240000);
    GenerationRequest job = window_->controls()->request();
    job.prompts = {"red apple"};
    job.seed = 11;
    job.steps = steps;
    window_->controls()->setRequest(job);
    window_->controls()->setSeedLocked(true);
  }
  // 3 x 2 on the sweep page, from the button of the picture's page.
  void setUpSweep() {
    click("toSweep");
    QCOMPARE(window_->pages()->page(), Page::Sweep);
    SweepSpec empty = page().spec();
    empty.axes.clear();
    page().setSpec(empty);
    typeAxis(kSigma, "1, 3, inf");
    typeAxis(kScale, "1.5, 4");
    QTRY_VERIFY_WITH_TIMEOUT(page().editor()->runButton()->isEnabled(), 10000);
  }
  struct Compared {
    int pictures = 0, equal_bits = 0, must_be_equal = 0, largest = 0;
  };
  // Every picture of the sweep against a run of its job alone, on an engine that knows nothing of
  // it.
  void compareWithAlone(Compared& compared) {
    testing::Bench bench;
    const SweepCells& cells = page().cells();
    std::map<int, GenerationRequest> jobs;
    for (std::size_t cell = 0; cell < cells.cells(); ++cell) {
      const GenerationRequest request = cells.request(cell);
      jobs.emplace(cells.picture(cell), request);
      jobs.emplace(cells.twin(cell), unguided_twin(request, catalogue()));
    }
    for (const auto& [picture, request] : jobs) {
      const CellResult& result = cells.result(picture);
      QCOMPARE(result.state, CellState::Finished);
      const Finished alone = bench.result(request, {.previews = false});
      QVERIFY(!alone.from_cache);
      auto kept = bench.engine->load_png(cells.fileOf(picture).toStdString());
      QVERIFY2(kept, kept ? "" : kept.error().message.c_str());
      const PictureDifference apart = difference(kept.value(), *alone.images.front());
      QVERIFY(apart.same_size);
      const double rows = std::accumulate(result.rows.begin(), result.rows.end(), 0.0);
      const bool must_be = result.made == "alone" && rows == alone.row_evaluations;
      const bool is_equal = result.latents_hash == alone.latents_hash;
      ++compared.pictures;
      compared.largest = std::max(compared.largest, apart.largest);
      compared.equal_bits += is_equal ? 1 : 0;
      compared.must_be_equal += must_be ? 1 : 0;
      QVERIFY2(is_equal || !must_be, "made alone with the same rows, but other last latents");
    }
  }

  std::unique_ptr<QTemporaryDir> dir_;
  std::unique_ptr<JobBridge> bridge_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<MainWindow> window_;

 private Q_SLOTS:
  void init() {
    QStandardPaths::setTestModeEnabled(true);
    dir_ = std::make_unique<QTemporaryDir>();
    bridge_ = std::make_unique<JobBridge>();
    window_ = std::make_unique<MainWindow>(
        catalogue(),
        *bridge_,
        WindowOptions{dir_->filePath("settings.ini"), dir_->filePath("gallery"), {}});
    window_->resize(1440, 900);
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

  void aSweepBesideALiveSlider() {
    begin(12);
    setUpSweep();
    click("sweepRun");
    QTRY_VERIFY_WITH_TIMEOUT(page().job() && page().cells().running() >= 0, 60000);
    window_->pages()->show(Page::Picture);
    window_->controls()->setLive(true);
    auto* row = window_->findChild<ParamRow*>(kScale);
    auto* slider = qobject_cast<ParamSlider*>(row->control());
    QVERIFY(slider != nullptr);
    int moves = 0, live_previews = 0, live_jobs = 0;
    QObject row_only;  // what counts for this row ends with it
    connect(window_->runner(),
            &RunController::previewReady,
            &row_only,
            [&](Side, int, int, const QImage&, bool live) { live_previews += live ? 1 : 0; });
    connect(window_->runner(),
            &RunController::jobStarted,
            &row_only,
            [&](Side, const GenerationRequest&, bool live) { live_jobs += live ? 1 : 0; });
    // A hand that drags for a while, lets go, and drags again: live jobs come between the sweep's
    // steps, and the sweep goes on in the pauses.
    QTimer hand;
    hand.setTimerType(Qt::PreciseTimer);
    connect(&hand, &QTimer::timeout, slider, [&] {
      if (++moves % 120 < 60)
        QTest::keyClick(slider->slider(), moves / 120 % 2 == 0 ? Qt::Key_Right : Qt::Key_Left);
    });
    QEventLoop loop;
    connect(window_->queue(), &QueueModel::ended, &loop, &QEventLoop::quit);
    QTimer::singleShot(240000, &loop, &QEventLoop::quit);
    test::EventLoopMeter meter;
    hand.start(16);
    meter.start();
    if (page().isRunning()) loop.exec();
    meter.stop();
    hand.stop();
    window_->controls()->setLive(false);
    QTRY_VERIFY_WITH_TIMEOUT(!page().isRunning(), 60000);
    qInfo(
        "%d moves of the slider, %d live jobs, %d live previews", moves, live_jobs, live_previews);
    QVERIFY(moves > 20);
    QVERIFY(live_jobs > 0);
    QVERIFY(live_previews > 0);
    QCOMPARE(page().cells().finished(), 7);  // 3 x 2 and their common twin
    report("sweep and live slider on the picture's page", meter);

    Compared compared;
    compareWithAlone(compared);
    if (QTest::currentTestFailed()) return;
    qInfo("%d pictures, %d with equal last latents (%d must be), largest difference %d of 255",
          compared.pictures,
          compared.equal_bits,
          compared.must_be_equal,
          compared.largest);
    QCOMPARE(compared.pictures, 7);
    QVERIFY(compared.must_be_equal > 0);
    QVERIFY(compared.largest <= kLargestAllowed);
    verifyOneCell();
  }

  // What the grid shows while its cells form and come.
  void theGridWhileItFills() {
    begin(8);
    setUpSweep();
    click("sweepRun");
    QTRY_VERIFY_WITH_TIMEOUT(page().job() && page().cells().running() >= 0, 60000);
    QEventLoop loop;
    connect(window_->queue(), &QueueModel::ended, &loop, &QEventLoop::quit);
    QTimer::singleShot(240000, &loop, &QEventLoop::quit);
    test::EventLoopMeter meter;
    meter.start();
    if (page().isRunning()) loop.exec();
    meter.stop();
    QTRY_VERIFY_WITH_TIMEOUT(!page().isRunning(), 60000);
    QCOMPARE(page().cells().finished(), 7);
    report("sweep page while it fills", meter);
  }

 private:
  // The button of the cell's panel says the same.
  void verifyOneCell() {
    window_->pages()->show(Page::Sweep);
    window_->resize(1440, 900);  // a window fits itself to its screen, and where there is none it is small
    QTRY_VERIFY(page().panel()->isVisible());
    QTest::mouseClick(page().grid()->viewport(),
                      Qt::LeftButton,
                      Qt::NoModifier,
                      page().grid()->rectOf(4).center());
    QCOMPARE(page().cells().current(), std::size_t{4});
    click("cellVerify");
    QTRY_VERIFY_WITH_TIMEOUT(page().panel()->verified().startsWith("Verified"), 60000);
    qInfo("%s", qPrintable(page().panel()->verified()));
    QVERIFY(page().panel()->verified().contains("bit for bit") ||
            page().panel()->verified().contains("every pixel is the same") ||
            page().panel()->verified().contains("at most 1 of 255"));
  }
};

QTEST_MAIN(TestRealSweep)
#include "tst_real_sweep.moc"
