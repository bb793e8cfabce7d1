// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The configurations that this program writes into the metadata of its single files.
#pragma once

#include "core/api/result.h"
#include "core/weights/safetensors.h"

#include <array>
#include <map>
#include <optional>
#include <string>

namespace studio {

// JSON texts as in a diffusers folder; "" for what is not there.
struct SingleFileConfigs {
  std::string index, scheduler, preview;
  std::array<std::string, 4> parts;  // by WeightPart
};

// Absent in files that other programs wrote. Errors: ModelUnloadable when it is damaged.
Result<std::optional<SingleFileConfigs>> read_single_file_metadata(const SafetensorsFile& file);

// Errors: ModelUnloadable when a configuration is not JSON.
Result<std::map<std::string, std::string>> single_file_metadata(const SingleFileConfigs& configs);

}  // namespace studio
