// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Previews: which method when, what they show, and that the run's numbers do not notice them.
#include <ATen/ATen.h>
#include <QtTest>

#include "core/base/guard.h"
#include "core/model/sdxl_model.h"
#include "core/pipeline/pictures.h"
#include "core/pipeline/preview_decoders.h"
#include "core/pipeline/preview_maker.h"
#include "core/pipeline/run_parts.h"
#include "core/sweep/speed_book.h"
#include "tests/support/engine_bench.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_tiny_vae.h"

#include <QTemporaryDir>

#include <algorithm>
#include <utility>

using namespace studio;
using namespace studio::testing;

namespace {

const std::string kTiny = tests_path("golden/models/tiny-sdxl");

PreviewCosts costs_ms(double rgb, double taesd, double vae) {
  PreviewCosts costs;
  costs.of(PreviewMethod::Rgb) = rgb / 1e3;
  costs.of(PreviewMethod::Taesd) = taesd / 1e3;
  costs.of(PreviewMethod::Vae) = vae / 1e3;
  return costs;
}

std::vector<Preview> previews_of(const EventLog& log, JobId job) {
  std::vector<Preview> found;
  for (const JobEvent& event : log.events(job)) {
    if (const auto* preview = as<Preview>(event)) found.push_back(*preview);
  }
  return found;
}

QStringList notes_of(const EventLog& log, JobId job) {
  QStringList notes;
  for (const JobEvent& event : log.events(job)) {
    const auto* phase = as<PhaseChanged>(event);
    if (phase != nullptr && !phase->note.empty()) notes << QString::fromStdString(phase->note);
  }
  return notes;
}

RunOptions every_step(PreviewMethod method, std::string decoder = {}) {
  return {.preview_budget = 1, .preview = {.method = method, .decoder_path = std::move(decoder)}};
}

}  // namespace

