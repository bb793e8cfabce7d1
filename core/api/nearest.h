// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// "Did you mean ...?" for names that are not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace studio {

// The known name with the fewest letters to change (a swap of neighbours counts as one), or "" when
// nothing is near: more than a third of the letters differ.
std::string_view nearest_name(std::string_view wrong, const std::vector<std::string_view>& known);

// `; did you mean "seg.sigma"?`, or "" when nothing is near.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& known);

// Text for a message: shortened, with invalid UTF-8 and control characters shown as "?".
std::string shown_text(std::string_view text);

}  // namespace studio
