// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Per-job tables, computed without gradients: none of them depends on the latents.
#include "core/model/conditioning.h"

#include "core/base/check.h"
#include "core/base/normal_tensors.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <atomic>
#include <cmath>

namespace studio {
namespace {

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

constexpr std::int64_t kTableRows = 4096;  // bounds the time table of long runs with large batches

}  // namespace

at::Tensor sinusoids(const at::Tensor& t, std::int64_t dim, at::ScalarType dtype) {
  // In fp32 like the original: the frequencies' rounding is part of what the model was trained with.
  const std::int64_t half = dim / 2;
  const at::Tensor exponent = at::arange(half, t.options().dtype(at::kFloat)) * (-std::log(10000.0)) / static_cast<double>(half);
  const at::Tensor angles = t.to(at::kFloat).unsqueeze(1) * at::exp(exponent).unsqueeze(0);
  return at::cat({at::cos(angles), at::sin(angles)}, 1).to(dtype);
}

Conditioning::Conditioning(ConditioningLayers layers, std::vector<TextInput> texts, std::vector<TimeIds> ids,
                           std::vector<double> timesteps)
    : layers_(std::move(layers)), texts_(std::move(texts)), timesteps_(std::move(timesteps)), number_(next_number()) {
  const NormalTensors guard;
  STUDIO_CHECK(!texts_.empty() && (ids.size() == 1 || ids.size() == texts_.size()), texts_.size(), " texts, ", ids.size(), " size conditions");
  std::vector<at::Tensor> inputs;
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    const TextInput& text = texts_[i];
    const TimeIds& own = ids.size() == 1 ? ids.front() : ids[i];
    STUDIO_CHECK(own.values.size() == 6 && text.states.size(1) == texts_.front().states.size(1), text.states.sizes());
    text_is_zero_.push_back(text.is_zero);
    const at::Tensor id_values = at::tensor(own.values, at::kDouble).to(text.pooled.device());
    const at::Tensor id_waves = sinusoids(id_values, layers_.time_id_dim, text.pooled.scalar_type()).flatten();
    inputs.push_back(at::cat({text.pooled, id_waves.unsqueeze(0).expand({text.pooled.size(0), -1})}, 1));
  }
  const at::Tensor input = at::cat(inputs, 0);
  added_ = layers_.added_2->forward(at::silu(layers_.added_1->forward(input)));
  cross_by_text_.resize(texts_.size());
  time_channels_.push_back(0);
  for (const Linear* project : layers_.resnet_time) time_channels_.push_back(time_channels_.back() + project->out_features());
}

bool Conditioning::wants_gradient() const {
  return std::ranges::any_of(texts_, [](const TextInput& text) { return studio::wants_gradient(text.states); });
}

KeyValue Conditioning::made_cross(int layer, const std::vector<int>& row_texts) {
  const NormalTensors guard;
  if (is_follower_) {
    STUDIO_CHECK(source_ != nullptr, "layer ", layer);
    const KeyValue& theirs = source_->cross(layer, row_texts);
    return {theirs.k.clone(), theirs.v.clone()};
  }
  std::vector<at::Tensor> keys, values;
  for (int text : row_texts) {
    auto& by_layer = cross_by_text_[text];
    if (by_layer.empty()) by_layer.resize(layers_.cross.size());
    KeyValue& one = by_layer[layer];
    if (!one.k.defined()) {
      const auto& [to_k, to_v] = layers_.cross[layer];
      one = {to_k->forward(texts_[text].states), to_v->forward(texts_[text].states)};
    }
    keys.push_back(one.k);
    values.push_back(one.v);
  }
  return {at::cat(keys, 0), at::cat(values, 0)};
}

const KeyValue& Conditioning::cross(int layer, const std::vector<int>& row_texts) {
  auto& kept = cross_by_rows_[row_texts];
  if (kept.empty()) kept.resize(layers_.cross.size());
  KeyValue& rows = kept[layer];
  if (!rows.k.defined()) rows = made_cross(layer, row_texts);
  return rows;
}

