// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The PNG format over zlib: libpng leaves functions by jumps, which skip destructors.
#include "core/sweep/png_rows.h"

#include "core/base/check.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <zlib.h>

namespace studio {
namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;
constexpr std::int64_t kLarge = std::int64_t{64}
                                << 20;  // pixels' bytes from which speed counts more

void append_u32(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
}

std::string chunk(std::string_view type, std::string_view data) {
  std::string bytes;
  append_u32(bytes, static_cast<std::uint32_t>(data.size()));
  bytes.append(type).append(data);
  const auto* const start = reinterpret_cast<const Bytef*>(bytes.data() + 4);
  append_u32(bytes, static_cast<std::uint32_t>(crc32_z(0, start, bytes.size() - 4)));
  return bytes;
}

std::string text_chunk(const PngText& item) {
  const bool is_ascii = std::all_of(item.text.begin(), item.text.end(), [](char c) {
    return (c >= 0x20 && c < 0x7F) || c == '\n';
  });
  const std::string keyword = item.keyword + '\0';
  // Not compressed, no language, no translated keyword.
  return is_ascii ? chunk("tEXt", keyword + item.text)
                  : chunk("iTXt", keyword + std::string(4, '\0') + item.text);
}

std::uint8_t paeth(int left, int above, int corner) {
  const int guess = left + above - corner;
  const int to_left = std::abs(guess - left), to_above = std::abs(guess - above),
            to_corner = std::abs(guess - corner);
  if (to_left <= to_above && to_left <= to_corner) return static_cast<std::uint8_t>(left);
  return static_cast<std::uint8_t>(to_above <= to_corner ? above : corner);
}

// The row after the filter that leaves the smallest numbers, its number first.
void filter_row(const std::uint8_t* row,
                const std::uint8_t* before,
                std::size_t size,
                std::uint8_t* out) {
  enum { Sub = 1, Up = 2, Paeth = 4 };
  const auto left = [&](std::size_t i) { return i < 3 ? 0 : row[i - 3]; };
  const auto corner = [&](std::size_t i) { return i < 3 ? 0 : before[i - 3]; };
  const auto cost = [](std::uint8_t byte) { return byte < 128 ? byte : 256 - byte; };
  std::array<std::uint64_t, 3> costs{};
  for (std::size_t i = 0; i < size; ++i) {
    costs[0] += cost(static_cast<std::uint8_t>(row[i] - left(i)));
    costs[1] += cost(static_cast<std::uint8_t>(row[i] - before[i]));
    costs[2] += cost(static_cast<std::uint8_t>(row[i] - paeth(left(i), before[i], corner(i))));
  }
  const auto best = std::min_element(costs.begin(), costs.end()) - costs.begin();
  out[0] = best == 0 ? Sub : best == 1 ? Up : Paeth;
  for (std::size_t i = 0; i < size; ++i) {
    const int guess = best == 0   ? left(i)
                      : best == 1 ? before[i]
                                  : paeth(left(i), before[i], corner(i));
    out[i + 1] = static_cast<std::uint8_t>(row[i] - guess);
  }
}

}  // namespace

struct PngRows::Stream {
  z_stream zlib{};
  bool is_open = false;
  ~Stream() {
    if (is_open) deflateEnd(&zlib);
  }
};

PngRows::~PngRows() = default;

Result<std::unique_ptr<PngRows>> PngRows::create(const std::string& path,
                                                 int width_px,
                                                 int height_px,
                                                 const std::vector<PngText>& texts) {
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  std::unique_ptr<PngRows> rows(new PngRows);
  rows->file_ = std::move(file).value();
  rows->stream_ = std::make_unique<Stream>();
  rows->width_px_ = width_px;
  rows->rows_left_ = height_px;
  rows->before_.assign(3 * static_cast<std::size_t>(width_px), 0);
  rows->filtered_.resize(rows->before_.size() + 1);
  rows->packed_.resize(kBlock);
  const int level = std::int64_t{3} * width_px * height_px > kLarge ? 3 : 6;
  if (deflateInit(&rows->stream_->zlib, level) != Z_OK) {
    return file_error(ErrorCode::OutOfMemory, path, "there is not enough memory to encode it");
  }
  rows->stream_->is_open = true;
  rows->stream_->zlib.next_out = rows->packed_.data();
  rows->stream_->zlib.avail_out = static_cast<uInt>(kBlock);

  std::string head("\x89PNG\r\n\x1A\n");
  std::string size;
  append_u32(size, static_cast<std::uint32_t>(width_px));
  append_u32(size, static_cast<std::uint32_t>(height_px));
  head += chunk("IHDR", size + std::string("\x08\x02\0\0\0", 5));
  for (const PngText& text : texts) head += text_chunk(text);
  if (auto done = rows->file_->write(head); !done) return done.error();
  return rows;
}

Result<void> PngRows::deflate_bytes(std::vector<std::uint8_t>& bytes, int flush) {
  z_stream& zlib = stream_->zlib;
  zlib.next_in = bytes.data();
  zlib.avail_in = static_cast<uInt>(bytes.size());
  for (int state = Z_OK; state != Z_STREAM_END;) {
    if (zlib.avail_in == 0 && flush == Z_NO_FLUSH) return {};
    state = deflate(&zlib, flush);
    STUDIO_CHECK(state == Z_OK || state == Z_STREAM_END || state == Z_BUF_ERROR);
    if (zlib.avail_out > 0 && state != Z_STREAM_END) continue;
    const std::string_view packed(reinterpret_cast<const char*>(packed_.data()),
                                  kBlock - zlib.avail_out);
    if (auto done = file_->write(chunk("IDAT", packed)); !done) return done;
    zlib.next_out = packed_.data();
    zlib.avail_out = static_cast<uInt>(kBlock);
  }
  return {};
}

Result<void> PngRows::write(const ImageRgb8& rows) {
  STUDIO_CHECK(rows.width_px == width_px_ && rows.height_px <= rows_left_);
  const std::size_t size = before_.size();
  for (int y = 0; y < rows.height_px; ++y) {
    const std::uint8_t* const row = rows.pixels.data() + size * static_cast<std::size_t>(y);
    filter_row(row, before_.data(), size, filtered_.data());
    before_.assign(row, row + size);
    if (auto done = deflate_bytes(filtered_, Z_NO_FLUSH); !done) return done;
  }
  rows_left_ -= rows.height_px;
  return {};
}

Result<std::unique_ptr<AtomicFile>> PngRows::finish() {
  STUDIO_CHECK(rows_left_ == 0);
  std::vector<std::uint8_t> nothing;
  if (auto done = deflate_bytes(nothing, Z_FINISH); !done) return done.error();
  if (auto done = file_->write(chunk("IEND", "")); !done) return done.error();
  return std::move(file_);
}

}  // namespace studio
