// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the gallery is built from: ratings on disk, the search language, PNG files of any kind,
// thumbnails.
#include "tests/support/fake_catalogue.h"
#include "tests/ui/gallery_folder.h"
#include "ui/gallery_files.h"
#include "ui/gallery_marks.h"
#include "ui/gallery_search.h"
#include "ui/gallery_store.h"
#include "ui/thumb_loader.h"

#include <QSignalSpy>
#include <QTest>

using namespace studio;
using namespace studio::ui;
using studio::test::GalleryFolder;
using studio::test::writeFile;

namespace {

QByteArray contentOf(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QStringList pathsOf(const GalleryListing& listing) {
  QStringList paths;
  for (const GalleryFile& file : listing.files) paths << file.path;
  paths.sort();
  return paths;
}

}  // namespace

class TestGalleryParts : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void marksSurviveAndTheLastLineWins() {
    QTemporaryDir dir;
    {
      GalleryMarks marks;
      QCOMPARE(marks.open(dir.path(), false), QString());
      QCOMPARE(marks.set({{"images/a.png", {2, false, {"x"}}}, {"b.png", {5, true, {}}}}),
               QString());
      QCOMPARE(marks.set({{"images/a.png", {4, true, {"best", "flag"}}}}), QString());
    }
    GalleryMarks again;
    QCOMPARE(again.open(dir.path(), false), QString());
    QCOMPARE(again.of("images/a.png"), (GalleryMark{4, true, {"best", "flag"}}));
    QCOMPARE(again.of("b.png").rating, 5);
    QCOMPARE(again.of("unknown.png"), GalleryMark());
  }

  // The next picture may get the number of one that is gone, but not its words.
  void pictureRemovedWhileItWasReadLeavesNothing() {
    QTemporaryDir dir;
    GalleryStore store(test::fake_catalogue(), true);
    store.openFile(dir.filePath("gallery.sqlite"));
    QVERIFY(store.isOpen());
    const auto found = [&store] {
      GalleryQuery query;
      query.text = "apple";
      return store.rows(query, GallerySearch(test::fake_catalogue())).entries.size();
    };
    const qint64 id = store.putListed({"gone.png", 1, 1}, {});
    GalleryReading reading;
    reading.words = "apple";
    store.setReading(id, reading);
    QCOMPARE(found(), std::size_t(1));
    store.remove(id);
    store.setReading(id, reading);
    QCOMPARE(store.putListed({"next.png", 2, 1}, {}), id);
    QCOMPARE(found(), std::size_t(0));
    QVERIFY(!store.hasFailed());
  }

  void damagedMarks_data() {
    QTest::addColumn<QByteArray>("added");
    QTest::newRow("cut off in the middle") << QByteArray("{\"path\":\"a.png\",\"rat");
    QTest::newRow("cut off before the line break")
        << QByteArray("{\"path\":\"c.png\",\"rating\":2}");
    QTest::newRow("no JSON") << QByteArray("what is this\n");
    QTest::newRow("zeros of a lost block") << QByteArray(400, '\0');
    QTest::newRow("wrong types") << QByteArray("{\"path\":3,\"rating\":[]}\n[1]\nnull\n");
  }
  void damagedMarks() {
    QFETCH(QByteArray, added);
    QTemporaryDir dir;
    GalleryMarks first;
    first.open(dir.path(), false);
    QCOMPARE(first.set({{"a.png", {3, false, {}}}}), QString());
    QFile file(GalleryMarks::fileIn(dir.path()));
    QVERIFY(file.open(QIODevice::Append));
    file.write(added);
    file.close();
    GalleryMarks marks;
    QCOMPARE(marks.open(dir.path(), false), QString());
    QCOMPARE(marks.of("a.png").rating, 3);
    // What is written next is not spoilt by what was cut off before it.
    QCOMPARE(marks.set({{"b.png", {1, false, {}}}}), QString());
    GalleryMarks again;
    again.open(dir.path(), false);
    QCOMPARE(again.of("a.png").rating, 3);
    QCOMPARE(again.of("b.png").rating, 1);
  }

