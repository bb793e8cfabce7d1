// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// UNet evaluations on a GPU that are recorded once and then run again without a word from the CPU. A recording
// serves every job of its kind: sizes, texts' shapes, rows, layers and kinds of edit are part of it; latents,
// timesteps, texts and an edit's numbers are copied in before each run.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "core/model/cuda_ops.h"

namespace studio {

struct UnetInput;
class Conditioning;

// Belongs to one Unet with its weights and adapters where they are; neither may change while it lives.
// Threads: any; one at a time is let in.
class UnetGraphs {
 public:
  // What must be free to record: an evaluation's maps stay with the recordings, and decoding needs room beside them.
  static constexpr std::int64_t kRoomBytes = 4LL << 30U;

  // Null where there are no graphs.
  static std::shared_ptr<UnetGraphs> make(c10::Device device);
  UnetGraphs(c10::Device device, std::unique_ptr<gpu::GraphPool> pool, std::int64_t room_bytes = kRoomBytes);

  // The predictions [rows*B,4,h,w] of an evaluation, as the one given makes them. The first of a kind runs as it is,
  // the second is recorded; where that fails, all of its kind run as they are.
  using Evaluate = std::function<at::Tensor(const UnetInput& input, Conditioning& conditioning)>;
  at::Tensor run(const UnetInput& input, Conditioning& conditioning, const Evaluate& evaluate);
  // Whether run() can take it: no gradients, observers, controls, encoder outputs reused or kept, stops inside, or edits that
  // cannot be followed.
  static bool can_take(const UnetInput& input);
  // Gives the recordings' memory back; true when there were any.
  bool forget();
  c10::Device device() const { return device_; }

  ~UnetGraphs();
  UnetGraphs(const UnetGraphs&) = delete;
  UnetGraphs& operator=(const UnetGraphs&) = delete;

 private:
  struct Recording;
  class FrontIsDropped;
  // False where that fails; then it is not tried again.
  bool record(Recording& recording, const UnetInput& input, const Evaluate& evaluate);
  at::Tensor replay(Recording& recording);
  bool has_room() const;

  c10::Device device_;
  std::int64_t room_bytes_;
  std::mutex mutex_;
  std::unique_ptr<gpu::GraphPool> pool_;
  std::list<std::unique_ptr<Recording>> recordings_;  // last used first
};

}  // namespace studio
