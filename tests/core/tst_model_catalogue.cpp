// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What is found in folders, what each file is said to be, and that headers alone decide.
#include "core/model/model_catalogue.h"

#include "core/io/hash_cache.h"
#include "core/model/convert_model.h"
#include "tests/support/broken_model.h"
#include "tests/support/made_lora.h"
#include "tests/support/single_files.h"

#include <QtTest>

#include <chrono>
#include <filesystem>
#include <map>

using namespace studio;
using namespace studio::testing;

namespace {

namespace fs = std::filesystem;

void put(const std::string& path, const QByteArray& bytes) {
  fs::create_directories(fs::path(path).parent_path());
  QFile file(QString::fromStdString(path));
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
    qFatal("cannot write %s", path.c_str());
}

bool has(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

// A file of this one tensor and of one more, which tell what it is.
std::string made_file(const std::string& path, const std::string& name, at::IntArrayRef shape = {2, 2},
                      const std::string& more = "more") {
  write_tensors_to(path, {{name, at::zeros(shape)}, {more, at::zeros({1})}});
  return path;
}

// JSON with ' for ".
QByteArray json(const char* text) { return QByteArray(text).replace('\'', '"'); }

}  // namespace

class TestModelCatalogue : public QObject {
  Q_OBJECT

 private:
  const std::string resources_ = STUDIO_RESOURCES_DIR;
  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<HashCache> hashes_;
  std::unique_ptr<ModelCatalogue> catalogue_;

  std::string at(const std::string& name) const {
    return folder_->filePath(QString::fromStdString(name)).toStdString();
  }
  FoundModel look(const std::string& path) const { return look_at_model(path, resources_); }
  std::map<std::string, FoundModel> all(const std::string& folder) const {
    std::map<std::string, FoundModel> found;
    int last = 0, of = 0;
    const auto result = catalogue_->find(folder, [&](const FoundModel* model, int done, int total) {
      if (model == nullptr) return true;
      [&] { QCOMPARE(done, ++last); }();
      of = total;
      found[model->path.substr(static_cast<std::size_t>(folder_->path().size()) + 1)] = *model;
      return true;
    });
    if (!result) qFatal("%s", result.error().message.c_str());
    [&] { QCOMPARE(last, of); }();
    return found;
  }

 private Q_SLOTS:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    hashes_ = std::make_unique<HashCache>("");
    catalogue_ = std::make_unique<ModelCatalogue>(resources_, *hashes_);
  }

  void foldersAreSearched() {
    fs::create_directory_symlink(tiny_folder(), at("tiny"));
    fs::create_directory_symlink(tests_path("golden/models/tiny-controlnet"), at("net"));
    made_file(at("top.safetensors"), "x");
    put(at("a/b/c/d/level5.safetensors"), "x");
    put(at("a/b/c/d/e/too_deep.safetensors"), "x");
    put(at(".hidden/a.safetensors"), "x");
    put(at("a/notes.txt"), "x");
    put(at("a/OLD.CKPT"), "PK\x03\x04");
    fs::create_directory_symlink(at("a"), at("a/b/loop"));
    const auto found = all(folder_->path().toStdString());
    QStringList names;
    for (const auto& [name, model] : found) names << QString::fromStdString(name);
    // The weights inside a model's folder are no models of their own.
    QCOMPARE(names,
             QStringList({"a/OLD.CKPT", "a/b/c/d/level5.safetensors", "net", "tiny", "top.safetensors"}));
    QVERIFY(found.at("tiny").usable && found.at("net").usable);
  }

  void foldersWorthWatchingAreTold() {
    put(at("a/b/x.safetensors"), "x");
    const auto result =
        catalogue_->find(folder_->path().toStdString(), [](const FoundModel*, int, int) { return true; });
    QVERIFY(result);
    QCOMPARE(result.value().folders,
             (std::vector<std::string>{folder_->path().toStdString(), at("a"), at("a/b")}));
    QVERIFY(!result.value().is_cut_off);
  }

