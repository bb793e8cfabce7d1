// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The views of a sweep: grid, pad, filmstrip and plot, by hand and by keys.
#include "tests/ui/sweep_desk.h"
#include "ui/compare_palette.h"
#include "ui/param_slider.h"

#include <QComboBox>
#include <QScrollBar>
#include <QToolButton>
#include <QWheelEvent>

#include <cmath>

using namespace studio;
using namespace studio::test;

namespace {

void wheel(QWidget* widget,
           QPoint at,
           int turns,
           Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
  QWheelEvent event(at,
                    widget->mapToGlobal(at),
                    {},
                    QPoint(0, 120 * turns),
                    Qt::NoButton,
                    modifiers,
                    Qt::NoScrollPhase,
                    false);
  QApplication::sendEvent(widget, &event);
}

// A grid that was made, without running it: pictures of one colour each, in memory.
SweepStarted madeGrid(const SweepSpec& spec) {
  auto grid = std::make_shared<SweepGrid>(read_sweep(spec, fake_catalogue()).value());
  SweepStarted started;
  started.grid = grid;
  for (std::size_t cell = 0; cell < grid->cells(); ++cell) {
    started.picture_of_cell.push_back(static_cast<int>(cell));
    started.twin_of_cell.push_back(-1);
    CellResult result;
    result.state = CellState::Finished;
    result.seconds = 0.1 * static_cast<double>(cell % 7);
    result.twin_distance = 0.01 * static_cast<double>(cell);
    started.pictures.push_back(result);
  }
  return started;
}

std::shared_ptr<const ImageRgb8> plain(int side, int red, int green, int blue) {
  auto image = std::make_shared<ImageRgb8>(ImageRgb8{side, side, {}});
  for (int i = 0; i < side * side; ++i) {
    for (const int value : {red, green, blue})
      image->pixels.push_back(static_cast<std::uint8_t>(value));
  }
  return image;
}

// How often a widget was laid out or given another size.
class LayoutCounter : public QObject {
 public:
  int count = 0;

 protected:
  bool eventFilter(QObject*, QEvent* event) override {
    count += event->type() == QEvent::LayoutRequest || event->type() == QEvent::Resize;
    return false;
  }
};

}  // namespace

