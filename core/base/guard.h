// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// to_result(): the one place where third-party exceptions become Errors.
#pragma once

#include <functional>

#include "core/api/result.h"

namespace studio {

// Thrown through tensor code when a stop was asked for; becomes the Cancelled event, never an Error.
struct StopRequested {};

// Turns the exception now being handled into an Error. Out of memory of either kind becomes
// OutOfMemory, CheckError and unknown exceptions Internal. Call only inside a catch block.
// Rethrows StopRequested.
Error current_exception_as_error();

// Runs `body`; whatever it throws comes back as an Error. Its own Result passes unchanged.
template <class Body>
auto to_result(Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (...) {
    return current_exception_as_error();
  }
}

}  // namespace studio
