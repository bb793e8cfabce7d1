// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The job's own parameters, and reading, writing and checking a job by parameter paths.
#include "core/api/request.h"

#include "core/api/nearest.h"

#include <algorithm>

namespace studio {
namespace {

constexpr std::string_view kGuidance = "guidance.";
constexpr std::size_t kMaxPrompts = 64;
constexpr double kMaxPromptBytes = 65'536;
constexpr double kMaxPathBytes = 4'096;
constexpr double kMaxSeed = 9223372036854775807.0;

Result<void> check_model(const std::string& text) {
  if (!text.empty()) return {};
  return Error{
      ErrorCode::InvalidArgument,
      "this is empty, but must be a bundled model's name, a folder or a .safetensors file"};
}

ParamSpec text_spec(std::string_view key, std::string_view label, std::string_view doc) {
  ParamSpec spec;
  spec.key = key;
  spec.label = label;
  spec.doc = doc;
  spec.kind = ParamKind::Text;
  spec.initial = std::string();
  spec.max = kMaxPromptBytes;
  return spec;
}

ParamSpec whole_number_spec(std::string_view key,
                            std::string_view label,
                            std::string_view doc,
                            std::int64_t initial,
                            double min,
                            double max) {
  ParamSpec spec;
  spec.key = key;
  spec.label = label;
  spec.doc = doc;
  spec.kind = ParamKind::Integer;
  spec.initial = initial;
  spec.min = min;
  spec.max = max;
  spec.step = 1;
  return spec;
}

ParamSpec choice_spec(std::string_view key,
                      std::string_view label,
                      std::string_view doc,
                      std::string_view initial,
                      std::vector<std::string_view> choices) {
  ParamSpec spec;
  spec.key = key;
  spec.label = label;
  spec.doc = doc;
  spec.kind = ParamKind::Choice;
  spec.initial = std::string(initial);
  spec.choices = std::move(choices);
  return spec;
}

ParamSpec side_spec(std::string_view key, std::string_view label, std::string_view doc) {
  ParamSpec side = whole_number_spec(key, label, doc, 1024, 8, 4096);
  side.unit = "px";
  side.step = 8;
  side.slider_min = 64;
  side.slider_max = 2048;
  side.absent_means = "the model's own size";
  return side;
}

std::vector<ParamSpec> make_job_specs() {
  const GenerationRequest initial;
  ParamSpec model = text_spec(
      "model", "Model", "A bundled model's name, a diffusers folder or a .safetensors file.");
  model.initial = initial.model;
  model.max = kMaxPathBytes;
  model.check_text = &check_model;
  model.file_kind = FileKind::Model;
  ParamSpec prompt = text_spec("prompt", "Prompt", "What the picture shows.");
  ParamSpec negative = text_spec(
      "negative_prompt", "Negative prompt", "What classifier-free guidance steers away from.");
  negative.absent_means = "the model's own empty condition";
  ParamSpec seed =
      whole_number_spec("seed",
                        "Seed",
                        "Start of the random numbers: the same seed gives the same picture.",
                        0,
                        0,
                        kMaxSeed);
  seed.absent_means = "a new one for each job";
  ParamSpec steps =
      whole_number_spec("steps",
                        "Steps",
                        "Denoising steps: more are slower and follow the model more closely.",
                        initial.steps,
                        1,
                        1000);
  steps.slider_min = 1;
  steps.slider_max = 60;
  ParamSpec spacing = choice_spec("spacing",
                                  "Step spacing",
                                  "Which of the model's 1000 noise levels the steps visit.",
                                  "leading",
                                  {"leading", "trailing", "linspace"});
  spacing.absent_means = "the model's own";
  return {model,
          prompt,
          negative,
          seed,
          side_spec("width", "Width", "Width of the picture."),
          side_spec("height", "Height", "Height of the picture."),
          steps,
          choice_spec("sampler",
                      "Sampler",
                      "How a step goes from one noise level to the next.",
                      initial.sampler,
                      {"euler", "euler_a", "ddim", "dpmpp_2m", "unipc", "lcm"}),
          spacing,
          choice_spec("sigmas",
                      "Noise levels",
                      "The model's own noise levels, or those of Karras et al. 2022.",
                      initial.sigmas,
                      {"model", "karras"})};
}

const ParamSpec& job_spec(std::string_view key) {
  const auto& specs = job_card().params;
  return *std::find_if(
      specs.begin(), specs.end(), [&](const ParamSpec& spec) { return spec.key == key; });
}

Error unknown_path(const Catalogue& catalogue, std::string_view path) {
  const auto params = job_params(catalogue);
  std::vector<std::string_view> known;
  known.reserve(params.size());
  for (const auto& param : params) known.push_back(param.path);
  std::string text = "\"";
  text.append(shown_text(path)).append("\" is not a parameter").append(did_you_mean(path, known));
  return {ErrorCode::InvalidArgument, text};
}

const ParamSpec* find_guidance(const Catalogue& catalogue, std::string_view key) {
  for (const Card& card : catalogue.terms) {
    for (const ParamSpec& spec : card.params) {
      if (spec.key == key) return &spec;
    }
  }
  return nullptr;
}

// The declaration of a parameter of a section; nullptr when `path` is none.
const ParamSpec* find_in_sections(const Catalogue& catalogue, std::string_view path) {
  for (const Card& card : catalogue.sections) {
    if (!path.starts_with(card.id) || !path.substr(card.id.size()).starts_with('.')) continue;
    const std::string_view key = path.substr(card.id.size() + 1);
    for (const ParamSpec& spec : card.params) {
      if (spec.key == key) return &spec;
    }
  }
  return nullptr;
}

// The declaration of any parameter; nullptr when `path` is none. Sweeps ask this for every cell.
const ParamSpec* find_param(const Catalogue& catalogue, std::string_view path) {
  if (path.starts_with(kGuidance)) return find_guidance(catalogue, path.substr(kGuidance.size()));
  for (const ParamSpec& spec : job_card().params) {
    if (spec.key == path) return &spec;
  }
  return find_in_sections(catalogue, path);
}

void set_in_sections(GenerationRequest& request,
                     const ParamSpec& spec,
                     std::string_view path,
                     const std::optional<ParamValue>& value) {
  const bool as_declared = !value || (spec.absent_means.empty() && *value == spec.initial);
  if (as_declared) {
    if (const auto found = request.sections.find(path); found != request.sections.end())
      request.sections.erase(found);
  } else {
    request.sections.insert_or_assign(std::string(path), *value);
  }
}

template <class T>
std::optional<ParamValue> optional_value(const std::optional<T>& value) {
  if (!value) return std::nullopt;
  return ParamValue(*value);
}

// The value of a parameter outside "guidance".
std::optional<ParamValue> job_value(const GenerationRequest& request, std::string_view key) {
  if (key == "model") return request.model;
  if (key == "prompt") {
    if (request.prompts.size() != 1) return std::nullopt;
    return request.prompts.front();
  }
  if (key == "negative_prompt") return optional_value(request.negative_prompt);
  if (key == "seed") return optional_value(request.seed);
  if (key == "width") return optional_value(request.width_px);
  if (key == "height") return optional_value(request.height_px);
  if (key == "steps") return request.steps;
  if (key == "sampler") return request.sampler;
  if (key == "spacing") return optional_value(request.spacing);
  return request.sigmas;
}

template <class T>
std::optional<T> as(const std::optional<ParamValue>& value) {
  if (!value) return std::nullopt;
  return std::get<T>(*value);
}

// `value` has been validated against the key's declaration.
void set_job_value(GenerationRequest& request,
                   std::string_view key,
                   const std::optional<ParamValue>& value) {
  if (key == "model") request.model = std::get<std::string>(*value);
  if (key == "prompt") request.prompts.front() = std::get<std::string>(*value);
  if (key == "negative_prompt") request.negative_prompt = as<std::string>(value);
  if (key == "seed") request.seed = as<std::int64_t>(value);
  if (key == "width") request.width_px = as<std::int64_t>(value);
  if (key == "height") request.height_px = as<std::int64_t>(value);
  if (key == "steps") request.steps = std::get<std::int64_t>(*value);
  if (key == "sampler") request.sampler = std::get<std::string>(*value);
  if (key == "spacing") request.spacing = as<std::string>(value);
  if (key == "sigmas") request.sigmas = std::get<std::string>(*value);
}

Result<void> validate_prompts(const std::vector<std::string>& prompts) {
  if (prompts.empty() || prompts.size() > kMaxPrompts) {
    return Error{ErrorCode::InvalidArgument,
                 "prompt has " + std::to_string(prompts.size()) +
                     " texts, but must have from 1 to " + std::to_string(kMaxPrompts)};
  }
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const std::string path = prompts.size() == 1 ? "prompt" : "prompt[" + std::to_string(i) + "]";
    if (auto valid = validate(job_spec("prompt"), path, prompts[i]); !valid) return valid;
  }
  return {};
}

}  // namespace

