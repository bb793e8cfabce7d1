// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Declaration of the card, and reading its values.
#include "core/api/start_params.h"

#include "core/api/section_values.h"

#include <algorithm>
#include <array>

namespace studio {

const Card& start_card() {
  static const std::array params{
      ParamSpec{.key = "image",
                .label = "Start picture",
                .doc = "A picture (PNG, JPEG or WebP) to start from, scaled and cropped to fill the job's size.",
                .kind = ParamKind::Text,
                .initial = std::string(),
                .max = kMaxPathBytes,
                .absent_means = "start from noise",
                .path_of = kPictureFiles,
                .command = "Start from this picture"},
      ParamSpec{.key = "strength",
                .label = "Strength",
                .doc = "The part of the steps that is run: 0 keeps the start picture, 1 starts from noise alone.",
                .kind = ParamKind::Real,
                .initial = 0.8,
                .min = 0.0,
                .max = 1.0,
                .step = 0.05,
                .needs = "image"},
      ParamSpec{.key = "mask",
                .label = "Mask",
                .doc = "A picture that is white where the start picture is painted anew and black where it stays.",
                .kind = ParamKind::Text,
                .initial = std::string(),
                .max = kMaxPathBytes,
                .absent_means = "the whole picture",
                .path_of = kPictureFiles,
                .needs = "image",
                .painted_on = "image"},
      ParamSpec{.key = "mask_blur",
                .label = "Mask blur",
                .unit = "px",
                .doc = "Width of the mask's soft edge, as the standard deviation of a Gaussian; pixels beyond three of it stay exactly.",
                .kind = ParamKind::Real,
                .initial = 4.0,
                .min = 0.0,
                .max = 64.0,
                .step = 1.0,
                .slider_min = 0.0,
                .slider_max = 32.0,
                .needs = "mask",
                .softens = "mask"},
  };
  static const Card card{.id = "start",
                         .label = "Start picture",
                         .source = "diffusers pipeline_stable_diffusion_xl_img2img.py, _inpaint.py",
                         .doc = "Starts from a picture instead of noise, or repaints the part of it under a mask.",
                         .params = params,
                         .kept_in_twin = true};
  return card;
}

Result<StartSettings> start_settings(const ParamSet& values) {
  const SectionValues read(start_card(), values);
  StartSettings settings{read.text("image"), read.real("strength"), read.text("mask"), read.real("mask_blur")};
  if (!settings.mask.empty() && settings.image.empty()) {
    return Error{ErrorCode::InvalidArgument, "start.mask needs a picture to repaint: start.image is absent"};
  }
  return settings;
}

int first_step_of(int steps, double strength) {
  return steps - std::clamp(static_cast<int>(steps * strength + 1e-9), 0, steps);
}

}  // namespace studio
