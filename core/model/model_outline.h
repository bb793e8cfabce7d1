// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What can be known of a model from its configuration files alone, so that jobs can be checked and
// counted before its weights are read.
#pragma once

#include "core/model/attention_edit.h"
#include "core/model/configs.h"
#include "core/model/model_files.h"

#include <string>

namespace studio {

struct SdxlModel;

struct ModelOutline {
  std::string path;
  std::string hash;  // of the weights; "" while they were not read
  std::string config_hash;  // see ModelFiles::config_hash()
  std::string lora_key;     // what LoRAs make of it; "" without
  LayerCounts layers;
  SchedulerConfig scheduler;
  bool zeros_for_empty_negative = true;
  int text_layers = 0;  // of the shallower text encoder; 0: not known
  int native_size_px = 0;
  int size_multiple_px = 0;  // widths and heights must be multiples of this
};

// Self-attention layers of a UNet with this configuration.
LayerCounts count_layers(const UnetConfig& config);

// Says also when a tokenizer or weights are not there at all. Whether weights can be read shows
// when they are. Errors: ModelUnloadable, naming the file and what is wrong. Blocks on a few small
// files.
Result<ModelOutline> read_outline(const std::string& path, const ModelPaths& paths = {});

ModelOutline outline_of(const SdxlModel& model);

}  // namespace studio
