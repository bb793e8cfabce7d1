// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Counting blocks and layers by the names that are there, reading widths off their shapes.
#include "core/model/config_from_shapes.h"

#include "core/io/strict_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace studio {
namespace {

using nlohmann::json;

constexpr int kMaxBlocks = 8, kMaxLayers = 17, kMaxDepth = 65, kMaxTextLayers = 257;  // one more than is allowed
constexpr std::int64_t kHeadWidth = 64;
constexpr std::int64_t kGroups = 32;

class Shapes {
 public:
  explicit Shapes(const std::vector<SourceTensor>& tensors) {
    for (const SourceTensor& tensor : tensors) shapes_.emplace(tensor.name, &tensor.shape);
  }
  bool has(const std::string& name) const { return shapes_.contains(name); }
  std::optional<std::int64_t> size(const std::string& name, std::size_t dimension) const {
    const auto found = shapes_.find(name);
    if (found == shapes_.end() || found->second->size() <= dimension) return std::nullopt;
    return (*found->second)[dimension];
  }
  // How many of name(0), name(1), ... there are, up to `most`.
  template <class Name>
  int count(int most, Name name) const {
    int found = 0;
    while (found < most && has(name(found))) ++found;
    return found;
  }

 private:
  std::unordered_map<std::string_view, const std::vector<std::int64_t>*> shapes_;
};

std::string numbered(std::string_view before, int number, std::string_view after) {
  return std::string(before) + std::to_string(number) + std::string(after);
}

void set_if_known(json& config, const char* key, std::optional<std::int64_t> value) {
  if (value) config[key] = *value;
}

std::int64_t heads_for(std::int64_t width) { return std::max<std::int64_t>(1, width / kHeadWidth); }

// Depth of the transformers of a block: 0 without any, -1 when they differ within it.
int depth_of(const Shapes& shapes, const std::string& block, int resnets) {
  int depth = 0;
  for (int i = 0; i < resnets; ++i) {
    const std::string attention = numbered(block + "attentions.", i, ".transformer_blocks.");
    const int here = shapes.count(kMaxDepth, [&](int d) { return numbered(attention, d, ".norm1.weight"); });
    if (i > 0 && here != depth) return -1;
    depth = here;
  }
  return depth;
}

struct Depths {
  std::vector<int> layers;  // per down block; the last is the mid block's
  std::vector<bool> down, up;
};

// Errors: as unet_config_of().
Result<Depths> depths_of(const Shapes& shapes, int blocks, int layers_per_block) {
  const Error unusual{ErrorCode::ModelUnloadable,
                      "its UNet has blocks of different depths on the way down and up, as distilled variants of SDXL have; these "
                      "are not supported: choose a model of SDXL's own shape"};
  Depths depths;
  const int mid = depth_of(shapes, "mid_block.", 1);
  if (mid <= 0) return unusual;
  std::vector<int> down, up;
  for (int i = 0; i < blocks; ++i) {
    down.push_back(depth_of(shapes, numbered("down_blocks.", i, "."), layers_per_block));
    up.push_back(depth_of(shapes, numbered("up_blocks.", i, "."), layers_per_block + 1));
    if (down.back() < 0 || up.back() < 0) return unusual;
    depths.down.push_back(down.back() > 0);
    depths.up.push_back(up.back() > 0);
  }
  for (int i = 0; i < blocks; ++i) {
    const int mirrored = up[blocks - 1 - i];
    if (down[i] > 0 && mirrored > 0 && down[i] != mirrored) return unusual;
    depths.layers.push_back(std::max({down[i], mirrored, 0}));
  }
  if (depths.layers.back() != 0 && depths.layers.back() != mid) return unusual;
  depths.layers.back() = mid;
  // What no attention uses has SDXL's own value.
  for (int& depth : depths.layers) depth = std::max(depth, 1);
  return depths;
}

json unet_rest() {
  return {{"_class_name", "UNet2DConditionModel"}, {"act_fn", "silu"}, {"addition_embed_type", "text_time"},
          {"addition_time_embed_dim", 256}, {"cross_attention_dim", 2048}, {"flip_sin_to_cos", true}, {"freq_shift", 0},
          {"in_channels", 4}, {"mid_block_type", "UNetMidBlock2DCrossAttn"}, {"norm_eps", 1e-5}, {"norm_num_groups", kGroups},
          {"out_channels", 4}, {"projection_class_embeddings_input_dim", 2816}, {"sample_size", 128},
          {"use_linear_projection", true}};
}

}  // namespace

