// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep's folder as one picture: pixels and texts are read back.
#include "tests/support/made_sweep.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <set>

using namespace studio;
using namespace studio::testing;

namespace {

using Color = std::array<std::uint8_t, 3>;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

SweepSpec spec_of(std::vector<SweepAxis> axes) {
  SweepSpec spec;
  spec.base.seed = 5;
  spec.base.prompts = {"red apple"};
  spec.axes = std::move(axes);
  return spec;
}

SweepSpec three_axes() {
  return spec_of(
      {{"guidance.seg.sigma", "0.5, 1, inf"}, {"guidance.seg.scale", "0, 3"}, {"seed", "1-2"}});
}

Color pixel(const ImageRgb8& image, int x, int y) {
  const std::size_t at = 3 * (static_cast<std::size_t>(image.width_px) * y + x);
  return {image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]};
}

bool has_color(const ImageRgb8& image, Color color) {
  for (std::size_t i = 0; i + 2 < image.pixels.size(); i += 3) {
    if (image.pixels[i] == color[0] && image.pixels[i + 1] == color[1] &&
        image.pixels[i + 2] == color[2])
      return true;
  }
  return false;
}

// How many pixels of the rectangle are neither paper nor anything as light.
int ink_in(const ImageRgb8& image, int left, int top, int right, int bottom) {
  int count = 0;
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) count += pixel(image, x, y)[1] < 128 ? 1 : 0;
  }
  return count;
}

std::set<std::string> files_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return names;
}

long peak_memory_kib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  }
  return 0;
}

}  // namespace

class TestSweepGrid : public QObject {
  Q_OBJECT

  QTemporaryDir temporary_;
  int made_ = 0;

  std::string new_folder() { return temporary_.filePath(QString::number(++made_)).toStdString(); }
  Result<void> write(const SweepFolder& folder, const ExportOptions& options) {
    return export_sweep(folder, small_catalogue(), options, {});
  }
  ImageRgb8 grid_of(const SweepFolder& folder, ExportOptions options) {
    options.kind = SweepExport::GridPng;
    if (options.path.empty()) options.path = folder.folder + "/grid.png";
    const auto done = write(folder, options);
    if (!done) throw std::runtime_error(done.error().message);
    return read_png(options.path).value();
  }

 private Q_SLOTS:
  void grid_without_labels();
  void grid_shows_where_the_other_axes_stand();
  void grid_with_labels();
  void grid_of_one_axis_and_of_none();
  void grid_of_listed_jobs();
  void grid_of_pictures_of_different_sizes();
  void grid_marks_missing_and_failed_cells();
  void grid_made_smaller();
  void grid_carries_its_set_up();
  void grid_in_tiles();
  void long_and_foreign_labels_stay_inside();
  void many_narrow_columns();
  void a_large_grid_needs_little_memory();
};

void TestSweepGrid::grid_without_labels() {
  const auto folder = make_sweep(new_folder(), three_axes());
  const auto image = grid_of(folder, {.with_labels = false});
  // 32 px cells with 1 px between.
  QCOMPARE(image.width_px, 3 * 32 + 2);
  QCOMPARE(image.height_px, 2 * 32 + 1);
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 3; ++column) {
      for (const int offset : {0, 16, 31})
        QCOMPARE(pixel(image, column * 33 + offset, row * 33 + offset),
                 cell_color(static_cast<std::size_t>(row * 3 + column)));
    }
  }
  QCOMPARE(pixel(image, 32, 5), (Color{255, 255, 255}));
}

void TestSweepGrid::grid_shows_where_the_other_axes_stand() {
  const auto folder = make_sweep(new_folder(), three_axes());
  auto image = grid_of(folder, {.at = {0, 0, 1}, .with_labels = false});
  QCOMPARE(pixel(image, 0, 0), cell_color(6));
  image = grid_of(folder, {.across = 2, .down = 0, .at = {0, 1, 0}, .with_labels = false});
  QCOMPARE(image.width_px, 2 * 32 + 1);
  QCOMPARE(pixel(image, 40, 40), cell_color(3 + 6 + 1));
}

