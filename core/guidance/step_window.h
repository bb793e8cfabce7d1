// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The part of a job's steps in which a term acts, given as two fractions of the steps.
#pragma once

#include "core/guidance/guidance.h"

#include <algorithm>

namespace studio {

// Steps at(start) <= step < at(stop).
struct StepWindow {
  double start = 0.0, stop = 1.0;  // 0..1

  // Whatever the number of steps is.
  bool is_empty() const { return start >= stop; }
  bool contains(const StepInfo& step) const { return step.step >= at(start, step.steps) && step.step < at(stop, step.steps); }
  // The first later step at which contains() may be different; the number of steps when there is none.
  int steady_until(const StepInfo& step) const {
    const int first = at(start, step.steps), end = at(stop, step.steps);
    if (step.step < first) return std::min(first, step.steps);
    return step.step < end ? std::min(end, step.steps) : step.steps;
  }

 private:
  // Fractions become whole steps by truncation; the small amount undoes 0.28 * 25 = 6.999...
  static int at(double fraction, int steps) { return static_cast<int>(fraction * steps + 1e-9); }
};

}  // namespace studio
