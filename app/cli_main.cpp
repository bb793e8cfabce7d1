// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli: the engine without a window.
#include "app/cli_args.h"
#include "app/cli_commands.h"
#include "app/cli_exit.h"
#include "core/make_engine.h"

#include <exception>
#include <iostream>
#include <new>
#include <signal.h>

namespace {

using namespace studio::cli;

int run(int argc, char** argv) {
  try {
    Parsed parsed = parse_command_line(argc, argv, studio::catalogue());
    if (parsed.is_done) return parsed.exit_status;
    parsed.arguments.engine.hash_file = studio::usual_hash_file();
    switch (parsed.arguments.command) {
      case Command::Generate:
        return run_generate(parsed.arguments);
      case Command::Sweep:
        return run_sweep(parsed.arguments);
      case Command::Info:
        return run_info(parsed.arguments);
      case Command::Check:
        return run_check(parsed.arguments);
      case Command::Params:
        return run_params(parsed.arguments);
      case Command::Convert:
        return run_convert(parsed.arguments);
    }
  } catch (const std::bad_alloc&) {
    return report({studio::ErrorCode::OutOfMemory, "out of memory"});
  } catch (const std::exception& bug) {
    return report({studio::ErrorCode::Internal, bug.what()});
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  // Where files may only grow so large, a write shall fail, not end the program halfway.
  signal(SIGXFSZ, SIG_IGN);
  const int status = run(argc, argv);
  std::cout.flush();
  if (std::cout || status != kDone) return status;
  return report({studio::ErrorCode::Io, "standard output cannot be written: is the disk full?"});
}
