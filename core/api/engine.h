// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The boundary between the engine and its front ends. make_engine() builds the real one; tests
// bring a fake one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/api/catalogue.h"
#include "core/api/event.h"
#include "core/api/request.h"
#include "core/api/result.h"

namespace studio {

class JobObserver {
 public:
  virtual ~JobObserver() = default;
  // Runs on the worker. Returns quickly; may call nothing of the engine but cancel().
  virtual void on_event(JobId job, const JobEvent& event) = 0;
};

enum class RowSharing {
  Shared,  // rows that are equal up to the first edited layer run once up to there
  Exact,   // every row runs whole, as the authors' code does
};

// How one job runs; nothing here changes what the picture should be.
struct RunOptions {
  RowSharing sharing = RowSharing::Shared;
  std::string dump_path;     // non-empty: write latents, embeddings and image there (safetensors)
  std::string latents_path;  // non-empty: take latents_init from this safetensors file
  bool previews = true;
};

// What is in a model folder, for `seg-cli info`.
struct ModelPart {
  std::string name;    // "unet"
  std::string path;
  std::string dtype;   // "F16", or "F16, F32" when mixed
  std::int64_t tensors = 0;
  std::int64_t parameters = 0;
  std::int64_t bytes = 0;
  std::vector<std::string> missing, unknown, misshapen;  // tensor names
  std::string problem;  // a sentence when the part cannot be read
};
struct ModelReport {
  std::string model, path, kind;  // kind: "SDXL, diffusers folder"
  int native_width_px = 0, native_height_px = 0, size_multiple_px = 0;
  std::vector<ModelPart> parts;
  std::vector<std::string> self_attention_layers;  // "d0", "m1", ... the values seg.layers takes
  bool loadable = false;
};
struct CheckReport {
  ModelReport model;
  std::int64_t tensors_loaded = 0;
  bool finite = false;      // every weight and one denoising step
  std::string first_problem;
};

class Engine {
 public:
  virtual ~Engine() = default;  // Blocks: cancels all, emits every terminal event, joins.

  // Must not block. Any thread. Validates first; after an Error no event follows.
  virtual Result<JobId> submit(GenerationRequest request, RunOptions options) = 0;
  // Must not block. Any thread, also inside on_event. No effect on an unknown or ended job.
  virtual void cancel(JobId job) = 0;
  // Must not block. Starts loading a model behind the caller, so that its first job starts at once.
  virtual void preload(const std::string& model) = 0;
  // Must not block. Any thread. Valid while the engine lives.
  virtual const Catalogue& describe() const = 0;

  // The following block on disk: not from a GUI thread. Any thread.
  // Reads a job from a .json file or from a PNG written by this program.
  virtual Result<GenerationRequest> load_job(const std::string& path) = 0;
  // Writes a PNG that carries the whole job; written beside `path` and renamed, so no partial file
  // is ever seen. Image `index` of finished.images.
  virtual Result<void> save_png(const std::string& path, const Finished& finished, int index) = 0;
  // Pixels of any PNG.
  virtual Result<ImageRgb8> load_png(const std::string& path) = 0;
  virtual Result<void> save_job(const std::string& path, const GenerationRequest& request) = 0;
  virtual Result<ModelReport> inspect(const std::string& model) = 0;
  // Loads every tensor and runs one denoising step.
  virtual Result<CheckReport> check(const std::string& model) = 0;
  // Names a request's "model" may take without a path.
  virtual std::vector<std::string> bundled_models() const = 0;
};

}  // namespace studio
