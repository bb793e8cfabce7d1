// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Reads the JSON configurations and refuses, by name, what this program does not compute.
#include "core/model/configs.h"

#include "core/io/files.h"
#include "core/io/strict_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <tuple>

namespace studio {
namespace {

using nlohmann::json;

// Thrown inside this file only; becomes ModelUnloadable with the file's name.
struct BadConfig : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

[[noreturn]] void refuse(const std::string& key, const json& value, const std::string& allowed) {
  throw BadConfig("\"" + key + "\" is " + shown(value) + ", but must be " + allowed);
}

class Reader {
 public:
  explicit Reader(const json& root) : root_(root) {
    if (!root.is_object()) throw BadConfig("the file is not a JSON object");
  }

  std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high) const {
    const json& value = at(key);
    if (!value.is_number_integer()) refuse(key, value, range(low, high));
    const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > 1000000000;
    if (huge || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high) refuse(key, value, range(low, high));
    return value.get<std::int64_t>();
  }
  std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high, std::int64_t absent) const {
    return is_absent(key) ? absent : integer(key, low, high);
  }
  double positive(const std::string& key, double absent) const {
    if (is_absent(key)) return absent;
    const json& value = at(key);
    if (!value.is_number() || !(value.get<double>() > 0) || !std::isfinite(value.get<double>())) {
      refuse(key, value, "a number above 0");
    }
    return value.get<double>();
  }
  bool flag(const std::string& key, bool absent) const {
    if (is_absent(key)) return absent;
    if (!at(key).is_boolean()) refuse(key, at(key), "true or false");
    return at(key).get<bool>();
  }
  std::string text(const std::string& key, const std::string& absent) const {
    if (is_absent(key)) return absent;
    if (!at(key).is_string()) refuse(key, at(key), "text");
    return at(key).get<std::string>();
  }
  // A list, or one number that stands for `count` equal ones.
  std::vector<std::int64_t> integers(const std::string& key, std::size_t count, std::int64_t low, std::int64_t high) const {
    const json& value = at(key);
    if (value.is_number_integer()) return std::vector<std::int64_t>(count, integer(key, low, high));
    std::vector<std::int64_t> result;
    if (!value.is_array() || (count != 0 && value.size() != count) || value.empty() || value.size() > 8) {
      refuse(key, value, count != 0 ? "a list of " + std::to_string(count) + " whole numbers" : "a list of 1 to 8 whole numbers");
    }
    for (const json& item : value) {
      if (!item.is_number_integer() || item.get<double>() < static_cast<double>(low) ||
          item.get<double>() > static_cast<double>(high)) {
        refuse(key, value, "whole numbers from " + std::to_string(low) + " to " + std::to_string(high));
      }
      result.push_back(item.get<std::int64_t>());
    }
    return result;
  }
  // `count` numbers, or none when the key is absent.
  std::vector<double> numbers(const std::string& key, std::size_t count, bool above_zero) const {
    if (is_absent(key)) return {};
    const json& value = at(key);
    const std::string allowed = "a list of " + std::to_string(count) + " numbers" + (above_zero ? " above 0" : "");
    if (!value.is_array() || value.size() != count) refuse(key, value, allowed);
    std::vector<double> result;
    for (const json& item : value) {
      if (!item.is_number() || !(std::abs(item.get<double>()) <= 1e6)) refuse(key, value, allowed);
      result.push_back(item.get<double>());
      if (above_zero && !(result.back() > 1e-6)) refuse(key, value, allowed);
    }
    return result;
  }
  // Each entry must be `with` or `without`; true stands for `with`.
  std::vector<bool> kinds(const std::string& key, std::size_t count, const std::string& with, const std::string& without) const {
    const json& value = at(key);
    const std::string allowed = "a list of " + std::to_string(count) + " times " + with + " or " + without;
    if (!value.is_array() || value.size() != count) refuse(key, value, allowed);
    std::vector<bool> result;
    for (const json& item : value) {
      if (item != with && item != without) refuse(key, value, allowed);
      result.push_back(item == with);
    }
    return result;
  }
  // Refuses any value but the given one (or absent).
  void require(const std::string& key, const json& expected) const {
    if (!is_absent(key) && at(key) != expected) refuse(key, at(key), shown(expected) + " (nothing else is supported)");
  }
  void require_absent(const std::string& key) const {
    if (!is_absent(key)) refuse(key, at(key), "null (nothing else is supported)");
  }
  bool is_absent(const std::string& key) const { return !root_.contains(key) || root_.at(key).is_null(); }
  const json& at(const std::string& key) const {
    if (!root_.contains(key)) throw BadConfig("\"" + key + "\" is missing");
    return root_.at(key);
  }

