// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The cells along one axis as an animated WebP. Frames go to disk one by one.
#include "core/io/files.h"
#include "core/sweep/export_cells.h"
#include "core/sweep/text_painter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <webp/encode.h>

namespace studio {
namespace {

constexpr int kMostSide = 16'383;  // px, of the format
constexpr std::int64_t kExactPixels = std::int64_t{32}
                                      << 20;  // up to so many pixels in all, nothing is lost
constexpr double kMostFrameMs = 16'777'215;
constexpr std::int64_t kMostBytes = 4'294'967'000;  // of the format
constexpr Rgb kPaper{255, 255, 255}, kInk{34, 37, 43};

std::string little_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}

std::string chunk(std::string_view type, std::string_view data) {
  std::string bytes(type);
  bytes.append(little_endian(static_cast<std::uint32_t>(data.size()), 4)).append(data);
  if (data.size() % 2 == 1) bytes.push_back('\0');
  return bytes;
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct FreeWriter {
  WebPMemoryWriter writer{};
  FreeWriter() { WebPMemoryWriterInit(&writer); }
  ~FreeWriter() { WebPMemoryWriterClear(&writer); }
  FreeWriter(const FreeWriter&) = delete;
  FreeWriter& operator=(const FreeWriter&) = delete;
};
struct FreePicture {
  WebPPicture picture{};
  ~FreePicture() { WebPPictureFree(&picture); }
};

// The picture's own chunk of a WebP file. No value: there is no memory.
std::optional<std::string> encoded(const ImageRgb8& image, bool is_exact) {
  WebPConfig config;
  FreePicture owned;
  FreeWriter memory;
  WebPPicture& picture = owned.picture;
  if (WebPConfigInit(&config) == 0 || WebPPictureInit(&picture) == 0) return std::nullopt;
  config.quality = is_exact ? 40 : 95;  // for exact ones: how hard to try
  config.lossless = is_exact ? 1 : 0;
  config.method = is_exact ? 3 : 4;
  picture.use_argb = 1;
  picture.width = image.width_px;
  picture.height = image.height_px;
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &memory.writer;
  if (WebPPictureImportRGB(&picture, image.pixels.data(), 3 * image.width_px) == 0 ||
      WebPEncode(&config, &picture) == 0)
    return std::nullopt;
  constexpr std::size_t kFileHead = 12;  // "RIFF", size, "WEBP"
  if (memory.writer.size <= kFileHead) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(memory.writer.mem) + kFileHead,
                     memory.writer.size - kFileHead);
}

// What is equal in all frames.
struct Frames {
  const SweepFolder& folder;
  const SweepGrid::Axis& axis;
  std::size_t axis_index;
  std::vector<std::size_t> place;
  int width = 0, height = 0;  // of the pictures in full size
  int shown_width = 0, shown_height = 0, label_height = 0;
  double scale = 1;

  const CellResult* result(std::size_t frame) const {
    std::vector<std::size_t> at = place;
    at[axis_index] = frame;
    return result_of(folder, folder.grid->cell(at));
  }
  std::string label(std::size_t frame) const {
    std::string text = axis_name(axis) + " " + axis_label(axis.values[frame]);
    const auto& axes = folder.grid->axes;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (i != axis_index)
        text.append(" \xC2\xB7 ")
            .append(axis_name(axes[i]))
            .append(" ")
            .append(axis_label(axes[i].values[place[i]]));
    }
    return text;
  }
};

Result<Frames> make_frames(const SweepFolder& folder, const ExportOptions& options) {
  const SweepGrid& grid = *folder.grid;
  if (options.along < 0 || static_cast<std::size_t>(options.along) >= grid.axes.size()) {
    return no_such_axis(grid, "the axis of the animation", options.along);
  }
  if (!(options.frames_per_second >= 0.01 && options.frames_per_second <= 100)) {
    return Error{ErrorCode::InvalidArgument,
                 "there are " + to_text(options.frames_per_second) +
                     " frames a second, but must be from 0.01 to 100"};
  }
  if (options.longest_side_px < 0)
    return Error{ErrorCode::InvalidArgument,
                 "the longest side is below 0 pixels, but must be above, or 0 for full size"};
  auto place = checked_place(grid, options.at);
  if (!place) return place.error();
  const auto index = static_cast<std::size_t>(options.along);
  Frames frames{folder, grid.axes[index], index, std::move(place).value()};
  for (std::size_t i = 0; i < frames.axis.values.size(); ++i) {
    const auto size = picture_size(folder, frames.result(i));
    frames.width = std::max(frames.width, size ? size->width_px : 0);
    frames.height = std::max(frames.height, size ? size->height_px : 0);
  }
  if (frames.width == 0) {
    return Error{ErrorCode::InvalidArgument,
                 "none of the pictures along " + axis_name(frames.axis) +
                     " is finished, so there is nothing to show"};
  }
  const int most =
      options.longest_side_px > 0 ? std::min(options.longest_side_px, kMostSide) : kMostSide;
  frames.scale = std::min(1.0, static_cast<double>(most) / std::max(frames.width, frames.height));
  frames.shown_width = std::max(1, static_cast<int>(frames.width * frames.scale));
  frames.shown_height = std::max(1, static_cast<int>(frames.height * frames.scale));
  return frames;
}

