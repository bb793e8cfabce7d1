// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The UNet alone: rows shared and whole, observers, gradients, and what a stop leaves behind.
#include <ATen/ATen.h>
#include <QtTest>
#include <c10/core/InferenceMode.h>

#include <cmath>

#include "core/base/guard.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_terms.h"

using namespace studio;
using namespace studio::testing;

namespace {

constexpr double kSingle = 1e-5, kDouble = 1e-12;

double tolerance_of(at::ScalarType dtype) { return dtype == at::kDouble ? kDouble : kSingle; }

}  // namespace

class TestUnet : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<const SdxlModel> single_, double_;

  const Unet& unet(at::ScalarType dtype) const { return (dtype == at::kDouble ? double_ : single_)->unet; }
  LayerSet layers(const std::string& names) const { return layer_set(names, single_->unet.self_attention_layers()); }
  std::shared_ptr<const AttentionEdit> blur(double sigma) const { return seg_edit(sigma, single_->unet.self_attention_layers()); }

  static at::Tensor latents(at::ScalarType dtype, std::int64_t batch = 1) { return made_noise({batch, 4, 16, 24}, 80, dtype); }

  std::vector<at::Tensor> run(const std::vector<UnetRow>& rows, bool shares, at::ScalarType dtype, const at::Tensor& x,
                              const std::function<void()>& checkpoint = [] {}) const {
    Conditioning conditioning = made_conditioning(unet(dtype), x.size(0), dtype);
    return unet(dtype).forward({x, 0, rows, shares, checkpoint}, conditioning);
  }

  // Sets of rows that the tests below go through.
  std::vector<UnetRow> rows_named(const QString& name) const {
    const UnetRow plain{}, negative{.text = 1}, other{.text = 2};
    const auto edited = [&](const char* where, double sigma) { return UnetRow{0, layers(where), blur(sigma), nullptr}; };
    if (name == "plain") return {plain};
    if (name == "cfg") return {plain, negative};
    if (name == "cfg with a text") return {plain, other};
    if (name == "seg") return {plain, edited("mid", 1.0)};
    if (name == "seg inf") return {plain, edited("mid", kInfinity)};
    if (name == "seg alone") return {edited("u3", 1.5)};
    if (name == "cfg and seg") return {plain, negative, edited("d1,u0", 2.0)};
    if (name == "cfg and seg inf") return {negative, edited("down", kInfinity), plain};
    if (name == "two layers") return {plain, edited("u2", 1.0), negative, edited("d2", kInfinity), other};
    if (name == "all layers") return {plain, edited("down,mid,up", 1.0)};
    qFatal("no rows named %s", qPrintable(name));
    return {};
  }

  void add_row_sets() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"plain", "cfg", "cfg with a text", "seg", "seg inf", "seg alone", "cfg and seg", "cfg and seg inf", "two layers",
                             "all layers"}) {
      QTest::newRow(name) << QString(name);
    }
  }

 private Q_SLOTS:
  void initTestCase() {
    const std::string path = tests_path("golden/models/tiny-sdxl");
    single_ = load_test_model(path);
    const c10::InferenceMode guard;  // as the worker loads it
    double_ = load_test_model(path, at::kDouble);
  }

  void row_sets_agree_data() { add_row_sets(); }
  // Shared rows, whole rows and each row alone: the same predictions.
  void row_sets_agree() {
    QFETCH(QString, name);
    const std::vector<UnetRow> rows = rows_named(name);
    for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
      const at::Tensor x = latents(dtype, 2);
      const auto shared = run(rows, true, dtype, x), whole = run(rows, false, dtype, x);
      // Layer by layer, as gradients want it; of fp32 the others are passes over tokens.
      const auto by_layers = run(rows, true, dtype, x.clone().requires_grad_(true));
      QCOMPARE(shared.size(), rows.size());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        QCOMPARE(shared[i].sizes(), x.sizes());
        VERIFY_CLOSE(shared[i], whole[i], tolerance_of(dtype));
        VERIFY_CLOSE(shared[i], by_layers[i].detach(), tolerance_of(dtype));
        VERIFY_CLOSE(run({rows[i]}, false, dtype, x).front(), whole[i], tolerance_of(dtype));
        for (std::size_t other = 0; other < i; ++other) QVERIFY(relative_error(whole[i], whole[other]) > 1e-4);
      }
      // A sample does not see its neighbours in the batch.
      std::vector<TextInput> texts = made_texts(unet(dtype), 2, dtype);
      for (TextInput& text : texts) text = {text.states.narrow(0, 1, 1), text.pooled.narrow(0, 1, 1), text.is_zero};
      Conditioning one = unet(dtype).condition(texts, {TimeIds{{192, 128, 0, 0, 192, 128}}}, {601.0});
      const auto alone = unet(dtype).forward({x.narrow(0, 1, 1), 0, rows, true, [] {}}, one);
      for (std::size_t i = 0; i < rows.size(); ++i) VERIFY_CLOSE(alone[i], shared[i].narrow(0, 1, 1), tolerance_of(dtype));
    }
  }

  void gradient_against_differences_data() { add_row_sets(); }
  void gradient_against_differences() {
    QFETCH(QString, name);
    const std::vector<UnetRow> rows = rows_named(name);
    for (const bool shares : {true, false}) {
      const at::Tensor x = latents(at::kDouble), direction = made_noise(x.sizes(), 81, at::kDouble);
      const auto scalar = [&](const at::Tensor& at_x) {
        at::Tensor sum = at::zeros({}, at::kDouble);
        const auto predictions = run(rows, shares, at::kDouble, at_x);
        for (std::size_t i = 0; i < predictions.size(); ++i) sum = sum + (predictions[i] * made_noise(x.sizes(), 90 + i, at::kDouble)).sum();
        return sum;
      };
      const at::Tensor leaf = x.clone().requires_grad_(true);
      scalar(leaf).backward();
      const double slope = (leaf.grad() * direction).sum().item<double>();
      constexpr double kStep = 1e-5;
      const double difference = (scalar(x + kStep * direction) - scalar(x - kStep * direction)).item<double>() / (2 * kStep);
      const double scale = leaf.grad().norm().item<double>();  // a slope may happen to be near zero
      QVERIFY(scale > 1e-3);
      const double away = std::abs(slope - difference) / std::max(std::abs(difference), 1e-2 * scale);
      QVERIFY2(away <= 1e-6, qPrintable(QString("%1 against %2").arg(slope).arg(difference)));
      // The fp32 gradient path gives the same numbers to fp32's precision, and so does its forward.
      const at::Tensor narrow_leaf = x.to(at::kFloat).requires_grad_(true);
      const auto with_graph = run(rows, shares, at::kFloat, narrow_leaf), without = run(rows, shares, at::kFloat, x.to(at::kFloat));
      at::Tensor sum = at::zeros({});
      for (std::size_t i = 0; i < rows.size(); ++i) {
        VERIFY_CLOSE(with_graph[i].detach(), without[i], kSingle);
        sum = sum + (with_graph[i] * made_noise(x.sizes(), 90 + i)).sum();
      }
      sum.backward();
      VERIFY_CLOSE(narrow_leaf.grad(), leaf.grad(), 2e-5);
    }
  }

  void edit_without_layers_is_plain() {
    const auto edit = std::make_shared<FlippedKeys>();
    const at::Tensor x = latents(at::kFloat);
    const at::Tensor plain = run({UnetRow{}}, true, at::kFloat, x).front();
    const UnetRow nowhere{0, LayerSet(std::vector<bool>(17, false)), edit, nullptr}, empty{0, LayerSet(), edit, nullptr};
    QVERIFY(at::equal(run({nowhere}, true, at::kFloat, x).front(), plain));
    QVERIFY(at::equal(run({empty}, false, at::kFloat, x).front(), plain));
    const auto beside = run({UnetRow{}, empty, nowhere}, true, at::kFloat, x);
    for (const at::Tensor& prediction : beside) VERIFY_CLOSE(prediction, plain, kSingle);
  }

  void edit_that_changes_nothing_is_plain() {
    for (const char* where : {"d0", "mid", "u8", "down,mid,up", "d3,u0"}) {
      const UnetRow row{0, layers(where), std::make_shared<WatchingEdit>(), nullptr};
      const auto rows = run({UnetRow{}, row}, true, at::kDouble, latents(at::kDouble));
      VERIFY_CLOSE(rows[1], rows[0], kDouble);
    }
  }

  void every_layer_can_be_edited() {
    const auto edit = std::make_shared<FlippedKeys>();
    const at::Tensor x = latents(at::kDouble);
    std::vector<UnetRow> rows{UnetRow{}};
    const auto names = layer_names(single_->unet.self_attention_layers());
    QCOMPARE(names.size(), std::size_t{17});
    for (const std::string& name : names) rows.push_back({0, layers(name), edit, nullptr});
    const auto shared = run(rows, true, at::kDouble, x), whole = run(rows, false, at::kDouble, x);
    for (std::size_t i = 1; i < rows.size(); ++i) {
      VERIFY_CLOSE(shared[i], whole[i], kDouble);
      QVERIFY(relative_error(shared[i], shared[0]) > 1e-6);
    }
  }

  void observers_see_everything_in_order() {
    auto recorder = std::make_shared<Recorder>();
    const std::int64_t batch = 2;
    run({UnetRow{0, {}, nullptr, recorder}}, true, at::kDouble, latents(at::kDouble, batch));
    const std::vector<std::string> expected{
        "down 0.0", "down 0.1", "down 0",                                                                                //
        "down 1.0", "self 0",   "cross 0", "down 1.1", "self 1", "cross 1", "down 1",                                    //
        "down 2.0", "self 2",   "cross 2", "self 3",   "cross 3", "down 2.1", "self 4", "cross 4", "self 5", "cross 5", "down 2",  //
        "mid 0.0",  "self 6",   "cross 6", "self 7",   "cross 7", "mid 0.1", "mid 0",                                    //
        "up 0.0",   "self 8",   "cross 8", "self 9",   "cross 9", "up 0.1", "self 10", "cross 10", "self 11", "cross 11",  //
        "up 0.2",   "self 12",  "cross 12", "self 13", "cross 13", "up 0",                                               //
        "up 1.0",   "self 14",  "cross 14", "up 1.1",  "self 15", "cross 15", "up 1.2", "self 16", "cross 16", "up 1",   //
        "up 2.0",   "up 2.1",   "up 2.2",  "up 2"};
    QCOMPARE(recorder->calls.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) QCOMPARE(QString::fromStdString(recorder->calls[i]), QString::fromStdString(expected[i]));
    for (std::size_t layer = 0; layer < recorder->self.size(); ++layer) {
      const bool is_outer = layer < 2 || layer >= 14;
      const MapSize map{is_outer ? 8 : 4, is_outer ? 12 : 6};
      QCOMPARE(recorder->maps[layer].height, map.height);
      QCOMPARE(recorder->maps[layer].width, map.width);
      const std::int64_t tokens = map.height * map.width;
      QCOMPARE(recorder->self[layer].sizes(), at::IntArrayRef({batch, 1, tokens, tokens}));
      QCOMPARE(recorder->cross[layer].sizes(), at::IntArrayRef({batch, 1, tokens, 77}));
      for (const at::Tensor& p : {recorder->self[layer], recorder->cross[layer]}) {
        QVERIFY(p.ge(0).all().item<bool>());
        QVERIFY((p.sum(-1) - 1).abs().max().item<double>() <= 1e-12);
      }
    }
    QCOMPARE(recorder->blocks.front().sizes(), at::IntArrayRef({batch, 32, 16, 24}));
    QCOMPARE(recorder->blocks[2].sizes(), at::IntArrayRef({batch, 32, 8, 12}));  // down 0 ends with its downsampling
    QCOMPARE(recorder->blocks.back().sizes(), at::IntArrayRef({batch, 32, 16, 24}));
  }

  void observed_row_is_the_same_row() {
    for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
      const at::Tensor x = latents(dtype);
      for (const UnetRow& row : {UnetRow{}, UnetRow{.text = 1}, UnetRow{0, layers("mid"), blur(1.0), nullptr}}) {
        UnetRow observed = row;
        observed.observer = std::make_shared<Recorder>();
        QVERIFY(at::equal(run({observed}, false, dtype, x).front(), run({row}, false, dtype, x).front()));
        const auto mixed = run({UnetRow{}, UnetRow{.text = 1}, observed}, true, dtype, x);
        VERIFY_CLOSE(mixed[2], run({row}, false, dtype, x).front(), tolerance_of(dtype));
        VERIFY_CLOSE(mixed[0], run({UnetRow{}}, false, dtype, x).front(), tolerance_of(dtype));
      }
    }
  }

  void observers_see_their_own_row_data() {
    QTest::addColumn<bool>("shares");
    QTest::newRow("shared rows") << true;
    QTest::newRow("whole rows") << false;
  }
  // Beside other rows (an absent negative prompt's shortened one among them) an observer is shown the
  // same as alone.
  void observers_see_their_own_row() {
    QFETCH(bool, shares);
    const at::Tensor x = latents(at::kDouble);
    std::vector<std::shared_ptr<Recorder>> alone, among;
    std::vector<UnetRow> rows{UnetRow{.text = 1}, UnetRow{}, UnetRow{0, layers("u1"), blur(1.0), nullptr}};
    for (const int text : {0, 2, 1}) {
      alone.push_back(std::make_shared<Recorder>());
      run({UnetRow{text, {}, nullptr, alone.back()}}, false, at::kDouble, x);
      among.push_back(std::make_shared<Recorder>());
      rows.push_back({text, {}, nullptr, among.back()});
    }
    run(rows, shares, at::kDouble, x);
    for (std::size_t i = 0; i < alone.size(); ++i) {
      QVERIFY(among[i]->calls == alone[i]->calls);
      for (std::size_t c = 0; c < alone[i]->self.size(); ++c) VERIFY_CLOSE(among[i]->self[c], alone[i]->self[c], 1e-10);
      for (std::size_t c = 0; c < alone[i]->cross.size(); ++c) VERIFY_CLOSE(among[i]->cross[c], alone[i]->cross[c], 1e-10);
      for (std::size_t c = 0; c < alone[i]->blocks.size(); ++c) VERIFY_CLOSE(among[i]->blocks[c], alone[i]->blocks[c], 1e-10);
    }
  }

  void probabilities_are_those_of_attention() {
    auto recorder = std::make_shared<Recorder>();
    const auto edit = std::make_shared<WatchingEdit>();
    run({UnetRow{0, layers("down,mid,up"), edit, recorder}}, false, at::kDouble, latents(at::kDouble, 2));
    QCOMPARE(edit->results.size(), recorder->self.size());
    for (std::size_t i = 0; i < edit->results.size(); ++i) {
      VERIFY_CLOSE(at::matmul(recorder->self[i], edit->values[i]), edit->results[i], kDouble);
    }
  }

  void stop_in_the_middle_leaves_nothing_behind_data() {
    QTest::addColumn<int>("call");
    for (const int call : {0, 1, 7, 19, 30}) QTest::addRow("checkpoint %d", call) << call;
  }
  void stop_in_the_middle_leaves_nothing_behind() {
    QFETCH(int, call);
    const std::vector<UnetRow> rows = rows_named("cfg and seg");
    const at::Tensor x = latents(at::kFloat);
    Conditioning conditioning = made_conditioning(unet(at::kFloat), 1, at::kFloat, {601.0, 301.0});
    const auto forward = [&](int step, const std::function<void()>& checkpoint) {
      return unet(at::kFloat).forward({x, step, rows, true, checkpoint}, conditioning);
    };
    const auto before = forward(0, [] {});
    int calls = 0;
    QVERIFY_EXCEPTION_THROWN(forward(1, [&] { if (calls++ == call) throw StopRequested(); }), StopRequested);
    QCOMPARE(calls, call + 1);
    const auto after = forward(0, [] {}), fresh = run(rows, true, at::kFloat, x);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      QVERIFY(at::equal(after[i], before[i]));
      QVERIFY(at::equal(fresh[i], before[i]));
    }
  }

  void observer_that_throws_leaves_nothing_behind() {
    class Thrower final : public LayerObserver {
     public:
      bool wants_cross_attention(int layer) const override { return layer == 7; }
      void on_cross_attention(int /*layer*/, const at::Tensor& /*p*/, MapSize /*map*/) override { throw StopRequested(); }
    };
    const at::Tensor x = latents(at::kFloat);
    const auto before = run({UnetRow{}}, true, at::kFloat, x);
    QVERIFY_EXCEPTION_THROWN(run({UnetRow{0, {}, nullptr, std::make_shared<Thrower>()}}, true, at::kFloat, x), StopRequested);
    QVERIFY(at::equal(run({UnetRow{}}, true, at::kFloat, x).front(), before.front()));
  }

  void time_table_in_chunks() {
    // More steps than one chunk of the time table holds at this batch: late steps equal a table of their own.
    std::vector<double> timesteps;
    for (int i = 0; i < 900; ++i) timesteps.push_back(999.0 - i);
    const at::Tensor x = latents(at::kFloat, 2);
    const std::vector<UnetRow> rows{UnetRow{}};
    Conditioning many = made_conditioning(unet(at::kFloat), 2, at::kFloat, timesteps);
    for (const int step : {0, 682, 683, 899, 5}) {
      Conditioning one = made_conditioning(unet(at::kFloat), 2, at::kFloat, {timesteps[step]});
      VERIFY_CLOSE(unet(at::kFloat).forward({x, step, rows, true, [] {}}, many).front(),
                   unet(at::kFloat).forward({x, 0, rows, true, [] {}}, one).front(), kSingle);
    }
  }

  void sharing_saves_work() {
    const at::Tensor x = latents(at::kFloat);
    const auto flops = [&](const std::vector<UnetRow>& rows, bool shares) {
      run(rows, shares, at::kFloat, x);  // fills tables
      Conditioning conditioning = made_conditioning(unet(at::kFloat), 1, at::kFloat);
      unet(at::kFloat).forward({x, 0, rows, shares, [] {}}, conditioning);
      reset_flops();
      unet(at::kFloat).forward({x, 0, rows, shares, [] {}}, conditioning);
      return flops_done();
    };
    const auto one = flops({UnetRow{}}, true);
    QCOMPARE(flops({UnetRow{}}, false), one);
    const auto late = UnetRow{0, layers("u8"), blur(1.0), nullptr}, early = UnetRow{0, layers("d0"), blur(1.0), nullptr};
    QVERIFY(flops({UnetRow{}, late}, true) < flops({UnetRow{}, early}, true));
    QVERIFY(flops({UnetRow{}, early}, true) < flops({UnetRow{}, early}, false));
    QCOMPARE(flops({UnetRow{}, early}, false), 2 * one);
    QVERIFY(flops({UnetRow{}, UnetRow{.text = 1}}, true) < 2 * one);
  }
};

QTEST_GUILESS_MAIN(TestUnet)
#include "tst_unet.moc"
