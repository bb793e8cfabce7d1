// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// UNet evaluations of one to four rows, with what they share and with every row whole, at several sizes; decoding.
#include "core/base/device.h"
#include "core/guidance/guidance.h"
#include "core/model/cuda_ops.h"
#include "core/pipeline/run_parts.h"
#include "tests/bench/bench.h"

#include <ATen/ATen.h>
#include <c10/core/CachingDeviceAllocator.h>

#include <cmath>

namespace studio::bench {
namespace {

using Rows = std::vector<UnetRow>;

// One kind of evaluation, ready to be called again and again.
class Step {
 public:
  Step(const SdxlModel& model, const Unet& unet, PromptEncoder& prompts, const Settings& settings, int size_px, Rows rows)
      : unet_(unet), rows_(std::move(rows)) {
    const std::int64_t side = size_px / model.vae.config().factor();
    latents_ = numbers(settings, {1, 4, side, side});
    std::vector<TextInput> texts{prompts.encode({"red apple"}), prompts.encode_negative(std::nullopt, 1)};
    const double px = size_px;
    tables_ = std::make_unique<Conditioning>(unet_.condition(std::move(texts), {TimeIds{{px, px, 0, 0, px, px}}}, {500.0}));
  }
  void run(bool share) { unet_.forward({latents_, 0, rows_, share}, *tables_); }
  void run_in_fp8() { unet_.forward({.latents = latents_, .rows = rows_, .fp8 = true}, *tables_); }
  // With the encoder's output of an evaluation before.
  void run_without_encoder() {
    if (encoder_.empty()) unet_.forward({.latents = latents_, .rows = rows_, .kept = &encoder_}, *tables_);
    unet_.forward({.latents = latents_, .rows = rows_, .reused = encoder_}, *tables_);
  }

