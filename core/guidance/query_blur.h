// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The Gaussian blur of attention queries, as one small matrix an axis.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/model/attention_edit.h"

namespace studio {

// Blur sigmas above this replace every query by the spatial mean.
// Source: SusungHong/SEG-SDXL pipeline_seg.py, inf_blur_threshold.
inline constexpr double kInfiniteBlurSigma = 9999.0;

// The row-stochastic matrix [length,length] of a truncated Gaussian with reflected borders (the edge
// sample is not repeated): out = matrix * in. Kernel size ceil(6 sigma) made odd, at most `length` when
// that is odd, else length + 1. fp64, CPU.
// Range:  blur_sigma > 0, in positions of this layer's map; length >= 1.
// Source: SusungHong/SEG-SDXL pipeline_seg.py, gaussian_blur_2d. Differs: reflection folded into a
// matrix (the same sums), and a kernel size for each axis, equal to the original on squares.
at::Tensor blur_matrix(double blur_sigma, std::int64_t length);

// What a blur of this query is computed in: fp32 or above, whatever the query's type.
at::ScalarType blur_dtype(const at::Tensor& query);

// Both axes' matrices, on a device.
struct BlurMatrices {
  at::Tensor along_y, along_x;  // [h,h], [w,w]
};
BlurMatrices blur_matrices(double blur_sigma, MapSize map, const at::TensorOptions& options);
// Shapes: query_bhnd [B,H,h*w,D] -> the same; computed in the matrices' type, returned in the query's.
at::Tensor blur_queries(const at::Tensor& query_bhnd, MapSize map, const BlurMatrices& matrices);

// Blurs each head's query map; above kInfiniteBlurSigma every query becomes the spatial mean.
// Shapes: query_bhnd [B,H,h*w,D] -> the same. Errors: CheckError when h*w does not fit.
at::Tensor blur_queries(const at::Tensor& query_bhnd, MapSize map, double blur_sigma);

}  // namespace studio
