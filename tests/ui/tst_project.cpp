// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// An open project: autosave, failures that heal, two studios, and death at any moment.
#include "tests/support/event_loop_meter.h"
#include "tests/ui/project_codec.h"
#include "ui/project.h"

#include <QDir>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QProcess>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <cstdio>

using namespace studio;
using namespace studio::ui;
using test::fake_catalogue;
using test::projectCodec;

namespace {

constexpr char kKeepOpen[] = "--keep-open";
constexpr char kWrite[] = "--write";

ProjectLoad loaded(const QString& folder) {
  auto load = loadProject(folder, fake_catalogue(), projectCodec());
  return load ? std::move(load).value() : ProjectLoad();
}

QString nameOnDisk(const QString& folder) {
  QFile file(projectFilePath(folder));
  if (!file.open(QIODevice::ReadOnly)) return {};
  return QJsonDocument::fromJson(file.readAll()).object().value("name").toString();
}

Preset preset(const QString& name) {
  Preset made;
  made.name = name;
  made.values = {{"steps", std::int64_t{7}}};
  return made;
}

// The other studio: opens the project and says how; then waits, or writes until it is killed.
int otherStudio(const QString& folder, bool writes) {
  ProjectOptions options;
  options.autosave_ms = 0;
  Project project(loaded(folder), projectCodec(), options);
  std::printf("%s\n", project.isReadOnly() ? "read-only" : "writable");
  std::fflush(stdout);
  QTimer timer;
  int round = 0;
  QObject::connect(&timer, &QTimer::timeout, [&] {
    ++round;
    project.setNotes(QString(1000 * (round % 50), 'n'));
    project.setName(QString("Round %1").arg(round));
    std::vector<Preset> presets;
    for (int i = 0; i < round % 20; ++i) presets.push_back(preset(QString("P%1").arg(i)));
    project.setPresets(presets);
  });
  if (writes) timer.start(1);
  return QCoreApplication::exec();
}

}  // namespace

