// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Looks relative to the running program, so a moved folder still works.
#include "core/base/resources.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace studio {
namespace {

namespace fs = std::filesystem;

bool is_resources(const fs::path& folder) {
  std::error_code failed;
  return fs::is_directory(folder / "models", failed);
}

}  // namespace

std::string program_folder() {
  std::error_code failed;
  return fs::read_symlink("/proc/self/exe", failed).parent_path().string();
}

Result<std::string> find_resources(const std::string& given) {
  if (!given.empty()) {
    if (is_resources(given)) return given;
    return Error{ErrorCode::Io, "\"" + given + "\" is not a resources folder: there is no models folder in it"};
  }
  const fs::path program = program_folder();
  // Installed; beside the program; in the checkout of build/<preset>/ and build/<preset>/tests/.
  constexpr std::array kPlaces{"../share/seg-studio/resources", "resources", "../../resources", "../../../resources"};
  std::string looked;
  for (const char* place : kPlaces) {
    const fs::path folder = (program / place).lexically_normal();
    if (is_resources(folder)) return folder.string();
    looked += (looked.empty() ? "" : ", ") + folder.string();
  }
  return Error{ErrorCode::Io, "the program's resources were not found; looked in " + looked};
}

std::vector<std::string> bundled_models(const std::string& resources) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator entry(fs::path(resources) / "models", failed), end; !failed && entry != end; entry.increment(failed)) {
    if (fs::exists(entry->path() / "model_index.json", failed)) names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> find_model(const std::string& resources, const std::string& model) {
  const std::vector<std::string> bundled = bundled_models(resources);
  if (std::find(bundled.begin(), bundled.end(), model) != bundled.end()) return (fs::path(resources) / "models" / model).string();
  std::error_code failed;
  if (fs::exists(model, failed)) return model;
  std::string names;
  for (const std::string& name : bundled) names += (names.empty() ? "" : ", ") + name;
  return Error{ErrorCode::ModelUnloadable, "model is \"" + model + "\", which is neither a bundled model (" + names + ") nor a folder that exists"};
}

}  // namespace studio
