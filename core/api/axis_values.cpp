// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The values of an axis as people type them: cutting the text at its commas, and reading each
// piece.
#include "core/api/axis_numbers.h"
#include "core/api/nearest.h"
#include "core/api/sweep.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

namespace studio {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kBars = "||";

bool is_space(char c) { return kSpaces.find(c) != kSpaces.npos; }

std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  return quoted.append(shown_text(text)).append("\"");
}

// A piece between two separators, without surrounding spaces.
struct Piece {
  std::size_t begin = 0, length = 0;
};

// Cuts a text at commas, or at || when there is one outside quotes: commas are text then.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : text_(text) { has_bars_ = finds_bars(); }

  // At the end of the text there is nothing more.
  std::optional<Piece> next() {
    if (is_done_) return std::nullopt;
    const std::size_t begin = at_;
    std::size_t end = text_.size();
    is_done_ = !walk([&](std::size_t at, bool is_bar) {
      if (is_bar != has_bars_) return false;
      end = at;
      return true;
    });
    return trimmed(begin, end);
  }

 private:
  // Goes on to the next separator for which stop(position, is_bar) is true; false at the end.
  // Quotes that begin a piece hide what they hold.
  template <class Stop>
  bool walk(Stop stop) {
    bool begins = true;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool is_bar = text_.substr(at_).starts_with(kBars);
      if (c == '"' && begins) {
        ++at_;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        at_ = std::min(at_ + 1, text_.size());
        begins = false;
      } else if (c == '\\' && text_.substr(at_).starts_with("\\,")) {
        at_ += 2;
        begins = false;
      } else if (c == ',' || is_bar) {
        const std::size_t found = at_;
        at_ += is_bar ? kBars.size() : 1;
        begins = true;
        if (stop(found, is_bar)) return true;
      } else {
        begins = begins && is_space(c);
        ++at_;
      }
    }
    return false;
  }
  bool finds_bars() {
    const bool found = walk([](std::size_t, bool is_bar) { return is_bar; });
    at_ = 0;
    return found;
  }
  Piece trimmed(std::size_t begin, std::size_t end) const {
    const std::string_view piece = text_.substr(begin, end - begin);
    const std::size_t first = std::min(piece.find_first_not_of(kSpaces), piece.size());
    const std::size_t last = piece.find_last_not_of(kSpaces);
    if (first == piece.size()) return {begin, 0};
    return {begin + first, last + 1 - first};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool has_bars_ = false, is_done_ = false;
};

// What is between quotes. state is not Good when they are not closed or something follows.
struct Quoted {
  TokenState state = TokenState::Good;
  std::string message, text;
};

Quoted read_quoted(std::string_view piece) {
  Quoted read;
  std::size_t at = 1;
  while (at < piece.size() && piece[at] != '"') {
    const char next = at + 1 < piece.size() ? piece[at + 1] : '\0';
    if (piece[at] != '\\') {
      read.text.push_back(piece[at++]);
      continue;
    }
    // Other letters after a backslash mean both: prompts hold \( and \).
    constexpr std::string_view kEscaped = "\"\\nrt", kMeant = "\"\\\n\r\t";
    const std::size_t known = next == '\0' ? kEscaped.npos : kEscaped.find(next);
    if (known != kEscaped.npos) {
      read.text.push_back(kMeant[known]);
      at += 2;
    } else {
      read.text.push_back(piece[at++]);
    }
  }
  if (at >= piece.size()) {
    read.state = TokenState::Incomplete;
    read.message = "the closing quote of " + in_quotes(read.text) + " is missing";
  } else if (at + 1 < piece.size()) {
    read.state = TokenState::Malformed;
    read.message = "after the closing quote of " + in_quotes(read.text) +
                   " a comma must follow; a quote inside a text is written \\\"";
  }
  return read;
}

// A text without quotes, whose only escape is "\,".
std::string plain_text(std::string_view piece) {
  std::string text;
  for (std::size_t i = 0; i < piece.size(); ++i) {
    if (piece[i] == '\\' && i + 1 < piece.size() && piece[i + 1] == ',') continue;
    text.push_back(piece[i]);
  }
  return text;
}

bool begins_a_choice(const ParamSpec& spec, std::string_view text) {
  return std::any_of(spec.choices.begin(), spec.choices.end(), [&](std::string_view choice) {
    return choice.size() > text.size() && choice.starts_with(text);
  });
}

class AxisReader {
 public:
  AxisReader(const ParamSpec& spec, std::string_view path, std::string_view text)
      : spec_(spec), path_(path), text_(text) {}

