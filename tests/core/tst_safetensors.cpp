// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The safetensors reader: values, lifetimes, and one row for every defect a file can have.
#include "core/weights/safetensors.h"

#include <ATen/ATen.h>
#include <QTemporaryDir>
#include <QTest>

#include <cstring>
#include <fstream>
#include <sys/stat.h>

using namespace studio;

namespace {

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string file(8, '\0');
  for (int i = 0; i < 8; ++i) file[i] = static_cast<char>(length >> (8 * i));
  return file + rest;
}
std::string file_of(const std::string& header, std::size_t data_bytes = 0) {
  return with_length(header.size(), header + std::string(data_bytes, '\1'));
}
std::string one(const std::string& fields) { return "{\"x\":{" + fields + "}}"; }

}  // namespace

class TestSafetensors : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir folder_;
  std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }
  std::string write(const std::string& content) const {
    std::ofstream(path("x.safetensors"), std::ios::binary) << content;
    return path("x.safetensors");
  }

 private Q_SLOTS:
  void round_trip_data() {
    QTest::addColumn<int>("dtype");
    for (const auto dtype : {at::kDouble,
                             at::kFloat,
                             at::kHalf,
                             at::kBFloat16,
                             at::kLong,
                             at::kInt,
                             at::kChar,
                             at::kByte,
                             at::kBool,
                             at::kFloat8_e4m3fn,
                             at::kFloat8_e5m2}) {
      QTest::newRow(std::string(safetensors_dtype(dtype)).c_str()) << static_cast<int>(dtype);
    }
  }
  void round_trip() {
    QFETCH(int, dtype);
    const auto type = static_cast<at::ScalarType>(dtype);
    const at::Tensor a = at::arange(12, at::kFloat).view({3, 4}).t().to(type);
    const at::Tensor b = at::ones({}, at::kByte);  // puts the next tensor off its alignment
    const at::Tensor c = at::arange(5, at::kFloat).to(type);
    const at::Tensor none = at::empty({0, 7}, type);
    QVERIFY(bool(write_safetensors(
        path("r"), {{"z", a}, {"b", b}, {"c", c}, {"none", none}}, {{"k", "v\n"}})));
    auto file = SafetensorsFile::open(path("r"));
    QVERIFY2(bool(file), file ? "" : file.error().message.c_str());
    QCOMPARE(file.value()->entries().front().name, std::string("z"));  // the file's own order
    QCOMPARE(file.value()->metadata().at("k"), std::string("v\n"));
    QVERIFY(file.value()->tensor("z").view(at::kByte).equal(a.contiguous().view(at::kByte)));
    QCOMPARE(file.value()->tensor("z").scalar_type(), type);
    QVERIFY(file.value()->tensor("c").view(at::kByte).equal(c.view(at::kByte)));
    QCOMPARE(file.value()->tensor("none").sizes(), at::IntArrayRef({0, 7}));
    QVERIFY(file.value()->find("absent") == nullptr);
  }
  void a_tensor_outlives_its_file() {
    QVERIFY(bool(write_safetensors(path("l"), {{"x", at::arange(1000)}})));
    at::Tensor x;
    {
      auto file = SafetensorsFile::open(path("l"));
      QVERIFY(bool(file));
      x = file.value()->tensor("x");
      file.value()->release_pages();
    }
    QVERIFY(x.equal(at::arange(1000)));
  }

  void defect_data();
  void defect();
  void unreadable_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("says");
    QTest::newRow("missing") << "absent"
                             << "no such file";
    QTest::newRow("folder") << "folder"
                            << "folder";
    QTest::newRow("pipe") << "pipe"
                          << "not an ordinary file";
    QTest::newRow("below a file") << "x.safetensors/y"
                                  << "not a folder";
  }
  void unreadable() {
    QFETCH(QString, name);
    QFETCH(QString, says);
    write("x");
    ::mkdir(path("folder").c_str(), 0777);
    ::mkfifo(path("pipe").c_str(), 0666);
    const auto file = SafetensorsFile::open(path(name.toStdString().c_str()));
    QVERIFY(!file);
    QCOMPARE(file.error().code, ErrorCode::Io);
    QVERIFY2(QString::fromStdString(file.error().message).contains(says),
             file.error().message.c_str());
  }
  void device_is_refused() { QVERIFY(!SafetensorsFile::open("/dev/zero")); }

  void a_failed_write_leaves_nothing() {
    ::mkdir(path("clean").c_str(), 0777);
    const auto bad_dtype =
        write_safetensors(path("clean/a"), {{"x", at::zeros({2}, at::kComplexFloat)}});
    QVERIFY(!bad_dtype);
    const auto twice =
        write_safetensors(path("clean/a"), {{"x", at::zeros(2)}, {"x", at::zeros(2)}});
    QVERIFY(!twice);
    const auto no_folder = write_safetensors(path("absent/a"), {{"x", at::zeros(2)}});
    QCOMPARE(no_folder.error().code, ErrorCode::Io);
    const auto full = write_safetensors("/dev/full", {{"x", at::zeros(2)}});
    QVERIFY(!full);
    QVERIFY(QDir(folder_.filePath("clean"))
                .entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot)
                .isEmpty());
  }
};

