// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What the reports of a job and of a sweep have in common.
#include "app/cli_events.h"

#include <algorithm>
#include <iostream>

namespace studio::cli {

const char* phase_id(Phase phase) {
  switch (phase) {
    case Phase::LoadingModel:
      return "loading_model";
    case Phase::Encoding:
      return "encoding";
    case Phase::Denoising:
      return "denoising";
    case Phase::Decoding:
      return "decoding";
    case Phase::Saving:
      break;
  }
  return "saving";
}

void print_event(const JsonObject& event) { std::cout << event.str() << std::endl; }

std::string progress_bar(std::size_t part, std::size_t whole) {
  constexpr std::size_t kWidth = 24;
  const std::size_t filled = whole > 0 ? std::min(kWidth, kWidth * part / whole) : kWidth;
  return "[" + std::string(filled, '#') + std::string(kWidth - filled, '.') + "]";
}

}  // namespace studio::cli
