// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a person notes about cells: kept, rejected, stars, names; and values that make no
// difference.
#include "tests/ui/desk.h"
#include "tests/ui/sweep_desk.h"
#include "ui/axis_collapse.h"
#include "ui/gallery_index.h"
#include "ui/gallery_page.h"
#include "ui/gallery_stars.h"
#include "ui/sweep_marks.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QToolButton>

using namespace studio;
using namespace studio::test;

namespace {

SweepFolder folderOf(const QString& path, std::size_t cells) {
  SweepFolder folder;
  folder.folder = path.toStdString();
  SweepSpec spec = sweepOf({{"seed", "1-" + std::to_string(cells)}});
  folder.grid = std::make_shared<SweepGrid>(read_sweep(spec, fake_catalogue()).value());
  for (std::size_t cell = 0; cell < cells; ++cell) {
    folder.picture_of_cell.push_back(static_cast<int>(cell));
    folder.pictures.push_back({.key = "key" + std::to_string(cell)});
  }
  return folder;
}

void append(const QString& path, const QByteArray& text) {
  QFile file(path);
  QVERIFY(file.open(QIODevice::Append));
  file.write(text);
}

QStringList collapsed(const std::vector<SweepAxis>& axes, const std::vector<int>& pictures) {
  const auto grid = read_sweep(sweepOf(axes), fake_catalogue());
  return collapsedValues(grid.value(), pictures, fake_catalogue());
}

}  // namespace

