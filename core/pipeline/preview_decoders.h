// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The tiny decoder that previews are made with: read once, and again when its file changes.
#pragma once

#include <memory>
#include <string>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "core/api/preview_choice.h"
#include "core/api/result.h"
#include "core/model/tiny_vae.h"

namespace studio {

// Threads: one at a time.
class PreviewDecoders {
 public:
  PreviewDecoders(c10::Device device, c10::ScalarType dtype) : device_(device), dtype_(dtype) {}

  struct Choice {
    std::shared_ptr<const TinyVae> decoder;  // null: none is asked for, or none can be had
    std::string note;                        // then why, as a sentence; "" otherwise
  };
  // Blocks on disk at first.
  Choice get(const PreviewChoice& choice);

 private:
  c10::Device device_;
  c10::ScalarType dtype_;
  std::string path_, stamp_;  // of what is kept
  Choice kept_;
};

}  // namespace studio
