// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What can be known of a model from its configuration files alone, so that jobs can be checked and
// counted before its weights are read.
#pragma once

#include <string>

#include "core/model/attention_edit.h"
#include "core/model/configs.h"

namespace studio {

struct SdxlModel;

struct ModelOutline {
  std::string path;
  std::string hash;  // of the weights; "" while they were not read
  LayerCounts layers;
  SchedulerConfig scheduler;
  bool zeros_for_empty_negative = true;
  int text_layers = 0;  // of the shallower text encoder; 0: not known
  int native_size_px = 0;
  int size_multiple_px = 0;  // widths and heights must be multiples of this
};

// Self-attention layers of a UNet with this configuration.
LayerCounts count_layers(const UnetConfig& config);

// Errors: ModelUnloadable or Io, naming the file and what is wrong. Blocks on a few small files.
Result<ModelOutline> read_outline(const std::string& path);

ModelOutline outline_of(const SdxlModel& model);

}  // namespace studio
