// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The queue and its panel, used by keys, buttons and drops on an engine without a model.
#include "tests/support/fake_catalogue.h"
#include "tests/support/fake_engine.h"
#include "ui/job_bridge.h"
#include "ui/queue_model.h"
#include "ui/queue_panel.h"

#include <QAbstractItemModelTester>
#include <QJsonDocument>
#include <QLabel>
#include <QListView>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace studio;
using namespace studio::ui;
using namespace studio::test;

namespace {

GenerationRequest job(const std::string& prompt, int steps = 3) {
  GenerationRequest request;
  request.prompts = {prompt};
  request.seed = 5;
  request.steps = steps;
  return request;
}

struct Bench {
  explicit Bench(FakeScript script = {.step_ms = 2, .size_px = 16}) : engine(bridge, script) {
    QObject::connect(&bridge, &JobBridge::happened, &queue, &QueueModel::handle);
    QObject::connect(&queue, &QueueModel::pairReady, &queue, [this](const Pair& pair) {
      pairs.push_back(pair);
    });
    panel.resize(300, 600);
    panel.show();
  }
  QStringList titles() const {
    QStringList all;
    for (int row = 0; row < queue.rowCount(); ++row) all << queue.item(row).title;
    return all;
  }
  QPushButton* button(const QString& text) const {
    for (auto* found : panel.findChildren<QPushButton*>()) {
      if (found->text() == text) return found;
    }
    return nullptr;
  }

  JobBridge bridge;
  QueueModel queue{fake_catalogue()};
  QAbstractItemModelTester tester{&queue, QAbstractItemModelTester::FailureReportingMode::QtTest};
  QueuePanel panel{queue};
  FakeEngine engine;
  std::vector<Pair> pairs;
};

}  // namespace

class TestQueue : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void makesEachJobWithItsTwinInOrder();
  void keysReorderHoldAndCancel();
  void dropsReorder();
  void whatRunsStaysFirst();
  void pausedStartsNothing();
  void refusedAndFailedOnesDoNotStopTheRest();
  void cancelAllEndsAll();
  void duplicateWaitsOnHold();
  void comesBackAfterACleanEnd();
  void comesBackPausedAfterAnUncleanEnd();
  void sweepsKeepWhatWasAskedOfTheirPictures();
  void unreadableItemsAreNamed();
};

void TestQueue::makesEachJobWithItsTwinInOrder() {
  Bench bench;
  bench.queue.addJob(job("one"));
  bench.queue.addJob(job("two"));
  bench.queue.attach(&bench.engine);
  QTRY_COMPARE(bench.pairs.size(), std::size_t{2});
  QCOMPARE(bench.pairs[0].guided->finished.resolved.prompts.front(), std::string("one"));
  QCOMPARE(bench.pairs[1].guided->finished.resolved.prompts.front(), std::string("two"));
  QVERIFY(bench.pairs[0].twin && bench.pairs[1].twin);
  QCOMPARE(bench.pairs[0].twin->finished.resolved,
           unguided_twin(bench.pairs[0].guided->finished.resolved, fake_catalogue()));
  QCOMPARE(bench.queue.activeCount(), 0);
  for (int row = 0; row < 2; ++row) QCOMPARE(bench.queue.item(row).state, QueueState::Finished);
}

void TestQueue::keysReorderHoldAndCancel() {
  Bench bench;
  bench.queue.setPaused(true);
  for (const char* name : {"a", "b", "c"}) bench.queue.addJob(job(name));
  bench.queue.attach(&bench.engine);
  QListView* list = bench.panel.list();
  list->setFocus();
  list->setCurrentIndex(bench.queue.index(2));
  QTest::keyClick(list, Qt::Key_Up, Qt::ControlModifier);
  QCOMPARE(bench.titles(), QStringList({"a", "c", "b"}));
  QCOMPARE(list->currentIndex().row(), 1);
  QTest::keyClick(list, Qt::Key_Up, Qt::ControlModifier);
  QTest::keyClick(list, Qt::Key_Up, Qt::ControlModifier);  // already first
  QCOMPARE(bench.titles(), QStringList({"c", "a", "b"}));
  QTest::keyClick(list, Qt::Key_Down, Qt::ControlModifier);
  QCOMPARE(bench.titles(), QStringList({"a", "c", "b"}));
  QTest::keyClick(list, Qt::Key_Space);
  QVERIFY(bench.queue.item(1).held);
  list->setCurrentIndex(bench.queue.index(0));
  QTest::keyClick(list, Qt::Key_Delete);
  QCOMPARE(bench.titles(), QStringList({"c", "b", "a"}));
  QCOMPARE(bench.queue.item(2).state, QueueState::Cancelled);
  bench.queue.setPaused(false);
  QTRY_COMPARE(bench.pairs.size(), std::size_t{1});
  QCOMPARE(bench.pairs[0].guided->finished.resolved.prompts.front(), std::string("b"));
  QCOMPARE(bench.queue.item(0).title, QString("c"));  // on hold, passed over
  QCOMPARE(bench.queue.item(0).state, QueueState::Waiting);
}