void TestSweepGrid::grid_with_labels() {
  const auto folder = make_sweep(new_folder(), three_axes(), {.width_px = 128, .height_px = 128});
  const auto image = grid_of(folder, {});
  const int width = 3 * 128 + 2 * 4, height = 2 * 128 + 4;
  QVERIFY(image.width_px > width + 40 && image.height_px > height + 40);
  const int margin = 6, left = image.width_px - width - margin,
            top = image.height_px - height - margin;
  QCOMPARE(pixel(image, left, top), cell_color(0));
  QCOMPARE(pixel(image, left - 1, top), (Color{255, 255, 255}));
  QCOMPARE(pixel(image, image.width_px - margin - 1, image.height_px - margin - 1), cell_color(5));
  for (int column = 0; column < 3; ++column)
    QVERIFY(ink_in(image, left + column * 132, top - 24, left + column * 132 + 128, top) > 5);
  for (int row = 0; row < 2; ++row)
    QVERIFY(ink_in(image, 0, top + row * 132, left, top + row * 132 + 128) > 5);
  // Nothing is written up to the edge.
  QCOMPARE(ink_in(image, 0, 0, image.width_px, 2), 0);
  QCOMPARE(ink_in(image, 0, 0, 2, image.height_px), 0);
}

void TestSweepGrid::grid_of_one_axis_and_of_none() {
  const auto one = make_sweep(new_folder(), spec_of({{"seed", "1-5"}}));
  QCOMPARE(grid_of(one, {.with_labels = false}).width_px, 5 * 32 + 4);
  const auto down = grid_of(one, {.across = -1, .down = 0, .with_labels = false});
  QCOMPARE(down.width_px, 32);
  QCOMPARE(down.height_px, 5 * 32 + 4);
  const auto none = make_sweep(new_folder(), spec_of({}));
  const auto image = grid_of(none, {.with_labels = false});
  QCOMPARE(image.width_px, 32);
  QCOMPARE(pixel(image, 3, 3), cell_color(0));
  QVERIFY(grid_of(one, {}).width_px > 5 * 32);
  QVERIFY(grid_of(none, {}).width_px >= 32);
}

void TestSweepGrid::grid_of_listed_jobs() {
  SweepSpec spec = spec_of({});
  spec.listed.assign(5, spec.base);
  const auto folder = make_sweep(new_folder(), spec);
  const auto image = grid_of(folder, {.with_labels = false});
  QCOMPARE(image.width_px, 3 * 32 + 2);
  QCOMPARE(image.height_px, 2 * 32 + 1);
  QCOMPARE(pixel(image, 40, 40), cell_color(4));
  QCOMPARE(pixel(image, 80, 40), (Color{255, 255, 255}));
  // With names each picture has its own below it.
  const auto large = make_sweep(new_folder(), spec, {.width_px = 160, .height_px = 160});
  const auto plain = grid_of(large, {});
  const auto named = grid_of(large, {.job_names = {"paper", "", "mine"}});
  QCOMPARE(named.width_px, plain.width_px);
  const int caption = (named.height_px - plain.height_px) / 2, margin = (plain.width_px - 3 * 160 - 2 * 5) / 2;
  QVERIFY(caption > 10);
  QVERIFY(ink_in(named, margin, margin + 160, margin + 160, margin + 160 + caption) > 20);
  QCOMPARE(ink_in(named, margin + 165, margin + 160, margin + 325, margin + 160 + caption), 0);
  QVERIFY(ink_in(named, margin + 330, margin + 160, margin + 490, margin + 160 + caption) > 20);
}

void TestSweepGrid::grid_of_pictures_of_different_sizes() {
  const auto folder = make_sweep(new_folder(), spec_of({{"width", "32, 64"}, {"seed", "1-2"}}));
  for (const int cell : {1, 3}) {
    QVERIFY(bool(write_png(folder.folder + "/cells/c" + std::to_string(cell) + ".png",
                           plain_picture(64, 32, cell_color(static_cast<std::size_t>(cell))))));
  }
  const auto image = grid_of(folder, {.with_labels = false});
  QCOMPARE(image.width_px, 32 + 1 + 64);
  QCOMPARE(pixel(image, 33, 0), cell_color(1));
  QCOMPARE(pixel(image, 96, 64), cell_color(3));
}

