// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Minimal filtering's passes before and after its products. A thread has four channels of a tile: eight bytes of 16-bit
// numbers, so that a warp's accesses fill whole sectors and a tile fits into registers many times over.
#include "cuda/src/vectors.cuh"

namespace studio::cuda {
namespace {

constexpr int kFour = 4, kThreads = 128;

template <class T>
struct alignas(kFour * sizeof(T)) FourNumbers {
  T values[kFour];
};

template <class T>
__device__ FourNumbers<T>* four_at(const void* array, std::int64_t number) {
  return reinterpret_cast<FourNumbers<T>*>(const_cast<T*>(static_cast<const T*>(array)) + number);
}

template <class T>
__device__ FourNumbers<T> four_zeros() {
  FourNumbers<T> zeros;
#pragma unroll
  for (int k = 0; k < kFour; ++k) zeros.values[k] = from_float<T>(0.0F);
  return zeros;
}

// Which tile or output a thread has, and the first of its channels.
struct Place {
  unsigned item, channel;
  __device__ explicit Place(std::int64_t channels) {
    const unsigned fours = static_cast<unsigned>(channels) / kFour, thread = blockIdx.x * kThreads + threadIdx.x;
    item = thread / fours;
    channel = (thread - item * fours) * kFour;
  }
};

// The tiles of a call.
struct Tiles {
  unsigned count, lines, columns;  // of each sample
  template <class Call>
  explicit Tiles(const Call& call)
      : count(static_cast<unsigned>(winograd_tiles(call))),
        lines(static_cast<unsigned>(winograd_lines(call.height, call.doubles))),
        columns(static_cast<unsigned>(winograd_lines(call.width, call.doubles))) {}
};

// Where a tile begins.
struct TilePlace {
  int sample, y, x;
  __device__ TilePlace(const Tiles& tiles, unsigned tile) {
    const unsigned line = tile / tiles.columns;
    x = 2 * static_cast<int>(tile - line * tiles.columns);
    sample = static_cast<int>(line / tiles.lines);
    y = 2 * static_cast<int>(line - static_cast<unsigned>(sample) * tiles.lines);
  }
};

// The matrices' products with a column, likewise with a line: B^T x, A^T x and G x.
struct FilterInput {
  __device__ void operator()(const float (&x)[4], float (&out)[4]) const {
    out[0] = x[0] - x[2];
    out[1] = x[1] + x[2];
    out[2] = x[2] - x[1];
    out[3] = x[1] - x[3];
  }
  __device__ void operator()(const float (&x)[3], float (&out)[3]) const {
    out[0] = x[0] - x[1];
    out[1] = x[1];
    out[2] = x[1] - x[2];
  }
};
struct FilterOutput {
  __device__ void operator()(const float (&x)[4], float (&out)[2]) const {
    out[0] = x[0] + x[1] + x[2];
    out[1] = x[1] - x[2] - x[3];
  }
  __device__ void operator()(const float (&x)[3], float (&out)[2]) const {
    out[0] = x[0] + x[1];
    out[1] = x[1] - x[2];
  }
};
struct FilterWeight {
  int part = 0;
  __device__ void operator()(const float (&x)[3], float (&out)[4]) const {
    out[0] = x[0];
    out[1] = 0.5F * (x[0] + x[1] + x[2]);
    out[2] = 0.5F * (x[0] - x[1] + x[2]);
    out[3] = x[2];
  }
  __device__ void operator()(const float (&x)[3], float (&out)[3]) const {
    out[0] = part == 0 ? x[0] : x[0] + x[1];
    out[1] = x[0] + x[1] + x[2];
    out[2] = part == 0 ? x[1] + x[2] : x[2];
  }
};

// What left and right make of x [line][column], for one of four channels; the numbers of the result line by line.
template <int kOut, int kIn, class T, class Filter>
__device__ __forceinline__ void filter_both(const FourNumbers<T> (&x)[kIn * kIn], int k, float (&out)[kOut][kOut], const Filter& left, const Filter& right) {
  float lines[kOut][kIn];
#pragma unroll
  for (int j = 0; j < kIn; ++j) {
    float column[kIn], filtered[kOut];
#pragma unroll
    for (int i = 0; i < kIn; ++i) column[i] = to_float(x[i * kIn + j].values[k]);
    left(column, filtered);
#pragma unroll
    for (int i = 0; i < kOut; ++i) lines[i][j] = filtered[i];
  }
#pragma unroll
  for (int i = 0; i < kOut; ++i) right(lines[i], out[i]);
}

template <class T, int kSide>
__global__ void __launch_bounds__(kThreads) to_tiles(WinogradInput call, Tiles tiles) {
  const Place place(call.channels);
  if (place.item >= tiles.count) return;
  const TilePlace tile(tiles, place.item);
  FourNumbers<T> pixels[kSide * kSide];
#pragma unroll
  for (int i = 0; i < kSide * kSide; ++i) {
    const int y = tile.y - 1 + i / kSide, x = tile.x - 1 + i % kSide;
    const bool is_inside = y >= 0 && y < call.height && x >= 0 && x < call.width;
    const std::int64_t from = ((tile.sample * call.height + y) * call.width + x) * call.channels + place.channel;
    pixels[i] = is_inside ? *four_at<T>(call.x, from) : four_zeros<T>();
  }
#pragma unroll
  for (int k = 0; k < kFour; ++k) {
    float out[kSide][kSide];
    filter_both<kSide, kSide>(pixels, k, out, FilterInput(), FilterInput());
#pragma unroll
    for (int i = 0; i < kSide * kSide; ++i) pixels[i].values[k] = from_float<T>(out[i / kSide][i % kSide]);
  }
#pragma unroll
  for (int i = 0; i < kSide * kSide; ++i) {
    *four_at<T>(call.out, (static_cast<std::int64_t>(i) * tiles.count + place.item) * call.channels + place.channel) = pixels[i];
  }
}

template <class T, int kSide, int kParts>
__global__ void __launch_bounds__(kThreads) to_filters(WinogradWeight call) {
  const Place place(call.channels);
  if (place.item >= call.outputs) return;
  FourNumbers<T> weights[9];
#pragma unroll
  for (int i = 0; i < 9; ++i) weights[i] = *four_at<T>(call.weight, (static_cast<std::int64_t>(place.item) * 9 + i) * call.channels + place.channel);
#pragma unroll
  for (int part = 0; part < kParts; ++part) {
    FourNumbers<T> filters[kSide * kSide];
#pragma unroll
    for (int k = 0; k < kFour; ++k) {
      float out[kSide][kSide];
      filter_both<kSide, 3>(weights, k, out, FilterWeight{part / 2}, FilterWeight{part % 2});
#pragma unroll
      for (int i = 0; i < kSide * kSide; ++i) filters[i].values[k] = from_float<T>(out[i / kSide][i % kSide]);
    }
#pragma unroll
    for (int i = 0; i < kSide * kSide; ++i) {
      *four_at<T>(call.out, ((i * kParts + part) * call.outputs + place.item) * call.channels + place.channel) = filters[i];
    }
  }
}

template <class T, int kSide, int kParts>
__global__ void __launch_bounds__(kThreads) from_tiles(WinogradOutput call, Tiles tiles) {
  constexpr int kTimes = kParts == 1 ? 1 : 2;
  const Place place(call.channels);
  if (place.item >= tiles.count) return;
  const TilePlace tile(tiles, place.item);
  const FourNumbers<T> bias = call.bias != nullptr ? *four_at<T>(call.bias, place.channel) : four_zeros<T>();
  const std::int64_t height = kTimes * call.height, width = kTimes * call.width;
#pragma unroll
  for (int part = 0; part < kParts; ++part) {
    FourNumbers<T> products[kSide * kSide], pixels[4];
#pragma unroll
    for (int i = 0; i < kSide * kSide; ++i) {
      products[i] = *four_at<T>(call.products, ((static_cast<std::int64_t>(i) * tiles.count + place.item) * kParts + part) * call.channels + place.channel);
    }
    std::int64_t to[4];
    bool is_inside[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int y = kTimes * (tile.y + i / 2) - part / 2, x = kTimes * (tile.x + i % 2) - part % 2;
      is_inside[i] = y >= 0 && y < height && x >= 0 && x < width;
      to[i] = ((tile.sample * height + y) * width + x) * call.channels + place.channel;
      pixels[i] = call.residual != nullptr && is_inside[i] ? *four_at<T>(call.residual, to[i]) : four_zeros<T>();
    }
#pragma unroll
    for (int k = 0; k < kFour; ++k) {
      float out[2][2];
      filter_both<2, kSide>(products, k, out, FilterOutput(), FilterOutput());
#pragma unroll
      for (int i = 0; i < 4; ++i) pixels[i].values[k] = from_float<T>(out[i / 2][i % 2] + to_float(bias.values[k]) + to_float(pixels[i].values[k]));
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      if (is_inside[i]) *four_at<T>(call.out, to[i]) = pixels[i];
    }
  }
}

// One thread for four channels of each tile or output.
template <class Call, class... More>
Status launch(void (*kernel)(Call, More...), const Call& call, std::int64_t items, cudaStream_t stream, const More&... more) {
  const std::int64_t threads = items * (call.channels / kFour);
  if (threads > 0x7fffffffLL - kThreads) return {"minimal filtering: there are too many pixels or channels."};
  kernel<<<static_cast<unsigned>(divide_up(threads, kThreads)), kThreads, 0, stream>>>(call, more...);
  return launch_status();
}

}  // namespace

Status winograd_input(const WinogradInput& call, Stream stream) {
  return run(call, stream, [&](auto kind, cudaStream_t handle) {
    using T = decltype(kind);
    return launch(call.doubles ? to_tiles<T, 3> : to_tiles<T, 4>, call, winograd_tiles(call), handle, Tiles(call));
  });
}

Status winograd_weight(const WinogradWeight& call, Stream stream) {
  return run(call, stream, [&](auto kind, cudaStream_t handle) {
    using T = decltype(kind);
    return launch(call.doubles ? to_filters<T, 3, 4> : to_filters<T, 4, 1>, call, call.outputs, handle);
  });
}

Status winograd_output(const WinogradOutput& call, Stream stream) {
  return run(call, stream, [&](auto kind, cudaStream_t handle) {
    using T = decltype(kind);
    return launch(call.doubles ? from_tiles<T, 3, 4> : from_tiles<T, 4, 1>, call, winograd_tiles(call), handle, Tiles(call));
  });
}

}  // namespace studio::cuda
