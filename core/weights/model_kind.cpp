// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Each family of models has tensors that no other has.
#include "core/weights/model_kind.h"

#include "core/weights/single_file_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <unordered_map>

namespace studio {
namespace {

constexpr std::string_view kUnet = "model.diffusion_model.";

class Keys {
 public:
  explicit Keys(const std::vector<SafetensorsEntry>& entries) : entries_(entries) {
    by_name_.reserve(entries.size());
    for (const SafetensorsEntry& entry : entries) by_name_.emplace(entry.name, &entry);
  }
  bool has(std::string_view name) const { return by_name_.contains(name); }
  // The size of a dimension of a tensor, or -1.
  std::int64_t size(std::string_view name, std::size_t dimension) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() || found->second->shape.size() <= dimension ? -1 : found->second->shape[dimension];
  }
  template <class Test>
  bool any(Test test) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const SafetensorsEntry& entry) { return test(std::string_view(entry.name)); });
  }
  bool any_starts(std::string_view start) const {
    return any([&](std::string_view name) { return name.starts_with(start); });
  }
  // Width of the text that the UNet attends to, or -1.
  std::int64_t text_width(std::string_view root) const {
    for (const SafetensorsEntry& entry : entries_) {
      if (entry.name.starts_with(root) && entry.name.ends_with(".attn2.to_k.weight") && entry.shape.size() == 2) return entry.shape[1];
    }
    return -1;
  }

 private:
  const std::vector<SafetensorsEntry>& entries_;
  std::unordered_map<std::string_view, const SafetensorsEntry*> by_name_;
};

KindOfFile refused(ModelKind kind, std::string name, std::string remedy) {
  KindOfFile result;
  result.kind = kind;
  result.name = std::move(name);
  result.remedy = std::move(remedy);
  return result;
}

KindOfFile other_family(ModelKind kind, const std::string& family) {
  return refused(kind, "a " + family + " model", "only SDXL models can be loaded: choose one, or a model made from SDXL");
}

bool is_lora_key(std::string_view name) {
  constexpr std::string_view kParts[] = {".lora_down.", ".lora_up.", ".lora_A.", ".lora_B.", ".lora.down.", ".lora.up.",
                                         "_lora.down.", "_lora.up.", ".hada_w1_a", ".lokr_w1", ".dora_scale", ".oft_blocks"};
  if (name.starts_with("lora_unet_") || name.starts_with("lora_te")) return true;
  return std::any_of(std::begin(kParts), std::end(kParts), [&](std::string_view part) { return name.find(part) != name.npos; });
}

bool is_controlnet_key(std::string_view name) {
  for (const std::string_view start : {"control_model.", "input_hint_block.", "controlnet_cond_embedding.", "controlnet_down_blocks."}) {
    if (name.starts_with(start)) return true;
  }
  return name == "lora_controlnet";
}

// Files that add to a model: told first, since their keys repeat those of models.
KindOfFile kind_of_addition(const Keys& keys) {
  if (keys.any(is_controlnet_key)) {
    return refused(ModelKind::ControlNet, "a ControlNet", "it steers a model and is none itself: choose an SDXL model here");
  }
  if (keys.any(is_lora_key)) {
    return refused(ModelKind::Lora, "a LoRA file", "it changes a model and is none itself: choose an SDXL model here and add this file as a LoRA");
  }
  if (keys.has("emb_params") || keys.has("string_to_param") || (keys.has("clip_l") && keys.has("clip_g"))) {
    return refused(ModelKind::Embedding, "a textual-inversion embedding", "it is a word for prompts and no model: choose an SDXL model here");
  }
  return {};
}