void TestSweepGrid::grid_marks_missing_and_failed_cells() {
  auto folder = make_sweep(new_folder(), three_axes(), {.width_px = 160, .height_px = 160});
  fail_cell(folder, 0, "no memory");
  std::filesystem::remove(folder.folder + "/cells/c1.png");
  std::ofstream(folder.folder + "/cells/c2.png") << "no picture";
  folder.picture_of_cell[3] = -1;
  folder.pictures[static_cast<std::size_t>(folder.picture_of_cell[4])].file = "../../etc/passwd";
  const auto image = grid_of(folder, {.with_labels = false});
  const Color tile{228, 230, 234};
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 3; ++column) {
      const int x = column * 165, y = row * 165;
      if (row == 1 && column == 2) continue;  // the one that is there
      QCOMPARE(pixel(image, x + 2, y + 2), tile);
      QVERIFY(pixel(image, x + 80, y + 80) != tile);
    }
  }
  QVERIFY(pixel(image, 80, 80)[0] > pixel(image, 80, 80)[1] + 60);  // failed: red
  QVERIFY(pixel(image, 165 + 80, 80)[0] <= pixel(image, 165 + 80, 80)[1]);
  // No picture at all: tiles of a size that can be seen.
  QCOMPARE(pixel(image, 2 * 165 + 80, 165 + 80), cell_color(5));
  SweepFolder empty = folder;
  empty.pictures.clear();
  QCOMPARE(grid_of(empty, {.with_labels = false}).width_px, 3 * 256 + 2 * 8);
}

void TestSweepGrid::grid_made_smaller() {
  const auto folder = make_sweep(new_folder(), three_axes(), {.width_px = 200, .height_px = 100});
  for (const bool with_labels : {false, true}) {
    const auto image = grid_of(folder, {.with_labels = with_labels, .longest_side_px = 240});
    QVERIFY(image.width_px <= 240 && image.height_px <= 240);
    QVERIFY(image.width_px > 200);
    for (std::size_t cell = 0; cell < 6; ++cell) QVERIFY(has_color(image, cell_color(cell)));
  }
  // Smaller ones stay as they are.
  QCOMPARE(grid_of(folder, {.with_labels = false, .longest_side_px = 5000}).width_px,
           3 * 200 + 2 * 3);
}

void TestSweepGrid::grid_carries_its_set_up() {
  const auto folder =
      make_sweep(new_folder(), spec_of({{"prompt", "\"a, cat\", \xE7\x8C\xAB"}, {"seed", "1-2"}}));
  grid_of(folder, {});
  const auto texts = read_png_texts(folder.folder + "/grid.png");
  QVERIFY2(bool(texts), texts ? "" : texts.error().message.c_str());
  std::map<std::string, std::string> by_name;
  for (const auto& text : texts.value()) by_name[text.keyword] = text.text;
  QCOMPARE(by_name["X Type"], std::string("Prompt"));
  QCOMPARE(by_name["X Values"], std::string("\"a, cat\", \xE7\x8C\xAB"));
  QCOMPARE(by_name["Y Values"], std::string("1, 2"));
  QVERIFY(contains(by_name["seg-studio-sweep"], "\"format\": \"seg-studio/sweep\""));
}

void TestSweepGrid::grid_in_tiles() {
  // 20 columns of 1000 px: 16 fit beside each other.
  const auto folder = make_sweep(new_folder(),
                                 spec_of({{"seed", "1-20"}, {"steps", "1-2"}}),
                                 {.width_px = 1000, .height_px = 40, .has_twins = false});
  const auto whole = grid_of(folder, {.with_labels = false});
  QCOMPARE(files_in(folder.folder),
           (std::set<std::string>{"cells", "grid.png", "grid-1-1.png", "grid-1-2.png"}));
  QVERIFY(whole.width_px <= 16384 && whole.width_px > 16000);
  for (std::size_t cell = 0; cell < 40; ++cell) QVERIFY(has_color(whole, cell_color(cell)));
  const auto first = read_png(folder.folder + "/grid-1-1.png").value(),
             second = read_png(folder.folder + "/grid-1-2.png").value();
  QCOMPARE(first.width_px, 16 * 1000 + 15);
  QCOMPARE(second.width_px, 4 * 1000 + 3);
  QCOMPARE(second.height_px, 81);
  QCOMPARE(pixel(first, 15 * 1001 + 500, 60), cell_color(20 + 15));
  QCOMPARE(pixel(second, 500, 20), cell_color(16));
  // With labels each tile has its own.
  const auto labelled = grid_of(folder, {.path = folder.folder + "/labelled.png"});
  QVERIFY(labelled.width_px <= 16384);
  QVERIFY(files_in(folder.folder).contains("labelled-1-2.png"));
  // A longest side means one file.
  grid_of(folder, {.path = folder.folder + "/small.png", .longest_side_px = 2000});
  QVERIFY(!files_in(folder.folder).contains("small-1-1.png"));
}

