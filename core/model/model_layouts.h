// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The layouts that ModelFiles knows. For model_files.cpp and their own files only.
#pragma once

#include "core/model/model_files.h"

#include <memory>
#include <string>
#include <vector>

namespace studio {

// A folder in the diffusers layout; with `is_vae_alone` the folder is a VAE's, its config.json at the top.
std::shared_ptr<const ModelLayout> folder_layout(const std::string& path, bool is_vae_alone = false);

// A whole model in the original naming. `pooled_width`: of text encoders from elsewhere that stand in for its
// own, 0 for its own. Errors: ModelUnloadable.
Result<std::shared_ptr<const ModelLayout>> single_file_layout(const std::string& path, const std::string& resources, std::int64_t pooled_width);

// The VAE of a file: alone in any naming, or of a whole model. `model`: whose VAE it replaces, for what
// shapes do not tell. Errors: ModelUnloadable when there is no SDXL VAE in it.
Result<std::shared_ptr<const ModelLayout>> vae_file_layout(const std::string& path, const ModelLayout& model);

// Regular files of a folder, not of folders in it.
std::vector<std::string> files_in(const std::string& folder);

}  // namespace studio