  void oneFileAndNoFolder() {
    made_file(at("x.safetensors"), "x");
    QCOMPARE(all(at("x.safetensors")).size(), 1u);
    const auto none = catalogue_->find(at("none"), [](const FoundModel*, int, int) { return true; });
    QVERIFY(!none && none.error().code == ErrorCode::Io);
    QVERIFY(none.error().message.find(at("none")) != std::string::npos);
  }

  void stoppedWhenAsked() {
    for (int i = 0; i < 5; ++i) put(at("f" + std::to_string(i) + ".safetensors"), "x");
    int seen = 0;
    QVERIFY(catalogue_->find(folder_->path().toStdString(), [&](const FoundModel* model, int, int) {
      return model == nullptr || ++seen < 2;
    }));
    QCOMPARE(seen, 2);
    seen = 0;
    QVERIFY(catalogue_->find(folder_->path().toStdString(), [&](const FoundModel* model, int, int) {
      return model != nullptr && ++seen > 0;
    }));
    QCOMPARE(seen, 0);
  }

  void readAgainOnlyWhenChanged() {
    const std::string path =
        made_file(at("x.safetensors"), "lora_unet_mid_block_attentions_0_proj_in.lora_down.weight");
    const FoundModel before = all(at(""))["x.safetensors"];
    QCOMPARE(before.kind, FileKind::Lora);
    made_file(path, "decoder.conv_in.weight", {8, 4, 3, 3});
    const FoundModel after = all(at(""))["x.safetensors"];
    QCOMPARE(after.kind, FileKind::Vae);
    QVERIFY(after.usable);
  }

  // --- what a file is -----------------------------------------------------------------------------

