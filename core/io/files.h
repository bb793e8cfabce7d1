// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Reading whole files, mapping big ones, and writing so that no partial file is ever seen.
#pragma once

#include "core/api/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace studio {

// `"path": why`, with the path shortened to something a message can hold.
Error file_error(ErrorCode code, std::string_view path, std::string_view why);

// The same for a failed system call: `doing` ("cannot be opened: ") and the reason for errno's value.
Error io_error(std::string_view path, std::string_view doing, int error_number);

// Changes whenever the file is written or replaced: its path, size, time, inode and device. Links
// are followed. "" when there is no regular file.
std::string file_stamp(const std::string& path);

// The whole content of a regular file. Folders, pipes and devices are refused, so nothing hangs.
// Errors: Io (not found, no permission), BadFile when larger than max_bytes. Blocks.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

// The content of a gzip file. Errors: as read_file(), for the content; BadFile when it is damaged. Blocks.
Result<std::string> read_gzip_file(const std::string& path, std::size_t max_bytes);

// A read-only view of a regular file. If another program shortens the file while it is mapped, the
// system ends this program when it touches the lost part; there is no portable way to prevent that,
// so nothing here keeps a mapping longer than needed.
// Threads: immutable after open().
class MappedFile {
 public:
  static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::uint8_t> bytes() const { return {data_, size_}; }
  // Lets the system drop pages that were read; they come back from disk when touched again.
  void release_pages() const;

 private:
  MappedFile() = default;
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

// The name of a file that is being written: ".seg-HOST-PID-LAST.tmp" in the target's folder.
// Folders may be shared between computers, so that the process alone would name nobody.
std::string temporary_path(const std::string& target, std::string_view last);
// HOST in it: of this computer, and of this program's process numbers where there are several sets
// of them. Letters, digits, ".", "_" and "-".
const std::string& host_in_names();

// Collects a file under a temporary name beside the target; commit() flushes it to disk and renames
// it. Without a commit the temporary file is removed.
// Errors: Io with a sentence (disk full, no permission, folder missing). Blocks.
class AtomicFile {
 public:
  static Result<std::unique_ptr<AtomicFile>> create(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  Result<void> write(const void* data, std::size_t size);
  Result<void> write(std::string_view text) { return write(text.data(), text.size()); }
  Result<void> commit();

 private:
  AtomicFile() = default;
  std::string path_, temporary_path_;
  int descriptor_ = -1;
};

// AtomicFile in one call.
Result<void> write_file(const std::string& path, std::string_view content);

}  // namespace studio
