// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli sweep as a program, with an engine that needs no model and real folders: mistakes,
// forecasts, resuming, shares, failures, Ctrl-C.
#include "tests/support/sweep_cli.h"

#include <QJsonArray>
#include <QSet>

#include <csignal>

using namespace studio::testing;

class TestCliSweep : public QObject, protected SweepCli {
  Q_OBJECT

 private Q_SLOTS:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void mistakes_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QByteArray>("sweep_text");
    QTest::addColumn<int>("status");
    QTest::addColumn<QStringList>("parts");
    const auto row = [](const char* name,
                        const QString& line,
                        const QByteArray& text,
                        int status,
                        const QStringList& parts) {
      QTest::newRow(name) << line << text << status << parts;
    };
    const QString usual = "s.json --out d";
    row("nothing", "", sweep(), 2, {"--out DIR"});
    row("no folder", "s.json", sweep(), 2, {"--out DIR"});
    row("no sweep", "--out d", sweep(), 2, {"SWEEP.json"});
    row("resume without anything to resume",
        "--out d --resume",
        sweep(),
        2,
        {"d holds no sweep yet"});
    row("share of nothing", usual + " --shard 1", sweep(), 2, {"--shard", "1/4"});
    row("share 0", usual + " --shard 0/4", sweep(), 2, {"--shard", "0/4"});
    row("share beyond the last", usual + " --shard 5/4", sweep(), 2, {"--shard", "5/4"});
    row("share with letters", usual + " --shard 1/4x", sweep(), 2, {"--shard"});
    row("key that is none", usual + " --skip hello", sweep(), 2, {"--skip", "hello"});
    row("key of nothing", usual + " --skip abcdef", sweep(), 2, {"--skip", "abcdef", "no picture"});
    row("key without verify", usual + " --key abcdef", sweep(), 2, {"--verify"});
    row("verify nothing", "--out d --verify", sweep(), 2, {"holds no sweep"});
    row("verify and dry run", "--out d --verify --dry-run", sweep(), 2, {"--verify"});
    row("unknown flag", usual + " --fast", sweep(), 2, {"--fast"});
    row("not there", "none.json --out d", sweep(), 4, {"none.json", "no such file"});
    row("a folder", ". --out d", sweep(), 4, {"this is a folder"});
    row("out is a file", "s.json --out s.json", sweep(), 4, {"s.json", "this is a file"});
    row("out inside a file", "s.json --out s.json/d", sweep(), 4, {"s.json", "folder is needed"});
    row("out where nothing can be", "s.json --out /proc/d", sweep(), 4, {"/proc/d"});
    row("empty file", usual, "", 2, {"s.json", "empty"});
    row("not JSON", usual, "{ no", 2, {"s.json", "line 1 is not valid JSON"});
    row("a list", usual, "[]", 2, {"must be an object"});
    row("a job",
        usual,
        "{\"format\": \"seg-studio/job\", \"version\": 1}",
        2,
        {"format", "seg-studio/sweep"});
    row("newer version",
        usual,
        "{\"format\": \"seg-studio/sweep\", \"version\": 2}",
        2,
        {"newer version"});
    row("unknown key",
        usual,
        "{\"format\": \"seg-studio/sweep\", \"version\": 1, \"axis\": []}",
        2,
        {"axis", "axes"});
    row("unknown axis",
        usual,
        sweep("", axis("guidance.seg.sigmb", "1")),
        2,
        {"axes[0]", "guidance.seg.sigma"});
    row("axis twice",
        usual,
        sweep("", axis("seed", "1") + "," + axis("seed", "2")),
        2,
        {"axes[1]", "seed"});
    row("value out of range",
        usual,
        sweep("", axis("guidance.seg.scale", "0, 51")),
        2,
        {"axes[0] (guidance.seg.scale)", "51", "50"});
    row("value of a wrong kind",
        usual,
        sweep("", axis("guidance.seg.scale", "0, wide")),
        2,
        {"axes[0] (guidance.seg.scale)", "wide"});
    row("value cut off",
        usual,
        sweep("", axis("guidance.seg.scale", "0..")),
        2,
        {"axes[0] (guidance.seg.scale)", "0.."});
    row("value in the second axis",
        usual,
        sweep("", axis("seed", "1") + "," + axis("steps", "0")),
        2,
        {"axes[1] (steps)", "0"});
    row("infinite where it is none",
        usual,
        sweep("", axis("guidance.seg.scale", "inf")),
        2,
        {"axes[0]", "inf"});
    row("axis of 10^9 values",
        usual,
        sweep("", axis("seed", "1-1000000000")),
        2,
        {"axes[0] (seed)", "10000"});
    row("10^9 values in between",
        usual,
        sweep("", axis("guidance.seg.scale", "0..1[1000000000]")),
        2,
        {"axes[0]", "10000"});
    row("10^8 cells",
        usual,
        sweep("", axis("seed", "1-10000") + "," + axis("steps", "1-1000")),
        2,
        {"cells"});
    row("absurd numbers",
        usual,
        sweep("", axis("seed", "1-99999999999999999999999")),
        2,
        {"axes[0] (seed)"});
    row("empty axis", usual, sweep("", axis("seed", "")), 2, {"axes[0] (seed)"});
    row("bad base", usual, sweep("\"sampler\": \"magic\""), 2, {"sampler", "magic"});
    row("setting out of range", usual + " --steps 0", sweep(), 2, {"steps"});
    row("setting of an axis", usual + " --seg-scale 2", sweep(), 2, {"guidance.seg.scale", "axis"});
    row("set of an axis", usual + " --set seg.sigma=2", sweep(), 2, {"guidance.seg.sigma", "axis"});
    row("larger than the disk",
        usual,
        sweep("\"model\": \"huge\""),
        4,
        {"1000000.0 GB", "1000.0 GB are free"});
    row("folder to reuse is not there",
        usual + " --reuse none",
        sweep(),
        4,
        {"none", "journal.jsonl"});
    row("unknown device", usual + " --device toaster", sweep(), 2, {"toaster"});
  }
  void mistakes() {
    QFETCH(QString, line);
    QFETCH(QByteArray, sweep_text);
    QFETCH(int, status);
    QFETCH(QStringList, parts);
    write("s.json", sweep_text);
    const Run result = run("sweep " + line + " --progress json");
    QVERIFY2(result.status == status, qPrintable(QString::number(result.status) + result.err));
    const QString first = result.err.section('\n', 0, 0);
    QVERIFY2(first.startsWith("seg-cli: ") && first.size() < 1000, qPrintable(result.err));
    for (const QString& part : parts) QVERIFY2(first.contains(part), qPrintable(first));
    QVERIFY(!last_of(result, "failed")["message"].toString().isEmpty());
    QCOMPARE(cells_in_state(result, "running"), 0);
    QVERIFY2(entries("d/cells").isEmpty(), qPrintable(entries("d/cells").join(' ')));
  }

  void makes_every_cell_and_nothing_twice() {
    write("s.json", sweep());
    const Run first = run("sweep s.json --out d --progress json");
    QVERIFY2(first.status == 0, qPrintable(first.err));
    const QJsonObject end = last_of(first, "finished");
    QCOMPARE(end["finished"].toInt(), 7);
    QCOMPARE(end["failed"].toInt(), 0);
    const QJsonArray files{"d/grid.png", "d/index.html"};
    QCOMPARE(end["files"].toArray(), files);
    const QJsonObject started = events_of(first.out).first();
    QCOMPARE(started["event"].toString(), QString("started"));
    QCOMPARE(started["cells"].toInt(), 9);
    QCOMPARE(started["pictures"].toInt(), 7);
    QCOMPARE(started["forecast"].toObject()["row_evaluations_left"].toInt(), 28);
    // Each cell is shown by exactly one picture, each picture is there and reported once.
    QSet<int> cells;
    for (const QJsonObject& event : events_of(first.out)) {
      if (event["event"] != "cell" || event["state"] != "finished") continue;
      for (const auto& cell : event["index"].toArray()) {
        QVERIFY(!cells.contains(cell.toInt()));
        cells.insert(cell.toInt());
      }
      QVERIFY(QFile::exists(folder_->filePath("d/" + event["file"].toString())));
      QCOMPARE(event["made"].toString(), QString("alone"));
    }
    QCOMPARE(cells.size(), 9);
    QCOMPARE(cells_in_state(first, "finished"), 7);
    const QStringList expected{"cells", "grid.png", "index.html", "journal.jsonl", "sweep.json"};
    QCOMPARE(entries("d"), expected);
    QCOMPARE(entries("d/cells").size(), 7);

    const Run refused = run("sweep s.json --out d");
    QCOMPARE(refused.status, 2);
    QVERIFY2(refused.err.contains("--resume"), qPrintable(refused.err));
    for (const char* again : {"sweep s.json --out d --resume --progress json",
                              "sweep --out d --resume --progress json"}) {
      const Run second = run(again);
      QVERIFY2(second.status == 0, qPrintable(second.err));
      QCOMPARE(last_of(second, "finished")["finished"].toInt(), 7);
      QCOMPARE(cells_in_state(second, "running"), 0);
    }
    const Run other = run("sweep s.json --out d --resume --steps 9");
    QCOMPARE(other.status, 2);
    QVERIFY2(other.err.contains("steps is \"9\" here, but \"2\""), qPrintable(other.err));
  }

  void for_a_person() {
    write("s.json", sweep());
    const Run result = run("sweep s.json --out d");
    QCOMPARE(result.status, 0);
    QVERIFY(result.out.isEmpty());
    for (const char* part : {"7 pictures for 9 cells",
                             "1 of 7: seg.sigma",
                             "7 of 7 pictures are in d",
                             "wrote d/grid.png"}) {
      QVERIFY2(result.err.contains(part), qPrintable(result.err));
    }
    const Run silent = run("sweep --out d --resume --progress none");
    QVERIFY(silent.status == 0 && silent.out.isEmpty() && silent.err.isEmpty());
  }

  void dry_run() {
    write("s.json", sweep());
    const Run table = run("sweep s.json --dry-run");
    QCOMPARE(table.status, 0);
    QVERIFY2(table.out.contains("cells") && table.out.contains("row evaluations left") &&
                 table.out.contains("28"),
             qPrintable(table.out));
    const Run json = run("sweep s.json --out d --dry-run --progress json");
    QCOMPARE(json.status, 0);
    const auto events = events_of(json.out);
    QCOMPARE(events.size(), 1);
    QCOMPARE(events[0]["event"].toString(), QString("forecast"));
    for (const char* name : {"cells",
                             "pictures",
                             "row_evaluations_naive",
                             "row_evaluations_shared",
                             "row_evaluations_left",
                             "finished",
                             "seconds",
                             "bytes",
                             "bytes_free"}) {
      QVERIFY2(events[0][name].isDouble(), name);
    }
    QCOMPARE(entries(), QStringList{"s.json"});
    QCOMPARE(run("sweep s.json --out d --progress none").status, 0);
    const QByteArray journal = content("d/journal.jsonl");
    const auto left = events_of(run("sweep --out d --dry-run --progress json").out);
    QCOMPARE(left[0]["finished"].toInt(), 7);
    QCOMPARE(left[0]["row_evaluations_left"].toInt(), 0);
    QCOMPARE(content("d/journal.jsonl"), journal);
  }

  void a_drawn_seed_stays() {
    write("s.json", sweep("\"seed\": null").replace("\"seed\": 5, ", ""));
    QCOMPARE(run("sweep s.json --out d --progress none").status, 0);
    const Run again = run("sweep s.json --out d --resume --progress json");
    QVERIFY2(again.status == 0, qPrintable(again.err));
    QCOMPARE(cells_in_state(again, "running"), 0);
    QCOMPARE(
        events_of(run("sweep s.json --out d --dry-run --progress json").out)[0]["finished"].toInt(),
        7);
  }

  void from_standard_input_and_flags() {
    const Run result = run("sweep - --out d --steps 4 --progress json", sweep());
    QVERIFY2(result.status == 0, qPrintable(result.err));
    QVERIFY(content("d/sweep.json").contains("\"steps\": 4"));
    QCOMPARE(last_of(result, "finished")["row_evaluations"].toInt(), 56);
  }

  void failed_cells_data() {
    QTest::addColumn<QByteArray>("models");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("message");
    QTest::newRow("memory") << QByteArray("emoji-sdxl, oom, other") << 5
                            << "1 of 3 pictures failed, the others are finished; the first: model "
                               "oom: the device is full: 3 GB asked";
    QTest::newRow("model")
        << QByteArray("unloadable, other") << 3
        << "1 of 2 pictures failed, the others are finished; the first: model unloadable: a tensor";
    QTest::newRow("the first counts")
        << QByteArray("oom, other, unloadable") << 5 << "2 of 3 pictures failed";
    QTest::newRow("a job that does not fit its model")
        << QByteArray("other, misfit") << 2 << "100 is no width of this model";
    QTest::newRow("a bug") << QByteArray("other, bug") << 1 << "a shape does not fit";
  }
  void failed_cells() {
    QFETCH(QByteArray, models);
    QFETCH(int, status);
    QFETCH(QString, message);
    QByteArray text = sweep("\"guidance\": {\"seg.scale\": 0}", axis("model", models));
    write("s.json", text.replace("\"axes\"", "\"order\": \"rows\", \"axes\""));
    const Run result = run("sweep s.json --out d --progress json");
    QVERIFY2(result.status == status, qPrintable(result.err));
    QVERIFY2(last_of(result, "failed")["message"].toString().contains(message),
             qPrintable(result.err));
    for (const QJsonObject& event : events_of(result.out)) {
      const bool has_code = !event["code"].toString().isEmpty();
      if (event["event"] == "cell") QCOMPARE(has_code, event["state"] == "failed");
    }
    QVERIFY(QFile::exists(folder_->filePath("d/index.html")));
    // They are tried again, with less memory when asked.
    const Run again = run("sweep --out d --resume --retry-less-memory --progress json");
    QCOMPARE(again.status, status);
    QCOMPARE(cells_in_state(again, "running"), cells_in_state(result, "failed"));
  }

  void skipped_cells() {
    write("s.json", sweep());
    QCOMPARE(run("sweep s.json --out d --progress none").status, 0);
    const QString name = entries("d/cells").first();
    QVERIFY(QFile::remove(folder_->filePath("d/cells/" + name)));
    const Run result = run("sweep --out d --resume --progress json --skip " + name.left(8));
    QVERIFY2(result.status == 0, qPrintable(result.err));
    QCOMPARE(last_of(result, "finished")["skipped"].toInt(), 1);
    QCOMPARE(last_of(result, "finished")["finished"].toInt(), 6);
    // It stays out until it is asked for.
    const Run still = run("sweep --out d --resume --progress json");
    QCOMPARE(last_of(still, "finished")["skipped"].toInt(), 1);
    QCOMPARE(cells_in_state(still, "running"), 0);
    const Run wrong = run("sweep --out d --resume --retry 123456");
    QCOMPARE(wrong.status, 2);
    QVERIFY2(wrong.err.contains("--retry") && wrong.err.contains("123456"), qPrintable(wrong.err));
    const Run made = run("sweep --out d --resume --progress json --retry " + name.left(8));
    QCOMPARE(last_of(made, "finished")["finished"].toInt(), 7);
    QCOMPARE(cells_in_state(made, "running"), 1);
  }

  void dry_run_of_what_cannot_be_made() {
    write("s.json", sweep("\"model\": \"none\""));
    const Run person = run("sweep s.json --dry-run");
    QCOMPARE(person.status, 3);
    QVERIFY2(person.err.contains("seg-cli: no model is named none") && person.out.isEmpty(),
             qPrintable(person.err + person.out));
    const Run program = run("sweep s.json --dry-run --progress json");
    QCOMPARE(program.status, 3);
    QCOMPARE(last_of(program, "failed")["code"].toString(), QString("ModelUnloadable"));
    QCOMPARE(entries(), QStringList{"s.json"});
    // Where something can be made it is a note.
    write("s.json",
          sweep("", axis("model", "emoji-sdxl, none, other") + "," + axis("seed", "1, 2")));
    const Run some = run("sweep s.json --dry-run");
    QVERIFY2(some.status == 0, qPrintable(some.err));
    QVERIFY2(some.err.contains("note: 2 of 6 cells cannot be made; the first: no model is named"),
             qPrintable(some.err));
    QVERIFY(some.out.contains("row evaluations left"));
    const auto events = events_of(run("sweep s.json --dry-run --progress json").out);
    QCOMPARE(events.size(), 1);
    QCOMPARE(events[0]["impossible_cells"].toInt(), 2);
    QCOMPARE(events[0]["problem"].toString(), QString("no model is named none"));
    QCOMPARE(events[0]["problem_code"].toString(), QString("ModelUnloadable"));
  }

  // A share answers for its own pictures.
  void failures_of_other_shares() {
    write("s.json",
          sweep("\"guidance\": {\"seg.scale\": 0}", axis("model", "oom, emoji-sdxl, other, third"))
              .replace("\"axes\"", "\"order\": \"rows\", \"axes\""));
    const Run bad = run("sweep s.json --out d --shard 1/2 --progress json");
    QVERIFY2(bad.status == 5, qPrintable(bad.err));
    QVERIFY2(bad.err.contains("1 of 4 pictures failed; the first: model oom"), qPrintable(bad.err));
    const Run good = run("sweep s.json --out d --shard 2/2");
    QVERIFY2(good.status == 0, qPrintable(good.err));
    QVERIFY2(good.err.contains("3 of 4 pictures are in d, 1 failed in other runs"),
             qPrintable(good.err));
    QCOMPARE(run("sweep --out d --resume").status, 5);  // a run of the whole tries it again
  }

  void shares_together() {
    write("s.json",
          sweep("",
                axis("guidance.seg.sigma", "0.5..5[10]") + "," +
                    axis("guidance.seg.scale", "0..4[5]")));
    std::vector<std::unique_ptr<QProcess>> processes;
    for (int share = 1; share <= 4; ++share) {
      processes.push_back(std::make_unique<QProcess>());
      start(*processes.back(),
            QString("sweep s.json --out d --progress json --shard %1/4").arg(share));
    }
    int made = 0;
    for (const auto& process : processes) {
      const Run result = ended(*process);
      QVERIFY2(result.status == 0, qPrintable(result.err));
      made += cells_in_state(result, "finished");
    }
    QCOMPARE(made, 41);
    const Run all = run("sweep --out d --resume --progress json");
    QCOMPARE(last_of(all, "finished")["finished"].toInt(), 41);
    QCOMPARE(cells_in_state(all, "running"), 0);
    for (const QByteArray& line : content("d/journal.jsonl").split('\n'))
      QVERIFY(line.isEmpty() || QJsonDocument::fromJson(line).isObject());
  }

  void a_second_run_is_refused() {
    write("s.json", sweep("\"model\": \"endless\""));
    QProcess first;
    start(first, "sweep s.json --out d --progress json");
    QByteArray out;
    while (!out.contains("\"running\"") && first.waitForReadyRead(30'000))
      out += first.readAllStandardOutput();
    const Run second = run("sweep s.json --out d --resume");
    QCOMPARE(second.status, 4);
    QVERIFY2(second.err.contains("process " + QString::number(first.processId())),
             qPrintable(second.err));
    ::kill(static_cast<pid_t>(first.processId()), SIGINT);
    QCOMPARE(ended(first).status, 130);
  }

  void interrupt_keeps_what_is_finished() {
    write("s.json", sweep("", axis("model", "emoji-sdxl, other, endless")));
    QProcess process;
    start(process, "sweep s.json --out d --progress json");
    QByteArray out;
    const auto count = [&out](const char* state) {
      return out.count(QByteArray("\"state\": \"") + state + '"');
    };
    while ((count("finished") == 0 || count("running") <= count("finished")) &&
           process.waitForReadyRead(30'000)) {
      out += process.readAllStandardOutput();
    }
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    Run result = ended(process);
    result.out.prepend(QString::fromUtf8(out));
    QCOMPARE(result.status, 130);
    const QJsonObject end = last_of(result, "cancelled");
    QVERIFY(end["finished"].toInt() > 0);
    QCOMPARE(entries("d/cells").size(), end["finished"].toInt());
    QVERIFY2(result.err.contains("interrupted") && result.err.contains("--resume"),
             qPrintable(result.err));
    QVERIFY(QFile::exists(folder_->filePath("d/grid.png")));
  }

  void killed_runs_say_where() {
    write("s.json", sweep("\"model\": \"endless\""));
    QProcess process;
    start(process, "sweep s.json --out d --progress json");
    QByteArray out;
    while (!out.contains("\"running\"") && process.waitForReadyRead(30'000))
      out += process.readAllStandardOutput();
    ::kill(static_cast<pid_t>(process.processId()), SIGKILL);
    QCOMPARE(ended(process).status, -1);
    QProcess again;
    again.setReadChannel(QProcess::StandardError);
    start(again, "sweep --out d --resume --retry-less-memory");
    QByteArray told;
    while (!told.contains("note: the last run ended while it made picture") &&
           again.waitForReadyRead(30'000))
      told += again.readAllStandardError();
    QVERIFY2(told.contains("note: the last run ended while it made picture"), told.constData());
    ::kill(static_cast<pid_t>(again.processId()), SIGINT);
    QCOMPARE(ended(again).status, 130);
  }
};

QTEST_GUILESS_MAIN(TestCliSweep)
#include "tst_cli_sweep.moc"
