// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a job or a sweep tells its observer. Order per job:
//   Queued (Cancelled | Started (PhaseChanged | StepDone | Preview)* (Finished | Failed | Cancelled))
// and per sweep:
//   Queued (Cancelled | SweepStarted (PhaseChanged | StepDone | Preview | CellChanged | Paused)*
//           (SweepFinished | Failed | Cancelled)), where Failed may come without SweepStarted
// with exactly one terminal event. Events are values: no tensors, no locks, cheap to copy. While a
// sweep runs, events of live jobs come between its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/api/image.h"
#include "core/api/preview_choice.h"
#include "core/api/request.h"
#include "core/api/result.h"
#include "core/api/sweep.h"

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
  std::string note;       // a sentence when there is something to say: why a model is loaded again
};
struct StepDone {
  int step = 0;   // 1-based
  int steps = 0;
  double ms = 0;  // this step alone
  double seconds_left = 0;
  int picture = -1;          // of a sweep: index into SweepStarted::pictures
  double preview_share = 0;  // of the run's time so far that went into previews
};
struct Preview {
  int step = 0;
  int picture = -1;  // of a sweep
  // Of the clean estimate, the first of a batch. Its size depends on the method, down to one pixel a
  // latent: scale it up to show it. A job that stands still may send a better one of its last step.
  std::shared_ptr<const ImageRgb8> image;
  PreviewMethod method = PreviewMethod::Rgb;  // never Auto
};
struct Finished {
  GenerationRequest resolved;
  std::vector<std::shared_ptr<const ImageRgb8>> images;  // one a prompt
  std::string model_hash;     // hex SHA-256 over the model's tensors
  double seconds = 0;         // denoising, without loading
  double row_evaluations = 0; // UNet rows run, shared ones counted whole
  bool from_cache = false;    // an equal job had run before in this engine
  double preview_share = 0;   // of the run's time that went into previews
  std::string latents_hash;   // SHA-256 of the last latents (fp32, contiguous); "" for a picture from disk
  std::int64_t gpu_peak_bytes = 0;  // of the GPU's memory, at most in use at once, weights included; 0 on a CPU and of a sweep's
};
struct Failed {
  Error error;
};
struct Cancelled {};

// A sweep's cells are collapsed to distinct pictures: cells whose every step is equal share one, and
// unguided twins are pictures too. Several cells may name the same picture.
struct SweepStarted {
  std::string folder;
  std::shared_ptr<const SweepGrid> grid;
  std::vector<int> picture_of_cell;   // index into pictures
  std::vector<int> twin_of_cell;      // index into pictures; -1 without twins; may equal picture_of_cell
  std::vector<CellResult> pictures;   // with what earlier runs in this folder finished
  SweepForecast forecast;
  std::size_t asked_cells = 0;        // SweepOptions::most_cells of this run; 0: all
};
struct CellChanged {
  int picture = 0;
  CellResult result;
  std::shared_ptr<const ImageRgb8> image;  // when it has just been finished
  double rows_done = 0, rows_total = 0;    // of this run
  double seconds_left = 0;                 // for the whole sweep
};
// The sweep or job stands still between two steps, or goes on again.
struct Paused {
  bool paused = true;
};
struct SweepFinished {
  std::string folder;
  std::size_t finished = 0, failed = 0,
              skipped = 0;     // pictures, earlier runs and other shares included
  std::vector<int> failures;   // pictures that failed in this run, in the order they did
  double seconds = 0;          // of this run
  double row_evaluations = 0;  // of this run
  double preview_share = 0;
};

using JobEvent = std::variant<Queued, Started, PhaseChanged, StepDone, Preview, Finished, Failed, Cancelled,
                              SweepStarted, CellChanged, Paused, SweepFinished>;

inline bool is_terminal(const JobEvent& event) {
  return std::holds_alternative<Finished>(event) || std::holds_alternative<Failed>(event) ||
         std::holds_alternative<Cancelled>(event) || std::holds_alternative<SweepFinished>(event);
}

}  // namespace studio
