// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// What a sweep's lanes need to make previews.
#include "core/sweep/sweep_previews.h"

#include <utility>

namespace studio {

PreviewMaker previews_of_lane(const SweepOptions& options, const SweepHost& host, int lane, const std::function<void(JobEvent)>& emit) {
  const auto tell = [emit](std::string note) { emit(PhaseChanged{Phase::Denoising, 0, std::move(note)}); };
  PreviewSetup setup;
  setup.method = options.preview.method;
  setup.budget = options.preview_budget;
  setup.less_memory = options.less_memory;
  if (options.preview_budget > 0) {
    auto [decoder, note] = host.preview_decoder(lane);
    setup.decoder = std::move(decoder);
    // All lanes have the same file.
    if (!note.empty() && lane == 0) tell(std::move(note));
  }
  return {std::move(setup), [emit](const Preview& preview) { emit(preview); }, tell};
}

double preview_step(PreviewMaker& previews, const SdxlModel& model, const at::Tensor& x0, const PreviewedStep& step, const SweepHost* alone) {
  const bool is_last = step.done >= step.steps;  // the picture itself follows
  const double before = previews.plan().spent_seconds();
  previews.plan().stepped(step.seconds);
  previews.after_step(model, x0, {step.done, step.picture, is_last ? 0 : step.seconds_left, step.is_ahead});
  if (alone != nullptr) alone->while_still(is_last ? StandstillWork() : previews.upgrade(model, x0, step.done, step.picture));
  return previews.plan().spent_seconds() - before;
}

void note_costs(PreviewMaker& previews, const GenerationRequest& request, const MadePicture& made, SpeedBook& speed) {
  previews.plan().worked(made.decode_seconds);
  PreviewCosts costs = previews.plan().measured();
  costs.of(PreviewMethod::Vae) = made.decode_seconds / static_cast<double>(made.pictures.size(0));
  speed.add_previews(request, costs);
}

}  // namespace studio
