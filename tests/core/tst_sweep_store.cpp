// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep's folder: beginning, resuming after any end, what other programs do to it, places where
// none can be.
#include "core/base/sha256.h"
#include "core/io/png.h"
#include "core/io/request_json.h"
#include "core/io/sweep_json.h"
#include "tests/support/sweep_folders.h"

#include <csignal>
#include <unistd.h>

using namespace studio;
using namespace studio::testing;

class TestSweepStore : public QObject, protected SweepFolders {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { signal(SIGXFSZ, SIG_IGN); }
  void init() { root_ = std::make_unique<QTemporaryDir>(); }

  void a_new_folder() {
    SweepOptions deep = options();
    deep.folder = path("a/b/c/");
    SweepSpec spec = small_spec();
    spec.base.seed.reset();
    auto store = opened(deep, spec);
    QVERIFY(store->grid().spec.base.seed.has_value());
    const auto kept = read_sweep_spec(path("a/b/c"), small_catalogue());
    QVERIFY(kept && kept.value());
    QCOMPARE(sweep_to_json(*kept.value(), small_catalogue()),
             sweep_to_json(store->grid().spec, small_catalogue()));
    QVERIFY(store->problems().empty() && store->find(key(1)) == nullptr &&
            store->adopt(key(1)) == nullptr);
  }

  void a_picture_is_finished_when_it_is_noted() {
    auto store = opened(options());
    QVERIFY(store->note_running(key(1)));
    const auto done = store->finish(result_of(1), finished_job(1));
    QVERIFY2(done, done ? "" : done.error().message.c_str());
    const CellResult& result = done.value();
    QCOMPARE(static_cast<int>(result.state), static_cast<int>(CellState::Finished));
    QCOMPARE(result.file, "cells/" + key(1) + ".png");
    QCOMPARE(result.sha256, sha256_hex(content(picture(1))));
    QVERIFY(store->find(key(1)) != nullptr);
    const auto request = request_from_png(picture(1), small_catalogue());
    QVERIFY(request && request_to_json(request.value(), small_catalogue()) ==
                           request_to_json(finished_job(1).resolved, small_catalogue()));
    const auto image = read_png(picture(1));
    QVERIFY(image && image.value().pixels == finished_job(1).images[0]->pixels);
  }

  void a_batch_is_one_strip() {
    Finished batch = finished_job(1, 4);
    batch.images.push_back(finished_job(2, 6).images[0]);
    QVERIFY(opened(options())->finish(result_of(1), batch));
    const auto image = read_png(picture(1));
    QVERIFY(image && image.value().width_px == 10 && image.value().height_px == 6);
    QCOMPARE(image.value().pixels[3 * 4], batch.images[1]->pixels[0]);
  }

  void resuming_knows_what_was_finished() {
    make_interrupted(4);
    const auto read = read_sweep_folder(path(), small_catalogue());
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    QCOMPARE(read.value().interrupted, 4);
    QCOMPARE(static_cast<int>(read.value().pictures[4].state),
             static_cast<int>(CellState::Waiting));
    QCOMPARE(static_cast<int>(read.value().pictures[3].state),
             static_cast<int>(CellState::Finished));
    QVERIFY(read.value().problems.empty());
    auto store = opened(options(true));
    for (int i = 0; i < 9; ++i) QCOMPARE(store->find(key(i)) != nullptr, i < 4);
    // While this run is at work, it is no interrupted one.
    QVERIFY(store->note_running(key(5)));
    auto working = read_sweep_folder(path(), small_catalogue());
    QCOMPARE(working.value().interrupted, -1);
    QCOMPARE(static_cast<int>(working.value().pictures[5].state),
             static_cast<int>(CellState::Running));
    QVERIFY(store->note_end());
    store.reset();
    QCOMPARE(read_sweep_folder(path(), small_catalogue()).value().interrupted, -1);
  }

  void failures_are_kept_and_a_finish_outlives_them() {
    {
      auto store = opened(options());
      CellResult failed = result_of(1);
      failed.error = "not enough memory";
      QVERIFY(store->note_failed(failed));
      CellResult skipped = result_of(2);
      skipped.state = CellState::Skipped;
      QVERIFY(store->note_failed(skipped));
      QVERIFY(store->finish(result_of(3), finished_job(3)));
      failed.key = key(3);
      QVERIFY(store->note_failed(failed));
      QVERIFY(store->note_end());
    }
    auto store = opened(options(true));
    QCOMPARE(static_cast<int>(store->find(key(1))->state), static_cast<int>(CellState::Failed));
    QCOMPARE(store->find(key(1))->error, std::string("not enough memory"));
    QCOMPARE(static_cast<int>(store->find(key(2))->state), static_cast<int>(CellState::Skipped));
    QCOMPARE(static_cast<int>(store->find(key(3))->state), static_cast<int>(CellState::Finished));
  }