Result<std::string> unet_config_of(const std::vector<SourceTensor>& tensors, std::int64_t pooled_width) {
  const Shapes shapes(tensors);
  json config = unet_rest();
  const int blocks = shapes.count(kMaxBlocks, [](int b) { return numbered("down_blocks.", b, ".resnets.0.conv1.weight"); });
  const int layers = shapes.count(kMaxLayers, [](int l) { return numbered("down_blocks.0.resnets.", l, ".conv1.weight"); });
  if (blocks == 0) return Error{ErrorCode::ModelUnloadable, "its UNet has no blocks that this program knows"};
  auto depths = depths_of(shapes, blocks, layers);
  if (!depths) return depths.error();
  config["layers_per_block"] = layers;
  for (int b = 0; b < blocks; ++b) {
    const std::int64_t width = shapes.size(numbered("down_blocks.", b, ".resnets.0.conv1.weight"), 0).value_or(0);
    config["block_out_channels"].push_back(width);
    config["attention_head_dim"].push_back(heads_for(width));
    config["down_block_types"].push_back(depths.value().down[b] ? "CrossAttnDownBlock2D" : "DownBlock2D");
    config["up_block_types"].push_back(depths.value().up[b] ? "CrossAttnUpBlock2D" : "UpBlock2D");
  }
  config["transformer_layers_per_block"] = depths.value().layers;
  set_if_known(config, "in_channels", shapes.size("conv_in.weight", 1));
  set_if_known(config, "out_channels", shapes.size("conv_out.weight", 0));
  set_if_known(config, "cross_attention_dim", shapes.size("mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight", 1));
  const auto added = shapes.size("add_embedding.linear_1.weight", 1);
  set_if_known(config, "projection_class_embeddings_input_dim", added);
  constexpr std::int64_t kTimeIds = 6;
  const std::int64_t rest = added.value_or(0) - pooled_width;
  if (pooled_width > 0 && rest > 0 && rest % kTimeIds == 0) config["addition_time_embed_dim"] = rest / kTimeIds;
  return config.dump();
}

std::string vae_config_of(const std::vector<SourceTensor>& tensors) {
  const Shapes shapes(tensors);
  json config{{"_class_name", "AutoencoderKL"}, {"act_fn", "silu"}, {"force_upcast", true}, {"in_channels", 3},
              {"latent_channels", 4}, {"norm_num_groups", kGroups}, {"out_channels", 3}, {"scaling_factor", 0.13025}};
  const int blocks = shapes.count(kMaxBlocks, [](int b) { return numbered("encoder.down_blocks.", b, ".resnets.0.conv1.weight"); });
  for (int b = 0; b < blocks; ++b) {
    config["block_out_channels"].push_back(shapes.size(numbered("encoder.down_blocks.", b, ".resnets.0.conv1.weight"), 0).value_or(0));
  }
  if (blocks == 0) config["block_out_channels"] = {128, 256, 512, 512};
  for (std::size_t b = 0; b < config["block_out_channels"].size(); ++b) {
    config["down_block_types"].push_back("DownEncoderBlock2D");
    config["up_block_types"].push_back("UpDecoderBlock2D");
  }
  config["layers_per_block"] =
      std::max(1, shapes.count(kMaxLayers, [](int l) { return numbered("encoder.down_blocks.0.resnets.", l, ".conv1.weight"); }));
  set_if_known(config, "latent_channels", shapes.size("decoder.conv_in.weight", 1));
  set_if_known(config, "in_channels", shapes.size("encoder.conv_in.weight", 1));
  set_if_known(config, "out_channels", shapes.size("decoder.conv_out.weight", 0));
  config["mid_block_add_attention"] = shapes.has("decoder.mid_block.attentions.0.to_q.weight");
  config["use_quant_conv"] = shapes.has("quant_conv.weight");
  config["use_post_quant_conv"] = shapes.has("post_quant_conv.weight");
  return config.dump();
}