void TestSafetensors::defect_data() {
  QTest::addColumn<QByteArray>("content");
  QTest::addColumn<QString>("says");
  const auto row = [](const char* name, const std::string& content, const char* says) {
    QTest::newRow(name) << QByteArray::fromStdString(content) << says;
  };
  const std::string good = "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]";
  row("empty file", "", "empty");
  row("shorter than its length field", "abc", "too short");
  row("header longer than the file", with_length(1000, "{}"), "cut off");
  row("header length overflows", with_length(~0ull, "{}"), "cut off");
  row("header over 100 MB", with_length(100'000'001, std::string(100'000'001, ' ')), "100 MB");
  row("zero header", with_length(0, "xxxx"), "does not begin");
  row("no JSON", file_of("{nope}"), "not valid JSON");
  row("JSON cut off", file_of("{\"x\":{\"dtype\""), "not valid JSON");
  row("a list", file_of("[1,2]   "), "does not begin");
  row("something after the object", file_of("{} {}"), "not valid JSON");
  row("zero byte", file_of(std::string("{}\0{}", 5)), "zero byte");
  row("invalid UTF-8", file_of("{\"\xff\xfe\":{" + good + "}}", 8), "UTF-8");
  row("duplicate tensor",
      file_of("{\"x\":{" + good + "},\"x\":{" + good + "}}", 8),
      "tensor \"x\" is in the header twice");
  row("duplicate key", file_of(one("\"dtype\":\"F32\"," + good), 8), "\"dtype\" twice");
  row("duplicate metadata",
      file_of("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}"),
      "\"a\" is in the header twice");
  row("metadata is a number", file_of("{\"__metadata__\":{\"a\":1}}"), "must be text");
  row("metadata is text", file_of("{\"__metadata__\":\"a\"}"), "must have an object");
  row("tensor is a number", file_of("{\"x\":1}"), "must have an object");
  row("unknown key", file_of(one(good + ",\"q\":1"), 8), "tensor \"x\" has the key \"q\"");
  row("no dtype",
      file_of(one("\"shape\":[2],\"data_offsets\":[0,8]"), 8),
      "tensor \"x\" has no \"dtype\"");
  row("no shape", file_of(one("\"dtype\":\"F32\",\"data_offsets\":[0,8]"), 8), "no \"shape\"");
  row("no offsets", file_of(one("\"dtype\":\"F32\",\"shape\":[2]"), 8), "no \"data_offsets\"");
  row("unknown dtype",
      file_of(one("\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]"), 8),
      "\"C64\"");
  row("dtype is a number", file_of(one("\"dtype\":3"), 8), "tensor \"x\" has a number");
  row("shape is text", file_of(one("\"shape\":\"2\""), 8), "has text in its \"shape\"");
  row("negative dimension",
      file_of(one("\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]"), 8),
      "negative number -2");
  row("fractional dimension", file_of(one("\"shape\":[2.5]"), 8), "2.5");
  row("huge dimension", file_of(one("\"shape\":[18446744073709551615]"), 8), "2^48");
  row("dimension beyond 64 bits",
      file_of(one("\"shape\":[99999999999999999999]"), 8),
      "whole numbers");
  row("dimension 1e999", file_of(one("\"shape\":[1e999]"), 8), "not valid JSON");
  row("shape product overflows",
      file_of(one(
          "\"dtype\":\"F32\",\"shape\":[281474976710656,281474976710656],\"data_offsets\":[0,0]")),
      "more elements");
  row("byte count overflows",
      file_of(one("\"dtype\":\"F64\",\"shape\":[281474976710656,16384],\"data_offsets\":[0,0]")),
      "more elements");
  row("nested shape", file_of(one("\"shape\":[[2]]"), 8), "a list in its \"shape\"");
  row("one offset",
      file_of(one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]"), 8),
      "not a pair");
  row("three offsets",
      file_of(one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]"), 8),
      "more than two");
  row("negative offset",
      file_of(one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]"), 8),
      "negative");
  row("reversed offsets",
      file_of(one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]"), 8),
      "before they begin");
  row("offset past end",
      file_of(one("\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]"), 8),
      "tensor \"x\" ends at byte 16");
  row("huge offsets",
      file_of(one("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[18446744073709551611,"
                  "18446744073709551615]"),
              8),
      "ends at byte");
  row("size differs from shape",
      file_of(one("\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]"), 8),
      "need 12");
  row("overlap",
      file_of(
          "{\"a\":{" + good + "},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
          12),
      "tensor \"b\" overlaps");
  row("hole",
      file_of(
          "{\"a\":{" + good + "},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]}}",
          20),
      "belong to no tensor before tensor \"b\"");
  row("hole at the start",
      file_of(one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]"), 12),
      "belong to no tensor");
  row("bytes after the last tensor", file_of(one(good), 9), "at the end");
  row("deep lists", file_of("{\"x\":" + std::string(200'000, '[')), "must have an object");
  row("deep objects",
      file_of("{\"x\":{\"dtype\":" + std::string(200'000, '[')),
      "a list in its \"dtype\"");
  row("too many dimensions",
      file_of([] {
        std::string list = "1";
        for (int i = 0; i < 100; ++i) list += ",1";
        return one("\"shape\":[" + list + "]");
      }()),
      "dimensions");
}

void TestSafetensors::defect() {
  QFETCH(QByteArray, content);
  QFETCH(QString, says);
  const auto file = SafetensorsFile::open(write(content.toStdString()));
  QVERIFY(!file);
  QCOMPARE(file.error().code, ErrorCode::BadFile);
  const QString message = QString::fromStdString(file.error().message);
  QVERIFY2(message.contains("x.safetensors"), qPrintable(message));
  QVERIFY2(message.contains(says), qPrintable(message));
}

QTEST_GUILESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
