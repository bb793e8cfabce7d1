// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Sweeps through the real engine, in real folders: events, live jobs in between, pausing, wishes,
// resuming, forecasts and refusals.
#include "tests/support/broken_model.h"
#include "tests/support/engine_bench.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <set>

using namespace studio;
using namespace studio::testing;

namespace {

SweepSpec tiny_sweep(const std::vector<SweepAxis>& axes, std::int64_t steps = 3) {
  SweepSpec spec;
  spec.base = tiny_job(steps);
  spec.axes = axes;
  spec.order = SweepOrder::Rows;
  return spec;
}

// Hashes of the last latents by key.
std::map<std::string, std::string> hashes_in(const SweepFolder& folder) {
  std::map<std::string, std::string> hashes;
  for (const CellResult& result : folder.pictures) hashes[result.key] = result.state == CellState::Finished ? result.latents_hash : "";
  return hashes;
}

}  // namespace

class TestEngineSweeps : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> place_;
  std::string folder(const char* name) const { return place_->filePath(name).toStdString(); }

  static JobId begin(Bench& bench, const SweepSpec& spec, const SweepOptions& options) {
    auto sweep = bench.engine->submit_sweep(spec, options);
    if (!sweep) qFatal("%s", sweep.error().message.c_str());
    return sweep.value();
  }
  static SweepFolder opened(Bench& bench, const std::string& path) {
    auto read = bench.engine->open_sweep(path);
    if (!read) qFatal("%s", read.error().message.c_str());
    return std::move(read).value();
  }

 private Q_SLOTS:
  void init() { place_ = std::make_unique<QTemporaryDir>(); }

  void sweep_from_start_to_end() {
    Bench bench;
    const SweepSpec spec = tiny_sweep({{"guidance.seg.sigma", "1, 2, inf"}, {"guidance.seg.scale", "0, 2"}});
    const auto before = bench.engine->forecast(spec, "");
    QVERIFY(before);
    QCOMPARE(before.value().cells, std::size_t{6});
    QCOMPARE(before.value().pictures, std::size_t{4});
    QCOMPARE(before.value().rows_naive, 54.0);
    QCOMPARE(before.value().rows_shared, (2 + 3) + 2 * (2 + 3 * 3.0));
    QCOMPARE(before.value().rows_left, before.value().rows_shared);
    QVERIFY(!before.value().seconds_are_measured && before.value().seconds_left == 0 && before.value().bytes_left > 0);

    const JobId sweep = begin(bench, spec, {.folder = folder("sweep")});
    QVERIFY(bench.log.wait_ended(sweep));
    const auto done = bench.log.last<SweepFinished>(sweep);
    QVERIFY2(done, bench.log.story(sweep).c_str());
    QCOMPARE(bench.log.mistake(), std::string());
    QCOMPARE(done->finished, std::size_t{4});
    QCOMPARE(done->row_evaluations, before.value().rows_shared);
    QCOMPARE(bench.log.count<SweepStarted>(sweep), 1);
    int with_image = 0, last_done = -1;
    for (const JobEvent& event : bench.log.events(sweep)) {
      const auto* change = as<CellChanged>(event);
      if (change == nullptr) continue;
      QVERIFY(change->rows_done <= change->rows_total && change->rows_done >= last_done);
      last_done = static_cast<int>(change->rows_done);
      QCOMPARE(change->image != nullptr, change->result.state == CellState::Finished);
      QCOMPARE(change->result.key.size(), std::size_t{64});
      with_image += change->image != nullptr ? 1 : 0;
    }
    QCOMPARE(with_image, 4);

    const SweepFolder kept = opened(bench, folder("sweep"));
    QCOMPARE(kept.pictures.size(), std::size_t{4});
    QCOMPARE(kept.interrupted, -1);
    for (const CellResult& picture : kept.pictures) {
      QCOMPARE(picture.state, CellState::Finished);
      QVERIFY(QFile::exists(QString::fromStdString(folder("sweep") + "/" + picture.file)));
    }
    // The picture is the one that the same job makes, and the file says which job that was.
    const auto job = bench.engine->load_job(folder("sweep") + "/" + kept.pictures[kept.picture_of_cell[1]].file);
    QVERIFY(job);
    const Finished alone = bench.result(job.value());
    const auto image = bench.engine->load_png(folder("sweep") + "/" + kept.pictures[kept.picture_of_cell[1]].file);
    QVERIFY(image);
    int largest = 0;
    for (std::size_t i = 0; i < image.value().pixels.size(); ++i) {
      largest = std::max(largest, std::abs(int{image.value().pixels[i]} - int{alone.images[0]->pixels[i]}));
    }
    QVERIFY(largest <= 1);

    // Now speed is known, and nothing is left.
    const auto other = bench.engine->forecast(tiny_sweep({{"seed", "1-3"}}), "");
    QVERIFY(other && other.value().seconds_are_measured && other.value().seconds_left > 0);
    const auto after = bench.engine->forecast(spec, folder("sweep"));
    QVERIFY(after);
    QCOMPARE(after.value().finished, std::size_t{4});
    QCOMPARE(after.value().rows_left, 0.0);
    QVERIFY(after.value().bytes_free > 0);
    QVERIFY(Bench().engine->forecast(spec, folder("sweep")).value().finished == 4);  // also before the weights were read
    ExportOptions csv;
    csv.kind = SweepExport::Csv;
    csv.path = folder("sweep.csv");
    QVERIFY(bench.engine->export_sweep(folder("sweep"), csv, [](double) { return true; }));
    QVERIFY(QFile::exists(QString::fromStdString(csv.path)));
  }

  void resumed_sweeps_make_only_what_is_missing() {
    const SweepSpec spec = tiny_sweep({{"seed", "1-4"}, {"guidance.seg.sigma", "1, 2"}}, 4);
    std::map<std::string, std::string> wanted;
    {
      Bench bench;
      const JobId whole = begin(bench, spec, {.folder = folder("whole")});
      QVERIFY(bench.log.wait_ended(whole));
      wanted = hashes_in(opened(bench, folder("whole")));
    }
    {
      Engine* engine = nullptr;
      Bench bench([&](JobId job, const JobEvent& event) {
        const auto* change = as<CellChanged>(event);
        if (change != nullptr && change->picture == 2 && change->result.state == CellState::Running) engine->cancel(job);
      });
      engine = bench.engine.get();
      const JobId sweep = begin(bench, spec, {.folder = folder("parts")});
      QVERIFY(bench.log.wait_ended(sweep));
      QVERIFY(bench.log.last<Cancelled>(sweep));
      QCOMPARE(opened(bench, folder("parts")).interrupted, -1);  // it was stopped in good order
    }
    Bench bench;
    const auto refused = begin(bench, spec, {.folder = folder("parts")});
    QVERIFY(bench.log.wait_ended(refused));
    QVERIFY(bench.log.last<Failed>(refused));
    QCOMPARE(bench.log.story(refused), std::string("Queued Failed"));
    const JobId sweep = begin(bench, spec, {.folder = folder("parts"), .resume = true});
    QVERIFY(bench.log.wait_ended(sweep));
    QVERIFY2(bench.log.last<SweepFinished>(sweep), bench.log.story(sweep).c_str());
    const auto events = bench.log.events(sweep);
    const auto* begun = as<SweepStarted>(events[1]);
    QVERIFY(begun != nullptr && begun->forecast.finished > 0 && begun->forecast.finished < begun->forecast.pictures);
    QCOMPARE(bench.log.last<SweepFinished>(sweep)->row_evaluations, begun->forecast.rows_left);
    QCOMPARE(hashes_in(opened(bench, folder("parts"))).size(), wanted.size());
    // Pictures of another folder with equal keys are taken, not made.
    const JobId taken = begin(bench, tiny_sweep({{"seed", "2, 3"}}, 4), {.folder = folder("taken"), .reuse_folders = {folder("whole")}});
    QVERIFY(bench.log.wait_ended(taken));
    const auto made = bench.log.last<SweepFinished>(taken);
    QVERIFY(made && made->finished == 4 && made->row_evaluations < 2 * 4 * 5.0);
    QCOMPARE(bench.log.mistake(), std::string());
  }

  // Live jobs, pauses and other models in between change no bit of a sweep's pictures.
  void disturbed_sweep_makes_the_same_pictures() {
    const SweepSpec spec = tiny_sweep({{"sampler", "euler_a, unipc"}, {"guidance.seg.start", "0, 0.5"}}, 6);
    Bench quiet;
    const JobId plain = begin(quiet, spec, {.folder = folder("plain")});
    QVERIFY(quiet.log.wait_ended(plain));
    const auto wanted = hashes_in(opened(quiet, folder("plain")));
    QCOMPARE(wanted.size(), std::size_t{6});

    Bench bench;
    const JobId sweep = begin(bench, spec, {.folder = folder("disturbed")});
    QVERIFY(bench.log.wait_for<StepDone>(sweep));
    RunOptions live;
    live.priority = RunOptions::Priority::Live;
    GenerationRequest emoji = tiny_job(1);
    emoji.model = "emoji-sdxl";
    std::vector<JobId> inside;
    for (int i = 0; i < 4; ++i) {
      GenerationRequest request = i == 2 ? emoji : with(tiny_job(2), "seed", std::int64_t{100 + i});
      request.sampler = "euler_a";
      inside.push_back(bench.engine->submit(request, live).value());
      QVERIFY(bench.log.wait_ended(inside.back()));
      QVERIFY(bench.log.last<Finished>(inside.back()));
      if (i != 1 || is_terminal(bench.log.events(sweep).back())) continue;
      bench.engine->set_paused(sweep, true);
      QVERIFY(bench.log.wait_until([](const auto& events) { return as<Paused>(events.back()) || is_terminal(events.back()); }, sweep));
      const std::size_t stands_at = bench.log.events(sweep).size();
      inside.push_back(bench.engine->submit(with(tiny_job(2), "seed", std::int64_t{200}), live).value());
      QVERIFY(bench.log.wait_ended(inside.back()));
      QCOMPARE(bench.log.events(sweep).size(), stands_at);
      bench.engine->set_paused(sweep, false);
    }
    QVERIFY(bench.log.wait_ended(sweep));
    QVERIFY(bench.log.last<SweepFinished>(sweep));
    QVERIFY(hashes_in(opened(bench, folder("disturbed"))) == wanted);
    QCOMPARE(bench.log.mistake(), std::string());
    QCOMPARE(bench.log.unended(), std::vector<JobId>());
  }

  // Both lanes stand still for a pause; live jobs come between their steps.
  void two_devices_beside_live_jobs() {
    const SweepSpec spec = tiny_sweep({{"seed", "1-8"}, {"guidance.seg.start", "0, 0.5"}}, 6);
    Bench bench({}, "cpu,cpu");
    const JobId sweep = begin(bench, spec, {.folder = folder("two")});
    QVERIFY(bench.log.wait_for<StepDone>(sweep));
    RunOptions live;
    live.priority = RunOptions::Priority::Live;
    for (int i = 0; i < 3; ++i) {
      const JobId inside = bench.engine->submit(with(tiny_job(2), "seed", std::int64_t{100 + i}), live).value();
      QVERIFY(bench.log.wait_ended(inside));
      QVERIFY(bench.log.last<Finished>(inside));
    }
    bench.engine->set_paused(sweep, true);
    QVERIFY(bench.log.wait_until([](const auto& events) { return as<Paused>(events.back()) || is_terminal(events.back()); }, sweep));
    const std::size_t stands_at = bench.log.events(sweep).size();
    const JobId inside = bench.engine->submit(with(tiny_job(2), "seed", std::int64_t{200}), live).value();
    QVERIFY(bench.log.wait_ended(inside));
    QCOMPARE(bench.log.events(sweep).size(), stands_at);
    bench.engine->set_paused(sweep, false);
    QVERIFY(bench.log.wait_ended(sweep));
    QVERIFY(bench.log.last<SweepFinished>(sweep));
    const SweepFolder made = opened(bench, folder("two"));
    QCOMPARE(made.pictures.size(), std::size_t{24});
    for (const CellResult& result : made.pictures) {
      QVERIFY(result.state == CellState::Finished);
      QVERIFY(result.twin_distance >= 0);
    }
    QCOMPARE(bench.log.mistake(), std::string());
  }

  void starts_paused_and_obeys_wishes() {
    Bench bench;
    const JobId sweep = begin(bench, tiny_sweep({{"seed", "1-6"}}, 2), {.folder = folder("sweep"), .start_paused = true});
    QVERIFY(bench.log.wait_for<Paused>(sweep));
    QCOMPARE(bench.log.count<SweepStarted>(sweep), 1);
    QCOMPARE(bench.log.count<StepDone>(sweep), 0);
    const auto events = bench.log.events(sweep);
    const auto begun = std::find_if(events.begin(), events.end(), [](const JobEvent& e) { return as<SweepStarted>(e) != nullptr; });
    const int wish = as<SweepStarted>(*begun)->picture_of_cell[4];
    bench.engine->bring_forward(sweep, wish);
    bench.engine->bring_forward(sweep, 10'000);
    bench.engine->bring_forward(sweep + 100, 0);
    bench.engine->set_paused(sweep, false);
    QVERIFY(bench.log.wait_ended(sweep));
    int first = -1;
    for (const JobEvent& event : bench.log.events(sweep)) {
      const auto* change = as<CellChanged>(event);
      if (change != nullptr && change->result.state == CellState::Running && first < 0) first = change->picture;
    }
    QCOMPARE(first, wish);
    QVERIFY(bench.log.last<SweepFinished>(sweep));
    QCOMPARE(bench.log.mistake(), std::string());
  }

  void destruction_while_a_sweep_runs() {
    for (int i = 0; i < 4; ++i) {
      const bool paused = i % 2 == 1;
      Bench bench({}, i < 2 ? "cpu" : "cpu,cpu");
      const JobId sweep = begin(bench, tiny_sweep({{"seed", "1-100"}}, 20), {.folder = folder(std::to_string(i).c_str()), .start_paused = paused});
      QVERIFY(paused ? bench.log.wait_for<Paused>(sweep) : bench.log.wait_for<StepDone>(sweep));
      bench.engine.reset();
      QVERIFY(bench.log.last<Cancelled>(sweep));
      QCOMPARE(bench.log.mistake(), std::string());
    }
  }

  void refusals_data() {
    QTest::addColumn<QString>("axis");
    QTest::addColumn<QString>("values");
    QTest::addColumn<QString>("message");
    QTest::newRow("unknown parameter") << "guidance.seg.sgima" << "1" << "seg.sigma";
    QTest::newRow("value out of range") << "guidance.seg.scale" << "1, 30" << "30";
    QTest::newRow("not a number") << "seed" << "x" << "seed";
    QTest::newRow("too many values") << "seed" << "1-1000000000" << "seed";
  }
  void refusals() {
    QFETCH(QString, axis);
    QFETCH(QString, values);
    QFETCH(QString, message);
    Bench bench;
    const auto refused = bench.engine->submit_sweep(tiny_sweep({{axis.toStdString(), values.toStdString()}}), {.folder = folder("sweep")});
    QVERIFY(!refused && refused.error().code == ErrorCode::InvalidArgument);
    QVERIFY2(refused.error().message.find(message.toStdString()) != std::string::npos, refused.error().message.c_str());
    QVERIFY(!bench.engine->forecast(tiny_sweep({{axis.toStdString(), values.toStdString()}}), ""));
    QVERIFY(!QFile::exists(QString::fromStdString(folder("sweep"))));
    QVERIFY(bench.log.all().empty());
    QVERIFY(!bench.engine->submit_sweep(tiny_sweep({}), {.folder = ""}));
    QVERIFY(!bench.engine->submit_sweep(tiny_sweep({}), {.folder = folder("x"), .shard = 2, .shards = 2}));
    QVERIFY(!bench.engine->open_sweep(folder("nothing here")));
  }

  // Changed files are another model: nothing of the old one is taken for it, and the change is
  // told.
  void model_changed_between_runs() {
    const BrokenModel model;
    SweepSpec spec = tiny_sweep({{"seed", "1, 2"}}, 1);
    spec.base.model = model.path();
    spec.twin = false;
    Bench bench;
    const JobId first = begin(bench, spec, {.folder = folder("sweep")});
    QVERIFY(bench.log.wait_ended(first));
    QVERIFY2(bench.log.last<SweepFinished>(first), bench.log.story(first).c_str());
    const auto before = hashes_in(opened(bench, folder("sweep")));
    const auto notes_of = [&](JobId job) {
      std::vector<std::string> notes;
      for (const JobEvent& event : bench.log.events(job)) {
        const auto* phase = as<PhaseChanged>(event);
        if (phase != nullptr && !phase->note.empty()) notes.push_back(phase->note);
      }
      return notes;
    };
    QVERIFY(notes_of(first).empty());
    model.change_weights(
        "unet/diffusion_pytorch_model.safetensors", [](Json& header, QByteArray& data) {
          const qsizetype begin = header["conv_out.weight"]["data_offsets"][0].get<qsizetype>();
          data[begin] = static_cast<char>(data[begin] ^ 1);
        });
    const JobId second = begin(bench, spec, {.folder = folder("sweep"), .resume = true});
    QVERIFY(bench.log.wait_ended(second));
    const auto done = bench.log.last<SweepFinished>(second);
    QVERIFY2(done && done->finished == 2 && done->row_evaluations == 2 * 3.0,
             bench.log.story(second).c_str());
    QCOMPARE(notes_of(second).size(), std::size_t{1});
    QVERIFY2(notes_of(second)[0].find("have changed") != std::string::npos,
             notes_of(second)[0].c_str());
    for (const auto& [key, hash] : hashes_in(opened(bench, folder("sweep"))))
      QVERIFY(!before.contains(key));
    // A single job after another change.
    model.set("scheduler/scheduler_config.json", "steps_offset", 0);
    GenerationRequest job = tiny_job(1);
    job.model = model.path();
    const JobId third = bench.run(job);
    QVERIFY(bench.log.last<Finished>(third) && !bench.log.last<Finished>(third)->from_cache);
    QCOMPARE(notes_of(third).size(), std::size_t{1});
    QVERIFY(notes_of(bench.run(job)).empty());
    QCOMPARE(bench.log.mistake(), std::string());
  }

  // Equal weights with another configuration: no picture is shared.
  void equal_weights_with_other_configurations() {
    const BrokenModel one, two;
    two.set("scheduler/scheduler_config.json", "steps_offset", 0);
    SweepSpec spec = tiny_sweep(
        {{"model", "\"" + one.path() + "\", \"" + two.path() + "\", \"" + tiny_job().model + "\""}},
        1);
    spec.twin = false;
    Bench bench;
    const JobId sweep = begin(bench, spec, {.folder = folder("sweep")});
    QVERIFY(bench.log.wait_ended(sweep));
    const auto done = bench.log.last<SweepFinished>(sweep);
    QVERIFY2(done, bench.log.story(sweep).c_str());
    const auto hashes = hashes_in(opened(bench, folder("sweep")));
    QCOMPARE(hashes.size(), std::size_t{2});  // two of the folders are one model
    QCOMPARE(done->row_evaluations, 2 * 3.0);
  }

  void larger_than_the_disk() {
    Bench bench;
    SweepSpec spec = tiny_sweep({{"seed", "1-10000"}, {"guidance.seg.sigma", "1..10[10]"}}, 1);
    spec.base.width_px = spec.base.height_px = 4096;
    spec.base.prompts.assign(64, "a red apple");
    spec.twin = false;
    const auto cost = bench.engine->forecast(spec, folder("sweep"));
    QVERIFY(cost && cost.value().bytes_free > 0);
    if (cost.value().bytes_left <= cost.value().bytes_free) QSKIP("this disk has room for 100,000 pictures of 3 GB");
    const JobId sweep = begin(bench, spec, {.folder = folder("sweep")});
    QVERIFY(bench.log.wait_ended(sweep));
    const auto failed = bench.log.last<Failed>(sweep);
    QVERIFY(failed && failed->error.code == ErrorCode::Io);
    QVERIFY2(failed->error.message.find("free") != std::string::npos, failed->error.message.c_str());
  }

  void folder_that_vanishes_ends_the_sweep() {
    std::string path = folder("sweep");
    bool is_removed = false;
    Bench bench([&](JobId, const JobEvent& event) {
      const auto* change = as<CellChanged>(event);
      if (change == nullptr || change->result.state != CellState::Finished || is_removed) return;
      is_removed = true;
      QDir(QString::fromStdString(path)).removeRecursively();
    });
    const JobId sweep = begin(bench, tiny_sweep({{"seed", "1-5"}}, 1), {.folder = path});
    QVERIFY(bench.log.wait_ended(sweep));
    const auto failed = bench.log.last<Failed>(sweep);
    QVERIFY2(failed, bench.log.story(sweep).c_str());
    QVERIFY2(failed->error.code == ErrorCode::Io, failed->error.message.c_str());
    QVERIFY(bench.log.last<Finished>(bench.run(tiny_job(1))));
  }
};

QTEST_GUILESS_MAIN(TestEngineSweeps)
#include "tst_engine_sweeps.moc"
