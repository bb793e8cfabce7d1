// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// project.json on disk: damage, foreign versions, folders that cannot be written, full disks.
#include "tests/ui/project_codec.h"
#include "ui/project_disk.h"
#include "ui/project_file.h"
#include "ui/project_salvage.h"

#include <QDir>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <sys/resource.h>
#include <unistd.h>

using namespace studio;
using namespace studio::ui;
using test::fake_catalogue;
using test::projectCodec;

namespace {

QByteArray contentOf(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool store(const QString& path, const QByteArray& content) {
  QFile file(path);
  return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}

ProjectState fullState() {
  ProjectState state;
  state.name = "Flags study";
  state.notes = "Two\nlines, “quoted”";
  GenerationRequest job;
  job.seed = 43;
  job.prompts = {"a flag"};
  job.guidance["seg.sigma"] = kInfinity;
  state.job = job;
  for (int i = 0; i < 4; ++i) {
    Preset preset;
    preset.name = QString("Preset %1").arg(i);
    preset.values = {{"steps", std::int64_t{10 + i}}};
    state.presets.push_back(preset);
  }
  state.parts = {{"sweeps", QJsonArray{QJsonObject{{"name", "one"}}}},
                 {"layout", QJsonObject{{"splitter", 3}}},
                 {"queue", QJsonArray{1, 2}},
                 {"made by a later program", QJsonObject{{"kept", true}}}};
  return state;
}

Result<ProjectLoad> load(const QString& path) {
  return loadProject(path, fake_catalogue(), projectCodec());
}

ProjectWriter writerFor(const ProjectLoad& project, ProjectWriter::WriteFile file = {}) {
  return ProjectWriter(project.folder, project.stamp, projectCodec(), std::move(file));
}

QStringList keptAside(const QString& folder, const QString& kind) {
  return QDir(folder).entryList({"project.json." + kind + "-*"}, QDir::Files);
}

}  // namespace

class TestProjectFile : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    folder_ = dir_->filePath("project");
    QVERIFY(createProject(folder_, "Study", fake_catalogue(), projectCodec()));
    file_ = projectFilePath(folder_);
  }

  void everythingReturns() {
    const ProjectState state = fullState();
    QVERIFY(store(file_, projectText(state, projectCodec())));
    const auto back = load(folder_);
    QVERIFY(back);
    QVERIFY2(back.value().problems.isEmpty(), qPrintable(back.value().problems.join('\n')));
    QVERIFY(back.value().read_only_reason.isEmpty());
    const ProjectState& got = back.value().state;
    QCOMPARE(got.name, state.name);
    QCOMPARE(got.notes, state.notes);
    QVERIFY(got.job);
    QCOMPARE(projectCodec().write(*got.job), projectCodec().write(*state.job));
    QVERIFY(got.presets == state.presets);
    QCOMPARE(got.parts, state.parts);  // unknown keys too
    QCOMPARE(projectText(got, projectCodec()), projectText(state, projectCodec()));
    QVERIFY(QFileInfo(folder_ + "/images").isDir());
    QVERIFY(QFileInfo(folder_ + "/sweeps").isDir());
  }

  void opensByItsFileToo() {
    const auto back = load(file_);
    QVERIFY(back);
    QCOMPARE(back.value().folder, QDir(folder_).absolutePath());
  }

  // Cut anywhere, the file opens with what stood before the cut, and stays.
  void truncatedAnywhere() {
    const QByteArray whole = projectText(fullState(), projectCodec());
    qsizetype most = 0;
    for (qsizetype size = 0; size < whole.size() - 2; size += 37) {
      const SalvagedJson found = salvageJson(whole.left(size));
      QVERIFY2(!found.problems.isEmpty(), qPrintable(QString::number(size)));
      const qsizetype presets = found.root.value("presets").toArray().size();
      QVERIFY(presets >= most);  // more text, more presets
      most = presets;
    }
    QVERIFY(most >= 3);
    const SalvagedJson last = salvageJson(whole.left(whole.lastIndexOf('}') - 1));
    QCOMPARE(last.root.value("presets").toArray().size(), 4);
  }

  void damaged_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("says");
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("presets");
    const QByteArray whole = projectText(fullState(), projectCodec());
    const auto row = [](const char* title,
                        const QByteArray& text,
                        const char* says,
                        const char* name,
                        int presets) { QTest::newRow(title) << text << says << name << presets; };
    row("truncated", whole.left(whole.indexOf("Preset 2")), "ends in the middle", "Flags study", 2);
    row("one preset damaged",
        QByteArray(whole).replace("\"Preset 1\"", "\"Preset 1"),
        "is damaged, in presets",
        "Flags study",
        3);
    row("layout damaged, presets whole",
        QByteArray(whole).replace("\"splitter\":3", "\"splitter\":3x"),
        "is damaged, in layout",
        "Flags study",
        4);
    row("empty", "", "empty", "project", 0);
    row("zeros", QByteArray(4096, '\0'), "does not begin", "project", 0);
    row("binary",
        QByteArray("\x89PNG\r\n\x1a\n{}[]\"\xff\xfe", 15),
        "does not begin",
        "project",
        0);
    row("a list", "[1,2]", "list", "project", 0);
    row("something after the end", whole + "x", "follows", "Flags study", 4);
    row("presets is text", R"({"name":"N","presets":"x"})", "presets is no list", "N", 0);
    row("name is a list", R"({"name":[1]})", "name is no text", "project", 0);
    row("too deep",
        "{\"name\":\"N\",\n\"layout\": " + QByteArray(3000, '[') + QByteArray(3000, ']') +
            ",\n\"presets\": []\n}",
        "deeper",
        "N",
        0);
    row("deep and cut",
        "{\"name\":\"N\",\n\"layout\": " + QByteArray(100000, '['),
        "in the middle",
        "N",
        0);
    row("invalid UTF-8", "{\"name\":\"N\xff\",\n\"presets\": []}", "UTF-8", "N\uFFFD", 0);
  }
  void damaged() {
    QFETCH(QByteArray, content);
    QFETCH(QString, says);
    QVERIFY(store(file_, content));
    const auto opened = load(folder_);
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    const QString problems = opened.value().problems.join('\n');
    QVERIFY2(problems.contains(says), qPrintable(problems));
    QTEST(opened.value().state.name, "name");
    QTEST(static_cast<int>(opened.value().state.presets.size()), "presets");
    QVERIFY(opened.value().read_only_reason.isEmpty());
    // The file as it was is beside it, once however often it is opened, and named in a sentence.
    QCOMPARE(keptAside(folder_, "damaged").size(), 1);
    QVERIFY(problems.contains(keptAside(folder_, "damaged").first()));
    QCOMPARE(contentOf(folder_ + '/' + keptAside(folder_, "damaged").first()), content);
    QCOMPARE(contentOf(file_), content);
    {
      ProjectWriter writer = writerFor(opened.value());
      QVERIFY(writer.write(opened.value().state));
    }
    QCOMPARE(keptAside(folder_, "damaged").size(), 1);
    QVERIFY(contentOf(file_) != content);
  }

  void anyDamageIsSurvived() {
    const QByteArray whole = projectText(fullState(), projectCodec());
    QRandomGenerator random(20261125);
    for (int i = 0; i < 4000; ++i) {
      QByteArray text = whole;
      for (int hits = random.bounded(1, 6); hits > 0; --hits) {
        const qsizetype at = random.bounded(static_cast<int>(text.size()));
        switch (random.bounded(3)) {
          case 0:
            text[at] = static_cast<char>(random.bounded(256));
            break;
          case 1:
            text.remove(at, random.bounded(1, 40));
            break;
          default:
            text.insert(
                at, QByteArray("{}[]\",:\\\n  0x").mid(random.bounded(8), random.bounded(1, 6)));
        }
        if (text.isEmpty()) text = whole;
      }
      const SalvagedJson found = salvageJson(text);
      // Either it is whole JSON still, or a sentence says that it is not.
      QVERIFY(!found.problems.isEmpty() || QJsonDocument::fromJson(text).isObject());
    }
  }

  void largeDamageEndsSoon_data() {
    QTest::addColumn<QByteArray>("piece");
    QTest::newRow("quotes") << QByteArray("\"");
    QTest::newRow("lines of quotes") << QByteArray("\n\"");
    QTest::newRow("lines of objects") << QByteArray("\n  {");
    QTest::newRow("brackets") << QByteArray("[");
    QTest::newRow("members") << QByteArray("\"a\":[");
    QTest::newRow("backslashes") << QByteArray("\\");
    QTest::newRow("commas") << QByteArray(",");
    QTest::newRow("letters") << QByteArray("a");
  }
  void largeDamageEndsSoon() {
    QFETCH(QByteArray, piece);
    constexpr int kBytes = 8 << 20;
    QElapsedTimer clock;
    clock.start();
    const SalvagedJson found =
        salvageJson("{\"presets\": [" + piece.repeated(kBytes / static_cast<int>(piece.size())));
    QVERIFY(!found.problems.isEmpty());
    QVERIFY2(clock.elapsed() < 5000, qPrintable(QString::number(clock.elapsed())));
  }

  void openingDamageTwiceKeepsOneCopy() {
    QVERIFY(store(file_, "{"));
    (void)load(folder_);
    (void)load(folder_);
    QCOMPARE(keptAside(folder_, "damaged").size(), 1);
    QVERIFY(store(file_, "{\""));
    (void)load(folder_);
    QCOMPARE(keptAside(folder_, "damaged").size(), 2);
  }

  void whatIsNotUnderstoodStays() {
    const QByteArray text = R"({"format":"seg-studio/project","version":1,"name":"N",
"job":{"format":"seg-studio/job","version":1,"values":{"steps":0}},
"presets":[{"format":"seg-studio/preset","version":1,"name":"Odd","set":{"from.tomorrow":1}},
{"format":"seg-studio/preset","version":1,"name":"Good","set":{"steps":5}}]})";
    QVERIFY(store(file_, text));
    auto opened = load(folder_);
    QVERIFY(opened);
    const QString problems = opened.value().problems.join('\n');
    QVERIFY2(problems.contains("Odd") && problems.contains("from.tomorrow") &&
                 problems.contains("steps"),
             qPrintable(problems));
    QCOMPARE(opened.value().state.presets.size(), 1u);
    QVERIFY(!opened.value().state.job);
    opened.value().state.name = "M";
    ProjectWriter writer = writerFor(opened.value());
    QVERIFY(writer.write(opened.value().state));
    const QByteArray now = contentOf(file_);
    QVERIFY(now.contains("from.tomorrow"));
    QVERIFY(now.contains("\"steps\":0"));
  }

  void aNewerVersionOpensReadOnly() {
    QVERIFY(store(file_, R"({"format":"seg-studio/project","version":9,"name":"N","presets":[]})"));
    const auto opened = load(folder_);
    QVERIFY(opened);
    QCOMPARE(opened.value().state.name, QString("N"));
    QVERIFY2(opened.value().read_only_reason.contains("newer"),
             qPrintable(opened.value().read_only_reason));
  }

  void anotherFormatOpensReadOnly() {
    QVERIFY(store(file_, R"({"format":"other/project","version":1,"name":"N"})"));
    QVERIFY(load(folder_).value().read_only_reason.contains("other/project"));
  }

  void refused_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("says");
    QTest::newRow("no folder") << "nowhere"
                               << "no folder";
    QTest::newRow("a file") << "file.txt"
                            << "is a file";
    QTest::newRow("no project.json") << "empty"
                                     << "no project.json";
    QTest::newRow("project.json is a folder") << "odd"
                                              << "not an ordinary file";
  }
  void refused() {
    QFETCH(QString, path);
    QFETCH(QString, says);
    QVERIFY(store(dir_->filePath("file.txt"), "x"));
    QVERIFY(QDir(dir_->path()).mkpath("empty"));
    QVERIFY(QDir(dir_->path()).mkpath("odd/project.json"));
    const auto opened = load(dir_->filePath(path));
    QVERIFY(!opened);
    QVERIFY2(QString::fromStdString(opened.error().message).contains(says),
             opened.error().message.c_str());
  }

  void creatingRefuses_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("says");
    QTest::newRow("a project is there") << "project"
                                        << "already";
    QTest::newRow("a file is there") << "file.txt"
                                     << "is a file";
    QTest::newRow("inside a file") << "file.txt/new"
                                   << "cannot be made";
  }
  void creatingRefuses() {
    QFETCH(QString, path);
    QFETCH(QString, says);
    QVERIFY(store(dir_->filePath("file.txt"), "x"));
    const auto made = createProject(dir_->filePath(path), "N", fake_catalogue(), projectCodec());
    QVERIFY(!made);
    QVERIFY2(QString::fromStdString(made.error().message).contains(says),
             made.error().message.c_str());
  }

  void tooLargeIsLeftAlone() {
    QFile file(file_);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.resize(kLargestProjectBytes + 1));  // a hole: takes no room
    file.close();
    const auto opened = load(folder_);
    QVERIFY(opened);
    QVERIFY(opened.value().read_only_reason.contains("too large"));
    QVERIFY(keptAside(folder_, "damaged").isEmpty());
  }

  void aSecondOneOpensReadOnly() {
    const auto first = load(folder_);
    QVERIFY(first && first.value().read_only_reason.isEmpty());
    {
      const auto second = load(folder_);
      QVERIFY(second);
      QVERIFY2(second.value().read_only_reason.contains("another studio") &&
                   second.value().read_only_reason.contains("process"),
               qPrintable(second.value().read_only_reason));
    }
  }
  void theLockGoesWithItsProject() {
    {
      const auto first = load(folder_);
      QVERIFY(first);
    }
    QVERIFY(load(folder_).value().read_only_reason.isEmpty());
  }

  // Permissions mean nothing to root, so the lock's place is taken by a folder instead.
  void aFolderThatCannotBeWrittenOpensReadOnly() {
    if (geteuid() != 0) {
      QVERIFY(QFile::setPermissions(folder_, QFile::ReadOwner | QFile::ExeOwner));
    } else {
      qInfo("running as root: a folder in the lock's place stands in for missing permission");
      QFile::remove(folder_ + "/.project.lock");
      QVERIFY(QDir(folder_).mkpath(".project.lock"));
    }
    const auto opened = load(folder_);
    QFile::setPermissions(folder_, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    QVERIFY(opened);
    QVERIFY2(opened.value().read_only_reason.contains("cannot be written"),
             qPrintable(opened.value().read_only_reason));
    QCOMPARE(opened.value().state.name, QString("Study"));
  }

  void anotherProgramsVersionIsKept() {
    const auto opened = load(folder_);
    ProjectState state = opened.value().state;
    ProjectWriter writer = writerFor(opened.value());
    state.name = "Mine";
    QVERIFY(writer.write(state).value().note.isEmpty());
    const QByteArray theirs = R"({"name":"Theirs"})";
    QVERIFY(store(file_, theirs));
    state.name = "Mine again";
    const auto written = writer.write(state);
    QVERIFY(written);
    QCOMPARE(keptAside(folder_, "other").size(), 1);
    QVERIFY(written.value().note.contains(keptAside(folder_, "other").first()));
    QCOMPARE(contentOf(folder_ + '/' + keptAside(folder_, "other").first()), theirs);
    QVERIFY(contentOf(file_).contains("Mine again"));
    state.name = "Mine at last";
    QVERIFY(writer.write(state).value().note.isEmpty());
  }

  void theSameContentWithAnotherTimeIsNoForeignVersion() {
    const auto opened = load(folder_);
    ProjectState state = opened.value().state;
    ProjectWriter writer = writerFor(opened.value());
    QFile file(file_);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.setFileTime(QDateTime::currentDateTime().addSecs(-100),
                             QFileDevice::FileModificationTime));
    file.close();
    state.name = "Mine";
    QVERIFY(writer.write(state).value().note.isEmpty());
    QVERIFY(keptAside(folder_, "other").isEmpty());
  }

  void aRemovedFileIsWrittenAgainWithASentence() {
    const auto opened = load(folder_);
    ProjectWriter writer = writerFor(opened.value());
    QVERIFY(QFile::remove(file_));
    const auto written = writer.write(opened.value().state);
    QVERIFY(written && written.value().note.contains("removed"));
    QVERIFY(QFile::exists(file_));
  }

  void aFolderThatWentAwayIsNotMadeAgain() {
    const auto opened = load(folder_);
    ProjectWriter writer = writerFor(opened.value());
    QVERIFY(QDir().rename(folder_, dir_->filePath("moved")));
    const auto written = writer.write(opened.value().state);
    QVERIFY(!written);
    QVERIFY2(QString::fromStdString(written.error().message).contains("not there"),
             written.error().message.c_str());
    QVERIFY(!QFileInfo::exists(folder_));
  }

  void aFullDiskLeavesTheOldFile() {
    const auto opened = load(folder_);
    const QByteArray before = contentOf(file_);
    ProjectState state = opened.value().state;
    state.notes = QString(100000, 'x');
    ProjectWriter writer = writerFor(opened.value());
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit old{};
    QCOMPARE(getrlimit(RLIMIT_FSIZE, &old), 0);
    rlimit small = old;
    small.rlim_cur = 4096;
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto failed = writer.write(state);
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &old), 0);
    QVERIFY(!failed);
    QVERIFY2(QString::fromStdString(failed.error().message).contains("disk is full"),
             failed.error().message.c_str());
    QCOMPARE(contentOf(file_), before);
    QCOMPARE(QDir(folder_).entryList({"*.writing"}, QDir::Files | QDir::Hidden).size(), 0);
    QVERIFY(writer.write(state));
    QCOMPARE(load(folder_).value().state.notes, state.notes);
  }

  void whatAKilledWriterLeftIsClearedUp() {
    QVERIFY(store(file_ + ".writing", "half"));
    QVERIFY(load(folder_));
    QVERIFY(!QFile::exists(file_ + ".writing"));
  }

  void nothingNewIsNotWritten() {
    const auto opened = load(folder_);
    int writes = 0;
    ProjectWriter writer =
        writerFor(opened.value(), [&](const QString& path, const QByteArray& text) {
          ++writes;
          return writeWhole(path, text);
        });
    QVERIFY(writer.write(opened.value().state));
    QCOMPARE(writes, 0);
    ProjectState state = opened.value().state;
    state.name = "Other";
    QVERIFY(writer.write(state));
    QVERIFY(writer.write(state));
    QCOMPARE(writes, 1);
  }

 private:
  std::unique_ptr<QTemporaryDir> dir_;
  QString folder_, file_;
};

QTEST_GUILESS_MAIN(TestProjectFile)
#include "tst_project_file.moc"
