// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Sweeps run with exact sharing: the same pictures as alone, the rows that were forecast, and what goes
// wrong on the way.
#include "core/base/guard.h"
#include "core/sweep/shared_steps.h"
#include "tests/support/broken_model.h"
#include "tests/support/tiny_sweep.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <c10/core/InferenceMode.h>

#include <new>
#include <random>
#include <set>

using namespace studio;
using namespace studio::testing;

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
    QTest::newRow("CFG intervals") << QStringList{"guidance.cfg.start=0, 0.4", "guidance.cfg.stop=0.6, 1", "guidance.cfg.rescale=0, 0.5", "guidance.seg.start=0, 0.4"} << one;
    QTest::newRow("encoder reused") << QStringList{"speed.encoder_every=1, 2, 3", "guidance.cfg.stop=0.6, 1", "guidance.seg.start=0, 0.2, 0.6", "guidance.seg.layers=mid, \"d0,m0\""} << one;
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
    QVERIFY(result.error_code == (finishes ? std::nullopt : std::optional(ErrorCode::OutOfMemory)));
    QCOMPARE(done.value().failures, finishes ? std::vector<int>() : std::vector{1});
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
      QVERIFY(result.error_code ==
              (cell % 4 >= 1 ? std::optional(ErrorCode::ModelUnloadable) : std::nullopt));
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
    QCOMPARE(done.value().failures.size(), std::size_t{3});
    for (const int picture : done.value().failures)
      QVERIFY(store.results.at(store.keys[picture]).error_code == ErrorCode::InvalidArgument);
    const SweepForecast forecast = bench.all<SweepStarted>()[0].forecast;
    QCOMPARE(forecast.impossible_cells, std::size_t{3});
    QVERIFY(forecast.problem && forecast.problem->code == ErrorCode::InvalidArgument);
    QVERIFY2(forecast.problem->message.find("d77") != std::string::npos,
             forecast.problem->message.c_str());
  }

  void forecast_of_models_that_cannot_be_read() {
    const BrokenModel no_tokenizer;
    no_tokenizer.remove("tokenizer/merges.txt");
    const SweepGrid whole = grid_of(tiny_base(2), {"seed=1, 2"});
    SweepGrid half = grid_of(
        tiny_base(2),
        {QString("model=\"%1\", \"%2\"")
             .arg(QString::fromStdString(kTiny), QString::fromStdString(no_tokenizer.path())),
         "seed=1-3"});
    SweepGrid none = grid_of(tiny_base(2), {"model=\"no such model\"", "seed=1-3"});
    const SweepBench bench;
    const auto forecast_of = [&](const SweepGrid& grid) {
      const auto shared = std::make_shared<const SweepGrid>(grid);
      ContentHashes contents;
      return forecast_sweep(SweepPlan::make(shared, catalogue(), outline_models(grid, bench.host), contents),
                            {},
                            "",
                            bench.speed,
                            catalogue());
    };
    QVERIFY(!forecast_of(whole).problem && forecast_of(whole).impossible_cells == 0);
    const SweepForecast some = forecast_of(half), all = forecast_of(none);
    QVERIFY(some.problem && some.problem->code == ErrorCode::ModelUnloadable);
    QVERIFY2(some.problem->message.find("tokenizer/merges.txt") != std::string::npos,
             some.problem->message.c_str());
    QCOMPARE(some.impossible_cells, std::size_t{3});
    QVERIFY(some.rows_left > 0);
    QVERIFY(all.problem && all.problem->code == ErrorCode::ModelUnloadable);
    QCOMPARE(all.impossible_cells, all.cells);
  }

  void first_cells_now_and_the_rest_later() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(2), {"seed=1-5", "guidance.seg.sigma=1, 2"}));
    const std::vector<std::size_t> order = cell_order(store.grid());
    SweepBench bench;
    bench.options.most_cells = 4;
    const auto some = bench.run(store);
    QVERIFY(some);
    const SweepStarted started = bench.all<SweepStarted>().front();
    QCOMPARE(started.asked_cells, std::size_t{4});
    std::set<std::string> expected;
    for (std::size_t i = 0; i < 4; ++i) {
      expected.insert(store.keys[started.picture_of_cell[order[i]]]);
      expected.insert(store.keys[started.twin_of_cell[order[i]]]);
    }
    std::set<std::string> made;
    for (const auto& [key, finished] : store.finished) made.insert(key);
    QVERIFY(made == expected);
    QCOMPARE(some.value().finished, expected.size());
    bench.options.most_cells = 0;
    bench.options.resume = true;
    const auto rest = bench.run(store);
    QVERIFY(rest);
    QCOMPARE(rest.value().finished, store.keys.size());
    QCOMPARE(bench.latents.size(), store.keys.size() - expected.size());
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
