// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Declares the flags and says which of them go together.
#include "app/cli_sweep_args.h"

#include "core/api/sweep.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace studio::cli {
namespace {

constexpr const char* kNotes =
    "SWEEP.json holds a base job and axes:\n"
    "  {\"format\": \"seg-studio/sweep\", \"version\": 1, \"base\": {\"prompt\": \"red apple\"},\n"
    "   \"axes\": [{\"param\": \"guidance.seg.sigma\", \"values\": \"0.5, 1, 2, inf\"},\n"
    "            {\"param\": \"seed\", \"values\": \"1-4\"}], \"order\": \"coarse-to-fine\", "
    "\"twin\": true}\n"
    "Values: a comma list; a-b and a-b(+step) for whole numbers; a..b[n]; log(a..b)[n]; inf; "
    "\"quoted text\".\n"
    "All of them are checked before the first picture is made.\n\n"
    "DIR then holds sweep.json, journal.jsonl, cells/KEY.png, grid.png and index.html. A sweep "
    "that was ended\n"
    "at any moment goes on with the same command and --resume: no finished picture is lost or made "
    "again.\n\n"
    "Exit status: 0 all pictures are there; 2 wrong usage or sweep; 3 a model cannot be loaded; 4 "
    "reading or\n"
    "writing failed; 5 out of memory; 130 interrupted, finished pictures are kept (a second Ctrl-C "
    "ends at\n"
    "once). When single pictures fail the others are made all the same, and the status is that of "
    "the first\n"
    "failure (1: none of these kinds). With --verify, 4 also means that a picture is not what its "
    "job gives.";

bool read_share(const std::string& text, int& number, int& count) {
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, number);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '/') return false;
  const auto second = std::from_chars(first.ptr + 1, end, count);
  return second.ec == std::errc() && second.ptr == end && number >= 1 && count >= number &&
         count <= static_cast<int>(kMostCells);
}

bool is_key_or_beginning(const std::string& text) {
  return text.size() >= 6 && text.size() <= 64 &&
         text.find_first_not_of("0123456789abcdef") == text.npos;
}

Error misuse(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

CLI::Option* add_list(CLI::App& app,
                      const char* flag,
                      std::vector<std::string>& list,
                      const char* help) {
  return app.add_option(flag, list, help)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

}  // namespace

void add_sweep_options(CLI::App& app, SweepArguments& arguments) {
  app.footer(kNotes);
  app.add_option(
         "SWEEP",
         arguments.sweep_path,
         "The sweep: a .json file, or - for standard input. Left out with --resume, --dry-run or "
         "--verify: the sweep that the folder holds")
      ->option_text("[SWEEP.json]");
  app.add_option("--out", arguments.folder, "Folder of the sweep; made when it is not there")
      ->option_text("DIR")
      ->group("Sweep");
  app.add_flag("--resume",
               arguments.resume,
               "Go on with the sweep in the folder, or begin it when there is none yet")
      ->group("Sweep");
  app.add_flag(
         "--dry-run",
         arguments.dry_run,
         "Only say what the sweep will cost: pictures, row evaluations, time, disk; writes nothing")
      ->group("Sweep");
  app.add_option(
         "--shard",
         arguments.share,
         "Make share I of N, counted from 1: the runs 1/4, 2/4, 3/4 and 4/4 together make all "
         "pictures, also at the same time, on one folder")
      ->option_text("I/N")
      ->group("Sweep");
  app.add_flag(
         "--jobs-from-stdin",
         arguments.jobs_from_stdin,
         "Make the jobs on standard input, one JSON object a line; keys that a line leaves out are "
         "those of SWEEP.json's base, which then has no axes")
      ->group("Sweep");
  add_list(app,
           "--reuse",
           arguments.reuse,
           "Take equal finished pictures from this other sweep's folder")
      ->option_text("DIR")
      ->group("Sweep");
  add_list(app,
           "--skip",
           arguments.skip,
           "Leave the picture with this key out (its first 6 digits or more), in later runs too")
      ->option_text("KEY")
      ->group("Sweep");
  add_list(app,
           "--retry",
           arguments.retry,
           "Make the picture with this key although an earlier run left it out")
      ->option_text("KEY")
      ->group("Sweep");
  app.add_flag(
         "--retry-less-memory",
         arguments.retry_less_memory,
         "Make pictures that failed, or at which the last run ended, with less memory: slower")
      ->group("Sweep");
  app.add_flag("--verify",
               arguments.verify,
               "Make finished pictures again, each alone, and print how far they are apart; writes "
               "nothing")
      ->group("Sweep");
  add_list(app, "--key", arguments.verify_keys, "With --verify: only the picture with this key")
      ->option_text("KEY")
      ->group("Sweep");
}

Result<void> check_sweep_options(SweepArguments& arguments) {
  int number = 0, count = 0;
  if (!read_share(arguments.share, number, count)) {
    return misuse("--shard takes I/N with I from 1 to N, such as 1/4, not \"" + arguments.share +
                  "\"");
  }
  arguments.shard = number - 1;
  arguments.shards = count;
  const std::pair<const char*, const std::vector<std::string>*> lists[] = {
      {"--skip", &arguments.skip},
      {"--retry", &arguments.retry},
      {"--key", &arguments.verify_keys}};
  for (const auto& [flag, keys] : lists) {
    const auto bad = std::find_if_not(keys->begin(), keys->end(), is_key_or_beginning);
    if (bad == keys->end()) continue;
    return misuse(std::string(flag) +
                  " takes a picture's key, or at least its first 6 digits, not \"" + *bad + "\"");
  }
  if (arguments.folder.empty() && !arguments.dry_run) {
    return misuse("sweep needs --out DIR, the folder for its pictures");
  }
  if (!arguments.verify_keys.empty() && !arguments.verify)
    return misuse("--key goes with --verify only");
  if (arguments.verify &&
      (arguments.dry_run || arguments.jobs_from_stdin || arguments.shards > 1)) {
    return misuse(
        "--verify works on a finished folder: it goes with neither --dry-run, --jobs-from-stdin "
        "nor --shard");
  }
  const bool folder_has_it =
      !arguments.folder.empty() && (arguments.resume || arguments.dry_run || arguments.verify);
  if (arguments.sweep_path.empty() && !arguments.jobs_from_stdin && !folder_has_it) {
    return misuse("sweep needs a SWEEP.json, or --jobs-from-stdin");
  }
  return {};
}

}  // namespace studio::cli
