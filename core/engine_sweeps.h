// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The part of the engine that knows sweeps: between the queue and core/sweep.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "core/job/job_queue.h"
#include "core/pipeline/content_hashes.h"
#include "core/pipeline/model_shelf.h"
#include "core/pipeline/preview_decoders.h"
#include "core/sweep/speed_book.h"

namespace studio {

// Pictures that somebody wants next, by sweep. Threads: any.
class ForwardWishes {
 public:
  void open(JobId sweep);
  void close(JobId sweep);
  // No effect on a sweep that is not open.
  void add(JobId sweep, int picture);
  std::optional<int> take(JobId sweep);

 private:
  static constexpr std::size_t kMost = 1000;  // older wishes are forgotten
  std::mutex mutex_;
  std::map<JobId, std::deque<int>> wishes_;
};

class EngineSweeps {
 public:
  // All outlive it. `more_models`: of further devices, which make pictures beside the first one. `dtype`:
  // what models compute in, "fp32". `hashes` may be null.
  EngineSweeps(ModelShelf& models, std::deque<ModelShelf>& more_models, SpeedBook& speed, PreviewDecoders& decoders, std::string dtype,
               HashCache* hashes = nullptr)
      : models_(models), more_models_(more_models), speed_(speed), decoders_(decoders), dtype_(std::move(dtype)), contents_(hashes) {}

  // Any thread. Errors: InvalidArgument.
  static Result<JobQueue::Sweep> prepare(SweepSpec spec, SweepOptions options);
  // On the worker: runs the sweep to its end. `pause` makes it stand still; each device's thread begins with
  // `enter_lane`. Throws StopRequested.
  JobEvent run(const JobQueue::Job& job, JobQueue::Context& context, const std::function<void()>& pause,
               const std::function<void()>& enter_lane);
  // Any thread. Blocks on disk.
  Result<SweepForecast> forecast(const SweepSpec& spec, const std::string& folder) const;

  ForwardWishes& wishes() { return wishes_; }
  // Any thread.
  ContentHashes& contents() { return contents_; }

 private:
  ModelShelf& models_;
  std::deque<ModelShelf>& more_models_;
  SpeedBook& speed_;
  PreviewDecoders& decoders_;
  const std::string dtype_;
  ForwardWishes wishes_;
  mutable ContentHashes contents_;
};

}  // namespace studio
