// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Going through the weights of a network, tensor by tensor, for whoever converts or moves them, and being
// told before they are used.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace studio {

// Called with every defined tensor that can be on a device, in an order that depends on the network's configuration alone.
using TensorVisitor = std::function<void(at::Tensor& tensor)>;

inline void visit_defined(at::Tensor& tensor, const TensorVisitor& visit) {
  if (tensor.defined()) visit(tensor);
}

// Stands before a network whose weights are not always where they are needed.
class WeightGate {
 public:
  virtual ~WeightGate() = default;
  // The network is about to be used, beginning with what is in none of its pieces.
  virtual void enter() = 0;
  // Piece `index` is about to be used; pieces come in order, though some may be left out, and from the first one again.
  virtual void enter_piece(int /*index*/) {}
  // Until it is taken back, what was used stays where it is: a gradient will need it again.
  virtual void hold(bool /*is_held*/) {}
};

}  // namespace studio
