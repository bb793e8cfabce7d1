// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What is in the files a job names, so that a picture's key does not depend on where they lie, and a changed
// file makes another picture.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "core/api/params.h"

namespace studio {

class HashCache;

// Changes whenever a file, or a file in the folder, is replaced: names, sizes and times.
std::string stamp_of_files(const std::string& path);

// The same for all files that the sections "start" and "control" of a job name.
std::string stamp_of_sections(const ParamSet& sections);

// Threads: any.
class ContentHashes {
 public:
  // `hashes`: where hashes of large files that were read before are known; outlives it, may be null.
  explicit ContentHashes(HashCache* hashes = nullptr) : hashes_(hashes) {}

  // SHA-256 of a file, or of a folder's weights and configuration; read again only when its stamp changed.
  // Errors: Io, naming the file. Blocks: some gigabytes take seconds.
  Result<std::string> of(const std::string& path);

  // The sections "start" and "control" of a job, with each file's hash in place of its path and without what
  // does nothing: equal texts, equal effect. Errors: those of of(), naming the parameter.
  Result<ParamSet> contents(const ParamSet& sections);

 private:
  struct Known {
    std::string stamp, hash;
  };
  HashCache* const hashes_;
  std::mutex mutex_;
  std::map<std::string, Known> known_;  // by path
};

}  // namespace studio
