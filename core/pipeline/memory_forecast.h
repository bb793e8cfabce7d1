// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a job will need of a device's memory, from headers and sizes alone.
#pragma once

#include <cstdint>
#include <string>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "core/api/memory.h"
#include "core/api/request.h"
#include "core/api/result.h"
#include "core/model/configs.h"
#include "core/model/model_files.h"

namespace studio {

// The parts that a network's memory is made of, in bytes.
struct WeightBytes {
  std::int64_t text = 0, unet = 0, vae = 0;
  std::int64_t other = 0;           // a ControlNet and LoRAs: always on the device
  std::int64_t unet_window = 0;     // when the UNet comes in pieces: what is there of it at once
};

struct MemoryQuestion {
  c10::Device device = c10::kCPU;
  c10::ScalarType dtype = c10::kFloat;
  MemoryMode mode = MemoryMode::Auto;
  bool less_memory = false;
  std::int64_t total_bytes = 0, free_bytes = 0;  // of the device; 0: not known
};

// The most that is there at once in a mode other than Auto.
std::int64_t peak_bytes(MemoryMode mode, const WeightBytes& weights, std::int64_t step_bytes, std::int64_t decode_bytes);
// The first mode that fits into `bytes`; the last when none does, the first when `bytes` is not known (0).
MemoryMode mode_that_fits(std::int64_t bytes, const WeightBytes& weights, std::int64_t step_bytes, std::int64_t decode_bytes);

// Beside the weights: one evaluation of `samples` rows and pictures together on latents of h x w.
std::int64_t unet_step_bytes(const UnetConfig& config, std::int64_t height, std::int64_t width, std::int64_t samples, std::int64_t number_bytes);
// Decoding latents [batch,4,h,w], in the tiles that decode() would use.
std::int64_t vae_decode_bytes(const VaeConfig& config, std::int64_t height, std::int64_t width, std::int64_t batch, std::int64_t number_bytes,
                              bool less_memory);

// Of a UNet's tensor by its diffusers name: the piece it comes with when the UNet is streamed; "" for what
// always stays.
std::string unet_piece(const std::string& tensor_name);

// Errors: those of reading the model's headers and of resolve(). Blocks on disk.
Result<MemoryForecast> forecast_memory(const GenerationRequest& request, const std::string& model_path, const ModelPaths& paths,
                                       const MemoryQuestion& question);

}  // namespace studio
