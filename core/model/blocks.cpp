// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Resnet and transformer blocks, with the places where rows part.
#include "core/model/blocks.h"

#include "core/base/check.h"
#include "core/model/attention.h"
#include "core/model/cuda_ops.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>

namespace studio {

ResnetBlock ResnetBlock::load(TensorSource& source, const std::string& name, const Shape& shape) {
  ResnetBlock block;
  block.norm1_ = GroupNorm::load(source, name + ".norm1", shape.in, shape.groups, shape.eps);
  block.conv1_ = Conv2d::load(source, name + ".conv1", shape.in, shape.out, 3, 1, 1);
  if (shape.time_dim > 0) block.time_ = Linear::load(source, name + ".time_emb_proj", shape.time_dim, shape.out);
  block.norm2_ = GroupNorm::load(source, name + ".norm2", shape.out, shape.groups, shape.eps);
  block.conv2_ = Conv2d::load(source, name + ".conv2", shape.out, shape.out, 3, 1, 1);
  if (shape.in != shape.out) block.shortcut_ = Conv2d::load(source, name + ".conv_shortcut", shape.in, shape.out, 1);
  block.time_index_ = shape.time_index;
  return block;
}

void ResnetBlock::visit_layers(const std::string& name, const LayerVisitor& visit) {
  visit_layer(visit, name + ".conv1", conv1_);
  if (time_.out_features() > 0) visit_layer(visit, name + ".time_emb_proj", time_);
  visit_layer(visit, name + ".conv2", conv2_);
  if (shortcut_) visit_layer(visit, name + ".conv_shortcut", *shortcut_);
}

void ResnetBlock::visit_tensors(const TensorVisitor& visit) {
  for (GroupNorm* norm : {&norm1_, &norm2_}) norm->visit_tensors(visit);
  for (Conv2d* conv : {&conv1_, &conv2_}) conv->visit_tensors(visit);
  if (shortcut_) shortcut_->visit_tensors(visit);
}

void ResnetBlock::use_filtering(bool keeps_weights) {
  for (Conv2d* conv : {&conv1_, &conv2_}) conv->use_filtering(keeps_weights);
}

void ResnetBlock::scale(double factor) {
  for (GroupNorm* norm : {&norm1_, &norm2_}) norm->scale_input(factor);
  for (Conv2d* conv : {&conv1_, &conv2_}) conv->scale_output(factor);
  if (shortcut_) shortcut_->scale_bias(factor);
}

at::Tensor ResnetBlock::forward(JoinedMap x, const at::Tensor& time_offset) const {
  const Summands sum = before_sum(std::move(x), time_offset);
  return conv2_.forward_add(sum.h, sum.residual, sum.residual_is_own);
}

at::Tensor ResnetBlock::forward_wide(JoinedMap x, const at::Tensor& time_offset) const {
  const Summands sum = before_sum(std::move(x), time_offset);
  return conv2_.forward_add_wide(sum.h, sum.residual);
}

ResnetBlock::Summands ResnetBlock::before_sum(JoinedMap x, const at::Tensor& time_offset) const {
  // What cannot be read apart is concatenated here, once for norm and shortcut, and the two maps are let go.
  if (!shortcut_ || !gpu::can_fuse(x)) x = {x.concatenated()};
  const auto spread = [&](const at::Tensor& map) {
    if (!time_offset.defined() || map.size(0) == time_offset.size(0)) return map;
    const std::int64_t copies = time_offset.size(0) / map.size(0);
    return to_map(at::cat(std::vector(static_cast<std::size_t>(copies), to_tokens(map)), 0), map.size(2), map.size(3));
  };
  const auto [h, bias] = conv1_.forward_unfinished(norm1_.forward_silu(x));
  const at::Tensor residual = spread(shortcut_ ? shortcut_->forward(x) : x.first);
  return {norm2_.forward_silu(spread(h), time_offset, bias), residual, shortcut_.has_value()};
}

TransformerBlock TransformerBlock::load(TensorSource& source, const std::string& name, const Shape& shape) {
  constexpr double kEps = 1e-5;
  const std::int64_t dim = shape.dim;
  TransformerBlock block;
  block.norm1_ = LayerNorm::load(source, name + ".norm1", dim, kEps);
  block.norm2_ = LayerNorm::load(source, name + ".norm2", dim, kEps);
  block.norm3_ = LayerNorm::load(source, name + ".norm3", dim, kEps);
  std::vector<at::Tensor> qkv;
  for (const char* part : {".attn1.to_q", ".attn1.to_k", ".attn1.to_v"}) qkv.push_back(source.take(name + part + ".weight", {dim, dim}));
  block.self_qkv_ = Linear(at::cat(qkv, 0), {});
  block.self_out_ = Linear::load(source, name + ".attn1.to_out.0", dim, dim);
  block.cross_q_ = Linear::load(source, name + ".attn2.to_q", dim, dim, false);
  block.cross_k_ = Linear::load(source, name + ".attn2.to_k", shape.cross_dim, dim, false);
  block.cross_v_ = Linear::load(source, name + ".attn2.to_v", shape.cross_dim, dim, false);
  block.cross_out_ = Linear::load(source, name + ".attn2.to_out.0", dim, dim);
  // GEGLU's projection holds values, then gates; apart, each gets its own fused pass on CPUs. Copies: a view would
  // keep the whole of it in memory when its own numbers have moved elsewhere.
  const at::Tensor weight = source.take(name + ".ff.net.0.proj.weight", {8 * dim, dim});
  const at::Tensor bias = source.take(name + ".ff.net.0.proj.bias", {8 * dim});
  if (weight.is_cuda()) {
    block.ff_both_ = Linear(weight, bias);
  } else {
    block.ff_value_ = Linear(weight.narrow(0, 0, 4 * dim).clone(), bias.narrow(0, 0, 4 * dim).clone());
    block.ff_gate_ = Linear(weight.narrow(0, 4 * dim, 4 * dim).clone(), bias.narrow(0, 4 * dim, 4 * dim).clone());
  }
  block.ff_out_ = Linear::load(source, name + ".ff.net.2", 4 * dim, dim);
  block.heads_ = shape.heads;
  block.layer_ = shape.layer;
  return block;
}

void TransformerBlock::visit_layers(const std::string& name, const LayerVisitor& visit) {
  visit_fused(visit, {name + ".attn1.to_q", name + ".attn1.to_k", name + ".attn1.to_v"}, self_qkv_);
  visit_layer(visit, name + ".attn1.to_out.0", self_out_);
  visit_layer(visit, name + ".attn2.to_q", cross_q_);
  visit_layer(visit, name + ".attn2.to_k", cross_k_);
  visit_layer(visit, name + ".attn2.to_v", cross_v_);
  visit_layer(visit, name + ".attn2.to_out.0", cross_out_);
  if (ff_both_.out_features() > 0) {
    visit_layer(visit, name + ".ff.net.0.proj", ff_both_);
  } else {
    const std::int64_t rows = ff_value_.out_features();
    visit({name + ".ff.net.0.proj",
           {2 * rows, ff_value_.in_features()},
           {{&ff_value_, nullptr, 0, 0, rows}, {&ff_gate_, nullptr, 0, rows, rows}}});
  }
  visit_layer(visit, name + ".ff.net.2", ff_out_);
}

void TransformerBlock::visit_tensors(const TensorVisitor& visit) {
  for (LayerNorm* norm : {&norm1_, &norm2_, &norm3_}) norm->visit_tensors(visit);
  for (Linear* layer : {&self_qkv_, &self_out_, &cross_q_, &cross_k_, &cross_v_, &cross_out_, &ff_value_, &ff_gate_, &ff_both_, &ff_out_}) {
    layer->visit_tensors(visit);
  }
}

void TransformerBlock::prepare_fp8() const {
  for (const Linear* layer : {&self_qkv_, &ff_both_, &ff_out_}) {
    if (layer->out_features() > 0) layer->prepare_fp8();
  }
}

namespace {

// The row's observer, where it wants to see that attention; else null.
LayerObserver* watcher_of(const UnetRow& row, int layer, bool is_cross) {
  if (row.observer == nullptr) return nullptr;
  return (is_cross ? row.observer->wants_cross_attention(layer) : row.observer->wants_self_attention(layer)) ? row.observer.get() : nullptr;
}

}  // namespace

void TransformerBlock::show_probabilities(const at::Tensor& q, const at::Tensor& k, MapSize map, UnetPass& pass,
                                          bool is_cross, int first) const {
  for (int position = first; position < pass.rows.active(); ++position) {
    LayerObserver* const observer = watcher_of(pass.rows.row(position), layer_, is_cross);
    if (observer == nullptr) continue;
    const at::Tensor row_q = pass.rows.samples(q, position - first), row_k = pass.rows.samples(k, position - first);
    const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(-1)));
    const at::Tensor probabilities = at::softmax(at::matmul(row_q * scale, row_k.transpose(-1, -2)), -1);
    if (is_cross) {
      observer->on_cross_attention(layer_, probabilities, map);
    } else {
      observer->on_self_attention(layer_, probabilities, map);
    }
  }
}

