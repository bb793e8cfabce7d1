// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Fuzz target: the header of a safetensors file. Whatever is accepted must lie inside the file.
#include "core/weights/safetensors.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto header = studio::parse_safetensors({data, size}, "fuzz.safetensors");
  if (!header) return header.error().message.empty() ? std::abort(), 0 : 0;
  for (const auto& entry : header.value().entries) {
    const auto bytes = static_cast<std::size_t>(entry.elements) * c10::elementSize(entry.dtype);
    if (entry.begin > entry.end || entry.end > size || entry.end - entry.begin != bytes)
      std::abort();
  }
  return 0;
}
