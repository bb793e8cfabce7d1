// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The few numbers that planning needs, from files or from a loaded model.
#include "core/model/model_outline.h"

#include "core/io/files.h"
#include "core/model/sdxl_model.h"
#include "core/weights/checkpoint.h"

#include <algorithm>
#include <filesystem>

namespace studio {
namespace {

namespace fs = std::filesystem;

template <class T>
Result<T> read(const Result<ConfigFile>& config, Result<T> (*reader)(const ConfigFile&)) {
  if (!config) return config.error();
  return reader(config.value());
}

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
Result<void> find_other_parts(const ModelFiles& files) {
  for (const WeightPart part : {WeightPart::TextEncoder1, WeightPart::TextEncoder2}) {
    if (auto config = read(files.config(part), read_text_encoder_config); !config)
      return config.error();
  }
  for (const int number : {1, 2}) {
    auto place = files.tokenizer_place(number);
    if (!place) return place.error();
    const std::string merges = (fs::path(place.value().folder) / "merges.txt").string();
    std::error_code failed;
    if (fs::exists(merges, failed) || fs::exists(merges + ".gz", failed)) continue;
    return file_error(ErrorCode::ModelUnloadable, merges, "this file of the tokenizer is missing");
  }
  for (const WeightPart part : kWeightParts) {
    if (auto weights = files.weights(part, at::kFloat); !weights) return weights.error();
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

Result<ModelOutline> read_outline(const std::string& path, const ModelPaths& paths) {
  auto files = ModelFiles::open(path, paths);
  if (!files) return unloadable(files.error());
  auto index = read(files.value().index(), read_model_index);
  if (!index) return unloadable(index.error());
  auto scheduler = read(files.value().scheduler(), read_scheduler_config);
  if (!scheduler) return unloadable(scheduler.error());
  auto unet = read(files.value().config(WeightPart::Unet), read_unet_config);
  if (!unet) return unloadable(unet.error());
  auto vae = read(files.value().config(WeightPart::Vae), read_vae_config);
  if (!vae) return unloadable(vae.error());
  if (auto rest = find_other_parts(files.value()); !rest) return unloadable(rest.error());
  auto config_hash = files.value().config_hash();
  if (!config_hash) return unloadable(config_hash.error());
  ModelOutline outline;
  outline.path = path;
  outline.config_hash = std::move(config_hash).value();
  outline.scheduler = scheduler.value();
  outline.zeros_for_empty_negative = index.value().zeros_for_empty_negative;
  set_sizes(outline, unet.value(), vae.value());
  // Loading says what is wrong with these files.
  const auto text_1 = read(files.value().config(WeightPart::TextEncoder1), read_text_encoder_config);
  const auto text_2 = read(files.value().config(WeightPart::TextEncoder2), read_text_encoder_config);
  if (text_1 && text_2) outline.text_layers = std::min(text_1.value().layers, text_2.value().layers);
  return outline;
}

ModelOutline outline_of(const SdxlModel& model) {
  ModelOutline outline;
  outline.path = model.path;
  outline.hash = model.hash;
  outline.config_hash = model.config_hash;
  outline.scheduler = model.scheduler;
  outline.zeros_for_empty_negative = model.index.zeros_for_empty_negative;
  outline.text_layers = std::min(model.text_encoder_1.config().layers, model.text_encoder_2.config().layers);
  set_sizes(outline, model.unet.config(), model.vae.config());
  return outline;
}

}  // namespace studio
