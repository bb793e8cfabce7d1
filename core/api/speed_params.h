// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Approximations that make a job faster and its picture another one: declared once, all off as declared.
#pragma once

#include "core/api/params.h"

namespace studio {

// Parameter encoder_every; its path begins with "speed.".
const Card& speed_card();

struct SpeedSettings {
  int encoder_every = 1;  // 1: the UNet runs whole at every step
};

// `values` is keyed by whole path ("speed.encoder_every") and may hold other things; it has been validated.
SpeedSettings speed_settings(const ParamSet& values);

}  // namespace studio
