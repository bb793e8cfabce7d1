// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// seg-cli: the engine without a window.
#include "app/cli_args.h"
#include "app/cli_commands.h"
#include "app/cli_exit.h"
#include "core/make_engine.h"

#include <exception>

int main(int argc, char** argv) {
  using namespace studio::cli;
  try {
    const Parsed parsed = parse_command_line(argc, argv, studio::catalogue());
    if (parsed.is_done) return parsed.exit_status;
    switch (parsed.arguments.command) {
      case Command::Generate:
        return run_generate(parsed.arguments);
      case Command::Info:
        return run_info(parsed.arguments);
      case Command::Check:
        return run_check(parsed.arguments);
      case Command::Params:
        return run_params(parsed.arguments);
    }
  } catch (const std::bad_alloc&) {
    return report({studio::ErrorCode::OutOfMemory, "out of memory"});
  } catch (const std::exception& bug) {
    return report({studio::ErrorCode::Internal, bug.what()});
  }
  return 1;
}
