// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The autoencoder between pictures and latents, whole or in tiles.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/model/blocks.h"
#include "core/model/configs.h"

namespace studio {

// When decode() works in tiles, and how: a tile's side and the part of it that blends into its
// neighbour, in latent pixels. A picture is decoded whole while its largest feature map stays within
// the given bytes: SDXL up to about 1,500 pixels square in fp32.
struct VaeTiling {
  std::int64_t largest_map_bytes = 2'600'000'000;
  std::int64_t tile = 96, overlap = 24;
};

// Latents of a VAE that scales them in a way of its own, as SDXL's VAE has them.
at::Tensor in_units_of_sdxl(const at::Tensor& latents, const VaeConfig& config);

// In fp16 all maps between norms are held as 1/32 of what they are, biases and epsilons with them: SDXL's reach
// beyond what fp16 can hold. Norms take the factor out again; it costs what is below 2^-19 of a weight.
// Source: diffusers autoencoder_kl.py, vae.py.
class Vae {
 public:
  static Vae load(TensorSource& source, const VaeConfig& config);

  const VaeConfig& config() const { return config_; }
  // Scaled latents [B,4,h,w] -> pictures [B,3,h*f,w*f] in [0,1]. In tiles, norm statistics
  // differ a little from tile to tile, which the blend hides.
  // checkpoint: called between blocks and tiles; may throw StopRequested.
  at::Tensor decode(const at::Tensor& latents, const VaeTiling& tiling = {},
                    const std::function<void()>& checkpoint = [] {}) const;
  // Pictures [B,3,H,W] in [0,1], sides divisible by the factor -> scaled latents [B,4,H/f,W/f]: the
  // distribution's mean, plus noise times its standard deviation where unit noise is given.
  at::Tensor encode(const at::Tensor& pictures, const at::Tensor& unit_noise = {}) const;
  void visit_tensors(const TensorVisitor& visit);
  void set_gate(std::shared_ptr<WeightGate> gate) { gate_ = std::move(gate); }
  // A copy that computes in another precision.
  Vae in_dtype(at::ScalarType dtype) const;

 private:
  struct MidAttention {
    GroupNorm norm;
    Linear q, k, v, out;
    at::Tensor forward(const at::Tensor& x) const;
  };
  struct Mid {
    ResnetBlock resnet_0, resnet_1;
    std::optional<MidAttention> attention;
    at::Tensor forward(const at::Tensor& x) const;
  };
  struct Stage {
    std::vector<ResnetBlock> resnets;
    std::optional<Conv2d> resample;
  };
  struct Half {
    Conv2d in, out;
    Mid mid;
    std::vector<Stage> stages;
    GroupNorm out_norm;
  };
  static void scale(Half& half, double factor);
  static Half load_half(TensorSource& source, const VaeConfig& config, bool is_decoder);
  static Mid load_mid(TensorSource& source, const std::string& name, const VaeConfig& config);
  bool fits_whole(const at::Tensor& latents, const VaeTiling& tiling) const;
  at::Tensor decode_whole(const at::Tensor& latents, const std::function<void()>& checkpoint) const;
  at::Tensor decode_tiled(const at::Tensor& latents, const VaeTiling& tiling, const std::function<void()>& checkpoint) const;

  VaeConfig config_;
  Half encoder_, decoder_;
  std::optional<Conv2d> quant_, post_quant_;
  std::shared_ptr<WeightGate> gate_;  // null: the weights are always there
};

}  // namespace studio
