// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Tokenising and encoding, one prompt at a time.
#include "core/pipeline/prompts.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

namespace studio {

TextInput PromptEncoder::encode_one(const std::string& prompt) {
  if (const auto found = kept_->texts.find(prompt); found != kept_->texts.end())
    return found->second;
  // Kept texts outlive the job and may meet gradients later: normal tensors.
  const c10::InferenceMode off(false);
  const c10::AutoGradMode no_grad(false);
  const EncodedText first = model_->text_encoder_1.encode({model_->tokenizer_1.encode(prompt)}, model_->tokenizer_1.eos());
  const EncodedText second = model_->text_encoder_2.encode({model_->tokenizer_2.encode(prompt)}, model_->tokenizer_2.eos());
  const TextInput text{at::cat({first.states, second.states}, -1), second.pooled};
  if (kept_->order.size() == kMost) {
    kept_->texts.erase(kept_->order.front());
    kept_->order.pop_front();
  }
  kept_->order.push_back(prompt);
  kept_->texts.emplace(prompt, text);
  return text;
}

TextInput PromptEncoder::encode(const std::vector<std::string>& prompts) {
  std::vector<at::Tensor> states, pooled;
  for (const std::string& prompt : prompts) {
    const TextInput one = encode_one(prompt);
    states.push_back(one.states);
    pooled.push_back(one.pooled);
  }
  const c10::InferenceMode off(false);
  return {at::cat(states, 0), at::cat(pooled, 0)};
}

TextInput PromptEncoder::encode_negative(const std::optional<std::string>& prompt, std::int64_t batch) {
  const TextInput one = encode_one(prompt.value_or(""));
  const c10::InferenceMode off(false);
  TextInput all{one.states.repeat({batch, 1, 1}), one.pooled.repeat({batch, 1})};
  if (!prompt && model_->index.zeros_for_empty_negative) {
    all = {at::zeros_like(all.states), at::zeros_like(all.pooled), /*is_zero=*/true};
  }
  return all;
}

}  // namespace studio
