// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The gallery's index follows the files: built, rebuilt, damaged, watched, searched.
#include "tests/support/fake_catalogue.h"
#include "tests/support/fake_engine.h"
#include "tests/ui/gallery_folder.h"
#include "ui/gallery_index.h"
#include "ui/gallery_marks.h"
#include "ui/job_bridge.h"

#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>

using namespace studio;
using namespace studio::ui;
using studio::test::GalleryFolder;
using studio::test::writeFile;

namespace {

struct Room {
  explicit Room(const QString& folder,
                bool read_only = false,
                bool with_engine = true,
                bool full_text = true)
      : engine(bridge, {}), index(test::fake_catalogue(), nullptr, full_text) {
    QObject::connect(&index, &GalleryIndex::rowsReady, &index, [this](const auto& now) {
      rows = now;
      ++answers;
    });
    QObject::connect(&index, &GalleryIndex::progress, &index, [this](int done, int total) {
      idle = total > 0 ? done == total : idle;
      progress = {done, total};
    });
    QObject::connect(
        &index, &GalleryIndex::problem, &index, [this](const QString& text) { problems << text; });
    QObject::connect(
        &index, &GalleryIndex::failed, &index, [this](const QString& text) { failures << text; });
    QObject::connect(
        &index, &GalleryIndex::detailsReady, &index, [this](const auto& now) { details = now; });
    if (with_engine) index.setEngine(&engine);
    index.open(folder, read_only);
    index.query({});
  }
  QStringList paths() const {
    QStringList all;
    if (rows) {
      for (const GalleryEntry& entry : rows->entries) all << entry.path;
    }
    return all;
  }
  bool has(int count) {
    return QTest::qWaitFor([&] { return rows && int(rows->entries.size()) == count; }, 10000);
  }
  // Until every picture has been read.
  bool read(int count) {
    return QTest::qWaitFor(
        [&] {
          return rows && int(rows->entries.size()) == count &&
                 std::none_of(rows->entries.begin(), rows->entries.end(), [](const auto& entry) {
                   return entry.kind == GalleryKind::Unread;
                 });
        },
        10000);
  }
  bool ask(const GalleryQuery& query) {
    const int before = answers;
    index.query(query);
    return QTest::qWaitFor([&] { return answers > before; }, 10000);
  }
  QStringList found(const QString& text) {
    GalleryQuery query;
    query.text = text;
    query.sort = GallerySort::Name;
    query.ascending = true;
    if (!ask(query)) return {"no answer"};
    return rows->text_problem.isEmpty() ? paths() : QStringList{rows->text_problem};
  }
  const GalleryEntry* entry(const QString& path) const {
    for (const GalleryEntry& one : rows->entries) {
      if (one.path == path) return &one;
    }
    return nullptr;
  }

  JobBridge bridge;
  test::FakeEngine engine;
  std::shared_ptr<GalleryRows> rows;
  std::shared_ptr<GalleryDetails> details;
  QStringList problems, failures;
  std::pair<int, int> progress;
  int answers = 0;
  bool idle = false;
  GalleryIndex index;
};

void fillMixed(const GalleryFolder& folder) {
  folder.add("images/a.png",
             {.prompt = "a red apple, on a table", .seed = 11, .scale = 3, .sigma = "inf"});
  folder.add("images/b.png",
             {.prompt = "Äpfel und Schnee", .seed = 12, .scale = 1.5, .sigma = "2"});
  folder.add(
      "images/c.png",
      {.prompt = "red snow man", .seed = 13, .scale = 0, .model = "models/other.safetensors"});
  folder.add("sweeps/s/cells/d.png", {.prompt = "", .seed = 14, .scale = 5, .sigma = "0.5"});
  QImage beach(30, 20, QImage::Format_RGB32);
  beach.fill(Qt::blue);
  beach.setText("parameters", "a sandy beach Steps: 20");
  beach.save(folder.path("e.png"));
}

}  // namespace

