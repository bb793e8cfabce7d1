// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Taking the tensors of one model part from its files.
#include "core/weights/checkpoint.h"

#include "core/base/guard.h"
#include "core/io/strict_json.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace studio {
namespace {

namespace fs = std::filesystem;

// CLIP checkpoints written by older programs hold their position numbers, which are no weights.
constexpr std::string_view kIgnorable[] = {"text_model.embeddings.position_ids"};
constexpr std::int64_t kReleaseEvery = std::int64_t{64} << 20;

// A model that cannot be read is ModelUnloadable, whatever the file's own problem was.
Error unloadable(Error error) {
  if (error.code == ErrorCode::BadFile || error.code == ErrorCode::Io) {
    error.code = ErrorCode::ModelUnloadable;
  }
  return error;
}

std::string shape_text(at::IntArrayRef shape) {
  std::ostringstream text;
  text << '[';
  for (std::size_t i = 0; i < shape.size(); ++i) text << (i == 0 ? "" : ", ") << shape[i];
  text << ']';
  return text.str();
}

// "3 tensors are missing: a, b, c" with the first eight names.
void append_list(std::string& text, std::string_view what, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  if (names.empty()) return;
  text += (text.empty() ? "" : "; ") + std::to_string(names.size()) +
          (names.size() == 1 ? " tensor is " : " tensors are ") + std::string(what) + ": ";
  for (std::size_t i = 0; i < std::min(kShown, names.size()); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Result<std::vector<std::string>> shards_of(const fs::path& index_path) {
  const std::string path = index_path.string();
  auto index = read_json_file(path, {std::size_t{64} << 20, 8});
  if (!index) return unloadable(index.error());
  const auto bad = [&](const std::string& why) {
    return file_error(ErrorCode::ModelUnloadable, path, why);
  };
  const auto& root = index.value();
  if (!root.is_object() || !root.contains("weight_map") || !root["weight_map"].is_object() ||
      root["weight_map"].empty()) {
    return bad("the list of shards has no \"weight_map\"");
  }
  std::set<std::string> shards;
  for (const auto& [tensor, file] : root["weight_map"].items()) {
    if (!file.is_string()) return bad("tensor \"" + tensor + "\" has no file name");
    const auto& name = file.get_ref<const std::string&>();
    if (name.empty() || name.find('/') != name.npos || name.find('\0') != name.npos ||
        !name.ends_with(".safetensors")) {
      return bad("tensor \"" + tensor + "\" is said to be in \"" + name.substr(0, 200) +
                 "\", which is not the name of a .safetensors file of this folder");
    }
    shards.insert((index_path.parent_path() / name).string());
  }
  return std::vector<std::string>(shards.begin(), shards.end());
}

}  // namespace

Result<std::vector<std::string>> find_weight_files(const std::string& folder) {
  return to_result([&]() -> Result<std::vector<std::string>> {
    const fs::path base(folder);
    std::error_code problem;
    if (!fs::is_directory(base, problem)) {
      return file_error(ErrorCode::ModelUnloadable, folder, "this folder of the model is missing");
    }
    // What is whole comes before the half-precision variant, which often lies beside it.
    constexpr std::string_view kStems[] = {"diffusion_pytorch_model", "model"};
    constexpr std::string_view kEndings[] = {".safetensors",
                                             ".safetensors.index.json",
                                             ".fp16.safetensors",
                                             ".fp16.safetensors.index.json",
                                             ".safetensors.index.fp16.json"};
    for (const auto stem : kStems) {
      for (const auto ending : kEndings) {
        const fs::path file = base / (std::string(stem) + std::string(ending));
        if (!is_file(file)) continue;
        if (ending.ends_with(".json")) return shards_of(file);
        return std::vector<std::string>{file.string()};
      }
    }
    for (const auto* other : {"diffusion_pytorch_model.bin",
                              "pytorch_model.bin",
                              "diffusion_pytorch_model.fp16.bin",
                              "pytorch_model.fp16.bin"}) {
      if (!is_file(base / other)) continue;
      return file_error(ErrorCode::ModelUnloadable,
                        folder,
                        "it holds its weights as " + std::string(other) +
                            ", a format that can run code; only .safetensors files are read");
    }
    return file_error(ErrorCode::ModelUnloadable,
                      folder,
                      "it holds neither diffusion_pytorch_model.safetensors nor model.safetensors");
  });
}

std::vector<SourceTensor> tensors_of(const std::shared_ptr<const SafetensorsFile>& file) {
  std::vector<SourceTensor> tensors;
  tensors.reserve(file->entries().size());
  for (const SafetensorsEntry& entry : file->entries()) {
    tensors.push_back({entry.name,
                       entry.dtype_text,
                       entry.shape,
                       static_cast<std::int64_t>(entry.end - entry.begin),
                       [file, name = std::string_view(entry.name)] { return file->tensor(name); },
                       file->path()});
  }
  return tensors;
}

Result<TensorSource> TensorSource::open_folder(const std::string& folder,
                                               std::string part,
                                               at::ScalarType dtype,
                                               at::Device device,
                                               std::string (*rename)(std::string_view)) {
  auto paths = find_weight_files(folder);
  if (!paths) return paths.error();
  return to_result([&]() -> Result<TensorSource> {
    std::vector<std::shared_ptr<const SafetensorsFile>> files;
    std::vector<SourceTensor> tensors;
    std::map<std::string, std::string> file_of;
    for (const auto& path : paths.value()) {
      auto file = SafetensorsFile::open(path);
      if (!file) return unloadable(file.error());
      for (auto& tensor : tensors_of(file.value())) {
        if (rename != nullptr) tensor.name = rename(tensor.name);
        const auto [place, is_new] = file_of.emplace(tensor.name, path);
        if (!is_new) {
          return file_error(ErrorCode::ModelUnloadable,
                            path,
                            "tensor \"" + tensor.name + "\" is also in " + place->second);
        }
        tensors.push_back(std::move(tensor));
      }
      files.push_back(std::move(file).value());
    }
    const std::string where = paths.value().size() == 1 ? paths.value().front() : folder;
    return TensorSource(
        std::move(part), where, std::move(tensors), std::move(files), dtype, device);
  });
}

TensorSource::TensorSource(std::string part,
                           std::string path,
                           std::vector<SourceTensor> tensors,
                           std::vector<std::shared_ptr<const SafetensorsFile>> files,
                           at::ScalarType dtype,
                           at::Device device)
    : part_(std::move(part)),
      path_(std::move(path)),
      files_(std::move(files)),
      dtype_(dtype),
      device_(device) {
  slots_.reserve(tensors.size());  // index_ holds views into the slots
  for (auto& tensor : tensors) {
    bytes_total_ += tensor.bytes;
    slots_.push_back({std::move(tensor)});
    index_.emplace(slots_.back().tensor.name, slots_.size() - 1);
  }
}

bool TensorSource::has(std::string_view name) const { return index_.contains(name); }

const std::vector<std::int64_t>* TensorSource::shape_of(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &slots_[found->second].tensor.shape;
}

at::Tensor TensorSource::take(std::string_view name,
                              at::IntArrayRef shape,
                              std::optional<at::ScalarType> dtype) {
  // Weights outlive the guard of the thread that loads them and may be edited in place later.
  const c10::InferenceMode normal_tensors(false);
  const c10::NoGradGuard no_gradients;
  if (progress_) progress_(bytes_total_ > 0 ? double(bytes_taken_) / double(bytes_total_) : 1.0);
  const auto options = at::TensorOptions().dtype(dtype.value_or(dtype_)).device(device_);
  const auto found = index_.find(name);
  if (found == index_.end()) {
    missing_.push_back(shown(name));
    return substitute(shape, options);
  }
  Slot& slot = slots_[found->second];
  slot.used = true;
  if (at::IntArrayRef(slot.tensor.shape) != shape) {
    misshapen_.push_back(shown(name) + " " + shape_text(slot.tensor.shape) + ", not " +
                         shape_text(shape));
    return substitute(shape, options);
  }
  const at::Tensor stored = slot.tensor.read();
  if (!stored.is_floating_point()) {
    mistyped_.push_back(shown(name) + " " + slot.tensor.dtype_text);
    return substitute(shape, options);
  }
  at::Tensor copy = at::empty(shape, options);
  if (!device_.is_meta()) copy.copy_(stored);
  bytes_taken_ += slot.tensor.bytes;
  if (bytes_taken_ - bytes_at_release_ > kReleaseEvery) {
    release_pages();
    bytes_at_release_ = bytes_taken_;
  }
  return copy;
}

// Zeros without memory of their own, so that every problem can be found. But whoever builds layers may
// copy them, and a configuration can ask for any size: what a file could never hold ends the search.
at::Tensor TensorSource::substitute(at::IntArrayRef shape, const at::TensorOptions& options) {
  constexpr double kAlways = 1 << 24;
  double elements = 1;
  for (const std::int64_t size : shape) elements *= static_cast<double>(size);
  substituted_ += elements;
  if (substituted_ > std::max(kAlways, static_cast<double>(bytes_total_) / 4)) {
    throw std::runtime_error(file_error(ErrorCode::ModelUnloadable, path_, problems()).message);
  }
  return at::zeros({}, options).expand(shape);
}

void TensorSource::ignore(std::string_view name) {
  const auto found = index_.find(name);
  if (found != index_.end()) slots_[found->second].used = true;
}

void TensorSource::hash_into(TensorHash& hash, const std::function<bool()>& keep_going) const {
  std::vector<const Slot*> sorted;
  for (const Slot& slot : slots_) sorted.push_back(&slot);
  std::sort(sorted.begin(), sorted.end(),
            [](const Slot* a, const Slot* b) { return a->tensor.name < b->tensor.name; });
  hash.add(part_);
  std::int64_t bytes = 0;
  for (const Slot* slot : sorted) {
    if (!keep_going()) return;
    hash.add(slot->tensor.name);
    hash.add(slot->tensor.read());
    bytes += slot->tensor.bytes;
    if (bytes < kReleaseEvery) continue;
    release_pages();
    bytes = 0;
  }
}

std::vector<SourceTensor> TensorSource::tensors() const {
  std::vector<SourceTensor> all;
  for (const Slot& slot : slots_) all.push_back(slot.tensor);
  return all;
}

std::vector<std::string> TensorSource::files() const {
  std::vector<std::string> paths;
  for (const auto& file : files_) paths.push_back(file->path());
  return paths;
}

void TensorSource::release_pages() const {
  for (const auto& file : files_) file->release_pages();
}

Result<void> TensorSource::finish() {
  for (const auto name : kIgnorable) ignore(name);
  unknown_.clear();
  for (const Slot& slot : slots_) {
    if (!slot.used) unknown_.push_back(shown(slot.tensor.name));
  }
  release_pages();
  const std::string found = problems();
  if (found.empty()) return {};
  return file_error(ErrorCode::ModelUnloadable, path_, found);
}

std::string TensorSource::problems() const {
  std::string text;
  append_list(text, "missing", missing_);
  append_list(text, "of another shape than the configuration says", misshapen_);
  append_list(text, "not made of floating-point numbers", mistyped_);
  append_list(text, "unknown", unknown_);
  return text;
}

ModelPart TensorSource::summary() const {
  ModelPart part;
  part.name = part_;
  part.path = path_;
  std::set<std::string> dtypes;
  for (const Slot& slot : slots_) {
    std::int64_t elements = 1;
    for (const auto dimension : slot.tensor.shape) elements *= dimension;
    part.parameters += elements;
    part.bytes += slot.tensor.bytes;
    dtypes.insert(slot.tensor.dtype_text);
  }
  part.tensors = static_cast<std::int64_t>(slots_.size());
  for (const auto& dtype : dtypes) part.dtype += (part.dtype.empty() ? "" : ", ") + dtype;
  part.missing = missing_;
  part.unknown = unknown_;
  part.misshapen = misshapen_;
  return part;
}

}  // namespace studio
