// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The bridge: newest preview wins, terminal events are never merged, order is kept.
#include "ui/job_bridge.h"

#include <QTest>

#include <thread>

using namespace studio;
using namespace studio::ui;

namespace {

Preview preview(int step) {
  return {.step = step, .image = std::make_shared<const ImageRgb8>(ImageRgb8{1, 1, {0, 0, 0}})};
}

QString nameOf(const JobEvent& event) {
  static const char* const names[] = {
      "queued", "started", "phase", "step", "preview", "finished", "failed", "cancelled"};
  QString name = names[event.index()];
  if (const auto* step = std::get_if<StepDone>(&event)) name += QString::number(step->step);
  if (const auto* shown = std::get_if<Preview>(&event)) name += QString::number(shown->step);
  return name;
}

struct Listener {
  explicit Listener(JobBridge& bridge) {
    QObject::connect(
        &bridge, &JobBridge::happened, &bridge, [this](JobId job, const JobEvent& event) {
          heard << QStringLiteral("%1:%2").arg(job).arg(nameOf(event));
        });
  }
  QStringList heard;
};

}  // namespace

class TestJobBridge : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void nothingBeforeTheLoopTurns() {
    JobBridge bridge;
    Listener listener(bridge);
    bridge.on_event(1, Queued{});
    QVERIFY(listener.heard.isEmpty());
    QCoreApplication::processEvents();
    QCOMPARE(listener.heard, QStringList{"1:queued"});
  }

  void newestPreviewWins() {
    JobBridge bridge;
    Listener listener(bridge);
    bridge.on_event(1, Started{});
    for (int step = 1; step <= 5; ++step) {
      bridge.on_event(1, StepDone{step, 5, 1, 0});
      bridge.on_event(1, preview(step));
    }
    QCoreApplication::processEvents();
    QCOMPARE(
        listener.heard,
        (QStringList{
            "1:started", "1:step1", "1:step2", "1:step3", "1:step4", "1:step5", "1:preview5"}));
  }

  void previewsOfOtherJobsStay() {
    JobBridge bridge;
    Listener listener(bridge);
    bridge.on_event(1, preview(1));
    bridge.on_event(2, preview(1));
    bridge.on_event(1, preview(2));
    QCoreApplication::processEvents();
    QCOMPARE(listener.heard, (QStringList{"2:preview1", "1:preview2"}));
  }

  void terminalClearsWaitingPreviews_data() {
    QTest::addColumn<int>("which");
    QTest::newRow("finished") << 0;
    QTest::newRow("failed") << 1;
    QTest::newRow("cancelled") << 2;
  }
  void terminalClearsWaitingPreviews() {
    QFETCH(int, which);
    JobBridge bridge;
    Listener listener(bridge);
    const JobEvent ends[] = {Finished{}, Failed{}, Cancelled{}};
    bridge.on_event(1, preview(3));
    bridge.on_event(2, preview(1));
    bridge.on_event(1, ends[which]);
    QCoreApplication::processEvents();
    QCOMPARE(listener.heard, (QStringList{"2:preview1", "1:" + nameOf(ends[which])}));
  }

  void everyTerminalEventArrivesOnce() {
    JobBridge bridge;
    Listener listener(bridge);
    constexpr int kJobs = 300;
    std::thread worker([&] {
      for (int job = 1; job <= kJobs; ++job) {
        bridge.on_event(job, Queued{});
        bridge.on_event(job, Started{});
        for (int step = 1; step <= 5; ++step) bridge.on_event(job, preview(step));
        bridge.on_event(job,
                        job % 3 == 0   ? JobEvent(Cancelled{})
                        : job % 3 == 1 ? JobEvent(Finished{})
                                       : JobEvent(Failed{}));
      }
    });
    QTRY_COMPARE(listener.heard.filter(QRegularExpression("finished|failed|cancelled")).size(),
                 kJobs);
    worker.join();
    QCoreApplication::processEvents();
    // Per job: queued, started, previews in order and only between them, one end, nothing after it.
    QMap<QString, QStringList> by_job;
    for (const QString& item : listener.heard)
      by_job[item.section(':', 0, 0)] << item.section(':', 1);
    QCOMPARE(by_job.size(), kJobs);
    for (const QStringList& events : by_job) {
      QCOMPARE(events.first(), QStringLiteral("queued"));
      QCOMPARE(events.at(1), QStringLiteral("started"));
      QVERIFY(!events.last().startsWith("preview"));
      QStringList previews = events.mid(2, events.size() - 3), sorted = previews;
      sorted.sort();
      QCOMPARE(previews, sorted);
      for (const QString& each : previews) QVERIFY(each.startsWith("preview"));
    }
  }

  void oneCallInFlight() {
    JobBridge bridge;
    Listener listener(bridge);
    int turns = 0;
    for (int step = 1; step <= 1000; ++step) bridge.on_event(1, preview(step));
    while (listener.heard.isEmpty() && turns < 10) {
      QCoreApplication::processEvents();
      ++turns;
    }
    QCOMPARE(turns, 1);
    QCOMPARE(listener.heard, QStringList{"1:preview1000"});
  }
};

QTEST_GUILESS_MAIN(TestJobBridge)
#include "tst_job_bridge.moc"
