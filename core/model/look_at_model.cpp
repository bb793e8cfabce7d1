// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What one file or folder is, for a list of models: only what headers and configurations say.
#include "core/base/guard.h"
#include "core/io/strict_json.h"
#include "core/model/model_catalogue.h"
#include "core/model/model_files.h"
#include "core/model/sdxl_model.h"
#include "core/weights/lora_file.h"
#include "core/weights/model_kind.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

#include <sys/stat.h>

namespace studio {
namespace {

namespace fs = std::filesystem;

constexpr int kUsualSide = 1024;

// Without the path in front: what is shown stands beside it.
std::string without_path(const std::string& message, const std::string& path) {
  const bool is_quoted = message.starts_with("\"");
  if (!std::string_view(message).substr(is_quoted ? 1 : 0).starts_with(path)) return message;
  const std::size_t end = message.find(is_quoted ? "\": " : ": ");
  return end == std::string::npos ? message : message.substr(end + (is_quoted ? 3 : 2));
}

// "a LoRA file" as a heading: "LoRA file".
std::string as_heading(std::string name) {
  for (const std::string_view article : {"a ", "an "}) {
    if (name.starts_with(article)) {
      name.erase(0, article.size());
      break;
    }
  }
  if (!name.empty()) name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name;
}

// The first reason counts.
void refuse(FoundModel& found, const std::string& why) {
  found.usable = false;
  if (found.problem.empty()) found.problem = without_path(why, found.path);
}

// Adds sizes and the youngest time.
void add_files(FoundModel& found, const std::set<std::string>& files) {
  for (const std::string& file : files) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) continue;
    found.bytes += static_cast<std::int64_t>(status.st_size);
    found.modified_s = std::max(found.modified_s, static_cast<std::int64_t>(status.st_mtim.tv_sec));
  }
}

