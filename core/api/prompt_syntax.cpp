// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One pass over the prompt with a stack of open brackets.
#include "core/api/prompt_syntax.h"

#include <charconv>
#include <cmath>
#include <optional>

namespace studio {
namespace {

constexpr double kBracketFactor = 1.1;
constexpr double kMostWeight = 10.0, kMostProduct = 100.0;
constexpr std::size_t kMostDepth = 100;

class EmphasisReader {
 public:
  explicit EmphasisReader(std::string_view prompt) : prompt_(prompt) {}

  Result<std::vector<WeightedText>> read() {
    while (at_ < prompt_.size() && problem_.empty()) read_one();
    if (problem_.empty() && !open_.empty()) {
      const char bracket = open_.back().bracket;
      refuse(open_.back().place,
             std::string("\"") + bracket + "\" is never closed; write \\" + bracket +
                 " for the sign itself");
    }
    if (!problem_.empty()) return Error{ErrorCode::InvalidArgument, problem_};
    return joined();
  }

 private:
  struct Open {
    char bracket;
    std::size_t place;        // byte of the bracket
    std::size_t first_piece;  // what it holds begins here
  };

  void read_one() {
    const char c = prompt_[at_];
    if (c == '\\' && at_ + 1 < prompt_.size() &&
        std::string_view("()[]\\:").find(prompt_[at_ + 1]) != std::string_view::npos) {
      text_ += prompt_[at_ + 1];
      at_ += 2;
    } else if (c == '(' || c == '[') {
      end_piece();
      if (open_.size() == kMostDepth)
        return refuse(
            at_,
            "brackets are more than " + std::to_string(kMostDepth) + " deep; fewer are allowed");
      open_.push_back({c, at_, pieces_.size()});
      ++at_;
    } else if (c == ')' || c == ']') {
      close(at_, c == ')' ? kBracketFactor : 1.0 / kBracketFactor);
      ++at_;
    } else if (c == ':' && !open_.empty()) {
      read_colon();
    } else {
      text_ += c;
      ++at_;
    }
  }

  // ":1.3)" is a weight; any other colon is text.
  void read_colon() {
    const auto skip_spaces = [&](std::size_t i) {
      while (i < prompt_.size() && prompt_[i] == ' ') ++i;
      return i;
    };
    std::size_t begin = skip_spaces(at_ + 1);
    if (begin < prompt_.size() && prompt_[begin] == '+') ++begin;
    double number = 0.0;
    const char* const end = prompt_.data() + prompt_.size();
    const auto result =
        std::from_chars(prompt_.data() + begin, end, number, std::chars_format::fixed);
    const std::size_t after = skip_spaces(static_cast<std::size_t>(result.ptr - prompt_.data()));
    const bool is_number = result.ec != std::errc::invalid_argument && after < prompt_.size() &&
                           (prompt_[after] == ')' || prompt_[after] == ']');
    if (!is_number) {
      text_ += prompt_[at_++];
      return;
    }
    if (prompt_[after] == ']') {
      return refuse(at_,
                    "[text:number] changes the prompt during the steps in other programs, which "
                    "this one cannot; write (text:number) for a weight");
    }
    if (result.ec != std::errc{} || !(number >= 0.0 && number <= kMostWeight)) {
      return refuse(at_,
                    "the number after the colon is a weight, which must be from 0 to 10; write \\: "
                    "for the sign itself");
    }
    close(after, number);
    at_ = after + 1;
  }

  void close(std::size_t place, double factor) {
    const char closing = prompt_[place];
    const char opening = closing == ')' ? '(' : '[';
    if (open_.empty())
      return refuse(place,
                    std::string("\"") + closing + "\" closes nothing; write \\" + closing +
                        " for the sign itself");
    if (open_.back().bracket != opening) {
      return refuse(place,
                    std::string("\"") + closing + "\" stands where the \"" + open_.back().bracket +
                        "\" at character " + std::to_string(character(open_.back().place)) +
                        " must be closed first");
    }
    end_piece();
    for (std::size_t i = open_.back().first_piece; i < pieces_.size(); ++i) {
      pieces_[i].weight *= factor;
      if (pieces_[i].weight > kMostProduct)
        return refuse(place,
                      "the weights of brackets in brackets multiply to more than 100; at most 100 "
                      "is allowed");
    }
    open_.pop_back();
  }

  void end_piece() {
    if (!text_.empty()) pieces_.push_back({std::move(text_), 1.0});
    text_.clear();
  }

  std::vector<WeightedText> joined() {
    end_piece();
    std::vector<WeightedText> all;
    for (WeightedText& piece : pieces_) {
      if (!all.empty() && all.back().weight == piece.weight)
        all.back().text += piece.text;
      else
        all.push_back(std::move(piece));
    }
    return all;
  }

  // A place in characters, from 1, as a person counts.
  std::size_t character(std::size_t place) const {
    std::size_t count = 1;
    for (std::size_t i = 0; i < place; ++i)
      count += (static_cast<unsigned char>(prompt_[i]) & 0xC0) != 0x80 ? 1 : 0;
    return count;
  }

  void refuse(std::size_t place, const std::string& what) {
    if (problem_.empty())
      problem_ = "the prompt's emphasis cannot be read: at character " +
                 std::to_string(character(place)) + ", " + what;
  }

  std::string_view prompt_;
  std::size_t at_ = 0;
  std::string text_;  // of the piece being read
  std::vector<WeightedText> pieces_;
  std::vector<Open> open_;
  std::string problem_;
};

}  // namespace

Result<PromptSyntax> parse_prompt_syntax(std::string_view id) {
  if (id == "plain") return PromptSyntax::Plain;
  if (id == "long") return PromptSyntax::Long;
  if (id == "weighted") return PromptSyntax::Weighted;
  return Error{
      ErrorCode::InvalidArgument,
      "prompt syntax \"" + std::string(id) + "\" is not known; allowed: plain, long, weighted"};
}

Result<std::vector<WeightedText>> parse_weighted_prompt(std::string_view prompt) {
  return EmphasisReader(prompt).read();
}

}  // namespace studio
