// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// LoRA and DoRA beside the weights against the same merged into them, in every layout of file.
#include "core/model/lora_model.h"
#include "core/pipeline/prompts.h"
#include "tests/support/made_lora.h"
#include "tests/support/made_terms.h"

#include <ATen/ATen.h>
#include <QTemporaryDir>
#include <QtTest>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <fstream>

using namespace studio;
using namespace studio::testing;

namespace {

constexpr double kSingle = 1e-5, kDouble = 1e-12;

struct Weighted {
  std::vector<MadeModule> modules;
  double weight = 1;
};

std::vector<MadeModule> joined(std::vector<MadeModule> a, const std::vector<MadeModule>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

void add_magnitudes(std::vector<MadeModule>& modules) {
  for (MadeModule& made : modules) {
    const at::Tensor weight = tiny_weights(made.part)->tensor(made.path + ".weight").to(at::kFloat);
    made.magnitude = weight.flatten(1).norm(2, {1}) *
                     (1 + 0.3 * made_noise({weight.size(0)}, 7000 + made.path.size()));
  }
}

}  // namespace

class TestLora : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<const SdxlModel> single_, double_;
  QTemporaryDir folder_;
  int files_ = 0;

  std::string new_path(const std::string& ending = "") {
    return folder_.filePath(QString::number(files_++)).toStdString() + ending;
  }

  std::shared_ptr<const PreparedLora> prepared(const std::string& path, const SdxlModel& model) {
    auto file = LoraFile::open(path);
    if (!file) qFatal("%s", file.error().message.c_str());
    auto lora = prepare_lora(*file.value(), model, [] {});
    if (!lora) qFatal("%s", lora.error().message.c_str());
    return std::move(lora).value();
  }
  std::string written(const std::vector<MadeModule>& modules, const Layout& layout) {
    const std::string path = new_path(".safetensors");
    write_lora(path, lora_tensors(modules, layout));
    return path;
  }

  static std::vector<at::Tensor> predictions(const SdxlModel& model,
                                             bool shares = true,
                                             bool with_gradient = false) {
    const LayerCounts& counts = model.unet.self_attention_layers();
    const std::vector<UnetRow> rows{
        {},
        {.text = 1},
        {.text = 2},
        {0, layer_set("mid,u1", counts), seg_edit(1.5, counts), nullptr}};
    const at::Tensor x = made_noise({2, 4, 16, 24}, 80, model.dtype).requires_grad_(with_gradient);
    Conditioning conditioning = made_conditioning(model.unet, 2, model.dtype);
    auto made = model.unet.forward({x, 0, rows, shares, [] {}}, conditioning);
    for (at::Tensor& prediction : made) prediction = prediction.detach();
    return made;
  }
  // Both encoders' outputs for one text.
  static std::vector<at::Tensor> encodings(const SdxlModel& model) {
    const auto first = model.text_encoder_1.encode({model.tokenizer_1.encode("a red apple")},
                                                   model.tokenizer_1.eos());
    const auto second = model.text_encoder_2.encode({model.tokenizer_2.encode("a red apple")},
                                                    model.tokenizer_2.eos());
    return {first.states, second.states, second.pooled};
  }

