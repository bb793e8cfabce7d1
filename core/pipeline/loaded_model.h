// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A model in memory with the texts encoded for it.
#pragma once

#include <memory>
#include <string>

#include "core/pipeline/attachments.h"
#include "core/pipeline/prompts.h"

namespace studio {

// Threads: one at a time.
struct LoadedModel {
  LoadedModel(std::string its_name, std::shared_ptr<const SdxlModel> loaded)
      : name(std::move(its_name)), model(std::move(loaded)), prompts(model) {}
  std::string name;  // as requests spell it
  std::shared_ptr<const SdxlModel> model;
  PromptEncoder prompts;
  std::shared_ptr<AttachmentShelf> attachments = std::make_shared<AttachmentShelf>();
};

}  // namespace studio
