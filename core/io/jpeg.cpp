// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// JPEG through libjpeg, whose errors are jumps: they stay between functions that own nothing.
#include "core/base/guard.h"
#include "core/io/files.h"
#include "core/io/picture.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <jpeglib.h>
// Needs jpeglib.h before it.
#include <jerror.h>

namespace studio {
namespace {

struct Reading {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  std::jmp_buf on_error{};
  std::array<char, JMSG_LENGTH_MAX> message{};
  std::span<const std::uint8_t> file;
  std::uint8_t* rows = nullptr;  // where decode_rows() writes

  Reading() = default;
  ~Reading() { jpeg_destroy_decompress(&info); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
};

[[noreturn]] void jump_out(j_common_ptr info) {
  auto* const reading = static_cast<Reading*>(info->client_data);
  info->err->format_message(info, reading->message.data());
  std::longjmp(reading->on_error, 1);
}

// Damaged data that libjpeg would patch over counts as an error: the picture would not be what was saved.
// Bytes that nobody needs are common and harm nothing.
void on_message(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code != JWRN_EXTRANEOUS_DATA) jump_out(info);
}

// false: `message` says why. No object with a destructor lives here, since a jump would skip it.
bool read_header(Reading& reading) {
  reading.info.err = jpeg_std_error(&reading.errors);
  reading.errors.error_exit = &jump_out;
  reading.errors.emit_message = &on_message;
  reading.info.client_data = &reading;
  if (setjmp(reading.on_error) != 0) return false;
  jpeg_create_decompress(&reading.info);
  reading.info.client_data = &reading;
  jpeg_save_markers(&reading.info, JPEG_APP0 + 1, 0xFFFF);
  jpeg_mem_src(&reading.info, reading.file.data(), static_cast<unsigned long>(reading.file.size()));
  jpeg_read_header(&reading.info, TRUE);
  return true;
}

bool decode_rows(Reading& reading) {
  if (setjmp(reading.on_error) != 0) return false;
  reading.info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&reading.info);
  while (reading.info.output_scanline < reading.info.output_height) {
    JSAMPROW row = reading.rows + std::size_t{3} * reading.info.output_width * reading.info.output_scanline;
    jpeg_read_scanlines(&reading.info, &row, 1);
  }
  jpeg_finish_decompress(&reading.info);
  return true;
}

// The orientation that a camera noted, 1 to 8; 1 (upright) when there is none.
// Source: Exif 2.32, 4.6.4: tag 0x0112, a 16-bit number in the first directory.
int orientation_of(const jpeg_decompress_struct& info) {
  for (jpeg_saved_marker_ptr marker = info.marker_list; marker != nullptr; marker = marker->next) {
    const std::span<const std::uint8_t> data(marker->data, marker->data_length);
    constexpr std::size_t kTiff = 6;  // after "Exif\0\0"
    if (data.size() < kTiff + 8 || !std::equal(data.begin(), data.begin() + 4, "Exif")) continue;
    const std::span<const std::uint8_t> tiff = data.subspan(kTiff);
    const bool is_little = tiff[0] == 'I';
    const auto number = [&](std::size_t at, int bytes) {
      std::uint32_t value = 0;
      for (int i = 0; i < bytes; ++i) value = value << 8 | tiff[at + (is_little ? bytes - 1 - i : i)];
      return value;
    };
    const std::size_t directory = number(4, 4);
    if (directory > tiff.size() || tiff.size() - directory < 2) continue;
    const std::size_t entries = std::min<std::size_t>(number(directory, 2), (tiff.size() - directory - 2) / 12);
    for (std::size_t i = 0; i < entries; ++i) {
      const std::size_t at = directory + 2 + 12 * i;
      if (number(at, 2) != 0x0112) continue;
      const auto value = static_cast<int>(number(at + 8, 2));
      return value >= 1 && value <= 8 ? value : 1;
    }
  }
  return 1;
}

ImageRgb8 turned(const ImageRgb8& image, int orientation) {
  if (orientation == 1) return image;
  const int width = image.width_px, height = image.height_px;
  const bool swaps = orientation >= 5;
  ImageRgb8 result{swaps ? height : width, swaps ? width : height, {}};
  result.pixels.resize(image.pixels.size());
  const bool mirrors_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirrors_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  for (int y = 0; y < result.height_px; ++y) {
    for (int x = 0; x < result.width_px; ++x) {
      // Where in the file the pixel at (x, y) is: its row and column swap first, then the file's axes turn.
      int from_x = swaps ? y : x, from_y = swaps ? x : y;
      if (mirrors_x) from_x = width - 1 - from_x;
      if (mirrors_y) from_y = height - 1 - from_y;
      const std::size_t to = 3 * (std::size_t(y) * result.width_px + x), from = 3 * (std::size_t(from_y) * width + from_x);
      std::copy_n(image.pixels.begin() + static_cast<std::ptrdiff_t>(from), 3, result.pixels.begin() + static_cast<std::ptrdiff_t>(to));
    }
  }
  return result;
}

}  // namespace

Result<ImageRgb8> decode_jpeg(std::span<const std::uint8_t> file, const std::string& path) {
  const auto bad = [&](const std::string& why) { return file_error(ErrorCode::BadFile, path, why); };
  return to_result([&]() -> Result<ImageRgb8> {
    Reading reading;
    reading.file = file;
    if (!read_header(reading)) return bad(std::string("the JPEG file is damaged: ") + reading.message.data());
    const jpeg_decompress_struct& info = reading.info;
    if (info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK) {
      return bad("this is a JPEG for printing (CMYK), which is not supported: save it as RGB");
    }
    if (const std::string problem = picture_size_problem(info.image_width, info.image_height); !problem.empty()) return bad(problem);
    ImageRgb8 image{static_cast<int>(info.image_width), static_cast<int>(info.image_height), {}};
    image.pixels.resize(std::size_t{3} * info.image_width * info.image_height);
    reading.rows = image.pixels.data();
    const int orientation = orientation_of(info);
    if (!decode_rows(reading)) return bad(std::string("the JPEG file is damaged: ") + reading.message.data());
    return turned(image, orientation);
  });
}

}  // namespace studio
