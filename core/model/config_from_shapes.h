// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Configurations of a model that comes without them: sizes from the shapes of its tensors, the rest as in
// SDXL. They are written as the JSON of a diffusers folder, so that one reader checks both.
#pragma once

#include "core/model/configs.h"
#include "core/weights/checkpoint.h"

#include <string>
#include <vector>

namespace studio {

// `tensors` under diffusers names. Each result is JSON text. What cannot be found is left out or said to be
// what SDXL has; the loader then reports the tensors that do not fit.
// Errors: ModelUnloadable when the blocks are built as no SDXL configuration can say.
// `pooled_width`: of the second text encoder, 0 when unknown.
Result<std::string> unet_config_of(const std::vector<SourceTensor>& tensors, std::int64_t pooled_width);
std::string vae_config_of(const std::vector<SourceTensor>& tensors);
std::string text_encoder_config_of(const std::vector<SourceTensor>& tensors, bool is_second);

// Rows of a text encoder's token table; 0 when there is none.
std::int64_t vocabulary_of(const std::vector<SourceTensor>& tensors);

// What shapes tell is equal in both.
bool has_same_shapes(const UnetConfig& a, const UnetConfig& b);
bool has_same_shapes(const VaeConfig& a, const VaeConfig& b);
bool has_same_shapes(const TextEncoderConfig& a, const TextEncoderConfig& b);

// Whether the sizes are the published ones, whose other settings are known.
bool is_sdxl(const UnetConfig& config);
bool is_sdxl(const VaeConfig& config);
bool is_sdxl(const TextEncoderConfig& config, bool is_second);

// What a single file can say about its noise schedule beside its tensors' shapes.
struct ScheduleMarks {
  bool v_prediction = false, zero_terminal_snr = false;
};
std::string sdxl_scheduler_config(const ScheduleMarks& marks);
// The given scheduler configuration with the marks in it.
Result<std::string> marked_scheduler_config(const ConfigFile& base, const ScheduleMarks& marks);
std::string sdxl_model_index();

}  // namespace studio
