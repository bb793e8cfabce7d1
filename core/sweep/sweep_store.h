// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A sweep's folder: sweep.json, journal.jsonl, cells/<key>.png, twins/<key>.safetensors. A picture
// is finished only when its file's hash is in the journal; the folder may lose the program at any
// moment.
#pragma once

#include "core/api/engine.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace studio {

// The folder opened for a run. Holds the lock of its shard until destroyed.
// Threads: one at a time but for write_picture(). Every call blocks on disk: what it returns is on disk.
class SweepStore {
 public:
  // Creates or reopens options.folder. A new folder gets sweep.json as resolved (seed drawn). With
  // options.resume the journal is read, a torn last line is cut off, temporary files of a killed
  // run are removed, and finished pictures whose file is gone or has another hash count as waiting
  // again. Errors: InvalidArgument when the folder holds another sweep, or a sweep and
  // options.resume is false; Io (no permission, disk full, another run holds the folder: says so);
  // BadFile. Several shares of one folder may run at once, each in its own process; to make them, a
  // folder that holds the same sweep already needs no options.resume.
  static Result<std::unique_ptr<SweepStore>> open(const SweepGrid& grid,
                                                  const SweepOptions& options,
                                                  const Catalogue& catalogue);
  // The same for a sweep as given. Use this one: where `spec` leaves a seed open, the folder's is
  // taken, while a grid comes with seeds of its own that no folder has.
  static Result<std::unique_ptr<SweepStore>> open(const SweepSpec& spec,
                                                  const SweepOptions& options,
                                                  const Catalogue& catalogue);
  virtual ~SweepStore() = default;

  // The grid as the folder has it: on resume with the seed that was drawn then.
  virtual const SweepGrid& grid() const = 0;
  // Sentences about what could not be read or is not as it was: damaged lines, files that are gone.
  virtual const std::vector<std::string>& problems() const = 0;
  // What earlier runs left, by key: finished, failed or skipped pictures. Null: nothing.
  virtual const CellResult* find(const std::string& key) const = 0;
  // A finished picture of another sweep's folder (options.reuse_folders) with this key is linked or
  // copied here and noted; null when there is none.
  virtual const CellResult* adopt(const std::string& key) = 0;

  // Where the last latents of an unguided twin are kept, so that pictures of later runs and of
  // other shares can be compared with it; "" where they cannot be.
  virtual std::string latents_path(const std::string& /*key*/) const { return {}; }

  // One journal line each, flushed to disk before they return.
  virtual Result<void> note_running(const std::string& key) = 0;
  virtual Result<void> note_failed(
      const CellResult& result) = 0;  // state Failed or Skipped, with error
  // Writes cells/<key>.png with the job inside, flushes and renames; the picture is not finished yet.
  // A batch of several prompts becomes one picture with its images side by side. Returns the file's
  // SHA-256. Threads: any, beside all other calls.
  virtual Result<std::string> write_picture(const std::string& key, const Finished& finished) = 0;
  // Notes a picture whose file was written, with its sha256. Fills in state and file and returns the
  // whole.
  virtual Result<CellResult> note_finished(CellResult result) = 0;
  // The one and the other.
  Result<CellResult> finish(CellResult result, const Finished& finished);
  // The cells -> pictures mapping is noted once, so that the folder can be read without the model.
  // The plan that the folder has already is not noted again.
  virtual Result<void> note_plan(const std::vector<std::string>& keys,
                                 const std::vector<int>& picture_of_cell,
                                 const std::vector<int>& twin_of_cell) = 0;
  // A clean end: no cell is running any more.
  virtual Result<void> note_end() = 0;
};

// The folder without running anything; changes and locks nothing. Pictures whose file is gone or
// has another size, or was changed and has another hash, are waiting. While a run is at work its
// picture is Running and nothing counts as interrupted. Errors: Io, BadFile when sweep.json cannot
// be read.
Result<SweepFolder> read_sweep_folder(const std::string& folder, const Catalogue& catalogue);

// The sweep in the folder's sweep.json; no value when it has none. Errors: Io, BadFile.
Result<std::optional<SweepSpec>> read_sweep_spec(const std::string& folder,
                                                 const Catalogue& catalogue);

// `spec` with the seeds that it leaves open taken from `kept`, which is the same sweep after its
// seeds were drawn.
SweepSpec with_seeds_of(SweepSpec spec, const SweepSpec& kept);

}  // namespace studio
