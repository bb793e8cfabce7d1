// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What all exports of a sweep's folder share: checked choices of axes, names, a cell's picture.
#pragma once

#include "core/api/image.h"
#include "core/sweep/sweep_export.h"

#include <optional>
#include <string>
#include <vector>

namespace studio {

// The four exports; see export_sweep().
Result<void> export_grid_png(const SweepFolder& folder,
                             const Catalogue& catalogue,
                             const ExportOptions& options,
                             const KeepGoing& keep_going);
Result<void> export_html(const SweepFolder& folder,
                         const Catalogue& catalogue,
                         const ExportOptions& options,
                         const KeepGoing& keep_going);
Result<void> export_csv(const SweepFolder& folder,
                        const Catalogue& catalogue,
                        const ExportOptions& options,
                        const KeepGoing& keep_going);
Result<void> export_animation(const SweepFolder& folder,
                              const Catalogue& catalogue,
                              const ExportOptions& options,
                              const KeepGoing& keep_going);

// What an export returns when keep_going() said no.
Error export_stopped(const std::string& path);

// "Blur sigma (positions)".
std::string axis_name(const SweepGrid::Axis& axis);

// Where all axes stand: `at` when it names a place of each axis, all first values when it is empty.
// Errors: InvalidArgument.
Result<std::vector<std::size_t>> checked_place(const SweepGrid& grid,
                                               const std::vector<std::size_t>& at);

// "there is no axis 3: the sweep has ...". `what` names the option.
Error no_such_axis(const SweepGrid& grid, const char* what, int axis);

// The result of a cell, or of its twin; null when the folder knows nothing of it.
const CellResult* result_of(const SweepFolder& folder, std::size_t cell);
const CellResult* twin_result_of(const SweepFolder& folder, std::size_t cell);

// The file of a finished picture, relative to the folder; "" when there is none, or when the name
// leads out of the folder.
std::string picture_file(const CellResult* result);

struct PictureSize {
  int width_px = 0, height_px = 0;
};
// From the file's header alone. Blocks.
std::optional<PictureSize> picture_size(const SweepFolder& folder, const CellResult* result);
// No value: not finished, gone or damaged. Blocks.
std::optional<ImageRgb8> read_picture(const SweepFolder& folder, const CellResult* result);

// The picture made smaller by averaging; each side at least 1.
ImageRgb8 made_smaller(const ImageRgb8& image, int width_px, int height_px);

// "not made", "running", "failed", "skipped"; "picture missing" for a finished one without a file.
const char* state_text(const CellResult* result);

struct Rgb {
  std::uint8_t r = 0, g = 0, b = 0;
};

// A picture that is being painted. Everything outside is left out.
class Canvas {
 public:
  Canvas(int width_px, int height_px, Rgb background);
  ImageRgb8 image;

  void fill(int x, int y, int width, int height, Rgb color);
  void blend(int x, int y, Rgb color, int coverage);  // 0..255
  void place(const ImageRgb8& picture, int x, int y);
  // The tile of a picture that is not there: a quiet ground with a cross, in red for a failed one.
  void place_mark(int x, int y, int width, int height, bool is_failure);
};

}  // namespace studio