  void seeds_left_open_are_those_of_the_folder() {
    SweepSpec spec = small_spec();
    spec.base.seed.reset();
    const auto drawn = opened(options(), spec)->grid().spec.base.seed;
    QVERIFY(opened(options(true), spec)->grid().spec.base.seed == drawn);
    spec.base.seed = *drawn + 1;
    refused(open(options(true), spec), ErrorCode::InvalidArgument, {"seed is", "here, but"});
  }

  void listed_seeds_left_open_are_those_of_the_folder() {
    SweepSpec spec;
    spec.listed.resize(3);
    for (int i = 0; i < 3; ++i) spec.listed[i].steps = i + 1;
    const auto written = [&](bool resume) {
      return sweep_to_json(opened(options(resume), spec)->grid().spec, small_catalogue());
    };
    const std::string first = written(false);
    QVERIFY(first.find("\"seed\": null") ==
            first.rfind("\"seed\": null"));  // only the base's, which no cell uses
    QCOMPARE(written(true), first);
    spec.listed[1].steps = 9;
    refused(open(options(true), spec),
            ErrorCode::InvalidArgument,
            {"job 2: steps is \"9\" here, but \"2\""});
  }

  void another_sweep_data() {
    QTest::addColumn<int>("change");
    QTest::addColumn<QString>("message");
    QTest::newRow("spelled otherwise is the same") << 0 << "";
    QTest::newRow("base value that an axis sets") << 1 << "";
    QTest::newRow("base value") << 2
                                << "steps is \"9\" here, but \"25\" in the folder's sweep.json";
    QTest::newRow("axis value") << 3
                                << "axes[0] (guidance.seg.sigma) has the values 0.5, 2, inf here";
    QTest::newRow("axis") << 4 << "axes[0] is steps here, but guidance.seg.sigma";
    QTest::newRow("number of axes") << 5 << "there are 1 axes here, but 2";
    QTest::newRow("twin") << 6 << "twin is false here";
    QTest::newRow("prompt") << 7 << "prompt is \"pear\" here, but \"red apple\"";
    QTest::newRow("order") << 8 << "the order is not";
    QTest::newRow("batch") << 9 << "prompt has 2 texts here, but 1";
    QTest::newRow("jobs") << 10 << "there are 1 listed job here, but 0";
  }
  void another_sweep() {
    QFETCH(int, change);
    QFETCH(QString, message);
    make_interrupted(2);
    SweepSpec spec = small_spec();
    if (change == 0) spec.axes[1].values = "0, 2, 4";
    if (change == 1) spec.base.guidance["seg.scale"] = 7.0;
    if (change == 2) spec.base.steps = 9;
    if (change == 3) spec.axes[0].values = "0.5, 2, inf";
    if (change == 4) spec.axes[0] = {"steps", "1-3"};
    if (change == 5) spec.axes.pop_back();
    if (change == 6) spec.twin = false;
    if (change == 7) spec.base.prompts = {"pear"};
    if (change == 8) spec.order = SweepOrder::Rows;
    if (change == 9) spec.base.prompts = {"red apple", "pear"};
    if (change == 10) {
      spec.axes.clear();
      spec.listed.resize(1);
    }
    const std::string before = content(path() + "/sweep.json") + content(path() + "/journal.jsonl");
    {
      const auto store = open(options(true), spec);
      if (message.isEmpty()) {
        QVERIFY2(store, store ? "" : store.error().message.c_str());
        return;
      }
      refused(store, ErrorCode::InvalidArgument, {"holds another sweep", message});
    }
    QCOMPARE(content(path() + "/sweep.json") + content(path() + "/journal.jsonl"), before);
    QVERIFY(opened(options(true))->find(key(1)) != nullptr);
  }

