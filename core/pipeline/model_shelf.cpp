// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Loading at most once, forgetting as soon as possible.
#include "core/pipeline/model_shelf.h"

#include "core/base/device.h"
#include "core/base/resources.h"
#include "core/io/files.h"
#include "core/pipeline/memory_forecast.h"

#include <algorithm>

namespace studio {
namespace {

// Changes whenever a file of the model is written, replaced, added or removed. Links are followed:
// what they lead to is what is read.
std::string stamp_of(const std::string& path, const ModelPaths& paths) {
  std::string stamp = path + "\n";
  const auto files = ModelFiles::open(path, paths);
  if (!files) return stamp + files.error().message;
  for (const std::string& file : files.value().all_files()) {
    stamp += file_stamp(file) + "\n";
  }
  return stamp;
}

}  // namespace

Result<ModelPaths> ModelShelf::paths(const ModelUse& use) const {
  ModelPaths paths{.resources_path = resources_, .vae_path = use.vae, .text_encoders_path = {}};
  if (use.text_encoders.empty()) return paths;
  auto text = find_model(resources_, use.text_encoders);
  if (!text) return std::move(text).in_context("model_options.text_encoders").error();
  paths.text_encoders_path = std::move(text).value();
  return paths;
}

std::string ModelShelf::stamp_now(const ModelUse& use) const {
  const auto path = find_model(resources_, use.name);
  const auto its_paths = paths(use);
  return path && its_paths ? stamp_of(path.value(), its_paths.value()) : std::string();
}

std::shared_ptr<LoadedModel> ModelShelf::find(const std::string& base_key,
                                              const std::string& stamp) const {
  for (const Lent& lent : lent_) {
    if (auto model = lent.model.lock();
        model != nullptr && model->base_key == base_key && lent.stamp == stamp)
      return model;
  }
  return nullptr;
}

bool ModelShelf::is_loaded(const ModelUse& use) const {
  return find(use.base_key(), stamp_now(use)) != nullptr;
}

std::string ModelShelf::reason_to_reload(const ModelUse& use) const {
  const std::string key = use.base_key();
  const bool was_loaded = std::any_of(lent_.begin(), lent_.end(), [&](const Lent& lent) {
    const auto model = lent.model.lock();
    return model != nullptr && model->base_key == key;
  });
  if (!was_loaded || is_loaded(use)) return "";
  return "the files of the model \"" + use.name + "\" have changed: it is loaded again";
}

Result<std::shared_ptr<LoadedModel>> ModelShelf::use_base(
    const ModelUse& use, const std::function<void(double)>& progress) {
  auto path = find_model(resources_, use.name);
  if (!path) return path.error();
  const auto its_paths = paths(use);
  if (!its_paths) return its_paths.error();
  const std::string key = use.base_key();
  constexpr int kMostAttempts = 2;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    const std::string stamp = stamp_of(path.value(), its_paths.value());
    if (auto known = find(key, stamp)) {
      if (kept_ != known) loras_.forget_views();
      kept_ = known;
      return known;
    }
    kept_.reset();
    loras_.forget_views();
    std::erase_if(lent_, [](const Lent& lent) { return lent.model.expired(); });
    const auto placement = placement_for(path.value(), its_paths.value());
    loaded_as_ = placement ? placement->mode() : MemoryMode::Resident;
    auto model = load_model(path.value(), {.device = device_,
                                           .dtype = dtype_,
                                           .progress = progress,
                                           .paths = its_paths.value(),
                                           .hashes = hashes_,
                                            .placement = placement});
    if (!model) return model.error();
    ++loads_;
    // Half of the old files and half of the new ones are no model.
    if (stamp_of(path.value(), its_paths.value()) != stamp) continue;
    {
      const std::lock_guard lock(mutex_);
      known_[key] = {stamp, outline_of(*model.value())};
    }
    kept_ = std::make_shared<LoadedModel>(key, std::move(model).value());
    lent_.push_back({kept_, stamp});
    return kept_;
  }
  return Error{ErrorCode::ModelUnloadable,
               "the files of the model \"" + use.name +
                   "\" change while they are read; try again when they are complete"};
}

Result<std::shared_ptr<LoadedModel>> ModelShelf::use(const ModelUse& use,
                                                     const std::function<void(double)>& progress) {
  auto base = use_base(use, progress);
  if (!base || use.loras.empty()) return base;
  return loras_.view(base.value(), use.loras, [&] { progress(1); });
}

std::shared_ptr<Placement> ModelShelf::placement_for(const std::string& path,
                                                      const ModelPaths& paths) const {
  if (!device_.is_cuda()) return nullptr;
  MemoryMode mode = memory_;
  if (mode == MemoryMode::Auto) {
    // For a picture of the model's own size; what is larger than that is decoded in tiles.
    GenerationRequest usual;
    usual.model = path;
    usual.prompts = {""};
    const DeviceMemory memory = device_memory(device_);
    const auto forecast = forecast_memory(usual,
                                          path,
                                          paths,
                                          {.device = device_,
                                           .dtype = dtype_,
                                           .mode = mode,
                                           .total_bytes = memory.total_bytes,
                                           .free_bytes = memory.free_bytes});
    // A model that cannot be forecast cannot be loaded either, which says why.
    mode = forecast ? forecast.value().mode : MemoryMode::Resident;
  }
  if (mode == MemoryMode::Resident) return nullptr;
  return std::make_shared<Placement>(mode, make_device_mover(device_));
}

bool ModelShelf::take_less_memory(const ModelUse& use) {
  if (!device_.is_cuda() || !steps_down_ || loaded_as_ == MemoryMode::Streamed) return false;
  kept_.reset();
  loras_.forget_views();
  // Something else still runs with it as it is, so it would only be lent again.
  if (is_loaded(use)) return false;
  memory_ = loaded_as_ == MemoryMode::Turns ? MemoryMode::Streamed : MemoryMode::Turns;
  return true;
}

Result<ModelOutline> ModelShelf::outline_base(const ModelUse& use) const {
  auto path = find_model(resources_, use.name);
  if (!path) return path.error();
  const auto its_paths = paths(use);
  if (!its_paths) return its_paths.error();
  const std::string stamp = stamp_of(path.value(), its_paths.value());
  const auto find_known = [&]() -> const ModelOutline* {
    const auto known = known_.find(use.base_key());
    return known != known_.end() && known->second.stamp == stamp ? &known->second.outline : nullptr;
  };
  {
    const std::lock_guard lock(mutex_);
    if (const ModelOutline* const known = find_known()) return *known;
  }
  auto outline = read_outline(path.value(), its_paths.value());
  // What was read while a file changed is not remembered: loading finds out what has become of it.
  if (!outline || stamp_of(path.value(), its_paths.value()) != stamp) return outline;
  const std::lock_guard lock(mutex_);
  // Meanwhile the model may have been loaded, which tells more.
  if (const ModelOutline* const known = find_known()) return *known;
  known_[use.base_key()] = {stamp, outline.value()};
  return outline;
}

Result<ModelOutline> ModelShelf::outline(const ModelUse& use) const {
  auto outline = outline_base(use);
  if (!outline || use.loras.empty()) return outline;
  auto key = loras_.key(use.loras);
  if (!key) return key.error();
  outline.value().lora_key = std::move(key).value();
  return outline;
}

}  // namespace studio
