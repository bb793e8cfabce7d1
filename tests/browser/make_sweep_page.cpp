// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Writes a made-up sweep and its exports into a folder: make_sweep_page FOLDER [large|single|list].
#include "tests/support/made_sweep.h"

#include <cstdio>
#include <string_view>

using namespace studio;
using namespace studio::testing;

namespace {

// The page of a sweep without axes, or of jobs given one by one.
SweepFolder odd_sweep(const std::string& folder, bool is_list) {
  SweepSpec spec;
  spec.base.seed = 5;
  if (is_list) {
    spec.listed.assign(4, spec.base);
    spec.listed[1].seed = 6;
    spec.listed[2].prompts = {"a cat", "a dog"};
  }
  return make_sweep(folder, spec, {.width_px = 64, .height_px = 32, .has_twins = false});
}

// A disc before a slope of two colours, so that places in the picture can be told apart.
ImageRgb8 disc(int side, std::size_t cell, bool is_twin) {
  ImageRgb8 image{side, side, {}};
  const auto color = cell_color(cell);
  const int radius = is_twin ? side / 6 : side / 4 + static_cast<int>(cell % 5) * side / 40;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const int dx = x - side / 2, dy = y - side / 2;
      const bool is_inside = dx * dx + dy * dy < radius * radius;
      const int slope = 255 * y / side;
      for (int c = 0; c < 3; ++c)
        image.pixels.push_back(static_cast<std::uint8_t>(
            is_inside ? color[static_cast<std::size_t>(c)] : (slope + 60 * c) / 2));
    }
  }
  return image;
}

int failed(const Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string folder = argv[1];
  const std::string_view kind_of_page = argc > 2 ? argv[2] : "";
  if (kind_of_page == "single" || kind_of_page == "list") {
    ExportOptions options;
    options.kind = SweepExport::Html;
    options.path = folder + "/index.html";
    const auto done =
        export_sweep(odd_sweep(folder, kind_of_page == "list"), small_catalogue(), options, {});
    return done ? 0 : failed(done.error());
  }
  const bool is_large = kind_of_page == "large";
  SweepSpec spec;
  spec.base.seed = 5;
  spec.base.negative_prompt = "a cat </script><script>document.title='broken'</script> \"quoted\"";
  spec.axes = {{"guidance.seg.sigma", "0.5, 1, 2, 4, inf"},
               {"guidance.seg.scale", "0..5[6]"},
               {"prompt",
                "a red apple || \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D, "
                "\xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7 || <b>bold</b> & a very long prompt "
                "that goes on and on, with many details of what the picture shows, and then some "
                "more || \xE7\x8C\xAB"}};
  SweepFolder made = make_sweep(folder, spec, {.width_px = 1, .height_px = 1});
  for (std::size_t cell = 0; cell < made.grid->cells(); ++cell) {
    for (const bool is_twin : {false, true}) {
      const int index = is_twin ? made.twin_of_cell[cell] : made.picture_of_cell[cell];
      const auto& file = made.pictures[static_cast<std::size_t>(index)].file;
      if (auto done = write_png(folder + "/" + file, disc(128, cell, is_twin)); !done)
        return failed(done.error());
    }
  }
  if (is_large) {  // many cells over the same pictures
    spec.axes = {{"seed", "1-200"}, {"guidance.seg.scale", "0..10[100]"}};
    auto grid = read_sweep(spec, small_catalogue());
    if (!grid) return failed(grid.error());
    made.grid = std::make_shared<const SweepGrid>(std::move(grid).value());
    const auto pictures = made.picture_of_cell, twins = made.twin_of_cell;
    made.picture_of_cell.clear();
    made.twin_of_cell.clear();
    for (std::size_t cell = 0; cell < made.grid->cells(); ++cell) {
      made.picture_of_cell.push_back(pictures[cell % pictures.size()]);
      made.twin_of_cell.push_back(twins[cell % twins.size()]);
    }
  } else {
    fail_cell(made, 3, "the card has no memory for <i>this</i>");
    made.pictures[static_cast<std::size_t>(made.picture_of_cell[7])] = CellResult{};
    made.pictures[static_cast<std::size_t>(made.picture_of_cell[8])].state = CellState::Running;
    std::filesystem::remove(folder + "/cells/c9.png");
  }
  const std::pair<SweepExport, const char*> exports[] = {{SweepExport::Html, "index.html"},
                                                         {SweepExport::GridPng, "grid.png"},
                                                         {SweepExport::Csv, "cells.csv"},
                                                         {SweepExport::Animation, "sigma.webp"}};
  for (const auto& [kind, name] : exports) {
    if (is_large && kind != SweepExport::Html) continue;
    ExportOptions options;
    options.kind = kind;
    options.path = folder + "/" + name;
    if (!is_large)
      options.at = {0, 0, kind == SweepExport::GridPng ? std::size_t{2} : std::size_t{0}};
    if (auto done = export_sweep(made, small_catalogue(), options, {}); !done)
      return failed(done.error());
  }
  if (is_large) return 0;
  ExportOptions prompts;
  prompts.path = folder + "/prompts.png";
  prompts.across = 2;
  prompts.down = 0;
  if (auto done = export_sweep(made, small_catalogue(), prompts, {}); !done)
    return failed(done.error());
  prompts.path = folder + "/prompts-down.png";
  prompts.across = 0;
  prompts.down = 2;
  if (auto done = export_sweep(made, small_catalogue(), prompts, {}); !done)
    return failed(done.error());
  return 0;
}
