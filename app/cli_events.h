// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the reports of a job and of a sweep have in common.
#pragma once

#include "app/cli_json.h"
#include "core/api/event.h"

#include <cstddef>
#include <string>

namespace studio::cli {

inline constexpr double kFractionToShow =
    0.05;  // finer progress within a phase is not worth a line

// "loading_model": the name programs see.
const char* phase_id(Phase phase);

// One line, flushed: a reader must see an event when it happens.
void print_event(const JsonObject& event);

// "[######..................]" for 1 of 4; full for 0 of 0.
std::string progress_bar(std::size_t part, std::size_t whole);

}  // namespace studio::cli
