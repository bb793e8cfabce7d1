// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep's folder as grid, page, table and animation: pixels and texts are read back.
#include "tests/support/made_sweep.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <set>
#include <sstream>
#include <webp/demux.h>

using namespace studio;
using namespace studio::testing;

namespace {

using Color = std::array<std::uint8_t, 3>;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
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

// Lines and fields of RFC 4180.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> lines(1);
  std::string field;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted) {
      if (text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"')
        field.push_back(text[i++]);
      else if (text[i] == '"')
        quoted = false;
      else
        field.push_back(text[i]);
    } else if (text[i] == '"') {
      quoted = true;
    } else if (text[i] == ',' || text.compare(i, 2, "\r\n") == 0) {
      lines.back().push_back(field);
      field.clear();
      if (text[i] == '\r') {
        lines.emplace_back();
        ++i;
      }
    } else {
      field.push_back(text[i]);
    }
  }
  lines.pop_back();
  return lines;
}

QJsonObject page_data(const std::string& page) {
  const std::string begin = "<script id=\"data\" type=\"application/json\">";
  const std::size_t from = page.find(begin) + begin.size();
  const std::size_t to = page.find("</script>", from);
  return QJsonDocument::fromJson(QByteArray::fromStdString(page.substr(from, to - from))).object();
}

struct Frames {
  int width = 0, height = 0;
  std::vector<ImageRgb8> pictures;
  std::vector<int> ends_ms;
};

Frames read_webp(const std::string& path) {
  const std::string bytes = content(path);
  const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  Frames frames;
  WebPAnimDecoder* const decoder = WebPAnimDecoderNew(&data, nullptr);
  if (decoder == nullptr) return frames;
  WebPAnimInfo info;
  WebPAnimDecoderGetInfo(decoder, &info);
  frames.width = static_cast<int>(info.canvas_width);
  frames.height = static_cast<int>(info.canvas_height);
  std::uint8_t* pixels = nullptr;
  int end = 0;
  while (WebPAnimDecoderHasMoreFrames(decoder) && WebPAnimDecoderGetNext(decoder, &pixels, &end)) {
    ImageRgb8 image{frames.width, frames.height, {}};
    for (int i = 0; i < frames.width * frames.height; ++i)
      image.pixels.insert(image.pixels.end(), pixels + 4 * i, pixels + 4 * i + 3);
    frames.pictures.push_back(std::move(image));
    frames.ends_ms.push_back(end);
  }
  WebPAnimDecoderDelete(decoder);
  return frames;
}

long peak_memory_kib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  }
  return 0;
}

}  // namespace

class TestSweepExport : public QObject {
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
  void page_data_is_complete();
  void page_is_safe_against_hostile_prompts();
  void page_elsewhere_finds_its_pictures();
  void table();
  void table_is_safe_in_spreadsheets();
  void animation();
  void animation_of_lost_pictures();
  void wrong_options_data();
  void wrong_options();
  void stopping_leaves_nothing_data();
  void stopping_leaves_nothing();
  void no_permission();
};

