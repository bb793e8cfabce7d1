// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli as a program, with an engine that needs no model: exit statuses, messages, files, the
// grammar of the JSON events, Ctrl-C.
#include "app/cli_json.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

namespace {

struct Run {
  int status = -1;
  QString out, err;
};

QList<QJsonObject> events_of(const QString& out) {
  QList<QJsonObject> events;
  for (const QString& line : out.split('\n', Qt::SkipEmptyParts)) {
    QJsonParseError error;
    const auto json = QJsonDocument::fromJson(line.toUtf8(), &error);
    if (error.error != QJsonParseError::NoError || !json.isObject()) return {};
    events.append(json.object());
  }
  return events;
}

}  // namespace

class TestCli : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> folder_;

  void start(QProcess& process, const QStringList& arguments) {
    process.setWorkingDirectory(folder_->path());
    process.start(STUDIO_FAKE_CLI, arguments);
    QVERIFY(process.waitForStarted());
  }

  static Run ended(QProcess& process) {
    if (!process.waitForFinished(30'000)) process.kill();
    const bool exited = process.exitStatus() == QProcess::NormalExit;
    return {exited ? process.exitCode() : -1,
            QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
  }

  Run run(const QStringList& arguments) {
    QProcess process;
    start(process, arguments);
    return ended(process);
  }

  QStringList files() const { return QDir(folder_->path()).entryList(QDir::Files, QDir::Name); }

  QString content(const QString& name) const {
    QFile file(folder_->filePath(name));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
  }

  void write(const QString& name, const QByteArray& text) const {
    QFile file(folder_->filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
  }

  static void check_grammar(const QList<QJsonObject>& events, const QString& last) {
    QVERIFY(!events.isEmpty());
    const QStringList terminal{"finished", "failed", "cancelled"};
    for (qsizetype i = 0; i + 1 < events.size(); ++i) {
      QVERIFY(!terminal.contains(events[i]["event"].toString()));
      QVERIFY(events[i].contains("event"));
    }
    QCOMPARE(events.last()["event"].toString(), last);
  }

 private Q_SLOTS:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void statuses_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("message");  // part of standard error, or of output when it worked
    const auto row = [](const char* name, const QString& line, int status, const char* message) {
      QTest::newRow(name) << line.split(' ', Qt::SkipEmptyParts) << status << QString(message);
    };
    row("no command", "", 2, "subcommand");
    row("help", "--help", 0, "generate");
    row("help of generate", "generate --help", 0, "--seg-scale");
    row("version", "--version", 0, "0.");
    row("unknown command", "swep a.json", 2, "\"swep\" is not a command");
    row("unknown flag", "generate --seg-scales 2", 2, "--seg-scales");
    row("flag without value", "generate --seed", 2, "--seed");
    row("flag given twice", "generate --seed 1 --seed 2", 2, "--seed");
    row("stray argument", "generate cat", 2, "cat");
    row("set without equals", "generate --set seed", 2, "KEY=VALUE");
    row("set without key", "generate --set =2", 2, "KEY=VALUE");
    row("unknown key", "generate --set guidance.seg.sigmb=2", 2, "guidance.seg.sigma");
    row("out of range", "generate --seg-scale 51", 2, "guidance.seg.scale");
    row("not a number", "generate --set seg.sigma=wide", 2, "wide");
    row("excluded minimum", "generate --seg-sigma 0", 2, "above 0");
    row("not finite", "generate --seg-scale nan", 2, "guidance.seg.scale");
    row("negative number", "generate --seg-scale -1", 2, "guidance.seg.scale is -1");
    row("seed beyond 64 bits", "generate --seed 99999999999999999999", 2, "seed");
    row("null where it means nothing", "generate --set steps=null", 2, "steps");
    row("unknown precision", "generate --dtype fp8", 2, "--dtype");
    row("unknown progress", "generate --progress loud", 2, "--progress");
    row("unknown device", "generate --device toaster", 2, "toaster");
    row("negative threads", "generate --threads -1", 2, "--threads");
    row("not a png", "generate --out a.jpg", 2, ".png");
    row("preview is no png", "generate --preview-out a.jpg", 2, "--preview-out takes");
    row("previews without a file", "generate --preview-method rgb", 2, "--preview-out");
    row("no such preview method", "generate --preview-out a.png --preview-method best", 2, "--preview-method");
    row("small decoder without its file", "generate --preview-out a.png --preview-method taesd", 2, "--preview-decoder");
    row("preview budget beyond all time", "generate --preview-out a.png --preview-budget 101", 2, "--preview-budget");
    row("previews onto the picture", "generate --prompt x --preview-out a.png --out a.png", 2, "finished picture");
    row("no such memory mode", "generate --memory 4gb", 2, "--memory");
    row("job is no job", "generate --job bad.json", 2, "this is not a job");
    row("job is not there", "generate --job none.json", 4, "none.json");
    row("folder is not there", "generate --out none/a.png", 4, "none does not exist");
    row("folder is a file", "generate --out bad.json/a.png", 4, "not a folder");
    row("dump folder is not there", "generate --dump none/a.safetensors", 4, "none does not exist");
    row("latents are not there", "generate --latents-in none.safetensors", 4, "none.safetensors");
    row("resources are not there", "generate --resources /nowhere", 4, "no resources");
    row("disk full", "generate --out full-disk.png", 4, "no space left");
    row("model cannot be loaded", "generate --model unloadable", 3, "no unet");
    row("out of memory", "generate --model oom", 5, "out of memory");
    row("a bug", "generate --model bug", 1, "does not fit");
    row("info", "info emoji-sdxl", 0, "can be loaded");
    row("info without model", "info", 2, "MODEL");
    row("info of a broken model", "info broken", 3, "broken cannot be loaded");
    row("info of no model", "info none", 3, "no model is named none");
    row("check", "check emoji-sdxl", 0, "3 tensors loaded");
    row("check of a model with NaN", "check nan", 3, "holds a NaN");
    row("params", "params", 0, "guidance.seg.sigma");
    row("params in two forms", "params --json --markdown", 2, "--markdown");
  }
  void statuses() {
    QFETCH(QStringList, arguments);
    QFETCH(int, status);
    QFETCH(QString, message);
    write("bad.json", "[]");
    const Run result = run(arguments);
    QVERIFY2(result.status == status, qPrintable(QString::number(result.status) + result.err));
    const QString& told = status == 0 ? result.out : result.err;
    QVERIFY2(told.contains(message), qPrintable(told));
    QCOMPARE(result.err.isEmpty(), status == 0);
    QCOMPARE(files(), QStringList{"bad.json"});
  }

  void mistakes_end_json_progress() {
    for (const QStringList& arguments : {QStringList{"generate", "--job", "none.json"},
                                         QStringList{"generate", "--seed", "x"},
                                         QStringList{"generate", "--nonsense"},
                                         QStringList{"generate", "--model", "oom"},
                                         QStringList{"generate", "--out", "none/a.png"},
                                         QStringList{"generate", "--out", "full-disk.png"}}) {
      const Run result = run(arguments + QStringList{"--progress", "json"});
      check_grammar(events_of(result.out), "failed");
      QVERIFY(!events_of(result.out).last()["message"].toString().isEmpty());
      QVERIFY(!events_of(result.out).last()["code"].toString().isEmpty());
      QVERIFY(result.status != 0);
    }
  }

  void writes_one_picture() {
    const Run result = run({"generate", "--seed", "5", "--seg-scale", "7"});
    QCOMPARE(result.status, 0);
    QCOMPARE(files(), QStringList{"out.png"});
    QCOMPARE(content("out.png"), QString("2x1 7 5 0 7 5 0"));
    QVERIFY(result.out.isEmpty());
    QVERIFY2(result.err.contains("out.png") && result.err.contains("step 25 of 25"),
             qPrintable(result.err));
    QVERIFY(result.err.count('\n') < 12);
  }

  void is_silent_without_progress() {
    const Run result = run({"generate", "--progress", "none"});
    QCOMPARE(result.status, 0);
    QVERIFY(result.out.isEmpty() && result.err.isEmpty());
  }

  void batch_is_numbered() {
    const Run result = run(
        {"generate", "--prompt", "a", "--prompt", "", "--out", "x.png", "--seed", "1", "--twin"});
    QCOMPARE(result.status, 0);
    const QStringList expected{
        "x-0-side.png", "x-0-twin.png", "x-0.png", "x-1-side.png", "x-1-twin.png", "x-1.png"};
    QCOMPARE(files(), expected);
    QCOMPARE(content("x-1.png"), QString("2x1 3 1 1 3 1 1"));
  }

  void twin_has_the_same_seed_and_stands_left() {
    const Run result = run({"generate", "--twin", "--progress", "json"});
    QCOMPARE(result.status, 0);
    QCOMPARE(content("out-twin.png"), QString("2x1 0 77 0 0 77 0"));
    QCOMPARE(content("out-side.png"), QString("4x1 0 77 0 0 77 0 3 77 0 3 77 0"));
    const auto events = events_of(result.out);
    check_grammar(events, "finished");
    const QJsonArray written{"out.png", "out-twin.png", "out-side.png"};
    QCOMPARE(events.last()["files"].toArray(), written);
    QCOMPARE(events.last()["row_evaluations"].toDouble(), 16.0);
  }

  void twin_of_an_unguided_job_runs_once() {
    const Run result = run({"generate", "--twin", "--seg-scale", "0", "--progress", "json"});
    QCOMPARE(result.status, 0);
    QCOMPARE(events_of(result.out).last()["row_evaluations"].toDouble(), 8.0);
    QCOMPARE(content("out-twin.png"), content("out.png"));
  }

  void step_events() {
    const Run result = run({"generate", "--steps", "3", "--progress", "json", "--seed", "4"});
    const auto events = events_of(result.out);
    check_grammar(events, "finished");
    int steps = 0;
    for (const QJsonObject& event : events) {
      if (event["event"].toString() != "step") continue;
      QCOMPARE(event["step"].toInt(), ++steps);
      QCOMPARE(event["steps"].toInt(), 3);
      QCOMPARE(event["ms"].toDouble(), 41.2);
    }
    QCOMPARE(steps, 3);
    QCOMPARE(events.first()["event"].toString(), QString("started"));
    QCOMPARE(events.last()["seed"].toInt(), 4);
  }

  void job_file_then_set_then_flag() {
    write("job.json", "{ emoji");
    const Run result = run({"generate",
                            "--job",
                            "job.json",
                            "--set",
                            "guidance.seg.scale=4",
                            "--set",
                            "seed=9",
                            "--seed",
                            "8",
                            "--set",
                            "prompt=a=b",
                            "--dump",
                            "d.safetensors"});
    QVERIFY2(result.status == 0, qPrintable(result.err));
    QCOMPARE(content("out.png"), QString("2x1 4 8 0 4 8 0"));
    QCOMPARE(content("d.safetensors"), QString("dump"));
  }

  void absent_values() {
    const Run result = run({"generate",
                            "--seed",
                            "8",
                            "--set",
                            "negative_prompt=null",
                            "--set",
                            "width=null",
                            "--seg-sigma",
                            "inf"});
    QVERIFY2(result.status == 0, qPrintable(result.err));
  }

  void interrupt_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<QStringList>("kept");
    QTest::newRow("while running") << "endless" << QStringList{};
    QTest::newRow("in the twin: the finished picture stays")
        << "endless-twin" << QStringList{"out.png"};
  }
  void interrupt() {
    QFETCH(QString, model);
    QFETCH(QStringList, kept);
    QProcess process;
    start(process, {"generate", "--model", model, "--twin", "--progress", "json"});
    // The job that does not end has begun once its first step is reported.
    const QByteArray waited_for =
        kept.isEmpty() ? "\"job\": \"guided\", \"step\"" : "\"job\": \"twin\", \"step\"";
    QByteArray out;
    QElapsedTimer timer;
    timer.start();
    while (!out.contains(waited_for) && timer.elapsed() < 30'000) {
      process.waitForReadyRead(1000);
      out += process.readAllStandardOutput();
    }
    QVERIFY(out.contains(waited_for));
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    Run result = ended(process);
    result.out.prepend(QString::fromUtf8(out));
    QCOMPARE(result.status, 130);
    check_grammar(events_of(result.out), "cancelled");
    QVERIFY2(result.err.contains("interrupted"), qPrintable(result.err));
    QCOMPARE(files(), kept);
  }

  void second_interrupt_ends_at_once() {
    QProcess process;
    start(process, {"generate", "--model", "stubborn", "--progress", "json"});
    QVERIFY(process.waitForReadyRead(30'000));
    QElapsedTimer timer;
    timer.start();
    while (!process.waitForFinished(50) && timer.elapsed() < 30'000) {
      ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    }
    QCOMPARE(process.exitStatus(), QProcess::CrashExit);
    QVERIFY(files().isEmpty());
  }

  void params_as_json() {
    const Run result = run({"params", "--json"});
    const QJsonArray params = QJsonDocument::fromJson(result.out.toUtf8()).array();
    QStringList paths;
    for (const auto& param : params) {
      const QJsonObject object = param.toObject();
      paths.append(object["path"].toString());
      QVERIFY(!object["doc"].toString().isEmpty() && !object["allowed"].toString().isEmpty());
      if (paths.last() == "guidance.seg.sigma") {
        QCOMPARE(object["flag"].toString(), QString("--seg-sigma"));
        QCOMPARE(object["default"].toString(), QString("inf"));
        QCOMPARE(object["has_infinity"].toBool(), true);
      }
    }
    QVERIFY(paths.contains("prompt") && paths.contains("guidance.seg.sigma"));
  }

  void lists_of_names_are_cut() {
    const Run result = run({"info", "broken"});
    QVERIFY(result.out.contains("missing: a, b"));
    QVERIFY(result.out.contains("and 1 more") && !result.out.contains("tenth.weight"));
  }

  void json_text_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("plain") << QByteArray("a cat") << QString("a cat");
    QTest::newRow("quotes and backslash") << QByteArray("\"\\") << QString("\"\\");
    QTest::newRow("control characters") << QByteArray("a\n\t\x01\x7f") << QString("a\n\t\x01\x7f");
    QTest::newRow("UTF-8") << QByteArray("\xc3\xa4\xe6\xbc\xa2\xf0\x9f\x8d\x8e")
                           << QString::fromUtf8("ä漢🍎");
    QTest::newRow("lone continuation") << QByteArray("a\x80z") << QStringLiteral("a\uFFFDz");
    QTest::newRow("cut off") << QByteArray("a\xe6\xbc") << QStringLiteral("a\uFFFD\uFFFD");
    QTest::newRow("overlong") << QByteArray("\xc0\xaf") << QStringLiteral("\uFFFD\uFFFD");
    QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80")
                               << QStringLiteral("\uFFFD\uFFFD\uFFFD");
  }
  void json_text() {
    QFETCH(QByteArray, text);
    QFETCH(QString, expected);
    const std::string json = "[" + studio::cli::json_string(text.toStdString()) + "]";
    const auto read = QJsonDocument::fromJson(QByteArray::fromStdString(json));
    QVERIFY(read.isArray());
    QCOMPARE(read.array().first().toString(), expected);
  }
};

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
