// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Exception to Error, by type.
#include "core/base/guard.h"

#include "core/base/check.h"

#include <c10/util/Exception.h>
#include <nlohmann/json.hpp>

#include <new>

namespace studio {

Error current_exception_as_error() {
  try {
    throw;
  } catch (const StopRequested&) {
    throw;
  } catch (const std::bad_alloc&) {
    return {ErrorCode::OutOfMemory, "there is not enough memory for this"};
  } catch (const c10::OutOfMemoryError& error) {
    return {ErrorCode::OutOfMemory,
            std::string("the device has not enough memory: ") + error.what_without_backtrace()};
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    // The CPU allocator reports exhaustion as a plain Error.
    if (text.find("not enough memory") != std::string::npos ||
        text.find("can't allocate memory") != std::string::npos) {
      return {ErrorCode::OutOfMemory, "there is not enough memory for this: " + text};
    }
    return {ErrorCode::Internal, "a tensor operation failed: " + text};
  } catch (const nlohmann::json::exception& error) {
    return {ErrorCode::BadFile, std::string("the JSON is malformed: ") + error.what()};
  } catch (const CheckError& error) {
    return {ErrorCode::Internal, std::string("a check inside the program failed: ") + error.what()};
  } catch (const std::exception& error) {
    return {ErrorCode::Internal, error.what()};
  } catch (...) {
    return {ErrorCode::Internal, "an exception of an unknown kind was thrown"};
  }
}

}  // namespace studio
