// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A job run on a loaded model with the files it names, as the engine does it.
#pragma once

#include <QtTest>
#include <c10/core/InferenceMode.h>

#include "core/pipeline/attachments.h"
#include "core/pipeline/pipeline.h"
#include "tests/support/golden_cases.h"

namespace studio::testing {

class JobBench {
 public:
  explicit JobBench(const std::string& path) : model(load_test_model(path)), prompts(model) {}

  GenerationRequest resolved(const GenerationRequest& request) const {
    auto made = resolve(request, *model);
    if (!made) qFatal("%s", made.error().message.c_str());
    return std::move(made).value();
  }
  Result<Attachments> attachments(const GenerationRequest& request) { return shelf.get(resolved(request), *model, {}); }
  RunResult run(const GenerationRequest& request, RunOptions options = {}) {
    const c10::InferenceMode guard;
    RunInputs inputs;
    inputs.options = std::move(options);
    inputs.options.previews = false;
    inputs.keep_steps = true;
    auto files = attachments(request);
    if (!files) qFatal("%s", files.error().message.c_str());
    inputs.attachments = std::move(files).value();
    auto result = studio::run(resolved(request), *model, prompts, inputs, {});
    if (!result) qFatal("%s", result.error().message.c_str());
    return std::move(result).value();
  }

  std::shared_ptr<const SdxlModel> model;
  PromptEncoder prompts;
  AttachmentShelf shelf;
};

}  // namespace studio::testing
