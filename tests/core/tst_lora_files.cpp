// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// LoRA files that are refused, each with its sentence, and what is told of those that are not.
#include "core/model/lora_model.h"
#include "tests/support/made_lora.h"

#include <ATen/ATen.h>
#include <QTemporaryDir>
#include <QtTest>

#include <fstream>

using namespace studio;
using namespace studio::testing;

namespace {

std::vector<MadeModule> few_modules() {
  return made_modules(
      "unet",
      [](const std::string& path) {
        return path.starts_with("mid_block.") && path.find("attn") != std::string::npos;
      },
      1);
}

Tensors with(Tensors tensors, const Tensors& more) {
  tensors.insert(tensors.end(), more.begin(), more.end());
  return tensors;
}

Tensors without(Tensors tensors, const std::string& name) {
  std::erase_if(tensors, [&](const auto& tensor) { return tensor.first == name; });
  return tensors;
}

at::Tensor ones(at::IntArrayRef shape) { return at::ones(shape); }

const std::string kQuery = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q";

}  // namespace

class TestLoraFiles : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<const SdxlModel> model_;
  QTemporaryDir folder_;
  int files_ = 0;

  std::string new_path() {
    return folder_.filePath(QString::number(files_++) + ".safetensors").toStdString();
  }
  std::string written(const Tensors& tensors, const Metadata& metadata = {}) {
    const std::string path = new_path();
    write_lora(path, tensors, metadata);
    return path;
  }
  // The sentence that opening or preparing the file ends with; "" when all is well.
  std::string problem(const std::string& path) {
    auto file = LoraFile::open(path);
    if (!file) return file.error().message;
    auto lora = prepare_lora(*file.value(), *model_, [] {});
    return lora ? "" : lora.error().message;
  }

 private Q_SLOTS:
  void initTestCase() { model_ = load_test_model(tiny_model()); }

  void refusals_data() {
    QTest::addColumn<QString>("part");
    const Tensors good = lora_tensors(few_modules(), kohya);
    const auto row = [&](const char* name,
                         const Tensors& tensors,
                         const char* part,
                         const Metadata& metadata = {}) {
      QTest::newRow(name) << QString::fromLatin1(part);
      rows_[name] = {tensors, metadata};
    };
    const std::string stem = "lora_unet_mid_block_attentions_0_proj_in";
    row("LoHa",
        with(good, {{stem + ".hada_w1_a", ones({32, 4})}}),
        "holds LoHa (\"lora_unet_mid_block_attentions_0_proj_in.hada_w1_a\"), which is not "
        "supported");
    row("LoKr",
        {{stem + ".lokr_w1", ones({4, 4})}, {stem + ".lokr_w2", ones({8, 8})}},
        "holds LoKr");
    row("OFT", {{stem + ".oft_blocks", ones({4, 8, 8})}}, "holds OFT");
    row("OFT of PEFT",
        {{"unet.mid_block.attentions.0.proj_in.oft_R.weight", ones({4, 8})}},
        "holds OFT");
    row("BOFT",
        {{"unet.mid_block.attentions.0.proj_in.boft_R.default", ones({1, 4, 8, 8})}},
        "holds BOFT");
    row("IA3", {{stem + ".weight", ones({32})}, {stem + ".on_input", ones({})}}, "holds (IA)^3");
    row("IA3 of PEFT",
        {{"unet.mid_block.attentions.0.proj_in.ia3_l", ones({32, 1})}},
        "holds (IA)^3");
    row("GLoRA",
        {{stem + ".a1.weight", ones({4, 32})}, {stem + ".a2.weight", ones({32, 4})}},
        "holds GLoRA");
    row("full difference", {{stem + ".diff", ones({32, 32})}}, "holds full weight difference");
    row("norm difference",
        with(good, {{"lora_unet_conv_norm_out.w_norm", ones({32})}}),
        "holds norm difference");
    row("Tucker",
        with(good, {{"lora_unet_conv_in.lora_mid.weight", ones({4, 4, 3, 3})}}),
        "holds LoCon with a Tucker decomposition");
    row("biases", with(good, {{stem + ".lora_up.bias", ones({32})}}), "holds LoRA with biases");
    row("bundled embedding",
        with(good, {{"bundle_emb.word.string_to_param.*", ones({1, 32})}}),
        "holds textual inversion");
    row("checkpoint",
        {{"model.diffusion_model.out.2.weight", ones({4, 32, 3, 3})},
         {"first_stage_model.quant_conv.weight", ones({8, 8, 1, 1})}},
        "holds a whole model (checkpoint), not a LoRA");
    row("UNet",
        {{"down_blocks.0.resnets.0.conv1.weight", ones({4, 4, 3, 3})}},
        "holds the weights of a UNet, not a LoRA");
    row("text encoder",
        {{"text_model.encoder.layers.0.mlp.fc1.weight", ones({4, 4})}},
        "holds the weights of a text encoder, not a LoRA");
    row("embedding",
        {{"clip_l", ones({1, 32})}, {"clip_g", ones({1, 32})}},
        "holds a textual inversion, not a LoRA");
    row("something else",
        {{"alpha", ones({})}, {"hello", ones({2})}},
        "there is no LoRA in it: its first tensor is \"alpha\"");
    row("empty", {}, "there is no LoRA in it");
    row("Flux of kohya",
        {{"lora_unet_double_blocks_0_img_attn_proj.lora_down.weight", ones({4, 8})},
         {"lora_unet_double_blocks_0_img_attn_proj.lora_up.weight", ones({8, 4})}},
        "made for Flux, not for SDXL");
    row("Flux of diffusers",
        {{"transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight", ones({4, 8})},
         {"transformer.single_transformer_blocks.0.attn.to_q.lora_B.weight", ones({8, 4})}},
        "made for Flux, not for SDXL");
    row("SD 3",
        {{"transformer.transformer_blocks.0.attn.add_k_proj.lora_A.weight", ones({4, 8})},
         {"transformer.transformer_blocks.0.attn.add_k_proj.lora_B.weight", ones({8, 4})}},
        "made for Stable Diffusion 3, not for SDXL");
    row("another transformer",
        {{"transformer.transformer_blocks.0.attn1.to_q.lora_A.weight", ones({4, 8})},
         {"transformer.transformer_blocks.0.attn1.to_q.lora_B.weight", ones({8, 4})}},
        "made for a diffusion transformer, not for SDXL");
    const std::string cross =
        "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k";
    for (const auto& [width, name] : {std::pair{768, "Stable Diffusion 1.x"},
                                      {1024, "Stable Diffusion 2.x"},
                                      {2048, "SDXL"},
                                      {99, "another model"}}) {
      const std::string sentence = "made for " + std::string(name) +
                                   ": its cross-attention takes texts of " + std::to_string(width) +
                                   " numbers a token, that of this model 64";
      row(name,
          with(good,
               {{cross + ".lora_down.weight", ones({4, width})},
                {cross + ".lora_up.weight", ones({32, 4})}}),
          sentence.c_str());
    }
    row("unknown part",
        with(good,
             {{"something.lora_A.weight", ones({4, 8})},
              {"something.lora_B.weight", ones({8, 4})},
              {"other", ones({1})}}),
        "3 tensors belong to no part of an SDXL model: something.lora_A.weight, "
        "something.lora_B.weight, other");
    row("unknown module",
        with(good,
             {{"lora_unet_mid_block_attentions_1_proj_in.lora_down.weight", ones({4, 32})},
              {"lora_unet_mid_block_attentions_1_proj_in.lora_up.weight", ones({32, 4})}}),
        "1 module is none of this model: lora_unet_mid_block_attentions_1_proj_in");
    Tensors many;
    for (int i = 0; i < 11; ++i) {
      const std::string name =
          "lora_te1_text_model_encoder_layers_" + std::to_string(40 + i) + "_mlp_fc1";
      many.insert(
          many.end(),
          {{name + ".lora_down.weight", ones({4, 32})}, {name + ".lora_up.weight", ones({64, 4})}});
    }
    row("many unknown modules", many, "layers_47_mlp_fc1 and 3 more");
    row("other shape",
        with(good,
             {{stem + ".lora_down.weight", ones({4, 31})},
              {stem + ".lora_up.weight", ones({32, 4})}}),
        "1 module does not fit its layer of this model: lora_unet_mid_block_attentions_0_proj_in "
        "(down [4, 31], up [32, 4], but the layer is [32, 32])");
    row("other kernel",
        with(good,
             {{"lora_unet_conv_in.lora_down.weight", ones({4, 4, 1, 1})},
              {"lora_unet_conv_in.lora_up.weight", ones({32, 4, 1, 1})}}),
        "down [4, 4, 1, 1], up [32, 4, 1, 1], but the layer is [32, 4, 3, 3]");
    row("named twice",
        with(good,
             {{"unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight",
               ones({4, 32})},
              {"unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.weight",
               ones({32, 4})}}),
        "are the same module, mid_block.attentions.0.transformer_blocks.0.attn1.to_q");
    row("up is missing", without(good, kQuery + ".lora_up.weight"), "is incomplete: up is missing");
    row("down is missing",
        without(good, kQuery + ".lora_down.weight"),
        "is incomplete: down is missing");
    row("alpha alone",
        with(good, {{stem + ".alpha", ones({})}}),
        "is incomplete: the pair is missing");
    row("no pair",
        with(good,
             {{stem + ".lora_down.weight", ones({4, 32})},
              {stem + ".lora_up.weight", ones({32, 5})}}),
        "down of shape [4, 32] and an up of shape [32, 5], which are no pair");
    row("rank 0",
        with(good,
             {{stem + ".lora_down.weight", at::zeros({0, 32})},
              {stem + ".lora_up.weight", at::zeros({32, 0})}}),
        "which are no pair");
    row("large up kernel",
        with(good,
             {{stem + ".lora_down.weight", ones({4, 32})},
              {stem + ".lora_up.weight", ones({32, 4, 3, 3})}}),
        "which are no pair");
    row("whole numbers",
        with(good,
             {{stem + ".lora_down.weight", ones({4, 32}).to(at::kInt)},
              {stem + ".lora_up.weight", ones({32, 4})}}),
        "holds I32, not floating-point numbers");
    row("alpha of two",
        with(without(good, kQuery + ".alpha"), {{kQuery + ".alpha", ones({2})}}),
        "has the shape [2], but is one number");
    row("alpha not finite",
        with(without(good, kQuery + ".alpha"),
             {{kQuery + ".alpha", at::scalar_tensor(std::nan(""))}}),
        "is not a finite number");
    at::Tensor broken = at::ones({32, 4});
    broken[3][1] = INFINITY;
    row("values not finite",
        with(good,
             {{stem + ".lora_down.weight", ones({4, 32})}, {stem + ".lora_up.weight", broken}}),
        "has values that are not finite");
    const Tensors pair{{stem + ".lora_down.weight", ones({4, 32})},
                       {stem + ".lora_up.weight", ones({32, 4})}};
    row("magnitudes of inputs",
        with(pair, {{stem + ".dora_scale", ones({1, 32})}}),
        "DoRA with magnitudes [1, 32] of its inputs, which is not supported");
    row("wrong magnitudes",
        with(pair, {{stem + ".dora_scale", ones({31, 1})}}),
        "has magnitudes of shape [31, 1], but 32 outputs");
    row("settings are no JSON",
        good,
        "the LoRA settings in the metadata",
        {{"lora_adapter_metadata", "{"}});
    row("settings are a list", good, "are no object", {{"lora_adapter_metadata", "[]"}});
    row("alpha is a word",
        good,
        "\"unet.lora_alpha\" is of an unknown kind",
        {{"lora_adapter_metadata", R"({"unet.lora_alpha": "much"})"}});
    row("pattern is an expression",
        good,
        "\"unet.alpha_pattern.attn[12]\" is of an unknown kind",
        {{"lora_adapter_metadata", R"({"unet.alpha_pattern": {"attn[12]": 4}})"}});
  }
  void refusals() {
    QFETCH(QString, part);
    const auto& [tensors, metadata] = rows_.at(QTest::currentDataTag());
    const std::string path = written(tensors, metadata), found = problem(path);
    QVERIFY2(QString::fromStdString(found).contains(part), found.c_str());
    QVERIFY2(found.find(path) != std::string::npos, found.c_str());  // it says which file
    // The same file in a report is no crash either.
    if (is_adapter_file(path)) (void)inspect_lora(path);
  }

  void other_files() {
    QVERIFY(QString::fromStdString(problem("/nowhere/at/all.safetensors"))
                .contains("/nowhere/at/all.safetensors"));
    const std::string pickle = folder_.filePath("lora.pt").toStdString();
    std::ofstream(pickle) << "x";
    QVERIFY(QString::fromStdString(problem(pickle)).contains("a format that can run code"));
    const std::string text = new_path();
    std::ofstream(text) << "not a file of tensors";
    QVERIFY(!problem(text).empty());
    QVERIFY(!is_adapter_file(text));
  }

  // Each tensor of a good file in turn missing, flattened, turned to another type, or named
  // otherwise: a sentence or a file that works, never more.
  void damaged_in_one_place() {
    auto modules = few_modules();
    for (MadeModule& made : modules) made.magnitude = at::ones({made.up.size(0)});
    const Tensors good = lora_tensors(modules, kohya);
    QCOMPARE(problem(written(good)), std::string());
    int refused = 0, accepted = 0;
    for (std::size_t i = 0; i < good.size(); ++i) {
      for (int damage = 0; damage < 5; ++damage) {
        Tensors tensors = good;
        auto& [name, tensor] = tensors[i];
        if (damage == 0)
          tensors.erase(tensors.begin() + static_cast<std::ptrdiff_t>(i));
        else if (damage == 1)
          tensor = tensor.flatten();
        else if (damage == 2)
          tensor = tensor.to(at::kHalf);
        else if (damage == 3)
          name += "x";
        else
          tensor = at::zeros({0});
        (problem(written(tensors)).empty() ? accepted : refused) += 1;
      }
    }
    QVERIFY(refused > accepted);
    QVERIFY(accepted > 0);  // half precision, an alpha that is missing
  }

  void report_of_a_file() {
    auto modules = made_modules("unet", any_module, 40);
    const auto text = made_modules("text_encoder_2", any_module, 41);
    for (MadeModule& made : modules) {
      if (made.path.find("attn1.to_q") != std::string::npos)
        made.magnitude = at::ones({made.up.size(0)});
      made.alpha = 4;
    }
    std::size_t larger = 0, magnitudes = 0;
    for (const MadeModule& made : modules) {
      larger += made.down.dim() == 4 && made.down.size(2) > 1 ? 1 : 0;
      magnitudes += made.magnitude.defined() ? 1 : 0;
    }
    const std::string path =
        written(with(lora_tensors(modules, kohya_sgm), lora_tensors(text, kohya)));
    QVERIFY(is_adapter_file(path));
    const ModelReport report = inspect_lora(path);
    QCOMPARE(report.kind, std::string("DoRA, kohya names"));
    QVERIFY(report.loadable);
    QCOMPARE(report.parts.size(), std::size_t{2});
    QCOMPARE(report.parts[0].name, std::string("unet"));
    QCOMPARE(report.parts[1].name, std::string("text_encoder_2"));
    const QString details = QString::fromStdString(report.parts[0].details);
    QVERIFY2(details.startsWith(QString::number(modules.size()) + " modules, rank 1 ("),
             qPrintable(details));
    QVERIFY2(details.contains("alpha 4, " + QString::number(larger) + " larger convolutions, " +
                              QString::number(magnitudes) + " with magnitudes (DoRA)"),
             qPrintable(details));
    QCOMPARE(report.parts[0].dtype, std::string("F32"));
    QCOMPARE(report.parts[0].tensors, static_cast<std::int64_t>(2 * modules.size() + magnitudes));
    const ModelReport through_model = inspect_model(path);
    QCOMPARE(through_model.kind, report.kind);
    const std::string old_cross =
        "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k";
    const ModelReport old =
        inspect_model(written({{old_cross + ".lora_down.weight", ones({4, 768})},
                               {old_cross + ".lora_up.weight", ones({32, 4})}}));
    QCOMPARE(old.kind, std::string("LoRA for Stable Diffusion 1.x, kohya names"));
    QVERIFY(!old.loadable);
    QVERIFY(QString::fromStdString(old.parts.at(0).problem).contains("not for SDXL"));
    const ModelReport refused =
        inspect_model(written({{"lora_unet_conv_in.hada_w1_a", ones({4, 4})}}));
    QVERIFY(!refused.loadable);
    QVERIFY(QString::fromStdString(refused.parts.at(0).problem).contains("LoHa"));
  }

 private:
  std::map<std::string, std::pair<Tensors, Metadata>> rows_;
};

QTEST_GUILESS_MAIN(TestLoraFiles)
#include "tst_lora_files.moc"
