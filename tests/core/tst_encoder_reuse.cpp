// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The UNet's encoder used again in later steps: which steps run whole, what a step in between computes, and what a
// run carries with it.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <QtTest>
#include <c10/core/InferenceMode.h>

#include "core/api/speed_params.h"
#include "core/base/check.h"
#include "core/base/guard.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_terms.h"

using namespace studio;
using namespace studio::testing;

namespace {

constexpr int kSteps = 7;

// Writes down which pieces are entered.
class PieceLog final : public WeightGate {
 public:
  std::vector<int> pieces;
  int entries = 0;
  void enter() override {
    ++entries;
    pieces.clear();
  }
  void enter_piece(int index) override { pieces.push_back(index); }
};

}  // namespace

class TestEncoderReuse : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<const SdxlModel> model_;
  c10::InferenceMode inference_{true};

  LayerSet layers(const std::string& names) const { return layer_set(names, model_->unet.self_attention_layers()); }
  std::shared_ptr<const AttentionEdit> blur(double sigma) const { return seg_edit(sigma, model_->unet.self_attention_layers()); }
  static at::Tensor noise(std::uint64_t seed) { return made_noise({2, 4, 16, 24}, seed); }

  std::unique_ptr<Sampler> sampler() const {
    auto made = make_sampler("dpmpp_2m", {model_->scheduler, kSteps, Spacing::Leading, SigmaKind::Model});
    if (!made) qFatal("%s", made.error().message.c_str());
    return std::move(made).value();
  }
  Conditioning conditioning() const {
    std::vector<double> timesteps;
    for (int step = 0; step < kSteps; ++step) timesteps.push_back(sampler()->timestep(step));
    return made_conditioning(model_->unet, 2, at::kFloat, timesteps);
  }
  Denoiser::Parts parts(const ParamSet& params, int every, std::unique_ptr<GuidanceTerm> another = nullptr) const {
    auto terms = make_terms(params, model_->unet.self_attention_layers());
    if (!terms) qFatal("%s", terms.error().message.c_str());
    if (another != nullptr) terms.value().push_back(std::move(another));
    Denoiser::Parts parts{&model_->unet, sampler(), std::move(terms).value(), std::make_shared<Conditioning>(conditioning()),
                          [](at::IntArrayRef shape) { return at::zeros(shape); }};
    parts.encoder_every = every;
    return parts;
  }
  Denoiser denoiser(const ParamSet& params, int every, std::unique_ptr<GuidanceTerm> another = nullptr) const {
    return {parts(params, every, std::move(another)), noise(80) * 2 * sampler()->initial_noise_scale()};
  }
  static std::int64_t flops_of_step(Denoiser& loop) {
    reset_flops();
    loop.step([] {});
    return flops_done();
  }

  std::vector<UnetRow> rows_named(const QString& name) const {
    const UnetRow plain{}, negative{.text = 1}, other{.text = 2};
    const auto edited = [&](const char* where, double sigma) { return UnetRow{0, layers(where), blur(sigma), nullptr}; };
    if (name == "plain") return {plain};
    if (name == "cfg") return {plain, negative};
    if (name == "cfg and seg") return {plain, negative, edited("mid", 1.0)};
    if (name == "seg alone") return {edited("mid", 1.5)};
    if (name == "seg from the down blocks on") return {plain, edited("d1,m0,u2", 2.0), negative};
    if (name == "all kinds") return {edited("d2", kInfinity), other, edited("u0", 1.0), negative, edited("d1", 1.0), plain};
    qFatal("no rows named %s", qPrintable(name));
    return {};
  }

 private Q_SLOTS:
  void initTestCase() {
    at::set_num_threads(1);  // the small model gains little from a second one
    model_ = load_test_model(tests_path("golden/models/tiny-sdxl"));
  }

  void key_steps_data() {
    QTest::addColumn<int>("steps");
    QTest::addColumn<int>("every");
    QTest::addColumn<QList<int>>("keys");
    QTest::newRow("few steps") << 7 << 3 << QList<int>{0, 3, 6};
    QTest::newRow("25, one in 2") << 25 << 2 << QList<int>{0, 1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24};
    QTest::newRow("25, one in 5") << 25 << 5 << QList<int>{0, 1, 2, 7, 12, 17, 22};
    QTest::newRow("50, one in 10") << 50 << 10 << QList<int>{0, 1, 2, 3, 4, 5, 15, 25, 35, 45};
    QTest::newRow("one step") << 1 << 10 << QList<int>{0};
    QTest::newRow("off") << 4 << 1 << QList<int>{0, 1, 2, 3};
  }
  void key_steps() {
    QFETCH(int, steps);
    QFETCH(int, every);
    QFETCH(QList<int>, keys);
    QList<int> actual;
    for (int step = 0; step < steps; ++step) {
      if (is_key_step(step, steps, every)) actual.push_back(step);
    }
    QCOMPARE(actual, keys);
  }

  void parameter() {
    const ParamSpec& spec = speed_card().params.front();
    QVERIFY(spec.doc.find("An approximation that changes the picture") == 0 && spec.doc.ends_with('.'));
    QCOMPARE(speed_settings({}).encoder_every, 1);
    QCOMPARE(speed_settings({{"speed.encoder_every", std::int64_t{3}}}).encoder_every, 3);
    for (const std::int64_t every : {1, 10}) QVERIFY(validate(spec, "speed.encoder_every", every));
    QVERIFY(!speed_settings({}).fp8);
    QVERIFY(speed_settings({{"speed.fp8", true}}).fp8);
    for (const std::int64_t every : {0, 11, -1}) {
      const auto result = validate(spec, "speed.encoder_every", every);
      QVERIFY(!result && result.error().message.find("speed.encoder_every") != std::string::npos);
    }
  }

  void rows_from_their_own_encoder_are_the_same_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("shares");
    QTest::addColumn<bool>("controlled");
    for (const char* name : {"plain", "cfg", "cfg and seg", "seg alone", "seg from the down blocks on", "all kinds"}) {
      for (const bool shares : {true, false}) {
        for (const bool controlled : {false, true}) {
          QTest::addRow("%s, %s%s", name, shares ? "shared" : "whole", controlled ? ", ControlNet" : "") << QString(name) << shares << controlled;
        }
      }
    }
  }
  // Bit for bit, without a look at the latents; and keeping changes nothing.
  void rows_from_their_own_encoder_are_the_same() {
    QFETCH(QString, name);
    QFETCH(bool, shares);
    QFETCH(bool, controlled);
    const std::vector<UnetRow> rows = rows_named(name);
    Conditioning tables = conditioning();
    UnetInput input{noise(80), 2, rows, shares};
    std::vector<EncoderOutput> plain;
    input.kept = &plain;
    std::vector<ControlResiduals> control;
    if (controlled) {
      (void)model_->unet.forward(input, tables);
      for (int text = 0; text < 3; ++text) {
        ControlResiduals residuals;
        for (const at::Tensor& skip : plain.front()) residuals.skips.push_back(at::randn_like(skip) * 0.1);
        residuals.mid = at::randn_like(plain.front().back()) * 0.1;
        control.push_back(std::move(residuals));
      }
    }
    input.control = control;
    input.kept = nullptr;
    const auto whole = model_->unet.forward(input, tables);
    std::vector<EncoderOutput> kept;
    input.kept = &kept;
    const auto keeping = model_->unet.forward(input, tables);
    QCOMPARE(kept.size(), rows.size());
    input.kept = nullptr;
    input.latents = noise(99);
    input.reused = kept;
    reset_flops();
    const auto reusing = model_->unet.forward(input, tables);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      QVERIFY(at::equal(keeping[i], whole[i]));
      QVERIFY(at::equal(reusing[i], whole[i]));
    }
    // The same by hand: each row alone, with its own encoder's output from an evaluation that shares nothing.
    for (std::size_t i = 0; i < rows.size() && !controlled; ++i) {
      UnetInput alone{noise(80), 2, std::span(rows).subspan(i, 1), false};
      std::vector<EncoderOutput> own;
      alone.kept = &own;
      (void)model_->unet.forward(alone, tables);
      QCOMPARE(own.front().size(), kept[i].size());
      for (std::size_t skip = 0; skip < own.front().size(); ++skip) VERIFY_CLOSE(kept[i][skip], own.front()[skip], 1e-5);
      alone.kept = nullptr;
      alone.reused = own;
      VERIFY_CLOSE(reusing[i], model_->unet.forward(alone, tables).front(), 1e-5);
    }
  }

  // Between key steps: the last key step's encoder, everything else at the step's own timestep.
  void a_step_between_is_what_it_says() {
    const ParamSet params{{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}};
    Denoiser loop = denoiser(params, 3);
    const std::vector<UnetRow> rows{UnetRow{}, UnetRow{.text = 1}, UnetRow{0, layers("mid"), blur(1.0), nullptr}};
    Conditioning tables = conditioning();
    std::vector<EncoderOutput> kept;
    for (int step = 0; step < kSteps; ++step) {
      const at::Tensor before = loop.latents();
      const StepOutcome outcome = loop.step([] {});
      QCOMPARE(outcome.row_evaluations, 3);
      UnetInput input{sampler()->model_input(step, before), step, rows};
      const auto whole = model_->unet.forward(input, tables);
      if (step % 3 == 0) {
        input.kept = &kept;
      } else {
        input.reused = kept;
      }
      const auto predictions = model_->unet.forward(input, tables);
      QVERIFY(at::equal(outcome.conditional, predictions[0]));
      // Rounded in the order of the terms.
      const at::Tensor with_cfg = predictions[0] + 2.0 * (predictions[0] - predictions[1]);
      QVERIFY(at::equal(outcome.guided, with_cfg + 2.0 * (predictions[0] - predictions[2])));
      if (step % 3 == 0) QVERIFY(at::equal(outcome.conditional, whole[0]));
      else QVERIFY(relative_error(outcome.conditional, whole[0]) > 1e-4);
    }
  }

  void off_is_the_run_as_it_was() {
    const ParamSet params{{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}};
    Denoiser off = denoiser(params, 1), on = denoiser(params, 3);
    Denoiser::Parts plain = parts(params, 1);
    plain.encoder_every = Denoiser::Parts{}.encoder_every;
    Denoiser untold(std::move(plain), off.latents());
    for (int step = 0; step < kSteps; ++step) {
      const std::int64_t flops_off = flops_of_step(off), flops_untold = flops_of_step(untold), flops_on = flops_of_step(on);
      QVERIFY(at::equal(off.latents(), untold.latents()));
      QCOMPARE(flops_off, flops_untold);
      QVERIFY(off.park().encoder.empty());
      if (step % 3 == 0) QCOMPARE(flops_on, flops_off);
      else QVERIFY2(flops_on < 0.8 * static_cast<double>(flops_off), qPrintable(QString("%1 of %2").arg(flops_on).arg(flops_off)));
    }
    QVERIFY(relative_error(on.latents(), off.latents()) > 1e-4);
  }

  void key_steps_run_whole() {
    const ParamSet params{{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}};
    Denoiser loop = denoiser(params, 3);
    for (int step = 0; step < kSteps; ++step) {
      Denoiser whole(parts(params, 1), loop.park());
      whole.step([] {});
      loop.step([] {});
      QCOMPARE(at::equal(loop.latents(), whole.latents()), step % 3 == 0);
    }
  }

  void a_parked_run_goes_on_equal_data() {
    QTest::addColumn<QString>("where");
    for (const char* where : {"mid", "d1,m0", "down,mid,up"}) QTest::newRow(where) << QString(where);
  }
  void a_parked_run_goes_on_equal() {
    QFETCH(QString, where);
    const ParamSet params{{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}, {"seg.layers", where.toStdString()}};
    Denoiser loop = denoiser(params, 3);
    std::vector<ParkedRun> parked;
    while (!loop.is_done()) {
      parked.push_back(loop.park());
      // What nobody will use is not carried.
      QCOMPARE(parked.back().encoder.empty(), loop.next_step() % 3 == 0);
      loop.step([] {});
    }
    for (const ParkedRun& run : parked) {
      Denoiser other(parts(params, 3), run);  // with terms and edits of its own
      while (!other.is_done()) other.step([] {});
      QVERIFY(at::equal(other.latents(), loop.latents()));
    }
  }

  // A row that comes up between key steps: SEG's has its twin's encoder, the negative prompt's has none.
  void rows_that_begin_between_key_steps() {
    const auto whole_steps = [&](const ParamSet& params) {
      QList<int> whole;
      Denoiser loop = denoiser(params, 5);
      for (int step = 0; step < kSteps; ++step) {
        Denoiser check(parts(params, 1), loop.park());
        check.step([] {});
        loop.step([] {});
        if (at::equal(check.latents(), loop.latents())) whole.push_back(step);
      }
      return whole;
    };
    const ParamSet seg{{"cfg.scale", 1.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}, {"seg.start", 0.3}};  // from step 2 on
    ParamSet deep = seg, cfg = seg;
    deep.insert({"seg.layers", std::string("d1")});
    cfg = {{"cfg.scale", 3.0}, {"cfg.start", 0.3}, {"cfg.stop", 0.5}, {"seg.scale", 0.0}};
    QCOMPARE(whole_steps(seg), (QList<int>{0, 5}));
    QCOMPARE(whole_steps(deep), (QList<int>{0, 2, 5}));
    QCOMPARE(whole_steps(cfg), (QList<int>{0, 2, 5}));
  }

  // Somebody who looks at the down blocks sees this step's, and the others are as if nobody looked.
  void watched_rows_run_whole() {
    const ParamSet params{{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}};
    const auto recorder = std::make_shared<Recorder>();
    at::Tensor seen;
    auto watcher = std::make_unique<MadeTerm>([&](const StepInfo&) { return std::vector<Branch>{{.observer = recorder}}; },
                                              [&](const StepInfo&, const at::Tensor& epsilon, std::span<const at::Tensor> predictions) {
                                                seen = predictions[0];
                                                return epsilon;
                                              });
    Denoiser watched = denoiser(params, 3, std::move(watcher)), alone = denoiser(params, 3);
    Conditioning tables = conditioning();
    for (int step = 0; step < kSteps; ++step) {
      recorder->calls.clear();
      const at::Tensor before = watched.latents();
      watched.step([] {});
      alone.step([] {});
      QVERIFY(relative_error(watched.latents(), alone.latents()) <= 1e-5);
      QVERIFY(std::find(recorder->calls.begin(), recorder->calls.end(), "down 0") != recorder->calls.end());
      const std::vector<UnetRow> rows{UnetRow{}};
      VERIFY_CLOSE(seen, model_->unet.forward({sampler()->model_input(step, before), step, rows}, tables).front(), 1e-5);
    }
  }

  void one_row_at_a_time() {
    const ParamSet params{{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}, {"seg.layers", std::string("d2,mid")}};
    Denoiser together = denoiser(params, 3), apart = denoiser(params, 3);
    apart.save_memory();
    while (!together.is_done()) {
      together.step([] {});
      apart.step([] {});
      VERIFY_CLOSE(apart.latents(), together.latents(), 1e-5);
    }
  }

  void stop_in_the_middle_changes_nothing() {
    const ParamSet params{{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}};
    Denoiser undisturbed = denoiser(params, 3), loop = denoiser(params, 3);
    while (!loop.is_done()) {
      int calls = 0;
      QVERIFY_EXCEPTION_THROWN(loop.step([&] { if (calls++ == 4) throw StopRequested(); }), StopRequested);
      loop.step([] {});
      undisturbed.step([] {});
      QVERIFY(at::equal(loop.latents(), undisturbed.latents()));
    }
  }

  // Weights that come in pieces: those of the down blocks stay away.
  void pieces_of_the_encoder_are_not_entered() {
    Unet unet = model_->unet;
    const auto log = std::make_shared<PieceLog>();
    unet.set_gate(log);
    const std::vector<UnetRow> rows = rows_named("cfg and seg");
    Conditioning tables = conditioning();
    std::vector<EncoderOutput> kept;
    UnetInput input{noise(80), 0, rows};
    input.kept = &kept;
    (void)unet.forward(input, tables);
    const std::vector<int> all = log->pieces;
    const int entries = log->entries;
    input.kept = nullptr;
    input.reused = kept;
    (void)unet.forward(input, tables);
    QCOMPARE(log->entries, entries + 1);
    const std::vector<int> rest = log->pieces;
    QVERIFY(!rest.empty() && rest.size() < all.size());
    QVERIFY(std::equal(rest.rbegin(), rest.rend(), all.rbegin()));
    // The mid block is one piece, and the first of them.
    QCOMPARE(rest.size(), 1 + (all.size() - static_cast<std::size_t>(rest.front()) - 1));
  }

  void wrong_input_is_found() {
    const std::vector<UnetRow> rows = rows_named("cfg");
    Conditioning tables = conditioning();
    std::vector<EncoderOutput> kept;
    UnetInput input{noise(80), 0, rows};
    input.kept = &kept;
    (void)model_->unet.forward(input, tables);
    kept.pop_back();
    input.kept = nullptr;
    input.reused = kept;
    QVERIFY_EXCEPTION_THROWN(model_->unet.forward(input, tables), CheckError);
    std::vector<UnetRow> watched{UnetRow{}};
    watched[0].observer = std::make_shared<Recorder>();
    input.rows = watched;
    QVERIFY_EXCEPTION_THROWN(model_->unet.forward(input, tables), CheckError);
  }
};

QTEST_GUILESS_MAIN(TestEncoderReuse)
#include "tst_encoder_reuse.moc"
