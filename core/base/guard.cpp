// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Exception to Error, by type.
#include "core/base/guard.h"

#include "core/base/check.h"

#include <c10/util/Exception.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <new>
#include <string>

namespace studio {

Error current_exception_as_error() {
  try {
    throw;
  } catch (const StopRequested&) {
    throw;
  } catch (const std::bad_alloc&) {
    return {ErrorCode::OutOfMemory, "there is not enough memory for this"};
  } catch (const c10::OutOfMemoryError& error) {
    // The allocator ends in advice about its own settings.
    const std::string text = error.what_without_backtrace();
    return {ErrorCode::OutOfMemory, "the device has not enough memory: " + text.substr(0, text.find(" If reserved"))};
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    // The CPU allocator, the driver and the libraries on the GPU report exhaustion as a plain Error.
    constexpr std::array kWords{"not enough memory", "can't allocate memory", "out of memory", "ALLOC_FAILED"};
    if (std::any_of(kWords.begin(), kWords.end(), [&](const char* words) { return text.find(words) != std::string::npos; })) {
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
