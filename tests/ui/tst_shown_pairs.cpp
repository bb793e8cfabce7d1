// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the window shows and keeps: equal jobs, old twins, live pairs; and that it fits where it is.
#include "tests/ui/desk.h"
#include "ui/action_registry.h"
#include "ui/banner.h"
#include "ui/compare_view.h"
#include "ui/gallery_strip.h"
#include "ui/main_actions.h"
#include "ui/theme.h"
#include "ui/view_bar.h"

#include <QActionGroup>
#include <QApplication>
#include <QDir>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScreen>
#include <QToolButton>

#include <algorithm>

using namespace studio;
using namespace studio::ui;
using studio::test::Desk;

namespace {

void generate(Desk& desk) {
  QTest::mouseClick(desk.window->findChild<QPushButton*>("generate"), Qt::LeftButton);
}

void setSeed(Desk& desk, const char* seed) {
  desk.window->findChild<QLineEdit*>("seedEdit")->setText(seed);
}

}  // namespace

class TestShownPairs : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // The engine answers an equal job from its recent results, without previews.
  void equalJobSelectsItsPair() {
    QTemporaryDir dir;
    Desk desk(dir, {.step_ms = 2, .remembers = true});
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    setSeed(desk, "44");
    generate(desk);
    QTRY_COMPARE(desk.pairs.size(), std::size_t(2));
    QCOMPARE(desk.window->gallery()->rowCount(), 2);
    setSeed(desk, "43");
    generate(desk);
    QTRY_COMPARE(desk.pairs.size(), std::size_t(3));
    QVERIFY(desk.pairs.back().guided->finished.from_cache);
    QVERIFY(desk.idle());
    QCOMPARE(desk.window->gallery()->rowCount(), 2);
    QCOMPARE(desk.window->findChild<GalleryStrip*>("gallery")->currentIndex().row(), 1);
    auto* steps = desk.window->findChild<QWidget*>("stepSlider");
    QVERIFY2(steps->isEnabled(), "the steps of that pair can still be looked at");
    QTest::keyClick(steps, Qt::Key_Home);
    QVERIFY(desk.window->view()->isForming());
  }

  void pairFromTheGalleryHasItsSteps() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    setSeed(desk, "44");
    generate(desk);
    QTRY_COMPARE(desk.pairs.size(), std::size_t(2));
    QVERIFY(desk.idle());
    auto* strip = desk.window->findChild<GalleryStrip*>("gallery");
    Q_EMIT strip->opened(1);
    QTRY_COMPARE(desk.window->view()->picture(Side::Guided), desk.pairs.front().guided->image);
    QTRY_VERIFY(desk.window->findChild<QWidget*>("stepSlider")->isEnabled());
  }

  void twinThatWasCancelledIsAddedToItsPair() {
    QTemporaryDir dir;
    Desk desk(dir, {.step_ms = 8, .remembers = true});
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    setSeed(desk, "44");
    int twins = 0;
    connect(desk.window->runner(), &RunController::previewReady, this, [&](Side side) {
      twins += side == Side::Twin ? 1 : 0;
    });
    generate(desk);
    QTRY_VERIFY(twins > 0);
    desk.window->runner()->cancel();
    QCOMPARE(desk.window->gallery()->rowCount(), 2);
    QVERIFY(!desk.window->gallery()->index(0).data(GalleryModel::HasTwinRole).toBool());
    QVERIFY2(desk.window->view()->picture(Side::Twin).isNull(), "no twin beside this picture");
    generate(desk);
    QTRY_COMPARE(desk.pairs.size(), std::size_t(3));
    QVERIFY(desk.idle());
    QCOMPARE(desk.window->gallery()->rowCount(), 2);
    QVERIFY(desk.window->gallery()->index(0).data(GalleryModel::HasTwinRole).toBool());
    QTRY_COMPARE(QDir(dir.filePath("gallery/images")).entryList({"*-twin.png"}).size(), 2);
  }

  void oldTwinSaysSo() {
    QTemporaryDir dir;
    Desk desk(dir, {.step_ms = 8});
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    CompareView* view = desk.window->view();
    const int seen = desk.previews;
    const QString guided = view->label(Side::Guided);
    setSeed(desk, "44");
    QTest::keyClick(desk.slider("guidance.seg.scale")->slider(), Qt::Key_Right);
    generate(desk);
    QTRY_VERIFY(desk.previews > seen + 1);
    QVERIFY(view->isStale(Side::Twin));
    QVERIFY2(view->label(Side::Twin).contains("previous"), qPrintable(view->label(Side::Twin)));
    // Cancelling leaves the old pair, whole again.
    desk.window->runner()->cancel();
    QVERIFY(!view->isStale(Side::Twin));
    QCOMPARE(view->label(Side::Twin), QStringLiteral("unguided"));
    QCOMPARE(view->label(Side::Guided), guided);
    generate(desk);
    QTRY_COMPARE(desk.pairs.size(), std::size_t(2));
    QVERIFY(!view->isStale(Side::Twin));
    QCOMPARE(view->label(Side::Twin), QStringLiteral("unguided"));
  }

  // Another scale of the same job has the same twin.
  void twinOfTheSameJobStaysAsItIs() {
    QTemporaryDir dir;
    Desk desk(dir, {.step_ms = 8});
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    const int seen = desk.previews;
    QTest::keyClick(desk.slider("guidance.seg.scale")->slider(), Qt::Key_Right);
    generate(desk);
    QTRY_VERIFY(desk.previews > seen + 1);
    QVERIFY(!desk.window->view()->isStale(Side::Twin));
    QCOMPARE(desk.window->view()->label(Side::Twin), QStringLiteral("unguided"));
  }

  // A moving slider that changes the twin too never leaves one side alone in the view.
  void bothSidesStayWhileLive() {
    QTemporaryDir dir;
    Desk desk(dir, {.step_ms = 4});
    QVERIFY(desk.firstPair());
    desk.setLive(true);
    int without_twin = 0;
    connect(desk.window->runner(), &RunController::pairReady, this, [&](const Pair& pair) {
      without_twin += pair.twin ? 0 : 1;
    });
    int guided = 0;
    connect(desk.window->runner(), &RunController::pictureReady, this, [&](Side side) {
      guided += side == Side::Guided ? 1 : 0;
    });
    ParamSlider* slider = desk.slider("guidance.cfg.scale");
    for (int i = 0; i < 8; ++i) {
      QTest::keyClick(slider->slider(), Qt::Key_Right);
      // The slider moves on when the guided picture is there and its twin is not.
      const int before = guided;
      while (guided == before) {
        QTest::qWait(5);
        QVERIFY(!desk.window->view()->picture(Side::Guided).isNull());
        QVERIFY(!desk.window->view()->picture(Side::Twin).isNull());
      }
    }
    QVERIFY2(without_twin > 0, "the test meets what it is about");
    QVERIFY(desk.idle());
    QVERIFY(desk.pairs.back().twin);
    QVERIFY(!desk.window->view()->isStale(Side::Twin));
  }

  // Under a hand that moves on the large picture shows what is newest; after a single move the good
  // one stays until the next can be recognised.
  void largePictureFollowsTheHand() {
    QTemporaryDir dir;
    Desk desk(dir, {.step_ms = 12});
    QVERIFY(desk.firstPair());
    desk.setLive(true);
    CompareView* view = desk.window->view();
    const QString before = view->label(Side::Guided);
    std::vector<std::pair<int, bool>> seen;  // step, whether it took the large picture's place
    connect(desk.window->runner(),
            &RunController::previewReady,
            this,
            [&](Side side, int step, int, const QImage& preview) {
              if (side == Side::Guided) seen.emplace_back(step, view->shownOf(side) == preview);
            });
    NotchedSlider* slider = desk.slider("guidance.seg.scale")->slider();
    const auto press = [&](int x) {
      QTest::mousePress(slider, Qt::LeftButton, {}, QPoint(x, slider->height() / 2));
    };
    press(slider->width() / 3);
    QTRY_VERIFY(!seen.empty());
    QVERIFY2(!seen.front().second, "a first early preview is an inset");
    QCOMPARE(view->label(Side::Guided), before);
    seen.clear();
    for (int i = 0; i < 40; ++i) {
      const QPoint at(slider->width() / 3 + i, slider->height() / 2);
      QMouseEvent move(QEvent::MouseMove,
                       at,
                       slider->mapToGlobal(at),
                       Qt::NoButton,
                       Qt::LeftButton,
                       Qt::NoModifier);
      QApplication::sendEvent(slider, &move);
      QTest::qWait(6);
    }
    const auto large = std::count_if(
        seen.begin(), seen.end(), [](auto each) { return each.first == 1 && each.second; });
    QVERIFY2(large >= 4, qPrintable(QString::number(large)));
    QVERIFY(view->label(Side::Guided) != before);
    QTest::mouseRelease(slider, Qt::LeftButton);
    QVERIFY(desk.idle());
    QCOMPARE(view->picture(Side::Guided), desk.pairs.back().guided->image);
  }

  // The engine may take a picture and not its twin: the picture is not lost.
  void refusedTwinLeavesThePictureAlone() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    desk.engine->refuse(
        [](const GenerationRequest& request) {
          const auto scale = request.guidance.find("seg.scale");
          return scale != request.guidance.end() && std::get<double>(scale->second) == 0;
        },
        {ErrorCode::Io, "the disk is full"});
    setSeed(desk, "44");
    generate(desk);
    QTRY_COMPARE(desk.pairs.size(), std::size_t(2));
    QVERIFY(!desk.window->runner()->isRunning());
    QVERIFY(!desk.pairs.back().twin);
    QCOMPARE(*desk.pairs.back().guided->finished.resolved.seed, 44);
    QCOMPARE(desk.window->gallery()->rowCount(), 2);
    QVERIFY(desk.window->view()->picture(Side::Twin).isNull());
    QVERIFY(!desk.window->findChild<QPushButton*>("cancel")->isEnabled());
    const QString note = desk.window->banner()->text();
    QVERIFY2(note.contains("without") && note.contains("disk is full"), qPrintable(note));
    QTRY_COMPARE(QDir(dir.filePath("gallery/images")).entryList({"*-guided.png"}).size(), 2);
  }

  void undoNamesWhatItUndoes() {
    QTemporaryDir dir;
    Desk desk(dir);
    QVERIFY(desk.firstPair());
    desk.setLive(false);
    const QAction* undo = desk.window->actions()->registry().action("edit.undo");
    QTest::keyClick(desk.slider("guidance.seg.scale")->slider(), Qt::Key_Right);
    QVERIFY2(undo->text().endsWith("SEG scale"), qPrintable(undo->text()));
    QVERIFY2(!undo->text().contains('.'), "a name, not a path");
  }

  void livePairsAreKeptOnceTheyStay() {
    QTemporaryDir dir;
    Desk desk(dir, {.step_ms = 2});
    QVERIFY(desk.firstPair());
    desk.setLive(true);
    ParamSlider* slider = desk.slider("guidance.seg.scale");
    for (std::size_t i = 2; i <= 5; ++i) {
      QTest::keyClick(slider->slider(), Qt::Key_Right);
      QTRY_COMPARE(desk.pairs.size(), i);
      QCOMPARE(desk.window->gallery()->rowCount(), 1);
    }
    QTRY_COMPARE_WITH_TIMEOUT(desk.window->gallery()->rowCount(), 2, 4000);
    QTest::qWait(200);
    QCOMPARE(desk.window->gallery()->rowCount(), 2);
    QVERIFY(desk.window->gallery()
                ->index(0)
                .data(GalleryModel::CaptionRole)
                .toString()
                .contains("3.4"));
  }

  void closingKeepsTheLivePairInView() {
    QTemporaryDir dir;
    {
      Desk desk(dir, {.step_ms = 2});
      QVERIFY(desk.firstPair());
      desk.setLive(true);
      QTest::keyClick(desk.slider("guidance.seg.scale")->slider(), Qt::Key_Right);
      QTRY_COMPARE(desk.pairs.size(), std::size_t(2));
      desk.window->close();
    }
    QCOMPARE(QDir(dir.filePath("gallery/images")).entryList({"*-guided.png"}).size(), 2);
  }

  void stepsAreKeptUpToABound() {
    KeptTraces traces;
    QImage preview(512, 512, QImage::Format_RGB32);
    for (int seed = 0; seed < 100; ++seed) {
      GenerationRequest job;
      job.seed = seed;
      preview.fill(seed);
      traces.keep(job, {{1, preview}, {2, preview.copy()}});
      QVERIFY(traces.bytes() <= KeptTraces::kMostBytes);
      QCOMPARE(traces.find(job).size(), std::size_t(2));
    }
    GenerationRequest first;
    first.seed = 0;
    QVERIFY(traces.find(first).empty());
  }

  void fitsTheScreen_data() {
    QTest::addColumn<QRect>("left_at");
    QTest::newRow("first start") << QRect();
    QTest::newRow("left on a larger screen") << QRect(300, 200, 2400, 1500);
    QTest::newRow("left beyond the edge") << QRect(1500, 1100, 700, 500);
  }
  void fitsTheScreen() {
    QFETCH(QRect, left_at);
    QTemporaryDir dir;
    if (!left_at.isNull()) {
      QMainWindow other;
      other.setGeometry(left_at);
      SettingsStore(dir.filePath("settings.ini")).setGeometry(other.saveGeometry());
    }
    Desk desk(dir);
    QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
    const QRect room = desk.window->screen()->availableGeometry();
    QTRY_VERIFY(room.contains(desk.window->frameGeometry()));
  }

  void modesCollapseWhereThereIsNoRoom_data() {
    QTest::addColumn<QSize>("size");
    QTest::addColumn<bool>("collapsed");
    QTest::newRow("1440 x 900") << QSize(1440, 900) << false;
    QTest::newRow("1024 x 640") << QSize(1024, 640) << false;
    QTest::newRow("720 x 420") << QSize(720, 420) << true;
    QTest::newRow("smallest") << QSize(1, 1) << true;
  }
  void modesCollapseWhereThereIsNoRoom() {
    QFETCH(QSize, size);
    QFETCH(bool, collapsed);
    QTemporaryDir dir;
    Desk desk(dir);
    QTest::qWait(400);  // the window has settled on its screen
    desk.window->resize(size);
    auto* bar = desk.window->findChild<ViewBar*>("viewBar");
    QTRY_COMPARE(bar->isCollapsed(), collapsed);
    QTest::qWait(20);
    qsizetype modes = 0;
    for (const auto* button : bar->findChildren<QToolButton*>()) {
      if (!button->isVisible()) continue;
      modes += bar->modes()->actions().contains(button->defaultAction()) ? 1 : 0;
      QVERIFY(bar->rect().contains(QRect(button->mapTo(bar, QPoint()), button->size())));
      QVERIFY2(button->width() >= button->sizeHint().width(), qPrintable(button->text()));
    }
    QCOMPARE(modes < bar->modes()->actions().size(), collapsed);
    auto* more = bar->findChild<QToolButton*>("modeMenu");
    QCOMPARE(more->isVisible(), collapsed);
    // What has no button is in the menu, and named there when it is chosen.
    desk.window->view()->setMode(CompareMode::Difference);
    const QList<QAction*> actions = bar->modes()->actions();
    const auto buttons = bar->findChildren<QToolButton*>();
    QTRY_VERIFY(std::any_of(actions.begin(), actions.end(), [&](const QAction* action) {
      return action->isChecked() &&
             (more->text().contains(action->text().remove('&')) ||
              std::any_of(buttons.begin(), buttons.end(), [&](const QToolButton* button) {
                return button->isVisible() && button->defaultAction() == action;
              }));
    }));
  }

  void themeFollowsTheDesktop() {
    QTemporaryDir dir;
    Desk desk(dir);
    applyTheme(*qApp, darkTheme());
    QVERIFY(theme().dark);
    // The desktop of these tests is light, once there is one.
    qputenv("XDG_CURRENT_DESKTOP", "test");
    QEvent changed(QEvent::ThemeChange);
    QApplication::sendEvent(desk.window.get(), &changed);
    QVERIFY(!theme().dark);
    SettingsStore(dir.filePath("settings.ini")).setThemeChoice(ThemeChoice::Dark);
    applyTheme(*qApp, darkTheme());
    Desk chosen(dir);
    QApplication::sendEvent(chosen.window.get(), &changed);
    QVERIFY2(theme().dark, "a chosen theme stays");
    qunsetenv("XDG_CURRENT_DESKTOP");
  }
};

QTEST_MAIN(TestShownPairs)
#include "tst_shown_pairs.moc"