ImageRgb8 painted(const Frames& frames, std::size_t frame, TextPainter* painter, int height) {
  Canvas canvas(frames.shown_width, height, kPaper);
  const CellResult* const result = frames.result(frame);
  if (auto picture = read_picture(frames.folder, result)) {
    const int width =
        std::clamp(static_cast<int>(picture->width_px * frames.scale), 1, frames.shown_width);
    const int own_height =
        std::clamp(static_cast<int>(picture->height_px * frames.scale), 1, frames.shown_height);
    if (width != picture->width_px || own_height != picture->height_px)
      *picture = made_smaller(*picture, width, own_height);
    canvas.place(
        *picture, (frames.shown_width - width) / 2, (frames.shown_height - own_height) / 2);
  } else {
    canvas.place_mark(0,
                      0,
                      frames.shown_width,
                      frames.shown_height,
                      result != nullptr && result->state == CellState::Failed);
  }
  if (painter != nullptr) {
    canvas.fill(0, frames.shown_height, frames.shown_width, frames.label_height, kPaper);
    const int room = frames.shown_width - painter->line_height() / 2;
    draw_lines(*painter,
               canvas,
               painter->line_height() / 4,
               frames.shown_height,
               room,
               frames.label_height,
               painter->wrapped(frames.label(frame), room, 2),
               Align::Centre,
               kInk);
  }
  return std::move(canvas.image);
}

Error write_error(const std::string& path) {
  return file_error(
      ErrorCode::Io,
      path,
      "the animation cannot be written: the disk for temporary files is full or cannot be written");
}

// The head needs the length of the whole, so the frames wait in a file without a name.
Result<void> copy_with_head(const std::string& path, std::FILE* frames, const std::string& head) {
  const long size = std::ftell(frames);
  if (size < 0) return write_error(path);
  if (static_cast<std::int64_t>(size) + static_cast<std::int64_t>(head.size()) > kMostBytes) {
    return file_error(ErrorCode::InvalidArgument,
                      path,
                      "the animation would be larger than the 4 GB that its format allows; give a "
                      "smaller longest side");
  }
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  const auto riff_size =
      static_cast<std::uint32_t>(4 + head.size() + static_cast<std::size_t>(size));
  if (auto done = file.value()->write("RIFF" + little_endian(riff_size, 4) + "WEBP" + head); !done)
    return done;
  std::rewind(frames);
  std::vector<char> block(std::size_t{1} << 20);
  std::size_t copied = 0;
  while (const std::size_t got = std::fread(block.data(), 1, block.size(), frames)) {
    if (auto done = file.value()->write(block.data(), got); !done) return done;
    copied += got;
  }
  if (copied != static_cast<std::size_t>(size)) return write_error(path);
  return file.value()->commit();
}

}  // namespace

Result<void> export_animation(const SweepFolder& folder,
                              const Catalogue& /*catalogue*/,
                              const ExportOptions& options,
                              const KeepGoing& keep_going) {
  auto made = make_frames(folder, options);
  if (!made) return made.error();
  Frames& frames = made.value();
  const auto painter = options.with_labels ? TextPainter::create() : nullptr;
  if (painter != nullptr) {
    painter->set_size(std::clamp(frames.shown_width / 24, 12, 36));
    std::size_t lines = 1;
    for (std::size_t i = 0; i < frames.axis.values.size(); ++i) {
      lines = std::max(
          lines,
          painter->wrapped(frames.label(i), frames.shown_width - painter->line_height() / 2, 2)
              .size());
    }
    frames.label_height =
        static_cast<int>(lines) * painter->line_height() + painter->line_height() / 2;
  }
  const int height = std::min(frames.shown_height + frames.label_height, kMostSide);
  const std::size_t count = frames.axis.values.size();
  const bool is_exact =
      std::int64_t{1} * frames.shown_width * height * static_cast<std::int64_t>(count) <=
      kExactPixels;
  const auto frame_ms = static_cast<std::uint32_t>(
      std::clamp(std::round(1000 / options.frames_per_second), 1.0, kMostFrameMs));

  const std::string size = little_endian(static_cast<std::uint32_t>(frames.shown_width - 1), 3) +
                           little_endian(static_cast<std::uint32_t>(height - 1), 3);
  constexpr std::uint32_t kHasAnimation = 2;
  const std::string head = chunk("VP8X", little_endian(kHasAnimation, 4) + size) +
                           chunk("ANIM", "\xFF\xFF\xFF\xFF" + std::string(2, '\0'));
  const std::unique_ptr<std::FILE, CloseFile> file(std::tmpfile());
  if (file == nullptr) return write_error(options.path);
  for (std::size_t i = 0; i < count; ++i) {
    if (!keep_going(static_cast<double>(i) / static_cast<double>(count)))
      return export_stopped(options.path);
    const auto frame = encoded(painted(frames, i, painter.get(), height), is_exact);
    if (!frame)
      return file_error(
          ErrorCode::OutOfMemory, options.path, "there is not enough memory to encode it");
    constexpr std::uint32_t kReplaces = 2;  // does not blend with the frame before
    const std::string bytes = chunk("ANMF",
                                    std::string(6, '\0') + size + little_endian(frame_ms, 3) +
                                        little_endian(kReplaces, 1) + *frame);
    if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size())
      return write_error(options.path);
  }
  if (!keep_going(1)) return export_stopped(options.path);
  return copy_with_head(options.path, file.get(), head);
}

}  // namespace studio
