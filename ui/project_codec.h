// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Jobs to JSON and back, as the engine does it: the window only stores what it is given.
#pragma once

#include "core/api/request.h"
#include "core/api/result.h"

#include <functional>
#include <string>
#include <string_view>

namespace studio::ui {

// Both are called on worker threads, also at the same time.
struct JobCodec {
  std::function<Result<GenerationRequest>(std::string_view json)> parse;
  std::function<std::string(const GenerationRequest&)> write;
};

}  // namespace studio::ui
