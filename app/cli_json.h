// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Writes the small JSON objects that the command line program prints, one a line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace studio::cli {

// A JSON string with its quotes. Bytes that are not UTF-8 (file names may hold any) become U+FFFD.
std::string json_string(std::string_view text);

// Shortest text that reads back as the same number; "inf" as a string, since JSON has no infinity.
std::string json_number(double number);

// Members in the order they were added.
class JsonObject {
 public:
  JsonObject& text(std::string_view key, std::string_view value);
  JsonObject& number(std::string_view key, double value);
  JsonObject& integer(std::string_view key, std::int64_t value);
  JsonObject& flag(std::string_view key, bool value);
  JsonObject& texts(std::string_view key, const std::vector<std::string>& values);
  JsonObject& raw(std::string_view key, std::string_view json);
  std::string str() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

}  // namespace studio::cli