void TestSweepExport::grid_without_labels() {
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

void TestSweepExport::grid_shows_where_the_other_axes_stand() {
  const auto folder = make_sweep(new_folder(), three_axes());
  auto image = grid_of(folder, {.at = {0, 0, 1}, .with_labels = false});
  QCOMPARE(pixel(image, 0, 0), cell_color(6));
  image = grid_of(folder, {.across = 2, .down = 0, .at = {0, 1, 0}, .with_labels = false});
  QCOMPARE(image.width_px, 2 * 32 + 1);
  QCOMPARE(pixel(image, 40, 40), cell_color(3 + 6 + 1));
}

void TestSweepExport::grid_with_labels() {
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

void TestSweepExport::grid_of_one_axis_and_of_none() {
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

void TestSweepExport::grid_of_listed_jobs() {
  SweepSpec spec = spec_of({});
  spec.listed.assign(5, spec.base);
  const auto folder = make_sweep(new_folder(), spec);
  const auto image = grid_of(folder, {.with_labels = false});
  QCOMPARE(image.width_px, 3 * 32 + 2);
  QCOMPARE(image.height_px, 2 * 32 + 1);
  QCOMPARE(pixel(image, 40, 40), cell_color(4));
  QCOMPARE(pixel(image, 80, 40), (Color{255, 255, 255}));
}

void TestSweepExport::grid_of_pictures_of_different_sizes() {
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

void TestSweepExport::grid_marks_missing_and_failed_cells() {
  auto folder = make_sweep(new_folder(), three_axes(), {.width_px = 160, .height_px = 160});
  fail_cell(folder, 0, "no memory");
  std::filesystem::remove(folder.folder + "/cells/c1.png");
  std::ofstream(folder.folder + "/cells/c2.png") << "no picture";
  folder.pictures[static_cast<std::size_t>(folder.picture_of_cell[3])] = CellResult{};
  folder.picture_of_cell[4] = -1;
  folder.pictures[static_cast<std::size_t>(folder.picture_of_cell[5])].file = "../../etc/passwd";
  const auto image = grid_of(folder, {.with_labels = false});
  const Color tile{228, 230, 234};
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 3; ++column) {
      const int x = column * 165, y = row * 165;
      QCOMPARE(pixel(image, x + 2, y + 2), tile);
      QVERIFY(pixel(image, x + 80, y + 80) != tile);
    }
  }
  QVERIFY(pixel(image, 80, 80)[0] > pixel(image, 80, 80)[1] + 60);  // failed: red
  QVERIFY(pixel(image, 165 + 80, 80)[0] <= pixel(image, 165 + 80, 80)[1]);
  // No picture at all: tiles of a size that can be seen.
  SweepFolder empty = folder;
  empty.pictures.clear();
  QCOMPARE(grid_of(empty, {.with_labels = false}).width_px, 3 * 256 + 2 * 8);
}

void TestSweepExport::grid_made_smaller() {
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

void TestSweepExport::grid_carries_its_set_up() {
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

void TestSweepExport::grid_in_tiles() {
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

void TestSweepExport::long_and_foreign_labels_stay_inside() {
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

void TestSweepExport::many_narrow_columns() {
  const auto folder = make_sweep(new_folder(),
                                 spec_of({{"seed", "1000001-1002000"}}),
                                 {.width_px = 8, .height_px = 8, .has_twins = false});
  const auto image = grid_of(folder, {});
  QVERIFY(image.width_px >= 2000 * 8 && image.width_px <= 16384);
  const auto small = grid_of(folder, {.longest_side_px = 2500});
  QVERIFY(small.width_px <= 2500);
  QVERIFY(ink_in(small, 0, 0, small.width_px, small.height_px) > 100);
}

void TestSweepExport::a_large_grid_needs_little_memory() {
  // 2,500 cells of 512 px are 1.9 GB of pixels. All cells share one file here.
  auto folder = make_sweep(new_folder(),
                           spec_of({{"seed", "1"}}),
                           {.width_px = 512, .height_px = 512, .has_twins = false});
  auto grid = read_sweep(spec_of({{"seed", "1-50"}, {"steps", "1-50"}}), small_catalogue());
  QVERIFY(bool(grid));
  folder.grid = std::make_shared<const SweepGrid>(std::move(grid).value());
  folder.picture_of_cell.assign(2500, 0);
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

void TestSweepExport::page_data_is_complete() {
  auto folder = make_sweep(new_folder(), three_axes());
  fail_cell(folder, 2, "no memory for it");
  const auto done =
      write(folder, {.kind = SweepExport::Html, .path = folder.folder + "/index.html"});
  QVERIFY2(bool(done), done ? "" : done.error().message.c_str());
  const auto data = page_data(content(folder.folder + "/index.html"));
  QCOMPARE(data["axes"].toArray().size(), 3);
  const auto sigma = data["axes"].toArray()[0].toObject();
  QCOMPARE(sigma["name"].toString(), QString("Blur sigma"));
  QCOMPARE(sigma["labels"].toArray()[2].toString(), QString::fromUtf8("∞"));
  QCOMPARE(sigma["texts"].toArray()[2].toString(), QString("inf"));
  QCOMPARE(data["of"].toArray().size(), 12);
  QCOMPARE(data["twins"].toArray().size(), 12);
  const auto first = data["pictures"].toArray()[0].toArray();
  QCOMPARE(first[0].toInt(), 2);
  QCOMPARE(first[1].toString(), QString("cells/c0.png"));
  QCOMPARE(first[2].toDouble(), 1.5);
  const auto failed = data["pictures"].toArray()[data["of"].toArray()[2].toInt()].toArray();
  QCOMPARE(failed[0].toInt(), 3);
  QCOMPARE(failed[7].toString(), QString("no memory for it"));
  QCOMPARE(data["prefix"].toString(), QString("./"));
  QVERIFY(data["title"].toString().contains("red apple"));
  const QString page = QString::fromStdString(content(folder.folder + "/index.html"));
  QVERIFY(!page.contains("http://") && !page.contains("https://"));
}

void TestSweepExport::page_is_safe_against_hostile_prompts() {
  const std::string evil =
      "</script><script>alert(1)</script><!-- \" ' & \xE2\x80\xAE rtl \xE2\x80\xA8 ]]>";
  auto spec = spec_of({{"negative_prompt", "null, \"</SCRIPT><img src=x onerror=alert(2)>\""}});
  spec.base.prompts = {evil};
  auto folder = make_sweep(new_folder(), spec);
  folder.pictures[0].file = "https://example.org/x.png";
  folder.pictures[1].error = "\xFF not UTF-8 <b>";
  QVERIFY(bool(write(folder, {.kind = SweepExport::Html, .path = folder.folder + "/index.html"})));
  const std::string page = content(folder.folder + "/index.html");
  std::size_t scripts = 0;
  for (std::size_t at = page.find("<script"); at != page.npos; at = page.find("<script", at + 1))
    ++scripts;
  QCOMPARE(scripts, std::size_t(2));
  QVERIFY(!contains(page, "<!--") && !contains(page, "<img src=x"));
  const auto data = page_data(page);
  QVERIFY(data["title"].toString().contains("</script><script>alert(1)"));
  QCOMPARE(data["pictures"].toArray()[0].toArray()[1].toString(),
           QString("https%3A//example.org/x.png"));
}

void TestSweepExport::page_elsewhere_finds_its_pictures() {
  const std::string parent = new_folder();
  const auto folder = make_sweep(parent + "/my sweep #1", spec_of({{"seed", "1-2"}}));
  std::filesystem::create_directories(parent + "/pages");
  QVERIFY(bool(write(folder, {.kind = SweepExport::Html, .path = parent + "/pages/a.html"})));
  QCOMPARE(page_data(content(parent + "/pages/a.html"))["prefix"].toString(),
           QString("../my%20sweep%20%231/"));
  QVERIFY(bool(write(folder, {.kind = SweepExport::Html, .path = parent + "/a.html"})));
  QCOMPARE(page_data(content(parent + "/a.html"))["prefix"].toString(),
           QString("my%20sweep%20%231/"));
}

void TestSweepExport::table() {
  auto folder = make_sweep(new_folder(), three_axes());
  fail_cell(folder, 1, "the card, \"cuda:0\", has no memory");
  folder.picture_of_cell[2] = -1;
  QVERIFY(bool(write(folder, {.kind = SweepExport::Csv, .path = folder.folder + "/cells.csv"})));
  const auto lines = read_csv(content(folder.folder + "/cells.csv"));
  QCOMPARE(lines.size(), std::size_t(13));
  std::map<std::string, std::size_t> column;
  for (std::size_t i = 0; i < lines[0].size(); ++i) column[lines[0][i]] = i;
  for (const auto& line : lines) QCOMPARE(line.size(), lines[0].size());
  QCOMPARE(lines[0][1], std::string("guidance.seg.sigma"));
  QCOMPARE(lines[0][2], std::string("guidance.seg.scale"));
  QCOMPARE(lines[0][3], std::string("seed"));
  for (const auto& param : job_params(small_catalogue()))
    QVERIFY2(column.contains(param.path), param.path.c_str());
  const auto field = [&](std::size_t cell, const char* name) {
    return lines[cell + 1][column.at(name)];
  };
  QCOMPARE(field(5, "guidance.seg.sigma"), std::string("inf"));
  QCOMPARE(field(5, "guidance.seg.scale"), std::string("3"));
  QCOMPARE(field(11, "seed"), std::string("2"));
  QCOMPARE(field(0, "prompt"), std::string("red apple"));
  QCOMPARE(field(0, "state"), std::string("finished"));
  QCOMPARE(field(0, "file"), std::string("cells/c0.png"));
  QCOMPARE(field(0, "seconds"), std::string("1.5"));
  QCOMPARE(field(0, "row_evaluations"), std::string("75"));
  QCOMPARE(field(0, "twin_distance"), std::string("0.5"));
  QCOMPARE(field(0, "twin_key"), std::string("t0"));
  QCOMPARE(field(1, "state"), std::string("failed"));
  QCOMPARE(field(1, "error"), std::string("the card, \"cuda:0\", has no memory"));
  QCOMPARE(field(1, "seconds"), std::string());
  QCOMPARE(field(2, "state"), std::string("not made"));
}

void TestSweepExport::table_is_safe_in_spreadsheets() {
  const auto folder = make_sweep(
      new_folder(),
      spec_of({{"prompt", "\"=1+1\", \"@x, \\\"y\\\"\\nz\", +2, -3, \"\", \xE7\x8C\xAB"}}));
  QVERIFY(bool(write(folder, {.kind = SweepExport::Csv, .path = folder.folder + "/cells.csv"})));
  const auto lines = read_csv(content(folder.folder + "/cells.csv"));
  const std::vector<std::string> expected{
      "'=1+1", "'@x, \"y\"\nz", "'+2", "'-3", "", "\xE7\x8C\xAB"};
  for (std::size_t i = 0; i < expected.size(); ++i) QCOMPARE(lines[i + 1][1], expected[i]);
}

void TestSweepExport::animation() {
  const auto folder = make_sweep(new_folder(), three_axes());
  ExportOptions options{.kind = SweepExport::Animation,
                        .path = folder.folder + "/sigma.webp",
                        .at = {0, 1, 0},
                        .along = 0,
                        .frames_per_second = 5,
                        .with_labels = false};
  QVERIFY(bool(write(folder, options)));
  auto frames = read_webp(options.path);
  QCOMPARE(frames.width, 32);
  QCOMPARE(frames.height, 32);
  QCOMPARE(frames.ends_ms, (std::vector<int>{200, 400, 600}));
  for (std::size_t i = 0; i < 3; ++i)
    QCOMPARE(pixel(frames.pictures[i], 10, 10), cell_color(3 + i));
  options.with_labels = true;
  QVERIFY(bool(write(folder, options)));
  frames = read_webp(options.path);
  QVERIFY(frames.height > 40);
  QCOMPARE(pixel(frames.pictures[1], 10, 10), cell_color(4));
  QVERIFY(ink_in(frames.pictures[0], 0, 32, 32, frames.height) > 5);
  options.longest_side_px = 16;
  options.with_labels = false;
  QVERIFY(bool(write(folder, options)));
  QCOMPARE(read_webp(options.path).width, 16);
}

void TestSweepExport::animation_of_lost_pictures() {
  auto folder = make_sweep(new_folder(), three_axes());
  fail_cell(folder, 1, "x");
  ExportOptions options{
      .kind = SweepExport::Animation, .path = folder.folder + "/a.webp", .with_labels = false};
  QVERIFY(bool(write(folder, options)));
  const auto frames = read_webp(options.path);
  QCOMPARE(frames.pictures.size(), std::size_t(3));
  QCOMPARE(pixel(frames.pictures[1], 1, 1), (Color{228, 230, 234}));
  for (std::size_t cell = 0; cell < 3; ++cell) fail_cell(folder, cell, "x");
  const auto done = write(folder, options);
  QVERIFY(!done && contains(done.error().message, "nothing to show"));
}

void TestSweepExport::wrong_options_data() {
  QTest::addColumn<int>("kind");
  QTest::addColumn<int>("wrong");
  QTest::addColumn<QString>("says");
  const int grid = static_cast<int>(SweepExport::GridPng),
            html = static_cast<int>(SweepExport::Html),
            animation = static_cast<int>(SweepExport::Animation);
  QTest::newRow("across") << grid << 0
                          << "the axis across is axis 3, which the sweep does not have: its axes "
                             "are 0 (guidance.seg.sigma), 1";
  QTest::newRow("down") << grid << 1 << "the axis down is axis -2";
  QTest::newRow("the same twice") << grid << 2 << "axis 1 is asked for both across and down";
  QTest::newRow("at too short") << grid << 3 << "has 1 numbers, but the sweep has 3 axes";
  QTest::newRow("at too far") << grid << 4 << "axis 2 (seed) has 2 values, so there is none at 7";
  QTest::newRow("longest side") << grid << 5 << "the longest side is below 0";
  QTest::newRow("too small") << grid << 6 << "does not fit 2 pixels";
  QTest::newRow("page across") << html << 0 << "the axis across is axis 3";
  QTest::newRow("page twice") << html << 2 << "axis 1 is asked for both";
  QTest::newRow("along") << animation << 7 << "the axis of the animation is axis 5";
  QTest::newRow("no speed") << animation << 8 << "there are 0 frames a second";
  QTest::newRow("speed that is no number") << animation << 9 << "there are nan frames a second";
}

void TestSweepExport::wrong_options() {
  QFETCH(int, kind);
  QFETCH(int, wrong);
  QFETCH(QString, says);
  const auto folder = make_sweep(new_folder(), three_axes());
  ExportOptions options{.kind = static_cast<SweepExport>(kind), .path = folder.folder + "/out"};
  if (wrong == 0) options.across = 3;
  if (wrong == 1) options.down = -2;
  if (wrong == 2) options.across = 1;
  if (wrong == 3) options.at = {0};
  if (wrong == 4) options.at = {0, 0, 7};
  if (wrong == 5) options.longest_side_px = -1;
  if (wrong == 6) options.longest_side_px = 2;
  if (wrong == 7) options.along = 5;
  if (wrong == 8) options.frames_per_second = 0;
  if (wrong == 9) options.frames_per_second = std::numeric_limits<double>::quiet_NaN();
  const auto done = write(folder, options);
  QVERIFY(!done);
  QCOMPARE(done.error().code, ErrorCode::InvalidArgument);
  QVERIFY2(contains(done.error().message, says.toStdString()), done.error().message.c_str());
  QCOMPARE(files_in(folder.folder), std::set<std::string>{"cells"});
}

void TestSweepExport::stopping_leaves_nothing_data() {
  QTest::addColumn<int>("kind");
  QTest::addColumn<int>("calls");
  for (int kind = 0; kind < 4; ++kind) {
    for (const int calls : {0, 1, 2, 5})
      QTest::addRow("kind %d, call %d", kind, calls) << kind << calls;
  }
}

void TestSweepExport::stopping_leaves_nothing() {
  QFETCH(int, kind);
  QFETCH(int, calls);
  const auto folder = make_sweep(new_folder(), three_axes());
  ExportOptions options{.kind = static_cast<SweepExport>(kind),
                        .path = folder.folder + "/out.file"};
  int called = 0;
  double before = 0;
  bool stopped = false;
  const auto done = export_sweep(folder, small_catalogue(), options, [&](double fraction) {
    if (fraction < before || fraction > 1) throw std::runtime_error("the fraction goes back");
    before = fraction;
    stopped = called++ == calls;
    return !stopped;
  });
  QVERIFY(called > 0);
  QCOMPARE(bool(done), !stopped);
  if (!done)
    QVERIFY2(contains(done.error().message, "stopped before it was finished"),
             done.error().message.c_str());
  QCOMPARE(files_in(folder.folder).contains("out.file"), !stopped);
  QCOMPARE(files_in(folder.folder).size(), std::size_t(stopped ? 1 : 2));
}

void TestSweepExport::no_permission() {
  const auto folder = make_sweep(new_folder(), three_axes());
  for (int kind = 0; kind < 4; ++kind) {
    const auto done = write(
        folder,
        {.kind = static_cast<SweepExport>(kind), .path = folder.folder + "/no/such/folder/x"});
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::Io);
    QVERIFY2(contains(done.error().message, "there is no such file or folder"),
             done.error().message.c_str());
  }
  const auto nothing = write(SweepFolder{}, {.path = folder.folder + "/x"});
  QVERIFY(!nothing && contains(nothing.error().message, "there is no sweep"));
}

QTEST_GUILESS_MAIN(TestSweepExport)
#include "tst_sweep_export.moc"
