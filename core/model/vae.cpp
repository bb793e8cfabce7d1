// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Encoder and decoder of the autoencoder, and blending of decoded tiles.
#include "core/model/vae.h"

#include "core/base/check.h"
#include "core/model/attention.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace studio {
namespace {

constexpr double kEps = 1e-6;

ResnetBlock load_resnet(TensorSource& source, const std::string& name, std::int64_t in, std::int64_t out, const VaeConfig& config) {
  return ResnetBlock::load(source, name, {in, out, 0, config.norm_groups, kEps, 0});
}

// Starts of tiles of `tile` over `length` with at least `overlap` shared, the last one flush with the end.
std::vector<std::int64_t> tile_starts(std::int64_t length, std::int64_t tile, std::int64_t overlap) {
  std::vector<std::int64_t> starts{0};
  while (starts.back() + tile < length) starts.push_back(std::min(starts.back() + tile - overlap, length - tile));
  return starts;
}

// Weight of each position of a tile along one axis: rises over the overlap with the tile before, falls
// over the one with the tile after. Never zero, so the sum of weights can be divided by.
at::Tensor tile_weights(const std::vector<std::int64_t>& starts, std::size_t index, std::int64_t length, std::int64_t factor,
                        const at::TensorOptions& options) {
  const at::Tensor at_pixel = at::arange(length, options) + 0.5;
  at::Tensor weight = at::ones(length, options);
  if (index > 0) {
    const auto shared = static_cast<double>((starts[index - 1] - starts[index]) * factor + length);
    weight = at::minimum(weight, at_pixel / shared);
  }
  if (index + 1 < starts.size()) {
    const auto shared = static_cast<double>((starts[index] - starts[index + 1]) * factor + length);
    weight = at::minimum(weight, (static_cast<double>(length) - at_pixel) / shared);
  }
  return weight;
}

at::Tensor by_channel(const std::vector<double>& values, const at::Tensor& like) {
  return at::tensor(values, at::kDouble).to(like.device(), like.scalar_type()).view({1, -1, 1, 1});
}

// Source: diffusers pipeline_stable_diffusion_xl.py, and its image-to-image sibling for the way in.
at::Tensor unscaled(const at::Tensor& latents, const VaeConfig& config) {
  if (config.latents_std.empty()) return latents / config.scaling_factor;
  return latents * by_channel(config.latents_std, latents) / config.scaling_factor + by_channel(config.latents_mean, latents);
}
at::Tensor scaled(const at::Tensor& latents, const VaeConfig& config) {
  if (config.latents_std.empty()) return latents * config.scaling_factor;
  return (latents - by_channel(config.latents_mean, latents)) * config.scaling_factor / by_channel(config.latents_std, latents);
}

}  // namespace

at::Tensor in_units_of_sdxl(const at::Tensor& latents, const VaeConfig& config) {
  const double sdxl_scaling = VaeConfig().scaling_factor;
  if (config.latents_std.empty() && config.scaling_factor == sdxl_scaling) return latents;
  return unscaled(latents, config) * sdxl_scaling;
}

at::Tensor Vae::MidAttention::forward(const at::Tensor& x) const {
  const at::Tensor tokens = to_tokens(norm.forward(x));
  const at::Tensor attended = studio::attention(split_heads(q.forward(tokens), 1), split_heads(k.forward(tokens), 1),
                                                split_heads(v.forward(tokens), 1));
  return to_map(out.forward_add(join_heads(attended), to_tokens(x)), x.size(2), x.size(3));
}

at::Tensor Vae::Mid::forward(const at::Tensor& x) const {
  at::Tensor h = resnet_0.forward({x});
  if (attention) h = attention->forward(h);
  return resnet_1.forward({h});
}

Vae::Mid Vae::load_mid(TensorSource& source, const std::string& name, const VaeConfig& config) {
  const std::int64_t channels = config.block_channels.back();
  Mid mid{load_resnet(source, name + ".resnets.0", channels, channels, config),
          load_resnet(source, name + ".resnets.1", channels, channels, config), std::nullopt};
  if (config.has_mid_attention) {
    const std::string at_name = name + ".attentions.0";
    mid.attention = MidAttention{GroupNorm::load(source, at_name + ".group_norm", channels, config.norm_groups, kEps),
                                 Linear::load(source, at_name + ".to_q", channels, channels),
                                 Linear::load(source, at_name + ".to_k", channels, channels),
                                 Linear::load(source, at_name + ".to_v", channels, channels),
                                 Linear::load(source, at_name + ".to_out.0", channels, channels)};
  }
  return mid;
}