  AxisReading read() {
    if (text_.find_first_not_of(kSpaces) == text_.npos) {
      reading_.problem = "there are no values yet: " + allowed_phrase();
      return std::move(reading_);
    }
    Cutter cutter(text_);
    std::vector<Piece> pieces;
    while (auto piece = cutter.next()) {
      pieces.push_back(*piece);
      if (pieces.size() > kMostAxisValues) {
        pieces.back().length = text_.size() - pieces.back().begin;
        break;
      }
    }
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      AxisToken token = i < kMostAxisValues ? read_piece(pieces, i) : AxisToken{};
      token.begin = pieces[i].begin;
      token.length = pieces[i].length;
      if (i == kMostAxisValues) refuse_many(token);
      if (!add(std::move(token))) {
        AxisToken& last = reading_.tokens.back();
        last.length = text_.size() - last.begin;
        break;
      }
    }
    return std::move(reading_);
  }

 private:
  std::string allowed_phrase() const {
    return std::string(path_).append(" must be ").append(allowed_values(spec_));
  }
  std::string_view text_of(const Piece& piece) const {
    return text_.substr(piece.begin, piece.length);
  }
  bool is_number() const {
    return spec_.kind == ParamKind::Real || spec_.kind == ParamKind::Integer;
  }
  static bool is_dots(std::string_view text) {
    return text == ".." || text == "..." || text == "\xE2\x80\xA6";
  }
  static void fail(AxisToken& token, TokenState state, std::string message) {
    token.state = state;
    token.message = std::move(message);
    token.values.clear();
  }
  static void refuse_many(AxisToken& token) {
    fail(token,
         TokenState::OutOfRange,
         "an axis may have at most " + std::to_string(kMostAxisValues) +
             " values; this and what follows is too much");
  }

  // Leaves out values that stand before already, and notes the first problem. False: there is no
  // room for this token's values, so the rest is not read.
  bool add(AxisToken token) {
    bool has_room = true;
    if (token.state == TokenState::Good) {
      std::vector<AxisValue> fresh;
      for (AxisValue& value : token.values) {
        if (seen_.insert(value).second) fresh.push_back(std::move(value));
      }
      if (reading_.values.size() + fresh.size() > kMostAxisValues) {
        for (const AxisValue& value : fresh) seen_.erase(value);
        refuse_many(token);
        has_room = false;
      } else if (fresh.empty() && !token.values.empty()) {
        fail(token,
             TokenState::Repeated,
             in_quotes(text_.substr(token.begin, token.length)) +
                 " stands before already and is left out");
      } else {
        token.values = std::move(fresh);
        reading_.values.insert(reading_.values.end(), token.values.begin(), token.values.end());
      }
    }
    const bool is_bad = token.state != TokenState::Good && token.state != TokenState::Repeated;
    if (is_bad && reading_.problem.empty()) reading_.problem = token.message;
    reading_.tokens.push_back(std::move(token));
    return has_room;
  }

  AxisToken read_piece(const std::vector<Piece>& pieces, std::size_t index) {
    const std::string_view piece = text_of(pieces[index]);
    AxisToken token;
    if (piece.empty()) {
      const bool is_last = index + 1 == pieces.size();
      fail(token,
           is_last ? TokenState::Incomplete : TokenState::Malformed,
           is_last ? "a value is missing after the last comma"
                   : "there is no value between two commas; an empty text is written \"\"");
      return token;
    }
    if (piece == "null" && (!spec_.absent_means.empty() || spec_.kind != ParamKind::Text)) {
      read_absent(token);
    } else if (!spec_.absent_means.empty() && spec_.kind != ParamKind::Text && piece.size() > 0 &&
               std::string_view("null").starts_with(piece)) {
      fail(token,
           TokenState::Incomplete,
           in_quotes(piece) + " is not finished: null stands for " +
               std::string(spec_.absent_means));
    } else if (is_number() && is_dots(piece)) {
      read_dots(token, pieces, index);
    } else if (is_number()) {
      read_number(token, piece);
    } else if (spec_.kind == ParamKind::Flag) {
      read_flag(token, piece);
    } else {
      read_text(token, piece);
    }
    return token;
  }
  void read_absent(AxisToken& token) const {
    if (spec_.absent_means.empty()) {
      return fail(
          token,
          TokenState::OutOfRange,
          std::string(path_).append(" is null, but must be ").append(allowed_values(spec_)));
    }
    token.values.emplace_back(std::nullopt);
  }
  void read_number(AxisToken& token, std::string_view piece) const {
    if (piece.front() == '"') {
      return fail(token, TokenState::Malformed, allowed_phrase() + ", without quotes");
    }
    NumbersRead read = read_numbers(spec_, path_, piece);
    token.state = read.state;
    token.message = std::move(read.message);
    token.values = std::move(read.values);
  }
  // One plain number, without reading a range for nothing.
  std::optional<ParamValue> single(std::string_view piece) const {
    NumbersRead read = read_numbers(spec_, path_, piece);
    if (read.state != TokenState::Good || read.values.size() != 1) return std::nullopt;
    return read.values.front();
  }
  void read_dots(AxisToken& token, const std::vector<Piece>& pieces, std::size_t index) const {
    const auto before = [&](std::size_t by) {
      return index < by ? std::nullopt : single(text_of(pieces[index - by]));
    };
    const auto first = before(2), second = before(1);
    if (!first || !second) {
      return fail(token,
                  TokenState::Malformed,
                  "\"..\" goes on in steps, so two single numbers must stand before it");
    }
    const bool is_last =
        index + 1 >= pieces.size() || (index + 2 == pieces.size() && pieces.back().length == 0);
    if (is_last) {
      return fail(
          token, TokenState::Incomplete, "the number at which \"..\" ends is missing after it");
    }
    const auto last = single(text_of(pieces[index + 1]));
    if (!last) {
      return fail(token,
                  TokenState::Incomplete,
                  "\"..\" must be followed by a single number, where it ends");
    }
    NumbersRead read = numbers_between(spec_, path_, *first, *second, *last);
    token.state = read.state;
    token.message = std::move(read.message);
    token.values = std::move(read.values);
  }
  void read_flag(AxisToken& token, std::string_view piece) const {
    std::string lower(piece);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
      return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    });
    for (const bool flag : {true, false}) {
      const std::string word = to_text(flag);
      if (lower == word) {
        token.values.emplace_back(flag);
        return;
      }
      if (word.starts_with(lower))
        return fail(token, TokenState::Incomplete, in_quotes(piece) + " is not finished: " + word);
    }
    fail(token, TokenState::Malformed, in_quotes(piece) + " is no value: " + allowed_phrase());
  }
  void read_text(AxisToken& token, std::string_view piece) const {
    std::string text;
    const bool is_quoted = piece.front() == '"';
    if (is_quoted) {
      Quoted read = read_quoted(piece);
      if (read.state != TokenState::Good) return fail(token, read.state, std::move(read.message));
      text = std::move(read.text);
    } else if (piece.find('"') != piece.npos) {
      return fail(token,
                  TokenState::Malformed,
                  in_quotes(piece) +
                      " holds a quote, so the whole text must be in quotes, with \\\" for each "
                      "quote in it");
    } else {
      text = plain_text(piece);
    }
    if (auto valid = validate(spec_, path_, text); !valid) {
      const bool may_go_on = !is_quoted && begins_a_choice(spec_, text);
      return fail(token,
                  may_go_on ? TokenState::Incomplete : TokenState::OutOfRange,
                  valid.error().message);
    }
    token.values.emplace_back(std::move(text));
  }

  const ParamSpec& spec_;
  std::string_view path_, text_;
  std::set<AxisValue> seen_;
  AxisReading reading_;
};

