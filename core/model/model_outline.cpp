// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The few numbers that planning needs, from files or from a loaded model.
#include "core/model/model_outline.h"

#include "core/base/sha256.h"
#include "core/io/files.h"
#include "core/model/sdxl_model.h"
#include "core/weights/checkpoint.h"

#include <array>
#include <filesystem>

namespace studio {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 16> kConfigFiles{"model_index.json",
                                                        "scheduler/scheduler_config.json",
                                                        "text_encoder/config.json",
                                                        "text_encoder_2/config.json",
                                                        "unet/config.json",
                                                        "vae/config.json",
                                                        "tokenizer/merges.txt",
                                                        "tokenizer/merges.txt.gz",
                                                        "tokenizer/vocab.json",
                                                        "tokenizer/special_tokens_map.json",
                                                        "tokenizer/tokenizer_config.json",
                                                        "tokenizer_2/merges.txt",
                                                        "tokenizer_2/merges.txt.gz",
                                                        "tokenizer_2/vocab.json",
                                                        "tokenizer_2/special_tokens_map.json",
                                                        "tokenizer_2/tokenizer_config.json"};
constexpr std::size_t kLargestConfig = std::size_t{32} << 20;  // vocabularies are the largest

void set_sizes(ModelOutline& outline, const UnetConfig& unet, const VaeConfig& vae) {
  outline.layers = count_layers(unet);
  outline.native_size_px = static_cast<int>(unet.sample_size) * vae.factor();
  outline.size_multiple_px = vae.factor() * unet.downsampling();
}

// A model that cannot be read is ModelUnloadable, whatever the file's own problem was.
Error unloadable(Error error) {
  if (error.code == ErrorCode::BadFile || error.code == ErrorCode::Io)
    error.code = ErrorCode::ModelUnloadable;
  return error;
}

// What is not read before the model is loaded must be there at least.
Result<void> find_other_parts(const std::string& path) {
  const auto file = [&](const std::string& name) { return (fs::path(path) / name).string(); };
  for (const std::string part : {"text_encoder", "text_encoder_2"}) {
    if (auto config = read_text_encoder_config(file(part + "/config.json")); !config)
      return config.error();
  }
  for (const std::string part : {"tokenizer", "tokenizer_2"}) {
    const std::string merges = file(part + "/merges.txt");
    std::error_code failed;
    if (fs::exists(merges, failed) || fs::exists(merges + ".gz", failed)) continue;
    return file_error(ErrorCode::ModelUnloadable, merges, "this file of the tokenizer is missing");
  }
  for (const char* part : {"text_encoder", "text_encoder_2", "unet", "vae"}) {
    if (auto weights = find_weight_files(file(part)); !weights) return weights.error();
  }
  return {};
}

}  // namespace

LayerCounts count_layers(const UnetConfig& config) {
  LayerCounts counts;
  const std::size_t levels = config.block_channels.size();
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t mirrored = levels - 1 - level;
    if (config.down_has_attention[level]) counts.down += config.layers_per_block * config.transformer_layers[level];
    if (config.up_has_attention[level]) counts.up += (config.layers_per_block + 1) * config.transformer_layers[mirrored];
  }
  counts.mid = config.transformer_layers[levels - 1];
  return counts;
}

std::span<const std::string_view> config_files() { return kConfigFiles; }

Result<std::string> hash_configs(const std::string& path) {
  Sha256 hash;
  const auto add = [&hash](std::string_view text) {
    const std::string size = std::to_string(text.size()) + ":";  // keeps neighbouring texts apart
    hash.add(size);
    hash.add(text);
  };
  for (const std::string_view name : kConfigFiles) {
    const std::string file = (fs::path(path) / name).string();
    std::error_code failed;
    if (!fs::exists(file, failed)) continue;
    auto content = read_file(file, kLargestConfig);
    if (!content) return Error{ErrorCode::ModelUnloadable, content.error().message};
    add(name);
    add(content.value());
  }
  return hash.finish();
}

Result<ModelOutline> read_outline(const std::string& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) {
    return Error{ErrorCode::ModelUnloadable, "\"" + path + "\" is no folder in the diffusers layout"};
  }
  const auto file = [&](const char* name) { return (fs::path(path) / name).string(); };
  auto index = read_model_index(file("model_index.json"));
  if (!index) return unloadable(index.error());
  auto scheduler = read_scheduler_config(file("scheduler/scheduler_config.json"));
  if (!scheduler) return unloadable(scheduler.error());
  auto unet = read_unet_config(file("unet/config.json"));
  if (!unet) return unloadable(unet.error());
  auto vae = read_vae_config(file("vae/config.json"));
  if (!vae) return unloadable(vae.error());
  if (auto rest = find_other_parts(path); !rest) return unloadable(rest.error());
  auto config_hash = hash_configs(path);
  if (!config_hash) return config_hash.error();
  ModelOutline outline;
  outline.path = path;
  outline.config_hash = std::move(config_hash).value();
  outline.scheduler = scheduler.value();
  outline.zeros_for_empty_negative = index.value().zeros_for_empty_negative;
  set_sizes(outline, unet.value(), vae.value());
  return outline;
}

ModelOutline outline_of(const SdxlModel& model) {
  ModelOutline outline;
  outline.path = model.path;
  outline.hash = model.hash;
  outline.config_hash = model.config_hash;
  outline.scheduler = model.scheduler;
  outline.zeros_for_empty_negative = model.index.zeros_for_empty_negative;
  set_sizes(outline, model.unet.config(), model.vae.config());
  return outline;
}

}  // namespace studio
