// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Pixels through libpng's simplified interface, which keeps its jumps to itself; text chunks by
// hand.
#include "core/io/png.h"

#include "core/api/utf8.h"
#include "core/base/guard.h"
#include "core/io/files.h"

#include <png.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <zlib.h>

namespace studio {
namespace {

constexpr std::uint8_t kSignature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t kHeaderEnd = 33;  // signature and the whole IHDR chunk
constexpr std::uint32_t kMaxSide = 32'768;
constexpr std::uint64_t kMaxDecoded = std::uint64_t{512} << 20;
constexpr std::size_t kMaxFile = std::size_t{1} << 30;
constexpr std::size_t kMaxText = std::size_t{16} << 20;

std::uint32_t read_u32(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
         at[3];
}

void append_u32(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
}

void append_chunk(std::string& bytes, std::string_view type, std::string_view data) {
  append_u32(bytes, static_cast<std::uint32_t>(data.size()));
  const std::size_t start = bytes.size();
  bytes.append(type).append(data);
  append_u32(bytes,
             static_cast<std::uint32_t>(crc32_z(
                 0, reinterpret_cast<const Bytef*>(bytes.data() + start), 4 + data.size())));
}

// Latin-1 without control characters other than a line feed, which is all that tEXt allows.
std::optional<std::string> as_latin1(std::string_view utf8) {
  std::string latin1;
  while (!utf8.empty()) {
    const std::size_t length = utf8_sequence_length(utf8);
    const auto first = static_cast<unsigned char>(utf8[0]);
    if (length == 1 && (first == '\n' || (first >= 0x20 && first < 0x7F))) {
      latin1.push_back(utf8[0]);
    } else if (length == 2 && first <= 0xC3 &&
               !(first == 0xC2 && static_cast<unsigned char>(utf8[1]) < 0xA0)) {
      latin1.push_back(
          static_cast<char>(first << 6 | (static_cast<unsigned char>(utf8[1]) & 0x3F)));
    } else {
      return std::nullopt;
    }
    utf8.remove_prefix(length);
  }
  return latin1;
}

std::string from_latin1(std::string_view latin1) {
  std::string utf8;
  for (const char c : latin1) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x80) utf8.push_back(static_cast<char>(0xC0 | code >> 6));
    utf8.push_back(code < 0x80 ? c : static_cast<char>(0x80 | (code & 0x3F)));
  }
  return utf8;
}

std::string text_chunks(const std::vector<PngText>& texts) {
  std::string chunks;
  for (const PngText& item : texts) {
    std::string data = item.keyword + '\0';
    if (const auto latin1 = as_latin1(item.text)) {
      append_chunk(chunks, "tEXt", data + *latin1);
    } else {
      // Not compressed, no language, no translated keyword.
      append_chunk(chunks, "iTXt", data + std::string(4, '\0') + item.text);
    }
  }
  return chunks;
}

