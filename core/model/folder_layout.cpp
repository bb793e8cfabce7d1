// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The diffusers layout: a folder a part, each with its config.json and its weights.
#include "core/model/model_layouts.h"

#include <algorithm>
#include <filesystem>

namespace studio {

namespace fs = std::filesystem;

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code failed, unknown;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (entry->is_regular_file(unknown)) files.push_back(entry->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

namespace {

class FolderLayout final : public ModelLayout {
 public:
  FolderLayout(std::string path, bool is_vae_alone) : path_(std::move(path)), is_vae_alone_(is_vae_alone) {}

  std::string kind() const override { return "SDXL, diffusers folder"; }
  Result<ConfigFile> index() const override { return ConfigFile(inside("model_index.json")); }
  Result<ConfigFile> scheduler() const override { return ConfigFile(inside("scheduler/scheduler_config.json")); }
  ConfigFile preview() const override { return inside("preview.json"); }
  Result<ConfigFile> config(WeightPart part) const override { return ConfigFile((fs::path(folder(part)) / "config.json").string()); }
  Result<TokenizerPlace> tokenizer(int number) const override {
    return TokenizerPlace{inside(number == 1 ? "tokenizer" : "tokenizer_2")};
  }
  Result<TensorSource> weights(WeightPart part, at::ScalarType dtype, at::Device device) const override {
    return TensorSource::open_folder(folder(part), std::string(folder_of(part)), dtype, device,
                                     part == WeightPart::Vae ? &modern_vae_name : nullptr);
  }
  std::vector<std::string> files() const override {
    std::vector<std::string> all = files_in(path_);
    if (is_vae_alone_) return all;
    for (const char* part : {"scheduler", "tokenizer", "tokenizer_2", "text_encoder", "text_encoder_2", "unet", "vae"}) {
      for (std::string& file : files_in(inside(part))) all.push_back(std::move(file));
    }
    return all;
  }

 private:
  std::string inside(std::string_view name) const { return (fs::path(path_) / name).string(); }
  std::string folder(WeightPart part) const { return is_vae_alone_ ? path_ : inside(folder_of(part)); }

  std::string path_;
  bool is_vae_alone_;
};

}  // namespace

std::shared_ptr<const ModelLayout> folder_layout(const std::string& path, bool is_vae_alone) {
  return std::make_shared<FolderLayout>(path, is_vae_alone);
}

}  // namespace studio
