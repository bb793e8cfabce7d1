// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The command line as values. Every parameter of a job is a flag made from its one declaration.
#pragma once

#include "app/cli_sweep_args.h"
#include "core/api/request.h"
#include "core/api/result.h"
#include "core/make_engine.h"

#include <string>
#include <string_view>
#include <vector>

namespace studio::cli {

enum class Command { Generate, Sweep, Info, Params, Check, Convert };
enum class ProgressStyle { Bar, Json, None };
enum class ParamsFormat { Table, Json, Markdown };

// One parameter given on the command line, as typed.
struct Setting {
  std::string key;  // "guidance.seg.sigma", or "seg.sigma"
  std::string text;
};

struct Arguments {
  Command command = Command::Generate;
  EngineConfig engine;
  std::string model;  // info, check, convert
  std::string convert_out, convert_dtype = "keep";
  ParamsFormat params_format = ParamsFormat::Table;

  // generate, sweep
  std::vector<Setting> settings;  // --set in the order given, then the parameters' own flags
  ProgressStyle progress = ProgressStyle::Bar;
  RowSharing sharing = RowSharing::Shared;

  // generate
  std::string job_path;  // "" for the default job
  std::string out_path = "out.png";
  std::string dump_path, latents_path;
  bool with_twin = false;
  std::string preview_path;  // "" for no previews
  PreviewChoice preview;
  int preview_percent = 3;

  SweepArguments sweep;
};

// Either what to do, or a text that was asked for (help, version) and the exit status to end with.
struct Parsed {
  Arguments arguments;
  bool is_done = false;
  int exit_status = 0;
};

// Prints help, version and mistakes itself: help to standard output, mistakes to standard error,
// and with `--progress json` a `failed` event besides.
Parsed parse_command_line(int argc, const char* const* argv, const Catalogue& catalogue);

// "--seg-scale" for "guidance.seg.scale".
std::string flag_of(std::string_view path);

// Writes the settings into a request. Errors: InvalidArgument with path, value and what is allowed.
// "null" is the absent value where a parameter has one. "prompt" given several times makes a batch.
Result<void> apply_settings(GenerationRequest& request,
                            const Catalogue& catalogue,
                            const std::vector<Setting>& settings);

}  // namespace studio::cli
