// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The byte-level BPE tokenizer of CLIP text encoders: text to 77 token ids.
#pragma once

#include "core/api/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace studio {

// What fills the places after the end of the text.
enum class PadToken {
  FromFolder,       // as the folder's configuration says; without one, the end token
  EndOfText,        // SDXL's first text encoder
  ExclamationMark,  // SDXL's second: "!" then is a special token, also where a prompt writes it
};

// Threads: immutable after load().
class Tokenizer {
 public:
  static constexpr std::size_t kLength = 77;
  static constexpr std::size_t kTextLength = kLength - 2;  // beside the start and the end

  // Reads merges.txt and, where present, vocab.json (else it follows from the merges),
  // tokenizer_config.json and special_tokens_map.json. Blocks.
  // Errors: ModelUnloadable with the file and line or the token in question.
  static Result<Tokenizer> load(const std::string& folder, PadToken pad = PadToken::FromFolder);

  // Start token, the text's tokens (cut so that the end token keeps a place), end token, padding.
  // Text: UTF-8; invalid bytes read as U+FFFD.
  // Source: tokenizers of the published CLIP checkpoints (the faster of the two published
  // implementations, where they differ): NFC, lower case by single characters, no HTML decoding.
  std::vector<std::int64_t> encode(std::string_view text) const;

  // The text's own tokens, as encode() makes them, without start, end and padding; at most `most`, then
  // the rest of the text is not looked at.
  std::vector<std::int64_t> tokens(std::string_view text, std::size_t most) const;

  // Start token, these tokens (at most 75), end token, padding.
  std::vector<std::int64_t> framed(std::vector<std::int64_t> tokens) const;

  std::int64_t bos() const { return bos_; }
  std::int64_t eos() const { return eos_; }
  std::int64_t pad() const { return pad_; }
  std::int64_t vocabulary_size() const { return vocabulary_size_; }

 private:
  friend class TokenizerLoader;
  struct Merge {
    std::int32_t rank;
    std::int32_t result;
  };
  struct Special {
    std::string text;
    std::int32_t id;
  };
  struct Ids {
    std::size_t most;
    std::vector<std::int64_t> values{};
    bool is_full() const { return values.size() >= most; }
  };
  // All append to ids and stop once it is full.
  void encode_segment(std::string_view text, Ids& ids) const;
  void encode_chunk(std::string_view text, Ids& ids) const;
  void encode_normalised(std::string_view text, Ids& ids) const;
  void encode_piece(std::string_view bytes, Ids& ids) const;

  std::array<std::int32_t, 256> byte_ids_{}, last_byte_ids_{};  // last: with "</w>"
  std::unordered_map<std::uint64_t, Merge> merges_;             // by pair of ids
  std::vector<Special> raw_specials_, normalised_specials_;
  std::int64_t bos_ = 0, eos_ = 0, pad_ = 0, vocabulary_size_ = 0;
};

// The vocab.json that follows from a folder's merges, for programs that want the file. Errors: as
// Tokenizer::load(). Blocks.
Result<std::string> vocabulary_json(const std::string& folder);

}  // namespace studio
