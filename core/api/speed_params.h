// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Approximations that make a job faster and its picture another one: declared once, all off as declared.
#pragma once

#include "core/api/params.h"

namespace studio {

// Parameters encoder_every and fp8; their paths begin with "speed.".
const Card& speed_card();

struct SpeedSettings {
  int encoder_every = 1;  // 1: the UNet runs whole at every step
  bool fp8 = false;       // self-attention's and feed-forward products in fp8
};

// `values` is keyed by whole path ("speed.encoder_every") and may hold other things; it has been validated.
SpeedSettings speed_settings(const ParamSet& values);

}  // namespace studio
