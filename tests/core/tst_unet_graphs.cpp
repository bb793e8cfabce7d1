// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Recorded evaluations without a GPU: what is copied in before a run, when recordings are made, and what becomes of
// one that fails. What a GPU replays is compared with the reference cases by check_device.py.
#include <ATen/ATen.h>
#include <QtTest>
#include <c10/core/InferenceMode.h>

#include "core/base/check.h"
#include "core/base/guard.h"
#include "core/model/recordings.h"
#include "core/model/unet_graphs.h"
#include "core/pipeline/pipeline.h"
#include "core/pipeline/warm_up.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_terms.h"

using namespace studio;
using namespace studio::testing;

namespace {

struct Counts {
  int captures = 0, replays = 0;
  bool fails = false;
};

// Runs the work where a GPU would record it, so that the run that records has its result; later replays change nothing.
class CountingPool final : public gpu::GraphPool {
 public:
  explicit CountingPool(Counts& counts) : counts_(counts) {}
  std::unique_ptr<gpu::Graph> capture(const std::function<void()>& work) override {
    ++counts_.captures;
    if (counts_.fails) throw std::runtime_error("operation not permitted when stream is capturing");
    work();
    return std::make_unique<CountingGraph>(counts_);
  }

 private:
  class CountingGraph final : public gpu::Graph {
   public:
    explicit CountingGraph(Counts& counts) : counts_(counts) {}
    void replay() override { ++counts_.replays; }

   private:
    Counts& counts_;
  };
  Counts& counts_;
};

}  // namespace

