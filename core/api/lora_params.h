// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The LoRAs of a job: eight slots of a file and its weights, declared once.
#pragma once

#include "core/api/params.h"

#include <string>
#include <vector>

namespace studio {

// A LoRA file and how much of it: 1 is what it was trained for, negative weights turn it around.
struct LoraUse {
  std::string file;
  double unet_weight = 1, text_weight = 1;

  bool operator==(const LoraUse&) const = default;
};

inline constexpr int kLoraSlots = 8;

// Parameters "1.file", "1.weight", "1.text_weight" to "8. ..."; their paths begin with "lora.".
const Card& lora_card();

// The LoRAs that the values of a job name, in the order of the slots. `values` is keyed by whole
// path
// ("lora.1.file") and may hold other things. A slot without a file is empty; one with both weights
// 0 does nothing. Neither is in the result. Errors: InvalidArgument naming the path, for a value
// that the card does not allow or an unknown key under "lora.".
Result<std::vector<LoraUse>> loras_of(const ParamSet& values);

}  // namespace studio
