// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The flags that only `seg-cli sweep` has.
#pragma once

#include "core/api/result.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace studio::cli {

struct SweepArguments {
  std::string sweep_path;  // "" for none, "-" for standard input
  std::string folder;
  std::string share = "1/1";  // as typed
  int shard = 0, shards = 1;  // read from it; 0-based here
  bool resume = false;
  bool dry_run = false;
  bool jobs_from_stdin = false;
  bool retry_less_memory = false;
  bool verify = false;
  std::vector<std::string> verify_keys, skip, retry, reuse;  // keys, or the beginnings of keys
};

void add_sweep_options(CLI::App& app, SweepArguments& arguments);

// What the flags mean together; fills in shard and shards. Errors: InvalidArgument.
Result<void> check_sweep_options(SweepArguments& arguments);

}  // namespace studio::cli