class TestUnetGraphs : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<const SdxlModel> model_;
  c10::InferenceMode inference_{true};

  std::vector<UnetRow> rows(double sigma) const {
    const LayerCounts& counts = model_->unet.self_attention_layers();
    return {UnetRow{}, UnetRow{.text = 1}, UnetRow{0, layer_set("mid", counts), seg_edit(sigma, counts), nullptr}};
  }
  static at::Tensor latents(std::uint64_t seed, std::int64_t width = 24) { return made_noise({1, 4, 16, width}, seed); }
  Conditioning conditioning() const { return made_conditioning(model_->unet, 1, at::kFloat, {601.0, 301.0}); }
  Unet recorded(Counts& counts) const {
    Unet unet = model_->unet;
    unet.set_graphs(std::make_shared<UnetGraphs>(c10::kCPU, std::make_unique<CountingPool>(counts), 0));
    return unet;
  }
  // CFG, and from the half on SEG too, in six steps.
  std::pair<std::unique_ptr<LoadedModel>, GenerationRequest> loaded_and_request(Counts& counts) const {
    auto model = std::make_shared<SdxlModel>(*model_);
    model->unet = recorded(counts);
    GenerationRequest request;
    request.prompts = {"a red apple"};
    request.seed = 4;
    request.steps = 6;
    request.width_px = request.height_px = 64;
    request.guidance = {{"cfg.scale", 3.0}, {"seg.scale", 2.0}, {"seg.sigma", 1.5}, {"seg.start", 0.5}};
    return {std::make_unique<LoadedModel>("recorded", std::move(model)), request};
  }
  bool is_same(const Unet& unet, const at::Tensor& x, int step, const std::vector<UnetRow>& its_rows) const {
    Conditioning a = conditioning(), b = conditioning();
    const auto actual = unet.forward({x, step, its_rows}, a), expected = model_->unet.forward({x, step, its_rows}, b);
    return std::equal(actual.begin(), actual.end(), expected.begin(), expected.end(), [](const auto& one, const auto& other) { return at::equal(one, other); });
  }

 private Q_SLOTS:
  void initTestCase() { model_ = load_test_model(tests_path("golden/models/tiny-sdxl")); }

  // Other latents, timestep, conditioning and sigma than those of the first run go into the recording.
  void recordings_take_new_values() {
    Counts counts;
    const Unet unet = recorded(counts);
    QVERIFY(is_same(unet, latents(1), 0, rows(1.0)));
    QCOMPARE(counts.captures, 0);
    QVERIFY(is_same(unet, latents(2), 1, rows(2.5)));
    QCOMPARE(counts.captures, 1);
    QCOMPARE(counts.replays, 1);
    (void)is_same(unet, latents(3), 0, rows(0.5));
    QCOMPARE(counts.captures, 1);
    QCOMPARE(counts.replays, 2);
  }

  void kinds_have_their_own() {
    Counts counts;
    const Unet unet = recorded(counts);
    const auto run_twice = [&](const at::Tensor& x, const std::vector<UnetRow>& its_rows) {
      return is_same(unet, x, 0, its_rows) && is_same(unet, x + 1, 1, its_rows);
    };
    QVERIFY(run_twice(latents(1), rows(1.0)));
    QVERIFY(run_twice(latents(1), rows(kInfinity)));
    QVERIFY(run_twice(latents(1, 16), rows(1.0)));
    QVERIFY(run_twice(latents(1), {UnetRow{}}));
    QVERIFY(run_twice(latents(1), {UnetRow{.text = 1}}));
    QCOMPARE(counts.captures, 5);
  }

  void only_some_are_kept() {
    Counts counts;
    const Unet unet = recorded(counts);
    const auto run_twice = [&](std::int64_t width) { return is_same(unet, latents(1, width), 0, rows(1.0)) && is_same(unet, latents(2, width), 1, rows(1.0)); };
    for (std::int64_t width = 8; width <= 56; width += 8) QVERIFY(run_twice(width));  // seven: one more than are kept
    QCOMPARE(counts.captures, 7);
    QVERIFY(run_twice(8));
    QCOMPARE(counts.captures, 8);
    QVERIFY(forget_recordings(c10::kCPU));
    QVERIFY(!forget_recordings(c10::kCPU));
    QVERIFY(run_twice(56));
    QCOMPARE(counts.captures, 9);
  }

  void a_failed_recording_changes_nothing() {
    Counts counts;
    counts.fails = true;
    const Unet unet = recorded(counts);
    for (int run = 0; run < 4; ++run) QVERIFY(is_same(unet, latents(static_cast<std::uint64_t>(run)), run % 2, rows(1.0 + run)));
    QCOMPARE(counts.captures, 1);
    QCOMPARE(counts.replays, 0);
  }

  void what_cannot_be_recorded() {
    Counts counts;
    const Unet unet = recorded(counts);
    std::vector<UnetRow> watched = rows(1.0);
    watched[0].observer = std::make_shared<LayerObserver>();
    std::vector<UnetRow> edited = rows(1.0);
    edited[2].edit = std::make_shared<FlippedKeys>();
    for (int run = 0; run < 3; ++run) {
      QVERIFY(is_same(unet, latents(1), 0, watched));
      QVERIFY(is_same(unet, latents(1), 0, edited));
      Conditioning tables = conditioning();
      std::vector<EncoderOutput> kept;
      const std::vector<UnetRow> plain = rows(1.0);
      UnetInput input{latents(1), 0, plain};
      input.kept = &kept;
      (void)unet.forward(input, tables);
      input.kept = nullptr;
      input.reused = kept;
      (void)unet.forward(input, tables);
    }
    QCOMPARE(counts.captures, 0);
  }

  void fp8_has_its_own() {
    Counts counts;
    const Unet unet = recorded(counts);
    const std::vector<UnetRow> its_rows = rows(1.0);
    for (const bool fp8 : {false, true}) {
      for (int run = 0; run < 2; ++run) {
        Conditioning tables = conditioning();
        UnetInput input{latents(1), run, its_rows};
        input.fp8 = fp8;
        (void)unet.forward(input, tables);
      }
    }
    QCOMPARE(counts.captures, 2);
  }

  // Where a stop may come within an evaluation, it is the same and not recorded.
  void stops_inside() {
    Counts counts;
    const Unet unet = recorded(counts);
    const std::vector<UnetRow> its_rows = rows(1.0);
    UnetInput input{latents(1), 0, its_rows};
    input.can_stop_inside = true;
    int places = 0;
    input.checkpoint = [&] { ++places; };
    for (int run = 0; run < 3; ++run) {
      Conditioning a = conditioning(), b = conditioning();
      const auto actual = unet.forward(input, a), expected = model_->unet.forward({latents(1), 0, its_rows}, b);
      for (std::size_t i = 0; i < expected.size(); ++i) QVERIFY(at::equal(actual[i], expected[i]));
    }
    QCOMPARE(counts.captures, 0);
    const int last = places / 3;
    QVERIFY(last > 8);
    for (const int stop : {1, 5, last}) {
      places = 0;
      input.checkpoint = [&] {
        if (++places == stop) throw StopRequested();
      };
      Conditioning tables = conditioning();
      QVERIFY_THROWS_EXCEPTION(StopRequested, (void)unet.forward(input, tables));
      QCOMPARE(places, stop);
    }
  }

  // What a job needs is there before it is asked for.
  void warming_up_makes_the_recordings_of_a_job() {
    Counts counts;
    const auto [loaded, request] = loaded_and_request(counts);
    QVERIFY(warm_up(request, *loaded, [] {}));
    QCOMPARE(counts.captures, 2);  // CFG, then CFG and SEG
    QCOMPARE(counts.replays, 2);
    const auto resolved = resolve(request, *loaded->model);
    QVERIFY(resolved && run(resolved.value(), *loaded->model, loaded->prompts, {}, {}));
    QCOMPARE(counts.captures, 2);
    QCOMPARE(counts.replays, 8);
  }

  void warming_up_stops_wherever_it_is() {
    Counts counts;
    int calls = 0, all = 0;
    const auto [loaded, request] = loaded_and_request(counts);
    QVERIFY(warm_up(request, *loaded, [&] { ++all; }));
    QVERIFY(all > 20);
    for (const int last : {1, 2, 5, all / 2, all - 1}) {
      forget_recordings(c10::kCPU);
      calls = 0;
      QVERIFY_EXCEPTION_THROWN((void)warm_up(request, *loaded, [&] {
        if (++calls == last) throw StopRequested{};
      }), StopRequested);
      QCOMPARE(calls, last);
    }
    forget_recordings(c10::kCPU);
    QVERIFY(warm_up(request, *loaded, [] {}));
  }

  // Its tables keep their places in memory.
  void followers_stay_where_they_are() {
    Conditioning first = conditioning();
    const std::unique_ptr<Conditioning> follower = first.follower(0);
    const std::vector<int> texts{0, 2};
    const at::Tensor key = follower->cross(1, texts).k, time = follower->time_offset(1, 0, texts);
    follower->freeze();
    QVERIFY(at::equal(key, first.cross(1, texts).k) && at::equal(time, first.time_offset(1, 0, texts)));
    std::vector<TextInput> other = made_texts(model_->unet, 1, at::kFloat);
    for (TextInput& text : other) text.states = text.states + 0.5;
    Conditioning second = model_->unet.condition(other, {TimeIds{{192, 128, 0, 0, 192, 128}}}, {601.0, 301.0});
    follower->follow(second, 1);
    QVERIFY(follower->cross(1, texts).k.is_same(key));
    QVERIFY(at::equal(key, second.cross(1, texts).k) && !at::equal(key, first.cross(1, texts).k));
    QVERIFY(at::equal(time, second.time_offset(1, 1, texts)) && at::equal(follower->time_offset(1, 0, texts), time));
    follower->freeze();
    QVERIFY_EXCEPTION_THROWN(follower->cross(0, texts), CheckError);
  }
};

QTEST_GUILESS_MAIN(TestUnetGraphs)
#include "tst_unet_graphs.moc"
