// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Reading alpha, alpha_pattern and use_rslora.
#include "core/weights/lora_scales.h"

#include "core/io/files.h"
#include "core/io/strict_json.h"

#include <cmath>
#include <filesystem>
#include <system_error>

namespace studio {

class SettingsReader {
 public:
  SettingsReader(const std::string& path, const nlohmann::json& root) : path_(path), root_(root) {}

  // `prefix` stands before each key: "unet.".
  Result<void> read(const std::string& prefix, LoraScales::Settings& settings) const {
    if (const auto* alpha = find(prefix + "lora_alpha")) {
      if (!is_number(*alpha)) return bad(prefix + "lora_alpha");
      settings.alpha = alpha->get<double>();
    }
    if (const auto* root = find(prefix + "use_rslora")) {
      if (!root->is_boolean()) return bad(prefix + "use_rslora");
      settings.divides_by_root = root->get<bool>();
    }
    const auto* patterns = find(prefix + "alpha_pattern");
    if (patterns == nullptr) return {};
    if (!patterns->is_object()) return bad(prefix + "alpha_pattern");
    for (const auto& [pattern, alpha] : patterns->items()) {
      // PEFT reads these as regular expressions; files hold plain names, at most with an anchor.
      if (!is_number(alpha) || pattern.find_first_of("*+?()[]{}|\\$") != pattern.npos)
        return bad(prefix + "alpha_pattern." + pattern);
      settings.alpha_pattern.emplace_back(pattern, alpha.get<double>());
    }
    return {};
  }

 private:
  const nlohmann::json* find(const std::string& key) const {
    const auto found = root_.find(key);
    return found == root_.end() || found->is_null() ? nullptr : &*found;
  }
  static bool is_number(const nlohmann::json& value) {
    return value.is_number() && std::isfinite(value.get<double>());
  }
  Error bad(const std::string& key) const {
    return file_error(ErrorCode::BadFile,
                      path_,
                      "the LoRA's setting \"" + key.substr(0, 200) + "\" is of an unknown kind");
  }

  const std::string& path_;
  const nlohmann::json& root_;
};

Result<LoraScales> LoraScales::read(const SafetensorsFile& file, bool is_peft_export) {
  LoraScales scales;
  const auto given = file.metadata().find("lora_adapter_metadata");
  if (given != file.metadata().end()) {
    auto root =
        parse_strict(given->second, "the LoRA settings in the metadata of \"" + file.path() + "\"");
    if (!root) return root.error();
    if (!root.value().is_object())
      return file_error(
          ErrorCode::BadFile, file.path(), "the LoRA settings in its metadata are no object");
    const SettingsReader reader(file.path(), root.value());
    for (const LoraPart part : kLoraParts) {
      auto done = reader.read(std::string(name_of(part)) + ".",
                              scales.settings_[static_cast<std::size_t>(part)]);
      if (!done) return done.error();
    }
    return scales;
  }
  const std::string beside =
      (std::filesystem::path(file.path()).parent_path() / "adapter_config.json").string();
  std::error_code unknown;
  if (!is_peft_export || !std::filesystem::is_regular_file(beside, unknown)) return scales;
  auto root = read_json_file(beside);
  if (!root) return root.error();
  if (!root.value().is_object())
    return file_error(ErrorCode::BadFile, beside, "the LoRA's settings are no object");
  const SettingsReader reader(beside, root.value());
  for (auto& settings : scales.settings_) {
    if (auto done = reader.read("", settings); !done) return done.error();
  }
  return scales;
}

LoraScales::Scale LoraScales::of(LoraPart part,
                                 const std::string& module,
                                 std::int64_t rank) const {
  const Settings& settings = settings_[static_cast<std::size_t>(part)];
  const auto r = static_cast<double>(rank);
  double alpha = settings.alpha.value_or(r);
  for (const auto& [pattern, its_alpha] : settings.alpha_pattern) {
    const bool is_anchored = pattern.starts_with('^');
    const std::string name = is_anchored ? pattern.substr(1) : pattern;
    if (module == name || (!is_anchored && module.ends_with("." + name))) {
      alpha = its_alpha;
      break;
    }
  }
  return {alpha, alpha / (settings.divides_by_root ? std::sqrt(r) : r)};
}

}  // namespace studio
