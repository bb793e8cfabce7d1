// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A LoRA file: its modules with their low-rank pairs, whatever layout it has. Which of a model's
// layers they belong to is decided by LoraNames; nothing in a file is skipped silently.
#pragma once

#include "core/api/engine.h"
#include "core/api/result.h"
#include "core/weights/lora_keys.h"
#include "core/weights/safetensors.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace studio {

class HashCache;

struct LoraModule {
  LoraPart part = LoraPart::Unet;
  std::string name;             // without prefix, as the file spells it
  bool is_underscored = false;  // its dots are written "_"
  std::string stem;             // what its keys have in common, for messages
  // Shapes: down [r,in] or [r,in,k,k]; up [out,r] or [out,r,1,1]; magnitude (DoRA, else null) of
  // `out` numbers. They look into the file's header.
  const SafetensorsEntry *down = nullptr, *up = nullptr, *magnitude = nullptr;
  std::int64_t rank = 0, out = 0;
  double alpha = 0;
  double scale = 1;  // alpha / rank; alpha / sqrt(rank) where the file says so
};

// Threads: immutable after open().
class LoraFile {
 public:
  // Source of the layouts: see lora_keys.cpp. Alpha comes from the file's tensors, from diffusers'
  // metadata, or, for an adapter that PEFT saved, from adapter_config.json beside it; else it is
  // the rank. Errors: Io when it cannot be read; BadFile with a sentence for another kind of
  // adapter, another architecture, a model, incomplete pairs and shapes that do not fit each other.
  // Blocks.
  static Result<std::shared_ptr<const LoraFile>> open(const std::string& path);

  const std::string& path() const { return path_; }
  LoraForm form() const { return form_; }
  const std::vector<LoraModule>& modules() const { return modules_; }
  bool touches(LoraPart part) const;
  // The input width of the UNet's cross-attention keys, which tells architectures apart; 0: not in
  // it.
  std::int64_t cross_width() const;
  at::Tensor tensor(const SafetensorsEntry& entry) const { return file_->tensor(entry.name); }
  void release_pages() const { file_->release_pages(); }

  // Hex SHA-256 over names, shapes and bytes of all tensors, and the scales. Blocks: reads the
  // whole file.
  std::string hash() const;

 private:
  LoraFile() = default;
  friend class LoraReader;

  std::string path_;
  LoraForm form_ = LoraForm::Kohya;
  std::vector<LoraModule> modules_;
  std::shared_ptr<const SafetensorsFile> file_;
};

// LoraFile::hash(), from `hashes` when the file was read before; `hashes` may be null.
std::string hash_of_lora(const LoraFile& lora, HashCache* hashes);
// HashCache::key() of it: of the file and the settings that PEFT keeps beside one.
std::string hash_key_of_lora(const std::string& path);

// "Stable Diffusion 1.x" for the width of a cross-attention's inputs; "" when it is none that is
// known.
std::string_view architecture_of_width(std::int64_t cross_width);

// True for a .safetensors file with at least one key of a LoRA or another adapter, also one that
// open() refuses. Blocks.
bool is_adapter_file(const std::string& path);

// What is in a LoRA file, for `seg-cli info`. A file that cannot be used is a report with its
// problem.
ModelReport inspect_lora(const std::string& path);

}  // namespace studio
