// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A resnet block of an up path, of made-up weights: its input is two maps in one, and it has a shortcut.
#pragma once

#include "core/model/blocks.h"
#include "tests/support/made_weights.h"

#include <memory>

namespace studio::testing {

struct MadeResnet {
  std::int64_t first, second, out, groups;  // channels of the two maps and of the output
  at::ScalarType dtype = at::kFloat;        // what all numbers are rounded to, whatever they are held in

  at::Tensor rounded(at::IntArrayRef shape, std::uint64_t seed) const { return made_noise(shape, seed).to(dtype); }
  at::Tensor map(at::IntArrayRef shape, std::uint64_t seed) const { return rounded(shape, seed).contiguous(at::MemoryFormat::ChannelsLast); }
  // The block's input, [2,first + second,9,7], of unlike maps.
  JoinedMap input() const { return {map({2, first, 9, 7}, 31), map({2, second, 9, 7}, 32) * 3 + 1}; }
  at::Tensor time_offset() const { return rounded({2, out}, 33); }

  // adapted: with a low-rank addition to the shortcut.
  ResnetBlock load(at::ScalarType held_in, c10::Device device = at::kCPU, bool adapted = false) const {
    const std::int64_t in = first + second;
    const auto small = [&](at::IntArrayRef shape, std::uint64_t seed) { return (made_noise(shape, seed) * 0.1).to(dtype); };
    TensorSource source = made_source({{"b.norm1.weight", rounded({in}, 1)}, {"b.norm1.bias", rounded({in}, 2)},
                                       {"b.conv1.weight", small({out, in, 3, 3}, 3)}, {"b.conv1.bias", rounded({out}, 4)},
                                       {"b.norm2.weight", rounded({out}, 5)}, {"b.norm2.bias", rounded({out}, 6)},
                                       {"b.conv2.weight", small({out, out, 3, 3}, 7)}, {"b.conv2.bias", rounded({out}, 8)},
                                       {"b.conv_shortcut.weight", small({out, in, 1, 1}, 9)}, {"b.conv_shortcut.bias", rounded({out}, 10)}},
                                      held_in, device);
    ResnetBlock block = ResnetBlock::load(source, "b", {in, out, 0, groups, 1e-5, 0});
    if (!adapted) return block;
    const auto placed = [&](const at::Tensor& tensor) { return tensor.to(device, held_in); };
    const auto adapter = std::make_shared<Adapter>(Adapter{placed(small({4, in, 1, 1}, 11)), {{0, 0, placed(small({out, 4}, 12)), 0.5, {}, {}}}});
    const auto stack = std::make_shared<AdapterStack>();
    stack->add(adapter, 0.8);
    block.visit_layers("b", [&](const NamedLayer& layer) {
      if (layer.name == "b.conv_shortcut") layer.rows.front().convolution->set_adapters(stack);
    });
    return block;
  }
};

}  // namespace studio::testing
