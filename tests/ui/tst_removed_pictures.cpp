// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Strip, gallery page and compare view hear of each other's deletions; a picture that is there
// already is not added twice; and keys that act on the page that is shown.
#include "tests/ui/desk.h"
#include "ui/banner.h"
#include "ui/compare_view.h"
#include "ui/gallery_grid.h"
#include "ui/gallery_page.h"
#include "ui/gallery_strip.h"
#include "ui/sweep_grid_view.h"
#include "ui/sweep_page.h"

#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

using namespace studio;
using namespace studio::ui;

namespace {

// Two pairs, seeds 43 and 44; what is deleted goes to a wastebasket in `dir`.
struct Desk : test::Desk {
  explicit Desk(const QTemporaryDir& dir, const test::FakeScript& script = {.step_ms = 2})
      : test::Desk(dir, script) {
    images = QDir(dir.filePath("gallery/images"));
    strip = window->findChild<GalleryStrip*>("gallery");
    page = window->galleryPage();
    grid = page->grid();
  }
  bool twoPairs() {
    if (!firstPair()) return false;
    setLive(false);
    window->activateWindow();
    if (!QTest::qWaitForWindowActive(window.get())) return false;
    generate("44");
    return idle() && QTest::qWaitFor([&] { return files() == 4 && grid->count() == 2; }, 8000);
  }
  void generate(const char* seed) {
    window->findChild<QLineEdit*>("seedEdit")->setText(seed);
    const std::size_t before = pairs.size();
    QTest::mouseClick(window->findChild<QPushButton*>("generate"), Qt::LeftButton);
    (void)QTest::qWaitFor([&] { return pairs.size() > before; }, 8000);
  }
  qsizetype files() const {
    QDir now(images);
    now.refresh();
    return now.entryList({"*.png"}, QDir::Files).size();
  }
  void showGallery() {
    QTest::keyClick(window.get(), Qt::Key_3, Qt::AltModifier);
    (void)QTest::qWaitFor([&] { return grid->isVisible(); });
  }
  void click(int row, Qt::KeyboardModifiers keys = {}) {
    QTest::mouseClick(grid->viewport(), Qt::LeftButton, keys, grid->tileRect(row).center());
  }
  QString label(Side side = Side::Guided) const { return window->view()->label(side); }
  QString news() const { return page->findChild<QLabel*>("galleryNews")->text(); }

  QDir images;
  GalleryStrip* strip;
  GalleryPage* page;
  GalleryGrid* grid;
};

}  // namespace

