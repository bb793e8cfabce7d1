// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Models with LoRAs from the shelf: pictures, keys, and what is read again.
#include "core/base/guard.h"
#include "core/pipeline/model_shelf.h"
#include "core/pipeline/pipeline.h"
#include "tests/support/made_lora.h"

#include <ATen/ATen.h>
#include <QTemporaryDir>
#include <QtTest>
#include <c10/core/InferenceMode.h>

#include <filesystem>

using namespace studio;
using namespace studio::testing;

namespace {

bool is_mid(const std::string& path) { return path.starts_with("mid_block.attentions"); }

struct Picture {
  std::string latents_hash;
  at::Tensor pixels;
};

}  // namespace

class TestLoraShelf : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  std::string unet_lora_, both_lora_;
  c10::InferenceMode guard_;  // as the worker has it

  std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }
  static std::vector<MadeModule> both(std::uint64_t seed) {
    auto modules = made_modules("unet", is_mid, seed);
    for (const char* const part : {"text_encoder", "text_encoder_2"}) {
      const auto more = made_modules(part, any_module, seed + 100);
      modules.insert(modules.end(), more.begin(), more.end());
    }
    return modules;
  }
  static std::shared_ptr<LoadedModel> use(ModelShelf& shelf, const std::vector<LoraUse>& loras) {
    auto model = shelf.use({tiny_model(), loras}, [](double) {});
    if (!model) qFatal("%s", model.error().message.c_str());
    return std::move(model).value();
  }
  static Picture picture(LoadedModel& model) {
    GenerationRequest request;
    request.prompts = {"a red apple"};
    request.seed = 7;
    request.steps = 3;
    request.width_px = request.height_px = 64;
    auto resolved = resolve(request, *model.model);
    if (!resolved) qFatal("%s", resolved.error().message.c_str());
    auto result = run(resolved.value(), *model.model, model.prompts, {}, {});
    if (!result) qFatal("%s", result.error().message.c_str());
    return {result.value().latents_hash, result.value().pictures};
  }
  static std::string key(const ModelShelf& shelf, const std::vector<LoraUse>& loras) {
    auto key = shelf.lora_key(loras);
    if (!key) qFatal("%s", key.error().message.c_str());
    return std::move(key).value();
  }

 private Q_SLOTS:
  void initTestCase() {
    unet_lora_ = path("unet.safetensors");
    both_lora_ = path("both.safetensors");
    write_lora(unet_lora_, lora_tensors(made_modules("unet", is_mid, 10), kohya));
    write_lora(both_lora_, lora_tensors(both(20), peft));
  }

  // On, off and on again; the picture with it is that of the merged model.
  void pictures() {
    ModelShelf shelf(resources_path(""), at::kCPU, at::kFloat);
    const auto base = use(shelf, {});
    const Picture plain = picture(*base);
    const auto on = use(shelf, {{both_lora_, 0.8, 0.8}});
    QVERIFY(on != base);
    QVERIFY(on->base == base);
    QCOMPARE(on->model->hash, base->model->hash);
    const Picture changed = picture(*on);
    QVERIFY(relative_error(changed.pixels, plain.pixels) > 0.01);
    const std::string merged = path("merged");
    write_merged(merged, {{both(20), 0.8}});
    LoadedModel reference("merged", load_test_model(merged));
    const double error = relative_error(changed.pixels, picture(reference).pixels);
    QVERIFY2(error < 1e-4, qPrintable(QString::number(error)));
    QCOMPARE(picture(*use(shelf, {})).latents_hash, plain.latents_hash);
    QCOMPARE(picture(*use(shelf, {{both_lora_, 0, 0}})).latents_hash, plain.latents_hash);
    QVERIFY(at::equal(picture(*base).pixels, plain.pixels));
    QCOMPARE(picture(*use(shelf, {{both_lora_, 0.8, 0.8}})).latents_hash, changed.latents_hash);
    QCOMPARE(shelf.loads(), 1);
  }

  // A weight that moves: the file is read once, the view of an earlier weight is still there.
  void a_slider() {
    ModelShelf shelf(resources_path(""), at::kCPU, at::kFloat);
    const auto first = use(shelf, {{unet_lora_, 0.5, 0.5}});
    for (int i = 0; i < 10; ++i)
      QVERIFY(use(shelf, {{unet_lora_, 0.1 * i, 0.1 * i}, {both_lora_, 1, 1 - 0.1 * i}}) != first);
    QVERIFY(use(shelf, {{unet_lora_, 0.5, 0.5}}) == first);
    QCOMPARE(shelf.loras().files_prepared(), 2);
    // More than are kept: the files stay, as each view uses them.
    for (int i = 0; i < 100; ++i) (void)use(shelf, {{unet_lora_, 0.01 * (i + 1), 0}});
    QVERIFY(use(shelf, {{unet_lora_, 0.5, 0.5}})->model != nullptr);
    QCOMPARE(shelf.loras().files_prepared(), 2);
    QCOMPARE(shelf.loads(), 1);
  }

  // Texts are encoded again only where the text encoders changed.
  void texts_are_shared() {
    ModelShelf shelf(resources_path(""), at::kCPU, at::kFloat);
    const auto states = [](LoadedModel& model) {
      return model.prompts.encode_negative("a text", 1).states;
    };
    const auto shared = [](LoadedModel& model) { return model.prompts.encode({"a text"}).states; };
    const auto base = use(shelf, {}), unet_only = use(shelf, {{unet_lora_, 1, 1}});
    const auto a = use(shelf, {{both_lora_, 0.5, 1}}), b = use(shelf, {{both_lora_, 0.7, 1}}),
               c = use(shelf, {{both_lora_, 0.7, 0.9}});
    QVERIFY(at::equal(states(*base), states(*unet_only)));
    QVERIFY(at::equal(states(*a), states(*b)));
    QVERIFY(relative_error(states(*a), states(*base)) > 0.01);
    QVERIFY(relative_error(states(*c), states(*b)) > 1e-4);
    QVERIFY(at::equal(shared(*b), shared(*a)));
  }

  void keys() {
    const ModelShelf shelf(resources_path(""), at::kCPU, at::kFloat);
    QCOMPARE(key(shelf, {}), std::string());
    QCOMPARE(key(shelf, {{unet_lora_, 0, 0}}), std::string());
    QCOMPARE(key(shelf, {{unet_lora_, 0, 1}}), std::string());  // it has nothing for texts
    const std::string one = key(shelf, {{unet_lora_, 1, 1}});
    QCOMPARE(key(shelf, {{unet_lora_, 1, 0.5}}), one);
    QVERIFY(key(shelf, {{unet_lora_, std::nextafter(1.0, 2.0), 1}}) != one);
    QVERIFY(key(shelf, {{both_lora_, 1, 1}}) != key(shelf, {{both_lora_, 1, 0}}));
    QVERIFY(key(shelf, {{both_lora_, 1, 0}}) != key(shelf, {{both_lora_, 0, 1}}));
    QVERIFY(key(shelf, {{unet_lora_, 1, 1}, {both_lora_, 1, 1}}) !=
            key(shelf, {{both_lora_, 1, 1}}));
    // Not the name: the content.
    const std::string copy = path("copy.safetensors");
    std::filesystem::copy_file(unet_lora_, copy);
    QCOMPARE(key(shelf, {{copy, 1, 1}}), one);
    write_lora(copy, lora_tensors(made_modules("unet", is_mid, 11), kohya));
    QVERIFY(key(shelf, {{copy, 1, 1}}) != one);
    // Alphas in the metadata count, other metadata does not.
    const Layout no_alpha = [](const MadeModule& made) {
      ModuleKeys keys = peft(made);
      keys.alpha.clear();
      return keys;
    };
    const auto with_metadata = [&](const Metadata& metadata) {
      write_lora(copy, lora_tensors(made_modules("unet", is_mid, 12), no_alpha), metadata);
      std::filesystem::last_write_time(
          copy, std::filesystem::last_write_time(copy) + std::chrono::seconds(++seconds_));
      return key(shelf, {{copy, 1, 1}});
    };
    const std::string plain = with_metadata({});
    QCOMPARE(with_metadata({{"author", "somebody"}}), plain);
    QVERIFY(with_metadata({{"lora_adapter_metadata", R"({"unet.lora_alpha": 77})"}}) != plain);
  }

  void a_replaced_file_is_read_again() {
    ModelShelf shelf(resources_path(""), at::kCPU, at::kFloat);
    const std::string file = path("replaced.safetensors");
    write_lora(file, lora_tensors(made_modules("unet", is_mid, 30), kohya));
    const auto before = use(shelf, {{file, 1, 1}});
    const Picture first = picture(*before);
    write_lora(file, lora_tensors(made_modules("unet", is_mid, 31), kohya));
    std::filesystem::last_write_time(
        file, std::filesystem::last_write_time(file) + std::chrono::seconds(5));
    const auto after = use(shelf, {{file, 1, 1}});
    QVERIFY(after != before);
    QVERIFY(picture(*after).latents_hash != first.latents_hash);
    QCOMPARE(picture(*before).latents_hash,
             first.latents_hash);  // who still holds it is not disturbed
  }

  // A job that holds a view keeps its model, though another is loaded meanwhile.
  void another_model_comes_and_goes() {
    ModelShelf shelf(resources_path(""), at::kCPU, at::kFloat);
    auto view = use(shelf, {{unet_lora_, 1, 1}});
    const Picture first = picture(*view);
    const std::string other = path("other");
    std::filesystem::copy(tiny_model(), other, std::filesystem::copy_options::recursive);
    QVERIFY(shelf.use(other, [](double) {}));
    QCOMPARE(shelf.loads(), 2);
    QCOMPARE(picture(*view).latents_hash, first.latents_hash);
    QVERIFY(use(shelf, {{unet_lora_, 1, 1}})->base == view->base);
    QCOMPARE(shelf.loads(), 2);
    view.reset();
  }

  void errors_leave_the_model() {
    ModelShelf shelf(resources_path(""), at::kCPU, at::kFloat);
    const auto base = use(shelf, {});
    const auto refused = shelf.use(
        {tiny_model(), std::vector<LoraUse>{{path("none.safetensors"), 1, 1}}}, [](double) {});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Io);
    QVERIFY(!shelf.lora_key({{path("none.safetensors"), 1, 1}}));
    QVERIFY(use(shelf, {}) == base);
    bool stopped = false;
    try {
      (void)shelf.use({tiny_model(), std::vector<LoraUse>{{unet_lora_, 1, 1}}}, [](double) {
        throw StopRequested{};
      });
    } catch (const StopRequested&) {
      stopped = true;
    }
    QVERIFY(stopped);
    QVERIFY(use(shelf, {{unet_lora_, 1, 1}})->base == base);
  }

 private:
  int seconds_ = 0;
};

QTEST_GUILESS_MAIN(TestLoraShelf)
#include "tst_lora_shelf.moc"
