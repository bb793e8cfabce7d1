// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The few numbers that planning needs, from files or from a loaded model.
#include "core/model/model_outline.h"

#include "core/model/sdxl_model.h"

namespace studio {
namespace {

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
  if (!files) return files.error();
  auto index = read(files.value().index(), read_model_index);
  if (!index) return index.error();
  auto scheduler = read(files.value().scheduler(), read_scheduler_config);
  if (!scheduler) return scheduler.error();
  auto unet = read(files.value().config(WeightPart::Unet), read_unet_config);
  if (!unet) return unet.error();
  auto vae = read(files.value().config(WeightPart::Vae), read_vae_config);
  if (!vae) return vae.error();
  ModelOutline outline;
  outline.path = path;
  outline.scheduler = scheduler.value();
  outline.zeros_for_empty_negative = index.value().zeros_for_empty_negative;
  set_sizes(outline, unet.value(), vae.value());
  return outline;
}

ModelOutline outline_of(const SdxlModel& model) {
  ModelOutline outline;
  outline.path = model.path;
  outline.hash = model.hash;
  outline.scheduler = model.scheduler;
  outline.zeros_for_empty_negative = model.index.zeros_for_empty_negative;
  set_sizes(outline, model.unet.config(), model.vae.config());
  return outline;
}

}  // namespace studio
