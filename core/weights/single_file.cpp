// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Tensors stay in the mapped file; what must change on the way is a view of it wherever possible.
#include "core/weights/single_file.h"

#include "core/io/files.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <utility>

namespace studio {
namespace {

std::vector<std::string_view> keys_of(const SafetensorsFile& file) {
  std::vector<std::string_view> keys;
  keys.reserve(file.entries().size());
  for (const SafetensorsEntry& entry : file.entries()) keys.push_back(entry.name);
  return keys;
}

// The tensor under its diffusers name. One that cannot be changed as its name asks keeps its shape, which
// then is reported as wrong.
SourceTensor changed(SourceTensor tensor, const TensorName& to) {
  tensor.name = to.name;
  std::vector<std::int64_t>& shape = tensor.shape;
  switch (to.change) {
    case TensorChange::None: return tensor;
    case TensorChange::Squeeze:
      if (shape.size() != 4 || shape[2] != 1 || shape[3] != 1) return tensor;
      shape.resize(2);
      tensor.read = [read = std::move(tensor.read)] { return read().flatten(1); };
      return tensor;
    case TensorChange::Transpose:
      if (shape.size() != 2) return tensor;
      std::swap(shape[0], shape[1]);
      tensor.read = [read = std::move(tensor.read)] { return read().t(); };
      return tensor;
    case TensorChange::Third:
      if (shape.empty() || shape[0] % 3 != 0) return tensor;
      shape[0] /= 3;
      tensor.bytes /= 3;
      tensor.read = [read = std::move(tensor.read), rows = shape[0], third = to.third] { return read().narrow(0, third * rows, rows); };
      return tensor;
  }
  return tensor;
}

// For writing: the tensor as the single file has it. Thirds are joined elsewhere.
SourceTensor changed_back(SourceTensor tensor, const TensorName& to) {
  tensor.name = to.name;
  if (to.change == TensorChange::Squeeze && tensor.shape.size() == 2) {
    tensor.shape.insert(tensor.shape.end(), {1, 1});
    tensor.read = [read = std::move(tensor.read)] { return read().unsqueeze(-1).unsqueeze(-1); };
  } else if (to.change == TensorChange::Transpose && tensor.shape.size() == 2) {
    std::swap(tensor.shape[0], tensor.shape[1]);
    tensor.read = [read = std::move(tensor.read)] { return read().t(); };
  }
  return tensor;
}

SourceTensor joined(const std::string& name, const std::array<const SourceTensor*, 3>& thirds) {
  SourceTensor whole = *thirds[0];
  whole.name = name;
  if (!whole.shape.empty()) whole.shape[0] *= 3;
  whole.bytes *= 3;
  whole.read = [a = thirds[0]->read, b = thirds[1]->read, c = thirds[2]->read] { return at::cat({a(), b(), c()}, 0); };
  return whole;
}

void join_part(const std::vector<SourceTensor>& part_tensors,
               WeightPart part,
               const SingleFileNames& names,
               std::vector<SourceTensor>& all,
               std::vector<std::string>& lost) {
  std::map<std::string, std::array<const SourceTensor*, 3>> thirds;
  std::string root(root_of(part));
  for (const SourceTensor& tensor : part_tensors) {
    const auto to = names.to_single_file(part, tensor.name);
    if (!to) {
      lost.push_back(tensor.name);
    } else if (to->change == TensorChange::Third) {
      thirds[root + to->name][to->third] = &tensor;
    } else {
      SourceTensor placed = changed_back(tensor, *to);
      placed.name.insert(0, root);
      all.push_back(std::move(placed));
    }
  }
  for (const auto& [name, three] : thirds) {
    const auto is_like_first = [&](const SourceTensor* tensor) {
      return tensor != nullptr && three[0] != nullptr && tensor->shape == three[0]->shape && tensor->dtype_text == three[0]->dtype_text;
    };
    if (std::all_of(three.begin(), three.end(), is_like_first)) all.push_back(joined(name, three));
    else lost.push_back(name);
  }
}

}  // namespace

PartTensors split_single_file(const std::shared_ptr<const SafetensorsFile>& file) {
  const SingleFileNames names(NamingSizes::of_keys(keys_of(*file)));
  PartTensors parts;
  for (SourceTensor& tensor : tensors_of(file)) {
    if (is_known_extra(tensor.name)) continue;
    const auto place = place_of(tensor.name);
    const WeightPart part = place ? place->part : WeightPart::Unet;
    auto& list = parts[static_cast<std::size_t>(part)];
    const auto targets = place ? names.to_diffusers(part, place->name) : std::vector<TensorName>{};
    for (const TensorName& to : targets) list.push_back(changed(tensor, to));
    if (targets.empty()) list.push_back(std::move(tensor));
  }
  return parts;
}

std::vector<SourceTensor> vae_tensors(const std::shared_ptr<const SafetensorsFile>& file) {
  const std::string_view root = root_of(WeightPart::Vae);
  const auto keys = keys_of(*file);
  const bool is_prefixed = std::any_of(keys.begin(), keys.end(), [&](std::string_view key) { return key.starts_with(root); });
  const bool is_diffusers = file->find("decoder.mid_block.resnets.0.conv1.weight") != nullptr;
  const SingleFileNames names(NamingSizes::of_keys(keys));
  std::vector<SourceTensor> tensors;
  for (SourceTensor& tensor : tensors_of(file)) {
    if (is_known_extra(tensor.name) || (is_prefixed && !tensor.name.starts_with(root))) continue;
    if (is_diffusers) {
      tensor.name = modern_vae_name(tensor.name);
      tensors.push_back(std::move(tensor));
      continue;
    }
    const auto targets = names.to_diffusers(WeightPart::Vae, std::string_view(tensor.name).substr(is_prefixed ? root.size() : 0));
    for (const TensorName& to : targets) tensors.push_back(changed(tensor, to));
    if (targets.empty()) tensors.push_back(std::move(tensor));
  }
  return tensors;
}

Result<std::vector<SourceTensor>> join_single_file(const PartTensors& parts, const NamingSizes& sizes) {
  const SingleFileNames names(sizes);
  std::vector<SourceTensor> all;
  std::vector<std::string> lost;
  for (const WeightPart part : kWeightParts) join_part(parts[static_cast<std::size_t>(part)], part, names, all, lost);
  if (lost.empty()) return all;
  std::string text = "these tensors have no place in a single file: ";
  constexpr std::size_t kShown = 8;
  for (std::size_t i = 0; i < std::min(kShown, lost.size()); ++i) text += (i == 0 ? "" : ", ") + lost[i];
  if (lost.size() > kShown) text += " and " + std::to_string(lost.size() - kShown) + " more";
  return Error{ErrorCode::ModelUnloadable, text};
}

std::string single_file_key(const SingleFileNames& names, WeightPart part, std::string_view name) {
  const auto to = names.to_single_file(part, name);
  return to ? std::string(root_of(part)) + to->name : std::string(name);
}

}  // namespace studio
