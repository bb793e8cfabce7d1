// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Prompts to what the UNet sees of them, kept while a model stays loaded.
#pragma once

#include "core/model/sdxl_model.h"

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace studio {

// Threads: one at a time, copies included: they share what they keep.
class PromptEncoder {
 public:
  explicit PromptEncoder(std::shared_ptr<const SdxlModel> model)
      : model_(std::move(model)), kept_(std::make_shared<Kept>()) {}

  // states [B,77,D], pooled [B,P]: both encoders' last layer but one side by side; the second one's pool.
  // Source: diffusers pipeline_stable_diffusion_xl.py encode_prompt.
  TextInput encode(const std::vector<std::string>& prompts);
  // An absent negative prompt is all zeros when the model says so, else the encoding of "".
  TextInput encode_negative(const std::optional<std::string>& prompt, std::int64_t batch);

 private:
  TextInput encode_one(const std::string& prompt);

  static constexpr std::size_t kMost = 256;
  struct Kept {
    std::unordered_map<std::string, TextInput> texts;
    std::list<std::string> order;  // oldest first
  };
  std::shared_ptr<const SdxlModel> model_;
  std::shared_ptr<Kept> kept_;
};

}  // namespace studio
