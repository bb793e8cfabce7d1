// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Which snapshots are worth their memory.
#include "core/sweep/shared_steps.h"

#include "core/base/check.h"

#include <algorithm>

namespace studio {

SharedSteps::SharedSteps(const SweepPlan& plan, const std::vector<int>& pictures, std::int64_t most_bytes)
    : plan_(plan), tree_(plan, pictures), most_bytes_(most_bytes), rows_total_(tree_.rows()),
      open_(pictures.begin(), pictures.end()), waiting_(tree_.nodes().size(), 0), some_picture_(tree_.nodes().size(), -1) {
  for (const int picture : pictures) {
    for (int node = tree_.node_of(picture); node >= 0; node = tree_.nodes()[node].parent) {
      ++waiting_[node];
      some_picture_[node] = picture;
    }
  }
}

int SharedSteps::start_of(int picture) const {
  for (int node = tree_.node_of(picture); node >= 0; node = tree_.nodes()[node].parent) {
    if (kept_.contains(node)) return node;
  }
  return -1;
}

int SharedSteps::node_at(int picture, int step) const {
  int node = tree_.node_of(picture);
  while (node >= 0 && tree_.nodes()[node].step > step) node = tree_.nodes()[node].parent;
  return node >= 0 && tree_.nodes()[node].step == step ? node : -1;
}

Snapshot* SharedSteps::find(int node) {
  const auto found = kept_.find(node);
  return found == kept_.end() ? nullptr : &found->second;
}

Snapshot& SharedSteps::keep(int node, Snapshot snapshot) {
  return kept_.insert_or_assign(node, std::move(snapshot)).first->second;
}

std::int64_t SharedSteps::bytes_of(const Snapshot& snapshot) const {
  const auto latents = static_cast<std::int64_t>(snapshot.run.latents.nbytes());
  std::int64_t encoder = 0;
  for (const auto& [key, skips] : snapshot.run.encoder) {
    for (const at::Tensor& skip : skips) encoder += static_cast<std::int64_t>(skip.nbytes());
  }
  // A sampler's history is at most three states.
  return encoder + latents * (4 + static_cast<std::int64_t>(snapshot.predictions.size()));
}

std::int64_t SharedSteps::bytes() const {
  std::int64_t total = 0;
  for (const auto& [node, snapshot] : kept_) total += bytes_of(snapshot);
  return total;
}

int SharedSteps::kept_above(int node) const {
  for (node = tree_.nodes()[node].parent; node >= 0; node = tree_.nodes()[node].parent) {
    if (kept_.contains(node)) return node;
  }
  return -1;
}

// By kept node: pictures to be made that would start there, not deeper.
std::unordered_map<int, int> SharedSteps::uses() const {
  std::unordered_map<int, int> uses;
  for (const auto& [node, snapshot] : kept_) {
    uses[node] += waiting_[node];
    if (const int above = kept_above(node); above >= 0) uses[above] -= waiting_[node];
  }
  return uses;
}

double SharedSteps::rows_between(int picture, int first_step, int end) const {
  const PlannedPicture& planned = plan_.pictures()[picture];
  const PlanSegment* const all = plan_.segments(picture);
  double rows = 0;
  for (std::uint32_t i = 0; i < planned.segments; ++i) {
    const int from = std::max(first_step, all[i].first_step);
    const int to = std::min(end, i + 1 < planned.segments ? all[i + 1].first_step : planned.steps);
    if (to > from) rows += static_cast<double>(plan_.branches(all[i].transition).size()) * (to - from);
  }
  return rows;
}

void SharedSteps::drop(int node) {
  const int above = kept_above(node);
  const int from = above < 0 ? 0 : tree_.nodes()[above].step + 1;
  // The next picture that passes here takes these steps again, and branches of this one that it shares.
  rows_total_ += rows_between(some_picture_[node], from, tree_.nodes()[node].step);
  rows_total_ += static_cast<double>(kept_.at(node).predictions.size());
  kept_.erase(node);
}

void SharedSteps::fit() {
  std::int64_t total = bytes();
  while (total > most_bytes_ && !kept_.empty()) {
    // The one whose loss costs least for its size.
    int worst = -1;
    double least = 0;
    for (const auto& [node, use] : uses()) {
      const int above = kept_above(node);
      const int from = above < 0 ? 0 : tree_.nodes()[above].step;
      const double worth = use * (tree_.nodes()[node].step - from + 0.5) / static_cast<double>(bytes_of(kept_.at(node)));
      if (worst < 0 || worth < least) {
        worst = node;
        least = worth;
      }
    }
    total -= bytes_of(kept_.at(worst));
    drop(worst);
  }
}

void SharedSteps::done(int picture, int first_step_not_run) {
  open_.erase(picture);
  int shared_until = 0;  // steps before this are still for others
  for (int node = tree_.node_of(picture); node >= 0; node = tree_.nodes()[node].parent) {
    STUDIO_CHECK(waiting_[node] > 0, node);
    if (--waiting_[node] > 0) shared_until = std::max(shared_until, tree_.nodes()[node].step + 1);
  }
  rows_total_ -= rows_between(picture, std::max(shared_until, first_step_not_run), plan_.pictures()[picture].steps);
  for (const auto& [node, use] : uses()) {
    if (use <= 0) kept_.erase(node);
  }
}

}  // namespace studio
