// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Minimal filtering's passes before and after its products. A thread has four channels of a tile: eight bytes of 16-bit
// numbers, so that a warp's accesses fill whole sectors and 16 of them fit into registers many times over.
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

// Which tile or output a thread has, and the first of its channels.
struct Place {
  unsigned item, channel;
  __device__ explicit Place(std::int64_t channels) {
    const unsigned fours = static_cast<unsigned>(channels) / kFour, thread = blockIdx.x * kThreads + threadIdx.x;
    item = thread / fours;
    channel = (thread - item * fours) * kFour;
  }
};

// Where a tile lies.
struct TilePlace {
  int sample, y, x;  // of its first pixel
  template <class Call>
  __device__ TilePlace(const Call& call, unsigned tile) {
    const auto columns = static_cast<unsigned>((call.width + 1) / 2), lines = static_cast<unsigned>((call.height + 1) / 2);
    const unsigned line = tile / columns;
    x = 2 * static_cast<int>(tile - line * columns);
    sample = static_cast<int>(line / lines);
    y = 2 * static_cast<int>(line - static_cast<unsigned>(sample) * lines);
  }
};

template <class Call>
__host__ __device__ std::int64_t tiles_of(const Call& call) {
  return call.samples * ((call.height + 1) / 2) * ((call.width + 1) / 2);
}

// B^T x, likewise x B.
__device__ inline void filter_input(const float (&x)[4], float (&out)[4]) {
  out[0] = x[0] - x[2];
  out[1] = x[1] + x[2];
  out[2] = x[2] - x[1];
  out[3] = x[1] - x[3];
}

// A^T x, likewise x A.
__device__ inline void filter_output(const float (&x)[4], float (&out)[2]) {
  out[0] = x[0] + x[1] + x[2];
  out[1] = x[1] - x[2] - x[3];
}

// G x, likewise x G^T.
__device__ inline void filter_weight(const float (&x)[3], float (&out)[4]) {
  out[0] = x[0];
  out[1] = 0.5F * (x[0] + x[1] + x[2]);
  out[2] = 0.5F * (x[0] - x[1] + x[2]);
  out[3] = x[2];
}

// filter * x * filter^T for one channel. x and out are indexed by [line][column].
template <int kIn, int kOut, class Filter>
__device__ inline void filter_both(const float (&x)[kIn][kIn], float (&out)[kOut][kOut], const Filter& filter) {
  float lines[kOut][kIn];
#pragma unroll
  for (int j = 0; j < kIn; ++j) {
    float column[kIn], filtered[kOut];
#pragma unroll
    for (int i = 0; i < kIn; ++i) column[i] = x[i][j];
    filter(column, filtered);
#pragma unroll
    for (int i = 0; i < kOut; ++i) lines[i][j] = filtered[i];
  }
#pragma unroll
  for (int i = 0; i < kOut; ++i) filter(lines[i], out[i]);
}

template <class T>
__global__ void __launch_bounds__(kThreads) to_tiles(WinogradInput call) {
  const Place place(call.channels);
  const auto tiles = static_cast<unsigned>(tiles_of(call));
  if (place.item >= tiles) return;
  const TilePlace tile(call, place.item);
  FourNumbers<T> pixels[4][4];
#pragma unroll
  for (int i = 0; i < 4; ++i) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const int y = tile.y - 1 + i, x = tile.x - 1 + j;
      const bool is_inside = y >= 0 && y < call.height && x >= 0 && x < call.width;
      const std::int64_t from = ((tile.sample * call.height + y) * call.width + x) * call.channels + place.channel;
      if (is_inside) {
        pixels[i][j] = *four_at<T>(call.x, from);
      } else {
#pragma unroll
        for (int k = 0; k < kFour; ++k) pixels[i][j].values[k] = from_float<T>(0.0F);
      }
    }
  }
#pragma unroll
  for (int k = 0; k < kFour; ++k) {
    float in[4][4], out[4][4];
#pragma unroll
    for (int i = 0; i < 16; ++i) in[i / 4][i % 4] = to_float(pixels[i / 4][i % 4].values[k]);
    filter_both<4, 4>(in, out, [](const auto& x, auto& y) { filter_input(x, y); });
#pragma unroll
    for (int i = 0; i < 16; ++i) pixels[i / 4][i % 4].values[k] = from_float<T>(out[i / 4][i % 4]);
  }
