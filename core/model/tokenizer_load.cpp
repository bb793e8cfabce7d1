// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Reading a tokenizer's folder, with a sentence for everything that can be wrong in it.
#include "core/base/guard.h"
#include "core/io/files.h"
#include "core/io/strict_json.h"
#include "core/model/tokenizer.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <unistd.h>

namespace studio {
namespace {

using nlohmann::json;

constexpr std::string_view kStart = "<|startoftext|>";
constexpr std::string_view kEnd = "<|endoftext|>";
constexpr std::string_view kWordEnd = "</w>";
constexpr std::size_t kMaxFileBytes = std::size_t{32} << 20;
// The published table goes on after these; CLIP was trained with the first ones only.
constexpr std::size_t kMaxMerges = 49'152 - 256 - 2;

Error unloadable(const std::string& path, const std::string& why) {
  return file_error(ErrorCode::ModelUnloadable, path, why);
}

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

void append_utf8(std::string& text, unsigned code) {  // code < 0x800
  if (code >= 0x80) {
    text.push_back(static_cast<char>(0xC0 | code >> 6));
    code = 0x80 | (code & 0x3F);
  }
  text.push_back(static_cast<char>(code));
}

// How byte-level BPE writes a byte: printable ones as themselves, the others from U+0100 on.
std::array<std::string, 256> byte_symbols() {
  std::array<std::string, 256> symbols;
  unsigned next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool is_printable =
        (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    append_utf8(symbols[byte], is_printable ? byte : next++);
  }
  return symbols;
}

struct MergeLine {
  std::string left, right;
  std::size_t line;
};

}  // namespace

class TokenizerLoader {
 public:
  TokenizerLoader(std::string folder, PadToken pad)
      : folder_(std::move(folder)), pad_choice_(pad) {}

  Result<Tokenizer> load() {
    for (const auto step : {&TokenizerLoader::read_merges,
                            &TokenizerLoader::read_vocabulary,
                            &TokenizerLoader::resolve_symbols,
                            &TokenizerLoader::read_specials}) {
      if (auto done = (this->*step)(); !done) return done.error();
    }
    return std::move(tokenizer_);
  }
  Result<std::string> vocabulary_json() {
    if (auto done = read_merges(); !done) return done.error();
    derive_vocabulary();
    return json(ids_).dump();
  }

 private:
  struct SpecialDeclaration {
    std::string text;
    bool is_normalised = false;
  };

  std::string file(std::string_view name) const { return folder_ + "/" + std::string(name); }
  std::optional<std::int32_t> id_of(const std::string& token) const {
    const auto found = ids_.find(token);
    if (found == ids_.end()) return std::nullopt;
    return found->second;
  }
  Result<void> read_merges();
  Result<void> read_vocabulary();
  void derive_vocabulary();
  Result<void> resolve_symbols();
  Result<void> read_specials();
  Result<std::optional<json>> read_optional(std::string_view name);
  Result<std::optional<SpecialDeclaration>> declared(const json& config,
                                                     const std::string& key,
                                                     bool is_normalised,
                                                     const std::string& path);
  Result<void> read_added_tokens(const json& config, const std::string& path);
  Result<void> add_special(const SpecialDeclaration& special);

  std::string folder_;
  PadToken pad_choice_;
  Tokenizer tokenizer_;
  const std::array<std::string, 256> bytes_ = byte_symbols();
  std::vector<MergeLine> merges_;
  std::unordered_map<std::string, std::int32_t> ids_;
  std::string vocabulary_path_;
};

Result<void> TokenizerLoader::read_merges() {
  // Packed where the program brings them itself.
  std::string path = file("merges.txt");
  const bool is_packed = !std::filesystem::exists(path) && std::filesystem::exists(path + ".gz");
  if (is_packed) path += ".gz";
  auto text = is_packed ? read_gzip_file(path, kMaxFileBytes) : read_file(path, kMaxFileBytes);
  if (!text) return Error{ErrorCode::ModelUnloadable, text.error().message};
  std::string_view rest = text.value();
  for (std::size_t line = 1; !rest.empty() && merges_.size() < kMaxMerges; ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.ends_with('\r')) pair.remove_suffix(1);
    if (line == 1 && pair.starts_with("#version")) continue;
    if (pair.empty()) continue;
    const std::size_t gap = pair.find(' ');
    if (gap == 0 || gap == pair.npos || gap + 1 == pair.size() ||
        pair.find(' ', gap + 1) != pair.npos) {
      return unloadable(
          path, "line " + std::to_string(line) + " is not two symbols with a space between");
    }
    merges_.push_back({std::string(pair.substr(0, gap)), std::string(pair.substr(gap + 1)), line});
  }
  if (merges_.empty()) return unloadable(path, "it holds no merges");
  return {};
}

