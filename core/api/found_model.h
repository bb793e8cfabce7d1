// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a model browser lists: files and folders that hold models or parts of them, told by their headers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/api/params.h"

namespace studio {

struct FoundModel {
  std::string path;  // of the file, or of the folder in the diffusers layout
  FileKind kind = FileKind::Other;
  std::string what;  // "SDXL, single file", "Stable Diffusion 1 model"
  bool usable = false;
  std::string problem;               // why not, as a sentence; "" when usable
  std::vector<std::string> traits;   // what sets it apart: "v-prediction"
  std::vector<std::string> missing;  // parts that must come from elsewhere: "VAE"
  std::string dtype;                 // "F16", or "F16, F32" when mixed
  std::int64_t bytes = 0;            // on disk
  std::int64_t modified_s = 0;       // seconds since 1970 of its youngest file
  bool can_hash = false;
  std::string hash;  // hex digest of its tensors; "" while it was never computed
};

struct FoundModels {
  // Folders that were looked into: a change in one may mean another model.
  std::vector<std::string> folders;
  bool is_cut_off = false;  // there was more than is looked through
};

}  // namespace studio
