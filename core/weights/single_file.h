// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The tensors of a single-file model, part by part under diffusers names, and the way back.
#pragma once

#include "core/api/result.h"
#include "core/weights/checkpoint.h"
#include "core/weights/single_file_names.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace studio {

// By WeightPart.
using PartTensors = std::array<std::vector<SourceTensor>, 4>;

// Keys that no part knows come out under their own name, where TensorSource::finish() reports them;
// those of no part at all stand in the UNet's list. Known extras are left out.
PartTensors split_single_file(const std::shared_ptr<const SafetensorsFile>& file);

// The VAE of a file that holds one: a whole model's, or alone, in either naming. Other parts' keys are
// left out. Empty when there is none.
std::vector<SourceTensor> vae_tensors(const std::shared_ptr<const SafetensorsFile>& file);

// The other direction: tensors under the single file's keys, in the order text encoders, UNet, VAE.
// Errors: ModelUnloadable, naming tensors that have no place in a single file or lack their like.
Result<std::vector<SourceTensor>> join_single_file(const PartTensors& parts, const NamingSizes& sizes);

// How a part's tensor is called in a single file, with root; the name itself when it has no place there.
std::string single_file_key(const SingleFileNames& names, WeightPart part, std::string_view name);

}  // namespace studio
