// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Random LoRAs for the tests' small model, written in every layout, and the model with them merged
// into its weights by plain arithmetic on the files.
#pragma once

#include "core/weights/lora_names.h"
#include "core/weights/safetensors.h"
#include "tests/support/golden_cases.h"
#include "tests/support/made_weights.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace studio::testing {

using Tensors = std::vector<std::pair<std::string, at::Tensor>>;
using Metadata = std::map<std::string, std::string>;

// dW = scale up down for one weight of one part of the model.
struct MadeModule {
  std::string part;  // "unet"
  std::string path;  // "mid_block.attentions.0.proj_in"
  at::Tensor down, up;
  at::Tensor magnitude;  // DoRA, or undefined
  double alpha = 1;
  double scale() const { return alpha / static_cast<double>(down.size(0)); }
};

inline std::string part_file(const std::string& part) {
  return part + (part == "unet" ? "/diffusion_pytorch_model.safetensors" : "/model.safetensors");
}

inline std::string tiny_model() { return tests_path("golden/models/tiny-sdxl"); }

inline std::shared_ptr<const SafetensorsFile> tiny_weights(const std::string& part) {
  auto file = SafetensorsFile::open(tiny_model() + "/" + part_file(part));
  if (!file) qFatal("%s", file.error().message.c_str());
  return std::move(file).value();
}

// A random pair whose product is about as large as `share` of the weight.
inline MadeModule made_module(const std::string& part,
                              const std::string& path,
                              const at::Tensor& weight,
                              std::int64_t rank,
                              std::uint64_t seed,
                              double share = 0.3) {
  std::vector<std::int64_t> down_shape = weight.sizes().vec();
  down_shape[0] = rank;
  MadeModule made{part,
                  path,
                  made_noise(down_shape, seed),
                  made_noise({weight.size(0), rank}, seed + 1),
                  {},
                  0.5 + static_cast<double>(seed % 7)};
  const double size = (at::mm(made.up, made.down.flatten(1)) * made.scale()).norm().item<double>();
  made.up *= share * weight.to(at::kFloat).norm().item<double>() / size;
  return made;
}

// One for every module of the part that `wanted` takes; ranks 1 to 5.
inline std::vector<MadeModule> made_modules(const std::string& part,
                                            const std::function<bool(const std::string&)>& wanted,
                                            std::uint64_t seed) {
  std::vector<MadeModule> modules;
  const auto file = tiny_weights(part);
  for (const SafetensorsEntry& entry : file->entries()) {
    const std::string ending = ".weight";
    if (!entry.name.ends_with(ending) || entry.shape.size() < 2 ||
        entry.name.find("_embedding.weight") != std::string::npos)
      continue;
    const std::string path = entry.name.substr(0, entry.name.size() - ending.size());
    seed += 2;
    if (wanted(path))
      modules.push_back(made_module(part,
                                    path,
                                    file->tensor(entry.name),
                                    1 + static_cast<std::int64_t>(modules.size() % 5),
                                    seed));
  }
  return modules;
}

inline bool any_module(const std::string& /*path*/) { return true; }
inline bool is_attention(const std::string& path) {
  return path.find(".attn") != std::string::npos;
}

// The model's folder with W + sum of weight dW (DoRA: its formula) in place of W, in fp64.
inline void write_merged(const std::string& folder,
                         const std::vector<std::pair<std::vector<MadeModule>, double>>& loras) {
  namespace fs = std::filesystem;
  fs::copy(
      tiny_model(), folder, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  for (const std::string part : {"unet", "text_encoder", "text_encoder_2"}) {
    const auto file = tiny_weights(part);
    Tensors tensors;
    for (const SafetensorsEntry& entry : file->entries()) {
      at::Tensor weight = file->tensor(entry.name).to(at::kDouble, false, true);
      const at::Tensor base = weight.clone();
      for (const auto& [modules, times] : loras) {
        for (const MadeModule& made : modules) {
          if (made.part != part || made.path + ".weight" != entry.name) continue;
          const at::Tensor product =
              at::mm(made.up.to(at::kDouble), made.down.to(at::kDouble).flatten(1))
                  .reshape(weight.sizes());
          const at::Tensor delta = product * (times * made.scale());
          weight = weight + delta;
          if (!made.magnitude.defined()) continue;
          const at::Tensor norm = at::sqrt((base + delta).flatten(1).square().sum(1));
          std::vector<std::int64_t> column(weight.dim(), 1);
          column[0] = -1;
          weight = weight * (made.magnitude.to(at::kDouble) / norm).reshape(column);
        }
      }
      tensors.emplace_back(entry.name, weight);
    }
    auto written = write_safetensors(folder + "/" + part_file(part), tensors);
    if (!written) qFatal("%s", written.error().message.c_str());
  }
}

inline std::string underscored(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

// Names of one module's tensors in a layout; an empty one is left out.
struct ModuleKeys {
  std::string down, up, alpha, magnitude;
};
using Layout = std::function<ModuleKeys(const MadeModule&)>;

inline ModuleKeys kohya_keys(const MadeModule& made, const std::string& name) {
  const std::string stem = (made.part == "unet"           ? "lora_unet_"
                            : made.part == "text_encoder" ? "lora_te1_"
                                                          : "lora_te2_") +
                           underscored(name);
  return {
      stem + ".lora_down.weight", stem + ".lora_up.weight", stem + ".alpha", stem + ".dora_scale"};
}
inline ModuleKeys kohya(const MadeModule& made) { return kohya_keys(made, made.path); }
inline ModuleKeys kohya_sgm(const MadeModule& made) {
  return kohya_keys(made, made.part == "unet" ? sgm_names(made.path, 2).back() : made.path);
}
inline ModuleKeys peft(const MadeModule& made) {
  const std::string stem = made.part + "." + made.path;
  return {stem + ".lora_A.weight",
          stem + ".lora_B.weight",
          stem + ".alpha",
          stem + ".lora_magnitude_vector"};
}

inline Tensors lora_tensors(const std::vector<MadeModule>& modules, const Layout& layout) {
  Tensors tensors;
  for (const MadeModule& made : modules) {
    const ModuleKeys keys = layout(made);
    at::Tensor up = made.up;
    if (made.down.dim() == 4) up = up.reshape({up.size(0), up.size(1), 1, 1});
    tensors.emplace_back(keys.down, made.down);
    tensors.emplace_back(keys.up, up);
    if (!keys.alpha.empty())
      tensors.emplace_back(keys.alpha, at::scalar_tensor(made.alpha, at::kFloat));
    if (!made.magnitude.defined()) continue;
    // kohya keeps a column, PEFT a row of numbers or, for a convolution, [1,out,1,1].
    at::Tensor magnitude = made.magnitude;
    if (keys.magnitude.ends_with("dora_scale")) {
      std::vector<std::int64_t> column(made.down.dim(), 1);
      column[0] = -1;
      magnitude = magnitude.reshape(column);
    } else if (made.down.dim() == 4) {
      magnitude = magnitude.reshape({1, -1, 1, 1});
    }
    tensors.emplace_back(keys.magnitude, magnitude);
  }
  return tensors;
}

inline void write_lora(const std::string& path,
                       const Tensors& tensors,
                       const Metadata& metadata = {}) {
  auto written = write_safetensors(path, tensors, metadata);
  if (!written) qFatal("%s", written.error().message.c_str());
}

}  // namespace studio::testing
