// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Per-job tables, computed without gradients: none of them depends on the latents.
#include "core/model/conditioning.h"

#include "core/base/check.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <cmath>

namespace studio {
namespace {

// Tables must be normal tensors: a later gradient through a step may not save inference tensors.
struct NormalTensors {
  c10::InferenceMode off{false};
  c10::AutoGradMode no_grad{false};
};

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
    : layers_(std::move(layers)), texts_(std::move(texts)), timesteps_(std::move(timesteps)) {
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
}

const KeyValue& Conditioning::cross(int layer, const std::vector<int>& row_texts) {
  auto& kept = cross_by_rows_[row_texts];
  if (kept.empty()) kept.resize(layers_.cross.size());
  KeyValue& rows = kept[layer];
  if (rows.k.defined()) return rows;
  const NormalTensors guard;
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
  rows = {at::cat(keys, 0), at::cat(values, 0)};
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
  time_table_.clear();
  for (const Linear* project : layers_.resnet_time) {
    time_table_.push_back(project->forward(embedding.flatten(0, 1)).unflatten(0, {table_steps_, samples}));
  }
}

at::Tensor Conditioning::time_offset(int resnet, int step, const std::vector<int>& row_texts) {
  STUDIO_CHECK(step >= 0 && step < static_cast<int>(timesteps_.size()), "step ", step);
  if (table_steps_ == 0 || step < table_first_ || step >= table_first_ + table_steps_) fill_time_table(step);
  const at::Tensor all = time_table_[resnet].select(0, step - table_first_);
  std::vector<at::Tensor> rows;
  rows.reserve(row_texts.size());
  for (int text : row_texts) rows.push_back(all.narrow(0, text * batch(), batch()));
  return at::cat(rows, 0);
}

}  // namespace studio
