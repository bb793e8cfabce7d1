// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The grid as one picture, or as several beside a smaller one where viewers would not open it. Only
// one row of cells is in memory at a time.
#include "core/io/sweep_json.h"
#include "core/sweep/export_cells.h"
#include "core/sweep/png_rows.h"
#include "core/sweep/text_painter.h"

#include <algorithm>
#include <cmath>

namespace studio {
namespace {

constexpr int kMostSide = 16'384;  // px; common viewers open no larger pictures
constexpr int kEmptyCell = 256;    // px, when no picture tells the size
constexpr const char* kArrowDown = " \xE2\x86\x93";
constexpr Rgb kPaper{255, 255, 255}, kInk{34, 37, 43}, kFaint{110, 116, 128};

// Which cells are shown where.
struct Sheet {
  const SweepFolder& folder;
  const SweepGrid::Axis* across = nullptr;  // null: one column, or a list's cells in rows
  const SweepGrid::Axis* down = nullptr;
  std::size_t across_index = 0, down_index = 0;
  std::size_t columns = 1, rows = 1;
  std::vector<std::size_t> place;
  std::string title;
  std::vector<std::string> captions;  // by cell of a list whose jobs have names; else empty

  // No value: beyond the end of a list.
  std::optional<std::size_t> cell(std::size_t column, std::size_t row) const {
    if (!folder.grid->spec.listed.empty()) {
      const std::size_t cell = row * columns + column;
      return cell < folder.grid->cells() ? std::optional(cell) : std::nullopt;
    }
    std::vector<std::size_t> at = place;
    if (across != nullptr) at[across_index] = column;
    if (down != nullptr) at[down_index] = row;
    return folder.grid->cell(at);
  }
};

std::string title_of(const Sheet& sheet) {
  std::string title;
  const auto& axes = sheet.folder.grid->axes;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (&axes[i] == sheet.across || &axes[i] == sheet.down) continue;
    title.append(title.empty() ? "" : " \xC2\xB7 ")
        .append(axis_name(axes[i]))
        .append(" ")
        .append(axis_label(axes[i].values[sheet.place[i]]));
  }
  return title;
}

Result<Sheet> make_sheet(const SweepFolder& folder, const ExportOptions& options) {
  const SweepGrid& grid = *folder.grid;
  Sheet sheet{folder};
  const int axes = static_cast<int>(grid.axes.size());
  // The options' first values fit sweeps of fewer than two axes too.
  const int across = options.across == 0 && axes == 0 ? -1 : options.across;
  const int down = options.down == 1 && axes < 2 ? -1 : options.down;
  if (across < -1 || across >= axes) return no_such_axis(grid, "the axis across", across);
  if (down < -1 || down >= axes) return no_such_axis(grid, "the axis down", down);
  if (across >= 0 && across == down) {
    return Error{ErrorCode::InvalidArgument,
                 "axis " + std::to_string(across) +
                     " is asked for both across and down, but can be shown only once"};
  }
  auto place = checked_place(grid, options.at);
  if (!place) return place.error();
  sheet.place = std::move(place).value();
  if (across >= 0) {
    sheet.across_index = static_cast<std::size_t>(across);
    sheet.across = &grid.axes[sheet.across_index];
    sheet.columns = sheet.across->values.size();
  }
  if (down >= 0) {
    sheet.down_index = static_cast<std::size_t>(down);
    sheet.down = &grid.axes[sheet.down_index];
    sheet.rows = sheet.down->values.size();
  }
  if (!grid.spec.listed.empty()) {
    sheet.columns =
        static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(grid.cells()))));
    sheet.rows = (grid.cells() + sheet.columns - 1) / sheet.columns;
    if (!options.job_names.empty()) {
      sheet.captions = options.job_names;
      sheet.captions.resize(grid.cells());
    }
  }
  sheet.title = title_of(sheet);
  return sheet;
}

// The widest picture of each column and the highest of each row, in full size.
struct Sizes {
  std::vector<int> widths, heights;
};

