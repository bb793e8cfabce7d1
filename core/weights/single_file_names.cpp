// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Every module's pair of names is written into a table for the sizes at hand; a tensor is found by its
// longest known prefix.
#include "core/weights/single_file_names.h"

#include <algorithm>
#include <charconv>

namespace studio {
namespace {

constexpr int kMaxLevels = 8, kMaxLayers = 16, kMaxTextLayers = 256;

struct NamePair {
  std::string_view single, diffusers;
};
constexpr NamePair kResnet[] = {{"in_layers.0.", "norm1."},
                                {"in_layers.2.", "conv1."},
                                {"emb_layers.1.", "time_emb_proj."},
                                {"out_layers.0.", "norm2."},
                                {"out_layers.3.", "conv2."},
                                {"skip_connection.", "conv_shortcut."}};
constexpr NamePair kUnetEnds[] = {{"time_embed.0.", "time_embedding.linear_1."},
                                  {"time_embed.2.", "time_embedding.linear_2."},
                                  {"label_emb.0.0.", "add_embedding.linear_1."},
                                  {"label_emb.0.2.", "add_embedding.linear_2."},
                                  {"input_blocks.0.0.", "conv_in."},
                                  {"out.0.", "conv_norm_out."},
                                  {"out.2.", "conv_out."}};
constexpr NamePair kVaeMid[] = {{"mid.block_1.", "mid_block.resnets.0."},
                                {"mid.block_2.", "mid_block.resnets.1."},
                                {"mid.attn_1.norm.", "mid_block.attentions.0.group_norm."},
                                {"mid.attn_1.q.", "mid_block.attentions.0.to_q."},
                                {"mid.attn_1.k.", "mid_block.attentions.0.to_k."},
                                {"mid.attn_1.v.", "mid_block.attentions.0.to_v."},
                                {"mid.attn_1.proj_out.", "mid_block.attentions.0.to_out.0."},
                                {"conv_in.", "conv_in."},
                                {"norm_out.", "conv_norm_out."},
                                {"conv_out.", "conv_out."}};
constexpr NamePair kTextLayer[] = {{"ln_1.", "layer_norm1."},
                                   {"ln_2.", "layer_norm2."},
                                   {"attn.out_proj.", "self_attn.out_proj."},
                                   {"mlp.c_fc.", "mlp.fc1."},
                                   {"mlp.c_proj.", "mlp.fc2."}};
constexpr std::string_view kProjections[] = {"q_proj", "k_proj", "v_proj"};
constexpr std::string_view kJoined = "attn.in_proj_";
constexpr std::string_view kPositions = "positional_embedding", kProjection = "text_projection";
constexpr std::string_view kDiffusersPositions = "text_model.embeddings.position_embedding.weight";
constexpr std::string_view kDiffusersProjection = "text_projection.weight";

std::string text(std::string_view a, std::string_view b) { return std::string(a).append(b); }
std::string number(int n) { return std::to_string(n); }

// The number after `prefix` in a name that begins with it, else -1.
int number_after(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return -1;
  name.remove_prefix(prefix.size());
  int value = -1;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), value);
  const bool ends = read.ec == std::errc{} && read.ptr != name.data() + name.size() && *read.ptr == '.';
  return ends ? value : -1;
}

// The name with its longest prefix in the table exchanged, or "".
std::string exchanged(const std::unordered_map<std::string, std::string>& prefixes, std::string_view name) {
  for (std::size_t dot = name.rfind('.'); dot != name.npos; dot = dot == 0 ? name.npos : name.rfind('.', dot - 1)) {
    const auto found = prefixes.find(std::string(name.substr(0, dot + 1)));
    if (found != prefixes.end()) return text(found->second, name.substr(dot + 1));
  }
  return {};
}

bool is_vae_projection(std::string_view diffusers_name) {
  return diffusers_name.find(".attentions.0.to_") != diffusers_name.npos && diffusers_name.ends_with(".weight");
}

}  // namespace

