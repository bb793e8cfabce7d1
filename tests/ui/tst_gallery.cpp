// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The gallery: pairs on disk and back, folders that cannot be written, files that cannot be read.
#include "tests/support/fake_catalogue.h"
#include "tests/support/fake_engine.h"
#include "ui/gallery_model.h"
#include "ui/job_bridge.h"
#include "ui/pool_tasks.h"

#include <QAbstractItemModelTester>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace studio;
using namespace studio::ui;

namespace {

std::shared_ptr<const Picture> pictureOf(const GenerationRequest& request) {
  auto made = std::make_shared<Picture>();
  made->finished.resolved = request;
  made->finished.images = {std::make_shared<ImageRgb8>(test::fake_picture(request, 64, 48, 1.0))};
  made->image = toQImage(*made->finished.images.front());
  return made;
}

Pair pairOf(std::int64_t seed, double scale) {
  GenerationRequest request;
  request.seed = seed;
  request.prompts = {"a flag of seed " + std::to_string(seed)};
  request.guidance["seg.scale"] = scale;
  return {pictureOf(request), pictureOf(unguided_twin(request, test::fake_catalogue()))};
}

struct Room {
  explicit Room(const QString& in)
      : engine(bridge, {}), gallery(test::fake_catalogue(), tasks, in) {
    gallery.setEngine(&engine);
    tester = std::make_unique<QAbstractItemModelTester>(
        &gallery, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QObject::connect(&gallery, &GalleryModel::problem, &gallery, [this](const QString& text) {
      problems << text;
    });
    QObject::connect(&gallery, &GalleryModel::saved, &gallery, [this] { ++saved; });
  }
  bool restore() {
    bool done = false;
    gallery.restore([&] { done = true; });
    return QTest::qWaitFor([&] { return done; });
  }
  std::optional<Result<Pair>> open(int row) {
    std::optional<Result<Pair>> got;
    gallery.open(row, [&](const Result<Pair>& pair) { got = pair; });
    (void)QTest::qWaitFor([&] { return got.has_value(); });
    return got;
  }
  // Asks as the strip does, until the pool has answered.
  bool described(int row) {
    return QTest::qWaitFor([&] {
      const QModelIndex index = gallery.index(row);
      (void)index.data(GalleryModel::GuidedThumbRole);
      return !index.data(GalleryModel::CaptionRole).toString().isEmpty() ||
             !index.data(GalleryModel::ProblemRole).toString().isEmpty();
    });
  }

  JobBridge bridge;
  test::FakeEngine engine;
  PoolTasks tasks;
  GalleryModel gallery;
  std::unique_ptr<QAbstractItemModelTester> tester;
  QStringList problems;
  int saved = 0;
};

}  // namespace

class TestGallery : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void pairsAreSavedAndRestored() {
    QTemporaryDir dir;
    const QString folder = dir.filePath("pairs/below");
    const Pair first = pairOf(1, 3.0), second = pairOf(2, 4.5);
    {
      Room room(folder);
      QVERIFY(!QFileInfo::exists(folder));
      room.gallery.add(first);
      room.gallery.add(second);
      QCOMPARE(room.gallery.rowCount(), 2);
      QTRY_COMPARE(room.saved, 2);
      QVERIFY(room.problems.isEmpty());
    }
    QCOMPARE(QDir(folder + "/images").entryList({"*-guided.png"}).size(), 2);
    QCOMPARE(QDir(folder + "/images").entryList({"*-twin.png"}).size(), 2);
    Room again(folder);
    QVERIFY(again.restore());
    QCOMPARE(again.gallery.rowCount(), 2);
    QVERIFY(again.described(0));
    QCOMPARE(again.gallery.index(0).data(GalleryModel::SeedRole).toString(),
             QStringLiteral("seed 2"));
    QVERIFY(again.gallery.index(0).data(GalleryModel::CaptionRole).toString().contains("4.5"));
    const auto opened = again.open(0);
    QVERIFY(opened && *opened);
    QCOMPARE(opened->value().guided->image, second.guided->image);
    QCOMPARE(opened->value().twin->image, second.twin->image);
    QCOMPARE(*opened->value().guided->finished.resolved.seed, 2);
    QCOMPARE(opened->value().guided->finished.resolved.prompts.front(),
             std::string("a flag of seed 2"));
  }

