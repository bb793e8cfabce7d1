// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a sweep collapses to and costs: degenerate cells, trees of windows, keys, size.
#include "core/base/guard.h"
#include "core/make_engine.h"
#include "core/model/sdxl_model.h"
#include "core/pipeline/run_parts.h"
#include "core/sweep/sweep_plan.h"
#include "tests/support/broken_model.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_terms.h"

#include <QElapsedTimer>
#include <QtTest>

#include <numeric>
#include <set>

using namespace studio;
using namespace studio::testing;

namespace {

const std::string kTiny = tests_path("golden/models/tiny-sdxl");

GenerationRequest base_job() {
  GenerationRequest request;
  request.model = "emoji-sdxl";
  request.prompts = {"red apple"};
  request.seed = 11;
  request.steps = 25;
  request.guidance = {{"cfg.scale", 4.0}, {"seg.scale", 2.0}, {"seg.sigma", 2.0}};
  return request;
}

SweepModel model_named(const std::string& name) {
  auto outline = read_outline(resources_path("models/emoji-sdxl"));
  if (!outline) qFatal("%s", outline.error().message.c_str());
  outline.value().hash = "hash of " + name;
  return {name, outline.value(), {}};
}

SweepPlan plan_of(const SweepSpec& spec) {
  auto grid = read_sweep(spec, catalogue());
  if (!grid) qFatal("%s", grid.error().message.c_str());
  auto shared = std::make_shared<const SweepGrid>(std::move(grid).value());
  std::vector<SweepModel> models;
  for (const ModelUse& use : SweepPlan::model_uses(*shared, catalogue())) models.push_back(model_named(use.name));
  ContentHashes contents;
  return SweepPlan::make(shared, catalogue(), std::move(models), contents);
}

SweepPlan plan_of(GenerationRequest base, std::vector<SweepAxis> axes, bool twin = true) {
  SweepSpec spec;
  spec.base = std::move(base);
  spec.axes = std::move(axes);
  spec.twin = twin;
  return plan_of(spec);
}

std::vector<int> all_pictures(const SweepPlan& plan) {
  std::vector<int> all(plan.pictures().size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

double shared_rows(const SweepPlan& plan) { return PrefixTree(plan, all_pictures(plan)).rows(); }

// The same count by definition: at every step, for every different history, every branch once.
double shared_rows_slowly(const SweepPlan& plan) {
  std::map<std::vector<int>, std::set<int>> nodes;  // base and transitions so far -> branches at that state
  for (const int picture : all_pictures(plan)) {
    const PlannedPicture& planned = plan.pictures()[picture];
    std::vector<int> history{planned.base};
    for (int step = 0; step < planned.steps; ++step) {
      std::uint32_t segment = 0;
      while (segment + 1 < planned.segments && plan.segments(picture)[segment + 1].first_step <= step) ++segment;
      const Transition transition = plan.segments(picture)[segment].transition;
      const auto& branches = plan.branches(transition);
      nodes[history].insert(branches.begin(), branches.end());
      history.push_back(transition);
    }
  }
  double rows = 0;
  for (const auto& [history, branches] : nodes) rows += static_cast<double>(branches.size());
  return rows;
}

}  // namespace

class TestSweepPlan : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void outline_is_that_of_the_loaded_model() {
    const auto model = load_test_model(tests_path("golden/models/tiny-sdxl"));
    const ModelOutline loaded = outline_of(*model);
    const auto read = read_outline(tests_path("golden/models/tiny-sdxl"));
    QVERIFY(read);
    const auto counts = [](const LayerCounts& c) { return std::vector{c.down, c.mid, c.up}; };
    QCOMPARE(counts(read.value().layers), counts(model->unet.self_attention_layers()));
    QCOMPARE(counts(loaded.layers), counts(model->unet.self_attention_layers()));
    QCOMPARE(read.value().native_size_px, model->native_size_px());
    QCOMPARE(read.value().size_multiple_px, model->size_multiple_px());
    QCOMPARE(loaded.config_hash, read.value().config_hash);
    QCOMPARE(loaded.config_hash.size(), std::size_t{64});
    QVERIFY(!read_outline(tests_path("golden")));
  }

  // Equal weights, and a change in any other file that decides what the model computes.
  void outline_tells_configurations_apart_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("differs");
    for (const char* file : {"model_index.json",
                             "scheduler/scheduler_config.json",
                             "text_encoder/config.json",
                             "text_encoder_2/config.json",
                             "unet/config.json",
                             "vae/config.json",
                             "tokenizer/merges.txt",
                             "tokenizer/tokenizer_config.json",
                             "tokenizer_2/vocab.json",
                             "tokenizer_2/special_tokens_map.json"}) {
      QVERIFY2(QFile::exists(QString::fromStdString(kTiny) + "/" + file), file);
      QTest::newRow(file) << file << true;
    }
    QTest::newRow("nothing") << "" << false;
    QTest::newRow("not of the model") << "README.md" << false;
  }
  void outline_tells_configurations_apart() {
    QFETCH(QString, file);
    QFETCH(bool, differs);
    const BrokenModel model;
    const auto before = read_outline(model.path());
    QVERIFY2(before, before ? "" : before.error().message.c_str());
    const QByteArray name = file.toLatin1();
    if (!file.isEmpty())
      model.write(name,
                  (QFile::exists(model.file(name)) ? model.read(name) : QByteArray("{}")) + "\n");
    const auto after = read_outline(model.path());
    QVERIFY2(after, after ? "" : after.error().message.c_str());
    QCOMPARE(after.value().config_hash != before.value().config_hash, differs);
    QVERIFY(read_outline(kTiny).value().config_hash ==
            before.value().config_hash);  // where it lies does not matter
  }

