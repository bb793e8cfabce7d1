// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Single operators beside LibTorch's on the same tensors: at SDXL's shapes for 1024 x 1024 on a GPU, at the demo
// model's on a CPU; attention with blurred queries at SDXL's on both.
#include "core/guidance/guidance.h"
#include "core/model/attention.h"
#include "core/model/cpu_kernels.h"
#include "core/model/cuda_ops.h"
#include "core/model/layers.h"
#include "core/model/token_passes.h"
#include "tests/bench/bench.h"
#include "tests/support/made_weights.h"

#include <ATen/ATen.h>

#include <optional>

namespace studio::bench {
namespace {

std::string text_of(std::initializer_list<std::int64_t> sizes) {
  std::string text;
  for (const std::int64_t size : sizes) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

at::Tensor map_of(const Settings& settings, at::IntArrayRef sizes) { return numbers(settings, sizes).contiguous(at::MemoryFormat::ChannelsLast); }

Error refused() {
  const std::string& why = gpu::why_no_kernels();
  return {ErrorCode::Internal, why.empty() ? "the fused pass refuses these types or sizes" : why};
}

constexpr std::int64_t kGroups = 32, kRows = 3;
constexpr double kEps = 1e-5;

Part gpu_group_norm(std::int64_t channels, std::int64_t side) {
  return {"kernel: group norm + SiLU, " + text_of({kRows, channels, side, side}), [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            const at::Tensor x = map_of(s, {kRows, channels, side, side}), weight = numbers(s, {channels}), bias = numbers(s, {channels});
            if (!gpu::group_norm({x, {}, {}}, weight, bias, kGroups, kEps, true)) return refused();
            return take_turns(s, [&] { (void)gpu::group_norm({x, {}, {}}, weight, bias, kGroups, kEps, true); },
                              {{"LibTorch: group_norm, silu", [&] { at::silu(at::group_norm(x, kGroups, weight, bias, kEps)); }}});
          }};
}

Part gpu_geglu(std::int64_t tokens, std::int64_t width) {
  return {"kernel: GEGLU, " + text_of({kRows, tokens, width}), [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            const std::vector<at::Tensor> halves = numbers(s, {kRows, tokens, 2 * width}).chunk(2, -1);
            if (!gpu::geglu(halves[0], halves[1])) return refused();
            return take_turns(s, [&] { (void)gpu::geglu(halves[0], halves[1]); }, {{"LibTorch: gelu, mul", [&] { at::mul(halves[0], at::gelu(halves[1])); }}});
          }};
}

Part gpu_add_norm(std::int64_t tokens, std::int64_t width) {
  return {"kernel: residual + layer norm, " + text_of({kRows, tokens, width}), [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            const at::Tensor x = numbers(s, {kRows, tokens, width}), residual = numbers(s, {kRows, tokens, width});
            const at::Tensor x_bias = numbers(s, {width}), weight = numbers(s, {width}), bias = numbers(s, {width});
            if (!gpu::add_layer_norm(x, x_bias, residual, weight, bias, kEps)) return refused();
            return take_turns(s, [&] { (void)gpu::add_layer_norm(x, x_bias, residual, weight, bias, kEps); },
                              {{"LibTorch: add, add, layer_norm", [&] { at::layer_norm(x + x_bias + residual, {width}, weight, bias, kEps); }}});
          }};
}

Part gpu_add_bias(std::int64_t channels, std::int64_t side) {
  return {"kernel: bias + residual, " + text_of({kRows, channels, side, side}), [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            // Both add to x in place again and again: small numbers, so that it stays finite.
            const at::Tensor x = map_of(s, {kRows, channels, side, side}), residual = map_of(s, {kRows, channels, side, side}) * 1e-4;
            const at::Tensor bias = numbers(s, {channels}) * 1e-4, wide_bias = bias.view({1, -1, 1, 1});
            if (!gpu::add_bias(x, bias, residual)) return refused();
            return take_turns(s, [&] { (void)gpu::add_bias(x, bias, residual); }, {{"LibTorch: add_, add_", [&] { x.add_(wide_bias).add_(residual); }}});
          }};
}

// A 3x3 convolution for minimal filtering, and why it cannot be measured, if so.
struct Filterable {
  Conv2d conv;
  std::optional<Error> problem;
};
Filterable made_filterable(const Settings& s, std::int64_t in, std::int64_t out) {
  if (s.dtype != c10::kHalf) return {{}, Error{ErrorCode::InvalidArgument, "minimal filtering is for fp16"}};
  if (!gpu::why_no_kernels().empty()) return {{}, refused()};
  TensorSource source = testing::made_source({{"conv.weight", numbers(s, {out, in, 3, 3})}, {"conv.bias", numbers(s, {out})}}, s.dtype, s.device);
  return {Conv2d::load(source, "conv", in, out, 3, 1, 1), std::nullopt};
}

// A resnet's second convolution, with its bias and residual.
Part gpu_convolution(std::int64_t in, std::int64_t out, std::int64_t side) {
  return {"kernel: convolution 3x3 by minimal filtering, " + text_of({kRows, in, side, side}) + " to " + std::to_string(out), [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            const auto [plain, problem] = made_filterable(s, in, out);
            if (problem) return *problem;
            const at::Tensor x = map_of(s, {kRows, in, side, side}), residual = map_of(s, {kRows, out, side, side});
            Conv2d filtering = plain;
            filtering.use_filtering(true);
            return take_turns(s, [&] { filtering.forward_add(x, residual); },
                              {{"LibTorch: conv2d, then bias + residual", [&, &conv = plain] { conv.forward_add(x, residual); }}});
          }};
}

// An upsampler.
Part gpu_doubling(std::int64_t channels, std::int64_t side) {
  return {"kernel: doubling and convolution 3x3 by minimal filtering, " + text_of({kRows, channels, side, side}), [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            const auto [plain, problem] = made_filterable(s, channels, channels);
            if (problem) return *problem;
            const at::Tensor x = map_of(s, {kRows, channels, side, side});
            Conv2d doubling = plain;
            doubling.prepare_doubling();
            Conv2d filtering = doubling;
            filtering.use_filtering(true);
            return take_turns(s, [&] { filtering.forward_doubled(x); },
                              {{"one 2x2 convolution", [&] { doubling.forward_doubled(x); }},
                               {"LibTorch: upsample, conv2d, bias", [&, &conv = plain] { conv.forward_doubled(x); }}});
          }};
}

Part cpu_group_norm(std::int64_t channels, std::int64_t side) {
  return {"kernel: group norm + SiLU, " + text_of({kRows, channels, side, side}), [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            if (s.dtype != c10::kFloat) return Error{ErrorCode::InvalidArgument, "this pass is for fp32"};
            const at::Tensor x = map_of(s, {kRows, channels, side, side}), weight = numbers(s, {channels}), bias = numbers(s, {channels});
            const cpu::GroupNormShape shape{kRows, side * side, channels, kGroups, static_cast<float>(kEps)};
            const auto ours = [&] {
              at::Tensor out = at::empty_like(x, at::MemoryFormat::ChannelsLast);
              cpu::group_norm(shape, x.const_data_ptr<float>(), nullptr, weight.const_data_ptr<float>(), bias.const_data_ptr<float>(), true,
                              out.mutable_data_ptr<float>());
            };
            return take_turns(s, ours, {{"LibTorch: group_norm, silu", [&] { at::silu(at::group_norm(x, kGroups, weight, bias, kEps)); }}});
          }};
}

Part cpu_linear(std::int64_t tokens, std::int64_t in, std::int64_t out) {
  return {"kernel: linear + GELU, packed, " + text_of({kRows, tokens, in}) + " to " + std::to_string(out), [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            const at::Tensor weight = numbers(s, {out, in}), bias = numbers(s, {out}), x = numbers(s, {kRows, tokens, in});
            const Linear layer(weight, bias);
            return take_turns(s, [&] { layer.forward(x, Activation::Gelu); }, {{"LibTorch: linear, gelu", [&] { at::gelu(at::linear(x, weight, bias)); }}});
          }};
}

Part cpu_convolution(std::int64_t channels, std::int64_t side) {
  return {"kernel: convolution 3x3, packed, " + text_of({kRows, channels, side, side}), [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            const at::Tensor weight = numbers(s, {channels, channels, 3, 3}), x = map_of(s, {kRows, channels, side, side});
            const at::Tensor last = weight.contiguous(at::MemoryFormat::ChannelsLast);
            TensorSource source = testing::made_source({{"conv.weight", weight}}, s.dtype);
            const Conv2d layer = Conv2d::load(source, "conv", channels, channels, 3, 1, 1, false);
            return take_turns(s, [&] { layer.forward(x); }, {{"LibTorch: conv2d", [&] { at::conv2d(x, last, {}, {1, 1}, {1, 1}); }}});
          }};
}

// A transformer block's layers after self-attention, of three rows with a text, and the next block's queries, keys and values.
Part cpu_tokens(std::int64_t tokens, std::int64_t channels, std::int64_t heads) {
  return {"kernel: tokens of a block in one pass, " + text_of({kRows, tokens, channels}), [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            constexpr std::int64_t kTextTokens = 77;
            const auto linear = [&](std::int64_t in, std::int64_t out, bool has_bias = true) {
              return Linear(numbers(s, {out, in}) * 0.05, has_bias ? numbers(s, {out}) : at::Tensor());
            };
            const Linear square = linear(channels, channels), wide = linear(channels, 4 * channels), narrow = linear(4 * channels, channels);
            const Linear query = linear(channels, channels, false), qkv = linear(channels, 3 * channels, false);
            TensorSource source = testing::made_source({{"n.weight", numbers(s, {channels})}, {"n.bias", numbers(s, {channels})}}, s.dtype);
            const LayerNorm norm = LayerNorm::load(source, "n", channels, kEps);
            const BlockLayers block{&norm, &norm, &norm, &qkv, &square, &query, &square, &wide, &wide, &narrow, heads};
            const auto passes = TokenPasses::lay_out(square, std::array{block, block}, square);
            if (passes == nullptr) return Error{ErrorCode::InvalidArgument, "the pass does not take these layers, or not on this processor"};
            const std::vector<UnetRow> rows(kRows);
            const ActiveRows active(rows, {false}, 1, false);
            const at::Tensor attended = numbers(s, {kRows, tokens, channels}), before = numbers(s, {kRows, tokens, channels});
            const KeyValue text{numbers(s, {kRows, kTextTokens, channels}), numbers(s, {kRows, kTextTokens, channels})};
            const auto layer_by_layer = [&] {
              at::Tensor sum = square.forward_add(attended, before);
              const at::Tensor q = split_heads(query.forward(norm.forward(sum)), heads);
              sum = square.forward_add(join_heads(attention(q, split_heads(text.k, heads), split_heads(text.v, heads))), sum);
              const at::Tensor normed = norm.forward(sum);
              sum = narrow.forward_add(wide.forward_mul(normed, wide.forward(normed, Activation::Gelu)), sum);
              qkv.forward(norm.forward(sum));
            };
            return take_turns(s, [&] { passes->run_block(0, attended, before, active, &text); }, {{"layer by layer, packed", layer_by_layer}});
          }};
}

// As a UNet's self-attention runs its rows: all in one pass where a GPU can; else the plain ones together, the blurred one
// through its edit.
Part blurred_attention(std::int64_t side, std::int64_t heads, std::int64_t rows, double blur_sigma) {
  const std::string sigma = blur_sigma == kInfinity ? "inf" : std::to_string(static_cast<int>(blur_sigma));
  return {"kernel: self-attention " + text_of({side, side}) + ", " + std::to_string(heads) + " heads, " + std::to_string(rows) +
              (rows == 1 ? " row, blurred, sigma " : " rows, the last blurred, sigma ") + sigma,
          [=](Workshop& shop) -> Result<Row> {
            constexpr std::int64_t kHeadSize = 64;
            const Settings& s = shop.settings();
            auto terms = make_terms({{"cfg.scale", 1.0}, {"seg.scale", 1.0}, {"seg.sigma", blur_sigma}}, {.down = 0, .mid = 1, .up = 0});
            if (!terms) return terms.error();
            const auto edit = terms.value().front()->plan({0, 1, 500.0, 1.0, {}})[1].edit;
            const std::vector<at::Tensor> qkv = numbers(s, {rows, side * side, 3 * heads * kHeadSize}).chunk(3, -1);
            const at::Tensor q = split_heads(qkv[0], heads), k = split_heads(qkv[1], heads), v = split_heads(qkv[2], heads);
            const std::int64_t plain = rows - 1;
            const auto last = [&](const at::Tensor& x) { return x.narrow(0, plain, 1); };
            const auto first = [&](const at::Tensor& x) { return x.narrow(0, 0, plain); };
            std::vector<gpu::AttentionRow> all;
            for (int row = 0; row < rows; ++row) all.push_back({row, row == plain ? 0 : -1});
            const auto ours = [&] {
              if (gpu::attention(q, k, v, all, {*edit->query_mix(q, {side, side})}, {side, side})) return;
              const at::Tensor blurred = join_heads(edit->attend(last(q), last(k), last(v), {side, side}));
              if (plain > 0) at::cat({join_heads(attention(first(q), first(k), first(v))), blurred}, 0);
            };
            const auto rival = [&] { join_heads(at::scaled_dot_product_attention(q, k, v)).contiguous(); };
            return take_turns(s, ours, {{"LibTorch: scaled_dot_product_attention, no blur", rival}});
          }};
}

Part product(std::int64_t side, bool is_packed) {
  return {"matrix product " + std::to_string(side) + (is_packed ? ", packed weights" : ", LibTorch"),
          [=](Workshop& shop) -> Result<Row> {
            const Settings& s = shop.settings();
            const at::Tensor a = numbers(s, {side, side}), b = numbers(s, {side, side});
            const auto plain = [&] { at::mm(a, b); };
            if (is_packed) {
              const Linear layer(a, {});
              return take_turns(s, [&] { layer.forward(b); });
            }
            Row row = take_turns(s, plain);
            row.ours.gflop = 2.0 * static_cast<double>(side * side * side) / 1e9;
            return row;
          },
          true, true};
}

}  // namespace

void add_kernel_parts(Parts& parts, const Settings& settings) {
  const bool is_gpu = settings.device.is_cuda();
  parts.push_back(product(is_gpu ? 8192 : 2048, false));
  if (is_gpu) {
    parts.insert(parts.end(), {gpu_group_norm(320, 128), gpu_group_norm(1280, 32), gpu_geglu(4096, 2560), gpu_geglu(1024, 5120), gpu_add_norm(4096, 640),
                               gpu_add_norm(1024, 1280), gpu_add_bias(320, 128), gpu_add_bias(1280, 32), gpu_convolution(1280, 1280, 32),
                               gpu_convolution(2560, 1280, 32), gpu_convolution(1920, 640, 64), gpu_convolution(640, 640, 64), gpu_doubling(1280, 32), gpu_doubling(640, 64)});
  } else {
    parts.push_back(product(2048, true));
    parts.insert(parts.end(), {cpu_group_norm(64, 32), cpu_group_norm(192, 8), cpu_linear(256, 128, 512), cpu_linear(64, 192, 768), cpu_convolution(64, 32),
                               cpu_convolution(192, 8), cpu_tokens(256, 128, 4), cpu_tokens(64, 192, 6), cpu_tokens(256, 320, 5)});
  }
  for (const double sigma : {2.0, kInfinity}) {
    for (const std::int64_t rows : {1, 3}) {
      parts.push_back(blurred_attention(32, 20, rows, sigma));
      Part large = blurred_attention(64, 10, rows, sigma);
      large.is_in_quick = is_gpu;
      // Half a second a row on a CPU, and nothing new: the mean's attention is one row a head there too.
      if (is_gpu || sigma != kInfinity) parts.push_back(std::move(large));
    }
  }
}

}  // namespace studio::bench
