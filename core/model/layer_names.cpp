// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Parsing of layer lists.
#include "core/model/layer_names.h"

#include <array>
#include <charconv>
#include <optional>

namespace studio {
namespace {

struct Part {
  char letter;
  const char* name;
  int first, count;  // in the numbering over the whole UNet
};

std::array<Part, 3> parts_of(const LayerCounts& counts) {
  return {Part{'d', "down", 0, counts.down}, Part{'m', "mid", counts.down, counts.mid},
          Part{'u', "up", counts.down + counts.mid, counts.up}};
}

struct Item {
  std::size_t part;
  std::optional<int> index;  // absent: the whole part
};

Error refuse(std::string item, const std::string& why) {
  if (item.size() > 40) item = item.substr(0, 40) + "...";
  return {ErrorCode::InvalidArgument, "\"" + item + "\" " + why};
}

Result<std::vector<Item>> parse_items(const std::string& text) {
  const auto parts = parts_of({});
  std::vector<Item> items;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    std::string name = text.substr(begin, comma - begin);
    name.erase(0, name.find_first_not_of(' '));
    name.erase(name.find_last_not_of(' ') + 1);
    begin = comma + 1;
    std::optional<Item> found;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (name == parts[p].name) found = Item{p, std::nullopt};
      if (name.size() < 2 || name.size() > 5 || name[0] != parts[p].letter) continue;
      int index = 0;
      const auto read = std::from_chars(name.data() + 1, name.data() + name.size(), index);
      if (read.ec == std::errc{} && read.ptr == name.data() + name.size() && index >= 0) found = Item{p, index};
    }
    if (!found) return refuse(name, "is not a layer: allowed are mid, down, up, or single layers such as d2, m1, u0, joined by commas");
    items.push_back(*found);
  }
  return items;
}

}  // namespace

Result<void> check_layers_text(const std::string& text) {
  auto items = parse_items(text);
  if (!items) return items.error();
  return {};
}

Result<LayerSet> parse_layers(const std::string& text, const LayerCounts& counts) {
  auto items = parse_items(text);
  if (!items) return items.error();
  const auto parts = parts_of(counts);
  std::vector<bool> members(counts.total(), false);
  for (const Item& item : items.value()) {
    const Part& part = parts[item.part];
    if (item.index && *item.index >= part.count) {
      const std::string letter(1, part.letter);
      const std::string has = part.count == 0 ? "has no layers there"
                                              : "has " + letter + "0 to " + letter + std::to_string(part.count - 1);
      return refuse(letter + std::to_string(*item.index), "is not a layer of this model, which " + has);
    }
    const int first = part.first + item.index.value_or(0);
    const int count = item.index ? 1 : part.count;
    for (int i = first; i < first + count; ++i) members[i] = true;
  }
  return LayerSet(std::move(members));
}

std::vector<std::string> layer_names(const LayerCounts& counts) {
  std::vector<std::string> names;
  for (const Part& part : parts_of(counts)) {
    for (int i = 0; i < part.count; ++i) names.push_back(part.letter + std::to_string(i));
  }
  return names;
}

}  // namespace studio
