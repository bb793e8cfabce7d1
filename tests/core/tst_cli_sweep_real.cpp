// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli sweep with the real engine and the small model: shares, resuming after Ctrl-C, equal
// pictures alone and shared, a job that does not fit its model.
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <csignal>

namespace {

const QString kTiny = QString(STUDIO_TESTS_DIR) + "/golden/models/tiny-sdxl";

struct Run {
  int status = -1;
  QString err;
  QList<QJsonObject> events;
};

}  // namespace

class TestCliSweepReal : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> folder_;

  void start(QProcess& process, const QStringList& arguments) const {
    process.setWorkingDirectory(folder_->path());
    process.start(STUDIO_CLI, QStringList{"sweep", "--out", "d", "--progress", "json"} + arguments);
    QVERIFY(process.waitForStarted());
  }
  static Run ended(QProcess& process, QByteArray out = {}) {
    if (!process.waitForFinished(240'000)) process.kill();
    const bool exited = process.exitStatus() == QProcess::NormalExit;
    Run run{
        exited ? process.exitCode() : -1, QString::fromUtf8(process.readAllStandardError()), {}};
    out += process.readAllStandardOutput();
    for (const QByteArray& line : out.split('\n')) {
      if (!line.isEmpty()) run.events.append(QJsonDocument::fromJson(line).object());
    }
    return run;
  }
  Run run(const QStringList& arguments) const {
    QProcess process;
    start(process, arguments);
    return ended(process);
  }
  // 2 sigmas by 3 scales, one of them 0: 5 pictures with their common twin.
  void write_sweep(int side, int steps) const {
    const QJsonObject base{{"model", kTiny},
                           {"prompt", "a"},
                           {"seed", 5},
                           {"width", side},
                           {"height", side},
                           {"steps", steps}};
    const QJsonArray axes{QJsonObject{{"param", "guidance.seg.sigma"}, {"values", "1, inf"}},
                          QJsonObject{{"param", "guidance.seg.scale"}, {"values", "0..4[3]"}}};
    QFile file(folder_->filePath("s.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QJsonDocument(QJsonObject{{"format", "seg-studio/sweep"},
                                         {"version", 1},
                                         {"base", base},
                                         {"axes", axes}})
                   .toJson());
  }
  static int in_state(const Run& run, const QString& state) {
    int count = 0;
    for (const QJsonObject& event : run.events)
      count += event["event"] == "cell" && event["state"] == state ? 1 : 0;
    return count;
  }

  // The journal's lines about finished cells.
  QList<QJsonObject> finished_lines() const {
    QList<QJsonObject> all;
    QFile file(folder_->filePath("d/journal.jsonl"));
    if (!file.open(QIODevice::ReadOnly)) return all;
    for (const QByteArray& line : file.readAll().split('\n')) {
      const QJsonObject object = QJsonDocument::fromJson(line).object();
      if (object["state"] == "finished") all.append(object);
    }
    return all;
  }
  // What the journal notes of the distances to twins, by key.
  QMap<QString, double> distances() const {
    QMap<QString, double> all;
    for (const QJsonObject& line : finished_lines())
      all[line["key"].toString()] = line["twin_distance"].toDouble();
    return all;
  }
  QSet<QString> made_alone() const {
    QSet<QString> keys;
    for (const QJsonObject& line : finished_lines()) {
      if (line["made"] == "alone") keys.insert(line["key"].toString());
    }
    return keys;
  }

 private Q_SLOTS:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  // Asked for where there is no GPU, it is said once that products in fp8 are left out; nothing is said unasked.
  void missing_fp8_is_told() {
    write_sweep(64, 2);
    const auto notes = [](const Run& run) {
      return std::count_if(run.events.begin(), run.events.end(), [](const QJsonObject& event) { return event["note"].toString().contains("fp8"); });
    };
    const Run plain = run({"s.json"});
    QCOMPARE(plain.status, 0);
    QCOMPARE(notes(plain), 0);
    QVERIFY(QDir(folder_->filePath("d")).removeRecursively());
    const Run asked = run({"s.json", "--set", "speed.fp8=true"});
    QCOMPARE(asked.status, 0);
    QCOMPARE(notes(asked), 1);
  }

  void shares_then_verify() {
    write_sweep(64, 3);
    int made = 0;
    for (const char* share : {"1/2", "2/2"}) {
      const Run part = run({"s.json", "--shard", share});
      QVERIFY2(part.status == 0, qPrintable(part.err));
      made += in_state(part, "running");  // finished ones of other shares may be told again
    }
    QCOMPARE(made, 5);
    const Run all = run({"--resume"});
    QVERIFY2(all.status == 0, qPrintable(all.err));
    QCOMPARE(in_state(all, "running"), 0);
    QCOMPARE(all.events.last()["finished"].toInt(), 5);
    for (const char* name : {"grid.png", "index.html"})
      QVERIFY(QFileInfo(folder_->filePath(QString("d/") + name)).size() > 0);
    const Run verified = run({"--verify"});
    QVERIFY2(verified.status == 0, qPrintable(verified.err));
    QCOMPARE(verified.events.last()["pictures"].toInt(), 5);
    // The same rows in every step give the same picture; where the first step was shared, the
    // latents agree to 1e-5 (tst_sweep_run), and one level is what rounding to 8 bits makes of that.
    const QSet<QString> alone = made_alone();
    QCOMPARE(alone.size(), 2);  // the twin, and the first cell of the second share
    for (const QJsonObject& event : verified.events) {
      if (event["event"] != "verified") continue;
      const int most = alone.contains(event["key"].toString()) ? 0 : 1;
      QVERIFY2(event["largest_difference"].toInt() <= most, qPrintable(event["key"].toString()));
    }
  }

  void interrupted_and_resumed() {
    write_sweep(64, 20);
    QProcess process;
    start(process, {"s.json"});
    QByteArray out;
    while (!out.contains("\"state\": \"finished\"") && process.waitForReadyRead(60'000))
      out += process.readAllStandardOutput();
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    const Run first = ended(process, out);
    QVERIFY2(first.status == 130, qPrintable(first.err));
    QCOMPARE(first.events.last()["event"].toString(), QString("cancelled"));
    const int kept = first.events.last()["finished"].toInt();
    QVERIFY(kept > 0);
    const Run second = run({"s.json", "--resume"});
    QVERIFY2(second.status == 0, qPrintable(second.err));
    QCOMPARE(in_state(second, "finished"), 5 - kept);
    QCOMPARE(QDir(folder_->filePath("d/cells")).entryList(QDir::Files | QDir::Hidden).size(), 5);
  }

  // The twin is made first; whoever is killed after it leaves its latents to those who go on.
  void killed_after_the_twin() {
    write_sweep(64, 6);
    QCOMPARE(run({"s.json"}).status, 0);
    const QMap<QString, double> whole = distances();
    QCOMPARE(whole.size(), 5);
    QCOMPARE(std::count_if(whole.begin(), whole.end(), [](double d) { return d > 0; }), 4);
    QVERIFY(QDir(folder_->filePath("d")).removeRecursively());
    int kills = 0;
    while (distances().size() < 4 && kills < 20) {
      QProcess process;
      start(process, {"s.json", "--resume"});
      QByteArray out;
      while (!out.contains("\"state\": \"finished\", \"file\"") && process.waitForReadyRead(60'000))
        out += process.readAllStandardOutput();
      process.kill();
      QCOMPARE(ended(process).status, -1);
      ++kills;
    }
    const Run last = run({"s.json", "--resume"});
    QVERIFY2(last.status == 0, qPrintable(last.err));
    QCOMPARE(last.events.last()["finished"].toInt(), 5);
    QVERIFY(kills > 0);
    const QMap<QString, double> resumed = distances();
    QCOMPARE(resumed.keys(), whole.keys());
    for (const QString& key : whole.keys()) {
      const double difference = resumed[key] - whole[key];  // rows of other batches round differently
      QVERIFY2(std::abs(difference) < 1e-4, qPrintable(QString::number(difference)));
    }
  }

  void dry_run_of_an_unreadable_model() {
    QFile file(folder_->filePath("s.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        "{\"format\": \"seg-studio/sweep\", \"version\": 1, \"base\": {\"model\": \"no such "
        "model\"}, \"axes\": []}");
    file.close();
    const Run result = run({"s.json", "--dry-run"});
    QVERIFY2(result.status == 3, qPrintable(result.err));
    QVERIFY2(result.err.contains("no such model"), qPrintable(result.err));
    QCOMPARE(result.events.size(), 1);
    QCOMPARE(result.events.last()["code"].toString(), QString("ModelUnloadable"));
    QVERIFY(!QFile::exists(folder_->filePath("d")));
  }

  void a_job_that_does_not_fit_its_model() {
    write_sweep(100, 2);
    const Run result = run({"s.json"});
    QVERIFY2(result.status == 2, qPrintable(result.err));
    QVERIFY2(result.err.contains("width is 100, but must be a multiple of"),
             qPrintable(result.err));
    QCOMPARE(result.events.last()["event"].toString(), QString("failed"));
  }
};

QTEST_GUILESS_MAIN(TestCliSweepReal)
#include "tst_cli_sweep_real.moc"
