// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The commands of seg-cli. Each returns the program's exit status.
#pragma once

#include "app/cli_args.h"

namespace studio::cli {

int run_generate(const Arguments& arguments);
int run_sweep(const Arguments& arguments);
int run_info(const Arguments& arguments);
int run_check(const Arguments& arguments);
int run_params(const Arguments& arguments);
int run_convert(const Arguments& arguments);

}  // namespace studio::cli