class TestProject : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    folder_ = dir_->filePath("study");
    QVERIFY(createProject(folder_, "Study", fake_catalogue(), projectCodec()));
  }

  void opensAndCreatesOffTheGuiThread() {
    PoolTasks tasks;
    std::unique_ptr<Project> made;
    Project::create(dir_->filePath("new"),
                    "New",
                    fake_catalogue(),
                    projectCodec(),
                    tasks,
                    this,
                    [&](Result<std::unique_ptr<Project>> result) {
                      QVERIFY(result);
                      made = std::move(result).value();
                    });
    QVERIFY(!made);
    QTRY_VERIFY(made);
    QCOMPARE(made->name(), QString("New"));
    QVERIFY(!made->isReadOnly());
    std::string error;
    Project::open(dir_->filePath("nowhere"),
                  fake_catalogue(),
                  projectCodec(),
                  tasks,
                  this,
                  [&](Result<std::unique_ptr<Project>> result) { error = result.error().message; });
    QTRY_VERIFY(!error.empty());
  }

  void savesAboutASecondAfterAChange() {
    Project project(loaded(folder_), projectCodec());
    QVERIFY(project.isSaved());
    QSignalSpy saved(&project, &Project::saved);
    QElapsedTimer clock;
    clock.start();
    project.setName("Changed");
    QVERIFY(!project.isSaved());
    QVERIFY(saved.wait(5000));
    QVERIFY2(clock.elapsed() >= 900, qPrintable(QString::number(clock.elapsed())));
    QVERIFY2(clock.elapsed() < 3000, qPrintable(QString::number(clock.elapsed())));
    QVERIFY(project.isSaved());
    QCOMPARE(nameOnDisk(folder_), QString("Changed"));
  }

  // A drag that lasts must not put the save off until it ends.
  void steadyChangesAreSavedToo() {
    ProjectOptions options;
    options.autosave_ms = 100;
    Project project(loaded(folder_), projectCodec(), options);
    QTimer timer;
    int round = 0;
    connect(&timer, &QTimer::timeout, this, [&] { project.setName(QString("R%1").arg(++round)); });
    timer.start(10);
    QTRY_VERIFY(nameOnDisk(folder_).startsWith('R'));
    timer.stop();
    QTRY_VERIFY(project.isSaved());
    QCOMPARE(nameOnDisk(folder_), project.name());
  }

  void oneWriteAtATimeAndTheNewestWins() {
    std::atomic<int> running = 0, most = 0, writes = 0;
    std::atomic<bool> hold = true;
    ProjectOptions options;
    options.autosave_ms = 0;
    options.write_file = [&](const QString& path, const QByteArray& text) {
      most = std::max(most.load(), ++running);
      ++writes;
      hold.wait(true);
      --running;
      return writeWhole(path, text);
    };
    Project project(loaded(folder_), projectCodec(), options);
    project.setName("0");
    QTRY_COMPARE(writes.load(), 1);
    for (int i = 1; i <= 20; ++i) {
      project.setName(QString::number(i));
      QCoreApplication::processEvents();
    }
    hold = false;
    hold.notify_all();
    QTRY_VERIFY(project.isSaved());
    QCOMPARE(nameOnDisk(folder_), QString("20"));
    QCOMPARE(most.load(), 1);
    QCOMPARE(writes.load(), 2);
  }

  void closingSavesAtOnce() {
    {
      Project project(loaded(folder_), projectCodec());
      project.setName("Closed");
      project.setPart(Project::kLayout, QJsonObject{{"x", 1}});
    }
    const ProjectLoad again = loaded(folder_);
    QCOMPARE(again.state.name, QString("Closed"));
    QCOMPARE(again.state.parts.value(Project::kLayout).toObject().value("x").toInt(), 1);
    QVERIFY(again.read_only_reason.isEmpty());
  }

  void aFullDiskIsSaidOnceAndHeals() {
    std::atomic<bool> full = true;
    std::atomic<int> tries = 0;
    ProjectOptions options;
    options.autosave_ms = 5;
    options.retry_ms = 20;
    options.write_file = [&](const QString& path, const QByteArray& text) -> Result<void> {
      ++tries;
      if (full) return Error{ErrorCode::Io, "project.json cannot be written: the disk is full."};
      return writeWhole(path, text);
    };
    Project project(loaded(folder_), projectCodec(), options);
    QSignalSpy problems(&project, &Project::problem);
    QSignalSpy notes(&project, &Project::note);
    project.setName("Kept");
    QTRY_VERIFY(tries >= 3);
    QCOMPARE(problems.size(), 1);
    QVERIFY(problems.first().first().toString().contains("disk is full"));
    QVERIFY(!project.isSaved());
    QVERIFY(!project.writeProblem().isEmpty());
    QVERIFY(!project.flush());
    QCOMPARE(nameOnDisk(folder_), QString("Study"));
    full = false;
    QTRY_VERIFY(project.isSaved());
    QCOMPARE(nameOnDisk(folder_), QString("Kept"));
    QVERIFY(!notes.isEmpty());
    QVERIFY(project.writeProblem().isEmpty());
  }

  void anotherProgramsChangeIsTold() {
    ProjectOptions options;
    options.autosave_ms = 5;
    Project project(loaded(folder_), projectCodec(), options);
    QSignalSpy notes(&project, &Project::note);
    QFile file(projectFilePath(folder_));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"name\":\"Theirs\"}");
    file.close();
    project.setName("Ours");
    QTRY_COMPARE(notes.size(), 1);
    QCOMPARE(QDir(folder_).entryList({"project.json.other-*"}).size(), 1);
    QCOMPARE(nameOnDisk(folder_), QString("Ours"));
  }

  void theSecondStudioReadsOnly() {
    Project first(loaded(folder_), projectCodec());
    Project second(loaded(folder_), projectCodec());
    QVERIFY(!first.isReadOnly());
    QVERIFY(second.isReadOnly());
    QVERIFY(second.readOnlyReason().contains("another studio"));
    QSignalSpy problems(&second, &Project::problem);
    second.setName("Second");
    second.setNotes("x");
    QCOMPARE(problems.size(), 1);
    QVERIFY(second.isSaved());  // nothing that could still be lost on closing
    QVERIFY(second.flush());
    QCOMPARE(nameOnDisk(folder_), QString("Study"));
  }

  void anotherProcessLocksAndItsDeathUnlocks() {
    QProcess other;
    other.start(QCoreApplication::applicationFilePath(), {kKeepOpen, folder_});
    QVERIFY(other.waitForReadyRead(20000));
    QCOMPARE(other.readAll().trimmed(), QByteArray("writable"));
    {
      Project project(loaded(folder_), projectCodec());
      QVERIFY(project.isReadOnly());
      QVERIFY2(project.readOnlyReason().contains(QString::number(other.processId())),
               qPrintable(project.readOnlyReason()));
    }
    other.kill();
    QVERIFY(other.waitForFinished(20000));
    Project project(loaded(folder_), projectCodec());
    QVERIFY(!project.isReadOnly());
    QProcess third;
    third.start(QCoreApplication::applicationFilePath(), {kKeepOpen, folder_});
    QVERIFY(third.waitForReadyRead(20000));
    QCOMPARE(third.readAll().trimmed(), QByteArray("read-only"));
    third.kill();
    QVERIFY(third.waitForFinished(20000));
  }

  void killedWhileWritingTheFileIsWhole() {
    constexpr int kKills = 20;
    int written = 0;
    for (int i = 0; i < kKills; ++i) {
      QProcess other;
      other.start(QCoreApplication::applicationFilePath(), {kWrite, folder_});
      QVERIFY(other.waitForReadyRead(20000));
      QCOMPARE(other.readAll().trimmed(), QByteArray("writable"));
      QTest::qWait(QRandomGenerator::global()->bounded(1, 120));
      other.kill();
      QVERIFY(other.waitForFinished(20000));
      const ProjectLoad after = loaded(folder_);
      QVERIFY2(after.problems.isEmpty(), qPrintable(after.problems.join('\n')));
      QVERIFY(after.read_only_reason.isEmpty());
      if (after.state.name.startsWith("Round ")) {
        ++written;
        const int round = after.state.name.mid(6).toInt();
        QCOMPARE(after.state.notes.size(), 1000 * (round % 50));
        QCOMPARE(static_cast<int>(after.state.presets.size()), round % 20);
      }
      QVERIFY(!QFile::exists(projectFilePath(folder_) + ".writing"));
    }
    QVERIFY2(written > kKills / 2, qPrintable(QString::number(written)));
  }

  void eventLoopStaysFreeWhileALargeProjectIsSaved() {
    ProjectOptions options;
    options.autosave_ms = 10;
    Project project(loaded(folder_), projectCodec(), options);
    std::vector<Preset> presets;
    for (int i = 0; i < 300; ++i) {
      presets.push_back(preset(QString("P%1").arg(i)));
      presets.back().picture = QByteArray(40000, static_cast<char>(i));
    }
    project.setPresets(presets);
    test::EventLoopMeter meter;
    QSignalSpy saved(&project, &Project::saved);
    meter.run(1500);
    QTRY_VERIFY(project.isSaved());
    QVERIFY(!saved.isEmpty());
    QVERIFY2(meter.percentile(0.99) <= 16, qPrintable(QString::number(meter.percentile(0.99))));
    QVERIFY2(meter.maximum() <= 60, qPrintable(QString::number(meter.maximum())));
  }

 private:
  std::unique_ptr<QTemporaryDir> dir_;
  QString folder_;
};

int main(int argc, char** argv) {
  QCoreApplication app(argc, argv);
  if (argc == 3 && (qstrcmp(argv[1], kKeepOpen) == 0 || qstrcmp(argv[1], kWrite) == 0))
    return otherStudio(QString::fromLocal8Bit(argv[2]), qstrcmp(argv[1], kWrite) == 0);
  TestProject test;
  return QTest::qExec(&test, argc, argv);
}
#include "tst_project.moc"