std::string text_encoder_config_of(const std::vector<SourceTensor>& tensors, bool is_second) {
  const Shapes shapes(tensors);
  json config{{"hidden_act", is_second ? "gelu" : "quick_gelu"},
              {"layer_norm_eps", 1e-5},
              {"model_type", "clip_text_model"},
              {"architectures", {is_second ? "CLIPTextModelWithProjection" : "CLIPTextModel"}}};
  const std::string embeddings = "text_model.embeddings.";
  const std::int64_t width = shapes.size(embeddings + "token_embedding.weight", 1).value_or(is_second ? 1280 : 768);
  config["hidden_size"] = width;
  config["num_attention_heads"] = heads_for(width);
  config["vocab_size"] = shapes.size(embeddings + "token_embedding.weight", 0).value_or(49408);
  config["max_position_embeddings"] = shapes.size(embeddings + "position_embedding.weight", 0).value_or(77);
  config["intermediate_size"] = shapes.size("text_model.encoder.layers.0.mlp.fc1.weight", 0).value_or(4 * width);
  config["num_hidden_layers"] =
      shapes.count(kMaxTextLayers, [](int l) { return numbered("text_model.encoder.layers.", l, ".layer_norm1.weight"); });
  config["projection_dim"] = shapes.size("text_projection.weight", 0).value_or(width);
  return config.dump();
}

std::int64_t vocabulary_of(const std::vector<SourceTensor>& tensors) {
  return Shapes(tensors).size("text_model.embeddings.token_embedding.weight", 0).value_or(0);
}

bool has_same_shapes(const UnetConfig& a, const UnetConfig& b) {
  if (a.block_channels != b.block_channels || a.down_has_attention != b.down_has_attention || a.up_has_attention != b.up_has_attention) {
    return false;
  }
  const std::size_t blocks = a.block_channels.size();
  for (std::size_t i = 0; i < blocks; ++i) {
    const bool is_used = a.down_has_attention[i] || a.up_has_attention[blocks - 1 - i] || i + 1 == blocks;
    if (is_used && a.transformer_layers[i] != b.transformer_layers[i]) return false;
  }
  return a.in_channels == b.in_channels && a.out_channels == b.out_channels && a.layers_per_block == b.layers_per_block &&
         a.cross_dim == b.cross_dim && a.added_embedding_dim == b.added_embedding_dim;
}

bool has_same_shapes(const VaeConfig& a, const VaeConfig& b) {
  return a.latent_channels == b.latent_channels && a.block_channels == b.block_channels && a.layers_per_block == b.layers_per_block &&
         a.has_mid_attention == b.has_mid_attention && a.has_quant_conv == b.has_quant_conv && a.has_post_quant_conv == b.has_post_quant_conv;
}

bool has_same_shapes(const TextEncoderConfig& a, const TextEncoderConfig& b) {
  return a.vocabulary == b.vocabulary && a.width == b.width && a.mlp_width == b.mlp_width && a.positions == b.positions &&
         a.layers == b.layers && a.projection_dim == b.projection_dim;
}

bool is_sdxl(const UnetConfig& config) {
  return config.block_channels == std::vector<std::int64_t>{320, 640, 1280} && config.cross_dim == 2048;
}

bool is_sdxl(const VaeConfig& config) { return config.block_channels == std::vector<std::int64_t>{128, 256, 512, 512}; }

bool is_sdxl(const TextEncoderConfig& config, bool is_second) { return config.width == (is_second ? 1280 : 768); }

namespace {
void set_marks(json& config, const ScheduleMarks& marks) {
  if (marks.v_prediction) config["prediction_type"] = "v_prediction";
  if (!marks.zero_terminal_snr) return;
  config["rescale_betas_zero_snr"] = true;
  config["timestep_spacing"] = "trailing";
}
}  // namespace

std::string sdxl_scheduler_config(const ScheduleMarks& marks) {
  json config{{"_class_name", "EulerDiscreteScheduler"}, {"beta_end", 0.012}, {"beta_schedule", "scaled_linear"},
              {"beta_start", 0.00085}, {"num_train_timesteps", 1000}, {"prediction_type", "epsilon"}, {"steps_offset", 1},
              {"timestep_spacing", "leading"}};
  set_marks(config, marks);
  return config.dump();
}

Result<std::string> marked_scheduler_config(const ConfigFile& base, const ScheduleMarks& marks) {
  auto text = read_text(base);
  if (!text || (!marks.v_prediction && !marks.zero_terminal_snr)) return text;
  auto config = parse_strict(text.value(), base.path);
  if (!config || !config.value().is_object()) return text;  // its reader says what is wrong
  set_marks(config.value(), marks);
  return config.value().dump();
}

std::string sdxl_model_index() {
  return R"({"_class_name": "StableDiffusionXLPipeline", "force_zeros_for_empty_prompt": true,
    "scheduler": ["diffusers", "EulerDiscreteScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"], "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
    "tokenizer": ["transformers", "CLIPTokenizer"], "tokenizer_2": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]})";
}

}  // namespace studio
