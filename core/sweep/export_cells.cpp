// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Cells of a sweep's folder for its exports, and a small canvas.
#include "core/sweep/export_cells.h"

#include "core/io/files.h"
#include "core/io/png.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>

namespace studio {
namespace {

constexpr Rgb kTile{228, 230, 234}, kMark{168, 174, 184}, kFailure{196, 72, 72};

Error refuse(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

const CellResult* at_index(const SweepFolder& folder,
                           const std::vector<int>& indices,
                           std::size_t cell) {
  if (cell >= indices.size()) return nullptr;
  const int index = indices[cell];
  if (index < 0 || static_cast<std::size_t>(index) >= folder.pictures.size()) return nullptr;
  return &folder.pictures[static_cast<std::size_t>(index)];
}

// How much each input pixel adds to an output pixel along one side.
struct Share {
  int first = 0;
  std::vector<float> parts;
};

std::vector<Share> shares(int from, int to) {
  std::vector<Share> all(static_cast<std::size_t>(to));
  const double ratio = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    const double begin = i * ratio, end = std::min<double>((i + 1) * ratio, from);
    Share& share = all[static_cast<std::size_t>(i)];
    share.first = std::min(static_cast<int>(begin), from - 1);
    for (int k = share.first; k < from && (k == share.first || k < end); ++k) {
      const double part = std::min<double>(k + 1, end) - std::max<double>(k, begin);
      share.parts.push_back(static_cast<float>(std::max(part, 0.0) / (end - begin)));
    }
  }
  return all;
}

}  // namespace

Error export_stopped(const std::string& path) {
  return file_error(ErrorCode::Io, path, "stopped before it was finished; nothing was written");
}

std::string axis_name(const SweepGrid::Axis& axis) {
  if (axis.spec == nullptr) return axis.path;
  std::string name(axis.spec->label.empty() ? std::string_view(axis.path) : axis.spec->label);
  if (!axis.spec->unit.empty()) name.append(" (").append(axis.spec->unit).append(")");
  return name;
}

Result<std::vector<std::size_t>> checked_place(const SweepGrid& grid,
                                               const std::vector<std::size_t>& at) {
  if (at.empty()) return std::vector<std::size_t>(grid.axes.size(), 0);
  if (at.size() != grid.axes.size()) {
    return refuse("the place of the other axes has " + std::to_string(at.size()) +
                  " numbers, but the sweep has " + std::to_string(grid.axes.size()) + " axes");
  }
  for (std::size_t i = 0; i < at.size(); ++i) {
    if (at[i] < grid.axes[i].values.size()) continue;
    return refuse("axis " + std::to_string(i) + " (" + grid.axes[i].path + ") has " +
                  std::to_string(grid.axes[i].values.size()) + " values, so there is none at " +
                  std::to_string(at[i]));
  }
  return at;
}

Error no_such_axis(const SweepGrid& grid, const char* what, int axis) {
  std::string text =
      std::string(what) + " is axis " + std::to_string(axis) + ", which the sweep does not have: ";
  if (grid.axes.empty()) return refuse(text + "it has no axes");
  for (std::size_t i = 0; i < grid.axes.size(); ++i) {
    text.append(i == 0 ? "its axes are " : ", ")
        .append(std::to_string(i))
        .append(" (")
        .append(grid.axes[i].path)
        .append(")");
  }
  return refuse(text);
}

const CellResult* result_of(const SweepFolder& folder, std::size_t cell) {
  return at_index(folder, folder.picture_of_cell, cell);
}

const CellResult* twin_result_of(const SweepFolder& folder, std::size_t cell) {
  return at_index(folder, folder.twin_of_cell, cell);
}

std::string picture_file(const CellResult* result) {
  if (result == nullptr || result->state != CellState::Finished) return "";
  const std::string& file = result->file;
  const bool leads_out = file.starts_with('/') || file.starts_with("../") ||
                         file.find("/../") != file.npos || file.find('\0') != file.npos;
  return leads_out ? "" : file;
}

std::optional<PictureSize> picture_size(const SweepFolder& folder, const CellResult* result) {
  const std::string file = picture_file(result);
  if (file.empty()) return std::nullopt;
  std::ifstream in(folder.folder + "/" + file, std::ios::binary);
  std::array<unsigned char, 24> head{};
  if (!in.read(reinterpret_cast<char*>(head.data()), head.size())) return std::nullopt;
  if (std::memcmp(head.data() + 1, "PNG", 3) != 0 || std::memcmp(head.data() + 12, "IHDR", 4) != 0)
    return std::nullopt;
  const auto side = [&](int at) {
    return static_cast<std::int64_t>(head[at]) << 24 | head[at + 1] << 16 | head[at + 2] << 8 |
           head[at + 3];
  };
  constexpr std::int64_t kMostSide = 16'384;
  if (side(16) < 1 || side(20) < 1 || side(16) > kMostSide || side(20) > kMostSide)
    return std::nullopt;
  return PictureSize{static_cast<int>(side(16)), static_cast<int>(side(20))};
}

std::optional<ImageRgb8> read_picture(const SweepFolder& folder, const CellResult* result) {
  const std::string file = picture_file(result);
  if (file.empty()) return std::nullopt;
  auto image = read_png(folder.folder + "/" + file);
  if (!image) return std::nullopt;
  return std::move(image).value();
}

ImageRgb8 made_smaller(const ImageRgb8& image, int width_px, int height_px) {
  const auto across = shares(image.width_px, width_px), down = shares(image.height_px, height_px);
  ImageRgb8 small{width_px, height_px, {}};
  small.pixels.resize(3 * static_cast<std::size_t>(width_px) * height_px);
  std::vector<float> line(3 * static_cast<std::size_t>(width_px)), sum(line.size());
  for (int y = 0; y < height_px; ++y) {
    std::fill(sum.begin(), sum.end(), 0.5F);
    const Share& rows = down[static_cast<std::size_t>(y)];
    for (std::size_t k = 0; k < rows.parts.size(); ++k) {
      const std::uint8_t* const source =
          image.pixels.data() + 3 * static_cast<std::size_t>(image.width_px) * (rows.first + k);
      for (int x = 0; x < width_px; ++x) {
        const Share& columns = across[static_cast<std::size_t>(x)];
        std::array<float, 3> mean{};
        for (std::size_t j = 0; j < columns.parts.size(); ++j) {
          for (int c = 0; c < 3; ++c)
            mean[c] += columns.parts[j] * source[3 * (columns.first + j) + c];
        }
        for (int c = 0; c < 3; ++c) sum[3 * x + c] += rows.parts[k] * mean[c];
      }
    }
    for (std::size_t i = 0; i < sum.size(); ++i) {
      small.pixels[3 * static_cast<std::size_t>(width_px) * y + i] =
          static_cast<std::uint8_t>(std::clamp(sum[i], 0.0F, 255.0F));
    }
  }
  return small;
}

const char* state_text(const CellResult* result) {
  if (result == nullptr) return "not made";
  switch (result->state) {
    case CellState::Waiting:
      return "not made";
    case CellState::Running:
      return "running";
    case CellState::Failed:
      return "failed";
    case CellState::Skipped:
      return "skipped";
    case CellState::Finished:
      break;
  }
  return "picture missing";
}

Canvas::Canvas(int width_px, int height_px, Rgb background) {
  image.width_px = width_px;
  image.height_px = height_px;
  image.pixels.resize(3 * static_cast<std::size_t>(width_px) * height_px);
  fill(0, 0, width_px, height_px, background);
}

void Canvas::fill(int x, int y, int width, int height, Rgb color) {
  const int right = std::min(x + width, image.width_px),
            bottom = std::min(y + height, image.height_px);
  for (int row = std::max(y, 0); row < bottom; ++row) {
    std::uint8_t* pixel =
        image.pixels.data() + 3 * (static_cast<std::size_t>(image.width_px) * row + std::max(x, 0));
    for (int column = std::max(x, 0); column < right; ++column) {
      *pixel++ = color.r;
      *pixel++ = color.g;
      *pixel++ = color.b;
    }
  }
}

void Canvas::blend(int x, int y, Rgb color, int coverage) {
  if (x < 0 || y < 0 || x >= image.width_px || y >= image.height_px) return;
  std::uint8_t* const pixel =
      image.pixels.data() + 3 * (static_cast<std::size_t>(image.width_px) * y + x);
  const std::array<std::uint8_t, 3> wanted{color.r, color.g, color.b};
  for (int c = 0; c < 3; ++c)
    pixel[c] =
        static_cast<std::uint8_t>((pixel[c] * (255 - coverage) + wanted[c] * coverage + 127) / 255);
}

void Canvas::place(const ImageRgb8& picture, int x, int y) {
  const int left = std::max(x, 0), right = std::min(x + picture.width_px, image.width_px);
  if (left >= right) return;
  for (int row = std::max(y, 0); row < std::min(y + picture.height_px, image.height_px); ++row) {
    std::memcpy(image.pixels.data() + 3 * (static_cast<std::size_t>(image.width_px) * row + left),
                picture.pixels.data() +
                    3 * (static_cast<std::size_t>(picture.width_px) * (row - y) + (left - x)),
                3 * static_cast<std::size_t>(right - left));
  }
}

void Canvas::place_mark(int x, int y, int width, int height, bool is_failure) {
  fill(x, y, width, height, kTile);
  const Rgb color = is_failure ? kFailure : kMark;
  const int arm = std::min({width, height, 96}) / 6;
  const double half = std::max(1.0, arm / 6.0);
  const int middle_x = x + width / 2, middle_y = y + height / 2;
  for (int dy = -arm; dy <= arm; ++dy) {
    for (int dx = -arm; dx <= arm; ++dx) {
      const double apart = std::min(std::abs(dx - dy), std::abs(dx + dy)) / std::sqrt(2.0);
      const double coverage = std::clamp(half + 0.5 - apart, 0.0, 1.0);
      blend(middle_x + dx, middle_y + dy, color, static_cast<int>(coverage * 255));
    }
  }
}

}  // namespace studio
