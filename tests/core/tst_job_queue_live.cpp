// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The queue's live jobs and pauses, with runners that compute nothing. Built twice: once more under the
// thread sanitizer, without LibTorch.
#include "core/job/job_queue.h"
#include "tests/support/event_log.h"

#include <QtTest>

#include <algorithm>
#include <atomic>
#include <semaphore>

using namespace studio;
using namespace studio::testing;

namespace {

Started started(const JobQueue::Job& job) { return {job.request, static_cast<int>(job.request.steps), 1}; }

RunOptions live() {
  RunOptions options;
  options.priority = RunOptions::Priority::Live;
  return options;
}

// Runs until it is stopped, or to its end when it has a number of steps; can stand still between them.
JobEvent run_stepping(const JobQueue::Job& job, JobQueue::Context& context) {
  if (job.sweep != nullptr) context.emit(SweepStarted{});
  else context.emit(started(job));
  for (int step = 1; job.request.steps == 0 || step <= job.request.steps; ++step) {
    context.between_steps();
    context.emit(StepDone{.step = step});
    std::this_thread::yield();
  }
  if (job.sweep != nullptr) return SweepFinished{};
  return Finished{};
}

JobQueue::Sweep sweep_of(const GenerationRequest& base) {
  auto grid = std::make_shared<SweepGrid>();
  grid->spec.base = base;
  return {grid->spec, grid, {}};
}

GenerationRequest steps(std::int64_t count) {
  GenerationRequest request;
  request.steps = count;
  return request;
}

}  // namespace