std::string_view folder_of(WeightPart part) {
  switch (part) {
    case WeightPart::TextEncoder1: return "text_encoder";
    case WeightPart::TextEncoder2: return "text_encoder_2";
    case WeightPart::Unet: return "unet";
    case WeightPart::Vae: return "vae";
  }
  return "";
}

std::string_view root_of(WeightPart part) {
  switch (part) {
    case WeightPart::TextEncoder1: return "conditioner.embedders.0.transformer.";
    case WeightPart::TextEncoder2: return "conditioner.embedders.1.model.";
    case WeightPart::Unet: return "model.diffusion_model.";
    case WeightPart::Vae: return "first_stage_model.";
  }
  return "";
}

NamingSizes NamingSizes::of_keys(const std::vector<std::string_view>& keys) {
  NamingSizes sizes;
  int first_down = -1, downs = 0, last_input = 0, vae = -1, vae_layer = -1, text_layer = -1;
  for (const std::string_view key : keys) {
    const auto place = place_of(key);
    const std::string_view name = place ? place->name : key;
    if (const int block = number_after(name, "input_blocks."); block >= 0) {
      last_input = std::max(last_input, block);
      if (!name.ends_with(".0.op.weight")) continue;
      ++downs;
      first_down = first_down < 0 ? block : std::min(first_down, block);
    } else if (const int level = std::max(number_after(name, "encoder.down."), number_after(name, "decoder.up.")); level >= 0) {
      vae = std::max(vae, level);
      vae_layer = std::max(vae_layer, number_after(name, text(text("encoder.down.", number(level)), ".block.")));
    } else {
      text_layer = std::max(text_layer, number_after(name, "transformer.resblocks."));
    }
  }
  if (last_input > 0) {
    sizes.unet_levels = std::min(downs + 1, kMaxLevels);
    sizes.layers_per_block = std::clamp(first_down < 0 ? last_input : first_down - 1, 1, kMaxLayers);
  }
  if (vae >= 0) sizes.vae_levels = std::min(vae, kMaxLevels - 1) + 1;
  if (vae_layer >= 0) sizes.vae_layers_per_block = std::min(vae_layer, kMaxLayers - 1) + 1;
  if (text_layer >= 0) sizes.text_layers_2 = std::min(text_layer, kMaxTextLayers - 1) + 1;
  sizes.up_has_attention.assign(sizes.unet_levels, false);
  for (const std::string_view key : keys) {
    const auto place = place_of(key);
    const int block = number_after(place ? place->name : key, "output_blocks.");
    const int level = block < 0 ? -1 : block / (sizes.layers_per_block + 1);
    if (level >= 0 && level < sizes.unet_levels && key.ends_with(".1.proj_in.weight")) sizes.up_has_attention[level] = true;
  }
  return sizes;
}

void SingleFileNames::Table::add(const std::string& single_name, const std::string& diffusers_name) {
  diffusers.emplace(single_name, diffusers_name);
  single.emplace(diffusers_name, single_name);
}

SingleFileNames::SingleFileNames(const NamingSizes& sizes) {
  table(WeightPart::TextEncoder1).add("text_model.", "text_model.");
  add_text_2(sizes);
  add_unet(sizes);
  add_vae(sizes);
}

