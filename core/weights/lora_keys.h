// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One key of a LoRA file, taken apart: which module, and which of its tensors. And the keys of
// files that are something else.
#pragma once

#include "core/weights/lora_names.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace studio {

enum class LoraForm { Kohya, OldDiffusers, Peft };
// "kohya names": for reports.
std::string_view name_of(LoraForm form);

enum class LoraRole { Down, Up, Alpha, Magnitude };

struct LoraKey {
  LoraRole role = LoraRole::Down;
  LoraForm form = LoraForm::Kohya;
  std::string stem;  // the key as far as the module's tensors share it
  // Absent: the key is a LoRA's, but of no part of an SDXL model that is known by its prefix.
  std::optional<LoraPart> part;
  std::string module;           // without prefix
  bool is_underscored = false;  // the module's dots are written "_"
  bool is_peft_export = false;  // saved by PEFT itself: its settings are in a file beside
};

// Absent: the key is none of a LoRA's.
std::optional<LoraKey> parse_lora_key(std::string_view key);

// The kind of adapter that a key belongs to and that is not supported, as a phrase: "LoHa"; or "".
std::string_view unsupported_adapter(std::string_view key);

// The architecture that is not SDXL's and that these keys belong to: "Flux"; or "".
std::string_view foreign_architecture(std::span<const std::string_view> keys);

// What a file without a LoRA's keys is: "a whole model (checkpoint)"; or "".
std::string_view other_content(std::span<const std::string_view> keys);

}  // namespace studio
