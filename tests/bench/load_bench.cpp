// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How long a model takes to load, first with its hash unknown, then known, and how much memory at most:
//   load-bench MODEL [fp32|fp16|bf16] [cpu|cuda:N]
#include "core/base/device.h"
#include "core/io/hash_cache.h"
#include "core/model/sdxl_model.h"

#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>
#include <sys/resource.h>

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "load-bench MODEL [fp32|fp16|bf16] [cpu|cuda:N]\n";
    return 2;
  }
  const std::string path = argv[1], dtype = argc > 2 ? argv[2] : "fp16";
  studio::ModelOptions options;
  options.dtype = dtype == "fp32" ? c10::kFloat : dtype == "bf16" ? c10::kBFloat16 : c10::kHalf;
  options.paths.resources_path = STUDIO_RESOURCES_DIR;
  auto device = studio::open_device(argc > 3 ? argv[3] : "cpu");
  if (!device) {
    std::cerr << device.error().message << "\n";
    return 1;
  }
  options.device = device.value();
  double bytes = 0;
  for (const std::string& file : studio::ModelFiles::open(path, options.paths).value().all_files()) {
    bytes += static_cast<double>(std::filesystem::file_size(file));
  }
  studio::HashCache hashes("");
  options.hashes = &hashes;
  for (const char* when : {"hash unknown", "hash known"}) {
    const auto began = std::chrono::steady_clock::now();
    const auto model = studio::load_model(path, options);
    studio::wait_for_device(options.device);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (!model) {
      std::cerr << model.error().message << "\n";
      return 1;
    }
    struct rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    std::cout << when << ": " << seconds << " s, " << bytes / 1e9 << " GB of files, " << bytes / 1e9 / seconds
              << " GB/s, peak memory so far " << static_cast<double>(usage.ru_maxrss) * 1024 / 1e9 << " GB\n"
              << model.value()->hash << "\n";
  }
  return 0;
}