  // What other programs do to a folder between two runs: never fatal, nothing finished is lost.
  void changed_by_others_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<int>("still_finished");  // of 4
    QTest::addColumn<QString>("problem");
    QTest::newRow("picture removed") << "remove" << 3 << "1 finished picture is gone";
    QTest::newRow("picture cut off") << "cut" << 3 << "1 finished picture was changed";
    QTest::newRow("picture changed, same size") << "flip" << 3 << "1 finished picture was changed";
    QTest::newRow("changed and its time set back")
        << "flip-quietly" << 3 << "1 finished picture was changed";
    QTest::newRow("picture is a folder now") << "folder" << 3 << "1 finished picture is gone";
    QTest::newRow("touched but the same") << "touch" << 4 << "";
    QTest::newRow("file that nobody noted") << "stranger" << 4 << "";
    QTest::newRow("temporary files of a killed run") << "temporary" << 4 << "";
    QTest::newRow("journal line damaged") << "journal" << 4 << "is damaged";
    QTest::newRow("sweep.json removed") << "sweep" << 4 << "";
    QTest::newRow("cells/ removed") << "cells" << 0 << "4 finished pictures are gone";
  }
  void changed_by_others() {
    QFETCH(QString, what);
    QFETCH(int, still_finished);
    QFETCH(QString, problem);
    make_interrupted(4);
    const std::string file = picture(2);
    std::string bytes = content(file);
    const auto time = fs::last_write_time(file);
    if (what == "remove") fs::remove(file);
    if (what == "cut") fs::resize_file(file, bytes.size() / 2);
    if (what.startsWith("flip")) {
      bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
      put(file, bytes);
      if (what == "flip-quietly") fs::last_write_time(file, time);
    }
    if (what == "folder") {
      fs::remove(file);
      fs::create_directory(file);
    }
    if (what == "touch") fs::last_write_time(file, time + std::chrono::hours(1));
    if (what == "stranger") put(picture(77), "not noted");
    if (what == "temporary") {
      const std::string begin = ".seg-" + host_in_names() + "-999999999-";
      put(path() + "/" + begin + "0.tmp", "x");
      put(path() + "/cells/" + begin + "3.tmp", "x");
      put(path() + "/cells/" + begin + "link.tmp", "x");
      fs::create_directory(path() + "/twins");
      put(path() + "/twins/" + begin + "4.tmp", "x");
      put(path() + "/cells/.seg-note.tmp", "not of this kind");
    }
    if (what == "journal")
      put(path() + "/journal.jsonl", "###\n" + content(path() + "/journal.jsonl"));
    if (what == "sweep") fs::remove(path() + "/sweep.json");
    if (what == "cells") fs::remove_all(path() + "/cells");
    auto store = opened(options(true));
    int finished = 0;
    for (int i = 0; i < 4; ++i) finished += store->find(key(i)) != nullptr ? 1 : 0;
    QCOMPARE(finished, still_finished);
    QCOMPARE(store->problems().size(), problem.isEmpty() ? 0U : 1U);
    if (!problem.isEmpty())
      QVERIFY2(QString::fromStdString(store->problems()[0]).contains(problem),
               store->problems()[0].c_str());
    QVERIFY(store->find(key(77)) == nullptr);
    const QStringList left = everything().filter(".tmp");
    QCOMPARE(left, what == "temporary" ? QStringList{"cells/.seg-note.tmp"} : QStringList());
    QVERIFY(fs::exists(path() + "/sweep.json"));
    if (what == "folder") return;  // nobody's picture can be put where a folder is
    const auto again = store->finish(result_of(2), finished_job(2));
    QVERIFY2(again, again ? "" : again.error().message.c_str());
    store.reset();
    QVERIFY(opened(options(true))->find(key(2)) != nullptr);
  }

  // A file that is being written belongs to its writer, wherever that runs.
  void temporary_files_of_others_data() {
    QTest::addColumn<QString>("writer");  // HOST-PID-
    QTest::addColumn<int>("age_hours");
    QTest::addColumn<bool>("stays");
    const QString here = QString::fromStdString(host_in_names()) + "-", dead = "999999999-";
    const QString living = QString::number(::getpid()) + "-", other = "another-computer.7-";
    QTest::newRow("of this computer, ended") << here + dead << 0 << false;
    QTest::newRow("of this computer, at work") << here + living << 0 << true;
    QTest::newRow("its number is another program's now") << here + living << 100'000 << false;
    QTest::newRow("of another computer") << other + dead << 0 << true;
    QTest::newRow("of another computer, for hours") << other + dead << 23 << true;
    QTest::newRow("of another computer, for days") << other + dead << 49 << false;
    QTest::newRow("of an earlier version") << dead << 0 << true;
    QTest::newRow("of an earlier version, for days") << dead << 49 << false;
    QTest::newRow("no process") << here + "x1-" << 49 << true;
    QTest::newRow("process 0") << here + "0-" << 49 << true;
    QTest::newRow("no number at all") << "" << 49 << true;
  }
  void temporary_files_of_others() {
    QFETCH(QString, writer);
    QFETCH(int, age_hours);
    QFETCH(bool, stays);
    make_interrupted(1);
    const std::string file = path() + "/cells/.seg-" + writer.toStdString() + "3.tmp";
    put(file, "half a picture");
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(age_hours));
    (void)opened(options(true));
    QCOMPARE(fs::exists(file), stays);
    QVERIFY(fs::exists(picture(0)));
  }

  void names_of_files_being_written() {
    const auto name = [](const char* last) { return temporary_path("a/b.png", last); };
    QVERIFY(name("1").starts_with("a/.seg-" + host_in_names() + "-" + std::to_string(::getpid())));
    QVERIFY(name("1").ends_with("-1.tmp") && name("1") != name("2"));
    QVERIFY(!host_in_names().empty() && host_in_names().find('/') == std::string::npos);
  }

  // What a picture taken from another sweep is compared with comes along.
  void latents_come_with_adopted_twins() {
    {
      auto store = opened(options());
      QVERIFY(store->finish(result_of(1), finished_job(1)));
      QVERIFY(store->finish(result_of(2), finished_job(2)));
      QVERIFY(make_folders(path() + "/twins") &&
              write_file(store->latents_path(key(1)), "latents"));
    }
    SweepOptions other = options();
    other.folder = path("other");
    other.reuse_folders = {path()};
    auto store = opened(other);
    for (const int number : {1, 2}) QVERIFY(store->adopt(key(number)) != nullptr);
    QCOMPARE(content(path("other") + "/twins/" + key(1) + ".safetensors"), std::string("latents"));
    QVERIFY(!fs::exists(store->latents_path(key(2))));
  }

  void places_that_are_refused_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<bool>("resume");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("message");
    const int usage = static_cast<int>(ErrorCode::InvalidArgument),
              io = static_cast<int>(ErrorCode::Io), bad = static_cast<int>(ErrorCode::BadFile);
    QTest::newRow("a sweep is there") << "sweep" << false << usage << "holds a sweep already";
    QTest::newRow("only a journal is there")
        << "journal" << false << usage << "holds a sweep already";
    QTest::newRow("somebody's page")
        << "page" << true << usage << "index.html that belongs to no sweep";
    QTest::newRow("somebody's cells")
        << "cells" << true << usage << "cells that belongs to no sweep";
    QTest::newRow("a file") << "file" << true << io << "this is a file";
    QTest::newRow("inside a file") << "inside" << true << io << "folder is needed";
    QTest::newRow("no name") << "empty" << true << io << "not the name of a folder";
    QTest::newRow("nowhere to make it") << "proc" << true << io << "cannot be made";
    QTest::newRow("sweep.json is no JSON") << "broken" << true << bad << "is not valid JSON";
    QTest::newRow("sweep.json of a newer version") << "newer" << true << bad << "newer version";
    QTest::newRow("sweep.json is a folder") << "json-folder" << true << io << "this is a folder";
    QTest::newRow("journal is a folder")
        << "journal-folder" << true << io << "not an ordinary file";
    QTest::newRow("journal of 10 GB") << "journal-huge" << true << bad << "1024 MiB";
  }
  void places_that_are_refused() {
    QFETCH(QString, what);
    QFETCH(bool, resume);
    QFETCH(int, code);
    QFETCH(QString, message);
    SweepOptions place = options(resume);
    if (what != "file" && what != "inside") fs::create_directory(path());
    if (what == "sweep") put(path() + "/sweep.json", "{}");
    if (what == "journal") put(path() + "/journal.jsonl", "");
    if (what == "page") put(path() + "/index.html", "my page");
    if (what == "cells") {
      fs::create_directory(path() + "/cells");
      put(path() + "/cells/biology.txt", "x");
    }
    if (what == "file" || what == "inside") put(path(), "x");
    if (what == "inside") place.folder += "/sweep";
    if (what == "empty") place.folder = "";
    if (what == "proc") place.folder = "/proc/sweep";
    if (what == "broken") put(path() + "/sweep.json", "{ no");
    if (what == "newer")
      put(path() + "/sweep.json", "{\"format\": \"seg-studio/sweep\", \"version\": 2}");
    if (what == "json-folder") fs::create_directory(path() + "/sweep.json");
    if (what == "journal-folder") fs::create_directory(path() + "/journal.jsonl");
    if (what == "journal-huge") {
      put(path() + "/journal.jsonl", "{}\n");
      fs::resize_file(path() + "/journal.jsonl", 10'000'000'000);
    }
    const std::string kept =
        fs::exists(path() + "/sweep.json") && fs::is_regular_file(path() + "/sweep.json")
            ? content(path() + "/sweep.json")
            : "";
    refused(open(place), static_cast<ErrorCode>(code), {message});
    if (!kept.empty()) QCOMPARE(content(path() + "/sweep.json"), kept);
    if (what == "page") QCOMPARE(content(path() + "/index.html"), std::string("my page"));
  }
};

QTEST_GUILESS_MAIN(TestSweepStore)
#include "tst_sweep_store.moc"
