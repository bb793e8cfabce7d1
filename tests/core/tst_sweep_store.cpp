// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep's folder: beginning, resuming after any end, what other programs do to it, full and read-only
// disks, pictures taken from other folders.
#include "core/io/files.h"
#include "core/io/png.h"
#include "core/io/request_json.h"
#include "core/io/sweep_json.h"
#include "core/sweep/journal.h"
#include "core/sweep/sweep_files.h"
#include "core/sweep/sweep_store.h"
#include "tests/support/small_catalogue.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace studio;
using studio::testing::small_catalogue;
namespace fs = std::filesystem;

namespace {

SweepSpec small_spec() {
  SweepSpec spec;
  spec.base.seed = 5;
  spec.base.prompts = {"red apple"};
  spec.axes = {{"guidance.seg.sigma", "0.5, 1, inf"}, {"guidance.seg.scale", "0..4[3]"}};
  return spec;
}

std::string key(int number) { return sha256_of("picture " + std::to_string(number)); }

Finished finished_job(int number, int side = 8) {
  Finished finished;
  finished.resolved = small_spec().base;
  finished.resolved.steps = number + 1;
  finished.model_hash = std::string(64, 'b');
  ImageRgb8 image{side, side, std::vector<std::uint8_t>(3 * static_cast<std::size_t>(side) * side)};
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i * 37 + number);
  finished.images = {std::make_shared<const ImageRgb8>(std::move(image))};
  return finished;
}

CellResult result_of(int number) {
  CellResult result;
  result.key = key(number);
  result.made = "alone";
  result.rows = {2, 2};
  result.seconds = 0.5;
  result.row_evaluations = 4;
  return result;
}

}  // namespace

