// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The order of writing is what makes a folder safe: first the picture under its name, then the line
// that says so.
#include "core/sweep/sweep_store.h"

#include "core/api/image_strip.h"
#include "core/base/guard.h"
#include "core/io/files.h"
#include "core/io/png.h"
#include "core/io/sweep_json.h"
#include "core/sweep/folder_lock.h"
#include "core/sweep/journal.h"
#include "core/sweep/sweep_folder.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <random>
#include <sys/stat.h>
#include <utility>

namespace studio {
namespace {

// Hashing 10,000 pictures of the demo model takes about a second; a folder of large pictures would
// take minutes on a slow disk.
constexpr std::int64_t kHashedAlways = std::int64_t{2} << 30;

std::string new_run_name() {
  std::random_device random;
  std::array<char, 20> text{};
  std::snprintf(text.data(),
                text.size(),
                "%08x%08x",
                static_cast<unsigned>(random()),
                static_cast<unsigned>(random()));
  return text.data();
}

// What a person gave may end in slashes.
std::string without_end_slashes(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return folder;
}

struct ReuseFolder {
  std::string folder;
  JournalReading journal;
};

class Store final : public SweepStore {
 public:
  static Result<std::unique_ptr<SweepStore>> open(const SweepGrid& given,
                                                  const SweepSpec* spec,
                                                  const SweepOptions& options,
                                                  const Catalogue& catalogue);

  const SweepGrid& grid() const override { return grid_; }
  const std::vector<std::string>& problems() const override { return problems_; }
  const CellResult* find(const std::string& key) const override {
    const auto found = results_.find(key);
    return found == results_.end() ? nullptr : &found->second;
  }
  const CellResult* adopt(const std::string& key) override;
  std::string latents_path(const std::string& key) const override {
    return studio::latents_path(folder_, key);
  }
  Result<void> note_running(const std::string& key) override { return journal_->running(key); }
  Result<void> note_failed(const CellResult& result) override;
  Result<std::string> write_picture(const std::string& key, const Finished& finished) override;
  Result<CellResult> note_finished(CellResult result) override;
  Result<void> note_plan(const std::vector<std::string>& keys,
                         const std::vector<int>& picture_of_cell,
                         const std::vector<int>& twin_of_cell) override;
  Result<void> note_end() override { return journal_->end(); }

 private:
  explicit Store(const Catalogue& catalogue) : catalogue_(catalogue) {}
  Result<void> prepare_folder(const SweepOptions& options);
  Result<void> settle_sweep(const SweepGrid& given, const SweepSpec* spec);
  Result<void> read_what_is_there();
  void open_reuse_folders(const SweepOptions& options);