Vae::Half Vae::load_half(TensorSource& source, const VaeConfig& config, bool is_decoder) {
  const std::string root = is_decoder ? "decoder" : "encoder";
  const std::size_t levels = config.block_channels.size();
  const std::int64_t widest = config.block_channels.back(), narrowest = config.block_channels.front();
  Half half;
  half.in = is_decoder ? Conv2d::load(source, root + ".conv_in", config.latent_channels, widest, 3, 1, 1)
                       : Conv2d::load(source, root + ".conv_in", 3, narrowest, 3, 1, 1);
  std::int64_t channels = is_decoder ? widest : narrowest;
  for (std::size_t i = 0; i < levels; ++i) {
    const std::string name = root + (is_decoder ? ".up_blocks." : ".down_blocks.") + std::to_string(i);
    const std::int64_t out = config.block_channels[is_decoder ? levels - 1 - i : i];
    Stage stage;
    for (int r = 0; r < config.layers_per_block + (is_decoder ? 1 : 0); ++r) {
      stage.resnets.push_back(load_resnet(source, name + ".resnets." + std::to_string(r), channels, out, config));
      channels = out;
    }
    if (i + 1 < levels) {
      stage.resample = is_decoder ? Conv2d::load(source, name + ".upsamplers.0.conv", channels, channels, 3, 1, 1)
                                  : Conv2d::load(source, name + ".downsamplers.0.conv", channels, channels, 3, 2, 0);
      if (is_decoder) stage.resample->prepare_doubling();
    }
    half.stages.push_back(std::move(stage));
  }
  half.mid = load_mid(source, root + ".mid_block", config);
  half.out_norm = GroupNorm::load(source, root + ".conv_norm_out", is_decoder ? narrowest : widest, config.norm_groups, kEps);
  half.out = Conv2d::load(source, root + ".conv_out", is_decoder ? narrowest : widest,
                          is_decoder ? 3 : 2 * config.latent_channels, 3, 1, 1);
  return half;
}

void Vae::scale(Half& half, double factor) {
  half.in.scale_output(factor);
  half.mid.resnet_0.scale(factor);
  half.mid.resnet_1.scale(factor);
  if (half.mid.attention) {
    half.mid.attention->norm.scale_input(factor);
    half.mid.attention->out.scale_output(factor);
  }
  for (Stage& stage : half.stages) {
    for (ResnetBlock& resnet : stage.resnets) resnet.scale(factor);
    if (stage.resample) stage.resample->scale_bias(factor);
  }
  half.out_norm.scale_input(factor);
}

Vae Vae::load(TensorSource& source, const VaeConfig& config) {
  Vae vae;
  vae.config_ = config;
  vae.encoder_ = load_half(source, config, false);
  vae.decoder_ = load_half(source, config, true);
  constexpr double kPart = 1.0 / 32;
  if (vae.decoder_.in.weight().scalar_type() == at::kHalf) {
    for (Half* half : {&vae.encoder_, &vae.decoder_}) scale(*half, kPart);
  }
  const std::int64_t latent = config.latent_channels;
  if (config.has_quant_conv) vae.quant_ = Conv2d::load(source, "quant_conv", 2 * latent, 2 * latent, 1);
  if (config.has_post_quant_conv) vae.post_quant_ = Conv2d::load(source, "post_quant_conv", latent, latent, 1);
  return vae;
}

void Vae::visit_tensors(const TensorVisitor& visit) {
  for (Half* half : {&encoder_, &decoder_}) {
    half->in.visit_tensors(visit);
    half->mid.resnet_0.visit_tensors(visit);
    half->mid.resnet_1.visit_tensors(visit);
    if (half->mid.attention) {
      half->mid.attention->norm.visit_tensors(visit);
      for (Linear* layer : {&half->mid.attention->q, &half->mid.attention->k, &half->mid.attention->v, &half->mid.attention->out}) {
        layer->visit_tensors(visit);
      }
    }
    for (Stage& stage : half->stages) {
      for (ResnetBlock& resnet : stage.resnets) resnet.visit_tensors(visit);
      if (stage.resample) stage.resample->visit_tensors(visit);
    }
    half->out_norm.visit_tensors(visit);
    half->out.visit_tensors(visit);
  }
  for (std::optional<Conv2d>* conv : {&quant_, &post_quant_}) {
    if (*conv) (*conv)->visit_tensors(visit);
  }
}

Vae Vae::in_dtype(at::ScalarType dtype) const {
  if (gate_) gate_->enter();
  Vae other = *this;
  other.gate_.reset();
  other.visit_tensors([&](at::Tensor& tensor) { tensor = tensor.to(dtype); });
  return other;
}

