// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The job inside a PNG: for other programs as a line of settings, for this one as JSON.
#include "core/io/files.h"
#include "core/io/png.h"
#include "core/io/request_json.h"
#include "core/io/strict_json.h"

#include <algorithm>
#include <cctype>

namespace studio {
namespace {

constexpr std::string_view kProgram = "SEG Studio " STUDIO_VERSION;

// Values with separators are written as JSON text, as the program that began this form does.
std::string setting_value(std::string_view value) {
  if (value.find_first_of(",:\n\"") == value.npos) return std::string(value);
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add_setting(std::string& line, std::string_view name, std::string_view value) {
  line.append(line.empty() ? "" : ", ").append(name).append(": ").append(setting_value(value));
}

std::string_view sampler_label(const GenerationRequest& request, const Catalogue& catalogue) {
  for (const Card& card : catalogue.samplers) {
    if (card.id == request.sampler) return card.label;
  }
  return request.sampler;
}

// The last part of a path, without what would tell where somebody keeps their files.
std::string model_name(std::string_view model) {
  while (model.size() > 1 && model.ends_with('/')) model.remove_suffix(1);
  if (const auto slash = model.rfind('/'); slash != model.npos) model.remove_prefix(slash + 1);
  constexpr std::string_view kEnding = ".safetensors";
  if (model.ends_with(kEnding)) model.remove_suffix(kEnding.size());
  return std::string(model);
}

char to_upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

// "SEG blur sigma" from the term "seg" and the label "Blur sigma"; "CFG scale" stays as it is.
std::string setting_name(const Card& card, const ParamSpec& spec) {
  std::string id(card.id);
  std::transform(id.begin(), id.end(), id.begin(), to_upper);
  std::string label(spec.label);
  std::string upper = label.substr(0, id.size());
  std::transform(upper.begin(), upper.end(), upper.begin(), to_upper);
  if (upper == id) return label;
  const bool is_acronym =
      label.size() > 1 && std::isupper(static_cast<unsigned char>(label[1])) != 0;
  if (!label.empty() && !is_acronym) {
    label[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(label[0])));
  }
  return id + " " + label;
}

void add_guidance(std::string& line, const GenerationRequest& request, const Catalogue& catalogue) {
  const auto value_of = [&](const ParamSpec& spec) -> const ParamValue& {
    const auto found = request.guidance.find(spec.key);
    return found == request.guidance.end() ? spec.initial : found->second;
  };
  for (const Card& card : catalogue.terms) {
    const bool is_off =
        std::any_of(card.params.begin(), card.params.end(), [&](const ParamSpec& spec) {
          return spec.neutral && value_of(spec) == *spec.neutral;
        });
    for (const ParamSpec& spec : card.params) {
      if (spec.key == "cfg.scale" || is_off) continue;
      add_setting(line, setting_name(card, spec), to_text(value_of(spec)));
    }
  }
}

}  // namespace

std::string a1111_parameters(const GenerationRequest& request,
                             const Catalogue& catalogue,
                             std::size_t index) {
  std::string text = index < request.prompts.size() ? request.prompts[index] : "";
  text.append("\n");
  if (request.negative_prompt && !request.negative_prompt->empty()) {
    text.append("Negative prompt: ").append(*request.negative_prompt).append("\n");
  }
  std::string line;
  add_setting(line, "Steps", std::to_string(request.steps));
  add_setting(line, "Sampler", sampler_label(request, catalogue));
  if (request.sigmas == "karras") add_setting(line, "Schedule type", "Karras");
  // Other programs look for this name whatever the declaration's label is.
  if (const auto scale = get(request, catalogue, "guidance.cfg.scale"); scale && scale.value()) {
    add_setting(line, "CFG scale", to_text(*scale.value()));
  }
  if (request.seed) add_setting(line, "Seed", std::to_string(*request.seed));
  if (request.width_px && request.height_px) {
    add_setting(
        line, "Size", std::to_string(*request.width_px) + "x" + std::to_string(*request.height_px));
  }
  // Programs that start from pictures call it so.
  if (request.sections.contains("start.image")) {
    const auto strength = get(request, catalogue, "start.strength");
    if (strength && strength.value()) add_setting(line, "Denoising strength", to_text(*strength.value()));
  }
  add_setting(line, "Model", model_name(request.model));
  if (request.spacing) add_setting(line, "Step spacing", *request.spacing);
  add_guidance(line, request, catalogue);
  add_setting(line, "Version", kProgram);
  return text + line;
}

std::vector<PngText> job_texts(const GenerationRequest& request,
                               const Catalogue& catalogue,
                               const std::string& model_hash,
                               std::size_t index) {
  nlohmann::ordered_json root;
  root["job"] = nlohmann::ordered_json::parse(request_to_json(request, catalogue));
  if (request.prompts.size() > 1) root["image"] = index;
  root["model_hash"] = model_hash;
  root["program"] = kProgram;
  // ASCII, so that the chunk survives programs that know only Latin-1.
  return {{std::string(kParametersKeyword), a1111_parameters(request, catalogue, index)},
          {std::string(kJobKeyword),
           root.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace)}};
}

Result<GenerationRequest> request_from_png(const std::string& path, const Catalogue& catalogue) {
  const auto texts = read_png_texts(path);
  if (!texts) return texts.error();
  const auto& list = texts.value();
  const auto found = std::find_if(
      list.begin(), list.end(), [](const PngText& item) { return item.keyword == kJobKeyword; });
  if (found == list.end()) {
    return file_error(ErrorCode::BadFile,
                      path,
                      "this picture was not made by SEG Studio, or its job was removed from it");
  }
  const auto root = parse_strict(found->text, path);
  if (!root) return root.error();
  if (!root.value().is_object() || !root.value().contains("job")) {
    return file_error(
        ErrorCode::BadFile, path, "the picture's \"seg-studio\" text holds no \"job\"");
  }
  return request_from_json(root.value()["job"].dump(), catalogue, path);
}

}  // namespace studio
