// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Pictures that a job names, seen in its panel: read when they matter, dropped in, missing, under a
// mask.
#include "tests/support/fake_catalogue.h"
#include "tests/support/fake_engine.h"
#include "ui/control_panel.h"
#include "ui/job_bridge.h"
#include "ui/param_row.h"
#include "ui/picture_rows.h"
#include "ui/picture_well.h"
#include "ui/section_form.h"

#include <QApplication>
#include <QDropEvent>
#include <QFile>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QUrl>

using namespace studio;
using namespace studio::ui;

namespace {

QImage plain(QSize size, QRgb colour) {
  QImage made(size, QImage::Format_RGB32);
  made.fill(colour);
  return made;
}

}  // namespace

class TestPictureWell : public QObject {
  Q_OBJECT

 private:
  JobBridge bridge_;
  std::unique_ptr<test::FakeEngine> engine_;
  std::unique_ptr<ControlPanel> panel_;
  std::unique_ptr<QTemporaryDir> dir_;

  QString file(const char* name) const { return dir_->filePath(QLatin1String(name)); }
  PictureWell* well(const char* path) { return panel_->pictures()->well(path); }
  ParamRow* row(const char* path) { return panel_->findChild<ParamRow*>(QLatin1String(path)); }
  void openSections() {
    for (SectionForm* section : panel_->findChildren<SectionForm*>()) section->setOpen(true);
  }
  void setValue(const char* path, const ParamValue& value) {
    GenerationRequest request = panel_->request();
    QVERIFY(bool(set(request, test::fake_catalogue_with_pictures(), path, value)));
    panel_->setRequest(request);
  }
  void settle() {
    int before = -1;
    while (before != engine_->pictures_seen()) {
      before = engine_->pictures_seen();
      QTest::qWait(60);
    }
  }
  bool drop(ParamRow* target, const QString& path) {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    enter.ignore();
    QApplication::sendEvent(target, &enter);
    if (!enter.isAccepted()) return false;
    QDropEvent event({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &event);
    return event.isAccepted();
  }

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    plain({120, 80}, qRgb(10, 200, 30)).save(file("green.png"));
    test::FakeScript script;
    script.catalogue = &test::fake_catalogue_with_pictures();
    engine_ = std::make_unique<test::FakeEngine>(bridge_, script);
    panel_ = std::make_unique<ControlPanel>(test::fake_catalogue_with_pictures());
    panel_->resize(306, 1400);
    panel_->show();
    panel_->pictures()->setEngine(engine_.get());
    QVERIFY(QTest::qWaitForWindowExposed(panel_.get()));
  }
  void cleanup() {
    panel_.reset();
    engine_.reset();
  }

  void picturesHaveWells() {
    for (const char* path : {"start.image", "start.mask", "control.image"})
      QVERIFY2(well(path) != nullptr, path);
    QVERIFY2(well("control.model") == nullptr, "a file, but no picture");
    openSections();
    QVERIFY(well("start.image")->isVisible());
    QCOMPARE(well("start.image")->state(), PictureWell::State::Empty);
    QVERIFY2(!well("start.mask")->isVisible(), "there is nothing to mask");
    QCOMPARE(engine_->pictures_seen(), 0);
  }

  void chosenPicturesAreShown() {
    openSections();
    row("start.image")->takePath(file("green.png"));
    PictureWell* shown = well("start.image");
    QTRY_COMPARE(shown->state(), PictureWell::State::Shown);
    QVERIFY(shown->text().contains("120") && shown->text().contains("80"));
    QCOMPARE(shown->picture().size(),
             QSize(PictureWell::kSmall, PictureWell::kSmall));  // the job's shape
    QCOMPARE(shown->picture().pixelColor(30, 30), QColor(10, 200, 30));
    QVERIFY(well("start.mask")->isVisible());
    QVERIFY(well("start.mask")->findChild<QToolButton*>()->isVisible());
    row("start.image")->takePath({});
    QCOMPARE(shown->state(), PictureWell::State::Empty);
  }

  void wrongFilesSaySo() {
    openSections();
    setValue("start.image", file("nowhere.png").toStdString());
    QTRY_COMPARE(well("start.image")->state(), PictureWell::State::Failed);
    QVERIFY2(well("start.image")->text().contains("nowhere.png"),
             qPrintable(well("start.image")->text()));
    QVERIFY2(!well("start.image")->text().contains(dir_->path()), "the row has the folder");
    QFile text(file("text.png"));
    QVERIFY(text.open(QIODevice::WriteOnly));
    text.write("no picture");
    text.close();
    setValue("start.image", file("text.png").toStdString());
    QTRY_VERIFY(well("start.image")->text().contains("text.png"));
    QCOMPARE(well("start.image")->state(), PictureWell::State::Failed);
    // Made good behind the studio's back.
    plain({8, 8}, qRgb(1, 2, 3)).save(file("text.png"));
    panel_->pictures()->refresh();
    QTRY_COMPARE(well("start.image")->state(), PictureWell::State::Shown);
  }