void TokenizerLoader::derive_vocabulary() {
  vocabulary_path_ = file("merges.txt");
  // Printable bytes come first, in their order, then the others.
  std::vector<std::string> order;
  for (const bool printable : {true, false}) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::string as_itself;
      append_utf8(as_itself, byte);
      if ((bytes_[byte] == as_itself) == printable) order.push_back(bytes_[byte]);
    }
  }
  std::int32_t next = 0;
  for (const auto& symbol : order) ids_.emplace(symbol, next++);
  for (const auto& symbol : order) ids_.emplace(symbol + std::string(kWordEnd), next++);
  for (const auto& merge : merges_) ids_.emplace(merge.left + merge.right, next++);
  ids_.emplace(kStart, next++);
  ids_.emplace(kEnd, next++);
  tokenizer_.vocabulary_size_ = next;
}

Result<void> TokenizerLoader::read_vocabulary() {
  const std::string path = file("vocab.json");
  if (!is_there(path)) {
    derive_vocabulary();
    return {};
  }
  vocabulary_path_ = path;
  auto root = read_json_file(path, {kMaxFileBytes, 2});
  if (!root) return Error{ErrorCode::ModelUnloadable, root.error().message};
  if (!root.value().is_object())
    return unloadable(path, "it is not a JSON object of tokens and ids");
  ids_.reserve(root.value().size());
  for (const auto& [token, id] : root.value().items()) {
    constexpr std::int64_t kMaxId = 1 << 24;
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() > kMaxId) {
      return unloadable(path,
                        "token \"" + token + "\" has the id " + id.dump().substr(0, 40) +
                            ", but ids are whole numbers from 0 to " + std::to_string(kMaxId));
    }
    ids_.emplace(token, id.get<std::int32_t>());
    tokenizer_.vocabulary_size_ = std::max(tokenizer_.vocabulary_size_, id.get<std::int64_t>() + 1);
  }
  return {};
}

Result<void> TokenizerLoader::resolve_symbols() {
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (const bool is_last : {false, true}) {
      const std::string symbol = bytes_[byte] + (is_last ? std::string(kWordEnd) : "");
      const auto id = id_of(symbol);
      if (!id) {
        return unloadable(
            vocabulary_path_,
            "token \"" + symbol + "\" (byte " + std::to_string(byte) + ") is missing");
      }
      (is_last ? tokenizer_.last_byte_ids_ : tokenizer_.byte_ids_)[byte] = *id;
    }
  }
  std::int32_t rank = 0;
  tokenizer_.merges_.reserve(merges_.size());
  for (const MergeLine& merge : merges_) {
    const auto left = id_of(merge.left), right = id_of(merge.right);
    const auto result = id_of(merge.left + merge.right);
    if (!left || !right || !result) {
      const std::string& token = !left    ? merge.left
                                 : !right ? merge.right
                                          : merge.left + merge.right;
      return unloadable(file("merges.txt"),
                        "line " + std::to_string(merge.line) + " uses the token \"" +
                            token.substr(0, 80) + "\", which the vocabulary lacks");
    }
    const std::uint64_t pair =
        static_cast<std::uint64_t>(*left) << 32 | static_cast<std::uint32_t>(*right);
    if (!tokenizer_.merges_.emplace(pair, Tokenizer::Merge{rank++, *result}).second) {
      return unloadable(file("merges.txt"),
                        "line " + std::to_string(merge.line) + " repeats a merge");
    }
  }
  return {};
}

Result<std::optional<json>> TokenizerLoader::read_optional(std::string_view name) {
  const std::string path = file(name);
  if (!is_there(path)) return std::optional<json>();
  auto root = read_json_file(path);
  if (!root) return Error{ErrorCode::ModelUnloadable, root.error().message};
  if (!root.value().is_object()) return unloadable(path, "it is not a JSON object");
  return std::optional<json>(std::move(root).value());
}

