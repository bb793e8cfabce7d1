// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// STUDIO_CHECK: broken invariants inside the program. User mistakes are Results, never checks.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace studio {

class CheckError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

namespace detail {
template <class... Parts>
[[noreturn]] void fail_check(const char* file, int line, const char* condition, Parts&&... parts) {
  std::ostringstream text;
  text << file << ":" << line << ": " << condition << " does not hold";
  if constexpr (sizeof...(parts) > 0) {
    text << ": ";
    (text << ... << parts);
  }
  throw CheckError(text.str());
}
}  // namespace detail

}  // namespace studio

// Throws CheckError with the condition and the streamed parts when `condition` is false.
#define STUDIO_CHECK(condition, ...)                                                        \
  do {                                                                                      \
    if (!(condition))                                                                       \
      ::studio::detail::fail_check(__FILE__, __LINE__, #condition __VA_OPT__(, ) __VA_ARGS__); \
  } while (false)
