// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Writing a model in the other layout, or in another number format.
#pragma once

#include "core/model/model_files.h"

#include <functional>
#include <optional>
#include <string>

namespace studio {

struct ConvertOptions {
  std::optional<at::ScalarType> dtype;  // absent: each tensor's own
  ModelPaths paths = {};
  std::function<void(double fraction)> progress = [](double) {};  // may throw StopRequested; then nothing is left
};

// `out` ending in .safetensors: a single file in the original naming, with the configurations in its
// metadata; else a folder in the diffusers layout. Tensors go from one file to the other one by one.
// Errors: ModelUnloadable when the model cannot be loaded as it is, InvalidArgument when `out` is there
// already, Io. Blocks.
Result<void> convert_model(const std::string& path, const std::string& out, const ConvertOptions& options = {});

}  // namespace studio