  void outline_misses_parts_data() {
    QTest::addColumn<QString>("part");
    for (const char* part : {"model_index.json",
                             "scheduler/scheduler_config.json",
                             "text_encoder/config.json",
                             "text_encoder_2",
                             "tokenizer",
                             "tokenizer_2/merges.txt",
                             "unet/config.json",
                             "unet/diffusion_pytorch_model.safetensors",
                             "vae"}) {
      QTest::newRow(part) << part;
    }
  }
  void outline_misses_parts() {
    QFETCH(QString, part);
    const BrokenModel model;
    model.remove(part.toLatin1());
    const auto outline = read_outline(model.path());
    QVERIFY(!outline && outline.error().code == ErrorCode::ModelUnloadable);
    QVERIFY2(QString::fromStdString(outline.error().message).contains(part.section('/', 0, 0)),
             outline.error().message.c_str());
  }

  void headline_sweep() {
    const SweepPlan plan = plan_of(base_job(), {{"guidance.seg.sigma", "0.5, 1, 1.5, 2, 3, 5, 8, inf"}, {"guidance.seg.scale", "0..5[6]"}, {"seed", "1"}});
    QCOMPARE(plan.grid().cells(), std::size_t{48});
    QCOMPARE(plan.pictures().size(), std::size_t{41});  // 8 x 5 and the twin, which is the cell of scale 0
    QCOMPARE(plan.distinct_cells(), std::size_t{41});
    QCOMPARE(plan.rows_naive(), 3600.0);
    QCOMPARE(shared_rows(plan), 2938.0);
    for (std::size_t cell = 0; cell < 48; ++cell) QCOMPARE(plan.twin_of_cell()[cell], plan.picture_of_cell()[0]);
  }

