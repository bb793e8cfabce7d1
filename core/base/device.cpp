// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Loads LibTorch's CUDA half on demand and counts GPUs.
#include "core/base/device.h"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include <c10/core/AllocatorConfig.h>
#include <c10/core/CachingDeviceAllocator.h>

#include <dlfcn.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <mutex>

namespace studio {
namespace {

struct Gpus {
  int count = 0;
  std::string why_none;
};

// Whether memory can be mapped in pieces on every GPU. Where the driver does not offer it (vGPU, old Jetsons), or
// offers it and fails (WSL), the first allocation would end in an error that is not about memory.
bool can_map_memory(void* driver) {
  std::ifstream kernel("/proc/sys/kernel/osrelease");
  std::string release;
  std::getline(kernel, release);
  if (release.find("icrosoft") != std::string::npos) return false;
  constexpr int kMemoryManagement = 102;  // CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED
  const auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  const auto count_of = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDeviceGetCount"));
  const auto attribute_of = reinterpret_cast<int (*)(int*, int, int)>(dlsym(driver, "cuDeviceGetAttribute"));
  int count = 0;
  if (init == nullptr || count_of == nullptr || attribute_of == nullptr || init(0) != 0 || count_of(&count) != 0) return false;
  for (int device = 0; device < count; ++device) {
    int is_offered = 0;
    if (attribute_of(&is_offered, kMemoryManagement, device) != 0 || is_offered == 0) return false;
  }
  return true;
}

Gpus find_gpus() {
  void* const driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (driver == nullptr) return {0, "no NVIDIA driver is installed"};
  // Found beside libtorch_cpu through this program's run path. It stays loaded: LibTorch registers its
  // operators once.
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    return {0, std::string("LibTorch's CUDA libraries cannot be loaded (build with --cuda to install them): ") + dlerror()};
  }
  // Segments that grow leave no gaps: a model and its pictures fit into a tenth less. Users may know better.
  const bool is_users_choice = std::getenv("PYTORCH_CUDA_ALLOC_CONF") != nullptr || std::getenv("PYTORCH_ALLOC_CONF") != nullptr;
  if (!is_users_choice && can_map_memory(driver)) {
    c10::CachingAllocator::setAllocatorSettings("expandable_segments:True");
  }
  // fp32 means fp32: the convolutions' default would round their inputs to 10 bits.
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  if (!at::globalContext().hasCUDA()) return {0, "the driver reports no usable GPU"};
  const int count = static_cast<int>(at::detail::getCUDAHooks().deviceCount());
  return {count, count == 0 ? "the driver reports no GPU" : ""};
}

const Gpus& gpus() {
  static const Gpus found = find_gpus();
  return found;
}

}  // namespace

void wait_for_device(c10::Device device) {
  if (device.is_cuda()) at::detail::getCUDAHooks().deviceSynchronize(device.index());
}

void keep_freed_memory() {
  // The first is the most that the library takes; setting either ends its own adapting.
  constexpr int kMostInHeap = 32 << 20, kMostKept = 256 << 20;
  mallopt(M_MMAP_THRESHOLD, kMostInHeap);
  mallopt(M_TRIM_THRESHOLD, kMostKept);
}

void release_unused_memory(c10::Device device) {
  if (device.is_cuda()) c10::getDeviceAllocator(c10::kCUDA)->emptyCache();
  if (device.is_cpu()) malloc_trim(0);
}

namespace {

// LibTorch's allocator of this device, or null before it has allocated anything: it refuses questions then.
c10::DeviceAllocator* used_allocator(c10::Device device) {
  if (!device.is_cuda()) return nullptr;
  c10::DeviceAllocator* const allocator = c10::getDeviceAllocator(c10::kCUDA);
  return allocator->initialized() ? allocator : nullptr;
}

}  // namespace

void watch_peak_memory(c10::Device device) {
  if (c10::DeviceAllocator* const allocator = used_allocator(device)) allocator->resetPeakStats(device.index());
}

std::int64_t peak_memory_bytes(c10::Device device) {
  using Stat = c10::CachingAllocator::StatType;
  c10::DeviceAllocator* const allocator = used_allocator(device);
  return allocator == nullptr ? 0 : allocator->getDeviceStats(device.index()).allocated_bytes[static_cast<std::size_t>(Stat::AGGREGATE)].peak;
}

DeviceMemory device_memory(c10::Device device) {
  if (device.is_cuda()) {
    const auto [free, total] = c10::getDeviceAllocator(c10::kCUDA)->getMemoryInfo(device.index());
    return {static_cast<std::int64_t>(total), static_cast<std::int64_t>(free)};
  }
  const long page_bytes = sysconf(_SC_PAGESIZE), pages = sysconf(_SC_PHYS_PAGES), free_pages = sysconf(_SC_AVPHYS_PAGES);
  if (page_bytes <= 0 || pages <= 0) return {};
  return {static_cast<std::int64_t>(pages) * page_bytes, static_cast<std::int64_t>(std::max(0L, free_pages)) * page_bytes};
}

Result<c10::Device> open_device(const std::string& text) {
  if (text == "cpu") return c10::Device(c10::kCPU);
  if (text == "auto") return gpus().count > 0 ? c10::Device(c10::kCUDA, 0) : c10::Device(c10::kCPU);
  int index = -1;
  if (text.rfind("cuda:", 0) == 0) {
    const auto read = std::from_chars(text.data() + 5, text.data() + text.size(), index);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || text.size() > 8) index = -1;
  }
  if (index < 0) {
    return Error{ErrorCode::InvalidArgument, "the device is \"" + text.substr(0, 40) + "\", but must be auto, cpu or cuda:N, such as cuda:0"};
  }
  if (gpus().count == 0) return Error{ErrorCode::InvalidArgument, "the device " + text + " cannot be used: " + gpus().why_none};
  if (index >= gpus().count) {
    return Error{ErrorCode::InvalidArgument,
                 "there is no device " + text + ": this computer has " + std::to_string(gpus().count) + " GPU(s), counted from cuda:0"};
  }
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
}

Result<std::vector<c10::Device>> open_devices(const std::string& text) {
  std::vector<c10::Device> devices;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    auto device = open_device(text.substr(begin, end - begin));
    if (!device) return device.error();
    const bool is_there = std::find(devices.begin(), devices.end(), device.value()) != devices.end();
    // Several times the CPU shares its cores; a GPU would hold the model twice and gain nothing.
    if (is_there && device.value().is_cuda()) {
      return Error{ErrorCode::InvalidArgument, "the device " + device.value().str() + " stands twice in \"" + text.substr(0, 80) + "\""};
    }
    devices.push_back(device.value());
    if (devices.size() > kMostDevices) {
      return Error{ErrorCode::InvalidArgument, "there are more than " + std::to_string(kMostDevices) + " devices in \"" + text.substr(0, 80) + "\""};
    }
    begin = end + 1;
  }
  return devices;
}

}  // namespace studio
