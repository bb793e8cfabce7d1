// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep's folder: full and read-only disks, several processes, pictures taken from other folders,
// looking at it without a run.
#include "core/base/sha256.h"
#include "core/io/sweep_json.h"
#include "core/sweep/journal.h"
#include "tests/support/sweep_folders.h"

#include <QElapsedTimer>

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace studio;
using namespace studio::testing;

class TestSweepFolder : public QObject, protected SweepFolders {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { signal(SIGXFSZ, SIG_IGN); }
  void init() { root_ = std::make_unique<QTemporaryDir>(); }

  void a_read_only_folder() {
    make_interrupted(2);
    if (::geteuid() == 0) {
      // The administrator may write anywhere: become nobody for a moment.
      QVERIFY(::chmod(root_->path().toLocal8Bit().constData(), 0755) == 0);
      QVERIFY(::seteuid(65534) == 0);
    } else {
      QVERIFY(::chmod(path().c_str(), 0555) == 0);
    }
    const auto refusal = open(options(true));
    const auto read = read_sweep_folder(path(), small_catalogue());
    SweepOptions inside = options();
    inside.folder = path() + "/new";
    const auto new_refusal = open(inside);
    if (::getuid() == 0) {
      QVERIFY(::seteuid(0) == 0);
    } else {
      QVERIFY(::chmod(path().c_str(), 0755) == 0);
    }
    refused(refusal, ErrorCode::Io, {"permission is denied"});
    refused(new_refusal, ErrorCode::Io, {"permission is denied"});
    QVERIFY(read && read.value().pictures[1].state == CellState::Finished);
  }

  void a_full_disk_loses_nothing() {
    make_interrupted(2);
    {
      auto store = opened(options(true));
      rlimit before{};
      ::getrlimit(RLIMIT_FSIZE, &before);
      const rlimit small{100, before.rlim_max};
      ::setrlimit(RLIMIT_FSIZE, &small);
      const auto done = store->finish(result_of(5), finished_job(5));
      const auto noted = store->note_running(key(6));
      ::setrlimit(RLIMIT_FSIZE, &before);
      refused(done,
              ErrorCode::Io,
              {"cells/" + QString::fromStdString(key(5)) + ".png", "cannot be written"});
      refused(noted, ErrorCode::Io, {"journal.jsonl", "cannot be written"});
      QVERIFY(everything().filter(".tmp").isEmpty());
      QVERIFY(store->finish(result_of(5), finished_job(5)));
    }
    auto store = opened(options(true));
    QVERIFY(store->problems().empty());
    for (const int number : {0, 1, 5}) QVERIFY(store->find(key(number)) != nullptr);
  }

  void the_folder_vanishes() {
    auto store = opened(options());
    QVERIFY(store->finish(result_of(1), finished_job(1)));
    fs::remove_all(path());
    refused(
        store->finish(result_of(2), finished_job(2)), ErrorCode::Io, {"no such file or folder"});
    refused(store->note_running(key(3)), ErrorCode::Io, {"removed or replaced by another program"});
    refused(store->note_end(), ErrorCode::Io, {"removed or replaced"});
  }

  void one_run_at_a_time_but_shares_together() {
    auto all = opened(options());
    refused(open(options(true)),
            ErrorCode::Io,
            {"it is in use: process " + QString::number(::getpid())});
    all.reset();
    SweepOptions first = options(), second = options(), wrong = options();
    first.shards = second.shards = wrong.shards = 2;
    second.shard = 1;
    wrong.shard = 2;
    auto one = opened(first);
    auto two = opened(second);
    QVERIFY(one->finish(result_of(1), finished_job(1)));
    QVERIFY(two->finish(result_of(2), finished_job(2)));
    refused(open(first), ErrorCode::Io, {"share 1 of 2"});
    refused(open(wrong), ErrorCode::InvalidArgument, {"share 3 of 2"});
    one.reset();
    two.reset();
    auto store = opened(options(true));
    QVERIFY(store->find(key(1)) != nullptr && store->find(key(2)) != nullptr);
  }