  void manyOutdatedLinesAreTidiedUpWithoutLoss() {
    QTemporaryDir dir;
    GalleryMarks marks;
    marks.open(dir.path(), false);
    for (int i = 0; i < 500; ++i) QCOMPARE(marks.set({{"a.png", {i % 6, false, {}}}}), QString());
    QCOMPARE(marks.set({{"b.png", {2, false, {"keep"}}}}), QString());
    QFile file(GalleryMarks::fileIn(dir.path()));
    QVERIFY(file.open(QIODevice::Append));
    file.write("{\"later\":\"version\"}\n");
    file.close();
    QVERIFY(contentOf(file.fileName()).count('\n') > 500);
    GalleryMarks again;
    QCOMPARE(again.open(dir.path(), false), QString());
    QCOMPARE(contentOf(file.fileName()).count('\n'), 3);
    QVERIFY(contentOf(file.fileName()).contains("later"));
    GalleryMarks third;
    third.open(dir.path(), false);
    QCOMPARE(third.of("a.png").rating, 499 % 6);
    QCOMPARE(third.of("b.png").tags, QStringList{"keep"});
  }

  void marksThatCannotBeWrittenChangeNothing() {
    QTemporaryDir dir;
    QVERIFY(QDir(dir.path()).mkdir("ratings.jsonl"));  // a folder of that name
    GalleryMarks marks;
    marks.open(dir.path(), false);
    const QString why = marks.set({{"a.png", {3, false, {}}}});
    QVERIFY2(why.contains("ratings.jsonl"), qPrintable(why));
    QCOMPARE(marks.of("a.png"), GalleryMark());
    GalleryMarks read_only;
    QTemporaryDir other;
    read_only.open(other.path(), true);
    QVERIFY(read_only.set({{"a.png", {3, false, {}}}}).contains("reading only"));
    QVERIFY(!QFile::exists(GalleryMarks::fileIn(other.path())));
  }

  void aFullDiskIsSaidAndLosesNothing() {
    if (!QFile::exists("/dev/full")) QSKIP("this system has no /dev/full");
    GalleryMarks writing;
    QTemporaryDir good;
    writing.open(good.path(), false);
    QCOMPARE(writing.set({{"a.png", {3, false, {}}}}), QString());
    QVERIFY(QFile::remove(GalleryMarks::fileIn(good.path())));
    QVERIFY(QFile::link("/dev/full", GalleryMarks::fileIn(good.path())));
    const QString why = writing.set({{"a.png", {5, false, {}}}});
    QVERIFY2(!why.isEmpty(), "no sentence about the full disk");
    QCOMPARE(writing.of("a.png").rating, 3);
  }

  void changesOfMarks() {
    const GalleryMark before{2, false, {"a", "b"}};
    QCOMPARE(changed(before, {.rating = 4}), (GalleryMark{4, false, {"a", "b"}}));
    QCOMPARE(changed(before, {.rating = 99}).rating, 5);
    QCOMPARE(changed(before, {.add_tags = {" c  d,e ", "A", ""}}).tags,
             (QStringList{"a", "b", "c d e"}));
    QCOMPARE(changed(before, {.remove_tags = {"B"}}).tags, QStringList{"a"});
  }