 private:
  static std::string range(std::int64_t low, std::int64_t high) {
    return "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  }
  const json& root_;
};

constexpr std::size_t kMaxConfigBytes = std::size_t{16} << 20;

template <class Config, class Fill>
Result<Config> read_config(const ConfigFile& file, Fill fill) {
  auto text = read_text(file);
  if (!text) return text.error();
  // The depth limit matters: messages show values by a recursive walk.
  auto root = parse_strict(text.value(), file.path, {.max_bytes = kMaxConfigBytes});
  if (!root) return Error{ErrorCode::ModelUnloadable, root.error().message};
  try {
    return fill(Reader(root.value()));
  } catch (const BadConfig& error) {
    return Error{ErrorCode::ModelUnloadable, file.path + ": " + error.what()};
  }
}

constexpr std::int64_t kWidest = 65536;

// What a UNet and a ControlNet have in common: everything before the up blocks.
void read_trunk(const Reader& reader, UnetConfig& config) {
  reader.require("act_fn", "silu");
  reader.require("mid_block_type", "UNetMidBlock2DCrossAttn");
  reader.require("use_linear_projection", true);
  reader.require("resnet_time_scale_shift", "default");
  reader.require("flip_sin_to_cos", true);
  reader.require("freq_shift", 0);
  reader.require("only_cross_attention", false);
  for (const char* key : {"encoder_hid_dim_type", "num_attention_heads"}) reader.require_absent(key);
  config.in_channels = reader.integer("in_channels", 1, 64);
  config.block_channels = reader.integers("block_out_channels", 0, 1, kWidest);
  const std::size_t blocks = config.block_channels.size();
  config.down_has_attention = reader.kinds("down_block_types", blocks, "CrossAttnDownBlock2D", "DownBlock2D");
  for (std::int64_t depth : reader.integers("transformer_layers_per_block", blocks, 0, 64)) {
    config.transformer_layers.push_back(static_cast<int>(depth));
  }
  // diffusers calls the number of heads attention_head_dim.
  for (std::int64_t heads : reader.integers("attention_head_dim", blocks, 1, 1024)) config.heads.push_back(static_cast<int>(heads));
  config.layers_per_block = static_cast<int>(reader.integer("layers_per_block", 1, 16));
  config.cross_dim = reader.integer("cross_attention_dim", 1, kWidest);
  config.time_id_dim = reader.integer("addition_time_embed_dim", 2, kWidest);
  if (config.time_id_dim % 2 != 0) refuse("addition_time_embed_dim", config.time_id_dim, "an even number: half sines, half cosines");
  config.added_embedding_dim = reader.integer("projection_class_embeddings_input_dim", 1, kWidest * 8);
  config.norm_groups = reader.integer("norm_num_groups", 1, kWidest);
  config.norm_eps = reader.positive("norm_eps", 1e-5);
  for (std::size_t i = 0; i < blocks; ++i) {
    const bool divides = config.block_channels[i] % config.norm_groups == 0 && config.block_channels[i] % config.heads[i] == 0;
    if (!divides) refuse("block_out_channels", reader.at("block_out_channels"), "multiples of norm_num_groups and of the number of heads");
  }
  if (config.block_channels.front() % 2 != 0) refuse("block_out_channels", reader.at("block_out_channels"), "even at the first level");
}

}  // namespace

Result<std::string> read_text(const ConfigFile& file) {
  if (file.text) return *file.text;
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file.path, failed)) {
    return Error{ErrorCode::ModelUnloadable, file.path + " is missing"};
  }
  auto text = read_file(file.path, kMaxConfigBytes);
  if (text || text.error().code == ErrorCode::Io) return text;
  return Error{ErrorCode::ModelUnloadable, text.error().message};
}

