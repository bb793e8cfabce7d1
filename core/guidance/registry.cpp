// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The guidance terms of this build, in the order they are applied.
#include "core/base/check.h"
#include "core/guidance/guidance.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace studio {

#define STUDIO_TERMS(X) \
  X(cfg)                \
  X(seg)                \
  X(rescale)

#define STUDIO_DECLARE(name) const TermInfo& name##_term();
STUDIO_TERMS(STUDIO_DECLARE)
#undef STUDIO_DECLARE

std::span<const TermInfo* const> guidance_terms() {
#define STUDIO_ENTRY(name) &name##_term(),
  static const std::array terms{STUDIO_TERMS(STUDIO_ENTRY)};
#undef STUDIO_ENTRY
  return terms;
}

Result<std::vector<std::unique_ptr<GuidanceTerm>>> make_terms(const ParamSet& guidance, const LayerCounts& layers) {
  std::vector<std::unique_ptr<GuidanceTerm>> active;
  for (const TermInfo* info : guidance_terms()) {
    auto term = info->make(guidance, layers);
    if (!term) return term.error();
    if (term.value() != nullptr) active.push_back(std::move(term).value());
  }
  return active;
}

namespace {

template <class T>
T param(const Card& card, const ParamSet& params, std::string_view key) {
  const auto given = params.find(key);
  if (given != params.end()) return std::get<T>(given->second);
  const auto spec = std::find_if(card.params.begin(), card.params.end(), [&](const ParamSpec& s) { return s.key == key; });
  STUDIO_CHECK(spec != card.params.end(), key);
  return std::get<T>(spec->initial);
}

}  // namespace

double real_param(const Card& card, const ParamSet& params, std::string_view key) { return param<double>(card, params, key); }

std::string text_param(const Card& card, const ParamSet& params, std::string_view key) {
  return param<std::string>(card, params, key);
}

std::string exact_text(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%a", value);
  return text.data();
}

}  // namespace studio
