// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Builds the real engine: the one core header that app sees beside core/api.
#pragma once

#include <memory>
#include <string>

#include "core/api/engine.h"

namespace studio {

enum class Precision { Auto, Float32, BFloat16, Float16 };

struct EngineConfig {
  std::string resources_path;    // holds models/, tokenizers/, presets/; "" finds it from the program
  std::string device = "auto";   // auto, cpu or cuda:N; several with commas make a sweep's pictures side by side
  Precision precision = Precision::Auto;
  int threads = 0;               // CPU threads of the model; 0: one a physical core
  std::string hash_file = {};    // keeps hashes of weights that were read before; "": they are read each time
  MemoryMode memory = MemoryMode::Auto;  // on a CPU only Auto and Resident
};

// Threads: the observer is called on the engine's worker and must outlive the engine.
// Errors: InvalidArgument for an unknown device, Io when resources are not found.
Result<std::unique_ptr<Engine>> make_engine(EngineConfig config, JobObserver& observer);

// Where a program of a user keeps them: "hashes.json" in $XDG_CACHE_HOME/seg-studio, else in
// ~/.cache/seg-studio; "" when neither can be told.
std::string usual_hash_file();

// The declarations alone, without starting anything (for help and flags).
const Catalogue& catalogue();

}  // namespace studio