const Card& job_card() {
  static const std::vector<ParamSpec> specs = make_job_specs();
  static const Card card{
      "job", "Job", "", "What every job has, whatever its guidance.", specs, true};
  return card;
}

std::vector<JobParam> job_params(const Catalogue& catalogue) {
  std::vector<JobParam> params;
  for (const ParamSpec& spec : job_card().params) {
    params.push_back({std::string(spec.key), &spec, &job_card()});
  }
  for (const Card& card : catalogue.terms) {
    for (const ParamSpec& spec : card.params) {
      params.push_back({std::string(kGuidance).append(spec.key), &spec, &card});
    }
  }
  for (const Card& card : catalogue.sections) {
    for (const ParamSpec& spec : card.params) {
      params.push_back({std::string(card.id).append(".").append(spec.key), &spec, &card});
    }
  }
  return params;
}

Result<std::optional<ParamValue>> get(const GenerationRequest& request,
                                      const Catalogue& catalogue,
                                      std::string_view path) {
  if (path.starts_with(kGuidance)) {
    const std::string_view key = path.substr(kGuidance.size());
    const ParamSpec* const spec = find_guidance(catalogue, key);
    if (spec == nullptr) return unknown_path(catalogue, path);
    const auto found = request.guidance.find(key);
    return std::optional(found == request.guidance.end() ? spec->initial : found->second);
  }
  for (const ParamSpec& spec : job_card().params) {
    if (spec.key == path) return job_value(request, path);
  }
  if (const ParamSpec* const spec = find_in_sections(catalogue, path)) {
    const auto found = request.sections.find(path);
    if (found != request.sections.end()) return std::optional(found->second);
    if (!spec->absent_means.empty()) return std::optional<ParamValue>();
    return std::optional(spec->initial);
  }
  return unknown_path(catalogue, path);
}

