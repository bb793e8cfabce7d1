// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Products in vectors of the compiler's, by AVX-512's bf16 instruction, and by AMX's tiles.
#include "core/model/cpu_products.h"

#include <vector>

#ifdef STUDIO_HAS_VARIANTS
#include <immintrin.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace studio::cpu {
namespace {

// c = a b. Shapes: a [kRows, depth], b [depth, kVectors vectors], c [kRows, kVectors vectors]; rows are *_stride apart.
template <class Its, std::int64_t kRows, std::int64_t kVectors>
STUDIO_INLINE void multiply_vectors(const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride, std::int64_t depth, float* c,
                                    std::int64_t c_stride) {
  using Floats = typename Its::Floats;
  Floats sums[kRows][kVectors] = {};
  for (std::int64_t i = 0; i < depth; ++i) {
    Floats row[kVectors];
#pragma GCC unroll 2
    for (std::int64_t v = 0; v < kVectors; ++v) row[v] = load<Its>(b + i * b_stride + v * Its::kCount);
#pragma GCC unroll 8
    for (std::int64_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
      for (std::int64_t v = 0; v < kVectors; ++v) sums[r][v] += a[r * a_stride + i] * row[v];
    }
  }
#pragma GCC unroll 8
  for (std::int64_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::int64_t v = 0; v < kVectors; ++v) store<Its>(sums[r][v], c + r * c_stride + v * Its::kCount);
  }
}

// Of a product's result: as many rows as the registers hold, so that sums need not wait for each other.
template <int kBytes>
STUDIO_INLINE void multiply_fp32(const float* a, std::int64_t a_stride, std::int64_t rows, const float* panel, std::int64_t depth, float* c,
                                 std::int64_t c_stride) {
  using Its = Lanes<kBytes>;
  constexpr std::int64_t kRows = kBytes == 64 ? 8 : 4, kVectors = 2;
  for (std::int64_t first = 0; first < kPanel; first += kVectors * Its::kCount) {
    for (std::int64_t r = 0; r < rows; r += kRows) {
      multiply_vectors<Its, kRows, kVectors>(a + r * a_stride, a_stride, panel + first, kPanel, depth, c + r * c_stride + first, c_stride);
    }
  }
}

#define STUDIO_MULTIPLY_FP32(name, bytes, target)                                                                                     \
  target void name(const float* a, std::int64_t a_stride, std::int64_t rows, const float* panel, std::int64_t depth, float* c, \
                   std::int64_t c_stride) {                                                                                           \
    multiply_fp32<bytes>(a, a_stride, rows, panel, depth, c, c_stride);                                                              \
  }
STUDIO_MULTIPLY_FP32(fp32_by_16, 16, )
STUDIO_MULTIPLY_FP32(fp32_by_32, 32, STUDIO_V3)
STUDIO_MULTIPLY_FP32(fp32_by_64, 64, STUDIO_V4)
#undef STUDIO_MULTIPLY_FP32

#ifdef STUDIO_HAS_VARIANTS
#define STUDIO_DOT __attribute__((target("arch=x86-64-v4,avx512bf16")))

STUDIO_DOT void bf16_by_dots(const at::BFloat16* a, std::int64_t a_stride, std::int64_t rows, const at::BFloat16* panel, std::int64_t depth,
                             float* c, std::int64_t c_stride) {
  constexpr std::int64_t kRows = 8;
  const at::BFloat16* const second = panel + 16 * depth;
  for (std::int64_t r = 0; r < rows; r += kRows) {
    __m512 sums[kRows][2] = {};
    const at::BFloat16* const its = a + r * a_stride;
    for (std::int64_t d = 0; d < depth; d += 2) {
      const auto left = __builtin_bit_cast(__m512bh, _mm512_loadu_si512(panel + d * 16));
      const auto right = __builtin_bit_cast(__m512bh, _mm512_loadu_si512(second + d * 16));
#pragma GCC unroll 8
      for (std::int64_t k = 0; k < kRows; ++k) {
        std::int32_t pair;
        std::memcpy(&pair, its + k * a_stride + d, sizeof pair);
        const auto pairs = __builtin_bit_cast(__m512bh, _mm512_set1_epi32(pair));
        sums[k][0] = _mm512_dpbf16_ps(sums[k][0], pairs, left);
        sums[k][1] = _mm512_dpbf16_ps(sums[k][1], pairs, right);
      }
    }
#pragma GCC unroll 8
    for (std::int64_t k = 0; k < kRows; ++k) {
      _mm512_storeu_ps(c + (r + k) * c_stride, sums[k][0]);
      _mm512_storeu_ps(c + (r + k) * c_stride + 16, sums[k][1]);
    }
  }
}

