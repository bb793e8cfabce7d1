// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// fp32, fp16, bf16 and fp8 in memory, to double and back.
#include "cuda/ref/ref_ops.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace studio::cuda::ref {
namespace {

double half_value(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 31) return fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

// nearbyint rounds ties to even. A fraction that rounds up to 1024 carries into the exponent, as it should.
std::uint16_t half_bits(double value) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const double size = std::fabs(value);
  if (std::isnan(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  if (size < std::ldexp(1.0, -14)) return sign | static_cast<std::uint16_t>(std::nearbyint(std::ldexp(size, 24)));
  const int exponent = std::ilogb(size);
  const auto fraction = static_cast<int>(std::nearbyint(std::ldexp(size, 10 - exponent))) - 1024;
  return sign | static_cast<std::uint16_t>(((exponent + 15) << 10) + fraction);
}

std::uint16_t bfloat_bits(double value) {
  if (std::isnan(value)) return 0x7fc0;
  const auto single = static_cast<float>(value);
  std::uint32_t bits = 0;
  std::memcpy(&bits, &single, sizeof bits);
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U);
}

}  // namespace

double get(const void* array, DType dtype, std::int64_t index) {
  if (dtype == DType::F32) return static_cast<const float*>(array)[index];
  const std::uint16_t bits = static_cast<const std::uint16_t*>(array)[index];
  if (dtype == DType::F16) return half_value(bits);
  const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16U;
  float value = 0;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

double fp8_value(std::uint8_t bits) {
  const int exponent = (bits >> 3) & 15, fraction = bits & 7;
  if ((bits & 127) == 127) return std::numeric_limits<double>::quiet_NaN();
  const double size = exponent == 0 ? std::ldexp(fraction, -9) : std::ldexp(8 + fraction, exponent - 10);
  return (bits & 128) != 0 ? -size : size;
}

std::uint8_t fp8_bits(double value) {
  const int sign = std::signbit(value) ? 128 : 0;
  const double size = std::fmin(std::fabs(value), 448.0);
  if (std::isnan(value)) return static_cast<std::uint8_t>(sign | 127);
  if (size < std::ldexp(1.0, -6)) return static_cast<std::uint8_t>(sign | static_cast<int>(std::nearbyint(std::ldexp(size, 9))));
  const int exponent = std::ilogb(size);
  const auto fraction = static_cast<int>(std::nearbyint(std::ldexp(size, 3 - exponent))) - 8;
  return static_cast<std::uint8_t>(sign | (((exponent + 7) << 3) + fraction));
}

void put(void* array, DType dtype, std::int64_t index, double value) {
  if (dtype == DType::F32) {
    static_cast<float*>(array)[index] = static_cast<float>(value);
  } else {
    static_cast<std::uint16_t*>(array)[index] = dtype == DType::F16 ? half_bits(value) : bfloat_bits(value);
  }
}

double rounded(double value, DType dtype) {
  float storage = 0;
  put(&storage, dtype, 0, value);
  return get(&storage, dtype, 0);
}

}  // namespace studio::cuda::ref