 private:
  const Unet& unet_;
  Rows rows_;
  at::Tensor latents_;
  std::unique_ptr<Conditioning> tables_;
  std::vector<EncoderOutput> encoder_;
};

UnetRow blurred_row(double blur_sigma, const LayerCounts& layers) {
  auto terms = make_terms({{"cfg.scale", 1.0}, {"seg.scale", 1.0}, {"seg.sigma", blur_sigma}}, layers);
  const Branch branch = terms.value().front()->plan({0, 1, 500.0, 1.0, {}})[1];
  return {0, branch.layers, branch.edit, nullptr};
}

struct StepKind {
  std::string name;
  std::function<Rows(const LayerCounts&)> rows;
  nlohmann::json places = nlohmann::json::array();
  bool is_beside_plain = false;  // on a CPU also timed on LibTorch's operators
  bool is_in_quick = true;
};

Part step_part(const StepKind& kind, int size_px) {
  return {kind.name,
          [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            const SdxlModel& model = shop.model();
            const Rows rows = kind.rows(model.unet.self_attention_layers());
            const auto step_of = [&](const SdxlModel& its, const Unet& unet) { return Step(its, unet, shop.prompts(), s, size_px, rows); };
            Step ours = step_of(model, model.unet), whole = step_of(model, model.unet);
            std::vector<Rival> rivals{{"every row whole", [&] { whole.run(false); }}};
            Unet unrecorded = model.unet;
            unrecorded.set_graphs(nullptr);
            Step without = step_of(model, unrecorded);
            if (s.device.is_cuda() && gpu::why_no_graphs().empty()) rivals.push_back({"not recorded", [&] { without.run(true); }});
            std::optional<Step> plain;
            if (kind.is_beside_plain && s.device.is_cpu()) {
              plain.emplace(step_of(shop.plain_model(), shop.plain_model().unet));
              rivals.push_back({"LibTorch's products and convolutions, weights not packed", [&] { plain->run(true); }});
            }
            Row row = take_turns(s, [&] { ours.run(true); }, rivals);
            if (!kind.places.empty()) row.more["places"] = kind.places;
            return row;
          },
          kind.is_in_quick};
}

// What an approximation saves: the same evaluation as it is, beside it.
Part approximate_part(const std::string& what, const StepKind& kind, int size_px, void (Step::*run)()) {
  return {"UNet, 3 rows, approximation: " + what, [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            const SdxlModel& model = shop.model();
            if (run == &Step::run_in_fp8) {
              const std::string why = why_no_fp8(model);
              if (!why.empty()) return Error{ErrorCode::InvalidArgument, "no products in fp8: " + why};
              model.unet.prepare_fp8();
            }
            const Rows rows = kind.rows(model.unet.self_attention_layers());
            Step step(model, model.unet, shop.prompts(), s, size_px, rows), exact(model, model.unet, shop.prompts(), s, size_px, rows);
            return take_turns(s, [&] { (step.*run)(); }, {{"as it is", [&] { exact.run(true); }}});
          }};
}

Part decode_part(const std::string& name, int size_px, bool is_in_quick) {
  return {name,
          [=](Workshop& shop) -> Result<Row> {
            const SdxlModel& model = shop.model();
            const std::int64_t side = size_px / model.vae.config().factor();
            const at::Tensor latents = numbers(shop.settings(), {1, 4, side, side}).to(model.vae_dtype);
            Row row = take_turns(shop.settings(), [&] { model.vae.decode(latents); });
            row.more["places"] = {place("size", size_px, "VAE decode")};
            return row;
          },
          is_in_quick};
}

// How often the GPU's own allocator was asked, and what LibTorch holds of its memory.
struct Held {
  std::int64_t allocations = 0, segments = 0, reserved_bytes = 0;
};
Held held_by(c10::Device device) {
  const auto stats = c10::getDeviceAllocator(c10::kCUDA)->getDeviceStats(device.index());
  const auto all = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return {stats.num_device_alloc, stats.segment[all].current, stats.reserved_bytes[all].current};
}

Part allocations_part(const StepKind& kind, int size_px) {
  return {"allocations after warm-up, 20 steps", [=](Workshop& shop) -> Result<Row> {
            constexpr int kSteps = 20;
            const Settings& s = shop.settings();
            if (!s.device.is_cuda()) return Error{ErrorCode::InvalidArgument, "only a GPU's memory is counted by LibTorch"};
            const SdxlModel& model = shop.model();
            Step step(model, model.unet, shop.prompts(), s, size_px, kind.rows(model.unet.self_attention_layers()));
            Row row = take_turns(s, [&] { step.run(true); });
            const Held before = held_by(s.device);
            for (int i = 0; i < kSteps; ++i) step.run(true);
            wait_for_device(s.device);
            const Held after = held_by(s.device);
            row.more["new_device_allocations"] = after.allocations - before.allocations;
            row.more["new_segments"] = after.segments - before.segments;
            row.more["reserved_growth_bytes"] = after.reserved_bytes - before.reserved_bytes;
            return row;
          }};
}

// Some sizes around the model's own, which is left out.
std::vector<int> other_sizes(const ModelOutline& model) {
  const bool is_large = model.native_size_px >= 512;
  std::vector<int> sizes;
  for (const double factor : is_large ? std::vector{0.5, 0.75, 1.25, 1.5} : std::vector{0.5, 1.5, 2.0}) {
    const int size = static_cast<int>(std::lround(factor * model.native_size_px / model.size_multiple_px)) * model.size_multiple_px;
    if (size > 0 && size != model.native_size_px && (sizes.empty() || sizes.back() != size)) sizes.push_back(size);
  }
  return sizes;
}

}  // namespace

void add_step_parts(Parts& parts, const Settings& settings) {
  const int native_px = settings.outline.native_size_px;
  const UnetRow cond{0}, uncond{1};
  const auto on_rows = [](int rows) { return nlohmann::json{place("rows", rows, "UNet step")}; };
  const auto at_size = [](int px) { return place("size", px, "UNet step, 3 rows"); };
  const auto guided = [=](const LayerCounts& layers) { return Rows{cond, uncond, blurred_row(2.0, layers)}; };
  const StepKind three{"UNet, CFG + SEG sigma 2, 3 rows", guided, {place("rows", 3, "UNet step"), at_size(native_px)}, true};
  const std::vector<StepKind> kinds{
      {"UNet, 1 row", [=](const LayerCounts&) { return Rows{cond}; }, on_rows(1), true},
      {"UNet, CFG, 2 rows", [=](const LayerCounts&) { return Rows{cond, uncond}; }, {}},
      {"UNet, SEG sigma 2, 2 rows", [=](const LayerCounts& layers) { return Rows{cond, blurred_row(2.0, layers)}; }, on_rows(2)},
      three,
      {"UNet, CFG + SEG sigma inf, 3 rows", [=](const LayerCounts& layers) { return Rows{cond, uncond, blurred_row(kInfinity, layers)}; }, {}},
      {"UNet, CFG + SEG sigma 2 and inf, 4 rows",
       [=](const LayerCounts& layers) { return Rows{cond, uncond, blurred_row(2.0, layers), blurred_row(kInfinity, layers)}; }, on_rows(4)},
  };
  for (const StepKind& kind : kinds) parts.push_back(step_part(kind, native_px));
  parts.push_back(approximate_part("products in fp8", three, native_px, &Step::run_in_fp8));
  parts.push_back(approximate_part("encoder's output reused", three, native_px, &Step::run_without_encoder));
  parts.push_back(decode_part("VAE decode", native_px, true));
  const std::vector<int> sizes = other_sizes(settings.outline);
  for (const int px : sizes) {
    // A quick run still has a line to draw.
    const bool is_in_quick = px == sizes.front();
    const std::string size = ", " + std::to_string(px) + "x" + std::to_string(px);
    parts.push_back(step_part({three.name + size, guided, {at_size(px)}, false, is_in_quick}, px));
    parts.push_back(decode_part("VAE decode" + size, px, is_in_quick));
  }
  parts.push_back(allocations_part(three, native_px));
}

}  // namespace studio::bench