Result<UnetConfig> read_unet_config(const ConfigFile& file) {
  return read_config<UnetConfig>(file, [](const Reader& reader) {
    UnetConfig config;
    reader.require("_class_name", "UNet2DConditionModel");
    reader.require("addition_embed_type", "text_time");
    if (reader.is_absent("addition_embed_type")) {
      throw BadConfig("\"addition_embed_type\" is missing: this is a Stable Diffusion 1 or 2 UNet, and only SDXL is supported");
    }
    read_trunk(reader, config);
    reader.require("time_embedding_type", "positional");
    reader.require("center_input_sample", false);
    for (const char* key : {"class_embed_type", "time_cond_proj_dim", "time_embedding_dim", "timestep_post_act",
                            "cross_attention_norm", "reverse_transformer_layers_per_block", "time_embedding_act_fn"}) {
      reader.require_absent(key);
    }
    for (const char* key : {"dual_cross_attention", "resnet_skip_time_act", "class_embeddings_concat"}) {
      reader.require(key, false);
    }
    reader.require("conv_in_kernel", 3);
    reader.require("conv_out_kernel", 3);
    config.out_channels = reader.integer("out_channels", 1, 64);
    if (config.in_channels != 4 || config.out_channels != 4) {
      refuse("in_channels", reader.at("in_channels"), "4 in and 4 out: inpainting and editing variants are not supported");
    }
    config.up_has_attention = reader.kinds("up_block_types", config.block_channels.size(), "CrossAttnUpBlock2D", "UpBlock2D");
    config.sample_size = reader.integer("sample_size", 1, 4096);
    return config;
  });
}

Result<VaeConfig> read_vae_config(const ConfigFile& file) {
  return read_config<VaeConfig>(file, [](const Reader& reader) {
    VaeConfig config;
    reader.require("_class_name", "AutoencoderKL");
    reader.require("act_fn", "silu");
    reader.require("in_channels", 3);
    reader.require("out_channels", 3);
    reader.require_absent("shift_factor");
    config.latent_channels = reader.integer("latent_channels", 4, 4);
    if (reader.is_absent("latents_mean") != reader.is_absent("latents_std")) {
      throw BadConfig("one of \"latents_mean\" and \"latents_std\" is there without the other");
    }
    config.latents_mean = reader.numbers("latents_mean", 4, false);
    config.latents_std = reader.numbers("latents_std", 4, true);
    config.block_channels = reader.integers("block_out_channels", 0, 1, kWidest);
    config.layers_per_block = static_cast<int>(reader.integer("layers_per_block", 1, 16));
    config.norm_groups = reader.integer("norm_num_groups", 1, kWidest, 32);
    config.scaling_factor = reader.positive("scaling_factor", 0.18215);
    config.force_upcast = reader.flag("force_upcast", true);
    config.has_mid_attention = reader.flag("mid_block_add_attention", true);
    config.has_quant_conv = reader.flag("use_quant_conv", true);
    config.has_post_quant_conv = reader.flag("use_post_quant_conv", true);
    for (std::int64_t channels : config.block_channels) {
      if (channels % config.norm_groups != 0) refuse("block_out_channels", reader.at("block_out_channels"), "multiples of norm_num_groups");
    }
    return config;
  });
}

Result<TextEncoderConfig> read_text_encoder_config(const ConfigFile& file) {
  return read_config<TextEncoderConfig>(file, [](const Reader& reader) {
    TextEncoderConfig config;
    const std::string activation = reader.text("hidden_act", "quick_gelu");
    if (activation != "quick_gelu" && activation != "gelu") refuse("hidden_act", activation, "quick_gelu or gelu");
    config.quick_gelu = activation == "quick_gelu";
    config.vocabulary = reader.integer("vocab_size", 1, 10000000);
    config.width = reader.integer("hidden_size", 1, kWidest);
    config.mlp_width = reader.integer("intermediate_size", 1, kWidest * 8);
    config.positions = reader.integer("max_position_embeddings", 77, 77);
    config.layers = static_cast<int>(reader.integer("num_hidden_layers", 2, 256));
    config.heads = static_cast<int>(reader.integer("num_attention_heads", 1, 1024));
    config.norm_eps = reader.positive("layer_norm_eps", 1e-5);
    bool projects = false;
    if (!reader.is_absent("architectures") && reader.at("architectures").is_array()) {
      for (const json& name : reader.at("architectures")) projects = projects || name == "CLIPTextModelWithProjection";
    }
    if (projects) config.projection_dim = reader.integer("projection_dim", 1, kWidest);
    if (config.width % config.heads != 0) refuse("hidden_size", reader.at("hidden_size"), "a multiple of num_attention_heads");
    return config;
  });
}