namespace {

struct EditedRow {
  int source;                 // position whose queries, keys and values it reads
  const AttentionEdit* edit;  // or null
};

// All rows in one pass on a GPU, where edits change queries alone; nothing where that cannot be.
std::optional<at::Tensor> attend_in_one_pass(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, MapSize map,
                                             const std::vector<EditedRow>& rows, std::int64_t batch) {
  if (!gpu::can_fuse(q)) return std::nullopt;
  std::vector<const AttentionEdit*> edits;
  std::vector<QueryMix> mixes;
  std::vector<gpu::AttentionRow> all;
  for (const EditedRow& row : rows) {
    int number = -1;
    if (row.edit != nullptr) {
      const auto known = std::find(edits.begin(), edits.end(), row.edit);
      number = static_cast<int>(known - edits.begin());
      if (known == edits.end()) {
        auto mix = row.edit->query_mix(q, map);
        if (!mix) return std::nullopt;
        edits.push_back(row.edit);
        mixes.push_back(*std::move(mix));
      }
    }
    for (std::int64_t i = 0; i < batch; ++i) all.push_back({static_cast<int>(row.source * batch + i), number});
  }
  auto attended = gpu::attention(q, k, v, all, mixes, map);
  if (attended) count_flops(4 * attended->numel() * k.size(2));
  return attended;
}

}  // namespace

