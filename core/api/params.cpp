// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Checking and reading parameter values against their declarations.
#include "core/api/params.h"

#include "core/api/nearest.h"
#include "core/api/utf8.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

namespace studio {
namespace {

// Shortest text that reads back as the same number, without an exponent where that is readable.
std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (value == 0) return "0";  // -0 is the same value and must have the same text
  const double size = std::abs(value);
  char buffer[64];
  const auto end =
      size >= 1e-4 && size < 1e15
          ? std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr
          : std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

// A bound of a declaration; those of whole numbers are doubles there and may lie beyond 64 bits.
std::string bound_text(const ParamSpec& spec, double bound) {
  if (spec.kind != ParamKind::Integer) return number_text(bound);
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (bound >= kTwoTo63) return std::to_string(std::numeric_limits<std::int64_t>::max());
  if (bound <= -kTwoTo63) return std::to_string(std::numeric_limits<std::int64_t>::min());
  return std::to_string(static_cast<std::int64_t>(bound));
}

std::string in_quotes(std::string_view text) {
  std::string quoted_text = "\"";
  return quoted_text.append(shown_text(text)).append("\"");
}

std::string quoted(const ParamValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return in_quotes(*text);
  return to_text(value);
}

Error refuse(const ParamSpec& spec, std::string_view path, const std::string& shown) {
  return {ErrorCode::InvalidArgument,
          std::string(path) + " is " + shown + ", but must be " + allowed_values(spec)};
}

// " above 0 up to 9999", " from 0 to 1", " of at least 3", " up to 5", or "" when any number will
// do.
std::string range_phrase(const ParamSpec& spec) {
  const std::string low = std::isfinite(spec.min) ? bound_text(spec, spec.min) : "";
  const std::string high = std::isfinite(spec.max) ? bound_text(spec, spec.max) : "";
  std::string phrase;
  if (!low.empty()) {
    phrase.append(spec.min_is_excluded ? " above "
                  : high.empty()       ? " of at least "
                                       : " from ")
        .append(low);
  }
  if (!high.empty()) {
    phrase.append(low.empty() || spec.min_is_excluded ? " up to " : " to ").append(high);
  }
  return phrase;
}

bool in_range(const ParamSpec& spec, double value) {
  if (std::isnan(value)) return false;
  if (std::isinf(value)) return value > 0 && spec.has_infinity;
  return value <= spec.max && (spec.min_is_excluded ? value > spec.min : value >= spec.min);
}

Result<void> validate_text(const ParamSpec& spec, std::string_view path, const std::string& text) {
  if (!is_valid_utf8(text)) {
    return Error{ErrorCode::InvalidArgument, std::string(path) + " is not valid UTF-8 text"};
  }
  if (text.find('\0') != std::string::npos) {
    return Error{ErrorCode::InvalidArgument, std::string(path) + " contains a zero byte"};
  }
  if (spec.max > 0 && static_cast<double>(text.size()) > spec.max) {
    return Error{ErrorCode::InvalidArgument,
                 std::string(path) + " is " + std::to_string(text.size()) +
                     " bytes long, but must be " + allowed_values(spec)};
  }
  if (spec.check_text != nullptr) return spec.check_text(text).in_context(path);
  return {};
}

}  // namespace

std::string to_text(const ParamValue& value) {
  struct Writer {
    std::string operator()(double number) const { return number_text(number); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const std::string& text) const { return text; }
  };
  return std::visit(Writer{}, value);
}

std::string allowed_values(const ParamSpec& spec) {
  std::ostringstream text;
  switch (spec.kind) {
    case ParamKind::Real:
    case ParamKind::Integer:
      text << (spec.kind == ParamKind::Real ? "a number" : "a whole number") << range_phrase(spec);
      if (spec.has_infinity) text << ", or inf";
      break;
    case ParamKind::Flag:
      text << "true or false";
      break;
    case ParamKind::Choice:
      for (std::size_t i = 0; i < spec.choices.size(); ++i) {
        text << (i == 0 ? "one of " : ", ") << spec.choices[i];
      }
      break;
    case ParamKind::Text:
      text << "text";
      if (spec.max > 0) text << " of at most " << number_text(spec.max) << " bytes";
      break;
  }
  if (!spec.absent_means.empty()) text << ", or absent: " << spec.absent_means;
  return text.str();
}

Result<void> validate(const ParamSpec& spec, std::string_view path, const ParamValue& value) {
  switch (spec.kind) {
    case ParamKind::Real: {
      const auto* number = std::get_if<double>(&value);
      if (number == nullptr || !in_range(spec, *number)) return refuse(spec, path, quoted(value));
      return {};
    }
    case ParamKind::Integer: {
      const auto* number = std::get_if<std::int64_t>(&value);
      if (number == nullptr || !in_range(spec, static_cast<double>(*number))) {
        return refuse(spec, path, quoted(value));
      }
      return {};
    }
    case ParamKind::Flag:
      if (!std::holds_alternative<bool>(value)) return refuse(spec, path, quoted(value));
      return {};
    case ParamKind::Choice: {
      const auto* id = std::get_if<std::string>(&value);
      if (id == nullptr ||
          std::find(spec.choices.begin(), spec.choices.end(), *id) == spec.choices.end()) {
        return refuse(spec, path, quoted(value));
      }
      return {};
    }
    case ParamKind::Text: {
      const auto* text = std::get_if<std::string>(&value);
      if (text == nullptr) return refuse(spec, path, quoted(value));
      return validate_text(spec, path, *text);
    }
  }
  return refuse(spec, path, quoted(value));
}

Result<ParamValue> parse_value(const ParamSpec& spec,
                               std::string_view path,
                               std::string_view text) {
  ParamValue value;
  const char* const end = text.data() + text.size();
  if (spec.kind == ParamKind::Real) {
    double number = 0;
    const auto read = std::from_chars(text.data(), end, number);  // reads "inf" too
    if (read.ec != std::errc{} || read.ptr != end) {
      return refuse(spec, path, in_quotes(text));
    }
    value = number == 0 ? 0.0 : number;  // -0 is written as 0
  } else if (spec.kind == ParamKind::Integer) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end) {
      return refuse(spec, path, in_quotes(text));
    }
    value = number;
  } else if (spec.kind == ParamKind::Flag) {
    if (text != "true" && text != "false") return refuse(spec, path, in_quotes(text));
    value = text == "true";
  } else {
    value = std::string(text);
  }
  if (auto valid = validate(spec, path, value); !valid) return valid.error();
  return value;
}

}  // namespace studio
