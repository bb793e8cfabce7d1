// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Jobs as JSON: round trips, the form that is written, and a row for every mistake.
#include "core/io/request_json.h"
#include "tests/support/small_catalogue.h"

#include <QTest>

using namespace studio;
using testing::small_catalogue;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}
std::string job(const std::string& fields) {
  return "{\"format\": \"seg-studio/job\", \"version\": 1" + (fields.empty() ? "" : ", " + fields) +
         "}";
}
Result<GenerationRequest> read(const std::string& text) {
  return request_from_json(text, small_catalogue());
}

const std::string kWritten =
    "{\n"
    "  \"format\": \"seg-studio/job\",\n"
    "  \"version\": 1,\n"
    "  \"model\": \"emoji-sdxl\",\n"
    "  \"prompt\": \"a \\\"b\\\"\\n\xC3\xA9"
    "\",\n"
    "  \"negative_prompt\": null,\n"
    "  \"seed\": 9223372036854775807,\n"
    "  \"width\": null,\n"
    "  \"height\": null,\n"
    "  \"steps\": 25,\n"
    "  \"sampler\": \"euler\",\n"
    "  \"spacing\": null,\n"
    "  \"sigmas\": \"model\",\n"
    "  \"guidance\": {\n"
    "    \"cfg.scale\": 1,\n"
    "    \"seg.scale\": 3,\n"
    "    \"seg.sigma\": 0.1,\n"
    "    \"seg.layers\": \"mid\",\n"
    "    \"seg.start\": 0,\n"
    "    \"seg.stop\": 1,\n"
    "    \"seg.every\": 1,\n"
    "    \"seg.exact\": false,\n"
    "    \"cfg.rescale\": 0\n"
    "  }\n"
    "}\n";

}  // namespace