namespace {

// What a scheduler's absent keys mean. Source: the constructors of diffusers 0.30.3.
struct SchedulerKind {
  const char* name;
  double beta_start, beta_end;
  const char* beta_schedule;
  const char* spacing;
  bool is_edm = false;
};
constexpr SchedulerKind kSchedulerKinds[] = {
    {"EulerDiscreteScheduler", 0.0001, 0.02, "linear", "linspace"},
    {"EulerAncestralDiscreteScheduler", 0.0001, 0.02, "linear", "linspace"},
    {"DDIMScheduler", 0.0001, 0.02, "linear", "leading"},
    {"DDPMScheduler", 0.0001, 0.02, "linear", "leading"},
    {"PNDMScheduler", 0.0001, 0.02, "linear", "leading"},
    {"DPMSolverMultistepScheduler", 0.0001, 0.02, "linear", "linspace"},
    {"DPMSolverSinglestepScheduler", 0.0001, 0.02, "linear", "linspace"},
    {"DPMSolverSDEScheduler", 0.00085, 0.012, "linear", "linspace"},
    {"DEISMultistepScheduler", 0.0001, 0.02, "linear", "linspace"},
    {"UniPCMultistepScheduler", 0.0001, 0.02, "linear", "linspace"},
    {"HeunDiscreteScheduler", 0.00085, 0.012, "linear", "linspace"},
    {"LMSDiscreteScheduler", 0.0001, 0.02, "linear", "linspace"},
    {"KDPM2DiscreteScheduler", 0.00085, 0.012, "linear", "linspace"},
    {"KDPM2AncestralDiscreteScheduler", 0.00085, 0.012, "linear", "linspace"},
    {"SASolverScheduler", 0.0001, 0.02, "linear", "linspace"},
    {"LCMScheduler", 0.00085, 0.012, "scaled_linear", "leading"},
    {"TCDScheduler", 0.00085, 0.012, "scaled_linear", "leading"},
    {"EDMEulerScheduler", 0, 0, "", "leading", true},
    {"EDMDPMSolverMultistepScheduler", 0, 0, "", "leading", true},
};

const SchedulerKind& scheduler_kind(const Reader& reader) {
  // A file without a class is taken for SDXL's own.
  const std::string name = reader.text("_class_name", kSchedulerKinds[0].name);
  std::string known;
  for (const SchedulerKind& kind : kSchedulerKinds) {
    if (name == kind.name) return kind;
    known += (known.empty() ? "" : ", ") + std::string(kind.name);
  }
  refuse("_class_name", name, "one of " + known + ": the noise of other schedulers is not known here");
}

EdmConfig read_edm(const Reader& reader) {
  EdmConfig edm;
  edm.sigma_min = reader.positive("sigma_min", edm.sigma_min);
  edm.sigma_max = reader.positive("sigma_max", edm.sigma_max);
  edm.sigma_data = reader.positive("sigma_data", edm.sigma_data);
  edm.rho = reader.positive("rho", edm.rho);
  const std::string schedule = reader.text("sigma_schedule", "karras");
  if (schedule != "karras" && schedule != "exponential") refuse("sigma_schedule", schedule, "karras or exponential");
  edm.is_exponential = schedule == "exponential";
  return edm;
}

void read_betas(const Reader& reader, const SchedulerKind& kind, SchedulerConfig& config) {
  reader.require_absent("trained_betas");
  config.beta_schedule = reader.text("beta_schedule", kind.beta_schedule);
  if (config.beta_schedule != "scaled_linear" && config.beta_schedule != "linear") {
    refuse("beta_schedule", config.beta_schedule, "scaled_linear or linear");
  }
  // Another law of timesteps, which CosXL and its like were trained with.
  if (reader.text("timestep_type", "discrete") != "discrete") {
    refuse("timestep_type", reader.at("timestep_type"), "discrete: timesteps by the logarithm of sigma are read from EDM schedulers only");
  }
  config.beta_start = reader.positive("beta_start", kind.beta_start);
  config.beta_end = reader.positive("beta_end", kind.beta_end);
  if (config.beta_end >= 1 || config.beta_start > config.beta_end) refuse("beta_end", config.beta_end, "at least beta_start and below 1");
  config.has_zero_snr = reader.flag("rescale_betas_zero_snr", false);
}

}  // namespace

