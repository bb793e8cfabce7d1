// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Prompts to what the UNet sees of them, kept while a model stays loaded.
#pragma once

#include "core/api/conditioning_params.h"
#include "core/model/sdxl_model.h"

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace studio {

// A job's texts. Both have as many tokens: 77, or with long prompts a multiple.
struct Texts {
  TextInput positive;
  std::optional<TextInput> negative;
};

// Threads: one at a time, copies included: they share what they keep.
class PromptEncoder {
 public:
  explicit PromptEncoder(std::shared_ptr<const SdxlModel> model)
      : model_(std::move(model)), kept_(std::make_shared<Kept>()) {}

  // states [B,77k,D], pooled [B,P]: both encoders' last layer but one (or an earlier one) side by side; the
  // second one's pool. k is 1 for plain prompts. Else every text is encoded in parts of 75 tokens, each
  // framed and padded as a whole text, and the shorter ones get parts of an empty text up to the longest;
  // pooled is that of the first part, as in other programs. Emphasis multiplies the states of a token,
  // then a part's mean is put back to what it was.
  // `negative`: absent when the job does not ask for it; null inside: all zeros when the model says so,
  // else the encoding of "".
  // Errors: InvalidArgument for emphasis that cannot be read, or more than kMostParts parts.
  // Source: diffusers pipeline_stable_diffusion_xl.py encode_prompt; parts, padding and emphasis:
  // AUTOMATIC1111 stable-diffusion-webui sd_hijack_clip.py, sd_emphasis.py ("Original"). Differs: parts
  // are not ended early at a comma, and the mean is that of one prompt, not of the whole batch.
  Result<Texts> encode_texts(const std::vector<std::string>& prompts,
                             const std::optional<std::optional<std::string>>& negative,
                             const TextOptions& options);

  // Plain texts on their own.
  TextInput encode(const std::vector<std::string>& prompts);
  TextInput encode_negative(const std::optional<std::string>& prompt, std::int64_t batch);

  static constexpr int kMostParts = 16;  // 1200 tokens

 private:
  // One text, in as many parts as it needs.
  Result<TextInput> encode_one(const std::string& prompt, const TextOptions& options);
  Result<std::vector<TextInput>> encode_each(const std::vector<std::string>& prompts, const TextOptions& options);
  TextInput padded(const TextInput& text, std::int64_t tokens, const TextOptions& options);
  void keep(const std::string& key, const TextInput& text);

  static constexpr std::int64_t kKeptTokens = 256 * 77;
  struct Kept {
    std::unordered_map<std::string, TextInput> texts;
    std::list<std::string> order;  // oldest first
    std::int64_t tokens = 0;
  };
  std::shared_ptr<const SdxlModel> model_;
  std::shared_ptr<Kept> kept_;
};

}  // namespace studio