bool needs_quotes(const std::string& text) {
  if (text.empty() || text == "null" || is_space(text.front()) || is_space(text.back()))
    return true;
  return text.find_first_of(",\"\\\n\r\t|") != text.npos;
}

std::string text_value(const std::string& text) {
  if (!needs_quotes(text)) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        quoted += "\\\"";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        quoted.push_back(c);
    }
  }
  return quoted + "\"";
}

const std::int64_t* whole_at(std::span<const AxisValue> values, std::size_t index) {
  return index < values.size() && values[index] ? std::get_if<std::int64_t>(&*values[index])
                                                : nullptr;
}

// How many values from `begin` on are whole numbers counting up in ones.
std::size_t run_length(std::span<const AxisValue> values, std::size_t begin) {
  const auto* first = whole_at(values, begin);
  if (first == nullptr || *first < 0) return 1;
  std::size_t length = 1;
  while (const auto* next = whole_at(values, begin + length)) {
    if (*next <= *first || static_cast<std::size_t>(*next - *first) != length) break;
    ++length;
  }
  return length;
}

}  // namespace

AxisReading read_axis(const ParamSpec& spec, std::string_view path, std::string_view text) {
  return AxisReader(spec, path, text).read();
}

std::string axis_text(std::span<const AxisValue> values) {
  std::string text;
  for (std::size_t i = 0; i < values.size();) {
    if (i > 0) text += ", ";
    const std::size_t length = run_length(values, i);
    if (length >= 3) {  // 1-4 is shorter to read than 1, 2, 3, 4
      text += to_text(*values[i]) + "-" + to_text(*values[i + length - 1]);
      i += length;
      continue;
    }
    const AxisValue& value = values[i++];
    const auto* words = value ? std::get_if<std::string>(&*value) : nullptr;
    text += !value ? "null" : words != nullptr ? text_value(*words) : to_text(*value);
  }
  return text;
}

std::string axis_label(const AxisValue& value) {
  if (!value) return "default";
  if (const auto* words = std::get_if<std::string>(&*value)) {
    if (words->empty()) return "\"\"";
    std::string line = *words;
    std::replace_if(line.begin(), line.end(), is_space, ' ');
    return line;
  }
  const auto* number = std::get_if<double>(&*value);
  if (number == nullptr) return to_text(*value);
  if (std::isinf(*number)) return *number > 0 ? "\xE2\x88\x9E" : "-\xE2\x88\x9E";
  // Whole numbers in full, others to five digits.
  if (*number == std::trunc(*number) && std::abs(*number) < 1e9) return to_text(*number);
  std::array<char, 64> buffer;
  double rounded = *number;
  const auto end = std::to_chars(
      buffer.data(), buffer.data() + buffer.size(), *number, std::chars_format::scientific, 4);
  std::from_chars(buffer.data(), end.ptr, rounded);
  return to_text(rounded);
}

}  // namespace studio