Result<SchedulerConfig> read_scheduler_config(const ConfigFile& file) {
  return read_config<SchedulerConfig>(file, [](const Reader& reader) {
    SchedulerConfig config;
    const SchedulerKind& kind = scheduler_kind(reader);
    const std::string prediction = reader.text("prediction_type", "epsilon");
    const auto parsed = parse_prediction(prediction);
    if (!parsed) refuse("prediction_type", prediction, "epsilon, v_prediction or sample");
    config.prediction = parsed.value();
    config.num_train_timesteps = static_cast<int>(reader.integer("num_train_timesteps", 2, 100000, 1000));
    config.steps_offset = static_cast<int>(reader.integer("steps_offset", 0, 1, 0));
    config.lcm_original_steps = static_cast<int>(
        reader.integer("original_inference_steps", 1, config.num_train_timesteps, std::min(50, config.num_train_timesteps)));
    config.lcm_timestep_scale = reader.positive("timestep_scaling", config.lcm_timestep_scale);
    const std::string spacing = reader.text("timestep_spacing", kind.spacing);
    const auto known_spacing = parse_spacing(spacing);
    if (!known_spacing) refuse("timestep_spacing", spacing, "leading, trailing or linspace");
    config.spacing = known_spacing.value();
    if (kind.is_edm) {
      config.edm = read_edm(reader);
      config.spacing = Spacing::Leading;
      if (config.prediction == Prediction::Clean) refuse("prediction_type", prediction, "epsilon or v_prediction");
    } else {
      read_betas(reader, kind, config);
    }
    return config;
  });
}

Result<ModelIndex> read_model_index(const ConfigFile& file) {
  return read_config<ModelIndex>(file, [](const Reader& reader) {
    const std::string kind = reader.text("_class_name", "");
    if (kind.rfind("StableDiffusionXL", 0) != 0 || kind.find("Inpaint") != std::string::npos ||
        kind.find("InstructPix2Pix") != std::string::npos) {
      refuse("_class_name", kind, "StableDiffusionXLPipeline: this is not an SDXL text-to-image model");
    }
    return ModelIndex{reader.flag("force_zeros_for_empty_prompt", true)};
  });
}

Result<ControlNetConfig> read_control_config(const ConfigFile& file) {
  return read_config<ControlNetConfig>(file, [](const Reader& reader) {
    ControlNetConfig config;
    const std::string kind = reader.text("_class_name", "");
    if (kind != "ControlNetModel") refuse("_class_name", kind, "ControlNetModel: this is no ControlNet of a kind that is supported");
    if (reader.is_absent("addition_embed_type")) {
      throw BadConfig("\"addition_embed_type\" is missing: this is a ControlNet for Stable Diffusion 1 or 2, and only those for SDXL are supported");
    }
    reader.require("addition_embed_type", "text_time");
    read_trunk(reader, config.trunk);
    if (config.trunk.in_channels != 4) refuse("in_channels", reader.at("in_channels"), "4");
    for (const char* key : {"class_embed_type", "num_class_embeds", "encoder_hid_dim"}) reader.require_absent(key);
    reader.require("global_pool_conditions", false);
    reader.require("conditioning_channels", 3);
    const std::string order = reader.text("controlnet_conditioning_channel_order", "rgb");
    if (order != "rgb" && order != "bgr") refuse("controlnet_conditioning_channel_order", order, "rgb or bgr");
    config.is_bgr = order == "bgr";
    if (!reader.is_absent("conditioning_embedding_out_channels")) {
      config.embedding_channels = reader.integers("conditioning_embedding_out_channels", 0, 1, kWidest);
    }
    return config;
  });
}

