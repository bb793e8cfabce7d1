// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The queue with runners that compute nothing: order of events, cancelling, closing, background
// tasks. Built twice: once more under the thread sanitizer, without LibTorch.
#include "core/base/check.h"
#include "core/base/guard.h"
#include "core/job/job_queue.h"
#include "tests/support/event_log.h"

#include <QtTest>

#include <atomic>
#include <latch>
#include <new>
#include <random>
#include <semaphore>
#include <set>

using namespace studio;
using namespace studio::testing;

namespace {

GenerationRequest request_named(const std::string& model) {
  GenerationRequest request;
  request.model = model;
  return request;
}

Started started(const JobQueue::Job& job) { return {job.request, static_cast<int>(job.request.steps), 1}; }

// The ways a runner can end, by what happens after its steps.
enum class Way { Finish, Fail, ThrowError, ThrowNumber, ThrowNoMemory, ThrowCheck, ThrowStop, ReturnNonsense, Count };

JobEvent end_in(Way way) {
  switch (way) {
    case Way::Finish: return Finished{};
    case Way::Fail: return Failed{{ErrorCode::Io, "the disk is full"}};
    case Way::ThrowError: throw std::runtime_error("something broke");
    case Way::ThrowNumber: throw 7;
    case Way::ThrowNoMemory: throw std::bad_alloc();
    case Way::ThrowCheck: throw CheckError("a.cpp:1: x does not hold");
    case Way::ThrowStop: throw StopRequested{};
    case Way::ReturnNonsense: return StepDone{};
    case Way::Count: break;
  }
  return Cancelled{};
}

std::size_t expected_ending(Way way) {
  if (way == Way::Finish) return JobEvent(Finished{}).index();
  return way == Way::ThrowStop ? JobEvent(Cancelled{}).index() : JobEvent(Failed{}).index();
}

// What a job of the random test does is written in its request.
JobEvent run_random(const JobQueue::Job& job, JobQueue::Context& context) {
  const auto way = static_cast<Way>(*job.request.seed);
  const bool gives_up_early = job.request.model == "early";
  if (gives_up_early) return end_in(way);
  context.emit(started(job));
  for (int step = 1; step <= job.request.steps; ++step) {
    context.between_steps();
    if (step % 2 == 0) std::this_thread::yield();
    context.checkpoint();
    context.emit(Preview{.step = step});
    context.emit(StepDone{step, static_cast<int>(job.request.steps), 0, 0});
  }
  return end_in(way);
}

GenerationRequest random_request(std::mt19937& random) {
  GenerationRequest request = request_named(random() % 8 == 0 ? "early" : "normal");
  request.seed = random() % 3 == 0 ? random() % static_cast<unsigned>(Way::Count) : 0;
  request.steps = static_cast<std::int64_t>(random() % 6);
  return request;
}

RunOptions live() {
  RunOptions options;
  options.priority = RunOptions::Priority::Live;
  return options;
}

// Runs until it is stopped.
JobEvent run_endless(const JobQueue::Job& job, JobQueue::Context& context) {
  context.emit(started(job));
  while (true) {
    context.checkpoint();
    std::this_thread::yield();
  }
}

// "wait" holds at its gate; "endless" ends by cancelling alone; others finish at once.
struct Gated {
  std::binary_semaphore gate{0};
  JobEvent operator()(const JobQueue::Job& job, JobQueue::Context& context) {
    if (job.request.model == "endless") return run_endless(job, context);
    context.emit(started(job));
    if (job.request.model == "wait") gate.acquire();
    context.checkpoint();
    return Finished{};
  }
};

}  // namespace

