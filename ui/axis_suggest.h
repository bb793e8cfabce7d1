// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Ready-made values for an axis, and a first sweep, from the parameters' declarations alone.
#pragma once

#include "core/api/sweep.h"

#include <QString>

#include <vector>

namespace studio::ui {

struct AxisSuggestion {
  QString label;   // "Five evenly spaced"
  QString values;  // as it would be typed
};

// Best first; never empty. `now`: the parameter's value in the job under the sweep.
std::vector<AxisSuggestion> suggestionsFor(const ParamSpec& spec,
                                           const std::string& path,
                                           const AxisValue& now);

// The parameter a further axis would most likely be over: of the guidance under study first.
// nullptr when all are taken.
const JobParam* likelyAxis(const std::vector<JobParam>& params,
                           const std::vector<SweepAxis>& taken);

// The grid of the guidance under study: its widths across, its strengths down.
std::vector<SweepAxis> exampleAxes(const Catalogue& catalogue);

}  // namespace studio::ui
