// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The tiny model as a single file, whole or with a test's changes.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/model/sdxl_model.h"
#include "core/weights/single_file.h"
#include "tests/support/golden_cases.h"

namespace studio::testing {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

inline std::string tiny_folder() { return tests_path("golden/models/tiny-sdxl"); }

// Every tensor of the tiny model under the single file's keys.
inline NamedTensors tiny_tensors() {
  auto files = ModelFiles::open(tiny_folder());
  if (!files) qFatal("%s", files.error().message.c_str());
  PartTensors parts;
  for (const WeightPart part : kWeightParts) {
    auto source = files.value().weights(part, at::kFloat);
    if (!source) qFatal("%s", source.error().message.c_str());
    parts[static_cast<std::size_t>(part)] = source.value().tensors();
  }
  NamingSizes sizes;
  sizes.vae_layers_per_block = 1;
  sizes.text_layers_2 = 3;
  auto joined = join_single_file(parts, sizes);
  if (!joined) qFatal("%s", joined.error().message.c_str());
  NamedTensors tensors;
  for (const SourceTensor& tensor : joined.value()) tensors.emplace_back(tensor.name, tensor.read().contiguous());
  return tensors;
}

inline void write_tensors_to(const std::string& path, const NamedTensors& tensors, const std::map<std::string, std::string>& metadata = {}) {
  auto written = write_safetensors(path, tensors, metadata);
  if (!written) qFatal("%s", written.error().message.c_str());
}

// Those whose key begins with `start`, without it when `stripped`.
inline NamedTensors only(const NamedTensors& tensors, const std::string& start, bool stripped = false) {
  NamedTensors kept;
  for (const auto& [name, tensor] : tensors) {
    if (name.starts_with(start)) kept.emplace_back(stripped ? name.substr(start.size()) : name, tensor);
  }
  return kept;
}
inline NamedTensors without(const NamedTensors& tensors, const std::string& start) {
  NamedTensors kept;
  for (const auto& named : tensors) {
    if (!named.first.starts_with(start)) kept.push_back(named);
  }
  return kept;
}
inline at::Tensor& tensor_named(NamedTensors& tensors, const std::string& name) {
  for (auto& [key, tensor] : tensors) {
    if (key == name) return tensor;
  }
  qFatal("there is no %s", name.c_str());
}

}  // namespace studio::testing
