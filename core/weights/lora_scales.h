// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Scales of LoRA modules without an alpha of their own: from PEFT's settings, which diffusers keeps
// in the file's metadata and PEFT in a file beside.
#pragma once

#include "core/weights/lora_names.h"
#include "core/weights/safetensors.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace studio {

class LoraScales {
 public:
  struct Scale {
    double alpha = 0, scale = 1;
  };
  // Settings in the metadata under "lora_adapter_metadata"; else, for an export of PEFT, those in
  // adapter_config.json beside the file, if there is one.
  // Errors: BadFile when settings are there and cannot be understood. Blocks on a small file.
  // Source: diffusers lora_base.py and utils/peft_utils.py; PEFT LoraConfig.
  static Result<LoraScales> read(const SafetensorsFile& file, bool is_peft_export);

  // Without settings alpha is the rank.
  Scale of(LoraPart part, const std::string& module, std::int64_t rank) const;

 private:
  friend class SettingsReader;
  struct Settings {
    std::optional<double> alpha;
    std::vector<std::pair<std::string, double>>
        alpha_pattern;             // by the module's name or the end of it
    bool divides_by_root = false;  // rsLoRA: alpha / sqrt(r)
  };
  std::array<Settings, 3> settings_;  // by part
};

}  // namespace studio