void TestQueue::dropsReorder() {
  Bench bench;
  bench.queue.setPaused(true);
  for (const char* name : {"a", "b", "c", "d"}) bench.queue.addJob(job(name));
  const auto drop = [&](int from, int before) {
    const std::unique_ptr<QMimeData> data(bench.queue.mimeData({bench.queue.index(from)}));
    bench.queue.dropMimeData(data.get(), Qt::MoveAction, before, 0, {});
  };
  drop(0, 3);
  QCOMPARE(bench.titles(), QStringList({"b", "c", "a", "d"}));
  drop(3, 0);
  QCOMPARE(bench.titles(), QStringList({"d", "b", "c", "a"}));
  drop(1, -1);  // onto the empty space below
  QCOMPARE(bench.titles(), QStringList({"d", "c", "a", "b"}));
  drop(2, 2);
  QCOMPARE(bench.titles(), QStringList({"d", "c", "a", "b"}));
}

void TestQueue::whatRunsStaysFirst() {
  Bench bench({.step_ms = 30, .size_px = 16});
  bench.queue.attach(&bench.engine);
  bench.queue.addJob(job("runs", 100));
  bench.queue.addJob(job("a"));
  bench.queue.addJob(job("b"));
  QTRY_COMPARE(bench.queue.runningRow(), 0);
  bench.queue.move(2, 0);
  QCOMPARE(bench.titles(), QStringList({"runs", "b", "a"}));
  bench.queue.addJob(job("front"), QueueModel::Place::Front);
  QCOMPARE(bench.titles(), QStringList({"runs", "front", "b", "a"}));
  bench.queue.move(0, 2);
  QCOMPARE(bench.queue.item(0).title, QString("runs"));
  QVERIFY(!(bench.queue.flags(bench.queue.index(0)) & Qt::ItemIsDragEnabled));
}

void TestQueue::pausedStartsNothing() {
  Bench bench;
  bench.queue.attach(&bench.engine);
  QToolButton* pause = bench.panel.findChild<QToolButton*>("queuePause");
  QTest::mouseClick(pause, Qt::LeftButton);
  QVERIFY(bench.queue.isPaused());
  bench.queue.addJob(job("waits"));
  QTest::qWait(50);
  QCOMPARE(bench.engine.submitted().size(), std::size_t{0});
  QTest::mouseClick(pause, Qt::LeftButton);
  QTRY_COMPARE(bench.pairs.size(), std::size_t{1});
}

void TestQueue::refusedAndFailedOnesDoNotStopTheRest() {
  Bench bench;
  bench.queue.setPaused(true);
  bench.queue.addJob(job("refused", 0));  // no steps: the engine refuses it
  bench.queue.addJob(job("fails"));
  bench.queue.addJob(job("good"));
  bench.engine.fail_next({ErrorCode::OutOfMemory, "too large"});
  bench.queue.attach(&bench.engine);
  bench.queue.setPaused(false);
  QTRY_COMPARE(bench.pairs.size(), std::size_t{1});
  QCOMPARE(bench.pairs[0].guided->finished.resolved.prompts.front(), std::string("good"));
  for (const char* name : {"refused", "fails"}) {
    const int row = static_cast<int>(bench.titles().indexOf(name));
    QCOMPARE(bench.queue.item(row).state, QueueState::Failed);
    QVERIFY(!bench.queue.item(row).note.isEmpty());
  }
  bench.queue.retry(static_cast<int>(bench.titles().indexOf("fails")), true);
  QTRY_COMPARE(bench.pairs.size(), std::size_t{2});
}

void TestQueue::cancelAllEndsAll() {
  Bench bench({.step_ms = 30, .size_px = 16});
  bench.queue.attach(&bench.engine);
  bench.queue.addJob(job("runs", 100));
  bench.queue.addJob(job("waits"));
  QTRY_COMPARE(bench.queue.item(0).state, QueueState::Running);
  bench.queue.cancelAll();
  QTRY_COMPARE(bench.queue.activeCount(), 0);
  QVERIFY(bench.pairs.empty());
  bench.queue.clearEnded();
  QCOMPARE(bench.queue.rowCount(), 0);
}

