// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The denoising loop with made-up terms: branches shared, private, with gradients and at other latents.
#include <ATen/ATen.h>
#include <QtTest>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/base/guard.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_terms.h"

using namespace studio;
using namespace studio::testing;

namespace {

using Terms = std::vector<std::unique_ptr<GuidanceTerm>>;
constexpr int kSteps = 4;

// Sees the self-attention of one layer.
class OneLayer final : public LayerObserver {
 public:
  explicit OneLayer(int layer) : layer_(layer) {}
  std::vector<at::Tensor> seen;
  bool wants_self_attention(int layer) const override { return layer == layer_; }
  void on_self_attention(int /*layer*/, const at::Tensor& probabilities, MapSize /*map*/) override { seen.push_back(probabilities); }

 private:
  int layer_;
};

at::Tensor energy_of(const at::Tensor& probabilities) { return probabilities.square().sum() + probabilities.narrow(-1, 0, 3).sum(); }

// Steps down an energy of attention maps, as gradient guidances do.
class EnergyTerm final : public GuidanceTerm {
 public:
  explicit EnergyTerm(Branch branch) : branch_(std::move(branch)) {
    branch_.observer = observer_;
    branch_.with_gradient = true;
    branch_.gradient_input = input_;
  }
  std::vector<at::Tensor> gradients;

  std::vector<Branch> plan(const StepInfo& /*step*/) const override {
    observer_->seen.clear();
    return {branch_};
  }
  at::Tensor apply(const StepInfo& step, const at::Tensor& epsilon, std::span<const at::Tensor> predictions) override {
    // Reads the step's latents and its own prediction in a product, which must be allowed as well.
    const at::Tensor energy = energy_of(observer_->seen.at(0)) + (predictions[0] * step.latents).sum() * (predictions[0] * epsilon).mean();
    gradients.push_back(torch::autograd::grad({energy}, {*input_}).at(0));
    return epsilon + 0.25 * gradients.back() + 0.125 * predictions[0];
  }

 private:
  std::shared_ptr<OneLayer> observer_ = std::make_shared<OneLayer>(6);
  std::shared_ptr<at::Tensor> input_ = std::make_shared<at::Tensor>();
  Branch branch_;
};

}  // namespace

