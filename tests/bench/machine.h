// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Where the benchmark runs, and how much memory it holds.
#pragma once

#include <c10/core/Device.h>

#include <nlohmann/json.hpp>

namespace studio::bench {

// cpu, instruction_sets, cores, torch; on a GPU also gpu, driver, compute_capability as nvidia-smi tells them (null
// where it does not).
nlohmann::json describe_machine(c10::Device device);

// "2026-11-28 19:30 UTC"
std::string date_now();

// From here on peak_of_process_mib() is the most memory that the process held since. False where the kernel keeps
// no such mark that can be set back.
bool watch_peak_of_process();
double peak_of_process_mib();

}  // namespace studio::bench
