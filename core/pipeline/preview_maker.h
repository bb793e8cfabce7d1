// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Makes a run's previews from its clean estimates. Reads latents and writes pictures: whatever happens
// here, the run's numbers stay what they are.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/api/event.h"
#include "core/model/sdxl_model.h"
#include "core/model/tiny_vae.h"
#include "core/pipeline/preview_plan.h"

namespace studio {

// Work for a time when a run stands still; `checkpoint` throws StopRequested when it goes on.
using StandstillWork = std::function<void(const std::function<void()>& checkpoint)>;

struct PreviewSetup {
  PreviewMethod method = PreviewMethod::Auto;
  double budget = 0;  // see PreviewPlan
  std::shared_ptr<const TinyVae> decoder;  // null: none
  PreviewCosts known = {};
  bool less_memory = false;
};

// One estimate as a picture: x0 [B,4,h,w] in scaled model space, of which the first is shown.
// Errors: throws what checkpoint throws, and tensor errors. `decoder` is needed for Taesd.
ImageRgb8 paint_preview(PreviewMethod method, const SdxlModel& model, const TinyVae* decoder, const at::Tensor& x0, bool less_memory,
                        const std::function<void()>& checkpoint);

// A finished step, as previews see it.
struct PreviewStep {
  int step = 0;
  int picture = -1;
  double seconds_left = 0;  // of the run
  bool is_ahead = false;    // see SeenStep
};

// Threads: one at a time.
class PreviewMaker {
 public:
  using Emit = std::function<void(const Preview&)>;
  // A sentence about previews that are not what was asked for.
  using Tell = std::function<void(std::string)>;

  PreviewMaker(PreviewSetup setup, Emit emit, Tell tell);

  PreviewPlan& plan() { return plan_; }
  const PreviewPlan& plan() const { return plan_; }
  // After each step: emits a preview when one is due. A method that fails is told of and not used again. While the
  // device is ahead, previews that need it wait for a step after which it is not.
  void after_step(const SdxlModel& model, const at::Tensor& x0, const PreviewStep& at);
  // Whether the next preview, as far as can be told before its step is finished, is made on the device.
  bool needs_device(double seconds_left) const;
  // For a run that may stand still now: the last step's estimate by the model's own decoder. Empty when
  // that is what is shown, and in runs without previews. The model outlives it.
  StandstillWork upgrade(const SdxlModel& model, const at::Tensor& x0, int step, int picture) const;

 private:
  PreviewSetup setup_;
  Emit emit_;
  Tell tell_;
  PreviewPlan plan_;
  int shown_step_ = -1, shown_picture_ = -1;  // of the last preview
  PreviewMethod shown_by_ = PreviewMethod::Rgb;
};

}  // namespace studio
