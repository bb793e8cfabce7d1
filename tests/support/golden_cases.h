// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The reference cases as requests, and the distance the project measures by.
#pragma once

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include <QtGlobal>

#include <fstream>
#include <string>

#include "core/api/request.h"
#include "core/model/sdxl_model.h"
#include "core/weights/safetensors.h"

namespace studio::testing {

inline std::string tests_path(const std::string& name) { return std::string(STUDIO_TESTS_DIR) + "/" + name; }
inline std::string resources_path(const std::string& name) { return std::string(STUDIO_RESOURCES_DIR) + "/" + name; }

// Norm of the difference over norm of the reference; infinity when a value is not finite.
inline double relative_error(const at::Tensor& actual, const at::Tensor& expected) {
  if (actual.sizes() != expected.sizes() || !at::isfinite(actual).all().item<bool>()) return kInfinity;
  const at::Tensor wanted = expected.to(at::kDouble);
  return ((actual.to(at::kDouble) - wanted).norm() / wanted.norm().clamp_min(1e-30)).item<double>();
}

// For Qt's tests, which must include QTest themselves.
#define VERIFY_CLOSE(actual, expected, tolerance)                                        \
  do {                                                                                   \
    const double error = relative_error(actual, expected);                               \
    QVERIFY2(error <= (tolerance), qPrintable(QString("relative error %1").arg(error))); \
  } while (false)

inline nlohmann::json load_cases(const std::string& folder) {
  std::ifstream file(tests_path("golden/" + folder + "/cases.json"));
  return nlohmann::json::parse(file);
}

inline std::shared_ptr<const SafetensorsFile> load_golden(const std::string& folder, const std::string& name) {
  auto file = SafetensorsFile::open(tests_path("golden/" + folder + "/" + name + ".safetensors"));
  if (!file) qFatal("%s", file.error().message.c_str());
  return std::move(file).value();
}

// Latents [k,B,4,h,w] after some or all steps of a case, and which steps these are, rising, the last one among
// them: "step_indices" where a file keeps only some.
struct GoldenSteps {
  at::Tensor latents;
  std::vector<std::int64_t> indices;
};
inline GoldenSteps golden_steps(const SafetensorsFile& file) {
  GoldenSteps steps{file.tensor("steps"), {}};
  const std::int64_t count = steps.latents.size(0);
  const bool is_part = file.find("step_indices") != nullptr;
  const at::Tensor indices = is_part ? file.tensor("step_indices") : at::arange(count, at::kLong);
  steps.indices.assign(indices.const_data_ptr<std::int64_t>(), indices.const_data_ptr<std::int64_t>() + count);
  return steps;
}

inline std::shared_ptr<const SdxlModel> load_test_model(const std::string& path, at::ScalarType dtype = at::kFloat) {
  ModelOptions options;
  options.dtype = dtype;
  auto model = load_model(path, options);
  if (!model) qFatal("%s", model.error().message.c_str());
  return std::move(model).value();
}

// "dpmpp_2m_karras", "euler_trailing": the sampler, and what differs from its defaults.
inline void apply_scheduler(const std::string& name, GenerationRequest& request) {
  request.sampler = name;
  for (const std::string suffix : {"_trailing", "_leading", "_linspace", "_karras"}) {
    if (name.size() <= suffix.size() || name.substr(name.size() - suffix.size()) != suffix) continue;
    request.sampler = name.substr(0, name.size() - suffix.size());
    if (suffix == "_karras") request.sigmas = "karras";
    else request.spacing = suffix.substr(1);
  }
}

// A case of the SEG authors' pipeline as a request. Native size when the case names none.
inline GenerationRequest request_of_case(const nlohmann::json& item) {
  GenerationRequest request;
  if (item["prompt"].is_array()) request.prompts = item["prompt"].get<std::vector<std::string>>();
  else request.prompts = {item["prompt"].get<std::string>()};
  if (item.contains("negative_prompt")) request.negative_prompt = item["negative_prompt"].get<std::string>();
  request.seed = item["seed"].get<std::int64_t>();
  request.steps = item["num_inference_steps"].get<std::int64_t>();
  if (item.contains("height")) request.height_px = item["height"].get<std::int64_t>();
  if (item.contains("width")) request.width_px = item["width"].get<std::int64_t>();
  if (item.contains("scheduler")) apply_scheduler(item["scheduler"].get<std::string>(), request);
  request.guidance["cfg.scale"] = std::max(1.0, item["guidance_scale"].get<double>());
  request.guidance["cfg.rescale"] = item.value("guidance_rescale", 0.0);
  request.guidance["seg.scale"] = item["seg_scale"].get<double>();
  if (item.contains("seg_blur_sigma")) request.guidance["seg.sigma"] = item["seg_blur_sigma"].get<double>();
  for (const char* key : {"start", "stop"}) {
    const std::string name = key;
    if (item.contains("seg_" + name)) request.guidance["seg." + name] = item["seg_" + name].get<double>();
  }
  std::string layers;
  for (const char* key : {"seg_applied_layers_index", "seg_applied_layers"}) {
    if (!layers.empty() || !item.contains(key)) continue;
    for (const auto& layer : item[key]) layers += (layers.empty() ? "" : ",") + layer.get<std::string>();
  }
  request.guidance["seg.layers"] = layers.empty() ? "mid" : layers;
  if (item.contains("controlnet_conditioning_scale")) {
    request.sections["control.model"] = tests_path("golden/models/tiny-controlnet");
    request.sections["control.image"] = tests_path("golden/controlnet/" + item["control_image"].get<std::string>());
    request.sections["control.scale"] = item["controlnet_conditioning_scale"].get<double>();
  }
  return request;
}

}  // namespace studio::testing