#pragma unroll
  for (int i = 0; i < 16; ++i) {
    *four_at<T>(call.out, (static_cast<std::int64_t>(i) * tiles + place.item) * call.channels + place.channel) = pixels[i / 4][i % 4];
  }
}

template <class T>
__global__ void __launch_bounds__(kThreads) to_filters(WinogradWeight call) {
  const Place place(call.channels);
  if (place.item >= call.outputs) return;
  FourNumbers<T> weights[9], filters[16];
#pragma unroll
  for (int i = 0; i < 9; ++i) weights[i] = *four_at<T>(call.weight, (static_cast<std::int64_t>(place.item) * 9 + i) * call.channels + place.channel);
#pragma unroll
  for (int k = 0; k < kFour; ++k) {
    float in[3][3], out[4][4];
#pragma unroll
    for (int i = 0; i < 9; ++i) in[i / 3][i % 3] = to_float(weights[i].values[k]);
    filter_both<3, 4>(in, out, [](const auto& x, auto& y) { filter_weight(x, y); });
#pragma unroll
    for (int i = 0; i < 16; ++i) filters[i].values[k] = from_float<T>(out[i / 4][i % 4]);
  }
#pragma unroll
  for (int i = 0; i < 16; ++i) *four_at<T>(call.out, (i * call.outputs + place.item) * call.channels + place.channel) = filters[i];
}

template <class T>
__global__ void __launch_bounds__(kThreads) from_tiles(WinogradOutput call) {
  const Place place(call.channels);
  const auto tiles = static_cast<unsigned>(tiles_of(call));
  if (place.item >= tiles) return;
  const TilePlace tile(call, place.item);
  FourNumbers<T> products[16], pixels[4];
#pragma unroll
  for (int i = 0; i < 16; ++i) {
    products[i] = *four_at<T>(call.products, (static_cast<std::int64_t>(i) * tiles + place.item) * call.channels + place.channel);
  }
  std::int64_t to[4];
  bool is_inside[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int y = tile.y + i / 2, x = tile.x + i % 2;
    is_inside[i] = y < call.height && x < call.width;
    to[i] = ((tile.sample * call.height + y) * call.width + x) * call.channels + place.channel;
    if (call.residual != nullptr && is_inside[i]) {
      pixels[i] = *four_at<T>(call.residual, to[i]);
    } else {
#pragma unroll
      for (int k = 0; k < kFour; ++k) pixels[i].values[k] = from_float<T>(0.0F);
    }
  }
  FourNumbers<T> bias{};
  if (call.bias != nullptr) bias = *four_at<T>(call.bias, place.channel);
#pragma unroll
  for (int k = 0; k < kFour; ++k) {
    float in[4][4], out[2][2];
#pragma unroll
    for (int i = 0; i < 16; ++i) in[i / 4][i % 4] = to_float(products[i].values[k]);
    filter_both<4, 2>(in, out, [](const auto& x, auto& y) { filter_output(x, y); });
#pragma unroll
    for (int i = 0; i < 4; ++i) pixels[i].values[k] = from_float<T>(out[i / 2][i % 2] + to_float(bias.values[k]) + to_float(pixels[i].values[k]));
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if (is_inside[i]) *four_at<T>(call.out, to[i]) = pixels[i];
  }
}

template <class Kernel, class Call>
Status launch(Kernel kernel, const Call& call, std::int64_t items, cudaStream_t stream) {
  const std::int64_t threads = items * (call.channels / kFour);
  if (threads > 0x7fffffffLL - kThreads) return {"minimal filtering: there are too many pixels or channels."};
  kernel<<<static_cast<unsigned>(divide_up(threads, kThreads)), kThreads, 0, stream>>>(call);
  return launch_status();
}

}  // namespace

Status winograd_input(const WinogradInput& call, Stream stream) {
  return run(call, stream, [&](auto kind, cudaStream_t handle) { return launch(to_tiles<decltype(kind)>, call, tiles_of(call), handle); });
}

Status winograd_weight(const WinogradWeight& call, Stream stream) {
  return run(call, stream, [&](auto kind, cudaStream_t handle) { return launch(to_filters<decltype(kind)>, call, call.outputs, handle); });
}

Status winograd_output(const WinogradOutput& call, Stream stream) {
  return run(call, stream, [&](auto kind, cudaStream_t handle) { return launch(from_tiles<decltype(kind)>, call, tiles_of(call), handle); });
}

}  // namespace studio::cuda