  // The files' view of the model against the model with the same merged, in both precisions.
  void compare(const std::vector<std::string>& paths, const std::vector<Weighted>& loras) {
    std::vector<std::pair<std::vector<MadeModule>, double>> merged;
    for (const Weighted& lora : loras) merged.emplace_back(lora.modules, lora.weight);
    const std::string folder = new_path();
    write_merged(folder, merged);
    std::vector<at::Tensor> exact;  // of the merged model in fp64
    for (const auto& base : {double_, single_}) {
      const auto reference = load_test_model(folder, base->dtype);
      std::vector<LoraWeights> weights;
      for (std::size_t i = 0; i < paths.size(); ++i)
        weights.push_back({prepared(paths[i], *base), loras[i].weight, loras[i].weight});
      const auto view = with_loras(*base, weights);
      const double tolerance = base->dtype == at::kDouble ? kDouble : kSingle;
      const auto plain = predictions(*base), wanted = predictions(*reference);
      if (exact.empty()) exact = wanted;
      // A strong LoRA makes the network sensitive: as far as the merged one is from itself in fp64, at
      // worst and whichever operators it runs, the two orders of summing may part.
      double own = 0;
      for (const auto& its_own : {wanted, predictions(*reference, true, true)}) {
        for (std::size_t i = 0; i < exact.size(); ++i)
          own = std::max(own, relative_error(its_own[i], exact[i]));
      }
      for (const bool shares : {true, false}) {
        for (const bool with_gradient : {false, true}) {
          const auto got = predictions(*view, shares, with_gradient);
          for (std::size_t i = 0; i < wanted.size(); ++i)
            VERIFY_CLOSE(got[i], wanted[i], std::max(tolerance, 3 * own));
        }
      }
      const auto texts = encodings(*view), wanted_texts = encodings(*reference),
                 plain_texts = encodings(*base);
      for (std::size_t i = 0; i < texts.size(); ++i)
        VERIFY_CLOSE(texts[i], wanted_texts[i], tolerance);
      bool has_unet = false, has_text = false;
      for (const Weighted& lora : loras) {
        for (const MadeModule& made : lora.modules)
          (made.part == "unet" ? has_unet : has_text) = true;
      }
      // It matters what is compared: without the LoRA the numbers are far away.
      if (has_unet)
        QVERIFY(relative_error(plain[0], wanted[0]) > 0.01);
      else
        for (std::size_t i = 0; i < plain.size(); ++i)
          QVERIFY(at::equal(predictions(*view)[i], plain[i]));
      if (has_text)
        QVERIFY(relative_error(plain_texts[1], wanted_texts[1]) > 0.01);
      else
        for (std::size_t i = 0; i < texts.size(); ++i) QVERIFY(at::equal(texts[i], plain_texts[i]));
    }
  }

  static std::vector<MadeModule> whole(std::uint64_t seed) {
    return joined(joined(made_modules("unet", any_module, seed),
                         made_modules("text_encoder", any_module, seed + 5000)),
                  made_modules("text_encoder_2", any_module, seed + 6000));
  }

 private Q_SLOTS:
  void initTestCase() {
    single_ = load_test_model(tiny_model());
    const c10::InferenceMode guard;  // as the worker loads it
    double_ = load_test_model(tiny_model(), at::kDouble);
  }

