// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Layers laid out, and passes put together from them.
#include "core/model/token_passes.h"

#include "core/base/check.h"
#include "core/base/normal_tensors.h"
#include "core/model/cpu_products.h"
#include "core/model/cpu_tokens.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace studio {
namespace {

// Of a block of up to 340 channels. At 320 a pass takes 0.9 of the time of oneDNN's layers one by one, at 640 as long.
constexpr std::int64_t kMostBlockNumbers = 2LL << 20U;

struct LaidOutNorm {
  at::Tensor weight, bias;  // fp32
  float eps;
  cpu::NormLayer view() const { return {weight.const_data_ptr<float>(), bias.const_data_ptr<float>(), eps}; }
};

struct LaidOutLayer {
  at::Tensor panels, bias;  // bias in fp32, or undefined
  std::int64_t in, out;
  template <class Value>
  cpu::PanelLayer<Value> view() const {
    return {panels.const_data_ptr<Value>(), bias.defined() ? bias.const_data_ptr<float>() : nullptr, in, out};
  }
};

struct LaidOutBlock {
  LaidOutNorm self_norm, cross_norm, ff_norm;
  LaidOutLayer qkv, self_out, cross_q, cross_out, ff_in, ff_out;
  std::int64_t heads;
};

LaidOutNorm lay_out_norm(const LayerNorm& norm) {
  return {norm.weight().to(at::kFloat), norm.bias().to(at::kFloat), static_cast<float>(norm.eps())};
}

LaidOutLayer lay_out_layer(const at::Tensor& weight, const at::Tensor& bias) {
  const std::int64_t out = weight.size(0), in = weight.size(1);
  const at::Tensor from = weight.contiguous(), panels = at::empty({out * in}, weight.options());
  if (weight.scalar_type() == at::kFloat) {
    cpu::lay_out_weight(from.const_data_ptr<float>(), out, in, panels.mutable_data_ptr<float>());
  } else {
    cpu::lay_out_weight(from.const_data_ptr<at::BFloat16>(), out, in, panels.mutable_data_ptr<at::BFloat16>());
  }
  return {panels, bias.defined() ? bias.to(at::kFloat) : bias, in, out};
}

LaidOutLayer lay_out_layer(const Linear& layer) { return lay_out_layer(layer.weight(), layer.bias()); }

// A panel's width of values, that of their gates, and so on.
LaidOutLayer lay_out_geglu(const Linear& value, const Linear& gate) {
  const auto together = [](const at::Tensor& a, const at::Tensor& b) {
    return at::stack({a.unflatten(0, {-1, cpu::kPanel}), b.unflatten(0, {-1, cpu::kPanel})}, 1).flatten(0, 2);
  };
  return lay_out_layer(together(value.weight(), gate.weight()), together(value.bias(), gate.bias()));
}

bool can_take(const BlockLayers& block) {
  const std::int64_t channels = block.self_out->out_features();
  std::int64_t numbers = 0;
  for (const Linear* layer : {block.qkv, block.self_out, block.cross_q, block.cross_out, block.ff_value, block.ff_gate, block.ff_out}) {
    if (!layer->is_packed()) return false;
    numbers += layer->in_features() * layer->out_features();
  }
  for (const Linear* layer : {block.self_out, block.cross_out, block.ff_value, block.ff_gate, block.ff_out}) {
    if (!layer->bias().defined()) return false;
  }
  if (block.qkv->bias().defined() || block.cross_q->bias().defined()) return false;
  const bool has_widths = channels % block.heads == 0 && channels / block.heads % cpu::kPanel == 0;
  return has_widths && numbers <= kMostBlockNumbers;
}

// What a text's keys and values are laid out as, kept beside them. Shapes: [samples, numbers].
template <class Value>
const at::Tensor& panels_of(const KeyValue& text, std::int64_t heads) {
  if (!text.panels.defined()) {
    const at::Tensor k = text.k.contiguous(), v = text.v.contiguous();
    const std::int64_t samples = k.size(0), tokens = k.size(1), channels = k.size(2);
    text.panels = at::empty({samples, cpu::text_numbers<Value>(tokens, channels, heads)}, k.options());
    for (std::int64_t i = 0; i < samples; ++i) {
      cpu::lay_out_text(k[i].const_data_ptr<Value>(), v[i].const_data_ptr<Value>(), tokens, channels, heads, text.panels[i].mutable_data_ptr<Value>());
    }
  }
  return text.panels;
}

// Which sample of a tensor of the first rows belongs to each sample of the active rows.
std::vector<std::int64_t> sources(const at::Tensor& of, const ActiveRows& rows) {
  const auto present = static_cast<int>(of.size(0) / rows.batch());
  std::vector<std::int64_t> all;
  for (int position = 0; position < rows.active(); ++position) {
    for (std::int64_t i = 0; i < rows.batch(); ++i) all.push_back(rows.source_of(position, present) * rows.batch() + i);
  }
  return all;
}

}  // namespace

