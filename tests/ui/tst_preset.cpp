// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Presets as values: files read and refused, round trips, applying, stacking, comparing.
#include "tests/ui/project_codec.h"
#include "ui/preset_compare.h"

#include <QBuffer>
#include <QTest>

using namespace studio;
using namespace studio::ui;
using test::fake_catalogue;
using test::projectCodec;

namespace {

QByteArray presetFile(const char* set, const char* more = "") {
  return QByteArray(R"({"format":"seg-studio/preset","version":1,"name":"A","set":)") + set + more +
         "}";
}

QByteArray png(int width, int height) {
  QImage image(width, height, QImage::Format_RGB32);
  image.fill(Qt::red);
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  image.save(&buffer, "PNG");
  return bytes;
}

Result<ReadPreset> read(const QByteArray& text, const QString& name = "a-b.json") {
  return readPreset(text, fake_catalogue(), projectCodec(), name);
}

Preset presetOf(const QString& name, const PresetValues& values) {
  Preset preset;
  preset.name = name;
  preset.values = values;
  return preset;
}

ParamValue valueOf(const GenerationRequest& request, const char* path) {
  return *get(request, fake_catalogue(), path).value();
}

}  // namespace

class TestPreset : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void refused_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("says");
    const auto row = [](const char* name, const QByteArray& text, const QStringList& says) {
      QTest::newRow(name) << text << says;
    };
    row("empty", "", {"empty"});
    row("truncated", presetFile(R"({"seed":1})").chopped(3), {"line 1", "not valid JSON"});
    row("binary", QByteArray("\x89PNG\r\n\x1a\n\0\0\0", 11), {"not valid JSON"});
    row("a list", "[1]", {"list"});
    row("no format", R"({"version":1})", {"format", "missing", "seg-studio/preset"});
    row("another format", R"({"format":"x/y","version":1})", {"\"x/y\"", "seg-studio/preset"});
    row("newer version", R"({"format":"seg-studio/preset","version":7})", {"7", "newer"});
    row("version as text", R"({"format":"seg-studio/preset","version":"1"})", {"version is \"1\""});
    row("unknown key", presetFile("{}", R"(,"nome":"x")"), {"\"nome\"", "name"});
    row("name is a number",
        R"({"format":"seg-studio/preset","version":1,"name":5,"set":{}})",
        {"name is 5", "text"});
    row("star is text", presetFile("{}", R"(,"star":"yes")"), {"star", "true or false"});
    row("set is a list", presetFile("[]"), {"set is a list"});
    row("unknown parameter",
        presetFile(R"({"guidance.seg.sigmma":1})"),
        {"guidance.seg.sigmma", "guidance.seg.sigma"});
    row("out of range",
        presetFile(R"({"guidance.seg.scale":-1})"),
        {"guidance.seg.scale", "-1", "from 0 to 20"});
    row("inf where none is",
        presetFile(R"({"guidance.seg.scale":"inf"})"),
        {"guidance.seg.scale", "inf", "from 0 to 20"});
    row("number as text",
        presetFile(R"({"guidance.seg.scale":"3"})"),
        {"guidance.seg.scale is \"3\"", "a number"});
    row("fraction for a whole number", presetFile(R"({"steps":2.5})"), {"steps", "2.5", "whole"});
    row("null where none is", presetFile(R"({"steps":null})"), {"steps is null"});
    row("unknown choice", presetFile(R"({"sampler":"euler_z"})"), {"sampler", "euler_z", "one of"});
    row("bad layers",
        presetFile(R"({"guidance.seg.layers":"roof"})"),
        {"guidance.seg.layers", "roof"});
    row("huge", QByteArray(kLargestPresetBytes + 1, ' '), {"bytes", "at most"});
    row("deep", QByteArray(5000, '[') + QByteArray(5000, ']'), {"not valid JSON"});
    row("a job with a wrong value",
        R"({"format":"seg-studio/job","version":1,"values":{"steps":0}})",
        {"steps", "0"});
  }
  void refused() {
    QFETCH(QByteArray, text);
    QFETCH(QStringList, says);
    const auto result = read(text);
    QVERIFY(!result);
    QVERIFY(result.error().code == ErrorCode::BadFile);
    const QString message = QString::fromStdString(result.error().message);
    for (const QString& part : says)
      QVERIFY2(message.contains(part), qPrintable(message + "\nlacks: " + part));
  }

  void everyKindOfValueReturns() {
    Preset preset = presetOf("Blur σ “∞”", {});
    preset.note = "Two\nlines";
    preset.starred = true;
    preset.picture = png(64, 48);
    preset.values = {{"guidance.seg.sigma", kInfinity},
                     {"guidance.seg.scale", 2.35},
                     {"seed", std::int64_t{9223372036854775807}},
                     {"width", std::nullopt},
                     {"prompt", std::string("A \"cat\"\n\\ äöü 🙂")},
                     {"sampler", std::string("ddim")}};
    const auto back = read(presetText(preset));
    QVERIFY2(back, back ? "" : back.error().message.c_str());
    QVERIFY(back.value().preset == preset);
    QVERIFY(back.value().remarks.isEmpty());
  }

  void aJobFileOpensAsAPreset() {
    GenerationRequest job;
    job.seed = 43;
    job.guidance["seg.scale"] = 7.0;
    const auto text = QByteArray::fromStdString(projectCodec().write(job));
    const auto result = read(text, "first-start.json");
    QVERIFY(result);
    QCOMPARE(result.value().preset.name, QString("First start"));
    QCOMPARE(result.value().preset.values.size(), job_params(fake_catalogue()).size());
    GenerationRequest other;
    other.steps = 3;
    const auto applied = appliedPreset(other, result.value().preset, fake_catalogue());
    QVERIFY(applied);
    QCOMPARE(applied.value().steps, job.steps);
    QCOMPARE(valueOf(applied.value(), "guidance.seg.scale"), ParamValue(7.0));
    QCOMPARE(*applied.value().seed, 43);
  }

  void aBadPictureCostsThePictureOnly_data() {
    QTest::addColumn<QString>("picture");
    QTest::newRow("no base64") << "\"%%%%\"";
    QTest::newRow("a number") << "5";
    QTest::newRow("no PNG") << "\"aGVsbG8=\"";
    QTest::newRow("too large") << '"' + QString::fromLatin1(png(2000, 2).toBase64()) + '"';
    QTest::newRow("cut off") << '"' + QString::fromLatin1(png(200, 200).left(70).toBase64()) + '"';
  }
  void aBadPictureCostsThePictureOnly() {
    QFETCH(QString, picture);
    const auto result = read(presetFile(R"({"steps":5})",
                                        (","
                                         "\"picture\":" +
                                         picture.toUtf8())
                                            .constData()));
    QVERIFY2(result, result ? "" : result.error().message.c_str());
    QCOMPARE(result.value().preset.values.size(), 1u);
    QVERIFY(result.value().preset.picture.isEmpty());
    QCOMPARE(result.value().remarks.size(), 1);
    QVERIFY(result.value().remarks.first().contains("picture"));
  }

  void appliesOnlyWhatItSets() {
    GenerationRequest base;
    base.prompts = {"a cat"};
    base.seed = 5;
    const auto applied =
        appliedPreset(base,
                      presetOf("A", {{"seed", std::nullopt}, {"steps", std::int64_t{9}}}),
                      fake_catalogue());
    QVERIFY(applied);
    QCOMPARE(applied.value().prompts.front(), std::string("a cat"));
    QCOMPARE(applied.value().steps, 9);
    QVERIFY(!applied.value().seed);
  }

  void onlyWhatDiffersIsChosenFirst() {
    GenerationRequest request;
    QVERIFY(differingPaths(request, fake_catalogue()).empty());
    request.seed = 0;
    request.guidance["seg.scale"] = 3.0;  // as declared
    request.guidance["seg.sigma"] = 2.0;
    const std::set<std::string> expected = {"guidance.seg.sigma", "seed"};
    QVERIFY(differingPaths(request, fake_catalogue()) == expected);
  }

  void laterPresetsOverrideEarlierOnes() {
    const std::vector<Preset> presets = {
        presetOf("A", {{"guidance.seg.sigma", 1.0}, {"steps", std::int64_t{10}}}),
        presetOf("B", {{"guidance.seg.sigma", kInfinity}, {"seed", std::int64_t{4}}}),
        presetOf("C", {{"steps", std::int64_t{10}}})};
    GenerationRequest base;
    base.steps = 25;
    const auto stack = stackPresets(base, presets, fake_catalogue());
    QVERIFY(stack);
    QCOMPARE(stack.value().result.steps, 10);
    QCOMPARE(valueOf(stack.value().result, "guidance.seg.sigma"), ParamValue(kInfinity));
    QCOMPARE(stack.value().rows.size(), 3u);
    QCOMPARE(stack.value().overridden, 1);  // the same value again overrides nothing
    QCOMPARE(stack.value().changed, 2);     // sigma was infinity before
    for (const PresetRow& row : stack.value().rows) {
      QCOMPARE(row.cells.size(), 3u);
      if (row.label != "Blur sigma") continue;
      QCOMPARE(row.cells[0].text, std::optional<QString>("1"));
      QVERIFY(row.cells[0].overridden);
      QVERIFY(!row.cells[1].overridden);
      QVERIFY(!row.cells[2].text);
      QVERIFY(!row.differs);
    }
    const auto other_way =
        stackPresets(base, {presets[1], presets[0]}, fake_catalogue()).value().result;
    QCOMPARE(valueOf(other_way, "guidance.seg.sigma"), ParamValue(1.0));
  }

  void comparesSideBySide() {
    const auto rows =
        comparePresets({},
                       {presetOf("A", {{"steps", std::int64_t{10}}, {"seed", std::int64_t{1}}}),
                        presetOf("B", {{"steps", std::int64_t{10}}})},
                       fake_catalogue());
    QCOMPARE(rows.size(), 2u);
    for (const PresetRow& row : rows) QCOMPARE(row.differs, row.label == "Seed");
  }

  void picturesAreScaledDown() {
    QImage image(1024, 512, QImage::Format_RGB32);
    image.fill(Qt::blue);
    const QImage small = QImage::fromData(presetPicture(image), "PNG");
    QCOMPARE(small.size(), QSize(kPresetPictureSide, kPresetPictureSide / 2));
    QVERIFY(presetPicture(QImage()).isEmpty());
  }

  void fileNames_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("stem");
    QTest::newRow("plain") << "Blur sigma"
                           << "blur-sigma";
    QTest::newRow("path") << "../../etc/passwd"
                          << "etc-passwd";
    QTest::newRow("letters") << "Größe σ"
                             << "größe-σ";
    QTest::newRow("nothing left") << "///"
                                  << "preset";
  }
  void fileNames() {
    QFETCH(QString, name);
    QTEST(fileStem(name), "stem");
  }
};

QTEST_MAIN(TestPreset)
#include "tst_preset.moc"
