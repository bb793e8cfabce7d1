// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Text to token ids. Everything is done piece by piece and stops once enough ids are there, so a huge
// prompt costs no more than its beginning.
#include "core/model/tokenizer.h"

#include "core/base/check.h"

#include <queue>

#include <algorithm>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace studio {
namespace {

constexpr UChar32 kCombiningDotAbove = 0x307;
constexpr UChar32 kCapitalIWithDot = 0x130;

// Reads the code point at `at` and moves past it; invalid bytes read as U+FFFD.
UChar32 next_code_point(std::string_view text, std::size_t& at) {
  auto position = static_cast<std::int32_t>(at);
  const auto size = static_cast<std::int32_t>(text.size());
  UChar32 code = 0;
  U8_NEXT_OR_FFFD(text.data(), position, size, code);
  at = static_cast<std::size_t>(position);
  return code;
}

void append_code_point(std::string& text, UChar32 code) {
  char bytes[U8_MAX_LENGTH];
  std::int32_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, code);
  text.append(bytes, static_cast<std::size_t>(size));
}

// Canonical composition, then lower case character by character: a final sigma is no special case,
// and U+0130 is the one character that becomes two.
std::string normalised(std::string_view text) {
  if (std::all_of(
          text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    std::string lower(text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lower;
  }
  std::string valid;  // the normaliser is only given valid text
  valid.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) append_code_point(valid, next_code_point(text, at));
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const nfc = icu::Normalizer2::getNFCInstance(status);
  std::string composed;
  icu::StringByteSink<std::string> sink(&composed);
  if (U_SUCCESS(status)) nfc->normalizeUTF8(0, valid, sink, nullptr, status);
  if (U_FAILURE(status)) composed = valid;
  std::string lower;
  lower.reserve(composed.size());
  for (std::size_t at = 0; at < composed.size();) {
    const UChar32 code = next_code_point(composed, at);
    append_code_point(lower, u_tolower(code));
    if (code == kCapitalIWithDot) append_code_point(lower, kCombiningDotAbove);
  }
  return lower;
}

enum class Kind { Space, Letter, Number, Other };

Kind kind_of(UChar32 code) {
  if (u_isUWhiteSpace(code)) return Kind::Space;
  const auto mask = U_GET_GC_MASK(code);
  if ((mask & U_GC_L_MASK) != 0) return Kind::Letter;
  if ((mask & U_GC_N_MASK) != 0) return Kind::Number;
  return Kind::Other;
}

// Length of 's 't 're 've 'm 'll 'd at the start of text, or 0.
std::size_t contraction_length(std::string_view text) {
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    if (text.starts_with(ending)) return ending.size();
  }
  return 0;
}

// Cuts `text` at the specials and gives the parts to `on_text` and `on_special` in order; each
// returns false to stop. The longest special wins where several begin at one place.
template <class Special, class OnText, class OnSpecial>
void split_at_specials(std::string_view text,
                       const std::vector<Special>& specials,
                       OnText on_text,
                       OnSpecial on_special) {
  // The next place of each special, found again only once it has been passed.
  std::vector<std::size_t> places(specials.size(), 0);
  for (std::size_t i = 0; i < specials.size(); ++i) places[i] = text.find(specials[i].text);
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t best = specials.size();
    for (std::size_t i = 0; i < specials.size(); ++i) {
      if (places[i] != text.npos && places[i] < start)
        places[i] = text.find(specials[i].text, start);
      if (places[i] == text.npos) continue;
      if (best == specials.size() || places[i] < places[best] ||
          (places[i] == places[best] && specials[i].text.size() > specials[best].text.size())) {
        best = i;
      }
    }
    const std::size_t end = best == specials.size() ? text.size() : places[best];
    if (end > start && !on_text(text.substr(start, end - start))) return;
    if (best == specials.size() || !on_special(specials[best])) return;
    start = end + specials[best].text.size();
  }
}

}  // namespace

std::vector<std::int64_t> Tokenizer::encode(std::string_view text) const {
  return framed(tokens(text, kTextLength));
}

std::vector<std::int64_t> Tokenizer::framed(std::vector<std::int64_t> tokens) const {
  STUDIO_CHECK(tokens.size() <= kTextLength, tokens.size());
  tokens.insert(tokens.begin(), bos_);
  tokens.push_back(eos_);
  tokens.resize(kLength, pad_);
  return tokens;
}

