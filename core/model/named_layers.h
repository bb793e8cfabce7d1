// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The linear layers and convolutions of a network under the names that model files use, and where
// their rows are here: some are kept fused, one is kept in two.
#pragma once

#include "core/model/layers.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace studio {

// Rows [first, first + rows) of a layer are rows [from, from + rows) of the named module.
struct LayerRows {
  Linear* linear = nullptr;  // one of the two
  Conv2d* convolution = nullptr;
  std::int64_t first = 0, from = 0, rows = 0;
};

struct NamedLayer {
  std::string name;  // diffusers' and transformers' path: "mid_block.attentions.0.proj_in"
  std::vector<std::int64_t> shape;  // of its weight: [out,in] or [out,in,k,k]
  std::vector<LayerRows> rows;
};

// Called in an order that depends on the network's configuration alone.
using LayerVisitor = std::function<void(NamedLayer layer)>;

inline void visit_layer(const LayerVisitor& visit, const std::string& name, Linear& layer) {
  visit({name,
         {layer.out_features(), layer.in_features()},
         {{&layer, nullptr, 0, 0, layer.out_features()}}});
}
inline void visit_layer(const LayerVisitor& visit, const std::string& name, Conv2d& layer) {
  visit({name, layer.weight_shape(), {{nullptr, &layer, 0, 0, layer.weight_shape().front()}}});
}
// A fused layer whose rows are those of several modules of equal size.
inline void visit_fused(const LayerVisitor& visit,
                        const std::vector<std::string>& names,
                        Linear& layer) {
  const std::int64_t rows = layer.out_features() / static_cast<std::int64_t>(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    visit({names[i],
           {rows, layer.in_features()},
           {{&layer, nullptr, static_cast<std::int64_t>(i) * rows, 0, rows}}});
  }
}

}  // namespace studio
