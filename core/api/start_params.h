// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A job's start from a picture, all of it or the part under a mask: declared once.
#pragma once

#include <string>

#include "core/api/params.h"

namespace studio {

inline constexpr std::string_view kPictureFiles = "*.png *.jpg *.jpeg *.webp";

// Parameters image, strength, mask, mask_blur; their paths begin with "start.".
const Card& start_card();

struct StartSettings {
  std::string image;  // "": the job starts from noise
  double strength = 0.8;
  std::string mask;   // "": the whole picture
  double mask_blur_px = 4;
  bool is_on() const { return !image.empty(); }
};

// `values` is keyed by whole path ("start.image") and may hold other things; it has been validated.
// Errors: InvalidArgument for a mask without a picture.
Result<StartSettings> start_settings(const ParamSet& values);

// How many first steps a start from a picture leaves out: steps - floor(steps * strength), so that `strength`
// is the part of the steps that is run. 0: the job starts from noise alone.
// Source: diffusers 0.30.3 pipeline_stable_diffusion_xl_img2img.py get_timesteps. Differs: 0.29 * 100 =
// 28.999... counts as 29.
int first_step_of(int steps, double strength);

}  // namespace studio
