// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// In which order steps are asked for and seen, with a stand-in for a GPU that is behind its caller: for the loop
// alone, for jobs and for sweeps.
#include <ATen/ATen.h>
#include <QtTest>
#include <c10/core/InferenceMode.h>

#include "core/base/guard.h"
#include "tests/support/job_run.h"
#include "tests/support/tiny_sweep.h"

#include <algorithm>
#include <chrono>
#include <thread>

using namespace studio;
using namespace studio::testing;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A device that has done nothing of what it was given until it is waited for. Marks have numbers from 1 on.
struct SlowDevice {
  QStringList* log = nullptr;
  int marks = 0, waited_for = 0, most_open = 0;

  MarkEvent mark() {
    return [this](c10::Device) -> std::unique_ptr<DeviceEvent> {
      most_open = std::max(most_open, ++marks - waited_for);
      return std::make_unique<Event>(*this, marks);
    };
  }

 private:
  class Event final : public DeviceEvent {
   public:
    Event(SlowDevice& device, int number) : device_(device), number_(number) {}
    void wait() override {
      device_.waited_for = std::max(device_.waited_for, number_);
      if (device_.log != nullptr) *device_.log << QString("wait %1").arg(number_);
    }

   private:
    SlowDevice& device_;
    int number_;
  };
};

// A loop whose steps do nothing, and what it did.
struct Bench {
  explicit Bench(int count) : steps(count) { device.log = &log; }

  int steps, asked = 0, seen = 0;
  QStringList log;
  SlowDevice device;
  StepLoop loop{.device = c10::kCPU,
                .is_done = [this] { return asked == steps; },
                .ask = [this]() -> Result<void> {
                  log << QString("ask %1").arg(++asked);
                  return {};
                },
                .see = [this](const SeenStep& step) { log << QString(step.is_ahead ? "see %1 ahead" : "see %1").arg(++seen); },
                .may_go_ahead = [] { return true; },
                .checkpoint = [] {},
                .between_steps = [this] { log << "between"; },
                .is_wanted_between_steps = [] { return false; },
                .mark = device.mark()};
};

struct JobLog {
  QStringList events;
  std::string hash;
  at::Tensor steps;
  double row_evaluations = 0;
};

}  // namespace

