// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// PNG pictures with text: what other programs read about a picture's making, and the whole job.
#pragma once

#include "core/api/image.h"
#include "core/api/request.h"
#include "core/api/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace studio {

inline constexpr std::string_view kParametersKeyword = "parameters";
inline constexpr std::string_view kJobKeyword = "seg-studio";

struct PngText {
  std::string keyword;  // 1 to 79 printable ASCII characters
  std::string text;     // UTF-8
  bool operator==(const PngText&) const = default;
};

// Writes 8-bit RGB, beside `path` and renamed. Texts go into tEXt chunks, those beyond Latin-1 into
// iTXt. Blocks.
// Errors: Io (disk full, no permission), InvalidArgument for pixels that do not fit their size.
Result<void> write_png(const std::string& path,
                       const ImageRgb8& image,
                       const std::vector<PngText>& texts = {});

// The pixels of any PNG as RGB on white. At most 32768 pixels a side and 512 MiB decoded. Blocks.
// Errors: Io, BadFile, OutOfMemory.
Result<ImageRgb8> read_png(const std::string& path);

// All texts of a PNG, without decoding its pixels. Checksums of text chunks are verified. Blocks.
Result<std::vector<PngText>> read_png_texts(const std::string& path);

// The same over bytes in memory; `path` is for messages only.
Result<ImageRgb8> decode_png(std::span<const std::uint8_t> file, const std::string& path);
Result<std::vector<PngText>> parse_png_texts(std::span<const std::uint8_t> file,
                                             const std::string& path);

// What write_png needs to keep a job with image `index` of its batch: both of the contract's
// chunks.
std::vector<PngText> job_texts(const GenerationRequest& request,
                               const Catalogue& catalogue,
                               const std::string& model_hash,
                               std::size_t index = 0);

// The job in the form that other programs read and write: prompt, negative prompt, one line of
// settings. Guidance at its neutral value is left out.
std::string a1111_parameters(const GenerationRequest& request,
                             const Catalogue& catalogue,
                             std::size_t index = 0);

// The job that a PNG of this program carries.
// Errors: Io, BadFile when the file is not a PNG or carries no job, InvalidArgument for a bad job.
Result<GenerationRequest> request_from_png(const std::string& path, const Catalogue& catalogue);

}  // namespace studio
