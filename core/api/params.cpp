// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Checking and reading parameter values against their declarations.
#include "core/api/params.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <sstream>

namespace studio {
namespace {

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  // Shortest text that reads back as the same number.
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

std::string shortened(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) return std::string(text);
  std::size_t cut = kLongest;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return std::string(text.substr(0, cut)) + "...";
}

std::string quoted(const ParamValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return "\"" + shortened(*text) + "\"";
  return to_text(value);
}

Error refuse(const ParamSpec& spec, std::string_view path, const std::string& shown) {
  return {ErrorCode::InvalidArgument,
          std::string(path) + " is " + shown + ", but must be " + allowed_values(spec)};
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const int length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead >= 0x80 && (lead < 0xC2 || lead > 0xF4)) return false;
    if (i + length > text.size()) return false;
    std::uint32_t code = length == 1 ? lead : lead & (0xFF >> (length + 1));
    for (int k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      code = (code << 6) | (next & 0x3F);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return false;
    i += length;
  }
  return true;
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
      text << (spec.kind == ParamKind::Real ? "a number " : "a whole number ");
      text << (spec.min_is_excluded ? "above " : "from ") << number_text(spec.min);
      if (std::isfinite(spec.max)) text << (spec.min_is_excluded ? " up to " : " to ") << number_text(spec.max);
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
      if (id == nullptr || std::find(spec.choices.begin(), spec.choices.end(), *id) == spec.choices.end()) {
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

Result<ParamValue> parse_value(const ParamSpec& spec, std::string_view path, std::string_view text) {
  ParamValue value;
  const char* const end = text.data() + text.size();
  if (spec.kind == ParamKind::Real) {
    double number = 0;
    const auto read = std::from_chars(text.data(), end, number);  // reads "inf" too
    if (read.ec != std::errc{} || read.ptr != end) {
      return refuse(spec, path, "\"" + shortened(text) + "\"");
    }
    value = number;
  } else if (spec.kind == ParamKind::Integer) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end) {
      return refuse(spec, path, "\"" + shortened(text) + "\"");
    }
    value = number;
  } else if (spec.kind == ParamKind::Flag) {
    if (text != "true" && text != "false") return refuse(spec, path, "\"" + shortened(text) + "\"");
    value = text == "true";
  } else {
    value = std::string(text);
  }
  if (auto valid = validate(spec, path, value); !valid) return valid.error();
  return value;
}

}  // namespace studio
