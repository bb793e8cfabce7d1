// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One distance a picture.
#include "core/sweep/twin_latents.h"

#include <ATen/ATen.h>

namespace studio {

TwinLatents::TwinLatents(const SweepPlan& plan, const std::vector<int>& pictures) : twin_of_(plan.pictures().size(), -1) {
  for (std::size_t cell = 0; cell < plan.picture_of_cell().size(); ++cell) {
    twin_of_[plan.picture_of_cell()[cell]] = plan.twin_of_cell()[cell];
  }
  for (std::size_t i = 0; i < twin_of_.size(); ++i) {
    if (plan.pictures()[i].is_twin) twin_of_[i] = static_cast<int>(i);
  }
  for (const int picture : pictures) {
    if (twin_of_[picture] >= 0 && twin_of_[picture] != picture) ++waiting_[twin_of_[picture]];
  }
}

void TwinLatents::done(int picture) {
  const int twin = twin_of_[picture];
  if (twin < 0 || twin == picture) return;
  const auto waiting = waiting_.find(twin);
  if (waiting == waiting_.end() || --waiting->second > 0) return;
  waiting_.erase(waiting);
  if (const auto kept = latents_.find(twin); kept != latents_.end()) {
    bytes_ -= static_cast<std::int64_t>(kept->second.nbytes());
    latents_.erase(kept);
  }
}

double TwinLatents::distance(int picture, const at::Tensor& latents) {
  const int twin = twin_of_[picture];
  if (waiting_.contains(picture)) {
    const auto size = static_cast<std::int64_t>(latents.nbytes());
    // Beyond the limit later pictures go without the number, never without memory.
    if (bytes_ + size <= kMostBytes) {
      latents_.emplace(picture, latents);
      bytes_ += size;
    }
  }
  if (twin < 0) return -1;
  if (twin == picture) return 0;
  double distance = -1;
  if (const auto kept = latents_.find(twin); kept != latents_.end()) {
    const at::Tensor other = kept->second.to(at::kDouble);
    distance = ((latents.to(at::kDouble) - other).norm() / other.norm().clamp_min(1e-30)).item<double>();
  }
  done(picture);
  return distance;
}

}  // namespace studio
