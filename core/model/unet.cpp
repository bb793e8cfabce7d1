// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Building the UNet from its configuration, and one evaluation of several rows.
#include "core/model/unet.h"

#include "core/base/check.h"
#include "core/base/device_streams.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace studio {

// Walks the configuration in the order of the forward pass and numbers layers and resnets on the way.
class Unet::Builder {
 public:
  Builder(TensorSource& source, Unet& unet) : source_(source), unet_(unet), config_(unet.config_) {}

  void build(UnetExtent extent) {
    const std::int64_t first = config_.block_channels.front();
    time_dim_ = 4 * first;
    unet_.time_1_ = Linear::load(source_, "time_embedding.linear_1", first, time_dim_);
    unet_.time_2_ = Linear::load(source_, "time_embedding.linear_2", time_dim_, time_dim_);
    unet_.added_1_ = Linear::load(source_, "add_embedding.linear_1", config_.added_embedding_dim, time_dim_);
    unet_.added_2_ = Linear::load(source_, "add_embedding.linear_2", time_dim_, time_dim_);
    unet_.in_ = Conv2d::load(source_, "conv_in", config_.in_channels, first, 3, 1, 1);
    build_down();
    build_mid();
    unet_.resnet_count_ = resnets_;
    if (extent == UnetExtent::Encoder) return;
    build_up();
    // Guidance takes differences of predictions, which multiplies what each was rounded by: the last layers
    // are in fp32 whatever the others are in.
    bool is_reduced = false;
    const TensorVisitor widen = [&](at::Tensor& tensor) {
      is_reduced = c10::isReducedFloatingType(tensor.scalar_type());
      if (is_reduced) tensor = tensor.to(at::kFloat);
    };
    unet_.out_norm_ = GroupNorm::load(source_, "conv_norm_out", first, config_.norm_groups, config_.norm_eps);
    unet_.out_norm_.visit_tensors(widen);
    std::optional<PlainWeights> plain;  // packed ones could not be widened
    if (is_reduced) plain.emplace();
    unet_.out_ = Conv2d::load(source_, "conv_out", first, config_.out_channels, 3, 1, 1);
    if (is_reduced) unet_.out_.visit_tensors(widen);
    unet_.resnet_count_ = resnets_;
  }

 private:
  ResnetBlock resnet(const std::string& name, std::int64_t in, std::int64_t out) {
    return ResnetBlock::load(source_, name, {in, out, time_dim_, config_.norm_groups, config_.norm_eps, resnets_++});
  }
  Transformer2d transformer(const std::string& name, std::size_t level, int& count) {
    const int depth = config_.transformer_layers[level];
    count += depth;
    layer_ += depth;
    return Transformer2d::load(source_, name, {config_.block_channels[level], config_.cross_dim, config_.norm_groups,
                                               config_.heads[level], depth, layer_ - depth});
  }

  void build_down() {
    std::int64_t channels = config_.block_channels.front();
    skips_.push_back(channels);
    for (std::size_t level = 0; level < config_.block_channels.size(); ++level) {
      const std::string name = "down_blocks." + std::to_string(level);
      const std::int64_t out = config_.block_channels[level];
      Stage stage;
      for (int i = 0; i < config_.layers_per_block; ++i) {
        stage.resnets.push_back(resnet(name + ".resnets." + std::to_string(i), channels, out));
        channels = out;
        if (config_.down_has_attention[level]) {
          stage.transformers.push_back(transformer(name + ".attentions." + std::to_string(i), level, unet_.layers_.down));
        }
        skips_.push_back(channels);
      }
      if (level + 1 < config_.block_channels.size()) {
        stage.resample = Conv2d::load(source_, name + ".downsamplers.0.conv", channels, channels, 3, 2, 1);
        skips_.push_back(channels);
      }
      unet_.down_.push_back(std::move(stage));
    }
  }

  void build_mid() {
    const std::size_t level = config_.block_channels.size() - 1;
    const std::int64_t channels = config_.block_channels[level];
    unet_.mid_.resnets.push_back(resnet("mid_block.resnets.0", channels, channels));
    unet_.mid_.transformers.push_back(transformer("mid_block.attentions.0", level, unet_.layers_.mid));
    unet_.mid_.resnets.push_back(resnet("mid_block.resnets.1", channels, channels));
  }