KindOfFile kind_of_sdxl(const Keys& keys, std::int64_t text_width) {
  KindOfFile kind;
  kind.has_text_encoder_1 = keys.any_starts(root_of(WeightPart::TextEncoder1));
  kind.has_text_encoder_2 = keys.any_starts(root_of(WeightPart::TextEncoder2));
  kind.has_vae = keys.any_starts(root_of(WeightPart::Vae));
  const bool has_refiner_text = keys.any_starts("conditioner.embedders.0.model.");
  if (has_refiner_text || (text_width == 1280 && !kind.has_text_encoder_2)) {
    return refused(ModelKind::SdxlRefiner, "an SDXL refiner", "it only finishes pictures of a base model: choose an SDXL base model");
  }
  const std::int64_t channels = keys.size(std::string(kUnet) + "input_blocks.0.0.weight", 1);
  if (channels == 9) {
    return refused(ModelKind::SdxlInpaint, "an SDXL inpainting model (9 input channels)", "it needs a masked picture: choose an SDXL text-to-image model");
  }
  if (channels == 8) {
    return refused(ModelKind::SdxlEdit, "an SDXL editing model (8 input channels)", "it needs a picture to edit: choose an SDXL text-to-image model");
  }
  if (channels != 4) {
    return refused(ModelKind::SdxlUnusual, "an SDXL model with " + std::to_string(channels) + " input channels",
                   "only models with 4 are supported: choose an SDXL text-to-image model");
  }
  if (keys.has("edm_mean") || keys.has("edm_std") || keys.any_starts("edm_vpred.")) {
    return refused(ModelKind::SdxlUnusual, "an SDXL model with the EDM noise schedule", "that schedule is not supported: choose another SDXL model");
  }
  if (keys.has("scaled_fp8") || keys.any([](std::string_view name) { return name.ends_with(".scale_weight"); })) {
    return refused(ModelKind::SdxlUnusual, "an SDXL model in scaled 8-bit numbers", "choose a file in fp16, bf16 or plain fp8");
  }
  kind.kind = ModelKind::Sdxl;
  kind.name = "an SDXL model in one file";
  return kind;
}

KindOfFile kind_of_checkpoint(const Keys& keys) {
  const std::int64_t text_width = keys.text_width(kUnet);
  if (keys.has(std::string(kUnet) + "label_emb.0.0.weight") && !keys.any_starts("cond_stage_model.")) return kind_of_sdxl(keys, text_width);
  if (keys.any_starts("cond_stage_model.model.") || text_width == 1024) return other_family(ModelKind::StableDiffusion2, "Stable Diffusion 2");
  return other_family(ModelKind::StableDiffusion1, "Stable Diffusion 1");
}

KindOfFile kind_of_part(const Keys& keys) {
  const bool is_diffusers_unet = keys.has("conv_in.weight") && keys.any_starts("down_blocks.");
  if (is_diffusers_unet || keys.has("input_blocks.0.0.weight")) {
    return refused(ModelKind::UnetAlone, "a UNet alone",
                   is_diffusers_unet ? "put it into the unet folder of an SDXL model in the diffusers layout and choose that folder"
                                     : "choose a file that holds the whole model");
  }
  if (keys.has("decoder.conv_in.weight") || keys.has("first_stage_model.decoder.conv_in.weight") || keys.has("encoder.conv_in.weight")) {
    return refused(ModelKind::Vae, "a VAE alone", "choose an SDXL model, and give this file as its VAE");
  }
  // Blocks of three convolutions with activations between are in no other kind of file.
  if (keys.any([](std::string_view name) { return name.ends_with(".conv.4.weight"); })) {
    return refused(ModelKind::TinyVae, "a tiny VAE for previews", "choose an SDXL model here; this file is for previews");
  }
  for (const char* start : {"text_model.", "transformer.resblocks.", "transformer.text_model.", "conditioner.embedders.", "encoder.block."}) {
    if (keys.any_starts(start)) {
      return refused(ModelKind::TextEncoder, "a text encoder alone", "choose a file or folder that holds the whole SDXL model");
    }
  }
  return {};
}

bool any_contains(const Keys& keys, std::string_view part) {
  return keys.any([&](std::string_view name) { return name.find(part) != name.npos; });
}

