// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Hashes of weights that were read before, kept in a file from one run of the program to the next, so that
// some gigabytes are hashed once and not at every start.
#pragma once

#include "core/api/result.h"

#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace studio {

// A file that is damaged is replaced, one of another format or that cannot be written is left alone; then
// hashes are known to this object only. Several programs may share the file: what two write at the same
// moment may be lost, which costs a hash and is never wrong.
// Threads: any; each call holds a lock while it reads or writes the small file.
class HashCache {
 public:
  static constexpr std::size_t kMostEntries = 4096;

  // `file`: "" keeps nothing on disk. `most`: the entries that were not used for longest go beyond it.
  explicit HashCache(std::string file, std::size_t most = kMostEntries)
      : file_(std::move(file)), most_(most) {}

  // Stands for `what` was made of these files as they are now: canonical paths, sizes, times and inodes, in
  // the order given. "" when one is not there, or was changed so lately that it may change again without a
  // trace in its time. Blocks on the files' names.
  static std::string key(std::string_view what, const std::vector<std::string>& files);

  // "" for a key that is not known, or is "".
  std::string find(const std::string& key);
  // Nothing happens for a key or a hash that is none.
  void remember(const std::string& key, const std::string& hash);

 private:
  using Entry = std::pair<std::string, std::string>;
  std::list<Entry> read_file_entries(bool& is_foreign) const;
  void load();
  void add(Entry entry);
  void save();

  const std::string file_;
  const std::size_t most_;
  std::mutex mutex_;  // guards what follows
  bool is_loaded_ = false;
  std::list<Entry> entries_;  // least lately used first
  std::unordered_map<std::string, std::list<Entry>::iterator> places_;
};

// The hash that is known under `key()`, else what `make` gives, which is remembered when the key is the same
// after it: then the files stayed as they were. `cache` may be null. Errors: those of `make`.
Result<std::string> cached_hash(HashCache* cache, const std::function<std::string()>& key,
                                const std::function<Result<std::string>()>& make);

}  // namespace studio