Sizes natural_sizes(const Sheet& sheet) {
  Sizes sizes{std::vector<int>(sheet.columns, 0), std::vector<int>(sheet.rows, 0)};
  for (std::size_t row = 0; row < sheet.rows; ++row) {
    for (std::size_t column = 0; column < sheet.columns; ++column) {
      const auto cell = sheet.cell(column, row);
      const auto size =
          cell ? picture_size(sheet.folder, result_of(sheet.folder, *cell)) : std::nullopt;
      if (!size) continue;
      sizes.widths[column] = std::max(sizes.widths[column], size->width_px);
      sizes.heights[row] = std::max(sizes.heights[row], size->height_px);
    }
  }
  // Columns and rows without a picture are as large as the largest.
  for (std::vector<int>* sides : {&sizes.widths, &sizes.heights}) {
    const int largest = *std::max_element(sides->begin(), sides->end());
    for (int& side : *sides) side = side > 0 ? side : largest > 0 ? largest : kEmptyCell;
  }
  return sizes;
}

// Sizes of one file, in pixels.
struct Layout {
  std::vector<int> widths, heights;  // heights with the captions
  int gap = 0, font = 0;
  int caption_height = 0;  // below each picture
  int title_height = 0, names_height = 0, labels_height = 0;  // lines above the grid, from the top
  int labels_width = 0;                                       // left of the grid
  int margin = 0;
  double scale = 1;

  int top() const { return margin + title_height + names_height + labels_height; }
  int left() const { return margin + labels_width; }
  std::int64_t width(std::size_t begin, std::size_t end) const {
    return left() + span(widths, begin, end) + margin;
  }
  std::int64_t height(std::size_t begin, std::size_t end) const {
    return top() + span(heights, begin, end) + margin;
  }

 private:
  std::int64_t span(const std::vector<int>& sides, std::size_t begin, std::size_t end) const {
    std::int64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += sides[i] + (i > begin ? gap : 0);
    return sum;
  }
};

int widest_label(TextPainter& painter, const SweepGrid::Axis& axis, int most) {
  int widest = 0;
  for (const AxisValue& value : axis.values) {
    widest = std::max(widest, painter.width(axis_label(value)));
    if (widest >= most) return most;
  }
  return widest;
}

constexpr int kMostLabelLines = 4;

Layout layout_at(const Sheet& sheet, const Sizes& sizes, double scale, TextPainter* painter) {
  Layout layout;
  layout.scale = scale;
  const auto scaled = [scale](const std::vector<int>& sides) {
    std::vector<int> smaller;
    for (const int side : sides) smaller.push_back(std::max(1, static_cast<int>(side * scale)));
    return smaller;
  };
  layout.widths = scaled(sizes.widths);
  layout.heights = scaled(sizes.heights);
  const int cell_width = *std::max_element(layout.widths.begin(), layout.widths.end());
  const int cell_height = *std::max_element(layout.heights.begin(), layout.heights.end());
  layout.gap = std::clamp(std::min(cell_width, cell_height) / 32, 0, 16);
  if (painter == nullptr) return layout;

  const std::int64_t grid_width = layout.width(0, sheet.columns);
  layout.font = std::clamp(cell_width / 12, 13, 44);
  painter->set_size(layout.font);
  layout.margin = layout.font / 2;
  const int line = painter->line_height();
  if (!sheet.captions.empty() && cell_width >= 3 * layout.font) {
    layout.caption_height = line * 3 / 2;
    for (int& height : layout.heights) height += layout.caption_height;
  }
  if (!sheet.title.empty()) layout.title_height = line * 3 / 2;
  if (sheet.across != nullptr || sheet.down != nullptr) layout.names_height = line * 5 / 4;
  if (sheet.across != nullptr) {
    // As many lines as the longest label needs in its column.
    std::size_t lines = 1;
    for (std::size_t i = 0; i < sheet.columns && cell_width >= 3 * layout.font; ++i) {
      lines = std::max(
          lines,
          painter->wrapped(axis_label(sheet.across->values[i]), layout.widths[i], kMostLabelLines)
              .size());
    }
    layout.labels_height = static_cast<int>(lines) * line + layout.font / 3;
  }
  if (sheet.down != nullptr) {
    const int most = std::max(8 * layout.font, std::min(cell_width, 24 * layout.font));
    layout.labels_width = std::max(widest_label(*painter, *sheet.down, most),
                                   std::min(painter->width(axis_name(*sheet.down) + kArrowDown), most)) +
                          layout.font;
  } else if (sheet.across != nullptr && grid_width < 8 * layout.font) {
    layout.margin += 2 * layout.font;  // a name needs some room above a narrow grid
  }
  return layout;
}

