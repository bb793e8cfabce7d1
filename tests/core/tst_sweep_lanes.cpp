// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Several devices at one sweep: lanes that work, stand still and stop together, and pictures that are the
// same as alone, each made once.
#include "core/base/guard.h"
#include "core/sweep/crew.h"
#include "tests/support/tiny_sweep.h"

#include <ATen/Parallel.h>
#include <QtTest>
#include <c10/core/InferenceMode.h>

#include <atomic>
#include <deque>
#include <set>
#include <thread>

using namespace studio;
using namespace studio::testing;

namespace {

// A sweep on `lanes` lanes of the CPU, each with a model of its own.
struct LanesBench : SweepBench {
  explicit LanesBench(int lanes) : others(static_cast<std::size_t>(lanes - 1)) {
    for (SweepBench& other : others) host.more_lanes.push_back(other.host.load);
    host.enter_lane = [] {
      thread_local const c10::InferenceMode inference;
      at::set_num_threads(1);
    };
    const auto emit = host.emit;
    host.emit = [this, emit](const JobEvent& event) {
      strangers += std::this_thread::get_id() == owner ? 0 : 1;
      emit(event);
    };
    const auto on_latents = host.on_latents;
    host.on_latents = [this, on_latents](int picture, const at::Tensor& last) {
      makers.insert(std::this_thread::get_id());
      on_latents(picture, last);
    };
  }
  std::deque<SweepBench> others;
  const std::thread::id owner = std::this_thread::get_id();
  int strangers = 0;  // events from other threads
  std::set<std::thread::id> makers;
};

std::size_t count_lines(const MemoryStore& store, const std::string& kind) {
  return static_cast<std::size_t>(
      std::count_if(store.lines.begin(), store.lines.end(), [&](const std::string& line) { return line.starts_with(kind); }));
}

// A host without a sweep, for crews whose lanes do something simple.
struct PlainHost {
  explicit PlainHost(int lanes) {
    host.emit = [this](const JobEvent& event) { events.push_back(event); };
    host.more_lanes.resize(static_cast<std::size_t>(lanes - 1));
  }
  SweepHost host;
  std::vector<JobEvent> events;
};

JobEvent numbered(int lane, int number) { return StepDone{.step = number, .steps = lane}; }

}  // namespace