  void build_up() {
    const std::size_t levels = config_.block_channels.size();
    std::int64_t channels = config_.block_channels.back();
    for (std::size_t i = 0; i < levels; ++i) {
      const std::size_t level = levels - 1 - i;
      const std::string name = "up_blocks." + std::to_string(i);
      const std::int64_t out = config_.block_channels[level];
      Stage stage;
      for (int r = 0; r <= config_.layers_per_block; ++r) {
        stage.resnets.push_back(resnet(name + ".resnets." + std::to_string(r), channels + skips_.back(), out));
        skips_.pop_back();
        channels = out;
        if (config_.up_has_attention[i]) {
          stage.transformers.push_back(transformer(name + ".attentions." + std::to_string(r), level, unet_.layers_.up));
        }
      }
      if (i + 1 < levels) {
        stage.resample = Conv2d::load(source_, name + ".upsamplers.0.conv", channels, channels, 3, 1, 1);
        stage.resample->prepare_doubling();
      }
      unet_.up_.push_back(std::move(stage));
    }
  }

  TensorSource& source_;
  Unet& unet_;
  const UnetConfig& config_;
  std::int64_t time_dim_ = 0;
  int resnets_ = 0, layer_ = 0;
  std::vector<std::int64_t> skips_;  // channels of the skips not yet used
};

namespace {

void show_block(const at::Tensor& h, BlockId block, const UnetPass& pass) {
  for (int position = 0; position < pass.rows.active(); ++position) {
    const auto& observer = pass.rows.row(position).observer;
    if (observer != nullptr && observer->wants_block(block)) observer->on_block(block, pass.rows.samples(h, position));
  }
}

at::Tensor run_resnet(const ResnetBlock& resnet, JoinedMap x, BlockId id, UnetPass& pass, bool is_last = false) {
  pass.checkpoint();
  const auto time_offset = pass.conditioning.time_offset(resnet.time_index(), pass.step, pass.rows.texts());
  at::Tensor out = is_last ? resnet.forward_wide(std::move(x), time_offset) : resnet.forward(std::move(x), time_offset);
  show_block(out, id, pass);
  return out;
}

// `map` [m*B,C,h,w] of the first m rows, each with the residual of its text.
at::Tensor add_residuals(const at::Tensor& map, const UnetPass& pass, const std::function<const at::Tensor&(int text)>& residual_of) {
  const auto present = static_cast<int>(map.size(0) / pass.rows.batch());
  std::vector<at::Tensor> parts;
  for (int position = 0; position < present; ++position) parts.push_back(residual_of(pass.rows.row(position).text));
  return map + (parts.size() == 1 ? parts.front() : at::cat(parts, 0));
}

// Also for rows that part deeper: theirs is their twin's.
std::vector<EncoderOutput> by_row(const std::vector<at::Tensor>& skips, const ActiveRows& rows) {
  std::vector<EncoderOutput> outputs(rows.total());
  for (int i = 0; i < rows.total(); ++i) {
    for (const at::Tensor& skip : skips) {
      const auto present = static_cast<int>(skip.size(0) / rows.batch());
      outputs[i].push_back(rows.samples(skip, rows.source_of(rows.position_of(i), present)));
    }
  }
  return outputs;
}

}  // namespace

Unet Unet::load(TensorSource& source, const UnetConfig& config, UnetExtent extent) {
  Unet unet;
  unet.config_ = config;
  Builder(source, unet).build(extent);
  return unet;
}

