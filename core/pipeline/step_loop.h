// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// In which order a run's steps are given to the device and looked at. A GPU is kept one step ahead, so that it works
// while its last step is looked at; a CPU has done a step when it was asked for it.
#pragma once

#include <functional>

#include "core/api/result.h"
#include "core/base/device_streams.h"

namespace studio {

// How a finished step is seen.
struct SeenStep {
  double seconds = 0;  // since the step before was finished, or since this one was asked for after a pause
  // The device has begun the next one: whoever asks more of it waits for that too.
  bool is_ahead = false;
};

struct StepLoop {
  c10::Device device;
  // No step is left to be asked for.
  std::function<bool()> is_done;
  // Asks the device for the next step.
  std::function<Result<void>()> ask;
  // The first of those that were asked for and not seen yet is finished.
  std::function<void(const SeenStep&)> see;
  // Whether another step may be asked for before the last one has been seen. Called with one that has not.
  std::function<bool()> may_go_ahead;
  std::function<void()> checkpoint;     // before each step; may throw StopRequested
  std::function<void()> between_steps;  // as long as it likes; all steps have been seen then
  // Whether between_steps would do more than return.
  std::function<bool()> is_wanted_between_steps;
  MarkEvent mark = mark_event;
};

// Every step is asked for once and seen once, in order, the last one that was asked for before the loop ends. The device
// has never more than two to do. Errors: those of `ask`. Throws what the functions throw. Blocks.
Result<void> run_step_loop(const StepLoop& loop);

}  // namespace studio