class TestRemovedPictures : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    qputenv("XDG_DATA_HOME", dir_->filePath("data").toUtf8());
  }
  void cleanup() {
    dir_.reset();
    qunsetenv("XDG_DATA_HOME");
  }

  void galleryPageTellsStripAndView() {
    Desk desk(*dir_);
    QVERIFY(desk.twoPairs());
    const QImage shown = desk.window->view()->picture(Side::Guided);
    QVERIFY(!desk.label().contains("deleted"));
    desk.showGallery();
    desk.click(0);
    QTest::keyClick(desk.grid, Qt::Key_Delete);
    QTRY_COMPARE(desk.window->gallery()->rowCount(), 1);
    QTRY_COMPARE(desk.grid->count(), 1);
    // What is looked at stays, and says what became of it; nothing else is marked as shown.
    QVERIFY2(desk.label().contains("deleted"), qPrintable(desk.label()));
    QVERIFY2(desk.label(Side::Twin).contains("deleted"), qPrintable(desk.label(Side::Twin)));
    QCOMPARE(desk.window->view()->picture(Side::Guided), shown);
    QVERIFY(!desk.strip->currentIndex().isValid());
    QTest::keyClick(desk.grid, Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(desk.window->gallery()->rowCount(), 2);
    QTRY_COMPARE(desk.grid->count(), 2);
    QVERIFY(!desk.label().contains("deleted"));
    QVERIFY(!desk.label(Side::Twin).contains("deleted"));
    QCOMPARE(desk.strip->currentIndex().row(), 0);
    QVERIFY(desk.window->gallery()->index(0).data(GalleryModel::HasTwinRole).toBool());
    QTRY_COMPARE(desk.window->gallery()->index(0).data(GalleryModel::SeedRole).toString(),
                 QStringLiteral("seed 44"));
  }

  void stripTellsTheGalleryPage() {
    Desk desk(*dir_);
    QVERIFY(desk.twoPairs());
    const GenerationRequest job = desk.window->controls()->request();
    desk.strip->setFocus();
    QTest::keyClick(desk.strip, Qt::Key_Delete);
    QTRY_COMPARE(desk.window->gallery()->rowCount(), 1);
    QTRY_COMPARE(desk.grid->count(), 1);
    QVERIFY2(!desk.news().contains("another program"), qPrintable(desk.news()));
    QCOMPARE(desk.files(), 2);
    // On to the next pair; the job that was being worked on stays.
    QTRY_COMPARE(desk.window->view()->picture(Side::Guided), desk.pairs.front().guided->image);
    QVERIFY(!desk.label().contains("deleted"));
    QCOMPARE(desk.window->controls()->request(), job);
    // The page can put it back.
    desk.showGallery();
    desk.grid->setFocus();
    QTest::keyClick(desk.grid, Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(desk.files(), 4);
    QTRY_COMPARE(desk.window->gallery()->rowCount(), 2);
    QTRY_COMPARE(desk.grid->count(), 2);
  }

  void lastPairOfTheStripStaysInView() {
    Desk desk(*dir_);
    QVERIFY(desk.firstPair());
    QTRY_COMPARE(desk.files(), 2);
    desk.strip->setFocus();
    QTest::keyClick(desk.strip, Qt::Key_Delete);
    QTRY_COMPARE(desk.window->gallery()->rowCount(), 0);
    QTRY_VERIFY(desk.label().contains("deleted"));
    QVERIFY(!desk.window->view()->picture(Side::Guided).isNull());
  }

  void filesThatAnotherProgramRemovesLeaveTheStrip() {
    Desk desk(*dir_);
    QVERIFY(desk.twoPairs());
    desk.showGallery();
    const QString file = desk.window->gallery()->pathOf(1, Side::Guided);
    QVERIFY(QFile::remove(file));
    desk.page->noticePicture(file);
    QTRY_COMPARE(desk.window->gallery()->rowCount(), 1);
    QVERIFY2(desk.news().contains("another program"), qPrintable(desk.news()));
  }

  void comparedPicturesAreMarked() {
    Desk desk(*dir_);
    QVERIFY(desk.twoPairs());
    desk.showGallery();
    desk.click(0);
    desk.click(1, Qt::ControlModifier);
    QTest::keyClick(desk.grid, Qt::Key_C);
    CompareView* view = desk.window->view();
    QTRY_COMPARE(view->pictures().size(), std::size_t(2));
    const QString first = view->pictures()[0].label, second = view->pictures()[1].label;
    desk.showGallery();
    desk.click(0);
    QTest::keyClick(desk.grid, Qt::Key_Delete);
    QTRY_COMPARE(desk.grid->count(), 1);
    QTRY_VERIFY(view->pictures()[0].label.contains("deleted") !=
                view->pictures()[1].label.contains("deleted"));
    QVERIFY(view->showsPictures());
    QTest::keyClick(desk.grid, Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(view->pictures()[0].label, first);
    QCOMPARE(view->pictures()[1].label, second);
  }

  void deletedBeforeItIsSaved() {
    Desk desk(*dir_);
    QVERIFY(desk.twoPairs());
    const Pair pair = desk.pairs.front();
    auto again = std::make_shared<Picture>(*pair.guided);
    again->finished.resolved.seed = 99;
    int row = -1;
    desk.window->gallery()->add({again, nullptr}, [&](int at) { row = at; });
    QCOMPARE(row, 0);
    desk.window->gallery()->remove(0);
    QCOMPARE(desk.window->gallery()->rowCount(), 2);
    QTest::qWait(300);
    QCOMPARE(desk.files(), 4);
    QCOMPARE(desk.grid->count(), 2);
  }

  // The program starts anew, the same job runs again: the same picture, once.
  void equalPictureOfAnEarlierSessionIsNotDoubled() {
    {
      Desk desk(*dir_);
      QVERIFY(desk.twoPairs());
    }
    Desk desk(*dir_);
    QTRY_COMPARE(desk.window->gallery()->rowCount(), 2);
    QTRY_VERIFY(!desk.window->view()->picture(Side::Guided).isNull());
    desk.setLive(false);
    desk.generate("43");
    QVERIFY(desk.idle());
    QCOMPARE(desk.pairs.size(), std::size_t(1));
    QTRY_COMPARE(desk.strip->currentIndex().row(), 1);
    QCOMPARE(desk.window->gallery()->rowCount(), 2);
    QCOMPARE(desk.files(), 4);
    // Another job is another picture.
    desk.generate("45");
    QTRY_COMPARE(desk.window->gallery()->rowCount(), 3);
    QTRY_COMPARE(desk.files(), 6);
  }

  // The same job with other pixels, as another device or other weights make them, is kept.
  void equalJobWithOtherPixelsIsKept() {
    {
      Desk desk(*dir_);
      QVERIFY(desk.twoPairs());
    }
    Desk desk(*dir_);
    QTRY_COMPARE(desk.window->gallery()->rowCount(), 2);
    Pair changed;
    desk.window->gallery()->open(0, [&](const Result<Pair>& pair) { changed = pair.value(); });
    QTRY_VERIFY(changed.guided);
    auto other = std::make_shared<Picture>(*changed.guided);
    auto pixels = std::make_shared<ImageRgb8>(*other->finished.images.front());
    pixels->pixels[0] ^= 1;
    other->image = toQImage(*pixels);
    other->finished.images = {pixels};
    desk.window->gallery()->add({other, nullptr});
    QTRY_COMPARE(desk.window->gallery()->rowCount(), 3);
    QTRY_COMPARE(desk.files(), 5);
  }

  // --- Keys of the page that is shown -------------------------------------------------------

  void zoomKeysActOnTheShownPage() {
    Desk desk(*dir_);
    QVERIFY(desk.twoPairs());
    CompareView* view = desk.window->view();
    QWidget* window = desk.window.get();
    const auto press = [window](Qt::Key key) { QTest::keyClick(window, key, Qt::ControlModifier); };
    press(Qt::Key_Plus);
    QVERIFY(view->zoom() > 0);
    const double zoom = view->zoom();
    desk.showGallery();
    QCOMPARE(desk.grid->tileSide(), GalleryGrid::kUsualSide);
    press(Qt::Key_Plus);
    QCOMPARE(desk.grid->tileSide(), GalleryGrid::kUsualSide + GalleryGrid::kSideStep);
    press(Qt::Key_Minus);
    press(Qt::Key_Minus);
    QCOMPARE(desk.grid->tileSide(), GalleryGrid::kUsualSide - GalleryGrid::kSideStep);
    press(Qt::Key_0);
    QCOMPARE(desk.grid->tileSide(), GalleryGrid::kUsualSide);
    QTest::keyClick(window, Qt::Key_2, Qt::AltModifier);
    SweepGridView* sweep = desk.window->sweepPage()->grid();
    sweep->setTileSize(100);
    press(Qt::Key_Plus);
    QCOMPARE(sweep->zoom(), 1.25);
    press(Qt::Key_0);
    QCOMPARE(sweep->zoom(), 1.0);
    QCOMPARE(sweep->tileSize(), 100);
    press(Qt::Key_0);
    QCOMPARE(sweep->tileSize(), 0);
    QCOMPARE(view->zoom(), zoom);
    QTest::keyClick(window, Qt::Key_1, Qt::AltModifier);
    press(Qt::Key_0);
    QCOMPARE(view->zoom(), 0.0);
  }

 private:
  std::unique_ptr<QTemporaryDir> dir_;
};

QTEST_MAIN(TestRemovedPictures)
#include "tst_removed_pictures.moc"
