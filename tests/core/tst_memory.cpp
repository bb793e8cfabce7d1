// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A model that shares a device's memory: what comes and goes when, what is forecast, and what is done when
// memory runs out. The device is a part of this computer's memory whose bytes are counted.
#include <ATen/ATen.h>
#include <QtTest>

#include "core/base/guard.h"
#include "core/model/placement.h"
#include "core/pipeline/memory_forecast.h"
#include "core/pipeline/pipeline.h"
#include "core/weights/safetensors.h"
#include "tests/support/engine_bench.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_weights.h"

#include <c10/core/InferenceMode.h>

#include <array>
#include <limits>
#include <map>
#include <new>
#include <set>

using namespace studio;
using namespace studio::testing;

namespace {

const std::string kTiny = tests_path("golden/models/tiny-sdxl");

// Weights that are away are NaN: what is computed with them shows.
class CountingMover final : public WeightMover {
 public:
  struct Log {
    int copies = 0, settled = 0, copies_before_failure = std::numeric_limits<int>::max();
    std::set<int> marked, waited;
    std::vector<c10::weak_intrusive_ptr<c10::StorageImpl>> originals;  // what the weights were in before
  };
  explicit CountingMover(Log& log) : log_(log) {}
  at::Tensor at_home(const at::Tensor& weight) override {
    at::Tensor away = at::full_like(weight, std::numeric_limits<double>::quiet_NaN());
    real_.emplace_back(away, weight.clone());
    log_.originals.push_back(weight.storage().getWeakStorageImpl());
    return away;
  }
  at::Tensor start_copy(const at::Tensor& home) override {
    if (log_.copies_before_failure-- == 0) throw std::bad_alloc();
    ++log_.copies;
    for (const auto& [away, real] : real_) {
      if (away.is_same(home)) return real.clone();
    }
    throw std::logic_error("never sent home");
  }
  void mark(int piece) override { log_.marked.insert(piece); }
  void wait_for(int piece) override {
    if (!log_.marked.contains(piece)) throw std::logic_error("waits for what was not begun");
    log_.waited.insert(piece);
  }
  void settle() override { ++log_.settled; }

 private:
  Log& log_;
  std::vector<std::pair<at::Tensor, at::Tensor>> real_;
};

std::shared_ptr<const SdxlModel> load_double(std::shared_ptr<Placement> placement) {
  // In fp64 nothing is packed, with a placement or without: the same sums to the last bit.
  auto model = load_model(kTiny, {.dtype = at::kDouble, .placement = std::move(placement)});
  if (!model) qFatal("%s", model.error().message.c_str());
  return std::move(model).value();
}

struct Made {
  std::string hash;
  at::Tensor pictures;
};
Result<RunResult> try_job(const std::shared_ptr<const SdxlModel>& model, const GenerationRequest& request, const RunInputs& inputs = {},
                          const RunCallbacks& callbacks = {}) {
  const c10::InferenceMode inference;
  PromptEncoder prompts(model);
  auto resolved = resolve(request, *model);
  if (!resolved) qFatal("%s", resolved.error().message.c_str());
  return to_result([&] { return run(resolved.value(), *model, prompts, inputs, callbacks); });
}
Made made(const std::shared_ptr<const SdxlModel>& model, const GenerationRequest& request, const RunInputs& inputs = {},
          const RunCallbacks& callbacks = {}) {
  auto result = try_job(model, request, inputs, callbacks);
  if (!result) qFatal("%s", result.error().message.c_str());
  return {result.value().latents_hash, result.value().pictures};
}

WeightBytes bytes_of_parts(const MemoryForecast& forecast) {
  WeightBytes bytes;
  for (const auto& part : forecast.parts) {
    if (part.name == "unet") bytes.unet += part.bytes;
    else if (part.name == "vae") bytes.vae += part.bytes;
    else bytes.text += part.bytes;
  }
  return bytes;
}

}  // namespace