  void equal_cells_collapse_data() {
    QTest::addColumn<QString>("param");
    QTest::addColumn<QString>("values");
    QTest::addColumn<QString>("fixed");  // PARAM=VALUE of the base
    QTest::addColumn<int>("pictures");
    const auto row = [](const char* name, const char* param, const char* values, const char* fixed, int pictures) {
      QTest::newRow(name) << param << values << fixed << pictures;
    };
    row("sigma without scale", "guidance.seg.sigma", "1, 2, inf", "guidance.seg.scale=0", 1);
    row("layers without scale", "guidance.seg.layers", "mid, up", "guidance.seg.scale=0", 1);
    row("sigma in an empty window", "guidance.seg.sigma", "1, 2", "guidance.seg.stop=0", 1);
    row("window shorter than a step", "guidance.seg.stop", "0, 0.01, 0.039", "guidance.seg.start=0", 1);
    row("start within one step", "guidance.seg.start", "0, 0.01, 0.03", "guidance.seg.stop=1", 1);
    row("start at the next step", "guidance.seg.start", "0, 0.04", "guidance.seg.stop=1", 2);
    row("sigma beyond the blur", "guidance.seg.sigma", "9999.5, 20000, inf", "guidance.seg.scale=2", 1);
    row("sigma at the limit", "guidance.seg.sigma", "9999, inf", "guidance.seg.scale=2", 2);
    row("layers written twice", "guidance.seg.layers", "mid, \"m0,m1\", \"m1,m0\"", "guidance.seg.scale=2", -1);
    row("rescale without CFG", "guidance.cfg.rescale", "0, 0.3, 0.7", "guidance.cfg.scale=1", 1);
    row("negative prompt without CFG", "negative_prompt", "null, blue, \"\"", "guidance.cfg.scale=1", 1);
    row("rescale without a step with CFG", "guidance.cfg.rescale", "0, 0.3, 0.7", "guidance.cfg.stop=0.01", 1);
    row("CFG's interval shorter than a step", "guidance.cfg.stop", "0, 0.01, 0.039", "guidance.cfg.start=0", 1);
    row("CFG's interval a step longer", "guidance.cfg.stop", "0.5, 0.52, 0.53", "guidance.cfg.start=0", 2);
    row("CFG's interval without CFG", "guidance.cfg.start", "0, 0.3", "guidance.cfg.scale=1", 1);
    row("negative prompt without a step with CFG", "negative_prompt", "null, blue, \"\"", "guidance.cfg.stop=0", 1);
    row("encoder reused", "speed.encoder_every", "1, 2, 3", "guidance.cfg.scale=4", 3);
    row("products in fp8", "speed.fp8", "false, true", "guidance.cfg.scale=4", 2);
    row("negative prompt with CFG", "negative_prompt", "null, blue, \"\"", "guidance.cfg.scale=4", 3);
    row("the model's own spacing", "spacing", "null, leading", "guidance.cfg.scale=4", 1);
    row("size given and the model's own", "width", "null, 128", "guidance.cfg.scale=4", 1);
    row("seeds", "seed", "1-4", "guidance.cfg.scale=4", 4);
    row("samplers", "sampler", "euler, euler_a, ddim, dpmpp_2m, unipc", "guidance.cfg.scale=4", 5);
    row("steps", "steps", "5, 10, 20", "guidance.cfg.scale=4", 3);
    row("prompts", "prompt", "\"a cat\", \"a dog\"", "guidance.cfg.scale=4", 2);
  }
  void equal_cells_collapse() {
    QFETCH(QString, param);
    QFETCH(QString, values);
    QFETCH(QString, fixed);
    QFETCH(int, pictures);
    GenerationRequest base = base_job();
    const std::string path = fixed.section('=', 0, 0).toStdString();
    QVERIFY(set(base, catalogue(), path, fixed.section('=', 1).toDouble()));
    const SweepPlan plan = plan_of(base, {{param.toStdString(), values.toStdString()}}, false);
    if (pictures < 0) {
      // The demo model's middle has as many layers as these name.
      const int mid = model_named("").outline.layers.mid;
      pictures = mid == 2 ? 1 : 2;
    }
    QCOMPARE(static_cast<int>(plan.pictures().size()), pictures);
    // Equal pictures have equal keys, others others.
    std::set<std::string> keys;
    for (const int picture : all_pictures(plan)) keys.insert(plan.key(picture, "fp32", catalogue()));
    QCOMPARE(keys.size(), plan.pictures().size());
  }

  void rows_of_trees_data() {
    QTest::addColumn<QStringList>("axes");  // PARAM=VALUES
    QTest::addColumn<bool>("twin");
    const auto row = [](const char* name, QStringList axes, bool twin = true) { QTest::newRow(name) << axes << twin; };
    row("one cell", {});
    row("start", {"guidance.seg.start=0, 0.2, 0.4, 0.6, 0.8"});
    row("stop", {"guidance.seg.stop=0, 0.2, 0.4, 0.6, 0.8, 1"}, false);
    row("start and stop", {"guidance.seg.start=0..0.5[6]", "guidance.seg.stop=0.5..1[6]"});
    row("windows, sigmas and scales", {"guidance.seg.start=0, 0.1, 0.3", "guidance.seg.sigma=1, 2, inf", "guidance.seg.scale=0, 1, 3", "seed=1-2"});
    row("CFG scales with 1", {"guidance.cfg.scale=1, 2, 4", "guidance.seg.scale=0, 2"});
    row("CFG intervals", {"guidance.cfg.start=0, 0.2, 0.4", "guidance.cfg.stop=0.6, 0.8, 1", "guidance.cfg.rescale=0, 0.5", "guidance.seg.start=0, 0.4"});
    row("encoder reused", {"speed.encoder_every=1, 3", "guidance.seg.start=0, 0.4", "guidance.cfg.stop=0.6, 1"});
    row("products in fp8", {"speed.fp8=false, true", "guidance.seg.start=0, 0.4", "guidance.cfg.scale=1, 4"});
    row("negative prompts", {"negative_prompt=null, blue, \"\"", "guidance.cfg.scale=1, 4"}, false);
    row("steps and samplers", {"steps=3, 7", "sampler=euler, euler_a", "guidance.seg.sigma=1, 2"});
    row("layers", {"guidance.seg.layers=mid, up, down, \"mid,up\"", "guidance.seg.sigma=1, 9"});
  }
  void rows_of_trees() {
    QFETCH(QStringList, axes);
    QFETCH(bool, twin);
    std::vector<SweepAxis> list;
    for (const QString& axis : axes) list.push_back({axis.section('=', 0, 0).toStdString(), axis.section('=', 1).toStdString()});
    const SweepPlan plan = plan_of(base_job(), list, twin);
    QCOMPARE(shared_rows(plan), shared_rows_slowly(plan));
    double alone = 0;
    for (const int picture : all_pictures(plan)) alone += plan.rows_alone(picture);
    QVERIFY(shared_rows(plan) <= alone);
    if (!twin) QVERIFY(alone <= plan.rows_naive());
    const PrefixTree tree(plan, all_pictures(plan));
    for (const int picture : all_pictures(plan)) {
      int below = plan.pictures()[picture].steps;
      for (int node = tree.node_of(picture); node >= 0; node = tree.nodes()[node].parent) {
        QVERIFY(tree.nodes()[node].step < below);
        below = tree.nodes()[node].step;
      }
    }
  }

