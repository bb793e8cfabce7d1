// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Last latents of unguided twins, kept while pictures that are compared with them still wait.
#pragma once

#include <unordered_map>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/sweep/sweep_plan.h"

namespace studio {

// Threads: one at a time.
class TwinLatents {
 public:
  static constexpr std::int64_t kMostBytes = 256'000'000;

  // `pictures`: those to be made.
  TwinLatents(const SweepPlan& plan, const std::vector<int>& pictures);
  // The picture is made with these last latents (fp32, CPU): |latents - twin's| / |twin's|; -1 without a
  // twin, or when its latents are not at hand. 0 for a picture that is its own twin.
  double distance(int picture, const at::Tensor& latents);
  // The picture will not be made.
  void done(int picture);

 private:
  std::vector<int> twin_of_;                    // by picture; -1: none
  std::unordered_map<int, int> waiting_;        // by twin: pictures still to be compared
  std::unordered_map<int, at::Tensor> latents_; // by twin
  std::int64_t bytes_ = 0;
};

}  // namespace studio
