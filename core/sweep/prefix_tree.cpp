// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Groups of pictures followed step by step until they part.
#include "core/sweep/sweep_plan.h"

#include <algorithm>
#include <map>
#include <set>

namespace studio {
namespace {

// Walks every picture's segments in step with the others.
class Follower {
 public:
  Follower(const SweepPlan& plan, std::size_t pictures) : plan_(plan), at_(pictures, 0) {}

  // Steps of one picture must not go back.
  Transition transition(int picture, int step) {
    std::uint32_t& at = at_[picture];
    const PlanSegment* const all = plan_.segments(picture);
    while (at + 1 < plan_.pictures()[picture].segments && all[at + 1].first_step <= step) ++at;
    return all[at].transition;
  }
  // The first step at which it does something else.
  int end(int picture) const {
    const std::uint32_t at = at_[picture];
    const PlannedPicture& planned = plan_.pictures()[picture];
    return at + 1 < planned.segments ? plan_.segments(picture)[at + 1].first_step : planned.steps;
  }

 private:
  const SweepPlan& plan_;
  std::vector<std::uint32_t> at_;
};

struct Group {
  std::vector<int> pictures;  // equal in all steps before `step`
  int step = 0;
  int node = -1;
};

}  // namespace

PrefixTree::PrefixTree(const SweepPlan& plan, std::vector<int> pictures) {
  Follower follower(plan, plan.pictures().size());
  std::map<int, std::size_t> group_of_base;
  std::vector<Group> groups;  // a stack
  for (const int picture : pictures) {
    const auto [found, is_new] = group_of_base.emplace(plan.pictures()[picture].base, groups.size());
    if (is_new) groups.push_back({});
    groups[found->second].pictures.push_back(picture);
  }
  std::reverse(groups.begin(), groups.end());
  node_of_.reserve(pictures.size());
  order_.reserve(pictures.size());
  while (!groups.empty()) {
    Group group = std::move(groups.back());
    groups.pop_back();
    const int first = group.pictures.front();
    const int steps = plan.pictures()[first].steps;
    std::map<Transition, std::vector<int>> parts;
    while (group.step < steps) {
      const Transition common = follower.transition(first, group.step);
      int until = follower.end(first);
      bool is_common = true;
      for (const int picture : group.pictures) {
        is_common = follower.transition(picture, group.step) == common && is_common;
        until = std::min(until, follower.end(picture));
      }
      if (!is_common) break;
      rows_ += static_cast<double>(plan.branches(common).size()) * (until - group.step);
      group.step = until;
    }
    if (group.step == steps) {
      for (const int picture : group.pictures) {
        node_of_[picture] = group.node;
        order_.push_back(picture);
      }
      continue;
    }
    const int node = static_cast<int>(nodes_.size());
    nodes_.push_back({group.node, group.step});
    for (const int picture : group.pictures) parts[follower.transition(picture, group.step)].push_back(picture);
    std::set<int> branches;
    for (const auto& [transition, part] : parts) {
      const auto& some = plan.branches(transition);
      branches.insert(some.begin(), some.end());
    }
    rows_ += static_cast<double>(branches.size());
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) groups.push_back({std::move(part->second), group.step + 1, node});
  }
}

std::vector<bool> pictures_of_first(const SweepPlan& plan, std::size_t most_cells) {
  std::vector<bool> asked(plan.pictures().size(), most_cells == 0);
  if (most_cells == 0) return asked;
  std::size_t cells = 0;
  for (const std::size_t cell : cell_order(plan.grid())) {
    if (cells++ == most_cells) break;
    asked[plan.picture_of_cell()[cell]] = true;
    if (const int twin = plan.twin_of_cell()[cell]; twin >= 0) asked[twin] = true;
  }
  return asked;
}

std::vector<int> picture_order(const SweepPlan& plan, int shard, int shards) {
  const std::size_t total = plan.pictures().size();
  std::vector<bool> is_ours(total, true);
  if (shards > 1) {
    std::vector<int> all(total);
    for (std::size_t i = 0; i < total; ++i) all[i] = static_cast<int>(i);
    const std::vector<int> together = PrefixTree(plan, std::move(all)).order();
    for (std::size_t i = 0; i < total; ++i) {
      const auto share = static_cast<int>(i * static_cast<std::size_t>(shards) / total);
      is_ours[together[i]] = share == shard;
    }
  }
  std::vector<std::vector<int>> by_model(plan.models().size());
  const auto add = [&](int picture) {
    if (picture < 0 || !is_ours[picture]) return;
    is_ours[picture] = false;
    by_model[plan.pictures()[picture].model].push_back(picture);
  };
  for (const std::size_t cell : cell_order(plan.grid())) {
    add(plan.twin_of_cell()[cell]);
    add(plan.picture_of_cell()[cell]);
  }
  std::vector<int> order;
  for (const auto& some : by_model) order.insert(order.end(), some.begin(), some.end());
  return order;
}

}  // namespace studio
