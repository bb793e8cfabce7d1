// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// core/base/guard.cpp without the exceptions of tensors and JSON, for programs built under the thread
// sanitizer, which LibTorch is not.
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