bool is_keyword(std::string_view text) {
  return !text.empty() && text.size() <= 79 && text.front() != ' ' && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

// Frees libpng's state also when there is no memory for the pixels.
struct PngReading {
  png_image image{};
  PngReading() { image.version = PNG_IMAGE_VERSION; }
  ~PngReading() { png_image_free(&image); }
  PngReading(const PngReading&) = delete;
  PngReading& operator=(const PngReading&) = delete;
};

struct FreeBuffer {
  void operator()(char* buffer) const { std::free(buffer); }
};

// The picture as libpng writes it, without texts. No value: there is no memory.
std::optional<std::string> encode_pixels(const ImageRgb8& image) {
  char* buffer = nullptr;
  std::size_t size = 0;
  std::FILE* const stream = ::open_memstream(&buffer, &size);
  if (stream == nullptr) return std::nullopt;
  png_image description{};
  description.version = PNG_IMAGE_VERSION;
  description.width = static_cast<png_uint_32>(image.width_px);
  description.height = static_cast<png_uint_32>(image.height_px);
  description.format = PNG_FORMAT_RGB;
  const int written = png_image_write_to_stdio(
      &description, stream, 0, image.pixels.data(), 3 * image.width_px, nullptr);
  const bool is_closed = std::fclose(stream) == 0;  // also sets buffer and size
  const std::unique_ptr<char, FreeBuffer> owned(buffer);
  if (written == 0 || !is_closed || size < kHeaderEnd) return std::nullopt;
  return std::string(owned.get(), size);
}

bool is_png(std::span<const std::uint8_t> file) {
  return file.size() >= sizeof kSignature &&
         std::equal(std::begin(kSignature), std::end(kSignature), file.begin());
}

// Inflates at most kMaxText bytes.
std::optional<std::string> inflated(std::string_view compressed) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string text;
  int state = Z_OK;
  while (state == Z_OK && text.size() <= kMaxText) {
    char block[16'384];
    stream.next_out = reinterpret_cast<Bytef*>(block);
    stream.avail_out = sizeof block;
    state = inflate(&stream, Z_NO_FLUSH);
    text.append(block, sizeof block - stream.avail_out);
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END || text.size() > kMaxText) return std::nullopt;
  return text;
}

// Splits off the part before the next zero byte. No value: there is none.
std::optional<std::string_view> until_zero(std::string_view& data) {
  const std::size_t zero = data.find('\0');
  if (zero == data.npos) return std::nullopt;
  const auto part = data.substr(0, zero);
  data.remove_prefix(zero + 1);
  return part;
}

std::optional<PngText> parse_text_chunk(std::string_view type, std::string_view data) {
  const auto keyword = until_zero(data);
  if (!keyword || keyword->empty() || keyword->size() > 79) return std::nullopt;
  std::optional<std::string> text;
  if (type == "tEXt") {
    text = from_latin1(data);
  } else if (type == "zTXt") {
    if (data.empty() || data[0] != 0) return std::nullopt;
    text = inflated(data.substr(1));
    if (text) text = from_latin1(*text);
  } else {
    if (data.size() < 2 || static_cast<unsigned char>(data[0]) > 1 || data[1] != 0)
      return std::nullopt;
    const bool is_compressed = data[0] == 1;
    data.remove_prefix(2);
    if (!until_zero(data) || !until_zero(data))
      return std::nullopt;  // language, translated keyword
    text = is_compressed ? inflated(data) : std::string(data);
    if (text && !is_valid_utf8(*text)) return std::nullopt;
  }
  if (!text) return std::nullopt;
  return PngText{from_latin1(*keyword), std::move(*text)};
}

Error bad_png(const std::string& path, const std::string& why) {
  return file_error(ErrorCode::BadFile, path, why);
}

Result<std::string> read_png_file(const std::string& path) { return read_file(path, kMaxFile); }

std::span<const std::uint8_t> bytes_of(const std::string& content) {
  return {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()};
}

}  // namespace

Result<void> write_png(const std::string& path,
                       const ImageRgb8& image,
                       const std::vector<PngText>& texts) {
  const auto refuse = [&](const char* why) {
    return file_error(ErrorCode::InvalidArgument, path, why);
  };
  const auto width = static_cast<std::int64_t>(image.width_px),
             height = static_cast<std::int64_t>(image.height_px);
  if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide ||
      static_cast<std::int64_t>(image.pixels.size()) != 3 * width * height) {
    return refuse("the picture cannot be written: its pixels do not fit its size");
  }
  for (const PngText& item : texts) {
    if (!is_keyword(item.keyword) || !is_valid_utf8(item.text) || item.text.size() > kMaxText ||
        item.text.find('\0') != item.text.npos) {
      return refuse("the picture cannot be written: a text in it is not UTF-8 or too long");
    }
  }
  return to_result([&]() -> Result<void> {
    const auto encoded = encode_pixels(image);
    if (!encoded)
      return file_error(ErrorCode::OutOfMemory, path, "there is not enough memory to encode it");
    auto file = AtomicFile::create(path);
    if (!file) return file.error();
    const std::string_view picture = *encoded;
    const std::string chunks = text_chunks(texts);
    for (const std::string_view part :
         {picture.substr(0, kHeaderEnd), std::string_view(chunks), picture.substr(kHeaderEnd)}) {
      if (auto done = file.value()->write(part); !done) return done;
    }
    return file.value()->commit();
  });
}

