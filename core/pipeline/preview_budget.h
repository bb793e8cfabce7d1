// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Keeps previews to a given part of a run's time, by measuring both.
#pragma once

#include <cstdint>

namespace studio {

// The first preview comes early, so that a moved slider answers at once; later ones as often as the
// budget allows. Knows no clock: it is told what took how long.
// Threads: one at a time.
class PreviewBudget {
 public:
  // budget: largest part of the run that previews may take; 0 makes none, 1 or more one a step.
  // expected_seconds: what a preview will cost, as an earlier run found; 0: not known.
  explicit PreviewBudget(double budget, double expected_seconds = 0) : budget_(budget), expected_seconds_(expected_seconds) {}

  // Time of the run that was no preview.
  void worked(double seconds) { worked_seconds_ += seconds; }
  // Whether a preview may be made now. seconds_left: what the run will still work; 0 at its last step,
  // where the picture itself follows.
  bool wants(double seconds_left) const;
  void made(double seconds);

  // Of the run's time so far.
  double share() const;
  // A preview's mean cost in seconds, of this run or else as expected; 0: not known.
  double cost_seconds() const { return made_ > 0 ? spent_seconds_ / static_cast<double>(made_) : expected_seconds_; }

 private:
  double budget_, expected_seconds_;
  double worked_seconds_ = 0, spent_seconds_ = 0;
  std::int64_t made_ = 0;
};

}  // namespace studio