at::Tensor TransformerBlock::self_attention(const at::Tensor& qkv, MapSize map, UnetPass& pass) const {
  ActiveRows& rows = pass.rows;
  const std::int64_t dim = qkv.size(-1) / 3;
  const at::Tensor q = split_heads(qkv.narrow(-1, 0, dim), heads_);
  const at::Tensor k = split_heads(qkv.narrow(-1, dim, dim), heads_);
  const at::Tensor v = split_heads(qkv.narrow(-1, 2 * dim, dim), heads_);
  show_probabilities(q, k, map, pass, false, 0);

  const int present = rows.active();
  rows.activate(rows.forks_at(layer_));
  const auto edit_at = [&](int position) -> const AttentionEdit* {
    const UnetRow& row = rows.row(position);
    return row.edit != nullptr && row.layers.contains(layer_) ? row.edit.get() : nullptr;
  };
  std::vector<EditedRow> all;
  for (int position = 0; position < rows.active(); ++position) {
    all.push_back({position < present ? position : rows.parent(position), edit_at(position)});
  }
  if (const auto attended = attend_in_one_pass(q, k, v, map, all, rows.batch())) return join_heads(*attended);
  std::vector<at::Tensor> parts;
  for (int position = 0; position < rows.active();) {
    const AttentionEdit* edit = all[position].edit;
    // Neighbouring rows with the same treatment go together; a fork reads its parent's row.
    int count = 1;
    while (position + count < present && edit_at(position + count) == edit) ++count;
    const int source = all[position].source;
    const at::Tensor row_q = rows.samples(q, source, count), row_k = rows.samples(k, source, count);
    const at::Tensor row_v = rows.samples(v, source, count);
    parts.push_back(join_heads(edit == nullptr ? attention(row_q, row_k, row_v) : edit->attend(row_q, row_k, row_v, map)));
    position += count;
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts, 0);
}

Summed TransformerBlock::cross_attention(const Summed& x, MapSize map, UnetPass& pass) const {
  ActiveRows& rows = pass.rows;
  // With all-zero text, values are zero (no bias), so the attention's output is its projection's bias.
  const int zero_rows = rows.zero_text_rows();
  const int text_rows = rows.active() - zero_rows;
  if (text_rows == 0) return {x.sum + cross_out_.bias(), {}};
  const at::Tensor normed =
      x.normed.defined() ? rows.samples(x.normed, zero_rows, text_rows) : norm2_.forward(rows.samples(x.sum, zero_rows, text_rows));
  return cross_out_.forward_add_norm(attend_to_text(normed, map, pass), x.sum, norm3_);
}

at::Tensor TransformerBlock::attend_to_text(const at::Tensor& normed, MapSize map, UnetPass& pass) const {
  const int zero_rows = pass.rows.zero_text_rows();
  const KeyValue& kv = *text_of(pass);
  const at::Tensor q = split_heads(cross_q_.forward(normed), heads_);
  const at::Tensor k = split_heads(kv.k, heads_), v = split_heads(kv.v, heads_);
  show_probabilities(q, k, map, pass, true, zero_rows);
  return join_heads(attention(q, k, v));
}

