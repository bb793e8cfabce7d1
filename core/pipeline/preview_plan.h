// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// By which method a preview is made, and when: the best one that keeps to a part of the run's time.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "core/api/preview_choice.h"
#include "core/pipeline/preview_budget.h"

namespace studio {

// Seconds that one preview costs by each method; 0: not known.
class PreviewCosts {
 public:
  double& of(PreviewMethod method) { return seconds_[static_cast<std::size_t>(method)]; }
  double of(PreviewMethod method) const { return seconds_[static_cast<std::size_t>(method)]; }

 private:
  std::array<double, kPreviewMethods.size()> seconds_{};
};

// Knows no clock and no pictures: it is told what took how long.
// Threads: one at a time.
class PreviewPlan {
 public:
  // A better method is used when the budget allows it at every so many steps; a picture that moves less
  // often than that is worse company than a rough one.
  static constexpr double kSparsest = 4;

  // budget: largest part of the run that previews may take; 0 makes none, 1 or more one a step.
  // `known`: what earlier runs found.
  PreviewPlan(double budget, PreviewMethod method, bool has_decoder, const PreviewCosts& known)
      : budget_(budget), method_(method), has_decoder_(has_decoder), known_(known) {}

  // What the next previews will cost, for a run whose pictures differ in size.
  void expect(const PreviewCosts& known);
  // Time of the run that was no preview: a step, or something else.
  void stepped(double seconds);
  void worked(double seconds) { budget_.worked(seconds); }
  // How a preview is to be made now, if at all. seconds_left: what the run will still work; 0 at its
  // last step, where the picture itself follows.
  std::optional<PreviewMethod> next(double seconds_left) const;
  void made(PreviewMethod method, double seconds);
  // The method does not work here.
  void give_up(PreviewMethod method);

  // Of the run's time so far.
  double share() const { return budget_.share(); }
  double spent_seconds() const { return budget_.spent_seconds(); }
  // Mean costs of the methods that were used.
  PreviewCosts measured() const;

 private:
  bool may_use(PreviewMethod method) const;
  double cost(PreviewMethod method) const;
  PreviewMethod best(double seconds_left) const;

  PreviewBudget budget_;
  PreviewMethod method_;
  bool has_decoder_, has_vae_ = true;
  PreviewCosts known_, spent_, times_;
  double step_seconds_ = 0, steps_ = 0;
};

}  // namespace studio