struct TokenPasses::Layers {
  at::ScalarType type;
  LaidOutLayer enter, leave;
  std::vector<LaidOutBlock> blocks;

  template <class Value>
  cpu::TokenPass<Value> pass_of(const at::Tensor& tokens) const {
    STUDIO_CHECK(tokens.size(2) == enter.in, "transformer of ", enter.in, " channels got ", tokens.size(2));
    cpu::TokenPass<Value> pass;
    pass.samples = tokens.size(0);
    pass.tokens = tokens.size(1);
    pass.channels = tokens.size(2);
    return pass;
  }

  template <class Value>
  Between run_to_next(cpu::TokenPass<Value> pass, std::size_t next, const at::Tensor& like) const {
    const Between made{at::empty(like.sizes(), like.options()), at::empty({like.size(0), like.size(1), 3 * like.size(2)}, like.options())};
    pass.next_norm = blocks[next].self_norm.view();
    pass.qkv = blocks[next].qkv.view<Value>();
    pass.sum_out = made.sum.mutable_data_ptr<Value>();
    pass.qkv_out = made.qkv.mutable_data_ptr<Value>();
    count_flops(2 * like.numel() * pass.qkv.out);
    cpu::pass_tokens(pass);
    return made;
  }

  // finish(pass) gives it its end and runs it.
  template <class Value, class Finish>
  auto run_block(std::size_t index, const at::Tensor& attended, const at::Tensor& sum, const ActiveRows& rows, const KeyValue* text,
                 Finish finish) const {
    const LaidOutBlock& its = blocks[index];
    const cpu::TokenBlock<Value> block{its.self_out.view<Value>(), its.cross_q.view<Value>(), its.cross_out.view<Value>(), its.ff_in.view<Value>(),
                                       its.ff_out.view<Value>(), its.cross_norm.view(), its.ff_norm.view(), its.heads};
    const std::vector<std::int64_t> sum_of = sources(sum, rows);
    std::vector<const Value*> texts(sum_of.size(), nullptr);
    cpu::TokenPass<Value> pass = pass_of<Value>(attended);
    STUDIO_CHECK(pass.samples == static_cast<std::int64_t>(sum_of.size()), pass.samples, " samples of ", sum_of.size());
    STUDIO_CHECK(sum.is_contiguous() && sum.size(1) == pass.tokens && sum.size(2) == pass.channels, sum.sizes());
    if (text != nullptr) {
      STUDIO_CHECK(text->k.size(0) <= pass.samples && text->k.size(2) == pass.channels, text->k.sizes());
      const at::Tensor& panels = panels_of<Value>(*text, its.heads);
      pass.text_tokens = text->k.size(1);
      const std::size_t first = texts.size() - static_cast<std::size_t>(panels.size(0));
      for (std::size_t i = first; i < texts.size(); ++i) texts[i] = panels[static_cast<std::int64_t>(i - first)].template const_data_ptr<Value>();
      count_flops(panels.size(0) * pass.tokens * pass.channels * 4 * (pass.channels + pass.text_tokens));
    }
    pass.sum = sum.const_data_ptr<Value>();
    pass.sum_of = sum_of;
    pass.block = &block;
    pass.attended = attended.const_data_ptr<Value>();
    pass.text = texts;
    count_flops(2 * attended.numel() * (pass.channels + block.ff_in.out + block.ff_out.in));
    return finish(pass);
  }