class TestRequestJson : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void sections_are_objects_of_their_own() {
    const auto request = read(job(R"("style": { "1.weight": 0.25, "1.file": "a.bin" })"));
    QVERIFY2(request, request ? "" : request.error().message.c_str());
    QCOMPARE(std::get<double>(request.value().sections.at("style.1.weight")), 0.25);
    const std::string text = request_to_json(request.value(), small_catalogue());
    QVERIFY(contains(text, "\"style\": {\n    \"1.file\": \"a.bin\",\n    \"1.weight\": 0.25\n  }"));
    QVERIFY(read(text).value().sections == request.value().sections);
    QVERIFY(contains(read(job(R"("style": 3)")).error().message, "style is 3, but must be an object"));
    QVERIFY(contains(read(job(R"("style": { "1.wieght": 1 })")).error().message, "style.1.weight"));
    QVERIFY(contains(read(job(R"("style": { "1.weight": 3 })")).error().message, "style.1.weight is 3"));
    QVERIFY(contains(read(job(R"("styl": {})")).error().message, "style"));
    // As declared: not written.
    const auto plain = read(job(R"("style": { "1.weight": 1 })"));
    QVERIFY(!contains(request_to_json(plain.value(), small_catalogue()), "style"));
  }

  void the_job_of_the_contract() {
    const auto request = read(R"({ "format": "seg-studio/job", "version": 1,
      "model": "emoji-sdxl",
      "prompt": "red apple", "negative_prompt": null,
      "seed": 11, "width": 128, "height": 128, "steps": 25,
      "sampler": "euler", "spacing": "leading", "sigmas": "model",
      "guidance": { "cfg.scale": 4.0, "cfg.rescale": 0.0,
                    "seg.scale": 2.0, "seg.sigma": "inf", "seg.layers": "mid", "seg.start": 0.0, "seg.stop": 1.0 } })");
    QVERIFY2(bool(request), request ? "" : request.error().message.c_str());
    GenerationRequest expected;
    expected.prompts = {"red apple"};
    expected.seed = 11;
    expected.width_px = expected.height_px = 128;
    expected.spacing = "leading";
    expected.guidance = {{"cfg.scale", 4.0},
                         {"cfg.rescale", 0.0},
                         {"seg.scale", 2.0},
                         {"seg.sigma", kInfinity},
                         {"seg.layers", "mid"},
                         {"seg.start", 0.0},
                         {"seg.stop", 1.0}};
    expected.guidance["seg.layers"] = std::string("mid");
    QVERIFY(request.value() == expected);
  }
  void written_form() {
    GenerationRequest request;
    request.prompts = {"a \"b\"\né"};
    request.seed = 9223372036854775807;
    request.guidance["seg.sigma"] = 0.1;
    QCOMPARE(request_to_json(request, small_catalogue()), kWritten);
  }
  void round_trip_data() {
    QTest::addColumn<int>("kind");
    for (int kind = 0; kind < 7; ++kind) QTest::addRow("%d", kind) << kind;
  }
  void round_trip() {
    QFETCH(int, kind);
    GenerationRequest request;
    for (const auto& param :
         job_params(small_catalogue())) {  // what an absent key means is written out
      if (param.path.starts_with("guidance."))
        request.guidance[std::string(param.spec->key)] = param.spec->initial;
    }
    switch (kind) {
      case 1:
        request.prompts = {"a", "", "\xF0\x9F\x98\x80"};
        break;
      case 2:
        request.negative_prompt = "";
        break;
      case 3:
        request.guidance["cfg.scale"] = 1.0 / 3 + 1;
        break;
      case 4:
        request.guidance["seg.sigma"] = 10000.0;
        break;
      case 5:
        request.guidance["seg.sigma"] = 1e-300;
        break;
      case 6:
        request.guidance["seg.sigma"] = 1e300;
        break;
      default:
        break;
    }
    const std::string text = request_to_json(request, small_catalogue());
    const auto back = read(text);
    QVERIFY2(bool(back), back ? "" : back.error().message.c_str());
    QVERIFY(back.value() == request);
    QCOMPARE(request_to_json(back.value(), small_catalogue()), text);
  }
  void accepted_data() {
    QTest::addColumn<QByteArray>("fields");
    QTest::newRow("only the format") << QByteArray();
    QTest::newRow("whole number with a point") << QByteArray("\"steps\": 25.0");
    QTest::newRow("whole number with an exponent") << QByteArray("\"steps\": 2.5e1");
    QTest::newRow("whole number for a real") << QByteArray("\"guidance\": {\"cfg.scale\": 4}");
    QTest::newRow("list of one prompt") << QByteArray("\"prompt\": [\"a\"]");
    QTest::newRow("empty guidance") << QByteArray("\"guidance\": {}");
    QTest::newRow("nulls") << QByteArray("\"seed\": null, \"width\": null, \"spacing\": null");
    QTest::newRow("largest seed") << QByteArray("\"seed\": 9223372036854775807");
    QTest::newRow("minus zero") << QByteArray("\"guidance\": {\"seg.start\": -0.0}");
  }
  void accepted() {
    QFETCH(QByteArray, fields);
    const auto request = read(job(fields.toStdString()));
    QVERIFY2(bool(request), request ? "" : request.error().message.c_str());
    QVERIFY(!contains(request_to_json(request.value(), small_catalogue()), "-0"));
  }
  void byte_order_mark() { QVERIFY(bool(read("\xEF\xBB\xBF" + job("")))); }

  void refused_data();
  void refused();
  void no_json_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const std::string& text, const char* says) {
      QTest::newRow(name) << QByteArray::fromStdString(text) << says;
    };
    row("empty", "", "empty");
    row("spaces", " \n ", "empty");
    row("cut off", "{\n\"format\":\n", "line 3 is not valid JSON");
    row("two documents", job("") + job(""), "not valid JSON");
    row("comment", "{} // x", "not valid JSON");
    row("zero byte", std::string("{}\0", 3), "zero byte");
    row("invalid UTF-8", "{\"a\": \"\xFF\"}", "UTF-8");
    row("NaN", job("\"steps\": NaN"), "not valid JSON");
    row("1e999", job("\"guidance\": {\"cfg.scale\": 1e999}"), "guidance.cfg.scale is 1e999");
    row("-1e999 in a list", job("\"prompt\": [1, -1e999]"), "prompt[1] is -1e999");
    row("duplicate key", job("\"seed\": 1, \"seed\": 2"), "the key seed is there twice");
    row("duplicate guidance",
        job(R"("guidance": {"seg.scale": 1, "seg.scale": 1})"),
        "the key guidance.seg.scale is there twice");
    row("deep lists", std::string(1 << 20, '['), "nested deeper than 8");
    row(
        "deep objects",
        [] {
          std::string text;
          for (int i = 0; i < 100000; ++i) text += "{\"a\":";
          return text;
        }(),
        "nested deeper than 8");
    row("over 4 MB", std::string((4 << 20) + 1, ' '), "4096 KiB");
  }
  void no_json() {
    QFETCH(QByteArray, text);
    QFETCH(QString, says);
    const auto request = read(text.toStdString());
    QVERIFY(!request);
    QCOMPARE(request.error().code, ErrorCode::BadFile);
    QVERIFY2(contains(request.error().message, says.toStdString()),
             request.error().message.c_str());
    QVERIFY(contains(request.error().message, "the job: "));
  }
};