void TransformerBlock::show_cross_attention(const at::Tensor& attended, const at::Tensor& sum, MapSize map, UnetPass& pass) const {
  const int zero_rows = pass.rows.zero_text_rows(), text_rows = pass.rows.active() - zero_rows;
  bool is_watched = false;
  for (int i = 0; i < text_rows; ++i) is_watched = is_watched || watcher_of(pass.rows.row(zero_rows + i), layer_, true) != nullptr;
  if (!is_watched) return;
  const auto with_text = [&](const at::Tensor& x) { return pass.rows.samples(x, zero_rows, text_rows); };
  const at::Tensor after_self = self_out_.forward_add(with_text(attended), with_text(pass.rows.expand(sum)));
  const at::Tensor q = cross_q_.forward(norm2_.forward(after_self));
  show_probabilities(split_heads(q, heads_), split_heads(text_of(pass)->k, heads_), map, pass, true, zero_rows);
}

const KeyValue* TransformerBlock::text_of(UnetPass& pass) const {
  std::vector<int> texts = pass.rows.texts();
  texts.erase(texts.begin(), texts.begin() + pass.rows.zero_text_rows());
  return texts.empty() ? nullptr : &pass.conditioning.cross(layer_, texts);
}

BlockLayers TransformerBlock::layers() const {
  return {&norm1_, &norm2_, &norm3_, &self_qkv_, &self_out_, &cross_q_, &cross_out_, &ff_value_, &ff_gate_, &ff_out_, heads_};
}

bool TransformerBlock::has_adapters() const {
  const auto all = {&self_qkv_, &self_out_, &cross_q_, &cross_out_, &ff_value_, &ff_gate_, &ff_both_, &ff_out_};
  return std::any_of(all.begin(), all.end(), [](const Linear* layer) { return layer->has_adapters(); });
}

at::Tensor TransformerBlock::gated_values(const at::Tensor& normed, bool fp8) const {
  if (ff_both_.out_features() > 0) {
    if (!fp8) return ff_both_.forward_geglu(normed);
    const std::vector<at::Tensor> halves = ff_both_.forward_fp8(normed).chunk(2, -1);
    return gated(halves[0], halves[1]);
  }
  if (normed.is_cuda()) return gated(ff_value_.forward(normed), ff_gate_.forward(normed));
  return ff_value_.forward_mul(normed, ff_gate_.forward(normed, Activation::Gelu));
}

Summed TransformerBlock::forward(const Summed& x, MapSize map, UnetPass& pass, const TransformerBlock* next) const {
  const at::Tensor normed = x.normed_by(norm1_);
  const at::Tensor attended = self_attention(pass.fp8 ? self_qkv_.forward_fp8(normed) : self_qkv_.forward(normed), map, pass);
  const at::Tensor sum = pass.rows.expand(x.sum);
  const bool is_plain = !self_out_.has_adapters() && !cross_out_.has_adapters() && !ff_out_.has_adapters();
  if (is_plain && gpu::can_fuse(attended) && gpu::can_fuse(sum)) return forward_in_place(attended, sum, map, pass, next);
  const Summed after_self = self_out_.forward_add_norm(attended, sum, norm2_);
  const Summed after_cross = cross_attention(after_self, map, pass);
  const at::Tensor values = gated_values(after_cross.normed_by(norm3_), pass.fp8);
  if (pass.fp8) {
    const at::Tensor y = ff_out_.forward_fp8(values);
    return next == nullptr ? Summed{y + after_cross.sum, {}} : next->norm1_.forward_sum(y, {}, after_cross.sum);
  }
  if (next == nullptr) return {ff_out_.forward_add(values, after_cross.sum), {}};
  return ff_out_.forward_add_norm(values, after_cross.sum, next->norm1_);
}

Summed TransformerBlock::forward_in_place(const at::Tensor& attended, const at::Tensor& sum, MapSize map, UnetPass& pass,
                                          const TransformerBlock* next) const {
  self_out_.add_product_to(sum, attended);
  const std::array biases{self_out_.bias(), cross_out_.bias(), ff_out_.bias()};
  const at::TensorList of_all(biases), of_attention = of_all.slice(0, 2);
  // Rows without text need cross-attention's bias alone, which the norms add.
  const int zero_rows = pass.rows.zero_text_rows(), text_rows = pass.rows.active() - zero_rows;
  if (text_rows > 0) {
    const at::Tensor with_text = pass.rows.samples(sum, zero_rows, text_rows);
    cross_out_.add_product_to(with_text, attend_to_text(norm2_.forward_biased(with_text, of_all.slice(0, 1)), map, pass));
  }
  const at::Tensor values = gated_values(norm3_.forward_biased(sum, of_attention), pass.fp8);
  if (pass.fp8) {
    const at::Tensor y = ff_out_.forward_fp8(values);
    return next == nullptr ? Summed{y + biases[0] + biases[1] + sum, {}} : next->norm1_.forward_sum(y, of_attention, sum);
  }
  ff_out_.add_product_to(sum, values);
  if (next != nullptr) return {sum, next->norm1_.add_and_forward(sum, of_all)};
  add_biases(sum, of_all);
  return {sum, {}};
}

