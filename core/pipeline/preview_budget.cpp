// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// When a preview is affordable.
#include "core/pipeline/preview_budget.h"

namespace studio {

bool PreviewBudget::affords(double cost_seconds, double seconds_left) const {
  if (budget_ <= 0) return false;
  if (is_unlimited()) return true;
  if (seconds_left <= 0) return false;
  const double after = spent_seconds_ + cost_seconds;
  // The first one borrows from what the run will still earn.
  const double earned = worked_seconds_ + (made_ == 0 ? seconds_left : 0.0);
  return after <= budget_ * (earned + after);
}

void PreviewBudget::made(double seconds) {
  spent_seconds_ += seconds;
  ++made_;
}

double PreviewBudget::allowed_seconds(double seconds_left) const {
  return is_unlimited() ? 0.0 : budget_ / (1 - budget_) * (worked_seconds_ + seconds_left);
}

double PreviewBudget::share() const {
  const double all = worked_seconds_ + spent_seconds_;
  return all > 0 ? spent_seconds_ / all : 0.0;
}

}  // namespace studio
