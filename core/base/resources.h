// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Where the program's own files are: beside it in a build, in share/ when installed.
#pragma once

#include <string>
#include <vector>

#include "core/api/result.h"

namespace studio {

// The folder of the running program; "" when it cannot be found.
std::string program_folder();

// The folder that holds models/, tokenizers/ and presets/. `given`: used as it is when not empty.
// Errors: Io, naming the places looked at.
Result<std::string> find_resources(const std::string& given);

// A bundled model's folder, or the path itself when it exists. Errors: ModelUnloadable, naming the
// bundled models.
Result<std::string> find_model(const std::string& resources, const std::string& model);

std::vector<std::string> bundled_models(const std::string& resources);

}  // namespace studio
