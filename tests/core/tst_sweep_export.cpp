// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep's folder as page, table and animation, read back; wrong options and stopping of all
// exports.
#include "tests/support/made_sweep.h"

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

}  // namespace

class TestSweepExport : public QObject {
  Q_OBJECT

  QTemporaryDir temporary_;
  int made_ = 0;

  std::string new_folder() { return temporary_.filePath(QString::number(++made_)).toStdString(); }
  Result<void> write(const SweepFolder& folder, const ExportOptions& options) {
    return export_sweep(folder, small_catalogue(), options, {});
  }

 private Q_SLOTS:
  void page_data_is_complete();
  void page_is_safe_against_hostile_prompts();
  void page_elsewhere_finds_its_pictures();
  void page_names_presets();
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

void TestSweepExport::page_names_presets() {
  SweepSpec spec = spec_of({});
  for (const double scale : {1.0, 3.0}) {
    GenerationRequest job = spec.base;
    job.guidance["seg.scale"] = scale;
    spec.listed.push_back(job);
  }
  const auto folder = make_sweep(new_folder(), spec);
  const auto axis = [&](std::vector<std::string> names) {
    const std::string path = folder.folder + "/index.html";
    if (!write(folder, {.kind = SweepExport::Html, .path = path, .job_names = std::move(names)})) return QJsonObject();
    return page_data(content(path))["axes"].toArray()[0].toObject();
  };
  QCOMPARE(axis({})["name"].toString(), QString("Job"));
  QCOMPARE(axis({})["labels"].toArray(), (QJsonArray{"1", "2"}));
  QCOMPARE(axis({"Soft </script>"})["name"].toString(), QString("Preset"));
  QCOMPARE(axis({"Soft </script>"})["labels"].toArray(), (QJsonArray{"Soft </script>", "2"}));
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
