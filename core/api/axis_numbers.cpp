// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Numbers and ranges of an axis, read from left to right.
#include "core/api/axis_numbers.h"

#include "core/api/nearest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace studio {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kExactWhole = 9007199254740992.0;  // 2^53: doubles tell all whole numbers up to it
constexpr std::string_view kForms =
    "write a number, a..b[n], log(a..b)[n], a-b or a-b(+step), separated by commas";

constexpr std::string_view kSpaced = "a..b[n] gives n evenly spaced values from a to b";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  return quoted.append(shown_text(text)).append("\"");
}

NumbersRead failed(TokenState state, std::string message) {
  return {state, std::move(message), {}};
}

NumbersRead too_many(std::string_view text) {
  return failed(TokenState::OutOfRange,
                in_quotes(text) + " gives more than the " + std::to_string(kMostAxisValues) +
                    " values that an axis may have");
}

// The nearest short decimal, when `value` is that but for rounding errors of numbers as large as
// `size`: 0.30000000000000004 is 0.3.
double tidied(double value, double size, double tolerance) {
  if (!std::isfinite(value) || size == 0) return value == 0 ? 0.0 : value;
  constexpr int kDigits = 13;
  const int decimals =
      std::clamp(kDigits - 1 - static_cast<int>(std::floor(std::log10(size))), 0, 320);
  std::array<char, 700> buffer;
  const auto end = std::to_chars(
      buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
  if (end.ec != std::errc{}) return value;
  double rounded = value;
  std::from_chars(buffer.data(), end.ptr, rounded);
  const double result = std::abs(rounded - value) <= tolerance * size ? rounded : value;
  return result == 0 ? 0.0 : result;
}

std::vector<AxisValue> evenly_spaced(double from, double to, std::size_t count) {
  std::vector<AxisValue> values{from};
  const double size = std::max(std::abs(from), std::abs(to));
  const auto last = static_cast<double>(count - 1);
  for (std::size_t i = 1; i + 1 < count; ++i) {
    const double part = static_cast<double>(i);
    const double span = to - from;
    const double value =
        std::isfinite(span) ? from + span * part / last : std::lerp(from, to, part / last);
    values.emplace_back(tidied(value, size, 4 * kEpsilon));
  }
  values.emplace_back(to);
  return values;
}

std::vector<AxisValue> evenly_spaced_in_log(double from, double to, std::size_t count) {
  std::vector<AxisValue> values{from};
  const double low = std::log(from), high = std::log(to);
  for (std::size_t i = 1; i + 1 < count; ++i) {
    const double value =
        std::exp(std::lerp(low, high, static_cast<double>(i) / static_cast<double>(count - 1)));
    // The logarithm of a large number loses as many digits as it has before the point.
    const double tolerance = 4 * kEpsilon * (1 + std::max(std::abs(low), std::abs(high)));
    values.emplace_back(
        std::clamp(tidied(value, value, tolerance), std::min(from, to), std::max(from, to)));
  }
  values.emplace_back(to);
  return values;
}

// |to - from|, which may not fit a signed number.
std::uint64_t distance(std::int64_t from, std::int64_t to) {
  return from <= to ? static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from)
                    : static_cast<std::uint64_t>(from) - static_cast<std::uint64_t>(to);
}

std::int64_t moved(std::int64_t from, std::uint64_t by, bool is_up) {
  const auto start = static_cast<std::uint64_t>(from);
  return static_cast<std::int64_t>(is_up ? start + by : start - by);
}

// count >= 2, and not more than there are whole numbers.
std::vector<AxisValue> evenly_spaced(std::int64_t from, std::int64_t to, std::size_t count) {
  const std::uint64_t parts = count - 1;
  const std::uint64_t whole = distance(from, to) / parts, rest = distance(from, to) % parts;
  std::vector<AxisValue> values;
  for (std::uint64_t i = 0; i < count; ++i) {
    values.emplace_back(moved(from, whole * i + (rest * i + parts / 2) / parts, from <= to));
  }
  return values;
}

std::string number_text(const ParamValue& value) { return to_text(value); }

// One number as it stands in the text, and what may be wrong with it.
struct Number {
  TokenState state = TokenState::Good;
  std::string message;
  std::string_view text;
  ParamValue value{};
  bool has_sign = false;

  double real() const {
    const auto* whole = std::get_if<std::int64_t>(&value);
    return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(value);
  }
};

class NumberReader {
 public:
  NumberReader(const ParamSpec& spec, std::string_view path, std::string_view text)
      : spec_(spec), path_(path), text_(text) {}