class TestJobQueueLive : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Live jobs run inside whatever runs, in the order they came, and the outer one then goes on.
  void live_jobs_run_between_two_steps_data() {
    QTest::addColumn<bool>("sweep");
    QTest::newRow("of a job") << false;
    QTest::newRow("of a sweep") << true;
  }
  void live_jobs_run_between_two_steps() {
    QFETCH(bool, sweep);
    EventLog log;
    JobQueue queue(run_stepping, log);
    const JobId outer = sweep ? queue.submit(sweep_of(steps(0))) : queue.submit(steps(0), {});
    QVERIFY(log.wait_for<StepDone>(outer));
    const JobId normal = queue.submit(steps(2), {});
    const JobId first = queue.submit(steps(3), live()), second = queue.submit(steps(1), live());
    QVERIFY(log.wait_ended(first) && log.wait_ended(second));
    QCOMPARE(log.story(first), std::string("Queued Started StepDone StepDone StepDone Finished"));
    QCOMPARE(log.story(second), std::string("Queued Started StepDone Finished"));
    QCOMPARE(log.story(normal), std::string("Queued"));
    std::vector<JobId> order;
    bool is_inside = false;
    for (const auto& [job, event] : log.all()) {
      if (as<Started>(event) && job != outer) order.push_back(job);
      if (as<Started>(event) && job == first) is_inside = true;
      if (is_inside) QVERIFY2(job != outer, "the outer job moved while a live one ran");
      if (as<Finished>(event) && job == first) is_inside = false;
    }
    QCOMPARE(order, (std::vector{first, second}));
    const int before = log.count<StepDone>(outer);
    QVERIFY(log.wait_until([&](const auto& events) { return static_cast<int>(events.size()) > before + 5; }, outer));
    queue.cancel(outer);
    QVERIFY(log.wait_ended(normal));
    QVERIFY(log.last<Cancelled>(outer));
    QCOMPARE(log.mistake(), std::string());
  }

  void live_jobs_go_before_waiting_ones() {
    EventLog log;
    std::binary_semaphore gate(0);
    JobQueue queue(
        [&](const JobQueue::Job& job, JobQueue::Context& context) -> JobEvent {
          context.emit(started(job));
          if (job.id == 1) gate.acquire();
          return Finished{};
        },
        log);
    const JobId first = queue.submit({}, {});
    QVERIFY(log.wait_for<Started>(first));
    const JobId normal = queue.submit({}, {}), hurried = queue.submit({}, live());
    gate.release();
    QVERIFY(log.wait_ended(normal) && log.wait_ended(hurried) && log.wait_ended(first));
    std::vector<JobId> began;
    for (const auto& [job, event] : log.all()) {
      if (as<Started>(event)) began.push_back(job);
    }
    QCOMPARE(began, (std::vector{first, hurried, normal}));
  }

  void failing_and_cancelled_live_jobs_leave_the_outer_one_alone() {
    EventLog log;
    JobQueue queue(
        [](const JobQueue::Job& job, JobQueue::Context& context) -> JobEvent {
          if (job.request.steps < 0) throw std::runtime_error("broken");
          return run_stepping(job, context);
        },
        log);
    const JobId outer = queue.submit(steps(0), {});
    QVERIFY(log.wait_for<StepDone>(outer));
    const JobId broken = queue.submit(steps(-1), live());
    QVERIFY(log.wait_ended(broken));
    QCOMPARE(log.story(broken), std::string("Queued Started Failed"));
    const JobId endless = queue.submit(steps(0), live());
    QVERIFY(log.wait_for<StepDone>(endless));
    queue.cancel(endless);
    QVERIFY(log.wait_ended(endless));
    const JobId never = queue.submit(steps(0), live());
    QVERIFY(log.wait_for<StepDone>(never));
    queue.cancel(outer);  // it stands outside: it ends when the live one has ended
    queue.cancel(never);
    QVERIFY(log.wait_ended(outer));
    QVERIFY(log.last<Cancelled>(outer) && log.last<Cancelled>(never));
    QCOMPARE(log.mistake(), std::string());
  }

  void paused_job_stands_still_and_goes_on() {
    EventLog log;
    JobQueue queue(run_stepping, log);
    const JobId job = queue.submit(steps(0), {});
    QVERIFY(log.wait_for<StepDone>(job));
    queue.set_paused(job, true);
    QVERIFY(log.wait_for<Paused>(job));
    const std::size_t stands_at = log.events(job).size();
    // Live jobs run meanwhile; that is also the proof that time has passed.
    for (int i = 0; i < 3; ++i) {
      const JobId inner = queue.submit(steps(2), live());
      QVERIFY(log.wait_ended(inner));
      QVERIFY(log.last<Finished>(inner));
    }
    const JobId behind = queue.submit(steps(1), {});
    QVERIFY(log.wait_for<Queued>(behind));
    QCOMPARE(log.events(job).size(), stands_at);
    queue.set_paused(job, false);
    QVERIFY(log.wait_until([&](const auto& events) { return events.size() > stands_at + 3; }, job));
    const auto events = log.events(job);
    QVERIFY(as<Paused>(events[stands_at - 1]) && as<Paused>(events[stands_at - 1])->paused);
    QVERIFY(as<Paused>(events[stands_at]) && !as<Paused>(events[stands_at])->paused);
    QCOMPARE(log.story(behind), std::string("Queued"));
    // Paused again, it can be cancelled as it stands.
    queue.set_paused(job, true);
    QVERIFY(log.wait_until([](const auto& e) { return as<Paused>(e.back()) != nullptr; }, job));
    queue.cancel(job);
    QVERIFY(log.wait_ended(job) && log.wait_ended(behind));
    QVERIFY(log.last<Cancelled>(job) && log.last<Finished>(behind));
    QCOMPARE(log.mistake(), std::string());
  }

  void paused_waiting_job_is_passed_over() {
    EventLog log;
    JobQueue queue(run_stepping, log);
    const JobId running = queue.submit(steps(0), {});
    const JobId paused = queue.submit(sweep_of(steps(2))), after = queue.submit(steps(2), {}), last = queue.submit(steps(2), {});
    queue.set_paused(paused, true);
    queue.cancel(running);
    QVERIFY(log.wait_ended(after) && log.wait_ended(last));
    QCOMPARE(log.story(paused), std::string("Queued"));
    queue.set_paused(paused, false);
    QVERIFY(log.wait_ended(paused));
    QCOMPARE(log.story(paused), std::string("Queued SweepStarted StepDone StepDone SweepFinished"));
    // A waiting paused one can be cancelled, and ends with the queue.
    const JobId holds = queue.submit(steps(0), {});
    const JobId one = queue.submit(steps(1), {}), two = queue.submit(steps(1), {});
    queue.set_paused(one, true);
    queue.set_paused(two, true);
    queue.cancel(holds);
    QVERIFY(log.wait_ended(holds));
    queue.cancel(one);
    QVERIFY(log.wait_ended(one));
    QCOMPARE(log.story(one), std::string("Queued Cancelled"));
    QCOMPARE(log.story(two), std::string("Queued"));
  }

  void destruction_while_paused() {
    for (int round = 0; round < 20; ++round) {
      EventLog log;
      JobId outer = 0, inner = 0, behind = 0;
      {
        JobQueue queue(run_stepping, log);
        outer = queue.submit(sweep_of(steps(0)));
        QVERIFY(log.wait_for<StepDone>(outer));
        queue.set_paused(outer, true);
        QVERIFY(log.wait_for<Paused>(outer));
        behind = queue.submit(steps(1), {});
        if (round % 2 == 0) {
          inner = queue.submit(steps(0), live());
          QVERIFY(log.wait_for<StepDone>(inner));
        }
      }
      QVERIFY(log.last<Cancelled>(outer) && log.last<Cancelled>(behind));
      if (inner != 0) QVERIFY(log.last<Cancelled>(inner));
      QCOMPARE(log.mistake(), std::string());
      QCOMPARE(log.unended(), std::vector<JobId>());
    }
  }

  // Work for a standstill: once a pause, cut short by whatever is more important, done anew after that.
  void work_while_it_stands_still() {
    EventLog log;
    std::atomic<int> begun = 0, whole = 0;
    std::atomic<bool> is_long = false;
    JobQueue queue(
        [&](const JobQueue::Job& job, JobQueue::Context& context) -> JobEvent {
          context.emit(started(job));
          for (int step = 1; job.request.steps == 0 || step <= job.request.steps; ++step) {
            if (job.is_live()) {
              context.between_steps();
            } else {
              context.between_steps([&](const std::function<void()>& checkpoint) {
                ++begun;
                context.emit(Preview{.step = step});
                while (is_long) {
                  checkpoint();
                  std::this_thread::yield();
                }
                ++whole;
                context.emit(Preview{.step = -step});
              });
            }
            context.emit(StepDone{.step = step});
          }
          return Finished{};
        },
        log);
    const auto wait_for_previews = [&](JobId job, int count) {
      return log.wait_until([&](const auto& events) { return std::ranges::count_if(events, [](const auto& e) { return as<Preview>(e); }) >= count; }, job);
    };
    const JobId job = queue.submit(steps(0), {});
    QVERIFY(log.wait_for<StepDone>(job));
    QCOMPARE(begun.load(), 0);  // never while it goes
    queue.set_paused(job, true);
    QVERIFY(wait_for_previews(job, 2));
    const JobId inner = queue.submit(steps(2), live());
    QVERIFY(log.wait_ended(inner));
    QCOMPARE(begun.load(), 1);  // done is done
    // The next pause is another one.
    const auto wait_for_steps = [&](int more) {
      const int before = log.count<StepDone>(job);
      return log.wait_until([&](const auto& events) { return std::ranges::count_if(events, [](const auto& e) { return as<StepDone>(e); }) >= before + more; }, job);
    };
    queue.set_paused(job, false);
    QVERIFY(wait_for_steps(1));
    is_long = true;
    queue.set_paused(job, true);
    QVERIFY(wait_for_previews(job, 3));
    // A live job cuts it short and it is done anew.
    const JobId second = queue.submit(steps(1), live());
    QVERIFY(log.wait_ended(second));
    QVERIFY(wait_for_previews(job, 4));
    QCOMPARE(whole.load(), 1);
    // So does going on, and then it is not.
    queue.set_paused(job, false);
    QVERIFY(wait_for_steps(3));
    QCOMPARE(log.count<Preview>(job), 4);
    // And a cancel ends it there.
    queue.set_paused(job, true);
    QVERIFY(wait_for_previews(job, 5));
    queue.cancel(job);
    QVERIFY(log.wait_ended(job));
    QVERIFY(log.last<Cancelled>(job));
    QCOMPARE(whole.load(), 1);
    QCOMPARE(log.mistake(), std::string());
  }

  void sweep_that_fails_before_it_starts() {
    EventLog log;
    JobQueue queue([](const JobQueue::Job&, JobQueue::Context&) -> JobEvent { throw std::runtime_error("no disk"); }, log);
    const JobId sweep = queue.submit(sweep_of({}));
    QVERIFY(log.wait_ended(sweep));
    QCOMPARE(log.story(sweep), std::string("Queued Failed"));
    QCOMPARE(log.mistake(), std::string());
  }
};

QTEST_GUILESS_MAIN(TestJobQueueLive)
#include "tst_job_queue_live.moc"