// The largest scale whose whole sheet is at most `most` pixels a side. No value: there is none.
std::optional<Layout> fitted(const Sheet& sheet,
                             const Sizes& sizes,
                             int most,
                             TextPainter* painter) {
  const auto fits = [&](const Layout& layout) {
    return layout.width(0, sheet.columns) <= most && layout.height(0, sheet.rows) <= most;
  };
  Layout best = layout_at(sheet, sizes, 1, painter);
  if (fits(best)) return best;
  best = layout_at(sheet, sizes, 0, painter);
  if (!fits(best)) return std::nullopt;
  double low = 0, high = 1;
  for (int round = 0; round < 20; ++round) {
    const double middle = (low + high) / 2;
    Layout tried = layout_at(sheet, sizes, middle, painter);
    const bool is_small_enough = fits(tried);
    (is_small_enough ? low : high) = middle;
    if (is_small_enough) best = std::move(tried);
  }
  return best;
}

struct Range {
  std::size_t begin, end;
};

// Cuts columns or rows into files, whole cells each.
std::vector<Range> cut(const std::vector<int>& sides, int gap, int room) {
  std::vector<Range> parts{{0, 0}};
  std::int64_t used = 0;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (i > parts.back().begin && used + gap + sides[i] > room) {
      parts.push_back({i, i});
      used = 0;
    }
    used += sides[i] + (i > parts.back().begin ? gap : 0);
    parts.back().end = i + 1;
  }
  return parts;
}

class SheetWriter {
 public:
  SheetWriter(const Sheet& sheet,
              const Layout& layout,
              TextPainter* painter,
              const std::vector<PngText>& texts,
              std::function<bool()> one_cell_done)
      : sheet_(sheet),
        layout_(layout),
        painter_(painter),
        texts_(texts),
        one_cell_done_(std::move(one_cell_done)) {
    if (painter_ != nullptr) painter_->set_size(layout_.font);
  }

