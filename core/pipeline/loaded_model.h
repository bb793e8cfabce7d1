// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A model in memory with the texts encoded for it; also one with LoRAs on, which shares the weights
// of the model without them.
#pragma once

#include <memory>
#include <string>

#include "core/pipeline/attachments.h"
#include "core/pipeline/prompts.h"

namespace studio {

// Threads: one at a time.
struct LoadedModel {
  LoadedModel(std::string its_base_key, std::shared_ptr<const SdxlModel> loaded)
      : base_key(std::move(its_base_key)), model(std::move(loaded)), prompts(model) {}
  // A view of `its_base` under LoRAs. `its_prompts`: of a model with the same text encoders.
  LoadedModel(std::shared_ptr<LoadedModel> its_base,
              std::shared_ptr<const SdxlModel> view,
              std::string its_key,
              PromptEncoder its_prompts)
      : base_key(its_base->base_key),
        model(std::move(view)),
        prompts(std::move(its_prompts)),
        attachments(its_base->attachments),
        lora_key(std::move(its_key)),
        base(std::move(its_base)) {}
  std::string base_key;  // see ModelUse
  std::shared_ptr<const SdxlModel> model;
  PromptEncoder prompts;
  std::shared_ptr<AttachmentShelf> attachments = std::make_shared<AttachmentShelf>();
  std::string lora_key;               // LoraShelf::key() of the LoRAs that are on; "" without
  std::shared_ptr<LoadedModel> base;  // the model without; null when this is it
};

}  // namespace studio
