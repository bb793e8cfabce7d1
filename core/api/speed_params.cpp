// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Declaration of the card, and reading its values.
#include "core/api/speed_params.h"

#include "core/api/section_values.h"

#include <array>

namespace studio {

const Card& speed_card() {
  static const std::array params{
      ParamSpec{.key = "encoder_every",
                .label = "Reuse encoder",
                .unit = "steps",
                // A step in between does not see the latents, so neither the noise that was drawn since the key step.
                .doc = "An approximation that changes the picture: the UNet's encoder (its down blocks) runs in the first tenth of the "
                       "steps and then once in so many, and its output is used again in between; 1 is off, and samplers that draw noise suit it least.",
                .kind = ParamKind::Integer,
                .initial = std::int64_t{1},
                .min = 1,
                .max = 10,
                .step = 1,
                .slider_min = 1,
                .slider_max = 5},
      ParamSpec{.key = "fp8",
                .label = "Products in fp8",
                .unit = "",
                .doc = "An approximation that changes the picture: the UNet's largest products, for queries, keys, values and feed-forward layers, "
                       "in numbers of 8 bits; on GPUs that multiply those (Hopper and later), for fp16 and bf16 models that stay in its memory.",
                .kind = ParamKind::Flag,
                .initial = false},
  };
  static const Card card{.id = "speed",
                         .label = "Approximations for speed",
                         .source = "Li et al. 2023 (Faster Diffusion), arXiv 2312.09608; Micikevicius et al. 2022 (FP8), arXiv 2209.05433",
                         .doc = "Less work for a picture that is not quite the same; off unless asked for.",
                         .params = params,
                         .kept_in_twin = true};
  return card;
}

SpeedSettings speed_settings(const ParamSet& values) {
  const SectionValues section(speed_card(), values);
  return {static_cast<int>(section.whole_number("encoder_every")), section.flag("fp8")};
}

}  // namespace studio
