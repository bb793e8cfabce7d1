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
  explicit PreviewBudget(double budget) : budget_(budget) {}

  // Time of the run that was no preview.
  void worked(double seconds) { worked_seconds_ += seconds; }
  // Whether a preview that costs so much may be made now. cost_seconds: 0 when not known. seconds_left:
  // what the run will still work; 0 at its last step, where the picture itself follows.
  bool affords(double cost_seconds, double seconds_left) const;
  void made(double seconds);

  bool is_unlimited() const { return budget_ >= 1; }
  // What all previews of the run may take together; no number to count on without a limit.
  double allowed_seconds(double seconds_left) const;
  // Of the run's time so far.
  double share() const;
  double spent_seconds() const { return spent_seconds_; }

 private:
  double budget_;
  double worked_seconds_ = 0, spent_seconds_ = 0;
  std::int64_t made_ = 0;
};

}  // namespace studio
