// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Pictures from files, to a job's size, and their edges.
#include <ATen/ATen.h>
#include <QtTest>

#include "core/api/picture_crop.h"
#include "core/api/start_params.h"
#include "core/io/files.h"
#include "core/io/picture.h"
#include "core/io/png.h"
#include "core/pipeline/canny.h"
#include "core/pipeline/fitted_picture.h"
#include "core/pipeline/pictures.h"
#include "core/pipeline/seen_picture.h"

#include <QTemporaryDir>

#include <algorithm>
#include <array>
#include <set>

using namespace studio;

namespace {

std::string made(const char* name) { return std::string(STUDIO_TESTS_DIR) + "/core/pictures/" + name; }

std::string bytes_of(const std::string& path) {
  auto content = read_file(path, std::size_t{1} << 20);
  if (!content) qFatal("%s", content.error().message.c_str());
  return content.value();
}

Result<ImageRgb8> decode(const std::string& bytes) {
  return decode_picture({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "x");
}

using Rgb = std::array<int, 3>;
Rgb pixel(const ImageRgb8& image, int x, int y) {
  const std::size_t at = 3 * (static_cast<std::size_t>(y) * image.width_px + x);
  return {image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]};
}

// "R", "G", "B" or "W" for the nearest of the fixture's colours.
char color_of(const Rgb& rgb) {
  if (rgb[0] > 200 && rgb[1] > 200 && rgb[2] > 200) return 'W';
  return rgb[0] > 200 ? 'R' : rgb[1] > 200 ? 'G' : rgb[2] > 200 ? 'B' : '?';
}
// The corners' colours in reading order.
QString corners_of(const ImageRgb8& image) {
  QString text;
  for (const int y : {1, image.height_px - 2}) {
    for (const int x : {1, image.width_px - 2}) text += color_of(pixel(image, x, y));
  }
  return text;
}

// A JPEG with a camera's note about its orientation put in after the file's first marker.
std::string with_orientation(const std::string& jpeg, int orientation, bool is_little) {
  const auto number = [&](int value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (is_little ? i : bytes - 1 - i));
    return text;
  };
  std::string tiff = (is_little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(1, 2);
  tiff += number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + number(0, 2) + number(0, 4);
  const std::string exif = std::string("Exif\0\0", 6) + tiff;
  const auto length = static_cast<int>(exif.size()) + 2;
  const std::string marker = std::string("\xFF\xE1") + static_cast<char>(length >> 8) + static_cast<char>(length & 0xFF) + exif;
  return jpeg.substr(0, 2) + marker + jpeg.substr(2);
}

ImageRgb8 plain(int width, int height, Rgb rgb) {
  ImageRgb8 image{width, height, {}};
  for (int i = 0; i < width * height; ++i) {
    for (const int value : rgb) image.pixels.push_back(static_cast<std::uint8_t>(value));
  }
  return image;
}

// The pictures whose edges OpenCV found: pictures/canny-*.png hold its answers.
ImageRgb8 formula(int kind, int width, int height) {
  ImageRgb8 image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        int value = 255 * ((x / 7 + y / 5 + c) % 2);
        if (kind == 0) value = c == 0 ? x * 5 + y * 3 + (x / 8) * (y / 6) * 17 : c == 1 ? x * x / 7 + y * y / 5 : x * y + 11 * (x / 5);
        if (kind == 1) value = (3 * x * x + 5 * y * y + x * y * (c + 2)) / 9;
        image.pixels.push_back(static_cast<std::uint8_t>(value % 256));
      }
    }
  }
  return image;
}

}  // namespace

