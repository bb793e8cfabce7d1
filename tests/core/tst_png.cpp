// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// PNG files: pixels and texts there and back, colour types, damage, and the job inside.
#include "core/io/files.h"
#include "core/io/png.h"
#include "core/io/request_json.h"
#include "tests/support/small_catalogue.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <zlib.h>

using namespace studio;
using testing::small_catalogue;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

ImageRgb8 noise(int width, int height) {
  ImageRgb8 image{width, height, {}};
  std::uint32_t state = 7;
  for (int i = 0; i < 3 * width * height; ++i) {
    state = state * 1664525 + 1013904223;
    image.pixels.push_back(static_cast<std::uint8_t>(state >> 24));
  }
  return image;
}

std::string u32(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}
std::string chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  return u32(static_cast<std::uint32_t>(data.size())) + body +
         u32(static_cast<std::uint32_t>(
             crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size())));
}
std::string deflated(const std::string& data) {
  std::string packed(compressBound(data.size()), '\0');
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()),
           &size,
           reinterpret_cast<const Bytef*>(data.data()),
           data.size());
  packed.resize(size);
  return packed;
}
const std::string kSignature("\x89PNG\r\n\x1A\n", 8);
const std::string kEnd = chunk("IEND", "");
std::string header(std::uint32_t width, std::uint32_t height, int depth, int colour) {
  return chunk("IHDR",
               u32(width) + u32(height) +
                   std::string{static_cast<char>(depth), static_cast<char>(colour), 0, 0, 0});
}
// One picture of one row.
std::string one_row(
    int width, int depth, int colour, const std::string& row, const std::string& extra = "") {
  return kSignature + header(width, 1, depth, colour) + extra +
         chunk("IDAT", deflated(std::string(1, '\0') + row)) + kEnd;
}
std::string with_text(const std::string& text_chunk) {
  return kSignature + header(1, 1, 8, 2) + text_chunk +
         chunk("IDAT", deflated(std::string(4, '\0'))) + kEnd;
}
Result<std::vector<PngText>> texts_of(const std::string& file) {
  return parse_png_texts({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()},
                         "x.png");
}
Result<ImageRgb8> decoded(const std::string& file) {
  return decode_png({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, "x.png");
}

}  // namespace