void TestSweepGrid::long_and_foreign_labels_stay_inside() {
  std::string words;
  for (int i = 0; i < 2000; ++i) words += "word" + std::to_string(i) + " ";
  const std::string prompts =
      words + " || " + std::string(5000, 'W') +
      " || \xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7 \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D || "
      "\xE7\x8C\xAB\xF0\x9F\x90\x88 \xCC\x81 || \"\"";
  for (const bool is_across : {true, false}) {
    const auto folder = make_sweep(new_folder(),
                                   spec_of({{"prompt", prompts}, {"seed", "1-2"}}),
                                   {.width_px = 96, .height_px = 96});
    const auto image = grid_of(folder, {.across = is_across ? 0 : 1, .down = is_across ? 1 : 0});
    QVERIFY(image.width_px < 1000 && image.height_px < 1000);
    QCOMPARE(ink_in(image, 0, 0, 1, image.height_px), 0);
    QCOMPARE(ink_in(image, 0, 0, image.width_px, 1), 0);
    QCOMPARE(ink_in(image, image.width_px - 1, 0, image.width_px, image.height_px), 0);
    // No letter lies on a picture: there are only the colours of cells.
    int strange = 0;
    const int cells_wide = (is_across ? 5 : 2) * 99 - 3, cells_high = (is_across ? 2 : 5) * 99 - 3;
    const int left = image.width_px - cells_wide - 6, top = image.height_px - cells_high - 6;
    std::set<Color> allowed{{255, 255, 255}};
    for (std::size_t cell = 0; cell < 10; ++cell) allowed.insert(cell_color(cell));
    for (int y = top; y < image.height_px; ++y) {
      for (int x = left; x < image.width_px; ++x)
        strange += allowed.contains(pixel(image, x, y)) ? 0 : 1;
    }
    QCOMPARE(strange, 0);
  }
}

void TestSweepGrid::many_narrow_columns() {
  // All cells share one file here.
  auto folder = make_sweep(
      new_folder(), spec_of({{"seed", "1"}}), {.width_px = 8, .height_px = 8, .has_twins = false});
  auto grid = read_sweep(spec_of({{"seed", "1000001-1002000"}}), small_catalogue());
  QVERIFY(bool(grid));
  folder.grid = std::make_shared<const SweepGrid>(std::move(grid).value());
  folder.picture_of_cell.assign(2000, 0);
  const auto image = grid_of(folder, {});
  QVERIFY(image.width_px >= 2000 * 8 && image.width_px <= 16384);
  const auto small = grid_of(folder, {.longest_side_px = 2500});
  QVERIFY(small.width_px <= 2500);
  QVERIFY(ink_in(small, 0, 0, small.width_px, small.height_px) > 100);
}

void TestSweepGrid::a_large_grid_needs_little_memory() {
  // 1,024 cells of 512 px are 0.8 GB of pixels. All cells share one file here.
  auto folder = make_sweep(new_folder(),
                           spec_of({{"seed", "1"}}),
                           {.width_px = 512, .height_px = 512, .has_twins = false});
  auto grid = read_sweep(spec_of({{"seed", "1-32"}, {"steps", "1-32"}}), small_catalogue());
  QVERIFY(bool(grid));
  folder.grid = std::make_shared<const SweepGrid>(std::move(grid).value());
  folder.picture_of_cell.assign(1024, 0);
  const long before = peak_memory_kib();
  QElapsedTimer timer;
  timer.start();
  const auto done = write(
      folder,
      {.kind = SweepExport::GridPng, .path = folder.folder + "/grid.png", .longest_side_px = 4000});
  QVERIFY2(bool(done), done ? "" : done.error().message.c_str());
  QVERIFY2(peak_memory_kib() - before < 100 * 1024,
           qPrintable(QString::number(peak_memory_kib() - before)));
  QVERIFY(read_png(folder.folder + "/grid.png").value().width_px <= 4000);
}

QTEST_GUILESS_MAIN(TestSweepGrid)
#include "tst_sweep_grid.moc"