// A token is written as text or as an object with "content"; absent or null is no declaration.
Result<std::optional<TokenizerLoader::SpecialDeclaration>> TokenizerLoader::declared(
    const json& config, const std::string& key, bool is_normalised, const std::string& path) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) return std::optional<SpecialDeclaration>();
  SpecialDeclaration special;
  special.is_normalised = is_normalised;
  const json* content = &*found;
  if (found->is_object()) {
    if (!found->contains("content")) return unloadable(path, "\"" + key + "\" has no \"content\"");
    content = &(*found)["content"];
    const auto flag = [&](const char* name) {
      const auto place = found->find(name);
      return place != found->end() && place->is_boolean() ? std::optional(place->get<bool>())
                                                          : std::nullopt;
    };
    special.is_normalised = flag("normalized").value_or(is_normalised);
    // lstrip and rstrip take white space along, which gives no tokens anyway.
    if (flag("single_word").value_or(false)) {
      return unloadable(
          path, "\"" + key + "\" is declared \"single_word\", which this program cannot do");
    }
  }
  if (!content->is_string() || content->get_ref<const std::string&>().empty()) {
    return unloadable(path, "\"" + key + "\" is not text");
  }
  special.text = content->get<std::string>();
  return std::optional(std::move(special));
}

Result<void> TokenizerLoader::add_special(const SpecialDeclaration& special) {
  auto& list = special.is_normalised ? tokenizer_.normalised_specials_ : tokenizer_.raw_specials_;
  for (const auto* known : {&tokenizer_.normalised_specials_, &tokenizer_.raw_specials_}) {
    for (const auto& other : *known) {
      if (other.text == special.text) return {};  // the first declaration counts
    }
  }
  const auto id = id_of(special.text);
  if (!id) {
    return unloadable(vocabulary_path_, "the special token \"" + special.text + "\" is missing");
  }
  list.push_back({special.text, *id});
  return {};
}

Result<void> TokenizerLoader::read_added_tokens(const json& config, const std::string& path) {
  const auto added = config.find("added_tokens_decoder");
  if (added == config.end()) return {};
  if (!added->is_object()) return unloadable(path, "\"added_tokens_decoder\" is not an object");
  for (const auto& item : added->items()) {
    auto special = declared(*added, item.key(), false, path);
    if (!special) return special.error();
    if (!special.value()) continue;
    std::int32_t id = -1;
    const auto read = std::from_chars(item.key().data(), item.key().data() + item.key().size(), id);
    const auto known = ids_.find(special.value()->text);
    if (read.ec != std::errc{} || id < 0 || (known != ids_.end() && known->second != id)) {
      return unloadable(path,
                        "\"added_tokens_decoder\" gives \"" + special.value()->text + "\" the id " +
                            item.key().substr(0, 40) +
                            ", which is not a token's id or not the one of vocab.json");
    }
    ids_.emplace(special.value()->text, id);
    tokenizer_.vocabulary_size_ = std::max<std::int64_t>(tokenizer_.vocabulary_size_, std::int64_t{id} + 1);
    if (auto done = add_special(*special.value()); !done) return done;
  }
  return {};
}

Result<void> TokenizerLoader::read_specials() {
  SpecialDeclaration start{std::string(kStart), true}, end{std::string(kEnd), true};
  std::optional<SpecialDeclaration> pad;
  // Where both files declare a token, the second counts.
  std::optional<json> config;
  for (const auto* name : {"special_tokens_map.json", "tokenizer_config.json"}) {
    auto read = read_optional(name);
    if (!read) return read.error();
    if (!read.value()) continue;
    config = std::move(read).value();
    const std::string path = file(name);
    struct Place {
      const char* key;
      bool is_normalised;
    };
    for (const Place place :
         {Place{"bos_token", true}, Place{"eos_token", true}, Place{"pad_token", false}}) {
      auto special = declared(*config, place.key, place.is_normalised, path);
      if (!special) return special.error();
      if (!special.value()) continue;
      (place.key[0] == 'b' ? start : place.key[0] == 'e' ? end : pad.emplace()) = *special.value();
    }
    if (auto done = read_added_tokens(*config, path); !done) return done;
  }
  if (pad_choice_ == PadToken::EndOfText) pad = end;
  if (pad_choice_ == PadToken::ExclamationMark) pad = SpecialDeclaration{"!", false};
  if (!pad) pad = end;
  for (const auto& special : {start, end, *pad}) {
    if (auto done = add_special(special); !done) return done;
  }
  tokenizer_.bos_ = *id_of(start.text);
  tokenizer_.eos_ = *id_of(end.text);
  tokenizer_.pad_ = *id_of(pad->text);
  return {};
}

Result<std::string> vocabulary_json(const std::string& folder) {
  return to_result([&] { return TokenizerLoader(folder, PadToken::FromFolder).vocabulary_json(); });
}

Result<Tokenizer> Tokenizer::load(const std::string& folder, PadToken pad) {
  return to_result([&] { return TokenizerLoader(folder, pad).load(); });
}

}  // namespace studio
