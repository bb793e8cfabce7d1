// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Pictures that a job starts from or follows: PNG, JPEG or WebP, told apart by content, not by name.
#pragma once

#include "core/api/image.h"
#include "core/api/result.h"

#include <cstdint>
#include <span>
#include <string>

namespace studio {

// RGB pixels, transparent parts composited on white, a JPEG turned as its camera noted. Colour profiles are
// not applied. At most 32768 pixels a side and 512 MiB decoded. Blocks.
// Errors: Io when the file cannot be read; BadFile when it is no such picture, is damaged or too large, or is
// of a kind that is not supported (CMYK, animation); OutOfMemory.
Result<ImageRgb8> read_picture(const std::string& path);

// The same over bytes in memory; `path` is for messages only.
Result<ImageRgb8> decode_picture(std::span<const std::uint8_t> file, const std::string& path);

// Of one format each; decode_picture() picks.
Result<ImageRgb8> decode_jpeg(std::span<const std::uint8_t> file, const std::string& path);
Result<ImageRgb8> decode_webp(std::span<const std::uint8_t> file, const std::string& path);

// The sentence for a picture that is too large, or "".
std::string picture_size_problem(std::uint64_t width, std::uint64_t height);

}  // namespace studio
