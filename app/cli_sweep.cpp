// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli sweep: reads and checks, says what it will cost, runs, and writes the grid and the page.
#include "app/cli_sweep.h"

#include "app/cli_commands.h"
#include "app/cli_exit.h"
#include "app/cli_sweep_input.h"
#include "core/make_engine.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <new>
#include <optional>
#include <unistd.h>
#include <utility>
#include <variant>

namespace studio::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kLongestGridSide = 16'384;   // of grid.png, in pixels; the export goes further
constexpr std::size_t kFewPictures = 400;  // so many are put together within a moment

bool holds_sweep(const std::string& folder) {
  std::error_code ignored;
  return !folder.empty() && fs::exists(fs::path(folder) / "sweep.json", ignored);
}

std::string in_gigabytes(double bytes) {
  const auto tenths = static_cast<long long>(bytes / 1e8);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

class SweepRun {
 public:
  SweepRun(const Arguments& arguments, SweepProgress& progress)
      : arguments_(arguments), sweep_(arguments.sweep), progress_(progress) {}

  int run() {
    const auto ready = prepare();
    if (inbox_.is_interrupted()) return progress_.cancel({});
    if (!ready) return progress_.fail(ready.error());
    if (sweep_.verify) return verify();
    auto forecast = engine_->forecast(spec_, sweep_.folder);
    if (!forecast) return progress_.fail(forecast.error());
    if (sweep_.dry_run) return print_forecast(forecast.value());
    if (auto fits = check_disk(forecast.value()); !fits) return progress_.fail(fits.error());
    return run_sweep();
  }

 private:
  // Everything that can be known to be wrong before the engine starts; nothing is written.
  Result<void> prepare() {
    std::error_code ignored;
    if (fs::exists(sweep_.folder, ignored) && !fs::is_directory(sweep_.folder, ignored)) {
      return Error{ErrorCode::Io,
                   "--out " + sweep_.folder + ": this is a file, but a sweep needs a folder"};
    }
    const bool begins = !sweep_.resume && !sweep_.dry_run && !sweep_.verify && sweep_.shards == 1;
    if (begins && holds_sweep(sweep_.folder)) {
      return Error{
          ErrorCode::InvalidArgument,
          sweep_.folder +
              " holds a sweep already: go on with it by --resume, or choose another folder"};
    }
    auto engine = make_engine(arguments_.engine, inbox_);
    if (!engine) return engine.error();
    engine_ = std::move(engine).value();
    InterruptibleInput buffer;
    std::istream input(&buffer);
    auto spec = read_sweep_input(*engine_, arguments_, input);
    if (!spec) return spec.error();
    spec_ = std::move(spec).value();
    auto grid = read_sweep(spec_, engine_->describe());
    if (!grid) return grid.error();
    return holds_sweep(sweep_.folder) ? prepare_resuming() : prepare_options();
  }

  Result<void> prepare_resuming() {
    auto folder = engine_->open_sweep(sweep_.folder);
    if (!folder) return folder.error();
    folder_ = std::move(folder).value();
    for (const std::string& problem : folder_->problems) progress_.note("note: " + problem);
    // Where the given sweep leaves a seed open, the one that was drawn at the beginning counts.
    const SweepSpec& kept = folder_->grid->spec;
    if (!spec_.base.seed) spec_.base.seed = kept.base.seed;
    for (std::size_t i = 0; i < std::min(spec_.listed.size(), kept.listed.size()); ++i) {
      if (!spec_.listed[i].seed) spec_.listed[i].seed = kept.listed[i].seed;
    }
    return prepare_options();
  }

  Result<void> prepare_options() {
    const std::vector<CellResult> none;
    const std::vector<CellResult>& pictures = folder_ ? folder_->pictures : none;
    auto skip = whole_keys(sweep_.skip, pictures);
    if (!skip) return std::move(skip).in_context("--skip").error();
    options_.folder = sweep_.folder;
    options_.resume = sweep_.resume;
    options_.shard = sweep_.shard;
    options_.shards = sweep_.shards;
    options_.sharing = arguments_.sharing;
    options_.preview_budget = 0;  // nobody looks at them
    options_.skip = std::move(skip).value();
    auto retry = whole_keys(sweep_.retry, pictures);
    if (!retry) return std::move(retry).in_context("--retry").error();
    options_.retry_keys = std::move(retry).value();
    for (const std::string& folder : sweep_.reuse) {
      std::error_code ignored;
      if (!fs::exists(fs::path(folder) / "journal.jsonl", ignored)) {
        return Error{
            ErrorCode::Io,
            "--reuse " + folder +
                ": no pictures can be taken from there: it has no journal.jsonl of a sweep"};
      }
    }
    options_.reuse_folders = sweep_.reuse;
    if (!sweep_.retry_less_memory || !folder_) return {};
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const bool was_interrupted = static_cast<int>(i) == folder_->interrupted;
      if (was_interrupted || pictures[i].state == CellState::Failed)
        options_.less_memory_keys.push_back(pictures[i].key);
    }
    return {};
  }

  int print_forecast(const SweepForecast& forecast) {
    if (forecast.problem && forecast.impossible_cells == forecast.cells)
      return progress_.fail(*forecast.problem);
    if (forecast.problem) {
      progress_.note("note: " + std::to_string(forecast.impossible_cells) + " of " +
                     std::to_string(forecast.cells) +
                     " cells cannot be made; the first: " + forecast.problem->message);
    }
    if (arguments_.progress == ProgressStyle::Json) {
      JsonObject event;
      event.text("event", "forecast");
      add_forecast(event, forecast);
      std::cout << event.str() << std::endl;
    } else {
      std::cout << forecast_table(forecast) << std::flush;
    }
    return kDone;
  }

  Result<void> check_disk(const SweepForecast& forecast) const {
    if (forecast.bytes_free <= 0 || forecast.bytes_left <= forecast.bytes_free) return {};
    return Error{
        ErrorCode::Io,
        sweep_.folder + ": the sweep needs about " + in_gigabytes(forecast.bytes_left) +
            ", but only " + in_gigabytes(forecast.bytes_free) +
            " are free on that disk; make fewer or smaller pictures, or choose another disk"};
  }

  int verify() {
    if (!folder_)
      return progress_.fail(
          {ErrorCode::InvalidArgument, sweep_.folder + " holds no sweep that could be verified"});
    // Given beside the folder's own, a sweep must be the same.
    const SweepSpec& kept = folder_->grid->spec;
    if (engine_->sweep_json(spec_) != engine_->sweep_json(kept)) {
      return progress_.fail(
          {ErrorCode::InvalidArgument,
           sweep_.folder +
               " holds another sweep than the one given; leave SWEEP.json and its parameters out"});
    }
    return verify_sweep(*engine_, inbox_, progress_, *folder_, arguments_);
  }

  int run_sweep() {
    if (inbox_.is_interrupted()) return progress_.cancel({});
    if (folder_ && folder_->interrupted >= 0) {
      progress_.note("note: the last run ended while it made picture " +
                     folder_->pictures[folder_->interrupted].key.substr(0, 12));
    }
    const auto job = engine_->submit_sweep(spec_, options_);
    if (!job) return progress_.fail(job.error());
    bool is_cancelled = false;
    while (true) {
      for (const auto& [id, event] : inbox_.wait()) {
        if (id != job.value()) continue;
        progress_.show(event);
        if (const auto* finished = std::get_if<SweepFinished>(&event)) return ended(*finished);
        if (const auto* failed = std::get_if<Failed>(&event)) return progress_.fail(failed->error);
        if (std::holds_alternative<Cancelled>(event)) return interrupted();
      }
      if (inbox_.is_interrupted() && !is_cancelled) {
        engine_->cancel(job.value());
        is_cancelled = true;
      }
    }
  }

  // Failures of other shares are theirs to report.
  int ended(const SweepFinished& ending) {
    const std::vector<std::string> files = write_overview();
    if (ending.failures.empty()) return progress_.finish(ending, files);
    const std::vector<CellResult>& pictures = progress_.pictures();
    const int first = ending.failures.front();
    const CellResult& picture = pictures[static_cast<std::size_t>(first)];
    const bool is_rest_there = ending.finished + ending.failures.size() == pictures.size();
    return progress_.fail({picture.error_code.value_or(ErrorCode::Internal),
                           std::to_string(ending.failures.size()) + " of " +
                               std::to_string(pictures.size()) + " pictures failed" +
                               (is_rest_there ? ", the others are finished" : "") +
                               "; the first: " + progress_.words(first) + ": " + picture.error});
  }

  int interrupted() {
    const bool is_quick = progress_.finished() > 0 && progress_.finished() <= kFewPictures;
    return progress_.cancel(is_quick ? write_overview() : std::vector<std::string>());
  }

  // The grid and the page. The pictures are what counts: when these cannot be made it is only said.
  std::vector<std::string> write_overview() {
    std::vector<std::string> files;
    const std::size_t axes = spec_.axes.size();
    for (const SweepExport kind : {SweepExport::GridPng, SweepExport::Html}) {
      ExportOptions options;
      options.kind = kind;
      options.path =
          (fs::path(sweep_.folder) / (kind == SweepExport::GridPng ? "grid.png" : "index.html"))
              .string();
      options.across = axes > 0 ? 0 : -1;
      options.down = axes > 1 ? 1 : -1;
      options.longest_side_px = kLongestGridSide;
      const bool was_interrupted = inbox_.is_interrupted();
      const auto written = engine_->export_sweep(sweep_.folder, options, [&](double) {
        return was_interrupted || !inbox_.is_interrupted();
      });
      if (written) {
        files.push_back(options.path);
      } else {
        progress_.note("note: " + options.path + " was not written: " + written.error().message);
      }
    }
    return files;
  }

  const Arguments& arguments_;
  const SweepArguments& sweep_;
  SweepProgress& progress_;
  Inbox inbox_;  // outlives the engine that reports to it
  std::unique_ptr<Engine> engine_;
  SweepSpec spec_;
  SweepOptions options_;
  std::optional<SweepFolder> folder_;  // what earlier runs left
};

}  // namespace

