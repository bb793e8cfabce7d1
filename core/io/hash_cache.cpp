// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One JSON file: {"format", "version", "hashes": [[key, hash], ...]}, least lately used first.
#include "core/io/hash_cache.h"

#include "core/base/sha256.h"
#include "core/io/files.h"
#include "core/io/strict_json.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <system_error>

#include <sys/stat.h>

namespace studio {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFormat = "seg-studio/hashes";
constexpr int kVersion = 1;
constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
// File systems count time in steps of up to two seconds: a second change in one step would not show.
constexpr std::int64_t kSettleNs = 2'000'000'000;

bool is_digest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::int64_t>(time.tv_nsec);
}

}  // namespace

std::string HashCache::key(std::string_view what, const std::vector<std::string>& files) {
  using std::chrono::system_clock;
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(system_clock::now().time_since_epoch()).count();
  std::string text(what);
  for (const std::string& file : files) {
    std::error_code failed;
    const std::string path = fs::canonical(file, failed).string();
    struct stat status {};
    if (failed || ::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return "";
    const std::int64_t changed = nanoseconds(status.st_mtim);
    if (changed > now - kSettleNs) return "";
    text += "\n" + path + "\n" + std::to_string(status.st_size) + " " + std::to_string(changed) + " " +
            std::to_string(status.st_ino);
  }
  return files.empty() ? "" : sha256_hex(text);
}

std::list<HashCache::Entry> HashCache::read_file_entries(bool& is_foreign) const {
  std::list<Entry> entries;
  is_foreign = false;
  std::error_code failed;
  if (file_.empty() || !fs::exists(file_, failed)) return entries;
  const auto root = read_json_file(file_, {kMaxBytes, 8});
  if (!root) return entries;
  const json& read = root.value();
  is_foreign = !read.is_object() || read.value("format", json()) != kFormat ||
               read.value("version", json()) != kVersion;
  if (is_foreign || !read.contains("hashes") || !read["hashes"].is_array()) return entries;
  for (const json& entry : read["hashes"]) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_string()) continue;
    Entry pair(entry[0].get<std::string>(), entry[1].get<std::string>());
    if (is_digest(pair.first) && is_digest(pair.second)) entries.push_back(std::move(pair));
  }
  return entries;
}

void HashCache::add(Entry entry) {
  if (const auto known = places_.find(entry.first); known != places_.end()) {
    entries_.erase(known->second);
    places_.erase(known);
  }
  entries_.push_back(std::move(entry));
  places_[entries_.back().first] = std::prev(entries_.end());
  while (entries_.size() > most_) {
    places_.erase(entries_.front().first);
    entries_.pop_front();
  }
}

void HashCache::load() {
  if (is_loaded_) return;
  is_loaded_ = true;
  bool is_foreign = false;
  for (Entry& entry : read_file_entries(is_foreign)) add(std::move(entry));
}

std::string HashCache::find(const std::string& key) {
  if (key.empty()) return "";
  const std::lock_guard lock(mutex_);
  load();
  const auto known = places_.find(key);
  if (known == places_.end()) return "";
  entries_.splice(entries_.end(), entries_, known->second);
  return known->second->second;
}

void HashCache::remember(const std::string& key, const std::string& hash) {
  if (!is_digest(key) || !is_digest(hash)) return;
  const std::lock_guard lock(mutex_);
  load();
  add({key, hash});
  save();
}

void HashCache::save() {
  if (file_.empty()) return;
  bool is_foreign = false;
  // What another program has learned meanwhile comes before what this one has used.
  std::list<Entry> merged = read_file_entries(is_foreign);
  if (is_foreign) return;
  merged.remove_if([&](const Entry& entry) { return places_.contains(entry.first); });
  merged.insert(merged.end(), entries_.begin(), entries_.end());
  while (merged.size() > most_) merged.pop_front();
  json root{{"format", kFormat}, {"version", kVersion}, {"hashes", json::array()}};
  for (const auto& [its_key, its_hash] : merged) root["hashes"].push_back(json::array({its_key, its_hash}));
  std::error_code failed;
  fs::create_directories(fs::path(file_).parent_path(), failed);
  // Without the file only time is lost.
  (void)write_file(file_, root.dump(0) + "\n");
}

Result<std::string> cached_hash(HashCache* cache, const std::function<std::string()>& key,
                                const std::function<Result<std::string>()>& make) {
  if (cache == nullptr) return make();
  const std::string before = key();
  if (std::string known = cache->find(before); !known.empty()) return known;
  auto hash = make();
  if (hash && key() == before) cache->remember(before, hash.value());
  return hash;
}

}  // namespace studio
