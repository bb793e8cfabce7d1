// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The samplers of this build, in the order forms show them, and the way from an id to one.
#include "core/sampling/edm_sampler.h"
#include "core/sampling/sampler.h"
#include "core/sampling/schedule.h"

#include <array>

// One line a sampler: X(name) needs name_sampler() in some .cpp of this folder.
#define STUDIO_SAMPLERS(X) \
  X(euler)                 \
  X(euler_ancestral)       \
  X(ddim)                  \
  X(dpmpp_2m)              \
  X(unipc)                 \
  X(lcm)

namespace studio {

#define STUDIO_DECLARE(name) const SamplerInfo& name##_sampler();
STUDIO_SAMPLERS(STUDIO_DECLARE)
#undef STUDIO_DECLARE

std::span<const SamplerInfo* const> samplers() {
#define STUDIO_ENTRY(name) &name##_sampler(),
  static const std::array all{STUDIO_SAMPLERS(STUDIO_ENTRY)};
#undef STUDIO_ENTRY
  return all;
}

Result<std::unique_ptr<Sampler>> make_sampler(std::string_view id,
                                              const SamplerSettings& settings) {
  std::string known;
  for (const SamplerInfo* info : samplers()) {
    if (info->card.id == id) {
      std::string problem = find_settings_problem(settings);
      if (problem.empty() && info->find_problem != nullptr) problem = info->find_problem(settings);
      if (!problem.empty()) return Error{ErrorCode::InvalidArgument, std::move(problem)};
      return settings.config.edm ? make_edm_sampler(*info, settings) : info->make(settings);
    }
    known += (known.empty() ? "" : ", ") + std::string(info->card.id);
  }
  return Error{ErrorCode::InvalidArgument,
               "sampler \"" + std::string(id) + "\" is not known; allowed: " + known};
}

Result<Spacing> parse_spacing(std::string_view id) {
  if (id == "leading") return Spacing::Leading;
  if (id == "trailing") return Spacing::Trailing;
  if (id == "linspace") return Spacing::Linspace;
  return Error{
      ErrorCode::InvalidArgument,
      "spacing \"" + std::string(id) + "\" is not known; allowed: leading, trailing, linspace"};
}

Result<Prediction> parse_prediction(std::string_view id) {
  if (id == "epsilon") return Prediction::Epsilon;
  if (id == "v_prediction") return Prediction::Velocity;
  if (id == "sample") return Prediction::Clean;
  return Error{ErrorCode::InvalidArgument,
               "prediction \"" + std::string(id) +
                   "\" is not known; allowed: epsilon, v_prediction, sample"};
}

Result<SigmaKind> parse_sigma_kind(std::string_view id) {
  if (id == "model") return SigmaKind::Model;
  if (id == "karras") return SigmaKind::Karras;
  return Error{ErrorCode::InvalidArgument,
               "sigmas \"" + std::string(id) + "\" is not known; allowed: model, karras"};
}

}  // namespace studio