class TestSweepStore : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> root_;

  std::string path(const char* name = "s") const { return root_->filePath(name).toStdString(); }
  SweepOptions options(bool resume = false) const {
    SweepOptions options;
    options.folder = path();
    options.resume = resume;
    return options;
  }
  static Result<std::unique_ptr<SweepStore>> open(const SweepOptions& options, const SweepSpec& spec = small_spec()) {
    return SweepStore::open(spec, options, small_catalogue());
  }
  static std::unique_ptr<SweepStore> opened(const SweepOptions& options, const SweepSpec& spec = small_spec()) {
    auto store = open(options, spec);
    if (!store) qFatal("%s", store.error().message.c_str());
    return std::move(store).value();
  }
  // Pictures 0..count-1 are finished; one more is running when the run ends without saying so.
  void make_interrupted(int count) const {
    auto store = opened(options());
    std::vector<std::string> keys;
    std::vector<int> cells(9), twins(9, -1);
    for (int i = 0; i < 9; ++i) keys.push_back(key(i));
    for (int i = 0; i < 9; ++i) cells[i] = i;
    QVERIFY(store->note_plan(keys, cells, twins));
    for (int i = 0; i < count; ++i) {
      QVERIFY(store->note_running(key(i)));
      QVERIFY(store->finish(result_of(i), finished_job(i)));
    }
    QVERIFY(store->note_running(key(count)));
  }
  std::string picture(int number) const { return path() + "/cells/" + key(number) + ".png"; }
  QStringList everything() const {
    QStringList names;
    for (const auto& entry : fs::recursive_directory_iterator(path())) names.append(QString::fromStdString(fs::relative(entry.path(), path()).string()));
    names.sort();
    return names;
  }
  static void put(const std::string& where, const std::string& text) {
    QFile file(QString::fromStdString(where));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text.data(), static_cast<qint64>(text.size())) >= 0);
  }
  static std::string content(const std::string& where) {
    auto text = read_file(where, std::size_t{1} << 28);
    return text ? text.value() : std::string("(") + text.error().message + ")";
  }
  template <class T>
  static void refused(const Result<T>& result, ErrorCode code, const QStringList& parts) {
    QVERIFY(!result);
    QVERIFY2(result.error().code == code, result.error().message.c_str());
    for (const QString& part : parts) {
      QVERIFY2(QString::fromStdString(result.error().message).contains(part), result.error().message.c_str());
    }
  }

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
    QCOMPARE(sweep_to_json(*kept.value(), small_catalogue()), sweep_to_json(store->grid().spec, small_catalogue()));
    QVERIFY(store->problems().empty() && store->find(key(1)) == nullptr && store->adopt(key(1)) == nullptr);
  }

  void a_picture_is_finished_when_it_is_noted() {
    auto store = opened(options());
    QVERIFY(store->note_running(key(1)));
    const auto done = store->finish(result_of(1), finished_job(1));
    QVERIFY2(done, done ? "" : done.error().message.c_str());
    const CellResult& result = done.value();
    QCOMPARE(static_cast<int>(result.state), static_cast<int>(CellState::Finished));
    QCOMPARE(result.file, "cells/" + key(1) + ".png");
    QCOMPARE(result.sha256, sha256_of(content(picture(1))));
    QVERIFY(store->find(key(1)) != nullptr);
    const auto request = request_from_png(picture(1), small_catalogue());
    QVERIFY(request && request_to_json(request.value(), small_catalogue()) == request_to_json(finished_job(1).resolved, small_catalogue()));
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
    QCOMPARE(static_cast<int>(read.value().pictures[4].state), static_cast<int>(CellState::Waiting));
    QCOMPARE(static_cast<int>(read.value().pictures[3].state), static_cast<int>(CellState::Finished));
    QVERIFY(read.value().problems.empty());
    auto store = opened(options(true));
    for (int i = 0; i < 9; ++i) QCOMPARE(store->find(key(i)) != nullptr, i < 4);
    // While this run is at work, it is no interrupted one.
    QVERIFY(store->note_running(key(5)));
    auto working = read_sweep_folder(path(), small_catalogue());
    QCOMPARE(working.value().interrupted, -1);
    QCOMPARE(static_cast<int>(working.value().pictures[5].state), static_cast<int>(CellState::Running));
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
    const auto written = [&](bool resume) { return sweep_to_json(opened(options(resume), spec)->grid().spec, small_catalogue()); };
    const std::string first = written(false);
    QVERIFY(first.find("\"seed\": null") == first.rfind("\"seed\": null"));  // only the base's, which no cell uses
    QCOMPARE(written(true), first);
    spec.listed[1].steps = 9;
    refused(open(options(true), spec), ErrorCode::InvalidArgument, {"job 2: steps is \"9\" here, but \"2\""});
  }

  void another_sweep_data() {
    QTest::addColumn<int>("change");
    QTest::addColumn<QString>("message");
    QTest::newRow("spelled otherwise is the same") << 0 << "";
    QTest::newRow("base value that an axis sets") << 1 << "";
    QTest::newRow("base value") << 2 << "steps is \"9\" here, but \"25\" in the folder's sweep.json";
    QTest::newRow("axis value") << 3 << "axes[0] (guidance.seg.sigma) has the values 0.5, 2, inf here";
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
    QTest::newRow("changed and its time set back") << "flip-quietly" << 3 << "1 finished picture was changed";
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
      put(path() + "/.seg-999999999-0.tmp", "x");
      put(path() + "/cells/.seg-999999999-3.tmp", "x");
      put(path() + "/cells/.seg-note.tmp", "not of this kind");
    }
    if (what == "journal") put(path() + "/journal.jsonl", "###\n" + content(path() + "/journal.jsonl"));
    if (what == "sweep") fs::remove(path() + "/sweep.json");
    if (what == "cells") fs::remove_all(path() + "/cells");
    auto store = opened(options(true));
    int finished = 0;
    for (int i = 0; i < 4; ++i) finished += store->find(key(i)) != nullptr ? 1 : 0;
    QCOMPARE(finished, still_finished);
    QCOMPARE(store->problems().size(), problem.isEmpty() ? 0U : 1U);
    if (!problem.isEmpty()) QVERIFY2(QString::fromStdString(store->problems()[0]).contains(problem), store->problems()[0].c_str());
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

  void places_that_are_refused_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<bool>("resume");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("message");
    const int usage = static_cast<int>(ErrorCode::InvalidArgument), io = static_cast<int>(ErrorCode::Io), bad = static_cast<int>(ErrorCode::BadFile);
    QTest::newRow("a sweep is there") << "sweep" << false << usage << "holds a sweep already";
    QTest::newRow("only a journal is there") << "journal" << false << usage << "holds a sweep already";
    QTest::newRow("somebody's page") << "page" << true << usage << "index.html that belongs to no sweep";
    QTest::newRow("somebody's cells") << "cells" << true << usage << "cells that belongs to no sweep";
    QTest::newRow("a file") << "file" << true << io << "this is a file";
    QTest::newRow("inside a file") << "inside" << true << io << "folder is needed";
    QTest::newRow("no name") << "empty" << true << io << "not the name of a folder";
    QTest::newRow("nowhere to make it") << "proc" << true << io << "cannot be made";
    QTest::newRow("sweep.json is no JSON") << "broken" << true << bad << "is not valid JSON";
    QTest::newRow("sweep.json of a newer version") << "newer" << true << bad << "newer version";
    QTest::newRow("sweep.json is a folder") << "json-folder" << true << io << "this is a folder";
    QTest::newRow("journal is a folder") << "journal-folder" << true << io << "not an ordinary file";
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
    if (what == "newer") put(path() + "/sweep.json", "{\"format\": \"seg-studio/sweep\", \"version\": 2}");
    if (what == "json-folder") fs::create_directory(path() + "/sweep.json");
    if (what == "journal-folder") fs::create_directory(path() + "/journal.jsonl");
    if (what == "journal-huge") {
      put(path() + "/journal.jsonl", "{}\n");
      fs::resize_file(path() + "/journal.jsonl", 10'000'000'000);
    }
    const std::string kept = fs::exists(path() + "/sweep.json") && fs::is_regular_file(path() + "/sweep.json") ? content(path() + "/sweep.json") : "";
    refused(open(place), static_cast<ErrorCode>(code), {message});
    if (!kept.empty()) QCOMPARE(content(path() + "/sweep.json"), kept);
    if (what == "page") QCOMPARE(content(path() + "/index.html"), std::string("my page"));
  }

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
      refused(done, ErrorCode::Io, {"cells/" + QString::fromStdString(key(5)) + ".png", "cannot be written"});
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
    refused(store->finish(result_of(2), finished_job(2)), ErrorCode::Io, {"no such file or folder"});
    refused(store->note_running(key(3)), ErrorCode::Io, {"removed or replaced by another program"});
    refused(store->note_end(), ErrorCode::Io, {"removed or replaced"});
  }

  void one_run_at_a_time_but_shares_together() {
    auto all = opened(options());
    refused(open(options(true)), ErrorCode::Io, {"it is in use: process " + QString::number(::getpid())});
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
    refused(open(other), ErrorCode::Io, {"nowhere", "no journal.jsonl"});
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
    QTest::newRow("not there") << "none" << "there is no such folder";
    QTest::newRow("a file") << "file" << "this is not a folder";
    QTest::newRow("no sweep") << "empty" << "holds no sweep";
    QTest::newRow("no journal") << "no-journal" << "";
    QTest::newRow("hostile journal") << "binary" << "+damaged";
    QTest::newRow("huge journal") << "huge" << "+1024 MiB";
    QTest::newRow("plan of another sweep") << "plan" << "+its plan is of another sweep";
    QTest::newRow("axis of 10^9 values") << "billion" << "values";
  }
  void reading_a_folder() {
    QFETCH(QString, what);
    QFETCH(QString, message);
    if (what == "file") put(path(), "x");
    if (what != "file" && what != "none") fs::create_directory(path());
    SweepSpec spec = small_spec();
    if (what == "billion") spec.axes[0] = {"seed", "1-1000000000"};
    if (what != "file" && what != "none" && what != "empty") put(path() + "/sweep.json", sweep_to_json(spec, small_catalogue()));
    if (what == "binary") put(path() + "/journal.jsonl", std::string("\x00\xff\n\x01\n", 5) + std::string(1 << 20, '\x80') + "\n");
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
      QVERIFY2(QString::fromStdString(read.error().message).contains(message), read.error().message.c_str());
      return;
    }
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    QCOMPARE(read.value().picture_of_cell.size(), 9U);
    QCOMPARE(read.value().twin_of_cell.size(), 9U);
    QCOMPARE(read.value().pictures.size(), 9U);
    QCOMPARE(read.value().problems.size(), message.isEmpty() ? 0U : 1U);
    if (!message.isEmpty()) QVERIFY2(QString::fromStdString(read.value().problems[0]).contains(message.mid(1)), read.value().problems[0].c_str());
  }

  // Reading and hashing 2,000 pictures again: printed, so that the choice to hash all can be judged.
  void opening_is_quick() {
    constexpr int kPictures = 2000;
    fs::create_directories(path() + "/cells");
    put(path() + "/sweep.json", sweep_to_json(small_spec(), small_catalogue()));
    const std::string bytes(30'000, 'p');
    std::string lines;
    for (int i = 0; i < kPictures; ++i) {
      put(picture(i), bytes);
      lines += "{\"state\":\"finished\",\"key\":\"" + key(i) + "\",\"bytes\":30000,\"sha256\":\"" + sha256_of(bytes) + "\"}\n";
    }
    put(path() + "/journal.jsonl", lines);
    QElapsedTimer timer;
    timer.start();
    auto store = opened(options(true));
    qInfo("%d pictures of 30 kB checked in %lld ms", kPictures, static_cast<long long>(timer.elapsed()));
    QVERIFY(store->problems().empty());
    for (int i = 0; i < kPictures; ++i) QVERIFY(store->find(key(i)) != nullptr);
    QVERIFY(timer.elapsed() < 10'000);
  }
};

QTEST_GUILESS_MAIN(TestSweepStore)
#include "tst_sweep_store.moc"
