// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The names that LoRA files give to a model's modules. An underscored name is not split, for
// "to_out_0" and "time_emb_proj" cannot be told apart by that, but looked up among those of all
// modules.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace studio {

enum class LoraPart { Unet, TextEncoder1, TextEncoder2 };
inline constexpr LoraPart kLoraParts[] = {
    LoraPart::Unet, LoraPart::TextEncoder1, LoraPart::TextEncoder2};

// "unet", "text_encoder", "text_encoder_2": also the folders of the diffusers layout.
std::string_view name_of(LoraPart part);

// The UNet module's names in the original (sgm) layout, from its diffusers path; the upsampler,
// whose number depends on what stands before it in its block, has two. Empty for a path without
// one. Source: diffusers single_file_utils.py, lora_conversion_utils.py
// _maybe_map_sgm_blocks_to_diffusers.
std::vector<std::string> sgm_names(std::string_view path, int layers_per_block);

// A text encoder module's other names: OpenCLIP's and those of older diffusers files.
std::vector<std::string> other_text_names(std::string_view path);

// All names of a model's modules.
class LoraNames {
 public:
  struct Module {
    std::string path;           // diffusers' or transformers'
    bool has_sgm_name = false;  // it was named in the original layout
  };
  void add(LoraPart part, const std::string& path, int layers_per_block);
  // nullptr when no module has that name.
  const Module* find(LoraPart part, std::string_view name, bool is_underscored) const;

 private:
  void add_name(LoraPart part, const std::string& name, const Module& module);

  std::unordered_map<std::string, Module> modules_;  // by part, kind and name
};

}  // namespace studio
