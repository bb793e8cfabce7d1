// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Reads /proc, and asks nvidia-smi: CUDA's headers are not needed to run on a GPU.
#include "tests/bench/machine.h"

#include <torch/version.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>

namespace studio::bench {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\n"), last = text.find_last_not_of(" \t\n");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

// The value of the first line "key : value" of a file of /proc; "" for none.
std::string proc_value(const char* file, std::string_view key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && trimmed(line.substr(0, colon)) == key) return trimmed(line.substr(colon + 1));
  }
  return "";
}

std::string first_line_of(const std::string& command) {
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::array<char, 512> line{};
  const char* const read = std::fgets(line.data(), static_cast<int>(line.size()), pipe);
  return pclose(pipe) == 0 && read != nullptr ? trimmed(line.data()) : "";
}

}  // namespace

nlohmann::json describe_machine(c10::Device device) {
  nlohmann::json machine{{"cpu", proc_value("/proc/cpuinfo", "model name")}, {"cores", std::thread::hardware_concurrency()}, {"torch", TORCH_VERSION}};
  std::istringstream flags(proc_value("/proc/cpuinfo", "flags"));
  machine["instruction_sets"] = nlohmann::json::array();
  for (std::string flag; flags >> flag;) {
    for (const char* known : {"avx2", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16"}) {
      if (flag == known) machine["instruction_sets"].push_back(flag);
    }
  }
  if (!device.is_cuda()) return machine;
  // Numbers the GPUs as the program does unless CUDA_VISIBLE_DEVICES says otherwise; then they should be alike.
  std::istringstream seen(first_line_of("nvidia-smi --query-gpu=name,driver_version,compute_cap --format=csv,noheader -i " +
                                        std::to_string(device.index()) + " 2>/dev/null"));
  for (const char* key : {"gpu", "driver", "compute_capability"}) {
    std::string value;
    machine[key] = std::getline(seen, value, ',') ? nlohmann::json(trimmed(value)) : nlohmann::json();
  }
  return machine;
}

std::string date_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
  return text.data();
}

bool watch_peak_of_process() {
  std::ofstream marks("/proc/self/clear_refs");
  marks << "5" << std::flush;  // see proc(5): sets the peak back to what is held now
  return marks.good();
}

double peak_of_process_mib() {
  std::istringstream kib(proc_value("/proc/self/status", "VmHWM"));
  double peak = 0;
  kib >> peak;
  return peak / 1024.0;
}

}  // namespace studio::bench