  Result<std::unique_ptr<AtomicFile>> write(const std::string& path, Range columns, Range rows) {
    const int width = static_cast<int>(layout_.width(columns.begin, columns.end));
    const int height = static_cast<int>(layout_.height(rows.begin, rows.end));
    auto file = PngRows::create(path, width, height, texts_);
    if (!file) return file.error();
    PngRows& png = *file.value();
    if (layout_.top() > 0) {
      Canvas head(width, layout_.top(), kPaper);
      draw_head(head, columns);
      if (auto done = png.write(head.image); !done) return done.error();
    }
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
      const int below = row + 1 < rows.end ? layout_.gap : layout_.margin;
      Canvas strip(width, layout_.heights[row] + below, kPaper);
      draw_row_label(strip, row);
      int x = layout_.left();
      for (std::size_t column = columns.begin; column < columns.end; ++column) {
        draw_cell(strip, x, column, row);
        x += layout_.widths[column] + layout_.gap;
        if (!one_cell_done_()) return export_stopped(path);
      }
      if (auto done = png.write(strip.image); !done) return done.error();
    }
    return png.finish();
  }

 private:
  void draw_head(Canvas& head, Range columns) {
    if (painter_ == nullptr) return;
    const int left = layout_.left(), room = head.image.width_px - layout_.margin;
    const auto line = [&](const std::string& text, int x, int y, int right, Align align) {
      draw_lines(*painter_,
                 head,
                 x,
                 y,
                 right - x,
                 painter_->line_height(),
                 painter_->wrapped(text, right - x, 1),
                 align,
                 kInk);
    };
    if (layout_.title_height > 0)
      line(sheet_.title, layout_.margin, layout_.margin, room, Align::Left);
    const int names_top = layout_.margin + layout_.title_height;
    if (sheet_.across != nullptr)
      line(axis_name(*sheet_.across) + " \xE2\x86\x92", left, names_top, room, Align::Left);
    if (sheet_.down != nullptr) {
      const int y = sheet_.across != nullptr ? names_top + layout_.names_height : names_top;
      line(axis_name(*sheet_.down) + kArrowDown,
           layout_.margin,
           y,
           left - layout_.font / 2,
           Align::Left);
    }
    if (sheet_.across == nullptr) return;
    int x = left, free_from = 0;
    for (std::size_t column = columns.begin; column < columns.end; ++column) {
      const std::string label = axis_label(sheet_.across->values[column]);
      const int width = layout_.widths[column];
      const bool is_narrow = width < 3 * layout_.font;
      // Labels of narrow columns take one line and leave out those they would touch.
      const auto lines = is_narrow ? painter_->wrapped(label, 8 * layout_.font, 1)
                                   : painter_->wrapped(label, width, kMostLabelLines);
      const int wanted = is_narrow && !lines.empty() ? painter_->width(lines.front()) : width;
      const int start = x + (width - wanted) / 2;
      if (start >= free_from && start + wanted <= head.image.width_px) {
        draw_lines(*painter_,
                   head,
                   start,
                   names_top + layout_.names_height,
                   wanted,
                   layout_.labels_height,
                   lines,
                   Align::Centre,
                   kInk);
        free_from = start + wanted + (is_narrow ? layout_.font : 0);
      }
      x += width + layout_.gap;
    }
  }
  void draw_row_label(Canvas& strip, std::size_t row) {
    if (painter_ == nullptr || sheet_.down == nullptr) return;
    const int room = layout_.heights[row], line = painter_->line_height();
    // Rows lower than a line show every so many labels.
    const std::size_t every = static_cast<std::size_t>(
        std::max(1, (line + room + layout_.gap - 1) / (room + layout_.gap)));
    if (row % every != 0 || room + layout_.gap < line / 4) return;
    const int width = layout_.labels_width - layout_.font / 2;
    const auto lines =
        painter_->wrapped(axis_label(sheet_.down->values[row]), width, std::max(1, room / line));
    draw_lines(
        *painter_, strip, layout_.margin, 0, width, std::max(room, 1), lines, Align::Right, kInk);
  }
  void draw_cell(Canvas& strip, int x, std::size_t column, std::size_t row) {
    const auto cell = sheet_.cell(column, row);
    if (!cell) return;
    const int width = layout_.widths[column], height = layout_.heights[row] - layout_.caption_height;
    if (layout_.caption_height > 0) {
      draw_lines(*painter_, strip, x, height, width, layout_.caption_height,
                 painter_->wrapped(sheet_.captions[*cell], width, 1), Align::Centre, kInk);
    }
    const CellResult* const result = result_of(sheet_.folder, *cell);
    auto picture = read_picture(sheet_.folder, result);
    if (!picture) {
      strip.place_mark(
          x, 0, width, height, result != nullptr && result->state == CellState::Failed);
      if (painter_ != nullptr && width >= 8 * layout_.font && height >= 6 * layout_.font) {
        const auto lines = painter_->wrapped(state_text(result), width, 1);
        draw_lines(*painter_,
                   strip,
                   x,
                   height - 2 * painter_->line_height(),
                   width,
                   painter_->line_height(),
                   lines,
                   Align::Centre,
                   kFaint);
      }
      return;
    }
    const int shown_width =
        std::clamp(static_cast<int>(picture->width_px * layout_.scale), 1, width);
    const int shown_height =
        std::clamp(static_cast<int>(picture->height_px * layout_.scale), 1, height);
    if (shown_width != picture->width_px || shown_height != picture->height_px)
      *picture = made_smaller(*picture, shown_width, shown_height);
    strip.place(*picture, x + (width - shown_width) / 2, (height - shown_height) / 2);
  }

  const Sheet& sheet_;
  const Layout& layout_;
  TextPainter* painter_;
  const std::vector<PngText>& texts_;
  std::function<bool()> one_cell_done_;
};

// Files that appear together; without a commit none is left.
class FileGroup {
 public:
  ~FileGroup() {
    for (const std::string& path : committed_) std::remove(path.c_str());
  }
  Result<void> add(std::unique_ptr<AtomicFile> file, std::string path) {
    waiting_.emplace_back(std::move(file), std::move(path));
    // The system allows only so many open files.
    return waiting_.size() < kMostOpen ? Result<void>() : commit_waiting();
  }
  Result<void> commit() {
    if (auto done = commit_waiting(); !done) return done;
    committed_.clear();
    return {};
  }

