// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How jobs are run, as a user sets it: previews and memory; and what a job is said to need.
#include "tests/support/accessible_names.h"
#include "tests/support/fake_engine.h"
#include "ui/job_bridge.h"
#include "ui/memory_note.h"
#include "ui/pool_tasks.h"
#include "ui/settings_dialog.h"
#include "ui/settings_store.h"
#include "ui/status_strip.h"

#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>

using namespace studio;
using namespace studio::ui;
using studio::test::FakeEngine;

namespace {

class ForecastingEngine final : public FakeEngine {
 public:
  using FakeEngine::FakeEngine;
  Result<MemoryForecast> forecast_memory(const GenerationRequest& request, bool) override {
    ++asked;
    if (request.model == "none") return Error{ErrorCode::ModelUnloadable, "no such model"};
    MemoryForecast forecast;
    forecast.needed_bytes = 100'000 * request.width_px.value_or(51'000);
    forecast.total_bytes = 8'000'000'000;
    return forecast;
  }
  std::atomic<int> asked = 0;
};

}  // namespace

class TestRunSettings : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void previewsAndMemoryAreKept() {
    QTemporaryDir dir;
    const QString file = dir.filePath("settings.ini");
    SettingsStore settings(file);
    QCOMPARE(settings.previewChoice(), PreviewChoice());
    QCOMPARE(settings.memoryMode(), MemoryMode::Auto);
    SettingsDialog dialog(settings);
    QSignalSpy chosen(&dialog, &SettingsDialog::previewChoiceChosen);
    dialog.show();
    auto* method = dialog.findChild<QComboBox*>("previewMethodCombo");
    QCOMPARE(method->count(), static_cast<int>(kPreviewMethods.size()));
    method->setFocus();
    for (int i = 0; i < 2; ++i) QTest::keyClick(method, Qt::Key_Down);
    QCOMPARE(settings.previewChoice().method, PreviewMethod::Taesd);
    auto* decoder = dialog.findChild<QLineEdit*>("previewDecoderEdit");
    decoder->setFocus();
    QTest::keyClicks(decoder, "/models/taesdxl.safetensors");
    QTest::keyClick(decoder, Qt::Key_Return);
    QCOMPARE(settings.previewChoice().decoder_path, std::string("/models/taesdxl.safetensors"));
    QCOMPARE(chosen.count(), 3);
    auto* memory = dialog.findChild<QComboBox*>("memoryCombo");
    QCOMPARE(memory->count(), static_cast<int>(kMemoryModes.size()));
    memory->setFocus();
    for (int i = 0; i < 3; ++i) QTest::keyClick(memory, Qt::Key_Down);
    QCOMPARE(settings.memoryMode(), MemoryMode::Streamed);
    const SettingsStore again(file);
    QCOMPARE(again.previewChoice(), settings.previewChoice());
    QCOMPARE(again.memoryMode(), MemoryMode::Streamed);
    QCOMPARE(studio::test::accessibilityProblems(&dialog), QStringList());
  }

  void settingsEditedByHand() {
    QTemporaryDir dir;
    QFile file(dir.filePath("settings.ini"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[run]\npreviewMethod=magic\n[engine]\nmemory=4gb\n");
    file.close();
    const SettingsStore settings(file.fileName());
    QCOMPARE(settings.previewChoice().method, PreviewMethod::Auto);
    QCOMPARE(settings.memoryMode(), MemoryMode::Auto);
    QCOMPARE(memoryModeOf("8gb"), std::optional(MemoryMode::Turns));
    QVERIFY(!memoryModeOf("8GB"));
  }

  void needsAreToldBesideTheQueue() {
    JobBridge bridge;
    ForecastingEngine engine(bridge, {});
    PoolTasks tasks;
    MemoryNote note(tasks);
    StatusStrip strip;
    connect(&note, &MemoryNote::changed, &strip, &StatusStrip::setMemory);
    QSignalSpy changed(&note, &MemoryNote::changed);
    strip.show();
    auto* label = strip.findChild<QLabel*>("memoryNote");
    QVERIFY(!label->isVisible());
    GenerationRequest request;
    request.prompts = {"a cat"};
    note.ask(request);
    note.setEngine(&engine);
    QTRY_COMPARE(changed.count(), 1);
    QCOMPARE(label->text(), QStringLiteral("Needs about 5.1 of 8.0 GB"));
    QVERIFY(label->isVisible() && label->property("chip").toString().isEmpty());
    // Words and seeds change nothing.
    request.prompts = {"a dog"};
    request.seed = 17;
    note.ask(request);
    QTest::qWait(500);
    QCOMPARE(engine.asked.load(), 1);
    request.width_px = 90'000;
    note.ask(request);
    QTRY_COMPARE(changed.count(), 2);
    QCOMPARE(label->property("chip").toString(), QStringLiteral("warn"));
    QVERIFY(label->text().contains("9.0 of 8.0"));
    QCOMPARE(engine.asked.load(), 2);
    request.model = "none";
    note.ask(request);
    QTRY_VERIFY(!label->isVisible());
    tasks.finish();
  }
};

QTEST_MAIN(TestRunSettings)
#include "tst_run_settings.moc"