void Conditioning::fill_time_table(int first_step) {
  const NormalTensors guard;
  const std::int64_t samples = added_.size(0);
  const auto wanted = std::max<std::int64_t>(1, kTableRows / samples);
  table_first_ = first_step;
  table_steps_ = static_cast<int>(std::min<std::int64_t>(wanted, static_cast<std::int64_t>(timesteps_.size()) - first_step));
  const std::vector<double> chunk(timesteps_.begin() + first_step, timesteps_.begin() + first_step + table_steps_);
  const at::Tensor t = at::tensor(chunk, at::kDouble).to(added_.device());
  const at::Tensor waves = sinusoids(t, layers_.time_dim, added_.scalar_type());
  const at::Tensor time = layers_.time_2->forward(at::silu(layers_.time_1->forward(waves)));  // [chunk,E]
  const at::Tensor embedding = at::silu(time.unsqueeze(1) + added_.unsqueeze(0));  // [chunk,texts*B,E]
  std::vector<at::Tensor> by_resnet;
  for (const Linear* project : layers_.resnet_time) by_resnet.push_back(project->forward(embedding.flatten(0, 1)));
  time_table_ = at::cat(by_resnet, 1).unflatten(0, {table_steps_, samples});
}

at::Tensor Conditioning::made_time_rows(int step, const std::vector<int>& row_texts) {
  const NormalTensors guard;
  if (is_follower_) {
    STUDIO_CHECK(source_ != nullptr && step == 0, "step ", step);
    return source_->time_rows(source_step_, row_texts).clone();
  }
  STUDIO_CHECK(step >= 0 && step < static_cast<int>(timesteps_.size()), "step ", step);
  if (table_steps_ == 0 || step < table_first_ || step >= table_first_ + table_steps_) fill_time_table(step);
  const at::Tensor all = time_table_.select(0, step - table_first_);
  std::vector<at::Tensor> rows;
  rows.reserve(row_texts.size());
  for (int text : row_texts) rows.push_back(all.narrow(0, text * batch(), batch()));
  return at::cat(rows, 0);
}

const at::Tensor& Conditioning::time_rows(int step, const std::vector<int>& row_texts) {
  if (step != time_step_) time_by_rows_.clear();
  time_step_ = step;
  at::Tensor& rows = time_by_rows_[row_texts];
  if (!rows.defined()) rows = made_time_rows(step, row_texts);
  return rows;
}

at::Tensor Conditioning::time_offset(int resnet, int step, const std::vector<int>& row_texts) {
  const std::int64_t begin = time_channels_[resnet];
  return time_rows(step, row_texts).narrow(1, begin, time_channels_[resnet + 1] - begin);
}

std::unique_ptr<Conditioning> Conditioning::follower(int step) {
  auto made = std::make_unique<Conditioning>(*this);
  made->is_follower_ = true;
  made->cross_by_text_.clear();
  made->cross_by_rows_.clear();
  made->time_by_rows_.clear();
  made->time_table_ = at::Tensor();
  made->time_step_ = -1;
  made->source_ = this;
  made->source_step_ = step;
  made->followed_ = number_;
  return made;
}

void Conditioning::follow(Conditioning& source, int step) {
  STUDIO_CHECK(is_follower_ && !source.is_follower_);
  for (auto& [texts, rows] : time_by_rows_) rows.copy_(source.time_rows(step, texts));
  source_ = &source;
  source_step_ = step;
  if (followed_ == source.number_) return;
  for (auto& [texts, layers] : cross_by_rows_) {
    for (std::size_t layer = 0; layer < layers.size(); ++layer) {
      if (!layers[layer].k.defined()) continue;
      const KeyValue& theirs = source.cross(static_cast<int>(layer), texts);
      layers[layer].k.copy_(theirs.k);
      layers[layer].v.copy_(theirs.v);
      layers[layer].panels.reset();
    }
  }
  followed_ = source.number_;
}

}  // namespace studio
