// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A small tiny autoencoder with made-up weights, in the original's naming.
#pragma once

#include "tests/support/made_weights.h"

#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace studio::testing {

inline constexpr std::int64_t kWidth = 16;  // 64 in the published files

using Weights = std::map<std::string, at::Tensor>;

// Keys of the original's sequences: "1.weight", "3.conv.0.weight".
inline void add_convolution(Weights& weights, const std::string& name, std::int64_t in, std::int64_t out, bool has_bias = true) {
  const std::uint64_t seed = std::hash<std::string>()(name) % 10007;
  weights[name + ".weight"] = made_noise({out, in, 3, 3}, seed) * 0.08;  // neither dies out nor explodes
  if (has_bias) weights[name + ".bias"] = made_noise({out}, seed + 1) * 0.1;
}
inline void add_blocks(Weights& weights, std::initializer_list<int> layers) {
  for (const int layer : layers) {
    for (const char* place : {".conv.0", ".conv.2", ".conv.4"}) add_convolution(weights, std::to_string(layer) + place, kWidth, kWidth);
  }
}
inline Weights made_decoder() {
  Weights weights;
  add_convolution(weights, "1", 4, kWidth);
  add_blocks(weights, {3, 4, 5, 8, 9, 10, 13, 14, 15, 18});
  for (const char* layer : {"7", "12", "17"}) add_convolution(weights, layer, kWidth, kWidth, false);
  add_convolution(weights, "19", kWidth, 3);
  return weights;
}
inline Weights made_encoder() {
  Weights weights;
  add_convolution(weights, "0", 3, kWidth);
  add_blocks(weights, {1, 3, 4, 5, 7, 8, 9, 11, 12, 13});
  for (const char* layer : {"2", "6", "10"}) add_convolution(weights, layer, kWidth, kWidth, false);
  add_convolution(weights, "14", kWidth, 4);
  return weights;
}

// Under another naming: behind a prefix, numbers less `shift`.
inline void rename_into(std::vector<std::pair<std::string, at::Tensor>>& all, const Weights& weights, const std::string& prefix, int shift = 0) {
  for (const auto& [name, tensor] : weights) {
    const std::size_t dot = name.find('.');
    all.emplace_back(prefix + std::to_string(std::stoi(name.substr(0, dot)) - shift) + name.substr(dot), tensor);
  }
}

// In a file, as it is published. Errors: ends the test.
inline void write_tiny_decoder(const std::string& path, const Weights& weights = made_decoder()) {
  std::vector<std::pair<std::string, at::Tensor>> all;
  rename_into(all, weights, "");
  if (auto written = write_safetensors(path, all); !written) qFatal("%s", written.error().message.c_str());
}

}  // namespace studio::testing
