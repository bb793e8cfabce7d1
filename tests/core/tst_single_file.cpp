// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Models in one file: the same model as the folder it was made from, with everything a file does not say
// found or assumed in the open; parts from elsewhere; files that are something else or broken.
#include <QtTest>

#include "core/base/guard.h"
#include "core/model/config_from_shapes.h"
#include "core/model/convert_model.h"
#include "core/pipeline/pipeline.h"
#include "core/weights/model_kind.h"
#include "tests/support/broken_model.h"
#include "tests/support/single_files.h"

#include <c10/core/InferenceMode.h>

#include <chrono>
#include <fstream>

using namespace studio;
using namespace studio::testing;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

std::string message_of(const Result<std::shared_ptr<const SdxlModel>>& model) { return model ? "it loads" : model.error().message; }

// The file that a published conversion script wrote, where the shared data lie beside the checkout.
std::string published_file() {
  QDir folder(STUDIO_TESTS_DIR);
  while (folder.cdUp()) {
    const QString path = folder.filePath("shared/data/tiny-sdxl-single-file.safetensors");
    if (QFile::exists(path)) return path.toStdString();
    if (folder.isRoot()) break;
  }
  return {};
}

at::Tensor picture_of(const std::shared_ptr<const SdxlModel>& model) {
  const c10::InferenceMode guard;
  GenerationRequest request;
  request.prompts = {"a red apple"};
  request.seed = 3;
  request.steps = 2;
  request.width_px = request.height_px = 64;
  request.guidance["cfg.scale"] = 3.0;
  PromptEncoder prompts(model);
  auto resolved = resolve(request, *model);
  if (!resolved) qFatal("%s", resolved.error().message.c_str());
  auto result = run(resolved.value(), *model, prompts, {}, {});
  if (!result) qFatal("%s", result.error().message.c_str());
  return result.value().pictures;
}

}  // namespace