class TestGalleryIndex : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void builtFromFilesAndKept() {
    GalleryFolder folder;
    folder.fill(30);
    {
      Room room(folder.path());
      QVERIFY(room.read(30));
      QCOMPARE(room.paths().first(), QString("images/00000-guided.png"));
      QCOMPARE(room.rows->total, 30);
      QCOMPARE(room.entry("images/00007-guided.png")->seed, QString("7"));
      QCOMPARE(room.entry("images/00007-guided.png")->prompt, QString("picture number 7"));
      QVERIFY(room.entry("images/00007-guided.png")->caption.contains("3.5"));
      QCOMPARE(room.entry("images/00007-guided.png")->width_px, 24);
      QTRY_VERIFY(room.idle);
    }
    QVERIFY(QFile::exists(folder.path("gallery.sqlite")));
    // Without an engine everything still comes from the index.
    Room again(folder.path(), false, false);
    QVERIFY(again.read(30));
    QCOMPARE(again.entry("images/00007-guided.png")->seed, QString("7"));
    QVERIFY(again.problems.isEmpty() && again.failures.isEmpty());
  }

  // An index that holds all it lists may be older than the files.
  void inStepOnlyAfterTheFolderWasLookedThrough() {
    GalleryFolder folder;
    folder.fill(30);
    {
      Room room(folder.path());
      QVERIFY(room.read(30));
      QTRY_VERIFY(room.idle);
    }
    for (int i = 0; i < 5; ++i) folder.add(QStringLiteral("images/late-%1.png").arg(i));
    Room room(folder.path());
    QSignalSpy progress(&room.index, &GalleryIndex::progress);
    QTRY_VERIFY(room.idle);
    QVERIFY(std::any_of(progress.begin(), progress.end(), [](const QVariantList& told) {
      return told[0].toInt() == told[1].toInt() && told[1].toInt() == 35;
    }));
    QVERIFY(std::none_of(progress.begin(), progress.end(), [](const QVariantList& told) {
      return told[0].toInt() == told[1].toInt() && told[1].toInt() == 30;
    }));
  }

  void unusableIndexIsMadeAgain_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("how");
    QTest::newRow("empty file") << QByteArray() << 0;
    QTest::newRow("text") << QByteArray("not a database, but long enough to be looked at ") << 0;
    QTest::newRow("half of it") << QByteArray() << 1;
    QTest::newRow("noise in the middle") << QByteArray() << 2;
    QTest::newRow("other version") << QByteArray() << 3;
    QTest::newRow("database of another program") << QByteArray() << 4;
    QTest::newRow("a table is missing") << QByteArray() << 5;
  }
  void unusableIndexIsMadeAgain() {
    QFETCH(QByteArray, bytes);
    QFETCH(int, how);
    GalleryFolder folder;
    folder.fill(40);
    const QString file = folder.path("gallery.sqlite");
    {
      Room room(folder.path());
      QVERIFY(room.read(40));
      room.index.setMarks({"images/00003-guided.png"}, {.rating = 4});
      QTRY_VERIFY(QFile::exists(GalleryMarks::fileIn(folder.path())));
    }
    QFile index(file);
    QVERIFY(index.open(QIODevice::ReadWrite));
    if (how == 0) {
      index.resize(0);
      index.write(bytes.repeated(bytes.isEmpty() ? 0 : 100));
    } else if (how == 1) {
      index.resize(index.size() / 2);
    } else if (how == 2) {
      for (qint64 at = 4096 + 100; at < index.size(); at += 4096) {
        index.seek(at);
        index.write(QByteArray(2000, '\xa5'));
      }
    }
    index.close();
    if (how >= 3) {
      QSqlDatabase other = QSqlDatabase::addDatabase("QSQLITE", "meddler");
      other.setDatabaseName(file);
      QVERIFY(other.open());
      other.exec(how == 3   ? "PRAGMA user_version = 999"
                 : how == 4 ? "PRAGMA application_id = 1"
                            : "DROP TABLE param");
      other.close();
      other = QSqlDatabase();
      QSqlDatabase::removeDatabase("meddler");
    }
    Room room(folder.path());
    QVERIFY(room.read(40));
    QTRY_VERIFY(room.idle);
    QCOMPARE(room.found("seed=7"), QStringList{"images/00007-guided.png"});
    QCOMPARE(room.found("rating=4"), QStringList{"images/00003-guided.png"});
    QVERIFY2(room.failures.isEmpty(), qPrintable(room.failures.join(' ')));
  }

  void ratingsSurviveTheIndex() {
    GalleryFolder folder;
    folder.fill(3);
    {
      Room room(folder.path());
      QVERIFY(room.read(3));
      room.index.setMarks({"images/00001-guided.png", "images/00002-guided.png"},
                          {.rating = 5, .favourite = true, .add_tags = {"best", "sky"}});
      QTRY_COMPARE(room.found("tag:best").size(), 2);
    }
    QVERIFY(QFile::remove(folder.path("gallery.sqlite")));
    Room room(folder.path());
    QVERIFY(room.read(3));
    const GalleryEntry* entry = room.entry("images/00001-guided.png");
    QCOMPARE(entry->mark, (GalleryMark{5, true, {"best", "sky"}}));
    QCOMPARE(room.rows->tags, (QStringList{"best", "sky"}));
  }

  void searches_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("names");
    QTest::newRow("everything") << ""
                                << "a b c d e";
    QTest::newRow("word") << "apple"
                          << "a";
    QTest::newRow("beginning of a word") << "app"
                                         << "a";
    QTest::newRow("not the middle of a word") << "pple"
                                              << "";
    QTest::newRow("case and accents") << "apfel"
                                      << "b";
    QTest::newRow("two words, both needed") << "red; apple"
                                            << "a";
    QTest::newRow("two words apart") << "red snow"
                                     << "c";
    QTest::newRow("phrase") << "\"red apple\""
                            << "a";
    QTest::newRow("phrase in the wrong order") << "\"apple red\""
                                               << "";
    QTest::newRow("not") << "red -apple"
                         << "c";
    QTest::newRow("foreign text") << "beach"
                                  << "e";
    QTest::newRow("file name") << "file:sweeps"
                               << "d";
    QTest::newRow("greater") << "seg.scale>1.5"
                             << "a d";
    QTest::newRow("at least") << "seg.scale>=1.5"
                              << "a b d";
    QTest::newRow("equal") << "seg.scale=1.5"
                           << "b";
    QTest::newRow("not equal") << "seg.scale!=1.5"
                               << "a c d";
    QTest::newRow("less") << "seg.scale<1"
                          << "c";
    QTest::newRow("infinity") << "sigma=inf"
                              << "a c";
    QTest::newRow("finite") << "sigma<inf"
                            << "b d";
    QTest::newRow("declared initial value") << "steps=25"
                                            << "a b c d";
    QTest::newRow("seed as a word") << "13"
                                    << "c";
    QTest::newRow("seed") << "seed>=13"
                          << "c d";
    QTest::newRow("model") << "model:other"
                           << "c";
    QTest::newRow("text equal") << "layers=mid"
                                << "a b c d";
    QTest::newRow("two comparisons") << "seg.scale>1 seed<14"
                                     << "a b";
    QTest::newRow("negated comparison") << "-seg.scale>1"
                                        << "c e";
    QTest::newRow("quotes and signs") << "'; DROP TABLE picture; --"
                                      << "";
    QTest::newRow("percent") << "%"
                             << "";
  }
  void searches() {
    QFETCH(QString, text);
    QFETCH(QString, names);
    for (const bool full_text : {true, false}) {
      GalleryFolder folder;
      fillMixed(folder);
      Room room(folder.path(), false, true, full_text);
      QVERIFY(room.read(5));
      QStringList found;
      for (const QString& path : room.found(text)) found << QFileInfo(path).baseName();
      found.sort();
      QCOMPARE(found.join(' '), names);
    }
  }

  void filtersAndOrder() {
    GalleryFolder folder;
    fillMixed(folder);
    Room room(folder.path());
    QVERIFY(room.read(5));
    room.index.setMarks({"images/b.png"}, {.rating = 5});
    room.index.setMarks({"images/c.png"}, {.rating = 2, .favourite = true});
    GalleryQuery query;
    query.sort = GallerySort::Rating;
    QVERIFY(room.ask(query));
    QCOMPARE(room.paths().mid(0, 2), (QStringList{"images/b.png", "images/c.png"}));
    QCOMPARE(room.rows->groups.at(0).title, QString("5 stars"));
    QCOMPARE(room.rows->groups.at(1).count, 1);
    query.least_rating = 3;
    QVERIFY(room.ask(query));
    QCOMPARE(room.paths(), QStringList{"images/b.png"});
    query = {};
    query.only_favourites = true;
    QVERIFY(room.ask(query));
    QCOMPARE(room.paths(), QStringList{"images/c.png"});
    query = {};
    query.scope = GalleryScope::Sweeps;
    QVERIFY(room.ask(query));
    QCOMPARE(room.paths(), QStringList{"sweeps/s/cells/d.png"});
    query = {};
    query.model = "other.safetensors";
    QVERIFY(room.rows->models.contains(query.model));
    QVERIFY(room.ask(query));
    QCOMPARE(room.paths(), QStringList{"images/c.png"});
    query = {};
    query.sort = GallerySort::Parameter;
    query.sort_parameter = "guidance.seg.scale";
    QVERIFY(room.ask(query));
    QCOMPARE(room.paths().mid(0, 4),
             (QStringList{"sweeps/s/cells/d.png", "images/a.png", "images/b.png", "images/c.png"}));
    query.ascending = true;
    QVERIFY(room.ask(query));
    // Pictures without the parameter stay last.
    QCOMPARE(room.paths().first(), QString("images/c.png"));
    QCOMPARE(room.paths().last(), QString("e.png"));
    query = {};
    query.since = QDate::currentDate().addDays(1);
    QVERIFY(room.ask(query));
    QVERIFY(room.paths().isEmpty());
    QCOMPARE(room.rows->total, 5);
  }

  void twinsAreHiddenAndFound() {
    GalleryFolder folder;
    folder.add("images/p-guided.png", {.seed = 1, .scale = 3});
    folder.add("images/p-twin.png", {.seed = 1, .scale = 0});
    folder.add("images/alone-twin.png", {.seed = 2, .scale = 0});
    folder.add("sweeps/s/cells/x.png", {.seed = 5, .scale = 2});
    folder.add("sweeps/s/cells/y.png", {.seed = 5, .scale = 0});
    folder.add("sweeps/s/cells/z.png", {.seed = 6, .scale = 0});
    Room room(folder.path());
    QVERIFY(room.read(4));
    QVERIFY(room.entry("images/alone-twin.png") != nullptr);
    QVERIFY(room.entry("sweeps/s/cells/z.png") != nullptr);
    QCOMPARE(room.rows->total, 4);
    room.index.askDetails("images/p-guided.png");
    QTRY_VERIFY(room.details);
    QCOMPARE(room.details->twin_path, QString("images/p-twin.png"));
    QCOMPARE(*room.details->request->seed, 1);
    room.details.reset();
    room.index.askDetails("sweeps/s/cells/x.png");
    QTRY_VERIFY(room.details);
    QCOMPARE(room.details->twin_path, QString("sweeps/s/cells/y.png"));
    GalleryQuery query;
    query.show_twins = true;
    QVERIFY(room.ask(query));
    QCOMPARE(room.rows->total, 6);
    QCOMPARE(room.paths().size(), 6);
    QVERIFY(room.ask({}));
    QVERIFY(QFile::remove(folder.path("images/p-guided.png")));
    QTRY_VERIFY(room.entry("images/p-twin.png") != nullptr);
  }

  void filesThatAreNotOurs() {
    GalleryFolder folder;
    fillMixed(folder);
    writeFile(folder.path("images/cut.png"), test::pngOf({.side_px = 64}).left(80));
    writeFile(folder.path("images/text.png"), "not a picture");
    writeFile(folder.path("images/empty.png"), "");
    QImage bad(8, 8, QImage::Format_RGB32);
    bad.fill(Qt::red);
    bad.setText("seg-studio", "{ this is no job");
    QVERIFY(bad.save(folder.path("images/badjob.png")));
    QVERIFY(QDir(folder.path()).mkpath("images/folder.png"));
    Room room(folder.path());
    QVERIFY(room.read(9));
    QCOMPARE(room.entry("e.png")->kind, GalleryKind::Foreign);
    QCOMPARE(room.entry("e.png")->prompt, QString("a sandy beach Steps: 20"));
    QVERIFY(room.entry("e.png")->problem.isEmpty());
    for (const char* name : {"images/cut.png", "images/text.png", "images/empty.png"}) {
      QCOMPARE(room.entry(name)->kind, GalleryKind::Broken);
      QVERIFY2(room.entry(name)->problem.contains(name), qPrintable(room.entry(name)->problem));
    }
    QCOMPARE(room.entry("images/badjob.png")->kind, GalleryKind::Foreign);
    QVERIFY(!room.entry("images/badjob.png")->problem.isEmpty());
  }

  void otherProgramsChangeTheFolder() {
    GalleryFolder folder;
    folder.fill(5);
    Room room(folder.path());
    QVERIFY(room.read(5));
    QTRY_VERIFY(room.idle);
    QVERIFY(folder.add("images/new.png", {.prompt = "brand new"}));
    QTRY_VERIFY(room.entry("images/new.png") != nullptr);
    QTRY_COMPARE(room.entry("images/new.png")->prompt, QString("brand new"));
    QVERIFY(QFile::remove(folder.path("images/00002-guided.png")));
    QTRY_VERIFY(room.entry("images/00002-guided.png") == nullptr);
    // A folder that was not there before.
    QVERIFY(folder.add("sweeps/late/cells/x.png", {.prompt = "late"}));
    QTRY_VERIFY(room.entry("sweeps/late/cells/x.png") != nullptr);
    QVERIFY(folder.add("sweeps/late/cells/y.png", {.prompt = "later"}));
    QTRY_VERIFY(room.entry("sweeps/late/cells/y.png") != nullptr);
    // Overwritten in place: seen when the window comes back.
    QVERIFY(folder.add("images/00001-guided.png", {.prompt = "changed since", .side_px = 30}));
    room.index.rescan();
    QTRY_COMPARE(room.entry("images/00001-guided.png")->prompt, QString("changed since"));
    QCOMPARE(room.entry("images/00001-guided.png")->width_px, 30);
    QVERIFY(QDir(folder.path("sweeps")).removeRecursively());
    QTRY_COMPARE(room.rows->total, 5);
    QVERIFY(room.problems.isEmpty());
  }

  void indexDeletedWhileItIsUsed() {
    GalleryFolder folder;
    folder.fill(20);
    Room room(folder.path());
    QVERIFY(room.read(20));
    QTRY_VERIFY(room.idle);
    QVERIFY(QFile::remove(folder.path("gallery.sqlite")));
    QVERIFY(folder.add("images/new.png", {.prompt = "brand new"}));
    room.index.notice({folder.path("images/new.png")});
    QVERIFY(room.read(21));
    room.index.setMarks({"images/new.png"}, {.rating = 3});
    QTRY_COMPARE(room.found("rating=3"), QStringList{"images/new.png"});
    QVERIFY(room.failures.isEmpty());
  }

  void withoutAnEngineJobsWait() {
    GalleryFolder folder;
    folder.fill(4);
    Room room(folder.path(), false, false);
    QVERIFY(room.has(4));
    QTRY_VERIFY(room.idle);
    QCOMPARE(room.rows->entries.at(0).kind, GalleryKind::Unread);
    room.index.setEngine(&room.engine);
    QVERIFY(room.read(4));
    room.index.setEngine(nullptr);
  }

  void readOnlyProject() {
    GalleryFolder folder;
    folder.fill(6);
    {
      Room room(folder.path());
      QVERIFY(room.read(6));
      room.index.setMarks({"images/00003-guided.png"}, {.rating = 4});
      QTRY_VERIFY(QFile::exists(GalleryMarks::fileIn(folder.path())));
      QTRY_VERIFY(room.idle);
    }
    const auto content = [&] {
      QFile file(folder.path("gallery.sqlite"));
      return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray before = content();
    QVERIFY(!before.isEmpty());
    QVERIFY(folder.add("images/later.png"));
    // Read from the index that is there: no engine is needed for the pictures it knows.
    Room room(folder.path(), true, false);
    QVERIFY(room.has(7));
    QCOMPARE(room.entry("images/00002-guided.png")->seed, QString("2"));
    QCOMPARE(room.entry("images/00003-guided.png")->mark.rating, 4);
    room.index.setMarks({"images/00003-guided.png"}, {.rating = 1});
    QTRY_COMPARE(room.problems.size(), 1);
    QVERIFY(room.problems.first().contains("reading only"));
    QVERIFY(room.ask({}));
    QCOMPARE(room.entry("images/00003-guided.png")->mark.rating, 4);
    QCOMPARE(content(), before);
    Room missing(folder.path("none"), true);
    QTRY_COMPARE(missing.failures.size(), 1);
    QVERIFY(!QDir(folder.path("none")).exists());
  }

  void indexThatCannotBeWrittenStaysInMemory() {
    GalleryFolder folder;
    folder.fill(6);
    // Not even root can replace a folder that is not empty by a file.
    QVERIFY(QDir(folder.path()).mkpath("gallery.sqlite/x"));
    Room room(folder.path());
    QVERIFY(room.read(6));
    QCOMPARE(room.problems.size(), 1);
    QVERIFY2(room.problems.first().contains("memory"), qPrintable(room.problems.first()));
    QVERIFY(room.failures.isEmpty());
    QCOMPARE(room.found("seed=3"), QStringList{"images/00003-guided.png"});
  }

  void closedAtAnyMoment() {
    GalleryFolder folder;
    folder.fill(300);
    for (int ms = 0; ms < 60; ms += 6) {
      Room room(folder.path());
      QTest::qWait(ms);
    }
    Room room(folder.path());
    QVERIFY(room.read(300));
    QCOMPARE(room.found("seed=299"), QStringList{"images/00299-guided.png"});
  }

  void projectsFollowOneAnother() {
    GalleryFolder first, second;
    first.fill(50);
    second.add("only.png", {.prompt = "other project"});
    Room room(first.path());
    room.index.open(second.path(), false);
    QVERIFY(room.read(1));
    QCOMPARE(room.paths(), QStringList{"only.png"});
    room.index.open(first.path(), false);
    QVERIFY(room.read(50));
  }
};

QTEST_MAIN(TestGalleryIndex)
#include "tst_gallery_index.moc"
