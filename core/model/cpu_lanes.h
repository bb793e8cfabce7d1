// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the CPU passes share: e^x, and bf16 read and written, for single numbers and for vectors of them.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include <c10/util/BFloat16.h>

// Into each variant for a processor, or its loops would not be that processor's.
#define STUDIO_INLINE __attribute__((always_inline)) inline

namespace studio::cpu {

template <class Float, class Int>
STUDIO_INLINE Float to_floats(Int n) {
  if constexpr (std::is_arithmetic_v<Int>) {
    return static_cast<Float>(n);
  } else {
    return __builtin_convertvector(n, Float);
  }
}

// e^x for x in [-87, 87], relative error below 2e-7: x = n ln 2 + r, a degree-6 polynomial in r, and n
// put into the exponent bits. Branch-free, so loops over it vectorise. A NaN stays one.
template <class Float, class Int>
STUDIO_INLINE Float exp_of(Float x) {
  constexpr float kLog2e = 1.44269504088896341F;
  constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  const Float shifted = x * kLog2e + 12582912.0F;  // 1.5 * 2^23: rounds to nearest
  const Int n = std::bit_cast<Int>(shifted) - 0x4B400000;
  const auto whole = to_floats<Float>(n);
  const Float r = (x - whole * kLn2High) - whole * kLn2Low;
  Float p = 1.3981999507e-3F * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  return p * std::bit_cast<Float>((n + 127) << 23);
}

// bf16 is the upper half of fp32. By bit operations on whole numbers, which vectorise without bf16 instructions.
STUDIO_INLINE float widened(float value) { return value; }
STUDIO_INLINE float widened(at::BFloat16 value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value.x) << 16U); }

STUDIO_INLINE void store(float value, float& out) { out = value; }
// To the nearest, of two as near to the even one. Rounding up could carry a NaN's digits into its sign.
STUDIO_INLINE void store(float value, at::BFloat16& out) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U;
  const bool is_nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
  out.x = static_cast<std::uint16_t>(is_nan ? 0x7FC0U : rounded);
}

}  // namespace studio::cpu
