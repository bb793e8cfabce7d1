// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Short texts in pictures: labels of a grid's rows and columns, in any script the system has fonts
// for.
#pragma once

#include "core/sweep/export_cells.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace studio {

// Threads: one at a time; several painters may live at once.
class TextPainter {
 public:
  // Null when the system has no font at all: pictures then have no labels.
  static std::unique_ptr<TextPainter> create();
  ~TextPainter();
  TextPainter(const TextPainter&) = delete;
  TextPainter& operator=(const TextPainter&) = delete;

  void set_size(int height_px);
  int line_height() const;

  // Width of one line. Text is UTF-8; bad bytes and control characters count as spaces.
  int width(std::string_view text);
  // At most `most_lines` lines, each at most `width_px` wide; "..." where something was left out.
  std::vector<std::string> wrapped(std::string_view text, int width_px, int most_lines);
  // x is the left end, y the top of the line. Right-to-left scripts are put in visual order.
  void draw(Canvas& canvas, int x, int y, std::string_view text, Rgb color);

 private:
  TextPainter();
  struct Fonts;
  std::unique_ptr<Fonts> fonts_;
};

enum class Align { Left, Centre, Right };

// Lines of text inside a box, centred from top to bottom.
void draw_lines(TextPainter& painter,
                Canvas& canvas,
                int x,
                int y,
                int width,
                int height,
                const std::vector<std::string>& lines,
                Align align,
                Rgb color);

}  // namespace studio