void TestRequestJson::refused_data() {
  QTest::addColumn<QByteArray>("text");
  QTest::addColumn<QString>("says");
  const auto row = [](const char* name, const std::string& text, const char* says) {
    QTest::newRow(name) << QByteArray::fromStdString(text) << says;
  };
  row("a list", "[]", "the job is a list");
  row("a number", "3", "the job is 3");
  row("no format", "{}", "format is missing");
  row("other format",
      R"({"format": "seg-studio/sweep", "version": 1})",
      "format is \"seg-studio/sweep\"");
  row("no version", R"({"format": "seg-studio/job"})", "version is missing");
  row("newer version", R"({"format": "seg-studio/job", "version": 2})", "made by a newer version");
  row("version 0", R"({"format": "seg-studio/job", "version": 0})", "version is 0");
  row("version is text", R"({"format": "seg-studio/job", "version": "1"})", "version is \"1\"");
  row("unknown key", job("\"sede\": 1"), "\"sede\" is not a key of a job; did you mean \"seed\"?");
  row("guidance at the top", job("\"seg.scale\": 1"), "did you mean \"guidance.seg.scale\"?");
  row("unknown guidance",
      job("\"guidance\": {\"seg.sgima\": 1}"),
      "\"guidance.seg.sgima\" is not a key of a job; did you mean \"guidance.seg.sigma\"?");
  row("guidance is a list", job("\"guidance\": []"), "guidance is a list, but must be an object");
  row("guidance is null", job("\"guidance\": null"), "guidance is null");
  row("guidance in guidance",
      job("\"guidance\": {\"seg.scale\": {}}"),
      "guidance.seg.scale is an object, but must be a number from 0 to 20");
  row("guidance key null",
      job("\"guidance\": {\"seg.scale\": null}"),
      "guidance.seg.scale is null");
  row("inf where it is not allowed",
      job("\"guidance\": {\"seg.scale\": \"inf\"}"),
      "guidance.seg.scale is \"inf\"");
  row("other text for inf",
      job("\"guidance\": {\"seg.sigma\": \"infinity\"}"),
      "guidance.seg.sigma is \"infinity\"");
  row("sigma zero",
      job("\"guidance\": {\"seg.sigma\": 0}"),
      "guidance.seg.sigma is 0, but must be a number above 0, or inf");
  row("number as text", job("\"steps\": \"25\""), "steps is \"25\"");
  row("fraction for a whole number",
      job("\"steps\": 25.5"),
      "steps is 25.5, but must be a whole number from 1 to 1000");
  row("inexact whole number", job("\"seed\": 1e17"), "seed is 1e+17");
  row("seed beyond 64 bits", job("\"seed\": 9223372036854775808"), "seed is 9223372036854775808");
  row("seed beyond everything", job("\"seed\": 99999999999999999999"), "seed is 1e+20");
  row("negative seed", job("\"seed\": -1"), "seed is -1");
  row("flag as number",
      job("\"guidance\": {\"seg.exact\": 1}"),
      "guidance.seg.exact is 1, but must be true or false");
  row("number as flag", job("\"guidance\": {\"seg.scale\": true}"), "guidance.seg.scale is true");
  row("prompt is a number", job("\"prompt\": 3"), "prompt is 3");
  row("prompt null", job("\"prompt\": null"), "prompt is null");
  row("prompt in a list", job("\"prompt\": [\"a\", 3]"), "prompt[1] is 3");
  row("no prompts", job("\"prompt\": []"), "prompt has 0 texts");
  row("megabyte prompt",
      job("\"prompt\": \"" + std::string(1 << 20, 'a') + "\""),
      "prompt is 1048576 bytes long");
  row("prompt with a zero", job("\"prompt\": \"a\\u0000b\""), "zero byte");
  row("unknown sampler", job("\"sampler\": \"heun\""), "sampler is \"heun\"");
  row("width",
      job("\"width\": 100000"),
      "width is 100000, but must be a whole number from 8 to 4096");
  row("text check",
      job("\"guidance\": {\"seg.layers\": \"x9\"}"),
      "guidance.seg.layers: there is no layer");
}

void TestRequestJson::refused() {
  QFETCH(QByteArray, text);
  QFETCH(QString, says);
  const auto request = read(text.toStdString());
  QVERIFY(!request);
  QCOMPARE(request.error().code, ErrorCode::InvalidArgument);
  QVERIFY2(contains(request.error().message, says.toStdString()), request.error().message.c_str());
  QVERIFY(request.error().message.size() < 400);
}

QTEST_GUILESS_MAIN(TestRequestJson)
#include "tst_request_json.moc"
