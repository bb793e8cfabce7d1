// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A picture in view becomes what a job starts from or follows: from the strip, the comparison, the
// gallery, a sweep's cells and the palette, by drag and by mask.
#include "tests/ui/desk.h"
#include "ui/action_registry.h"
#include "ui/banner.h"
#include "ui/compare_view.h"
#include "ui/gallery_grid.h"
#include "ui/gallery_page.h"
#include "ui/gallery_strip.h"
#include "ui/main_actions.h"
#include "ui/mask_painter.h"
#include "ui/picture_rows.h"
#include "ui/picture_well.h"
#include "ui/queue_model.h"
#include "ui/section_form.h"
#include "ui/sweep_grid_view.h"
#include "ui/sweep_page.h"

#include <QAction>
#include <QContextMenuEvent>
#include <QDir>
#include <QMenu>
#include <QToolButton>

using namespace studio;
using namespace studio::ui;

namespace {

constexpr const char* kStart = "start.image";
constexpr const char* kFollow = "control.image";

struct PictureDeskBench : test::Desk {
  explicit PictureDeskBench(const QTemporaryDir& dir, test::FakeScript script = scripted())
      : Desk(dir, script) {}
  static test::FakeScript scripted() {
    test::FakeScript script{.step_ms = 2};
    script.catalogue = &test::fake_catalogue_with_pictures();
    return script;
  }
  bool saved() {
    return firstPair() &&
           QTest::qWaitFor([&] { return !window->gallery()->pathOf(0, Side::Guided).isEmpty(); },
                           5000);
  }
  // The menu over a place of a widget; closed again by the caller.
  QMenu* menuOver(QWidget* widget, const QPoint& at) {
    QContextMenuEvent event(QContextMenuEvent::Mouse, at, widget->mapToGlobal(at));
    QApplication::sendEvent(widget, &event);
    return qobject_cast<QMenu*>(QApplication::activePopupWidget());
  }
  static QAction* actionOf(const QMenu* menu, const char* path) {
    for (QAction* action : menu->actions()) {
      if (action->objectName() == QLatin1String(path)) return action;
    }
    return nullptr;
  }
  QString valueOf(const char* path) {
    const auto& sections = window->controls()->request().sections;
    const auto found = sections.find(path);
    return found == sections.end() ? QString()
                                   : QString::fromStdString(std::get<std::string>(found->second));
  }
  QAction* command(const char* path) {
    return window->actions()->registry().action(QStringLiteral("picture.use.") +
                                                QLatin1String(path));
  }
  QAction* undo() { return window->actions()->registry().action("edit.undo"); }
};

}  // namespace

