// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Reads and compares; writes nothing.
#include "core/sweep/sweep_folder.h"

#include "core/api/nearest.h"
#include "core/io/files.h"
#include "core/io/sweep_json.h"
#include "core/sweep/folder_lock.h"
#include "core/sweep/sweep_store.h"

#include <algorithm>
#include <filesystem>

namespace studio {
namespace {

constexpr std::size_t kMostSweepBytes = std::size_t{256} << 20;

std::string shown(const AxisValue& value) {
  return value ? "\"" + shown_text(to_text(*value)) + "\"" : std::string("absent");
}

std::string job_difference(const GenerationRequest& given,
                           const GenerationRequest& kept,
                           const Catalogue& catalogue,
                           const std::vector<SweepGrid::Axis>& set_by_axes) {
  for (const JobParam& param : job_params(catalogue)) {
    const bool is_set =
        std::any_of(set_by_axes.begin(), set_by_axes.end(), [&](const SweepGrid::Axis& axis) {
          return axis.path == param.path;
        });
    if (is_set) continue;
    if (param.path == "prompt" && given.prompts.size() != kept.prompts.size()) {
      return "prompt has " + std::to_string(given.prompts.size()) + " texts here, but " +
             std::to_string(kept.prompts.size()) + " in the folder's sweep.json";
    }
    if (param.path == "prompt" && given.prompts.size() != 1) {
      for (std::size_t i = 0; i < given.prompts.size(); ++i) {
        if (given.prompts[i] == kept.prompts[i]) continue;
        return "prompt[" + std::to_string(i) + "] is \"" + shown_text(given.prompts[i]) +
               "\" here, but \"" + shown_text(kept.prompts[i]) + "\" in the folder's sweep.json";
      }
      continue;
    }
    const auto here = get(given, catalogue, param.path);
    const auto there = get(kept, catalogue, param.path);
    if (!here || !there || here.value() == there.value()) continue;
    return param.path + " is " + shown(here.value()) + " here, but " + shown(there.value()) +
           " in the folder's sweep.json";
  }
  return "";
}

std::string axes_difference(const SweepGrid& given, const SweepGrid& kept) {
  if (given.axes.size() != kept.axes.size()) {
    return "there are " + std::to_string(given.axes.size()) + " axes here, but " +
           std::to_string(kept.axes.size()) + " in the folder's sweep.json";
  }
  for (std::size_t i = 0; i < given.axes.size(); ++i) {
    const std::string place = "axes[" + std::to_string(i) + "]";
    const SweepGrid::Axis& here = given.axes[i];
    const SweepGrid::Axis& there = kept.axes[i];
    if (here.path != there.path) {
      return place + " is " + here.path + " here, but " + there.path +
             " in the folder's sweep.json";
    }
    if (here.values == there.values) continue;
    return place + " (" + here.path + ") has the values " + shown_text(axis_text(here.values)) +
           " here, but " + shown_text(axis_text(there.values)) + " in the folder's sweep.json";
  }
  return "";
}

std::string counted(std::size_t count, const char* one, const char* many) {
  return count == 1 ? std::string("1 ") + one : std::to_string(count) + " " + many;
}

// Every cell a picture of its own, nothing made: how a folder looks before its plan is known.
void lay_out_without_plan(SweepFolder& folder) {
  const std::size_t cells = folder.grid->cells();
  folder.pictures.resize(cells);
  folder.twin_of_cell.assign(cells, -1);
  folder.picture_of_cell.resize(cells);
  for (std::size_t cell = 0; cell < cells; ++cell)
    folder.picture_of_cell[cell] = static_cast<int>(cell);
}

void lay_out(SweepFolder& folder, const JournalReading& journal, const FolderCheck& check) {
  const JournalPlan& plan = *journal.plan;
  folder.picture_of_cell = plan.picture_of_cell;
  folder.twin_of_cell = plan.twin_of_cell;
  folder.pictures.resize(plan.keys.size());
  const std::vector<std::string> living =
      journal.open_runs.empty() ? std::vector<std::string>() : running_in(folder.folder);
  std::unordered_map<std::string, int> picture_of_key;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    picture_of_key.emplace(plan.keys[i], static_cast<int>(i));
    const auto found = check.results.find(plan.keys[i]);
    if (found != check.results.end()) folder.pictures[i] = found->second;
    folder.pictures[i].key = plan.keys[i];
  }
  for (const JournalRun& run : journal.open_runs) {
    const bool lives = std::find(living.begin(), living.end(), run.id) != living.end();
    for (const std::string& key : run.running) {
      const auto found = picture_of_key.find(key);
      if (found == picture_of_key.end()) continue;
      CellResult& picture = folder.pictures[found->second];
      if (picture.state == CellState::Finished) continue;
      if (lives) picture.state = CellState::Running;
      else if (living.empty()) folder.interrupted = found->second;
    }
  }
}

}  // namespace

std::string sweep_json_path(const std::string& folder) { return folder + "/sweep.json"; }
std::string journal_path(const std::string& folder) { return folder + "/journal.jsonl"; }
std::string cells_path(const std::string& folder) { return folder + "/cells"; }
std::string picture_path(const std::string& folder, const std::string& key) {
  return cells_path(folder) + "/" + key + ".png";
}
std::string twins_path(const std::string& folder) { return folder + "/twins"; }
std::string latents_path(const std::string& folder, const std::string& key) {
  return twins_path(folder) + "/" + key + ".safetensors";
}