  void pictures_of_other_folders_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<bool>("is_taken");
    QTest::newRow("good") << "" << true;
    QTest::newRow("its file is gone") << "remove" << false;
    QTest::newRow("its file was changed") << "flip" << false;
  }
  void pictures_of_other_folders() {
    QFETCH(QString, what);
    QFETCH(bool, is_taken);
    make_interrupted(2);
    const std::string bytes = content(picture(1));
    if (what == "remove") fs::remove(picture(1));
    if (what == "flip") put(picture(1), std::string(bytes.size(), 'x'));
    SweepOptions other = options();
    other.folder = path("other");
    other.reuse_folders = {path() + "/", path("other")};
    {
      auto store = opened(other);
      const CellResult* taken = store->adopt(key(1));
      QCOMPARE(taken != nullptr, is_taken);
      QVERIFY(store->adopt(key(99)) == nullptr && store->adopt("../../etc/passwd") == nullptr);
      if (!is_taken) return;
      QCOMPARE(taken->made, std::string("taken from another sweep"));
      QVERIFY(taken->rows == result_of(1).rows);
      QCOMPARE(content(path("other") + "/" + taken->file), bytes);
    }
    fs::remove_all(path());  // it does not need the other folder any more
    other.resume = true;
    other.reuse_folders.clear();
    QVERIFY(opened(other)->find(key(1)) != nullptr);
    other.reuse_folders = {path("nowhere")};
    QVERIFY2(opened(other)->find(key(1)) != nullptr, "a folder with nothing to give stops nothing");
  }

  void a_plan_is_noted_once() {
    auto store = opened(options());
    const std::vector<std::string> keys{key(1)};
    const std::vector<int> cells(9, 0);
    QVERIFY(store->note_plan(keys, cells, cells) && store->note_plan(keys, cells, cells));
    store.reset();
    QVERIFY(opened(options(true))->note_plan(keys, cells, cells));
    QCOMPARE(QString::fromStdString(content(path() + "/journal.jsonl")).count("\"plan\""), 1);
  }

  void reading_a_folder_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("message");  // of the error, or of a problem after a "+"
    QTest::newRow("not there") << "none"
                               << "there is no such folder";
    QTest::newRow("a file") << "file"
                            << "this is not a folder";
    QTest::newRow("no sweep") << "empty"
                              << "holds no sweep";
    QTest::newRow("no journal") << "no-journal"
                                << "";
    QTest::newRow("hostile journal") << "binary"
                                     << "+damaged";
    QTest::newRow("huge journal") << "huge"
                                  << "+1024 MiB";
    QTest::newRow("plan of another sweep") << "plan"
                                           << "+its plan is of another sweep";
    QTest::newRow("axis of 10^9 values") << "billion"
                                         << "values";
  }
  void reading_a_folder() {
    QFETCH(QString, what);
    QFETCH(QString, message);
    if (what == "file") put(path(), "x");
    if (what != "file" && what != "none") fs::create_directory(path());
    SweepSpec spec = small_spec();
    if (what == "billion") spec.axes[0] = {"seed", "1-1000000000"};
    if (what != "file" && what != "none" && what != "empty")
      put(path() + "/sweep.json", sweep_to_json(spec, small_catalogue()));
    if (what == "binary")
      put(path() + "/journal.jsonl",
          std::string("\x00\xff\n\x01\n", 5) + std::string(1 << 20, '\x80') + "\n");
    if (what == "huge") {
      put(path() + "/journal.jsonl", "");
      fs::resize_file(path() + "/journal.jsonl", 10'000'000'000);
    }
    if (what == "plan") {
      auto journal = Journal::open(path() + "/journal.jsonl", "r");
      QVERIFY(journal.value()->plan({{key(1)}, {0}, {-1}}));
    }
    const auto read = read_sweep_folder(path(), small_catalogue());
    if (!message.isEmpty() && !message.startsWith('+')) {
      QVERIFY(!read);
      QVERIFY2(QString::fromStdString(read.error().message).contains(message),
               read.error().message.c_str());
      return;
    }
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    QCOMPARE(read.value().picture_of_cell.size(), 9U);
    QCOMPARE(read.value().twin_of_cell.size(), 9U);
    QCOMPARE(read.value().pictures.size(), 9U);
    QCOMPARE(read.value().problems.size(), message.isEmpty() ? 0U : 1U);
    if (!message.isEmpty())
      QVERIFY2(QString::fromStdString(read.value().problems[0]).contains(message.mid(1)),
               read.value().problems[0].c_str());
  }

  // Reading and hashing 2,000 pictures again: printed, so that the choice to hash all can be
  // judged.
  void opening_is_quick() {
    constexpr int kPictures = 2000;
    fs::create_directories(path() + "/cells");
    put(path() + "/sweep.json", sweep_to_json(small_spec(), small_catalogue()));
    const std::string bytes(30'000, 'p');
    std::string lines;
    for (int i = 0; i < kPictures; ++i) {
      put(picture(i), bytes);
      lines += "{\"state\":\"finished\",\"key\":\"" + key(i) + "\",\"bytes\":30000,\"sha256\":\"" +
               sha256_hex(bytes) + "\"}\n";
    }
    put(path() + "/journal.jsonl", lines);
    QElapsedTimer timer;
    timer.start();
    auto store = opened(options(true));
    qInfo("%d pictures of 30 kB checked in %lld ms",
          kPictures,
          static_cast<long long>(timer.elapsed()));
    QVERIFY(store->problems().empty());
    for (int i = 0; i < kPictures; ++i) QVERIFY(store->find(key(i)) != nullptr);
    QVERIFY(timer.elapsed() < 10'000);
  }
};

QTEST_GUILESS_MAIN(TestSweepFolder)
#include "tst_sweep_folder.moc"
