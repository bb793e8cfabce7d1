// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Tables of suffixes and prefixes. Source: kohya-ss sd-scripts networks/lora.py, diffusers
// lora_conversion_utils.py and loaders of earlier releases, PEFT save_and_load.py, LyCORIS modules,
// ComfyUI lora.py.
#include "core/weights/lora_keys.h"

#include <algorithm>
#include <array>

namespace studio {
namespace {

struct Suffix {
  std::string_view text;
  LoraRole role;
  LoraForm form;
};
// Longer ones first where one ends in another.
constexpr Suffix kSuffixes[] = {
    {".lora_down.weight", LoraRole::Down, LoraForm::Kohya},
    {".lora_up.weight", LoraRole::Up, LoraForm::Kohya},
    {".dora_scale", LoraRole::Magnitude, LoraForm::Kohya},
    {".lora_A.weight", LoraRole::Down, LoraForm::Peft},
    {".lora_B.weight", LoraRole::Up, LoraForm::Peft},
    {".lora_magnitude_vector", LoraRole::Magnitude, LoraForm::Peft},
    {".lora_magnitude_vector.weight", LoraRole::Magnitude, LoraForm::Peft},
    {".lora_linear_layer.down.weight", LoraRole::Down, LoraForm::OldDiffusers},
    {".lora_linear_layer.up.weight", LoraRole::Up, LoraForm::OldDiffusers},
    {".lora.down.weight", LoraRole::Down, LoraForm::OldDiffusers},
    {".lora.up.weight", LoraRole::Up, LoraForm::OldDiffusers},
    {"_lora.down.weight", LoraRole::Down, LoraForm::OldDiffusers},
    {"_lora.up.weight", LoraRole::Up, LoraForm::OldDiffusers},
    {"_lora.alpha", LoraRole::Alpha, LoraForm::OldDiffusers},
    {".lora.alpha", LoraRole::Alpha, LoraForm::OldDiffusers},
    {".alpha", LoraRole::Alpha, LoraForm::Kohya},
};

struct Prefix {
  std::string_view text;
  LoraPart part;
  bool is_underscored;
};
constexpr Prefix kPrefixes[] = {
    {"lora_unet_", LoraPart::Unet, true},
    {"lora_te1_", LoraPart::TextEncoder1, true},
    {"lora_te2_", LoraPart::TextEncoder2, true},
    {"lora_te_", LoraPart::TextEncoder1, true},
    {"lycoris_", LoraPart::Unet, true},
    {"unet.", LoraPart::Unet, false},
    {"text_encoder.", LoraPart::TextEncoder1, false},
    {"text_encoder_2.", LoraPart::TextEncoder2, false},
    {"model.diffusion_model.", LoraPart::Unet, false},
    {"diffusion_model.", LoraPart::Unet, false},
    {"text_encoders.clip_l.transformer.", LoraPart::TextEncoder1, false},
    {"text_encoders.clip_g.transformer.", LoraPart::TextEncoder2, false},
};
// Modules of files for the UNet alone, which name no part.
constexpr std::string_view kUnetBeginnings[] = {"down_blocks.",
                                                "mid_block.",
                                                "up_blocks.",
                                                "input_blocks.",
                                                "middle_block.",
                                                "output_blocks.",
                                                "time_embed",
                                                "add_embedding.",
                                                "label_emb.",
                                                "conv_in",
                                                "conv_out",
                                                "out.2"};

struct Kind {
  std::string_view mark, name;
  bool is_suffix;
};
constexpr Kind kUnsupported[] = {
    {".hada_", "LoHa", false},
    {".lokr_", "LoKr", false},
    {"boft_", "BOFT", false},
    {".oft_", "OFT", false},
    {".ia3_", "(IA)^3", false},
    {".on_input", "(IA)^3", true},
    {".a1.weight", "GLoRA", true},
    {".a2.weight", "GLoRA", true},
    {".b1.weight", "GLoRA", true},
    {".b2.weight", "GLoRA", true},
    {".vera_lambda", "VeRA", false},
    {".lora_mid.weight", "LoCon with a Tucker decomposition", true},
    {".lora_embedding_", "LoRA of an embedding", false},
    {".lora_B.bias", "LoRA with biases", true},
    {".lora_up.bias", "LoRA with biases", true},
    {".diff", "full weight difference", true},
    {".diff_b", "full weight difference", true},
    {".set_weight", "full weight difference", true},
    {".w_norm", "norm difference", true},
    {".b_norm", "norm difference", true},
    {"string_to_param", "textual inversion", false},
    {"emb_params", "textual inversion", false},
    {"bundle_emb", "textual inversion", false},
};

bool eat(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool eat_end(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// PEFT puts an adapter's name between: "q.lora_A.default.weight" -> "q.lora_A.weight".
std::string without_adapter_name(std::string_view key) {
  constexpr std::string_view kEnd = ".weight";
  for (const std::string_view mark : {".lora_A.", ".lora_B.", ".lora_magnitude_vector."}) {
    const std::size_t at = key.rfind(mark);
    if (at == key.npos || !key.ends_with(kEnd)) continue;
    const std::size_t begin = at + mark.size();
    if (begin + kEnd.size() >= key.size()) continue;
    const std::string_view name = key.substr(begin, key.size() - kEnd.size() - begin);
    if (name.find('.') != name.npos) continue;
    return std::string(key.substr(0, begin - 1)) + std::string(kEnd);
  }
  return std::string(key);
}

void find_module(LoraKey& key) {
  std::string_view rest = key.stem;
  while (eat(rest, "base_model.model.")) key.is_peft_export = true;
  for (const Prefix& prefix : kPrefixes) {
    if (!eat(rest, prefix.text)) continue;
    key.part = prefix.part;
    key.is_underscored = prefix.is_underscored;
    break;
  }
  const auto begins = [&](std::string_view beginning) { return rest.starts_with(beginning); };
  if (!key.part && std::any_of(std::begin(kUnetBeginnings), std::end(kUnetBeginnings), begins))
    key.part = LoraPart::Unet;
  key.module = rest;
}

template <class Test>
bool any(std::span<const std::string_view> keys, Test test) {
  return std::any_of(keys.begin(), keys.end(), test);
}

bool any_contains(std::span<const std::string_view> keys, std::string_view mark) {
  return any(keys, [&](std::string_view key) { return key.find(mark) != key.npos; });
}

bool any_begins(std::span<const std::string_view> keys, std::string_view prefix) {
  return any(keys, [&](std::string_view key) { return key.starts_with(prefix); });
}

}  // namespace

std::string_view name_of(LoraForm form) {
  switch (form) {
    case LoraForm::Kohya:
      return "kohya names";
    case LoraForm::OldDiffusers:
      return "older diffusers names";
    case LoraForm::Peft:
      break;
  }
  return "PEFT names";
}

std::optional<LoraKey> parse_lora_key(std::string_view key) {
  const std::string plain = without_adapter_name(key);
  std::string_view stem = plain;
  for (const Suffix& suffix : kSuffixes) {
    if (!eat_end(stem, suffix.text)) continue;
    LoraKey result{.role = suffix.role,
                   .form = suffix.form,
                   .stem = std::string(stem),
                   .part = {},
                   .module = {}};
    // "attn1.processor.to_q_lora": the processor stands between the module and its projection.
    constexpr std::string_view kProcessor = ".processor.";
    if (const std::size_t at = result.stem.rfind(kProcessor); at != std::string::npos) {
      result.stem.replace(at, kProcessor.size(), ".");
    }
    find_module(result);
    return result;
  }
  return std::nullopt;
}

std::string_view unsupported_adapter(std::string_view key) {
  for (const Kind& kind : kUnsupported) {
    if (kind.is_suffix ? key.ends_with(kind.mark) : key.find(kind.mark) != key.npos)
      return kind.name;
  }
  return "";
}

std::string_view foreign_architecture(std::span<const std::string_view> keys) {
  for (const std::string_view mark :
       {"double_blocks", "single_blocks", "single_transformer_blocks"}) {
    if (any_contains(keys, mark)) return "Flux";
  }
  for (const std::string_view mark : {"joint_blocks", "attn.add_k_proj", "attn_add_k_proj"}) {
    if (any_contains(keys, mark)) return "Stable Diffusion 3";
  }
  if (any_begins(keys, "lora_te3_") || any_begins(keys, "text_encoder_3."))
    return "Stable Diffusion 3";
  for (const std::string_view prefix :
       {"transformer.", "lora_transformer_", "base_model.model.transformer."}) {
    if (any_begins(keys, prefix)) return "a diffusion transformer";
  }
  return "";
}

std::string_view other_content(std::span<const std::string_view> keys) {
  for (const std::string_view prefix :
       {"model.diffusion_model.", "first_stage_model.", "conditioner.", "cond_stage_model."}) {
    if (any_begins(keys, prefix)) return "a whole model (checkpoint)";
  }
  if (any_begins(keys, "down_blocks.") || any_begins(keys, "input_blocks."))
    return "the weights of a UNet";
  if (any_begins(keys, "text_model.")) return "the weights of a text encoder";
  if (any_begins(keys, "encoder.") || any_begins(keys, "decoder.")) return "the weights of a VAE";
  if (any_begins(keys, "emb_params") || any_begins(keys, "clip_l") || any_begins(keys, "clip_g"))
    return "a textual inversion";
  return "";
}

}  // namespace studio