  void newestFirst() {
    QTemporaryDir dir;
    Room room(dir.path());
    for (int seed = 1; seed <= 5; ++seed) room.gallery.add(pairOf(seed, 1));
    for (int row = 0; row < 5; ++row) {
      QCOMPARE(room.gallery.index(row).data(GalleryModel::SeedRole).toString(),
               QStringLiteral("seed %1").arg(5 - row));
    }
    QTRY_COMPARE(room.saved, 5);
  }

  void unwritableFolder() {
    QTemporaryDir dir;
    QFile blocker(dir.filePath("file"));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    Room room(dir.filePath("file/gallery"));
    const Pair pair = pairOf(7, 3);
    room.gallery.add(pair);
    QTRY_COMPARE(room.problems.size(), 1);
    QVERIFY2(room.problems.first().contains("memory"), qPrintable(room.problems.first()));
    QCOMPARE(room.gallery.rowCount(), 1);
    const auto opened = room.open(0);
    QVERIFY(opened && *opened);
    QCOMPARE(opened->value().guided->image, pair.guided->image);
    QVERIFY(!room.gallery.index(0).data(GalleryModel::ProblemRole).toString().isEmpty());
  }

  void damagedFiles_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("no PNG") << QByteArray("this is text");
    QTest::newRow("cut short") << QByteArray::fromHex("89504e470d0a1a0a0000000d49484452000000");
  }
  void damagedFiles() {
    QFETCH(QByteArray, bytes);
    QTemporaryDir dir;
    {
      Room room(dir.path());
      room.gallery.add(pairOf(3, 3));
      QTRY_COMPARE(room.saved, 1);
    }
    QFile bad(dir.filePath("99991231-000000-000-0001-guided.png"));
    QVERIFY(bad.open(QIODevice::WriteOnly));
    bad.write(bytes);
    bad.close();
    Room again(dir.path());
    QVERIFY(again.restore());
    QCOMPARE(again.gallery.rowCount(), 2);
    QVERIFY(again.described(0));
    QVERIFY(!again.gallery.index(0).data(GalleryModel::ProblemRole).toString().isEmpty());
    const auto opened = again.open(0);
    QVERIFY(opened && !*opened);
    QVERIFY(!opened->error().message.empty());
    QVERIFY(again.described(1));
    QVERIFY(again.gallery.index(1).data(GalleryModel::ProblemRole).toString().isEmpty());
  }

  void damagedTwinDoesNotHideTheGuidedPicture() {
    QTemporaryDir dir;
    {
      Room room(dir.path());
      room.gallery.add(pairOf(3, 3));
      QTRY_COMPARE(room.saved, 1);
    }
    QFile twin(QDir(dir.filePath("images")).entryInfoList({"*-twin.png"}).first().filePath());
    QVERIFY(twin.open(QIODevice::WriteOnly | QIODevice::Truncate));
    twin.close();
    Room again(dir.path());
    QVERIFY(again.restore());
    const auto opened = again.open(0);
    QVERIFY(opened && *opened);
    QVERIFY(opened->value().guided);
    QVERIFY(!opened->value().twin);
  }

  void otherFilesAreLeftAlone() {
    QTemporaryDir dir;
    for (const char* name : {"holiday.png", "notes.txt", "x-twin.png"}) {
      QFile file(dir.filePath(name));
      QVERIFY(file.open(QIODevice::WriteOnly));
    }
    Room room(dir.path());
    QVERIFY(room.restore());
    QCOMPARE(room.gallery.rowCount(), 0);
  }

  void pairsOfOlderVersionsInTheRootAreListed() {
    QTemporaryDir dir;
    {
      Room room(dir.path());
      room.gallery.add(pairOf(3, 3));
      QTRY_COMPARE(room.saved, 1);
    }
    const QDir images(dir.filePath("images"));
    for (const QString& name : images.entryList({"*.png"})) {
      QVERIFY(QFile::copy(images.filePath(name),
                          dir.filePath("20200101-000000-000-0001" + name.mid(24))));
    }
    Room again(dir.path());
    QVERIFY(again.restore());
    QCOMPARE(again.gallery.rowCount(), 2);
    const auto older = again.open(1);
    QVERIFY(older && *older);
    QVERIFY(older->value().twin);
    QCOMPARE(again.gallery.pathOf(1, Side::Guided),
             dir.filePath("20200101-000000-000-0001-guided.png"));
  }

  void onlyTheNewestPairsAreRestored() {
    QTemporaryDir dir;
    QVERIFY(QDir(dir.path()).mkdir("images"));
    for (int i = 0; i < GalleryModel::kMostRestored + 50; ++i) {
      QFile file(dir.filePath(
          QStringLiteral("images/2026-%1-guided.png").arg(i, 4, 10, QLatin1Char('0'))));
      QVERIFY(file.open(QIODevice::WriteOnly));
    }
    Room room(dir.path());
    QVERIFY(room.restore());
    QCOMPARE(room.gallery.rowCount(), GalleryModel::kMostRestored);
    QVERIFY(room.gallery.pathOf(0, Side::Guided).endsWith("2026-0349-guided.png"));
  }

  void anotherFolder() {
    QTemporaryDir first, second;
    Room room(first.path());
    room.gallery.add(pairOf(3, 3));
    QTRY_COMPARE(room.saved, 1);
    room.gallery.setFolder(second.path());
    QCOMPARE(room.gallery.rowCount(), 0);
    room.gallery.add(pairOf(4, 3));
    QTRY_COMPARE(room.saved, 2);
    QCOMPARE(QDir(second.filePath("images")).entryList({"*-guided.png"}).size(), 1);
    room.gallery.setFolder(first.path());
    QVERIFY(room.restore());
    QCOMPARE(room.gallery.rowCount(), 1);
  }

  void removedPairsGoToTheWastebasket() {
    QTemporaryDir dir;
    // A fresh account has no folder for its data yet.
    qputenv("XDG_DATA_HOME", dir.filePath("data").toUtf8());
    Room room(dir.filePath("project"));
    room.gallery.add(pairOf(3, 3));
    QTRY_COMPARE(room.saved, 1);
    QSignalSpy removed(&room.gallery, &GalleryModel::removed);
    room.gallery.remove(0);
    QTRY_COMPARE(room.gallery.rowCount(), 0);
    QCOMPARE(removed.size(), 1);
    QVERIFY(QDir(dir.filePath("project/images")).isEmpty());
    QCOMPARE(QDir(dir.filePath("data/Trash/files")).entryList(QDir::Files).size(), 2);
    QVERIFY(room.problems.isEmpty());
    qunsetenv("XDG_DATA_HOME");
  }

  void pairWithoutTwin() {
    QTemporaryDir dir;
    {
      Room room(dir.path());
      room.gallery.add({pairOf(3, 3).guided, nullptr});
      QTRY_COMPARE(room.saved, 1);
    }
    Room again(dir.path());
    QVERIFY(again.restore());
    QVERIFY(!again.gallery.index(0).data(GalleryModel::HasTwinRole).toBool());
    const auto opened = again.open(0);
    QVERIFY(opened && *opened && !opened->value().twin);
  }

  void manyPairsKeepABoundedCache() {
    QTemporaryDir dir;
    Room room(dir.path());
    const Pair pair = pairOf(1, 1);
    for (int i = 0; i < 60; ++i) room.gallery.add(pair);
    QTRY_COMPARE_WITH_TIMEOUT(room.saved, 60, 20000);
    QCOMPARE(QDir(dir.filePath("images")).entryList({"*-guided.png"}).size(), 60);
  }
};

QTEST_MAIN(TestGallery)
#include "tst_gallery.moc"
