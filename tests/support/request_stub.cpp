// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Stands in for core/api/request.cpp until that file exists; not compiled once it does.
#include "core/api/request.h"

#include <algorithm>

namespace studio {
namespace {

ParamSpec integer(
    std::string_view key, std::string_view label, std::int64_t initial, double min, double max) {
  ParamSpec spec{.key = key, .label = label, .unit = "", .doc = "A whole number of the job."};
  spec.kind = ParamKind::Integer;
  spec.initial = initial;
  spec.min = min, spec.max = max, spec.step = 1;
  return spec;
}

ParamSpec text(std::string_view key, std::string_view label, std::string initial) {
  ParamSpec spec{.key = key, .label = label, .unit = "", .doc = "A text of the job."};
  spec.kind = ParamKind::Text;
  spec.initial = std::move(initial);
  spec.max = 20000;
  return spec;
}

ParamSpec choice(std::string_view key,
                 std::string_view label,
                 std::vector<std::string_view> choices) {
  ParamSpec spec{.key = key, .label = label, .unit = "", .doc = "A choice of the job."};
  spec.kind = ParamKind::Choice;
  spec.initial = std::string(choices.front());
  spec.choices = std::move(choices);
  return spec;
}

const std::vector<ParamSpec>& specs() {
  static const std::vector<ParamSpec> all = [] {
    std::vector<ParamSpec> made = {
        text("model", "Model", "emoji-sdxl"),
        text("prompt", "Prompt", ""),
        text("negative_prompt", "Negative prompt", ""),
        integer("seed", "Seed", 0, 0, 9.2e18),
        integer("width", "Width", 0, 16, 8192),
        integer("height", "Height", 0, 16, 8192),
        integer("steps", "Steps", 25, 1, 1000),
        choice("sampler", "Sampler", {"euler", "euler_a", "ddim", "dpmpp_2m", "unipc"}),
        choice("spacing", "Spacing", {"leading", "trailing", "linspace"}),
        choice("sigmas", "Noise sigmas", {"model", "karras"})};
    made[2].absent_means = "zero embeddings where the model says so";
    made[3].absent_means = "drawn when the job starts";
    made[4].absent_means = made[5].absent_means = "the model's own size";
    made[6].slider_min = 1, made[6].slider_max = 100;
    made[8].absent_means = "the model's own";
    return made;
  }();
  return all;
}

template <class T>
std::optional<ParamValue> optional_value(const std::optional<T>& value) {
  return value ? std::optional<ParamValue>(*value) : std::nullopt;
}

template <class T>
std::optional<T> taken(const std::optional<ParamValue>& value) {
  return value ? std::optional<T>(std::get<T>(*value)) : std::nullopt;
}

}  // namespace

const Card& job_card() {
  static const Card card{.id = "job", .label = "Job", .source = "", .doc = "", .params = specs()};
  return card;
}

std::vector<JobParam> job_params(const Catalogue& catalogue) {
  std::vector<JobParam> all;
  for (const auto& spec : job_card().params)
    all.push_back({std::string(spec.key), &spec, &job_card()});
  for (const auto& card : catalogue.terms) {
    for (const auto& spec : card.params) {
      all.push_back({"guidance." + std::string(spec.key), &spec, &card});
    }
  }
  return all;
}

Result<std::optional<ParamValue>> get(const GenerationRequest& request,
                                      const Catalogue& catalogue,
                                      std::string_view path) {
  using Value = std::optional<ParamValue>;
  if (path == "model") return Value(request.model);
  if (path == "prompt")
    return Value(request.prompts.empty() ? std::string() : request.prompts.front());
  if (path == "negative_prompt") return optional_value(request.negative_prompt);
  if (path == "seed") return optional_value(request.seed);
  if (path == "width") return optional_value(request.width_px);
  if (path == "height") return optional_value(request.height_px);
  if (path == "steps") return Value(request.steps);
  if (path == "sampler") return Value(request.sampler);
  if (path == "spacing") return optional_value(request.spacing);
  if (path == "sigmas") return Value(request.sigmas);
  for (const auto& param : job_params(catalogue)) {
    if (param.path != path) continue;
    const auto found = request.guidance.find(param.spec->key);
    return Value(found == request.guidance.end() ? param.spec->initial : found->second);
  }
  return Error{ErrorCode::InvalidArgument, std::string(path) + " is no parameter of a job"};
}

Result<void> set(GenerationRequest& request,
                 const Catalogue& catalogue,
                 std::string_view path,
                 const std::optional<ParamValue>& value) {
  for (const auto& param : job_params(catalogue)) {
    if (param.path != path) continue;
    if (!value && param.spec->absent_means.empty()) {
      return Error{ErrorCode::InvalidArgument,
                   param.path + " is absent, but must be " + allowed_values(*param.spec)};
    }
    if (value) {
      if (auto valid = validate(*param.spec, path, *value); !valid) return valid;
    }
    if (path == "model")
      request.model = std::get<std::string>(*value);
    else if (path == "prompt")
      request.prompts = {std::get<std::string>(*value)};
    else if (path == "negative_prompt")
      request.negative_prompt = taken<std::string>(value);
    else if (path == "seed")
      request.seed = taken<std::int64_t>(value);
    else if (path == "width")
      request.width_px = taken<std::int64_t>(value);
    else if (path == "height")
      request.height_px = taken<std::int64_t>(value);
    else if (path == "steps")
      request.steps = std::get<std::int64_t>(*value);
    else if (path == "sampler")
      request.sampler = std::get<std::string>(*value);
    else if (path == "spacing")
      request.spacing = taken<std::string>(value);
    else if (path == "sigmas")
      request.sigmas = std::get<std::string>(*value);
    else
      request.guidance[std::string(param.spec->key)] = *value;
    return {};
  }
  return Error{ErrorCode::InvalidArgument, std::string(path) + " is no parameter of a job"};
}

Result<void> validate(const GenerationRequest& request, const Catalogue& catalogue) {
  for (const auto& param : job_params(catalogue)) {
    auto value = get(request, catalogue, param.path);
    if (!value) return value.error();
    if (!value.value()) continue;
    if (auto valid = validate(*param.spec, param.path, *value.value()); !valid) return valid;
  }
  return {};
}

GenerationRequest unguided_twin(const GenerationRequest& request, const Catalogue& catalogue) {
  GenerationRequest twin = request;
  for (const auto& card : catalogue.terms) {
    if (card.kept_in_twin) continue;
    for (const auto& spec : card.params) {
      twin.guidance.erase(std::string(spec.key));
      if (spec.neutral) twin.guidance[std::string(spec.key)] = *spec.neutral;
    }
  }
  return twin;
}

}  // namespace studio
