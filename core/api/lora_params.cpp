// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Declaration of the slots, and reading them.
#include "core/api/lora_params.h"

#include "core/api/nearest.h"

#include <algorithm>
#include <array>

namespace studio {
namespace {

constexpr std::string_view kCard = "lora";
constexpr double kMaxPathBytes = 4'096;
constexpr double kLargestWeight = 10;

// Keys and labels of all slots; the specs look into them.
struct SlotTexts {
  std::string file, weight, text_weight;
  std::string file_label, weight_label, text_weight_label;
};

std::vector<SlotTexts> make_texts() {
  std::vector<SlotTexts> texts;
  for (int slot = 1; slot <= kLoraSlots; ++slot) {
    const std::string number = std::to_string(slot);
    texts.push_back({number + ".file",
                     number + ".weight",
                     number + ".text_weight",
                     "LoRA " + number,
                     "LoRA " + number + " weight",
                     "LoRA " + number + " text weight"});
  }
  return texts;
}

ParamSpec weight_spec(std::string_view key, std::string_view label, std::string_view doc) {
  ParamSpec spec;
  spec.key = key;
  spec.label = label;
  spec.doc = doc;
  spec.kind = ParamKind::Real;
  spec.initial = 1.0;
  spec.neutral = 0.0;
  spec.min = -kLargestWeight;
  spec.max = kLargestWeight;
  spec.step = 0.05;
  spec.slider_min = 0;
  spec.slider_max = 2;
  return spec;
}

std::vector<ParamSpec> make_specs(const std::vector<SlotTexts>& texts) {
  std::vector<ParamSpec> specs;
  for (const SlotTexts& slot : texts) {
    ParamSpec file;
    file.key = slot.file;
    file.label = slot.file_label;
    file.doc = "A LoRA or DoRA in a .safetensors file; empty: none in this slot.";
    file.kind = ParamKind::Text;
    file.initial = std::string();
    file.neutral = std::string();
    file.max = kMaxPathBytes;
    file.path_of = "*.safetensors";
    file.file_kind = FileKind::Lora;
    // One empty slot at a time is enough to see.
    if (&slot != &texts.front()) file.needs = (&slot - 1)->file;
    specs.push_back(file);
    ParamSpec weight = weight_spec(
        slot.weight, slot.weight_label, "How much of the LoRA the UNet gets; 0 leaves it out.");
    weight.needs = slot.file;
    specs.push_back(weight);
    ParamSpec text = weight_spec(
        slot.text_weight, slot.text_weight_label, "How much of the LoRA the text encoders get.");
    text.needs = slot.file;
    text.absent_means = "the same as the weight";
    specs.push_back(text);
  }
  return specs;
}

Error unknown_key(const std::string& path) {
  std::vector<std::string> paths;
  for (const ParamSpec& spec : lora_card().params)
    paths.push_back(std::string(kCard) + "." + std::string(spec.key));
  const std::vector<std::string_view> known(paths.begin(), paths.end());
  return {ErrorCode::InvalidArgument,
          "\"" + shown_text(path) + "\" is not a parameter" + did_you_mean(path, known)};
}

}  // namespace

const Card& lora_card() {
  static const std::vector<SlotTexts> texts = make_texts();
  static const std::vector<ParamSpec> specs = make_specs(texts);
  static const Card card{
      .id = kCard,
      .label = "LoRA",
      .source = "Hu et al. 2022 (LoRA), Liu et al. 2024 (DoRA)",
      .doc = "Small additions to the model's weights, each in a file of its own.",
      .params = specs,
      .kept_in_twin = true};
  return card;
}

Result<std::vector<LoraUse>> loras_of(const ParamSet& values) {
  const std::string prefix = std::string(kCard) + ".";
  const auto specs = lora_card().params;
  for (auto value = values.lower_bound(prefix);
       value != values.end() && value->first.starts_with(prefix);
       ++value) {
    const std::string_view key = std::string_view(value->first).substr(prefix.size());
    const auto spec =
        std::find_if(specs.begin(), specs.end(), [&](const ParamSpec& s) { return s.key == key; });
    if (spec == specs.end()) return unknown_key(value->first);
    if (auto valid = validate(*spec, value->first, value->second); !valid) return valid.error();
  }
  const auto number = [&](const std::string& path, double absent) {
    const auto found = values.find(path);
    return found == values.end() ? absent : std::get<double>(found->second);
  };
  std::vector<LoraUse> loras;
  for (int slot = 1; slot <= kLoraSlots; ++slot) {
    const std::string path = prefix + std::to_string(slot) + ".";
    const auto file = values.find(path + "file");
    if (file == values.end() || std::get<std::string>(file->second).empty()) continue;
    LoraUse use{std::get<std::string>(file->second), number(path + "weight", 1.0), 0};
    use.text_weight = number(path + "text_weight", use.unet_weight);
    if (use.unet_weight != 0 || use.text_weight != 0) loras.push_back(std::move(use));
  }
  return loras;
}

}  // namespace studio
