// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The rows of one UNet evaluation: which texts, edits and observers, and which of them still share one
// computation. A row whose first edited layer lies deeper forks off its unedited twin there.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/model/attention_edit.h"

namespace studio {

struct UnetRow {
  int text = 0;                               // index into the job's conditioning
  LayerSet layers;                            // where the edit applies
  std::shared_ptr<const AttentionEdit> edit;  // null: plain attention
  std::shared_ptr<LayerObserver> observer;    // null: nobody watches
};

// Rows in order of activation: base rows, zero-text ones first, then forks by their first edited layer.
// Samples are row-major: row r holds samples [r*batch, (r+1)*batch).
class ActiveRows {
 public:
  // share: rows may fork; otherwise every row is active from the start.
  ActiveRows(std::span<const UnetRow> rows, const std::vector<bool>& text_is_zero, std::int64_t batch, bool share);

  int active() const { return active_; }
  int total() const { return static_cast<int>(order_.size()); }
  std::int64_t batch() const { return batch_; }
  const UnetRow& row(int position) const { return rows_[order_[position]]; }
  // Position (in activation order) of the caller's row `index`.
  int position_of(int index) const;
  // The texts of the active rows, in order.
  std::vector<int> texts() const;
  // Leading active rows with zero text embeddings whose cross-attention is its bias alone.
  int zero_text_rows() const { return zero_text_rows_; }
  // How many rows fork at this self-attention layer; they take the next positions.
  int forks_at(int layer) const;
  int parent(int position) const { return parent_[position]; }
  void activate(int count) { active_ += count; }
  // The rows that fork before this self-attention layer: for who has what they had become by then.
  void activate_before(int layer);
  // The position whose samples are those of `position` in a tensor of the first `present` rows.
  int source_of(int position, int present) const;

  // Tokens [m*batch,N,C] of the first m <= active rows, repeated so that every active row has its own.
  at::Tensor expand(const at::Tensor& tokens) const;
  // The same for a map [m*batch,C,H,W].
  at::Tensor expand_map(const at::Tensor& map) const;
  // Samples of one position.
  at::Tensor samples(const at::Tensor& x, int position, int count = 1) const {
    return x.narrow(0, position * batch_, count * batch_);
  }

 private:
  std::span<const UnetRow> rows_;
  std::int64_t batch_;
  std::vector<int> order_;       // position -> caller's index
  std::vector<int> parent_;      // position -> position it forks from, or itself
  std::vector<int> fork_layer_;  // position -> layer, -1 for base rows
  int active_ = 0, zero_text_rows_ = 0;
};

}  // namespace studio
