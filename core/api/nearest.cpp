// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Edit distance over names, and text made safe for messages.
#include "core/api/nearest.h"

#include "core/api/utf8.h"

#include <algorithm>

namespace studio {
namespace {

constexpr std::size_t kLongestCompared = 100;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Optimal string alignment: insertions, deletions, changes, swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_back(b.size() + 1), one_back(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) one_back[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool is_same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({one_back[j] + 1, row[j - 1] + 1, one_back[j - 1] + (is_same ? 0 : 1)});
      const bool is_swap = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (is_swap) row[j] = std::min(row[j], two_back[j - 2] + 1);
    }
    std::swap(two_back, one_back);
    std::swap(one_back, row);
  }
  return one_back[b.size()];
}

// "sigma" for "guidance.seg.sigma": what people write when they forget the group.
bool ends_with_name(std::string_view path, std::string_view name) {
  return !name.empty() && path.size() > name.size() && path.ends_with(name) &&
         path[path.size() - name.size() - 1] == '.';
}

}  // namespace

std::string_view nearest_name(std::string_view wrong, const std::vector<std::string_view>& known) {
  if (wrong.size() > kLongestCompared) return "";
  std::string_view best;
  std::size_t best_distance = ~std::size_t{0};
  for (const auto name : known) {
    if (ends_with_name(name, wrong)) return name;
    const std::size_t distance = edit_distance(wrong, name);
    if (distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best_distance <= std::max<std::size_t>(1, std::max(wrong.size(), best.size()) / 3) ? best
                                                                                            : "";
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& known) {
  const std::string_view near = nearest_name(wrong, known);
  if (near.empty()) return "";
  std::string text = "; did you mean \"";
  return text.append(near).append("\"?");
}

std::string shown_text(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    if (shown.size() >= kLongest) return shown + "...";
    const std::size_t length = utf8_sequence_length(text.substr(at));
    const auto first = static_cast<unsigned char>(text[at]);
    if (length == 0 || first < 0x20 || first == 0x7F) {
      shown.push_back('?');
      ++at;
    } else {
      shown.append(text.substr(at, length));
      at += length;
    }
  }
  return shown;
}

}  // namespace studio