class TestPicture : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void orientations_data() {
    QTest::addColumn<int>("orientation");
    QTest::addColumn<QString>("corners");
    const char* const expected[] = {"RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB"};
    for (int orientation = 1; orientation <= 8; ++orientation) {
      QTest::addRow("orientation %d", orientation) << orientation << QString(expected[orientation - 1]);
    }
    QTest::newRow("none that exists") << 9 << "RGBW";
    QTest::newRow("zero") << 0 << "RGBW";
  }
  void orientations() {
    QFETCH(int, orientation);
    QFETCH(QString, corners);
    for (const bool is_little : {false, true}) {
      const auto image = decode(with_orientation(bytes_of(made("corners.jpg")), orientation, is_little));
      QVERIFY2(image, image ? "" : image.error().message.c_str());
      QCOMPARE(corners_of(image.value()), corners);
      const bool swaps = orientation >= 5 && orientation <= 8;
      QCOMPARE(image.value().width_px, swaps ? 16 : 24);
      QCOMPARE(image.value().height_px, swaps ? 24 : 16);
    }
  }

  void formats() {
    const auto jpeg = read_picture(made("corners.jpg"));
    QVERIFY(jpeg);
    QCOMPARE(corners_of(jpeg.value()), QString("RGBW"));
    const auto grey = read_picture(made("grey.jpg"));
    QVERIFY(grey);
    const Rgb dark = pixel(grey.value(), 2, 2);
    QVERIFY(dark[0] == dark[1] && dark[1] == dark[2] && std::abs(dark[0] - 76) < 8);
    // Transparent red becomes white, half transparent blue pale.
    const auto webp = read_picture(made("corners.webp"));
    QVERIFY(webp);
    QCOMPARE(pixel(webp.value(), 1, 1), (Rgb{255, 255, 255}));
    QCOMPARE(pixel(webp.value(), 20, 1), (Rgb{0, 255, 0}));
    QCOMPARE(pixel(webp.value(), 1, 14), (Rgb{127, 127, 255}));
    QTemporaryDir folder;
    const std::string path = folder.filePath("wrong-ending.jpg").toStdString();
    QVERIFY(write_png(path, webp.value()));
    const auto png = read_picture(path);
    QVERIFY(png && png.value().pixels == webp.value().pixels);
  }

  void bad_files_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const std::string& bytes, const char* says) {
      QTest::newRow(name) << QByteArray(bytes.data(), static_cast<int>(bytes.size())) << QString(says);
    };
    const std::string jpeg = bytes_of(made("corners.jpg")), webp = bytes_of(made("corners.webp"));
    row("empty", "", "the file is empty");
    row("text", "hello, this is text", "only PNG, JPEG and WebP are read");
    row("for printing", bytes_of(made("cmyk.jpg")), "CMYK");
    row("animation", bytes_of(made("animation.webp")), "animation");
    row("JPEG cut off", jpeg.substr(0, jpeg.size() - 40), "the JPEG file is damaged");
    row("JPEG beginning alone", jpeg.substr(0, 3), "the JPEG file is damaged");
    row("WebP cut off", webp.substr(0, webp.size() - 20), "WebP file is");
    row("WebP beginning alone", webp.substr(0, 14), "the WebP file is cut off");
    row("PNG cut off", bytes_of(made("canny-0.png")).substr(0, 60), "PNG");
    std::string huge = jpeg;  // its size made 65,500 x 65,500
    const std::size_t frame = huge.find("\xFF\xC0");
    QVERIFY(frame != std::string::npos);
    huge.replace(frame + 5, 4, "\xFF\xDC\xFF\xDC");
    row("too large", huge, "65500 x 65500");
  }
  void bad_files() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, says);
    const auto image = decode(bytes.toStdString());
    QVERIFY(!image);
    QCOMPARE(image.error().code, ErrorCode::BadFile);
    QVERIFY2(image.error().message.find(says.toStdString()) != std::string::npos, image.error().message.c_str());
  }

  // Whatever is changed in a file, it is a picture or a sentence.
  void damaged_at_every_byte() {
    int pictures = 0, sentences = 0;
    for (const char* name : {"corners.jpg", "corners.webp", "canny-0.png"}) {
      const std::string sound = bytes_of(made(name));
      for (std::size_t at = 0; at < sound.size(); ++at) {
        std::string bytes = sound;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x5A);
        const auto image = decode(bytes);
        (image ? pictures : sentences) += 1;
        if (image) QCOMPARE(image.value().pixels.size(), std::size_t{3} * image.value().width_px * image.value().height_px);
      }
    }
    QVERIFY(pictures > 100 && sentences > 100);
  }

  void missing_file_and_folder() {
    const auto missing = read_picture("no/such.png");
    QVERIFY(!missing && missing.error().code == ErrorCode::Io);
    QVERIFY(missing.error().message.find("no/such.png") != std::string::npos);
    QVERIFY(!read_picture(STUDIO_TESTS_DIR));
  }

  void edges_equal_opencv_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::newRow("slopes") << 0 << 61 << 40 << 100.0 << 200.0;
    QTest::newRow("waves") << 1 << 33 << 50 << 0.0 << 255.0;
    QTest::newRow("steps, thresholds the other way round") << 2 << 48 << 31 << 250.0 << 30.0;
  }
  void edges_equal_opencv() {
    QFETCH(int, kind);
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(double, low);
    QFETCH(double, high);
    const auto expected = read_png(made(("canny-" + std::to_string(kind) + ".png").c_str()));
    QVERIFY(expected);
    const ImageRgb8 edges = canny_edges(formula(kind, width, height), low, high);
    QCOMPARE(edges.width_px, expected.value().width_px);
    QVERIFY(edges.pixels == expected.value().pixels);
    QVERIFY(std::set<int>(edges.pixels.begin(), edges.pixels.end()) == (std::set<int>{0, 255}));
  }
  void edges_of_nothing() {
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {9, 1}}) {
      const ImageRgb8 edges = canny_edges(plain(width, height, {9, 9, 9}), 0, 0);
      QCOMPARE(edges.pixels.size(), std::size_t{3} * width * height);
      QVERIFY(std::all_of(edges.pixels.begin(), edges.pixels.end(), [](int value) { return value == 0; }));
    }
  }

  void a_picture_of_the_size_stays_as_it_is() {
    const ImageRgb8 picture = formula(1, 32, 48);
    QVERIFY(to_image(fit_picture(picture, 32, 48)[0]).pixels == picture.pixels);
  }
  void fitting_fills_and_crops_around_the_middle_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    for (const auto& [width, height] : {std::pair{300, 100}, {100, 300}, {30, 10}, {1, 1}, {4000, 1}, {1, 4000}, {33, 31}}) {
      QTest::addRow("%d x %d", width, height) << width << height;
    }
  }
  void fitting_fills_and_crops_around_the_middle() {
    QFETCH(int, width);
    QFETCH(int, height);
    // Green in the middle square, red elsewhere: only green may be left.
    ImageRgb8 picture = plain(width, height, {255, 0, 0});
    const int side = std::min(width, height);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const bool is_middle = std::abs(2 * x + 1 - width) <= side && std::abs(2 * y + 1 - height) <= side;
        if (!is_middle) continue;
        picture.pixels[3 * (static_cast<std::size_t>(y) * width + x)] = 0;
        picture.pixels[3 * (static_cast<std::size_t>(y) * width + x) + 1] = 255;
      }
    }
    const at::Tensor fitted = fit_picture(picture, 64, 64);
    QCOMPARE(fitted.sizes(), at::IntArrayRef({1, 3, 64, 64}));
    const double green = fitted.select(1, 1).mean().item<double>();
    const bool is_odd = (width - height) % 2 != 0;  // the middle is between two pixels
    QVERIFY2(green >= (is_odd ? 0.9 : 1.0), qPrintable(QString::number(green)));
    QVERIFY(fitted.min().item<double>() >= 0 && fitted.max().item<double>() <= 1);
  }

  void masks_follow_their_picture() {
    // Left half white; the picture is wide and loses a quarter on each side, so half of what is left is white.
    ImageRgb8 mask = plain(40, 40, {0, 0, 0});
    for (int y = 0; y < 40; ++y) std::fill_n(mask.pixels.begin() + 3 * 40 * y, 3 * 20, std::uint8_t{255});
    const at::Tensor fitted = fit_mask(mask, plain(200, 100, {0, 0, 0}), 64, 64);
    QVERIFY(at::equal(fitted.narrow(3, 0, 32), at::ones({1, 1, 64, 32})));
    QVERIFY(at::equal(fitted.narrow(3, 32, 32), at::zeros({1, 1, 64, 32})));
    const at::Tensor cells = latent_mask(fitted.roll(1, 3), 8);
    QCOMPARE(cells.sizes(), at::IntArrayRef({1, 1, 8, 8}));
    QVERIFY(at::equal(cells[0][0][3], at::tensor({1, 1, 1, 1, 1, 0, 0, 0}).to(at::kBool)));
  }
  void soft_edges_end() {
    at::Tensor mask = at::zeros({1, 1, 40, 60});
    mask.narrow(3, 0, 30).fill_(1);
    QVERIFY(at::equal(soften_mask(mask, 0), mask));
    const at::Tensor soft = soften_mask(mask, 3);
    QVERIFY(at::equal(soft.narrow(3, 0, 21), at::ones({1, 1, 40, 21})));
    QVERIFY(at::equal(soft.narrow(3, 39, 21), at::zeros({1, 1, 40, 21})));
    const at::Tensor edge = soft[0][0][20].narrow(0, 21, 18);
    QVERIFY(edge.diff().le(0).all().item<bool>() && edge.min().item<double>() >= 0);
    QVERIFY(std::abs(soft[0][0][20][29].item<double>() + soft[0][0][20][30].item<double>() - 1) < 1e-5);
    QVERIFY(at::isfinite(soften_mask(mask, 64)).all().item<bool>());  // wider than the picture
  }

  void first_steps_data() {
    QTest::addColumn<int>("steps");
    QTest::addColumn<double>("strength");
    QTest::addColumn<int>("first");
    QTest::newRow("nothing") << 25 << 0.0 << 25;
    QTest::newRow("all") << 25 << 1.0 << 0;
    QTest::newRow("usual") << 25 << 0.8 << 5;
    QTest::newRow("rounded down") << 10 << 0.55 << 5;
    QTest::newRow("too little for a step") << 4 << 0.2 << 4;
    QTest::newRow("not 28.99") << 100 << 0.29 << 71;
    QTest::newRow("one step") << 1 << 0.9 << 1;
  }
  void first_steps() {
    QFETCH(int, steps);
    QFETCH(double, strength);
    QFETCH(int, first);
    QCOMPARE(first_step_of(steps, strength), first);
  }

  // What is painted in a mask's place reaches the job pixel by pixel.
  void masksLieWhereTheyArePainted_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("job_width");
    QTest::addColumn<int>("job_height");
    const std::array<std::array<int, 4>, 9> sizes{{{64, 64, 64, 64},
                                                    {1500, 1000, 64, 64},
                                                    {1000, 1503, 64, 64},
                                                    {65, 64, 64, 64},
                                                    {64, 65, 128, 128},
                                                    {333, 77, 96, 40},
                                                    {31, 517, 40, 96},
                                                    {3, 2, 64, 64},
                                                    {1, 700, 64, 64}}};
    for (const auto& [width, height, job_width, job_height] : sizes)
      QTest::addRow("%d x %d in %d x %d", width, height, job_width, job_height) << width << height << job_width << job_height;
  }
  void masksLieWhereTheyArePainted() {
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(int, job_width);
    QFETCH(int, job_height);
    const MaskPlace place = mask_place(width, height, job_width, job_height);
    QCOMPARE(place.part.width, job_width);
    QCOMPARE(place.part.height, job_height);
    QVERIFY(place.part.x >= 0 && place.part.x + job_width <= place.width);
    QVERIFY(place.part.y >= 0 && place.part.y + job_height <= place.height);
    ImageRgb8 whole{static_cast<int>(place.width), static_cast<int>(place.height), {}};
    whole.pixels.assign(3 * static_cast<std::size_t>(place.width * place.height), 0);
    const at::Tensor painted = at::rand({job_height, job_width}).ge(0.5).to(at::kFloat);
    for (int y = 0; y < job_height; ++y) {
      for (int x = 0; x < job_width; ++x) {
        const auto at = 3 * static_cast<std::size_t>((place.part.y + y) * place.width + place.part.x + x);
        std::fill_n(whole.pixels.begin() + static_cast<std::ptrdiff_t>(at), 3, painted[y][x].item<float>() > 0 ? 255 : 0);
      }
    }
    ImageRgb8 picture{width, height, {}};
    picture.pixels.assign(3 * static_cast<std::size_t>(width) * height, 90);
    QVERIFY(at::equal(fit_mask(whole, picture, job_width, job_height)[0][0], painted));
  }

  void jobsSeeTheirPictures() {
    const QTemporaryDir folder;
    const std::string file = folder.filePath("picture.png").toStdString(), mask = folder.filePath("mask.png").toStdString();
    ImageRgb8 image{90, 60, {}};
    for (int i = 0; i < 90 * 60; ++i) {
      for (const int value : {i % 90 * 2, i / 90 * 4, i % 90 < 45 ? 0 : 200}) image.pixels.push_back(static_cast<std::uint8_t>(value));
    }
    ImageRgb8 half{90, 60, {}};
    for (int i = 0; i < 90 * 60; ++i) half.pixels.insert(half.pixels.end(), 3, i % 90 < 45 ? 0 : 255);
    QVERIFY(bool(write_png(file, image, {})));
    QVERIFY(bool(write_png(mask, half, {})));
    GenerationRequest request;
    request.width_px = request.height_px = 48;
    QVERIFY(!see_picture(request, "start.image"));
    request.sections = {{"start.image", file}, {"start.mask", mask}, {"control.image", file}};
    const auto start = see_picture(request, "start.image");
    QVERIFY2(bool(start), start ? "" : start.error().message.c_str());
    QCOMPARE(start.value().file_width_px, 90);
    QCOMPARE(start.value().file_height_px, 60);
    QVERIFY(start.value().image.pixels == to_image(fit_picture(image, 48, 48)[0]).pixels);
    const auto seen_mask = see_picture(request, "start.mask");
    QVERIFY(bool(seen_mask));
    QVERIFY(seen_mask.value().image.pixels == to_image(fit_mask(half, image, 48, 48)[0].expand({3, -1, -1})).pixels);
    const auto map = see_picture(request, "control.image");
    QVERIFY(bool(map));
    QVERIFY(map.value().image.pixels == start.value().image.pixels);
    request.sections["control.kind"] = std::string("canny");
    request.sections["control.canny_low"] = 40.0;
    const auto edges = see_picture(request, "control.image");
    QVERIFY(bool(edges));
    QVERIFY(edges.value().image.pixels == canny_edges(start.value().image, 40, 200).pixels);
    QVERIFY(edges.value().image.pixels != map.value().image.pixels);
    for (const char* path : {"start.strength", "start.nothing", "prompt"}) QVERIFY2(!see_picture(request, path), path);
    request.sections["control.image"] = std::string("nowhere.png");
    const auto missing = see_picture(request, "control.image");
    QVERIFY(!missing);
    QVERIFY2(missing.error().message.starts_with("control.image: "), missing.error().message.c_str());
  }
};

QTEST_GUILESS_MAIN(TestPicture)
#include "tst_picture.moc"