class TestMemory : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void parts_in_turn_and_in_pieces_data() {
    QTest::addColumn<MemoryMode>("mode");
    QTest::addColumn<QString>("sampler");
    QTest::newRow("in turn") << MemoryMode::Turns << "euler";
    QTest::newRow("in pieces") << MemoryMode::Streamed << "euler";
    QTest::newRow("in pieces, another sampler") << MemoryMode::Streamed << "unipc";
  }
  // Equal to the last bit: nothing is ever computed with weights that are away, or with another's.
  void parts_in_turn_and_in_pieces() {
    QFETCH(MemoryMode, mode);
    QFETCH(QString, sampler);
    GenerationRequest request = tiny_job(3);
    request.sampler = sampler.toStdString();
    request.negative_prompt = "a green one";
    const Made expected = made(load_double(nullptr), request);
    CountingMover::Log log;
    const auto placement = std::make_shared<Placement>(mode, std::make_unique<CountingMover>(log));
    const auto model = load_double(placement);
    QCOMPARE(log.copies, 0);
    QCOMPARE(placement->bytes_there(), std::int64_t{0});
    for (int times = 0; times < 2; ++times) {
      const Made again = made(model, request);
      QCOMPARE(again.hash, expected.hash);
      QVERIFY(at::equal(again.pictures, expected.pictures));
    }
    QVERIFY(log.settled > 0);
    const auto forecast = forecast_memory(request, kTiny, {}, {.device = c10::Device(c10::kCUDA, 0), .dtype = c10::kDouble, .mode = mode});
    QVERIFY2(forecast, forecast ? "" : forecast.error().message.c_str());
    const WeightBytes bytes = bytes_of_parts(forecast.value());
    // The most that was there is what was said: the largest group, or the text encoders if they are larger.
    const std::int64_t said = peak_bytes(mode, bytes, 0, 0);
    if (mode == MemoryMode::Turns) {
      QVERIFY2(placement->peak_bytes() == said, qPrintable(QString("%1 of %2").arg(placement->peak_bytes()).arg(said)));
    }
    QVERIFY(placement->peak_bytes() < bytes.text + bytes.unet + bytes.vae);
  }

  // Weights that wait elsewhere would else take the computer's memory twice.
  void originals_are_let_go() {
    CountingMover::Log log;
    const auto placement = std::make_shared<Placement>(MemoryMode::Turns, std::make_unique<CountingMover>(log));
    const auto model = load_double(placement);
    QVERIFY(log.originals.size() > 100);
    for (const auto& storage : log.originals) QVERIFY(storage.expired());
  }

  void pieces_stay_in_their_window() {
    CountingMover::Log log;
    const auto placement = std::make_shared<Placement>(MemoryMode::Streamed, std::make_unique<CountingMover>(log));
    const auto gate = placement->gate(WeightGroup::Unet), text = placement->gate(WeightGroup::Text);
    std::vector<std::vector<at::Tensor>> pieces;
    constexpr std::array<std::int64_t, 4> kSizes{10, 30, 20, 5};
    pieces.push_back({at::ones({2}, at::kDouble)});
    for (const std::int64_t size : kSizes) pieces.push_back({at::ones({size}, at::kDouble)});
    placement->add(WeightGroup::Unet, pieces);
    const at::Tensor words = at::ones({50}, at::kDouble);
    placement->add(WeightGroup::Text, {{words}});
    const auto is_there = [&](std::size_t i) { return !pieces[i].front().isnan().any().item<bool>(); };
    text->enter();
    QCOMPARE(placement->bytes_there(), std::int64_t{50 * 8});
    QVERIFY(!words.isnan().any().item<bool>());
    gate->enter();
    QCOMPARE(placement->bytes_there(), std::int64_t{2 * 8});
    QVERIFY(words.isnan().all().item<bool>() && is_there(0) && !is_there(1));
    for (int step = 0; step < 2; ++step) {
      gate->enter();
      for (int piece = 0; piece < 4; ++piece) {
        gate->enter_piece(piece);
        QVERIFY(is_there(0) && is_there(piece + 1));
        QVERIFY(is_there(piece == 3 ? 1 : piece + 2));  // the next is on its way
        QCOMPARE(placement->bytes_there(), std::int64_t{8 * (2 + kSizes[piece] + kSizes[(piece + 1) % 4])});
      }
    }
    QCOMPARE(placement->peak_bytes(), std::int64_t{(2 + 30 + 20) * 8});
    // With gradients everything that was used stays, until the pass is over.
    gate->hold(true);
    for (int piece = 0; piece < 4; ++piece) gate->enter_piece(piece);
    for (std::size_t i = 0; i < pieces.size(); ++i) QVERIFY(is_there(i));
    gate->hold(false);
    gate->enter_piece(0);
    QVERIFY(is_there(1) && is_there(2) && !is_there(3) && !is_there(4));
    // A copy that finds no memory leaves all as it was, and can be asked for again.
    log.copies_before_failure = 0;
    QVERIFY_EXCEPTION_THROWN(text->enter(), std::bad_alloc);
    QVERIFY(words.isnan().all().item<bool>());
    QCOMPARE(placement->bytes_there(), std::int64_t{0});
    log.copies_before_failure = 1000;
    text->enter();
    QVERIFY(!words.isnan().any().item<bool>());
  }

  void small_and_real_windows_agree() {
    // Of the UNet alone: the forecast reads names, the network hands its tensors over.
    CountingMover::Log log;
    const auto placement = std::make_shared<Placement>(MemoryMode::Streamed, std::make_unique<CountingMover>(log));
    const auto model = load_double(placement);
    std::map<std::string, std::int64_t> by_name;
    auto files = ModelFiles::open(kTiny);
    QVERIFY(files);
    auto source = files.value().weights(WeightPart::Unet, at::kDouble, at::kMeta);
    QVERIFY(source);
    for (const SourceTensor& tensor : source.value().tensors()) {
      std::int64_t bytes = 8;
      for (const std::int64_t side : tensor.shape) bytes *= side;
      if (tensor.name.ends_with("upsamplers.0.conv.weight")) bytes += bytes / 9 * 16;  // that of Conv2d::forward_doubled()
      by_name[unet_piece(tensor.name)] += bytes;
    }
    auto copy = model->unet;
    std::multiset<std::int64_t> named, handed;
    for (const auto& [name, bytes] : by_name) named.insert(bytes);
    for (const auto& piece : copy.weight_pieces()) {
      std::int64_t bytes = 0;
      for (const at::Tensor& tensor : piece) bytes += static_cast<std::int64_t>(tensor.nbytes());
      handed.insert(bytes);
    }
    QVERIFY(named == handed);
    QVERIFY(handed.size() > 8);
  }

  // The way back meets the weights of the way there.
  void gradients_in_pieces() {
    CountingMover::Log log;
    const auto streamed = load_double(std::make_shared<Placement>(MemoryMode::Streamed, std::make_unique<CountingMover>(log)));
    const auto gradient = [](const std::shared_ptr<const SdxlModel>& model) {
      PromptEncoder prompts(model);
      auto conditioning = model->unet.condition({prompts.encode({"a red apple"})}, {TimeIds{{64, 64, 0, 0, 64, 64}}}, {500.0});
      const at::Tensor input = made_noise({1, 4, 8, 8}, 7, at::kDouble).requires_grad_(true);
      const std::vector<UnetRow> rows(1);
      model->unet.hold_weights(true);
      const at::Tensor output = model->unet.forward({.latents = input, .step = 0, .rows = rows}, conditioning).front();
      output.square().sum().backward();
      model->unet.hold_weights(false);
      return input.grad();
    };
    const at::Tensor seen = gradient(streamed);
    QVERIFY(at::isfinite(seen).all().item<bool>() && seen.abs().max().item<double>() > 0);
    QVERIFY(at::equal(seen, gradient(load_double(nullptr))));
  }

  void piece_names_data() {
    QTest::addColumn<QString>("tensor");
    QTest::addColumn<QString>("piece");
    QTest::newRow("resnet") << "down_blocks.0.resnets.1.conv1.weight" << "down_blocks.0.1";
    QTest::newRow("its attention") << "down_blocks.0.attentions.1.proj_in.weight" << "down_blocks.0.1";
    QTest::newRow("two digits") << "up_blocks.10.resnets.12.norm1.bias" << "up_blocks.10.12";
    QTest::newRow("downsampler") << "down_blocks.1.downsamplers.0.conv.bias" << "down_blocks.1.downsamplers";
    QTest::newRow("mid") << "mid_block.attentions.0.transformer_blocks.3.norm1.weight" << "mid_block";
    QTest::newRow("time projection") << "up_blocks.0.resnets.0.time_emb_proj.weight" << "";
    QTest::newRow("first convolution") << "conv_in.weight" << "";
    QTest::newRow("embedding") << "add_embedding.linear_1.weight" << "";
  }
  void piece_names() {
    QFETCH(QString, tensor);
    QFETCH(QString, piece);
    QCOMPARE(QString::fromStdString(unet_piece(tensor.toStdString())), piece);
  }

  // SDXL at 1024 x 1024 in fp16, by its published sizes.
  void what_fits_data() {
    QTest::addColumn<double>("gigabytes");
    QTest::addColumn<MemoryMode>("mode");
    QTest::newRow("not known") << 0.0 << MemoryMode::Resident;
    QTest::newRow("80 GB") << 80.0 << MemoryMode::Resident;
    QTest::newRow("12 GB") << 12.0 << MemoryMode::Resident;
    QTest::newRow("8 GB") << 7.5 << MemoryMode::Turns;
    QTest::newRow("5 GB") << 5.0 << MemoryMode::Streamed;
    QTest::newRow("1 GB") << 1.0 << MemoryMode::Streamed;
  }
  void what_fits() {
    QFETCH(double, gigabytes);
    QFETCH(MemoryMode, mode);
    UnetConfig unet;
    unet.block_channels = {320, 640, 1280};
    unet.down_has_attention = {false, true, true};
    VaeConfig vae;
    vae.block_channels = {128, 256, 512, 512};
    const WeightBytes weights{.text = 1'640'000'000, .unet = 5'135'000'000, .vae = 335'000'000, .unet_window = 1'400'000'000};
    const std::int64_t step = unet_step_bytes(unet, 128, 128, 2, 2), decode = vae_decode_bytes(vae, 128, 128, 1, 4, false);
    QVERIFY2(step > 100'000'000 && step < 1'000'000'000, qPrintable(QString::number(step)));
    QVERIFY2(decode > 2'000'000'000 && decode < 5'000'000'000, qPrintable(QString::number(decode)));
    QVERIFY(vae_decode_bytes(vae, 128, 128, 4, 4, true) < decode / 4);
    QVERIFY(vae_decode_bytes(vae, 512, 512, 1, 4, false) < 16 * decode);  // in tiles by itself
    QCOMPARE(mode_that_fits(static_cast<std::int64_t>(gigabytes * 1e9), weights, step, decode), mode);
    QVERIFY(peak_bytes(MemoryMode::Resident, weights, step, decode) > peak_bytes(MemoryMode::Turns, weights, step, decode));
    QVERIFY(peak_bytes(MemoryMode::Turns, weights, step, decode) > peak_bytes(MemoryMode::Streamed, weights, step, decode));
  }

  void forecast_of_a_job() {
    Bench bench;
    GenerationRequest request = tiny_job();
    const auto small = bench.engine->forecast_memory(request, false);
    QVERIFY2(small, small ? "" : small.error().message.c_str());
    QCOMPARE(small.value().parts.size(), std::size_t{4});
    QCOMPARE(small.value().device, std::string("cpu"));
    QCOMPARE(small.value().mode, MemoryMode::Resident);
    QVERIFY(small.value().total_bytes > 0 && small.value().fits());
    std::int64_t weights = 0;
    for (const auto& part : small.value().parts) {
      QCOMPARE(part.dtype, std::string("fp32"));
      QVERIFY(part.bytes > 0);
      weights += part.bytes;
    }
    QVERIFY(small.value().needed_bytes > weights);
    request.width_px = 256;
    const auto large = bench.engine->forecast_memory(request, false);
    QVERIFY(large && large.value().step_bytes == 4 * small.value().step_bytes);
    QVERIFY(large.value().decode_bytes > small.value().decode_bytes);
    // One row at a time instead of the three of guidance.
    const auto less = bench.engine->forecast_memory(request, true);
    QCOMPARE(3 * less.value().step_bytes, large.value().step_bytes);
    request.width_px = 61;
    QVERIFY(!bench.engine->forecast_memory(request, false));
    request = tiny_job();
    request.model = "no such model";
    QVERIFY(!bench.engine->forecast_memory(request, false));
    QVERIFY(bench.log.all().empty());
  }

  // Products in fp8 have weights of their own where they can be had, a byte a number.
  void forecast_of_fp8() {
    GenerationRequest request;
    request.prompts = {"a"};
    const auto needed = [&](c10::Device device, c10::ScalarType dtype, MemoryMode mode) {
      return forecast_memory(request, kTiny, {}, {.device = device, .dtype = dtype, .mode = mode}).value().needed_bytes;
    };
    const c10::Device gpu(c10::kCUDA, 0);
    const auto with = [&](c10::Device device, c10::ScalarType dtype, MemoryMode mode) {
      request.sections = {};
      const std::int64_t before = needed(device, dtype, mode);
      request.sections = {{"speed.fp8", true}};
      return needed(device, dtype, mode) - before;
    };
    std::int64_t numbers = 0;
    Unet unet = load_test_model(kTiny)->unet;
    unet.visit_layers([&](const NamedLayer& layer) {
      for (const char* part : {".attn1.to_q", ".attn1.to_k", ".attn1.to_v", ".ff.net.0.proj", ".ff.net.2"}) {
        if (layer.name.ends_with(part)) numbers += layer.shape[0] * layer.shape[1];
      }
    });
    QVERIFY(numbers > 0);
    QCOMPARE(with(gpu, at::kHalf, MemoryMode::Resident), numbers);
    QCOMPARE(with(gpu, at::kBFloat16, MemoryMode::Resident), numbers);
    QCOMPARE(with(gpu, at::kFloat, MemoryMode::Resident), std::int64_t{0});
    QCOMPARE(with(gpu, at::kHalf, MemoryMode::Turns), std::int64_t{0});
    QCOMPARE(with(c10::kCPU, at::kBFloat16, MemoryMode::Resident), std::int64_t{0});
  }

  void modes_need_a_gpu() {
    EventLog log;
    for (const MemoryMode mode : {MemoryMode::Turns, MemoryMode::Streamed}) {
      EngineConfig config;
      config.resources_path = STUDIO_RESOURCES_DIR;
      config.device = "cpu";
      config.memory = mode;
      const auto engine = make_engine(config, log);
      QVERIFY(!engine);
      QCOMPARE(engine.error().code, ErrorCode::InvalidArgument);
      QVERIFY(engine.error().message.find("need a GPU") != std::string::npos);
    }
  }

  // Memory runs out once, somewhere: the job says so and comes to the same picture as one that takes little.
  void out_of_memory_data() {
    QTest::addColumn<int>("phase");
    QTest::addColumn<int>("times");
    QTest::addColumn<int>("notes");
    QTest::addColumn<bool>("ends_well");
    const int denoising = static_cast<int>(Phase::Denoising), decoding = static_cast<int>(Phase::Decoding);
    QTest::newRow("in a step") << denoising << 1 << 1 << true;
    QTest::newRow("in a step, also one row at a time") << denoising << 2 << 1 << false;
    QTest::newRow("in decoding") << decoding << 1 << 1 << true;
    QTest::newRow("in decoding, also in tiles") << decoding << 2 << 1 << false;
  }
  void out_of_memory() {
    QFETCH(int, phase);
    QFETCH(int, times);
    QFETCH(int, notes);
    QFETCH(bool, ends_well);
    static const auto model = load_test_model(kTiny);
    GenerationRequest request = tiny_job(4);
    request.sampler = "euler_a";  // its noise goes on where it was
    const Made expected = made(model, request);
    Phase now = Phase::Encoding;
    int calls = 0, failures = 0;
    std::vector<std::string> told;
    std::vector<int> steps;
    RunCallbacks callbacks;
    callbacks.on_phase = [&](Phase next, double) {
      now = next;
      calls = 0;
    };
    callbacks.on_note = [&](std::string note) { told.push_back(std::move(note)); };
    callbacks.on_step = [&](const StepDone& step) {
      steps.push_back(step.step);
      calls = 0;
    };
    callbacks.checkpoint = [&] {
      // Deep inside the second step, or the decoder.
      const bool is_there = ++calls >= 4 && (now != Phase::Denoising || steps.size() == 1);
      if (static_cast<int>(now) != phase || failures == times || !is_there) return;
      ++failures;
      throw std::bad_alloc();
    };
    const auto result = try_job(model, request, {}, callbacks);
    QCOMPARE(failures, times);
    QCOMPARE(static_cast<int>(told.size()), notes);
    QVERIFY2(told.front().find("there was not enough memory") == 0, told.front().c_str());
    QCOMPARE(bool(result), ends_well);
    if (!ends_well) {
      QCOMPARE(result.error().code, ErrorCode::OutOfMemory);
      return;
    }
    QCOMPARE(steps, (std::vector{1, 2, 3, 4}));  // none again
    const double away = (result.value().pictures - expected.pictures).abs().max().item<double>();
    QVERIFY2(away <= (phase == static_cast<int>(Phase::Denoising) ? 1e-3 : 1e-5), qPrintable(QString::number(away)));
  }

  void asked_to_take_little_it_fails_at_once() {
    const auto model = load_test_model(kTiny);
    RunInputs inputs;
    inputs.options.less_memory = true;
    RunCallbacks callbacks;
    int notes = 0;
    callbacks.on_note = [&](const std::string&) { ++notes; };
    Phase now = Phase::Encoding;
    callbacks.on_phase = [&](Phase next, double) { now = next; };
    int calls = 0;
    callbacks.checkpoint = [&] {
      if (now == Phase::Denoising && ++calls >= 4) throw std::bad_alloc();
    };
    const auto result = try_job(model, tiny_job(2), inputs, callbacks);
    QVERIFY(!result && result.error().code == ErrorCode::OutOfMemory);
    QCOMPARE(notes, 0);
  }

  // A VAE whose configuration promises fp16, which its numbers leave: decoded in fp32 after all.
  void narrow_vae_that_overflows() {
    const auto whole = load_test_model(kTiny);
    auto files = ModelFiles::open(kTiny);
    QVERIFY(files);
    auto source = files.value().weights(WeightPart::Vae, at::kHalf);
    QVERIFY(source);
    // The first layer's weights as large as fp16 can hold, or a twentieth of that. The norms of what follows take
    // the factor out again.
    const auto tensors_with = [&](double largest) {
      std::vector<std::pair<std::string, at::Tensor>> tensors;
      for (const SourceTensor& tensor : source.value().tensors()) {
        at::Tensor weight = tensor.read().to(at::kFloat).clone();
        if (tensor.name == "decoder.conv_in.weight") weight = weight * (largest / weight.abs().max().item<double>());
        tensors.emplace_back(tensor.name, weight);
      }
      return tensors;
    };
    const auto tensors = tensors_with(6e4);
    VaeConfig config = whole->vae.config();
    config.force_upcast = false;
    QCOMPARE(vae_dtype_for(at::kHalf, config, at::kCPU), at::kHalf);
    QCOMPARE(vae_dtype_for(at::kFloat, config, at::kCPU), at::kFloat);
    config.force_upcast = true;
    QCOMPARE(vae_dtype_for(at::kHalf, config, at::kCPU), at::kFloat);
    QCOMPARE(vae_dtype_for(at::kBFloat16, config, at::kCPU), at::kFloat);
    QCOMPARE(vae_dtype_for(at::kBFloat16, config, at::kCUDA), at::kHalf);
    QCOMPARE(vae_dtype_for(at::kFloat, config, at::kCUDA), at::kFloat);
    SdxlModel model = *whole;
    TensorSource narrow = made_source(tensors, at::kHalf);
    model.vae = Vae::load(narrow, config);
    model.vae_dtype = at::kHalf;
    const at::Tensor latents = made_noise({1, 4, 8, 8}, 3) * 4;
    // Maps of more than 65504 are held, as they stand for 32 times what is in them; beyond that they are not.
    TensorSource held = made_source(tensors_with(3e3), at::kHalf), held_wide = made_source(tensors_with(3e3), at::kFloat);
    const Vae wide_vae = Vae::load(held_wide, config);
    const at::Tensor held_picture = Vae::load(held, config).decode(latents.to(at::kHalf)).to(at::kFloat);
    QVERIFY((held_picture - wide_vae.decode(latents)).abs().mean().item<double>() < 0.02);
    QVERIFY(!at::isfinite(model.vae.decode(latents.to(at::kHalf))).all().item<bool>());
    const at::Tensor picture = decode(model, latents, false, [] {});
    QVERIFY(at::isfinite(picture).all().item<bool>());
    TensorSource wide = made_source(tensors, at::kFloat);
    const at::Tensor expected = Vae::load(wide, config).decode(latents);
    // Its weights went through fp16.
    QVERIFY2((picture - expected).abs().mean().item<double>() < 0.02, qPrintable(QString::number((picture - expected).abs().mean().item<double>())));
  }
};

QTEST_GUILESS_MAIN(TestMemory)
#include "tst_memory.moc"
