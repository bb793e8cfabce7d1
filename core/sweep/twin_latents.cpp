// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One distance a picture.
#include "core/sweep/twin_latents.h"

#include "core/pipeline/run_parts.h"
#include "core/sweep/sweep_files.h"
#include "core/weights/safetensors.h"

#include <ATen/ATen.h>

namespace studio {
namespace {

constexpr const char* kTensor = "latents";
constexpr const char* kHash = "latents_hash";

}  // namespace

Result<void> write_latents(const std::string& path, const at::Tensor& latents) {
  if (auto made = make_folders(path.substr(0, path.rfind('/'))); !made) return made;
  return write_safetensors(path, {{kTensor, latents}}, {{kHash, hash_latents(latents)}});
}

at::Tensor read_latents(const std::string& path, const std::string& hash) {
  if (!path_exists(path)) return {};
  const auto file = SafetensorsFile::open(path);
  if (!file) return {};
  const auto noted = file.value()->metadata().find(kHash);
  const SafetensorsEntry* const entry = file.value()->find(kTensor);
  if (noted == file.value()->metadata().end() || entry == nullptr || entry->dtype != at::kFloat)
    return {};
  at::Tensor latents = file.value()->tensor(kTensor).clone();
  const std::string found = hash_latents(latents);
  return found == noted->second && (hash.empty() || found == hash) ? latents : at::Tensor();
}

TwinLatents::TwinLatents(const SweepPlan& plan, const std::vector<int>& pictures)
    : twin_of_(plan.pictures().size(), -1), is_compared_(plan.pictures().size(), false) {
  for (std::size_t cell = 0; cell < plan.picture_of_cell().size(); ++cell) {
    twin_of_[plan.picture_of_cell()[cell]] = plan.twin_of_cell()[cell];
  }
  for (std::size_t i = 0; i < twin_of_.size(); ++i) {
    const int picture = static_cast<int>(i);
    if (plan.pictures()[i].is_twin)
      twin_of_[i] = picture;
    else if (twin_of_[i] >= 0 && twin_of_[i] != picture)
      is_compared_[twin_of_[i]] = true;
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

void TwinLatents::remember(int twin, const at::Tensor& latents) {
  const auto size = static_cast<std::int64_t>(latents.nbytes());
  // Beyond the limit they come from the file each time.
  if (!waiting_.contains(twin) || bytes_ + size > kMostBytes) return;
  if (latents_.emplace(twin, latents).second) bytes_ += size;
}

Result<void> TwinLatents::keep(int picture, const at::Tensor& latents, const std::string& path) {
  if (!is_compared_[picture]) return {};
  remember(picture, latents);
  return path.empty() ? Result<void>() : write_latents(path, latents);
}

double TwinLatents::distance(int picture,
                             const at::Tensor& latents,
                             const std::string& path,
                             const std::string& hash) {
  const int twin = twin_of_[picture];
  if (twin < 0) return -1;
  if (twin == picture) return 0;
  at::Tensor other;
  if (const auto kept = latents_.find(twin); kept != latents_.end()) {
    other = kept->second;
  } else if (!path.empty()) {
    other = read_latents(path, hash);
    if (other.defined()) remember(twin, other);
  }
  if (!other.defined() || other.sizes() != latents.sizes()) return -1;
  other = other.to(at::kDouble);
  return ((latents.to(at::kDouble) - other).norm() / other.norm().clamp_min(1e-30)).item<double>();
}

}  // namespace studio
