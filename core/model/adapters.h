// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Low-rank additions to linear layers and convolutions (LoRA, DoRA), computed beside the base
// weight, which is never written: taking them off is exact, and layers with and without can run
// side by side.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace studio {

// What the norm of each row of W + w dW is made of, so that another weight w needs no look at W:
// |W + w dW|^2 = base + 2 w cross + w^2 delta. Shapes: each [rows], fp32 or fp64.
struct RowNorms {
  at::Tensor base, cross, delta;
};

// One named module's share of an adapter: rows [first_row, first_row + up.size(0)) of the layer's
// output.
struct AdapterPiece {
  std::int64_t first_row = 0;
  std::int64_t first_rank = 0;  // its rows of Adapter::down
  at::Tensor up;                // [rows,r]
  double scale = 1;             // alpha / r
  // DoRA: the magnitudes [rows] and the norms; undefined in plain LoRA.
  at::Tensor magnitude;
  RowNorms norms;
};

// What one file adds to one layer. Modules that this program keeps fused, as q, k and v are, share
// one `down`. Shapes: down [R,in], of a convolution [R,in,k,k]. Threads: immutable once made.
struct Adapter {
  at::Tensor down;
  std::vector<AdapterPiece> pieces;
};

// The norms' parts of module weight W [rows, ...] and dW = scale up down. Shapes: as in
// AdapterPiece.
RowNorms row_norms(const at::Tensor& weight,
                   const at::Tensor& up,
                   const at::Tensor& down,
                   double scale);

// Adapters of one layer in the order in which they apply, each with its weight.
// Threads: immutable once made; shared between views of a model.
class AdapterStack {
 public:
  // weight: any finite number.
  void add(std::shared_ptr<const Adapter> adapter, double weight);
  bool is_empty() const { return uses_.empty(); }
  // Plain LoRA adds to the output; DoRA also scales it, so that nothing may have been added before.
  bool only_adds() const { return only_adds_; }

  // Adds to y what the adapters make of x: y += w scale up(down(x)), in place.
  // DoRA with magnitude g: y := b + c (y - b + w scale up(down(x))), c = g / |W + w dW| by output
  // row, where W is the base weight and b the bias, which is not scaled. Shapes: x [N,in], y
  // [N,out] with rows of adjacent numbers; bias [out] or undefined. Source: PEFT lora/dora.py
  // DoraLinearLayer, whose unmerged forward this is, also for several adapters in a row and for
  // weights other than 1. There tools differ: PEFT and diffusers scale dW alone, so that a weight
  // near 0 tends to g W / |W|; ComfyUI blends W + w (W'(1) - W); LyCORIS uses 1 + w (c - 1). They
  // agree at 1. The norm is over the inputs of each output row and is that of W + w dW (ComfyUI,
  // for such magnitudes, takes that of W).
  void apply(const at::Tensor& x, const at::Tensor& y, const at::Tensor& bias) const;
  // The same for a convolution. Shapes: x [B,in,H,W], y [B,out,H',W']; returns the sum, in y's
  // memory where that is channels-last.
  at::Tensor apply_convolution(const at::Tensor& x,
                               const at::Tensor& y,
                               const at::Tensor& bias,
                               int stride,
                               int padding) const;

 private:
  struct Use {
    std::shared_ptr<const Adapter> adapter;
    double weight = 1;
    std::vector<at::Tensor> row_scales;  // c by piece; undefined in plain LoRA
  };
  static void apply_use(const Use& use,
                        const at::Tensor& low,
                        const at::Tensor& y,
                        const at::Tensor& bias);

  std::vector<Use> uses_;
  bool only_adds_ = true;
};

}  // namespace studio
