// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Choosing where models run. The CUDA libraries are loaded only here and only when asked for or when
// a GPU is present, so that a laptop without one pays nothing for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <c10/core/Device.h>

#include "core/api/result.h"

namespace studio {

// "auto", "cpu" or "cuda:N". auto takes the first GPU that works, else the CPU.
// Errors: InvalidArgument for another text, or for a GPU that this computer or build does not offer
// (the message says which are there, or why none is).
Result<c10::Device> open_device(const std::string& text);

// One or several of these with commas between them: "cuda:0,cuda:1". Errors: also InvalidArgument for a GPU
// that stands there twice, and for more than kMostDevices.
inline constexpr std::size_t kMostDevices = 64;
Result<std::vector<c10::Device>> open_devices(const std::string& text);

// Blocks until the device has done all it was given: before a time is taken, as a GPU works behind its
// caller. Does nothing on a CPU.
void wait_for_device(c10::Device device);

// Has the C library keep up to 256 MB of what is freed. It would give most of it back to the system between a step's layers,
// and every page of it that the next layer asks for is cleared first. For the whole process; before the work begins.
void keep_freed_memory();

// Gives memory that is kept for reuse back, so that something larger, or another program, finds room.
void release_unused_memory(c10::Device device);

// The most that tensors had of a device's memory at once since it was last watched. Its context and libraries
// come on top. 0 on a CPU.
void watch_peak_memory(c10::Device device);
std::int64_t peak_memory_bytes(c10::Device device);

// 0: not known.
struct DeviceMemory {
  std::int64_t total_bytes = 0, free_bytes = 0;
};
// Of a CPU: the computer's. Blocks shortly.
DeviceMemory device_memory(c10::Device device);

}  // namespace studio
