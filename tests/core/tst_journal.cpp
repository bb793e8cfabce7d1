// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The journal of a sweep: what comes back after reading, torn and damaged and hostile files, full
// disks, several writers at once.
#include "core/base/sha256.h"
#include "core/io/files.h"
#include "core/sweep/folder_lock.h"
#include "core/sweep/journal.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <limits>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace studio;

namespace {

std::string key(int number) { return sha256_hex("picture " + std::to_string(number)); }

CellResult full_result() {
  CellResult result;
  result.state = CellState::Finished;
  result.key = key(1);
  result.file = "cells/" + key(1) + ".png";
  result.sha256 = sha256_hex("file");
  result.latents_hash = sha256_hex("latents");
  result.made = "steps 1-5 shared";
  result.shared_steps = 5;
  result.rows = {0, 0, 0, 0, 0, 3, 2, 3};
  result.seconds = 1.25;
  result.row_evaluations = 8;
  result.guidance_norm = 0.125;
  result.twin_distance = 0.5;
  return result;
}

void compare(const CellResult& a, const CellResult& b) {
  QCOMPARE(static_cast<int>(a.state), static_cast<int>(b.state));
  QCOMPARE(a.key, b.key);
  QCOMPARE(a.file, b.file);
  QCOMPARE(a.sha256, b.sha256);
  QCOMPARE(a.latents_hash, b.latents_hash);
  QCOMPARE(a.error, b.error);
  QVERIFY(a.error_code == b.error_code);
  QCOMPARE(a.made, b.made);
  QCOMPARE(a.shared_steps, b.shared_steps);
  QVERIFY(a.rows == b.rows);
  QCOMPARE(a.seconds, b.seconds);
  QCOMPARE(a.row_evaluations, b.row_evaluations);
  QCOMPARE(a.guidance_norm, b.guidance_norm);
  QCOMPARE(a.twin_distance, b.twin_distance);
}

// Sets the largest size a file may grow to while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

std::string finished_line(int number) {
  return "{\"state\":\"finished\",\"run\":\"r\",\"key\":\"" + key(number) + "\",\"sha256\":\"" +
         sha256_hex("x") + "\",\"bytes\":3}";
}

}  // namespace