class TestSingleFile : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  int next_ = 0;
  NamedTensors tiny_;
  std::shared_ptr<const SdxlModel> model_;

  std::string new_path(const char* ending) { return folder_.filePath(QString("%1%2").arg(next_++).arg(ending)).toStdString(); }
  std::string written(const NamedTensors& tensors, const std::map<std::string, std::string>& metadata = {}) {
    const std::string path = new_path(".safetensors");
    write_tensors_to(path, tensors, metadata);
    return path;
  }
  Result<std::shared_ptr<const SdxlModel>> loaded(const std::string& path, ModelPaths paths = {}) const {
    paths.resources_path = STUDIO_RESOURCES_DIR;
    ModelOptions options;
    options.paths = std::move(paths);
    return load_model(path, options);
  }
  std::string hash_of(const std::string& path, const ModelPaths& paths = {}) const {
    auto model = loaded(path, paths);
    return model ? model.value()->hash : model.error().message;
  }

 private Q_SLOTS:
  void initTestCase() {
    tiny_ = tiny_tensors();
    model_ = load_test_model(tiny_folder());
  }

  void converted_file_is_the_same_model() {
    const std::string path = new_path(".safetensors");
    const auto done = convert_model(tiny_folder(), path);
    QVERIFY2(done, done ? "" : done.error().message.c_str());
    auto model = loaded(path);
    QVERIFY2(model, message_of(model).c_str());
    QCOMPARE(model.value()->hash, model_->hash);
    QVERIFY(picture_of(model.value()).equal(picture_of(model_)));
    const ModelReport report = inspect_model(path);
    QVERIFY(report.loadable && report.notes.empty());
    QCOMPARE(report.kind, std::string("SDXL, single file"));
    const ModelReport folder = inspect_model(tiny_folder());
    QCOMPARE(report.self_attention_layers, folder.self_attention_layers);
    QCOMPARE(report.native_width_px, folder.native_width_px);
    // Not over an existing one, and no half file beside it.
    QCOMPARE(convert_model(tiny_folder(), path).error().code, ErrorCode::InvalidArgument);
  }
  void published_conversion() {
    const std::string path = published_file();
    if (path.empty()) QSKIP("the shared data folder is not beside the checkout");
    QCOMPARE(hash_of(path), model_->hash);
    auto file = SafetensorsFile::open(path);
    QVERIFY(bool(file));
    QCOMPARE(file.value()->entries().size(), tiny_.size());
    for (const auto& [name, tensor] : tiny_) QVERIFY2(file.value()->find(name) && file.value()->tensor(name).equal(tensor), name.c_str());
  }
  // Its sizes are known from its shapes; the rest is assumed, and said.
  void alone_without_configuration() {
    const std::string path = written(tiny_);
    QCOMPARE(hash_of(path), model_->hash);
    const ModelReport report = inspect_model(path, {.resources_path = STUDIO_RESOURCES_DIR, .vae_path = {}, .text_encoders_path = {}});
    QVERIFY(report.loadable);
    QCOMPARE(report.notes.size(), std::size_t(1));
    QVERIFY2(contains(report.notes[0], "one head per 64 channels"), report.notes[0].c_str());
    auto model = loaded(path);
    QVERIFY(has_same_shapes(model.value()->unet.config(), model_->unet.config()));
    QVERIFY(has_same_shapes(model.value()->vae.config(), model_->vae.config()));
    QVERIFY(has_same_shapes(model.value()->text_encoder_2.config(), model_->text_encoder_2.config()));
    QCOMPARE(model.value()->unet.config().time_id_dim, model_->unet.config().time_id_dim);
    QCOMPARE(model.value()->text_encoder_1.config().heads, 1);
    QVERIFY(model.value()->text_encoder_1.config().quick_gelu && !model.value()->text_encoder_2.config().quick_gelu);
  }
  void beside_a_folder_of_the_same_shapes() {
    const BrokenModel sibling;
    QTemporaryDir parent;
    QVERIFY(QFile::link(QString::fromStdString(sibling.path()), parent.filePath("tiny")));
    const std::string path = parent.filePath("model.safetensors").toStdString();
    write_tensors_to(path, tiny_);
    auto model = loaded(path);
    QVERIFY2(model, message_of(model).c_str());
    QCOMPARE(model.value()->text_encoder_1.config().heads, model_->text_encoder_1.config().heads);
    QVERIFY(picture_of(model.value()).equal(picture_of(model_)));
    const auto notes = inspect_model(path).notes;
    QCOMPARE(notes.size(), std::size_t(1));
    QVERIFY2(contains(notes[0], parent.filePath("tiny").toStdString()), notes[0].c_str());
  }
  void back_to_a_folder() {
    const QTemporaryDir place;  // of its own: a folder beside a file is a place to look for its configuration
    const std::string file = new_path(".safetensors"), folder = place.filePath("model").toStdString();
    QVERIFY(bool(convert_model(tiny_folder(), file)));
    const auto done = convert_model(file, folder);
    QVERIFY2(done, done ? "" : done.error().message.c_str());
    QCOMPARE(hash_of(folder), model_->hash);
    auto model = loaded(folder);
    QVERIFY(picture_of(model.value()).equal(picture_of(model_)));
    QCOMPARE(convert_model(file, folder).error().code, ErrorCode::InvalidArgument);
    for (const char* name : {"model_index.json", "tokenizer/vocab.json", "tokenizer_2/merges.txt", "unet/diffusion_pytorch_model.safetensors"}) {
      QVERIFY2(QFile::exists(QString::fromStdString(folder + "/" + name)), name);
    }
    QCOMPARE(QDir(place.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot), QStringList{"model"});
  }
  void stopped_conversion_leaves_nothing() {
    for (const char* ending : {".safetensors", "-folder"}) {
      const std::string path = new_path(ending);
      ConvertOptions options;
      options.progress = [](double fraction) {
        if (fraction > 0.5) throw StopRequested();
      };
      bool is_stopped = false;
      try {
        (void)convert_model(tiny_folder(), path, options);
      } catch (const StopRequested&) {
        is_stopped = true;
      }
      QVERIFY(is_stopped);
      QVERIFY(!QFile::exists(QString::fromStdString(path)));
      QVERIFY(QDir(folder_.path()).entryList({QString::fromStdString(path).section('/', -1) + "*"}, QDir::AllEntries | QDir::Hidden).isEmpty());
    }
  }
  void number_formats_data() {
    QTest::addColumn<int>("type");
    QTest::newRow("F64") << static_cast<int>(at::kDouble);
    QTest::newRow("F32") << static_cast<int>(at::kFloat);
    QTest::newRow("BF16") << static_cast<int>(at::kBFloat16);
    QTest::newRow("F8_E4M3") << static_cast<int>(at::kFloat8_e4m3fn);
    QTest::newRow("F8_E5M2") << static_cast<int>(at::kFloat8_e5m2);
  }
  void number_formats() {
    QFETCH(int, type);
    const auto dtype = static_cast<at::ScalarType>(type);
    const std::string path = new_path(".safetensors");
    ConvertOptions options;
    options.dtype = dtype;
    QVERIFY(bool(convert_model(tiny_folder(), path, options)));
    auto files = ModelFiles::open(path);
    QVERIFY(bool(files));
    QCOMPARE(first_broken_weight(files.value()), std::string());
    auto narrow = files.value().weights(WeightPart::TextEncoder2, at::kHalf), original = ModelFiles::open(tiny_folder()).value().weights(WeightPart::TextEncoder2, at::kHalf);
    for (const char* name : {"text_projection.weight", "text_model.encoder.layers.1.self_attn.k_proj.weight"}) {
      const auto shape = *narrow.value().shape_of(name);
      QVERIFY2(narrow.value().take(name, shape).equal(original.value().take(name, shape).to(dtype).to(at::kHalf)), name);
    }
    auto model = loaded(path);
    QVERIFY2(model, message_of(model).c_str());
    QVERIFY(at::isfinite(picture_of(model.value())).all().item<bool>());
  }

  void parts_from_elsewhere() {
    const std::string whole = written(tiny_), no_vae = written(without(tiny_, "first_stage_model.")),
                      no_text = written(without(tiny_, "conditioner."));
    QVERIFY2(contains(hash_of(no_vae), "holds no VAE") && contains(hash_of(no_vae), "model.vae"), hash_of(no_vae).c_str());
    QVERIFY2(contains(hash_of(no_text), "holds no first text encoder"), hash_of(no_text).c_str());
    QVERIFY(!inspect_model(no_vae).loadable);

    const auto with_vae = [&](const std::string& path) { return hash_of(no_vae, {.resources_path = {}, .vae_path = path, .text_encoders_path = {}}); };
    QCOMPARE(with_vae(written(only(tiny_, "first_stage_model."))), model_->hash);
    QCOMPARE(with_vae(written(only(tiny_, "first_stage_model.", /*stripped=*/true))), model_->hash);
    QCOMPARE(with_vae(whole), model_->hash);
    QCOMPARE(with_vae(tiny_folder()), model_->hash);
    QCOMPARE(with_vae(tiny_folder() + "/vae"), model_->hash);
    QCOMPARE(with_vae(tiny_folder() + "/vae/diffusion_pytorch_model.safetensors"), model_->hash);
    for (const std::string& other : {tiny_folder() + "/unet", tiny_folder() + "/text_encoder/model.safetensors", no_vae, folder_.filePath("gone").toStdString()}) {
      QVERIFY2(contains(with_vae(other), other), with_vae(other).c_str());
    }
    for (const std::string& other : {tiny_folder(), whole}) {
      QCOMPARE(hash_of(no_text, {.resources_path = {}, .vae_path = {}, .text_encoders_path = other}), model_->hash);
    }
    // Also for a folder: here its own VAE would do.
    QCOMPARE(hash_of(tiny_folder(), {.resources_path = {}, .vae_path = whole, .text_encoders_path = whole}), model_->hash);
  }
  void older_vae_names() {
    const BrokenModel model;
    model.change_weights("vae/diffusion_pytorch_model.safetensors", [](Json& header, QByteArray&) {
      Json renamed = Json::object();
      for (auto& [name, entry] : header.items()) {
        std::string old = name;
        for (const auto& [now, then] : {std::pair{"to_q.", "query."}, {"to_k.", "key."}, {"to_v.", "value."}, {"to_out.0.", "proj_attn."}}) {
          const std::size_t at = old.find(now);
          if (at != old.npos) old.replace(at, std::strlen(now), then);
        }
        renamed[old] = entry;
      }
      header = renamed;
    });
    QCOMPARE(hash_of(model.path()), model_->hash);
  }
  void variants_of_a_folder() {
    const BrokenModel model;
    const QByteArray weights = model.read("unet/diffusion_pytorch_model.safetensors");
    model.remove("unet/diffusion_pytorch_model.safetensors");
    model.write("unet/diffusion_pytorch_model.fp16.safetensors", weights);
    QCOMPARE(hash_of(model.path()), model_->hash);
    // Shards come before the half-precision variant, and also where they are its own.
    auto source = TensorSource::open_folder(tiny_folder() + "/unet", "unet", at::kFloat);
    NamedTensors halves[2];
    Json index = {{"weight_map", Json::object()}};
    std::size_t number = 0;
    for (const SourceTensor& tensor : source.value().tensors()) {
      const std::size_t half = number++ % 2;
      halves[half].emplace_back(tensor.name, tensor.read());
      index["weight_map"][tensor.name] = half == 0 ? "a.safetensors" : "b.safetensors";
    }
    write_tensors_to(model.file("unet/a.safetensors").toStdString(), halves[0]);
    write_tensors_to(model.file("unet/b.safetensors").toStdString(), halves[1]);
    model.write("unet/diffusion_pytorch_model.safetensors.index.json", QByteArray::fromStdString(index.dump()));
    model.write("unet/diffusion_pytorch_model.fp16.safetensors", "damaged, and not looked at");
    QCOMPARE(hash_of(model.path()), model_->hash);
    model.remove("unet/diffusion_pytorch_model.fp16.safetensors");
    QVERIFY(QFile::rename(model.file("unet/diffusion_pytorch_model.safetensors.index.json"),
                          model.file("unet/diffusion_pytorch_model.fp16.safetensors.index.json")));
    QCOMPARE(hash_of(model.path()), model_->hash);
  }
  void files_and_configurations() {
    const std::string path = written(tiny_);
    const auto single = ModelFiles::open(path), folder = ModelFiles::open(tiny_folder());
    QCOMPARE(single.value().all_files().front(), path);
    const auto files = folder.value().all_files();
    QVERIFY(std::find(files.begin(), files.end(), tiny_folder() + "/tokenizer_2/vocab.json") != files.end());
    QVERIFY(std::find(files.begin(), files.end(), tiny_folder() + "/unet/diffusion_pytorch_model.safetensors") != files.end());
    const auto hash = folder.value().config_hash();
    QVERIFY2(hash, hash ? "" : hash.error().message.c_str());
    const BrokenModel changed;
    QCOMPARE(ModelFiles::open(changed.path()).value().config_hash().value(), hash.value());
    changed.set("unet/config.json", "norm_eps", 1e-6);
    QVERIFY(ModelFiles::open(changed.path()).value().config_hash().value() != hash.value());
  }

  void noise_schedule_marks() {
    NamedTensors marked = tiny_;
    marked.emplace_back("v_pred", at::zeros(0));
    for (const std::string& path : {written(marked), written(tiny_, {{"modelspec.prediction_type", "v"}})}) {
      const auto scheduler = ModelFiles::open(path, {.resources_path = STUDIO_RESOURCES_DIR, .vae_path = {}, .text_encoders_path = {}}).value().scheduler();
      QVERIFY(contains(*scheduler.value().text, "v_prediction"));
    }
    marked.emplace_back("ztsnr", at::zeros(0));
    const auto scheduler = ModelFiles::open(written(marked)).value().scheduler();
    QVERIFY(contains(*scheduler.value().text, "trailing") && contains(*scheduler.value().text, "\"rescale_betas_zero_snr\":true"));
    const auto plain = read_scheduler_config(ModelFiles::open(written(tiny_)).value().scheduler().value());
    QVERIFY(plain && plain.value().spacing == Spacing::Leading && plain.value().steps_offset == 1);
  }
  void extra_tensors() {
    NamedTensors more = tiny_;
    more.emplace_back("model_ema.decay", at::ones(1));
    more.emplace_back("alphas_cumprod", at::ones(1000));
    more.emplace_back("conditioner.embedders.0.transformer.text_model.embeddings.position_ids", at::arange(77));
    QCOMPARE(hash_of(written(more)), model_->hash);
    more.emplace_back("model.diffusion_model.input_blocks.99.0.weight", at::ones(1));
    more.emplace_back("something_else", at::ones(1));
    const std::string said = hash_of(written(more));
    QVERIFY2(contains(said, "2 tensors are unknown") && contains(said, "input_blocks.99.0.weight") && contains(said, "something_else"), said.c_str());
  }
  void missing_and_misshapen_tensors_by_their_keys() {
    const std::string key = "first_stage_model.decoder.up.0.block.1.conv1.weight";
    const std::string said = hash_of(written(without(tiny_, key)));
    QVERIFY2(contains(said, "1 tensor is missing: " + key), said.c_str());
    NamedTensors other = tiny_;
    tensor_named(other, "first_stage_model.decoder.conv_in.weight") = at::zeros({32, 16, 3, 3});
    const std::string channels = hash_of(written(other));
    QVERIFY2(contains(channels, "latent_channels") && contains(channels, "16") && contains(channels, "4"), channels.c_str());
    // Wrong in itself: the joined projections cannot be parted.
    tensor_named(other = tiny_, "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight") = at::zeros({95, 32});
    QVERIFY(contains(hash_of(written(other)), "in_proj_weight"));
  }
  void distilled_variants_are_refused() {
    const std::string said = hash_of(written(without(tiny_, "model.diffusion_model.output_blocks.1.1.transformer_blocks.1.")));
    QVERIFY2(contains(said, "different depths"), said.c_str());
  }
  void unknown_vocabulary() {
    NamedTensors other = tiny_;
    tensor_named(other, "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight") = at::zeros({3000, 32});
    const std::string said = hash_of(written(other));
    QVERIFY2(contains(said, "3000 tokens"), said.c_str());
    // CLIP's own comes with the program; the second text encoder pads with "!".
    for (const char* key : {"conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight",
                            "conditioner.embedders.1.model.token_embedding.weight"}) {
      tensor_named(other, key) = at::zeros({49408, 32});
    }
    auto model = loaded(written(other));
    QVERIFY2(model, message_of(model).c_str());
    QCOMPARE(model.value()->tokenizer_1.pad(), std::int64_t(49407));
    QCOMPARE(model.value()->tokenizer_2.pad(), std::int64_t(0));
    QCOMPARE(model.value()->tokenizer_2.vocabulary_size(), std::int64_t(49408));
  }

  void other_kinds_of_files() {
    const std::string pickle = new_path(".ckpt"), renamed = new_path(".safetensors");
    std::ofstream(pickle) << "PK\x03\x04 and so on";
    std::ofstream(renamed) << "PK\x03\x04 and so on";
    for (const std::string& path : {pickle, renamed}) {
      QVERIFY2(contains(hash_of(path), "run code") && contains(hash_of(path), ".safetensors version"), hash_of(path).c_str());
    }
    const std::string lora = written({{"lora_unet_input_blocks_4_1_proj_in.lora_down.weight", at::ones({1, 2})}});
    QVERIFY2(contains(hash_of(lora), "a LoRA file") && contains(hash_of(lora), lora), hash_of(lora).c_str());
    QVERIFY(contains(hash_of(written(only(tiny_, "first_stage_model."))), "a VAE alone"));
    QVERIFY(contains(hash_of(tiny_folder() + "/unet/diffusion_pytorch_model.safetensors"), "a UNet alone"));
    const auto report = inspect_model(lora);
    QVERIFY(!report.loadable && contains(report.parts.at(0).problem, "a LoRA file"));
  }
  void broken_files_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("says");
    const QByteArray header = R"({"model.diffusion_model.input_blocks.0.0.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
    const auto file = [](quint64 length, const QByteArray& rest) {
      return QByteArray(reinterpret_cast<const char*>(&length), sizeof length) + rest;
    };
    const auto whole = [&](const QByteArray& text) { return file(static_cast<quint64>(text.size()), text + QByteArray(8, '\0')); };
    QTest::newRow("header of a terabyte") << file(quint64{1} << 40, header) << "cut off";
    QTest::newRow("cut off") << file(5000, header) << "cut off";
    QTest::newRow("overlapping") << whole(header + R"(,"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})") << "overlaps";
    QTest::newRow("name that is not UTF-8") << whole(header + ",\"\xff\xfe\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}") << "UTF-8";
    QTest::newRow("beyond the end") << whole(header + R"(,"b":{"dtype":"F32","shape":[9],"data_offsets":[4,40]}})") << "ends at byte";
  }
  void broken_files() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, says);
    const std::string path = new_path(".safetensors");
    QFile out(QString::fromStdString(path));
    QVERIFY(out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size());
    out.close();
    const auto model = loaded(path);
    QVERIFY(!model);
    QCOMPARE(model.error().code, ErrorCode::ModelUnloadable);
    QVERIFY2(contains(model.error().message, says.toStdString()) && contains(model.error().message, path), model.error().message.c_str());
    QVERIFY(!read_outline(path));
  }
  void a_million_tensors_take_seconds() {
    constexpr int kTensors = 1'000'000;
    std::string header = R"({"model.diffusion_model.input_blocks.0.0.weight":{"dtype":"U8","shape":[0,4,3,3],"data_offsets":[0,0]},)"
                         R"("model.diffusion_model.label_emb.0.0.weight":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
    for (int i = 2; i < kTensors; ++i) header += ",\"model.diffusion_model.input_blocks.4.1." + std::to_string(i) + "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
    header += "}";
    const std::string path = new_path(".safetensors");
    const std::uint64_t length = header.size();
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(&length), sizeof length) << header;
    const auto began = std::chrono::steady_clock::now();
    QVERIFY(!loaded(path));
    QVERIFY(!inspect_model(path).loadable);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    qInfo("two looks at a million tensors: %.1f s", seconds);
    QVERIFY(seconds < 60);
  }
  void damaged_metadata() {
    for (const char* text : {"{", "[]", "{\"unet\": 3}", "{\"unet\": {}}", "{\"unet\": {\"block_out_channels\": [1e300]}}"}) {
      auto model = loaded(written(tiny_, {{"seg_studio.configuration", text}}));
      QVERIFY2(!model && model.error().code == ErrorCode::ModelUnloadable, text);
    }
  }
};

QTEST_GUILESS_MAIN(TestSingleFile)
#include "tst_single_file.moc"
