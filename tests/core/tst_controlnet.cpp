// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// ControlNets beside the reference cases: windows, batches, shared rows, sweeps' keys, and files that are
// something else.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <QtTest>

#include "core/io/png.h"
#include "core/pipeline/canny.h"
#include "core/pipeline/content_hashes.h"
#include "core/pipeline/fitted_picture.h"
#include "core/pipeline/pictures.h"
#include "core/weights/safetensors.h"
#include "tests/support/job_run.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

using namespace studio;
using namespace studio::testing;

namespace {

using Json = nlohmann::ordered_json;
using Tensors = std::vector<std::pair<std::string, at::Tensor>>;

const std::string kNet = tests_path("golden/models/tiny-controlnet");
const std::string kRing = tests_path("golden/controlnet/ring.png");

Json config() {
  std::ifstream file(kNet + "/config.json");
  return Json::parse(file);
}

Tensors weights() {
  auto file = SafetensorsFile::open(kNet + "/diffusion_pytorch_model.safetensors");
  if (!file) qFatal("%s", file.error().message.c_str());
  Tensors all;
  for (const SafetensorsEntry& entry : file.value()->entries()) all.emplace_back(entry.name, file.value()->tensor(entry.name));
  return all;
}

}  // namespace

class TestControlNet : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<JobBench> bench_;
  QTemporaryDir folder_;

  std::string file(const QString& name) const { return folder_.filePath(name).toStdString(); }
  GenerationRequest plain() const {
    GenerationRequest request;
    request.prompts = {"rocket"};
    request.seed = 3;
    request.steps = 4;
    request.width_px = 96;
    request.height_px = 64;
    request.guidance = {{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.0}};
    return request;
  }
  GenerationRequest controlled(double scale = 1) const {
    GenerationRequest request = plain();
    request.sections = {{"control.model", kNet}, {"control.image", kRing}, {"control.scale", scale}};
    return request;
  }
  // A folder or file of a ControlNet that a test has changed.
  std::string folder_of(const Json& its_config, const Tensors& its_weights) const {
    const std::string path = file("net");
    QDir(QString::fromStdString(path)).removeRecursively();
    QDir().mkpath(QString::fromStdString(path));
    std::ofstream(path + "/config.json") << its_config.dump();
    if (!write_safetensors(path + "/diffusion_pytorch_model.fp16.safetensors", its_weights)) qFatal("cannot write");
    return path;
  }
  std::string file_of(const Tensors& its_weights) const {
    const std::string path = file("net.safetensors");
    if (!write_safetensors(path, its_weights)) qFatal("cannot write");
    return path;
  }
  std::string refusal_of(const std::string& path) {
    GenerationRequest request = controlled();
    request.sections["control.model"] = path;
    const auto files = bench_->attachments(request);
    if (files) return "it was taken";
    return files.error().code == ErrorCode::ModelUnloadable ? files.error().message : "another kind of error: " + files.error().message;
  }

 private Q_SLOTS:
  void initTestCase() {
    at::set_num_threads(1);
    bench_ = std::make_unique<JobBench>(tests_path("golden/models/tiny-sdxl"));
  }

  void scale_0_is_off() {
    GenerationRequest request = controlled(0);
    request.sections["control.model"] = std::string("no/such/file");  // not even read
    const RunResult off = bench_->run(request), none = bench_->run(plain());
    QVERIFY(at::equal(off.steps.back(), none.steps.back()));
    QVERIFY(relative_error(bench_->run(controlled(1)).steps.front(), none.steps.front()) > 1e-3);
  }

  void it_acts_in_its_window() {
    GenerationRequest request = controlled();
    request.sections["control.start"] = 0.5;
    const RunResult late = bench_->run(request), none = bench_->run(plain()), all = bench_->run(controlled());
    QVERIFY(at::equal(late.steps[1], none.steps[1]));
    QVERIFY(relative_error(late.steps[2], none.steps[2]) > 1e-4);
    request.sections = controlled().sections;
    request.sections["control.stop"] = 0.5;
    const RunResult early = bench_->run(request);
    QVERIFY(at::equal(early.steps[1], all.steps[1]));
    QVERIFY(relative_error(early.steps[2], all.steps[2]) > 1e-4);
    request.sections["control.stop"] = 0.0;
    QVERIFY(at::equal(bench_->run(request).steps.back(), none.steps.back()));
  }

  void shared_rows_equal_whole_rows_data() {
    QTest::addColumn<QString>("layers");
    QTest::addColumn<bool>("has_negative");
    for (const char* layers : {"mid", "d3,u1", "up", "down,mid,up"}) {
      for (const bool has_negative : {false, true}) {
        QTest::addRow("%s, %s", layers, has_negative ? "a negative prompt" : "none") << QString(layers) << has_negative;
      }
    }
  }
  void shared_rows_equal_whole_rows() {
    QFETCH(QString, layers);
    QFETCH(bool, has_negative);
    GenerationRequest request = controlled(0.8);
    request.prompts = {"rocket", "red apple"};
    request.guidance["seg.layers"] = layers.toStdString();
    if (has_negative) request.negative_prompt = "a house";
    RunOptions whole, little;
    whole.sharing = RowSharing::Exact;
    little.less_memory = true;
    const RunResult shared = bench_->run(request), exact = bench_->run(request, whole), small = bench_->run(request, little);
    for (std::size_t i = 0; i < shared.steps.size(); ++i) {
      QVERIFY(relative_error(exact.steps[i], shared.steps[i]) <= 1e-5);
      QVERIFY(relative_error(small.steps[i], shared.steps[i]) <= 1e-5);
    }
    request.prompts = {"rocket"};
    QVERIFY(relative_error(bench_->run(request).steps.back(), shared.steps.back().narrow(0, 0, 1)) <= 1e-5);
  }

  void edges_of_the_picture_can_be_the_map() {
    GenerationRequest request = controlled();
    const auto embedded = [&] { return bench_->attachments(request).value().control->embedded; };
    const at::Tensor map = embedded();
    request.sections["control.kind"] = std::string("canny");
    const at::Tensor edges = embedded();
    QVERIFY(!at::equal(edges, map));
    const auto ring = read_png(kRing);
    QVERIFY(ring);
    const ImageRgb8 fitted = to_image(fit_picture(ring.value(), 96, 64)[0]);
    QVERIFY(write_png(file("edges.png"), canny_edges(fitted, 100, 200)));
    request.sections["control.kind"] = std::string("map");
    request.sections["control.image"] = file("edges.png");
    QVERIFY(at::equal(embedded(), edges));
    request.sections["control.kind"] = std::string("canny");
    request.sections["control.canny_low"] = request.sections["control.canny_high"] = 255.0;
    QVERIFY(at::isfinite(embedded()).all().item<bool>());
  }

  void with_a_start_picture() {
    GenerationRequest request = controlled();
    request.sections.insert({{"start.image", kRing}, {"start.strength", 0.5}});
    const RunResult with = bench_->run(request);
    QCOMPARE(with.steps.size(), std::size_t{2});
    request.sections.erase("control.model");
    QVERIFY(relative_error(with.steps.back(), bench_->run(request).steps.back()) > 1e-3);
  }

  void one_file_is_as_good_as_a_folder() {
    const RunResult from_folder = bench_->run(controlled());
    for (const std::string& path : {file_of(weights()), folder_of(config(), weights()), kNet + "/diffusion_pytorch_model.safetensors"}) {
      GenerationRequest request = controlled();
      request.sections["control.model"] = path;
      QVERIFY(at::equal(bench_->run(request).steps.back(), from_folder.steps.back()));
    }
  }
  void colours_in_the_other_order() {
    Json other = config();
    other["controlnet_conditioning_channel_order"] = "bgr";
    write_png(file("red.png"), ImageRgb8{1, 1, {255, 0, 0}}) ? void() : qFatal("cannot write");
    write_png(file("blue.png"), ImageRgb8{1, 1, {0, 0, 255}}) ? void() : qFatal("cannot write");
    GenerationRequest request = controlled();
    request.sections["control.image"] = file("red.png");
    const at::Tensor red = bench_->attachments(request).value().control->embedded;
    request.sections["control.image"] = file("blue.png");
    request.sections["control.model"] = folder_of(other, weights());
    QVERIFY(at::equal(bench_->attachments(request).value().control->embedded, red));
  }

  void files_of_another_kind_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const char* key, const char* value, const char* says) {
      QTest::newRow(name) << QString(key) << QString(value) << QString(says);
    };
    row("for Stable Diffusion 1", "addition_embed_type", "null", "Stable Diffusion 1 or 2");
    row("texts of another width", "cross_attention_dim", "768", "it is for Stable Diffusion 1");
    row("other channels", "block_out_channels", "[32, 32, 64]", "but this model's have 32, 32, 32");
    row("other depth", "layers_per_block", "3", "in 3 layers each");
    row("other map size", "conditioning_embedding_out_channels", "[16, 32]", "it shrinks pictures by 2");
    row("other sizes' width", "projection_class_embeddings_input_dim", "96", "has 96 inputs");
    row("another class", "_class_name", "\"ControlNetUnionModel\"", "ControlNetUnionModel");
    row("no attention in the middle", "mid_block_type", "\"UNetMidBlock2D\"", "UNetMidBlock2D");
    row("one vector for all", "global_pool_conditions", "true", "global_pool_conditions");
    row("an unknown order", "controlnet_conditioning_channel_order", "\"brg\"", "rgb or bgr");
    row("a text for a number", "layers_per_block", "\"two\"", "layers_per_block");
  }
  void files_of_another_kind() {
    QFETCH(QString, key);
    QFETCH(QString, value);
    QFETCH(QString, says);
    Json changed = config();
    changed[key.toStdString()] = Json::parse(value.toStdString());
    const std::string refusal = refusal_of(folder_of(changed, weights()));
    QVERIFY2(refusal.find(says.toStdString()) != std::string::npos, refusal.c_str());
  }

  void single_files_of_another_kind() {
    const auto says = [&](const std::string& path, const char* what) {
      const std::string refusal = refusal_of(path);
      if (refusal.find(what) != std::string::npos) return true;
      qWarning("%s", refusal.c_str());
      return false;
    };
    QVERIFY(says(file_of({{"control_model.input_blocks.0.0.weight", at::zeros({1})}}), "original naming"));
    QVERIFY(says(file_of({{"lora_controlnet.weight", at::zeros({1})}}), "LoRA"));
    QVERIFY(says(file_of({{"model.diffusion_model.out.2.bias", at::zeros({1})}}), "a whole model"));
    QVERIFY(says(file_of({{"weight", at::zeros({1})}}), "this is no ControlNet"));
    Tensors changed = weights();
    changed.emplace_back("task_embedding", at::zeros({6, 32}));
    QVERIFY(says(file_of(changed), "union"));
    changed.back() = {"something_else", at::zeros({1})};
    QVERIFY(says(file_of(changed), "something_else"));
    changed = weights();
    changed.erase(changed.begin() + 5);
    QVERIFY(says(file_of(changed), weights()[5].first.c_str()));
    changed = weights();
    for (auto& [name, tensor] : changed) {
      if (name.find("attn2.to_k") != std::string::npos) tensor = at::zeros({tensor.size(0), 768}, at::kHalf);
    }
    QVERIFY(says(file_of(changed), "it is for Stable Diffusion 1"));
    QVERIFY(says(file("nothing"), "no such file or folder"));
    QVERIFY(says(kRing, "cannot be loaded"));
    QVERIFY(says(folder_.path().toStdString(), "config.json is missing"));
  }

  void a_control_picture_is_needed() {
    GenerationRequest request = controlled();
    request.sections.erase("control.image");
    const auto resolved = resolve(request, *bench_->model);
    QVERIFY(!resolved && resolved.error().code == ErrorCode::InvalidArgument);
    QVERIFY(resolved.error().message.find("control.image") != std::string::npos);
  }

  void keys_know_what_is_in_the_files() {
    ContentHashes hashes;
    const auto contents = [&](const ParamSet& sections) {
      auto made = hashes.contents(sections);
      if (!made) qFatal("%s", made.error().message.c_str());
      return std::move(made).value();
    };
    const ParamSet sections = controlled().sections;
    ParamSet moved = sections;
    moved["control.image"] = file("copy.png");
    QVERIFY(QFile::copy(QString::fromStdString(kRing), folder_.filePath("copy.png")));
    QVERIFY(contents(moved) == contents(sections));
    QVERIFY(QFile::remove(folder_.filePath("copy.png")));
    QVERIFY(write_png(file("copy.png"), ImageRgb8{1, 1, {1, 2, 3}}));
    QVERIFY(contents(moved) != contents(sections));
    ParamSet weaker = sections;
    weaker["control.scale"] = 0.5;
    QVERIFY(contents(weaker) != contents(sections));
    // What does nothing is left out.
    weaker["control.scale"] = 0.0;
    QVERIFY(contents(weaker).empty());
    ParamSet edges = sections;
    edges["control.canny_low"] = 50.0;
    QVERIFY(contents(edges) == contents(sections));
    QVERIFY(contents({{"start.strength", 0.3}, {"other.key", 1.0}}) == (ParamSet{{"other.key", 1.0}}));
    moved["control.image"] = file("gone.png");
    const auto gone = hashes.contents(moved);
    QVERIFY(!gone && gone.error().message.find("control.image: ") == 0);
  }
};

QTEST_GUILESS_MAIN(TestControlNet)
#include "tst_controlnet.moc"