  void theTinyModelAsAFolder() {
    const FoundModel found = look(tiny_folder());
    QCOMPARE(found.kind, FileKind::Model);
    QVERIFY2(found.usable && found.problem.empty(), found.problem.c_str());
    QCOMPARE(found.what, std::string("SDXL, diffusers folder"));
    QCOMPARE(found.dtype, std::string("F16"));
    QVERIFY(found.missing.empty() && found.can_hash && found.hash.empty());
    QVERIFY(found.bytes > 100'000 && found.modified_s > 0);
    QVERIFY(has(found.traits, "made for 256 x 256"));
  }

  void asOneFileWithAndWithoutItsParts() {
    const NamedTensors tensors = tiny_tensors();
    write_tensors_to(at("whole.safetensors"), tensors);
    write_tensors_to(at("no_vae.safetensors"), without(tensors, "first_stage_model."));
    write_tensors_to(at("no_text.safetensors"), without(tensors, "conditioner."));
    fs::create_directory_symlink(tiny_folder(), at("beside"));
    const FoundModel whole = look(at("whole.safetensors"));
    QVERIFY2(whole.usable, whole.problem.c_str());
    QCOMPARE(whole.kind, FileKind::Model);
    QVERIFY(whole.missing.empty() && whole.can_hash);
    QCOMPARE(whole.bytes, static_cast<std::int64_t>(fs::file_size(at("whole.safetensors"))));
    const FoundModel no_vae = look(at("no_vae.safetensors"));
    QVERIFY2(no_vae.usable, no_vae.problem.c_str());
    QCOMPARE(no_vae.missing, std::vector<std::string>{"VAE"});
    QVERIFY(!no_vae.can_hash);
    const FoundModel no_text = look(at("no_text.safetensors"));
    QCOMPARE(no_text.missing, (std::vector<std::string>{"first text encoder", "second text encoder"}));
  }

  void whatItPredictsIsSaid() {
    NamedTensors tensors = tiny_tensors();
    tensors.emplace_back("v_pred", at::zeros({1}));
    tensors.emplace_back("ztsnr", at::zeros({1}));
    write_tensors_to(at("v.safetensors"), tensors);
    const FoundModel found = look(at("v.safetensors"));
    QVERIFY2(found.usable, found.problem.c_str());
    QVERIFY(has(found.traits, "v-prediction") && has(found.traits, "zero SNR"));
    const BrokenModel lcm;
    lcm.set("scheduler/scheduler_config.json", "_class_name", "LCMScheduler");
    QVERIFY(has(look(lcm.path()).traits, "few steps (LCM)"));
    const BrokenModel edm;
    edm.write("scheduler/scheduler_config.json",
              json("{'_class_name': 'EDMEulerScheduler', 'prediction_type': 'epsilon' }"));
    const FoundModel found_edm = look(edm.path());
    QVERIFY2(found_edm.usable, found_edm.problem.c_str());
    QVERIFY(has(found_edm.traits, "EDM noise"));
  }

  void foldersThatAreNoModel() {
    const BrokenModel other;
    other.set("model_index.json", "_class_name", "StableDiffusionPipeline");
    FoundModel found = look(other.path());
    QCOMPARE(found.kind, FileKind::Model);
    QVERIFY(!found.usable && found.problem.find("not an SDXL") != std::string::npos);
    QVERIFY2(!found.problem.starts_with("/") && !found.problem.starts_with("\"/"), found.problem.c_str());
    const BrokenModel hollow;
    hollow.remove(kUnet);
    found = look(hollow.path());
    QVERIFY(!found.usable && !found.problem.empty());
    QVERIFY(!found.can_hash);
    const BrokenModel no_vae;
    no_vae.remove("vae");
    found = look(no_vae.path());
    QVERIFY2(found.usable, found.problem.c_str());
    QCOMPARE(found.missing, std::vector<std::string>{"VAE"});
  }

  void otherKinds_data() {
    QTest::addColumn<QString>("tensor");
    QTest::addColumn<QVector<int>>("shape");
    QTest::addColumn<QString>("more");
    QTest::addColumn<int>("kind");
    QTest::addColumn<bool>("usable");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const char* tensor, QVector<int> shape, FileKind kind, bool usable,
                        const char* says, const char* more = "more") {
      QTest::newRow(name) << QString(tensor) << shape << QString(more) << static_cast<int>(kind) << usable
                          << QString(says);
    };
    row("Stable Diffusion 1", "model.diffusion_model.input_blocks.0.0.weight", {320, 4, 3, 3},
        FileKind::Model, false, "only SDXL");
    row("Flux", "double_blocks.0.img_attn.qkv.weight", {2, 2}, FileKind::Model, false, "only SDXL");
    row("a UNet alone", "input_blocks.0.0.weight", {4, 4, 3, 3}, FileKind::Model, false, "whole model");
    row("a VAE", "decoder.conv_in.weight", {8, 4, 3, 3}, FileKind::Vae, true, "");
    row("a VAE of another family", "decoder.conv_in.weight", {8, 16, 3, 3}, FileKind::Vae, false,
        "16 latent channels");
    row("a ControlNet", "controlnet_cond_embedding.conv_in.weight", {16, 3, 3, 3}, FileKind::ControlNet, true,
        "");
    row("a union ControlNet", "controlnet_cond_embedding.conv_in.weight", {16, 3, 3, 3}, FileKind::ControlNet,
        false, "union", "task_embedding");
    row("a ControlNet in its original naming", "control_model.input_blocks.0.0.weight", {4, 4, 3, 3},
        FileKind::ControlNet, false, "original naming");
    row("a text encoder", "text_model.final_layer_norm.weight", {4}, FileKind::Other, false,
        "whole SDXL model");
    row("an embedding", "emb_params", {1, 768}, FileKind::Other, false, "word for prompts");
    row("a LoRA of another kind", "lora_unet_mid_block_attentions_0_proj_in.hada_w1_a", {4, 4},
        FileKind::Lora, false, "LoHa");
    row("nothing known", "x", {1}, FileKind::Other, false, "choose an SDXL model");
  }
  void otherKinds() {
    QFETCH(QString, tensor);
    QFETCH(QVector<int>, shape);
    QFETCH(QString, more);
    QFETCH(int, kind);
    QFETCH(bool, usable);
    QFETCH(QString, says);
    const std::vector<std::int64_t> sizes(shape.begin(), shape.end());
    const FoundModel found =
        look(made_file(at("x.safetensors"), tensor.toStdString(), sizes, more.toStdString()));
    QCOMPARE(static_cast<int>(found.kind), kind);
    QCOMPARE(found.usable, usable);
    QVERIFY2(QString::fromStdString(found.problem).contains(says), found.problem.c_str());
    QCOMPARE(found.problem.empty(), usable);
    QVERIFY(!found.what.empty());
    QVERIFY2(found.what.find(at("")) == std::string::npos, found.what.c_str());
  }