void Unet::visit_layers(const LayerVisitor& visit) {
  visit_layer(visit, "time_embedding.linear_1", time_1_);
  visit_layer(visit, "time_embedding.linear_2", time_2_);
  visit_layer(visit, "add_embedding.linear_1", added_1_);
  visit_layer(visit, "add_embedding.linear_2", added_2_);
  visit_layer(visit, "conv_in", in_);
  const auto visit_stage = [&](const std::string& name, Stage& stage, const char* resample) {
    for (std::size_t i = 0; i < stage.resnets.size(); ++i) {
      stage.resnets[i].visit_layers(name + ".resnets." + std::to_string(i), visit);
    }
    for (std::size_t i = 0; i < stage.transformers.size(); ++i) {
      stage.transformers[i].visit_layers(name + ".attentions." + std::to_string(i), visit);
    }
    if (stage.resample) visit_layer(visit, name + resample, *stage.resample);
  };
  for (std::size_t i = 0; i < down_.size(); ++i)
    visit_stage("down_blocks." + std::to_string(i), down_[i], ".downsamplers.0.conv");
  visit_stage("mid_block", mid_, "");
  for (std::size_t i = 0; i < up_.size(); ++i)
    visit_stage("up_blocks." + std::to_string(i), up_[i], ".upsamplers.0.conv");
  visit_layer(visit, "conv_out", out_);
}

std::vector<std::vector<at::Tensor>> Unet::weight_pieces() {
  std::vector<std::vector<at::Tensor>> pieces(1);
  const TensorVisitor keep = [&](at::Tensor& tensor) { pieces.front().push_back(tensor); };
  const TensorVisitor add = [&](at::Tensor& tensor) { pieces.back().push_back(tensor); };
  for (Linear* layer : {&time_1_, &time_2_, &added_1_, &added_2_}) layer->visit_tensors(keep);
  for (Conv2d* layer : {&in_, &out_}) layer->visit_tensors(keep);
  out_norm_.visit_tensors(keep);
  const auto add_stage = [&](Stage& stage, bool in_one) {
    for (std::size_t i = 0; i < stage.resnets.size(); ++i) {
      if (i == 0 || !in_one) pieces.emplace_back();
      stage.resnets[i].visit_time_tensors(keep);
      stage.resnets[i].visit_tensors(add);
      if (i < stage.transformers.size()) stage.transformers[i].visit_tensors(add);
    }
    if (!stage.resample) return;
    pieces.emplace_back();
    stage.resample->visit_tensors(add);
  };
  for (Stage& stage : down_) add_stage(stage, false);
  add_stage(mid_, true);
  for (Stage& stage : up_) add_stage(stage, false);
  return pieces;
}

template <class Visit>
void Unet::for_each_stage(Visit visit) const {
  for (const Stage& stage : down_) visit(stage);
  visit(mid_);
  for (const Stage& stage : up_) visit(stage);
}

void Unet::use_filtering(bool keeps_weights) {
  const auto use = [&](Stage& stage) {
    for (ResnetBlock& resnet : stage.resnets) resnet.use_filtering(keeps_weights);
    if (stage.resample) stage.resample->use_filtering(keeps_weights);
  };
  std::ranges::for_each(down_, use);
  use(mid_);
  std::ranges::for_each(up_, use);
}

void Unet::prepare_fp8() const {
  if (gate_) return;
  for_each_stage([](const Stage& stage) {
    for (const Transformer2d& transformer : stage.transformers) {
      for (const TransformerBlock& block : transformer.blocks()) block.prepare_fp8();
    }
  });
}

Conditioning Unet::condition(std::vector<TextInput> texts, std::vector<TimeIds> ids, std::vector<double> timesteps) const {
  if (gate_) gate_->enter();
  ConditioningLayers layers{&time_1_, &time_2_, &added_1_, &added_2_, config_.block_channels.front(), config_.time_id_dim, {}, {}};
  layers.resnet_time.resize(resnet_count_);
  for_each_stage([&](const Stage& stage) {
    for (const ResnetBlock& resnet : stage.resnets) layers.resnet_time[resnet.time_index()] = &resnet.time_projection();
    for (const Transformer2d& transformer : stage.transformers) {
      for (const TransformerBlock& block : transformer.blocks()) layers.cross.push_back(block.cross_projections());
    }
  });
  return Conditioning(std::move(layers), std::move(texts), std::move(ids), std::move(timesteps));
}

