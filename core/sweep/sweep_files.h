// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a sweep's folder needs from the disk: hashes, stamps, flushed folders, files of killed runs.
#pragma once

#include "core/api/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace studio {

// 64 hex digits. In pieces, so that memory stays bounded whatever the file's size. Errors: Io. Blocks.
Result<std::string> sha256_of_file(const std::string& path);
bool is_sha256(std::string_view text);

// What tells cheaply that a file is still the one that was hashed.
struct FileStamp {
  std::int64_t bytes = -1;
  std::int64_t mtime_ns = 0;
  bool operator==(const FileStamp&) const = default;
};
// No value: there is no ordinary file of that name.
std::optional<FileStamp> stamp_of(const std::string& path);

// Entries that were made or renamed in the folder are on disk after this. Some file systems cannot
// flush folders; the files themselves are safe there too, so nothing is returned. Blocks.
void flush_folder(const std::string& folder);

// Creates the folder and its parents, each flushed into its own parent.
// Errors: Io naming the part that cannot be made, or that is a file. Blocks.
Result<void> make_folders(const std::string& folder);

bool path_exists(const std::string& path);

// Gives `path` the content of `original`: by a hard link where the disk has them, else by a copy.
// Errors: Io. Blocks.
Result<void> link_or_copy(const std::string& original, const std::string& path);

// Removes the temporary files (see temporary_path()) of programs that have ended. One whose program
// may still be writing stays: whether it lives is known on its own computer only, so files of
// others stay for a day. Blocks.
void remove_left_temporaries(const std::string& folder);

// "2026-11-25T01:36:28.123Z"
std::string wall_clock_time();

}  // namespace studio
