// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep's folder as one picture, a page, a table or an animation. Missing pictures are marked, never
// an error; every file is written beside its name and renamed.
#pragma once

#include <functional>

#include "core/api/engine.h"

namespace studio {

// keep_going(fraction) is called often; false stops with nothing left behind.
using KeepGoing = std::function<bool(double)>;

// Dispatches on options.kind. Errors: InvalidArgument (an axis that is not there), Io. Blocks.
Result<void> export_sweep(const SweepFolder& folder, const Catalogue& catalogue, const ExportOptions& options,
                          const KeepGoing& keep_going);

}  // namespace studio