at::Tensor Unet::run_down(at::Tensor h, std::vector<at::Tensor>& skips, UnetPass& pass) const {
  for (std::size_t level = 0; level < down_.size(); ++level) {
    const Stage& stage = down_[level];
    const int block = static_cast<int>(level);
    for (std::size_t i = 0; i < stage.resnets.size(); ++i) {
      enter_piece(pass);
      h = run_resnet(stage.resnets[i], {h}, {UnetPart::Down, block, static_cast<int>(i)}, pass);
      if (!stage.transformers.empty()) h = stage.transformers[i].forward(h, pass);
      skips.push_back(h);
    }
    if (stage.resample) {
      enter_piece(pass);
      h = stage.resample->forward(h);
      skips.push_back(h);
    }
    show_block(h, {UnetPart::Down, block}, pass);
  }
  return h;
}

std::vector<at::Tensor> Unet::take_skips(const UnetInput& input, UnetPass& pass) const {
  STUDIO_CHECK(input.reused.size() == input.rows.size(), input.reused.size());
  if (gate_) gate_->enter();
  for (const Stage& stage : down_) pass.piece += static_cast<int>(stage.resnets.size()) + (stage.resample ? 1 : 0);
  ActiveRows& rows = pass.rows;
  rows.activate_before(layers_.down);
  std::vector<const EncoderOutput*> active(rows.active());
  for (int i = 0; i < rows.total(); ++i) {
    STUDIO_CHECK(input.rows[i].observer == nullptr, i);
    if (const int position = rows.position_of(i); position < rows.active()) active[position] = &input.reused[i];
  }
  std::vector<at::Tensor> skips;
  for (std::size_t i = 0; i < active.front()->size(); ++i) {
    std::vector<at::Tensor> parts;
    for (const EncoderOutput* row : active) parts.push_back(to_tokens(row->at(i)));
    const at::Tensor& first = active.front()->at(i);
    skips.push_back(parts.size() == 1 ? first : to_map(at::cat(parts, 0), first.size(2), first.size(3)));
  }
  return skips;
}

at::Tensor Unet::run_mid(at::Tensor h, UnetPass& pass) const {
  enter_piece(pass);
  h = run_resnet(mid_.resnets[0], {h}, {UnetPart::Mid, 0, 0}, pass);
  h = mid_.transformers[0].forward(h, pass);
  h = run_resnet(mid_.resnets[1], {h}, {UnetPart::Mid, 0, 1}, pass);
  show_block(h, {UnetPart::Mid, 0}, pass);
  return h;
}

at::Tensor Unet::run_up(at::Tensor h, std::vector<at::Tensor>& skips, UnetPass& pass) const {
  for (std::size_t level = 0; level < up_.size(); ++level) {
    const Stage& stage = up_[level];
    const int block = static_cast<int>(level);
    for (std::size_t i = 0; i < stage.resnets.size(); ++i) {
      at::Tensor skip = pass.rows.expand_map(skips.back());
      skips.pop_back();
      enter_piece(pass);
      const bool is_last = level + 1 == up_.size() && i + 1 == stage.resnets.size() && stage.transformers.empty();
      h = run_resnet(stage.resnets[i], {std::move(h), std::move(skip)}, {UnetPart::Up, block, static_cast<int>(i)}, pass, is_last);
      if (!stage.transformers.empty()) h = stage.transformers[i].forward(h, pass);
    }
    if (stage.resample) {
      enter_piece(pass);
      h = stage.resample->forward_doubled(h);
    }
    show_block(h, {UnetPart::Up, block}, pass);
  }
  return h;
}

at::Tensor Unet::run_first(const UnetInput& input, const at::Tensor& added, const ActiveRows& rows,
                           std::vector<at::Tensor>& skips) const {
  STUDIO_CHECK(!input.rows.empty());
  STUDIO_CHECK(input.latents.size(0) == rows.batch(), input.latents.sizes());
  if (gate_) gate_->enter();
  at::Tensor x = input.latents.contiguous(at::MemoryFormat::ChannelsLast);
  if (!input.share_rows) x = to_map(to_tokens(x).repeat({rows.active(), 1, 1}), x.size(2), x.size(3));
  at::Tensor h = in_.forward(x);
  if (added.defined()) h = h + (added.size(0) == 1 ? added : added.repeat({h.size(0) / added.size(0), 1, 1, 1}));
  // The first skip stands before the rows part: it is the same for each.
  const std::int64_t copies = rows.active() * rows.batch() / h.size(0);
  skips.push_back(copies == 1 ? h : to_map(to_tokens(h).repeat({copies, 1, 1}), h.size(2), h.size(3)));
  return h;
}

