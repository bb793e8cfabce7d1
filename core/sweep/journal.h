// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// journal.jsonl: what happened in a sweep's folder, one JSON object a line, only ever added to. A
// line counts once its line feed is on disk. Several processes may write at once; their lines stay
// whole.
#pragma once

#include "core/api/result.h"
#include "core/api/sweep.h"
#include "core/sweep/sweep_files.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace studio {

inline constexpr std::size_t kMostJournalBytes = std::size_t{1} << 30;
inline constexpr std::size_t kMostJournalLine = std::size_t{32}
                                                << 20;  // a plan of 200,000 pictures is 16 MB

// Which pictures the cells of a grid show.
struct JournalPlan {
  std::vector<std::string> keys;  // of the pictures
  std::vector<int> picture_of_cell, twin_of_cell;
  bool operator==(const JournalPlan&) const = default;
};

// All that the journal says about one picture.
struct JournalPicture {
  std::optional<CellResult>
      finished;     // the last such line; whether its file is there is not known here
  FileStamp stamp;  // of that file when it was noted
  std::optional<CellResult> other;  // the last failure or skip after that
  bool is_running = false;          // the last line is that it began
};

// One process's run, from its begin to its end; runs that ended cleanly are not kept.
struct JournalRun {
  std::string id;
  int shard = 0, shards = 1;
  std::vector<std::string> running;  // keys of the pictures it was at, one a device
};

struct JournalReading {
  std::unordered_map<std::string, JournalPicture> pictures;  // by key
  std::optional<JournalPlan> plan;                           // the last one
  std::vector<JournalRun> open_runs;  // begun, not ended, and not begun anew; oldest first
  std::vector<std::string> problems;  // sentences about lines that could not be read
};

// Reads a journal of at most kMostJournalBytes with bounded memory. A torn last line is left out in
// silence; a damaged line is left out and reported; states of newer versions are left out.
// A missing file is an empty journal. Errors: Io, BadFile when it is too large. Blocks.
Result<JournalReading> read_journal(const std::string& path);

// Threads: one at a time. Every call blocks until the line is on disk.
class Journal {
 public:
  // Creates the file when it is missing; cuts off what a crash left of a line. `run` names this run
  // in its lines. Errors: Io.
  static Result<std::unique_ptr<Journal>> open(const std::string& path, std::string run);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  Result<void> begin(int shard, int shards);
  Result<void> end();
  Result<void> running(const std::string& key);
  Result<void> finished(const CellResult& result, const FileStamp& stamp);
  Result<void> failed(const CellResult& result);  // Failed or Skipped, as its state says
  Result<void> plan(const JournalPlan& plan);

 private:
  Journal() = default;
  // One line: in one write, flushed. Errors: Io (disk full, the file was removed by another
  // program); nothing of the line is left then.
  Result<void> append(std::string line);
  Result<std::int64_t> whole_size();  // after mending the end; the file must be locked

  std::string path_, run_;
  int descriptor_ = -1;
};

}  // namespace studio