class TestPictureCommands : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> dir_;
  std::unique_ptr<PictureDeskBench> desk_;

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    desk_ = std::make_unique<PictureDeskBench>(*dir_);
    QVERIFY(desk_->saved());
  }
  void cleanup() {
    if (QWidget* popup = QApplication::activePopupWidget()) popup->close();
    desk_.reset();
  }

  void fromTheStrip() {
    auto* strip = desk_->window->findChild<GalleryStrip*>();
    GenerationRequest request = desk_->window->controls()->request();
    request.prompts = {"a prompt that stays"};
    desk_->window->controls()->setRequest(request);
    QMenu* menu =
        desk_->menuOver(strip->viewport(), strip->visualRect(strip->model()->index(0, 0)).center());
    QVERIFY(menu != nullptr);
    QAction* start = desk_->actionOf(menu, kStart);
    QVERIFY(start != nullptr && start->isEnabled());
    QCOMPARE(start->text(), QStringLiteral("Start from this picture"));
    start->trigger();
    menu->close();
    const QString file = desk_->window->gallery()->pathOf(0, Side::Guided);
    QCOMPARE(desk_->valueOf(kStart), file);
    QCOMPARE(desk_->window->controls()->request().prompts.front(),
             std::string("a prompt that stays"));
    auto* section = desk_->window->findChild<SectionForm*>("section.start");
    QVERIFY(section->isOpen());
    QTRY_COMPARE(desk_->window->controls()->pictures()->well(kStart)->state(),
                 PictureWell::State::Shown);
    desk_->undo()->trigger();
    QCOMPARE(desk_->valueOf(kStart), QString());
    QCOMPARE(desk_->window->controls()->request().prompts.front(),
             std::string("a prompt that stays"));
  }

  void fromTheComparison() {
    CompareView* view = desk_->window->view();
    view->setMode(CompareMode::SideBySide);
    for (const Side side : {Side::Twin, Side::Guided}) {
      const QPoint at = view->frameOf(side == Side::Twin ? 0 : 1).center().toPoint();
      QMenu* menu = desk_->menuOver(view, at);
      QVERIFY(menu != nullptr);
      QAction* follow = desk_->actionOf(menu, kFollow);
      QVERIFY2(follow != nullptr && follow->isEnabled(), qPrintable(follow->toolTip()));
      follow->trigger();
      menu->close();
      QCOMPARE(desk_->valueOf(kFollow), desk_->window->gallery()->pathOf(0, side));
    }
    // It does nothing alone, and says so.
    QVERIFY(desk_->window->banner()->isVisible());
    QVERIFY(desk_->window->findChild<ParamRow*>(kFollow)->isVisible());
  }

  void wipesKnowTheirSides() {
    CompareView* view = desk_->window->view();
    view->setMode(CompareMode::Wipe);
    view->setWipe(0.5);
    const QRect frame = view->frameOf(0).toRect();
    QMenu* menu = desk_->menuOver(view, frame.center() - QPoint(frame.width() / 4, 0));
    desk_->actionOf(menu, kStart)->trigger();
    menu->close();
    QCOMPARE(desk_->valueOf(kStart), desk_->window->gallery()->pathOf(0, Side::Twin));
    menu = desk_->menuOver(view, frame.center() + QPoint(frame.width() / 4, 0));
    desk_->actionOf(menu, kStart)->trigger();
    menu->close();
    QCOMPARE(desk_->valueOf(kStart), desk_->window->gallery()->pathOf(0, Side::Guided));
  }

  void fromThePalette() {
    QAction* start = desk_->command(kStart);
    QVERIFY(start != nullptr && start->isEnabled());
    start->trigger();
    QCOMPARE(desk_->valueOf(kStart), desk_->window->gallery()->pathOf(0, Side::Guided));
    QVERIFY(desk_->window->actions()->menu("job")->actions().contains(start));
  }

  void fromTheGallery() {
    desk_->window->actions()->registry().action("page.gallery")->trigger();
    GalleryPage* page = desk_->window->galleryPage();
    QTRY_COMPARE_WITH_TIMEOUT(page->grid()->count(), 1, 10000);
    QVERIFY2(!desk_->command(kStart)->isEnabled(), "nothing is chosen");
    QVERIFY(!desk_->window->actions()
                 ->registry()
                 .entry("picture.use.start.image")
                 ->why_disabled()
                 .isEmpty());
    page->grid()->select(0);
    QVERIFY(desk_->command(kStart)->isEnabled());
    desk_->command(kStart)->trigger();
    QCOMPARE(desk_->valueOf(kStart), desk_->window->gallery()->pathOf(0, Side::Guided));
    QCOMPARE(desk_->window->pages()->page(), Page::Picture);
  }

  // A pair of the live mode that is not kept yet has no file.
  void inMemoryOnly() {
    desk_->setLive(true);
    const std::size_t before = desk_->pairs.size();
    QTest::keyClick(desk_->slider("guidance.seg.scale")->slider(), Qt::Key_Right);
    QVERIFY(QTest::qWaitFor(
        [&] { return desk_->pairs.size() > before && !desk_->window->runner()->isRunning(); },
        10000));
    QVERIFY(!desk_->command(kStart)->isEnabled());
    CompareView* view = desk_->window->view();
    QMenu* menu = desk_->menuOver(view, view->rect().center());
    QVERIFY(menu != nullptr);
    QAction* start = desk_->actionOf(menu, kStart);
    QVERIFY(!start->isEnabled());
    QVERIFY2(start->toolTip().contains("memory"), qPrintable(start->toolTip()));
    menu->close();
    // It is kept once the value has stayed.
    QTRY_VERIFY_WITH_TIMEOUT(desk_->command(kStart)->isEnabled(), 10000);
  }

  void deletedPictures() {
    QVERIFY(QFile::remove(desk_->window->gallery()->pathOf(0, Side::Guided)));
    CompareView* view = desk_->window->view();
    view->setMode(CompareMode::SideBySide);
    QMenu* menu = desk_->menuOver(view, view->frameOf(1).center().toPoint());
    QVERIFY(!desk_->actionOf(menu, kStart)->isEnabled());
    QVERIFY(!desk_->actionOf(menu, kStart)->toolTip().isEmpty());
  }

  void cellsOfASweep() {
    SweepPage* page = desk_->window->sweepPage();
    desk_->window->actions()->registry().action("page.sweep")->trigger();
    QVERIFY(!desk_->command(kStart)->isEnabled());
    SweepSpec spec = page->spec();
    spec.axes = {{"guidance.seg.scale", "1, 2"}};
    page->setSpec(spec);
    page->editor()->runAsked();
    QTRY_VERIFY_WITH_TIMEOUT(!page->currentFile().isEmpty() && !page->isRunning(), 20000);
    QTRY_VERIFY(desk_->command(kStart)->isEnabled());
    const QString file = page->currentFile();
    QMenu* menu = nullptr;
    Q_EMIT page->grid()->menuAsked(page->cells().current(),
                                   page->mapToGlobal(page->rect().center()));
    menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    QVERIFY(menu != nullptr);
    QVERIFY(desk_->actionOf(menu, kStart)->isEnabled());
    desk_->actionOf(menu, kStart)->trigger();
    menu->close();
    QCOMPARE(desk_->valueOf(kStart), file);
  }

  void stripPairsAreDragged() {
    GalleryModel* model = desk_->window->gallery();
    const QModelIndex first = model->index(0, 0);
    QVERIFY(model->flags(first) & Qt::ItemIsDragEnabled);
    const std::unique_ptr<QMimeData> data(model->mimeData({first}));
    QCOMPARE(data->urls(), QList<QUrl>{QUrl::fromLocalFile(model->pathOf(0, Side::Guided))});
  }

  // Painted from the row's button, kept beside the pictures, one step back in the history.
  void masksArePaintedFromTheRow() {
    desk_->command(kStart)->trigger();
    PictureWell* well = desk_->window->controls()->pictures()->well("start.mask");
    QTRY_VERIFY(well->isVisible());
    QTest::mouseClick(well->findChild<QToolButton*>(), Qt::LeftButton);
    auto* painter = desk_->window->findChild<MaskPainter*>();
    QVERIFY(painter != nullptr);
    QTRY_VERIFY_WITH_TIMEOUT(!painter->isBusy(), 10000);
    MaskCanvas* canvas = painter->canvas();
    QTest::mousePress(canvas, Qt::LeftButton, {}, canvas->rect().center());
    QTest::mouseRelease(canvas, Qt::LeftButton, {}, canvas->rect().center());
    painter->use();
    QTRY_VERIFY(!desk_->valueOf("start.mask").isEmpty());
    QVERIFY(desk_->valueOf("start.mask")
                .startsWith(QDir(desk_->window->gallery()->folder()).filePath("masks/mask-")));
    QTRY_COMPARE(well->state(), PictureWell::State::Shown);
    desk_->undo()->trigger();
    QVERIFY(desk_->valueOf("start.mask").isEmpty());
    QVERIFY(!desk_->valueOf(kStart).isEmpty());
    // Masks are no pictures of the gallery.
    desk_->window->actions()->registry().action("page.gallery")->trigger();
    GalleryPage* page = desk_->window->galleryPage();
    QTRY_VERIFY_WITH_TIMEOUT(page->grid()->count() > 0, 10000);
    QTest::qWait(300);
    for (int row = 0; row < page->grid()->count(); ++row)
      QVERIFY(!page->grid()->entry(row)->path.startsWith("masks"));
  }
};

QTEST_MAIN(TestPictureCommands)
#include "tst_picture_commands.moc"
