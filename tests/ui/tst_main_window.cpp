// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The window as a person uses it, on an engine without a model.
#include "tests/ui/desk.h"
#include "ui/banner.h"
#include "ui/compare_view.h"
#include "ui/control_panel.h"
#include "ui/gallery_strip.h"
#include "ui/param_row.h"
#include "ui/param_slider.h"

#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>

using namespace studio;
using namespace studio::ui;
using studio::test::Desk;

namespace {

double scaleOf(const GenerationRequest& request) {
  return std::get<double>(request.guidance.at("seg.scale"));
}

}  // namespace

class TestMainWindow : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // The job a new user sees: no prompt, no CFG, SEG scale 3, infinite blur, seed 43; run, with its
  // twin.
  void firstStart() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    const auto jobs = desk.engine->submitted();
    QCOMPARE(jobs.size(), std::size_t(2));
    QCOMPARE(jobs[0].prompts, std::vector<std::string>{""});
    QCOMPARE(*jobs[0].seed, 43);
    QCOMPARE(jobs[0].steps, 25);
    QCOMPARE(std::get<double>(jobs[0].guidance.at("cfg.scale")), 1.0);
    QCOMPARE(scaleOf(jobs[0]), 3.0);
    QVERIFY(std::isinf(std::get<double>(jobs[0].guidance.at("seg.sigma"))));
    QCOMPARE(scaleOf(jobs[1]), 0.0);
    QVERIFY(desk.pairs.front().twin);
    QCOMPARE(desk.window->view()->picture(Side::Guided), desk.pairs.front().guided->image);
    QCOMPARE(desk.window->view()->picture(Side::Twin), desk.pairs.front().twin->image);
    QVERIFY(!desk.window->view()->isForming());
    QVERIFY(desk.previews > 0);
    QCOMPARE(desk.window->gallery()->rowCount(), 1);
  }

  void promptAndGenerateByKeyboard() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    auto* prompt = desk.window->findChild<QPlainTextEdit*>("promptEdit");
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    QTest::keyClick(desk.window.get(), Qt::Key_P, Qt::ControlModifier);
    QVERIFY(prompt->hasFocus());
    QTest::keyClicks(prompt, "a red apple");
    QTest::keyClick(prompt, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(desk.pairs.size(), std::size_t(2));
    QCOMPARE(desk.pairs.back().guided->finished.resolved.prompts.front(),
             std::string("a red apple"));
    QCOMPARE(desk.pairs.back().twin->finished.resolved.prompts.front(), std::string("a red apple"));
  }

  void everyControlIsReachedByTab() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    desk.window->controls()->focusPrompt();
    QSet<QWidget*> reached;
    for (int i = 0; i < 120; ++i) {
      reached.insert(QApplication::focusWidget());
      QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    }
    for (ParamRow* row : desk.window->findChildren<ParamRow*>()) {
      auto* slider = qobject_cast<ParamSlider*>(row->control());
      QWidget* control = slider != nullptr ? slider->slider() : row->control();
      QVERIFY2(reached.contains(control), row->path().c_str());
      if (slider != nullptr) QVERIFY2(reached.contains(slider->field()), row->path().c_str());
    }
    for (const char* name :
         {"promptEdit", "negativeEdit", "seedEdit", "sizeCombo", "generate", "live", "gallery"}) {
      QVERIFY2(reached.contains(desk.window->findChild<QWidget*>(name)), name);
    }
    QVERIFY(reached.contains(desk.window->view()));
  }

  void everyControlHasAName() {
    QTemporaryDir dir;
    Desk desk(dir);
    for (QWidget* widget : desk.window->findChildren<QWidget*>()) {
      if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisibleTo(desk.window.get())) continue;
      const bool part_of_another =
          qobject_cast<QLineEdit*>(widget) != nullptr && widget->objectName() != "seedEdit";
      if (widget->focusProxy() != nullptr || part_of_another) continue;
      const bool buttoned = qobject_cast<QAbstractButton*>(widget) != nullptr &&
                            !qobject_cast<QAbstractButton*>(widget)->text().isEmpty();
      const bool inside = widget->parentWidget() != nullptr &&
                          widget->parentWidget()->inherits("QAbstractScrollArea");
      if (inside || widget->inherits("QMenuBar") || widget->inherits("QToolBarExtension")) continue;
      QVERIFY2(buttoned || !widget->accessibleName().isEmpty(),
               qPrintable(
                   QString("%1 %2").arg(widget->metaObject()->className(), widget->objectName())));
    }
  }

  void cancelKeepsTheLastPicture() {
    QTemporaryDir dir;
    Desk desk(dir, {.step_ms = 12});
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    const QImage before = desk.window->view()->picture(Side::Guided);
    const int seen = desk.previews;
    desk.window->controls()->rollSeed();
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    QTest::keyClick(desk.window.get(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(desk.previews > seen + 2);
    QVERIFY(desk.window->view()->isForming());
    QTest::keyClick(desk.window.get(), Qt::Key_Escape);
    QVERIFY(!desk.window->runner()->isRunning());
    QTRY_COMPARE(desk.engine->jobs_cancelled(), 1);
    QVERIFY(!desk.window->view()->isForming());
    QCOMPARE(desk.window->view()->picture(Side::Guided), before);
    QCOMPARE(desk.pairs.size(), std::size_t(1));
  }

  void failureIsAMessageAndTheNextJobRuns() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    desk.engine->fail_next(
        {ErrorCode::OutOfMemory, "9.4 GB are needed and 7.1 GB are free: choose a smaller size"});
    desk.window->controls()->rollSeed();
    QTest::mouseClick(desk.window->findChild<QPushButton*>("generate"), Qt::LeftButton);
    QTRY_VERIFY(desk.window->banner()->isVisible());
    QCOMPARE(desk.window->banner()->text(),
             QStringLiteral("9.4 GB are needed and 7.1 GB are free: choose a smaller size"));
    QVERIFY(!desk.window->runner()->isRunning());
    QTest::mouseClick(desk.window->findChild<QPushButton*>("generate"), Qt::LeftButton);
    QTRY_COMPARE(desk.pairs.size(), std::size_t(2));
    QVERIFY(!desk.window->banner()->isVisible());
  }

  void wrongValueIsShownWhereItBelongs() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    const std::size_t jobs = desk.engine->submitted().size();
    auto* edit = desk.slider("guidance.seg.scale")->field()->findChild<QLineEdit*>();
    edit->selectAll();
    QTest::keyClicks(edit, "99");
    QTest::mouseClick(desk.window->findChild<QPushButton*>("generate"), Qt::LeftButton);
    auto* row = desk.window->findChild<ParamRow*>("guidance.seg.scale");
    QVERIFY(row->hasError());
    QVERIFY(row->findChild<QLabel*>("rowError")->text().contains("20"));
    QCOMPARE(desk.engine->submitted().size(), jobs);
    QVERIFY(!desk.window->banner()->isVisible());
  }

  void wrongSizeAndSeed() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    const std::size_t jobs = desk.engine->submitted().size();
    auto* seed = desk.window->findChild<QLineEdit*>("seedEdit");
    seed->setText("forty-three");
    QTest::mouseClick(desk.window->findChild<QPushButton*>("generate"), Qt::LeftButton);
    QCOMPARE(desk.engine->submitted().size(), jobs);
    seed->setText("44");
    auto* size = desk.window->findChild<QWidget*>("sizeCombo")->findChild<QLineEdit*>();
    size->setText("wide");
    QTest::mouseClick(desk.window->findChild<QPushButton*>("generate"), Qt::LeftButton);
    QTRY_COMPARE(desk.engine->submitted().size() > jobs, desk.window->controls()->isLive());
    desk.setLive(false);
    size->setText("192x128");
    QTest::mouseClick(desk.window->findChild<QPushButton*>("generate"), Qt::LeftButton);
    QCOMPARE(*desk.last().width_px, 192);
    QCOMPARE(*desk.last().height_px, 128);
    QCOMPARE(*desk.last().seed, 44);
  }

  // Newest value wins, at most one job is alive, and the last good picture stays meanwhile.
  void liveFollowsTheSlider() {
    QTemporaryDir dir;
    Desk desk(dir, {.step_ms = 20});
    desk.setLive(true);
    QVERIFY(desk.firstPair());
    const int seen = desk.previews;
    ParamSlider* slider = desk.slider("guidance.seg.scale");
    for (int i = 0; i < 30; ++i) {
      QTest::keyClick(slider->slider(), Qt::Key_Right);
      QTest::qWait(7);
      QVERIFY(!desk.window->view()->picture(Side::Guided).isNull());
    }
    QVERIFY2(desk.previews > seen, "a moving slider shows previews");
    QTRY_COMPARE(desk.pairs.size(), std::size_t(2));
    QVERIFY(desk.idle());
    QCOMPARE(scaleOf(desk.pairs.back().guided->finished.resolved), 6.0);
    QCOMPARE(desk.window->view()->picture(Side::Guided), desk.pairs.back().guided->image);
    // The twin did not change with the scale, so it did not run again.
    int twins = 0;
    for (const auto& job : desk.engine->submitted()) twins += scaleOf(job) == 0 ? 1 : 0;
    QCOMPARE(twins, 1);
    QVERIFY2(desk.engine->submitted().size() < 25, "values that never ran are dropped");
    // Nor with the blur, which the twin does not have.
    QTest::keyClick(desk.slider("guidance.seg.sigma")->slider(), Qt::Key_Left);
    QTRY_COMPARE(desk.pairs.size(), std::size_t(3));
    QVERIFY(desk.idle());
    QVERIFY(desk.pairs.back().twin == desk.pairs.front().twin);
  }

  void livePreviewComesSoon() {
    QTemporaryDir dir;
    Desk desk(dir, {.step_ms = 40});
    desk.setLive(true);
    QVERIFY(desk.firstPair());
    ParamSlider* slider = desk.slider("guidance.seg.scale");
    for (int i = 0; i < 12; ++i) {
      QTest::keyClick(slider->slider(), Qt::Key_Right);
      QTest::qWait(16);
    }
    QElapsedTimer clock;
    clock.start();
    bool newest = false;
    connect(desk.window->runner(),
            &RunController::jobStarted,
            this,
            [&](Side, const GenerationRequest& resolved) {
              newest = scaleOf(resolved) == slider->value();
            });
    double wait_ms = -1;
    connect(desk.window->runner(), &RunController::previewReady, this, [&] {
      if (newest && wait_ms < 0) wait_ms = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    });
    newest = !desk.engine->submitted().empty() && scaleOf(desk.last()) == slider->value();
    QTRY_VERIFY(wait_ms >= 0);
    QVERIFY2(wait_ms <= 150, qPrintable(QString::number(wait_ms)));
  }

  void twinIsSkippedWhenGuidanceIsOff() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    const std::size_t jobs = desk.engine->submitted().size();
    desk.slider("guidance.seg.scale")->slider()->setFocus();
    QTest::keyClick(desk.slider("guidance.seg.scale")->slider(), Qt::Key_Home);
    desk.window->controls()->rollSeed();
    QTest::mouseClick(desk.window->findChild<QPushButton*>("generate"), Qt::LeftButton);
    QTRY_COMPARE(desk.pairs.size(), std::size_t(2));
    QVERIFY(desk.idle());
    QCOMPARE(desk.engine->submitted().size(), jobs + 1);
    QCOMPARE(desk.pairs.back().twin->image, desk.pairs.back().guided->image);
  }

  void droppedPictureRestoresItsJob() {
    QTemporaryDir dir;
    Desk desk(dir);
    desk.setLive(false);
    QVERIFY(desk.firstPair());
    GenerationRequest request = desk.pairs.front().guided->finished.resolved;
    request.prompts = {"snow \"man\" & co. ☃"};
    request.seed = 987654321;
    request.steps = 7;
    request.guidance["seg.sigma"] = 1.5;
    request.guidance["seg.layers"] = std::string("down,mid,up");
    Finished finished;
    finished.resolved = request;
    finished.images = {std::make_shared<ImageRgb8>(test::fake_picture(request, 32, 32, 1))};
    const QString path = dir.filePath("given.png");
    QVERIFY(bool(desk.engine->save_png(path.toStdString(), finished, 0)));
    desk.drop(path);
    QTRY_COMPARE(*desk.window->controls()->request().seed, 987654321);
    QVERIFY(desk.window->controls()->request() == request);
    QCOMPARE(desk.window->findChild<QPlainTextEdit*>("promptEdit")->toPlainText(),
             QString::fromStdString(request.prompts.front()));
    QVERIFY(desk.window->banner()->text().contains("given.png"));
    QCOMPARE(desk.slider("guidance.seg.sigma")->value(), 1.5);
  }

  void droppedRubbish_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("no PNG") << "x.png" << QByteArray("no picture");
    QTest::newRow("empty PNG") << "x.png" << QByteArray();
    QTest::newRow("no JSON") << "x.json" << QByteArray("{");
    QTest::newRow("out of range") << "x.json" << QByteArray(R"({"steps": "0"})");
  }
  void droppedRubbish() {
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    const GenerationRequest before = desk.window->controls()->request();
    QFile file(dir.filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
    file.close();
    desk.drop(file.fileName());
    QTRY_VERIFY(desk.window->banner()->isVisible());
    QVERIFY(!desk.window->banner()->text().isEmpty());
    QVERIFY(desk.window->controls()->request() == before);
  }

  void restartBringsEverythingBack() {
    QTemporaryDir dir;
    GenerationRequest left;
    QImage shown;
    {
      Desk desk(dir);
      QVERIFY(desk.firstPair());
      desk.setLive(false);
      desk.window->findChild<QPlainTextEdit*>("promptEdit")->setPlainText("three boats");
      desk.window->controls()->rollSeed();
      QTest::mouseClick(desk.window->findChild<QPushButton*>("generate"), Qt::LeftButton);
      QTRY_COMPARE(desk.pairs.size(), std::size_t(2));
      QVERIFY(desk.idle());
      QTest::keyClick(desk.slider("guidance.seg.scale")->slider(), Qt::Key_Right);
      left = desk.window->controls()->request();
      shown = desk.window->view()->picture(Side::Guided);
      desk.window->view()->setMode(CompareMode::SideBySide);
      desk.window->close();
    }
    Desk again(dir);
    QTRY_VERIFY(again.window->controls()->request() == left);
    QTRY_COMPARE(again.window->view()->picture(Side::Guided), shown);
    QCOMPARE(again.window->gallery()->rowCount(), 2);
    QCOMPARE(again.window->view()->mode(), CompareMode::SideBySide);
    QVERIFY(!again.window->controls()->isLive());
    QVERIFY2(again.engine->submitted().empty(), "nothing runs again by itself");
  }

  void damagedProjectIsAMessage() {
    QTemporaryDir dir;
    QVERIFY(QDir().mkpath(dir.filePath("gallery")));
    QFile file(dir.filePath("gallery/project.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{ half");
    file.close();
    Desk desk(dir);
    QTRY_VERIFY(desk.window->banner()->isVisible());
    QVERIFY(desk.firstPair());
  }

  void unwritableGalleryIsAMessage() {
    QTemporaryDir dir;
    QFile blocker(dir.filePath("file"));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    Desk desk(dir, {.step_ms = 4}, dir.filePath("file/gallery"));
    QVERIFY(desk.firstPair());
    QTRY_VERIFY(desk.window->banner()->text().contains("memory"));
    QCOMPARE(desk.window->view()->picture(Side::Guided), desk.pairs.front().guided->image);
  }

  void undoBringsTheValueBack() {
    QTemporaryDir dir;
    Desk desk(dir);
    desk.setLive(false);
    QVERIFY(desk.firstPair());
    ParamSlider* scale = desk.slider("guidance.seg.scale");
    QTest::keyClick(scale->slider(), Qt::Key_PageUp);
    QCOMPARE(scale->value(), 4.0);
    desk.window->controls()->rollSeed();
    const auto seed = desk.window->controls()->request().seed;
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    desk.window->view()->setFocus();
    QTest::keyClick(desk.window.get(), Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(desk.window->controls()->request().seed == 43);
    QTest::keyClick(desk.window.get(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(scale->value(), 3.0);
    QTest::keyClick(desk.window.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QTest::keyClick(desk.window.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(scale->value(), 4.0);
    QVERIFY(desk.window->controls()->request().seed == seed);
  }

  void galleryOpensAPairAndItsJob() {
    QTemporaryDir dir;
    Desk desk(dir);
    desk.setLive(false);
    QVERIFY(desk.firstPair());
    desk.window->controls()->rollSeed();
    QTest::mouseClick(desk.window->findChild<QPushButton*>("generate"), Qt::LeftButton);
    QTRY_COMPARE(desk.pairs.size(), std::size_t(2));
    QVERIFY(desk.idle());
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    auto* strip = desk.window->findChild<GalleryStrip*>("gallery");
    strip->setFocus();
    QTest::keyClick(strip, Qt::Key_Right);
    QTRY_COMPARE(*desk.window->controls()->request().seed, 43);
    QTRY_COMPARE(desk.window->view()->picture(Side::Guided), desk.pairs.front().guided->image);
    QCOMPARE(desk.window->view()->picture(Side::Twin), desk.pairs.front().twin->image);
  }

  void costIsKnownAfterARun() {
    QTemporaryDir dir;
    Desk desk(dir, {.step_ms = 4, .tells_rows_early = false});
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    auto forecast = desk.window->runner()->forecast(desk.window->controls()->request());
    QVERIFY(forecast);
    QCOMPARE(forecast->rows, 50.0);
    QVERIFY(forecast->seconds > 0);
    GenerationRequest request = desk.window->controls()->request();
    request.steps = 40;
    forecast = desk.window->runner()->forecast(request);
    QVERIFY(forecast && !forecast->exact);
    QCOMPARE(forecast->rows, 80.0);
    request.guidance["cfg.scale"] = 4.0;
    QVERIFY2(!desk.window->runner()->forecast(request), "not guessed for a mix that never ran");
  }

  void stepsCanBeLookedBackAt() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    auto* steps = desk.window->findChild<QWidget*>("stepSlider");
    QVERIFY(steps->isEnabled());
    QTest::keyClick(steps, Qt::Key_Home);
    QVERIFY(desk.window->view()->isForming());
    QTest::keyClick(steps, Qt::Key_End);
    QVERIFY(!desk.window->view()->isForming());
    QCOMPARE(desk.window->view()->picture(Side::Guided), desk.pairs.front().guided->image);
  }

  void flipKeyWorksWhereverTheFocusIs() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    QWidget* slider = desk.slider("guidance.seg.scale")->slider();
    slider->setFocus();
    QTest::keyPress(slider, Qt::Key_F);
    QVERIFY(desk.window->view()->isFlipped());
    QTest::keyRelease(slider, Qt::Key_F);
    QVERIFY(!desk.window->view()->isFlipped());
    auto* prompt = desk.window->findChild<QPlainTextEdit*>("promptEdit");
    desk.setLive(false);
    QTest::keyClicks(prompt, "f");
    QVERIFY(!desk.window->view()->isFlipped());
    QCOMPARE(prompt->toPlainText(), QStringLiteral("f"));
  }

  void closingWhileTyping_data() {
    QTest::addColumn<QString>("field");
    for (const char* field :
         {"seedEdit", "guidance.seg.scale", "guidance.seg.layers", "sizeCombo"}) {
      QTest::newRow(field) << field;
    }
  }
  // Nothing speaks to what is already gone.
  void closingWhileTyping() {
    QFETCH(QString, field);
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
    auto* widget = desk.window->findChild<QWidget*>(field);
    auto* edit = qobject_cast<QLineEdit*>(widget);
    if (edit == nullptr) edit = widget->findChild<QLineEdit*>();
    edit->setFocus();
    edit->selectAll();
    QTest::keyClicks(edit, "12");
    QVERIFY(edit->hasFocus());
  }

  void closingMidJob_data() {
    QTest::addColumn<int>("load_ms");
    QTest::addColumn<int>("previews");
    QTest::newRow("while loading") << 1000 << 0;
    QTest::newRow("while denoising") << 0 << 3;
  }
  void closingMidJob() {
    QFETCH(int, load_ms);
    QFETCH(int, previews);
    QTemporaryDir dir;
    QElapsedTimer clock;
    {
      Desk desk(dir, {.step_ms = 30, .load_ms = load_ms});
      QTRY_VERIFY(desk.window->runner()->isRunning() && desk.previews >= previews);
      clock.start();
      desk.window->close();
    }
    QVERIFY2(clock.elapsed() < 1500, qPrintable(QString::number(clock.elapsed())));
  }

  void windowWorksBeforeTheEngine() {
    QTemporaryDir dir;
    JobBridge bridge;
    MainWindow window(test::fake_catalogue(),
                      bridge,
                      {dir.filePath("settings.ini"), dir.filePath("gallery"), {}});
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QTest::mouseClick(window.findChild<QPushButton*>("generate"), Qt::LeftButton);
    QVERIFY(window.runner()->isRunning());
    window.openJob("nowhere.json");
    QVERIFY(window.banner()->isVisible());
    window.showEngineError({ErrorCode::Io, "the models were not found in /x"});
    QCOMPARE(window.banner()->text(), QStringLiteral("The models were not found in /x"));
    window.close();
  }
};

QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"