class TestSweepViews : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    desk_ = std::make_unique<SweepDesk>();
    desk_->page->setSpec(sweepOf({{kSigma, "0.5, 1, inf"}, {kScale, "0, 1, 4"}, {"seed", "1-2"}}));
    QVERIFY(desk_->canRun());
  }
  void cleanup() { desk_.reset(); }

  void picturesArePainted() {
    show(sweepOf({{kScale, "1, 2, 3, 4"}}));
    for (int i = 0; i < 4; ++i) desk_->page->images().setPicture(i, plain(16, 60 * i, 200, 40), {});
    QTRY_VERIFY([&] {
      const QImage shot = grid()->viewport()->grab().toImage();
      for (std::size_t i = 0; i < 4; ++i) {
        const QColor at = shot.pixelColor(grid()->rectOf(i).center() * shot.devicePixelRatio());
        if (std::abs(at.red() - 60 * static_cast<int>(i)) > 2 || std::abs(at.green() - 200) > 2)
          return false;
      }
      return true;
    }());
  }

  void arrowsMoveAndHeadersFollow() {
    QVERIFY(desk_->runToEnd());
    grid()->setFocus();
    QCOMPARE(cells().current(), std::size_t(0));
    QTest::keyClick(grid(), Qt::Key_Right);
    QCOMPARE(cells().current(), std::size_t(1));
    QTest::keyClick(grid(), Qt::Key_Down);
    QCOMPARE(cells().current(), std::size_t(4));
    QTest::keyClick(grid(), Qt::Key_End);
    QCOMPARE(cells().current(), std::size_t(8));
    QTest::keyClick(grid(), Qt::Key_Right);
    QCOMPARE(cells().current(), std::size_t(8));
    QVERIFY(grid()->accessibleDescription().contains(cells().cellText(8)));
  }

  void furtherAxesBySliders() {
    QVERIFY(desk_->runToEnd());
    auto* slider = desk_->page->findChild<NotchedSlider*>(QStringLiteral("superAxis2"));
    QVERIFY(slider != nullptr && slider->isVisible());
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_Right);
    QCOMPARE(cells().current(), std::size_t(9));
    QVERIFY(!grid()->rectOf(9).isNull());
    QVERIFY(grid()->rectOf(0).isNull());
    // Another axis across: the grid turns, the cell stays.
    auto* across = desk_->page->findChild<QComboBox*>(QStringLiteral("axisAcross"));
    across->setFocus();
    QTest::keyClick(across, Qt::Key_End);
    QCOMPARE(cells().across(), 2);
    QCOMPARE(cells().current(), std::size_t(9));
    QVERIFY(!grid()->rectOf(0).isNull() && !grid()->rectOf(9).isNull());
  }

  void zoomIsLinkedOverAllCells() {
    QVERIFY(desk_->runToEnd());
    const QRect frame = grid()->rectOf(4);
    const QPoint point = frame.topLeft() + QPoint(frame.width() / 4, frame.height() / 4);
    wheel(grid()->viewport(), point, 4);
    QVERIFY(grid()->zoom() > 2);
    // What is under the hand stays there.
    const double before = 0.25, after = grid()->centre().x() + (0.25 - 0.5) / grid()->zoom();
    QVERIFY2(std::abs(before - after) < 0.02, qPrintable(QString::number(after)));
    const QPointF centre = grid()->centre();
    QTest::mousePress(grid()->viewport(), Qt::LeftButton, {}, frame.center());
    for (int i = 1; i <= 10; ++i)
      QTest::mouseMove(grid()->viewport(), frame.center() - QPoint(3 * i, 0));
    QTest::mouseRelease(grid()->viewport(), Qt::LeftButton, {}, frame.center() - QPoint(30, 0));
    QVERIFY(grid()->centre().x() > centre.x() + 0.02);
    QCOMPARE(cells().current(), std::size_t(0));  // a drag is no click
    QTest::keyClick(grid(), Qt::Key_Z);
    QCOMPARE(grid()->zoom(), 1.0);
    auto* linked = desk_->page->findChild<QToolButton*>(QStringLiteral("zoomLinked"));
    QTest::mouseClick(linked, Qt::LeftButton);
    wheel(grid()->viewport(), point, 4);
    QCOMPARE(grid()->zoom(), 1.0);
  }

  void controlWheelSizesTheTiles() {
    QVERIFY(desk_->runToEnd());
    const int before = grid()->shownTileSize();
    wheel(grid()->viewport(), grid()->rectOf(4).center(), 2, Qt::ControlModifier);
    QVERIFY(grid()->shownTileSize() > before);
    QCOMPARE(grid()->zoom(), 1.0);
    QTest::mouseClick(desk_->page->findChild<QToolButton*>(QStringLiteral("fitTiles")),
                      Qt::LeftButton);
    QCOMPARE(grid()->shownTileSize(), before);
  }

  void severalAreMarkedAndCompared() {
    QVERIFY(desk_->runToEnd());
    QVector<SweepCompareItem> compared;
    const QObject here;  // what is asked for later is not heard
    connect(desk_->page.get(), &SweepPage::compareAsked, &here, [&](const auto& items) {
      compared = items;
    });
    desk_->clickCell(4);
    QTest::keyClick(grid(), Qt::Key_C);
    QCOMPARE(compared.size(), 2);  // with its twin
    QCOMPARE(compared[0].label, QStringLiteral("unguided"));
    QVERIFY(compared[1].file.endsWith(".png") && QFile::exists(compared[1].file));
    desk_->clickCell(8, Qt::ControlModifier);
    QCOMPARE(cells().marked(), (std::set<std::size_t>{4, 8}));
    desk_->clickCell(7, Qt::ControlModifier);
    desk_->click(desk_->page->panel()->findChild<QPushButton*>(QStringLiteral("cellCompare")));
    QCOMPARE(compared.size(), 3);
    desk_->clickCell(0);
    QVERIFY(cells().marked().empty());
    desk_->clickCell(4, Qt::ShiftModifier);
    QCOMPARE(cells().marked(), (std::set<std::size_t>{0, 1, 3, 4}));
    QTest::keyClick(grid(), Qt::Key_Escape);
    QVERIFY(cells().marked().empty());
  }

  void doubleClickOpens() {
    QVERIFY(desk_->runToEnd());
    GenerationRequest opened;
    QString file;
    connect(desk_->page.get(),
            &SweepPage::openAsked,
            this,
            [&](const GenerationRequest& request, const QString& path) {
              opened = request;
              file = path;
            });
    QTest::mouseDClick(grid()->viewport(), Qt::LeftButton, {}, grid()->rectOf(5).center());
    QVERIFY(opened == cells().request(5));
    QVERIFY(QFile::exists(file));
  }

  void hoverTellsTheDifference() {
    QVERIFY(desk_->runToEnd());
    desk_->clickCell(4);
    QTest::mouseMove(grid()->viewport(), grid()->rectOf(8).center());
    QTRY_COMPARE(grid()->hovered().value_or(99), std::size_t(8));
    QCOMPARE(cells().differenceText(4, 8), QStringLiteral("Blur sigma 1 → ∞ · SEG scale 1 → 4"));
    bool said = false;
    for (auto* label : desk_->page->findChildren<QLabel*>())
      said = said || label->text().contains("Against the selected cell: Blur sigma 1 → ∞");
    QVERIFY(said);
  }

  void twinHeldAndDifference() {
    QVERIFY(desk_->runToEnd());
    desk_->clickCell(8);
    QTest::keyPress(grid(), Qt::Key_T);
    QCOMPARE(grid()->look(), CellLook::Twin);
    QTest::keyRelease(grid(), Qt::Key_T);
    QCOMPARE(grid()->look(), CellLook::Plain);
    QTest::mouseClick(desk_->page->findChild<QToolButton*>(QStringLiteral("showDifference")),
                      Qt::LeftButton);
    QCOMPARE(grid()->look(), CellLook::Difference);
    // Scale 0 is its own twin: no difference anywhere.
    QTRY_COMPARE(colourAt(0), QColor(heatColour(0)));
    QTRY_VERIFY([&] {
      const QImage shot = grid()->viewport()->grab(grid()->rectOf(8)).toImage();
      int bright = 0;
      for (int y = 0; y < shot.height(); ++y) {
        for (int x = 0; x < shot.width(); ++x) bright += qGray(shot.pixel(x, y)) > 90;
      }
      return bright > 50;
    }());
  }

  void differenceIsZeroForEqualPictures() {
    const QImage a = toQImage(*plain(8, 10, 200, 30)), b = toQImage(*plain(8, 10, 190, 30));
    const QImage same = heatOf(a, a);
    for (int i = 0; i < 64; ++i) QCOMPARE(same.pixel(i % 8, i / 8), heatColour(0));
    QCOMPARE(heatOf(a, b).pixel(3, 3), heatColour(10.0 / kDifferenceTop));
    QVERIFY(heatOf(a, toQImage(*plain(9, 0, 0, 0))).isNull());
    // Lighter with every step, so that it reads without colours.
    int last = -1;
    for (int i = 0; i <= kDifferenceTop; ++i) {
      const int grey = qGray(heatColour(static_cast<double>(i) / kDifferenceTop));
      QVERIFY(grey >= last);
      last = grey;
    }
  }

  void thePadFlipsAndAsksForWhatIsMissing() {
    desk_->click(desk_->page->editor()->runButton());
    QTRY_VERIFY(cells().finished() >= 3);
    desk_->engine->set_paused(desk_->job, true);
    QTRY_COMPARE(desk_->page->editor()->runButton()->text(), QStringLiteral("Go on"));
    desk_->page->setMode(SweepViewMode::Pad);
    SweepPad* pad = desk_->page->padView()->pad();
    std::size_t missing = cells().cells();
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t column = 0; column < 3; ++column) {
        const std::size_t cell = cells().cellAtShown(column, row);
        if (cells().resultOfCell(cell).state == CellState::Waiting) missing = cell;
      }
    }
    QVERIFY(missing < cells().cells());
    const auto there = cells().position(missing);
    QSignalSpy asked(desk_->page.get(), &SweepPage::bringForwardAsked);
    QTest::mousePress(pad, Qt::LeftButton, {}, pad->placeOf(0, 0).toPoint());
    const QPointF to = pad->placeOf(there[0], there[1]), from = pad->placeOf(0, 0);
    for (int i = 1; i <= 12; ++i) QTest::mouseMove(pad, (from + (to - from) * i / 12).toPoint());
    QTest::mouseRelease(pad, Qt::LeftButton, {}, to.toPoint());
    QCOMPARE(cells().current(), missing);
    CellPicture* picture = desk_->page->padView()->picture();
    QVERIFY(picture->shownCell() != missing && cells().isFinished(picture->shownCell()));
    QVERIFY2(picture->mark().contains("Not computed"), qPrintable(picture->mark()));
    QTRY_COMPARE(asked.count(), 1);
    QCOMPARE(asked[0][0].toInt(), cells().picture(missing));
    desk_->engine->set_paused(desk_->job, false);
    QTRY_VERIFY(cells().isFinished(missing));
    QCOMPARE(picture->mark(), QString());
    pad->setFocus();
    const std::size_t before = cells().current();
    QTest::keyClick(pad, there[0] > 0 ? Qt::Key_Left : Qt::Key_Right);
    QVERIFY(cells().current() != before);
  }

  void theFilmstripGoesAlongOneAxis() {
    QVERIFY(desk_->runToEnd());
    desk_->page->setMode(SweepViewMode::Filmstrip);
    Filmstrip* strip = desk_->page->filmstrip()->strip();
    QTest::mouseClick(strip->viewport(), Qt::LeftButton, {}, strip->rectOf(2).center());
    QCOMPARE(cells().current(), std::size_t(2));
    QTest::keyClick(strip, Qt::Key_Left);
    QCOMPARE(cells().current(), std::size_t(1));
    QTest::keyClick(strip, Qt::Key_Down);
    QCOMPARE(cells().current(), std::size_t(4));
    QTest::keyClick(strip, Qt::Key_Home);
    QCOMPARE(cells().current(), std::size_t(3));
  }

  void thePlotReadsAndSelects() {
    QVERIFY(desk_->runToEnd());
    desk_->page->setMode(SweepViewMode::Plot);
    CellPlot* plot = desk_->page->plotView()->plot();
    QTRY_COMPARE(plot->points().size(), std::size_t(3));
    QCOMPARE(plot->points()[0].size(), std::size_t(3));
    // Seeds are averaged by themselves.
    QCOMPARE(desk_->page->plotView()->meanBox()->currentText(), QStringLiteral("Seed"));
    QCOMPARE(plot->points()[2][2].count, 2);
    QVERIFY(plot->points()[2][2].least <= plot->points()[2][2].mean &&
            plot->points()[2][2].mean <= plot->points()[2][2].most);
    QCOMPARE(plot->points()[0][1].mean, 0.0);  // scale 0: no distance
    QVERIFY(plot->readingAt(2, 2).contains("over 2"));
    QTest::mouseClick(plot, Qt::LeftButton, {}, plot->placeOf(2, 1).toPoint());
    QCOMPARE(cells().position(cells().current())[0], std::size_t(1));
    QCOMPARE(cells().position(cells().current())[1], std::size_t(2));
    auto* number = desk_->page->plotView()->numberBox();
    number->setFocus();
    QTest::keyClick(number, Qt::Key_End);
    QTRY_VERIFY(plot->points()[1][1].mean >= 4);  // evaluations
    QTest::keyClick(plot, Qt::Key_Right);
    QCOMPARE(cells().position(cells().current())[0], std::size_t(2));
  }

  void oddShapes_data() {
    QTest::addColumn<QStringList>("axes");
    QTest::newRow("one cell") << QStringList{"seed=7"};
    QTest::newRow("one axis") << QStringList{"seed=1-30"};
    QTest::newRow("long prompts") << QStringList{
        "prompt=\"" + QString("a very long prompt, with commas, ").repeated(60) + "\", \"\"",
        "seed=1-2"};
    QTest::newRow("four axes") << QStringList{
        "seed=1-2", "steps=2, 3", "guidance.seg.scale=1, 2", "guidance.seg.start=0, 0.5"};
    QTest::newRow("words") << QStringList{"sampler=euler, ddim", "guidance.seg.layers=mid, up"};
  }
  void oddShapes() {
    QFETCH(QStringList, axes);
    SweepSpec spec = sweepOf({}, 2);
    for (const QString& axis : axes)
      spec.axes.push_back(
          {axis.section('=', 0, 0).toStdString(), axis.section('=', 1).toStdString()});
    desk_->page->setSpec(spec);
    QVERIFY2(desk_->canRun(), qPrintable(desk_->page->editor()->problem()));
    QVERIFY(desk_->runToEnd());
    QCOMPARE(cells().failed(), 0);
    for (const auto mode :
         {SweepViewMode::Grid, SweepViewMode::Pad, SweepViewMode::Filmstrip, SweepViewMode::Plot}) {
      desk_->page->setMode(mode);
      QVERIFY(!desk_->page->grab().isNull());
      for (const auto key :
           {Qt::Key_Right, Qt::Key_Down, Qt::Key_End, Qt::Key_Left, Qt::Key_Up, Qt::Key_Home})
        QTest::keyClick(QApplication::focusWidget() != nullptr ? QApplication::focusWidget()
                                                               : desk_->page->grid(),
                        key);
    }
    for (const QSize size : {QSize(700, 420), QSize(2200, 1300)}) {
      desk_->page->setMode(SweepViewMode::Grid);
      desk_->page->resize(size);
      QVERIFY(!desk_->page->grab().isNull());
    }
  }

  void listedJobsAreAnAxis() {
    SweepSpec spec = sweepOf({}, 2);
    for (int i = 0; i < 3; ++i) {
      spec.listed.push_back(spec.base);
      spec.listed.back().seed = i;
    }
    desk_->page->setSpec(spec);
    QVERIFY(desk_->canRun());
    QVERIFY(desk_->runToEnd());
    QCOMPARE(cells().axes(), 1);
    QCOMPARE(cells().cells(), std::size_t(3));
    QCOMPARE(cells().request(2).seed, std::optional<std::int64_t>(2));
  }

  void onlyVisibleTilesArePainted() {
    show(sweepOf({{"seed", "1-100"}, {kScale, "0..10[100]"}}));
    QCOMPARE(cells().cells(), std::size_t(10'000));
    grid()->setTileSize(96);
    grid()->viewport()->grab();
    QVERIFY2(grid()->tilesPainted() > 10 && grid()->tilesPainted() < 120,
             qPrintable(QString::number(grid()->tilesPainted())));
    grid()->verticalScrollBar()->setValue(grid()->verticalScrollBar()->maximum());
    grid()->viewport()->grab();
    QVERIFY(!grid()->rectOf(cells().cellAtShown(0, 99)).isNull());
    QVERIFY(grid()->tilesPainted() < 120);
  }

  // Tools without room stay away: one that came and went would lay out the window in every turn.
  void aNarrowPageIsAtRest() {
    QVERIFY(desk_->runToEnd());
    auto* tool = desk_->page->findChild<QToolButton*>(QStringLiteral("fitTiles"));
    for (const int width : {560, 640, 720, 800, 900, 1100}) {
      desk_->page->resize(width, 700);
      QTest::qWait(100);
      LayoutCounter counter;
      for (QWidget* one : {tool->parentWidget(), static_cast<QWidget*>(grid())})
        one->installEventFilter(&counter);
      QTest::qWait(100);
      QVERIFY2(counter.count == 0, qPrintable(QString::number(width)));
      // None reaches over the bar's end.
      QVERIFY(!tool->isVisible() || tool->geometry().right() < tool->parentWidget()->width());
    }
    QVERIFY(desk_->page->findChild<QToolButton*>(QStringLiteral("mode0"))->isVisible());
  }

  void onePaintedTileLeavesTheOthers() {
    show(sweepOf({{"seed", "1-6"}, {kScale, "0..10[4]"}}));
    grid()->viewport()->grab();
    const int all = grid()->tilesPainted();
    grid()->viewport()->grab(grid()->rectOf(8));
    QVERIFY2(grid()->tilesPainted() >= 1 && grid()->tilesPainted() < all,
             qPrintable(QString::number(grid()->tilesPainted())));
  }

  void memoryForPicturesIsBounded() {
    show(sweepOf({{"seed", "1-60"}}));
    const QString file = desk_->dir.filePath("large.png");
    QVERIFY(toQImage(*plain(1024, 9, 8, 7)).save(file));
    auto& images = desk_->page->images();
    for (int i = 0; i < 60; ++i) images.setFile(i, file);
    for (int i = 0; i < 60; ++i) {
      QTRY_VERIFY(images.tile(this, i, -1, CellLook::Plain, {900, 900, 1, 0.5, 0.5}).exact);
      images.beginFrame(this);
    }
    QVERIFY2(images.bytesKept() <= (96 + 160 + 2) << 20,
             qPrintable(QString::number(images.bytesKept())));
  }

  void placingIsExact_data() {
    QTest::addColumn<double>("zoom");
    for (const double zoom : {1.0, 1.7, 4.0, 32.0})
      QTest::newRow(qPrintable(QString::number(zoom))) << zoom;
  }
  void placingIsExact() {
    QFETCH(double, zoom);
    for (const QSize size : {QSize(64, 64), QSize(100, 37), QSize(1, 4096), QSize(4096, 1)}) {
      for (const double share : {0.0, 0.5, 1.0}) {
        const Placing placing = placeIn({130, 90, zoom, share, share}, size);
        QVERIFY(QRect(QPoint(), placing.full).contains(placing.part));
        QVERIFY(placing.part.width() <= 130 && placing.part.height() <= 90 &&
                !placing.part.isEmpty());
        QVERIFY(placing.at.x() >= 0 && placing.at.y() >= 0);
      }
    }
    QVERIFY(placeIn({0, 0, zoom, 0.5, 0.5}, {8, 8}).full.isEmpty());
  }

 private:
  SweepGridView* grid() { return desk_->page->grid(); }
  SweepCells& cells() { return desk_->page->cells(); }
  QColor colourAt(std::size_t cell) {
    return grid()->viewport()->grab().toImage().pixelColor(grid()->rectOf(cell).center());
  }
  void show(const SweepSpec& spec) {
    desk_->page->handle(77, madeGrid(spec));
    desk_->page->handle(77, SweepFinished{});
  }
  std::unique_ptr<SweepDesk> desk_;
};

QTEST_MAIN(TestSweepViews)
#include "tst_sweep_views.moc"
