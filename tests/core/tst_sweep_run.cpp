// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Sweeps run with exact sharing: the same pictures as alone, the rows that were forecast, and what goes
// wrong on the way.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <c10/core/InferenceMode.h>

#include "core/base/guard.h"
#include "core/pipeline/pipeline.h"
#include "core/sweep/shared_steps.h"
#include "tests/support/broken_model.h"
#include "tests/support/memory_store.h"

#include <new>
#include <numeric>
#include <random>

using namespace studio;
using namespace studio::testing;

namespace {

const std::string kTiny = tests_path("golden/models/tiny-sdxl");

GenerationRequest tiny_base(std::int64_t steps = 5) {
  GenerationRequest request;
  request.model = kTiny;
  request.prompts = {"a red apple"};
  request.seed = 4;
  request.steps = steps;
  request.width_px = request.height_px = 64;
  request.guidance = {{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.5}};
  return request;
}

SweepGrid grid_of(GenerationRequest base, const QStringList& axes, SweepOrder order = SweepOrder::CoarseToFine, bool twin = true) {
  SweepSpec spec;
  spec.base = std::move(base);
  for (const QString& axis : axes) spec.axes.push_back({axis.section('=', 0, 0).toStdString(), axis.section('=', 1).toStdString()});
  spec.order = order;
  spec.twin = twin;
  auto grid = read_sweep(spec, catalogue());
  if (!grid) qFatal("%s", grid.error().message.c_str());
  return std::move(grid).value();
}

// The picture's job as it runs alone.
struct Alone {
  at::Tensor latents;
  std::string hash;
  double rows = 0;
};
Alone run_alone(const GenerationRequest& request, LoadedModel& model) {
  const auto resolved = resolve(request, *model.model);
  if (!resolved) qFatal("%s", resolved.error().message.c_str());
  RunInputs inputs;
  inputs.keep_steps = true;
  inputs.options.previews = false;
  auto attachments = model.attachments->get(resolved.value(), *model.model, {});
  if (!attachments) qFatal("%s", attachments.error().message.c_str());
  inputs.attachments = std::move(attachments).value();
  const auto result = run(resolved.value(), *model.model, model.prompts, inputs, {});
  if (!result) qFatal("%s", result.error().message.c_str());
  return {result.value().steps.back().to(at::kFloat), result.value().latents_hash, result.value().row_evaluations};
}

// Compares every picture of a sweep that has just run with the same job alone. Returns the largest
// relative distance; counts those that must be, and are, equal bit for bit.
struct Comparison {
  double largest = 0;
  int equal_bits = 0, must_be_equal = 0, pictures = 0;
};
Comparison compare_with_alone(SweepBench& bench, const MemoryStore& store) {
  Comparison comparison;
  for (const auto& [picture, last] : bench.latents) {
    const std::string& key = store.keys[picture];
    const Finished& finished = store.finished.at(key);
    const CellResult& result = store.results.at(key);
    const Alone alone = run_alone(finished.resolved, *bench.loaded.at(finished.resolved.model));
    comparison.largest = std::max(comparison.largest, relative_error(last, alone.latents));
    ++comparison.pictures;
    const double rows = std::accumulate(result.rows.begin(), result.rows.end(), 0.0);
    const bool has_equal_shapes = result.made == "alone" && rows == alone.rows;
    comparison.must_be_equal += has_equal_shapes ? 1 : 0;
    comparison.equal_bits += has_equal_shapes && result.latents_hash == alone.hash ? 1 : 0;
  }
  return comparison;
}

#define COMPARE_WITH_ALONE(bench, store)                                                     \
  do {                                                                                       \
    const Comparison seen = compare_with_alone(bench, store);                                \
    QVERIFY2(seen.largest <= 1e-5, qPrintable(QString::number(seen.largest)));               \
    QVERIFY(seen.pictures > 0 && seen.must_be_equal > 0);                                    \
    QCOMPARE(seen.equal_bits, seen.must_be_equal);                                           \
  } while (false)

}  // namespace