void TestQueue::duplicateWaitsOnHold() {
  Bench bench;
  bench.queue.setPaused(true);
  bench.queue.addJob(job("one"));
  bench.panel.list()->setCurrentIndex(bench.queue.index(0));
  QTest::keyClick(bench.panel.list(), Qt::Key_D, Qt::ControlModifier);
  QCOMPARE(bench.titles(), QStringList({"one", "one"}));
  QVERIFY(bench.queue.item(1).held);
  QVERIFY(bench.queue.item(0).id != bench.queue.item(1).id);
}

void TestQueue::comesBackAfterACleanEnd() {
  QJsonObject kept;
  {
    Bench bench({.step_ms = 30, .size_px = 16});
    bench.queue.attach(&bench.engine);
    bench.queue.addJob(job("runs", 50));
    bench.queue.addJob(job("waits"));
    QTRY_COMPARE(bench.queue.item(0).state, QueueState::Running);
    kept = bench.queue.toJson(true);
  }
  Bench next;
  next.queue.attach(&next.engine);
  // Through text, as the project file does it.
  QCOMPARE(next.queue.restore(QJsonDocument::fromJson(QJsonDocument(kept).toJson()).object()),
           QStringList());
  QVERIFY(!next.queue.isPaused());
  QTRY_COMPARE_WITH_TIMEOUT(next.pairs.size(), std::size_t{2}, 20000);
  QCOMPARE(next.pairs[0].guided->finished.resolved.prompts.front(), std::string("runs"));
}

void TestQueue::comesBackPausedAfterAnUncleanEnd() {
  QJsonObject kept;
  {
    Bench bench({.step_ms = 30, .size_px = 16});
    bench.queue.attach(&bench.engine);
    bench.queue.addJob(job("culprit", 50));
    bench.queue.addJob(job("waits"));
    QTRY_COMPARE(bench.queue.item(0).state, QueueState::Running);
    kept = bench.queue.toJson(false);
  }
  Bench next;
  next.queue.attach(&next.engine);
  QCOMPARE(next.queue.restore(kept), QStringList());
  QVERIFY(next.queue.isPaused());
  QCOMPARE(next.queue.item(0).state, QueueState::Interrupted);
  QTest::qWait(30);
  QVERIFY(next.engine.submitted().empty());
  QPushButton* skip = next.button("Skip");
  QVERIFY(skip != nullptr && skip->isVisible());
  QTest::mouseClick(skip, Qt::LeftButton);
  QTRY_COMPARE(next.pairs.size(), std::size_t{1});
  QCOMPARE(next.pairs[0].guided->finished.resolved.prompts.front(), std::string("waits"));
  QVERIFY(!skip->isVisible());
}

void TestQueue::sweepsKeepWhatWasAskedOfTheirPictures() {
  SweepSpec spec;
  spec.base = job("cells");
  spec.axes = {{"seed", "1-3"}};
  SweepOptions options;
  options.folder = "somewhere";
  options.skip = {"a"};
  options.retry_keys = {"b", "c"};
  options.less_memory_keys = {"d"};
  options.most_cells = 2;
  QJsonObject kept;
  {
    Bench bench;
    bench.queue.attach(&bench.engine);
    bench.queue.setPaused(true);
    bench.queue.addSweep(spec, options);
    kept = bench.queue.toJson(true);
  }
  Bench next;
  next.queue.attach(&next.engine);
  QCOMPARE(next.queue.restore(kept), QStringList());
  const SweepOptions& restored = next.queue.item(0).options;
  QCOMPARE(restored.folder, options.folder);
  QCOMPARE(restored.skip, options.skip);
  QCOMPARE(restored.retry_keys, options.retry_keys);
  QCOMPARE(restored.less_memory_keys, options.less_memory_keys);
  QCOMPARE(restored.most_cells, options.most_cells);
}

void TestQueue::unreadableItemsAreNamed() {
  Bench bench;
  bench.queue.attach(&bench.engine);
  const QByteArray text = R"({"paused": true, "items": [
    {"id": "a", "state": "waiting", "job": {"format": "nonsense"}},
    {"id": "b", "state": "waiting", "job": 7},
    {"state": "waiting"}, 5,
    {"id": "c", "state": "waiting", "sweep": {}}]})";
  const QStringList problems = bench.queue.restore(QJsonDocument::fromJson(text).object());
  QVERIFY(problems.size() >= 3);
  for (const QString& problem : problems) QVERIFY(problem.contains("queue"));
}

QTEST_MAIN(TestQueue)
#include "tst_queue.moc"
