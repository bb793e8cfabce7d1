// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Who makes a sweep's pictures: one process for all, or one for each share. The locks are the
// system's and end with the process, however it ends.
#pragma once

#include "core/api/result.h"

#include <memory>
#include <string>
#include <vector>

namespace studio {

class FolderLock {
 public:
  // Takes share `shard` (0-based) of `shards` of the folder, which must exist. Other shares of the
  // same count may be held by others at the same time. `run` is what running_in() tells others.
  // Errors: Io when it is taken (the message names the process), or the folder cannot be written.
  // Blocks for at most seconds.
  static Result<std::unique_ptr<FolderLock>> take(const std::string& folder,
                                                  int shard,
                                                  int shards,
                                                  const std::string& run);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  // Until this is called, no other process can take a share: time to set the folder up.
  void let_others_in();

 private:
  FolderLock() = default;
  std::string path_;
  int descriptor_ = -1, gate_ = -1;
};

// The runs that hold a share of the folder now, by the names they gave. Takes nothing. Blocks.
std::vector<std::string> running_in(const std::string& folder);

}  // namespace studio
