// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The real engine on the small models: jobs from submit to result, replay, cancelling, results kept.
#include <ATen/ATen.h>
#include <QtTest>

#include "core/base/guard.h"
#include "core/pipeline/pipeline.h"
#include "tests/support/engine_bench.h"
#include "tests/support/golden_cases.h"

#include <c10/core/InferenceMode.h>

#include <QTemporaryDir>

using namespace studio;
using namespace studio::testing;

namespace {

const std::string kTiny = tests_path("golden/models/tiny-sdxl");

bool is_in_phase(const JobEvent& event, Phase phase) {
  const auto* change = as<PhaseChanged>(event);
  return change != nullptr && change->phase == phase;
}

int count_phase(const std::vector<JobEvent>& events, Phase phase) {
  int found = 0;
  for (const JobEvent& event : events) found += is_in_phase(event, phase) ? 1 : 0;
  return found;
}

}  // namespace

class TestEngine : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> folder_;
  // Most tests can share an engine with the model loaded; those that count loads make their own.
  std::unique_ptr<Bench> shared_;

  std::string file(const char* name) const { return folder_->filePath(name).toStdString(); }

 private Q_SLOTS:
  void initTestCase() {
    shared_ = std::make_unique<Bench>();
    shared_->result(tiny_job(1));
  }
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }
  void cleanup() {
    QCOMPARE(shared_->log.mistake(), std::string());
    QCOMPARE(shared_->log.unended(), std::vector<JobId>());
  }
  void cleanupTestCase() { shared_.reset(); }

  void bundled_model_at_its_own_size() {
    GenerationRequest request;
    request.prompts = {"rocket"};
    request.seed = 3;
    request.steps = 2;
    Bench bench;
    const JobId job = bench.run(request);
    const auto done = bench.log.last<Finished>(job);
    QVERIFY(done);
    QCOMPARE(bench.log.mistake(), std::string());
    QVERIFY(count_phase(bench.log.events(job), Phase::LoadingModel) > 1);
    QCOMPARE(done->images.size(), std::size_t{1});
    QCOMPARE(done->images[0]->width_px, 128);
    QCOMPARE(done->images[0]->height_px, 128);
    QCOMPARE(done->images[0]->pixels.size(), std::size_t{3 * 128 * 128});
    QCOMPARE(*done->resolved.width_px, std::int64_t{128});
    QVERIFY(done->resolved.spacing.has_value());
    QCOMPARE(done->model_hash.size(), std::size_t{64});
    QVERIFY(done->seconds > 0 && !done->from_cache);
    QVERIFY(std::ranges::count(bench.engine->bundled_models(), "emoji-sdxl") == 1);
  }

  void resolved_request_replays_bit_for_bit() {
    GenerationRequest request = tiny_job(4);
    request.seed.reset();
    request.width_px.reset();
    request.sampler = "euler_a";  // draws noise in every step
    const Finished first = shared_->result(request, {.dump_path = file("first.safetensors")});
    QVERIFY(first.resolved.seed && first.resolved.width_px && first.resolved.spacing);
    Bench other;
    const Finished again = other.result(first.resolved, {.dump_path = file("again.safetensors")});
    QVERIFY(again.resolved == first.resolved);
    QVERIFY(same_pixels(first, again));
    QCOMPARE(first.model_hash, again.model_hash);
    const auto a = SafetensorsFile::open(file("first.safetensors")), b = SafetensorsFile::open(file("again.safetensors"));
    QVERIFY(a && b);
    QCOMPARE(a.value()->entries().size(), b.value()->entries().size());
    for (const SafetensorsEntry& entry : a.value()->entries()) {
      QVERIFY2(at::equal(a.value()->tensor(entry.name), b.value()->tensor(entry.name)), entry.name.c_str());
    }
  }

  void seeds_are_drawn_anew() {
    GenerationRequest request = tiny_job(1);
    request.seed.reset();
    const JobId first = shared_->run(request), second = shared_->run(request);
    const auto a = shared_->log.last<Finished>(first), b = shared_->log.last<Finished>(second);
    QVERIFY(a && b && a->resolved.seed != b->resolved.seed);
    QVERIFY(!b->from_cache);
    // Known from the start, not only in the result.
    QVERIFY(as<Started>(shared_->log.events(first)[1])->resolved.seed == a->resolved.seed);
  }

  void equal_jobs_come_from_the_recent_results() {
    const GenerationRequest request = with(tiny_job(2), "seed", std::int64_t{1001});
    const Finished first = shared_->result(request);
    QVERIFY(!first.from_cache);
    const JobId job = shared_->run(request);
    const auto again = shared_->log.last<Finished>(job);
    QVERIFY(again && again->from_cache);
    QVERIFY(same_pixels(first, *again));
    QVERIFY(again->resolved == first.resolved);
    QCOMPARE(again->row_evaluations, first.row_evaluations);
    QCOMPARE(shared_->log.story(job), std::string("Queued Started Finished"));
    // Whatever makes another picture, or another file, runs.
    QVERIFY(!shared_->result(with(request, "seed", std::int64_t{1002})).from_cache);
    QVERIFY(!shared_->result(with(request, "guidance.seg.sigma", 1.75)).from_cache);
    QVERIFY(!shared_->result(request, {.sharing = RowSharing::Exact}).from_cache);
    QVERIFY(!shared_->result(request, {.dump_path = file("dump.safetensors")}).from_cache);
    QVERIFY(QFile::exists(QString::fromStdString(file("dump.safetensors"))));
    QVERIFY(shared_->result(request).from_cache);
  }

  void two_engines_stay_apart() {
    Bench one, two;
    const GenerationRequest endless = tiny_job(1000), short_one = tiny_job(3);
    const auto a = one.engine->submit(endless, {});
    const auto b = two.engine->submit(short_one, {});
    QVERIFY(a && b);
    QCOMPARE(a.value(), b.value());  // numbers are an engine's own
    QVERIFY(one.log.wait_for<StepDone>(a.value()));
    two.engine->cancel(a.value() + 7);
    QVERIFY(two.log.wait_ended(b.value()));
    QVERIFY(two.log.last<Finished>(b.value()));
    QVERIFY(!is_terminal(one.log.events(a.value()).back()));
    two.engine.reset();
    one.engine->cancel(a.value());
    QVERIFY(one.log.wait_ended(a.value()));
    QVERIFY(one.log.last<Cancelled>(a.value()));
    QVERIFY(same_pixels(one.result(short_one), shared_->result(short_one)));
  }

  void preload_then_jobs() {
    Bench bench;
    bench.engine->preload("no such model");
    bench.engine->preload(kTiny);
    const JobId first = bench.run(tiny_job(2));
    QVERIFY(bench.log.last<Finished>(first));
    const JobId second = bench.run(tiny_job(1));
    QCOMPARE(count_phase(bench.log.events(second), Phase::LoadingModel), 0);
    // A preload of another model does not keep a job waiting for its end.
    bench.engine->preload("emoji-sdxl");
    const JobId third = bench.run(with(tiny_job(1), "seed", std::int64_t{77}));
    QVERIFY(bench.log.last<Finished>(third));
    QCOMPARE(bench.log.mistake(), std::string());
  }

  void destruction_while_loading_ahead() {
    Bench bench;
    bench.engine->preload("emoji-sdxl");
    bench.engine.reset();
    QVERIFY(bench.log.all().empty());
  }

  void jobs_for_different_models() {
    Bench bench;
    GenerationRequest emoji = tiny_job(1);
    emoji.model = "emoji-sdxl";
    const Finished a = bench.result(tiny_job(1)), b = bench.result(emoji), c = bench.result(tiny_job(1));
    QVERIFY(a.model_hash != b.model_hash);
    QVERIFY(same_pixels(a, c) && !same_pixels(a, b));
    QVERIFY(!c.from_cache);
  }

  void cancel_ends_within_one_step() {
    const auto job = shared_->engine->submit(tiny_job(1000), {});
    QVERIFY(job);
    QVERIFY(shared_->log.wait_until(
        [](const auto& events) { return std::ranges::count_if(events, [](const auto& e) { return as<StepDone>(e); }) >= 2; },
        job.value()));
    shared_->engine->cancel(job.value());
    const int before = shared_->log.count<StepDone>(job.value());
    QVERIFY(shared_->log.wait_ended(job.value()));
    QVERIFY(shared_->log.last<Cancelled>(job.value()));
    const int after = shared_->log.count<StepDone>(job.value());
    QVERIFY2(after <= before + 1, qPrintable(QString("%1 steps, then %2").arg(before).arg(after)));
    QVERIFY(shared_->log.last<Finished>(shared_->run(tiny_job(2))));
  }

  void cancel_by_the_observer_data() {
    QTest::addColumn<int>("phase");  // Denoising: at a step
    QTest::newRow("loading") << static_cast<int>(Phase::LoadingModel);
    QTest::newRow("encoding") << static_cast<int>(Phase::Encoding);
    QTest::newRow("denoising") << static_cast<int>(Phase::Denoising);
    QTest::newRow("decoding") << static_cast<int>(Phase::Decoding);
  }
  void cancel_by_the_observer() {
    QFETCH(int, phase);
    Engine* engine = nullptr;
    JobId victim = 1;
    Bench bench([&](JobId job, const JobEvent& event) {
      if (job != victim) return;
      const auto* change = as<PhaseChanged>(event);
      const auto* step = as<StepDone>(event);
      const bool is_inside = change != nullptr && static_cast<int>(change->phase) == phase &&
                             (change->phase != Phase::LoadingModel || change->fraction > 0.2);
      const bool is_now = phase == static_cast<int>(Phase::Denoising) ? step != nullptr && step->step == 2 : is_inside;
      if (is_now) engine->cancel(job);
    });
    engine = bench.engine.get();
    const JobId job = bench.run(tiny_job(4));
    QCOMPARE(job, victim);
    const auto events = bench.log.events(job);
    QVERIFY2(bench.log.last<Cancelled>(job), bench.log.story(job).c_str());
    QCOMPARE(bench.log.count<StepDone>(job), phase < 2 ? 0 : phase == 2 ? 2 : 4);
    for (int later = phase + 1; later <= static_cast<int>(Phase::Decoding); ++later) {
      QCOMPARE(count_phase(events, static_cast<Phase>(later)), 0);
    }
    if (phase == 0) {
      for (const JobEvent& event : events) QVERIFY(!as<PhaseChanged>(event) || as<PhaseChanged>(event)->fraction < 0.9);
    }
    QVERIFY(bench.log.last<Finished>(bench.run(tiny_job(2))));
    QCOMPARE(bench.log.mistake(), std::string());
  }

  // Where a cancel can take hold: between the decoder's layers, and several times a step.
  void stops_are_looked_for_often() {
    const auto model = load_test_model(kTiny);
    PromptEncoder prompts(model);
    const c10::InferenceMode guard;
    const auto resolved = resolve(tiny_job(2), *model);
    QVERIFY(resolved);
    int in_decoding = 0, in_denoising = 0;
    Phase phase = Phase::Encoding;
    RunCallbacks callbacks;
    callbacks.on_phase = [&](Phase now, double) { phase = now; };
    callbacks.checkpoint = [&] {
      in_denoising += phase == Phase::Denoising ? 1 : 0;
      if (phase == Phase::Decoding && ++in_decoding == 6) throw StopRequested{};
    };
    QVERIFY_EXCEPTION_THROWN((void)run(resolved.value(), *model, prompts, {}, callbacks), StopRequested);
    QCOMPARE(in_decoding, 6);
    QVERIFY2(in_denoising >= 2 * 20, qPrintable(QString::number(in_denoising)));
  }

  void destruction_ends_all_jobs() {
    std::vector<JobId> jobs;
    Bench bench;
    for (int i = 0; i < 3; ++i) jobs.push_back(bench.engine->submit(tiny_job(1000), {}).value());
    QVERIFY(bench.log.wait_for<StepDone>(jobs[0]));
    bench.engine.reset();
    for (const JobId job : jobs) QVERIFY(bench.log.last<Cancelled>(job));
    QCOMPARE(bench.log.mistake(), std::string());
    const std::size_t events = bench.log.all().size();
    QTest::qWait(1);
    QCOMPARE(bench.log.all().size(), events);
  }

  void destruction_while_loading() {
    Bench bench;
    const JobId job = bench.engine->submit(tiny_job(5), {}).value();
    QVERIFY(bench.log.wait_for<PhaseChanged>(job));
    bench.engine.reset();
    QVERIFY(bench.log.last<Cancelled>(job));
  }

  void previews_have_the_size_of_the_latents() {
    GenerationRequest request = with(tiny_job(3), "width", std::int64_t{96});
    const JobId job = shared_->run(request, {.preview_budget = 1, .preview = {.method = PreviewMethod::Rgb}});
    int number = 0;
    for (const JobEvent& event : shared_->log.events(job)) {
      const auto* preview = as<Preview>(event);
      if (preview == nullptr) continue;
      QCOMPARE(preview->step, ++number);
      QCOMPARE(preview->image->width_px, 12);
      QCOMPARE(preview->image->height_px, 8);
      QCOMPARE(preview->image->pixels.size(), std::size_t{3 * 12 * 8});
    }
    QCOMPARE(number, 3);
    request.seed = 1234;
    QCOMPARE(shared_->log.count<Preview>(shared_->run(request, {.previews = false})), 0);
    request.seed = 1235;
    QCOMPARE(shared_->log.count<Preview>(shared_->run(request, {.preview_budget = 0})), 0);
    for (const double budget : {-0.1, 1.1, std::nan("")}) QVERIFY(!shared_->engine->submit(request, {.preview_budget = budget}));
  }

  void previews_stay_in_their_budget() {
    // The first run finds out what a preview costs.
    shared_->result(with(tiny_job(30), "seed", std::int64_t{2001}));
    const JobId job = shared_->run(with(tiny_job(30), "seed", std::int64_t{2002}));
    const auto done = shared_->log.last<Finished>(job);
    QVERIFY(done && done->preview_share <= 0.03);
    const auto events = shared_->log.events(job);
    int first_step = 0;
    for (const JobEvent& event : events) {
      if (const auto* preview = as<Preview>(event); preview != nullptr && first_step == 0) first_step = preview->step;
    }
    QCOMPARE(first_step, 1);
  }

  void latents_hash_names_the_picture() {
    const GenerationRequest request = with(tiny_job(2), "seed", std::int64_t{3001});
    const Finished first = shared_->result(request);
    QCOMPARE(first.latents_hash.size(), std::size_t{64});
    QCOMPARE(shared_->result(request).latents_hash, first.latents_hash);  // from the recent ones
    QVERIFY(shared_->result(with(request, "seed", std::int64_t{3002})).latents_hash != first.latents_hash);
    const Finished less = shared_->result(request, {.less_memory = true});
    QVERIFY(!less.from_cache);
    QCOMPARE(less.images.size(), first.images.size());
    QCOMPARE(less.row_evaluations, first.row_evaluations);
  }

  void counts_data() {
    QTest::addColumn<QString>("sampler");
    QTest::addColumn<double>("cfg");
    QTest::addColumn<double>("seg");
    QTest::addColumn<double>("start");
    QTest::addColumn<double>("stop");
    QTest::addColumn<double>("rows");  // in 5 steps
    for (const Card& card : catalogue().samplers) {
      QTest::addRow("%s", std::string(card.id).c_str()) << QString::fromStdString(std::string(card.id)) << 3.0 << 2.0 << 0.0 << 1.0 << 15.0;
    }
    QTest::newRow("unguided") << "euler" << 1.0 << 0.0 << 0.0 << 1.0 << 5.0;
    QTest::newRow("CFG alone") << "euler" << 3.0 << 0.0 << 0.0 << 1.0 << 10.0;
    QTest::newRow("SEG alone") << "euler" << 1.0 << 2.0 << 0.0 << 1.0 << 10.0;
    QTest::newRow("SEG in the first two steps") << "euler" << 3.0 << 2.0 << 0.0 << 0.4 << 12.0;
    QTest::newRow("SEG in the last step") << "euler" << 1.0 << 2.0 << 0.8 << 1.0 << 6.0;
  }
  void counts() {
    QFETCH(QString, sampler);
    QFETCH(double, cfg);
    QFETCH(double, seg);
    QFETCH(double, start);
    QFETCH(double, stop);
    QFETCH(double, rows);
    GenerationRequest request = tiny_job(5);
    request.seed = 50;
    request.sampler = sampler.toStdString();
    request.guidance = {{"cfg.scale", cfg}, {"seg.scale", seg}, {"seg.sigma", 2.0}, {"seg.start", start}, {"seg.stop", stop}};
    const JobId job = shared_->run(request);
    const auto done = shared_->log.last<Finished>(job);
    QVERIFY(done && !done->from_cache);
    int step = 0;
    for (const JobEvent& event : shared_->log.events(job)) {
      if (const auto* began = as<Started>(event)) {
        QCOMPARE(began->steps, 5);
        QCOMPARE(began->row_evaluations, done->row_evaluations);
        QVERIFY(began->resolved == done->resolved);
      }
      if (const auto* one = as<StepDone>(event)) {
        QCOMPARE(one->step, ++step);
        QCOMPARE(one->steps, 5);
        QVERIFY(one->ms >= 0 && one->seconds_left >= 0);
      }
    }
    QCOMPARE(step, 5);
    QCOMPARE(done->row_evaluations, rows);
  }

  void batch_of_two() {
    GenerationRequest request = tiny_job(2);
    request.prompts = {"a red apple", "rocket"};
    const Finished both = shared_->result(request);
    QCOMPARE(both.images.size(), std::size_t{2});
    for (const auto& image : both.images) {
      QCOMPARE(image->width_px, 64);
      QCOMPARE(image->height_px, 64);
    }
    QVERIFY(both.images[0]->pixels != both.images[1]->pixels);
    // The first row has the noise and the text of the job alone; sums may round differently.
    const Finished alone = shared_->result(tiny_job(2));
    int largest = 0;
    for (std::size_t i = 0; i < alone.images[0]->pixels.size(); ++i) {
      largest = std::max(largest, std::abs(int{alone.images[0]->pixels[i]} - int{both.images[0]->pixels[i]}));
    }
    QVERIFY2(largest <= 1, qPrintable(QString::number(largest)));
  }

  void inspect_and_check() {
    for (const std::string& name : {std::string("emoji-sdxl"), kTiny}) {
      const auto report = shared_->engine->inspect(name);
      QVERIFY(report);
      QVERIFY(report.value().loadable);
      QCOMPARE(report.value().parts.size(), std::size_t{8});
      QVERIFY(!report.value().self_attention_layers.empty());
      QVERIFY(report.value().native_width_px > 0 && report.value().size_multiple_px > 0);
      const auto check = shared_->engine->check(name);
      QVERIFY(check);
      QVERIFY2(check.value().finite, check.value().first_problem.c_str());
      QVERIFY(check.value().first_problem.empty());
      std::int64_t tensors = 0;
      for (const ModelPart& part : report.value().parts) tensors += part.tensors;
      QCOMPARE(check.value().tensors_loaded, tensors);
      QVERIFY(tensors > 300);
    }
    QVERIFY(!shared_->engine->inspect("no such model"));
    QVERIFY(!shared_->engine->check("no such model"));
  }

};

QTEST_GUILESS_MAIN(TestEngine)
#include "tst_engine.moc"
