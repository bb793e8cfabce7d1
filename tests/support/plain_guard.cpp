// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What programs built under the thread sanitizer need beside the code under test: guard.cpp without
// the exceptions of tensors and JSON (LibTorch is not built for it), and what to overlook.
#include "core/base/guard.h"

#include <new>
#include <stdexcept>

namespace studio {

Error current_exception_as_error() {
  try {
    throw;
  } catch (const StopRequested&) {
    throw;
  } catch (const std::bad_alloc&) {
    return {ErrorCode::OutOfMemory, "there is not enough memory for this"};
  } catch (const std::exception& error) {
    return {ErrorCode::Internal, error.what()};
  } catch (...) {
    return {ErrorCode::Internal, "an exception of an unknown kind was thrown"};
  }
}

}  // namespace studio

// Qt is not built for it either: its test runner's watchdog looks like a race.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer calls it by this name.
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libQt6Core.so\ncalled_from_lib:libQt6Test.so\n";
}