#define STUDIO_TILES __attribute__((target("arch=x86-64-v4,amx-tile,amx-bf16")))

STUDIO_TILES void bf16_by_tiles(const at::BFloat16* a, std::int64_t a_stride, std::int64_t rows, const at::BFloat16* panel, std::int64_t depth,
                                float* c, std::int64_t c_stride) {
  asm volatile("" ::: "memory");  // the compiler does not know what tile loads read
  constexpr std::int64_t kTileRows = 16, kTileDepth = 32, kPairBytes = 64;
  const at::BFloat16* const second = panel + 16 * depth;
  const std::int64_t a_bytes = 2 * a_stride, c_bytes = 4 * c_stride;
  std::int64_t r = 0;
  for (; r + 2 * kTileRows <= rows; r += 2 * kTileRows) {
    const at::BFloat16 *const upper = a + r * a_stride, *const lower = upper + kTileRows * a_stride;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (std::int64_t d = 0; d < depth; d += kTileDepth) {
      _tile_loadd(4, upper + d, a_bytes);
      _tile_loadd(6, panel + d * 16, kPairBytes);
      _tile_loadd(7, second + d * 16, kPairBytes);
      _tile_dpbf16ps(0, 4, 6);
      _tile_loadd(5, lower + d, a_bytes);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    float* const out = c + r * c_stride;
    _tile_stored(0, out, c_bytes);
    _tile_stored(1, out + 16, c_bytes);
    _tile_stored(2, out + kTileRows * c_stride, c_bytes);
    _tile_stored(3, out + kTileRows * c_stride + 16, c_bytes);
  }
  if (r == rows) return;
  _tile_zero(0);
  _tile_zero(1);
  for (std::int64_t d = 0; d < depth; d += kTileDepth) {
    _tile_loadd(4, a + r * a_stride + d, a_bytes);
    _tile_loadd(6, panel + d * 16, kPairBytes);
    _tile_loadd(7, second + d * 16, kPairBytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
  }
  _tile_stored(0, c + r * c_stride, c_bytes);
  _tile_stored(1, c + r * c_stride + 16, c_bytes);
}

struct alignas(64) TileSizes {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileSizes) == 64);

STUDIO_TILES void set_tiles_up() {
  static const TileSizes sizes;
  asm volatile("" ::: "memory");
  _tile_loadconfig(&sizes);
}
STUDIO_TILES void let_tiles_go() { _tile_release(); }

// Linux gives a process the tiles' 8 KB a thread only when asked.
bool may_use_tiles() {
#ifdef __linux__
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") && __builtin_cpu_supports("x86-64-v4") &&
         syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}
#endif

}  // namespace

TileScope::TileScope(bool has_tiles) : has_tiles_(has_tiles) {
#ifdef STUDIO_HAS_VARIANTS
  if (has_tiles_) set_tiles_up();
#endif
}

TileScope::~TileScope() {
#ifdef STUDIO_HAS_VARIANTS
  if (has_tiles_) let_tiles_go();
#endif
}

template <>
std::span<const Multiplier<float>> multipliers() {
  static const auto all = [] {
    std::vector<Multiplier<float>> those;
    if (vector_bytes() >= 64) those.push_back({"AVX-512", fp32_by_64});
    if (vector_bytes() >= 32) those.push_back({"AVX2", fp32_by_32});
    those.push_back({"vectors of 16 bytes", fp32_by_16});
    return those;
  }();
  return all;
}

template <>
std::span<const Multiplier<at::BFloat16>> multipliers() {
  static const auto all = [] {
    std::vector<Multiplier<at::BFloat16>> those;
#ifdef STUDIO_HAS_VARIANTS
    if (may_use_tiles()) those.push_back({"AMX", bf16_by_tiles, true});
    if (__builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512bf16")) those.push_back({"AVX-512 BF16", bf16_by_dots});
#endif
    return those;
  }();
  return all;
}

}  // namespace studio::cpu
