// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Jobs as JSON, in the form people, presets and scripts write them.
#pragma once

#include "core/api/request.h"
#include "core/api/result.h"

#include <string>
#include <string_view>

namespace studio {

// Reads and validates a job of at most 4 MB. Whole-number parameters take 25 and 25.0, real ones
// whole numbers too, and "inf" where the declaration has infinity. null is absence. "format" and
// "version" are required.
// Errors: BadFile when it is not JSON (duplicate keys and deep nesting included), InvalidArgument
// naming the key's path, the value and what is allowed.
Result<GenerationRequest> request_from_json(std::string_view text, const Catalogue& catalogue);

// The same from a part of a larger document; `what` begins every message ("base of the sweep").
Result<GenerationRequest> request_from_json(std::string_view text,
                                            const Catalogue& catalogue,
                                            std::string_view what);

// Every key of the job and of its guidance, in the order of the declarations; ends in a newline.
std::string request_to_json(const GenerationRequest& request, const Catalogue& catalogue);

}  // namespace studio
