// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Running means that follow changes of the machine's load.
#include "core/sweep/speed_book.h"

#include <algorithm>

namespace studio {
namespace {

// Old measurements fade: the mean is about over so many rows or pictures.
constexpr double kMemory = 400;
// An 8-bit RGB picture that hardly compresses.
constexpr double kGuessedBytesPerPixel = 2.5;

double pixels(const GenerationRequest& resolved) {
  return static_cast<double>(resolved.width_px.value_or(0)) * static_cast<double>(resolved.height_px.value_or(0)) *
         static_cast<double>(resolved.prompts.size());
}

}  // namespace

void SpeedBook::Sum::add(double some, double times) {
  sum += some;
  count += times;
  if (count > kMemory) {
    sum *= kMemory / count;
    count = kMemory;
  }
}

SpeedBook::Key SpeedBook::key(const GenerationRequest& resolved) {
  return {resolved.model, resolved.width_px.value_or(0) * resolved.height_px.value_or(0), resolved.prompts.size()};
}

void SpeedBook::add_rows(const GenerationRequest& resolved, double rows, double seconds) {
  if (!(rows > 0) || !(seconds > 0)) return;
  const std::lock_guard lock(mutex_);
  entries_[key(resolved)].rows.add(seconds, rows);
}

void SpeedBook::add_picture(const GenerationRequest& resolved, double seconds, double file_bytes) {
  const std::lock_guard lock(mutex_);
  entries_[key(resolved)].pictures.add(seconds, 1);
  if (file_bytes > 0) bytes_per_pixel_.add(file_bytes / std::max(1.0, pixels(resolved)), 1);
}

void SpeedBook::add_previews(const GenerationRequest& resolved, const PreviewCosts& costs) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < kPreviewMethods.size(); ++i) {
    if (const double seconds = costs.of(kPreviewMethods[i].method); seconds > 0) entries_[key(resolved)].previews[i].add(seconds, 1);
  }
}

std::optional<SpeedBook::Cost> SpeedBook::cost(const GenerationRequest& resolved) const {
  const std::lock_guard lock(mutex_);
  if (const auto exact = entries_.find(key(resolved)); exact != entries_.end() && exact->second.rows.count > 0) {
    return Cost{exact->second.rows.mean(), exact->second.pictures.mean(), true};
  }
  // The nearest size of this model, by the number of pixels.
  const double wanted = std::max(1.0, pixels(resolved));
  std::optional<Cost> best;
  double best_factor = 0;
  for (const auto& [known, entry] : entries_) {
    if (std::get<0>(known) != resolved.model || !(entry.rows.count > 0)) continue;
    const double factor = wanted / std::max(1.0, static_cast<double>(std::get<1>(known)) * static_cast<double>(std::get<2>(known)));
    if (best && std::max(factor, 1 / factor) >= std::max(best_factor, 1 / best_factor)) continue;
    best = Cost{entry.rows.mean() * factor, entry.pictures.mean() * factor, false};
    best_factor = factor;
  }
  return best;
}

double SpeedBook::file_bytes(const GenerationRequest& resolved) const {
  const std::lock_guard lock(mutex_);
  constexpr double kTexts = 4096;  // the job inside the file, and the rest of a disk block
  return kTexts + pixels(resolved) * (bytes_per_pixel_.count > 0 ? bytes_per_pixel_.mean() : kGuessedBytesPerPixel);
}

PreviewCosts SpeedBook::preview_costs(const GenerationRequest& resolved) const {
  const std::lock_guard lock(mutex_);
  PreviewCosts costs;
  const auto [model, wanted, batch] = key(resolved);
  for (std::size_t i = 0; i < kPreviewMethods.size(); ++i) {
    double nearest = 0;  // how many times larger or smaller
    for (const auto& [known, entry] : entries_) {
      if (std::get<0>(known) != model || !(entry.previews[i].count > 0)) continue;
      // One of a batch is shown, so that a batch costs no more than a picture.
      const double factor = std::max<double>(1, wanted) / std::max<double>(1, std::get<1>(known));
      const double away = std::max(factor, 1 / factor);
      if (nearest > 0 && away >= nearest) continue;
      nearest = away;
      costs.of(kPreviewMethods[i].method) = entry.previews[i].mean() * factor;
    }
  }
  return costs;
}

}  // namespace studio