KindOfFile pickle() {
  return refused(ModelKind::Pickle, "a file in a format that can run code (.ckpt, .pt, .pth or .bin)",
                 "such files are never read: get the .safetensors version of this model");
}

}  // namespace

KindOfFile kind_of(const std::vector<SafetensorsEntry>& entries) {
  constexpr std::size_t kMostTensors = 100'000;  // the largest adapters have some ten thousand
  if (entries.size() > kMostTensors) {
    return refused(ModelKind::Unknown, "a file of " + std::to_string(entries.size()) + " tensors",
                   "no model that this program knows has so many: choose an SDXL model");
  }
  const Keys keys(entries);
  if (KindOfFile kind = kind_of_addition(keys); kind.kind != ModelKind::Unknown) return kind;
  if (any_contains(keys, "double_blocks.0.")) return other_family(ModelKind::Flux, "Flux");
  if (any_contains(keys, "joint_blocks.0.")) return other_family(ModelKind::StableDiffusion3, "Stable Diffusion 3");
  if (keys.has(std::string(kUnet) + "input_blocks.0.0.weight")) return kind_of_checkpoint(keys);
  if (KindOfFile kind = kind_of_part(keys); kind.kind != ModelKind::Unknown) return kind;
  std::string names;
  constexpr std::size_t kShown = 3, kLongest = 100;
  for (std::size_t i = 0; i < std::min(kShown, entries.size()); ++i) names += (i == 0 ? "" : ", ") + entries[i].name.substr(0, kLongest);
  return refused(ModelKind::Unknown, "no model that this program knows",
                 entries.empty() ? "it holds no tensor at all" : "its tensors are called " + names + ": choose an SDXL model");
}

std::string control_net_problem(const std::vector<SafetensorsEntry>& entries) {
  const Keys keys(entries);
  if (keys.has("controlnet_cond_embedding.conv_in.weight")) {
    const bool is_union = keys.any_starts("control_add_embedding.") || keys.any_starts("task_embedding");
    return is_union ? "this is a ControlNet for several kinds of pictures at once (union), which is not supported" : "";
  }
  for (const SafetensorsEntry& entry : entries) {
    const std::string_view name = entry.name;
    if (name.starts_with("control_model.") || name.starts_with("input_hint_block.")) {
      return "this is a ControlNet in its original naming; only diffusers' naming is read";
    }
    if (name.find("lora") != std::string_view::npos) return "this is a LoRA or Control-LoRA, not a ControlNet";
    if (name.starts_with(kUnet)) return "this is a whole model, not a ControlNet";
  }
  return "this is no ControlNet: there is no tensor \"controlnet_cond_embedding.conv_in.weight\" in it";
}

Result<KindOfFile> kind_of_file(const std::string& path) {
  std::array<char, 4> start{};
  std::error_code failed;
  // Nothing else is opened here: reading from a pipe would wait for ever.
  if (std::filesystem::is_regular_file(path, failed)) std::ifstream(path, std::ios::binary).read(start.data(), start.size());
  const std::string_view magic(start.data(), start.size());
  // A zip archive, or pickle protocol 2 and later as older programs wrote it bare. Such a first byte would
  // ask for a header of hundreds of bytes that begins with no brace.
  std::string ending = path.substr(std::min(path.size(), path.rfind('.')));
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool is_named_so = ending == ".ckpt" || ending == ".pt" || ending == ".pth" || ending == ".bin";
  if (magic.starts_with("PK\x03\x04") || is_named_so) return pickle();
  if (magic[0] == '\x80' && magic[1] >= 2 && magic[1] <= 5 && ending != ".safetensors") return pickle();
  if (magic == "GGUF") {
    return refused(ModelKind::Gguf, "a GGUF file", "quantised files cannot be read: get the .safetensors version of this model");
  }
  auto file = SafetensorsFile::open(path);
  if (!file) return file.error();
  return kind_of(file.value()->entries());
}

}  // namespace studio
