// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The job's own keys that have a widget of their own; core/api/request.h fixes them. Every other
// parameter is shown from its declaration alone.
#pragma once

#include <string_view>

namespace studio::ui {

inline constexpr std::string_view kPromptPath = "prompt";
inline constexpr std::string_view kNegativePromptPath = "negative_prompt";
inline constexpr std::string_view kSeedPath = "seed";
inline constexpr std::string_view kWidthPath = "width";
inline constexpr std::string_view kHeightPath = "height";

}  // namespace studio::ui