  // `run` for this type's numbers.
  template <class Run>
  auto with_type(Run run) const {
    return type == at::kFloat ? run(float()) : run(at::BFloat16());
  }
};

TokenPasses::TokenPasses(std::unique_ptr<Layers> layers) : layers_(std::move(layers)) {}
TokenPasses::~TokenPasses() = default;

at::ScalarType TokenPasses::type() const { return layers_->type; }

std::shared_ptr<const TokenPasses> TokenPasses::lay_out(const Linear& enter, std::span<const BlockLayers> blocks, const Linear& leave) {
  for (const Linear* layer : {&enter, &leave}) {
    if (!layer->is_packed() || !layer->bias().defined()) return nullptr;
  }
  if (blocks.empty() || !std::ranges::all_of(blocks, can_take)) return nullptr;
  const at::ScalarType type = enter.weight().scalar_type();
  if (!(type == at::kFloat ? cpu::is_pass_worth_it<float>() : cpu::is_pass_worth_it<at::BFloat16>())) return nullptr;
  // They outlive the job that first uses them: no inference tensors.
  const NormalTensors normal;
  auto layers = std::make_unique<Layers>(Layers{type, lay_out_layer(enter), lay_out_layer(leave), {}});
  for (const BlockLayers& block : blocks) {
    layers->blocks.push_back({lay_out_norm(*block.self_norm), lay_out_norm(*block.cross_norm), lay_out_norm(*block.ff_norm),
                              lay_out_layer(*block.qkv), lay_out_layer(*block.self_out), lay_out_layer(*block.cross_q), lay_out_layer(*block.cross_out),
                              lay_out_geglu(*block.ff_value, *block.ff_gate), lay_out_layer(*block.ff_out), block.heads});
  }
  return std::shared_ptr<const TokenPasses>(new TokenPasses(std::move(layers)));
}

TokenPasses::Between TokenPasses::enter(const at::Tensor& tokens) const {
  const at::Tensor input = tokens.contiguous();
  return layers_->with_type([&]<class Value>(Value) {
    cpu::TokenPass<Value> pass = layers_->pass_of<Value>(input);
    pass.input = input.const_data_ptr<Value>();
    pass.enter = layers_->enter.view<Value>();
    count_flops(2 * input.numel() * pass.enter.out);
    return layers_->run_to_next(pass, 0, input);
  });
}

TokenPasses::Between TokenPasses::run_block(std::size_t index, const at::Tensor& attended, const at::Tensor& sum, const ActiveRows& rows,
                                            const KeyValue* text) const {
  const at::Tensor input = attended.contiguous();
  return layers_->with_type([&]<class Value>(Value) {
    return layers_->run_block<Value>(index, input, sum, rows, text, [&](const cpu::TokenPass<Value>& pass) {
      return layers_->run_to_next(pass, index + 1, input);
    });
  });
}

at::Tensor TokenPasses::run_last_block(const at::Tensor& attended, const at::Tensor& sum, const ActiveRows& rows, const KeyValue* text,
                                       const at::Tensor& residual) const {
  const at::Tensor input = attended.contiguous(), added = residual.contiguous();
  return layers_->with_type([&]<class Value>(Value) {
    return layers_->run_block<Value>(layers_->blocks.size() - 1, input, sum, rows, text, [&](cpu::TokenPass<Value> pass) {
      const at::Tensor out = at::empty(input.sizes(), input.options());
      const std::vector<std::int64_t> residual_of = sources(added, rows);
      pass.leave = layers_->leave.view<Value>();
      pass.residual = added.const_data_ptr<Value>();
      pass.residual_of = residual_of;
      pass.out = out.mutable_data_ptr<Value>();
      count_flops(2 * input.numel() * pass.leave.out);
      cpu::pass_tokens(pass);
      return out;
    });
  });
}

}  // namespace studio