  void layouts_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"kohya",
                             "kohya sgm",
                             "peft",
                             "peft named adapter",
                             "lora dotted",
                             "linear layer",
                             "dotted sgm",
                             "no prefix"}) {
      QTest::newRow(name) << QString(name);
    }
  }
  // Every linear layer and convolution of the model.
  void layouts() {
    QFETCH(QString, name);
    const auto dotted = [](const std::string& down, const std::string& up) {
      return [=](const MadeModule& made) {
        const std::string stem = made.part + "." + made.path;
        return ModuleKeys{stem + down, stem + up, stem + ".alpha", ""};
      };
    };
    const std::map<QString, Layout> layouts{
        {"kohya", kohya},
        {"kohya sgm", kohya_sgm},
        {"peft", peft},
        {"peft named adapter", dotted(".lora_A.default_0.weight", ".lora_B.default_0.weight")},
        {"lora dotted", dotted(".lora.down.weight", ".lora.up.weight")},
        {"linear layer", dotted(".lora_linear_layer.down.weight", ".lora_linear_layer.up.weight")},
        {"dotted sgm",
         [](const MadeModule& made) {
           const std::string stem =
               made.part == "unet"           ? "diffusion_model." + sgm_names(made.path, 2).back()
               : made.part == "text_encoder" ? "text_encoders.clip_l.transformer." + made.path
                                             : "text_encoders.clip_g.transformer." + made.path;
           return ModuleKeys{
               stem + ".lora_down.weight", stem + ".lora_up.weight", stem + ".alpha", ""};
         }},
        {"no prefix", [](const MadeModule& made) {
           return ModuleKeys{made.path + ".lora_A.weight",
                             made.path + ".lora_B.weight",
                             made.path + ".alpha",
                             ""};
         }}};
    const auto modules = name == "no prefix" ? made_modules("unet", any_module, 100) : whole(100);
    compare({written(modules, layouts.at(name))}, {{modules}});
  }

  // Files of the first diffusers releases: attention alone, no alpha.
  void attention_processors() {
    auto modules = made_modules("unet", is_attention, 200);
    for (MadeModule& made : modules) made.alpha = static_cast<double>(made.down.size(0));
    const Layout layout = [](const MadeModule& made) {
      std::string path = made.path;
      if (path.ends_with(".to_out.0")) path.resize(path.size() - 2);
      const std::size_t dot = path.rfind('.');
      const std::string stem =
          "unet." + path.substr(0, dot) + ".processor" + path.substr(dot) + "_lora";
      return ModuleKeys{stem + ".down.weight", stem + ".up.weight", "", ""};
    };
    compare({written(modules, layout)}, {{modules}});
  }

  // Old text encoder names, and OpenCLIP's joined projection.
  void text_encoder_names() {
    const auto first = made_modules(
        "text_encoder",
        [](const std::string& path) { return path.find("_proj") != std::string::npos; },
        300);
    auto second = made_modules(
        "text_encoder_2",
        [](const std::string& path) {
          return path.find(".mlp.") != std::string::npos || path.ends_with("out_proj");
        },
        310);
    Tensors tensors = lora_tensors(first, [](const MadeModule& made) {
      std::string path = made.path;
      for (const char* const letter : {"q", "k", "v"}) {
        if (path.ends_with(std::string(letter) + "_proj"))
          path.replace(path.size() - 6, 6, std::string("to_") + letter);
      }
      if (path.ends_with("out_proj")) path.replace(path.size() - 8, 8, "to_out");
      const std::string stem = "text_encoder." + path;
      return ModuleKeys{
          stem + "_lora.down.weight", stem + "_lora.up.weight", stem + "_lora.alpha", ""};
    });
    const Tensors clip = lora_tensors(second, [](const MadeModule& made) {
      std::string path = made.path;
      const std::map<std::string, std::string> names{{"self_attn.out_proj", "attn.out_proj"},
                                                     {"mlp.fc1", "mlp.c_fc"},
                                                     {"mlp.fc2", "mlp.c_proj"}};
      for (const auto& [from, to] : names) {
        if (path.ends_with(from)) path.replace(path.size() - from.size(), from.size(), to);
      }
      path.replace(0, std::string("text_model.encoder.layers").size(), "transformer.resblocks");
      return kohya_keys(made, path);
    });
    tensors.insert(tensors.end(), clip.begin(), clip.end());
    // in_proj: one pair over the rows of q, k and v.
    const std::string attention = "text_model.encoder.layers.1.self_attn.";
    const std::int64_t width = 32;
    MadeModule all =
        made_module("text_encoder_2", "in_proj", made_noise({3 * width, width}, 320) * 0.1, 4, 321);
    const std::string stem = "lora_te2_transformer_resblocks_1_attn_in_proj";
    tensors.emplace_back(stem + ".lora_down.weight", all.down);
    tensors.emplace_back(stem + ".lora_up.weight", all.up);
    tensors.emplace_back(stem + ".alpha", at::scalar_tensor(all.alpha, at::kFloat));
    const char* const parts[] = {"q_proj", "k_proj", "v_proj"};
    for (int i = 0; i < 3; ++i) {
      second.push_back({"text_encoder_2",
                        attention + parts[i],
                        all.down,
                        all.up.narrow(0, i * width, width),
                        {},
                        all.alpha});
    }
    const std::string path = new_path(".safetensors");
    write_lora(path, tensors);
    compare({path}, {{joined(first, second)}});
  }

  void alpha_in_metadata() {
    auto modules = whole(400);
    for (MadeModule& made : modules) {
      const double rank = static_cast<double>(made.down.size(0));
      if (made.part == "unet")
        made.alpha = made.path.ends_with("attn1.to_q") ? 3 : made.path == "conv_in" ? 5 : 8;
      else if (made.part == "text_encoder")
        made.alpha = 2 * std::sqrt(rank);  // rsLoRA: alpha / sqrt(r)
      else
        made.alpha = rank;
    }
    const Layout layout = [](const MadeModule& made) {
      ModuleKeys keys = peft(made);
      keys.alpha.clear();
      return keys;
    };
    const std::string path = new_path(".safetensors");
    write_lora(
        path,
        lora_tensors(modules, layout),
        {{"lora_adapter_metadata",
          R"({"unet.r": 4, "unet.lora_alpha": 8, "unet.alpha_pattern": {"attn1.to_q": 3, "^conv_in": 5},
                  "unet.rank_pattern": {}, "unet.use_rslora": false, "text_encoder.lora_alpha": 2, "text_encoder.use_rslora": true,
                  "text_encoder.peft_type": "LORA"})"}});
    compare({path}, {{modules}});
  }

  void settings_beside_a_peft_export() {
    auto modules = made_modules("unet", any_module, 450);
    for (MadeModule& made : modules) made.alpha = 12;
    const std::string folder = new_path();
    std::filesystem::create_directory(folder);
    std::ofstream(folder + "/adapter_config.json")
        << R"({"peft_type": "LORA", "r": 4, "lora_alpha": 12, "alpha_pattern": {}})";
    const std::string path = folder + "/adapter_model.safetensors";
    write_lora(path, lora_tensors(modules, [](const MadeModule& made) {
                 const std::string stem = "base_model.model." + made.path;
                 return ModuleKeys{stem + ".lora_A.weight", stem + ".lora_B.weight", "", ""};
               }));
    compare({path}, {{modules}});
  }

  // diffusers keeps its own of two namings; here the sgm pairs are twice as large.
  void sgm_twins_give_way() {
    const auto modules = made_modules("unet", is_attention, 500);
    auto louder = modules;
    for (MadeModule& made : louder) made.up = made.up * 2;
    for (const bool sgm_first : {true, false}) {
      const Tensors own = lora_tensors(modules, kohya), sgm = lora_tensors(louder, kohya_sgm);
      Tensors tensors = sgm_first ? sgm : own;
      const Tensors& second = sgm_first ? own : sgm;
      tensors.insert(tensors.end(), second.begin(), second.end());
      const std::string path = new_path(".safetensors");
      write_lora(path, tensors);
      compare({path}, {{modules}});
    }
  }

  void several_at_once() {
    const auto first = whole(600), second = made_modules("unet", is_attention, 700),
               third = whole(800);
    compare({written(first, kohya), written(second, kohya_sgm), written(third, peft)},
            {{first, 0.7}, {second, -1.3}, {third, 0.2}});
  }

  void dora_data() {
    QTest::addColumn<double>("weight");
    for (const double weight : {1.0, 0.35, -0.5, 2.0})
      QTest::newRow(qPrintable(QString::number(weight))) << weight;
  }
  // Convolutions, fused layers, biases: W' = g (W + w dW) / |W + w dW|.
  void dora() {
    QFETCH(double, weight);
    auto modules = whole(900);
    add_magnitudes(modules);
    compare({written(modules, kohya)}, {{modules, weight}});
    compare({written(modules, peft)}, {{modules, weight}});
  }
  // Of several, each scales what the ones before have made.
  void dora_among_others() {
    auto first = whole(1000), second = whole(1100);
    add_magnitudes(second);
    const auto third = made_modules("unet", any_module, 1200);
    compare({written(first, kohya), written(second, kohya), written(third, kohya)},
            {{first, 0.4}, {second, 0.8}, {third, 0.6}});
  }

  // Weights of 0 leave a part as it is, to the bit; so does taking LoRAs off.
  void off_is_off() {
    const auto hash = [](const SdxlModel& model) {
      SdxlModel copy = model;
      TensorHash all;
      const LayerVisitor add = [&](const NamedLayer& layer) {
        for (const LayerRows& rows : layer.rows)
          all.add(rows.linear != nullptr ? rows.linear->weight() : rows.convolution->weight());
      };
      copy.unet.visit_layers(add);
      copy.text_encoder_1.visit_layers(add);
      copy.text_encoder_2.visit_layers(add);
      return all.finish();
    };
    auto modules = whole(1300);
    add_magnitudes(modules);
    const auto before = predictions(*single_), texts_before = encodings(*single_);
    const std::string weights_before = hash(*single_);
    const auto lora = prepared(written(modules, kohya), *single_);
    const auto on = with_loras(*single_, std::vector<LoraWeights>{{lora, 1, 1}});
    QVERIFY(relative_error(predictions(*on)[0], before[0]) > 0.01);
    QVERIFY(relative_error(encodings(*on)[0], texts_before[0]) > 0.01);
    QCOMPARE(hash(*single_), weights_before);
    QCOMPARE(hash(*on), weights_before);
    const auto equal = [](const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
      for (std::size_t i = 0; i < a.size(); ++i) {
        if (!at::equal(a[i], b[i])) return false;
      }
      return a.size() == b.size();
    };
    QVERIFY(equal(predictions(*single_), before));
    QVERIFY(equal(encodings(*single_), texts_before));
    const auto zero = with_loras(*single_, std::vector<LoraWeights>{{lora, 0, 0}});
    QVERIFY(equal(predictions(*zero), before));
    QVERIFY(equal(encodings(*zero), texts_before));
    const auto text_only = with_loras(*single_, std::vector<LoraWeights>{{lora, 0, 1}});
    QVERIFY(equal(predictions(*text_only), before));
    QVERIFY(equal(encodings(*text_only), encodings(*on)));
  }

  // Two views of one model in turn, step by step, as a live job between the steps of a sweep.
  void views_interleave() {
    const auto modules = whole(1400);
    const auto lora = prepared(written(modules, kohya), *single_);
    const auto a = with_loras(*single_, std::vector<LoraWeights>{{lora, 0.5, 0.5}}),
               b = with_loras(*single_, std::vector<LoraWeights>{{lora, -1, -1}});
    const std::vector<UnetRow> rows{{}, {.text = 2}};
    const std::vector<double> times{801, 601, 401, 201};
    const auto start = [&](const SdxlModel& model) {
      return made_conditioning(model.unet, 1, at::kFloat, times);
    };
    const auto step =
        [&](const SdxlModel& model, Conditioning& conditioning, at::Tensor& x, int i) {
          const auto made = model.unet.forward({x, i, rows, true, [] {}}, conditioning);
          x = x - 0.2 * (made[0] + 0.5 * (made[1] - made[0]));
        };
    const auto alone = [&](const SdxlModel& model) {
      at::Tensor x = made_noise({1, 4, 16, 16}, 90);
      Conditioning conditioning = start(model);
      for (int i = 0; i < 4; ++i) step(model, conditioning, x, i);
      return x;
    };
    const at::Tensor a_alone = alone(*a), b_alone = alone(*b), base_alone = alone(*single_);
    at::Tensor xa = made_noise({1, 4, 16, 16}, 90), xb = xa.clone(), x = xa.clone();
    Conditioning ca = start(*a), cb = start(*b), c = start(*single_);
    for (int i = 0; i < 4; ++i) {
      step(*a, ca, xa, i);
      step(*b, cb, xb, i);
      step(*single_, c, x, i);
    }
    QVERIFY(at::equal(xa, a_alone));
    QVERIFY(at::equal(xb, b_alone));
    QVERIFY(at::equal(x, base_alone));
    QVERIFY(relative_error(xa, xb) > 0.01);
    QVERIFY(relative_error(xa, x) > 0.01);
  }

  // What diffusers makes of files in kohya's layout and of files that it has saved itself.
  void as_diffusers_does_data() {
    QTest::addColumn<QString>("name");
    for (const char* const name : {"kohya", "peft", "dora", "two"})
      QTest::newRow(name) << QString(name);
  }
  void as_diffusers_does() {
    QFETCH(QString, name);
    const auto expected = load_golden("lora", name.toStdString() + ".expected");
    std::vector<LoraWeights> loras;
    const auto weights = nlohmann::json::parse(expected->metadata().at("weights"));
    const auto add = [&](const std::string& file) {
      if (!weights.contains(file)) return;
      const double weight = weights[file].get<double>();
      loras.push_back({prepared(tests_path("golden/lora/" + file), *single_), weight, weight});
    };
    for (const char* const file :
         {"kohya.lora.safetensors", "peft.lora.safetensors", "dora.lora.safetensors"})
      add(file);
    QCOMPARE(loras.size(), weights.size());
    const auto view = with_loras(*single_, loras);
    PromptEncoder prompts(view);
    const TextInput text = prompts.encode({expected->metadata().at("prompt")});
    VERIFY_CLOSE(text.states.narrow(1, 0, 8), expected->tensor("prompt_embeds"), kSingle);
    VERIFY_CLOSE(text.pooled, expected->tensor("pooled"), kSingle);
    Conditioning conditioning =
        view->unet.condition({text}, {TimeIds{{64, 64, 0, 0, 64, 64}}}, {601.0});
    const std::vector<UnetRow> rows{{}};
    const auto made =
        view->unet.forward({expected->tensor("latents"), 0, rows, true, [] {}}, conditioning);
    VERIFY_CLOSE(made[0], expected->tensor("prediction"), kSingle);
  }

  // In half precision the sum is right to half precision.
  void half_precision() {
    const auto modules = whole(1500);
    const auto narrow = load_test_model(tiny_model(), at::kBFloat16);
    const auto view = with_loras(
        *narrow, std::vector<LoraWeights>{{prepared(written(modules, kohya), *narrow), 1, 1}});
    const std::string folder = new_path();
    write_merged(folder, {{modules, 1.0}});
    const auto wanted = predictions(*load_test_model(folder, at::kFloat));
    const auto merged = predictions(*load_test_model(folder, at::kBFloat16)),
               got = predictions(*view);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const double own = relative_error(merged[i], wanted[i]);
      QVERIFY(own < 0.1);
      VERIFY_CLOSE(got[i], wanted[i], 2 * own);
    }
  }

  void original_names_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("names");
    const auto row = [](const char* path, const char* names) {
      QTest::newRow(path) << QString(path) << QString(names);
    };
    row("conv_in", "input_blocks.0.0");
    row("conv_out", "out.2");
    row("time_embedding.linear_2", "time_embed.2");
    row("add_embedding.linear_1", "label_emb.0.0");
    row("down_blocks.0.resnets.1.conv1", "input_blocks.2.0.in_layers.2");
    row("down_blocks.0.downsamplers.0.conv", "input_blocks.3.0.op");
    row("down_blocks.1.resnets.0.conv_shortcut", "input_blocks.4.0.skip_connection");
    row("down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q",
        "input_blocks.4.1.transformer_blocks.0.attn1.to_q");
    row("down_blocks.2.attentions.1.transformer_blocks.9.ff.net.0.proj",
        "input_blocks.8.1.transformer_blocks.9.ff.net.0.proj");
    row("mid_block.resnets.0.time_emb_proj", "middle_block.0.emb_layers.1");
    row("mid_block.attentions.0.proj_out", "middle_block.1.proj_out");
    row("mid_block.resnets.1.conv2", "middle_block.2.out_layers.3");
    row("up_blocks.0.attentions.2.proj_in", "output_blocks.2.1.proj_in");
    row("up_blocks.0.upsamplers.0.conv", "output_blocks.2.1.conv output_blocks.2.2.conv");
    row("up_blocks.1.resnets.0.conv1", "output_blocks.3.0.in_layers.2");
    row("up_blocks.2.resnets.2.conv2", "output_blocks.8.0.out_layers.3");
    row("up_blocks.2.resnets.2.norm1", "");
    row("up_blocks.x.resnets.2.conv1", "");
    row("up_blocks.99999999999999999999.resnets.2.conv1", "");
  }
  void original_names() {
    QFETCH(QString, path);
    QFETCH(QString, names);
    QString found;
    for (const std::string& name : sgm_names(path.toStdString(), 2))
      found += (found.isEmpty() ? "" : " ") + QString::fromStdString(name);
    QCOMPARE(found, names);
  }
};

QTEST_GUILESS_MAIN(TestLora)
#include "tst_lora.moc"
