// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What can be known of a model from its configuration files alone, so that jobs can be checked and
// counted before its weights are read.
#pragma once

#include "core/model/attention_edit.h"
#include "core/model/configs.h"

#include <span>
#include <string>
#include <string_view>

namespace studio {

struct SdxlModel;

struct ModelOutline {
  std::string path;
  std::string hash;  // of the weights; "" while they were not read
  std::string config_hash;  // see hash_configs()
  LayerCounts layers;
  SchedulerConfig scheduler;
  bool zeros_for_empty_negative = true;
  int native_size_px = 0;
  int size_multiple_px = 0;  // widths and heights must be multiples of this
};

// Self-attention layers of a UNet with this configuration.
LayerCounts count_layers(const UnetConfig& config);

// The files in a model's folder, but for its weights, that decide what it computes: configurations,
// the scheduler and the tokenizers. Relative to the folder; some are optional.
std::span<const std::string_view> config_files();

// SHA-256 over the content of config_files(): 64 hex digits. Models with equal weights may differ
// in these. Errors: ModelUnloadable when one cannot be read. Blocks.
Result<std::string> hash_configs(const std::string& path);

// Says also when a tokenizer or weights are not there at all. Whether weights can be read shows
// when they are. Errors: ModelUnloadable, naming the file and what is wrong. Blocks on a few small
// files.
Result<ModelOutline> read_outline(const std::string& path);

ModelOutline outline_of(const SdxlModel& model);

}  // namespace studio