  void keys_stay_and_differ() {
    const std::vector<SweepAxis> axes{{"guidance.seg.sigma", "1, 2, inf"}, {"seed", "1, 2"}};
    const SweepPlan one = plan_of(base_job(), axes), two = plan_of(base_job(), {axes[1], axes[0]});
    std::set<std::string> first, second;
    for (const int picture : all_pictures(one)) first.insert(one.key(picture, "fp32", catalogue()));
    for (const int picture : all_pictures(two)) second.insert(two.key(picture, "fp32", catalogue()));
    QCOMPARE(first, second);
    QCOMPARE(first.size(), std::size_t{8});
    for (const std::string& key : first) QCOMPARE(key.size(), std::size_t{64});
    QVERIFY(one.key(0, "fp32", catalogue()) != one.key(0, "fp16", catalogue()));
    SweepPlan other = plan_of(base_job(), axes);
    other.model(0).outline.hash = "other weights";
    QVERIFY(one.key(0, "fp32", catalogue()) != other.key(0, "fp32", catalogue()));
    SweepPlan configured = plan_of(base_job(), axes);
    configured.model(0).outline.config_hash = "other configurations";
    QVERIFY(one.key(0, "fp32", catalogue()) != configured.key(0, "fp32", catalogue()));
    // The key knows the picture, not the sweep it is in.
    GenerationRequest alone = base_job();
    alone.seed = 1;
    alone.guidance["seg.sigma"] = 1.0;
    QVERIFY(first.contains(plan_of(alone, {}).key(0, "fp32", catalogue())));
    // For ever: a change here makes all folders of earlier versions run again.
    QCOMPARE(QString::fromStdString(one.key(0, "fp32", catalogue())), QStringLiteral("57499b84f18fb7232389677eb4690eb156c507dc8380f0ce80210fe8de9d7631"));
  }

  void cells_that_do_not_fit_the_model() {
    const SweepPlan plan = plan_of(base_job(), {{"width", "64, 100, 128"}, {"guidance.seg.layers", "mid, d90"}}, false);
    QCOMPARE(plan.pictures().size(), std::size_t{6});
    int broken = 0;
    for (const int picture : all_pictures(plan)) {
      const PlannedPicture& planned = plan.pictures()[picture];
      broken += planned.problem >= 0 ? 1 : 0;
      if (planned.problem >= 0)
        QVERIFY(plan.problems()[planned.problem].message.find(
                    planned.cell % 3 == 1 ? "multiple" : "d90") != std::string::npos);
      QCOMPARE(plan.rows_alone(picture), planned.problem >= 0 ? 0.0 : 75.0);
    }
    QCOMPARE(broken, 4);
  }