class TestSweepLanes : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { at::set_num_threads(1); }

  void pictures_equal_those_run_alone_data() {
    QTest::addColumn<QStringList>("axes");
    QTest::addColumn<int>("lanes");
    QTest::newRow("windows, two") << QStringList{"sampler=euler_a", "guidance.seg.start=0, 0.4, 0.6", "guidance.seg.stop=0.8, 1", "seed=1, 2"} << 2;
    QTest::newRow("scales, three") << QStringList{"guidance.seg.scale=0, 1, 2, 3", "guidance.seg.sigma=1, 3, inf"} << 3;
    QTest::newRow("more lanes than pictures") << QStringList{"guidance.seg.scale=0, 1"} << 4;
  }
  void pictures_equal_those_run_alone() {
    QFETCH(QStringList, axes);
    QFETCH(int, lanes);
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(), axes));
    LanesBench bench(lanes);
    const auto done = bench.run(store);
    QVERIFY2(done, done ? "" : done.error().message.c_str());
    const std::size_t pictures = bench.all<SweepStarted>()[0].forecast.pictures;
    QCOMPARE(done.value().finished, pictures);
    QCOMPARE(count_lines(store, "finished"), pictures);
    QCOMPARE(count_lines(store, "running"), pictures);
    QCOMPARE(store.results.size(), pictures);
    QCOMPARE(store.lines.back(), std::string("end"));
    QCOMPARE(bench.strangers, 0);
    QVERIFY(bench.makers.size() > 1 && !bench.makers.contains(bench.owner));
    // A twin that another lane makes is waited for.
    for (const auto& [key, result] : store.results) QVERIFY(result.twin_distance >= 0);
    const auto changes = bench.all<CellChanged>();
    QCOMPARE(changes.back().rows_done, changes.back().rows_total);
    QCOMPARE(changes.back().rows_done, done.value().row_evaluations);
    const Comparison seen = compare_with_alone(bench, store);
    QVERIFY2(seen.largest <= 1e-5, qPrintable(QString::number(seen.largest)));
    QCOMPARE(static_cast<std::size_t>(seen.pictures), pictures);
    QCOMPARE(seen.equal_bits, seen.must_be_equal);
  }

  void stopped_in_good_order() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(), {"seed=1-8"}));
    LanesBench bench(2);
    bench.host.checkpoint = [&] {
      if (bench.all<StepDone>().size() > 12) throw StopRequested{};
    };
    QVERIFY_EXCEPTION_THROWN((void)bench.run(store), StopRequested);
    QCOMPARE(store.lines.back(), std::string("end"));
    QVERIFY(count_lines(store, "running") < 16);
    std::set<int> told;
    for (const CellChanged& change : bench.all<CellChanged>()) {
      if (change.result.state == CellState::Finished) told.insert(change.picture);
    }
    QCOMPARE(told.size(), count_lines(store, "finished"));
  }

  void full_disk_stops_all() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(2), {"seed=1-8"}));
    store.finish_fails_at = 3;
    LanesBench bench(2);
    const auto done = bench.run(store);
    QVERIFY(!done);
    QCOMPARE(done.error().message, std::string("the disk is full"));
    QVERIFY(count_lines(store, "finished") < 16);
  }

  void a_device_that_cannot_load_takes_no_part() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(2), {"seed=1-4"}));
    LanesBench bench(2);
    bench.host.more_lanes[0] = [](const ModelUse&, const std::function<void(double)>&) -> Result<std::shared_ptr<LoadedModel>> {
      return Error{ErrorCode::ModelUnloadable, "the second device cannot load it"};
    };
    const auto done = bench.run(store);
    QVERIFY(done);
    QCOMPARE(done.value().finished, bench.all<SweepStarted>()[0].forecast.pictures);
    int notes = 0;
    for (const PhaseChanged& phase : bench.all<PhaseChanged>()) notes += phase.note.ends_with("the second device cannot load it") ? 1 : 0;
    QCOMPARE(notes, 1);
  }

  void crew_tells_in_order() {
    PlainHost plain(3);
    Crew crew(plain.host);
    QVERIFY(crew.run([&](int lane) -> Result<void> {
      for (int i = 0; i < 100; ++i) crew.emit(numbered(lane, i));
      return {};
    }));
    std::vector<int> next(3, 0);
    for (const JobEvent& event : plain.events) {
      const auto& step = std::get<StepDone>(event);
      QCOMPARE(step.step, next[step.steps]++);
    }
    QCOMPARE(next, (std::vector{100, 100, 100}));
  }

  void crew_stands_still() {
    PlainHost plain(3);
    Crew crew(plain.host);
    std::atomic<int> turns = 0, moved = 0;
    std::atomic<bool> has_stood = false;
    plain.host.is_wanted_between_steps = [&] { return turns > 50 && !has_stood; };
    plain.host.between_steps = [&] {
      const int before = turns;
      // Time enough for a lane that does not stand still to be caught.
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      moved += turns - before;
      has_stood = true;
    };
    QVERIFY(crew.run([&](int) -> Result<void> {
      while (!has_stood || turns < 200) {
        crew.between_steps();
        ++turns;
      }
      return {};
    }));
    QVERIFY(has_stood);
    QCOMPARE(moved.load(), 0);
  }

  // Also while one lane waits for another.
  void crew_stands_still_while_waiting() {
    PlainHost plain(2);
    Crew crew(plain.host);
    std::mutex mutex;
    bool ready = false;
    std::atomic<int> stood = 0;
    plain.host.is_wanted_between_steps = [&] { return stood < 3; };
    plain.host.between_steps = [&] { ++stood; };
    QVERIFY(crew.run([&](int lane) -> Result<void> {
      if (lane == 0) {
        std::unique_lock lock(mutex);
        crew.wait_until(lock, [&] { return ready; });
        return {};
      }
      while (stood < 3) crew.between_steps();
      const std::lock_guard lock(mutex);
      ready = true;
      crew.changed();
      return {};
    }));
    QCOMPARE(stood.load(), 3);
  }

  void crew_stops_for_an_error() {
    PlainHost plain(2);
    Crew crew(plain.host);
    const auto done = crew.run([&](int lane) -> Result<void> {
      if (lane == 1) throw std::runtime_error("the device is gone");
      for (;;) crew.checkpoint();
    });
    QVERIFY(!done);
    QVERIFY2(done.error().message.find("the device is gone") != std::string::npos, done.error().message.c_str());
  }
};

QTEST_GUILESS_MAIN(TestSweepLanes)
#include "tst_sweep_lanes.moc"
