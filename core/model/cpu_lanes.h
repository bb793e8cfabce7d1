// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the CPU passes share: vectors, e^x, and bf16 read and written, for single numbers and for vectors of them.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include <c10/util/BFloat16.h>

// Into each variant for a processor, or its loops would not be that processor's; so no std::bit_cast() in them, which is
// a call without optimisation.
#define STUDIO_INLINE __attribute__((always_inline)) inline
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define STUDIO_HAS_VARIANTS
#define STUDIO_V3 __attribute__((target("arch=x86-64-v3")))
#define STUDIO_V4 __attribute__((target("arch=x86-64-v4")))
#else
#define STUDIO_V3
#define STUDIO_V4
#endif

namespace studio::cpu {

// Bytes of this processor's vectors, as far as the build has variants for them: 64, 32 or 16.
inline int vector_bytes() {
#ifdef STUDIO_HAS_VARIANTS
  if (__builtin_cpu_supports("x86-64-v4")) return 64;
  if (__builtin_cpu_supports("x86-64-v3")) return 32;
#endif
  return 16;
}

// The variant for it.
template <class Function>
Function for_this_processor(Function by_16, Function by_32, Function by_64) {
  return vector_bytes() == 64 ? by_64 : vector_bytes() == 32 ? by_32 : by_16;
}

// Vectors of kBytes.
template <int kBytes>
struct Lanes {
  typedef float Floats __attribute__((vector_size(kBytes)));
  typedef std::int32_t Ints __attribute__((vector_size(kBytes)));
  typedef std::uint32_t Bits __attribute__((vector_size(kBytes)));
  typedef std::uint16_t Halves __attribute__((vector_size(kBytes / 2)));
  static constexpr std::int64_t kCount = kBytes / 4;
};

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
  const Int n = __builtin_bit_cast(Int, shifted) - 0x4B400000;
  const auto whole = to_floats<Float>(n);
  const Float r = (x - whole * kLn2High) - whole * kLn2Low;
  Float p = 1.3981999507e-3F * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  return p * __builtin_bit_cast(Float, (n + 127) << 23);
}

// bf16 is the upper half of fp32. By bit operations on whole numbers, which vectorise without bf16 instructions.
STUDIO_INLINE float widened(float value) { return value; }
STUDIO_INLINE float widened(at::BFloat16 value) { return __builtin_bit_cast(float, static_cast<std::uint32_t>(value.x) << 16U); }

STUDIO_INLINE void store(float value, float& out) { out = value; }
// To the nearest, of two as near to the even one. Rounding up could carry a NaN's digits into its sign.
STUDIO_INLINE void store(float value, at::BFloat16& out) {
  const auto bits = __builtin_bit_cast(std::uint32_t, value);
  const std::uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U;
  const bool is_nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
  out.x = static_cast<std::uint16_t>(is_nan ? 0x7FC0U : rounded);
}

// The same of vectors.
template <class Its>
STUDIO_INLINE typename Its::Floats load(const float* from) {
  typename Its::Floats lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

template <class Its>
STUDIO_INLINE typename Its::Floats load(const at::BFloat16* from) {
  typename Its::Halves halves;
  std::memcpy(&halves, from, sizeof halves);
  return __builtin_bit_cast(typename Its::Floats, __builtin_convertvector(halves, typename Its::Bits) << 16U);
}

template <class Its>
STUDIO_INLINE void store(typename Its::Floats lanes, float* out) {
  std::memcpy(out, &lanes, sizeof lanes);
}

template <class Its>
STUDIO_INLINE void store(typename Its::Floats lanes, at::BFloat16* out) {
  using Bits = typename Its::Bits;
  const auto bits = __builtin_bit_cast(Bits, lanes);
  const Bits rounded = (bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U;
  const Bits its = (bits & 0x7FFFFFFFU) > 0x7F800000U ? Bits{} + 0x7FC0U : rounded;
  const auto halves = __builtin_convertvector(its, typename Its::Halves);
  std::memcpy(out, &halves, sizeof halves);
}

}  // namespace studio::cpu
