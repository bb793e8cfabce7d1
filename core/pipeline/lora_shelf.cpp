// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Keys, conversion at most once, and letting go of what is not used any more.
#include "core/pipeline/lora_shelf.h"

#include "core/guidance/guidance.h"
#include "core/io/files.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace studio {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostViews = 24;
// Converted files beyond those of the latest view.
constexpr std::int64_t kMostBytes = std::int64_t{2} << 30;

// Changes whenever the file, or the settings that PEFT keeps beside one, are replaced.
std::string stamp_of(const std::string& path) {
  return file_stamp(path) + "\n" +
         file_stamp((fs::path(path).parent_path() / "adapter_config.json").string());
}

// A hash has a fixed length and no number holds a ";": equal keys, equal LoRAs.
void append(std::string& key, const std::string& hash, double weight) {
  key += hash + " " + exact_text(weight) + ";";
}

}  // namespace

Result<LoraShelf::KnownFile> LoraShelf::known(const std::string& path) const {
  const std::string stamp = stamp_of(path);
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(path);
    if (found != known_.end() && found->second.stamp == stamp) return found->second;
  }
  auto file = LoraFile::open(path);
  if (!file) return file.error();
  const LoraFile& lora = *file.value();
  KnownFile known{stamp,
                  hash_of_lora(lora, hashes_),
                  lora.touches(LoraPart::Unet),
                  lora.touches(LoraPart::TextEncoder1) || lora.touches(LoraPart::TextEncoder2)};
  const std::lock_guard lock(mutex_);
  known_[path] = known;
  return known;
}

Result<std::string> LoraShelf::key(const std::vector<LoraUse>& loras) const {
  auto both = keys(loras);
  if (!both) return both.error();
  return both.value().whole();
}

Result<LoraShelf::Keys> LoraShelf::keys(const std::vector<LoraUse>& loras) const {
  Keys keys;
  for (const LoraUse& use : loras) {
    if (use.unet_weight == 0 && use.text_weight == 0) continue;
    auto file = known(use.file);
    if (!file) return file.error();
    if (file.value().has_unet && use.unet_weight != 0)
      append(keys.unet, file.value().hash, use.unet_weight);
    if (file.value().has_text && use.text_weight != 0)
      append(keys.text, file.value().hash, use.text_weight);
  }
  return keys;
}

Result<LoraShelf::Prepared> LoraShelf::prepared(const std::string& path,
                                                const LoadedModel& base,
                                                const std::function<void()>& checkpoint) {
  // Taken before the file is read, as everywhere.
  const std::string stamp = stamp_of(path);
  for (const View& view : views_) {
    for (const Prepared& file : view.files) {
      if (file.path == path && file.stamp == stamp) return file;
    }
  }
  auto file = LoraFile::open(path);
  if (!file) return file.error();
  auto lora = prepare_lora(*file.value(), *base.model, checkpoint);
  if (!lora) return lora.error();
  ++files_prepared_;
  return Prepared{path, stamp, std::move(lora).value()};
}

// Texts encoded by the same text encoders serve again: most moves of a slider change the UNet
// alone.
PromptEncoder LoraShelf::prompts_for(const LoadedModel& base,
                                     std::shared_ptr<const SdxlModel> model,
                                     const std::string& text_key) const {
  if (text_key.empty()) return base.prompts;
  for (const View& view : views_) {
    if (view.keys.text == text_key) return view.model->prompts;
  }
  return PromptEncoder(std::move(model));
}

Result<std::shared_ptr<LoadedModel>> LoraShelf::view(const std::shared_ptr<LoadedModel>& base,
                                                     const std::vector<LoraUse>& loras,
                                                     const std::function<void()>& checkpoint) {
  std::erase_if(views_, [&](const View& view) { return view.model->base != base; });
  auto both = keys(loras);
  if (!both) return both.error();
  const std::string key = both.value().whole();
  if (key.empty()) return base;
  for (auto view = views_.begin(); view != views_.end(); ++view) {
    if (view->keys.whole() != key) continue;
    views_.splice(views_.begin(), views_, view);
    return view->model;
  }
  View made{.keys = std::move(both).value(), .model = nullptr, .files = {}};
  std::vector<LoraWeights> weights;
  for (const LoraUse& use : loras) {
    if (use.unet_weight == 0 && use.text_weight == 0) continue;
    auto file = prepared(use.file, *base, checkpoint);
    if (!file) return file.error();
    weights.push_back({file.value().lora, use.unet_weight, use.text_weight});
    made.files.push_back(std::move(file).value());
  }
  // A file that was replaced meanwhile would stand under the hash of the one before.
  auto now = keys(loras);
  if (!now) return now.error();
  if (now.value().whole() != key)
    return Error{ErrorCode::Io, "a LoRA file was changed while it was read"};
  auto model = with_loras(*base->model, weights);
  PromptEncoder prompts = prompts_for(*base, model, made.keys.text);
  made.model = std::make_shared<LoadedModel>(base, std::move(model), key, std::move(prompts));
  keep(made);
  return made.model;
}

void LoraShelf::keep(View view) {
  views_.push_front(std::move(view));
  std::set<const PreparedLora*> counted;
  std::int64_t bytes = 0;
  std::size_t kept = 0;
  for (auto place = views_.begin(); place != views_.end(); ++place, ++kept) {
    for (const Prepared& file : place->files) {
      if (counted.insert(file.lora.get()).second) bytes += file.lora->bytes;
    }
    if (kept == 0 || (kept < kMostViews && bytes <= kMostBytes)) continue;
    views_.erase(place, views_.end());
    return;
  }
}

}  // namespace studio
