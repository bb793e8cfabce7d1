// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The two namings of a model's tensors: pairs written by hand, and every tensor of the tiny model there and
// back; what a file is, told from names and shapes.
#include <QTest>

#include <set>

#include "core/weights/model_kind.h"
#include "core/weights/single_file.h"

using namespace studio;

namespace {

const std::string kTiny = STUDIO_TESTS_DIR "/golden/models/tiny-sdxl";

struct Pair {
  WeightPart part;
  const char *single, *diffusers;
  TensorChange change = TensorChange::None;
  int third = 0;
};

// SDXL's own sizes, from the published files.
const std::vector<Pair> kPairs = {
    {WeightPart::Unet, "input_blocks.0.0.weight", "conv_in.weight"},
    {WeightPart::Unet, "time_embed.2.bias", "time_embedding.linear_2.bias"},
    {WeightPart::Unet, "label_emb.0.0.weight", "add_embedding.linear_1.weight"},
    {WeightPart::Unet, "label_emb.0.2.weight", "add_embedding.linear_2.weight"},
    {WeightPart::Unet, "input_blocks.1.0.in_layers.0.weight", "down_blocks.0.resnets.0.norm1.weight"},
    {WeightPart::Unet, "input_blocks.2.0.out_layers.3.bias", "down_blocks.0.resnets.1.conv2.bias"},
    {WeightPart::Unet, "input_blocks.3.0.op.weight", "down_blocks.0.downsamplers.0.conv.weight"},
    {WeightPart::Unet, "input_blocks.4.0.skip_connection.weight", "down_blocks.1.resnets.0.conv_shortcut.weight"},
    {WeightPart::Unet, "input_blocks.4.1.transformer_blocks.1.attn1.to_q.weight", "down_blocks.1.attentions.0.transformer_blocks.1.attn1.to_q.weight"},
    {WeightPart::Unet, "input_blocks.5.0.emb_layers.1.weight", "down_blocks.1.resnets.1.time_emb_proj.weight"},
    {WeightPart::Unet, "input_blocks.8.1.transformer_blocks.9.ff.net.0.proj.bias", "down_blocks.2.attentions.1.transformer_blocks.9.ff.net.0.proj.bias"},
    {WeightPart::Unet, "middle_block.0.in_layers.2.weight", "mid_block.resnets.0.conv1.weight"},
    {WeightPart::Unet, "middle_block.1.proj_in.weight", "mid_block.attentions.0.proj_in.weight"},
    {WeightPart::Unet, "middle_block.2.out_layers.0.weight", "mid_block.resnets.1.norm2.weight"},
    {WeightPart::Unet, "output_blocks.0.1.norm.weight", "up_blocks.0.attentions.0.norm.weight"},
    {WeightPart::Unet, "output_blocks.2.2.conv.weight", "up_blocks.0.upsamplers.0.conv.weight"},
    {WeightPart::Unet, "output_blocks.5.2.conv.bias", "up_blocks.1.upsamplers.0.conv.bias"},
    {WeightPart::Unet, "output_blocks.5.1.proj_out.weight", "up_blocks.1.attentions.2.proj_out.weight"},
    {WeightPart::Unet, "output_blocks.8.0.skip_connection.bias", "up_blocks.2.resnets.2.conv_shortcut.bias"},
    {WeightPart::Unet, "out.0.weight", "conv_norm_out.weight"},
    {WeightPart::Unet, "out.2.weight", "conv_out.weight"},
    {WeightPart::Vae, "encoder.down.1.block.0.nin_shortcut.weight", "encoder.down_blocks.1.resnets.0.conv_shortcut.weight"},
    {WeightPart::Vae, "encoder.down.2.downsample.conv.weight", "encoder.down_blocks.2.downsamplers.0.conv.weight"},
    {WeightPart::Vae, "decoder.up.3.block.0.conv1.weight", "decoder.up_blocks.0.resnets.0.conv1.weight"},
    {WeightPart::Vae, "decoder.up.0.block.2.norm2.weight", "decoder.up_blocks.3.resnets.2.norm2.weight"},
    {WeightPart::Vae, "decoder.up.1.upsample.conv.bias", "decoder.up_blocks.2.upsamplers.0.conv.bias"},
    {WeightPart::Vae, "decoder.mid.block_2.conv1.weight", "decoder.mid_block.resnets.1.conv1.weight"},
    {WeightPart::Vae, "encoder.mid.attn_1.norm.weight", "encoder.mid_block.attentions.0.group_norm.weight"},
    {WeightPart::Vae, "encoder.mid.attn_1.k.weight", "encoder.mid_block.attentions.0.to_k.weight", TensorChange::Squeeze},
    {WeightPart::Vae, "encoder.mid.attn_1.v.bias", "encoder.mid_block.attentions.0.to_v.bias"},
    {WeightPart::Vae, "decoder.mid.attn_1.proj_out.weight", "decoder.mid_block.attentions.0.to_out.0.weight", TensorChange::Squeeze},
    {WeightPart::Vae, "decoder.norm_out.weight", "decoder.conv_norm_out.weight"},
    {WeightPart::Vae, "post_quant_conv.weight", "post_quant_conv.weight"},
    {WeightPart::TextEncoder1, "text_model.encoder.layers.11.mlp.fc1.weight", "text_model.encoder.layers.11.mlp.fc1.weight"},
    {WeightPart::TextEncoder2, "positional_embedding", "text_model.embeddings.position_embedding.weight"},
    {WeightPart::TextEncoder2, "token_embedding.weight", "text_model.embeddings.token_embedding.weight"},
    {WeightPart::TextEncoder2, "transformer.resblocks.31.ln_1.weight", "text_model.encoder.layers.31.layer_norm1.weight"},
    {WeightPart::TextEncoder2, "transformer.resblocks.0.ln_2.bias", "text_model.encoder.layers.0.layer_norm2.bias"},
    {WeightPart::TextEncoder2, "transformer.resblocks.9.mlp.c_proj.bias", "text_model.encoder.layers.9.mlp.fc2.bias"},
    {WeightPart::TextEncoder2, "transformer.resblocks.9.mlp.c_fc.weight", "text_model.encoder.layers.9.mlp.fc1.weight"},
    {WeightPart::TextEncoder2, "transformer.resblocks.4.attn.out_proj.weight", "text_model.encoder.layers.4.self_attn.out_proj.weight"},
    {WeightPart::TextEncoder2, "ln_final.weight", "text_model.final_layer_norm.weight"},
    {WeightPart::TextEncoder2, "text_projection", "text_projection.weight", TensorChange::Transpose},
};

SafetensorsEntry entry(const std::string& name, std::vector<std::int64_t> shape) {
  SafetensorsEntry result;
  result.name = name;
  result.shape = std::move(shape);
  return result;
}
const std::string kUnet = "model.diffusion_model.";
std::vector<SafetensorsEntry> sdxl_like(std::int64_t in_channels, std::int64_t text_width) {
  return {entry(kUnet + "input_blocks.0.0.weight", {320, in_channels, 3, 3}),
          entry(kUnet + "label_emb.0.0.weight", {1280, 2816}),
          entry(kUnet + "input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight", {640, text_width}),
          entry("conditioner.embedders.0.transformer.text_model.final_layer_norm.weight", {768}),
          entry("conditioner.embedders.1.model.ln_final.weight", {1280}),
          entry("first_stage_model.decoder.conv_in.weight", {512, 4, 3, 3})};
}

}  // namespace