class TestSweepMarks : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    qRegisterMetaType<SweepSpec>();
    qRegisterMetaType<SweepOptions>();
  }

  void marksAreReadBack() {
    QTemporaryDir dir;
    QVERIFY(readSweepMarks(folderOf(dir.path(), 4)).verdicts.empty());
    QVERIFY(static_cast<bool>(keepVerdict(dir.path(), 0, "key0", Verdict::Kept)));
    QVERIFY(static_cast<bool>(keepVerdict(dir.path(), 1, "key1", Verdict::Rejected)));
    QVERIFY(static_cast<bool>(keepVerdict(dir.path(), 2, {}, Verdict::Kept)));
    QVERIFY(static_cast<bool>(keepVerdict(dir.path(), 0, "key0", Verdict::None)));
    const SweepMarks marks = readSweepMarks(folderOf(dir.path(), 4));
    QCOMPARE(marks.verdicts.at(0), Verdict::None);
    QCOMPARE(marks.verdicts.at(1), Verdict::Rejected);
    QCOMPARE(marks.verdicts.at(2), Verdict::Kept);
    QCOMPARE(marks.verdicts.size(), std::size_t(3));
  }

  void badLinesSpoilNoOthers_data() {
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("cut off") << QByteArray("{\"cell\":1,\"verd");
    QTest::newRow("no JSON") << QByteArray("hello\n");
    QTest::newRow("no such cell") << QByteArray("{\"cell\":99,\"verdict\":\"kept\"}\n");
    QTest::newRow("negative cell") << QByteArray("{\"cell\":-1,\"verdict\":\"kept\"}\n");
    QTest::newRow("huge cell") << QByteArray("{\"cell\":1e300,\"verdict\":\"kept\"}\n");
    QTest::newRow("cell is text") << QByteArray("{\"cell\":\"1\",\"verdict\":\"kept\"}\n");
    QTest::newRow("another picture")
        << QByteArray("{\"cell\":1,\"key\":\"other\",\"verdict\":\"kept\"}\n");
    QTest::newRow("long line") << QByteArray(200'000, 'x') + '\n';
    QTest::newRow("name of an axis sweep") << QByteArray("{\"cell\":1,\"name\":\"a\"}\n");
  }
  void badLinesSpoilNoOthers() {
    QFETCH(QByteArray, line);
    QTemporaryDir dir;
    QVERIFY(static_cast<bool>(keepVerdict(dir.path(), 0, "key0", Verdict::Kept)));
    append(dir.filePath("marks.jsonl"), line);
    QVERIFY(static_cast<bool>(keepVerdict(dir.path(), 2, "key2", Verdict::Rejected)));
    const SweepMarks marks = readSweepMarks(folderOf(dir.path(), 4));
    QCOMPARE(marks.verdicts,
             (std::map<std::size_t, Verdict>{{0, Verdict::Kept}, {2, Verdict::Rejected}}));
    QVERIFY(marks.job_names.isEmpty());
  }

  void unwritableSaysSo() {
    QTemporaryDir dir;
    const auto kept = keepVerdict(dir.filePath("gone"), 0, {}, Verdict::Kept);
    QVERIFY(!kept);
    QVERIFY(QString::fromStdString(kept.error().message).contains("marks.jsonl"));
  }

  void valuesThatMakeNoDifference_data() {
    QTest::addColumn<QString>("first");
    QTest::addColumn<QList<int>>("pictures");
    QTest::addColumn<QStringList>("sentences");
    const QString sigma = "0.5, 9999.5, inf", two = "1, 2, 4, 8";
    QTest::newRow("all differ") << sigma << QList<int>{0, 1, 2, 3, 4, 5} << QStringList{"", ""};
    QTest::newRow("one row only") << sigma << QList<int>{0, 0, 0, 1, 2, 3} << QStringList{"", ""};
    QTest::newRow("two values") << sigma << QList<int>{0, 1, 1, 2, 3, 3}
                                << QStringList{"9999.5 and ∞ make the same pictures.", ""};
    QTest::newRow("two pairs") << two << QList<int>{0, 0, 1, 1, 2, 2, 3, 3}
                               << QStringList{"1 and 2 make the same pictures, so do 4 and 8.", ""};
    QTest::newRow("all of an axis") << sigma << QList<int>{0, 0, 0, 1, 1, 1}
                                    << QStringList{"All values make the same pictures.", ""};
    QTest::newRow("not known") << sigma << QList<int>{0, 0} << QStringList{"", ""};
  }
  void valuesThatMakeNoDifference() {
    QFETCH(QString, first);
    QFETCH(QList<int>, pictures);
    QFETCH(QStringList, sentences);
    QCOMPARE(collapsed({{kSigma, first.toStdString()}, {kScale, "1, 2"}},
                       {pictures.begin(), pictures.end()}),
             sentences);
  }

  void idleAxisIsExplainedUnderIt() {
    SweepDesk desk;
    SweepSpec spec = sweepOf({{kSigma, "1, 2, inf"}, {"seed", "1, 2"}});
    spec.base.guidance["seg.scale"] = 0.0;
    desk.page->setSpec(spec);
    QVERIFY(desk.canRun());
    QTRY_VERIFY2(desk.row(0)->warning().startsWith("All values make the same pictures, as "),
                 qPrintable(desk.row(0)->warning()));
    QVERIFY(desk.row(0)->warning().endsWith(" is 0."));
    QCOMPARE(desk.row(1)->warning(), QString());
    QVERIFY(desk.row(0)->problem().isEmpty());  // it can run all the same
    spec.base.guidance["seg.scale"] = 2.0;
    desk.page->setSpec(spec);
    QTRY_COMPARE(desk.row(0)->warning(), QString());
  }

  void keptOnlyShowsThemInOneList() {
    SweepDesk desk;
    desk.page->setSpec(sweepOf({{kSigma, "0.5, 1, inf"}, {kScale, "1, 2, 4"}}));
    QVERIFY(desk.canRun() && desk.runToEnd());
    auto* only = desk.page->findChild<QToolButton*>(QStringLiteral("keptOnly"));
    QVERIFY(!only->isVisible());
    SweepGridView* grid = desk.page->grid();
    for (const std::size_t cell : {1, 5, 8}) {
      desk.clickCell(cell);
      QTest::keyClick(grid, Qt::Key_K);
    }
    QVERIFY(only->isVisible());
    QTest::mouseClick(only, Qt::LeftButton);
    QVERIFY(grid->rectOf(0).isNull());
    QTRY_COMPARE((grid->grab(), grid->tilesPainted()), 3);
    QVERIFY(!grid->rectOf(1).isNull() && !grid->rectOf(8).isNull());
    desk.clickCell(1);
    QCOMPARE(desk.page->cells().current(), std::size_t(1));
    grid->setFocus();
    QTest::keyClick(grid, Qt::Key_Right);
    QCOMPARE(desk.page->cells().current(), std::size_t(5));
    QTest::keyClick(grid, Qt::Key_End);
    QCOMPARE(desk.page->cells().current(), std::size_t(8));
    // No longer kept, it leaves the list; the keys go on from what is left.
    QTest::keyClick(grid, Qt::Key_K);
    QVERIFY(grid->rectOf(8).isNull());
    QTest::keyClick(grid, Qt::Key_Left);
    QCOMPARE(desk.page->cells().current(), std::size_t(1));
    for (int i = 0; i < 2; ++i) {
      QTest::keyClick(grid, Qt::Key_K);
      QTest::keyClick(grid, Qt::Key_Right);
    }
    QCOMPARE(desk.page->cells().kept().size(), std::size_t(0));
    QTest::keyClick(grid, Qt::Key_Right);
    QTest::keyClick(grid, Qt::Key_End);
    grid->grab();
    QCOMPARE(grid->tilesPainted(), 0);
    QTest::mouseClick(only, Qt::LeftButton);
    QVERIFY(!grid->rectOf(0).isNull());
    QVERIFY(!only->isVisible());
  }

  void digitsAndStarsRate() {
    SweepDesk desk;
    desk.page->setSpec(sweepOf({{kSigma, "0.5, 1, inf"}, {kScale, "1, 2"}}));
    StarRating* stars = desk.page->panel()->stars();
    QVERIFY(desk.canRun());
    QVERIFY(!stars->isEnabled());
    QVERIFY(desk.runToEnd());
    QSignalSpy asked(desk.page.get(), &SweepPage::rateAsked);
    desk.clickCell(4);
    const QString file = desk.page->cells().fileOf(desk.page->cells().picture(4));
    QTest::keyClick(desk.page->grid(), Qt::Key_4);
    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked[0][0].toString(), file);
    QCOMPARE(asked[0][1].toInt(), 4);
    desk.page->showStars({{file, 4}, {"/elsewhere/cells/a.png", 5}});
    QCOMPARE(desk.page->cells().stars(4), 4);
    QCOMPARE(stars->rating(), 4);
    desk.clickCell(0);
    QCOMPARE(stars->rating(), 0);
    QTest::mouseClick(stars, Qt::LeftButton, {}, QPoint(2 * 24 + 12, 12));
    QCOMPARE(asked.size(), 2);
    QCOMPARE(asked[1][1].toInt(), 3);
    desk.page->setMode(SweepViewMode::Filmstrip);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_0);
    QCOMPARE(asked.size(), 3);
    QCOMPARE(asked[2][1].toInt(), 0);
  }

  void namedJobsAreOneRowWithTheirNames() {
    SweepDesk desk;
    std::vector<GenerationRequest> jobs;
    for (const double sigma : {1.0, 2.0, 4.0}) {
      GenerationRequest job = firstJob(fake_catalogue());
      job.steps = 3;
      job.guidance["seg.sigma"] = sigma;
      jobs.push_back(job);
    }
    desk.page->editor()->setListed(jobs, {"Soft", "Middle", "Wide"});
    QVERIFY(desk.canRun());
    QTRY_COMPARE(desk.page->cells().cells(), std::size_t(3));
    QCOMPARE(desk.page->cells().valueLabel(0, 1), QString("Middle"));
    QVERIFY(desk.runToEnd());
    QCOMPARE(desk.engine->submitted_sweeps().back().first.listed.size(), std::size_t(3));
    QCOMPARE(desk.page->cells().cellText(2), QString("Wide"));
    QCOMPARE(desk.page->cells().axisName(0), QString("Preset"));
    const QString folder = desk.page->cells().folder();
    QVERIFY(static_cast<bool>(keepJobNames(folder, desk.page->cells().jobNames())));
    const auto opened = desk.engine->open_sweep(folder.toStdString());
    QVERIFY(static_cast<bool>(opened));
    SweepDesk other;
    other.page->setFolder(opened.value());
    QCOMPARE(other.page->cells().cellText(2), QString("job 3"));
    other.page->showMarks(readSweepMarks(opened.value()));
    QCOMPARE(other.page->cells().cellText(2), QString("Wide"));
    QCOMPARE(other.page->editor()->listedNames(), QStringList({"Soft", "Middle", "Wide"}));
    // An axis instead takes them away.
    other.page->editor()->addAxis();
    QVERIFY(other.page->spec().listed.empty());
    QVERIFY(other.page->editor()->listedNames().isEmpty());
  }

  // In the window: kept and rated, closed, and opened again.
  void windowKeepsThem() {
    QTemporaryDir dir;
    QString file;
    {
      Desk desk(dir);
      QVERIFY(desk.firstPair());
      auto* page = desk.window->findChild<SweepPage*>();
      desk.window->findChild<QAction*>("pageSweep")->trigger();
      page->setSpec(sweepOf({{kSigma, "0.5, 1, inf"}}));
      QTRY_VERIFY(page->editor()->runButton()->isEnabled());
      QTest::mouseClick(page->editor()->runButton(), Qt::LeftButton);
      QTRY_VERIFY(page->cells().finished() == 4 && !page->isRunning());
      page->cells().setCurrent(2);
      page->grid()->setFocus();
      QTest::keyClick(page->grid(), Qt::Key_K);
      QTest::keyClick(page->grid(), Qt::Key_5);
      QTRY_COMPARE(page->cells().stars(2), 5);
      page->cells().setCurrent(0);
      QTest::keyClick(page->grid(), Qt::Key_X);
      file = page->cells().fileOf(page->cells().picture(2));
      desk.window->close();
    }
    Desk again(dir);
    auto* page = again.window->findChild<SweepPage*>();
    QTRY_COMPARE(page->cells().verdict(2), Verdict::Kept);
    QCOMPARE(page->cells().verdict(0), Verdict::Rejected);
    QTRY_COMPARE(page->cells().stars(2), 5);
    QVERIFY(page->cells().fileOf(page->cells().picture(2)).endsWith(file.section('/', -2)));
    // Rated in the gallery, it is seen here.
    auto* gallery = again.window->findChild<GalleryPage*>();
    gallery->rate(file, 2);
    QTRY_COMPARE(page->cells().stars(2), 2);
  }
};

QTEST_MAIN(TestSweepMarks)
#include "tst_sweep_marks.moc"
