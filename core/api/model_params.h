// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a job says of its model where the model's files do not, in the section "model_options".
#pragma once

#include "core/api/params.h"

namespace studio {

const Card& model_card();

// The values of a request's sections, which have been validated; absent: the model's own.
struct ModelParams {
  std::optional<std::string> prediction;  // epsilon, v_prediction, sample
  std::optional<bool> zero_snr;
  std::optional<std::string> vae, text_encoders;  // files or folders
};
ModelParams model_params(const ParamSet& sections);

}  // namespace studio
