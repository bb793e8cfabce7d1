// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// How a model shares a device's memory, and what will fit.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace studio {

enum class MemoryMode {
  Auto,      // the first of the others that fits
  Resident,  // all parts on the device
  Turns,     // text encoders, UNet and VAE on the device in turn; the others wait in the computer's memory
  Streamed,  // likewise, and the UNet itself comes in pieces, the next one while one computes
};

struct MemoryModeName {
  MemoryMode mode;
  std::string_view id;  // in settings and on the command line: stable for ever; the card it is meant for
};
inline constexpr std::array kMemoryModes{MemoryModeName{MemoryMode::Auto, "auto"},
                                         MemoryModeName{MemoryMode::Resident, "resident"},
                                         MemoryModeName{MemoryMode::Turns, "8gb"},
                                         MemoryModeName{MemoryMode::Streamed, "6gb"}};

// What a job needs of the device's memory. Weights are counted, the rest is an estimate.
struct MemoryForecast {
  struct Part {
    std::string name;   // "unet"
    std::string dtype;  // as it computes: "fp16"
    std::int64_t bytes = 0;
  };
  std::vector<Part> parts;
  std::int64_t step_bytes = 0, decode_bytes = 0;  // what steps and decoding need beside the weights
  std::int64_t needed_bytes = 0;                  // at the worst moment
  std::int64_t total_bytes = 0, free_bytes = 0;   // of the device; 0: not known
  MemoryMode mode = MemoryMode::Resident;         // never Auto
  std::string device;                             // "cuda:0", "cpu"
  bool fits() const { return total_bytes <= 0 || needed_bytes <= total_bytes; }
};

}  // namespace studio
