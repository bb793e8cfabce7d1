// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Hashing at most once while a file stays the same.
#include "core/pipeline/content_hashes.h"

#include "core/api/control_params.h"
#include "core/api/start_params.h"
#include "core/base/guard.h"
#include "core/base/sha256.h"
#include "core/io/files.h"
#include "core/io/hash_cache.h"

#include <algorithm>
#include <filesystem>
#include <vector>

namespace studio {
namespace {

namespace fs = std::filesystem;

std::string stamp_of_file(const fs::path& path) {
  std::error_code unknown;
  const auto size = fs::file_size(path, unknown);
  const auto time = fs::last_write_time(path, unknown).time_since_epoch().count();
  return path.string() + " " + std::to_string(size) + " " + std::to_string(time) + "\n";
}

// The file, or those of a folder that decide what it is, in order of name.
std::vector<fs::path> files_of(const std::string& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return {path};
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(path, failed), end; !failed && entry != end; entry.increment(failed)) {
    std::error_code unknown;
    const std::string ending = entry->path().extension().string();
    if ((ending == ".json" || ending == ".safetensors") && entry->is_regular_file(unknown)) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool names_a_file(std::string_view path) {
  return path == "start.image" || path == "start.mask" || path == "control.image" || path == "control.model";
}

// Pictures are hashed faster than looked up, and would push out weights.
HashCache* cache_for(const std::string& path, HashCache* hashes) {
  constexpr std::uintmax_t kLarge = std::uintmax_t{16} << 20;
  std::uintmax_t bytes = 0;
  for (const fs::path& file : files_of(path)) {
    std::error_code failed;
    const auto size = fs::file_size(file, failed);
    if (!failed) bytes += size;
  }
  return bytes < kLarge ? nullptr : hashes;
}

std::string key_of(const std::string& path) {
  std::vector<std::string> files;
  for (const fs::path& file : files_of(path)) files.push_back(file.string());
  return HashCache::key("content, 1", files);
}

Result<std::string> hash_of(const std::string& path) {
  constexpr std::size_t kPiece = std::size_t{16} << 20;
  Sha256 hash;
  for (const fs::path& file : files_of(path)) {
    auto mapped = MappedFile::open(file.string());
    if (!mapped) return mapped.error();
    const auto bytes = mapped.value()->bytes();
    const std::string name = fs::path(path) == file ? "" : file.filename().string();
    hash.add(name + " " + std::to_string(bytes.size()) + "\n");
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
      hash.add(bytes.data() + at, std::min(kPiece, bytes.size() - at));
      mapped.value()->release_pages();
    }
  }
  return hash.finish();
}

}  // namespace

std::string stamp_of_files(const std::string& path) {
  std::string stamp;
  for (const fs::path& file : files_of(path)) stamp += stamp_of_file(file);
  return stamp;
}

std::string stamp_of_sections(const ParamSet& sections) {
  std::string stamp;
  for (const auto& [path, value] : sections) {
    if (names_a_file(path)) stamp += path + "\n" + stamp_of_files(std::get<std::string>(value));
  }
  return stamp;
}

Result<std::string> ContentHashes::of(const std::string& path) {
  // Taken before: when the file changes meanwhile, the hash is not trusted later.
  const std::string stamp = stamp_of_files(path);
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(path);
    if (found != known_.end() && found->second.stamp == stamp) return found->second.hash;
  }
  auto hash = to_result([&] {
    return cached_hash(
        cache_for(path, hashes_), [&] { return key_of(path); }, [&] { return hash_of(path); });
  });
  if (!hash) return hash;
  const std::lock_guard lock(mutex_);
  known_[path] = {stamp, hash.value()};
  return hash;
}

Result<ParamSet> ContentHashes::contents(const ParamSet& sections) {
  auto start = start_settings(sections);
  if (!start) return start.error();
  auto control = control_settings(sections);
  if (!control) return control.error();
  ParamSet result;
  for (const auto& [path, value] : sections) {
    const bool is_start = path.starts_with("start."), is_control = path.starts_with("control.");
    if (!is_start && !is_control) {
      result.emplace(path, value);
      continue;
    }
    if (is_start ? !start.value().is_on() : !control.value().is_on()) continue;
    if (path == "start.mask_blur" && start.value().mask.empty()) continue;
    if (path.starts_with("control.canny_") && !control.value().finds_edges) continue;
    if (!names_a_file(path)) {
      result.emplace(path, value);
    } else if (const auto& file = std::get<std::string>(value); !file.empty()) {
      auto hash = of(file).in_context(path);
      if (!hash) return hash.error();
      result.emplace(path, hash.value());
    }
  }
  return result;
}

}  // namespace studio
