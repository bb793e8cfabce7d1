// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What kind of file a weight file is, told by names and shapes alone. Cheap enough for every file of a
// folder: nothing but the header is read.
#pragma once

#include "core/api/result.h"
#include "core/weights/safetensors.h"

#include <string>
#include <vector>

namespace studio {

enum class ModelKind {
  Sdxl,  // the only kind that a job's model may be
  SdxlRefiner,
  SdxlInpaint,
  SdxlEdit,
  SdxlUnusual,  // other latents, scaled 8-bit weights, the EDM noise schedule
  StableDiffusion1,
  StableDiffusion2,
  StableDiffusion3,
  Flux,
  UnetAlone,
  Vae,
  TinyVae,
  TextEncoder,
  Lora,
  ControlNet,
  Embedding,
  Pickle,  // a format that can run code: never read
  Gguf,
  Unknown,
};

struct KindOfFile {
  ModelKind kind = ModelKind::Unknown;
  std::string name;    // "a LoRA file", for sentences and lists
  std::string remedy;  // why it is no model for a job and what to do; "" for ModelKind::Sdxl
  bool has_text_encoder_1 = false, has_text_encoder_2 = false, has_vae = false;

  bool is_model() const { return kind == ModelKind::Sdxl; }
};

// Does not read tensors.
KindOfFile kind_of(const std::vector<SafetensorsEntry>& entries);

// Why a file's ControlNet is none that can be read, as a sentence; "" when it can, or may, be read.
std::string control_net_problem(const std::vector<SafetensorsEntry>& entries);

// By its first bytes and, for safetensors files, its header. Folders are not looked into.
// Errors: Io and BadFile of a file that cannot be read or is damaged. Blocks briefly. Any thread.
Result<KindOfFile> kind_of_file(const std::string& path);

}  // namespace studio
