// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Sweeps as JSON: the contract's example, round trips, and a row for every mistake.
#include "core/io/sweep_json.h"
#include "tests/support/small_catalogue.h"

#include <QElapsedTimer>
#include <QTest>

using namespace studio;
using testing::small_catalogue;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

// A sweep with these fields beside the format.
std::string sweep(const std::string& fields) {
  return "{\"format\": \"seg-studio/sweep\", \"version\": 1, " + fields + "}";
}

const std::string kBase = "\"base\": {\"prompt\": \"red apple\", \"seed\": 11}";

}  // namespace

class TestSweepJson : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void the_sweep_of_the_contract() {
    const auto spec = sweep_from_json(R"({ "format": "seg-studio/sweep", "version": 1,
      "base": { "format": "seg-studio/job", "version": 1, "prompt": "red apple", "seed": 11,
                "guidance": { "seg.scale": 2.0, "seg.sigma": "inf" } },
      "axes": [ { "param": "guidance.seg.sigma", "values": "0.5, 1, 2, inf" },
                { "param": "guidance.seg.scale", "values": "0..5[6]" },
                { "param": "seed", "values": "1-4" } ],
      "order": "coarse-to-fine", "twin": true })",
                                      small_catalogue());
    QVERIFY2(bool(spec), spec ? "" : spec.error().message.c_str());
    QCOMPARE(spec.value().base.prompts.front(), std::string("red apple"));
    QCOMPARE(spec.value().axes.size(), std::size_t(3));
    QCOMPARE(spec.value().axes[1].values, std::string("0..5[6]"));
    QVERIFY(spec.value().order == SweepOrder::CoarseToFine && spec.value().twin);
    const auto grid = read_sweep(spec.value(), small_catalogue());
    QVERIFY(bool(grid));
    QCOMPARE(grid.value().cells(), std::size_t(96));
  }
  void what_may_be_left_out() {
    const auto spec = sweep_from_json(sweep(kBase + ", \"axes\": []"), small_catalogue());
    QVERIFY2(bool(spec), spec ? "" : spec.error().message.c_str());
    QVERIFY(spec.value().order == SweepOrder::CoarseToFine && spec.value().twin);
    QCOMPARE(*spec.value().base.seed, std::int64_t(11));
  }
  void written_form() {
    SweepSpec spec;
    spec.axes = {{"prompt", "\"a, \\\"b\\\"\", c"}, {"guidance.seg.sigma", "1, inf"}};
    spec.order = SweepOrder::Rows;
    spec.twin = false;
    const std::string text = sweep_to_json(spec, small_catalogue());
    QVERIFY(
        text.starts_with("{\n  \"format\": \"seg-studio/sweep\",\n  \"version\": 1,\n  \"base\": "
                         "{\n    \"format\": \"seg-studio/job\",\n"));
    QVERIFY2(
        text.ends_with("  },\n  \"axes\": [\n    {\"param\": \"prompt\", \"values\": \"\\\"a, "
                       "\\\\\\\"b\\\\\\\"\\\", c\"},\n"
                       "    {\"param\": \"guidance.seg.sigma\", \"values\": \"1, inf\"}\n  ],\n"
                       "  \"order\": \"rows\",\n  \"twin\": false\n}\n"),
        text.c_str());
  }
  void round_trip_data() {
    QTest::addColumn<int>("kind");
    for (int kind = 0; kind < 5; ++kind) QTest::addRow("%d", kind) << kind;
  }
  void round_trip();
  void a_long_list_of_jobs() {
    SweepSpec spec;
    spec.listed.resize(5'000);
    for (std::size_t i = 0; i < spec.listed.size(); ++i)
      spec.listed[i].seed = static_cast<std::int64_t>(i);
    QElapsedTimer timer;
    timer.start();
    const std::string text = sweep_to_json(spec, small_catalogue());
    const auto back = sweep_from_json(text, small_catalogue());
    QVERIFY2(bool(back), back ? "" : back.error().message.c_str());
    QCOMPARE(back.value().listed.size(), spec.listed.size());
    QCOMPARE(*back.value().listed.back().seed, std::int64_t(4'999));
    // The largest list is twenty times as long and must fit what is read.
    QVERIFY(text.size() * 20 < (std::size_t{256} << 20));
    QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
  }
  void refused_data();
  void refused();
  void no_json() {
    for (const std::string& text : {std::string(),
                                    std::string("{"),
                                    std::string(100'000, '['),
                                    std::string("{\"a\":1,\"a\":2}"),
                                    std::string("\0", 1)}) {
      const auto spec = sweep_from_json(text, small_catalogue());
      QVERIFY(!spec);
      QCOMPARE(spec.error().code, ErrorCode::BadFile);
      QVERIFY2(contains(spec.error().message, "the sweep: "), spec.error().message.c_str());
    }
  }
};

void TestSweepJson::round_trip() {
  QFETCH(int, kind);
  SweepSpec spec;
  for (const auto& param :
       job_params(small_catalogue())) {  // what an absent key means is written out
    if (param.path.starts_with("guidance."))
      spec.base.guidance[std::string(param.spec->key)] = param.spec->initial;
  }
  if (kind == 1)
    spec.axes = {{"seed", "1-4"},
                 {"prompt", "\"a\\n\", \xE7\x8C\xAB"},
                 {"negative_prompt", "null, \"null\""}};
  if (kind == 2) spec.axes = {{"seed", "not yet, right"}};
  if (kind == 3) spec.base.prompts = {"a", "", "{\n}"};
  if (kind == 4) spec.listed = {spec.base, spec.base};
  if (kind == 4) spec.listed[1].prompts = {"\xF0\x9F\x90\x88\n\"x\""};
  const std::string text = sweep_to_json(spec, small_catalogue());
  const auto back = sweep_from_json(text, small_catalogue());
  QVERIFY2(bool(back), back ? "" : back.error().message.c_str());
  QVERIFY(back.value() == spec);
  QCOMPARE(sweep_to_json(back.value(), small_catalogue()), text);
}

void TestSweepJson::refused_data() {
  QTest::addColumn<QByteArray>("text");
  QTest::addColumn<QString>("says");
  const auto row = [](const char* name, const std::string& text, const char* says) {
    QTest::newRow(name) << QByteArray::fromStdString(text) << says;
  };
  const auto with = [](const std::string& fields) { return sweep(kBase + ", " + fields); };
  const std::string axes = "\"axes\": []";
  row("a list", "[]", "the sweep is a list, but must be an object");
  row("no format", "{}", "format is missing");
  row("a job",
      R"({"format": "seg-studio/job", "version": 1})",
      "format is \"seg-studio/job\", but must be \"seg-studio/sweep\"");
  row("no version", R"({"format": "seg-studio/sweep"})", "version is missing");
  row("newer", R"({"format": "seg-studio/sweep", "version": 2})", "newer version");
  row("version as text",
      R"({"format": "seg-studio/sweep", "version": "1"})",
      "version is \"1\", but must be 1");
  row("no base", sweep(axes), "base is missing");
  row("base a list", sweep("\"base\": [], " + axes), "base is a list, but must be a job");
  row("bad base", sweep("\"base\": {\"steps\": 0}, " + axes), "base: steps is 0");
  row("unknown key in base",
      sweep("\"base\": {\"sampller\": 0}, " + axes),
      "base: \"sampller\" is not a key of a job; did you mean \"sampler\"?");
  row("base of another format",
      sweep("\"base\": {\"format\": \"x\"}, " + axes),
      "base: format is \"x\"");
  row("no axes", sweep(kBase), "axes is missing");
  row("unknown key",
      with(axes + ", \"twins\": true"),
      "\"twins\" is not a key of a sweep; did you mean \"twin\"?");
  row("far key", with(axes + ", \"zzzzzzzz\": true"), "its keys are format, version, base");
  row("order",
      with(axes + ", \"order\": \"columns\""),
      "order is \"columns\", but must be \"coarse-to-fine\" or \"rows\"");
  row("order null", with(axes + ", \"order\": null"), "order is null");
  row("twin", with(axes + ", \"twin\": 1"), "twin is 1, but must be true or false");
  row("axes an object", with("\"axes\": {}"), "axes is an object, but must be a list");
  row("axis a text", with("\"axes\": [\"seed\"]"), "axes[0] is \"seed\", but must be an object");
  row("no param", with("\"axes\": [{\"values\": \"1\"}]"), "axes[0].param is missing");
  row("no values", with("\"axes\": [{\"param\": \"seed\"}]"), "axes[0].values is missing");
  row("values a list",
      with("\"axes\": [{\"param\": \"seed\", \"values\": [1]}]"),
      "axes[0].values is a list, but must be text");
  row("values a number",
      with("\"axes\": [{\"param\": \"seed\", \"values\": 1}]"),
      "axes[0].values is 1, but must be text");
  row("axis key",
      with("\"axes\": [{\"param\": \"seed\", \"value\": \"1\"}]"),
      "\"value\" is not a key of axes[0]; did you mean \"values\"?");
  row("unknown param",
      with("\"axes\": [{\"param\": \"sigma\", \"values\": \"1\"}]"),
      "axes[0].param: \"sigma\" is not a parameter; did you mean \"guidance.seg.sigma\"?");
  row("axis twice",
      with(R"("axes": [{"param": "seed", "values": "1"}, {"param": "seed", "values": "2"}])"),
      "axes[1].param is \"seed\", which is on axes[0] already");
  row("jobs and axes",
      with(R"("axes": [{"param": "seed", "values": "1"}], "jobs": [{}])"),
      "only one of them");
  row("no jobs", with("\"jobs\": []"), "jobs is a list, but must be a list of at least one job");
  row("a bad job", with("\"jobs\": [{}, {\"seed\": -1}]"), "jobs[1]: seed is -1");
}

void TestSweepJson::refused() {
  QFETCH(QByteArray, text);
  QFETCH(QString, says);
  const auto spec = sweep_from_json(text.toStdString(), small_catalogue());
  QVERIFY(!spec);
  QCOMPARE(spec.error().code, ErrorCode::InvalidArgument);
  QVERIFY2(contains(spec.error().message, says.toStdString()), spec.error().message.c_str());
  QVERIFY(spec.error().message.starts_with("the sweep: "));
}

QTEST_GUILESS_MAIN(TestSweepJson)
#include "tst_sweep_json.moc"