class TestSingleFileNames : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void pairs_data() {
    QTest::addColumn<int>("number");
    for (std::size_t i = 0; i < kPairs.size(); ++i) QTest::newRow(kPairs[i].single) << static_cast<int>(i);
  }
  void pairs() {
    QFETCH(int, number);
    const Pair& pair = kPairs[number];
    const SingleFileNames names{NamingSizes{}};
    const auto to = names.to_diffusers(pair.part, pair.single);
    QCOMPARE(to.size(), std::size_t(1));
    QCOMPARE(to[0].name, std::string(pair.diffusers));
    QVERIFY(to[0].change == pair.change);
    const auto back = names.to_single_file(pair.part, pair.diffusers);
    QVERIFY(back.has_value());
    QCOMPARE(back->name, std::string(pair.single));
    QVERIFY(back->change == pair.change);
  }
  void joined_projections() {
    const SingleFileNames names{NamingSizes{}};
    const auto three = names.to_diffusers(WeightPart::TextEncoder2, "transformer.resblocks.7.attn.in_proj_weight");
    QCOMPARE(three.size(), std::size_t(3));
    const char* const expected[] = {"q_proj", "k_proj", "v_proj"};
    for (int i = 0; i < 3; ++i) {
      QCOMPARE(three[i].name, "text_model.encoder.layers.7.self_attn." + std::string(expected[i]) + ".weight");
      QVERIFY(three[i].change == TensorChange::Third && three[i].third == i);
      const auto back = names.to_single_file(WeightPart::TextEncoder2, three[i].name);
      QVERIFY(back && back->name == "transformer.resblocks.7.attn.in_proj_weight" && back->third == i);
    }
    QCOMPARE(names.to_diffusers(WeightPart::TextEncoder2, "transformer.resblocks.7.attn.in_proj_bias")[2].name,
             std::string("text_model.encoder.layers.7.self_attn.v_proj.bias"));
  }
  void unknown_names_are_not_mapped() {
    const SingleFileNames names{NamingSizes{}};
    for (const char* name : {"input_blocks.9.0.in_layers.0.weight", "input_blocks.3.0.in_layers.0.weight", "output_blocks.9.0.in_layers.0.weight",
                             "nonsense", "", ".", "input_blocks.", "middle_block.3.weight"}) {
      QVERIFY2(names.to_diffusers(WeightPart::Unet, name).empty(), name);
    }
    QVERIFY(names.to_diffusers(WeightPart::TextEncoder2, "transformer.resblocks.32.ln_1.weight").empty());
    QVERIFY(names.to_diffusers(WeightPart::TextEncoder2, "transformer.resblocks.1.attn.in_proj_other").empty());
    QVERIFY(names.to_diffusers(WeightPart::Vae, "decoder.up.4.block.0.conv1.weight").empty());
    QVERIFY(!names.to_single_file(WeightPart::Unet, "down_blocks.3.resnets.0.norm1.weight"));
  }
  void sizes_come_from_the_keys() {
    // One layer a block, two levels, no attention on the way up at the first level.
    const std::vector<std::string> keys = {kUnet + "input_blocks.1.0.in_layers.0.weight", kUnet + "input_blocks.2.0.op.weight",
                                           kUnet + "input_blocks.3.0.in_layers.0.weight", kUnet + "output_blocks.1.1.conv.weight",
                                           kUnet + "output_blocks.2.1.proj_in.weight", "first_stage_model.encoder.down.2.block.0.norm1.weight",
                                           "conditioner.embedders.1.model.transformer.resblocks.5.ln_1.weight"};
    const NamingSizes sizes = NamingSizes::of_keys({keys.begin(), keys.end()});
    QCOMPARE(sizes.unet_levels, 2);
    QCOMPARE(sizes.layers_per_block, 1);
    QCOMPARE(sizes.vae_levels, 3);
    QCOMPARE(sizes.vae_layers_per_block, 1);
    QCOMPARE(sizes.text_layers_2, 6);
    QCOMPARE(sizes.up_has_attention, (std::vector<bool>{false, true}));
    const SingleFileNames names(sizes);
    QCOMPARE(names.to_diffusers(WeightPart::Unet, "output_blocks.1.1.conv.weight").at(0).name, std::string("up_blocks.0.upsamplers.0.conv.weight"));
    QCOMPARE(names.to_diffusers(WeightPart::Unet, "input_blocks.3.0.in_layers.0.weight").at(0).name, std::string("down_blocks.1.resnets.0.norm1.weight"));
    // Senseless numbers cost neither time nor memory.
    const std::vector<std::string_view> hostile = {"model.diffusion_model.input_blocks.2000000000.0.op.weight",
                                                   "first_stage_model.encoder.down.2147483647.block.2147483647.x.weight",
                                                   "conditioner.embedders.1.model.transformer.resblocks.2147483647.ln_1.weight"};
    const NamingSizes bounded = NamingSizes::of_keys(hostile);
    QVERIFY(bounded.unet_levels <= 8 && bounded.layers_per_block <= 16 && bounded.vae_levels <= 8 && bounded.text_layers_2 <= 256);
  }
  void every_tensor_there_and_back() {
    std::set<std::string> single;
    NamingSizes sizes;
    sizes.vae_layers_per_block = 1;
    sizes.text_layers_2 = 3;
    const SingleFileNames names(sizes);
    std::size_t tensors = 0;
    for (const WeightPart part : kWeightParts) {
      auto source = TensorSource::open_folder(kTiny + "/" + std::string(folder_of(part)), std::string(folder_of(part)), at::kFloat);
      QVERIFY(bool(source));
      for (const SourceTensor& tensor : source.value().tensors()) {
        ++tensors;
        const auto there = names.to_single_file(part, tensor.name);
        QVERIFY2(there.has_value(), tensor.name.c_str());
        single.insert(std::string(root_of(part)) + there->name);
        const auto back = names.to_diffusers(part, there->name);
        QVERIFY2(back.size() > static_cast<std::size_t>(there->third), there->name.c_str());
        QCOMPARE(back[there->third].name, tensor.name);
      }
    }
    // Three layers whose six projections each are two tensors in the single file.
    QCOMPARE(tensors, single.size() + 3 * 4);
    QCOMPARE(single.size(), std::size_t(869));  // as the published conversion gives
  }
  void extras() {
    for (const char* key : {"model_ema.decay", "alphas_cumprod", "v_pred", "ztsnr", "denoiser.sigmas", "first_stage_model.loss.logvar",
                            "conditioner.embedders.0.transformer.text_model.embeddings.position_ids", "conditioner.embedders.1.model.logit_scale"}) {
      QVERIFY2(is_known_extra(key), key);
    }
    for (const char* key : {"model.diffusion_model.out.2.weight", "alphas", "other", "conditioner.embedders.1.model.ln_final.weight"}) {
      QVERIFY2(!is_known_extra(key), key);
    }
    QCOMPARE(modern_vae_name("decoder.mid_block.attentions.0.query.weight"), std::string("decoder.mid_block.attentions.0.to_q.weight"));
    QCOMPARE(modern_vae_name("encoder.mid_block.attentions.0.proj_attn.bias"), std::string("encoder.mid_block.attentions.0.to_out.0.bias"));
    QCOMPARE(modern_vae_name("encoder.conv_in.weight"), std::string("encoder.conv_in.weight"));
  }

  void kinds() {
    const auto kind = [](std::vector<SafetensorsEntry> entries) { return kind_of(entries).kind; };
    const auto with = [](std::vector<SafetensorsEntry> entries, const SafetensorsEntry& more) {
      entries.push_back(more);
      return entries;
    };
    const KindOfFile sdxl = kind_of(sdxl_like(4, 2048));
    QVERIFY(sdxl.is_model() && sdxl.has_vae && sdxl.has_text_encoder_1 && sdxl.has_text_encoder_2 && sdxl.remedy.empty());
    QVERIFY(kind(sdxl_like(9, 2048)) == ModelKind::SdxlInpaint);
    QVERIFY(kind(sdxl_like(8, 2048)) == ModelKind::SdxlEdit);
    QVERIFY(kind(sdxl_like(16, 2048)) == ModelKind::SdxlUnusual);
    QVERIFY(kind(with(sdxl_like(4, 2048), entry("edm_mean", {4}))) == ModelKind::SdxlUnusual);
    QVERIFY(kind(with(sdxl_like(4, 2048), entry("scaled_fp8", {0}))) == ModelKind::SdxlUnusual);
    QVERIFY(kind(with(sdxl_like(4, 1280), entry("conditioner.embedders.0.model.ln_final.weight", {1280}))) == ModelKind::SdxlRefiner);
    const auto checkpoint = [](std::int64_t text_width, const char* text) {
      return std::vector<SafetensorsEntry>{entry(kUnet + "input_blocks.0.0.weight", {320, 4, 3, 3}),
                                           entry(kUnet + "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", {320, text_width}),
                                           entry(text, {768})};
    };
    QVERIFY(kind(checkpoint(768, "cond_stage_model.transformer.text_model.final_layer_norm.weight")) == ModelKind::StableDiffusion1);
    QVERIFY(kind(checkpoint(1024, "cond_stage_model.model.ln_final.weight")) == ModelKind::StableDiffusion2);
    QVERIFY(kind({entry(kUnet + "joint_blocks.0.x_block.attn.qkv.weight", {3, 3})}) == ModelKind::StableDiffusion3);
    QVERIFY(kind({entry("double_blocks.0.img_attn.qkv.weight", {3, 3})}) == ModelKind::Flux);
    QVERIFY(kind({entry("lora_unet_input_blocks_4_1_proj_in.lora_down.weight", {8, 640})}) == ModelKind::Lora);
    QVERIFY(kind({entry("unet.down_blocks.1.attentions.0.proj_in.lora_A.weight", {8, 640})}) == ModelKind::Lora);
    QVERIFY(kind({entry("decoder.conv_in.weight", {512, 4, 3, 3})}) == ModelKind::Vae);
    QVERIFY(kind({entry("first_stage_model.decoder.conv_in.weight", {512, 4, 3, 3})}) == ModelKind::Vae);
    QVERIFY(kind({entry("decoder.layers.0.weight", {64, 4, 3, 3}), entry("decoder.layers.2.conv.4.weight", {64, 64, 3, 3})}) == ModelKind::TinyVae);
    QVERIFY(kind({entry("1.weight", {64, 4, 3, 3}), entry("3.conv.4.weight", {64, 64, 3, 3})}) == ModelKind::TinyVae);
    QVERIFY(kind({entry("controlnet_cond_embedding.conv_in.weight", {16, 3, 3, 3}), entry("conv_in.weight", {320, 4, 3, 3})}) == ModelKind::ControlNet);
    QVERIFY(kind({entry("conv_in.weight", {320, 4, 3, 3}), entry("down_blocks.0.resnets.0.norm1.weight", {320})}) == ModelKind::UnetAlone);
    QVERIFY(kind({entry("text_model.encoder.layers.0.layer_norm1.weight", {768})}) == ModelKind::TextEncoder);
    QVERIFY(kind({entry("emb_params", {1, 768})}) == ModelKind::Embedding);
    QVERIFY(kind({entry("foo", {1})}) == ModelKind::Unknown);
    QVERIFY(kind({}) == ModelKind::Unknown);
  }
  void kinds_of_the_tiny_files() {
    const auto kind = [](const char* part) { return kind_of_file(kTiny + part).value().kind; };
    QVERIFY(kind("/unet/diffusion_pytorch_model.safetensors") == ModelKind::UnetAlone);
    QVERIFY(kind("/vae/diffusion_pytorch_model.safetensors") == ModelKind::Vae);
    QVERIFY(kind("/text_encoder_2/model.safetensors") == ModelKind::TextEncoder);
  }
};

QTEST_GUILESS_MAIN(TestSingleFileNames)
#include "tst_single_file_names.moc"
