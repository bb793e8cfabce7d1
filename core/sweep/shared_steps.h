// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What pictures of a sweep hand on to each other: the state of a run where pictures still to be made
// part from it, and the predictions of that step.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/pipeline/denoise.h"
#include "core/sweep/sweep_plan.h"

namespace studio {

// All that a picture needs to go on from a node.
struct Snapshot {
  ParkedRun run;
  Predictions predictions;   // of the node's step
  at::Tensor guidance_sum;   // 0-dim: the pictures' guidance norms of the steps before, added up
};

// Snapshots are kept as long as a picture that is still to be made would start from them, and while they
// fit the limit; one that is dropped costs its steps once more, never a picture.
// Threads: one at a time.
class SharedSteps {
 public:
  static constexpr std::int64_t kMostBytes = 1'000'000'000;

  // `pictures`: those to be made, all of one plan.
  SharedSteps(const SweepPlan& plan, const std::vector<int>& pictures, std::int64_t most_bytes = kMostBytes);

  // Rows to be evaluated for all these pictures, those made anew after a drop included.
  double rows_total() const { return rows_total_; }
  // Whether the picture is one of them and done() was not called for it.
  bool contains(int picture) const { return open_.contains(picture); }
  // The deepest node with a snapshot on the picture's way; -1: from the start.
  int start_of(int picture) const;
  // The node on the picture's way at this step; -1: none.
  int node_at(int picture, int step) const;
  // Whether another picture that is still to be made passes this node.
  bool is_wanted(int node) const { return waiting_[node] > 1; }
  Snapshot* find(int node);
  Snapshot& keep(int node, Snapshot snapshot);
  // After a step added predictions to a snapshot, or one was kept: drops what goes beyond the limit.
  void fit();
  // The picture is made, or will not be. `first_step_not_run`: where it stopped; its steps when it was made.
  void done(int picture, int first_step_not_run);

  std::size_t snapshots() const { return kept_.size(); }
  std::int64_t bytes() const;

 private:
  std::int64_t bytes_of(const Snapshot& snapshot) const;
  int kept_above(int node) const;
  std::unordered_map<int, int> uses() const;
  void drop(int node);
  double rows_between(int picture, int first_step, int end) const;

  const SweepPlan& plan_;
  PrefixTree tree_;
  std::int64_t most_bytes_;
  double rows_total_ = 0;
  std::unordered_set<int> open_;   // pictures to be made
  std::vector<int> waiting_;       // by node: pictures to be made that pass it
  std::vector<int> some_picture_;  // by node: one that passes it
  std::unordered_map<int, Snapshot> kept_;
};

}  // namespace studio
