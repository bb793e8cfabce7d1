// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Whether a GPU has Hopper's instructions, how many multiprocessors, and launches that overlap the kernel before.
#pragma once

#include <cuda_runtime.h>

#include <array>
#include <atomic>
#include <cstddef>

namespace studio::cuda {

constexpr int kMostGpus = 64;

struct Gpu {
  const char* error = nullptr;
  int processors = 0;
};

// Asked once of each GPU. Threads: any.
inline Gpu look_at_gpu(int device) {
  static std::array<std::atomic<int>, kMostGpus> known{};  // processors, or -1
  if (device < 0 || device >= kMostGpus) return {"the GPU is not there."};
  int processors = known[device].load();
  if (processors == 0) {
    int major = 0, minor = 0;
    cudaError_t error = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
    if (error == cudaSuccess) error = cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
    if (error == cudaSuccess) error = cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
    if (error != cudaSuccess) return {cudaGetErrorString(error)};
    if (major != 9 || minor != 0) processors = -1;
    known[device].store(processors);
  }
  return {processors > 0 ? nullptr : "it is not of the Hopper kind (9.0).", processors};
}

// Launches a kernel that may begin before the one before it in the stream has ended, and waits for that itself
// (hopper::await_kernel_before()).
template <class... Parameters, class... Arguments>
cudaError_t launch_early(void (*kernel)(Parameters...), dim3 grid, int threads, int shared_bytes, cudaStream_t stream, const Arguments&... arguments) {
  cudaLaunchAttribute early{};
  early.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  early.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t launch{};
  launch.gridDim = grid;
  launch.blockDim = dim3(static_cast<unsigned>(threads));
  launch.dynamicSmemBytes = static_cast<std::size_t>(shared_bytes);
  launch.stream = stream;
  launch.attrs = &early;
  launch.numAttrs = 1;
  return cudaLaunchKernelEx(&launch, kernel, arguments...);
}

}  // namespace studio::cuda
