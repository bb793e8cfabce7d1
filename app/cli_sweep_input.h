// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Where a sweep comes from: a file, standard input, the folder, or a list of jobs.
#pragma once

#include "app/cli_args.h"
#include "core/api/engine.h"

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace studio::cli {

// The sweep that the command line asks for, with its settings applied to the base. Seeds may be
// open. Errors: InvalidArgument for what was given (with the line of a job), Io. Blocks on input.
Result<SweepSpec> read_sweep_input(const Engine& engine,
                                   const Arguments& arguments,
                                   std::istream& input);

// The members of a JSON object as they are written: names with their quotes, values unchanged.
// Errors: InvalidArgument when `text` is not one object, or has a name twice. Values are not
// checked.
Result<std::vector<std::pair<std::string, std::string>>> json_members(std::string_view text);

// The object `base` with the members of `line` in place of its own; "guidance" is merged likewise.
// Both are JSON objects. Errors: as json_members().
Result<std::string> json_over(const std::string& base, std::string_view line);

}  // namespace studio::cli
