// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A LoRA file's tensors made ready for one model, and views of that model with LoRAs on. A view
// shares every weight with the model; it costs a list of layers, not a copy.
#pragma once

#include "core/api/result.h"
#include "core/model/adapters.h"
#include "core/model/sdxl_model.h"
#include "core/weights/lora_file.h"

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace studio {

// Threads: immutable.
struct PreparedLora {
  std::string path;
  std::int64_t bytes = 0;  // of memory that only it uses
  // By part: the number of a layer in the network's order, and what is added there.
  std::array<std::vector<std::pair<int, std::shared_ptr<const Adapter>>>, 3> layers;

  bool touches(LoraPart part) const { return !layers[static_cast<std::size_t>(part)].empty(); }
};

// Converts a file's tensors to their layers' dtypes and device; for DoRA also takes the norms of the
// rows of the weights it touches. The file may be closed afterwards. Errors: BadFile naming the
// modules that the model does not have, or whose shapes differ from its layers', or the
// architecture the file was made for; values that are not finite. OutOfMemory. Throws what
// checkpoint throws, which is called between modules. Blocks.
Result<std::shared_ptr<const PreparedLora>> prepare_lora(const LoraFile& file,
                                                         const SdxlModel& model,
                                                         const std::function<void()>& checkpoint);

struct LoraWeights {
  std::shared_ptr<const PreparedLora> lora;  // prepared for this model
  double unet = 1, text = 1;                 // finite; 0 leaves the part as it is
};

// The model with LoRAs on, in their order: W' = W + sum of weight (alpha / r) B A, computed beside
// W, which is not touched. See AdapterStack for DoRA.
std::shared_ptr<const SdxlModel> with_loras(const SdxlModel& model,
                                            std::span<const LoraWeights> loras);

}  // namespace studio
