// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The tiny autoencoder for previews: a few plain convolutions in place of the VAE's decoder.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/model/layers.h"

namespace studio {

// Source: taesd.py of madebyollin/taesd; diffusers autoencoder_tiny.py names the same layers.
// Threads: immutable after load.
class TinyVae {
 public:
  static constexpr int kFactor = 8;

  // Whether the source holds a decoder, in the original naming ("1.weight", also behind "decoder.") or in
  // that of diffusers ("decoder.layers.0.weight").
  static bool is_in(const TensorSource& source);
  // The decoder, and the encoder where there is one. Ask the source's finish() for what was wrong.
  static TinyVae load(TensorSource& source);

  bool has_encoder() const { return !encoder_.empty(); }
  // Scaled latents [B,4,h,w], as the UNet has them, in the dtype of the weights -> pictures [B,3,8h,8w] in
  // [0,1]. checkpoint: called between stages; may throw StopRequested.
  at::Tensor decode(const at::Tensor& latents, const std::function<void()>& checkpoint = [] {}) const;
  // Pictures [B,3,H,W] in [0,1] with sides divisible by 8 -> scaled latents [B,4,H/8,W/8].
  // Errors: CheckError without an encoder.
  at::Tensor encode(const at::Tensor& pictures) const;

 private:
  // A convolution, doubled in size before it or not, or a block of three with a residual.
  struct Layer {
    std::vector<Conv2d> convolutions;  // 1 or 3
    bool upsamples = false, ends_in_relu = false;
    at::Tensor forward(const at::Tensor& x) const;
  };
  std::vector<Layer> decoder_, encoder_;
};

// Reads a file by itself. Errors: ModelUnloadable, also when the file is something else. Blocks.
Result<TinyVae> load_tiny_vae(const std::string& path, at::ScalarType dtype, at::Device device = at::kCPU);

}  // namespace studio