at::Tensor Vae::decode(const at::Tensor& latents, const VaeTiling& tiling, const std::function<void()>& checkpoint) const {
  STUDIO_CHECK(latents.dim() == 4 && latents.size(1) == config_.latent_channels, latents.sizes());
  if (gate_) gate_->enter();
  return fits_whole(latents, tiling) ? decode_whole(latents, checkpoint) : decode_tiled(latents, tiling, checkpoint);
}

bool Vae::fits_whole(const at::Tensor& latents, const VaeTiling& tiling) const {
  // The last upsampling makes the largest map: full size, with the channels of the level below.
  const std::int64_t channels = config_.block_channels[config_.block_channels.size() > 1 ? 1 : 0];
  const std::int64_t pixels = latents.size(0) * latents.size(2) * latents.size(3) * config_.factor() * config_.factor();
  return pixels * channels * static_cast<std::int64_t>(latents.element_size()) <= tiling.largest_map_bytes;
}

at::Tensor Vae::decode_whole(const at::Tensor& latents, const std::function<void()>& checkpoint) const {
  at::Tensor h = unscaled(latents, config_).contiguous(at::MemoryFormat::ChannelsLast);
  if (post_quant_) h = post_quant_->forward(h);
  h = decoder_.mid.forward(decoder_.in.forward(h));
  for (const Stage& stage : decoder_.stages) {
    for (const ResnetBlock& resnet : stage.resnets) {
      checkpoint();
      h = resnet.forward({h});
    }
    if (stage.resample) h = stage.resample->forward_doubled(h);
  }
  checkpoint();
  const at::Tensor picture = decoder_.out.forward(decoder_.out_norm.forward_silu(h));
  return (picture / 2 + 0.5).clamp(0, 1).contiguous();
}

at::Tensor Vae::decode_tiled(const at::Tensor& latents, const VaeTiling& tiling, const std::function<void()>& checkpoint) const {
  STUDIO_CHECK(tiling.tile > tiling.overlap && tiling.overlap > 0);
  const std::int64_t height = latents.size(2), width = latents.size(3), factor = config_.factor();
  const std::int64_t tile_h = std::min(tiling.tile, height), tile_w = std::min(tiling.tile, width);
  const auto rows = tile_starts(height, tile_h, tiling.overlap), columns = tile_starts(width, tile_w, tiling.overlap);
  const at::TensorOptions options = latents.options().dtype(at::promoteTypes(latents.scalar_type(), at::kFloat));
  at::Tensor sum = at::zeros({latents.size(0), 3, height * factor, width * factor}, options);
  at::Tensor weights = at::zeros({1, 1, height * factor, width * factor}, options);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const at::Tensor weight_y = tile_weights(rows, r, tile_h * factor, factor, options);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const at::Tensor part = latents.narrow(2, rows[r], tile_h).narrow(3, columns[c], tile_w);
      const at::Tensor picture = decode_whole(part, checkpoint);
      const at::Tensor weight = weight_y.unsqueeze(1) * tile_weights(columns, c, tile_w * factor, factor, options).unsqueeze(0);
      const auto place = [&](const at::Tensor& whole) {
        return whole.narrow(2, rows[r] * factor, tile_h * factor).narrow(3, columns[c] * factor, tile_w * factor);
      };
      place(sum).add_(picture.to(options.dtype()) * weight);
      place(weights).add_(weight);
    }
  }
  return sum / weights;
}

at::Tensor Vae::encode(const at::Tensor& pictures, const at::Tensor& unit_noise) const {
  STUDIO_CHECK(pictures.size(2) % config_.factor() == 0 && pictures.size(3) % config_.factor() == 0, pictures.sizes());
  if (gate_) gate_->enter();
  at::Tensor h = encoder_.in.forward((pictures * 2 - 1).contiguous(at::MemoryFormat::ChannelsLast));
  for (const Stage& stage : encoder_.stages) {
    for (const ResnetBlock& resnet : stage.resnets) h = resnet.forward({h});
    // The original pads right and bottom only, so this is not a padded convolution.
    if (stage.resample) h = stage.resample->forward(at::constant_pad_nd(h, {0, 1, 0, 1}).contiguous(at::MemoryFormat::ChannelsLast));
  }
  h = encoder_.out.forward(encoder_.out_norm.forward_silu(encoder_.mid.forward(h)));
  if (quant_) h = quant_->forward(h);
  const std::vector<at::Tensor> halves = h.chunk(2, 1);
  at::Tensor latents = halves[0];
  // The log-variance is clamped as in the original before it becomes a standard deviation.
  if (unit_noise.defined()) latents = latents + at::exp(halves[1].clamp(-30.0, 20.0) * 0.5) * unit_noise;
  return scaled(latents, config_).contiguous();
}

}  // namespace studio