  void searchTerms_data() {
    using Field = SearchTerm::Field;
    using Relation = SearchTerm::Relation;
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("terms");
    QTest::addColumn<Field>("field");
    QTest::addColumn<Relation>("relation");
    QTest::addColumn<double>("number");
    const auto row =
        [](const char* text, int terms, Field field, Relation relation, double number) {
          QTest::newRow(text) << QString::fromUtf8(text) << terms << field << relation << number;
        };
    row("apple", 1, Field::Words, Relation::Contains, 0);
    row("apple; snow man", 3, Field::Words, Relation::Contains, 0);
    row("\"red apple\" x", 2, Field::Words, Relation::Contains, 0);
    row("\"never closed", 1, Field::Words, Relation::Contains, 0);
    row("-apple", 1, Field::Words, Relation::Contains, 0);
    row("seg.scale>2", 1, Field::Parameter, Relation::More, 2);
    row("seg.scale >= 2.5", 1, Field::Parameter, Relation::AtLeast, 2.5);
    row("guidance.seg.scale<1e3", 1, Field::Parameter, Relation::Less, 1000);
    row("SEG.SCALE!=0", 1, Field::Parameter, Relation::NotEqual, 0);
    row("sigma=inf", 1, Field::Parameter, Relation::Equal, kInfinity);
    row("sigma:∞", 1, Field::Parameter, Relation::Equal, kInfinity);
    row("seed:43", 1, Field::Parameter, Relation::Equal, 43);
    row("rating>=3;x", 2, Field::Rating, Relation::AtLeast, 3);
    row("favourite:yes", 1, Field::Favourite, Relation::Contains, 1);
    row("tag:best", 1, Field::Tag, Relation::Contains, 0);
    row("date>=2026-11", 1, Field::Date, Relation::AtLeast, 0);
    row("date:today", 1, Field::Date, Relation::Contains, 0);
    row("> apple", 1, Field::Words, Relation::Contains, 0);
  }
  void searchTerms() {
    QFETCH(QString, text);
    QFETCH(int, terms);
    QFETCH(SearchTerm::Field, field);
    QFETCH(SearchTerm::Relation, relation);
    QFETCH(double, number);
    const ParsedSearch parsed = GallerySearch(test::fake_catalogue()).parse(text);
    QVERIFY2(parsed.problem.isEmpty(), qPrintable(parsed.problem));
    QCOMPARE(static_cast<int>(parsed.terms.size()), terms);
    QCOMPARE(parsed.terms[0].field, field);
    QCOMPARE(parsed.terms[0].relation, relation);
    QCOMPARE(parsed.terms[0].number, number);
    QCOMPARE(parsed.terms[0].negated, text.startsWith('-'));
  }

  void everyDeclaredParameterCanBeCompared() {
    const GallerySearch search(test::fake_catalogue());
    for (const JobParam& param : search.params()) {
      const bool is_number =
          param.spec->kind == ParamKind::Real || param.spec->kind == ParamKind::Integer;
      const QString key = GallerySearch::shortPath(param.path);
      const ParsedSearch parsed = search.parse(key + (is_number ? ">1" : ":1"));
      QVERIFY2(parsed.problem.isEmpty(), qPrintable(parsed.problem));
      QCOMPARE(search.params()[parsed.terms.at(0).parameter].path, param.path);
    }
  }