class TestStepLoop : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<JobBench> job_;

  // `wanted_before`: the number of finished steps at which somebody wants to go between.
  JobLog run_job(const MarkEvent& mark, PreviewMethod method, int wanted_before = -1, const char* sampler = "euler") {
    const c10::InferenceMode guard;
    GenerationRequest request = tiny_base(6);
    request.sampler = sampler;
    RunInputs inputs;
    inputs.keep_steps = true;
    inputs.options.preview_budget = 1;
    inputs.options.preview.method = method;
    inputs.mark = mark;
    JobLog log;
    int done = 0;
    bool is_fresh = false;
    RunCallbacks callbacks;
    callbacks.is_wanted_between_steps = [&] { return wanted_before >= 0 && done >= wanted_before - 1; };
    callbacks.while_still = [&](const StandstillWork& work) { is_fresh = work != nullptr; };
    callbacks.between_steps = [&] {
      if (done != wanted_before) return;
      log.events << QString("between, fresh %1").arg(is_fresh);
      wanted_before = -1;
    };
    callbacks.on_step = [&](const StepDone& step) { log.events << QString("step %1").arg(done = step.step); };
    callbacks.on_preview = [&](const Preview& preview) { log.events << QString("preview %1").arg(preview.step); };
    auto result = studio::run(job_->resolved(request), *job_->model, job_->prompts, inputs, callbacks);
    if (!result) qFatal("%s", result.error().message.c_str());
    log.hash = result.value().latents_hash;
    log.steps = at::stack(result.value().steps);
    log.row_evaluations = result.value().row_evaluations;
    return log;
  }

 private Q_SLOTS:
  void initTestCase() {
    job_ = std::make_unique<JobBench>(tests_path("golden/models/tiny-sdxl"));
  }
  void cleanupTestCase() { job_.reset(); }

  void a_cpu_is_never_ahead() {
    Bench bench(2);
    bench.loop.mark = mark_event;
    QVERIFY(run_step_loop(bench.loop));
    QCOMPARE(bench.log, QStringList({"between", "ask 1", "see 1", "between", "ask 2", "see 2"}));
  }

  void the_next_step_is_asked_for_before_one_is_waited_for() {
    Bench bench(3);
    QVERIFY(run_step_loop(bench.loop));
    QCOMPARE(bench.log, QStringList({"between", "ask 1", "ask 2", "wait 1", "see 1 ahead", "ask 3", "wait 2", "see 2 ahead", "wait 3", "see 3"}));
    QCOMPARE(bench.device.most_open, 2);
  }

  void it_goes_ahead_only_where_it_may() {
    Bench bench(4);
    bench.loop.may_go_ahead = [&] { return bench.asked > 1; };
    QVERIFY(run_step_loop(bench.loop));
    QCOMPARE(bench.log, QStringList({"between", "ask 1", "wait 1", "see 1", "between", "ask 2", "ask 3", "wait 2", "see 2 ahead", "ask 4", "wait 3",
                                     "see 3 ahead", "wait 4", "see 4"}));
  }

  void who_comes_between_two_steps_sees_the_last_one_finished() {
    Bench bench(4);
    bench.loop.is_wanted_between_steps = [&] { return bench.asked == 2 && bench.seen == 1; };
    QVERIFY(run_step_loop(bench.loop));
    QCOMPARE(bench.log, QStringList({"between", "ask 1", "ask 2", "wait 1", "see 1 ahead", "wait 2", "see 2", "between", "ask 3", "ask 4", "wait 3",
                                     "see 3 ahead", "wait 4", "see 4"}));
  }

  void a_stop_leaves_one_step_unseen() {
    Bench bench(9);
    bench.loop.checkpoint = [&] {
      if (bench.asked == 3) throw StopRequested{};
    };
    QVERIFY_EXCEPTION_THROWN((void)run_step_loop(bench.loop), StopRequested);
    QCOMPARE(bench.asked, 3);
    QCOMPARE(bench.seen, 2);
  }

  void an_error_ends_it() {
    Bench bench(9);
    bench.loop.ask = [&]() -> Result<void> {
      if (++bench.asked == 3) return Error{ErrorCode::OutOfMemory, "no room"};
      return {};
    };
    const auto done = run_step_loop(bench.loop);
    QVERIFY(!done && done.error().code == ErrorCode::OutOfMemory);
    QCOMPARE(bench.seen, 1);
  }

  // Steps' times are parts of the whole that do not overlap, and what happens between steps belongs to none.
  void times_are_counted_once() {
    using namespace std::chrono_literals;
    Bench bench(6);
    double paused = 0, stepped = 0;
    const auto see = bench.loop.see;
    bench.loop.see = [&](const SeenStep& step) {
      stepped += step.seconds;
      std::this_thread::sleep_for(2ms);
      see(step);
    };
    bench.loop.is_wanted_between_steps = [&] { return bench.asked % 2 == 0; };
    bench.loop.between_steps = [&] {
      const Clock::time_point began = Clock::now();
      std::this_thread::sleep_for(5ms);
      paused += seconds_since(began);
    };
    const Clock::time_point began = Clock::now();
    QVERIFY(run_step_loop(bench.loop));
    QVERIFY(stepped + paused <= seconds_since(began));
    QVERIFY(stepped >= 0.006);  // steps 2, 4 and 6 were at work while 1, 3 and 5 were looked at
  }

  void jobs_do_not_notice_data() {
    QTest::addColumn<QString>("sampler");
    for (const char* sampler : {"euler", "euler_a", "dpmpp_2m"}) QTest::newRow(sampler) << sampler;
  }
  void jobs_do_not_notice() {
    QFETCH(QString, sampler);
    const JobLog expected = run_job(mark_event, PreviewMethod::Rgb, -1, qPrintable(sampler));
    SlowDevice device;
    const JobLog actual = run_job(device.mark(), PreviewMethod::Rgb, -1, qPrintable(sampler));
    QCOMPARE(device.most_open, 2);
    QCOMPARE(device.waited_for, 6);
    QVERIFY(at::equal(actual.steps, expected.steps));
    QCOMPARE(actual.hash, expected.hash);
    QCOMPARE(actual.row_evaluations, expected.row_evaluations);
    QCOMPARE(actual.events, expected.events);
    QCOMPARE(actual.events.mid(0, 4), QStringList({"preview 1", "step 1", "preview 2", "step 2"}));
  }

  // A decoder works on the device: behind the next step its picture would come a step late.
  void decoders_keep_it_in_step() {
    SlowDevice device;
    const JobLog actual = run_job(device.mark(), PreviewMethod::Vae);
    QCOMPARE(device.most_open, 1);
    QCOMPARE(actual.events, run_job(mark_event, PreviewMethod::Vae).events);
  }

  void whoever_takes_over_finds_a_finished_step() {
    SlowDevice device;
    const JobLog actual = run_job(device.mark(), PreviewMethod::Rgb, 3);
    QCOMPARE(actual.events.mid(4, 4), QStringList({"preview 3", "step 3", "between, fresh 1", "preview 4"}));
    QCOMPARE(actual.events, run_job(mark_event, PreviewMethod::Rgb, 3).events);
  }

  void sweeps_do_not_notice() {
    const auto run = [](const MarkEvent& mark) {
      const c10::InferenceMode guard;
      MemoryStore store(grid_of(tiny_base(6), {"guidance.seg.sigma=1,2", "guidance.cfg.scale=2,3"}));
      SweepBench bench;
      bench.host.mark = mark;
      const auto done = bench.run(store);
      if (!done) qFatal("%s", done.error().message.c_str());
      QStringList seen;
      for (const auto& [key, result] : store.results) {
        seen << QString::fromStdString(key + " " + result.latents_hash + " " + result.made) << QString::number(result.guidance_norm, 'g', 17);
        for (const int rows : result.rows) seen << QString::number(rows);
      }
      for (const StepDone& step : bench.all<StepDone>()) seen << QString("picture %1 step %2").arg(step.picture).arg(step.step);
      return seen;
    };
    SlowDevice device;
    const QStringList actual = run(device.mark());
    QCOMPARE(device.most_open, 2);
    QVERIFY(device.marks > 6);
    QCOMPARE(actual, run(mark_event));
  }

  // The picture that is being written when the sweep is stopped is told of and kept.
  void a_stopped_sweep_keeps_what_was_made() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(6), {"guidance.seg.sigma=1,2"}, SweepOrder::Rows, false));
    SweepBench bench;
    SlowDevice device;
    bench.host.mark = device.mark();
    bench.host.checkpoint = [&] {
      if (bench.all<StepDone>().size() == 7) throw StopRequested{};
    };
    QVERIFY_EXCEPTION_THROWN((void)bench.run(store), StopRequested);
    const auto changes = bench.all<CellChanged>();
    const auto told = std::count_if(changes.begin(), changes.end(), [](const CellChanged& change) { return change.result.state == CellState::Finished; });
    const auto kept = std::count_if(store.results.begin(), store.results.end(), [](const auto& one) { return one.second.state == CellState::Finished; });
    QCOMPARE(told, 1);
    QCOMPARE(kept, 1);
  }

  void a_full_disk_ends_a_sweep() {
    const c10::InferenceMode guard;
    MemoryStore store(grid_of(tiny_base(6), {"guidance.seg.sigma=1,2,3"}, SweepOrder::Rows, false));
    store.finish_fails_at = 0;
    SweepBench bench;
    SlowDevice device;
    bench.host.mark = device.mark();
    const auto done = bench.run(store);
    QVERIFY(!done && done.error().code == ErrorCode::Io);
    QVERIFY(bench.all<StepDone>().size() <= 12);
    QVERIFY(store.results.empty());
  }
};

QTEST_GUILESS_MAIN(TestStepLoop)
#include "tst_step_loop.moc"