std::vector<ControlResiduals> Unet::encode(const UnetInput& input, const at::Tensor& added, Conditioning& conditioning) const {
  ActiveRows rows(input.rows, conditioning.text_is_zero(), conditioning.batch(), input.share_rows);
  UnetPass pass{rows, conditioning, input.step, input.checkpoint};
  std::vector<at::Tensor> skips;
  const at::Tensor first = run_first(input, added, rows, skips);
  const at::Tensor mid = run_mid(run_down(first, skips, pass), pass);
  std::vector<ControlResiduals> by_text;
  for (int i = 0; i < rows.total(); ++i) {
    const auto text = static_cast<std::size_t>(input.rows[i].text);
    const int position = rows.position_of(i);
    by_text.resize(std::max(by_text.size(), text + 1));
    STUDIO_CHECK(!by_text[text].mid.defined() && input.rows[i].edit == nullptr, text);
    for (const at::Tensor& skip : skips) by_text[text].skips.push_back(rows.samples(skip, position));
    by_text[text].mid = rows.samples(mid, position);
  }
  return by_text;
}

std::vector<at::Tensor> Unet::forward(const UnetInput& input, Conditioning& conditioning) const {
  const auto rows_of = [&](const UnetInput& its) {
    return ActiveRows(its.rows, conditioning.text_is_zero(), conditioning.batch(), its.share_rows);
  };
  ActiveRows rows = rows_of(input);
  const bool is_recorded = graphs_ != nullptr && gate_ == nullptr && UnetGraphs::can_take(input);
  const at::Tensor epsilon = is_recorded ? graphs_->run(input, conditioning,
                                                        [&](const UnetInput& its, Conditioning& tables) {
                                                          ActiveRows its_rows = rows_of(its);
                                                          return evaluate(its, its_rows, tables);
                                                        })
                             : input.can_stop_inside ? evaluate_at_hand(input, rows, conditioning)
                                                     : evaluate(input, rows, conditioning);
  std::vector<at::Tensor> predictions;
  for (int i = 0; i < rows.total(); ++i) predictions.push_back(rows.samples(epsilon, rows.position_of(i)));
  return predictions;
}

at::Tensor Unet::evaluate_at_hand(const UnetInput& input, ActiveRows& rows, Conditioning& conditioning) const {
  std::unique_ptr<DeviceEvent> before;
  UnetInput at_hand = input;
  at_hand.checkpoint = [&] {
    auto now = mark_event(input.latents.device());
    if (before != nullptr) before->wait();
    before = std::move(now);
    input.checkpoint();
  };
  return evaluate(at_hand, rows, conditioning);
}

at::Tensor Unet::evaluate(const UnetInput& input, ActiveRows& rows, Conditioning& conditioning) const {
  UnetPass pass{rows, conditioning, input.step, input.checkpoint, input.fp8};

  std::vector<at::Tensor> skips;
  if (input.reused.empty()) {
    run_down(run_first(input, {}, rows, skips), skips, pass);
  } else {
    skips = take_skips(input, pass);
  }
  if (input.kept != nullptr) *input.kept = by_row(skips, rows);
  at::Tensor h = skips.back();
  // Rows that part deeper copy what their twin has by then, the residual of their common text included.
  for (std::size_t i = 0; i < skips.size() && !input.control.empty(); ++i) {
    skips[i] = add_residuals(skips[i], pass, [&](int text) -> const at::Tensor& { return input.control[text].skips.at(i); });
  }
  h = run_mid(h, pass);
  if (!input.control.empty()) {
    h = add_residuals(h, pass, [&](int text) -> const at::Tensor& { return input.control[text].mid; });
  }
  h = run_up(h, skips, pass);
  const at::Tensor last = c10::isReducedFloatingType(h.scalar_type()) ? h.to(at::kFloat) : h;
  STUDIO_CHECK(rows.active() == rows.total() && skips.empty());
  return out_.forward(out_norm_.forward_silu(last)).contiguous();
}

}  // namespace studio
