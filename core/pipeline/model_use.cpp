// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Taking what concerns the weights out of a job.
#include "core/pipeline/model_use.h"

#include "core/api/model_params.h"
#include "core/base/check.h"
#include "core/guidance/guidance.h"

namespace studio {
namespace {

// Any text may stand in a path, so lengths keep neighbours apart.
void append(std::string& all, std::string_view text) {
  all += std::to_string(text.size()) + ":";
  all += text;
}

}  // namespace

std::string ModelUse::base_key() const {
  std::string text;
  append(text, name);
  append(text, vae);
  append(text, text_encoders);
  return text;
}

std::string ModelUse::key() const {
  std::string text = base_key();
  for (const LoraUse& lora : loras) {
    append(text, lora.file);
    append(text, exact_text(lora.unet_weight));
    append(text, exact_text(lora.text_weight));
  }
  return text;
}

ModelUse model_use_of(const GenerationRequest& request) {
  const ModelParams params = model_params(request.sections);
  auto loras = loras_of(request.sections);
  STUDIO_CHECK(loras, loras.error().message);
  ModelUse use(request.model, std::move(loras).value());
  use.vae = params.vae.value_or("");
  use.text_encoders = params.text_encoders.value_or("");
  return use;
}

bool is_of_model(std::string_view path) {
  return path.starts_with("lora.") || path == "model_options.vae" ||
         path == "model_options.text_encoders";
}

}  // namespace studio
