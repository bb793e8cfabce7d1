// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Tokenising and encoding, one prompt at a time.
#include "core/pipeline/prompts.h"

#include "core/base/check.h"
#include "core/base/normal_tensors.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace studio {
namespace {

constexpr std::size_t kPart = Tokenizer::kTextLength;
constexpr std::size_t kMostTokens = kPart * PromptEncoder::kMostParts;

struct WeightedTokens {
  std::vector<std::int64_t> ids;
  std::vector<double> weights;
};

Result<WeightedTokens> tokenise(const std::vector<WeightedText>& pieces, const Tokenizer& tokenizer) {
  WeightedTokens all;
  for (const WeightedText& piece : pieces) {
    const auto ids = tokenizer.tokens(piece.text, kMostTokens + 1 - all.ids.size());
    all.ids.insert(all.ids.end(), ids.begin(), ids.end());
    all.weights.resize(all.ids.size(), piece.weight);
    if (all.ids.size() > kMostTokens) {
      return Error{ErrorCode::InvalidArgument, "the prompt is longer than " + std::to_string(kMostTokens) + " tokens; at most " +
                                                   std::to_string(PromptEncoder::kMostParts) + " parts of " + std::to_string(kPart) +
                                                   " are allowed"};
    }
  }
  return all;
}

std::size_t count_parts(const WeightedTokens& tokens) { return std::max<std::size_t>(1, (tokens.ids.size() + kPart - 1) / kPart); }

// States [1,77,D] with each token's times its weight, and their mean as before.
at::Tensor emphasised(const at::Tensor& states, const std::vector<double>& weights) {
  if (std::all_of(weights.begin(), weights.end(), [](double weight) { return weight == 1.0; })) return states;
  std::vector<double> framed(Tokenizer::kLength, 1.0);
  std::copy(weights.begin(), weights.end(), framed.begin() + 1);
  const at::ScalarType wide = states.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const at::Tensor before = states.to(wide);
  const at::Tensor after = before * at::tensor(framed, at::kDouble).to(before.options()).view({1, -1, 1});
  const double ratio = before.mean().item<double>() / after.mean().item<double>();
  return (std::isfinite(ratio) ? after * ratio : after).to(states.scalar_type());
}

// The parts of one text through one encoder, then parts of an empty text: states [1,77*count,D].
EncodedText encode_parts(const TextEncoder& encoder, const Tokenizer& tokenizer, const WeightedTokens& tokens, std::size_t count,
                         int clip_skip) {
  EncodedText all;
  std::vector<at::Tensor> states;
  for (std::size_t part = 0; part < count; ++part) {
    const auto begin = static_cast<std::ptrdiff_t>(std::min(part * kPart, tokens.ids.size()));
    const auto end = static_cast<std::ptrdiff_t>(std::min((part + 1) * kPart, tokens.ids.size()));
    const auto framed = tokenizer.framed({tokens.ids.begin() + begin, tokens.ids.begin() + end});
    const EncodedText one = encoder.encode({framed}, tokenizer.eos(), clip_skip);
    states.push_back(emphasised(one.states, {tokens.weights.begin() + begin, tokens.weights.begin() + end}));
    if (part == 0) all.pooled = one.pooled;
  }
  all.states = at::cat(states, 1);
  return all;
}

TextInput stacked(const std::vector<TextInput>& texts) {
  std::vector<at::Tensor> states, pooled;
  for (const TextInput& text : texts) {
    states.push_back(text.states);
    pooled.push_back(text.pooled);
  }
  return {at::cat(states, 0), at::cat(pooled, 0)};
}

}  // namespace

