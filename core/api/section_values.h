// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One section's parameters out of a job's values, each as declared where the job does not say.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "core/api/params.h"

namespace studio {

inline constexpr double kMaxPathBytes = 4'096;

// `values` is keyed by whole path, "start.image"; it has been validated and outlives this.
class SectionValues {
 public:
  SectionValues(const Card& card, const ParamSet& values) : card_(card), values_(values) {}

  std::string text(std::string_view key) const { return std::get<std::string>(value(key)); }
  double real(std::string_view key) const { return std::get<double>(value(key)); }
  bool flag(std::string_view key) const { return std::get<bool>(value(key)); }
  std::int64_t whole_number(std::string_view key) const { return std::get<std::int64_t>(value(key)); }

 private:
  const ParamValue& value(std::string_view key) const {
    const auto found = values_.find(std::string(card_.id).append(".").append(key));
    if (found != values_.end()) return found->second;
    return std::find_if(card_.params.begin(), card_.params.end(), [&](const ParamSpec& spec) { return spec.key == key; })->initial;
  }

  const Card& card_;
  const ParamSet& values_;
};

}  // namespace studio