class TestPreviews : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  std::unique_ptr<Bench> bench_;
  std::string decoder_;
  std::int64_t seed_ = 100;

  std::string file(const char* name) const { return folder_.filePath(name).toStdString(); }
  // A job that no other has run, so that nothing comes from the recent results.
  GenerationRequest fresh_job(std::int64_t steps) { return with(tiny_job(steps), "seed", ++seed_); }

 private Q_SLOTS:
  void initTestCase() {
    decoder_ = file("taesdxl.safetensors");
    write_tiny_decoder(decoder_);
    bench_ = std::make_unique<Bench>();
    bench_->result(tiny_job(1));
  }
  void cleanup() { QCOMPARE(bench_->log.mistake(), std::string()); }
  void cleanupTestCase() { bench_.reset(); }

  // The budget on a clock of its own: steps and previews of given lengths.
  void budget_data() {
    QTest::addColumn<double>("step_ms");
    QTest::addColumn<double>("preview_ms");
    QTest::addColumn<int>("steps");
    QTest::addColumn<double>("budget");
    QTest::addColumn<double>("expected_ms");
    QTest::addColumn<int>("least");  // previews
    QTest::newRow("cheap previews: every step") << 40.0 << 0.5 << 25 << 0.03 << 0.0 << 24;
    QTest::newRow("dear previews: some steps") << 5.0 << 0.5 << 50 << 0.03 << 0.0 << 12;
    QTest::newRow("dearer than the run allows, known") << 5.0 << 20.0 << 25 << 0.03 << 20.0 << 0;
    QTest::newRow("one fits") << 5.0 << 3.0 << 25 << 0.03 << 3.0 << 1;
    QTest::newRow("slow model") << 2000.0 << 8.0 << 25 << 0.03 << 0.0 << 24;
    QTest::newRow("one in a hundred") << 10.0 << 1.0 << 100 << 0.01 << 1.0 << 9;
    QTest::newRow("none wanted") << 40.0 << 0.5 << 25 << 0.0 << 0.0 << 0;
    QTest::newRow("no limit") << 1.0 << 50.0 << 10 << 1.0 << 0.0 << 10;
  }
  void budget() {
    QFETCH(double, step_ms);
    QFETCH(double, preview_ms);
    QFETCH(int, steps);
    QFETCH(double, budget);
    QFETCH(double, expected_ms);
    QFETCH(int, least);
    PreviewPlan previews(budget, PreviewMethod::Rgb, false, costs_ms(expected_ms, 0, 0));
    int made = 0, first = 0;
    for (int step = 1; step <= steps; ++step) {
      previews.stepped(step_ms / 1e3);
      const auto method = previews.next((steps - step) * step_ms / 1e3);
      if (!method) continue;
      QCOMPARE(*method, PreviewMethod::Rgb);
      ++made;
      if (first == 0) first = step;
      previews.made(*method, preview_ms / 1e3);
    }
    QVERIFY2(made >= least && made <= steps, qPrintable(QString::number(made)));
    if (least > 0) QCOMPARE(first, 1);
    if (least == 0) QCOMPARE(made, 0);
    if (budget < 1) QVERIFY2(previews.share() <= budget + 1e-9, qPrintable(QString::number(previews.share())));
    if (made > 0) QVERIFY(std::abs(previews.measured().of(PreviewMethod::Rgb) - preview_ms / 1e3) < 1e-12);
    QCOMPARE(previews.measured().of(PreviewMethod::Vae), 0.0);
  }

  // 25 steps of 40 ms at 3 %: 31 ms for previews. A method is good enough from 6.25 times in the run on.
  void methods_data() {
    QTest::addColumn<PreviewMethod>("asked");
    QTest::addColumn<bool>("has_decoder");
    QTest::addColumn<double>("taesd_ms");
    QTest::addColumn<double>("vae_ms");
    QTest::addColumn<double>("budget");
    QTest::addColumn<int>("expected");  // PreviewMethod; -1: none
    using enum PreviewMethod;
    const auto row = [](const char* name, PreviewMethod asked, bool has_decoder, double taesd_ms, double vae_ms, double budget, int expected) {
      QTest::newRow(name) << asked << has_decoder << taesd_ms << vae_ms << budget << expected;
    };
    const int rgb = static_cast<int>(Rgb), taesd = static_cast<int>(Taesd), vae = static_cast<int>(Vae);
    row("nothing is known", Auto, true, 0, 0, 0.03, rgb);
    row("all are cheap", Auto, true, 1, 2, 0.03, vae);
    row("the model's own is too dear", Auto, true, 3, 100, 0.03, taesd);
    row("it is, and no decoder", Auto, false, 3, 100, 0.03, rgb);
    row("just often enough", Auto, true, 4.9, 100, 0.03, taesd);
    row("just not often enough", Auto, true, 5.0, 100, 0.03, rgb);
    row("untried decoder by the other's cost", Auto, true, 0, 12, 0.03, taesd);
    row("untried decoder of a dear model", Auto, true, 0, 100, 0.03, rgb);
    row("no limit", Auto, true, 100, 1000, 1, vae);
    row("no limit, nothing known", Auto, false, 0, 0, 1, vae);
    row("asked for, seldom affordable", Vae, false, 0, 30, 0.03, vae);
    row("asked for, not affordable", Vae, false, 0, 100, 0.03, -1);
    row("asked for, cheaper ones there", Rgb, true, 1, 2, 0.03, rgb);
    row("decoder asked for", Taesd, true, 20, 1, 0.03, taesd);
    row("decoder asked for, not there", Taesd, false, 20, 1, 0.03, rgb);
    row("none wanted", Auto, true, 1, 2, 0, -1);
  }
  void methods() {
    QFETCH(PreviewMethod, asked);
    QFETCH(bool, has_decoder);
    QFETCH(double, taesd_ms);
    QFETCH(double, vae_ms);
    QFETCH(double, budget);
    QFETCH(int, expected);
    constexpr int kSteps = 25;
    const PreviewCosts costs = costs_ms(0.2, taesd_ms, vae_ms);
    PreviewPlan plan(budget, asked, has_decoder, costs);
    int made = 0;
    for (int step = 1; step <= kSteps; ++step) {
      plan.stepped(0.040);
      const auto method = plan.next((kSteps - step) * 0.040);
      if (step == 1) QCOMPARE(method ? static_cast<int>(*method) : -1, expected);
      if (!method) continue;
      QCOMPARE(static_cast<int>(*method), expected);  // no change of looks within a run
      ++made;
      plan.made(*method, std::max(costs.of(*method), 0.25e-3));
    }
    if (budget < 1) QVERIFY2(plan.share() <= budget + 1e-9, qPrintable(QString::number(plan.share())));
    const bool is_best_of_auto = asked == PreviewMethod::Auto && expected > static_cast<int>(PreviewMethod::Rgb);
    if (is_best_of_auto && budget < 1) QVERIFY2(made >= 6, qPrintable(QString::number(made)));
  }

  void what_turns_out_dear_or_broken_is_left() {
    PreviewPlan plan(0.03, PreviewMethod::Auto, true, costs_ms(0.2, 3, 2));
    plan.stepped(0.040);
    QCOMPARE(*plan.next(0.96), PreviewMethod::Vae);
    plan.made(PreviewMethod::Vae, 0.030);
    for (int step = 2; step < 24; ++step) {
      plan.stepped(0.040);
      if (const auto method = plan.next((25 - step) * 0.040)) QVERIFY(*method != PreviewMethod::Vae);
    }
    PreviewPlan other(1, PreviewMethod::Auto, true, {});
    other.give_up(PreviewMethod::Vae);
    QCOMPARE(*other.next(1), PreviewMethod::Taesd);
    other.give_up(PreviewMethod::Taesd);
    QCOMPARE(*other.next(1), PreviewMethod::Rgb);
    PreviewPlan fixed(1, PreviewMethod::Vae, false, {});
    fixed.give_up(PreviewMethod::Vae);
    QCOMPARE(*fixed.next(1), PreviewMethod::Rgb);
  }

  void costs_are_remembered_by_size() {
    SpeedBook book;
    GenerationRequest small = tiny_job(), large = tiny_job(), other = tiny_job();
    large.width_px = 128;
    other.model = "another";
    book.add_previews(small, costs_ms(1, 0, 8));
    book.add_previews(small, costs_ms(3, 0, 0));
    QCOMPARE(book.preview_costs(small).of(PreviewMethod::Rgb), 0.002);
    QCOMPARE(book.preview_costs(small).of(PreviewMethod::Vae), 0.008);
    QCOMPARE(book.preview_costs(small).of(PreviewMethod::Taesd), 0.0);
    QCOMPARE(book.preview_costs(large).of(PreviewMethod::Vae), 0.016);  // scaled from the other size
    book.add_previews(large, costs_ms(0, 0, 50));
    QCOMPARE(book.preview_costs(large).of(PreviewMethod::Vae), 0.050);
    QCOMPARE(book.preview_costs(large).of(PreviewMethod::Rgb), 0.004);
    QCOMPARE(book.preview_costs(other).of(PreviewMethod::Vae), 0.0);
  }

  void rough_colours_are_smoothed() {
    PreviewFactors factors{{{.3, .1, -.2}, {-.1, .4, .2}, {.2, -.2, .1}, {.1, .2, .3}}, {.05, -.1, .2}};
    const at::Tensor latents = made_noise({4, 5, 7}, 3);
    at::Tensor rgb = at::zeros({3, 5, 7}, at::kDouble);
    for (int colour = 0; colour < 3; ++colour) {
      rgb[colour] += factors.bias[colour];
      for (int channel = 0; channel < 4; ++channel) rgb[colour] += latents[channel].to(at::kDouble) * factors.factors[channel][colour];
    }
    const double side = .0964, corner = .0358, centre = .4711, all = centre + 4 * side + 4 * corner;
    const at::Tensor kernel =
        (at::tensor({corner, side, corner, side, centre, side, corner, side, corner}, at::kDouble) / all).view({1, 1, 3, 3});
    const at::Tensor smooth = at::conv2d(at::replication_pad2d(rgb.unsqueeze(1), {1, 1, 1, 1}), kernel).squeeze(1);
    const ImageRgb8 expected = to_image((smooth + 1) / 2), image = preview_image(latents, factors);
    QCOMPARE(image.width_px, 7);
    QCOMPARE(image.height_px, 5);
    QCOMPARE(image.pixels.size(), expected.pixels.size());
    for (std::size_t i = 0; i < image.pixels.size(); ++i) QVERIFY(std::abs(int{image.pixels[i]} - int{expected.pixels[i]}) <= 1);
    // A flat picture stays flat, up to its edges.
    const ImageRgb8 flat = preview_image(at::full({4, 3, 3}, 0.25), factors);
    for (std::size_t i = 0; i < flat.pixels.size(); ++i) QCOMPARE(flat.pixels[i], flat.pixels[i % 3]);
  }

  void decoders_paint_the_first_of_the_batch() {
    const auto model = load_test_model(kTiny);
    const at::Tensor x0 = made_noise({2, 4, 6, 5}, 8);
    const ImageRgb8 vae = paint_preview(PreviewMethod::Vae, *model, nullptr, x0, false, [] {});
    QCOMPARE(vae.pixels, to_image(model->vae.decode(x0.narrow(0, 0, 1))[0]).pixels);
    QCOMPARE(vae.width_px, 40);
    auto tiny = load_tiny_vae(decoder_, at::kFloat);
    QVERIFY(tiny);
    const ImageRgb8 small = paint_preview(PreviewMethod::Taesd, *model, &tiny.value(), x0, false, [] {});
    QCOMPARE(small.pixels, to_image(tiny.value().decode(x0.narrow(0, 0, 1))[0]).pixels);
    QCOMPARE(paint_preview(PreviewMethod::Rgb, *model, nullptr, x0, false, [] {}).pixels, preview_image(x0[0], model->preview).pixels);
    int calls = 0;
    QVERIFY_EXCEPTION_THROWN(paint_preview(PreviewMethod::Vae, *model, nullptr, x0, false, [&] { if (++calls == 3) throw StopRequested(); }),
                             StopRequested);
  }

  void other_scalings_come_to_sdxl_units() {
    VaeConfig sdxl, playground;
    const at::Tensor latents = made_noise({1, 4, 3, 3}, 2);
    QVERIFY(in_units_of_sdxl(latents, sdxl).is_same(latents));
    playground.scaling_factor = 0.5;
    playground.latents_mean = {-1.6, 1.1, 3.1, -1.3};
    playground.latents_std = {8.4, 5.9, 6.5, 5.2};
    const at::Tensor seen = in_units_of_sdxl(latents, playground);
    for (int channel = 0; channel < 4; ++channel) {
      const at::Tensor expected = (latents[0][channel] * playground.latents_std[channel] / 0.5 + playground.latents_mean[channel]) * 0.13025;
      QVERIFY(relative_error(seen[0][channel], expected) < 1e-5);
    }
    // The rough colours say the same: factors for these latents on these, SDXL's on the converted ones.
    const auto factors = read_preview_factors(ConfigFile(file("none.json")));
    QVERIFY(factors && !factors.value().is_own);
    const ImageRgb8 a = preview_image(latents[0], in_units_of(factors.value(), playground)), b = preview_image(seen[0], factors.value());
    for (std::size_t i = 0; i < a.pixels.size(); ++i) QVERIFY(std::abs(int{a.pixels[i]} - int{b.pixels[i]}) <= 1);
  }

  void results_do_not_notice_previews() {
    GenerationRequest request = fresh_job(4);
    request.sampler = "euler_a";  // draws noise between previews
    const std::string dump = file("dump.safetensors");  // also keeps results from being taken from the recent ones
    RunOptions none;
    none.previews = false;
    none.dump_path = dump;
    const std::string expected = bench_->result(request, none).latents_hash;
    for (const PreviewMethodName& name : kPreviewMethods) {
      RunOptions options = every_step(name.method, decoder_);
      options.dump_path = dump;
      const JobId job = bench_->run(request, options);
      const auto done = bench_->log.last<Finished>(job);
      QVERIFY(done && !done->from_cache);
      QCOMPARE(done->latents_hash, expected);
      QVERIFY(done->preview_share > 0 && done->preview_share < 1);
      const auto previews = previews_of(bench_->log, job);
      QCOMPARE(previews.size(), std::size_t{4});
      const PreviewMethod used = name.method == PreviewMethod::Auto ? PreviewMethod::Vae : name.method;
      for (std::size_t i = 0; i < previews.size(); ++i) {
        QCOMPARE(previews[i].step, static_cast<int>(i) + 1);
        QCOMPARE(previews[i].method, used);
        QCOMPARE(previews[i].image->width_px, used == PreviewMethod::Rgb ? 8 : 64);
      }
      QCOMPARE(notes_of(bench_->log, job), QStringList());
    }
  }

  // The first run finds out what the model's own decoder costs; the next ones use it, or not, within 3 %.
  void automatic_choice_keeps_the_budget() {
    GenerationRequest request;
    request.prompts = {"red apple"};
    request.steps = 12;
    for (std::int64_t seed = 1; seed <= 3; ++seed) {
      request.seed = seed;
      const JobId job = bench_->run(request);
      const auto done = bench_->log.last<Finished>(job);
      QVERIFY(done);
      const auto previews = previews_of(bench_->log, job);
      QVERIFY(!previews.empty());
      QCOMPARE(previews.front().step, 1);
      QVERIFY(done->preview_share > 0);
      qInfo("run %d: %d previews, the first by method %d, %.2f %% of the time", static_cast<int>(seed), static_cast<int>(previews.size()),
            static_cast<int>(previews.front().method), 100 * done->preview_share);
      if (seed == 1) QCOMPARE(previews.front().method, PreviewMethod::Rgb);
    }
  }

  void decoders_that_cannot_be_used_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<PreviewMethod>("method");
    QTest::addColumn<QString>("told");
    using enum PreviewMethod;
    QTest::newRow("not named") << "" << Taesd << "was not named";
    QTest::newRow("not there") << "none.safetensors" << Taesd << "none.safetensors";
    QTest::newRow("not there, automatic") << "none.safetensors" << Auto << "none.safetensors";
    QTest::newRow("something else") << "other.safetensors" << Auto << "other.safetensors";
    QTest::newRow("other latents") << "flux.safetensors" << Taesd << "1.weight [16, 16, 3, 3], not [16, 4, 3, 3]";
    QTest::newRow("damaged") << "damaged.safetensors" << Taesd << "damaged.safetensors";
    QTest::newRow("not asked for") << "other.safetensors" << Rgb << "";
  }
  void decoders_that_cannot_be_used() {
    QFETCH(QString, name);
    QFETCH(PreviewMethod, method);
    QFETCH(QString, told);
    QVERIFY(bool(write_safetensors(file("other.safetensors"), {{"a", at::ones({2, 2})}})));
    Weights flux = made_decoder();
    flux["1.weight"] = made_noise({kWidth, 16, 3, 3}, 5);
    write_tiny_decoder(file("flux.safetensors"), flux);
    QFile damaged(folder_.filePath("damaged.safetensors"));
    QVERIFY(damaged.open(QIODevice::WriteOnly) && damaged.write("no tensors") > 0);
    damaged.close();
    // Within the budget nothing dear is tried, so that rough ones show what the choice came to.
    RunOptions options;
    options.preview_budget = 0.9;
    options.preview = {.method = method, .decoder_path = name.isEmpty() ? std::string() : file(qPrintable(name))};
    Bench bench;
    for (int times = 0; times < 2; ++times) {
      const JobId job = bench.run(with(tiny_job(2), "width", std::int64_t{64 + 32 * times}), options);
      QVERIFY(bench.log.last<Finished>(job));
      const auto notes = notes_of(bench.log, job);
      QCOMPARE(static_cast<int>(notes.size()), told.isEmpty() ? 0 : 1);
      if (!told.isEmpty()) QVERIFY2(notes[0].contains(told) && notes[0].startsWith("previews"), qPrintable(notes[0]));
      const auto previews = previews_of(bench.log, job);
      QVERIFY(!previews.empty());
      for (const Preview& preview : previews) QVERIFY(preview.method != PreviewMethod::Taesd);
      if (method != PreviewMethod::Auto) QCOMPARE(previews.front().method, PreviewMethod::Rgb);
    }
    QCOMPARE(bench.log.mistake(), std::string());
  }

  void decoder_is_read_once_and_again_when_it_changes() {
    const std::string path = file("changing.safetensors");
    PreviewDecoders decoders(at::kCPU, at::kFloat);
    const PreviewChoice choice{.method = PreviewMethod::Auto, .decoder_path = path};
    QVERIFY(!decoders.get(choice).decoder && !decoders.get(choice).note.empty());
    write_tiny_decoder(path);
    const auto first = decoders.get(choice);
    QVERIFY2(first.decoder, first.note.c_str());
    QVERIFY(decoders.get(choice).decoder == first.decoder);
    QVERIFY(bool(write_safetensors(path, {{"a", at::ones({3, 2})}})));
    QVERIFY(!decoders.get(choice).decoder && !decoders.get(choice).note.empty());
    QVERIFY(!decoders.get({.method = PreviewMethod::Vae, .decoder_path = path}).decoder);
    QVERIFY(decoders.get({.method = PreviewMethod::Vae, .decoder_path = path}).note.empty());
    QVERIFY(decoders.get({}).note.empty());
  }

  // What fails while it paints is told once, and the run goes on with rough previews.
  void a_method_that_fails_is_left() {
    const auto model = load_test_model(kTiny);
    std::vector<Preview> shown;
    std::vector<std::string> told;
    PreviewMaker maker({.method = PreviewMethod::Vae, .budget = 1}, [&](const Preview& preview) { shown.push_back(preview); },
                       [&](std::string note) { told.push_back(std::move(note)); });
    const at::Tensor good = made_noise({1, 4, 4, 4}, 1);
    maker.after_step(*model, good, {.step = 1, .seconds_left = 1});
    maker.after_step(*model, good.narrow(1, 0, 3), {.step = 2, .seconds_left = 1});  // no latents: the decoder throws
    maker.after_step(*model, good, {.step = 3, .seconds_left = 1});
    QCOMPARE(shown.size(), std::size_t{2});
    QCOMPARE(shown[0].method, PreviewMethod::Vae);
    QCOMPARE(shown[1].method, PreviewMethod::Rgb);
    QCOMPARE(told.size(), std::size_t{1});
    QVERIFY2(told[0].find("previews go on without the model's own decoder") == 0, told[0].c_str());
  }

  void a_paused_job_shows_its_last_step_sharply_data() {
    QTest::addColumn<bool>("less_memory");
    QTest::newRow("whole") << false;
    QTest::newRow("in tiles") << true;
  }
  void a_paused_job_shows_its_last_step_sharply() {
    QFETCH(bool, less_memory);
    RunOptions options = every_step(PreviewMethod::Rgb);
    options.less_memory = less_memory;
    const auto job = bench_->engine->submit(fresh_job(1000), options);
    QVERIFY(job);
    QVERIFY(bench_->log.wait_for<Preview>(job.value()));
    const auto wait_for_sharp = [&](int count) {
      return bench_->log.wait_until(
          [&](const auto& events) {
            return count == std::ranges::count_if(events, [](const JobEvent& e) { return as<Preview>(e) && as<Preview>(e)->method == PreviewMethod::Vae; });
          },
          job.value());
    };
    int last_step = 0;
    for (int times = 1; times <= 2; ++times) {
      bench_->engine->set_paused(job.value(), true);
      QVERIFY(wait_for_sharp(times));
      const auto events = bench_->log.events(job.value());
      const Preview* const sharp = as<Preview>(events.back());
      QVERIFY(sharp && as<Paused>(events[events.size() - 2]));  // at once, and nothing after it
      QCOMPARE(sharp->image->width_px, 64);
      const StepDone* const step = as<StepDone>(events[events.size() - 3]);
      QVERIFY(step && step->step > last_step);
      QCOMPARE(sharp->step, step->step);
      last_step = step->step;
      bench_->engine->set_paused(job.value(), false);
      QVERIFY(bench_->log.wait_until([&](const auto& all) { return all.size() > events.size() + 3; }, job.value()));
    }
    bench_->engine->cancel(job.value());
    QVERIFY(bench_->log.wait_ended(job.value()));
  }

  void a_pause_changes_no_result() {
    const GenerationRequest request = fresh_job(6);
    RunOptions options = every_step(PreviewMethod::Rgb);
    options.dump_path = file("paused.safetensors");
    const std::string expected = bench_->result(request, options).latents_hash;
    Engine* engine = nullptr;
    Bench other([&](JobId job, const JobEvent& event) {
      const auto* preview = as<Preview>(event);
      if (preview == nullptr) return;
      if (preview->method == PreviewMethod::Rgb && preview->step == 3) engine->set_paused(job, true);
      if (preview->method == PreviewMethod::Vae) engine->set_paused(job, false);
    });
    engine = other.engine.get();
    const JobId job = other.run(request, options);
    QCOMPARE(other.log.last<Finished>(job)->latents_hash, expected);
    int sharp = 0;
    for (const Preview& preview : previews_of(other.log, job)) sharp += preview.method == PreviewMethod::Vae ? 1 : 0;
    QCOMPARE(sharp, 1);
  }

  void no_previews_no_upgrade() {
    RunOptions options;
    options.previews = false;
    const auto job = bench_->engine->submit(fresh_job(1000), options);
    QVERIFY(job && bench_->log.wait_for<StepDone>(job.value()));
    bench_->engine->set_paused(job.value(), true);
    QVERIFY(bench_->log.wait_for<Paused>(job.value()));
    // A live job that runs to its end inside shows that time has passed.
    RunOptions live;
    live.priority = RunOptions::Priority::Live;
    bench_->run(fresh_job(1), live);
    QCOMPARE(bench_->log.count<Preview>(job.value()), 0);
    bench_->engine->cancel(job.value());
    QVERIFY(bench_->log.wait_ended(job.value()));
  }

  void sweeps_use_the_same_previews() {
    SweepSpec spec;
    spec.base = tiny_job(5);
    spec.axes = {{"seed", "1-3"}};
    spec.twin = false;
    SweepOptions options;
    options.folder = file("sweep");
    options.preview_budget = 1;
    options.preview = {.method = PreviewMethod::Taesd, .decoder_path = decoder_};
    // Paused from inside, where it cannot end before.
    Engine* engine = nullptr;
    bool has_paused = false;
    Bench bench([&](JobId job, const JobEvent& event) {
      if (as<Preview>(event) == nullptr || std::exchange(has_paused, true)) return;
      engine->set_paused(job, true);
    });
    engine = bench.engine.get();
    const auto sweep = bench.engine->submit_sweep(spec, options);
    QVERIFY(sweep);
    QVERIFY(bench.log.wait_for<Paused>(sweep.value()));
    bench.engine->set_paused(sweep.value(), false);
    QVERIFY(bench.log.wait_ended(sweep.value()));
    const auto done = bench.log.last<SweepFinished>(sweep.value());
    QVERIFY(done && done->finished == 3 && done->preview_share > 0);
    int small = 0;
    for (const Preview& preview : previews_of(bench.log, sweep.value())) {
      QVERIFY(preview.picture >= 0 && preview.picture < 3);
      QVERIFY(preview.method != PreviewMethod::Rgb);
      small += preview.method == PreviewMethod::Taesd ? 1 : 0;
    }
    QCOMPARE(small, 15);
    // Without its decoder a sweep says so once.
    options.folder = file("sweep2");
    options.preview.decoder_path = file("nowhere.safetensors");
    const auto rough = bench.engine->submit_sweep(spec, options);
    QVERIFY(rough && bench.log.wait_ended(rough.value()));
    QCOMPARE(static_cast<int>(notes_of(bench.log, rough.value()).size()), 1);
    for (const Preview& preview : previews_of(bench.log, rough.value())) QCOMPARE(preview.method, PreviewMethod::Rgb);
    QCOMPARE(bench.log.mistake(), std::string());
  }
};

QTEST_GUILESS_MAIN(TestPreviews)
#include "tst_previews.moc"