  void wrongSearches_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("said");
    QTest::newRow("ambiguous") << "scale>2"
                               << "seg.scale";
    QTest::newRow("unknown") << "colour=red"
                             << "colour";
    QTest::newRow("no number") << "seg.scale>much"
                               << "number";
    QTest::newRow("unfinished") << "seg.scale>"
                                << "needs a value";
    QTest::newRow("text compared") << "sampler>euler"
                                   << "text";
    QTest::newRow("no date") << "date>soon"
                             << "date";
    QTest::newRow("no rating") << "rating>good"
                               << "rating";
    QTest::newRow("not a number") << "seg.scale>nan"
                                  << "number";
  }
  void wrongSearches() {
    QFETCH(QString, text);
    QFETCH(QString, said);
    const ParsedSearch parsed = GallerySearch(test::fake_catalogue()).parse(text);
    QVERIFY(parsed.terms.empty());
    QVERIFY2(parsed.problem.contains(said, Qt::CaseInsensitive), qPrintable(parsed.problem));
  }

  void anySearchTextIsHarmless() {
    const GallerySearch search(test::fake_catalogue());
    const QString signs = QStringLiteral("a1 .;:\"'-<>=!()*%_\\/∞é漢\n\t");
    quint32 state = 7;
    for (int round = 0; round < 3000; ++round) {
      QString text;
      for (int i = 0; i < round % 24; ++i) {
        state = state * 1664525 + 1013904223;
        text += signs[(state >> 16) % signs.size()];
      }
      const ParsedSearch parsed = search.parse(text);
      QVERIFY(parsed.problem.isEmpty() || parsed.terms.empty());
    }
  }

  void listing() {
    GalleryFolder folder;
    const QStringList listed = {
        "a.png", "images/b.PNG", "images/deep/er/c.png", "other/d.png", "sweeps/one/cells/e.png"};
    for (const QString& path : listed) QVERIFY(folder.add(path));
    for (const char* path : {"sweeps/one/grid.png",
                             "sweeps/one/export/f.png",
                             "sweeps/g.png",
                             "presets/h.png",
                             ".cache/i.png",
                             "images/notes.txt",
                             "images/j.png.part"})
      QVERIFY(folder.add(path));
    // A link to the folder above must not make the listing endless.
    QVERIFY(QFile::link(folder.path(), folder.path("images/again")));
    const std::atomic<bool> stop = false;
    const GalleryListing listing = listPictures(folder.path(), stop);
    QCOMPARE(pathsOf(listing), listed);
    QCOMPARE(listing.problem, QString());
    for (const QString& path : listed) QVERIFY2(isGalleryPath(path), qPrintable(path));
    QVERIFY(!isGalleryPath("sweeps/one/grid.png"));
    QVERIFY(!isGalleryPath("../a.png"));
    QVERIFY(listPictures(folder.path("none"), stop).problem.contains("none"));
    QCOMPARE(twinStemOf("images/x-twin.png"), QString("images/x"));
    QCOMPARE(twinStemOf("images/x.png"), QString());
  }

  void probing_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("said");
    const QByteArray whole = test::pngOf({});
    QTest::newRow("whole") << whole << QString();
    QTest::newRow("empty") << QByteArray() << "empty";
    QTest::newRow("text") << QByteArray("this is no picture at all") << "not a PNG";
    QTest::newRow("cut in the head") << whole.left(20) << "begin";
    QTest::newRow("cut in the pixels") << whole.left(whole.size() - 30) << "cut off";
    QTest::newRow("cut before the end") << whole.chopped(12) << "cut off";
    QByteArray huge = whole;
    huge.replace(33, 4, QByteArray::fromHex("7fffffff"));
    QTest::newRow("chunk of two gigabytes") << huge << "cut off";
    QByteArray zero = whole;
    zero.replace(16, 4, QByteArray(4, '\0'));
    QTest::newRow("no width") << zero << "size";
  }
  void probing() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, said);
    QTemporaryDir dir;
    QVERIFY(writeFile(dir.filePath("a.png"), bytes));
    const PngFacts facts = probePng(dir.filePath("a.png"));
    if (said.isEmpty()) {
      QCOMPARE(facts.problem, QString());
      QCOMPARE(facts.width_px, 24);
      QVERIFY(facts.has_job);
    } else {
      QVERIFY2(facts.problem.contains(said), qPrintable(facts.problem));
    }
  }

  void textsOfOtherPrograms_data() {
    QTest::addColumn<QString>("text");
    QTest::newRow("short") << "a beach\nSteps: 20";
    QTest::newRow("long, compressed") << QString("a long beach ").repeated(60).trimmed();
    QTest::newRow("beyond Latin-1") << QString::fromUtf8("海 beach ∞");
  }
  void textsOfOtherPrograms() {
    QFETCH(QString, text);
    QTemporaryDir dir;
    QImage image(8, 8, QImage::Format_RGB32);
    image.fill(Qt::red);
    image.setText("parameters", text);
    QVERIFY(image.save(dir.filePath("a.png")));
    const PngFacts facts = probePng(dir.filePath("a.png"));
    // Qt writes line breaks as blanks.
    QCOMPARE(facts.foreign_text.simplified(), text.simplified());
    QVERIFY(!facts.has_job);
  }

  void thumbsKeepToTheirBudget() {
    GalleryFolder folder;
    const int side = 100;
    const qsizetype one = side * side * 4;
    for (int i = 0; i < 40; ++i)
      QVERIFY(folder.add(QStringLiteral("%1.png").arg(i), {.seed = i, .side_px = 64}));
    ThumbLoader loader(nullptr, 10 * one);
    std::vector<ThumbWish> wishes;
    for (int i = 0; i < 40; ++i)
      wishes.push_back({i + 1, folder.path(QStringLiteral("%1.png").arg(i)), 5, side, 4});
    loader.want(wishes);
    QTRY_COMPARE(loader.decoded(), 40);
    QVERIFY2(loader.bytesHeld() <= 10 * one, qPrintable(QString::number(loader.bytesHeld())));
    QVERIFY(loader.bytesHeld() >= 8 * one);
    int there = 0;
    for (int i = 1; i <= 40; ++i) there += loader.find(i) != nullptr ? 1 : 0;
    QVERIFY(there >= 8 && there <= 10);
  }

  void wishesThatScrolledAwayAreDropped() {
    GalleryFolder folder;
    QVERIFY(folder.add("a.png", {.side_px = 900}));
    ThumbLoader loader;
    for (int round = 0; round < 200; ++round) {
      std::vector<ThumbWish> wishes;
      for (int i = 0; i < 50; ++i)
        wishes.push_back({round * 50 + i + 1, folder.path("a.png"), 1, 64, 4});
      loader.want(wishes);
    }
    // The last page is there, the ten thousand before it mostly are not.
    QTRY_VERIFY(loader.find(199 * 50 + 1) != nullptr);
    QTRY_VERIFY(loader.find(199 * 50 + 50) != nullptr);
    QVERIFY2(loader.decoded() < 1000, qPrintable(QString::number(loader.decoded())));
  }

  void brokenThumbsSayWhy() {
    GalleryFolder folder;
    QVERIFY(writeFile(folder.path("cut.png"), test::pngOf({.side_px = 200}).left(120)));
    QVERIFY(writeFile(folder.path("text.png"), "no picture"));
    for (const char* name : {"cut.png", "text.png", "none.png"}) {
      const Thumb thumb = makeThumb({1, folder.path(name), 1, 64, 4});
      QVERIFY(!thumb.problem.isEmpty() || !thumb.image.isNull());
      if (QLatin1String(name) != QLatin1String("cut.png")) QVERIFY(thumb.image.isNull());
    }
  }

  void dateGroups() {
    const QDate today(2026, 11, 25);  // a Wednesday
    const auto at = [](int year, int month, int day) {
      GalleryEntry entry;
      entry.modified_ms = QDateTime({year, month, day}, {12, 0}).toMSecsSinceEpoch();
      return entry;
    };
    const std::vector<GalleryEntry> entries = {at(2026, 11, 26),
                                               at(2026, 11, 25),
                                               at(2026, 11, 24),
                                               at(2026, 11, 23),
                                               at(2026, 11, 22),
                                               at(2026, 11, 1),
                                               at(2026, 10, 31),
                                               at(2025, 11, 1)};
    QStringList titles;
    int next = 0;
    for (const GalleryGroup& group : groupsOf(entries, {}, today)) {
      titles << QStringLiteral("%1 %2").arg(group.title).arg(group.count);
      QCOMPARE(group.first, next);
      next += group.count;
    }
    QCOMPARE(titles,
             (QStringList{"Today 2",
                          "Yesterday 1",
                          "This week 1",
                          "November 2026 2",
                          "October 2026 1",
                          "November 2025 1"}));
    QCOMPARE(next, 8);
    QVERIFY(groupsOf({}, {}, today).empty());
    GalleryQuery by_name;
    by_name.sort = GallerySort::Name;
    QCOMPARE(groupsOf(entries, by_name, today).size(), std::size_t(1));
  }
};

QTEST_MAIN(TestGalleryParts)
#include "tst_gallery_parts.moc"
