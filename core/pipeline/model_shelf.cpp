// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Loading at most once, forgetting as soon as possible.
#include "core/pipeline/model_shelf.h"

#include "core/base/resources.h"
#include "core/io/files.h"

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

std::string ModelShelf::stamp_now(const std::string& name) const {
  const auto path = find_model(resources_, name);
  return path ? stamp_of(path.value(), paths()) : std::string();
}

std::shared_ptr<LoadedModel> ModelShelf::find(const std::string& name,
                                              const std::string& stamp) const {
  for (const Lent& lent : lent_) {
    if (auto model = lent.model.lock();
        model != nullptr && model->name == name && lent.stamp == stamp)
      return model;
  }
  return nullptr;
}

bool ModelShelf::is_loaded(const std::string& name) const {
  return find(name, stamp_now(name)) != nullptr;
}

std::string ModelShelf::reason_to_reload(const std::string& name) const {
  const bool was_loaded = std::any_of(lent_.begin(), lent_.end(), [&](const Lent& lent) {
    const auto model = lent.model.lock();
    return model != nullptr && model->name == name;
  });
  if (!was_loaded || is_loaded(name)) return "";
  return "the files of the model \"" + name + "\" have changed: it is loaded again";
}

Result<std::shared_ptr<LoadedModel>> ModelShelf::use(const std::string& name,
                                                     const std::function<void(double)>& progress) {
  auto path = find_model(resources_, name);
  if (!path) return path.error();
  constexpr int kMostAttempts = 2;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    const std::string stamp = stamp_of(path.value(), paths());
    if (auto known = find(name, stamp)) {
      if (kept_ != known) loras_.forget_views();
      kept_ = known;
      return known;
    }
    kept_.reset();
    loras_.forget_views();
    std::erase_if(lent_, [](const Lent& lent) { return lent.model.expired(); });
    auto model = load_model(path.value(), {device_, dtype_, progress, paths()});
    if (!model) return model.error();
    ++loads_;
    // Half of the old files and half of the new ones are no model.
    if (stamp_of(path.value(), paths()) != stamp) continue;
    {
      const std::lock_guard lock(mutex_);
      known_[path.value()] = {stamp, outline_of(*model.value())};
    }
    kept_ = std::make_shared<LoadedModel>(name, std::move(model).value());
    lent_.push_back({kept_, stamp});
    return kept_;
  }
  return Error{ErrorCode::ModelUnloadable,
               "the files of the model \"" + name +
                   "\" change while they are read; try again when they are complete"};
}

Result<std::shared_ptr<LoadedModel>> ModelShelf::use(const std::string& name,
                                                     const std::vector<LoraUse>& loras,
                                                     const std::function<void(double)>& progress) {
  auto base = use(name, progress);
  if (!base || loras.empty()) return base;
  return loras_.view(base.value(), loras, [&] { progress(1); });
}

Result<ModelOutline> ModelShelf::outline(const std::string& name) const {
  auto path = find_model(resources_, name);
  if (!path) return path.error();
  const std::string stamp = stamp_of(path.value(), paths());
  const auto find_known = [&]() -> const ModelOutline* {
    const auto known = known_.find(path.value());
    return known != known_.end() && known->second.stamp == stamp ? &known->second.outline : nullptr;
  };
  {
    const std::lock_guard lock(mutex_);
    if (const ModelOutline* const known = find_known()) return *known;
  }
  auto outline = read_outline(path.value(), paths());
  // What was read while a file changed is not remembered: loading finds out what has become of it.
  if (!outline || stamp_of(path.value(), paths()) != stamp) return outline;
  const std::lock_guard lock(mutex_);
  // Meanwhile the model may have been loaded, which tells more.
  if (const ModelOutline* const known = find_known()) return *known;
  known_[path.value()] = {stamp, outline.value()};
  return outline;
}

}  // namespace studio
