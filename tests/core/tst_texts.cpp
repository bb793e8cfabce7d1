// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a job says of its texts, sizes and model's prediction: against the reference pipeline, and
// in sweeps.
#include "core/pipeline/pipeline.h"
#include "tests/support/golden_cases.h"
#include "tests/support/memory_store.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <QtTest>
#include <c10/core/InferenceMode.h>

#include <numeric>

using namespace studio;
using namespace studio::testing;

namespace {

constexpr double kStepTolerance = 1e-4;  // as for the SEG authors' cases
constexpr double kEmbeddingTolerance = 1e-5;
constexpr double kSharingTolerance = 1e-5;  // shared rows against whole rows

const std::string kLong = [] {
  std::string text;
  for (int i = 0; i < 12; ++i) text += "red apple on a green leaf, ";
  return text;
}();

ParamValue value_of(const nlohmann::json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_string()) return value.get<std::string>();
  return value.get<std::int64_t>();
}

GenerationRequest request_of(const nlohmann::json& item) {
  GenerationRequest request;
  request.prompts = {item.at("prompt").get<std::string>()};
  request.negative_prompt = item.at("negative_prompt").get<std::string>();
  request.seed = item.at("seed").get<std::int64_t>();
  request.steps = item.at("steps").get<std::int64_t>();
  request.width_px = item.at("width").get<std::int64_t>();
  request.height_px = item.at("height").get<std::int64_t>();
  request.sampler = item.value("sampler", "euler");
  if (item.contains("spacing")) request.spacing = item.at("spacing").get<std::string>();
  request.guidance = {{"cfg.scale", 4.0}, {"seg.scale", 0.0}};
  for (const char* section : {"conditioning", "model_options"}) {
    const auto values = item.value(section, nlohmann::json::object());
    for (const auto& [key, value] : values.items())
      request.sections[section + ("." + key)] = value_of(value);
  }
  return request;
}

}  // namespace

