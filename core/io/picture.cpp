// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Telling formats apart, and WebP through libwebp.
#include "core/io/picture.h"

#include "core/base/guard.h"
#include "core/io/files.h"
#include "core/io/png.h"

#include <webp/decode.h>

#include <cstring>

namespace studio {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 30;
constexpr std::uint64_t kMaxSide = 32'768;
constexpr std::uint64_t kMaxDecoded = std::uint64_t{512} << 20;

bool begins_with(std::span<const std::uint8_t> file, std::string_view bytes, std::size_t at = 0) {
  return file.size() >= at + bytes.size() && std::memcmp(file.data() + at, bytes.data(), bytes.size()) == 0;
}

}  // namespace

std::string picture_size_problem(std::uint64_t width, std::uint64_t height) {
  if (width <= kMaxSide && height <= kMaxSide && 3 * width * height <= kMaxDecoded) return "";
  return "the picture has " + std::to_string(width) + " x " + std::to_string(height) + " pixels, but at most 32768 a side and 512 MiB are read";
}

Result<ImageRgb8> decode_webp(std::span<const std::uint8_t> file, const std::string& path) {
  const auto bad = [&](const std::string& why) { return file_error(ErrorCode::BadFile, path, why); };
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(file.data(), file.size(), &features) != VP8_STATUS_OK) return bad("the WebP file is cut off or damaged at its beginning");
  if (features.has_animation != 0) return bad("this is an animation, not a single picture");
  const auto width = static_cast<std::uint64_t>(features.width), height = static_cast<std::uint64_t>(features.height);
  if (const std::string problem = picture_size_problem(width, height); !problem.empty()) return bad(problem);
  return to_result([&]() -> Result<ImageRgb8> {
    std::vector<std::uint8_t> rgba(4 * width * height);
    if (WebPDecodeRGBAInto(file.data(), file.size(), rgba.data(), rgba.size(), features.width * 4) == nullptr) return bad("the WebP file is damaged");
    ImageRgb8 image{features.width, features.height, {}};
    image.pixels.resize(3 * width * height);
    for (std::size_t pixel = 0; pixel < width * height; ++pixel) {
      const int alpha = rgba[4 * pixel + 3];
      for (std::size_t channel = 0; channel < 3; ++channel) {
        const int over_white = rgba[4 * pixel + channel] * alpha + 255 * (255 - alpha);
        image.pixels[3 * pixel + channel] = static_cast<std::uint8_t>((over_white + 127) / 255);
      }
    }
    return image;
  });
}

Result<ImageRgb8> decode_picture(std::span<const std::uint8_t> file, const std::string& path) {
  if (begins_with(file, "\x89PNG")) return decode_png(file, path);
  if (begins_with(file, "\xFF\xD8\xFF")) return decode_jpeg(file, path);
  if (begins_with(file, "RIFF") && begins_with(file, "WEBP", 8)) return decode_webp(file, path);
  return file_error(ErrorCode::BadFile, path, file.empty() ? "the file is empty" : "this is no picture: only PNG, JPEG and WebP are read");
}

Result<ImageRgb8> read_picture(const std::string& path) {
  return to_result([&]() -> Result<ImageRgb8> {
    const auto content = read_file(path, kMaxFile);
    if (!content) return content.error();
    return decode_picture({reinterpret_cast<const std::uint8_t*>(content.value().data()), content.value().size()}, path);
  });
}

}  // namespace studio
