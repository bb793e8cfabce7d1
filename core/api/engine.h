// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The boundary between the engine and its front ends. make_engine() builds the real one; tests
// bring a fake one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/api/catalogue.h"
#include "core/api/event.h"
#include "core/api/found_model.h"
#include "core/api/memory.h"
#include "core/api/preview_choice.h"
#include "core/api/request.h"
#include "core/api/result.h"
#include "core/api/sweep.h"

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
  // Largest part of the run's time that previews may take, 0..1; how often they are made adapts to it.
  double preview_budget = 0.03;
  PreviewChoice preview = {};
  // A live job runs between two steps of whatever else runs, which then goes on exactly.
  enum class Priority { Normal, Live };
  Priority priority = Priority::Normal;
  bool less_memory = false;  // one UNet row at a time, pictures decoded in tiles
};

// Where and how a sweep runs; nothing here changes what its pictures should be.
struct SweepOptions {
  std::string folder;   // created when missing; sweep.json, journal.jsonl, cells/, grid.png, index.html
  bool resume = false;  // false: a folder that holds another sweep's files is refused
  int shard = 0, shards = 1;  // this run makes the pictures of share `shard` of `shards`
  RowSharing sharing = RowSharing::Shared;
  double preview_budget = 0.03;
  PreviewChoice preview = {};
  bool less_memory = false;
  // Keys of pictures to leave out, noted as skipped: later runs leave them out too, until they are
  // asked for.
  std::vector<std::string> skip;
  std::vector<std::string> less_memory_keys;  // keys of pictures to make with less memory
  // Keys of pictures to make although they were skipped or failed in an earlier run; stronger than
  // `skip`.
  std::vector<std::string> retry_keys;
  std::vector<std::string> reuse_folders;     // other sweeps' folders, whose finished pictures with equal keys are taken
  // 0: all. Else this run makes the first so many cells of cell_order() and their twins only; the others
  // wait for a later run.
  std::size_t most_cells = 0;
  bool start_paused = false;
  bool retry_failed = true;  // pictures that failed in an earlier run are tried again
};

// A sweep's folder as it is on disk.
struct SweepFolder {
  std::string folder;
  std::shared_ptr<const SweepGrid> grid;
  std::vector<int> picture_of_cell, twin_of_cell;
  std::vector<CellResult> pictures;
  int interrupted = -1;  // the picture that was running when the last run ended uncleanly
  std::vector<std::string> problems;  // sentences about what could not be read
};

enum class SweepExport { GridPng, Html, Csv, Animation };
struct ExportOptions {
  SweepExport kind = SweepExport::GridPng;
  std::string path;              // file to write; tiles of a large grid are written beside it
  int across = 0, down = 1;      // axes of a grid; -1: none
  std::vector<std::size_t> at;   // where the other axes stand; empty: all first values
  int along = 0;                 // the axis an animation runs along
  double frames_per_second = 4;
  bool with_labels = true;
  int longest_side_px = 0;       // 0: full size, in tiles where one file would be too large
  std::vector<std::string> job_names;  // of the presets that listed jobs came from; none: by number
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
  std::string details;  // more of what it is, as a phrase; "" for most
};
struct ModelReport {
  std::string model, path, kind;  // kind: "SDXL, diffusers folder", "SDXL, single file"
  int native_width_px = 0, native_height_px = 0, size_multiple_px = 0;
  std::vector<ModelPart> parts;
  std::vector<std::string> self_attention_layers;  // "d0", "m1", ... the values seg.layers takes
  std::vector<std::string> notes;  // what was assumed because no file tells it
  bool loadable = false;
};
struct CheckReport {
  ModelReport model;
  std::int64_t tensors_loaded = 0;
  bool finite = false;      // every weight and one denoising step
  std::string first_problem;
};

// A picture that a job names, as the job sees it.
struct SeenPicture {
  ImageRgb8 image;  // scaled and cropped to the job's size; a mask in white and black; edges where they are looked for
  int file_width_px = 0, file_height_px = 0;  // the picture in its file
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
  // The same with the VAE, the text encoders and the LoRAs that a job asks for.
  virtual void preload_for(const GenerationRequest& request) { preload(request.model); }
  // Must not block. Any thread. Valid while the engine lives.
  virtual const Catalogue& describe() const = 0;

  // What follows on sweeps has an answer for engines that run none, such as those of tests.

  // A sweep waits its turn like a job and speaks through the same observer. Must not block. Any thread.
  // Checks all values of all axes first; after an Error no event follows.
  virtual Result<JobId> submit_sweep(SweepSpec /*spec*/, SweepOptions /*options*/) { return no_sweeps(); }
  // Must not block. Any thread. Makes a waiting picture of a running sweep the next one.
  virtual void bring_forward(JobId /*sweep*/, int /*picture*/) {}
  // Must not block. Any thread. A paused job or sweep stands between two steps; live jobs go on.
  virtual void set_paused(JobId /*job*/, bool /*paused*/) {}

