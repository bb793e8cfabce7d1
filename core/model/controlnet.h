// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A ControlNet for SDXL: a copy of the UNet's encoder that also sees a picture (edges, depth), and whose
// maps are added to those of the UNet.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/model/configs.h"
#include "core/model/unet.h"

namespace studio {

struct SdxlModel;

// Threads: immutable after load; forward() is const like the Unet's.
// Source: diffusers models/controlnet.py, SDXL's configuration, without its guess mode.
class ControlNet {
 public:
  static ControlNet load(TensorSource& source, const ControlNetConfig& config);

  const ControlNetConfig& config() const { return config_; }
  // As Unet::condition(): the ControlNet has time, text and size embeddings of its own.
  Conditioning condition(std::vector<TextInput> texts, std::vector<TimeIds> ids, std::vector<double> timesteps) const {
    return trunk_.condition(std::move(texts), std::move(ids), std::move(timesteps));
  }
  // What the trunk sees of the picture, once a job.
  // Shapes: picture [B,3,H,W] in [0,1], RGB -> [B,C,H/f,W/f].
  at::Tensor embed(const at::Tensor& picture) const;
  // Residuals times `scale`, by text. `input`: the latents as the UNet sees them, and one plain row a text.
  // Shapes: embedded [1 or B,C,h,w]. Errors: throws what input.checkpoint throws, and tensor errors.
  std::vector<ControlResiduals> forward(const UnetInput& input, const at::Tensor& embedded, double scale,
                                        Conditioning& conditioning) const;

 private:
  ControlNetConfig config_;
  Unet trunk_;
  std::vector<Conv2d> embedding_;  // SiLU after each but the last
  std::vector<Conv2d> skips_;
  Conv2d mid_;
};

// From a diffusers folder, or a .safetensors file in diffusers' naming: one without a config.json beside it is
// taken to have the sizes of the model's own UNet. Device and dtype are the model's.
// `progress` is told the fraction loaded and may throw StopRequested.
// Errors: ModelUnloadable naming the file, what it is or lacks, and what is supported; OutOfMemory. Blocks.
Result<std::shared_ptr<const ControlNet>> load_control_net(const std::string& path, const SdxlModel& model,
                                                           const std::function<void(double)>& progress);

}  // namespace studio