  const Catalogue& catalogue_;
  std::string folder_;
  SweepGrid grid_;
  std::unique_ptr<FolderLock> lock_;
  std::unique_ptr<Journal> journal_;  // closed before the lock is given up
  std::string run_ = new_run_name();
  std::unordered_map<std::string, CellResult> results_;
  std::optional<JournalPlan> plan_;
  std::vector<ReuseFolder> reuse_;
  std::vector<std::string> problems_;
};

// Before anything is made: what stands there already and must not be touched.
Result<void> check_place(const std::string& folder, const SweepOptions& options) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return {};
  if (!S_ISDIR(status.st_mode)) {
    return file_error(ErrorCode::Io, folder, "this is a file, but a sweep needs a folder");
  }
  if (holds_sweep(folder)) {
    if (options.resume || options.shards > 1) return {};
    return file_error(ErrorCode::InvalidArgument,
                      folder,
                      "this folder holds a sweep already: resume it, or choose another folder");
  }
  for (const char* name : {"grid.png", "index.html", "cells"}) {
    const std::string path = folder + "/" + name;
    std::error_code ignored;
    if (!path_exists(path)) continue;
    if (std::filesystem::is_directory(path, ignored) && std::filesystem::is_empty(path, ignored))
      continue;
    return file_error(
        ErrorCode::InvalidArgument,
        folder,
        std::string("this folder has a ") + name +
            " that belongs to no sweep and would be written over; choose another folder");
  }
  return {};
}

Result<void> Store::prepare_folder(const SweepOptions& options) {
  if (options.shards < 1 || options.shard < 0 || options.shard >= options.shards) {
    return Error{ErrorCode::InvalidArgument,
                 "share " + std::to_string(options.shard + 1) + " of " +
                     std::to_string(options.shards) +
                     " is none; shares are 1/1, 1/2, 2/2 and so on"};
  }
  folder_ = without_end_slashes(options.folder);
  if (auto fits = check_place(folder_, options); !fits) return fits;
  if (auto made = make_folders(folder_); !made) return made;
  auto lock = FolderLock::take(folder_, options.shard, options.shards, run_);
  if (!lock) return lock.error();
  lock_ = std::move(lock).value();
  // Another process may have begun a sweep here while this one waited for the lock.
  if (auto fits = check_place(folder_, options); !fits) return fits;
  if (auto made = make_folders(cells_path(folder_)); !made) return made;
  remove_left_temporaries(folder_);
  remove_left_temporaries(cells_path(folder_));
  remove_left_temporaries(twins_path(folder_));
  return {};
}

// Either the folder's sweep, checked against the given one, or the given one, written.
Result<void> Store::settle_sweep(const SweepGrid& given, const SweepSpec* spec) {
  auto kept = read_sweep_spec(folder_, catalogue_);
  if (!kept) {
    return file_error(
        kept.error().code,
        "the sweep cannot be resumed",
        kept.error().message +
            "; when that file is deleted it is written anew, and finished pictures are kept");
  }
  if (!kept.value()) {
    grid_ = given;
    return write_file(sweep_json_path(folder_), sweep_to_json(grid_.spec, catalogue_));
  }
  auto kept_grid = read_sweep(*kept.value(), catalogue_);
  if (!kept_grid)
    return file_error(ErrorCode::BadFile, sweep_json_path(folder_), kept_grid.error().message);
  auto asked = spec != nullptr ? read_sweep(with_seeds_of(*spec, *kept.value()), catalogue_)
                               : Result<SweepGrid>(given);
  if (!asked) return asked.error();
  const std::string difference = first_difference(asked.value(), kept_grid.value(), catalogue_);
  if (!difference.empty()) {
    return file_error(
        ErrorCode::InvalidArgument, folder_, "this folder holds another sweep: " + difference);
  }
  grid_ = std::move(kept_grid).value();
  return {};
}

Result<void> Store::read_what_is_there() {
  auto read = read_journal(journal_path(folder_));
  if (!read) return read.error();
  JournalReading& journal = read.value();
  FolderCheck check = check_pictures(folder_, journal, kHashedAlways);
  results_ = std::move(check.results);
  plan_ = std::move(journal.plan);
  problems_.insert(problems_.end(), journal.problems.begin(), journal.problems.end());
  problems_.insert(problems_.end(), check.problems.begin(), check.problems.end());
  return {};
}

void Store::open_reuse_folders(const SweepOptions& options) {
  for (const std::string& given : options.reuse_folders) {
    const std::string folder = without_end_slashes(given);
    std::error_code ignored;
    if (std::filesystem::equivalent(folder, folder_, ignored)) continue;
    // Pictures from elsewhere only save work: a folder that has none to give stops nothing.
    if (!path_exists(journal_path(folder))) continue;
    if (auto journal = read_journal(journal_path(folder))) {
      reuse_.push_back({folder, std::move(journal).value()});
    } else {
      problems_.push_back(journal.error().message);
    }
  }
}

Result<std::unique_ptr<SweepStore>> Store::open(const SweepGrid& given,
                                                const SweepSpec* spec,
                                                const SweepOptions& options,
                                                const Catalogue& catalogue) {
  return to_result([&]() -> Result<std::unique_ptr<SweepStore>> {
    std::unique_ptr<Store> store(new Store(catalogue));
    if (auto done = store->prepare_folder(options); !done) return done.error();
    if (auto done = store->settle_sweep(given, spec); !done) return done.error();
    // Reading takes long where much is finished; other shares need not wait for it.
    store->lock_->let_others_in();
    store->open_reuse_folders(options);
    if (auto done = store->read_what_is_there(); !done) return done.error();
    auto journal = Journal::open(journal_path(store->folder_), store->run_);
    if (!journal) return journal.error();
    store->journal_ = std::move(journal).value();
    if (auto done = store->journal_->begin(options.shard, options.shards); !done)
      return done.error();
    return std::unique_ptr<SweepStore>(std::move(store));
  });
}

const CellResult* Store::adopt(const std::string& key) {
  if (!is_sha256(key)) return nullptr;
  for (const ReuseFolder& other : reuse_) {
    const auto found = other.journal.pictures.find(key);
    if (found == other.journal.pictures.end() || !found->second.finished) continue;
    // Tiles of a decoder short of memory shift pixels a little: such a picture stays where it was made.
    if (found->second.finished->made.find("less memory") != std::string::npos) continue;
    const std::string path = picture_path(folder_, key), there = picture_path(other.folder, key);
    const auto hash_there = sha256_of_file(there);
    if (!hash_there || hash_there.value() != found->second.finished->sha256) continue;
    // Hashed again here: what counts is what this folder has got.
    if (!link_or_copy(there, path)) continue;
    const auto hash = sha256_of_file(path);
    if (!hash || hash.value() != found->second.finished->sha256) continue;
    // Of a twin also what other pictures are compared with. Without it they only lack a number.
    const std::string latents = studio::latents_path(other.folder, key);
    if (path_exists(latents) && make_folders(twins_path(folder_)))
      (void)link_or_copy(latents, latents_path(key));
    CellResult result = *found->second.finished;
    result.made = "taken from another sweep";
    if (const auto noted = note_finished(std::move(result))) return find(key);
  }
  return nullptr;
}

Result<void> Store::note_failed(const CellResult& result) {
  CellResult noted = result;
  if (noted.state != CellState::Skipped) noted.state = CellState::Failed;
  if (auto written = journal_->failed(noted); !written) return written;
  // A finished picture stays finished, whatever a later attempt came to.
  const auto found = results_.find(noted.key);
  if (found == results_.end() || found->second.state != CellState::Finished)
    results_[noted.key] = std::move(noted);
  return {};
}

Result<CellResult> Store::note_finished(CellResult result) {
  const std::string path = picture_path(folder_, result.key);
  const auto stamp = stamp_of(path);
  if (!stamp)
    return file_error(
        ErrorCode::Io, path, "it was removed by another program as soon as it was written");
  result.state = CellState::Finished;
  result.file = "cells/" + result.key + ".png";
  result.error.clear();
  if (auto written = journal_->finished(result, *stamp); !written) return written.error();
  results_[result.key] = result;
  return result;
}

Result<std::string> Store::write_picture(const std::string& key, const Finished& finished) {
  return to_result([&]() -> Result<std::string> {
    const auto& images = finished.images;
    const bool has_all = !images.empty() && std::find(images.begin(), images.end(), nullptr) == images.end();
    if (!is_sha256(key) || !has_all) {
      return Error{ErrorCode::Internal,
                   "a picture of the sweep came without its key or its pixels"};
    }
    const std::string path = picture_path(folder_, key);
    const auto texts = job_texts(finished.resolved, catalogue_, finished.model_hash);
    if (auto written = write_png(path, side_by_side(images), texts); !written) return written.error();
    return sha256_of_file(path);
  });
}

Result<void> Store::note_plan(const std::vector<std::string>& keys,
                              const std::vector<int>& picture_of_cell,
                              const std::vector<int>& twin_of_cell) {
  JournalPlan plan{keys, picture_of_cell, twin_of_cell};
  if (plan_ == plan) return {};
  if (auto written = journal_->plan(plan); !written) return written;
  plan_ = std::move(plan);
  return {};
}

}  // namespace

Result<CellResult> SweepStore::finish(CellResult result, const Finished& finished) {
  auto sha256 = write_picture(result.key, finished);
  if (!sha256) return sha256.error();
  result.sha256 = std::move(sha256).value();
  return note_finished(std::move(result));
}

Result<std::unique_ptr<SweepStore>> SweepStore::open(const SweepGrid& grid,
                                                     const SweepOptions& options,
                                                     const Catalogue& catalogue) {
  return Store::open(grid, nullptr, options, catalogue);
}

Result<std::unique_ptr<SweepStore>> SweepStore::open(const SweepSpec& spec,
                                                     const SweepOptions& options,
                                                     const Catalogue& catalogue) {
  auto grid = read_sweep(spec, catalogue);
  if (!grid) return grid.error();
  return Store::open(grid.value(), &spec, options, catalogue);
}

}  // namespace studio