Result<void> set(GenerationRequest& request,
                 const Catalogue& catalogue,
                 std::string_view path,
                 const std::optional<ParamValue>& value) {
  const ParamSpec* const spec = find_param(catalogue, path);
  if (spec == nullptr) return unknown_path(catalogue, path);
  if (value) {
    if (auto valid = validate(*spec, path, *value); !valid) return valid;
  } else if (spec->absent_means.empty()) {
    return Error{
        ErrorCode::InvalidArgument,
        std::string(path).append(" is absent, but must be ").append(allowed_values(*spec))};
  }
  if (path.starts_with(kGuidance)) {
    const std::string key(spec->key);
    if (value) {
      request.guidance[key] = *value;
    } else {
      request.guidance.erase(key);
    }
    return {};
  }
  if (find_in_sections(catalogue, path) != nullptr) {
    set_in_sections(request, *spec, path, value);
    return {};
  }
  if (path == "prompt" && request.prompts.size() != 1) {
    return Error{ErrorCode::InvalidArgument,
                 "prompt is a list of " + std::to_string(request.prompts.size()) +
                     " texts in this job, so one text cannot be put in its place"};
  }
  set_job_value(request, path, value);
  return {};
}

Result<void> validate(const GenerationRequest& request, const Catalogue& catalogue) {
  if (auto valid = validate_prompts(request.prompts); !valid) return valid;
  for (const ParamSpec& spec : job_card().params) {
    const auto value = job_value(request, spec.key);
    if (spec.key == "prompt" || !value) continue;  // absent where that has a meaning
    if (auto valid = validate(spec, spec.key, *value); !valid) return valid;
  }
  for (const auto& [key, value] : request.guidance) {
    const std::string path = std::string(kGuidance).append(key);
    const ParamSpec* const spec = find_guidance(catalogue, key);
    if (spec == nullptr) return unknown_path(catalogue, path);
    if (auto valid = validate(*spec, path, value); !valid) return valid;
  }
  for (const auto& [path, value] : request.sections) {
    const ParamSpec* const spec = find_in_sections(catalogue, path);
    if (spec == nullptr) return unknown_path(catalogue, path);
    if (auto valid = validate(*spec, path, value); !valid) return valid;
  }
  return {};
}

GenerationRequest unguided_twin(const GenerationRequest& request, const Catalogue& catalogue) {
  GenerationRequest twin = request;
  for (const Card& card : catalogue.terms) {
    if (card.kept_in_twin) continue;
    for (const ParamSpec& spec : card.params) {
      if (!spec.neutral) continue;
      const auto found = twin.guidance.find(spec.key);
      const ParamValue& now = found == twin.guidance.end() ? spec.initial : found->second;
      if (now != *spec.neutral)
        twin.guidance.insert_or_assign(std::string(spec.key), *spec.neutral);
    }
  }
  return twin;
}

}  // namespace studio