class TestJournal : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> folder_;

  std::string path() const { return folder_->filePath("journal.jsonl").toStdString(); }
  void write(const std::string& text) const {
    QFile file(QString::fromStdString(path()));
    QVERIFY(file.open(QIODevice::WriteOnly) &&
            file.write(text.data(), static_cast<qint64>(text.size())) ==
                static_cast<qint64>(text.size()));
  }
  std::string text() const {
    auto content = read_file(path(), std::size_t{1} << 30);
    return content ? content.value() : std::string();
  }
  std::unique_ptr<Journal> open(const std::string& run = "run-1") const {
    auto journal = Journal::open(path(), run);
    if (!journal) qFatal("%s", journal.error().message.c_str());
    return std::move(journal).value();
  }
  JournalReading read() const {
    auto reading = read_journal(path());
    if (!reading) qFatal("%s", reading.error().message.c_str());
    return std::move(reading).value();
  }

 private Q_SLOTS:
  void initTestCase() { signal(SIGXFSZ, SIG_IGN); }
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void no_file_is_an_empty_journal() {
    const JournalReading reading = read();
    QVERIFY(reading.pictures.empty() && reading.problems.empty() && reading.open_runs.empty() &&
            !reading.plan);
  }

  void everything_comes_back() {
    auto journal = open();
    QVERIFY(journal->begin(0, 1));
    const JournalPlan plan{{key(1), key(2), key(3)}, {0, 1, 0}, {2, -1, 2}};
    QVERIFY(journal->plan(plan));
    QVERIFY(journal->running(key(1)));
    QVERIFY(journal->finished(full_result(), {17, 1234567890123456789}));
    CellResult failed = full_result();
    failed.key = key(2);
    failed.state = CellState::Failed;
    failed.sha256.clear();
    failed.error = "a \"quoted\" reason\nof two lines, \xc3\xa4";
    failed.error_code = ErrorCode::OutOfMemory;
    QVERIFY(journal->failed(failed));
    CellResult skipped;
    skipped.key = key(3);
    skipped.state = CellState::Skipped;
    QVERIFY(journal->failed(skipped));
    QVERIFY(journal->end());
    const JournalReading reading = read();
    QVERIFY(reading.problems.empty() && reading.open_runs.empty());
    QVERIFY(reading.plan == plan);
    compare(*reading.pictures.at(key(1)).finished, full_result());
    QVERIFY((reading.pictures.at(key(1)).stamp == FileStamp{17, 1234567890123456789}));
    failed.file.clear();  // there is none
    compare(*reading.pictures.at(key(2)).other, failed);
    compare(*reading.pictures.at(key(3)).other, skipped);
    // A line each, each a JSON object with the time and, where pictures were made, the program.
    const auto lines = QString::fromStdString(text()).split('\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 7);
    for (const QString& line : lines) {
      QVERIFY2(
          line.startsWith("{\"state\":\"") && line.contains("\"time\":\"20") && line.endsWith("}"),
          qPrintable(line));
    }
    QVERIFY(lines[3].contains("\"program\":\"SEG Studio "));
  }

  void kinds_of_errors_data() {
    QTest::addColumn<QString>("member");  // of a failed line
    QTest::addColumn<int>("code");        // -1: none
    for (const ErrorCode code : {ErrorCode::InvalidArgument,
                                 ErrorCode::ModelUnloadable,
                                 ErrorCode::BadFile,
                                 ErrorCode::Io,
                                 ErrorCode::OutOfMemory,
                                 ErrorCode::Internal}) {
      const QString name = error_code_name(code);
      QTest::newRow(qPrintable(name))
          << QString(",\"error_code\":\"%1\"").arg(name) << static_cast<int>(code);
    }
    QTest::newRow("of a version that noted none") << "" << -1;
    QTest::newRow("of a newer version") << ",\"error_code\":\"TooHot\"" << -1;
    QTest::newRow("a number") << ",\"error_code\":4" << -1;
  }
  void kinds_of_errors() {
    QFETCH(QString, member);
    QFETCH(int, code);
    write("{\"state\":\"failed\",\"run\":\"r\",\"key\":\"" + key(1) + "\",\"error\":\"why\"" +
          member.toStdString() + "}\n");
    const JournalReading reading = read();
    QVERIFY(reading.problems.empty());
    const CellResult& failed = *reading.pictures.at(key(1)).other;
    QCOMPARE(failed.error, std::string("why"));
    QCOMPARE(failed.error_code ? static_cast<int>(*failed.error_code) : -1, code);
  }

  void numbers_without_json_do_not_break_the_line() {
    CellResult odd = full_result();
    odd.guidance_norm = std::nan("");
    odd.twin_distance = std::numeric_limits<double>::infinity();
    odd.error = "\xff\xfe";
    QVERIFY(open()->finished(odd, {1, 1}));
    const JournalReading reading = read();
    QVERIFY(reading.problems.empty());
    QCOMPARE(reading.pictures.at(odd.key).finished->guidance_norm, 0.0);
    QCOMPARE(reading.pictures.at(odd.key).finished->twin_distance, -1.0);
  }

  void interrupted_data() {
    QTest::addColumn<QStringList>("lines");
    QTest::addColumn<QString>("running");  // of the last open run; "-": there is none
    const QString begin = "{\"state\":\"begin\",\"run\":\"a\",\"shard\":0,\"shards\":1}";
    const QString running = QString("{\"state\":\"running\",\"run\":\"a\",\"key\":\"%1\"}")
                                .arg(QString::fromStdString(key(1)));
    const QString end = "{\"state\":\"end\",\"run\":\"a\"}";
    const QString finished = QString::fromStdString(finished_line(1));
    const QString one = QString::fromStdString(key(1));
    QTest::newRow("nothing begun") << QStringList{} << "-";
    QTest::newRow("clean end") << QStringList{begin, running, finished, end} << "-";
    QTest::newRow("clean end while running") << QStringList{begin, running, end} << "-";
    QTest::newRow("killed while running") << QStringList{begin, running} << one;
    QTest::newRow("killed between pictures") << QStringList{begin, running, finished} << "";
    QTest::newRow("killed before the first") << QStringList{begin} << "";
    QTest::newRow("a later run ended well")
        << QStringList{begin,
                       running,
                       "{\"state\":\"begin\",\"run\":\"b\",\"shard\":0,\"shards\":1}",
                       "{\"state\":\"end\",\"run\":\"b\"}"}
        << "-";
    QTest::newRow("another share ended well")
        << QStringList{"{\"state\":\"begin\",\"run\":\"b\",\"shard\":1,\"shards\":2}",
                       "{\"state\":\"begin\",\"run\":\"a\",\"shard\":0,\"shards\":2}",
                       running,
                       "{\"state\":\"end\",\"run\":\"b\"}"}
        << one;
  }
  void interrupted() {
    QFETCH(QStringList, lines);
    QFETCH(QString, running);
    write((lines.join('\n') + (lines.isEmpty() ? "" : "\n")).toStdString());
    const JournalReading reading = read();
    QVERIFY(reading.problems.empty());
    QCOMPARE(reading.open_runs.empty(), running == "-");
    if (running == "-") return;
    QStringList keys;
    for (const std::string& key : reading.open_runs.back().running) keys << QString::fromStdString(key);
    QCOMPARE(keys.join(' '), running);
  }

  // At each byte where a crash can end the last line: the lines before count, the next writer goes
  // on.
  void a_torn_line_at_every_byte() {
    const std::string first = finished_line(1) + "\n", second = finished_line(2);
    for (std::size_t cut = 0; cut <= second.size(); ++cut) {
      write(first + second.substr(0, cut));
      JournalReading reading = read();
      QVERIFY(reading.problems.empty());
      QCOMPARE(reading.pictures.size(), cut == second.size() ? 2U : 1U);
      QVERIFY(open()->running(key(3)));
      reading = read();
      QVERIFY2(reading.problems.empty(), std::to_string(cut).c_str());
      QCOMPARE(reading.pictures.size(), cut == second.size() ? 3U : 2U);
      QVERIFY(text().starts_with(first));
    }
  }

  void damaged_lines_data() {
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<bool>("is_damaged");
    const QByteArray one = QByteArray::fromStdString(key(9));
    const QByteArray hash = QByteArray::fromStdString(sha256_hex("x"));
    const auto row = [](const char* name, const QByteArray& line, bool is_damaged) {
      QTest::newRow(name) << line << is_damaged;
    };
    row("empty line", "", false);
    row("spaces", "  \t ", false);
    row("not JSON", "hello", true);
    row("binary", QByteArray("\x00\xff\x01\x80", 4), true);
    row("zero bytes of a crashed disk", QByteArray(4096, '\0'), true);
    row("cut off", "{\"state\":\"runn", true);
    row("two glued together", "{\"state\":\"end\"}{\"state\":\"end\"}", true);
    row("list", "[1,2]", true);
    row("number", "12", true);
    row("no state", "{\"key\":\"x\"}", true);
    row("state is a number", "{\"state\":3}", true);
    row("duplicate key", "{\"state\":\"end\",\"state\":\"begin\"}", true);
    row("deep", "{\"state\":" + QByteArray(10'000, '['), true);
    row("state of a newer version", "{\"state\":\"rated\",\"key\":\"x\",\"stars\":5}", false);
    row("members of a newer version",
        "{\"state\":\"end\",\"run\":\"q\",\"mood\":{\"a\":[1]}}",
        false);
    row("running without key", "{\"state\":\"running\"}", true);
    row("key of a path", "{\"state\":\"running\",\"key\":\"../../../etc/passwd\"}", true);
    row("key in capitals", "{\"state\":\"running\",\"key\":\"" + one.toUpper() + "\"}", true);
    row("finished without hash",
        "{\"state\":\"finished\",\"bytes\":3,\"key\":\"" + one + "\"}",
        true);
    row("finished without size",
        "{\"state\":\"finished\",\"sha256\":\"" + hash + "\",\"key\":\"" + one + "\"}",
        true);
    row("finished of negative size",
        "{\"state\":\"finished\",\"bytes\":-3,\"sha256\":\"" + hash + "\",\"key\":\"" + one + "\"}",
        true);
    row("finished of absurd size",
        "{\"state\":\"finished\",\"bytes\":1e300,\"sha256\":\"" + hash + "\",\"key\":\"" + one +
            "\"}",
        true);
    row("file outside of the folder",
        "{\"state\":\"finished\",\"bytes\":3,\"file\":\"/etc/passwd\",\"sha256\":\"" + hash +
            "\",\"key\":\"" + one + "\"}",
        false);
    row("rows of absurd numbers",
        "{\"state\":\"failed\",\"rows\":[1e99,-4,\"x\"],\"seconds\":\"long\",\"key\":\"" + one +
            "\"}",
        false);
    row("plan without pictures", "{\"state\":\"plan\"}", true);
    row("plan beyond its pictures",
        "{\"state\":\"plan\",\"pictures\":[],\"picture_of_cell\":[0],\"twin_of_cell\":[-1]}",
        true);
    row("plan of keys that are none",
        "{\"state\":\"plan\",\"pictures\":[\"x\"],\"picture_of_cell\":[0],\"twin_of_cell\":[-1]}",
        true);
    row("plan of two lengths",
        "{\"state\":\"plan\",\"pictures\":[\"" + one +
            "\"],\"picture_of_cell\":[0,0],\"twin_of_cell\":[-1]}",
        true);
    row("plan of negative places",
        "{\"state\":\"plan\",\"pictures\":[\"" + one +
            "\"],\"picture_of_cell\":[-1],\"twin_of_cell\":[-1]}",
        true);
  }
  void damaged_lines() {
    QFETCH(QByteArray, line);
    QFETCH(bool, is_damaged);
    write(finished_line(1) + "\n" + line.toStdString() + "\n" + finished_line(2) + "\n");
    const JournalReading reading = read();
    QVERIFY(reading.pictures.contains(key(1)) && reading.pictures.contains(key(2)));
    QCOMPARE(reading.problems.size(), is_damaged ? 1U : 0U);
    if (is_damaged)
      QVERIFY2(reading.problems[0].find("line 2 is damaged") != std::string::npos,
               reading.problems[0].c_str());
    for (const auto& [each, picture] : reading.pictures) {
      if (picture.finished) QCOMPARE(picture.finished->file, "cells/" + each + ".png");
    }
    QVERIFY(!reading.plan);
  }

  void many_damaged_lines_make_one_sentence() {
    std::string lines;
    for (int i = 0; i < 20'000; ++i) lines += "damage\n";
    write(lines + finished_line(1) + "\n");
    const JournalReading reading = read();
    QCOMPARE(reading.pictures.size(), 1U);
    QCOMPARE(reading.problems.size(), 1U);
    QVERIFY(reading.problems[0].find("lines 1, 2, 3, 4, 5 and 19995 more") != std::string::npos);
  }

  void hostile_sizes_data() {
    QTest::addColumn<qint64>("size");
    QTest::addColumn<bool>("is_refused");
    QTest::newRow("10 GB") << qint64{10'000'000'000} << true;
    QTest::newRow("one line of 100 MB") << qint64{100'000'000} << false;
  }
  void hostile_sizes() {
    QFETCH(qint64, size);
    QFETCH(bool, is_refused);
    write(finished_line(1) + "\n");
    QVERIFY(::truncate(path().c_str(), size) == 0);  // a hole: it takes no disk
    rusage before{}, after{};
    ::getrusage(RUSAGE_SELF, &before);
    const auto reading = read_journal(path());
    ::getrusage(RUSAGE_SELF, &after);
    QVERIFY2(after.ru_maxrss - before.ru_maxrss < 150'000,
             std::to_string(after.ru_maxrss - before.ru_maxrss).c_str());  // kB
    QCOMPARE(!reading, is_refused);
    if (is_refused) {
      QCOMPARE(static_cast<int>(reading.error().code), static_cast<int>(ErrorCode::BadFile));
      QVERIFY(reading.error().message.find("1024 MiB") != std::string::npos);
    } else {
      QVERIFY(reading.value().pictures.contains(key(1)));
    }
  }

  void something_else_is_not_cut_off() {
    const std::string foreign = finished_line(1) + "\n\x89PNG not ours";
    write(foreign);
    QVERIFY(open()->running(key(2)));
    QVERIFY(text().starts_with(foreign + "\n"));
    QCOMPARE(read().pictures.size(), 2U);
    QCOMPARE(read().problems.size(), 1U);
  }

  void not_an_ordinary_file_data() {
    QTest::addColumn<QString>("kind");
    QTest::newRow("folder") << "folder";
    QTest::newRow("pipe") << "pipe";
    QTest::newRow("device") << "device";
  }
  void not_an_ordinary_file() {
    QFETCH(QString, kind);
    if (kind == "folder") QVERIFY(::mkdir(path().c_str(), 0777) == 0);
    if (kind == "pipe") QVERIFY(::mkfifo(path().c_str(), 0666) == 0);
    if (kind == "device") QVERIFY(::symlink("/dev/full", path().c_str()) == 0);
    const auto reading = read_journal(path());
    QVERIFY(!reading && reading.error().message.find("not an ordinary file") != std::string::npos);
    QVERIFY(!Journal::open(path(), "r"));
  }

  void full_disk_leaves_no_part_of_a_line() {
    auto journal = open();
    QVERIFY(journal->running(key(1)));
    const std::string before = text();
    {
      const FileSizeLimit limit(before.size() + 30);
      const auto noted = journal->running(key(2));
      QVERIFY(!noted);
      QCOMPARE(static_cast<int>(noted.error().code), static_cast<int>(ErrorCode::Io));
      QVERIFY2(
          noted.error().message.find("journal.jsonl: cannot be written: ") != std::string::npos,
          noted.error().message.c_str());
      QCOMPARE(text(), before);
    }
    QVERIFY(journal->running(key(3)));  // there is room again
    QCOMPARE(read().pictures.size(), 2U);
  }

  void removed_while_open_data() {
    QTest::addColumn<bool>("is_replaced");
    QTest::newRow("removed") << false;
    QTest::newRow("replaced") << true;
  }
  void removed_while_open() {
    QFETCH(bool, is_replaced);
    auto journal = open();
    QVERIFY(journal->running(key(1)));
    QVERIFY(::unlink(path().c_str()) == 0);
    if (is_replaced) write("somebody else's\n");
    const auto noted = journal->running(key(2));
    QVERIFY(!noted && noted.error().message.find("removed or replaced by another program") !=
                          std::string::npos);
    if (is_replaced) QCOMPARE(text(), std::string("somebody else's\n"));
  }

  // Four processes, long lines: none cut, none missing.
  void lines_of_several_processes_stay_whole() {
    constexpr int kProcesses = 4, kLines = 60;
    std::vector<pid_t> children;
    for (int process = 0; process < kProcesses; ++process) {
      const pid_t child = ::fork();
      if (child == 0) {
        auto journal = Journal::open(path(), "run-" + std::to_string(process));
        bool is_good = static_cast<bool>(journal);
        for (int line = 0; is_good && line < kLines; ++line) {
          CellResult result = full_result();
          result.key = key(1000 * process + line);
          result.rows.assign(900, line);
          is_good = static_cast<bool>(journal.value()->finished(result, {1, line}));
        }
        ::_exit(is_good ? 0 : 1);
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = 0;
      QVERIFY(::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
              WEXITSTATUS(status) == 0);
    }
    const JournalReading reading = read();
    QVERIFY(reading.problems.empty());
    QCOMPARE(reading.pictures.size(), static_cast<std::size_t>(kProcesses * kLines));
  }

  void locks_data() {
    QTest::addColumn<int>("shard");
    QTest::addColumn<int>("shards");
    QTest::addColumn<bool>("is_free");  // beside share 1 of 3
    QTest::newRow("the same share") << 0 << 3 << false;
    QTest::newRow("another share") << 1 << 3 << true;
    QTest::newRow("share of another count") << 1 << 2 << false;
    QTest::newRow("all") << 0 << 1 << false;
  }
  void locks() {
    QFETCH(int, shard);
    QFETCH(int, shards);
    QFETCH(bool, is_free);
    const std::string folder = folder_->path().toStdString();
    {
      auto first = FolderLock::take(folder, 0, 3, "first");
      QVERIFY(first);
      first.value()->let_others_in();
      QVERIFY(running_in(folder) == std::vector<std::string>{"first"});
      const auto second = FolderLock::take(folder, shard, shards, "second");
      QCOMPARE(static_cast<bool>(second), is_free);
      if (!is_free) {
        const std::string& message = second.error().message;
        QVERIFY2(message.find("process " + std::to_string(::getpid()) +
                              " is making share 1 of 3") != std::string::npos,
                 message.c_str());
      }
    }
    QVERIFY(running_in(folder).empty());
    QVERIFY(FolderLock::take(folder, shard, shards, "third"));
    QVERIFY(QDir(folder_->path()).entryList({".lock*"}, QDir::Files | QDir::Hidden).isEmpty());
  }

  void a_lock_dies_with_its_process() {
    const std::string folder = folder_->path().toStdString();
    int ready[2];
    QVERIFY(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto lock = FolderLock::take(folder, 0, 1, "child");
      const char told = lock ? 'y' : 'n';
      if (lock) lock.value()->let_others_in();
      if (::write(ready[1], &told, 1) != 1) ::_exit(1);
      ::pause();
      ::_exit(0);
    }
    char told = 0;
    QVERIFY(::read(ready[0], &told, 1) == 1 && told == 'y');
    const auto refused = FolderLock::take(folder, 0, 1, "mine");
    QVERIFY(!refused &&
            refused.error().message.find("process " + std::to_string(child)) != std::string::npos);
    ::kill(child, SIGKILL);
    QVERIFY(::waitpid(child, nullptr, 0) == child);
    QVERIFY(FolderLock::take(
        folder, 1, 2, "mine"));  // another count: the dead one's file is cleared away
  }
};

QTEST_GUILESS_MAIN(TestJournal)
#include "tst_journal.moc"
