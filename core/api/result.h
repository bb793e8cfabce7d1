// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A value or a sentence saying why there is none; what every fallible call of core/api returns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace studio {

enum class ErrorCode {
  InvalidArgument,  // the request or a command line is wrong; nothing was started
  ModelUnloadable,  // a model part is missing, malformed or of an unsupported kind
  BadFile,          // a file other than a model has the wrong content
  Io,               // reading or writing failed: not found, disk full, no permission
  OutOfMemory,
  Internal,         // a bug in this program
};

// The kind's name in files and events: "ModelUnloadable".
const char* error_code_name(ErrorCode code);
// No value: the name of no kind, or of one that only newer versions know.
std::optional<ErrorCode> error_code_named(std::string_view name);

// `message` is a sentence the user can read: what, where, what is allowed.
struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;
};

namespace detail {
// "doing: message", the form every prefix takes.
inline Error with_prefix(Error error, std::string_view doing) {
  error.message = std::string(doing) + ": " + error.message;
  return error;
}
}  // namespace detail

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  explicit operator bool() const { return state_.index() == 0; }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  const Error& error() const { return std::get<1>(state_); }

  // Prefixes an error with what was being done; a value passes unchanged.
  Result in_context(std::string_view doing) && {
    if (*this) return std::move(*this);
    return detail::with_prefix(error(), doing);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

  explicit operator bool() const { return !error_; }
  const Error& error() const { return *error_; }
  Result in_context(std::string_view doing) && {
    if (*this) return {};
    return detail::with_prefix(*error_, doing);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace studio
