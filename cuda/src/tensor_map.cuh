// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Arrays of 16-bit numbers as the tile copies of a Hopper GPU want them described.
#pragma once

#include "cuda/api/ops.h"

#include <cuda.h>
#include <cuda_runtime.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace studio::cuda {

// Numbers along the first side are adjacent; strides [kSides - 1] of the others are in numbers, multiples of 8. A copy takes a
// box of 64 numbers (128 bytes, swizzled) by `box` [kSides - 1]; what lies outside the array comes as zeros.
template <std::size_t kSides>
struct Described {
  const void* data;
  std::array<std::int64_t, kSides> sizes;
  std::array<std::int64_t, kSides - 1> strides, box;
};

namespace tensor_map {

using Encode = decltype(&cuTensorMapEncodeTiled);

// Found at run time, so that no program is linked with the driver.
inline Encode find_encode() {
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult result{};
  const cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry, 12000, cudaEnableDefault, &result);
  return error == cudaSuccess && result == cudaDriverEntryPointSuccess ? reinterpret_cast<Encode>(entry) : nullptr;
}

}  // namespace tensor_map

// False where the driver cannot.
template <std::size_t kSides>
bool describe(CUtensorMap& map, const Described<kSides>& array, DType dtype) {
  static const tensor_map::Encode encode = tensor_map::find_encode();
  if (encode == nullptr) return false;
  std::array<cuuint64_t, kSides> sizes{};
  std::array<cuuint64_t, kSides - 1> strides{};
  std::array<cuuint32_t, kSides> box{64}, each{};
  for (std::size_t i = 0; i < kSides; ++i) {
    sizes[i] = static_cast<cuuint64_t>(array.sizes[i]);
    each[i] = 1;
    if (i == 0) continue;
    strides[i - 1] = static_cast<cuuint64_t>(array.strides[i - 1]) * 2;
    box[i] = static_cast<cuuint32_t>(array.box[i - 1]);
  }
  const CUtensorMapDataType type = dtype == DType::F16 ? CU_TENSOR_MAP_DATA_TYPE_FLOAT16 : CU_TENSOR_MAP_DATA_TYPE_BFLOAT16;
  return encode(&map, type, kSides, const_cast<void*>(array.data), sizes.data(), strides.data(), box.data(), each.data(), CU_TENSOR_MAP_INTERLEAVE_NONE,
                CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

}  // namespace studio::cuda
