// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Ordering of rows and repetition of what forks share.
#include "core/model/unet_rows.h"

#include "core/base/check.h"
#include "core/model/layers.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace studio {
namespace {

// Index of a plain, unobserved row with the same text, from which `row` can fork; -1 if there is none.
int plain_twin(std::span<const UnetRow> rows, const UnetRow& row) {
  if (row.edit == nullptr || row.observer != nullptr || row.layers.first() < 0) return -1;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].edit == nullptr && rows[i].text == row.text && rows[i].observer == nullptr) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace

ActiveRows::ActiveRows(std::span<const UnetRow> rows, const std::vector<bool>& text_is_zero, std::int64_t batch,
                       bool share)
    : rows_(rows), batch_(batch) {
  std::vector<int> base, forks;
  for (int i = 0; i < static_cast<int>(rows.size()); ++i) {
    (share && plain_twin(rows, rows[i]) >= 0 ? forks : base).push_back(i);
  }
  const auto is_zero = [&](int i) { return share && text_is_zero[rows[i].text] && rows[i].observer == nullptr; };
  std::stable_partition(base.begin(), base.end(), is_zero);
  zero_text_rows_ = static_cast<int>(std::count_if(base.begin(), base.end(), is_zero));
  std::stable_sort(forks.begin(), forks.end(),
                   [&](int a, int b) { return rows[a].layers.first() < rows[b].layers.first(); });
  order_ = base;
  order_.insert(order_.end(), forks.begin(), forks.end());
  active_ = static_cast<int>(base.size());
  for (int position = 0; position < total(); ++position) {
    const bool is_fork = position >= active_;
    parent_.push_back(is_fork ? position_of(plain_twin(rows, rows[order_[position]])) : position);
    fork_layer_.push_back(is_fork ? rows[order_[position]].layers.first() : -1);
  }
}

int ActiveRows::position_of(int index) const {
  const auto found = std::find(order_.begin(), order_.end(), index);
  STUDIO_CHECK(found != order_.end(), "row ", index);
  return static_cast<int>(found - order_.begin());
}

std::vector<int> ActiveRows::texts() const {
  std::vector<int> texts;
  for (int position = 0; position < active_; ++position) texts.push_back(row(position).text);
  return texts;
}

int ActiveRows::forks_at(int layer) const {
  return static_cast<int>(std::count(fork_layer_.begin() + active_, fork_layer_.end(), layer));
}

void ActiveRows::activate_before(int layer) {
  while (active_ < total() && fork_layer_[active_] < layer) ++active_;
}

int ActiveRows::source_of(int position, int present) const {
  while (position >= present) position = parent_[position];
  return position;
}

at::Tensor ActiveRows::expand(const at::Tensor& tokens) const {
  const auto present = static_cast<int>(tokens.size(0) / batch_);
  if (present == active_) return tokens;
  STUDIO_CHECK(present < active_ && present > 0);
  std::vector<at::Tensor> parts{tokens};
  for (int position = present; position < active_; ++position) {
    parts.push_back(samples(tokens, source_of(position, present)));
  }
  return at::cat(parts, 0);
}

at::Tensor ActiveRows::expand_map(const at::Tensor& map) const {
  if (map.size(0) == active_ * batch_) return map;
  return to_map(expand(to_tokens(map)), map.size(2), map.size(3));
}

}  // namespace studio
