// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A whole SDXL pipeline's parts, loaded from a diffusers folder or a single file.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "core/api/engine.h"
#include "core/model/configs.h"
#include "core/model/model_files.h"
#include "core/model/placement.h"
#include "core/model/text_encoder.h"
#include "core/model/tokenizer.h"
#include "core/model/unet.h"
#include "core/model/vae.h"

namespace studio {

class HashCache;

struct ModelOptions {
  c10::Device device = c10::kCPU;
  c10::ScalarType dtype = c10::kFloat;
  // Called between tensors with the fraction loaded so far; may throw StopRequested.
  std::function<void(double fraction)> progress = [](double) {};
  ModelPaths paths = {};
  HashCache* hashes = nullptr;  // where the hash of weights that were read before is known; null: nowhere
  // Takes the weights over and brings them to the device in time; null: they are loaded there and stay.
  std::shared_ptr<Placement> placement = {};
};

// Threads: immutable after load; shared between jobs.
struct SdxlModel {
  std::string path, hash;  // hash: hex SHA-256 over names, dtypes, shapes and bytes of all tensors
  std::string config_hash;  // see ModelFiles::config_hash()
  c10::Device device = c10::kCPU;
  c10::ScalarType dtype = c10::kFloat;
  ModelIndex index;
  SchedulerConfig scheduler;
  Tokenizer tokenizer_1, tokenizer_2;
  TextEncoder text_encoder_1, text_encoder_2;
  Unet unet;
  Vae vae;
  c10::ScalarType vae_dtype = c10::kFloat;
  PreviewFactors preview;
  std::shared_ptr<Placement> placement;  // null: all weights are on the device

  int native_size_px() const { return static_cast<int>(unet.config().sample_size) * vae.config().factor(); }
  // Widths and heights must be multiples of this.
  int size_multiple_px() const { return vae.config().factor() * unet.config().downsampling(); }
};

// What a VAE computes in beside a model of this precision: on a GPU fp16, in which class Vae holds SDXL's too, in
// place of bf16, which has fewer digits. Elsewhere fp32 where the configuration asks for it.
c10::ScalarType vae_dtype_for(c10::ScalarType model_dtype, const VaeConfig& vae, c10::Device device);

// Errors: ModelUnloadable with the part, file and tensor names; OutOfMemory. Throws StopRequested from
// options.progress. Blocks.
Result<std::shared_ptr<const SdxlModel>> load_model(const std::string& path, const ModelOptions& options);

// The weights' hash alone, as SdxlModel::hash: known ones cost nothing. `progress` is called between tensors with
// the fraction hashed so far and may throw. Errors: ModelUnloadable. Blocks: some gigabytes take seconds.
Result<std::string> hash_of_model(const ModelFiles& files,
                                  HashCache* hashes,
                                  const std::function<void(double)>& progress);
// HashCache::key() of a model, whatever its parts' files; "" when a part is missing. Reads headers.
std::string hash_key_of_model(const ModelFiles& files);

// What is in a model's folder or file; defects are in the report, not errors. Blocks.
ModelReport inspect_model(const std::string& path, const ModelPaths& paths = {});

}  // namespace studio