class TestJobQueue : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void endings_data() {
    QTest::addColumn<int>("way");
    QTest::addColumn<bool>("early");
    QTest::addColumn<int>("code");  // of a failure
    QTest::addColumn<QString>("message");
    const auto rows = [](const char* name, Way way, ErrorCode code = ErrorCode::Internal, const char* message = "") {
      for (const bool early : {false, true}) {
        QTest::addRow("%s%s", name, early ? ", before Started" : "")
            << static_cast<int>(way) << early << static_cast<int>(code) << QString(message);
      }
    };
    rows("finished", Way::Finish);
    rows("failed", Way::Fail, ErrorCode::Io, "the disk is full");
    rows("std::exception", Way::ThrowError, ErrorCode::Internal, "something broke");
    rows("a number is thrown", Way::ThrowNumber, ErrorCode::Internal, "unknown kind");
    rows("bad_alloc", Way::ThrowNoMemory, ErrorCode::OutOfMemory, "memory");
    rows("CheckError", Way::ThrowCheck, ErrorCode::Internal, "does not hold");
    rows("StopRequested", Way::ThrowStop);
    rows("an event that ends nothing", Way::ReturnNonsense, ErrorCode::Internal, "does not hold");
  }
  void endings() {
    QFETCH(int, way);
    QFETCH(bool, early);
    QFETCH(int, code);
    QFETCH(QString, message);
    EventLog log;
    JobQueue queue(run_random, log);
    GenerationRequest request = request_named(early ? "early" : "normal");
    request.seed = way;
    request.steps = 2;
    const JobId job = queue.submit(request, {});
    QVERIFY(log.wait_ended(job));
    QCOMPARE(log.events(job).back().index(), expected_ending(static_cast<Way>(way)));
    if (const auto failed = log.last<Failed>(job)) {
      QCOMPARE(static_cast<int>(failed->error.code), code);
      QVERIFY2(QString::fromStdString(failed->error.message).contains(message), failed->error.message.c_str());
    }
    request.seed = 0;
    const JobId next = queue.submit(request, {});
    QVERIFY(log.wait_ended(next));
    QVERIFY(log.last<Finished>(next));
    QCOMPARE(log.mistake(), std::string());
  }

  void first_in_first_out() {
    EventLog log;
    Gated runner;
    JobQueue queue(std::ref(runner), log);
    std::vector<JobId> jobs{queue.submit(request_named("wait"), {})};
    for (int i = 0; i < 20; ++i) jobs.push_back(queue.submit(request_named("quick"), {}));
    runner.gate.release();
    QVERIFY(log.wait_ended(jobs.back()));
    std::vector<JobId> queued, began;
    for (const auto& [job, event] : log.all()) {
      if (as<Queued>(event)) queued.push_back(job);
      if (as<Started>(event)) began.push_back(job);
    }
    QCOMPARE(queued, jobs);
    QCOMPARE(began, jobs);
  }

  // Thousands of jobs, submitted and cancelled from several threads in orders that differ by row.
  void random_orders_data() {
    QTest::addColumn<bool>("destroys_early");
    QTest::newRow("all jobs end first") << false;
    QTest::newRow("destroyed in between") << true;
  }
  void random_orders() {
    QFETCH(bool, destroys_early);
    constexpr unsigned kRounds = 60, kClients = 4, kJobs = 25;
    std::size_t total = 0;
    for (unsigned round = 0; round < kRounds; ++round) {
      EventLog log;
      std::mutex mutex;
      std::map<JobId, GenerationRequest> submitted;
      std::set<JobId> cancelled;
      auto queue = std::make_unique<JobQueue>(run_random, log);
      std::latch ready(kClients);
      std::vector<std::thread> clients;
      for (unsigned client = 0; client < kClients; ++client) {
        clients.emplace_back([&, client] {
          std::mt19937 random(1000 * round + client);
          ready.arrive_and_wait();
          for (unsigned i = 0; i < kJobs; ++i) {
            const GenerationRequest request = random_request(random);
            const JobId job = queue->submit(request, random() % 4 == 0 ? live() : RunOptions());
            const bool cancels = random() % 3 == 0;
            // Any job there may be, also ended ones and ones that will come.
            const JobId victim = random() % 2 == 0 ? job : 1 + random() % (kClients * kJobs + 10);
            {
              const std::lock_guard lock(mutex);
              submitted.emplace(job, request);
              if (cancels) cancelled.insert(victim);
            }
            if (cancels) queue->cancel(victim);
            if (random() % 5 == 0) queue->set_paused(1 + random() % (kClients * kJobs), random() % 2 == 0);
            if (random() % 16 == 0) queue->post({[](const std::function<void()>& checkpoint) { checkpoint(); }, {}});
            if (random() % 4 == 0) std::this_thread::yield();
          }
        });
      }
      for (std::thread& client : clients) client.join();
      for (JobId job = 1; !destroys_early && job <= kClients * kJobs; ++job) queue->set_paused(job, false);
      if (!destroys_early) {
        for (const auto& [job, request] : submitted) QVERIFY(log.wait_ended(job));
      }
      queue.reset();
      QCOMPARE(log.mistake(), std::string());
      QCOMPARE(log.unended(), std::vector<JobId>());
      QCOMPARE(submitted.size(), std::size_t{kClients * kJobs});
      for (const auto& [job, request] : submitted) {
        QVERIFY2(!log.events(job).empty(), "a job without events");
        const std::size_t ending = log.events(job).back().index();
        const bool may_be_cancelled = destroys_early || cancelled.contains(job);
        if (may_be_cancelled && ending == JobEvent(Cancelled{}).index()) continue;
        QCOMPARE(ending, expected_ending(static_cast<Way>(*request.seed)));
      }
      total += submitted.size();
    }
    QCOMPARE(total, std::size_t{kRounds * kClients * kJobs});
  }

  void cancel_while_running() {
    EventLog log;
    JobQueue queue(run_endless, log);
    const JobId job = queue.submit({}, {});
    QVERIFY(log.wait_for<Started>(job));
    queue.cancel(job);
    QVERIFY(log.wait_ended(job));
    QCOMPARE(log.story(job), std::string("Queued Started Cancelled"));
  }

  void cancel_while_waiting() {
    EventLog log;
    JobQueue queue(run_endless, log);
    const JobId running = queue.submit({}, {});
    const JobId waiting = queue.submit({}, {});
    QVERIFY(log.wait_for<Queued>(waiting));
    queue.cancel(waiting);
    // Told while the other one still runs.
    QVERIFY(log.wait_ended(waiting));
    QCOMPARE(log.story(waiting), std::string("Queued Cancelled"));
    QVERIFY(!is_terminal(log.events(running).back()));
  }

  void cancel_before_it_is_announced() {
    EventLog log;
    Gated runner;
    JobQueue queue(std::ref(runner), log);
    const JobId first = queue.submit(request_named("wait"), {});
    QVERIFY(log.wait_for<Started>(first));
    const JobId second = queue.submit(request_named("quick"), {});
    queue.cancel(second);
    QVERIFY(log.events(second).empty());
    runner.gate.release();
    QVERIFY(log.wait_ended(second));
    QVERIFY(log.wait_ended(first));
    QCOMPARE(log.story(second), std::string("Queued Cancelled"));
    QCOMPARE(log.story(first), std::string("Queued Started Finished"));
  }

  void cancel_of_unknown_and_ended_jobs() {
    EventLog log;
    Gated runner;
    JobQueue queue(std::ref(runner), log);
    queue.cancel(0);
    queue.cancel(1);  // will be the next job's number
    queue.cancel(12345);
    const JobId job = queue.submit(request_named("quick"), {});
    QVERIFY(log.wait_ended(job));
    queue.cancel(job);
    const JobId next = queue.submit(request_named("quick"), {});
    QVERIFY(log.wait_ended(next));
    QCOMPARE(log.story(job), std::string("Queued Started Finished"));
    QCOMPARE(log.story(next), std::string("Queued Started Finished"));
  }

  void destruction_ends_every_job() {
    EventLog log;
    std::vector<JobId> jobs;
    {
      JobQueue queue(run_endless, log);
      for (int i = 0; i < 5; ++i) jobs.push_back(queue.submit({}, {}));
      QVERIFY(log.wait_for<Started>(jobs.front()));
    }
    QCOMPARE(log.story(jobs[0]), std::string("Queued Started Cancelled"));
    for (std::size_t i = 1; i < jobs.size(); ++i) QCOMPARE(log.story(jobs[i]), std::string("Queued Cancelled"));
    QCOMPARE(log.mistake(), std::string());
  }

  void destruction_without_jobs() {
    EventLog log;
    for (int i = 0; i < 200; ++i) JobQueue queue(run_endless, log);
    QVERIFY(log.all().empty());
  }

  void cancel_inside_an_event_data() {
    QTest::addColumn<QString>("event");
    QTest::addColumn<QString>("story");
    QTest::newRow("Queued") << "Queued" << "Queued Started Cancelled";
    QTest::newRow("Started") << "Started" << "Queued Started Cancelled";
    QTest::newRow("StepDone") << "StepDone" << "Queued Started Preview StepDone Cancelled";
    QTest::newRow("Finished") << "Finished" << "Queued Started Preview StepDone Preview StepDone Finished";
  }
  void cancel_inside_an_event() {
    QFETCH(QString, event);
    QFETCH(QString, story);
    EventLog log;
    JobQueue* queue = nullptr;
    std::latch is_set(1);
    log.hook = [&](JobId job, const JobEvent& what) {
      is_set.wait();
      if (event == name_of(what)) queue->cancel(job);
    };
    JobQueue real(run_random, log);
    queue = &real;
    is_set.count_down();
    GenerationRequest request = request_named("normal");
    request.seed = 0;
    request.steps = 2;
    const JobId job = real.submit(request, {});
    QVERIFY(log.wait_ended(job));
    QCOMPARE(QString::fromStdString(log.story(job)), story);
  }

  // If the queue held its lock during an event, the other thread could not get through: this would hang.
  void no_lock_is_held_during_events() {
    EventLog log;
    JobQueue* queue = nullptr;
    std::atomic<int> calls = 0;
    std::latch is_set(1);
    log.hook = [&](JobId job, const JobEvent& event) {
      is_set.wait();
      if (calls >= 40) return;
      ++calls;
      std::thread([&] {
        queue->cancel(job + 100);
        if (is_terminal(event)) queue->submit(request_named("normal"), {});
        queue->post({[](const std::function<void()>&) {}, {}});
      }).join();
    };
    JobQueue real(
        [&](const JobQueue::Job& job, JobQueue::Context& context) -> JobEvent {
          std::thread([&] { queue->cancel(0); }).join();
          context.emit(started(job));
          return Finished{};
        },
        log);
    queue = &real;
    is_set.count_down();
    for (JobId job = real.submit({}, {}); calls < 40; ++job) QVERIFY(log.wait_ended(job));
    QCOMPARE(log.mistake(), std::string());
  }

  void newer_task_replaces_one_that_waits() {
    EventLog log;
    Gated runner;
    std::atomic<int> ran = 0;
    std::binary_semaphore done(0);
    JobQueue queue(std::ref(runner), log);
    const JobId job = queue.submit(request_named("wait"), {});
    QVERIFY(log.wait_for<Started>(job));
    for (const int number : {1, 2, 3}) {
      queue.post({[&, number](const std::function<void()>&) {
                    ran = 10 * ran + number;
                    done.release();
                  },
                  {}});
    }
    runner.gate.release();
    QVERIFY(log.wait_ended(job));
    QVERIFY(done.try_acquire_for(std::chrono::minutes(1)));
    const JobId after = queue.submit(request_named("quick"), {});
    QVERIFY(log.wait_ended(after));
    QCOMPARE(ran.load(), 3);
  }

  void waiting_jobs_go_before_tasks() {
    EventLog log;
    Gated runner;
    std::binary_semaphore done(0);
    std::atomic<bool> second_had_ended = false;
    JobQueue queue(std::ref(runner), log);
    const JobId first = queue.submit(request_named("wait"), {});
    QVERIFY(log.wait_for<Started>(first));
    JobId second = 0;
    queue.post({[&](const std::function<void()>&) {
                  second_had_ended = log.last<Finished>(second).has_value();
                  done.release();
                },
                {}});
    second = queue.submit(request_named("quick"), {});
    runner.gate.release();
    QVERIFY(done.try_acquire_for(std::chrono::minutes(1)));
    QVERIFY(second_had_ended);
  }

  // Two models chosen after one another: the first is not loaded to its end.
  void running_task_ends_for_one_that_prepares_something_else() {
    EventLog log;
    Gated runner;
    std::atomic<bool> may_end = false;
    std::atomic<int> begun = 0, whole = 0;
    JobQueue queue(std::ref(runner), log);
    const auto work = [&](const std::function<void()>& checkpoint) {
      ++begun;
      while (!may_end) {
        checkpoint();
        std::this_thread::yield();
      }
      ++whole;
    };
    const auto wait_for = [](const std::atomic<int>& count, int number) {
      while (count < number) std::this_thread::yield();
    };
    queue.post({work, {}, "first"});
    wait_for(begun, 1);
    queue.post({work, {}, "second"});
    wait_for(begun, 2);
    QCOMPARE(whole.load(), 0);
    queue.post({work, {}, "second"});  // no reason to begin anew
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    QCOMPARE(begun.load(), 2);
    may_end = true;
    wait_for(begun, 3);
    wait_for(whole, 2);
  }

  void running_task_gives_way_unless_it_helps_data() {
    QTest::addColumn<bool>("helps");
    QTest::newRow("of no use to the job") << false;
    QTest::newRow("the job needs it") << true;
  }
  void running_task_gives_way_unless_it_helps() {
    QFETCH(bool, helps);
    EventLog log;
    Gated runner;
    std::binary_semaphore begun(0);
    std::atomic<bool> may_end = false, reached_its_end = false;
    JobQueue queue(std::ref(runner), log);
    const auto work = [&](const std::function<void()>& checkpoint) {
      begun.release();
      while (!may_end) {
        checkpoint();
        std::this_thread::yield();
      }
      reached_its_end = true;
    };
    queue.post({work, [&](const GenerationRequest& request) { return helps && request.model == "quick"; }});
    begun.acquire();
    const JobId job = queue.submit(request_named("quick"), {});
    const JobId other = queue.submit(request_named("quick"), {});
    if (helps) {
      // Announced and cancelled while the task goes on.
      QVERIFY(log.wait_for<Queued>(other));
      queue.cancel(other);
      QVERIFY(log.wait_ended(other));
      QCOMPARE(log.story(other), std::string("Queued Cancelled"));
      QCOMPARE(log.story(job), std::string("Queued"));
      may_end = true;
    }
    QVERIFY(log.wait_ended(job));
    QCOMPARE(log.story(job), std::string("Queued Started Finished"));
    QCOMPARE(reached_its_end.load(), helps);
    may_end = true;
  }

  void task_stops_on_destruction() {
    EventLog log;
    std::binary_semaphore begun(0);
    {
      JobQueue queue(run_endless, log);
      queue.post({[&](const std::function<void()>& checkpoint) {
                    begun.release();
                    while (true) {
                      checkpoint();
                      std::this_thread::yield();
                    }
                  },
                  {}});
      begun.acquire();
    }
    QVERIFY(log.all().empty());
  }

  void task_that_throws_does_no_harm() {
    EventLog log;
    JobQueue queue(run_random, log);
    std::binary_semaphore begun(0);
    for (int i = 0; i < 3; ++i) {
      queue.post({[&, i](const std::function<void()>&) {
                    begun.release();
                    if (i == 0) throw std::runtime_error("broken");
                    if (i == 1) throw 5;
                    throw StopRequested{};
                  },
                  {}});
      begun.acquire();
    }
    GenerationRequest request = request_named("normal");
    request.seed = 0;
    const JobId job = queue.submit(request, {});
    QVERIFY(log.wait_ended(job));
    QVERIFY(log.last<Finished>(job));
  }
};

QTEST_GUILESS_MAIN(TestJobQueue)
#include "tst_job_queue.moc"