Result<void> check_fit(const ModelSizes& sizes) {
  constexpr std::int64_t kLargestSide = 4096;
  const auto refuse_fit = [](const std::string& what) {
    return Error{ErrorCode::ModelUnloadable, "the parts do not belong together: " + what};
  };
  const TextEncoderConfig &first = sizes.text_encoder_1, &second = sizes.text_encoder_2;
  const UnetConfig& unet = sizes.unet;
  if (second.projection_dim == 0) {
    return refuse_fit("text_encoder_2/config.json: \"architectures\" does not name CLIPTextModelWithProjection, whose pooled output SDXL needs");
  }
  if (first.width + second.width != unet.cross_dim) {
    return refuse_fit("the text encoders' hidden_size of " + std::to_string(first.width) + " and " + std::to_string(second.width) +
                      " do not add up to the UNet's cross_attention_dim " + std::to_string(unet.cross_dim));
  }
  if (second.projection_dim + 6 * unet.time_id_dim != unet.added_embedding_dim) {
    return refuse_fit("the pooled text of " + std::to_string(second.projection_dim) + " and six time ids of " +
                      std::to_string(unet.time_id_dim) + " do not add up to the UNet's projection_class_embeddings_input_dim " +
                      std::to_string(unet.added_embedding_dim));
  }
  for (const auto& [name, tokens, encoder] : {std::tuple{"tokenizer", sizes.tokens_1, &first}, {"tokenizer_2", sizes.tokens_2, &second}}) {
    if (tokens <= encoder->vocabulary) continue;
    return refuse_fit(std::string(name) + " knows " + std::to_string(tokens) + " tokens, more than its text encoder's vocab_size of " +
                      std::to_string(encoder->vocabulary));
  }
  if (unet.sample_size * sizes.vae.factor() > kLargestSide) {
    return refuse_fit("the UNet's sample_size " + std::to_string(unet.sample_size) + " would be pictures of " +
                      std::to_string(unet.sample_size * sizes.vae.factor()) + " pixels a side; at most " + std::to_string(kLargestSide) +
                      " are supported");
  }
  return {};
}

PreviewFactors in_units_of(const PreviewFactors& sdxl, const VaeConfig& vae) {
  const double sdxl_scaling = VaeConfig().scaling_factor;
  PreviewFactors own = sdxl;
  for (std::size_t channel = 0; channel < own.factors.size(); ++channel) {
    const double spread = vae.latents_std.empty() ? 1.0 : vae.latents_std[channel];
    const double mean = vae.latents_mean.empty() ? 0.0 : vae.latents_mean[channel];
    for (std::size_t rgb = 0; rgb < own.bias.size(); ++rgb) {
      own.bias[rgb] += mean * sdxl_scaling * sdxl.factors[channel][rgb];
      own.factors[channel][rgb] *= spread * (sdxl_scaling / vae.scaling_factor);
    }
  }
  return own;
}

Result<PreviewFactors> read_preview_factors(const ConfigFile& file) {
  std::error_code failed;
  if (!file.text && !std::filesystem::exists(file.path, failed)) {
    return PreviewFactors{{{.3651, .4232, .4341}, {-.2533, -.0042, .1068}, {.1076, .1111, -.0362}, {-.3165, -.2492, -.2188}},
                          {.1084, -.0175, -.0011}};
  }
  return read_config<PreviewFactors>(file, [](const Reader& reader) {
    const auto numbers = [&](const std::string& key, const json& list, std::size_t count) {
      std::vector<double> row;
      if (!list.is_array() || list.size() != count) refuse(key, list, "lists of " + std::to_string(count) + " numbers");
      for (const json& item : list) {
        if (!item.is_number()) refuse(key, list, "lists of " + std::to_string(count) + " numbers");
        row.push_back(item.get<double>());
      }
      return row;
    };
    PreviewFactors preview;
    const json& rows = reader.at("latent_rgb_factors");
    if (!rows.is_array() || rows.size() != 4) refuse("latent_rgb_factors", rows, "4 lists of 3 numbers");
    for (const json& row : rows) preview.factors.push_back(numbers("latent_rgb_factors", row, 3));
    preview.bias = reader.is_absent("latent_rgb_bias") ? std::vector<double>(3, 0.0)
                                                       : numbers("latent_rgb_bias", reader.at("latent_rgb_bias"), 3);
    preview.is_own = true;
    return preview;
  });
}

}  // namespace studio
