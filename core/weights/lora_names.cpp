// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Block numbers of the original layout, and the table of names.
#include "core/weights/lora_names.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace studio {
namespace {

using Renaming = std::pair<std::string_view, std::string_view>;

constexpr Renaming kOutside[] = {{"conv_in", "input_blocks.0.0"},
                                 {"conv_out", "out.2"},
                                 {"time_embedding.linear_1", "time_embed.0"},
                                 {"time_embedding.linear_2", "time_embed.2"},
                                 {"add_embedding.linear_1", "label_emb.0.0"},
                                 {"add_embedding.linear_2", "label_emb.0.2"}};
constexpr Renaming kInResnet[] = {{"conv1", "in_layers.2"},
                                  {"time_emb_proj", "emb_layers.1"},
                                  {"conv2", "out_layers.3"},
                                  {"conv_shortcut", "skip_connection"}};
constexpr Renaming kInOpenClip[] = {{"self_attn.in_proj", "attn.in_proj"},
                                    {"self_attn.out_proj", "attn.out_proj"},
                                    {"mlp.fc1", "mlp.c_fc"},
                                    {"mlp.fc2", "mlp.c_proj"}};
constexpr Renaming kInOldDiffusers[] = {{"self_attn.q_proj", "self_attn.to_q"},
                                        {"self_attn.k_proj", "self_attn.to_k"},
                                        {"self_attn.v_proj", "self_attn.to_v"},
                                        {"self_attn.out_proj", "self_attn.to_out"}};

template <std::size_t N>
std::optional<std::string_view> renamed(const Renaming (&table)[N], std::string_view name) {
  for (const auto& [from, to] : table) {
    if (name == from) return to;
  }
  return std::nullopt;
}

bool eat(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// A number and the dot after it.
std::optional<int> eat_number(std::string_view& text) {
  int number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!eat(text, ".")) return std::nullopt;
  return number;
}

// "resnets.1.conv1" and "attentions.0.proj_in" of a block that begins at input or output block
// `first`.
std::vector<std::string> names_in_block(std::string_view rest,
                                        const std::string& blocks,
                                        int first,
                                        int layers) {
  const auto at = [&](int layer) { return blocks + std::to_string(first + layer) + "."; };
  if (rest == "downsamplers.0.conv") return {at(layers) + "0.op"};
  if (rest == "upsamplers.0.conv") return {at(layers) + "1.conv", at(layers) + "2.conv"};
  const bool is_resnet = eat(rest, "resnets.");
  if (!is_resnet && !eat(rest, "attentions.")) return {};
  const auto layer = eat_number(rest);
  if (!layer) return {};
  if (!is_resnet) return {at(*layer) + "1." + std::string(rest)};
  const auto inside = renamed(kInResnet, rest);
  if (!inside) return {};
  return {at(*layer) + "0." + std::string(*inside)};
}

std::vector<std::string> names_in_middle(std::string_view rest) {
  if (eat(rest, "attentions.0.")) return {"middle_block.1." + std::string(rest)};
  const bool is_first = eat(rest, "resnets.0.");
  if (!is_first && !eat(rest, "resnets.1.")) return {};
  const auto inside = renamed(kInResnet, rest);
  if (!inside) return {};
  return {(is_first ? "middle_block.0." : "middle_block.2.") + std::string(*inside)};
}

std::string underscored(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::string key_of(LoraPart part, std::string_view name, bool is_underscored) {
  std::string key(name_of(part));
  key += is_underscored ? '_' : '.';
  key += name;
  return key;
}

}  // namespace

std::string_view name_of(LoraPart part) {
  switch (part) {
    case LoraPart::Unet:
      return "unet";
    case LoraPart::TextEncoder1:
      return "text_encoder";
    case LoraPart::TextEncoder2:
      break;
  }
  return "text_encoder_2";
}

std::vector<std::string> sgm_names(std::string_view path, int layers_per_block) {
  if (const auto outside = renamed(kOutside, path)) return {std::string(*outside)};
  if (eat(path, "mid_block.")) return names_in_middle(path);
  const bool is_down = eat(path, "down_blocks.");
  if (!is_down && !eat(path, "up_blocks.")) return {};
  const auto block = eat_number(path);
  if (!block) return {};
  // Down: conv_in comes first, and a block's downsampler is a block of its own. Up: a block has one
  // layer more, and its upsampler belongs to the last.
  if (is_down)
    return names_in_block(
        path, "input_blocks.", 1 + *block * (layers_per_block + 1), layers_per_block);
  return names_in_block(path, "output_blocks.", *block * (layers_per_block + 1), layers_per_block);
}

std::vector<std::string> other_text_names(std::string_view path) {
  std::string_view rest = path;
  if (!eat(rest, "text_model.encoder.layers.")) return {};
  const auto layer = eat_number(rest);
  if (!layer) return {};
  std::vector<std::string> names;
  if (const auto name = renamed(kInOpenClip, rest)) {
    names.push_back("transformer.resblocks." + std::to_string(*layer) + "." + std::string(*name));
  }
  if (const auto name = renamed(kInOldDiffusers, rest)) {
    names.push_back("text_model.encoder.layers." + std::to_string(*layer) + "." +
                    std::string(*name));
  }
  return names;
}

void LoraNames::add(LoraPart part, const std::string& path, int layers_per_block) {
  add_name(part, path, {path, false});
  // Older files name the projection without its place in the container.
  if (path.ends_with(".to_out.0")) add_name(part, path.substr(0, path.size() - 2), {path, false});
  if (part == LoraPart::Unet) {
    for (const std::string& name : sgm_names(path, layers_per_block))
      add_name(part, name, {path, true});
  } else {
    for (const std::string& name : other_text_names(path)) add_name(part, name, {path, false});
  }
}

void LoraNames::add_name(LoraPart part, const std::string& name, const Module& module) {
  modules_.emplace(key_of(part, name, false), module);
  modules_.emplace(key_of(part, underscored(name), true), module);
}

const LoraNames::Module* LoraNames::find(LoraPart part,
                                         std::string_view name,
                                         bool is_underscored) const {
  const auto found = modules_.find(key_of(part, name, is_underscored));
  return found == modules_.end() ? nullptr : &found->second;
}

}  // namespace studio