class TestTexts : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<const SdxlModel> model_;
  std::unique_ptr<PromptEncoder> prompts_;

  Result<RunResult> run_job(const GenerationRequest& request,
                            RowSharing sharing = RowSharing::Shared) {
    const c10::InferenceMode guard;
    auto resolved = resolve(request, *model_);
    if (!resolved) return resolved.error();
    RunInputs inputs;
    inputs.options.sharing = sharing;
    inputs.options.previews = false;
    inputs.keep_steps = true;
    return run(resolved.value(), *model_, *prompts_, inputs, {});
  }

  Texts texts_of(const std::vector<std::string>& prompts,
                 const std::optional<std::optional<std::string>>& negative,
                 TextOptions options) {
    auto texts = prompts_->encode_texts(prompts, negative, options);
    if (!texts) qFatal("%s", texts.error().message.c_str());
    return std::move(texts).value();
  }

 private Q_SLOTS:
  void initTestCase() {
    at::set_num_threads(1);
    model_ = load_test_model(resources_path("models/emoji-sdxl"));
    prompts_ = std::make_unique<PromptEncoder>(model_);
  }

  void equals_the_reference_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("shares");
    const nlohmann::json cases = load_cases("texts");
    QVERIFY(cases.size() >= 5);
    for (const auto& [name, item] : cases.items()) {
      for (const bool shares : {true, false})
        QTest::addRow("%s, %s rows", name.c_str(), shares ? "shared" : "whole")
            << QString::fromStdString(name) << shares;
    }
  }
  void equals_the_reference() {
    QFETCH(QString, name);
    QFETCH(bool, shares);
    const auto golden = load_golden("texts", name.toStdString());
    const auto result = run_job(request_of(load_cases("texts").at(name.toStdString())),
                                shares ? RowSharing::Shared : RowSharing::Exact);
    QVERIFY2(result, result ? "" : result.error().message.c_str());
    QVERIFY(at::equal(result.value().latents_init, golden->tensor("latents_init")));
    const at::Tensor steps = golden->tensor("steps");
    QCOMPARE(static_cast<std::int64_t>(result.value().steps.size()), steps.size(0));
    for (std::int64_t i = 0; i < steps.size(0); ++i) {
      const double error = relative_error(result.value().steps[i], steps[i]);
      QVERIFY2(error <= kStepTolerance,
               qPrintable(QString("step %1: relative error %2").arg(i + 1).arg(error)));
    }
    if (golden->find("prompt_embeds_head") == nullptr) return;
    const at::Tensor head = golden->tensor("prompt_embeds_head");
    QVERIFY(relative_error(result.value().positive.states.narrow(1, 0, head.size(1)), head) <=
            kEmbeddingTolerance);
    QVERIFY(relative_error(result.value().positive.pooled, golden->tensor("pooled")) <=
            kEmbeddingTolerance);
  }

  // A text that fits into 77 tokens is read alike by all, but for what only one of them reads.
  void short_texts_are_the_same_in_every_syntax() {
    for (const char* text : {"", "red apple", "a, b! c!!! \xC3\xA9", "<|endoftext|> x"}) {
      const Texts plain = texts_of({text}, std::nullopt, {});
      for (const PromptSyntax syntax : {PromptSyntax::Long, PromptSyntax::Weighted}) {
        const Texts other = texts_of({text}, std::nullopt, {syntax, 0});
        QVERIFY(at::equal(plain.positive.states, other.positive.states) &&
                at::equal(plain.positive.pooled, other.positive.pooled));
      }
    }
    const Texts brackets = texts_of({"(red:1.5) apple"}, std::nullopt, {PromptSyntax::Weighted, 0});
    const Texts none = texts_of({"red apple"}, std::nullopt, {});
    QVERIFY(!at::equal(brackets.positive.states, none.positive.states));
    QVERIFY(at::equal(brackets.positive.pooled, none.positive.pooled));
    const auto mean = [](const at::Tensor& x, std::int64_t from, std::int64_t size) {
      return x.narrow(2, from, size).mean().item<double>();
    };
    const std::int64_t first = model_->text_encoder_1.config().width,
                       second = model_->text_encoder_2.config().width;
    QVERIFY(std::abs(mean(brackets.positive.states, 0, first) -
                     mean(none.positive.states, 0, first)) < 1e-6);
    QVERIFY(std::abs(mean(brackets.positive.states, first, second) -
                     mean(none.positive.states, first, second)) < 1e-6);
    QVERIFY(at::equal(
        texts_of({"\\(red\\) apple"}, std::nullopt, {PromptSyntax::Weighted, 0}).positive.states,
        texts_of({"(red) apple"}, std::nullopt, {}).positive.states));
  }

  void all_texts_of_a_job_are_equally_long() {
    const TextOptions options{PromptSyntax::Long, 0};
    const auto negative =
        std::optional<std::optional<std::string>>(std::optional<std::string>(kLong));
    const Texts texts = texts_of({"red apple", "car"}, negative, options);
    QCOMPARE(texts.positive.states.size(1), std::int64_t{154});
    QVERIFY(texts.negative && texts.negative->states.sizes() == texts.positive.states.sizes());
    const Texts alone = texts_of({"red apple"}, std::nullopt, options),
                empty = texts_of({""}, std::nullopt, options);
    QVERIFY(at::equal(texts.positive.states.narrow(0, 0, 1),
                      at::cat({alone.positive.states, empty.positive.states}, 1)));
    // An absent negative prompt is zeros of the same length.
    const Texts zeros =
        texts_of({kLong, "car"},
                 std::optional<std::optional<std::string>>(std::optional<std::string>()),
                 options);
    QVERIFY(zeros.negative && zeros.negative->is_zero &&
            zeros.negative->states.sizes() == zeros.positive.states.sizes());
    QCOMPARE(zeros.positive.states.size(1), std::int64_t{154});
  }

  void long_texts_run_everywhere_data() {
    QTest::addColumn<bool>("has_negative");
    QTest::addColumn<double>("seg");
    for (const bool has_negative : {false, true}) {
      for (const double seg : {0.0, 2.0})
        QTest::addRow("%s, SEG %g", has_negative ? "negative text" : "zeros", seg)
            << has_negative << seg;
    }
  }
  void long_texts_run_everywhere() {
    QFETCH(bool, has_negative);
    QFETCH(double, seg);
    GenerationRequest request;
    request.prompts = {kLong + kLong, "rocket"};
    if (has_negative) request.negative_prompt = "blue";
    request.seed = 5;
    request.steps = 2;
    request.width_px = 48;
    request.height_px = 64;
    request.sections = {{"conditioning.prompt_syntax", std::string("long")},
                        {"conditioning.negative_crop_top", std::int64_t{30}}};
    request.guidance = {{"cfg.scale", 3.0},
                        {"seg.scale", seg},
                        {"seg.layers", std::string("mid,up")},
                        {"seg.sigma", 1.0}};
    const auto shared = run_job(request), whole = run_job(request, RowSharing::Exact);
    QVERIFY(shared && whole);
    QCOMPARE(shared.value().positive.states.size(1), std::int64_t{231});
    QVERIFY(relative_error(shared.value().steps.back(), whole.value().steps.back()) <=
            kSharingTolerance);
  }

  void refuses_data() {
    QTest::addColumn<QByteArray>("prompt");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("number");
    QTest::addColumn<QString>("message");
    QTest::newRow("emphasis in the prompt")
        << QByteArray("a (b") << "prompt_syntax"
        << "weighted" << 0 << "prompt: the prompt's emphasis cannot be read: at character 3";
    QTest::newRow("too long") << QByteArray("a ").repeated(1201) << "prompt_syntax"
                              << "long" << 0 << "longer than 1200 tokens";
    QTest::newRow("far too long") << QByteArray("! ").repeated(32000) << "prompt_syntax"
                                  << "weighted" << 0 << "longer than 1200 tokens";
    QTest::newRow("deeper than the encoders") << QByteArray("a") << "clip_skip"
                                              << "" << 3 << "must be from 0 to 2";
  }
  void refuses() {
    QFETCH(QByteArray, prompt);
    QFETCH(QString, key);
    QFETCH(QString, text);
    QFETCH(int, number);
    QFETCH(QString, message);
    GenerationRequest request;
    request.prompts = {prompt.toStdString()};
    request.steps = 1;
    request.seed = 1;
    request.width_px = request.height_px = 48;
    const std::string path = "conditioning." + key.toStdString();
    if (text.isEmpty())
      request.sections[path] = std::int64_t{number};
    else
      request.sections[path] = text.toStdString();
    const auto result = run_job(request);
    QVERIFY(!result);
    QVERIFY(result.error().code == ErrorCode::InvalidArgument);
    QVERIFY2(QString::fromStdString(result.error().message).contains(message),
             result.error().message.c_str());
  }

  void longest_text_that_is_allowed() {
    std::string text;
    for (int i = 0; i < 1200; ++i) text += "a ";
    QCOMPARE(texts_of({text}, std::nullopt, {PromptSyntax::Long, 0}).positive.states.size(1),
             std::int64_t{77 * 16});
  }

  void tokens_are_those_of_the_cut_text() {
    for (const Tokenizer* tokenizer : {&model_->tokenizer_1, &model_->tokenizer_2}) {
      for (const std::string& text :
           {kLong, std::string("a!b!!<|endoftext|>c"), std::string(), kLong + "!"}) {
        const auto all = tokenizer->tokens(text, 100'000);
        const auto cut = tokenizer->encode(text);
        const std::size_t common = std::min<std::size_t>(all.size(), 75);
        QVERIFY(std::equal(
            all.begin(), all.begin() + static_cast<std::ptrdiff_t>(common), cut.begin() + 1));
        QCOMPARE(cut[common + 1], tokenizer->eos());
        QCOMPARE(tokenizer->tokens(text, 3).size(), std::min<std::size_t>(3, all.size()));
      }
    }
  }

  // Sweeps share steps between pictures: never between those whose texts were padded to different
  // lengths.
  void sweeps_equal_single_jobs_data() {
    QTest::addColumn<QStringList>("axes");
    QTest::newRow("negative prompts of different lengths")
        << QStringList{"negative_prompt=null, blue, \"" + QString::fromStdString(kLong) + "\"",
                       "guidance.cfg.scale=1, 4"};
    QTest::newRow("syntax and CLIP skip") << QStringList{
        "conditioning.prompt_syntax=plain, long, weighted", "conditioning.clip_skip=0, 1"};
    QTest::newRow("sizes") << QStringList{"conditioning.original_width=null, 300",
                                          "conditioning.negative_crop_top=null, 20"};
    QTest::newRow("prediction") << QStringList{
        "model_options.prediction=null, v_prediction, sample",
        "model_options.zero_snr=null, true",
        "sampler=euler, ddim"};
  }
  void sweeps_equal_single_jobs() {
    QFETCH(QStringList, axes);
    const c10::InferenceMode guard;
    SweepSpec spec;
    spec.base.model = "emoji-sdxl";
    spec.base.prompts = {"a (red:1.3) apple"};
    spec.base.seed = 4;
    spec.base.steps = 3;
    spec.base.width_px = spec.base.height_px = 48;
    spec.base.guidance = {{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.5}};
    spec.base.sections = {{"conditioning.prompt_syntax", std::string("long")}};
    for (const QString& axis : axes)
      spec.axes.push_back(
          {axis.section('=', 0, 0).toStdString(), axis.section('=', 1).toStdString()});
    spec.twin = true;
    auto grid = read_sweep(spec, catalogue());
    QVERIFY2(grid, grid ? "" : grid.error().message.c_str());
    MemoryStore store(std::move(grid).value());
    SweepBench bench;
    const auto done = bench.run(store);
    QVERIFY2(done, done ? "" : done.error().message.c_str());
    QCOMPARE(done.value().failed, std::size_t{0});
    QVERIFY(bench.latents.size() > 3);
    for (const auto& [picture, last] : bench.latents) {
      const GenerationRequest& request = store.finished.at(store.keys[picture]).resolved;
      const auto alone = run_job(request);
      QVERIFY2(alone, alone ? "" : alone.error().message.c_str());
      const double error = relative_error(last, alone.value().steps.back().to(at::kFloat));
      QVERIFY2(error <= 1e-5, qPrintable(QString("picture %1: %2").arg(picture).arg(error)));
    }
  }
};

QTEST_GUILESS_MAIN(TestTexts)
#include "tst_texts.moc"
