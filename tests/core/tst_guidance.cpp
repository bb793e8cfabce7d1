// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Every guidance term by its card, layer names, windows, and the limits of each method.
#include <ATen/ATen.h>
#include <QtTest>

#include <algorithm>
#include <cmath>

#include "core/api/request.h"
#include "core/base/check.h"
#include "core/guidance/query_blur.h"
#include "core/pipeline/pipeline.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_terms.h"

using namespace studio;
using namespace studio::testing;

namespace {

constexpr LayerCounts kLayers{3, 2, 6};

QString text_of(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())); }

// Parameters under which every term is active.
ParamSet all_active() { return {{"cfg.scale", 4.0}, {"seg.scale", 2.0}, {"cfg.rescale", 0.5}}; }

std::unique_ptr<GuidanceTerm> made(const TermInfo& info, const ParamSet& params) {
  auto term = info.make(params, kLayers);
  if (!term) qFatal("%s", term.error().message.c_str());
  return std::move(term).value();
}

const TermInfo& term_named(std::string_view id) {
  for (const TermInfo* info : guidance_terms()) {
    if (info->card.id == id) return *info;
  }
  qFatal("no such term");
  return *guidance_terms().front();
}

}  // namespace

class TestGuidance : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<const SdxlModel> model_;
  std::unique_ptr<PromptEncoder> prompts_;

  RunResult run_with(const ParamSet& guidance) {
    GenerationRequest request;
    request.prompts = {"rocket"};
    request.seed = 3;
    request.steps = 3;
    request.width_px = 96;
    request.height_px = 64;
    request.guidance = guidance;
    auto resolved = resolve(request, *model_);
    if (!resolved) qFatal("%s", resolved.error().message.c_str());
    RunInputs inputs;
    inputs.keep_steps = true;
    auto result = run(resolved.value(), *model_, *prompts_, inputs, {});
    if (!result) qFatal("%s", result.error().message.c_str());
    const double counted = count_rows(resolved.value(), *model_).value();
    if (counted != result.value().row_evaluations) qFatal("%g rows were foretold, %g run", counted, result.value().row_evaluations);
    return std::move(result).value();
  }

 private Q_SLOTS:
  void initTestCase() {
    model_ = load_test_model(resources_path("models/emoji-sdxl"));
    prompts_ = std::make_unique<PromptEncoder>(model_);
  }

  void parameters_data() {
    QTest::addColumn<int>("term");
    QTest::addColumn<int>("param");
    const auto terms = guidance_terms();
    QVERIFY(!terms.empty());
    for (std::size_t t = 0; t < terms.size(); ++t) {
      for (std::size_t p = 0; p < terms[t]->card.params.size(); ++p) {
        QTest::newRow(qPrintable(text_of(terms[t]->card.params[p].key))) << static_cast<int>(t) << static_cast<int>(p);
      }
    }
  }
  void parameters() {
    QFETCH(int, term);
    QFETCH(int, param);
    const TermInfo& info = *guidance_terms()[term];
    const ParamSpec& spec = info.card.params[param];
    QVERIFY(!spec.key.empty() && !spec.label.empty() && spec.doc.ends_with('.'));
    QVERIFY(validate(spec, spec.key, spec.initial));
    if (spec.neutral) {
      QVERIFY(validate(spec, spec.key, *spec.neutral));
      ParamSet params = all_active();
      QVERIFY(made(info, params) != nullptr);
      params[std::string(spec.key)] = *spec.neutral;
      QVERIFY(made(info, params) == nullptr);
    }
    if (spec.kind == ParamKind::Real) {
      const double below = std::nextafter(spec.min, -kInfinity), above = std::nextafter(spec.max, kInfinity);
      QVERIFY(!validate(spec, spec.key, below));
      QVERIFY(!validate(spec, spec.key, above));
      QCOMPARE(static_cast<bool>(validate(spec, spec.key, spec.min)), !spec.min_is_excluded);
      QVERIFY(validate(spec, spec.key, spec.max));
      QCOMPARE(static_cast<bool>(validate(spec, spec.key, kInfinity)), spec.has_infinity);
      QVERIFY(!validate(spec, spec.key, std::nan("")));
      QVERIFY(!validate(spec, spec.key, std::string("1")));
      const double low = spec.slider_min, high = spec.slider_max;
      QVERIFY((low == 0 && high == 0) || (low >= spec.min && high <= spec.max && low < high));
    }
    for (const std::string_view choice : spec.choices) QVERIFY(validate(spec, spec.key, std::string(choice)));
    // At the edges of its range a term is made, or inactive, but never an accident.
    for (const double edge : {spec.min, spec.max}) {
      if (spec.kind != ParamKind::Real || (edge == spec.min && spec.min_is_excluded)) continue;
      ParamSet params = all_active();
      params[std::string(spec.key)] = edge;
      QVERIFY(info.make(params, kLayers));
    }
  }

  void keys_are_unique_and_known() {
    std::vector<std::string_view> ids, keys;
    for (const TermInfo* info : guidance_terms()) {
      ids.push_back(info->card.id);
      for (const ParamSpec& spec : info->card.params) keys.push_back(spec.key);
    }
    for (auto* names : {&ids, &keys}) {
      std::sort(names->begin(), names->end());
      QVERIFY(std::adjacent_find(names->begin(), names->end()) == names->end());
    }
    // Jobs on disk name these: none may vanish.
    for (const char* key : {"cfg.scale", "cfg.start", "cfg.stop", "cfg.rescale", "seg.scale", "seg.sigma", "seg.layers", "seg.start", "seg.stop"}) {
      QVERIFY2(std::binary_search(keys.begin(), keys.end(), std::string_view(key)), key);
    }
    QVERIFY_EXCEPTION_THROWN(real_param(guidance_terms().front()->card, {}, "no.such"), CheckError);
  }

  void layer_names_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QList<int>>("members");  // of d0-d2, m0-m1 (3, 4), u0-u5 (5 to 10)
    QTest::newRow("mid") << "mid" << QList<int>{3, 4};
    QTest::newRow("down") << "down" << QList<int>{0, 1, 2};
    QTest::newRow("up") << "up" << QList<int>{5, 6, 7, 8, 9, 10};
    QTest::newRow("single") << "d2,m1,u0" << QList<int>{2, 4, 5};
    QTest::newRow("order and doubles do not matter") << "u5,mid,m0,d0,u5" << QList<int>{0, 3, 4, 10};
    QTest::newRow("spaces") << " d0 ,  u1 " << QList<int>{0, 6};
    QTest::newRow("all") << "down,mid,up" << QList<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  }
  void layer_names() {
    QFETCH(QString, text);
    QFETCH(QList<int>, members);
    QVERIFY(check_layers_text(text.toStdString()));
    const auto set = parse_layers(text.toStdString(), kLayers);
    QVERIFY(set);
    for (int i = 0; i < kLayers.total() + 3; ++i) QCOMPARE(set.value().contains(i), members.contains(i));
    QCOMPARE(set.value().first(), members.front());
  }

  void bad_layer_names_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("says");
    QTest::addColumn<bool>("is_grammar");  // wrong for every model
    for (const char* text : {"", ",", "mid,", ",mid", "x0", "d", "d-1", "d+1", "D0", "Mid", "d0 d1", "d0;d1", "d1.5", "middle", "m0x", "d00000", "u99999999999",
                             "mid mid", "d 0", "\xC3\xA4"}) {
      QTest::addRow("\"%s\"", text) << QString::fromUtf8(text) << "is not a layer: allowed are mid, down, up" << true;
    }
    QTest::newRow("long text is cut short") << QString(5000, 'y') << "yyy...\" is not a layer" << true;
    QTest::newRow("d99") << "d99" << "\"d99\" is not a layer of this model, which has d0 to d2" << false;
    QTest::newRow("d3") << "d0,d3" << "\"d3\" is not a layer of this model, which has d0 to d2" << false;
    QTest::newRow("m2") << "mid,m2" << "\"m2\" is not a layer of this model, which has m0 to m1" << false;
    QTest::newRow("u9999") << "u9999" << "\"u9999\" is not a layer of this model, which has u0 to u5" << false;
  }
  void bad_layer_names() {
    QFETCH(QString, text);
    QFETCH(QString, says);
    QFETCH(bool, is_grammar);
    QCOMPARE(static_cast<bool>(check_layers_text(text.toStdString())), !is_grammar);
    const auto set = parse_layers(text.toStdString(), kLayers);
    QVERIFY(!set);
    QVERIFY(set.error().code == ErrorCode::InvalidArgument);
    const QString message = QString::fromStdString(set.error().message);
    QVERIFY2(message.contains(says), qPrintable(message));
    QVERIFY(message.size() < 250);
    const auto term = term_named("seg").make({{"seg.layers", text.toStdString()}}, kLayers);
    QVERIFY(!term);
    QVERIFY(QString::fromStdString(term.error().message).startsWith("guidance.seg.layers: "));
  }

  void model_without_middle_layers() {
    const auto set = parse_layers("m0", {2, 0, 2});
    QVERIFY(!set);
    QVERIFY(QString::fromStdString(set.error().message).contains("has no layers there"));
    const auto names = studio::layer_names(kLayers);
    QCOMPARE(names.size(), std::size_t{11});
    QVERIFY(names[0] == "d0" && names[3] == "m0" && names[10] == "u5");
    // "mid" of a model without such layers edits nothing, so the term is off.
    const auto term = term_named("seg").make({{"seg.layers", std::string("mid")}}, {2, 0, 2});
    QVERIFY(term && term.value() == nullptr);
  }

  void window_data() {
    QTest::addColumn<double>("start");
    QTest::addColumn<double>("stop");
    QTest::addColumn<int>("steps");
    QTest::addColumn<int>("first");
    QTest::addColumn<int>("end");
    struct Row {
      double start, stop;
      int steps, first, end;
    };
    for (const Row& row : {Row{0, 1, 25, 0, 25}, {0, 1, 1, 0, 1}, {0.25, 0.75, 6, 1, 4}, {0.28, 0.56, 25, 7, 14}, {0.29, 1, 100, 29, 100}, {0.5, 1, 25, 12, 25},
                           {0, 0.5, 25, 0, 12}, {0.99, 1, 10, 9, 10}, {0.5, 0.55, 10, 5, 5}, {0, 0.05, 10, 0, 0}, {0, 0.5, 1, 0, 0}, {0.2, 0.6, 5, 1, 3}, {0, 1, 1000, 0, 1000}}) {
      QTest::addRow("%g to %g of %d", row.start, row.stop, row.steps) << row.start << row.stop << row.steps << row.first << row.end;
    }
  }
  void window() {
    QFETCH(double, start);
    QFETCH(double, stop);
    QFETCH(int, steps);
    QFETCH(int, first);
    QFETCH(int, end);
    const ParamSet params{{"seg.start", start}, {"seg.stop", stop}, {"cfg.start", start}, {"cfg.stop", stop}, {"cfg.rescale", 0.5}};
    for (const auto& [name, rows] : {std::pair{"seg", 2}, {"cfg", 2}, {"rescale", 1}}) {
      const auto term = made(term_named(name), params);
      QVERIFY(term != nullptr);
      for (int step = 0; step < steps; ++step) {
        const StepInfo info{step, steps};
        QCOMPARE(term->plan(info).size(), std::size_t(step >= first && step < end ? rows : 0));
        const at::Tensor epsilon = at::ones({1});
        if (term->plan(info).empty()) QVERIFY(at::equal(term->apply(info, epsilon, {}), epsilon));
      }
    }
  }

  void empty_window_is_inactive() {
    for (const auto& [start, stop] : {std::pair{1.0, 1.0}, {0.5, 0.5}, {0.7, 0.2}, {0.0, 0.0}}) {
      QVERIFY(made(term_named("seg"), {{"seg.start", start}, {"seg.stop", stop}}) == nullptr);
      QVERIFY(made(term_named("cfg"), {{"cfg.start", start}, {"cfg.stop", stop}}) == nullptr);
      QVERIFY(made(term_named("rescale"), {{"cfg.rescale", 0.5}, {"cfg.start", start}, {"cfg.stop", stop}}) == nullptr);
    }
  }

  void combination() {
    const at::Tensor c = made_noise({2, 4, 3, 5}, 1, at::kDouble), u = made_noise({2, 4, 3, 5}, 2, at::kDouble);
    const at::Tensor s = made_noise({2, 4, 3, 5}, 3, at::kDouble);
    const std::vector<at::Tensor> for_cfg{c, u}, for_seg{c, s}, for_rescale{c};
    const ParamSet params = all_active();
    at::Tensor epsilon = made(term_named("cfg"), params)->apply({}, c, for_cfg);
    QVERIFY(relative_error(epsilon, u + 4 * (c - u)) <= 1e-14);
    epsilon = made(term_named("seg"), params)->apply({}, epsilon, for_seg);
    QVERIFY(relative_error(epsilon, u + 4 * (c - u) + 2 * (c - s)) <= 1e-14);
    const at::Tensor rescaled = made(term_named("rescale"), params)->apply({}, epsilon, for_rescale);
    for (std::int64_t i = 0; i < 2; ++i) {
      const double ratio = (c[i].std() / epsilon[i].std()).item<double>();
      QVERIFY(relative_error(rescaled[i], epsilon[i] * (0.5 * ratio + 0.5)) <= 1e-13);
    }
    const std::vector<at::Tensor> flat{at::ones({1, 4, 2, 2}, at::kDouble)};
    QVERIFY(at::isfinite(made(term_named("rescale"), params)->apply({}, flat[0], flat)).all().item<bool>());
  }

  void seg_scale_zero_is_cfg_alone() {
    const RunResult cfg = run_with({{"cfg.scale", 4.0}, {"seg.scale", 0.0}});
    const RunResult other = run_with({{"cfg.scale", 4.0}, {"seg.scale", 0.0}, {"seg.sigma", 1.0}, {"seg.layers", std::string("down,up")}, {"seg.start", 0.2}});
    QVERIFY(at::equal(cfg.steps.back(), other.steps.back()));
    QCOMPARE(cfg.row_evaluations, 6.0);
    QCOMPARE(run_with({{"cfg.scale", 1.0}, {"seg.scale", 0.0}}).row_evaluations, 3.0);
    QCOMPARE(run_with({{"cfg.scale", 4.0}, {"seg.scale", 2.0}}).row_evaluations, 9.0);
    QCOMPARE(run_with({{"cfg.scale", 4.0}, {"seg.scale", 2.0}, {"seg.start", 0.5}}).row_evaluations, 8.0);
  }

  void tiny_sigma_is_no_seg() {
    const ParamSet layers{{"cfg.scale", 1.0}, {"seg.layers", std::string("down,mid,up")}};
    ParamSet off = layers, tiny = layers, real = layers;
    off.insert({"seg.scale", 0.0});
    tiny.insert({{"seg.scale", 5.0}, {"seg.sigma", 0.01}});
    real.insert({{"seg.scale", 5.0}, {"seg.sigma", 1.0}});
    const RunResult plain = run_with(off);
    // The blur is then the identity, so the two predictions differ by rounding at most.
    QVERIFY(relative_error(run_with(tiny).steps.back(), plain.steps.back()) <= 1e-5);
    QVERIFY(relative_error(run_with(real).steps.back(), plain.steps.back()) > 1e-2);
  }

  void above_9999_equals_infinity() {
    const ParamSet common{{"cfg.scale", 1.0}, {"seg.scale", 2.0}};
    ParamSet large = common, infinite = common, clamped = common;
    large.insert({"seg.sigma", 10000.0});
    infinite.insert({"seg.sigma", kInfinity});
    clamped.insert({"seg.sigma", 9999.0});
    const at::Tensor mean = run_with(infinite).steps.back();
    QVERIFY(at::equal(run_with(large).steps.back(), mean));
    QVERIFY(relative_error(run_with(clamped).steps.back(), mean) > 1e-3);
  }

  void cfg_in_an_interval() {
    const auto run_cfg = [&](double start, double stop, double rescale = 0.0) {
      return run_with({{"cfg.scale", 4.0}, {"seg.scale", 0.0}, {"cfg.rescale", rescale}, {"cfg.start", start}, {"cfg.stop", stop}});
    };
    const RunResult always = run_with({{"cfg.scale", 4.0}, {"seg.scale", 0.0}}), never = run_with({{"cfg.scale", 1.0}, {"seg.scale", 0.0}});
    const RunResult whole = run_cfg(0, 1), empty = run_cfg(0.5, 0.5), short_of_a_step = run_cfg(0, 0.1);
    QVERIFY(at::equal(whole.steps.back(), always.steps.back()));
    QVERIFY(at::equal(empty.steps.back(), never.steps.back()));
    QVERIFY(at::equal(short_of_a_step.steps.back(), never.steps.back()));
    QVERIFY(!short_of_a_step.negative);
    QCOMPARE(whole.row_evaluations, 6.0);
    QCOMPARE(empty.row_evaluations, 3.0);
    // Of three steps: the last two, the first, and the middle one.
    QCOMPARE(run_cfg(0.4, 1).row_evaluations, 5.0);
    const RunResult first = run_cfg(0, 0.4), middle = run_cfg(0.4, 0.7, 0.5), plain_middle = run_cfg(0.4, 0.7);
    QCOMPARE(first.row_evaluations, 4.0);
    QVERIFY(at::equal(first.steps[0], always.steps[0]) && relative_error(first.steps[1], always.steps[1]) > 1e-3);
    QCOMPARE(middle.row_evaluations, 4.0);
    // Tables for two texts are rounded differently from those for one.
    QVERIFY(relative_error(middle.steps[0], never.steps[0]) <= 1e-5 && relative_error(middle.steps[1], never.steps[1]) > 1e-3);
    QVERIFY(at::equal(middle.steps[0], plain_middle.steps[0]) && relative_error(middle.steps[1], plain_middle.steps[1]) > 1e-3);
  }

  void rescale_without_cfg_does_nothing() {
    const ParamSet seg{{"cfg.scale", 1.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}};
    ParamSet rescaled = seg;
    rescaled.insert({"cfg.rescale", 0.7});
    QVERIFY(at::equal(run_with(seg).steps.back(), run_with(rescaled).steps.back()));
    QVERIFY(made(term_named("rescale"), {{"cfg.scale", 1.0}, {"cfg.rescale", 0.7}}) == nullptr);
    QVERIFY(made(term_named("rescale"), {{"cfg.scale", 1.1}, {"cfg.rescale", 0.7}}) != nullptr);
    QVERIFY(made(term_named("rescale"), {{"cfg.rescale", 0.7}}) != nullptr);  // CFG's initial value is on
  }

  void job_choices_are_those_of_the_registries() {
    const auto spec_of = [](std::string_view key) {
      const auto params = job_card().params;
      return *std::find_if(params.begin(), params.end(), [&](const ParamSpec& spec) { return spec.key == key; });
    };
    std::vector<std::string_view> ids;
    for (const SamplerInfo* info : samplers()) ids.push_back(info->card.id);
    QVERIFY(spec_of("sampler").choices == ids);
    for (const std::string_view id : spec_of("spacing").choices) QVERIFY(parse_spacing(id));
    for (const std::string_view id : spec_of("sigmas").choices) QVERIFY(parse_sigma_kind(id));
    QVERIFY(!parse_spacing("even") && !parse_sigma_kind(""));
    for (const std::string_view key : {"sampler", "spacing", "sigmas"}) QVERIFY(validate(spec_of(key), key, spec_of(key).initial));
  }
};

QTEST_GUILESS_MAIN(TestGuidance)
#include "tst_guidance.moc"