 private:
  static constexpr std::size_t kMostOpen = 100;
  Result<void> commit_waiting() {
    for (auto& [file, path] : waiting_) {
      if (auto done = file->commit(); !done) return done;
      committed_.push_back(std::move(path));
    }
    waiting_.clear();
    return {};
  }
  std::vector<std::pair<std::unique_ptr<AtomicFile>, std::string>> waiting_;
  std::vector<std::string> committed_;
};

std::vector<PngText> setup_texts(const Sheet& sheet, const Catalogue& catalogue) {
  // The same keywords as other tools have for a grid's axes, and the whole sweep.
  std::vector<PngText> texts;
  if (sheet.across != nullptr) {
    texts.push_back({"X Type", axis_name(*sheet.across)});
    texts.push_back({"X Values", axis_text(sheet.across->values)});
  }
  if (sheet.down != nullptr) {
    texts.push_back({"Y Type", axis_name(*sheet.down)});
    texts.push_back({"Y Values", axis_text(sheet.down->values)});
  }
  texts.push_back({"seg-studio-sweep", sweep_to_json(sheet.folder.grid->spec, catalogue)});
  return texts;
}

// "grid-2-3.png" for "grid.png".
std::string tile_path(const std::string& path, std::size_t row, std::size_t column) {
  const auto slash = path.rfind('/');
  const auto dot = path.rfind('.');
  const bool has_ending = dot != path.npos && (slash == path.npos || dot > slash + 1);
  const std::string number = "-" + std::to_string(row + 1) + "-" + std::to_string(column + 1);
  return has_ending ? path.substr(0, dot) + number + path.substr(dot) : path + number;
}

}  // namespace

Result<void> export_grid_png(const SweepFolder& folder,
                             const Catalogue& catalogue,
                             const ExportOptions& options,
                             const KeepGoing& keep_going) {
  auto made = make_sheet(folder, options);
  if (!made) return made.error();
  const Sheet& sheet = made.value();
  if (options.longest_side_px < 0)
    return Error{ErrorCode::InvalidArgument,
                 "the longest side is below 0 pixels, but must be above, or 0 for full size"};
  if (!keep_going(0)) return export_stopped(options.path);
  const Sizes sizes = natural_sizes(sheet);
  const auto painter = options.with_labels ? TextPainter::create() : nullptr;
  const int most =
      options.longest_side_px > 0 ? std::min(options.longest_side_px, kMostSide) : kMostSide;
  const auto whole = fitted(sheet, sizes, most, painter.get());
  if (!whole) {
    return Error{ErrorCode::InvalidArgument,
                 "a grid of " + std::to_string(sheet.columns) + " x " + std::to_string(sheet.rows) +
                     " pictures does not fit " + std::to_string(most) + " pixels a side"};
  }
  const auto texts = setup_texts(sheet, catalogue);
  const bool has_tiles = whole->scale < 1 && options.longest_side_px == 0;
  const double total = static_cast<double>(sheet.columns * sheet.rows) * (has_tiles ? 2 : 1);
  double done = 0;
  const auto one_cell_done = [&] { return keep_going(std::min(++done / total, 1.0)); };

  FileGroup files;
  if (has_tiles) {
    const Layout full = layout_at(sheet, sizes, 1, painter.get());
    const auto across = cut(full.widths, full.gap, kMostSide - full.left() - full.margin);
    const auto down = cut(full.heights, full.gap, kMostSide - full.top() - full.margin);
    SheetWriter writer(sheet, full, painter.get(), texts, one_cell_done);
    for (std::size_t r = 0; r < down.size(); ++r) {
      for (std::size_t c = 0; c < across.size(); ++c) {
        const std::string path = tile_path(options.path, r, c);
        auto file = writer.write(path, across[c], down[r]);
        if (!file) return file.error();
        if (auto added = files.add(std::move(file).value(), path); !added) return added;
      }
    }
  }
  SheetWriter writer(sheet, *whole, painter.get(), texts, one_cell_done);
  auto file = writer.write(options.path, {0, sheet.columns}, {0, sheet.rows});
  if (!file) return file.error();
  if (auto added = files.add(std::move(file).value(), options.path); !added) return added;
  return files.commit();
}

}  // namespace studio
