// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The trunk's maps through one 1x1 convolution each; these start training at zero, hence their name there.
#include "core/model/controlnet.h"

#include "core/base/check.h"

#include <ATen/ATen.h>

namespace studio {
namespace {

// Channels of the encoder's skips, in the order in which it makes them.
std::vector<std::int64_t> skip_channels(const UnetConfig& trunk) {
  std::vector<std::int64_t> channels{trunk.block_channels.front()};
  for (std::size_t level = 0; level < trunk.block_channels.size(); ++level) {
    const bool shrinks = level + 1 < trunk.block_channels.size();
    channels.insert(channels.end(), trunk.layers_per_block + (shrinks ? 1 : 0), trunk.block_channels[level]);
  }
  return channels;
}

std::vector<Conv2d> load_embedding(TensorSource& source, const ControlNetConfig& config) {
  const std::string root = "controlnet_cond_embedding.";
  const std::vector<std::int64_t>& channels = config.embedding_channels;
  std::vector<Conv2d> convolutions{Conv2d::load(source, root + "conv_in", 3, channels.front(), 3, 1, 1)};
  for (std::size_t i = 0; i + 1 < channels.size(); ++i) {
    const auto name = [&](std::size_t number) { return root + "blocks." + std::to_string(number); };
    convolutions.push_back(Conv2d::load(source, name(2 * i), channels[i], channels[i], 3, 1, 1));
    convolutions.push_back(Conv2d::load(source, name(2 * i + 1), channels[i], channels[i + 1], 3, 2, 1));
  }
  convolutions.push_back(Conv2d::load(source, root + "conv_out", channels.back(), config.trunk.block_channels.front(), 3, 1, 1));
  return convolutions;
}

}  // namespace

ControlNet ControlNet::load(TensorSource& source, const ControlNetConfig& config) {
  ControlNet net;
  net.config_ = config;
  net.embedding_ = load_embedding(source, config);
  net.trunk_ = Unet::load(source, config.trunk, UnetExtent::Encoder);
  for (const std::int64_t channels : skip_channels(config.trunk)) {
    net.skips_.push_back(Conv2d::load(source, "controlnet_down_blocks." + std::to_string(net.skips_.size()), channels, channels, 1));
  }
  const std::int64_t widest = config.trunk.block_channels.back();
  net.mid_ = Conv2d::load(source, "controlnet_mid_block", widest, widest, 1);
  return net;
}

at::Tensor ControlNet::embed(const at::Tensor& picture) const {
  STUDIO_CHECK(picture.dim() == 4 && picture.size(1) == 3, picture.sizes());
  at::Tensor h = (config_.is_bgr ? picture.flip(1) : picture).contiguous(at::MemoryFormat::ChannelsLast);
  for (std::size_t i = 0; i < embedding_.size(); ++i) {
    h = embedding_[i].forward(h);
    if (i + 1 < embedding_.size()) h = at::silu(h);
  }
  return h;
}

std::vector<ControlResiduals> ControlNet::forward(const UnetInput& input, const at::Tensor& embedded, double scale,
                                                  Conditioning& conditioning) const {
  std::vector<ControlResiduals> by_text = trunk_.encode(input, embedded, conditioning);
  for (ControlResiduals& maps : by_text) {
    if (!maps.mid.defined()) continue;  // a text that no row asked for
    STUDIO_CHECK(maps.skips.size() == skips_.size(), maps.skips.size());
    for (std::size_t i = 0; i < skips_.size(); ++i) maps.skips[i] = skips_[i].forward(maps.skips[i]) * scale;
    maps.mid = mid_.forward(maps.mid) * scale;
  }
  return by_text;
}

}  // namespace studio