std::vector<std::int64_t> Tokenizer::tokens(std::string_view text, std::size_t most) const {
  Ids ids{most};
  split_at_specials(
      text,
      raw_specials_,
      [&](std::string_view part) {
        encode_segment(part, ids);
        return !ids.is_full();
      },
      [&](const Special& special) {
        ids.values.push_back(special.id);
        return !ids.is_full();
      });
  return std::move(ids.values);
}

// White space ends every token and composes with nothing, so its gaps are where a text can be cut
// before it is normalised.
void Tokenizer::encode_segment(std::string_view text, Ids& ids) const {
  std::size_t chunk = 0;
  for (std::size_t at = 0; at < text.size() && !ids.is_full();) {
    const std::size_t before = at;
    if (kind_of(next_code_point(text, at)) != Kind::Space) continue;
    encode_chunk(text.substr(chunk, before - chunk), ids);
    chunk = at;
  }
  if (!ids.is_full()) encode_chunk(text.substr(chunk), ids);
}

void Tokenizer::encode_chunk(std::string_view text, Ids& ids) const {
  if (text.empty()) return;
  const std::string plain = normalised(text);
  split_at_specials(
      plain,
      normalised_specials_,
      [&](std::string_view part) {
        encode_normalised(part, ids);
        return !ids.is_full();
      },
      [&](const Special& special) {
        ids.values.push_back(special.id);
        return !ids.is_full();
      });
}

void Tokenizer::encode_normalised(std::string_view text, Ids& ids) const {
  for (std::size_t at = 0; at < text.size() && !ids.is_full();) {
    const std::size_t start = at;
    if (const std::size_t length = contraction_length(text.substr(at)); length > 0) {
      encode_piece(text.substr(start, length), ids);
      at += length;
      continue;
    }
    const Kind kind = kind_of(next_code_point(text, at));
    if (kind == Kind::Space) continue;
    while (kind != Kind::Number && at < text.size()) {
      std::size_t after = at;
      if (kind_of(next_code_point(text, after)) != kind) break;
      at = after;
    }
    encode_piece(text.substr(start, at - start), ids);
  }
}

// Merges the pair of lowest rank, leftmost first, until none is left. A heap of candidates over a
// linked list keeps a word of a million letters at n log n.
void Tokenizer::encode_piece(std::string_view bytes, Ids& ids) const {
  struct Symbol {
    std::int32_t id, previous, next;  // id < 0: merged into its left neighbour
  };
  struct Candidate {
    std::int32_t rank, left, left_id, right_id, result;
    bool operator<(const Candidate& other) const {  // greatest first in a priority_queue
      return std::pair(rank, left) > std::pair(other.rank, other.left);
    }
  };
  const auto count = static_cast<std::int32_t>(bytes.size());
  std::vector<Symbol> symbols(bytes.size());
  for (std::int32_t i = 0; i < count; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const bool is_last = i + 1 == count;
    symbols[i] = {is_last ? last_byte_ids_[byte] : byte_ids_[byte], i - 1, is_last ? -1 : i + 1};
  }
  std::priority_queue<Candidate> candidates;
  const auto consider = [&](std::int32_t left) {
    if (left < 0 || symbols[left].next < 0) return;
    const std::int32_t a = symbols[left].id, b = symbols[symbols[left].next].id;
    const auto found =
        merges_.find(static_cast<std::uint64_t>(a) << 32 | static_cast<std::uint32_t>(b));
    if (found == merges_.end()) return;
    candidates.push({found->second.rank, left, a, b, found->second.result});
  };
  for (std::int32_t i = 0; i < count; ++i) consider(i);
  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    Symbol& left = symbols[best.left];
    // A merge since then may have changed either side.
    if (left.id != best.left_id || left.next < 0 || symbols[left.next].id != best.right_id)
      continue;
    Symbol& right = symbols[left.next];
    left.id = best.result;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0) symbols[left.next].previous = best.left;
    consider(left.previous);
    consider(best.left);
  }
  for (std::int32_t i = 0; i >= 0 && i < count && !ids.is_full(); i = symbols[i].next) {
    ids.values.push_back(symbols[i].id);
  }
}

}  // namespace studio
