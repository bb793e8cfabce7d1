// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli sweep: jobs from standard input, verifying, reusing, and what disks and other programs do
// to its folder.
#include "app/cli_sweep_input.h"
#include "tests/support/sweep_cli.h"

#include <QJsonArray>

#include <csignal>

using namespace studio::testing;

class TestCliSweepJobs : public QObject, protected SweepCli {
  Q_OBJECT

 private Q_SLOTS:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void jobs_from_standard_input() {
    write("s.json", sweep("\"guidance\": {\"cfg.scale\": 4}", " ").replace("[ ]", "[]"));
    const QByteArray lines =
        "{\"seed\": 1}\n\n  {\"seed\": 2, \"guidance\": {\"seg.scale\": 2}}\n{\"prompt\": \"a, "
        "\\\"b\\\" {c}\", \"guidance\": {\"seg.sigma\": \"inf\"}}";
    const Run result = run("sweep s.json --out d --jobs-from-stdin --progress json", lines);
    QVERIFY2(result.status == 0, qPrintable(result.err));
    QCOMPARE(events_of(result.out).first()["cells"].toInt(), 3);
    const auto jobs = QJsonDocument::fromJson(content("d/sweep.json")).object()["jobs"].toArray();
    QCOMPARE(jobs.size(), 3);
    QCOMPARE(jobs[0].toObject()["steps"].toInt(), 2);
    QCOMPARE(jobs[0].toObject()["seed"].toInt(), 1);
    QCOMPARE(jobs[1].toObject()["guidance"].toObject()["cfg.scale"].toDouble(), 4.0);
    QCOMPARE(jobs[1].toObject()["guidance"].toObject()["seg.scale"].toDouble(), 2.0);
    QCOMPARE(jobs[2].toObject()["prompt"].toString(), QString("a, \"b\" {c}"));
    QCOMPARE(jobs[2].toObject()["seed"].toInt(), 5);
    const Run again = run("sweep s.json --out d --jobs-from-stdin --resume --progress json", lines);
    QCOMPARE(again.status, 0);
    QCOMPARE(cells_in_state(again, "running"), 0);
  }

  void bad_jobs_data() {
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<QStringList>("parts");
    const auto row = [](const char* name, const QByteArray& lines, const QStringList& parts) {
      QTest::newRow(name) << lines << parts;
    };
    row("none", "\n \n", {"no jobs on standard input"});
    row("not JSON", "{\"seed\": 1}\nhello", {"line 2", "not a JSON object"});
    row("a list", "[]", {"line 1", "not a JSON object"});
    row("cut off", "{\"seed\": 1", {"line 1"});
    row("text cut off", "{\"prompt\": \"a}", {"line 1"});
    row("two on one line", "{\"seed\": 1} {\"seed\": 2}", {"line 1"});
    row("more behind it", "{\"seed\": 1}, \"x\": {}", {"line 1"});
    row("key twice", "{\"seed\": 1, \"seed\": 2}", {"line 1", "twice"});
    row("guidance twice",
        "{\"guidance\": {\"seg.scale\": 1, \"seg.scale\": 2}}",
        {"line 1", "twice"});
    row("unknown key", "{\"seed\": 1}\n{}\n{\"sede\": 2}", {"line 3", "sede", "seed"});
    row("unknown guidance", "{\"guidance\": {\"seg.scal\": 2}}", {"line 1", "seg.scal"});
    row("out of range", "{\"steps\": 0}", {"line 1", "steps is 0"});
    row("wrong kind", "{\"steps\": \"many\"}", {"line 1", "steps"});
    row("guidance is a number", "{\"guidance\": 3}", {"line 1", "guidance"});
    row("value that is none", "{\"steps\": banana}", {"line 1", "not valid JSON"});
    row("value missing", "{\"steps\": }", {"line 1"});
    row("bracket for brace", "{\"steps\": 3]", {"line 1"});
    row("not UTF-8", "{\"prompt\": \"caf\xe9\"}", {"line 1"});
    row("zero byte", QByteArray("{\"seed\": 1\0}", 12), {"line 1"});
    row("very long", "{\"prompt\": \"" + QByteArray(5'000'000, 'a') + "\"}", {"line 1", "4 MiB"});
  }
  void bad_jobs() {
    QFETCH(QByteArray, lines);
    QFETCH(QStringList, parts);
    const Run result = run("sweep --jobs-from-stdin --out d --progress json", lines);
    QVERIFY2(result.status == 2, qPrintable(result.err));
    for (const QString& part : parts) QVERIFY2(result.err.contains(part), qPrintable(result.err));
    last_of(result, "failed");
    QVERIFY(entries().isEmpty());
  }

