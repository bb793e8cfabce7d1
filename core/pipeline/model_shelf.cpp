// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Loading at most once, forgetting as soon as possible.
#include "core/pipeline/model_shelf.h"

#include "core/base/resources.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace studio {
namespace {

namespace fs = std::filesystem;

// Changes whenever a file of the model is replaced.
std::string stamp_of(const std::string& path) {
  std::vector<std::string> parts;
  std::error_code failed;
  for (fs::recursive_directory_iterator file(path, failed), end; !failed && file != end; file.increment(failed)) {
    std::error_code unknown;
    if (!file->is_regular_file(unknown)) continue;
    parts.push_back(file->path().string() + " " + std::to_string(file->file_size(unknown)) + " " +
                    std::to_string(file->last_write_time(unknown).time_since_epoch().count()));
  }
  std::sort(parts.begin(), parts.end());
  std::string stamp;
  for (const std::string& part : parts) stamp += part + "\n";
  return stamp;
}

}  // namespace

std::shared_ptr<LoadedModel> ModelShelf::find(const std::string& name) const {
  if (kept_ != nullptr && kept_->name == name) return kept_;
  for (const auto& lent : lent_) {
    if (auto model = lent.lock(); model != nullptr && model->name == name) return model;
  }
  return nullptr;
}

Result<std::shared_ptr<LoadedModel>> ModelShelf::use(const std::string& name, const std::function<void(double)>& progress) {
  if (auto known = find(name)) {
    kept_ = known;
    return known;
  }
  auto path = find_model(resources_, name);
  if (!path) return path.error();
  kept_.reset();
  std::erase_if(lent_, [](const auto& lent) { return lent.expired(); });
  // Taken before: when a file changes meanwhile, the hash is not trusted later.
  const std::string stamp = stamp_of(path.value());
  auto model = load_model(path.value(), {device_, dtype_, progress, {.resources_path = resources_, .vae_path = {}, .text_encoders_path = {}}});
  if (!model) return model.error();
  ++loads_;
  {
    const std::lock_guard lock(mutex_);
    hashes_[path.value()] = {stamp, model.value()->hash};
  }
  kept_ = std::make_shared<LoadedModel>(name, std::move(model).value());
  lent_.push_back(kept_);
  return kept_;
}

Result<ModelOutline> ModelShelf::outline(const std::string& name) const {
  auto path = find_model(resources_, name);
  if (!path) return path.error();
  auto outline = read_outline(path.value(), {.resources_path = resources_, .vae_path = {}, .text_encoders_path = {}});
  if (!outline) return outline;
  const std::string stamp = stamp_of(path.value());
  const std::lock_guard lock(mutex_);
  const auto known = hashes_.find(path.value());
  if (known != hashes_.end() && known->second.stamp == stamp) outline.value().hash = known->second.hash;
  return outline;
}

}  // namespace studio