  void filesAreDropped() {
    openSections();
    QSignalSpy committed(panel_.get(), &ControlPanel::committed);
    QVERIFY(drop(row("start.image"), file("green.png")));
    QCOMPARE(std::get<std::string>(panel_->request().sections.at("start.image")),
             file("green.png").toStdString());
    QCOMPARE(committed.count(), 1);
    QVERIFY(!drop(row("start.image"), file("notes.txt")));
    QVERIFY(!drop(row("start.strength"), file("green.png")));
    QCOMPARE(committed.count(), 1);
    plain({8, 8}, qRgb(1, 2, 3)).save(file("LOUD.PNG"));
    QVERIFY(drop(row("start.image"), file("LOUD.PNG")));
  }

  void foldedSectionsReadNothing() {
    setValue("start.image", file("green.png").toStdString());  // opens it
    QTRY_COMPARE(well("start.image")->state(), PictureWell::State::Shown);
    for (SectionForm* section : panel_->findChildren<SectionForm*>()) section->setOpen(false);
    settle();
    const int seen = engine_->pictures_seen();
    plain({9, 9}, qRgb(9, 9, 9)).save(file("grey.png"));
    row("start.image")->takePath(file("grey.png"));
    settle();
    QCOMPARE(engine_->pictures_seen(), seen);
    openSections();
    QTRY_VERIFY(well("start.image")->text().contains("9 × 9"));
  }

  // What does not change the picture does not read it again.
  void onlyWhatIsSeenCounts() {
    openSections();
    setValue("control.model", std::string("net.safetensors"));
    setValue("control.image", file("green.png").toStdString());
    setValue("start.image", file("green.png").toStdString());
    QTRY_COMPARE(well("control.image")->state(), PictureWell::State::Shown);
    QTRY_COMPARE(well("start.image")->state(), PictureWell::State::Shown);
    settle();
    const int seen = engine_->pictures_seen();
    setValue("start.strength", 0.3);
    setValue("control.scale", 0.7);
    setValue("guidance.seg.scale", 1.0);
    settle();
    QCOMPARE(engine_->pictures_seen(), seen);
    const QImage before = well("control.image")->picture();
    setValue("control.kind", std::string("canny"));
    QTRY_VERIFY(well("control.image")->picture() != before);
    QCOMPARE(well("control.image")->picture().pixelColor(20, 20),
             QColor(245, 55, 225));  // the fake's edges
    settle();
    QCOMPARE(engine_->pictures_seen(), seen + 1);
    setValue("width", std::int64_t{64});
    setValue("height", std::int64_t{128});
    QTRY_COMPARE(well("control.image")->picture().size(), QSize(38, 76));
  }

  void masksAreSeenOnTheirPicture() {
    QImage half = plain({120, 80}, qRgb(0, 0, 0));
    for (int y = 0; y < 80; ++y) {
      for (int x = 60; x < 120; ++x) half.setPixel(x, y, qRgb(255, 255, 255));
    }
    half.save(file("half.png"));
    openSections();
    setValue("start.image", file("green.png").toStdString());
    setValue("start.mask", file("half.png").toStdString());
    QTRY_COMPARE(well("start.mask")->state(), PictureWell::State::Shown);
    const QImage shown = well("start.mask")->picture();
    QCOMPARE(shown.pixelColor(8, 40), QColor(10, 200, 30));
    QVERIFY(shown.pixelColor(70, 40) != QColor(10, 200, 30));
    QSignalSpy asked(panel_->pictures(), &PictureRows::paintAsked);
    QTest::mouseClick(well("start.mask")->findChild<QToolButton*>(), Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked[0][0].value<std::string>(), std::string("start.mask"));
  }

  void largeAtAClick() {
    plain({700, 700}, qRgb(50, 60, 70)).save(file("large.png"));
    openSections();
    setValue("width", std::int64_t{512});
    setValue("height", std::int64_t{512});
    setValue("start.image", file("large.png").toStdString());
    PictureWell* shown = well("start.image");
    QTRY_COMPARE(shown->state(), PictureWell::State::Shown);
    QCOMPARE(shown->picture().width(), PictureWell::kSmall);
    const int small_height = shown->height();
    QTest::mouseClick(shown, Qt::LeftButton, {}, {20, 20});
    QVERIFY(shown->isLarge());
    QTRY_COMPARE(shown->picture().width(), shown->width());
    QVERIFY(shown->height() > small_height);
    shown->setFocus();
    QTest::keyClick(shown, Qt::Key_Space);
    QVERIFY(!shown->isLarge());
    QTRY_COMPARE(shown->picture().width(), PictureWell::kSmall);
  }

  // Lines of one pixel would be grey at a seventh of the size.
  void thinLinesStayWhite() {
    QImage edges = plain({700, 700}, qRgb(0, 0, 0));
    for (int i = 0; i < 700; ++i) edges.setPixel(i, 350, qRgb(255, 255, 255));
    const QImage small = thumbnailOf(edges, 100);
    QCOMPARE(small.size(), QSize(100, 100));
    int brightest = 0;
    for (int y = 0; y < 100; ++y) brightest = std::max(brightest, qGray(small.pixel(50, y)));
    QVERIFY2(brightest > 200, qPrintable(QString::number(brightest)));
    QCOMPARE(thumbnailOf(plain({50, 40}, qRgb(1, 2, 3)), 100).size(), QSize(50, 40));
  }
};

QTEST_MAIN(TestPictureWell)
#include "tst_picture_well.moc"
