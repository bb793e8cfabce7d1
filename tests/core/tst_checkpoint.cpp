// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Taking a model part's tensors: conversions, and reports of what is missing, misshapen or unknown.
#include "core/weights/checkpoint.h"

#include <ATen/ATen.h>
#include <QTemporaryDir>
#include <QTest>
#include <c10/core/InferenceMode.h>

#include <filesystem>
#include <fstream>

using namespace studio;
namespace fs = std::filesystem;

namespace {
const std::string kTinyUnet = STUDIO_TESTS_DIR "/golden/models/tiny-sdxl/unet";

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}
}  // namespace

class TestCheckpoint : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir folder_;
  int next_ = 0;
  std::string new_folder() {
    const std::string path = folder_.filePath(QString::number(next_++)).toStdString();
    fs::create_directories(path);
    return path;
  }

 private Q_SLOTS:
  void every_tensor_of_the_tiny_unet() {
    auto file = SafetensorsFile::open(kTinyUnet + "/diffusion_pytorch_model.safetensors");
    QVERIFY(bool(file));
    auto source = TensorSource::open_folder(kTinyUnet, "unet", at::kFloat);
    QVERIFY2(bool(source), source ? "" : source.error().message.c_str());
    double last = -1;
    source.value().set_progress([&](double fraction) {
      QVERIFY(fraction >= last && fraction <= 1);
      last = fraction;
    });
    std::int64_t parameters = 0;
    {
      const c10::InferenceMode guard;  // as on the engine's worker
      for (const auto& entry : file.value()->entries()) {
        const at::Tensor tensor = source.value().take(entry.name, entry.shape);
        QVERIFY(!tensor.is_inference() && !tensor.requires_grad());
        QCOMPARE(tensor.scalar_type(), at::kFloat);
        QVERIFY(tensor.equal(file.value()->tensor(entry.name).to(at::kFloat)));
        parameters += tensor.numel();
      }
    }
    QVERIFY(bool(source.value().finish()));
    const ModelPart part = source.value().summary();
    QCOMPARE(part.name, std::string("unet"));
    QCOMPARE(part.dtype, std::string("F16"));
    QCOMPARE(part.parameters, parameters);
    QCOMPARE(part.bytes, 2 * parameters);
    QCOMPARE(part.tensors, static_cast<std::int64_t>(file.value()->entries().size()));
  }
  void other_dtype_on_request() {
    auto source = TensorSource::open_folder(kTinyUnet, "unet", at::kHalf);
    const auto shape = *source.value().shape_of("conv_in.weight");
    QCOMPARE(source.value().take("conv_in.weight", shape).scalar_type(), at::kHalf);
    QCOMPARE(source.value().take("conv_in.weight", shape, at::kFloat).scalar_type(), at::kFloat);
  }
  void problems_are_collected() {
    const std::string folder = new_folder();
    std::vector<std::pair<std::string, at::Tensor>> tensors = {
        {"a", at::zeros({2, 3})}, {"text_model.embeddings.position_ids", at::arange(77)}};
    for (int i = 0; i < 12; ++i) tensors.emplace_back("extra" + std::to_string(i), at::zeros(1));
    QVERIFY(bool(write_safetensors(folder + "/model.safetensors", tensors)));
    auto source = TensorSource::open_folder(folder, "text_encoder", at::kFloat);
    QVERIFY(bool(source));
    QCOMPARE(source.value().take("a", {3, 2}).sizes(), at::IntArrayRef({3, 2}));
    QCOMPARE(source.value().take("gone", {1000, 1000}).sizes(), at::IntArrayRef({1000, 1000}));
    const auto finished = source.value().finish();
    QVERIFY(!finished);
    QCOMPARE(finished.error().code, ErrorCode::ModelUnloadable);
    const std::string& text = finished.error().message;
    QVERIFY2(contains(text, "1 tensor is missing: gone"), text.c_str());
    QVERIFY2(contains(text, "a [2, 3], not [3, 2]"), text.c_str());
    QVERIFY2(contains(text, "12 tensors are unknown: extra0"), text.c_str());
    QVERIFY2(contains(text, "and 4 more"), text.c_str());
    QVERIFY2(!contains(text, "position_ids"), text.c_str());
    const ModelPart part = source.value().summary();
    QCOMPARE(part.missing.size(), std::size_t(1));
    QCOMPARE(part.misshapen.size(), std::size_t(1));
    QCOMPARE(part.unknown.size(), std::size_t(12));
    QCOMPARE(part.dtype, std::string("F32, I64"));
  }
  void file_names_data() {
    QTest::addColumn<QString>("name");
    QTest::newRow("diffusers") << "diffusion_pytorch_model.safetensors";
    QTest::newRow("text encoder") << "model.safetensors";
    QTest::newRow("fp16 variant") << "diffusion_pytorch_model.fp16.safetensors";
    QTest::newRow("fp16 text encoder") << "model.fp16.safetensors";
  }
  void file_names() {
    QFETCH(QString, name);
    const std::string folder = new_folder();
    QVERIFY(bool(write_safetensors(folder + "/" + name.toStdString(), {{"x", at::ones(3)}})));
    auto source = TensorSource::open_folder(folder, "unet", at::kFloat);
    QVERIFY(bool(source));
    QVERIFY(source.value().take("x", {3}).equal(at::ones(3)));
    QVERIFY(bool(source.value().finish()));
  }
  void shards() {
    const std::string folder = new_folder();
    QVERIFY(bool(write_safetensors(folder + "/model-1.safetensors", {{"x", at::ones(3)}})));
    QVERIFY(bool(write_safetensors(folder + "/model-2.safetensors", {{"y", at::ones(4)}})));
    const auto index = folder + "/model.safetensors.index.json";
    std::ofstream(index)
        << R"({"metadata":{"total_size":28},"weight_map":{"x":"model-1.safetensors","y":"model-2.safetensors"}})";
    auto source = TensorSource::open_folder(folder, "text_encoder_2", at::kFloat);
    QVERIFY2(bool(source), source ? "" : source.error().message.c_str());
    source.value().take("x", {3});
    source.value().take("y", {4});
    QVERIFY(bool(source.value().finish()));
  }
  void unusable_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("content");
    QTest::addColumn<QString>("says");
    const QString index = "model.safetensors.index.json";
    QTest::newRow("nothing there") << ""
                                   << ""
                                   << "neither";
    QTest::newRow("only a pickle") << "pytorch_model.bin"
                                   << "x"
                                   << "can run code";
    QTest::newRow("broken weights") << "model.safetensors"
                                    << "x"
                                    << "too short";
    QTest::newRow("broken index") << index << "{"
                                  << "not valid JSON";
    QTest::newRow("index without map") << index << "{}"
                                       << "weight_map";
    QTest::newRow("index leads outside") << index << R"({"weight_map":{"x":"../y.safetensors"}})"
                                         << "of this folder";
    QTest::newRow("index names no text") << index << R"({"weight_map":{"x":3}})"
                                         << "no file name";
    QTest::newRow("missing shard") << index << R"({"weight_map":{"x":"y.safetensors"}})"
                                   << "no such file";
  }
  void unusable() {
    QFETCH(QString, file);
    QFETCH(QString, content);
    QFETCH(QString, says);
    const std::string folder = new_folder();
    if (!file.isEmpty()) std::ofstream(folder + "/" + file.toStdString()) << content.toStdString();
    const auto source = TensorSource::open_folder(folder, "unet", at::kFloat);
    QVERIFY(!source);
    QCOMPARE(source.error().code, ErrorCode::ModelUnloadable);
    QVERIFY2(contains(source.error().message, says.toStdString()), source.error().message.c_str());
  }
  void a_missing_folder_is_a_sentence() {
    const auto source = TensorSource::open_folder(new_folder() + "/absent", "vae", at::kFloat);
    QVERIFY(!source);
    QVERIFY(contains(source.error().message, "missing"));
  }
  void a_tensor_in_two_shards() {
    const std::string folder = new_folder();
    for (const char* name : {"/a.safetensors", "/b.safetensors"}) {
      QVERIFY(bool(write_safetensors(folder + name, {{"x", at::ones(3)}})));
    }
    std::ofstream(folder + "/model.safetensors.index.json")
        << R"({"weight_map":{"x":"a.safetensors","y":"b.safetensors"}})";
    const auto source = TensorSource::open_folder(folder, "unet", at::kFloat);
    QVERIFY(!source);
    QVERIFY(contains(source.error().message, "is also in"));
  }
};

QTEST_GUILESS_MAIN(TestCheckpoint)
#include "tst_checkpoint.moc"
