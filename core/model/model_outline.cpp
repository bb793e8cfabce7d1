// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The few numbers that planning needs, from files or from a loaded model.
#include "core/model/model_outline.h"

#include "core/model/sdxl_model.h"

#include <algorithm>
#include <filesystem>

namespace studio {
namespace {

namespace fs = std::filesystem;

void set_sizes(ModelOutline& outline, const UnetConfig& unet, const VaeConfig& vae) {
  outline.layers = count_layers(unet);
  outline.native_size_px = static_cast<int>(unet.sample_size) * vae.factor();
  outline.size_multiple_px = vae.factor() * unet.downsampling();
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

Result<ModelOutline> read_outline(const std::string& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) {
    return Error{ErrorCode::ModelUnloadable, "\"" + path + "\" is no folder in the diffusers layout"};
  }
  const auto file = [&](const char* name) { return (fs::path(path) / name).string(); };
  auto index = read_model_index(file("model_index.json"));
  if (!index) return index.error();
  auto scheduler = read_scheduler_config(file("scheduler/scheduler_config.json"));
  if (!scheduler) return scheduler.error();
  auto unet = read_unet_config(file("unet/config.json"));
  if (!unet) return unet.error();
  auto vae = read_vae_config(file("vae/config.json"));
  if (!vae) return vae.error();
  ModelOutline outline;
  outline.path = path;
  outline.scheduler = scheduler.value();
  outline.zeros_for_empty_negative = index.value().zeros_for_empty_negative;
  set_sizes(outline, unet.value(), vae.value());
  // Loading says what is wrong with these files.
  const auto text_1 = read_text_encoder_config(file("text_encoder/config.json"));
  const auto text_2 = read_text_encoder_config(file("text_encoder_2/config.json"));
  if (text_1 && text_2) outline.text_layers = std::min(text_1.value().layers, text_2.value().layers);
  return outline;
}

ModelOutline outline_of(const SdxlModel& model) {
  ModelOutline outline;
  outline.path = model.path;
  outline.hash = model.hash;
  outline.scheduler = model.scheduler;
  outline.zeros_for_empty_negative = model.index.zeros_for_empty_negative;
  outline.text_layers = std::min(model.text_encoder_1.config().layers, model.text_encoder_2.config().layers);
  set_sizes(outline, model.unet.config(), model.vae.config());
  return outline;
}

}  // namespace studio
