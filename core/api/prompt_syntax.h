// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How a prompt's text is read: as it stands, or with emphasis in brackets.
#pragma once

#include "core/api/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace studio {

enum class PromptSyntax {
  Plain,     // the text encoders' 77 tokens; the rest is cut off, as in the SEG authors' code
  Long,      // parts of 75 tokens, one after the other
  Weighted,  // as Long, with emphasis
};

// The ids of job files: plain, long, weighted. Errors: InvalidArgument naming what is allowed.
Result<PromptSyntax> parse_prompt_syntax(std::string_view id);

// A stretch of a prompt and the factor on what its tokens encode to.
struct WeightedText {
  std::string text;
  double weight = 1.0;
  bool operator==(const WeightedText&) const = default;
};

// Reads emphasis: (text) is times 1.1, (text:1.3) times 1.3, [text] divided by 1.1; brackets may
// stand in brackets, whose factors multiply; \( \) \[ \] \\ \: are the signs themselves. A colon
// that no number and closing bracket follow is text. Neighbours of one weight come as one stretch;
// no text gives none. Range: weights written from 0 to 10, products up to 100. Errors:
// InvalidArgument with the place (in characters, from 1) and what is allowed: a bracket that is
// never closed or never opened, a number out of range, [text:0.5] (a change of the prompt during
// the steps, which other programs know and this one does not), brackets more than 100 deep. Source:
// the syntax of AUTOMATIC1111 stable-diffusion-webui prompt_parser.py, parse_prompt_attention.
// Differs: there unbalanced brackets are text or close at the end, \: is no sign of its own, and
// BREAK starts a new part.
Result<std::vector<WeightedText>> parse_weighted_prompt(std::string_view prompt);

}  // namespace studio
