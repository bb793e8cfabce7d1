// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The models, LoRAs, VAEs and ControlNets of a folder, for people to choose from.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/api/found_model.h"
#include "core/api/result.h"

namespace studio {

class HashCache;

// What a file, or a folder in the diffusers layout, holds, by headers and configurations alone; what is wrong
// with it is in the result. Its hash is not looked for. Blocks.
FoundModel look_at_model(const std::string& path, const std::string& resources);
// HashCache::key() of one whose can_hash is true. Blocks.
std::string hash_key_of(const FoundModel& found, const std::string& resources);

// Threads: any.
class ModelCatalogue {
 public:
  static constexpr int kMostLevels = 5;  // of folders, the given one included: as deep as a hub's cache
  static constexpr std::size_t kMostFiles = 20'000, kMostFolders = 2'000;

  // Both outlive it. `resources`: where tokenizers and neighbours are looked for.
  ModelCatalogue(const std::string& resources, HashCache& hashes) : resources_(resources), hashes_(hashes) {}

  // See Engine::find_models(). Hidden folders are left out, a folder reached in two ways is looked into once.
  Result<FoundModels> find(const std::string& folder,
                           const std::function<bool(const FoundModel*, int, int)>& tell);
  // See Engine::hash_model().
  Result<std::string> hash(const std::string& path, const std::function<bool(double)>& keep_going);

 private:
  struct Known {
    std::string stamp, hash_key;
    FoundModel found;
  };
  FoundModel look_at(const std::string& path);

  const std::string& resources_;
  HashCache& hashes_;
  std::mutex mutex_;                              // guards what follows
  std::unordered_map<std::string, Known> known_;  // by path
};

}  // namespace studio
