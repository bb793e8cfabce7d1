// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Choosing a method by what it costs.
#include "core/pipeline/preview_plan.h"

#include <algorithm>

namespace studio {

void PreviewPlan::expect(const PreviewCosts& known) {
  known_ = known;
  // What this very run measured at the size before counts no more.
  spent_ = times_ = {};
}

void PreviewPlan::stepped(double seconds) {
  budget_.worked(seconds);
  step_seconds_ += seconds;
  steps_ += 1;
}

void PreviewPlan::made(PreviewMethod method, double seconds) {
  budget_.made(seconds);
  spent_.of(method) += seconds;
  times_.of(method) += 1;
}

void PreviewPlan::give_up(PreviewMethod method) {
  if (method == PreviewMethod::Taesd) has_decoder_ = false;
  if (method == PreviewMethod::Vae) has_vae_ = false;
}

bool PreviewPlan::may_use(PreviewMethod method) const {
  if (method == PreviewMethod::Taesd) return has_decoder_;
  return method != PreviewMethod::Vae || has_vae_;
}

double PreviewPlan::cost(PreviewMethod method) const {
  if (times_.of(method) > 0) return spent_.of(method) / times_.of(method);
  if (known_.of(method) > 0 || method != PreviewMethod::Taesd) return known_.of(method);
  // Not tried yet. SDXL's own decoder does more than ten times its work.
  constexpr double kLargestPart = 0.25;
  return kLargestPart * cost(PreviewMethod::Vae);
}

PreviewCosts PreviewPlan::measured() const {
  PreviewCosts means;
  for (const auto& [method, id] : kPreviewMethods) {
    if (times_.of(method) > 0) means.of(method) = spent_.of(method) / times_.of(method);
  }
  return means;
}

PreviewMethod PreviewPlan::best(double seconds_left) const {
  if (method_ != PreviewMethod::Auto) return may_use(method_) ? method_ : PreviewMethod::Rgb;
  const double allowed = budget_.allowed_seconds(seconds_left);
  const double mean_step = steps_ > 0 ? step_seconds_ / steps_ : 0;
  const double steps = steps_ + (mean_step > 0 ? seconds_left / mean_step : 0);
  for (const PreviewMethod method : {PreviewMethod::Vae, PreviewMethod::Taesd}) {
    if (!may_use(method)) continue;
    if (budget_.is_unlimited()) return method;
    // Nothing dear is tried unasked: the model's own decoder is measured at the end of every run.
    if (const double seconds = cost(method); seconds > 0 && allowed / seconds * kSparsest >= steps) return method;
  }
  return PreviewMethod::Rgb;
}

std::optional<PreviewMethod> PreviewPlan::next(double seconds_left) const {
  const PreviewMethod method = best(seconds_left);
  if (!budget_.affords(cost(method), seconds_left)) return std::nullopt;
  return method;
}

}  // namespace studio