Result<std::vector<std::string>> whole_keys(const std::vector<std::string>& given,
                                            const std::vector<CellResult>& pictures) {
  constexpr std::size_t kWholeKey = 64;
  std::vector<std::string> keys;
  for (const std::string& beginning : given) {
    std::vector<std::string> found;
    for (const CellResult& picture : pictures) {
      if (picture.key.starts_with(beginning)) found.push_back(picture.key);
    }
    if (found.empty() && beginning.size() == kWholeKey && pictures.empty())
      found.push_back(beginning);
    if (found.size() != 1) {
      return Error{
          ErrorCode::InvalidArgument,
          (found.empty() ? "no picture" : std::to_string(found.size()) + " pictures") +
              std::string(found.size() > 1 ? " of the folder have" : " of the folder has") +
              " a key that begins with " + beginning};
    }
    keys.push_back(found.front());
  }
  return keys;
}

int run_sweep(const Arguments& arguments) {
  SweepProgress progress(arguments.progress, isatty(STDERR_FILENO) != 0);
  try {
    return SweepRun(arguments, progress).run();
  } catch (const std::bad_alloc&) {
    return progress.fail({ErrorCode::OutOfMemory, "out of memory"});
  } catch (const std::exception& bug) {  // a reader of events must see the end of this, too
    return progress.fail({ErrorCode::Internal, bug.what()});
  }
}

}  // namespace studio::cli