void SingleFileNames::add_unet(const NamingSizes& sizes) {
  Table& unet = table(WeightPart::Unet);
  for (const NamePair& pair : kUnetEnds) unet.add(std::string(pair.single), std::string(pair.diffusers));
  const auto add_resnet = [&](const std::string& single, const std::string& diffusers) {
    for (const NamePair& pair : kResnet) unet.add(text(single, pair.single), text(diffusers, pair.diffusers));
  };
  const int layers = sizes.layers_per_block;
  for (int level = 0; level < sizes.unet_levels; ++level) {
    const std::string down = "down_blocks." + number(level), up = "up_blocks." + number(level);
    for (int layer = 0; layer < layers; ++layer) {
      const std::string single = "input_blocks." + number(1 + level * (layers + 1) + layer);
      add_resnet(single + ".0.", down + ".resnets." + number(layer) + ".");
      unet.add(single + ".1.", down + ".attentions." + number(layer) + ".");
    }
    if (level + 1 < sizes.unet_levels) {
      unet.add("input_blocks." + number((level + 1) * (layers + 1)) + ".0.op.", down + ".downsamplers.0.conv.");
    }
    for (int layer = 0; layer <= layers; ++layer) {
      const std::string single = "output_blocks." + number(level * (layers + 1) + layer);
      add_resnet(single + ".0.", up + ".resnets." + number(layer) + ".");
      unet.add(single + ".1.", up + ".attentions." + number(layer) + ".");
    }
    if (level + 1 < sizes.unet_levels) {
      const bool has_attention = level < static_cast<int>(sizes.up_has_attention.size()) && sizes.up_has_attention[level];
      unet.add("output_blocks." + number(level * (layers + 1) + layers) + (has_attention ? ".2" : ".1") + ".conv.",
               up + ".upsamplers.0.conv.");
    }
  }
  add_resnet("middle_block.0.", "mid_block.resnets.0.");
  unet.add("middle_block.1.", "mid_block.attentions.0.");
  add_resnet("middle_block.2.", "mid_block.resnets.1.");
}

void SingleFileNames::add_vae(const NamingSizes& sizes) {
  Table& vae = table(WeightPart::Vae);
  for (const char* half : {"encoder.", "decoder."}) {
    for (const NamePair& pair : kVaeMid) vae.add(text(half, pair.single), text(half, pair.diffusers));
  }
  for (const char* name : {"quant_conv.", "post_quant_conv."}) vae.add(name, name);
  const int levels = sizes.vae_levels;
  const auto add_stage = [&](const std::string& single, const std::string& diffusers, int layers) {
    for (int layer = 0; layer < layers; ++layer) {
      const std::string from = single + "block." + number(layer) + ".", to = diffusers + "resnets." + number(layer) + ".";
      vae.add(from, to);
      vae.add(from + "nin_shortcut.", to + "conv_shortcut.");
    }
  };
  for (int level = 0; level < levels; ++level) {
    const std::string down = "encoder.down." + number(level) + ".", down_block = "encoder.down_blocks." + number(level) + ".";
    add_stage(down, down_block, sizes.vae_layers_per_block);
    if (level + 1 < levels) vae.add(down + "downsample.conv.", down_block + "downsamplers.0.conv.");
    // The single file counts the decoder's levels from the full size on.
    const std::string up = "decoder.up." + number(levels - 1 - level) + ".", up_block = "decoder.up_blocks." + number(level) + ".";
    add_stage(up, up_block, sizes.vae_layers_per_block + 1);
    if (level + 1 < levels) vae.add(up + "upsample.conv.", up_block + "upsamplers.0.conv.");
  }
}

void SingleFileNames::add_text_2(const NamingSizes& sizes) {
  Table& names = table(WeightPart::TextEncoder2);
  names.add("token_embedding.", "text_model.embeddings.token_embedding.");
  names.add("ln_final.", "text_model.final_layer_norm.");
  for (int layer = 0; layer < sizes.text_layers_2; ++layer) {
    const std::string single = "transformer.resblocks." + number(layer) + ".", diffusers = "text_model.encoder.layers." + number(layer) + ".";
    for (const NamePair& pair : kTextLayer) names.add(text(single, pair.single), text(diffusers, pair.diffusers));
    // Of the joined projections, whose last part is not behind a dot: see to_diffusers().
    names.add(single + "attn.", diffusers + "self_attn.");
  }
}