// Made when first asked for.
struct Transformer2d::Passes {
  std::once_flag once;
  std::shared_ptr<const TokenPasses> made;
};

Transformer2d Transformer2d::load(TensorSource& source, const std::string& name, const Shape& shape) {
  constexpr double kEps = 1e-6;
  Transformer2d transformer;
  transformer.norm_ = GroupNorm::load(source, name + ".norm", shape.channels, shape.groups, kEps);
  transformer.in_ = Linear::load(source, name + ".proj_in", shape.channels, shape.channels);
  for (int i = 0; i < shape.depth; ++i) {
    transformer.blocks_.push_back(TransformerBlock::load(source, name + ".transformer_blocks." + std::to_string(i),
                                                         {shape.channels, shape.cross_dim, shape.heads, shape.first_layer + i}));
  }
  transformer.out_ = Linear::load(source, name + ".proj_out", shape.channels, shape.channels);
  transformer.passes_ = std::make_shared<Passes>();
  return transformer;
}

void Transformer2d::visit_layers(const std::string& name, const LayerVisitor& visit) {
  visit_layer(visit, name + ".proj_in", in_);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    blocks_[i].visit_layers(name + ".transformer_blocks." + std::to_string(i), visit);
  }
  visit_layer(visit, name + ".proj_out", out_);
}

void Transformer2d::visit_tensors(const TensorVisitor& visit) {
  norm_.visit_tensors(visit);
  for (Linear* layer : {&in_, &out_}) layer->visit_tensors(visit);
  for (TransformerBlock& block : blocks_) block.visit_tensors(visit);
}

const TokenPasses* Transformer2d::token_passes(const at::Tensor& x, const UnetPass& pass) const {
  if (!x.device().is_cpu() || wants_gradient(x) || pass.conditioning.wants_gradient()) return nullptr;
  if (in_.has_adapters() || out_.has_adapters()) return nullptr;
  if (std::ranges::any_of(blocks_, &TransformerBlock::has_adapters)) return nullptr;
  std::call_once(passes_->once, [&] {
    std::vector<BlockLayers> layers;
    for (const TransformerBlock& block : blocks_) layers.push_back(block.layers());
    passes_->made = TokenPasses::lay_out(in_, layers, out_);
  });
  const TokenPasses* const made = passes_->made.get();
  return made != nullptr && made->type() == x.scalar_type() ? made : nullptr;
}

at::Tensor Transformer2d::forward_in_passes(const TokenPasses& passes, const at::Tensor& x, UnetPass& pass) const {
  const MapSize map{x.size(2), x.size(3)};
  TokenPasses::Between now = passes.enter(to_tokens(norm_.forward(x)));
  for (std::size_t i = 0;; ++i) {
    pass.checkpoint();
    const at::Tensor attended = blocks_[i].self_attention(now.qkv, map, pass);
    const KeyValue* const text = blocks_[i].text_of(pass);
    blocks_[i].show_cross_attention(attended, now.sum, map, pass);
    if (i + 1 == blocks_.size()) {
      return to_map(passes.run_last_block(attended, now.sum, pass.rows, text, to_tokens(x)), map.height, map.width);
    }
    now = passes.run_block(i, attended, now.sum, pass.rows, text);
  }
}

at::Tensor Transformer2d::forward(const at::Tensor& x, UnetPass& pass) const {
  if (const TokenPasses* const passes = token_passes(x, pass)) return forward_in_passes(*passes, x, pass);
  const MapSize map{x.size(2), x.size(3)};
  Summed tokens{in_.forward(to_tokens(norm_.forward(x))), {}};
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    pass.checkpoint();
    tokens = blocks_[i].forward(tokens, map, pass, i + 1 < blocks_.size() ? &blocks_[i + 1] : nullptr);
  }
  return to_map(out_.forward_add(tokens.sum, pass.rows.expand(to_tokens(x))), map.height, map.width);
}

}  // namespace studio
