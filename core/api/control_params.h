// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A job's ControlNet and the picture it sees: declared once.
#pragma once

#include <string>

#include "core/api/params.h"

namespace studio {

// Parameters model, image, kind, scale, start, stop, canny_low, canny_high; their paths begin with "control.".
const Card& control_card();

struct ControlSettings {
  std::string model;  // "": none
  std::string image;
  bool finds_edges = false;  // kind "canny"
  double scale = 1;
  double start = 0, stop = 1;  // fractions of the steps
  double canny_low = 100, canny_high = 200;
  // Whether it does anything at some step.
  bool is_on() const { return !model.empty() && scale > 0 && start < stop; }
};

// `values` is keyed by whole path ("control.scale") and may hold other things; it has been validated.
// Errors: InvalidArgument for a ControlNet that has no picture.
Result<ControlSettings> control_settings(const ParamSet& values);

}  // namespace studio