  void order_and_shards() {
    SweepSpec spec;
    spec.base = base_job();
    spec.axes = {{"guidance.seg.sigma", "1..8[8]"}, {"model", "one, two, one"}, {"seed", "1-3"}};
    spec.axes[1].values = "one, two";
    const SweepPlan plan = plan_of(spec);
    const std::vector<int> order = picture_order(plan, 0, 1);
    QCOMPARE(std::set<int>(order.begin(), order.end()).size(), plan.pictures().size());
    QCOMPARE(order.size(), plan.pictures().size());
    int changes = 0;
    std::set<int> made;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const PlannedPicture& planned = plan.pictures()[order[i]];
      changes += i > 0 && planned.model != plan.pictures()[order[i - 1]].model ? 1 : 0;
      made.insert(order[i]);
      if (!planned.is_twin) QVERIFY(made.contains(plan.twin_of_cell()[planned.cell]));
    }
    QCOMPARE(changes, 1);
    std::set<int> together;
    double rows = 0;
    for (int shard = 0; shard < 6; ++shard) {
      const std::vector<int> some = picture_order(plan, shard, 6);
      for (const int picture : some) QVERIFY(together.insert(picture).second);
      rows += PrefixTree(plan, some).rows();
    }
    QCOMPARE(together.size(), plan.pictures().size());
    QCOMPARE(rows, shared_rows(plan));  // six seeds and models, six shares: nothing is made twice
  }

  void a_hundred_thousand_cells() {
    QElapsedTimer watch;
    const SweepPlan small = plan_of(base_job(), {{"guidance.seg.sigma", "1, 2"}});
    watch.start();
    const SweepPlan plan = plan_of(base_job(), {{"guidance.seg.sigma", "log(0.1..100)[100]"}, {"guidance.seg.scale", "0..5[50]"}, {"guidance.seg.start", "0..0.9[20]"}});
    const PrefixTree tree(plan, all_pictures(plan));
    const qint64 ms = watch.elapsed();
    QCOMPARE(plan.grid().cells(), std::size_t{100'000});
    QVERIFY(tree.rows() < plan.rows_naive());
    qInfo("100,000 cells in %lld ms, %zu pictures", static_cast<long long>(ms), plan.pictures().size());
    QVERIFY2(ms < 4000, qPrintable(QString::number(ms)));  // 2 s on an idle machine
  }

  // A term that says nothing about itself shares nothing, and its picture is still one picture.
  void branch_keys() {
    const LayerCounts counts{2, 2, 4};
    const auto blur = seg_edit(2.0, counts);
    const Branch edited{.text = Text::Positive, .layers = layer_set("mid", counts), .edit = blur};
    QCOMPARE(branch_key(Branch{}, "x"), branch_key(Branch{}, "y"));
    QVERIFY(branch_key({.text = Text::Negative}, "x") != branch_key({.text = Text::Negative}, "y"));
    QVERIFY(branch_key(edited, "") != branch_key(Branch{}, ""));
    Branch same = edited;
    same.edit = seg_edit(2.0, counts);
    QCOMPARE(branch_key(edited, ""), branch_key(same, ""));
    same.layers = layer_set("up", counts);
    QVERIFY(branch_key(edited, "") != branch_key(same, ""));
    same.edit = std::make_shared<FlippedKeys>();
    QCOMPARE(branch_key(same, ""), std::string());
    QCOMPARE(branch_key({.observer = std::make_shared<Recorder>()}, ""), std::string());
    QCOMPARE(branch_key({.with_gradient = true}, ""), std::string());
    const MadeTerm made([](const StepInfo&) { return std::vector<Branch>(); }, keep_epsilon);
    QVERIFY(!made.step_key({}));
    QCOMPARE(made.steady_until({.step = 3, .steps = 10}), 4);
  }

  void step_keys_are_steady_where_they_say() {
    const LayerCounts counts{2, 2, 4};
    for (const auto& [start, stop] : {std::pair{0.0, 1.0}, {0.2, 0.6}, {0.0, 0.28}, {0.99, 1.0}, {0.5, 0.5}}) {
      for (const int steps : {1, 4, 25, 50}) {
        auto terms = make_terms({{"cfg.scale", 3.0}, {"cfg.rescale", 0.5}, {"cfg.start", start}, {"cfg.stop", stop}, {"seg.scale", 1.0},
                                 {"seg.start", start}, {"seg.stop", stop}}, counts);
        QVERIFY(terms);
        for (const auto& term : terms.value()) {
          for (int step = 0; step < steps; ++step) {
            const StepInfo info{.step = step, .steps = steps};
            const int until = term->steady_until(info);
            QVERIFY(until > step && until <= steps);
            for (int later = step; later < until; ++later) {
              const StepInfo then{.step = later, .steps = steps};
              QVERIFY(term->step_key(then) == term->step_key(info));
              QCOMPARE(term->plan(then).size(), term->plan(info).size());
            }
            QVERIFY(term->step_key(info).has_value());
            QCOMPARE(term->step_key(info)->empty(), term->plan(info).empty());
          }
        }
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestSweepPlan)
#include "tst_sweep_plan.moc"