  NumbersRead read() {
    if (auto word = read_word()) return *word;
    if (begins_with_log()) return checked(read_log());
    const Number first = number();
    if (first.state != TokenState::Good) return failed(first.state, first.message);
    if (at_end()) return checked({TokenState::Good, "", {first.value}});
    if (text_.substr(at_) == ".") return incomplete(kSpaced);
    if (take("..")) return checked(read_spaced(first));
    if (take("-")) return checked(read_dashed(first));
    return malformed();
  }

 private:
  bool at_end() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return at_ == text_.size();
  }
  bool take(std::string_view word) {
    at_end();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  NumbersRead incomplete(std::string_view wanted) const {
    return failed(TokenState::Incomplete,
                  in_quotes(text_) + " is not finished: " + std::string(wanted));
  }
  NumbersRead malformed() const {
    return failed(TokenState::Malformed,
                  in_quotes(text_) + " is not a number or a range: " + std::string(kForms));
  }
  NumbersRead out_of_range(const std::string& why) const {
    return failed(TokenState::OutOfRange, in_quotes(text_) + ": " + why);
  }
  bool is_whole() const { return spec_.kind == ParamKind::Integer; }

  // Words that stand for a number, finished or not.
  std::optional<NumbersRead> read_word() {
    std::string lower;
    for (const char c : text_) {
      lower.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c));
    }
    const std::string_view unsigned_word = lower.starts_with('-') || lower.starts_with('+')
                                               ? std::string_view(lower).substr(1)
                                               : lower;
    if (unsigned_word == "nan") {
      return failed(TokenState::Malformed, in_quotes(text_) + " is not a number");
    }
    if (unsigned_word == "inf" || unsigned_word == "infinity" || unsigned_word == "\xE2\x88\x9E") {
      const double value = lower.starts_with('-') ? -kInfinity : kInfinity;
      return checked({TokenState::Good, "", {value}});
    }
    if (unsigned_word.empty() || !spec_.has_infinity) return std::nullopt;
    if (std::string_view("infinity").starts_with(unsigned_word)) return incomplete("write inf");
    return std::nullopt;
  }
  bool begins_with_log() const {
    return text_.starts_with("log") ||
           (text_.size() < 3 && std::string_view("lo").starts_with(text_));
  }

  std::string_view digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  // A point belongs to a number unless it begins "..".
  bool take_point() {
    if (at_ >= text_.size() || text_[at_] != '.') return false;
    if (at_ + 1 < text_.size() && text_[at_ + 1] == '.') return false;
    ++at_;
    return true;
  }
  Number number() {
    at_end();
    const std::size_t begin = at_;
    Number found;
    if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) {
      found.has_sign = true;
      ++at_;
    }
    std::size_t count = digits().size();
    if (take_point()) count += digits().size();
    if (count == 0) {
      found.state = at_ == text_.size() ? TokenState::Incomplete : TokenState::Malformed;
      found.message =
          (at_ == text_.size() ? incomplete("a number is missing") : malformed()).message;
      return found;
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) ++at_;
      if (digits().empty()) {
        found.state = at_ == text_.size() ? TokenState::Incomplete : TokenState::Malformed;
        found.message =
            (at_ == text_.size() ? incomplete("the exponent has no digits") : malformed()).message;
        return found;
      }
    }
    found.text = text_.substr(begin, at_ - begin);
    convert(found);
    return found;
  }
  void convert(Number& found) const {
    // The reader of the standard library knows no plus sign.
    const std::string_view plain = found.text.starts_with('+') ? found.text.substr(1) : found.text;
    const char* const end = plain.data() + plain.size();
    const auto refuse = [&](TokenState state, const std::string& why) {
      found.state = state;
      found.message = in_quotes(found.text) + why;
    };
    if (is_whole()) {
      std::int64_t whole = 0;
      const auto read = std::from_chars(plain.data(), end, whole);
      if (read.ptr == end && read.ec == std::errc{}) {
        found.value = whole;
        return;
      }
      if (read.ptr == end) {
        return refuse(TokenState::OutOfRange, " is too large: " + must_be());
      }
    }
    double real = 0;
    const auto read = std::from_chars(plain.data(), end, real);
    if (read.ec == std::errc::result_out_of_range) {
      return refuse(TokenState::OutOfRange, " is too large or too near 0 to be read as a number");
    }
    if (read.ec != std::errc{} || read.ptr != end) {
      return refuse(TokenState::Malformed, " is not a number");
    }
    if (!is_whole()) {
      found.value = real == 0 ? 0.0 : real;
    } else if (real != std::trunc(real)) {
      refuse(TokenState::Malformed, " is not a whole number: " + must_be());
    } else if (std::abs(real) > kExactWhole) {
      refuse(TokenState::OutOfRange, " is too large to be exact: write all its digits");
    } else {
      found.value = static_cast<std::int64_t>(real);
    }
  }
  std::string must_be() const {
    return std::string(path_).append(" must be ").append(allowed_values(spec_));
  }

  // After "a..": b[n].
  NumbersRead read_spaced(const Number& from) {
    if (at_end()) return incomplete(kSpaced);
    if (text_[at_] == '.') return malformed();
    const Number to = number();
    if (to.state != TokenState::Good) return failed(to.state, to.message);
    if (at_end()) return incomplete(kSpaced);
    return read_count(from, to, false);
  }
  // After "log": (a..b)[n].
  NumbersRead read_log() {
    constexpr std::string_view kWanted =
        "log(a..b)[n] gives n values from a to b, evenly spaced in the logarithm";
    if (text_.size() < 3) return incomplete(kWanted);
    at_ = 3;
    std::array<Number, 2> ends;
    const std::array<std::string_view, 2> before{"(", ".."};
    for (int i = 0; i < 2; ++i) {
      if (at_end() || text_.substr(at_) == ".") return incomplete(kWanted);
      if (!take(before[i])) return malformed();
      if (at_end()) return incomplete(kWanted);
      ends[i] = number();
      if (ends[i].state != TokenState::Good) return failed(ends[i].state, ends[i].message);
    }
    for (const Number& end : ends) {
      if (end.real() <= 0) return out_of_range("both ends of log(a..b)[n] must be above 0");
    }
    if (at_end()) return incomplete(kWanted);
    if (!take(")")) return malformed();
    if (at_end()) return incomplete(kWanted);
    return read_count(ends[0], ends[1], true);
  }
  // The "[n]" that ends a range.
  NumbersRead read_count(const Number& from, const Number& to, bool is_log) {
    if (!take("[")) return malformed();
    at_end();
    const std::string_view written = digits();
    if (at_end()) {
      return incomplete(written.empty() ? "the number of values is missing in [ ]"
                                        : "the ] is missing");
    }
    if (written.empty() || !take("]") || !at_end()) return malformed();
    std::size_t count = 0;
    const auto read = std::from_chars(written.data(), written.data() + written.size(), count);
    if (read.ec != std::errc{} || count > kMostAxisValues) return too_many(text_);
    if (count == 1 && from.value == to.value) return {TokenState::Good, "", {from.value}};
    if (count < 2)
      return out_of_range("[n] must be at least 2, since both ends are among the values");
    if (from.value == to.value) {
      return out_of_range("both ends are " + number_text(from.value) +
                          ", so there is only one value");
    }
    if (!is_whole()) {
      const double low = from.real(), high = to.real();
      return {TokenState::Good,
              "",
              is_log ? evenly_spaced_in_log(low, high, count) : evenly_spaced(low, high, count)};
    }
    const auto low = std::get<std::int64_t>(from.value), high = std::get<std::int64_t>(to.value);
    if (distance(low, high) < count - 1) {
      return out_of_range("there are only " + std::to_string(distance(low, high) + 1) +
                          " whole numbers from " + number_text(low) + " to " + number_text(high));
    }
    return {TokenState::Good,
            "",
            is_log ? whole_in_log(low, high, count) : evenly_spaced(low, high, count)};
  }
  static std::vector<AxisValue> whole_in_log(std::int64_t from,
                                             std::int64_t to,
                                             std::size_t count) {
    std::vector<AxisValue> values{from};
    const auto add = [&](std::int64_t whole) {  // small ones may round to the same number
      if (std::get<std::int64_t>(*values.back()) != whole) values.emplace_back(whole);
    };
    const auto in_log =
        evenly_spaced_in_log(static_cast<double>(from), static_cast<double>(to), count);
    for (std::size_t i = 1; i + 1 < count; ++i) {
      const double rounded = std::min(std::round(std::get<double>(*in_log[i])), 9.2e18);
      add(std::clamp(static_cast<std::int64_t>(rounded), std::min(from, to), std::max(from, to)));
    }
    add(to);
    return values;
  }

  // After "a-": b, b(+step), b:step or b[n].
  NumbersRead read_dashed(const Number& from) {
    constexpr std::string_view kWanted =
        "a-b(+step) goes from a to b in steps, a-b[n] gives n values";
    if (at_end()) return incomplete(kWanted);
    const Number to = number();
    if (to.state != TokenState::Good) return failed(to.state, to.message);
    const auto is_round = [](double end) {
      return end == std::trunc(end) && std::abs(end) <= kExactWhole;
    };
    if (at_end()) {
      if (!is_whole() && !(is_round(from.real()) && is_round(to.real())))
        return incomplete(kWanted);
      ParamValue one = 1.0;
      if (is_whole()) one = std::int64_t{1};
      return stepped(from, to, one);
    }
    if (text_[at_] == '[') return read_count(from, to, false);
    const bool is_bracketed = take("(");
    if (!is_bracketed && !take(":")) return malformed();
    if (at_end()) return incomplete("the step is missing");
    const Number step = number();
    if (step.state != TokenState::Good) return failed(step.state, step.message);
    if (is_bracketed && at_end()) return incomplete("the ) is missing");
    if (is_bracketed && !take(")")) return malformed();
    if (!at_end()) return malformed();
    const bool goes_up = from.real() <= to.real();
    if (step.real() == 0) return out_of_range("the step must not be 0");
    if (step.has_sign && goes_up != (step.real() > 0) && from.value != to.value) {
      return out_of_range("a step of " + number_text(step.value) + " leads away from " +
                          number_text(to.value));
    }
    return stepped(from, to, step.value);
  }
  NumbersRead stepped(const Number& from, const Number& to, const ParamValue& step) const {
    std::vector<AxisValue> values;
    if (is_whole()) {
      const auto low = std::get<std::int64_t>(from.value), high = std::get<std::int64_t>(to.value);
      const std::uint64_t by = distance(0, std::get<std::int64_t>(step));
      const std::uint64_t last = distance(low, high) / by;
      if (last >= kMostAxisValues) return too_many(text_);
      for (std::uint64_t i = 0; i <= last; ++i)
        values.emplace_back(moved(low, by * i, low <= high));
      return {TokenState::Good, "", std::move(values)};
    }
    const double low = from.real(), high = to.real(), by = std::abs(std::get<double>(step));
    // A step that ends on b but for rounding ends on b.
    const double last = std::floor(std::abs(high - low) / by * (1 + 4 * kEpsilon) + 1e-9);
    if (!(last < static_cast<double>(kMostAxisValues))) return too_many(text_);
    const double size = std::max({std::abs(low), std::abs(high), by});
    for (int i = 0; i <= static_cast<int>(last); ++i) {
      const double value = tidied(low <= high ? low + i * by : low - i * by, size, 8 * kEpsilon);
      values.emplace_back(std::abs(value - high) <= 1e-9 * by ? high : value);
    }
    return {TokenState::Good, "", std::move(values)};
  }

  // Good values that the declaration does not allow are out of range.
  NumbersRead checked(NumbersRead read) const {
    if (read.state != TokenState::Good) return read;
    for (const AxisValue& value : read.values) {
      if (auto valid = validate(spec_, path_, *value); !valid) {
        return failed(TokenState::OutOfRange, valid.error().message);
      }
    }
    return read;
  }

  const ParamSpec& spec_;
  std::string_view path_, text_;
  std::size_t at_ = 0;
};

}  // namespace