  // Jobs and sweeps as JSON text (contracts: seg-studio/job, seg-studio/sweep). Do not block. Any thread.
  virtual Result<GenerationRequest> parse_job(const std::string& json) const = 0;
  virtual std::string job_json(const GenerationRequest& request) const = 0;
  virtual Result<SweepSpec> parse_sweep(const std::string& /*json*/) const { return no_sweeps(); }
  virtual std::string sweep_json(const SweepSpec& /*spec*/) const { return {}; }

  // The following block on disk: not from a GUI thread. Any thread.
  // The cost of a sweep. Reads the models' configurations, not their weights; `folder` may be "".
  virtual Result<SweepForecast> forecast(const SweepSpec& /*spec*/, const std::string& /*folder*/) { return no_sweeps(); }
  // What a sweep's folder holds. Errors: Io, BadFile when sweep.json cannot be read.
  virtual Result<SweepFolder> open_sweep(const std::string& /*folder*/) { return no_sweeps(); }
  // `keep_going(fraction)` is called often; false stops, and nothing is left behind then.
  virtual Result<void> export_sweep(const std::string& /*folder*/, const ExportOptions& /*options*/,
                                    const std::function<bool(double)>& /*keep_going*/) { return no_sweeps(); }

  // Reads a job from a .json file or from a PNG written by this program.
  virtual Result<GenerationRequest> load_job(const std::string& path) = 0;
  // Writes a PNG that carries the whole job; written beside `path` and renamed, so no partial file
  // is ever seen. Image `index` of finished.images.
  virtual Result<void> save_png(const std::string& path, const Finished& finished, int index) = 0;
  // Pixels of any PNG.
  virtual Result<ImageRgb8> load_png(const std::string& path) = 0;
  // The picture under a parameter's path, such as "start.image". Errors: InvalidArgument when the job names none
  // there; those of reading it.
  virtual Result<SeenPicture> see_picture(const GenerationRequest& /*request*/, const std::string& /*path*/) {
    return Error{ErrorCode::Internal, "this engine reads no pictures"};
  }
  virtual Result<void> save_job(const std::string& path, const GenerationRequest& request) = 0;
  virtual Result<ModelReport> inspect(const std::string& model) = 0;
  // What the job would need of the device's memory: from headers, nothing is loaded.
  virtual Result<MemoryForecast> forecast_memory(const GenerationRequest& /*request*/, bool /*less_memory*/) {
    return Error{ErrorCode::Internal, "this engine does not know its memory"};
  }
  // Loads every tensor and runs one denoising step.
  virtual Result<CheckReport> check(const std::string& model) = 0;
  // Writes a model as a single file (`out` ends in .safetensors) or as a diffusers folder. `dtype`: keep, fp32,
  // fp16 or bf16. `keep_going(fraction)` is called often; false stops, and nothing is left behind then.
  // Errors: InvalidArgument when `out` is there already or `dtype` unknown, ModelUnloadable, Io.
  virtual Result<void> convert_model(const std::string& /*model*/, const std::string& /*out*/, const std::string& /*dtype*/,
                                     const std::function<bool(double)>& /*keep_going*/) {
    return Error{ErrorCode::Internal, "this engine converts no models"};
  }
  // Looks for models, LoRAs, VAEs and ControlNets in a folder, a few levels deep, by headers alone; or at one
  // file. `tell` gets each with how many of how many were looked at, null while files are still searched for;
  // false from it stops. What did not change since the last time is not read again.
  // Errors: Io when the folder cannot be read.
  virtual Result<FoundModels> find_models(
      const std::string& /*folder*/,
      const std::function<bool(const FoundModel* found, int done, int total)>& /*tell*/) { return FoundModels{}; }
  // Hex digest of the tensors of a found model or LoRA; remembered, so that loading need not hash it again.
  // `keep_going(fraction)` is called often; false stops. Errors: ModelUnloadable, BadFile, Io.
  virtual Result<std::string> hash_model(const std::string& /*path*/, const std::function<bool(double)>& /*keep_going*/) {
    return Error{ErrorCode::Internal, "this engine hashes no models"};
  }
  // Names a request's "model" may take without a path.
  virtual std::vector<std::string> bundled_models() const = 0;
  // The folder that holds models/, tokenizers/ and presets/; "" when there is none. Does not block.
  virtual std::string resources_path() const { return {}; }

 private:
  static Error no_sweeps() { return {ErrorCode::Internal, "this engine runs no sweeps"}; }
};

}  // namespace studio
