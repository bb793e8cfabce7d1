// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How the command line program ends: exit statuses and messages on standard error.
#pragma once

#include "core/api/result.h"

namespace studio::cli {

inline constexpr int kDone = 0;
inline constexpr int kWrongUsage = 2;
inline constexpr int kModelUnloadable = 3;
inline constexpr int kIoFailed = 4;
inline constexpr int kOutOfMemory = 5;
inline constexpr int kInterrupted = 130;

int exit_status(ErrorCode code);

// Writes the message to standard error; returns the exit status that goes with it.
int report(const Error& error);

}  // namespace studio::cli
