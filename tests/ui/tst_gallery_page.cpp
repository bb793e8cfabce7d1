// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The gallery page as a person uses it: keys, mouse, search, filters, ratings, tags, wastebasket.
#include "tests/ui/gallery_desk.h"
#include "ui/gallery_details.h"
#include "ui/gallery_filter.h"
#include "ui/gallery_index.h"
#include "ui/gallery_marks.h"
#include "ui/gallery_stars.h"
#include "ui/theme.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDesktopServices>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>
#include <QToolButton>

using namespace studio;
using namespace studio::ui;
using Desk = studio::test::GalleryDesk;
using studio::test::GalleryFolder;
using studio::test::writeFile;

namespace {

QString first(int number) {
  return QStringLiteral("images/%1-guided.png").arg(number, 5, 10, QLatin1Char('0'));
}

}  // namespace

class TestGalleryPage : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    applyTheme(*qApp, darkTheme());
    QVERIFY(QDir(home_.path()).mkdir("data"));
    qputenv("XDG_DATA_HOME", home_.filePath("data").toUtf8());
  }

  void states() {
    Desk desk;
    QCOMPARE(desk.message(), QString("No project is open"));
    GalleryFolder empty;
    desk.page.openProject(empty.path(), false);
    QCOMPARE(desk.message(), QString("Reading the folder…"));
    QTRY_COMPARE(desk.message(), QString("No pictures yet"));
    desk.page.openProject(empty.path("none"), true);
    QTRY_COMPARE(desk.message(), QString("The gallery cannot be shown"));
    QVERIFY(desk.child<QPushButton>("galleryMessageButton")->isVisible());
    // The folder appears, and the button tries again.
    QVERIFY(QDir(empty.path()).mkdir("none"));
    QVERIFY(empty.add("none/a.png"));
    QTest::mouseClick(desk.child<QPushButton>("galleryMessageButton"), Qt::LeftButton);
    QVERIFY(desk.waitCount(1));
    QCOMPARE(desk.message(), QString());
    desk.type("zebra");
    QTRY_COMPARE(desk.message(), QString("No picture matches"));
    QTest::mouseClick(desk.child<QPushButton>("galleryMessageButton"), Qt::LeftButton);
    QVERIFY(desk.waitCount(1));
    QCOMPARE(desk.message(), QString());
  }

  void selectingWithMouseAndKeys() {
    GalleryFolder folder;
    folder.fill(40);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 40));
    desk.click(2);
    QCOMPARE(desk.selected(), QStringList{first(2)});
    desk.click(5, Qt::ShiftModifier);
    QCOMPARE(desk.selected().size(), 4);
    desk.click(3, Qt::ControlModifier);
    QCOMPARE(desk.selected(), (QStringList{first(2), first(4), first(5)}));
    QTest::keyClick(desk.grid(), Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(desk.grid()->selectedCount(), 40);
    QTest::keyClick(desk.grid(), Qt::Key_Escape);
    QCOMPARE(desk.grid()->selectedCount(), 0);
    desk.click(0);
    QTest::keyClick(desk.grid(), Qt::Key_Right);
    QCOMPARE(desk.selected(), QStringList{first(1)});
    QTest::keyClick(desk.grid(), Qt::Key_End, Qt::ShiftModifier);
    QCOMPARE(desk.grid()->selectedCount(), 39);
    QCOMPARE(desk.grid()->currentRow(), 39);
    // The current picture is in view.
    QVERIFY(desk.grid()->viewport()->rect().contains(desk.grid()->tileRect(39).center()));
    QTest::keyClick(desk.grid(), Qt::Key_Home);
    QCOMPARE(desk.selected(), QStringList{first(0)});
    QTest::keyClick(desk.grid(), Qt::Key_Down);
    const int below = desk.grid()->currentRow();
    QVERIFY(below > 1);
    QCOMPARE(desk.grid()->tileRect(below).left(), desk.grid()->tileRect(0).left());
    QTest::keyClick(desk.grid(), Qt::Key_Up);
    QCOMPARE(desk.grid()->currentRow(), 0);
    QTest::keyClick(desk.grid(), Qt::Key_PageDown);
    QVERIFY(desk.grid()->currentRow() > below);
    // Control moves without selecting, Space selects.
    QTest::keyClick(desk.grid(), Qt::Key_Home);
    QTest::keyClick(desk.grid(), Qt::Key_Right, Qt::ControlModifier);
    QTest::keyClick(desk.grid(), Qt::Key_Right, Qt::ControlModifier);
    QTest::keyClick(desk.grid(), Qt::Key_Space);
    QCOMPARE(desk.selected(), (QStringList{first(0), first(2)}));
  }

  void rubberBand() {
    GalleryFolder folder;
    folder.fill(30);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 30));
    QWidget* view = desk.grid()->viewport();
    const QPoint from = desk.grid()->tileRect(0).topLeft() - QPoint(6, 6);
    const QPoint to = desk.grid()->tileRect(1).center();
    QTest::mousePress(view, Qt::LeftButton, {}, from);
    for (int i = 1; i <= 4; ++i) {
      QMouseEvent move(QEvent::MouseMove,
                       QPointF(from + (to - from) * i / 4),
                       view->mapToGlobal(QPointF(from + (to - from) * i / 4)),
                       Qt::NoButton,
                       Qt::LeftButton,
                       Qt::NoModifier);
      QApplication::sendEvent(view, &move);
    }
    QTest::mouseRelease(view, Qt::LeftButton, {}, to);
    QCOMPARE(desk.selected(), (QStringList{first(0), first(1)}));
    QTest::mouseClick(view, Qt::LeftButton, {}, from);
    QCOMPARE(desk.selected(), QStringList());
  }

  void openingAPicture() {
    GalleryFolder folder;
    folder.fill(5);
    writeFile(folder.path("images/zz.png"), "broken");
    Desk desk;
    QVERIFY(desk.open(folder.path(), 6));
    QSignalSpy opened(&desk.page, &GalleryPage::openAsked);
    const int row = desk.grid()->rowOf(first(3));
    QTest::mouseDClick(
        desk.grid()->viewport(), Qt::LeftButton, {}, desk.grid()->tileRect(row).center());
    QCOMPARE(opened.size(), 1);
    QCOMPARE(opened.takeFirst().at(0).toString(), folder.path(first(3)));
    desk.click(desk.grid()->rowOf(first(1)));
    QTest::keyClick(desk.grid(), Qt::Key_Return);
    QCOMPARE(opened.takeFirst().at(0).toString(), folder.path(first(1)));
    desk.click(desk.grid()->rowOf("images/zz.png"));
    QTest::keyClick(desk.grid(), Qt::Key_Return);
    QCOMPARE(opened.size(), 0);
    QCOMPARE(desk.problems.size(), 1);
    QVERIFY2(desk.problems[0].contains("images/zz.png"), qPrintable(desk.problems[0]));
  }

  void ratingWithKeysAndStars() {
    GalleryFolder folder;
    folder.fill(12);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 12));
    desk.click(1);
    desk.click(3, Qt::ShiftModifier);
    QTest::keyClick(desk.grid(), Qt::Key_4);
    QTRY_COMPARE(desk.grid()->entry(2)->mark.rating, 4);
    QCOMPARE(desk.grid()->entry(1)->mark.rating, 4);
    QCOMPARE(desk.grid()->entry(0)->mark.rating, 0);
    QTest::keyClick(desk.grid(), Qt::Key_S);
    QTRY_VERIFY(desk.grid()->entry(3)->mark.favourite);
    QTest::keyClick(desk.grid(), Qt::Key_S);
    QTRY_VERIFY(!desk.grid()->entry(3)->mark.favourite);
    auto* stars = desk.child<StarRating>("starRating");
    QCOMPARE(stars->rating(), 4);
    desk.click(2);
    QTest::mouseClick(stars, Qt::LeftButton, {}, QPoint(30, 12));
    QTRY_COMPARE(desk.grid()->entry(2)->mark.rating, 2);
    // The same star again clears.
    QTest::mouseClick(stars, Qt::LeftButton, {}, QPoint(30, 12));
    QTRY_COMPARE(desk.grid()->entry(2)->mark.rating, 0);
    QTest::keyClick(desk.grid(), Qt::Key_5, Qt::KeypadModifier);
    QTRY_COMPARE(desk.grid()->entry(2)->mark.rating, 5);
    // The filter follows, and the next picture becomes the current one.
    auto* least = desk.child<QComboBox>("galleryRating");
    least->setFocus();
    QTest::keyClick(least, Qt::Key_Down);
    QVERIFY(desk.waitCount(3));
    QTest::keyClick(desk.grid(), Qt::Key_Home);
    QTest::keyClick(desk.grid(), Qt::Key_0);
    QVERIFY(desk.waitCount(2));
    QCOMPARE(desk.grid()->selectedCount(), 1);
    QCOMPARE(desk.grid()->currentRow(), 0);
    GalleryMarks kept;
    kept.open(folder.path(), true);
    QCOMPARE(kept.of(first(2)).rating, 5);
    QVERIFY(desk.problems.isEmpty());
  }

  void tagsOfSeveralPictures() {
    GalleryFolder folder;
    folder.fill(8);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 8));
    desk.click(0);
    desk.click(2, Qt::ShiftModifier);
    QTest::keyClick(desk.grid(), Qt::Key_T);
    auto* field = desk.child<QLineEdit>("tagField");
    QTRY_VERIFY(field->hasFocus());
    QTest::keyClicks(field, "best, red flag");
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_COMPARE(desk.grid()->entry(1)->mark.tags, (QStringList{"best", "red flag"}));
    desk.click(2);
    desk.click(3, Qt::ShiftModifier);
    const auto chip = [&](const QString& tag) -> QToolButton* {
      for (auto* button : desk.page.findChildren<QToolButton*>()) {
        if (button->property("tag") == tag && button->isVisible()) return button;
      }
      return nullptr;
    };
    QTRY_VERIFY(chip("best") != nullptr);
    QVERIFY(chip("best")->text().contains("some"));
    QTest::mouseClick(chip("best"), Qt::LeftButton);
    QTRY_COMPARE(desk.grid()->entry(2)->mark.tags, QStringList{"red flag"});
    QCOMPARE(desk.grid()->entry(0)->mark.tags.size(), 2);
    // Known tags complete, in the tag field and as a filter.
    QTRY_VERIFY(desk.child<QComboBox>("galleryTag")->findText("red flag") > 0);
    auto* filter = desk.child<QComboBox>("galleryTag");
    filter->setCurrentIndex(filter->findText("red flag"));
    QVERIFY(desk.waitCount(3));
    desk.page.filter()->clear();
    QVERIFY(desk.waitCount(8));
    desk.type("tag:bes");
    QVERIFY(desk.waitCount(2));
  }

  void searching() {
    GalleryFolder folder;
    folder.fill(60);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 60));
    desk.type("seg.scale>4 number");
    QVERIFY(desk.waitCount(6));
    auto* note = desk.page.filter()->findChild<QLabel*>("rowError");
    // Half a term says what it needs and leaves the pictures alone.
    desk.type("seg.scale>");
    QTRY_VERIFY(note->isVisible());
    QVERIFY(note->text().contains("value"));
    QCOMPARE(desk.grid()->count(), 6);
    QTest::keyClicks(desk.child<QLineEdit>("gallerySearch"), "4.4");
    QTRY_VERIFY(!note->isVisible());
    QVERIFY(desk.waitCount(6));
    // Return goes on to the pictures.
    QTest::keyClick(desk.child<QLineEdit>("gallerySearch"), Qt::Key_Return);
    // The window itself may have lost the focus to the list of completions.
    QTRY_VERIFY(desk.page.focusWidget() == desk.grid());
    QCOMPARE(desk.grid()->currentRow(), 0);
    QTest::keyClick(desk.grid(), Qt::Key_Slash);
    QTRY_VERIFY(desk.page.focusWidget() == desk.child<QLineEdit>("gallerySearch"));
    QTest::keyClick(desk.child<QLineEdit>("gallerySearch"), Qt::Key_Escape);
    QVERIFY(desk.waitCount(60));
    // Digits typed here rate nothing.
    desk.type("12345");
    QTRY_COMPARE(desk.message(), QString("No picture matches"));
    QVERIFY(!QFile::exists(GalleryMarks::fileIn(folder.path())));
  }

  void completingKeys() {
    GalleryFolder folder;
    folder.fill(3);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 3));
    desk.type("number seg.sc");
    QWidget* popup = nullptr;
    QTRY_VERIFY((popup = QApplication::activePopupWidget()) != nullptr);
    QTest::keyClick(popup, Qt::Key_Down);
    QTest::keyClick(popup, Qt::Key_Return);
    QTRY_COMPARE(desk.child<QLineEdit>("gallerySearch")->text(), QString("number seg.scale"));
  }

  void sortingAndGroups() {
    GalleryFolder folder;
    folder.fill(30);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 30));
    auto* sort = desk.child<QComboBox>("gallerySort");
    sort->setCurrentIndex(sort->findText("SEG scale"));
    QTRY_COMPARE(desk.grid()->entry(0)->path, first(9));
    QTest::mouseClick(desk.child<QToolButton>("galleryDirection"), Qt::LeftButton);
    QTRY_COMPARE(desk.grid()->entry(0)->path, first(0));
    QCOMPARE(desk.grid()->entry(3)->path, first(1));
  }

  void wastebasketAndBack() {
    GalleryFolder folder;
    folder.fill(6);
    QVERIFY(folder.add("images/00001-twin.png", {.seed = 1, .scale = 0}));
    Desk desk;
    QVERIFY(desk.open(folder.path(), 6));
    desk.click(1);
    desk.click(2, Qt::ControlModifier);
    QTest::keyClick(desk.grid(), Qt::Key_4);
    QTRY_COMPARE(desk.grid()->entry(2)->mark.rating, 4);
    QTest::keyClick(desk.grid(), Qt::Key_Delete);
    QVERIFY(desk.waitCount(4));
    QVERIFY(!QFile::exists(folder.path(first(1))));
    // The hidden twin went too; it does not take the place of its picture.
    QVERIFY(!QFile::exists(folder.path("images/00001-twin.png")));
    auto* news = desk.child<QLabel>("galleryNews");
    QTRY_VERIFY2(news->text().contains("wastebasket"), qPrintable(news->text()));
    QCOMPARE(desk.grid()->selectedCount(), 1);
    QTest::keyClick(desk.grid(), Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(desk.waitCount(6));
    QVERIFY(QFile::exists(folder.path(first(1))));
    QVERIFY(QFile::exists(folder.path("images/00001-twin.png")));
    QTRY_COMPARE(desk.grid()->entry(2)->mark.rating, 4);
    QVERIFY2(desk.problems.isEmpty(), qPrintable(desk.problems.join(' ')));
    QVERIFY(QDir(home_.filePath("data/Trash/info")).isEmpty());
    // The button does the same.
    desk.click(0);
    QTest::keyClick(desk.grid(), Qt::Key_Delete);
    QVERIFY(desk.waitCount(5));
    QPushButton* undo = nullptr;
    for (auto* button : desk.page.findChildren<QPushButton*>()) {
      if (button->text() == "Undo") undo = button;
    }
    QTRY_VERIFY(undo != nullptr && undo->isVisible());
    // A new picture of the same name is not overwritten.
    QVERIFY(folder.add(first(0), {.prompt = "new one"}));
    QTest::mouseClick(undo, Qt::LeftButton);
    QTRY_COMPARE(desk.problems.size(), 1);
    QVERIFY(desk.problems[0].contains("exists again"));
  }

  void readOnlyRefusesWithASentence() {
    GalleryFolder folder;
    folder.fill(3);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 3, true));
    desk.click(0);
    QTest::keyClick(desk.grid(), Qt::Key_3);
    QTRY_COMPARE(desk.problems.size(), 1);
    QTest::keyClick(desk.grid(), Qt::Key_Delete);
    QTRY_COMPARE(desk.problems.size(), 2);
    for (const QString& text : desk.problems)
      QVERIFY2(text.contains("reading only"), qPrintable(text));
    QCOMPARE(QDir(folder.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot),
             QStringList{"images"});
    QCOMPARE(QDir(folder.path("images")).count(), 5u);
    QVERIFY(!desk.child<StarRating>("starRating")->isEnabled());
  }

  void copying() {
    GalleryFolder folder;
    folder.fill(4);
    QImage beach(30, 20, QImage::Format_RGB32);
    beach.fill(Qt::blue);
    QVERIFY(beach.save(folder.path("beach.png")));
    Desk desk;
    QVERIFY(desk.open(folder.path(), 5));
    desk.click(desk.grid()->rowOf(first(2)));
    QTest::keyClick(desk.grid(), Qt::Key_C, Qt::ControlModifier);
    QTRY_VERIFY(QApplication::clipboard()->text().contains("SEG scale: 1"));
    QVERIFY(QApplication::clipboard()->text().contains("picture number 2"));
    QTest::keyClick(desk.grid(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(QApplication::clipboard()->text().startsWith('{'));
    const QJsonObject job =
        QJsonDocument::fromJson(QApplication::clipboard()->text().toUtf8()).object();
    QCOMPARE(job["seed"].toString(), QString("2"));
    desk.click(desk.grid()->rowOf("beach.png"));
    QTest::keyClick(desk.grid(), Qt::Key_C, Qt::ControlModifier);
    QTRY_COMPARE(desk.problems.size(), 1);
    QVERIFY(desk.problems[0].contains("beach.png"));
  }

  void usingSettingsAndComparing() {
    GalleryFolder folder;
    folder.fill(6);
    QVERIFY(folder.add("images/00001-twin.png", {.seed = 1, .scale = 0}));
    Desk desk;
    QVERIFY(desk.open(folder.path(), 6));
    std::vector<GenerationRequest> applied;
    connect(&desk.page, &GalleryPage::applyAsked, this, [&](const GenerationRequest& request) {
      applied.push_back(request);
    });
    QSignalSpy compared(&desk.page, &GalleryPage::compareAsked);
    desk.click(3);
    QTest::keyClick(desk.grid(), Qt::Key_U);
    QTRY_COMPARE(applied.size(), std::size_t(1));
    QCOMPARE(*applied[0].seed, 3);
    QCOMPARE(applied[0].prompts.front(), std::string("picture number 3"));
    auto* compare = desk.child<QAction>("galleryCompare");
    QVERIFY(!compare->isEnabled());
    desk.click(4, Qt::ControlModifier);
    QVERIFY(compare->isEnabled());
    QTest::keyClick(desk.grid(), Qt::Key_C);
    QCOMPARE(compared.takeFirst().at(0).toStringList(),
             (QStringList{folder.path(first(3)), folder.path(first(4))}));
    desk.click(0);
    desk.click(4, Qt::ShiftModifier);
    QVERIFY(!compare->isEnabled());
    // One picture is compared with its twin.
    desk.click(1);
    QTRY_VERIFY(compare->isEnabled());
    QTest::keyClick(desk.grid(), Qt::Key_C);
    QTRY_COMPARE(compared.size(), 1);
    QCOMPARE(compared.takeFirst().at(0).toStringList(),
             (QStringList{folder.path("images/00001-twin.png"), folder.path(first(1))}));
  }

  void detailsOfThePicture() {
    GalleryFolder folder;
    folder.fill(4);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 4));
    desk.click(2);
    const auto texts = [&] {
      QString all;
      for (const auto* label : desk.page.details()->findChildren<QLabel*>()) {
        if (label->isVisible()) all += label->text().remove(QChar(0x200B)) + '\n';
      }
      return all;
    };
    QTRY_VERIFY2(texts().contains("picture number 2"), qPrintable(texts()));
    QVERIFY(texts().contains("Blur sigma"));
    QVERIFY(texts().contains(first(2)));
    QVERIFY(texts().contains("24 × 24 px"));
    desk.click(3, Qt::ShiftModifier);
    QTRY_VERIFY(texts().contains("2 pictures"));
    QVERIFY(!texts().contains("Blur sigma"));
  }

  void draggingOut() {
    GalleryFolder folder;
    folder.fill(5);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 5));
    QVERIFY(desk.grid()->dragData() == nullptr);
    desk.click(1);
    desk.click(3, Qt::ControlModifier);
    const auto data = desk.grid()->dragData();
    QCOMPARE(data->urls(),
             (QList<QUrl>{QUrl::fromLocalFile(folder.path(first(1))),
                          QUrl::fromLocalFile(folder.path(first(3)))}));
    // A press on one of several selected ones keeps them, the release selects it alone.
    QWidget* view = desk.grid()->viewport();
    QTest::mousePress(view, Qt::LeftButton, {}, desk.grid()->tileRect(1).center());
    QCOMPARE(desk.grid()->selectedCount(), 2);
    QTest::mouseRelease(view, Qt::LeftButton, {}, desk.grid()->tileRect(1).center());
    QCOMPARE(desk.selected(), QStringList{first(1)});
  }

  void showingTheFolder() {
    GalleryFolder folder;
    folder.fill(2);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 2));
    QDesktopServices::setUrlHandler("file", this, "takeUrl");
    desk.click(1);
    QTest::keyClick(desk.grid(), Qt::Key_E, Qt::ControlModifier);
    QDesktopServices::unsetUrlHandler("file");
    QCOMPARE(url_, QUrl::fromLocalFile(folder.path("images")));
  }

  void contextMenu() {
    GalleryFolder folder;
    folder.fill(4);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 4));
    desk.click(0);
    QStringList texts;
    QTimer::singleShot(200, this, [&] {
      auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
      if (menu == nullptr) return;
      for (const QAction* action : menu->actions()) texts << action->text();
      menu->close();
    });
    // On a tile that is not selected: it becomes the one that is meant.
    const QPoint at = desk.grid()->tileRect(2).center();
    QTest::mousePress(desk.grid()->viewport(), Qt::RightButton, {}, at);
    QContextMenuEvent event(QContextMenuEvent::Mouse, at, desk.grid()->viewport()->mapToGlobal(at));
    QApplication::sendEvent(desk.grid()->viewport(), &event);
    QCOMPARE(desk.selected(), QStringList{first(2)});
    for (const char* text : {"Open", "Use settings", "Compare", "Rating", "Copy parameters"})
      QVERIFY2(texts.contains(text), qPrintable(texts.join(',')));
  }

  void picturesOfTheStudioAppearAtOnce() {
    GalleryFolder folder;
    folder.fill(3);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 3));
    desk.click(1);
    QVERIFY(folder.add("images/fresh.png", {.prompt = "just made"}));
    desk.page.noticePicture(folder.path("images/fresh.png"));
    QVERIFY(desk.waitCount(4));
    QTRY_COMPARE(desk.grid()->entry(0)->prompt, QString("just made"));
    // The selection stays on its picture.
    QCOMPARE(desk.selected(), QStringList{first(1)});
  }

  void pictureDeletedWhileItIsShown() {
    GalleryFolder folder;
    folder.fill(5);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 5));
    desk.click(2);
    QVERIFY(QFile::remove(folder.path(first(2))));
    QVERIFY(desk.waitCount(4));
    auto* news = desk.child<QLabel>("galleryNews");
    QTRY_VERIFY2(news->text().contains(first(2)), qPrintable(news->text()));
    QCOMPARE(desk.grid()->currentRow(), 2);
  }

  void twinsAreShownOnDemand() {
    GalleryFolder folder;
    folder.fill(3);
    QVERIFY(folder.add("images/00001-twin.png", {.seed = 1, .scale = 0}));
    Desk desk;
    QVERIFY(desk.open(folder.path(), 3));
    desk.child<QCheckBox>("galleryTwins")->click();
    QVERIFY(desk.waitCount(4));
  }

  void tileSizes() {
    GalleryFolder folder;
    folder.fill(60);
    Desk desk;
    QVERIFY(desk.open(folder.path(), 60));
    QTRY_VERIFY(!desk.grid()->thumbOf(0).isNull());
    const int before = desk.grid()->tileRect(0).width();
    desk.click(0);
    QTest::keyClick(desk.grid(), Qt::Key_Plus);
    QVERIFY(desk.grid()->tileRect(0).width() > before);
    QTRY_COMPARE(desk.grid()->thumbOf(0).width(),
                 int(desk.grid()->tileSide() * desk.grid()->devicePixelRatioF()));
    for (int i = 0; i < 20; ++i) QTest::keyClick(desk.grid(), Qt::Key_Minus);
    QCOMPARE(desk.grid()->tileSide(), GalleryGrid::kLeastSide);
    // Nothing lies outside the view, whatever its width.
    for (const int width : {300, 640, 999, 1600}) {
      desk.page.resize(width, 500);
      QTest::qWait(1);
      const auto [from, to] = desk.grid()->visibleRows();
      QVERIFY(from < to);
      for (int row = from; row < to; ++row) {
        QVERIFY(desk.grid()->tileRect(row).right() <= desk.grid()->viewport()->width());
        QCOMPARE(desk.grid()->rowAt(desk.grid()->tileRect(row).center()), row);
      }
    }
  }

  void everyControlSaysWhatItIs() {
    Desk desk;
    for (const auto* widget : desk.page.findChildren<QWidget*>()) {
      if (widget->focusPolicy() == Qt::NoFocus || qobject_cast<const QLabel*>(widget)) continue;
      if (qobject_cast<const QScrollBar*>(widget) || widget->objectName().startsWith("qt_"))
        continue;
      if (qobject_cast<const QLineEdit*>(widget->parentWidget())) continue;
      const auto* button = qobject_cast<const QAbstractButton*>(widget);
      const bool named =
          !widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty());
      const QString what = widget->objectName() + ' ' + widget->metaObject()->className();
      if (QString(widget->metaObject()->className()).contains("Popup")) continue;
      if (widget->inherits("QAbstractItemView") || widget->window() != desk.page.window()) continue;
      QVERIFY2(named, qPrintable(what));
    }
    for (const QAction* command : desk.page.commands()) {
      QVERIFY(!command->text().isEmpty());
      QVERIFY(!command->toolTip().isEmpty());
    }
  }

  Q_INVOKABLE void takeUrl(const QUrl& url) { url_ = url; }

 private:
  QTemporaryDir home_;
  QUrl url_;
};

QTEST_MAIN(TestGalleryPage)
#include "tst_gallery_page.moc"