Result<TextInput> PromptEncoder::encode_one(const std::string& prompt, const TextOptions& options) {
  const std::string key = std::to_string(static_cast<int>(options.syntax)) + " " + std::to_string(options.clip_skip) + " " + prompt;
  if (const auto found = kept_->texts.find(key); found != kept_->texts.end()) return found->second;
  std::vector<WeightedText> pieces{WeightedText{prompt, 1.0}};
  if (options.syntax == PromptSyntax::Weighted) {
    auto parsed = parse_weighted_prompt(prompt);
    if (!parsed) return parsed.error();
    pieces = std::move(parsed).value();
  }
  // Kept texts outlive the job and may meet gradients later: normal tensors.
  const NormalTensors normal;
  EncodedText first, second;
  if (options.syntax == PromptSyntax::Plain) {
    first = model_->text_encoder_1.encode({model_->tokenizer_1.encode(prompt)}, model_->tokenizer_1.eos(), options.clip_skip);
    second = model_->text_encoder_2.encode({model_->tokenizer_2.encode(prompt)}, model_->tokenizer_2.eos(), options.clip_skip);
  } else {
    const auto tokens_1 = tokenise(pieces, model_->tokenizer_1), tokens_2 = tokenise(pieces, model_->tokenizer_2);
    if (!tokens_1) return tokens_1.error();
    if (!tokens_2) return tokens_2.error();
    // The tokenizers may count differently; their states stand side by side.
    const std::size_t parts = std::max(count_parts(tokens_1.value()), count_parts(tokens_2.value()));
    first = encode_parts(model_->text_encoder_1, model_->tokenizer_1, tokens_1.value(), parts, options.clip_skip);
    second = encode_parts(model_->text_encoder_2, model_->tokenizer_2, tokens_2.value(), parts, options.clip_skip);
  }
  const TextInput text{at::cat({first.states, second.states}, -1), second.pooled};
  keep(key, text);
  return text;
}

void PromptEncoder::keep(const std::string& key, const TextInput& text) {
  kept_->tokens += text.states.size(1);
  while (kept_->tokens > kKeptTokens && !kept_->order.empty()) {
    const auto oldest = kept_->texts.find(kept_->order.front());
    kept_->tokens -= oldest->second.states.size(1);
    kept_->texts.erase(oldest);
    kept_->order.pop_front();
  }
  kept_->order.push_back(key);
  kept_->texts.emplace(key, text);
}

Result<std::vector<TextInput>> PromptEncoder::encode_each(const std::vector<std::string>& prompts, const TextOptions& options) {
  std::vector<TextInput> texts;
  for (const std::string& prompt : prompts) {
    auto text = encode_one(prompt, options);
    if (!text) return text.error();
    texts.push_back(std::move(text).value());
  }
  return texts;
}

TextInput PromptEncoder::padded(const TextInput& text, std::int64_t tokens, const TextOptions& options) {
  std::vector<at::Tensor> states{text.states};
  std::int64_t there = text.states.size(1);
  while (there < tokens) {
    states.push_back(encode_one("", options).value().states);
    there += states.back().size(1);
  }
  STUDIO_CHECK(there == tokens, there, " tokens instead of ", tokens);
  return states.size() == 1 ? text : TextInput{at::cat(states, 1), text.pooled};
}

Result<Texts> PromptEncoder::encode_texts(const std::vector<std::string>& prompts,
                                          const std::optional<std::optional<std::string>>& negative, const TextOptions& options) {
  auto rows = encode_each(prompts, options);
  if (!rows) return rows.error();
  const bool is_zero = negative && !*negative && model_->index.zeros_for_empty_negative;
  std::optional<TextInput> against;
  std::int64_t tokens = 0;
  if (negative && !is_zero) {
    auto one = encode_one(negative->value_or(""), options);
    if (!one) return std::move(one).in_context("negative_prompt").error();
    against = std::move(one).value();
    tokens = against->states.size(1);
  }
  for (const TextInput& row : rows.value()) tokens = std::max(tokens, row.states.size(1));

  const NormalTensors normal;
  for (TextInput& row : rows.value()) row = padded(row, tokens, options);
  Texts texts{stacked(rows.value()), std::nullopt};
  const auto batch = static_cast<std::int64_t>(prompts.size());
  if (against) {
    const TextInput one = padded(*against, tokens, options);
    texts.negative = TextInput{one.states.repeat({batch, 1, 1}), one.pooled.repeat({batch, 1})};
  } else if (is_zero) {
    texts.negative = TextInput{at::zeros_like(texts.positive.states), at::zeros_like(texts.positive.pooled), /*is_zero=*/true};
  }
  return texts;
}

TextInput PromptEncoder::encode(const std::vector<std::string>& prompts) { return encode_texts(prompts, std::nullopt, {}).value().positive; }

TextInput PromptEncoder::encode_negative(const std::optional<std::string>& prompt, std::int64_t batch) {
  return *encode_texts(std::vector<std::string>(static_cast<std::size_t>(batch)), prompt, {}).value().negative;
}

}  // namespace studio