  void aControlNetForAnotherModel() {
    write_tensors_to(
        at("x.safetensors"),
        {{"controlnet_cond_embedding.conv_in.weight", at::zeros({16, 3, 3, 3})},
         {"down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", at::zeros({8, 768})}});
    const FoundModel found = look(at("x.safetensors"));
    QVERIFY(!found.usable && found.problem.find("Stable Diffusion 1") != std::string::npos);
  }

  void damagedFilesAndFormats() {
    put(at("cut.safetensors"), "\xff\x00\x00\x00\x00\x00\x00\x00{");
    put(at("old.ckpt"), "PK\x03\x04");
    put(at("new.gguf"), "GGUF....");
    put(at("part/config.json"), json("{'_class_name': 'SomethingElse' }"));
    made_file(at("part/diffusion_pytorch_model.safetensors"), "x");
    for (const char* name : {"cut.safetensors", "old.ckpt", "new.gguf", "part", "none.safetensors"}) {
      const FoundModel found = look(at(name));
      QVERIFY2(!found.usable && !found.problem.empty() && !found.can_hash, name);
      QVERIFY2(found.problem.find(at("")) == std::string::npos, found.problem.c_str());
    }
    QVERIFY(look(at("old.ckpt")).problem.find(".safetensors") != std::string::npos);
  }

  // --- hashes -------------------------------------------------------------------------------------

  void hashedOnAskingAndKnownAfterwards() {
    fs::create_directory_symlink(tiny_folder(), at("tiny"));
    QVERIFY(all(at(""))["tiny"].hash.empty());
    double last = -1;
    const auto hash = catalogue_->hash(at("tiny"), [&](double fraction) {
      [&] { QVERIFY(fraction >= last && fraction <= 1); }();
      last = fraction;
      return true;
    });
    QVERIFY2(hash, hash ? "" : hash.error().message.c_str());
    QCOMPARE(hash.value(), load_test_model(tiny_folder())->hash);
    QCOMPARE(all(at(""))["tiny"].hash, hash.value());
    const auto is_mid = [](const std::string& name) { return name.starts_with("mid_block.attentions"); };
    write_lora(at("a.safetensors"), lora_tensors(made_modules("unet", is_mid, 10), kohya));
    fs::last_write_time(at("a.safetensors"), fs::file_time_type::clock::now() - std::chrono::hours(1));
    const auto lora = catalogue_->hash(at("a.safetensors"), [](double) { return true; });
    QVERIFY2(lora, lora ? "" : lora.error().message.c_str());
    QCOMPARE(all(at(""))["a.safetensors"].hash, lora.value());
    QVERIFY(all(at(""))["a.safetensors"].usable);
  }

  void notHashed() {
    const auto stopped = catalogue_->hash(tiny_folder(), [](double fraction) { return fraction < 0.2; });
    QVERIFY(!stopped && stopped.error().message.find("stopped") != std::string::npos);
    write_tensors_to(at("no_vae.safetensors"), without(tiny_tensors(), "first_stage_model."));
    QVERIFY(!catalogue_->hash(at("no_vae.safetensors"), [](double) { return true; }));
    QVERIFY(!catalogue_->hash(at("none"), [](double) { return true; }));
  }

 private:
  static constexpr const char* kUnet = "unet";
};

QTEST_GUILESS_MAIN(TestModelCatalogue)
#include "tst_model_catalogue.moc"