std::string joined(const std::set<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

void add_dtypes(FoundModel& found, const std::vector<SafetensorsEntry>& entries) {
  std::set<std::string> dtypes;
  for (const SafetensorsEntry& entry : entries) dtypes.insert(entry.dtype_text);
  found.dtype = joined(dtypes);
}

void add_traits(FoundModel& found, const ModelFiles& files, const SchedulerConfig& scheduler) {
  if (scheduler.prediction == Prediction::Velocity) found.traits.emplace_back("v-prediction");
  if (scheduler.prediction == Prediction::Clean) found.traits.emplace_back("predicts the clean picture");
  if (scheduler.has_zero_snr) found.traits.emplace_back("zero SNR");
  if (scheduler.edm) found.traits.emplace_back("EDM noise");
  // Of the ways to make a model quick, this is the one that its files tell.
  if (const auto config = files.scheduler()) {
    const auto text = read_text(config.value());
    const bool is_lcm = text && (text.value().find("\"LCMScheduler\"") != std::string::npos ||
                                 text.value().find("\"TCDScheduler\"") != std::string::npos);
    if (is_lcm) found.traits.emplace_back("few steps (LCM)");
  }
  const auto unet_file = files.config(WeightPart::Unet), vae_file = files.config(WeightPart::Vae);
  if (!unet_file || !vae_file) return;
  const auto unet = read_unet_config(unet_file.value());
  const auto vae = read_vae_config(vae_file.value());
  if (!unet || !vae) return;
  const auto side = static_cast<int>(unet.value().sample_size) * vae.value().factor();
  if (side != kUsualSide)
    found.traits.push_back("made for " + std::to_string(side) + " x " + std::to_string(side));
}

// Parts that other files can stand in for are missing; anything else is a problem.
void look_at_parts(FoundModel& found, const ModelFiles& files) {
  std::set<std::string> paths, dtypes;
  for (const WeightPart part : kWeightParts) {
    const auto source = files.weights(part, at::kFloat, at::kMeta);
    if (source) {
      for (std::string& path : source.value().files()) paths.insert(std::move(path));
      dtypes.insert(source.value().summary().dtype);
      continue;
    }
    if (part == WeightPart::Unet) return refuse(found, source.error().message);
    if (part == WeightPart::Vae)
      found.missing.emplace_back("VAE");
    else
      found.missing.emplace_back(part == WeightPart::TextEncoder1 ? "first text encoder"
                                                                  : "second text encoder");
  }
  add_files(found, paths);
  found.dtype = joined(dtypes);
  found.can_hash = found.missing.empty();
  for (const int number : {1, 2}) {
    const auto place = files.tokenizer_place(number);
    if (!place && found.missing.empty()) refuse(found, place.error().message);
  }
}

void look_at_pipeline(FoundModel& found, const std::string& resources) {
  found.kind = FileKind::Model;
  std::error_code failed;
  const bool is_folder = fs::is_directory(found.path, failed);
  if (is_folder) found.what = "Model, diffusers folder";
  auto files =
      ModelFiles::open(found.path, {.resources_path = resources, .vae_path = {}, .text_encoders_path = {}});
  if (!files) return refuse(found, files.error().message);
  found.usable = true;
  const auto check = [&](const auto& config, auto reader) {
    if (!found.usable) return;
    if (!config) return refuse(found, config.error().message);
    if (const auto read = reader(config.value()); !read) refuse(found, read.error().message);
  };
  check(files.value().index(), read_model_index);
  check(files.value().config(WeightPart::Unet), read_unet_config);
  check(files.value().scheduler(), read_scheduler_config);
  look_at_parts(found, files.value());
  if (!found.usable) found.missing.clear();
  if (found.usable) {
    found.what = files.value().kind();
    add_traits(found, files.value(), read_scheduler_config(files.value().scheduler().value()).value());
  }
  found.can_hash = found.can_hash && found.usable;
}

void look_at_lora(FoundModel& found) {
  found.kind = FileKind::Lora;
  const ModelReport report = inspect_lora(found.path);
  found.what = report.kind;
  found.usable = found.can_hash = report.loadable;
  if (report.loadable && !report.parts.empty()) found.traits.push_back(report.parts.front().details);
  if (!report.loadable)
    refuse(found, report.parts.empty() ? "it cannot be read" : report.parts.front().problem);
}

void look_at_vae(FoundModel& found, const SafetensorsFile& file) {
  constexpr std::int64_t kChannels = 4;
  found.kind = FileKind::Vae;
  std::int64_t channels = kChannels;
  for (const char* name : {"decoder.conv_in.weight", "first_stage_model.decoder.conv_in.weight"}) {
    if (const auto* entry = file.find(name); entry != nullptr && entry->shape.size() > 1)
      channels = entry->shape[1];
  }
  // Those of Stable Diffusion 1 have the same names and shapes.
  found.what = "VAE of " + std::to_string(channels) + " latent channels";
  found.usable = channels == kChannels;
  if (!found.usable)
    refuse(found, "it has " + std::to_string(channels) +
                      " latent channels, but SDXL's have 4: it belongs to models of another family");
}

void look_at_control_net(FoundModel& found, const std::vector<SafetensorsEntry>& entries) {
  found.kind = FileKind::ControlNet;
  found.what = "ControlNet";
  found.usable = true;
  if (const std::string why = control_net_problem(entries); !why.empty()) return refuse(found, why);
  for (const SafetensorsEntry& entry : entries) {
    if (!entry.name.ends_with(".attn2.to_k.weight") || entry.shape.size() != 2) continue;
    const std::string family(architecture_of_width(entry.shape[1]));
    if (!family.empty() && family != "SDXL") refuse(found, "it was made for " + family + ", not for SDXL");
    return;
  }
}

FileKind group_of(ModelKind kind) {
  switch (kind) {
    case ModelKind::Sdxl:
    case ModelKind::SdxlRefiner:
    case ModelKind::SdxlInpaint:
    case ModelKind::SdxlEdit:
    case ModelKind::SdxlUnusual:
    case ModelKind::StableDiffusion1:
    case ModelKind::StableDiffusion2:
    case ModelKind::StableDiffusion3:
    case ModelKind::Flux:
    case ModelKind::UnetAlone:
    case ModelKind::Gguf:
      return FileKind::Model;
    case ModelKind::Vae:
      return FileKind::Vae;
    case ModelKind::Lora:
      return FileKind::Lora;
    case ModelKind::ControlNet:
      return FileKind::ControlNet;
    case ModelKind::TinyVae:
    case ModelKind::TextEncoder:
    case ModelKind::Embedding:
    case ModelKind::Pickle:
    case ModelKind::Unknown:
      break;
  }
  return FileKind::Other;
}

void look_at_file(FoundModel& found, const std::string& resources) {
  add_files(found, {found.path});
  const std::int64_t bytes = found.bytes;
  found.what = "Weights";
  auto kind = kind_of_file(found.path);
  if (!kind) return refuse(found, kind.error().message);
  found.kind = group_of(kind.value().kind);
  found.what = as_heading(kind.value().name);
  if (kind.value().kind == ModelKind::Pickle || kind.value().kind == ModelKind::Gguf)
    return refuse(found, kind.value().remedy);
  auto file = SafetensorsFile::open(found.path);
  if (!file) return refuse(found, file.error().message);
  add_dtypes(found, file.value()->entries());
  switch (kind.value().kind) {
    case ModelKind::Sdxl:
      look_at_pipeline(found, resources);
      break;
    case ModelKind::Lora:
      look_at_lora(found);
      break;
    case ModelKind::Vae:
      look_at_vae(found, *file.value());
      break;
    case ModelKind::ControlNet:
      look_at_control_net(found, file.value()->entries());
      break;
    default:
      refuse(found, kind.value().remedy);
  }
  found.bytes = bytes;
}

// A folder with the configuration and the weights of one part.
void look_at_part(FoundModel& found) {
  const std::string config = (fs::path(found.path) / "config.json").string();
  found.what = "Part of a model";
  const auto weights = find_weight_files(found.path);
  if (weights) add_files(found, {weights.value().begin(), weights.value().end()});
  const auto json = read_json_file(config);
  if (!json) return refuse(found, json.error().message);
  const bool is_object = json.value().is_object();
  const auto class_name =
      is_object && json.value().contains("_class_name") ? json.value()["_class_name"] : nlohmann::json();
  const std::string name = class_name.is_string() ? class_name.get<std::string>() : "";
  const auto check = [&](const auto& read) {
    found.usable = bool(read) && bool(weights);
    if (!read) return refuse(found, read.error().message);
    if (!weights) refuse(found, weights.error().message);
  };
  if (name == "AutoencoderKL") {
    found.kind = FileKind::Vae;
    found.what = "VAE, diffusers folder";
    check(read_vae_config(config));
  } else if (name.starts_with("ControlNet")) {
    found.kind = FileKind::ControlNet;
    found.what = "ControlNet, diffusers folder";
    check(read_control_config(config));
  } else if (name == "UNet2DConditionModel") {
    found.kind = FileKind::Model;
    found.what = "UNet alone";
    refuse(found,
           "put it into the unet folder of an SDXL model in the diffusers layout and choose that folder");
  } else {
    if (!name.empty()) found.what += ": " + name.substr(0, 60);
    refuse(found, "only whole SDXL models, LoRAs, VAEs and ControlNets can be used");
  }
  if (!weights || weights.value().empty()) return;
  if (const auto file = SafetensorsFile::open(weights.value().front()))
    add_dtypes(found, file.value()->entries());
}

}  // namespace

FoundModel look_at_model(const std::string& path, const std::string& resources) {
  FoundModel found;
  found.path = path;
  const auto looked = to_result([&]() -> Result<void> {
    std::error_code failed;
    if (!fs::is_directory(path, failed))
      look_at_file(found, resources);
    else if (fs::is_regular_file(fs::path(path) / "model_index.json", failed))
      look_at_pipeline(found, resources);
    else
      look_at_part(found);
    return {};
  });
  if (!looked) refuse(found, looked.error().message);
  return found;
}

std::string hash_key_of(const FoundModel& found, const std::string& resources) {
  if (found.kind == FileKind::Lora) return hash_key_of_lora(found.path);
  const auto key = to_result([&]() -> Result<std::string> {
    auto files =
        ModelFiles::open(found.path, {.resources_path = resources, .vae_path = {}, .text_encoders_path = {}});
    if (!files) return files.error();
    return hash_key_of_model(files.value());
  });
  return key ? key.value() : "";
}

}  // namespace studio
