// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep's folder with made-up pictures, each cell in its own colour, for tests that need no
// model.
#pragma once

#include "core/io/png.h"
#include "core/sweep/sweep_export.h"
#include "tests/support/small_catalogue.h"

#include <array>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace studio::testing {

// The colour of a cell's picture; the twin's is its opposite.
inline std::array<std::uint8_t, 3> cell_color(std::size_t cell) {
  return {static_cast<std::uint8_t>(40 + cell * 37 % 200),
          static_cast<std::uint8_t>(20 + cell * 61 % 220),
          static_cast<std::uint8_t>(cell * 7)};
}

inline ImageRgb8 plain_picture(int width, int height, std::array<std::uint8_t, 3> color) {
  ImageRgb8 image{width, height, {}};
  for (int i = 0; i < width * height; ++i)
    image.pixels.insert(image.pixels.end(), color.begin(), color.end());
  return image;
}

struct MadeSweepSize {
  int width_px = 32, height_px = 32;
  bool has_twins = true;
};

// Writes cells/c<i>.png of every cell of `spec` into `folder`. Throws when the sweep is not valid.
inline SweepFolder make_sweep(const std::string& folder,
                              const SweepSpec& spec,
                              MadeSweepSize size = {}) {
  auto grid = read_sweep(spec, small_catalogue());
  if (!grid) throw std::runtime_error(grid.error().message);
  std::filesystem::create_directories(folder + "/cells");
  SweepFolder made;
  made.folder = folder;
  made.grid = std::make_shared<const SweepGrid>(std::move(grid).value());
  const std::size_t cells = made.grid->cells();
  const auto add = [&](const std::string& name, std::array<std::uint8_t, 3> color) {
    CellResult result;
    result.state = CellState::Finished;
    result.key = name;
    result.file = "cells/" + name + ".png";
    result.seconds = 1.5;
    result.row_evaluations = 75;
    result.guidance_norm = 0.25;
    result.twin_distance = size.has_twins ? 0.5 : -1;
    result.made = "steps 1-5 shared";
    if (!write_png(folder + "/" + result.file, plain_picture(size.width_px, size.height_px, color)))
      throw std::runtime_error("cannot write");
    made.pictures.push_back(result);
    return static_cast<int>(made.pictures.size()) - 1;
  };
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const auto color = cell_color(cell);
    made.picture_of_cell.push_back(add("c" + std::to_string(cell), color));
    const std::array<std::uint8_t, 3> opposite{static_cast<std::uint8_t>(255 - color[0]),
                                               static_cast<std::uint8_t>(255 - color[1]),
                                               static_cast<std::uint8_t>(255 - color[2])};
    made.twin_of_cell.push_back(size.has_twins ? add("t" + std::to_string(cell), opposite) : -1);
  }
  return made;
}

// Marks a cell's picture as failed, with its file removed.
inline void fail_cell(SweepFolder& folder, std::size_t cell, const std::string& error) {
  CellResult& result = folder.pictures[static_cast<std::size_t>(folder.picture_of_cell[cell])];
  if (!result.file.empty()) std::filesystem::remove(folder.folder + "/" + result.file);
  result = CellResult{};
  result.state = CellState::Failed;
  result.error = error;
}

}  // namespace studio::testing
