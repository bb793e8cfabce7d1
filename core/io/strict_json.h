// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// JSON reading that lets nothing pass silently: duplicate keys, depth and number overflow are
// errors that name their place. (The library keeps the last of two equal keys.)
#pragma once

#include "core/api/result.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace studio {

struct JsonLimits {
  std::size_t max_bytes = std::size_t{4} << 20;
  std::size_t max_depth = 32;
};

// Reads one JSON document; a byte order mark is skipped. `what` begins every message ("the job").
// Errors: BadFile with the line or the path of what is wrong.
Result<nlohmann::json> parse_strict(std::string_view text,
                                    std::string_view what,
                                    const JsonLimits& limits = {});

// read_file() and parse_strict(), with the path as `what`.
Result<nlohmann::json> read_json_file(const std::string& path, const JsonLimits& limits = {});

}  // namespace studio