  // Ctrl-C ends the waiting for jobs, whether some have come or not.
  void interrupted_while_waiting_for_jobs_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QByteArray>("input");
    QTest::newRow("nothing has come") << "--jobs-from-stdin" << QByteArray();
    QTest::newRow("some jobs have come")
        << "--jobs-from-stdin" << QByteArray("{\"seed\": 1}\n{\"se");
    QTest::newRow("a sweep is awaited") << "-" << QByteArray("{\"format\": ");
    QTest::newRow("to say what it costs") << "- --dry-run" << QByteArray();
  }
  void interrupted_while_waiting_for_jobs() {
    QFETCH(QString, line);
    QFETCH(QByteArray, input);
    QProcess process;
    process.setWorkingDirectory(folder_->path());
    process.start(STUDIO_FAKE_CLI,
                  QStringList{"sweep", "--out", "d", "--progress", "json"} + line.split(' '));
    QVERIFY(process.waitForStarted());
    if (!input.isEmpty())
      QVERIFY(process.write(input) == input.size() && process.waitForBytesWritten());
    QVERIFY(!process.waitForFinished(500));  // it waits
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    const Run result = ended(process);
    QVERIFY2(result.status == 130, qPrintable(QString::number(result.status) + result.err));
    last_of(result, "cancelled");
    QVERIFY2(result.err.contains("interrupted; nothing was written"), qPrintable(result.err));
    QVERIFY(entries().isEmpty());
  }

  void input_in_pieces() {
    QProcess process;
    process.setWorkingDirectory(folder_->path());
    process.start(STUDIO_FAKE_CLI,
                  {"sweep", "--out", "d", "--progress", "json", "--jobs-from-stdin"});
    QVERIFY(process.waitForStarted());
    const QByteArray job = "{\"seed\": 1, \"steps\": 2}\n{\"seed\": 2, \"steps\": 2}";
    for (const char letter : job) {
      QVERIFY(process.write(&letter, 1) == 1 && process.waitForBytesWritten());
    }
    process.closeWriteChannel();
    const Run result = ended(process);
    QVERIFY2(result.status == 0, qPrintable(result.err));
    QCOMPARE(events_of(result.out).first()["cells"].toInt(), 2);
  }

  void a_base_with_axes_is_refused() {
    write("s.json", sweep());
    const Run result = run("sweep s.json --jobs-from-stdin --out d", "{}");
    QCOMPARE(result.status, 2);
    QVERIFY2(result.err.contains("axes"), qPrintable(result.err));
  }

  void verify_data() {
    QTest::addColumn<QByteArray>("model");
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("largest");
    QTest::newRow("the same") << QByteArray("emoji-sdxl") << 0 << 0;
    QTest::newRow("not the same") << QByteArray("drift") << 4 << 13;
  }
  void verify() {
    QFETCH(QByteArray, model);
    QFETCH(int, status);
    QFETCH(int, largest);
    write("s.json", sweep("\"model\": \"" + model + "\""));
    QCOMPARE(run("sweep s.json --out d --progress none").status, 0);
    const QByteArray journal = content("d/journal.jsonl");
    const Run all = run("sweep --out d --verify --progress json");
    QVERIFY2(all.status == status, qPrintable(all.err));
    int verified = 0;
    for (const QJsonObject& event : events_of(all.out)) {
      if (event["event"] != "verified") continue;
      ++verified;
      QCOMPARE(event["largest_difference"].toInt(), largest);
      QVERIFY(event["latents_equal"].toBool());
    }
    QCOMPARE(verified, 7);
    last_of(all, status == 0 ? "finished" : "failed");
    const Run one =
        run("sweep s.json --out d --verify --key " + entries("d/cells").first().left(10));
    QCOMPARE(one.status, status);
    QCOMPARE(one.out.count("largest difference  "), 1);
    QVERIFY(run("sweep s.json --out d --verify --steps 9").status == 2);
    QCOMPARE(content("d/journal.jsonl"), journal);
  }

  void pictures_of_another_sweep_are_taken() {
    write("a.json", sweep());
    write("b.json",
          sweep("",
                axis("guidance.seg.sigma", "0.5, 1, 2, inf") + "," +
                    axis("guidance.seg.scale", "0..4[3]")));
    QCOMPARE(run("sweep a.json --out a --progress none").status, 0);
    const Run result = run("sweep b.json --out b --reuse a --progress json");
    QVERIFY2(result.status == 0, qPrintable(result.err));
    QCOMPARE(cells_in_state(result, "finished"), 9);
    QCOMPARE(cells_in_state(result, "running"), 2);
  }

  void an_export_that_fails_is_only_a_note() {
    write("s.json", sweep("\"model\": \"no-export\""));
    const Run result = run("sweep s.json --out d");
    QCOMPARE(result.status, 0);
    QVERIFY2(result.err.contains("note: d/grid.png was not written"), qPrintable(result.err));
  }

  void full_disk() {
    write("s.json", sweep());
    const Run full = run_in_shell("ulimit -f 2; \"$0\" sweep s.json --out d --progress json");
    QVERIFY2(full.status == 4, qPrintable(full.err));
    QVERIFY2(full.err.contains("cannot be written"), qPrintable(full.err));
    last_of(full, "failed");
    QVERIFY(cells_in_state(full, "finished") > 0);
    // With room again nothing of it is made a second time.
    const Run again = run("sweep --out d --resume --progress json");
    QVERIFY2(again.status == 0, qPrintable(again.err));
    QCOMPARE(last_of(again, "finished")["finished"].toInt(), 7);
    QVERIFY(cells_in_state(again, "running") <= 7 - cells_in_state(full, "finished"));
    const QStringList expected{"cells", "grid.png", "index.html", "journal.jsonl", "sweep.json"};
    QCOMPARE(entries("d"), expected);
  }

  void hostile_journal() {
    write("s.json", sweep());
    QVERIFY(QDir(folder_->path()).mkdir("d"));
    write("d/sweep.json", sweep());
    QByteArray noise;
    for (int i = 0; i < 100'000; ++i) noise.append(static_cast<char>(i * 7919 >> 3));
    write("d/journal.jsonl", noise + "\n");
    const Run result = run("sweep s.json --out d --resume");
    QVERIFY2(result.status == 0, qPrintable(result.err));
    QVERIFY2(result.err.contains("note: d/journal.jsonl: line") &&
                 result.err.contains("7 of 7 pictures"),
             qPrintable(result.err));
    QFile huge(folder_->filePath("d/journal.jsonl"));
    QVERIFY(huge.resize(10'000'000'000));
    const Run refused = run("sweep s.json --out d --resume");
    QCOMPARE(refused.status, 4);
    QVERIFY2(refused.err.contains("1024 MiB"), qPrintable(refused.err));
    QCOMPARE(entries("d/cells").size(), 7);
  }

  void folder_removed_while_running() {
    write("s.json", sweep("", axis("guidance.seg.scale", "1..40[40]")));
    QProcess process;
    start(process, "sweep s.json --out d --progress json");
    QVERIFY(process.waitForReadyRead(30'000));
    QVERIFY(QDir(folder_->filePath("d")).removeRecursively());
    const Run result = ended(process);
    QVERIFY2(result.status == 4, qPrintable(QString::number(result.status) + result.err));
  }

  void merging_json_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("merged");  // "" when it is refused
    QTest::newRow("nothing") << "{}"
                             << "{\"a\": 1, \"guidance\": {\"x\": 1, \"y\": 2}}";
    QTest::newRow("one") << "{ \"a\" : [1, {\"b\": \"}\"}] }"
                         << "{\"a\": [1, {\"b\": \"}\"}], \"guidance\": {\"x\": 1, \"y\": 2}}";
    QTest::newRow("inside") << "{\"guidance\":{\"y\":3}}"
                            << "{\"a\": 1, \"guidance\": {\"x\": 1, \"y\": 3}}";
    QTest::newRow("new") << "{\"b\": \"\\\"\", \"a\": null}"
                         << "{\"a\": null, \"guidance\": {\"x\": 1, \"y\": 2}, \"b\": \"\\\"\"}";
    QTest::newRow("comma at the end") << "{\"a\": 1,}"
                                      << "";
    QTest::newRow("no colon") << "{\"a\" 1}"
                              << "";
    QTest::newRow("no quotes") << "{a: 1}"
                               << "";
    QTest::newRow("empty") << ""
                           << "";
  }
  void merging_json() {
    QFETCH(QString, line);
    QFETCH(QString, merged);
    const auto result = studio::cli::json_over("{\"a\": 1, \"guidance\": {\"x\": 1, \"y\": 2}}",
                                               line.toStdString());
    QCOMPARE(static_cast<bool>(result), !merged.isEmpty());
    if (result) QCOMPARE(QString::fromStdString(result.value()), merged);
  }
};

QTEST_GUILESS_MAIN(TestCliSweepJobs)
#include "tst_cli_sweep_jobs.moc"