std::vector<TensorName> SingleFileNames::to_diffusers(WeightPart part, std::string_view name) const {
  const auto& prefixes = table(part).diffusers;
  if (part == WeightPart::TextEncoder2) {
    if (name == kPositions) return {{std::string(kDiffusersPositions)}};
    if (name == kProjection) return {{std::string(kDiffusersProjection), TensorChange::Transpose}};
    if (name == kDiffusersProjection) return {{std::string(name)}};  // some programs write it this way round
    const std::size_t joined = name.rfind(kJoined);
    if (joined != name.npos) {
      const std::string_view kind = name.substr(joined + kJoined.size());
      const auto found = prefixes.find(std::string(name.substr(0, joined)) + "attn.");
      if (found == prefixes.end() || (kind != "weight" && kind != "bias")) return {};
      std::vector<TensorName> three;
      for (int i = 0; i < 3; ++i) {
        three.push_back({found->second + std::string(kProjections[i]) + "." + std::string(kind), TensorChange::Third, i});
      }
      return three;
    }
  }
  std::string diffusers = exchanged(prefixes, name);
  if (diffusers.empty()) return {};
  const bool is_projection = part == WeightPart::Vae && is_vae_projection(diffusers);
  return {{std::move(diffusers), is_projection ? TensorChange::Squeeze : TensorChange::None}};
}

std::optional<TensorName> SingleFileNames::to_single_file(WeightPart part, std::string_view name) const {
  const auto& prefixes = table(part).single;
  if (part == WeightPart::TextEncoder2) {
    if (name == kDiffusersPositions) return TensorName{std::string(kPositions)};
    if (name == kDiffusersProjection) return TensorName{std::string(kProjection), TensorChange::Transpose};
    for (int i = 0; i < 3; ++i) {
      const std::size_t at = name.rfind(text(kProjections[i], "."));
      if (at == name.npos) continue;
      const auto found = prefixes.find(std::string(name.substr(0, at)));
      const std::string_view kind = name.substr(at + kProjections[i].size() + 1);
      if (found == prefixes.end()) return std::nullopt;
      return TensorName{found->second + "in_proj_" + std::string(kind), TensorChange::Third, i};
    }
  }
  std::string single = exchanged(prefixes, name);
  if (single.empty()) return std::nullopt;
  const bool is_projection = part == WeightPart::Vae && is_vae_projection(name);
  return TensorName{std::move(single), is_projection ? TensorChange::Squeeze : TensorChange::None};
}

std::optional<KeyPlace> place_of(std::string_view key) {
  for (const WeightPart part : kWeightParts) {
    const std::string_view root = root_of(part);
    if (key.starts_with(root)) return KeyPlace{part, key.substr(root.size())};
  }
  return std::nullopt;
}

bool is_known_extra(std::string_view key) {
  // DDPM's tables and the markers of merges and of v-prediction models stand at the top level.
  constexpr std::string_view kWhole[] = {"betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod",
                                         "sqrt_one_minus_alphas_cumprod", "log_one_minus_alphas_cumprod",
                                         "sqrt_recip_alphas_cumprod", "sqrt_recipm1_alphas_cumprod", "posterior_variance",
                                         "posterior_log_variance_clipped", "posterior_mean_coef1", "posterior_mean_coef2",
                                         "logvar", "lvlb_weights", "scale_factor", "denoiser.sigmas", "denoiser.log_sigmas",
                                         "v_pred", "ztsnr"};
  if (std::find(std::begin(kWhole), std::end(kWhole), key) != std::end(kWhole)) return true;
  for (const std::string_view start : {"model_ema.", "first_stage_model.model_ema.", "first_stage_model.loss.", "loss."}) {
    if (key.starts_with(start)) return true;
  }
  if (!key.starts_with("conditioner.")) return false;
  return key.ends_with(".position_ids") || key.ends_with(".logit_scale") ||
         key == "conditioner.embedders.0.transformer.text_projection.weight";
}

std::string modern_vae_name(std::string_view name) {
  constexpr std::string_view kAttention = "mid_block.attentions.0.";
  constexpr NamePair kOld[] = {{"query.", "to_q."}, {"key.", "to_k."}, {"value.", "to_v."}, {"proj_attn.", "to_out.0."}};
  const std::size_t at = name.find(kAttention);
  if (at == name.npos) return std::string(name);
  const std::size_t start = at + kAttention.size();
  for (const NamePair& pair : kOld) {
    if (name.substr(start).starts_with(pair.single)) {
      return text(text(name.substr(0, start), pair.diffusers), name.substr(start + pair.single.size()));
    }
  }
  return std::string(name);
}

}  // namespace studio
