// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// One step waits to be seen while the next one is asked for.
#include "core/pipeline/step_loop.h"

#include "core/base/spare_team.h"

#include <chrono>
#include <optional>
#include <utility>

namespace studio {
namespace {

using Clock = std::chrono::steady_clock;

// A step that was asked for and has not been seen.
struct OpenStep {
  std::unique_ptr<DeviceEvent> end;  // null: it is finished
  Clock::time_point began;
};

}  // namespace

Result<void> run_step_loop(const StepLoop& loop) {
  std::optional<OpenStep> open;
  // Returns when the step was finished.
  const auto see = [&](bool is_ahead) {
    const OpenStep step = std::move(*open);
    open.reset();
    if (step.end != nullptr) step.end->wait();
    const Clock::time_point end = Clock::now();
    loop.see({std::chrono::duration<double>(end - step.began).count(), is_ahead});
    return end;
  };
  while (!loop.is_done()) {
    loop.checkpoint();
    if (loop.device.is_cpu()) adapt_to_crowded_cores();
    if (!open || loop.is_wanted_between_steps()) {
      if (open) see(false);
      loop.between_steps();
    }
    OpenStep next{nullptr, Clock::now()};
    if (auto asked = loop.ask(); !asked) return asked;
    next.end = loop.mark(loop.device);
    if (open) next.began = see(true);
    open = std::move(next);
    if (open->end == nullptr || loop.is_done() || !loop.may_go_ahead()) see(false);
  }
  return {};
}

}  // namespace studio
