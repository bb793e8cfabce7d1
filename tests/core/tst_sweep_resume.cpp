// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Sweeps that end early and go on: full disks, stops, shares, what was left out, what twins left
// behind.
#include "core/base/guard.h"
#include "core/io/files.h"
#include "core/sweep/twin_latents.h"
#include "tests/support/broken_model.h"
#include "tests/support/tiny_sweep.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <QTemporaryDir>
#include <QtTest>
#include <c10/core/InferenceMode.h>

using namespace studio;
using namespace studio::testing;

class TestSweepResume : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { at::set_num_threads(1); }

  void full_disk_ends_the_sweep_and_keeps_what_is_finished() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(2), {"seed=1-5"}, SweepOrder::Rows, false));
    store.finish_fails_at = 2;
    SweepBench bench;
    const auto done = bench.run(store);
    QVERIFY(!done && done.error().code == ErrorCode::Io);
    QCOMPARE(store.finished.size(), std::size_t{2});
    // The next run makes the rest, and no more.
    SweepBench next;
    next.options.resume = true;
    const auto rest = next.run(store);
    QVERIFY(rest);
    QCOMPARE(rest.value().finished, std::size_t{5});
    QCOMPARE(rest.value().row_evaluations, 3 * 2 * 3.0);
    QCOMPARE(next.all<SweepStarted>()[0].forecast.finished, std::size_t{2});
    QCOMPARE(next.all<SweepStarted>()[0].forecast.rows_left, 3 * 2 * 3.0);
  }

  void stopped_at_any_moment_and_resumed_data() {
    QTest::addColumn<int>("stop_after");
    for (const int stop : {0, 60, 500}) QTest::addRow("checkpoint %d", stop) << stop;
  }
  void stopped_at_any_moment_and_resumed() {
    QFETCH(int, stop_after);
    const c10::InferenceMode guard;
    MemoryStore store(
        grid_of(tiny_base(3), {"guidance.seg.start=0, 0.4, 0.7", "guidance.seg.sigma=1, 2"}));
    SweepBench bench;
    int calls = 0;
    bench.host.checkpoint = [&] {
      if (calls++ == stop_after) throw StopRequested{};
    };
    bool was_stopped = false;
    try {
      (void)bench.run(store);
    } catch (const StopRequested&) {
      was_stopped = true;
    }
    QVERIFY(was_stopped);
    const std::size_t before = store.finished.size();
    bench.host.checkpoint = [] {};
    bench.options.resume = true;
    const auto rest = bench.run(store);
    QVERIFY(rest);
    const SweepForecast forecast = bench.all<SweepStarted>()[0].forecast;
    QCOMPARE(forecast.finished, before);
    QCOMPARE(rest.value().row_evaluations, forecast.rows_left);
    QCOMPARE(rest.value().finished, forecast.pictures);
    QCOMPARE(bench.latents.size(), forecast.pictures - before);
    const auto seen = compare_with_alone(bench, store);
    QVERIFY2(seen.largest <= 1e-5, qPrintable(QString::number(seen.largest)));
  }

  void left_out_and_tried_again() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(2), {"seed=1-4"}, SweepOrder::Rows, false));
    SweepBench bench;
    QVERIFY(bench.run(store));
    const auto forget = [&](int picture) {
      store.results.erase(store.keys[picture]);
      store.finished.erase(store.keys[picture]);
    };
    forget(0);
    forget(1);
    bench.options.resume = true;
    bench.options.skip = {store.keys[0]};
    bench.options.less_memory_keys = {store.keys[1]};
    auto done = bench.run(store);
    QVERIFY(done);
    QCOMPARE(done.value().skipped, std::size_t{1});
    QCOMPARE(store.results.at(store.keys[0]).state, CellState::Skipped);
    QCOMPARE(store.results.at(store.keys[1]).made, std::string("alone, less memory"));
    // Left out stays left out; asked for with less memory it is made.
    bench.options.skip.clear();
    bench.options.less_memory_keys.clear();
    done = bench.run(store);
    QVERIFY(done && done.value().skipped == 1 && done.value().row_evaluations == 0);
    bench.options.less_memory_keys = {store.keys[0]};
    done = bench.run(store);
    QVERIFY(done && done.value().finished == 4);
  }

  // Asked for by its key a picture is made, whatever became of it before and whatever else the
  // options say.
  void asked_for_by_key_data() {
    QTest::addColumn<bool>("was_skipped");  // else it failed
    QTest::addColumn<bool>("is_asked_for");
    QTest::addColumn<bool>("is_still_skipped");
    QTest::addColumn<bool>("retries_failed");
    QTest::addColumn<bool>("is_made");
    QTest::newRow("skipped") << true << false << false << true << false;
    QTest::newRow("skipped, asked for") << true << true << false << true << true;
    QTest::newRow("skipped, asked for, in the list of those to skip")
        << true << true << true << true << true;
    QTest::newRow("failed, failures stay") << false << false << false << false << false;
    QTest::newRow("failed, failures stay, asked for") << false << true << false << false << true;
    QTest::newRow("failed, to be skipped") << false << false << true << true << false;
    QTest::newRow("failed, failures are tried again") << false << false << false << true << true;
  }
  void asked_for_by_key() {
    QFETCH(bool, was_skipped);
    QFETCH(bool, is_asked_for);
    QFETCH(bool, is_still_skipped);
    QFETCH(bool, retries_failed);
    QFETCH(bool, is_made);
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(1), {"seed=1-3"}, SweepOrder::Rows, false));
    SweepBench bench;
    QVERIFY(bench.run(store));
    CellResult& before = store.results.at(store.keys[1]);
    before = {};
    before.key = store.keys[1];
    before.state = was_skipped ? CellState::Skipped : CellState::Failed;
    bench.options.resume = true;
    bench.options.retry_failed = retries_failed;
    if (is_asked_for) bench.options.retry_keys = {store.keys[1]};
    if (is_still_skipped) bench.options.skip = {store.keys[1]};
    const auto done = bench.run(store);
    QVERIFY(done);
    QCOMPARE(done.value().finished, std::size_t(is_made ? 3 : 2));
    QCOMPARE(store.results.at(store.keys[1]).state == CellState::Finished, is_made);
    QCOMPARE(bench.all<SweepStarted>()[0].forecast.rows_left > 0, is_made || !was_skipped);
    QCOMPARE(bench.latents.size(), std::size_t(is_made ? 1 : 0));
  }

  // Twins made in an earlier run, or in another share, are compared with all the same.
  void distances_survive_a_stop() {
    const c10::InferenceMode guard;
    const QStringList axes{"seed=1, 2", "guidance.seg.sigma=1, 2, 4"};
    MemoryStore whole(grid_of(tiny_base(2), axes));
    SweepBench bench;
    QVERIFY(bench.run(whole));
    QTemporaryDir folder;
    MemoryStore parts(grid_of(tiny_base(2), axes));
    parts.latents_folder = folder.path().toStdString() + "/twins";
    for (int run = 0; run < 20 && parts.finished.size() < 8; ++run) {
      SweepBench next;  // nothing is left in memory
      next.options.resume = run > 0;
      int finished = 0;
      next.host.between_steps = [&] {
        for (const CellChanged& change : next.all<CellChanged>())
          finished += change.result.state == CellState::Finished ? 1 : 0;
        if (finished > 0) throw StopRequested{};
      };
      try {
        QVERIFY(next.run(parts));
      } catch (const StopRequested&) {
      }
      QCOMPARE(next.latents.size(), std::size_t{1});
    }
    QCOMPARE(parts.finished.size(), std::size_t{8});
    QCOMPARE(QDir(folder.path() + "/twins").entryList(QDir::Files | QDir::Hidden).size(), 2);
    int compared = 0;
    for (const auto& [key, result] : whole.results) {
      // Rows of other batches round differently.
      const double difference = parts.results.at(key).twin_distance - result.twin_distance;
      QVERIFY2(std::abs(difference) < 1e-4, qPrintable(QString::number(difference)));
      compared += result.twin_distance > 0 ? 1 : 0;
    }
    QCOMPARE(compared, 6);
  }

  void latents_on_disk_data() {
    QTest::addColumn<QString>("damage");
    QTest::addColumn<bool>("is_read");
    QTest::newRow("as written") << "" << true;
    QTest::newRow("cut off") << "cut" << false;
    QTest::newRow("one bit changed") << "flip" << false;
    QTest::newRow("another twin's") << "other" << false;
    QTest::newRow("another format") << "text" << false;
    QTest::newRow("gone") << "gone" << false;
  }
  void latents_on_disk() {
    QFETCH(QString, damage);
    QFETCH(bool, is_read);
    QTemporaryDir folder;
    const std::string path = folder.filePath("a/b.safetensors").toStdString();
    const at::Tensor latents = at::arange(64, at::kFloat).reshape({1, 4, 4, 4});
    QVERIFY(write_latents(path, latents));
    QFile file(QString::fromStdString(path));
    if (damage == "cut") QVERIFY(file.resize(file.size() - 4));
    if (damage == "flip") {
      QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(file.size() - 3));
      file.write("\x55");
      file.close();
    }
    if (damage == "other") QVERIFY(write_latents(path, latents + 1));
    if (damage == "text") QVERIFY(write_file(path, "hello"));
    if (damage == "gone") QVERIFY(file.remove());
    const at::Tensor read = read_latents(path, hash_latents(latents));
    QCOMPARE(read.defined(), is_read);
    if (is_read) QVERIFY(at::equal(read, latents));
    QCOMPARE(read_latents(path, "").defined(), is_read || damage == "other");
  }

  void failures_are_those_of_this_run() {
    const c10::InferenceMode guard;
    MemoryStore store(
        grid_of(tiny_base(1), {"width=64, 70", "seed=1, 2"}, SweepOrder::Rows, false));
    std::size_t failed = 0;
    for (int shard = 0; shard < 2; ++shard) {
      SweepBench bench;
      bench.options.shard = shard;
      bench.options.shards = 2;
      bench.options.resume = true;
      const auto done = bench.run(store);
      QVERIFY(done);
      failed += done.value().failures.size();
      if (shard == 1) QCOMPARE(done.value().failed, std::size_t{2});
    }
    QCOMPARE(failed, std::size_t{2});
    SweepBench last;
    last.options.resume = true;
    last.options.retry_failed = false;
    const auto done = last.run(store);
    QVERIFY(done && done.value().failures.empty() && done.value().failed == 2);
  }

  // The pictures' keys are those of the files that were read first.
  void model_changed_under_a_sweep() {
    const c10::InferenceMode guard;
    const BrokenModel model;
    GenerationRequest base = tiny_base(1);
    base.model = model.path();
    MemoryStore store(grid_of(base, {"seed=1, 2"}, SweepOrder::Rows, false));
    SweepBench bench;
    const auto load = bench.host.load;
    bench.host.load = [&](const ModelUse& use, const std::function<void(double)>& progress) {
      model.set("scheduler/scheduler_config.json", "steps_offset", 0);
      return load(use, progress);
    };
    const auto done = bench.run(store);
    QVERIFY(done);
    QCOMPARE(done.value().failures.size(), std::size_t{2});
    const CellResult& result = store.results.at(store.keys[0]);
    QVERIFY2(result.error.find("were changed while the sweep ran") != std::string::npos,
             result.error.c_str());
    QVERIFY(result.error_code == ErrorCode::ModelUnloadable);
  }

  void shards_make_everything_once() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(2), {"seed=1-3", "guidance.seg.sigma=1, 2"}));
    double rows = 0;
    for (int shard = 0; shard < 3; ++shard) {
      SweepBench bench;
      bench.options.shard = shard;
      bench.options.shards = 3;
      bench.options.resume = true;
      const auto done = bench.run(store);
      QVERIFY(done);
      rows += done.value().row_evaluations;
    }
    QCOMPARE(store.finished.size(), std::size_t{9});
    QCOMPARE(rows, 3.0 * ((2 + 1 + 1) + (2 + 3 + 3)));  // for each seed its twin and two sigmas
  }
};

QTEST_GUILESS_MAIN(TestSweepResume)
#include "tst_sweep_resume.moc"
