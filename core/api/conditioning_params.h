// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a job says of its texts and of SDXL's size conditioning, in the section "conditioning".
#pragma once

#include "core/api/params.h"
#include "core/api/prompt_syntax.h"

#include <array>
#include <cstdint>

namespace studio {

const Card& conditioning_card();

// How prompts become embeddings. Equal values: equal embeddings for equal prompts.
struct TextOptions {
  PromptSyntax syntax = PromptSyntax::Plain;
  int clip_skip = 0;  // layers before the last but one
  bool operator==(const TextOptions&) const = default;
};

// SDXL's six numbers: original height, width, crop top, left, target height, width; in pixels.
using SizeIds = std::array<std::int64_t, 6>;
struct SizeConditioning {
  SizeIds positive{}, negative{};
};

// Both read a request's sections, which have been validated; absent parameters are as declared.
TextOptions text_options(const ParamSet& sections);
SizeConditioning size_conditioning(const ParamSet& sections,
                                   std::int64_t width_px,
                                   std::int64_t height_px);

}  // namespace studio