NumbersRead read_numbers(const ParamSpec& spec, std::string_view path, std::string_view text) {
  return NumberReader(spec, path, text).read();
}

NumbersRead numbers_between(const ParamSpec& spec,
                            std::string_view path,
                            const ParamValue& first,
                            const ParamValue& second,
                            const ParamValue& last) {
  const auto refuse = [&](const std::string& why) {
    return failed(TokenState::Malformed,
                  "\"..\" goes on in the step from " + to_text(first) + " to " + to_text(second) +
                      ", " + why);
  };
  const std::string missed = "which does not lead to " + to_text(last);
  if (first == second) return refuse("which is 0");
  NumbersRead read;
  if (spec.kind == ParamKind::Integer) {
    const auto a = std::get<std::int64_t>(first), b = std::get<std::int64_t>(second),
               c = std::get<std::int64_t>(last);
    const std::uint64_t by = distance(a, b);
    if (b == c || (a < b) != (b < c) || distance(b, c) % by != 0) return refuse(missed);
    const std::uint64_t count = distance(b, c) / by;
    if (count > kMostAxisValues) return too_many("..");
    for (std::uint64_t i = 1; i < count; ++i) read.values.emplace_back(moved(b, by * i, a < b));
  } else {
    const double a = std::get<double>(first), b = std::get<double>(second),
                 c = std::get<double>(last);
    const double steps = (c - b) / (b - a);
    if (!std::isfinite(steps) || steps < 0.5 ||
        std::abs(steps - std::round(steps)) > 1e-9 * (1 + steps)) {
      return refuse(missed);
    }
    if (steps > static_cast<double>(kMostAxisValues)) return too_many("..");
    const double size = std::max({std::abs(a), std::abs(b), std::abs(c)});
    for (int i = 1; i < static_cast<int>(std::round(steps)); ++i) {
      read.values.emplace_back(tidied(b + i * (b - a), size, 16 * kEpsilon));
    }
  }
  for (const AxisValue& value : read.values) {
    if (auto valid = validate(spec, path, *value); !valid) {
      return failed(TokenState::OutOfRange, valid.error().message);
    }
  }
  return read;
}

}  // namespace studio
