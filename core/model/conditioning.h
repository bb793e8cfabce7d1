// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What stays the same over a job's steps and is computed once: the texts' cross-attention keys and
// values, and every resnet's time embedding for every timestep.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/model/layers.h"

namespace studio {

// One text as the UNet sees it. Shapes: states [B,M,D] with M = 77 or a multiple for long prompts, pooled
// [B,P], both in the UNet's dtype.
struct TextInput {
  at::Tensor states, pooled;
  bool is_zero = false;  // states and pooled are all zero (an absent negative prompt)
};

// original height, width, crop top, left, target height, width; in pixels.
struct TimeIds {
  std::vector<double> values;
};

struct KeyValue {
  at::Tensor k, v;  // [samples,M,H*D]
  mutable at::Tensor panels = {};  // the same as token_passes.cpp lays them out, once it has been asked for
};

// The layers that conditioning needs, borrowed from a UNet that outlives it.
struct ConditioningLayers {
  const Linear *time_1, *time_2, *added_1, *added_2;
  std::int64_t time_dim, time_id_dim;
  std::vector<const Linear*> resnet_time;                 // by resnet index
  std::vector<std::pair<const Linear*, const Linear*>> cross;  // k and v projections by layer
};

// Threads: belongs to one job on one thread.
class Conditioning {
 public:
  // All texts have one M. ids: one for each text, or one for all.
  Conditioning(ConditioningLayers layers, std::vector<TextInput> texts, std::vector<TimeIds> ids, std::vector<double> timesteps);

  std::int64_t batch() const { return texts_.front().states.size(0); }
  // Whether gradients flow through the texts.
  bool wants_gradient() const;
  at::ScalarType dtype() const { return texts_.front().states.scalar_type(); }
  const std::vector<bool>& text_is_zero() const { return text_is_zero_; }
  // Keys and values of one layer for rows with these texts, row-major. Kept for the next step.
  const KeyValue& cross(int layer, const std::vector<int>& row_texts);
  // Time embedding of one resnet at one step for rows with these texts: [rows*B, channels], a part of a table.
  at::Tensor time_offset(int resnet, int step, const std::vector<int>& row_texts);

  // How many tokens a text has.
  std::int64_t tokens() const { return texts_.front().states.size(1); }
  // Another conditioning with tables of its own, for work that is recorded once and run for many jobs. Its step is
  // always 0. It copies what is asked of it from this one, which must stay until follow() or freeze(); after that
  // its tables stay where they are in memory.
  std::unique_ptr<Conditioning> follower(int step);
  // Takes the values of `source` at `step` into what is there already. Both are of one size and model.
  void follow(Conditioning& source, int step);
  // From here on what is not there is a CheckError.
  void freeze() { source_ = nullptr; }

 private:
  void fill_time_table(int first_step);
  // Of all resnets: [rows*B, all their channels].
  const at::Tensor& time_rows(int step, const std::vector<int>& row_texts);
  at::Tensor made_time_rows(int step, const std::vector<int>& row_texts);
  KeyValue made_cross(int layer, const std::vector<int>& row_texts);

  ConditioningLayers layers_;
  std::vector<TextInput> texts_;
  std::vector<bool> text_is_zero_;
  std::vector<double> timesteps_;
  at::Tensor added_;  // [texts*B, E]: pooled text and time ids through their layers
  std::vector<std::vector<KeyValue>> cross_by_text_;  // [text][layer], filled when asked for
  std::map<std::vector<int>, std::vector<KeyValue>> cross_by_rows_;
  // [chunk,texts*B,all channels], for steps [table_first_, table_first_ + table_steps_); where each resnet's begin.
  at::Tensor time_table_;
  std::vector<std::int64_t> time_channels_;
  int table_first_ = 0, table_steps_ = 0;
  std::map<std::vector<int>, at::Tensor> time_by_rows_;  // of the step that was asked for last
  int time_step_ = -1;
  std::uint64_t number_;          // of this conditioning in the process
  bool is_follower_ = false;
  Conditioning* source_ = nullptr;  // of a follower that is not frozen
  int source_step_ = 0;
  std::uint64_t followed_ = 0;    // the number of the one whose keys and values are in the tables
};

// [cos, sin] of t * 10000^(-i / (dim/2)). Shapes: t [n] fp64 -> [n,dim] in `dtype`.
// Source: diffusers embeddings.py get_timestep_embedding with flip_sin_to_cos, freq_shift 0.
at::Tensor sinusoids(const at::Tensor& t, std::int64_t dim, at::ScalarType dtype);

}  // namespace studio
