// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Reading and writing safetensors files.
// Source: the format's description in the README of huggingface/safetensors; as there, tensors must
// cover the data without holes or overlaps.
#pragma once

#include "core/api/result.h"
#include "core/io/files.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace studio {

struct SafetensorsEntry {
  std::string name;
  std::string dtype_text;  // "F16"
  at::ScalarType dtype = at::kFloat;
  std::vector<std::int64_t> shape;
  std::int64_t elements = 0;
  std::size_t begin = 0, end = 0;  // bytes from the start of the file
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in the order of the file's header
  std::map<std::string, std::string> metadata;
};

// Checks a whole file's bytes: header, shapes, offsets. `path` is for messages only.
// Errors: BadFile, naming the file and, where it applies, the tensor.
Result<SafetensorsHeader> parse_safetensors(std::span<const std::uint8_t> file,
                                            std::string_view path);

// Threads: immutable after open().
class SafetensorsFile : public std::enable_shared_from_this<SafetensorsFile> {
 public:
  // Errors: Io when the file cannot be opened, BadFile for wrong content. Blocks.
  static Result<std::shared_ptr<const SafetensorsFile>> open(const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<SafetensorsEntry>& entries() const { return header_.entries; }
  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
  // nullptr when there is no tensor of this name.
  const SafetensorsEntry* find(std::string_view name) const;

  // The tensor on the CPU in the file's dtype. It looks into the mapped file (which it keeps
  // alive), so it must not be written to; a tensor that the file places off its alignment is a
  // copy. Errors: throws CheckError when there is no such tensor.
  at::Tensor tensor(std::string_view name) const;

  // Gives the memory of what was read back to the system, so that converted weights do not count
  // twice. Tensors stay valid.
  void release_pages() const { file_->release_pages(); }

 private:
  SafetensorsFile() = default;
  std::string path_;
  std::shared_ptr<const MappedFile> file_;
  SafetensorsHeader header_;
  std::unordered_map<std::string_view, std::size_t> index_;  // views into header_.entries
};

// "F16" for at::kHalf; "" for dtypes that the format or this program does not know.
std::string_view safetensors_dtype(at::ScalarType dtype);

// A tensor of a file to be written; `read` is called once, when its turn comes, and must give that shape.
struct TensorToWrite {
  std::string name;
  at::ScalarType dtype = at::kFloat;
  std::vector<std::int64_t> shape;
  std::function<at::Tensor()> read;
};
// Writes tensors one by one, so that no more than one need be in memory. `progress` is called after each
// with the fraction written and may throw; then nothing is left. Errors: as write_safetensors().
Result<void> write_tensors(const std::string& path,
                           const std::vector<TensorToWrite>& tensors,
                           const std::map<std::string, std::string>& metadata,
                           const std::function<void(double fraction)>& progress);

// Writes tensors of any device and layout in the given order, beside `path` and renamed.
// Errors: InvalidArgument for a dtype without a name in the format or a name given twice, Io.
// Blocks.
Result<void> write_safetensors(const std::string& path,
                               const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                               const std::map<std::string, std::string>& metadata = {});

}  // namespace studio