Result<ImageRgb8> decode_png(std::span<const std::uint8_t> file, const std::string& path) {
  if (!is_png(file)) return bad_png(path, "this is not a PNG file");
  if (file.size() < kHeaderEnd || std::memcmp(file.data() + 12, "IHDR", 4) != 0) {
    return bad_png(path, "the PNG file is cut off or damaged at its beginning");
  }
  // Checked before libpng allocates anything.
  const std::uint64_t width = read_u32(file.data() + 16), height = read_u32(file.data() + 20);
  if (width > kMaxSide || height > kMaxSide || 3 * width * height > kMaxDecoded) {
    return bad_png(path,
                   "the picture has " + std::to_string(width) + " x " + std::to_string(height) +
                       " pixels, but at most 32768 a side and 512 MiB are read");
  }
  return to_result([&]() -> Result<ImageRgb8> {
    PngReading reading;
    png_image& picture = reading.image;
    const auto damaged = [&] {
      return bad_png(path, "the PNG file is damaged: " + std::string(picture.message));
    };
    if (png_image_begin_read_from_memory(&picture, file.data(), file.size()) == 0) return damaged();
    ImageRgb8 image;
    picture.format = PNG_FORMAT_RGB;
    picture.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // 16-bit files without a gamma are sRGB too
    image.width_px = static_cast<int>(picture.width);
    image.height_px = static_cast<int>(picture.height);
    image.pixels.resize(PNG_IMAGE_SIZE(picture));
    const png_color white{255, 255, 255};
    if (png_image_finish_read(&picture, &white, image.pixels.data(), 0, nullptr) == 0)
      return damaged();
    return image;
  });
}

Result<ImageRgb8> read_png(const std::string& path) {
  return to_result([&]() -> Result<ImageRgb8> {
    const auto content = read_png_file(path);
    if (!content) return content.error();
    return decode_png(bytes_of(content.value()), path);
  });
}

Result<std::vector<PngText>> parse_png_texts(std::span<const std::uint8_t> file,
                                             const std::string& path) {
  if (!is_png(file)) return bad_png(path, "this is not a PNG file");
  return to_result([&]() -> Result<std::vector<PngText>> {
    std::vector<PngText> texts;
    std::size_t total = 0;
    for (std::size_t at = sizeof kSignature; at < file.size();) {
      const std::size_t left = file.size() - at;
      const std::size_t length = left >= 12 ? read_u32(file.data() + at) : 0;
      if (left < 12 || length > left - 12)
        return bad_png(path, "the PNG file is cut off or damaged");
      const std::uint8_t* const type_start = file.data() + at + 4;
      const std::string_view type(reinterpret_cast<const char*>(type_start), 4);
      if (type == "tEXt" || type == "zTXt" || type == "iTXt") {
        const std::string_view data(type.data() + 4, length);
        if (crc32_z(0, type_start, 4 + length) != read_u32(type_start + 4 + length)) {
          return bad_png(path, "a text in the PNG file is damaged (its checksum differs)");
        }
        auto text = length <= kMaxText ? parse_text_chunk(type, data) : std::nullopt;
        if (!text) return bad_png(path, "a text in the PNG file is damaged or too long");
        total += text->text.size();
        if (total > 4 * kMaxText)
          return bad_png(path, "the PNG file holds more than 64 MiB of text");
        texts.push_back(std::move(*text));
      }
      if (type == "IEND") break;
      at += 12 + length;
    }
    return texts;
  });
}

Result<std::vector<PngText>> read_png_texts(const std::string& path) {
  return to_result([&]() -> Result<std::vector<PngText>> {
    const auto content = read_png_file(path);
    if (!content) return content.error();
    return parse_png_texts(bytes_of(content.value()), path);
  });
}

}  // namespace studio