class TestPng : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir folder_;
  std::string path(const char* name = "x.png") const {
    return folder_.filePath(name).toStdString();
  }

 private Q_SLOTS:
  void pixels_there_and_back_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::newRow("one pixel") << 1 << 1;
    QTest::newRow("row") << 301 << 1;
    QTest::newRow("column") << 1 << 301;
    QTest::newRow("picture") << 128 << 77;
  }
  void pixels_there_and_back() {
    QFETCH(int, width);
    QFETCH(int, height);
    const ImageRgb8 image = noise(width, height);
    QVERIFY(bool(write_png(path(), image, {{"parameters", "a"}})));
    const auto back = read_png(path());
    QVERIFY2(bool(back), back ? "" : back.error().message.c_str());
    QCOMPARE(back.value().width_px, width);
    QCOMPARE(back.value().height_px, height);
    QVERIFY(back.value().pixels == image.pixels);
  }
  void texts_there_and_back_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("plain") << QByteArray("red apple");
    QTest::newRow("empty") << QByteArray("");
    QTest::newRow("lines") << QByteArray("a\nNegative prompt: b\n\nSteps: 1\n");
    QTest::newRow("Latin-1") << QByteArray("caf\xC3\xA9 \xC2\xA0 \xC3\xBF");
    QTest::newRow("control characters") << QByteArray("a\tb\r\nc\x01\xC2\x85");
    QTest::newRow("beyond Latin-1") << QByteArray("\xE6\x97\xA5 \xF0\x9F\x98\x80 \xC4\x80");
    QTest::newRow("long") << QByteArray(60000, 'x');
  }
  void texts_there_and_back() {
    QFETCH(QByteArray, text);
    const std::vector<PngText> texts = {{"parameters", text.toStdString()}, {"seg-studio", "{}"}};
    QVERIFY(bool(write_png(path(), noise(4, 4), texts)));
    const auto back = read_png_texts(path());
    QVERIFY2(bool(back), back ? "" : back.error().message.c_str());
    QVERIFY(back.value() == texts);
    QVERIFY(bool(read_png(path())));  // libpng agrees with the chunks
  }

  void colour_types_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("pixels");
    const auto row = [](const char* name, const std::string& file, const std::string& pixels) {
      QTest::newRow(name) << QByteArray::fromStdString(file) << QByteArray::fromStdString(pixels);
    };
    const std::string palette = chunk("PLTE", std::string("\x01\x02\x03\x04\x05\x06", 6));
    row("RGB", one_row(2, 8, 2, "abcdef"), "abcdef");
    row("grey", one_row(2, 8, 0, "a\x80"), "aaa\x80\x80\x80");
    row("grey, 1 bit", one_row(2, 1, 0, "\x40"), std::string("\0\0\0\xFF\xFF\xFF", 6));
    row("16 bits", one_row(1, 16, 2, "\x10\x10\x20\x20\x30\x30"), "\x10\x20\x30");
    row("palette", one_row(2, 8, 3, std::string("\1\0", 2), palette), "\x04\x05\x06\x01\x02\x03");
    row("clear is white", one_row(1, 8, 6, std::string("\x10\x20\x30\0", 4)), "\xFF\xFF\xFF");
    row("opaque", one_row(1, 8, 6, "\x10\x20\x30\xFF"), "\x10\x20\x30");
    row("clear grey",
        one_row(2, 8, 4, std::string("\x10\0\x20\xFF", 4)),
        "\xFF\xFF\xFF\x20\x20\x20");
    row("clear palette",
        one_row(1, 8, 3, std::string(1, '\0'), palette + chunk("tRNS", std::string(1, '\0'))),
        "\xFF\xFF\xFF");
  }
  void colour_types() {
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, pixels);
    const auto image = decoded(file.toStdString());
    QVERIFY2(bool(image), image ? "" : image.error().message.c_str());
    QCOMPARE(QByteArray(reinterpret_cast<const char*>(image.value().pixels.data()),
                        image.value().pixels.size()),
             pixels);
  }

  void other_text_chunks_data() {
    QTest::addColumn<QByteArray>("chunk");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char* name, const std::string& chunk_bytes, const char* text) {
      QTest::newRow(name) << QByteArray::fromStdString(chunk_bytes) << QByteArray(text);
    };
    row("tEXt", chunk("tEXt", std::string("k\0a\xE9", 4)), "a\xC3\xA9");
    row("zTXt", chunk("zTXt", std::string("k\0\0", 3) + deflated("a\xE9")), "a\xC3\xA9");
    row("iTXt", chunk("iTXt", std::string("k\0\0\0de\0K\0", 9) + "\xE6\x97\xA5"), "\xE6\x97\xA5");
    row("iTXt, compressed",
        chunk("iTXt", std::string("k\0\1\0\0\0", 6) + deflated("\xE6\x97\xA5")),
        "\xE6\x97\xA5");
  }
  void other_text_chunks() {
    QFETCH(QByteArray, chunk);
    QFETCH(QByteArray, text);
    const auto texts = texts_of(with_text(chunk.toStdString()));
    QVERIFY2(bool(texts), texts ? "" : texts.error().message.c_str());
    QCOMPARE(texts.value(), (std::vector<PngText>{{"k", text.toStdString()}}));
  }

  void damaged_text_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const std::string& file, const char* says) {
      QTest::newRow(name) << QByteArray::fromStdString(file) << says;
    };
    row("empty", "", "not a PNG");
    row("other file", "GIF89a..........", "not a PNG");
    row("cut off in a chunk", with_text("").substr(0, 40), "cut off");
    row("length past end",
        kSignature + header(1, 1, 8, 2) + u32(0x7FFFFFFF) + "tEXt" + std::string(8, 'x'),
        "cut off");
    row("length of all ones", kSignature + u32(~0u) + "tEXt" + std::string(8, 'x'), "cut off");
    std::string wrong_sum = chunk("tEXt", std::string("k\0a", 3));
    wrong_sum.back() ^= 1;
    row("wrong checksum", with_text(wrong_sum), "checksum");
    row("no keyword end", with_text(chunk("tEXt", "key")), "damaged");
    row("empty keyword", with_text(chunk("tEXt", std::string("\0a", 2))), "damaged");
    row("empty chunk", with_text(chunk("iTXt", "")), "damaged");
    row("unknown compression", with_text(chunk("zTXt", std::string("k\0\1abc", 6))), "damaged");
    row("broken compression", with_text(chunk("zTXt", std::string("k\0\0abc", 6))), "damaged");
    row("compression cut off",
        with_text(chunk("zTXt", std::string("k\0\0", 3) + deflated("aaaaaaa").substr(0, 6))),
        "damaged");
    row("iTXt flag", with_text(chunk("iTXt", std::string("k\0\7\0\0\0a", 7))), "damaged");
    row("iTXt without language", with_text(chunk("iTXt", std::string("k\0\0\0de", 6))), "damaged");
    row("iTXt not UTF-8", with_text(chunk("iTXt", std::string("k\0\0\0\0\0\xFF", 7))), "damaged");
    row("inflates beyond bounds",
        with_text(chunk("zTXt", std::string("k\0\0", 3) + deflated(std::string(17 << 20, 'x')))),
        "too long");
  }
  void damaged_text() {
    QFETCH(QByteArray, file);
    QFETCH(QString, says);
    const auto texts = texts_of(file.toStdString());
    QVERIFY(!texts);
    QCOMPARE(texts.error().code, ErrorCode::BadFile);
    QVERIFY2(contains(texts.error().message, says.toStdString()), texts.error().message.c_str());
  }
  void damaged_pixels_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const std::string& file, const char* says) {
      QTest::newRow(name) << QByteArray::fromStdString(file) << says;
    };
    row("empty", "", "not a PNG");
    row("only the signature", kSignature, "cut off");
    row("no header", kSignature + chunk("IDAT", std::string(30, 'x')), "damaged");
    row("zero width", kSignature + header(0, 1, 8, 2) + kEnd, "damaged");
    row("too wide", kSignature + header(32769, 1, 8, 2) + kEnd, "32769 x 1");
    row("too large", kSignature + header(32768, 32768, 8, 2) + kEnd, "512 MiB");
    row("negative size", kSignature + header(~0u, ~0u, 8, 2) + kEnd, "at most");
    row("unknown colour type", kSignature + header(1, 1, 8, 5) + kEnd, "damaged");
    row("unknown depth", kSignature + header(1, 1, 7, 2) + kEnd, "damaged");
    row("no pixels", kSignature + header(1, 1, 8, 2) + kEnd, "damaged");
    row("pixels cut off",
        kSignature + header(100, 100, 8, 2) + chunk("IDAT", deflated("abc")) + kEnd,
        "damaged");
    row("pixels are no deflate",
        kSignature + header(1, 1, 8, 2) + chunk("IDAT", "abc") + kEnd,
        "damaged");
    row("palette missing",
        kSignature + header(1, 1, 8, 3) + chunk("IDAT", deflated("ab")) + kEnd,
        "damaged");
  }
  void damaged_pixels() {
    QFETCH(QByteArray, file);
    QFETCH(QString, says);
    const auto image = decoded(file.toStdString());
    QVERIFY(!image);
    QCOMPARE(image.error().code, ErrorCode::BadFile);
    QVERIFY2(contains(image.error().message, says.toStdString()), image.error().message.c_str());
  }
  // Every cut and every changed byte of a small file: an answer each time.
  void any_damage_gives_an_answer() {
    QVERIFY(bool(
        write_png(path(), noise(5, 5), {{"parameters", "a\nb"}, {"seg-studio", "\xE6\x97\xA5"}})));
    const std::string good = read_file(path(), 1 << 20).value();
    int readable = 0;
    for (std::size_t i = 0; i < good.size(); ++i) {
      QVERIFY(!decoded(good.substr(0, i)) || i + 12 >= good.size());
      std::string changed = good;
      for (const int flip : {0x01, 0x80, 0xFF}) {
        changed[i] = static_cast<char>(good[i] ^ flip);
        readable += decoded(changed) ? 1 : 0;
        readable += texts_of(changed) ? 1 : 0;
      }
    }
    QVERIFY(readable < 6 * static_cast<int>(good.size()));
  }

  void unwritable_data() {
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("says");
    QTest::newRow("missing folder") << "absent/x.png"
                                    << "no such file or folder";
    QTest::newRow("folder") << "."
                            << "folder";
    QTest::newRow("below a file") << "file/x.png"
                                  << "not a folder";
    QTest::newRow("name too long") << QString(5000, 'x') << "too long";
  }
  void unwritable() {
    QFETCH(QString, target);
    QFETCH(QString, says);
    std::ofstream(path("file")) << "x";
    const auto done = write_png(path(qPrintable(target)), noise(4, 4));
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::Io);
    QVERIFY2(contains(done.error().message, says.toStdString()), done.error().message.c_str());
    QVERIFY(QDir(folder_.path()).entryList({".seg-*"}, QDir::Hidden | QDir::Files).isEmpty());
  }
  // A limit on file sizes stands in for a full disk: writing fails half way.
  void a_write_that_fails_half_way() {
    const ImageRgb8 small = noise(2, 2);
    QVERIFY(bool(write_png(path("kept.png"), small)));
    struct rlimit before {};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit { 4096, before.rlim_max };
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto done = write_png(path("kept.png"), noise(100, 100));
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::Io);
    QVERIFY2(contains(done.error().message, "larger than this system allows"),
             done.error().message.c_str());
    QVERIFY(QDir(folder_.path()).entryList({".seg-*"}, QDir::Hidden | QDir::Files).isEmpty());
    QVERIFY(read_png(path("kept.png")).value().pixels == small.pixels);  // the old file is whole
  }
  void pixels_that_do_not_fit() {
    QVERIFY(!write_png(path(), {2, 2, {1, 2, 3}}));
    QVERIFY(!write_png(path(), {0, 0, {}}));
    QVERIFY(!write_png(path(), {-1, -1, {1, 2, 3}}));
    QVERIFY(!write_png(path(), noise(1, 1), {{"", "x"}}));
    QVERIFY(!write_png(path(), noise(1, 1), {{"k", "\xFF"}}));
  }

  void parameters_line() {
    GenerationRequest request;
    request.prompts = {"red apple, shiny"};
    request.negative_prompt = "blurry";
    request.seed = 11;
    request.width_px = request.height_px = 128;
    request.guidance = {{"cfg.scale", 4.0}, {"seg.layers", std::string("d2,m1")}};
    QCOMPARE(a1111_parameters(request, small_catalogue()),
             std::string("red apple, shiny\nNegative prompt: blurry\nSteps: 25, Sampler: Euler, "
                         "CFG scale: 4, Seed: 11, "
                         "Size: 128x128, Model: emoji-sdxl, SEG scale: 3, SEG blur sigma: inf, SEG "
                         "layers: \"d2,m1\", "
                         "SEG start: 0, SEG stop: 1, SEG every: 1, SEG exact: false, Version: SEG "
                         "Studio 0.1.0"));
    request.guidance["seg.scale"] = 0.0;
    request.negative_prompt.reset();
    request.model = "/data/somebody/models/my model.safetensors";
    request.sigmas = "karras";
    request.sampler = "dpmpp_2m";
    QCOMPARE(a1111_parameters(request, small_catalogue()),
             std::string("red apple, shiny\nSteps: 25, Sampler: DPM++ 2M, Schedule type: Karras, "
                         "CFG scale: 4, Seed: 11, "
                         "Size: 128x128, Model: my model, Version: SEG Studio 0.1.0"));
  }
  void job_there_and_back() {
    GenerationRequest request;
    request.prompts = {"\xE6\x97\xA5\xF0\x9F\x98\x80\n\"x\"", "second"};
    request.negative_prompt = "";
    request.seed = 9223372036854775807;
    request.guidance["seg.sigma"] = 0.1;
    QVERIFY(bool(write_png(path(), noise(8, 8), job_texts(request, small_catalogue(), "abc", 1))));
    const auto back = request_from_png(path(), small_catalogue());
    QVERIFY2(bool(back), back ? "" : back.error().message.c_str());
    QCOMPARE(request_to_json(back.value(), small_catalogue()),
             request_to_json(request, small_catalogue()));
    const auto texts = read_png_texts(path()).value();
    QVERIFY(texts[0].text.starts_with("second\n"));
    QVERIFY(contains(texts[1].text,
                     "\"image\":1,\"model_hash\":\"abc\",\"program\":\"SEG Studio 0.1.0\""));
  }
  void no_job_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("says");
    QTest::newRow("no chunk") << QByteArray() << "was not made by SEG Studio";
    QTest::newRow("no JSON") << QByteArray("x") << "not valid JSON";
    QTest::newRow("no job") << QByteArray("{}") << "no \"job\"";
    QTest::newRow("a list") << QByteArray("[]") << "no \"job\"";
    QTest::newRow("newer job") << QByteArray(R"({"job":{"format":"seg-studio/job","version":9}})")
                               << "newer version";
    QTest::newRow("bad job") << QByteArray(
                                    R"({"job":{"format":"seg-studio/job","version":1,"steps":0}})")
                             << "steps is 0";
  }
  void no_job() {
    QFETCH(QByteArray, text);
    QFETCH(QString, says);
    std::vector<PngText> texts;
    if (!text.isEmpty()) texts.push_back({"seg-studio", text.toStdString()});
    QVERIFY(bool(write_png(path(), noise(2, 2), texts)));
    const auto request = request_from_png(path(), small_catalogue());
    QVERIFY(!request);
    QVERIFY2(contains(request.error().message, says.toStdString()),
             request.error().message.c_str());
    QVERIFY2(contains(request.error().message, "x.png"), request.error().message.c_str());
  }
};

QTEST_GUILESS_MAIN(TestPng)
#include "tst_png.moc"
