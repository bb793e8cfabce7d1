// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the parts of `seg-cli sweep` share.
#pragma once

#include "app/cli_args.h"
#include "app/cli_inbox.h"
#include "app/cli_sweep_progress.h"
#include "core/api/engine.h"

#include <string>
#include <vector>

namespace studio::cli {

// The whole keys for those given, which may be only their beginnings. Errors: InvalidArgument when
// none or several of the folder's pictures have such a key.
Result<std::vector<std::string>> whole_keys(const std::vector<std::string>& given,
                                            const std::vector<CellResult>& pictures);

// Makes finished pictures of the folder again, each alone, and reports how far they are apart.
// Returns the program's exit status.
int verify_sweep(Engine& engine,
                 Inbox& inbox,
                 SweepProgress& progress,
                 const SweepFolder& folder,
                 const Arguments& arguments);

}  // namespace studio::cli
