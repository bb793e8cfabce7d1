// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Builds the tree from parser events, watching for what a plain parse would hide.
#include "core/io/strict_json.h"

#include "core/base/guard.h"
#include "core/io/files.h"

#include <algorithm>
#include <vector>

namespace studio {
namespace {

using nlohmann::json;

std::string shortened(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  if (text.size() <= kLongest) return std::string(text);
  std::size_t cut = kLongest;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return std::string(text.substr(0, cut)) + "...";
}

class TreeBuilder final : public nlohmann::json_sax<json> {
 public:
  TreeBuilder(std::string_view text, std::size_t max_depth) : text_(text), max_depth_(max_depth) {}

  json root;
  std::string problem;

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    Level& level = levels_.back();
    if (level.node->contains(name)) {
      level.key = name;
      problem = "the key " + place() + " is there twice";
      return false;
    }
    level.key = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position,
                   const std::string& token,
                   const nlohmann::detail::exception& error) override {
    const std::string_view what = error.what();
    if (what.find("number overflow") != what.npos) {
      problem = place() + " is " + shortened(token) + ", a number too large to be read";
      return false;
    }
    const std::size_t before = std::min(position, text_.size());
    const auto line = 1 + std::count(text_.begin(), text_.begin() + before, '\n');
    problem = "line " + std::to_string(line) + " is not valid JSON" +
              (what.find("UTF-8") != what.npos ? " (invalid UTF-8)" : "");
    if (text_.find_first_not_of(" \t\r\n") == text_.npos)
      problem = "there is no JSON in it: it is empty";
    return false;
  }

 private:
  struct Level {
    json* node;
    std::string key;
  };

  // "guidance.seg.sigma", the way paths are written to people; list places as [2].
  std::string place() const {
    std::string path;
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const Level& level = levels_[i];
      if (level.node->is_array()) {
        // An element that is still open is in the list already.
        const std::size_t index = level.node->size() - (i + 1 < levels_.size() ? 1 : 0);
        path.append("[").append(std::to_string(index)).append("]");
      } else {
        path.append(path.empty() ? "" : ".").append(shortened(level.key));
      }
    }
    return path.empty() ? "the value" : path;
  }
  // Inside a parent's container, whose elements stay where they are while a child is open.
  json* put(json value) {
    if (levels_.empty()) {
      root = std::move(value);
      return &root;
    }
    Level& level = levels_.back();
    if (level.node->is_array()) {
      level.node->push_back(std::move(value));
      return &level.node->back();
    }
    return &((*level.node)[level.key] = std::move(value));
  }
  bool add(json value) {
    put(std::move(value));
    return true;
  }
  bool open(json container) {
    if (levels_.size() == max_depth_) {
      problem =
          shortened(place()) + " is nested deeper than " + std::to_string(max_depth_) + " levels";
      return false;
    }
    json* const node = put(std::move(container));
    levels_.push_back({node, ""});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }

  std::string_view text_;
  std::size_t max_depth_;
  std::vector<Level> levels_;
};

}  // namespace

Result<json> parse_strict(std::string_view text, std::string_view what, const JsonLimits& limits) {
  return to_result([&]() -> Result<json> {
    const auto bad = [&](const std::string& why) {
      return file_error(ErrorCode::BadFile, what, why);
    };
    if (text.size() > limits.max_bytes) {
      return bad("it is larger than the " + std::to_string(limits.max_bytes >> 10) +
                 " KiB that are read");
    }
    // The JSON reader would take a zero byte for the end of its input.
    if (text.find('\0') != text.npos) return bad("it has a zero byte, so it is not JSON");
    TreeBuilder builder(text, limits.max_depth);
    if (!json::sax_parse(text.begin(), text.end(), &builder)) return bad(builder.problem);
    return std::move(builder.root);
  });
}

Result<json> read_json_file(const std::string& path, const JsonLimits& limits) {
  auto text = read_file(path, limits.max_bytes);
  if (!text) return text.error();
  return parse_strict(text.value(), path, limits);
}

}  // namespace studio
