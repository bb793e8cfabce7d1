// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The section's declarations and its reading.
#include "core/api/conditioning_params.h"

namespace studio {
namespace {

constexpr std::string_view kSection = "conditioning.";

ParamSpec pixels(std::string_view key,
                 std::string_view label,
                 std::string_view doc,
                 double min,
                 std::string_view absent_means) {
  return {.key = key,
          .label = label,
          .unit = "px",
          .doc = doc,
          .kind = ParamKind::Integer,
          .initial = std::int64_t{min > 0 ? 1024 : 0},
          .min = min,
          .max = 16'384,
          .step = 8,
          .slider_min = min > 0 ? 64.0 : 0.0,
          .slider_max = 2048,
          .absent_means = absent_means};
}

std::vector<ParamSpec> make_specs() {
  constexpr std::string_view kAsPositive = "as for the prompt";
  return {
      {.key = "prompt_syntax",
       .label = "Prompt syntax",
       .unit = "",
       .doc = "plain cuts a prompt at 77 tokens as the SEG authors' code does; long reads on in "
              "parts of 75 tokens, of which "
              "the first gives the pooled text; weighted is long with (word:1.2) and [word] for "
              "more and less emphasis.",
       .kind = ParamKind::Choice,
       .initial = std::string("plain"),
       .choices = {"plain", "long", "weighted"}},
      {.key = "clip_skip",
       .label = "CLIP skip",
       .unit = "layers",
       .doc = "How many layers before the last but one the text encoders' output is taken from; 0 "
              "is what SDXL was trained with.",
       .kind = ParamKind::Integer,
       .initial = std::int64_t{0},
       .min = 0,
       .max = 11,
       .step = 1},
      pixels("original_width",
             "Original width",
             "Width the picture is said to have had before training cropped it; small ones make a "
             "blurred look.",
             1,
             "the picture's width"),
      pixels("original_height",
             "Original height",
             "Height the picture is said to have had before training cropped it.",
             1,
             "the picture's height"),
      pixels("crop_left",
             "Crop left",
             "How much is said to be cut off at the left; more moves the subject to the left.",
             0,
             ""),
      pixels("crop_top",
             "Crop top",
             "How much is said to be cut off at the top; more moves the subject up.",
             0,
             ""),
      pixels("target_width",
             "Target width",
             "Width the picture is said to have after cropping.",
             1,
             "the picture's width"),
      pixels("target_height",
             "Target height",
             "Height the picture is said to have after cropping.",
             1,
             "the picture's height"),
      pixels("negative_original_width",
             "Negative original width",
             "Original width that the negative prompt is told.",
             1,
             kAsPositive),
      pixels("negative_original_height",
             "Negative original height",
             "Original height that the negative prompt is told.",
             1,
             kAsPositive),
      pixels("negative_crop_left",
             "Negative crop left",
             "Crop at the left that the negative prompt is told.",
             0,
             kAsPositive),
      pixels("negative_crop_top",
             "Negative crop top",
             "Crop at the top that the negative prompt is told.",
             0,
             kAsPositive),
      pixels("negative_target_width",
             "Negative target width",
             "Target width that the negative prompt is told.",
             1,
             kAsPositive),
      pixels("negative_target_height",
             "Negative target height",
             "Target height that the negative prompt is told.",
             1,
             kAsPositive),
  };
}

const ParamValue* find(const ParamSet& sections, std::string_view key) {
  const auto found = sections.find(std::string(kSection).append(key));
  return found == sections.end() ? nullptr : &found->second;
}

std::int64_t whole_number(const ParamSet& sections, std::string_view key, std::int64_t absent) {
  const ParamValue* const value = find(sections, key);
  return value == nullptr ? absent : std::get<std::int64_t>(*value);
}

}  // namespace

const Card& conditioning_card() {
  static const std::vector<ParamSpec> specs = make_specs();
  static const Card card{
      .id = "conditioning",
      .label = "Texts and sizes",
      .source =
          "Podell et al. 2023 (SDXL), arXiv 2307.01952, section 2.2; AUTOMATIC1111 prompt syntax",
      .doc = "How prompts are read, and what size the model is told the picture has.",
      .params = specs,
      .kept_in_twin = true};
  return card;
}

TextOptions text_options(const ParamSet& sections) {
  TextOptions options;
  if (const ParamValue* const syntax = find(sections, "prompt_syntax")) {
    options.syntax = parse_prompt_syntax(std::get<std::string>(*syntax)).value();
  }
  options.clip_skip = static_cast<int>(whole_number(sections, "clip_skip", 0));
  return options;
}

SizeConditioning size_conditioning(const ParamSet& sections,
                                   std::int64_t width_px,
                                   std::int64_t height_px) {
  constexpr std::array<std::string_view, 6> kKeys{"original_height",
                                                  "original_width",
                                                  "crop_top",
                                                  "crop_left",
                                                  "target_height",
                                                  "target_width"};
  const SizeIds own{height_px, width_px, 0, 0, height_px, width_px};
  SizeConditioning sizes;
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    sizes.positive[i] = whole_number(sections, kKeys[i], own[i]);
    sizes.negative[i] =
        whole_number(sections, std::string("negative_").append(kKeys[i]), sizes.positive[i]);
  }
  return sizes;
}

}  // namespace studio
