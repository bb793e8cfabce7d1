// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a job tells its observer. Order per job:
//   Queued (Cancelled | Started (PhaseChanged | StepDone | Preview)* (Finished | Failed | Cancelled))
// with exactly one terminal event. Events are values: no tensors, no locks, cheap to copy.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/api/image.h"
#include "core/api/request.h"
#include "core/api/result.h"

namespace studio {

using JobId = std::uint64_t;

enum class Phase { LoadingModel, Encoding, Denoising, Decoding, Saving };

struct Queued {};
struct Started {
  // Seed, size and spacing fixed; as submitted when the model must load first.
  GenerationRequest resolved;
  int steps = 0;
  double row_evaluations = 0;  // UNet rows to run, shared ones counted whole; 0: the model must load first
};
struct PhaseChanged {
  Phase phase = Phase::LoadingModel;
  double fraction = 0.0;  // 0..1 within the phase
};
struct StepDone {
  int step = 0;   // 1-based
  int steps = 0;
  double ms = 0;  // this step alone
  double seconds_left = 0;
};
struct Preview {
  int step = 0;
  std::shared_ptr<const ImageRgb8> image;  // x0 estimate at latent resolution; scale it up to show it
};
struct Finished {
  GenerationRequest resolved;
  std::vector<std::shared_ptr<const ImageRgb8>> images;  // one a prompt
  std::string model_hash;     // hex SHA-256 over the model's tensors
  double seconds = 0;         // denoising, without loading
  double row_evaluations = 0; // UNet rows run, shared ones counted whole
  bool from_cache = false;    // an equal job had run before in this engine
};
struct Failed {
  Error error;
};
struct Cancelled {};

using JobEvent =
    std::variant<Queued, Started, PhaseChanged, StepDone, Preview, Finished, Failed, Cancelled>;

}  // namespace studio
