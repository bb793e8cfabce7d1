// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a job computes with: a model, parts of others in its place, and LoRAs.
#pragma once

#include "core/api/lora_params.h"
#include "core/api/request.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace studio {

struct ModelUse {
  ModelUse() = default;
  ModelUse(std::string its_name, std::vector<LoraUse> its_loras = {})  // NOLINT: a name alone is a use
      : name(std::move(its_name)), loras(std::move(its_loras)) {}

  std::string name;                // as requests spell it
  std::string vae, text_encoders;  // "": the model's own
  std::vector<LoraUse> loras;      // those that do something

  // Equal for equal weights in memory, LoRAs aside.
  std::string base_key() const;
  std::string key() const;
};

// The request has been validated.
ModelUse model_use_of(const GenerationRequest& request);

// Whether a parameter's whole effect is in its job's ModelUse, so that the hashes of the files say
// more than its value does.
bool is_of_model(std::string_view path);

}  // namespace studio