class TestDenoise : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<const SdxlModel> model_, wide_model_;

  LayerSet layers(const std::string& names) const { return layer_set(names, model_->unet.self_attention_layers()); }
  std::shared_ptr<const AttentionEdit> blur(double sigma) const { return seg_edit(sigma, model_->unet.self_attention_layers()); }

  static std::unique_ptr<Sampler> sampler(const SdxlModel& model) {
    auto made = make_sampler("dpmpp_2m", {model.scheduler, kSteps, Spacing::Leading, SigmaKind::Model});
    if (!made) qFatal("%s", made.error().message.c_str());
    return std::move(made).value();
  }

  static at::Tensor first_latents(const SdxlModel& model) { return made_noise({1, 4, 16, 24}, 80, model.dtype) * 2; }

  static Denoiser denoiser(const SdxlModel& model, Terms terms, RowSharing sharing = RowSharing::Shared) {
    auto steps = sampler(model);
    std::vector<double> timesteps;
    for (int step = 0; step < kSteps; ++step) timesteps.push_back(steps->timestep(step));
    auto conditioning = std::make_shared<Conditioning>(made_conditioning(model.unet, 1, model.dtype, timesteps));
    const at::Tensor latents = first_latents(model) * steps->initial_noise_scale();
    const NoiseSource no_noise = [](at::IntArrayRef shape) { return at::zeros(shape); };
    return Denoiser({&model.unet, std::move(steps), std::move(terms), std::move(conditioning), no_noise, sharing}, latents);
  }

  static std::vector<at::Tensor> run(const SdxlModel& model, Terms terms, RowSharing sharing = RowSharing::Shared) {
    Denoiser loop = denoiser(model, std::move(terms), sharing);
    std::vector<at::Tensor> latents;
    while (!loop.is_done()) {
      loop.step([] {});
      latents.push_back(loop.latents());
    }
    return latents;
  }

  Terms real_terms(const ParamSet& params) const {
    auto terms = make_terms(params, model_->unet.self_attention_layers());
    if (!terms) qFatal("%s", terms.error().message.c_str());
    return std::move(terms).value();
  }

  template <class... Ts>
  static Terms terms_of(std::unique_ptr<Ts>... made) {
    Terms terms;
    (terms.push_back(std::move(made)), ...);
    return terms;
  }

 private Q_SLOTS:
  void initTestCase() {
    const std::string path = tests_path("golden/models/tiny-sdxl");
    const c10::InferenceMode guard;  // as the worker loads it
    model_ = load_test_model(path);
    wide_model_ = load_test_model(path, at::kDouble);
  }

  void gradient_of_an_energy_data() {
    QTest::addColumn<bool>("inference");
    QTest::addColumn<bool>("shares");
    QTest::addColumn<bool>("edited");
    QTest::addColumn<bool>("wide");
    for (const bool inference : {false, true}) {
      for (const bool shares : {false, true}) {
        for (const bool edited : {false, true}) {
          for (const bool wide : {false, true}) {
            QTest::addRow("%s, %s rows, %s, fp%d", inference ? "inference mode" : "plain mode", shares ? "shared" : "whole",
                          edited ? "edited" : "plain", wide ? 64 : 32)
                << inference << shares << edited << wide;
          }
        }
      }
    }
  }
  void gradient_of_an_energy() {
    QFETCH(bool, inference);
    QFETCH(bool, shares);
    QFETCH(bool, edited);
    QFETCH(bool, wide);
    const SdxlModel& model = wide ? *wide_model_ : *model_;
    const c10::InferenceMode mode(inference);
    Branch branch;
    if (edited) branch = {.layers = layers("d1"), .edit = blur(1.0)};
    auto term = std::make_unique<EnergyTerm>(branch);
    EnergyTerm* const watched = term.get();
    Terms terms = real_terms({{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}});
    terms.push_back(std::move(term));
    Denoiser loop = denoiser(model, std::move(terms), shares ? RowSharing::Shared : RowSharing::Exact);
    for (int step = 0; step < 2; ++step) {
      const at::Tensor before = loop.latents();
      const StepOutcome outcome = loop.step([] {});
      QCOMPARE(outcome.row_evaluations, 4);
      QVERIFY(!loop.latents().requires_grad() && !outcome.x0.requires_grad());
      QCOMPARE(static_cast<int>(watched->gradients.size()), step + 1);
      const at::Tensor& gradient = watched->gradients.back();
      QVERIFY(at::isfinite(gradient).all().item<bool>() && gradient.abs().max().item<double>() > 0);
      QCOMPARE(gradient.sizes(), before.sizes());
    }
  }

  // The gradient the loop hands over is that of the energy as a function of the model's input.
  void gradient_against_differences_data() {
    QTest::addColumn<bool>("inference");
    QTest::newRow("plain mode") << false;
    QTest::newRow("inference mode") << true;
  }
  void gradient_against_differences() {
    QFETCH(bool, inference);
    at::Tensor gradient;
    {
      const c10::InferenceMode mode(inference);
      auto observer = std::make_shared<OneLayer>(6);
      auto input = std::make_shared<at::Tensor>();
      const Branch branch{.observer = observer, .with_gradient = true, .gradient_input = input};
      Denoiser loop = denoiser(*wide_model_, terms_of(std::make_unique<MadeTerm>(
                                                 [branch](const StepInfo&) { return std::vector{branch}; },
                                                 [&](const StepInfo&, const at::Tensor& epsilon, std::span<const at::Tensor>) {
                                                   gradient = torch::autograd::grad({energy_of(observer->seen.at(0))}, {*input}).at(0);
                                                   return epsilon;
                                                 })));
      loop.step([] {});
    }
    const auto steps = sampler(*wide_model_);
    const at::Tensor x = steps->model_input(0, first_latents(*wide_model_) * steps->initial_noise_scale());
    const auto energy = [&](const at::Tensor& at_x) {
      auto observer = std::make_shared<OneLayer>(6);
      const std::vector<UnetRow> rows{UnetRow{0, {}, nullptr, observer}};
      Conditioning conditioning = made_conditioning(wide_model_->unet, 1, at::kDouble, {steps->timestep(0)});
      wide_model_->unet.forward({at_x, 0, rows, true, [] {}}, conditioning);
      return energy_of(observer->seen.at(0)).item<double>();
    };
    const at::Tensor direction = made_noise(x.sizes(), 81, at::kDouble);
    constexpr double kStep = 1e-5;
    const double difference = (energy(x + kStep * direction) - energy(x - kStep * direction)) / (2 * kStep);
    const double slope = (gradient * direction).sum().item<double>();
    const double away = std::abs(slope - difference) / std::max(std::abs(difference), 1e-2 * gradient.norm().item<double>());
    QVERIFY2(away <= 1e-6, qPrintable(QString("%1 against %2").arg(slope).arg(difference)));
  }

  void other_latents() {
    const at::Tensor elsewhere = made_noise({1, 4, 16, 24}, 82) * 5;
    for (const bool with_gradient : {false, true}) {
      at::Tensor prediction;
      auto input = std::make_shared<at::Tensor>();
      const Branch branch{.text = Text::Negative, .layers = layers("mid"), .edit = blur(2.0), .with_gradient = with_gradient,
                          .gradient_input = input, .other_latents = elsewhere};
      Denoiser loop = denoiser(*model_, terms_of(std::make_unique<MadeTerm>(
                                            [branch](const StepInfo&) { return std::vector{Branch{}, branch, branch}; },
                                            [&](const StepInfo&, const at::Tensor& epsilon, std::span<const at::Tensor> predictions) {
                                              prediction = predictions[1].detach();
                                              return epsilon;
                                            })));
      QCOMPARE(loop.step([] {}).row_evaluations, 3);  // never merged, even when equal
      const auto steps = sampler(*model_);
      Conditioning conditioning = made_conditioning(model_->unet, 1, at::kFloat, {steps->timestep(0)});
      const std::vector<UnetRow> rows{UnetRow{1, branch.layers, branch.edit, nullptr}};
      const at::Tensor expected = model_->unet.forward({steps->model_input(0, elsewhere), 0, rows, true, [] {}}, conditioning).front();
      QVERIFY(relative_error(prediction, expected) <= 1e-5);
      QVERIFY(at::equal(loop.latents(), run(*model_, {}).front()));  // the run itself did not move there
    }
  }

  void stop_in_the_middle_changes_nothing_data() {
    QTest::addColumn<int>("call");
    for (const int call : {0, 5, 20}) QTest::addRow("checkpoint %d", call) << call;
  }
  void stop_in_the_middle_changes_nothing() {
    QFETCH(int, call);
    const ParamSet params{{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}};
    const auto undisturbed = run(*model_, real_terms(params));
    Denoiser loop = denoiser(*model_, real_terms(params));
    for (int step = 0; step < kSteps; ++step) {
      int calls = 0;
      const at::Tensor before = loop.latents();
      QVERIFY_EXCEPTION_THROWN(loop.step([&] { if (calls++ == call) throw StopRequested(); }), StopRequested);
      QVERIFY(at::equal(loop.latents(), before));
      QCOMPARE(loop.next_step(), step);
      loop.step([] {});
      QVERIFY(at::equal(loop.latents(), undisturbed[step]));
    }
    QVERIFY_EXCEPTION_THROWN(loop.step([] {}), std::exception);
  }

  void equal_branches_once() {
    const auto edit = blur(1.0);
    const auto plan = [&](std::vector<Branch> branches) {
      return std::make_unique<MadeTerm>([branches](const StepInfo&) { return branches; }, keep_epsilon);
    };
    const Branch positive{}, negative{.text = Text::Negative}, edited{.layers = layers("mid"), .edit = edit};
    Branch elsewhere = edited;
    elsewhere.layers = layers("up");
    Branch plain_with_layers = positive;
    plain_with_layers.layers = layers("up");  // without an edit layers mean nothing
    Branch watched = positive;
    watched.observer = std::make_shared<Recorder>();

    const auto rows_of = [&](std::vector<Branch> first, std::vector<Branch> second) {
      const Terms counted = terms_of(plan(first), plan(second));
      const int counted_rows = count_branches(counted, {});
      Denoiser loop = denoiser(*model_, terms_of(plan(first), plan(second)));
      const int rows = loop.step([] {}).row_evaluations;
      return rows == counted_rows ? rows : -1;
    };
    QCOMPARE(rows_of({}, {}), 1);
    QCOMPARE(rows_of({positive}, {positive, plain_with_layers}), 1);
    QCOMPARE(rows_of({positive, negative}, {negative, positive}), 2);
    QCOMPARE(rows_of({positive, edited}, {edited, negative}), 3);
    QCOMPARE(rows_of({edited}, {elsewhere}), 3);
    QCOMPARE(rows_of({watched}, {positive}), 2);
    QCOMPARE(rows_of({watched}, {watched}), 3);
    Branch same_blur = edited;
    same_blur.edit = blur(1.0);  // another object: equal by accident, so not known to be
    QCOMPARE(rows_of({edited}, {same_blur}), 3);
  }

  void predictions_come_in_the_order_of_the_plan() {
    const auto edit = std::make_shared<FlippedKeys>();
    const std::vector<Branch> branches{{.layers = layers("u3"), .edit = edit}, {.text = Text::Negative}, {},
                                       {.layers = layers("d1,m0"), .edit = edit}, {.text = Text::Negative, .layers = layers("m1"), .edit = edit}};
    std::vector<at::Tensor> together;
    Denoiser loop = denoiser(*model_, terms_of(std::make_unique<MadeTerm>(
                                          [&](const StepInfo&) { return branches; },
                                          [&](const StepInfo&, const at::Tensor& epsilon, std::span<const at::Tensor> predictions) {
                                            together.assign(predictions.begin(), predictions.end());
                                            return epsilon;
                                          })));
    loop.step([] {});
    const auto steps = sampler(*model_);
    const at::Tensor x = steps->model_input(0, first_latents(*model_) * steps->initial_noise_scale());
    for (std::size_t i = 0; i < branches.size(); ++i) {
      Conditioning conditioning = made_conditioning(model_->unet, 1, at::kFloat, {steps->timestep(0)});
      const std::vector<UnetRow> rows{UnetRow{branches[i].text == Text::Positive ? 0 : 1, branches[i].layers, branches[i].edit, nullptr}};
      QVERIFY(relative_error(together[i], model_->unet.forward({x, 0, rows, false, [] {}}, conditioning).front()) <= 1e-5);
    }
  }

  void term_that_forks_at_two_layers() {
    const auto first = std::make_shared<FlippedKeys>();
    const auto second = blur(kInfinity);
    const auto make = [&] {
      return std::make_unique<MadeTerm>(
          [&](const StepInfo&) {
            return std::vector<Branch>{{}, {.layers = layers("d1,u0"), .edit = first}, {.layers = layers("u4"), .edit = second},
                                       {.text = Text::Negative}, {.text = Text::Negative, .layers = layers("m1"), .edit = second}};
          },
          [](const StepInfo&, const at::Tensor& epsilon, std::span<const at::Tensor> p) {
            return epsilon + 2 * (p[0] - p[1]) + 1.5 * (p[0] - p[2]) + 0.5 * (p[4] - p[3]);
          });
    };
    const auto shared = run(*wide_model_, terms_of(make()), RowSharing::Shared);
    const auto whole = run(*wide_model_, terms_of(make()), RowSharing::Exact);
    for (int step = 0; step < kSteps; ++step) QVERIFY(relative_error(shared[step], whole[step]) <= 1e-11);
    QVERIFY(relative_error(shared.back(), run(*wide_model_, {}).back()) > 1e-3);
  }

  // Terms that could watch and take gradients, but do not at this step, leave the run as it is without them.
  void idle_terms_cost_nothing() {
    const auto cost = [&](Terms terms) {
      Denoiser loop = denoiser(*model_, std::move(terms));
      loop.step([] {});  // fills tables
      reset_flops();
      const int rows = loop.step([] {}).row_evaluations;
      return std::tuple{rows, flops_done(), loop.latents()};
    };
    const auto idle = [] {
      auto recorder = std::make_shared<Recorder>();
      recorder->wants_all = false;
      return std::make_unique<MadeTerm>(
          [recorder](const StepInfo& step) {
            if (step.step < 3) return std::vector<Branch>{};
            return std::vector<Branch>{{.observer = recorder, .with_gradient = true, .gradient_input = std::make_shared<at::Tensor>()}};
          },
          keep_epsilon);
    };
    const auto [rows, flops, latents] = cost({});
    const auto [idle_rows, idle_flops, idle_latents] = cost(terms_of(idle(), idle()));
    QCOMPARE(rows, 1);
    QCOMPARE(idle_rows, rows);
    QCOMPARE(idle_flops, flops);
    QVERIFY(flops > 0);
    QVERIFY(at::equal(idle_latents, latents));
    const ParamSet neutral{{"cfg.scale", 1.0}, {"seg.scale", 0.0}, {"cfg.rescale", 0.7}};
    QVERIFY(real_terms(neutral).empty());
  }

  void worker_mode_gives_the_same_numbers() {
    const ParamSet params{{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}, {"cfg.rescale", 0.5}};
    const auto plain = run(*model_, real_terms(params));
    const c10::InferenceMode guard;
    const auto guarded = run(*model_, real_terms(params));
    for (int step = 0; step < kSteps; ++step) QVERIFY(at::equal(guarded[step], plain[step]));
  }
};

QTEST_GUILESS_MAIN(TestDenoise)
#include "tst_denoise.moc"
