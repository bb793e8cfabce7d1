// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Choosing the layout, and what is the same for all of them.
#include "core/model/model_files.h"

#include "core/base/guard.h"
#include "core/base/resources.h"
#include "core/base/sha256.h"
#include "core/io/files.h"
#include "core/model/model_layouts.h"
#include "core/weights/model_kind.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>

namespace studio {
namespace {

namespace fs = std::filesystem;

using Layout = std::shared_ptr<const ModelLayout>;

bool is_folder(const std::string& path) {
  std::error_code failed;
  return fs::is_directory(path, failed);
}
bool is_file(const std::string& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

Error unloadable(const Error& error) {
  const bool is_other = error.code == ErrorCode::OutOfMemory || error.code == ErrorCode::Internal;
  return is_other ? error : Error{ErrorCode::ModelUnloadable, error.message};
}

Result<Layout> open_base(const std::string& path, const std::string& resources, std::int64_t pooled_width) {
  if (is_folder(path)) return folder_layout(path);
  if (!is_file(path)) {
    return Error{ErrorCode::ModelUnloadable, "\"" + path + "\" is neither a bundled model nor a folder or file"};
  }
  auto kind = kind_of_file(path);
  if (!kind) return unloadable(kind.error());
  if (!kind.value().is_model()) {
    return file_error(ErrorCode::ModelUnloadable, path, "this is " + kind.value().name + "; " + kind.value().remedy);
  }
  return single_file_layout(path, resources, pooled_width);
}

// Width of the pooled text, 0 when it cannot be told.
std::int64_t pooled_width_of(const ModelLayout& text) {
  auto file = text.config(WeightPart::TextEncoder2);
  if (!file) return 0;
  auto config = read_text_encoder_config(file.value());
  return config ? config.value().projection_dim : 0;
}

Result<Layout> open_vae(const std::string& path, const ModelLayout& model) {
  if (is_folder(path)) {
    if (is_file((fs::path(path) / "vae" / "config.json").string())) return folder_layout(path);
    if (is_file((fs::path(path) / "config.json").string())) return folder_layout(path, /*is_vae_alone=*/true);
    return file_error(ErrorCode::ModelUnloadable, path, "this folder holds no VAE: there is neither config.json nor vae/config.json in it");
  }
  if (!is_file(path)) return file_error(ErrorCode::ModelUnloadable, path, "there is no such VAE, neither a file nor a folder");
  return vae_file_layout(path, model);
}

}  // namespace

Result<ModelFiles> ModelFiles::open(const std::string& path, const ModelPaths& paths) {
  return to_result([&]() -> Result<ModelFiles> {
    std::string resources = paths.resources_path;
    // Without them only what needs them fails.
    if (resources.empty()) {
      if (auto found = find_resources(""); found) resources = found.value();
    }
    ModelFiles files;
    files.path_ = path;
    std::int64_t pooled_width = 0;
    if (!paths.text_encoders_path.empty()) {
      auto text = open_base(paths.text_encoders_path, resources, 0);
      if (!text) return std::move(text).in_context("the text encoders").error();
      files.text_ = std::move(text).value();
      pooled_width = pooled_width_of(*files.text_);
    }
    auto base = open_base(path, resources, pooled_width);
    if (!base) return base.error();
    files.base_ = std::move(base).value();
    if (!paths.vae_path.empty()) {
      auto vae = open_vae(paths.vae_path, *files.base_);
      if (!vae) return std::move(vae).in_context("the VAE").error();
      files.vae_ = std::move(vae).value();
    }
    return files;
  });
}

const ModelLayout& ModelFiles::layout(WeightPart part) const {
  if (part == WeightPart::Vae) return vae_ ? *vae_ : *base_;
  return part == WeightPart::Unet ? *base_ : text();
}

bool ModelFiles::has_preview() const {
  const ConfigFile factors = preview();
  return factors.text || is_file(factors.path);
}

std::vector<std::string> ModelFiles::notes() const {
  std::vector<std::string> all = base_->notes();
  for (const auto* other : {&text_, &vae_}) {
    if (!*other) continue;
    for (std::string& note : (*other)->notes()) all.push_back(std::move(note));
  }
  return all;
}

Result<Tokenizer> ModelFiles::tokenizer(int number) const {
  auto place = tokenizer_place(number);
  if (!place) return place.error();
  return Tokenizer::load(place.value().folder, place.value().pad);
}

std::vector<std::string> ModelFiles::all_files() const {
  std::vector<std::string> all = base_->files();
  for (const auto* other : {&text_, &vae_}) {
    if (!*other) continue;
    for (std::string& file : (*other)->files()) all.push_back(std::move(file));
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Result<std::string> ModelFiles::config_hash() const {
  Sha256 hash;
  const auto add = [&](std::string_view text) {
    const std::uint64_t size = text.size();  // the length keeps neighbouring texts apart
    hash.add(&size, sizeof size);
    hash.add(text);
  };
  std::vector<Result<ConfigFile>> configs{index(), scheduler()};
  for (const WeightPart part : kWeightParts) configs.push_back(config(part));
  if (has_preview()) configs.emplace_back(preview());
  for (const Result<ConfigFile>& config : configs) {
    if (!config) return config.error();
    auto text = read_text(config.value());
    if (!text) return text.error();
    add(text.value());
  }
  constexpr std::size_t kMaxBytes = std::size_t{32} << 20;
  for (const int number : {1, 2}) {
    auto place = tokenizer_place(number);
    if (!place) return place.error();
    add(std::to_string(static_cast<int>(place.value().pad)));
    for (const std::string& file : files_in(place.value().folder)) {
      auto text = read_file(file, kMaxBytes);
      if (!text) return text.error();
      add(fs::path(file).filename().string());
      add(text.value());
    }
  }
  return hash.finish();
}

std::string first_broken_weight(const ModelFiles& files) {
  constexpr std::int64_t kReleaseEvery = std::int64_t{64} << 20;
  std::int64_t bytes = 0;
  for (const WeightPart part : kWeightParts) {
    auto source = files.weights(part, at::kFloat);
    if (!source) return source.error().message;
    for (const SourceTensor& tensor : source.value().tensors()) {
      const at::Tensor weight = tensor.read();
      // Eight-bit numbers have no test of their own.
      const at::Tensor wide = weight.element_size() == 1 && weight.is_floating_point() ? weight.to(at::kFloat) : weight;
      if (wide.is_floating_point() && !at::isfinite(wide).all().item<bool>()) {
        return tensor.file + ": tensor \"" + source.value().shown(tensor.name) + "\" has values that are not finite";
      }
      bytes += tensor.bytes;
      if (bytes < kReleaseEvery) continue;
      source.value().release_pages();
      bytes = 0;
    }
    source.value().release_pages();
  }
  return "";
}

}  // namespace studio
