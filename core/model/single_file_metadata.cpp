// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One JSON text with an object a part, under one key.
#include "core/model/single_file_metadata.h"

#include "core/io/strict_json.h"
#include "core/weights/single_file_names.h"

#include <utility>
#include <vector>

namespace studio {
namespace {

using nlohmann::json;

constexpr const char* kKey = "seg_studio.configuration";

// The name of each text in the JSON, and where it is kept.
template <class Configs>
auto fields_of(Configs& configs) {
  std::vector<std::pair<std::string, decltype(&configs.index)>> fields{
      {"model_index", &configs.index}, {"scheduler", &configs.scheduler}, {"preview", &configs.preview}};
  for (const WeightPart part : kWeightParts) {
    fields.emplace_back(std::string(folder_of(part)), &configs.parts[static_cast<std::size_t>(part)]);
  }
  return fields;
}

}  // namespace

Result<std::optional<SingleFileConfigs>> read_single_file_metadata(const SafetensorsFile& file) {
  const auto found = file.metadata().find(kKey);
  if (found == file.metadata().end()) return std::optional<SingleFileConfigs>();
  auto root = parse_strict(found->second, file.path() + " (metadata \"" + kKey + "\")", {.max_bytes = std::size_t{16} << 20});
  if (!root) return Error{ErrorCode::ModelUnloadable, root.error().message};
  const auto refuse = [&](const std::string& why) {
    return file_error(ErrorCode::ModelUnloadable, file.path(), "its metadata \"" + std::string(kKey) + "\" " + why);
  };
  if (!root.value().is_object()) return refuse("is not a JSON object");
  SingleFileConfigs configs;
  for (const auto& [name, text] : fields_of(configs)) {
    const auto part = root.value().find(name);
    if (part == root.value().end()) continue;
    if (!part->is_object()) return refuse("has no JSON object for \"" + name + "\"");
    *text = part->dump();
  }
  return std::optional(std::move(configs));
}

Result<std::map<std::string, std::string>> single_file_metadata(const SingleFileConfigs& configs) {
  json root = json::object();
  for (const auto& [name, text] : fields_of(configs)) {
    if (text->empty()) continue;
    auto part = parse_strict(*text, "the configuration of " + name);
    if (!part) return Error{ErrorCode::ModelUnloadable, part.error().message};
    root[name] = std::move(part).value();
  }
  return std::map<std::string, std::string>{{"format", "pt"}, {"modelspec.architecture", "stable-diffusion-xl-v1-base"}, {kKey, root.dump()}};
}

}  // namespace studio
