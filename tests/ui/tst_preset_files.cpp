// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Every file in resources/presets opens with the program's own parameters and job format.
#include "core/io/request_json.h"
#include "core/make_engine.h"
#include "ui/preset.h"

#include <QDir>
#include <QTest>

using namespace studio;
using namespace studio::ui;

class TestPresetFiles : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void opens_data() {
    QTest::addColumn<QString>("path");
    const QDir folder(QStringLiteral(STUDIO_RESOURCES_DIR "/presets"));
    const QStringList names = folder.entryList({"*.json"}, QDir::Files);
    QVERIFY(names.size() > 10);
    for (const QString& name : names) QTest::newRow(qPrintable(name)) << folder.filePath(name);
  }
  void opens() {
    QFETCH(QString, path);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    JobCodec codec;
    codec.parse = [](std::string_view text) { return request_from_json(text, catalogue()); };
    codec.write = [](const GenerationRequest& job) { return request_to_json(job, catalogue()); };
    const auto read = readPreset(file.readAll(), catalogue(), codec, QFileInfo(path).fileName());
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    QVERIFY2(read.value().remarks.isEmpty(), qPrintable(read.value().remarks.join('\n')));
    const Preset& preset = read.value().preset;
    QVERIFY(!preset.name.isEmpty());
    QVERIFY(!preset.values.empty());
    const auto job = appliedPreset({}, preset, catalogue());
    QVERIFY2(job, job ? "" : job.error().message.c_str());
    const auto valid = validate(job.value(), catalogue());
    QVERIFY2(valid, valid ? "" : valid.error().message.c_str());
    if (!path.contains("paper-")) return;
    QVERIFY(!preset.picture.isEmpty());
    QVERIFY(!preset.note.isEmpty());
    // The paper's settings come without a seed or a model of ours.
    QVERIFY(!preset.values.contains("seed"));
    QVERIFY(!preset.values.contains("model"));
  }
};

QTEST_GUILESS_MAIN(TestPresetFiles)
#include "tst_preset_files.moc"
