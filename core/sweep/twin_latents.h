// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Last latents of unguided twins: in memory while pictures that are compared with them still wait,
// and in the sweep's folder for later runs and other shares.
#pragma once

#include "core/sweep/sweep_plan.h"

#include <ATen/core/Tensor.h>

#include <string>
#include <unordered_map>
#include <vector>

namespace studio {

// Writes latents (fp32, CPU) with their hash, beside `path` and renamed; makes the folder. Errors:
// Io. Blocks.
Result<void> write_latents(const std::string& path, const at::Tensor& latents);
// What write_latents() wrote, whole and with this hash ("": whatever hash it has). Undefined when
// there is no such file, or another program has changed it. Blocks.
at::Tensor read_latents(const std::string& path, const std::string& hash);

// Threads: one at a time.
class TwinLatents {
 public:
  static constexpr std::int64_t kMostBytes = 256'000'000;

  // `pictures`: those to be made.
  TwinLatents(const SweepPlan& plan, const std::vector<int>& pictures);

  // The picture that this one is compared with; -1: none.
  int twin_of(int picture) const { return twin_of_[picture]; }
  // The picture is made with these last latents (fp32, CPU). When others are compared with it they
  // are kept, also in the file `path`, unless that is "". Errors: Io.
  Result<void> keep(int picture, const at::Tensor& latents, const std::string& path);
  // |latents - twin's| / |twin's|; -1 without a twin, or when its latents are not at hand: neither
  // made in this run nor in the file `path` with the twin's hash. 0 for a picture that is its own
  // twin.
  double distance(int picture,
                  const at::Tensor& latents,
                  const std::string& path,
                  const std::string& hash);
  // The picture is made, or will not be.
  void done(int picture);

 private:
  void remember(int twin, const at::Tensor& latents);

  std::vector<int> twin_of_;                    // by picture; -1: none
  std::vector<bool> is_compared_;               // by picture: it is the twin of another one
  std::unordered_map<int, int> waiting_;        // by twin: pictures still to be compared
  std::unordered_map<int, at::Tensor> latents_; // by twin
  std::int64_t bytes_ = 0;
};

}  // namespace studio