bool holds_sweep(const std::string& folder) {
  return path_exists(sweep_json_path(folder)) || path_exists(journal_path(folder));
}

std::string first_difference(const SweepGrid& given,
                             const SweepGrid& kept,
                             const Catalogue& catalogue) {
  const auto& here = given.spec.listed;
  const auto& there = kept.spec.listed;
  if (here.size() != there.size()) {
    return "there are " + counted(here.size(), "listed job", "listed jobs") + " here, but " +
           std::to_string(there.size()) + " in the folder's sweep.json";
  }
  for (std::size_t i = 0; i < here.size(); ++i) {
    const std::string difference = job_difference(here[i], there[i], catalogue, {});
    if (!difference.empty()) return "job " + std::to_string(i + 1) + ": " + difference;
  }
  if (here.empty()) {
    if (std::string difference = axes_difference(given, kept); !difference.empty())
      return difference;
    if (std::string difference =
            job_difference(given.spec.base, kept.spec.base, catalogue, given.axes);
        !difference.empty()) {
      return difference;
    }
  }
  if (given.spec.twin != kept.spec.twin) {
    return given.spec.twin ? "twin is true here, but false in the folder's sweep.json"
                           : "twin is false here, but true in the folder's sweep.json";
  }
  if (given.spec.order != kept.spec.order)
    return "the order is not that of the folder's sweep.json";
  return "";
}

FolderCheck check_pictures(const std::string& folder,
                           const JournalReading& journal,
                           std::int64_t trusted_after) {
  FolderCheck check;
  std::size_t gone = 0, changed = 0;
  std::int64_t hashed = 0;
  for (const auto& [key, entry] : journal.pictures) {
    if (entry.finished) {
      const std::string path = picture_path(folder, key);
      const auto stamp = stamp_of(path);
      bool is_same = stamp && stamp->bytes == entry.stamp.bytes;
      if (is_same && (*stamp != entry.stamp || hashed < trusted_after)) {
        hashed += stamp->bytes;
        const auto hash = sha256_of_file(path);
        is_same = hash && hash.value() == entry.finished->sha256;
      }
      if (is_same) {
        check.results.emplace(key, *entry.finished);
        continue;
      }
      ++(stamp ? changed : gone);
    }
    if (entry.other && !entry.is_running) check.results.emplace(key, *entry.other);
  }
  if (gone > 0) {
    check.problems.push_back(folder + ": " +
                             counted(gone, "finished picture is", "finished pictures are") +
                             " gone from cells/ and will be made again");
  }
  if (changed > 0) {
    check.problems.push_back(folder + ": " +
                             counted(changed, "finished picture was", "finished pictures were") +
                             " changed by another program and will be made again");
  }
  return check;
}

Result<std::optional<SweepSpec>> read_sweep_spec(const std::string& folder,
                                                 const Catalogue& catalogue) {
  const std::string path = sweep_json_path(folder);
  if (!path_exists(path)) return std::optional<SweepSpec>();
  auto text = read_file(path, kMostSweepBytes);
  if (!text) return text.error();
  auto spec = sweep_from_json(text.value(), catalogue);
  // Whatever is wrong in it, it is the file that is wrong here, not what the user asked for.
  if (!spec) return file_error(ErrorCode::BadFile, path, spec.error().message);
  return std::optional<SweepSpec>(std::move(spec).value());
}

SweepSpec with_seeds_of(SweepSpec spec, const SweepSpec& kept) {
  if (!spec.base.seed) spec.base.seed = kept.base.seed;
  for (std::size_t i = 0; i < std::min(spec.listed.size(), kept.listed.size()); ++i) {
    if (!spec.listed[i].seed) spec.listed[i].seed = kept.listed[i].seed;
  }
  return spec;
}

Result<SweepFolder> read_sweep_folder(const std::string& folder, const Catalogue& catalogue) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    return file_error(ErrorCode::Io,
                      folder,
                      path_exists(folder) ? "this is not a folder" : "there is no such folder");
  }
  auto spec = read_sweep_spec(folder, catalogue);
  if (!spec) return spec.error();
  if (!spec.value())
    return file_error(ErrorCode::Io, folder, "this folder holds no sweep: it has no sweep.json");
  auto grid = read_sweep(*spec.value(), catalogue);
  if (!grid) return file_error(ErrorCode::BadFile, sweep_json_path(folder), grid.error().message);
  SweepFolder read;
  read.folder = folder;
  read.grid = std::make_shared<const SweepGrid>(std::move(grid).value());
  auto journal = read_journal(journal_path(folder));
  if (!journal) {
    // The grid can be shown all the same.
    read.problems.push_back(journal.error().message);
    lay_out_without_plan(read);
    return read;
  }
  read.problems = journal.value().problems;
  const auto& plan = journal.value().plan;
  if (!plan || plan->picture_of_cell.size() != read.grid->cells()) {
    if (plan)
      read.problems.push_back(journal_path(folder) +
                              ": its plan is of another sweep and was left out");
    lay_out_without_plan(read);
    return read;
  }
  // Only changed files are hashed, so that a folder opens at once to be looked at.
  FolderCheck check = check_pictures(folder, journal.value(), 0);
  read.problems.insert(read.problems.end(), check.problems.begin(), check.problems.end());
  lay_out(read, journal.value(), check);
  return read;
}

}  // namespace studio
