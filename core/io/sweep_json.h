// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Sweeps as JSON: a base job, axes as people type them, or a list of jobs.
#pragma once

#include "core/api/sweep.h"

#include <string>
#include <string_view>

namespace studio {

// Reads a sweep's description. `base` is a job that may leave out its format and version; "axes"
// are objects with "param" and "values" (text), "order" is "coarse-to-fine" (the default) or
// "rows", "twin" true (the default) or false. "jobs" lists the cells one by one and stands instead
// of axes. The axes' parameters are known ones and each is there once; their values are read by
// read_sweep(). Errors: BadFile when it is not JSON (duplicate keys and deep nesting included),
// InvalidArgument naming the key's path, the value and what is allowed.
Result<SweepSpec> sweep_from_json(std::string_view text, const Catalogue& catalogue);

// Every key of the format; ends in a newline. sweep_from_json() reads it back as the same sweep.
std::string sweep_to_json(const SweepSpec& spec, const Catalogue& catalogue);

}  // namespace studio
