// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A PNG that is written row by row, so that its size does not decide how much memory it needs.
#pragma once

#include "core/api/image.h"
#include "core/io/files.h"
#include "core/io/png.h"

#include <memory>
#include <string>
#include <vector>

namespace studio {

// 8-bit RGB. Threads: one at a time. Blocks.
class PngRows {
 public:
  // Texts are UTF-8; keywords are ASCII of 1 to 79 characters. Errors: Io.
  static Result<std::unique_ptr<PngRows>> create(const std::string& path,
                                                 int width_px,
                                                 int height_px,
                                                 const std::vector<PngText>& texts);
  ~PngRows();
  PngRows(const PngRows&) = delete;
  PngRows& operator=(const PngRows&) = delete;

  // The next rows; the picture is as wide as the file.
  Result<void> write(const ImageRgb8& rows);
  // After height_px rows: what to commit for the file to appear.
  Result<std::unique_ptr<AtomicFile>> finish();

 private:
  PngRows() = default;
  Result<void> deflate_bytes(std::vector<std::uint8_t>& bytes, int flush);

  struct Stream;
  std::unique_ptr<AtomicFile> file_;
  std::unique_ptr<Stream> stream_;
  int width_px_ = 0, rows_left_ = 0;
  std::vector<std::uint8_t> before_, filtered_, packed_;
};

}  // namespace studio
