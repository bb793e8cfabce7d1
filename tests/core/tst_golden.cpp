// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Every reference case of the SEG authors' pipeline, at every step, with rows shared and whole.
#include <ATen/ATen.h>
#include <QtTest>

#include "core/pipeline/pipeline.h"
#include "tests/support/golden_cases.h"

#include <c10/core/InferenceMode.h>

using namespace studio;
using namespace studio::testing;

namespace {

constexpr double kStepTolerance = 1e-4;   // the issue's: norm of the difference over norm of the reference
constexpr double kImageTolerance = 1e-3;
constexpr double kSharingTolerance = 1e-5;  // shared rows against whole rows

struct Model {
  std::shared_ptr<const SdxlModel> weights;
  std::unique_ptr<PromptEncoder> prompts;
  std::shared_ptr<AttachmentShelf> attachments = std::make_shared<AttachmentShelf>();
};

}  // namespace

class TestGolden : public QObject {
  Q_OBJECT

 private:
  Model emoji_, tiny_;

  RunResult run_case(const Model& model, const GenerationRequest& request, RowSharing sharing) {
    const c10::InferenceMode guard;
    auto resolved = resolve(request, *model.weights);
    if (!resolved) qFatal("%s", resolved.error().message.c_str());
    RunInputs inputs;
    inputs.options.sharing = sharing;
    inputs.keep_steps = true;
    auto attachments = model.attachments->get(resolved.value(), *model.weights, {});
    if (!attachments) qFatal("%s", attachments.error().message.c_str());
    inputs.attachments = std::move(attachments).value();
    auto result = run(resolved.value(), *model.weights, *model.prompts, inputs, {});
    if (!result) qFatal("%s", result.error().message.c_str());
    return std::move(result).value();
  }

 private Q_SLOTS:
  void initTestCase() {
    for (auto [model, path] : {std::pair{&emoji_, resources_path("models/emoji-sdxl")},
                               std::pair{&tiny_, tests_path("golden/models/tiny-sdxl")}}) {
      model->weights = load_test_model(path);
      model->prompts = std::make_unique<PromptEncoder>(model->weights);
    }
  }

  void reference_case_data() {
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("shares");
    for (const char* folder : {"emoji", "tiny", "extra", "controlnet"}) {
      const nlohmann::json cases = load_cases(folder);
      for (const auto& [name, item] : cases.items()) {
        for (const bool shares : {true, false}) {
          QTest::addRow("%s %s, %s rows", folder, name.c_str(), shares ? "shared" : "whole")
              << QString(folder) << QString::fromStdString(name) << shares;
        }
      }
    }
  }

  void reference_case() {
    QFETCH(QString, folder);
    QFETCH(QString, name);
    QFETCH(bool, shares);
    const nlohmann::json item = load_cases(folder.toStdString())[name.toStdString()];
    const auto golden = load_golden(folder.toStdString(), name.toStdString());
    const Model& model = folder == "tiny" || item.value("model", "") == "tiny-sdxl" ? tiny_ : emoji_;
    const RunResult result = run_case(model, request_of_case(item), shares ? RowSharing::Shared : RowSharing::Exact);

    QVERIFY(at::equal(result.latents_init, golden->tensor("latents_init")));
    compare_steps(*golden, result);
    compare_if_there(*golden, "prompt_embeds", result.positive.states, kStepTolerance);
    compare_if_there(*golden, "pooled", result.positive.pooled, kStepTolerance);
    if (result.negative) {
      compare_if_there(*golden, "negative_prompt_embeds", result.negative->states, kStepTolerance);
      compare_if_there(*golden, "negative_pooled", result.negative->pooled, kStepTolerance);
    }
    compare_if_there(*golden, "image", result.pictures, kImageTolerance);
  }

  void compare_steps(const SafetensorsFile& golden, const RunResult& result) {
    const GoldenSteps expected = golden_steps(golden);
    QCOMPARE(static_cast<std::int64_t>(result.steps.size()), expected.indices.back() + 1);
    double worst = 0;
    for (std::size_t i = 0; i < expected.indices.size(); ++i) {
      const std::int64_t step = expected.indices[i];
      const double error = relative_error(result.steps[step], expected.latents[static_cast<std::int64_t>(i)]);
      worst = std::max(worst, error);
      QVERIFY2(error <= kStepTolerance, qPrintable(QString("step %1: relative error %2").arg(step + 1).arg(error)));
    }
    qInfo("largest relative error over the steps: %.2e", worst);
  }

  void compare_if_there(const SafetensorsFile& golden, const char* tensor, const at::Tensor& actual, double tolerance) {
    if (golden.find(tensor) == nullptr) return;
    const double error = relative_error(actual, golden.tensor(tensor));
    QVERIFY2(error <= tolerance, qPrintable(QString("%1: relative error %2").arg(tensor).arg(error)));
  }

  void sharing_changes_nothing_data() {
    QTest::addColumn<QString>("layers");
    QTest::addColumn<double>("sigma");
    QTest::addColumn<double>("cfg");
    for (const char* layers : {"mid", "up", "down", "m1", "d2,u3", "down,mid,up"}) {
      for (const double sigma : {1.0, kInfinity}) {
        for (const double cfg : {1.0, 4.0}) {
          QTest::addRow("%s sigma %g cfg %g", layers, sigma, cfg) << QString(layers) << sigma << cfg;
        }
      }
    }
  }

  void sharing_changes_nothing() {
    QFETCH(QString, layers);
    QFETCH(double, sigma);
    QFETCH(double, cfg);
    GenerationRequest request;
    request.prompts = {"a red apple", "rocket"};
    request.seed = 5;
    request.steps = 3;
    request.width_px = 160;
    request.height_px = 96;
    request.guidance = {{"cfg.scale", cfg}, {"seg.scale", 2.0}, {"seg.sigma", sigma}, {"seg.layers", layers.toStdString()}};
    const RunResult shared = run_case(emoji_, request, RowSharing::Shared);
    const RunResult whole = run_case(emoji_, request, RowSharing::Exact);
    for (std::size_t i = 0; i < shared.steps.size(); ++i) {
      const double error = relative_error(shared.steps[i], whole.steps[i]);
      QVERIFY2(error <= kSharingTolerance, qPrintable(QString("step %1: relative error %2").arg(i + 1).arg(error)));
    }
    QCOMPARE(shared.row_evaluations, whole.row_evaluations);
  }
};

QTEST_GUILESS_MAIN(TestGolden)
#include "tst_golden.moc"
