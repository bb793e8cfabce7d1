// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What is left of a sweep, in rows, seconds and bytes.
#include "core/sweep/sweep_run.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

namespace studio {
namespace {

// Free bytes for this user where `folder` is or will be; 0: not known.
double free_bytes(const std::string& folder) {
  if (folder.empty()) return 0;
  std::error_code failed;
  for (std::filesystem::path at = std::filesystem::absolute(folder, failed); !failed && !at.empty(); at = at.parent_path()) {
    const auto space = std::filesystem::space(at, failed);
    if (!failed) return static_cast<double>(space.available);
    failed.clear();
    if (at == at.parent_path()) break;
  }
  return 0;
}

std::string in_megabytes(double bytes) {
  std::ostringstream text;
  text.precision(bytes < 1e7 ? 1 : 0);
  text << std::fixed << bytes / 1e6 << " MB";
  return text.str();
}

// Pictures of one kind cost the same: looked up once.
struct KindCost {
  SpeedBook::Cost cost;
  bool is_known = false;
  double file_bytes = 0;
};

}  // namespace

SweepForecast forecast_sweep(const SweepPlan& plan, const std::vector<CellResult>& results, const std::string& folder, const SpeedBook& speed,
                             const Catalogue& catalogue) {
  SweepForecast forecast;
  const std::size_t total = plan.pictures().size();
  forecast.cells = plan.grid().cells();
  forecast.pictures = total;
  forecast.distinct_cells = plan.distinct_cells();
  forecast.picture_of_cell = plan.picture_of_cell();
  forecast.rows_naive = plan.rows_naive();
  for (const int picture : plan.picture_of_cell()) {
    const int problem = plan.pictures()[picture].problem;
    if (problem < 0) continue;
    if (forecast.impossible_cells++ == 0) forecast.problem = plan.problems()[problem];
  }
  std::vector<int> all, left;
  for (std::size_t i = 0; i < total; ++i) {
    const int picture = static_cast<int>(i);
    all.push_back(picture);
    const bool is_finished = i < results.size() && results[i].state == CellState::Finished;
    forecast.finished += is_finished ? 1 : 0;
    const bool will_not_run = is_finished || (i < results.size() && results[i].state == CellState::Skipped) || plan.pictures()[picture].problem >= 0;
    if (!will_not_run) left.push_back(picture);
  }
  forecast.rows_shared = PrefixTree(plan, all).rows();
  forecast.rows_left = left.size() == total ? forecast.rows_shared : PrefixTree(plan, left).rows();
  double rows_alone = 0;
  for (const int picture : left) rows_alone += plan.rows_alone(picture);
  const double sharing = rows_alone > 0 ? forecast.rows_left / rows_alone : 0;
  // A base fixes the size, the batch and the model.
  std::map<int, KindCost> kinds;
  bool all_known = !left.empty(), all_measured = true;
  for (const int picture : left) {
    const auto [kind, is_new] = kinds.try_emplace(plan.pictures()[picture].base);
    if (is_new) {
      const GenerationRequest request = plan.request(picture, catalogue);
      const auto cost = speed.cost(request);
      kind->second = {cost.value_or(SpeedBook::Cost{}), cost.has_value(), speed.file_bytes(request)};
    }
    const KindCost& known = kind->second;
    all_known = all_known && known.is_known;
    all_measured = all_measured && known.cost.is_measured;
    forecast.seconds_left += plan.rows_alone(picture) * sharing * known.cost.seconds_per_row + known.cost.seconds_per_picture;
    forecast.bytes_left += known.file_bytes;
  }
  forecast.seconds_are_measured = all_known && all_measured;
  if (!all_known) forecast.seconds_left = 0;
  forecast.bytes_free = free_bytes(folder);
  return forecast;
}

Result<void> check_disk(const SweepForecast& forecast, const SweepOptions& options) {
  // Another share of the same sweep writes its own part.
  double needed = forecast.bytes_left / std::max(1, options.shards);
  if (options.most_cells > 0 && options.most_cells < forecast.cells) needed *= static_cast<double>(options.most_cells) / static_cast<double>(forecast.cells);
  if (forecast.bytes_free <= 0 || needed <= forecast.bytes_free) return {};
  return Error{ErrorCode::Io, "the sweep needs about " + in_megabytes(needed) + " for its pictures, but the disk of \"" + options.folder +
                                  "\" has only " + in_megabytes(forecast.bytes_free) + " free"};
}

std::vector<SweepModel> outline_models(const SweepGrid& grid, const SweepHost& host) {
  std::vector<SweepModel> models;
  for (const ModelUse& use : SweepPlan::model_uses(grid, *host.catalogue)) {
    auto outline = host.outline(use);
    if (outline)
      models.push_back({use, outline.value(), {}});
    else
      models.push_back({use, {}, outline.error()});
  }
  return models;
}

}  // namespace studio