class TestSweepRun : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // The small models gain little from a second thread, and lose much when another program wants the core.
  void initTestCase() { at::set_num_threads(1); }

  void pictures_equal_those_run_alone_data() {
    QTest::addColumn<QStringList>("axes");
    QTest::addColumn<QStringList>("prompts");
    const QStringList one{"a red apple"};
    for (const Card& card : catalogue().samplers) {
      const QString sampler = QString::fromStdString(std::string(card.id));
      QTest::addRow("%s, windows", qPrintable(sampler)) << QStringList{"sampler=" + sampler, "guidance.seg.start=0, 0.4, 0.6", "guidance.seg.stop=0.8, 1"} << one;
    }
    QTest::newRow("samplers together") << QStringList{"sampler=euler, euler_a, ddim, dpmpp_2m, unipc", "guidance.seg.sigma=1, 3"} << one;
    QTest::newRow("batch of prompts") << QStringList{"sampler=euler_a", "guidance.seg.scale=0, 1, 3", "guidance.seg.sigma=1, 2"} << QStringList{"a red apple", "rocket"};
    QTest::newRow("seeds, prompts, steps, sizes") << QStringList{"seed=1, 2", "prompt=\"a cat\", rocket", "steps=2, 3", "width=64, 96"} << one;
    QTest::newRow("negative prompts and CFG") << QStringList{"negative_prompt=null, blue", "guidance.cfg.scale=1, 4", "guidance.cfg.rescale=0, 0.5"} << one;
    QTest::newRow("sigmas and spacing") << QStringList{"sigmas=model, karras", "spacing=leading, trailing, linspace"} << one;
    const QString ring = QString::fromStdString(tests_path("golden/controlnet/ring.png"));
    const QString picture = "start.image=\"" + ring + "\"", mask = "start.mask=null, \"" + ring + "\"";
    QTest::newRow("from a picture") << QStringList{picture, "start.strength=0.4, 0.6, 1", "guidance.seg.start=0, 0.8"} << one;
    QTest::newRow("repainted, two seeds") << QStringList{picture, mask, "sampler=euler_a, dpmpp_2m", "seed=1, 2", "guidance.seg.start=0, 0.8"} << one;
    const QString net = QString::fromStdString(tests_path("golden/models/tiny-controlnet"));
    QTest::newRow("ControlNet") << QStringList{"control.model=\"" + net + "\"", "control.image=\"" + ring + "\"", "control.scale=0, 0.5, 1",
                                               "control.stop=0, 0.5", "guidance.seg.start=0, 0.6"} << one;
    QTest::newRow("layers") << QStringList{"guidance.seg.layers=mid, up, \"d0,u0\"", "guidance.seg.sigma=1, inf"} << one;
  }
  void pictures_equal_those_run_alone() {
    QFETCH(QStringList, axes);
    QFETCH(QStringList, prompts);
    const c10::InferenceMode guard;
    GenerationRequest base = tiny_base();
    base.prompts.clear();
    for (const QString& prompt : prompts) base.prompts.push_back(prompt.toStdString());
    MemoryStore store(grid_of(base, axes));
    SweepBench bench;
    const auto done = bench.run(store);
    QVERIFY2(done, done ? "" : done.error().message.c_str());
    const auto begun = bench.all<SweepStarted>();
    QCOMPARE(begun.size(), std::size_t{1});
    QCOMPARE(done.value().finished, begun[0].forecast.pictures);
    QCOMPARE(done.value().failed + done.value().skipped, std::size_t{0});
    QCOMPARE(done.value().row_evaluations, begun[0].forecast.rows_shared);
    double noted = 0;
    for (const auto& [key, result] : store.results) noted += result.row_evaluations;
    QCOMPARE(noted, begun[0].forecast.rows_shared);
    const auto changes = bench.all<CellChanged>();
    QCOMPARE(changes.back().rows_done, changes.back().rows_total);
    QCOMPARE(store.lines.back(), std::string("end"));
    COMPARE_WITH_ALONE(bench, store);
  }

  void order_does_not_matter_data() {
    QTest::addColumn<int>("seed");
    QTest::addColumn<QString>("sampler");
    for (int seed = 1; seed <= 2; ++seed) QTest::addRow("order %d", seed) << seed << (seed % 2 == 0 ? "euler_a" : "unipc");
  }
  void order_does_not_matter() {
    QFETCH(int, seed);
    QFETCH(QString, sampler);
    const c10::InferenceMode guard;
    GenerationRequest base = tiny_base();
    base.sampler = sampler.toStdString();
    MemoryStore store(grid_of(base, {"guidance.seg.start=0, 0.2, 0.4, 0.6", "guidance.seg.scale=0, 1, 2"}));
    SweepBench bench;
    std::mt19937 random(static_cast<unsigned>(seed));
    bench.host.take_forwarded = [&, given = 0]() mutable -> std::optional<int> {
      // One wish a picture, some of them for pictures that are made already or do not exist.
      if (++given % 2 == 0) return std::nullopt;
      return static_cast<int>(random() % 16) - 2;
    };
    const auto done = bench.run(store);
    QVERIFY(done);
    QCOMPARE(done.value().row_evaluations, bench.all<SweepStarted>()[0].forecast.rows_shared);
    COMPARE_WITH_ALONE(bench, store);
  }

  void forwarded_picture_is_next() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(2), {"seed=1-9"}, SweepOrder::Rows, false));
    SweepBench bench;
    std::deque<int> wishes{7, 5};
    bench.host.take_forwarded = [&]() -> std::optional<int> {
      if (store.finished.empty() || wishes.empty()) return std::nullopt;
      const int wish = wishes.front();
      wishes.pop_front();
      return wish;
    };
    QVERIFY(bench.run(store));
    std::vector<int> order;
    for (const CellChanged& change : bench.all<CellChanged>()) {
      if (change.result.state == CellState::Running) order.push_back(change.picture);
    }
    QCOMPARE(order, (std::vector{0, 5, 7, 1, 2, 3, 4, 6, 8}));  // the later wish first
  }

  void little_memory_costs_rows_but_no_pictures_data() {
    QTest::addColumn<qint64>("bytes");
    QTest::newRow("none") << qint64{0};
    QTest::newRow("for a few") << qint64{12'000};
  }
  void little_memory_costs_rows_but_no_pictures() {
    QFETCH(qint64, bytes);
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(), {"guidance.seg.start=0, 0.2, 0.4, 0.6", "guidance.seg.sigma=1, 2"}));
    SweepBench bench;
    bench.host.most_snapshot_bytes = bytes;
    const auto done = bench.run(store);
    QVERIFY(done);
    const SweepForecast forecast = bench.all<SweepStarted>()[0].forecast;
    QCOMPARE(done.value().finished, forecast.pictures);
    QVERIFY(done.value().row_evaluations > forecast.rows_shared);
    QVERIFY(done.value().row_evaluations <= forecast.rows_naive + 2 * 5);  // and the twin
    COMPARE_WITH_ALONE(bench, store);
  }

  void snapshots_go_when_nobody_needs_them() {
    const c10::InferenceMode guard;
    auto grid = std::make_shared<const SweepGrid>(grid_of(tiny_base(), {"guidance.seg.start=0, 0.2, 0.4", "guidance.seg.sigma=1, 2"}));
    SweepBench bench;
    ContentHashes contents;
    const SweepPlan plan = SweepPlan::make(grid, catalogue(), outline_models(*grid, bench.host), contents);
    const std::vector<int> order = picture_order(plan, 0, 1);
    SharedSteps shared(plan, order);
    const double total = shared.rows_total();
    for (const int picture : order) {
      for (int step = 0; step < 5; ++step) {
        const int node = shared.node_at(picture, step);
        if (node < 0 || shared.find(node) != nullptr || !shared.is_wanted(node)) continue;
        Snapshot snapshot;
        snapshot.run.latents = at::zeros({1, 4, 8, 8});
        shared.keep(node, snapshot);
      }
      shared.fit();
      QVERIFY(shared.bytes() <= SharedSteps::kMostBytes);
      shared.done(picture, 5);
    }
    QCOMPARE(shared.snapshots(), std::size_t{0});
    QCOMPARE(shared.rows_total(), total);
  }

  void how_pictures_were_made() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(), {"guidance.seg.start=0, 0.6"}, SweepOrder::Rows));
    SweepBench bench;
    QVERIFY(bench.run(store));
    const SweepStarted begun = bench.all<SweepStarted>()[0];
    const auto result_of = [&](int picture) { return store.results.at(store.keys[picture]); };
    const CellResult twin = result_of(begun.twin_of_cell[0]), early = result_of(begun.picture_of_cell[0]), late = result_of(begun.picture_of_cell[1]);
    QCOMPARE(twin.made, std::string("alone"));
    QCOMPARE(twin.rows, (std::vector{2, 2, 2, 2, 2}));
    QCOMPARE(twin.twin_distance, 0.0);
    QCOMPARE(early.made, std::string("step 1 shared in part"));
    QCOMPARE(early.rows, (std::vector{1, 3, 3, 3, 3}));
    QCOMPARE(late.made, std::string("steps 1-3 shared, step 4 in part"));
    QCOMPARE(late.rows, (std::vector{0, 0, 0, 1, 3}));
    QCOMPARE(late.shared_steps, 3);
    QCOMPARE(late.row_evaluations, 4.0);
    QVERIFY(early.guidance_norm > late.guidance_norm && late.guidance_norm > twin.guidance_norm && twin.guidance_norm > 0);
    QVERIFY(early.twin_distance > late.twin_distance && late.twin_distance > 0);
    // The distance is that of the last latents.
    const at::Tensor a = bench.latents.at(begun.picture_of_cell[0]), b = bench.latents.at(begun.twin_of_cell[0]);
    QVERIFY(std::abs(early.twin_distance - relative_error(a, b)) < 1e-9);
    for (const CellResult& result : {twin, early, late}) {
      QCOMPARE(result.latents_hash.size(), std::size_t{64});
      QVERIFY(result.seconds > 0);
    }
  }

  void a_left_out_step_is_no_shared_step() {
    const c10::InferenceMode guard;
    GenerationRequest base = tiny_base();
    base.sections = {{"start.image", tests_path("golden/controlnet/ring.png")}, {"start.strength", 0.6}};
    MemoryStore store(grid_of(base, {"guidance.seg.start=0, 0.8"}, SweepOrder::Rows, false));
    SweepBench bench;
    QVERIFY(bench.run(store));
    const auto result_of = [&](int picture) { return store.results.at(store.keys[picture]); };
    QCOMPARE(result_of(0).rows, (std::vector{0, 0, 3, 3, 3}));
    QCOMPARE(result_of(0).made, std::string("alone"));
    QCOMPARE(result_of(1).rows, (std::vector{0, 0, 0, 2, 3}));
    QCOMPARE(result_of(1).made, std::string("step 3 shared in part"));
    QCOMPARE(bench.all<SweepStarted>()[0].forecast.rows_naive, 18.0);
  }

  void a_file_that_changes_meanwhile() {
    const c10::InferenceMode guard;
    QTemporaryDir folder;
    const QString start = folder.filePath("start.png");
    QVERIFY(QFile::copy(QString::fromStdString(tests_path("golden/controlnet/ring.png")), start));
    GenerationRequest base = tiny_base(2);
    base.sections = {{"start.image", start.toStdString()}};
    MemoryStore store(grid_of(base, {"seed=1-3"}, SweepOrder::Rows, false));
    SweepBench bench;
    bench.host.take_forwarded = [&]() -> std::optional<int> {
      if (store.finished.size() != 1) return std::nullopt;
      QFile::remove(start);
      QFile::copy(QString::fromStdString(tests_path("core/pictures/canny-0.png")), start);
      return std::nullopt;
    };
    const auto done = bench.run(store);
    QVERIFY(done);
    QCOMPARE(done.value().finished, std::size_t{1});
    QCOMPARE(done.value().failed, std::size_t{2});
    QVERIFY(store.results.at(store.keys[2]).error.find("was changed while the sweep ran") != std::string::npos);
  }

  void a_file_that_is_not_there() {
    const c10::InferenceMode guard;
    GenerationRequest base = tiny_base(2);
    MemoryStore store(grid_of(base, {"start.image=null, nothing.png"}, SweepOrder::Rows, false));
    SweepBench bench;
    const auto done = bench.run(store);
    QVERIFY(done);
    QCOMPARE(done.value().finished, std::size_t{1});
    QCOMPARE(done.value().failed, std::size_t{1});
    QVERIFY(store.results.at(store.keys[1]).error.find("start.image: ") == 0);
  }

  void out_of_memory_is_tried_again_with_less_data() {
    QTest::addColumn<int>("failures");
    QTest::addColumn<bool>("finishes");
    QTest::newRow("once") << 1 << true;
    QTest::newRow("always") << 1000000 << false;
  }
  void out_of_memory_is_tried_again_with_less() {
    QFETCH(int, failures);
    QFETCH(bool, finishes);
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(3), {"guidance.seg.sigma=1, 2, 3"}, SweepOrder::Rows));
    SweepBench bench;
    int victim = -1, left = failures, steps = 0;
    bench.host.emit = [&](const JobEvent& event) {
      bench.events.push_back(event);
      const auto* change = std::get_if<CellChanged>(&event);
      if (change == nullptr) return;
      victim = change->result.state == CellState::Running ? change->picture : -1;
      steps = 0;
    };
    const auto begins_second = [&] { return victim == 1 && ++steps > 40; };
    bench.host.checkpoint = [&] {
      if (begins_second() && left > 0) {
        --left;
        throw std::bad_alloc();
      }
    };
    const auto done = bench.run(store);
    QVERIFY2(done, done ? "" : done.error().message.c_str());
    QCOMPARE(done.value().failed, std::size_t(finishes ? 0 : 1));
    QCOMPARE(done.value().finished, std::size_t(finishes ? 4 : 3));
    const CellResult& result = store.results.at(store.keys[1]);
    QCOMPARE(result.state, finishes ? CellState::Finished : CellState::Failed);
    if (finishes) QVERIFY2(result.made.ends_with("less memory"), result.made.c_str());
    else QVERIFY2(result.error.find("memory") != std::string::npos, result.error.c_str());
    const auto seen = compare_with_alone(bench, store);
    QVERIFY2(seen.largest <= 1e-5, qPrintable(QString::number(seen.largest)));
  }

  void models_that_cannot_be_used_fail_their_own_pictures() {
    const c10::InferenceMode guard;
    const BrokenModel not_finite, no_weights;
    not_finite.change_weights("unet/diffusion_pytorch_model.safetensors", [](Json& header, QByteArray& data) {
      for (auto& [name, entry] : header.items()) {
        if (name.find("conv_out.bias") == std::string::npos) continue;
        const qsizetype begin = entry["data_offsets"][0].get<qsizetype>();
        for (int i = 0; i < 2; ++i) data[begin + i] = static_cast<char>(0xff);
        if (entry["dtype"] == "F32") for (int i = 2; i < 4; ++i) data[begin + i] = static_cast<char>(0x7f | (i == 2 ? 0xff : 0));
      }
    });
    no_weights.remove("unet/diffusion_pytorch_model.safetensors");
    const QString models = QString("model=\"%1\", \"%2\", \"%3\", \"no such model\"")
                               .arg(QString::fromStdString(kTiny), QString::fromStdString(not_finite.path()), QString::fromStdString(no_weights.path()));
    MemoryStore store(grid_of(tiny_base(2), {models, "guidance.seg.sigma=1, 2"}, SweepOrder::Rows));
    SweepBench bench;
    const auto done = bench.run(store);
    QVERIFY2(done, done ? "" : done.error().message.c_str());
    QCOMPARE(done.value().finished, std::size_t{3});
    const SweepStarted begun = bench.all<SweepStarted>()[0];
    for (std::size_t cell = 0; cell < 8; ++cell) {
      const CellResult& result = store.results.at(store.keys[begun.picture_of_cell[cell]]);
      QCOMPARE(result.state, cell % 4 == 0 ? CellState::Finished : CellState::Failed);
      if (cell % 4 == 1) QVERIFY2(result.error.find("not finite") != std::string::npos, result.error.c_str());
      if (cell % 4 >= 2) QVERIFY2(result.error.find("model") != std::string::npos || result.error.find("folder") != std::string::npos, result.error.c_str());
    }
  }

  void cells_that_do_not_fit_fail_alone() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(2), {"guidance.seg.layers=mid, d77", "width=64, 70"}, SweepOrder::Rows, false));
    SweepBench bench;
    const auto done = bench.run(store);
    QVERIFY(done);
    QCOMPARE(done.value().finished, std::size_t{1});
    QCOMPARE(done.value().failed, std::size_t{3});
  }

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
    MemoryStore store(grid_of(tiny_base(3), {"guidance.seg.start=0, 0.4, 0.7", "guidance.seg.sigma=1, 2"}));
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

  void previews_stay_in_their_budget() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(8), {"seed=1-6"}, SweepOrder::Rows, false));
    SweepBench bench;
    const auto done = bench.run(store);
    QVERIFY(done);
    QVERIFY2(done.value().preview_share <= 0.03, qPrintable(QString::number(done.value().preview_share)));
    for (const Preview& preview : bench.all<Preview>()) QVERIFY(preview.picture >= 0 && preview.image != nullptr);
    bench.options.preview_budget = 1;
    store.results.clear();
    QVERIFY(bench.run(store));
    QCOMPARE(bench.all<Preview>().size(), std::size_t{48});
    QCOMPARE(bench.all<StepDone>().size(), std::size_t{48});
  }

  // The demo model: with few steps here, with all of them in the test for quiet machines.
  void headline_on_the_demo_model() {
    const bool is_whole = qEnvironmentVariableIsSet("STUDIO_WHOLE_SWEEP");
    const c10::InferenceMode guard;
    GenerationRequest base;
    base.prompts = {"red apple"};
    base.seed = 11;
    base.steps = is_whole ? 25 : 3;
    base.guidance = {{"cfg.scale", 4.0}, {"seg.layers", std::string("mid")}};
    const QStringList whole{"guidance.seg.sigma=0.5, 1, 1.5, 2, 3, 5, 8, inf", "guidance.seg.scale=0..5[6]", "seed=11"};
    const QStringList part{"guidance.seg.sigma=0.5, 2, inf", "guidance.seg.scale=0, 2, 5", "seed=11"};
    MemoryStore store(grid_of(base, is_whole ? whole : part));
    SweepBench bench;
    const auto done = bench.run(store);
    QVERIFY2(done, done ? "" : done.error().message.c_str());
    const SweepForecast forecast = bench.all<SweepStarted>()[0].forecast;
    QCOMPARE(forecast.rows_naive, is_whole ? 3600.0 : 9 * 3 * 3.0);
    QCOMPARE(forecast.rows_shared, is_whole ? 2938.0 : (2 + 3) + 2 * (2 + 6 * 3.0));
    QCOMPARE(done.value().row_evaluations, forecast.rows_shared);
    const Comparison seen = compare_with_alone(bench, store);
    qInfo("%d pictures, largest distance from those run alone %.2e, %d of %d with equal row shapes equal bit for bit, previews %.1f %%",
          seen.pictures, seen.largest, seen.equal_bits, seen.must_be_equal, 100 * done.value().preview_share);
    QVERIFY(seen.largest <= 1e-5);
    QVERIFY(seen.must_be_equal > 0);
    QCOMPARE(seen.equal_bits, seen.must_be_equal);
    QVERIFY(done.value().preview_share <= 0.03);
  }
};

QTEST_GUILESS_MAIN(TestSweepRun)
#include "tst_sweep_run.moc"
